"""The report as a page of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.labels import shown
from llmspend.pages import document, template
from llmspend.reports._blocks import Figure
from llmspend.reports._sections import sections, subtitle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.reports._report import Report

_WIDTH, _HEIGHT, _MARGIN = 96.0, 20.0, 1.5
"""Of a small line, in its own units."""

_FEWEST: Final = 2


def page(report: Report, top: int) -> str:
    """Lay a report out.

    Parameters
    ----------
    report
        What is reported.
    top
        Rows per table.

    Returns
    -------
    str
        A whole HTML document.
    """
    parts = list(sections(report, top))
    charts = [
        block.chart.to_dict()
        for part in parts
        for block in part.blocks
        if isinstance(block, Figure)
    ]
    body = template("report.html.jinja").render(
        sections=parts,
        source=shown(report.source),
        subtitle=subtitle(report),
        line=line,
    )
    return document("Spend report", body, charts)


def line(values: Sequence[float | None]) -> list[str]:
    """Draw numbers as a small line.

    Parameters
    ----------
    values
        From left to right; None is a gap.

    Returns
    -------
    list of str
        Points of the pieces between the gaps, for SVG.

    Examples
    --------
    >>> line([0.0, 1.0, None, 2.0, 2.0])
    ['0.0,18.5 24.0,10.0', '72.0,1.5 96.0,1.5']
    """
    known = [value for value in values if value is not None]
    if len(values) < _FEWEST or not known:
        return []
    low, high = min(0.0, *known), max(known)
    scale = (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1.0)
    step = _WIDTH / (len(values) - 1)
    pieces: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            y = _HEIGHT - _MARGIN - (value - low) * scale
            pieces[-1].append(f"{place * step:.1f},{y:.1f}")
    return [" ".join(piece) for piece in pieces if len(piece) >= _FEWEST]
