"""The look of every chart: one palette, one Altair theme, light and dark.

Every colour is set here, none is left to the front end: JupyterLab's dark theme would otherwise
turn the text of a chart white, on the white ground of the chart. Charts are built in light colours;
DARK says which colour each of them is on a dark ground, and `darkened` puts those in when a
chart is written out.
"""

from __future__ import annotations

from typing import Any, Final

import altair as alt

PALETTE: Final = ("#0b6bcb", "#e8a127", "#0bc18d", "#b42965", "#b48df4", "#424e08", "#798848")
"""Colours of members, largest first: told apart also by the colour-blind (a test measures it)."""
OTHER: Final = "#b4bbc3"
"""The grey of "Other", and of nothing else."""

REST: Final = "#c3d2e3"
"""What is there, but not what the title speaks of."""
TRACK: Final = "#edf0f3"
"""The whole, behind a part of it."""
MORE: Final = "#d9741a"
"""What went up, or is too much."""
LESS: Final = "#128277"
"""What went down, or is saved."""
PARTS: Final = ("#6a9fea", "#a9ecc2", "#107b62", "#e9891c", "#953300")
"""Colours of kinds of tokens: two blues and greens for input, two oranges for output."""
RAMP: Final = ("#eff4fb", "#c5dbf4", "#86b8ea", "#3a83d0", "#15559f", "#0a346c")
"""From little to much."""

INK: Final = "#1d2025"
MUTED: Final = "#5c6470"
PAPER: Final = "#ffffff"
_GRID: Final = "#e6e8eb"
_RULE: Final = "#c9cdd2"

DARK: Final = {
    **dict(
        zip(
            PALETTE,
            ("#1aa1ff", "#edc04e", "#167955", "#ff32bb", "#e1d4fd", "#8d902c", "#bfdeb7"),
            strict=True,
        )
    ),
    **dict(zip(PARTS, ("#4e89f2", "#96cbb7", "#327d5c", "#f4c060", "#ae5400"), strict=True)),
    **dict(
        zip(RAMP, ("#1c2430", "#1b3a5c", "#1f5a94", "#3284cf", "#7bb8ee", "#d5e9fb"), strict=True)
    ),
    OTHER: "#6b7380",
    REST: "#34495f",
    TRACK: "#23282f",
    MORE: "#f0924a",
    LESS: "#35b5a5",
    INK: "#e8eaed",
    MUTED: "#a3abb6",
    PAPER: "#16181d",
    _GRID: "#2a2f37",
    _RULE: "#4a515c",
}
"""Light colour → the same on a dark ground."""

_COLOURED: Final = frozenset(
    ("background", "category", "color", "fill", "range", "stroke", "value")
)
_DATA: Final = frozenset(("data", "datasets", "domain", "values"))
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


@alt.theme.register("llmspend_dark", enable=False)
def llmspend_dark_theme() -> alt.theme.ThemeConfig:
    """Return the theme for a dark ground.

    Returns
    -------
    altair.theme.ThemeConfig
        A Vega-Lite configuration.
    """
    dark: alt.theme.ThemeConfig = darkened(llmspend_theme())
    return dark


@alt.theme.register("llmspend", enable=False)
def llmspend_theme() -> alt.theme.ThemeConfig:
    """Return the theme; `llmspend.charts.enable` turns it on for all charts.

    Returns
    -------
    altair.theme.ThemeConfig
        A Vega-Lite configuration.
    """
    config: dict[str, Any] = {
        "background": PAPER,
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


def darkened(spec: Any, key: str = "") -> Any:  # noqa: ANN401 - any part of a specification
    """Put the colours for a dark ground into a specification.

    Parameters
    ----------
    spec
        All of it, or a part.
    key
        What the part is of.

    Returns
    -------
    dict, list, str …
        The same in dark. Data and names are left alone, whatever they look like.

    Examples
    --------
    >>> darkened({"color": {"value": "#1d2025"}, "title": "#1d2025"})
    {'color': {'value': '#e8eaed'}, 'title': '#1d2025'}
    """
    if isinstance(spec, dict):
        return {k: v if k in _DATA else darkened(v, k) for k, v in spec.items()}
    if isinstance(spec, list):
        return [darkened(v, key) for v in spec]
    is_colour = isinstance(spec, str) and (key in _COLOURED or key.endswith("Color"))
    return DARK.get(spec, spec) if is_colour else spec
