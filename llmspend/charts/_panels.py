"""Plots of the same sums below one another: over time, and by member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from llmspend.charts._display import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from llmspend.charts._intervals import Interval
    from llmspend.charts._totals import Sums

    Panel = alt.LayerChart | alt.HConcatChart

GAP: Final = 24
"""Between plots, in pixels."""


def over_and_under(
    sums: Sums,
    top: dict[str, Any],
    over_time: Callable[[pl.DataFrame, Interval], Panel] | None,
    by_member: Callable[[], Panel] | None,
    gap: int = GAP,
) -> Column:
    """Draw sums over time, as far as they were asked for, and below that by member.

    Parameters
    ----------
    sums
        What to draw.
    top
        As `heading` gives it.
    over_time
        Draws what was summed per period; None where nothing is to be seen.
    by_member
        Draws the members; None for none.
    gap
        Between the two, in pixels.

    Returns
    -------
    Column
        The chart.
    """
    panels: list[Panel] = []
    if over_time is not None and sums.periods is not None and sums.interval is not None:
        panels.append(over_time(sums.periods, sums.interval))
    if by_member is not None:
        panels.append(by_member())
    return Column(vconcat=panels, spacing=gap, **top)


def colour_of_kinds(kinds: Mapping[str, str], *, legend: bool = True) -> alt.Color:
    """Give each kind of amount its colour.

    Parameters
    ----------
    kinds
        Kind → colour, in the order of the legend.
    legend
        Whether it stands above the plot; one legend does for all plots.

    Returns
    -------
    altair.Color
        For the column ``kind``.
    """
    shown = alt.Legend(title=None, orient="top", offset=8) if legend else None
    scale = alt.Scale(domain=list(kinds), range=list(kinds.values()))
    return alt.Color("kind:N").scale(scale).legend(shown)
