"""Title and subtitle of a chart, on one chart or on several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from llmspend.charts._display import Chart
from llmspend.charts._empty import nothing
from llmspend.charts._names import clean
from llmspend.charts._words import described

if TYPE_CHECKING:
    from collections.abc import Sequence


def heading(headline: str, lines: Sequence[str], width: int, *more: str) -> dict[str, Any]:
    """Write what stands over a chart, and what describes it to those who do not see it.

    Parameters
    ----------
    headline, lines
        Title and subtitle.
    width
        Of everything below, in pixels; longer lines are cut.
    *more
        What the description says besides.

    Returns
    -------
    dict
        Arguments for a chart: ``title`` and ``description``.
    """
    headline, lines = clean(headline), [clean(line) for line in lines]
    return {
        "title": alt.TitleParams(headline, subtitle=lines, limit=width),
        "description": described(headline, *lines, *more),
    }


def empty(
    top: dict[str, Any], width: int, height: int = 200, *, unpriced: bool, note: str | None = None
) -> Chart:
    """Draw a chart that has nothing to show, and says so.

    Parameters
    ----------
    top
        As `heading` gives it.
    width, height
        Of the plot, in pixels.
    unpriced, note
        As for `nothing`.

    Returns
    -------
    Chart
        One line of text below the title.
    """
    text = nothing(width, height, unpriced=unpriced, note=note)
    return Chart(layer=[text], width=width, height=height, **top)
