"""The look of every chart: one palette, one Altair theme.

Every colour is set here, none is left to the front end: JupyterLab's dark theme would otherwise
turn the text of a chart white, on the white ground of the chart.
"""

from __future__ import annotations

from typing import Any, Final

import altair as alt

PALETTE: Final = ("#0b6bcb", "#e8a127", "#0bc18d", "#b42965", "#b48df4", "#424e08", "#798848")
"""Colours of members, largest first: told apart also by the colour-blind (a test measures it)."""
OTHER: Final = "#b4bbc3"
"""The grey of "Other", and of nothing else."""

INK: Final = "#1d2025"
MUTED: Final = "#5c6470"
_GRID: Final = "#e6e8eb"
_RULE: Final = "#c9cdd2"
_PAPER: Final = "#ffffff"
FONT: Final = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"

_AXIS: Final = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "domainColor": _RULE,
    "tickColor": _RULE,
    "gridColor": _GRID,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "labelPadding": 6,
    "titlePadding": 10,
}


@alt.theme.register("llmspend", enable=False)
def llmspend_theme() -> alt.theme.ThemeConfig:
    """Return the theme; `llmspend.charts.enable` turns it on for all charts.

    Returns
    -------
    altair.theme.ThemeConfig
        A Vega-Lite configuration.
    """
    config: dict[str, Any] = {
        "background": _PAPER,
        "font": FONT,
        "padding": 12,
        "view": {"stroke": None, "continuousWidth": 680, "continuousHeight": 300},
        "style": {
            "guide-label": {"fill": MUTED},
            "guide-title": {"fill": MUTED},
            "group-title": {"fill": INK},
            "group-subtitle": {"fill": MUTED},
        },
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": INK,
            "fontSize": 18,
            "fontWeight": 600,
            "subtitleColor": MUTED,
            "subtitleFontSize": 13,
            "subtitlePadding": 6,
            "offset": 20,
        },
        "axis": _AXIS,
        "axisX": {"grid": False, "tickSize": 4},
        "axisY": {"domain": False, "ticks": False, "grid": True},
        "legend": {
            "labelColor": INK,
            "titleColor": MUTED,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "symbolType": "square",
            "symbolSize": 110,
            "symbolStrokeWidth": 0,
            "rowPadding": 5,
            "labelLimit": 320,
            "offset": 22,
        },
        "text": {"color": MUTED, "fontSize": 12},
        "rule": {"color": MUTED},
        "range": {"category": list(PALETTE)},
    }
    return {"config": config}  # type: ignore[typeddict-item]  # Altair's types want its own literals
