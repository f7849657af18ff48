"""Charts as files: a picture, or a page that answers to the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import InputError
from llmspend.pages import VEGA_LITE, document, vega
from llmspend.text import printable
from llmspend.whole_files import check_target, whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import altair as alt

_SHARPNESS: Final = 2.0
_FIGURE: Final = '<main class="alone"><figure data-chart="chart-0"></figure></main>'


def _page(spec: dict[str, Any]) -> bytes:
    return document(_title(spec), _FIGURE, [spec]).encode()


def _png(spec: dict[str, Any]) -> bytes:
    return bytes(vega().vegalite_to_png(spec, vl_version=VEGA_LITE, scale=_SHARPNESS))


def _svg(spec: dict[str, Any]) -> bytes:
    return str(vega().vegalite_to_svg(spec, vl_version=VEGA_LITE)).encode()


def _pdf(spec: dict[str, Any]) -> bytes:
    return bytes(vega().vegalite_to_pdf(spec, vl_version=VEGA_LITE))


CHART_FILES: Final[dict[str, Callable[[dict[str, Any]], bytes]]] = {
    ".png": _png,
    ".svg": _svg,
    ".html": _page,
    ".pdf": _pdf,
}
"""Extension → what writes such a file."""


def check_chart_file(path: str | Path) -> Path:
    """Tell early that a chart cannot be written to a file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    InputError
        When its extension is none of CHART_FILES, or there is no such folder.
    """
    target = check_target(path)
    if target.suffix.lower() not in CHART_FILES:
        known = ", ".join(CHART_FILES)
        raise InputError(
            f"a chart is written as {known}: {printable(target.name)} ends in none of them."
        )
    return target


def save_chart(
    chart: alt.LayerChart | alt.HConcatChart | alt.VConcatChart, path: str | Path
) -> Path:
    """Write a chart to a file, whole or not at all.

    Parameters
    ----------
    chart
        What is written.
    path
        Ends in ``.png``, ``.svg``, ``.pdf``, or ``.html`` for a page that needs no network.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        As for `check_chart_file`, and without the extra ``export``.
    """
    target = check_chart_file(path)
    content = CHART_FILES[target.suffix.lower()](chart.to_dict())
    with whole_file(target) as beside:
        beside.write_bytes(content)
    return target


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return str(text) or "Chart"
