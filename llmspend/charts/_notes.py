"""The words "partial week" above bars that the data do not fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts._axes import label_of, utc
from llmspend.charts._periods import SpendByPeriod, partial_periods
from llmspend.charts._theme import MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from llmspend.charts._members import Member

_WIDTH: Final = 84
_PLACE: Final[list[Any]] = ["note", "side", "at", "middle"]


def partial_notes(
    spend: SpendByPeriod,
    members: Sequence[Member],
    folded: pl.DataFrame,
    slot_width: float,
    click: alt.Parameter,
) -> list[alt.Chart]:
    """Write over the first and the last bar if they are not whole.

    Parameters
    ----------
    spend, members, folded
        What is drawn.
    slot_width
        How wide a bar is, in pixels.
    click
        The selection of members; the words move with what it leaves.

    Returns
    -------
    list of altair.Chart
        Layers; none when both are whole. Words wider than their bar stand above its neighbours
        too, as high as the highest of them, and a line leads down to the bar.
    """
    drawn = folded["start"]
    starts = [s for s in partial_periods(spend) if s in (drawn.min(), drawn.max())]
    if not starts:
        return []
    bars_below = 1 + int(_WIDTH // slot_width)
    rows = [_segments(spend, folded, start, bars_below) for start in starts]
    table = pl.concat(rows).with_columns(member=label_of(members)).drop("rank")
    placed = (
        alt.Chart(table)
        .encode(y=alt.Y("top:Q"))
        .transform_filter(click)
        .transform_aggregate(height="sum(spend)", own="sum(own)", groupby=["start", *_PLACE])
        .transform_aggregate(top="max(height)", own="max(own)", groupby=_PLACE)
    )
    style: dict[str, Any] = {"align": alt.expr("datum.side"), "baseline": "bottom", "dy": -5}
    words = placed.mark_text(**style, color=MUTED).encode(x=alt.X("at:T"), text=alt.Text("note:N"))
    if bars_below == 1:
        return [words]
    line = placed.mark_rule(strokeWidth=1, color=MUTED).encode(
        x=alt.X("middle:T"), y2=alt.Y2("own")
    )
    return [line, words]


def _segments(
    spend: SpendByPeriod, folded: pl.DataFrame, start: datetime, bars_below: int
) -> pl.DataFrame:
    """List the segments below the words for one period."""
    is_first = start == folded["start"].min()
    step = spend.interval.step
    end = pl.lit(start).dt.offset_by(step)
    middle = pl.lit(start) + (end - pl.lit(start)) / 2
    # where the words end, and in which direction they reach over the neighbours
    at, side, sign = (pl.lit(start), "left", "") if is_first else (end, "right", "-")
    if bars_below == 1:
        at, side = middle, "center"
    reach = pl.lit(start).dt.offset_by(f"{sign}{bars_below - 1}{step.removeprefix('1')}")
    lower, upper = (pl.lit(start), reach) if is_first else (reach, pl.lit(start))
    own = pl.when(pl.col("start") == pl.lit(start)).then("spend").otherwise(0.0)
    return folded.filter(pl.col("start").is_between(lower, upper)).select(
        utc(pl.col("start")).alias("start"),
        utc(at).alias("at"),
        utc(middle).alias("middle"),
        pl.lit(side).alias("side"),
        pl.lit(f"partial {spend.interval.name}").alias("note"),
        own.alias("own"),
        "spend",
        "rank",
    )
