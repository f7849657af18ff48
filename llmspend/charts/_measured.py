"""A bar per member with its number beside it, and a share of something at its right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts._channels import x_at, y2_at, y_at
from llmspend.charts._ranked import height_of, member_axis
from llmspend.charts._theme import INK, MUTED, TRACK

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARACTER: Final = 6.6
_GAP: Final = 12
_PERCENT_WIDTH: Final = 42


def room_for(texts: Sequence[str], ends: Sequence[float], width: int) -> tuple[float, float]:
    """Choose the ends of a scale so that words right of the longest bar have room.

    Parameters
    ----------
    texts
        What stands beside the bars.
    ends
        Where bars end.
    width
        Of the plot, in pixels.

    Returns
    -------
    tuple of float
        Smallest and largest value.
    """
    low, high = min(0.0, *ends), max(0.0, *ends)
    if low == high:
        return 0.0, 1.0
    words = _CHARACTER * max(map(len, texts)) + _GAP
    return low, low + (high - low) * width / max(width - words, width / 3)


def words_beside(table: pl.DataFrame, ends: pl.Expr) -> alt.Chart:
    """Write the column ``text`` right of every bar.

    Parameters
    ----------
    table
        With ``label`` and ``text``.
    ends
        Where the bars end; words of negative ones stand at zero.

    Returns
    -------
    altair.Chart
        A layer.
    """
    rows = table.select("label", "text", ends.clip(0).alias("end"))
    words: alt.Chart = (
        alt.Chart(rows)
        .mark_text(align="left", dx=6, color=INK)
        .encode(y=member_axis(rows["label"].to_list()), x=alt.X("end:Q"), text=alt.Text("text:N"))
    )
    return words


def zero_line() -> alt.Chart:
    """Draw where bars to the left and to the right begin.

    Returns
    -------
    altair.Chart
        A layer.
    """
    line: alt.Chart = (
        alt.Chart(pl.DataFrame({"zero": [0.0]}))
        .mark_rule(color=MUTED, orient="vertical")
        .encode(x=alt.X("zero:Q"), y=y_at(0), y2=y2_at("height"))
    )
    return line


def share_track(
    table: pl.DataFrame,
    field: str,
    title: str,
    colour: str,
    width: int,
    tooltip: Sequence[alt.Tooltip],
) -> alt.LayerChart:
    """Draw a share of each member, 0 to 1, as part of a whole.

    Parameters
    ----------
    table
        With ``label`` and the share; where it is null, the whole is not drawn either.
    field
        The column of the share.
    title
        What it is a share of.
    colour
        Of the part.
    width
        Of the plot, in pixels.
    tooltip
        What to say about it.

    Returns
    -------
    altair.LayerChart
        Without names: it stands right of a plot that has them.
    """
    rows = table.with_columns(
        pl.col(field).clip(0, 1).alias("_part"),
        pl.when(pl.col(field).is_not_null()).then(1.0).alias("_whole"),
        pl.Series("_percent", [_percent(v) for v in table[field]], dtype=pl.String),
    )
    labels = table["label"].to_list()
    plot = max(20, width - _PERCENT_WIDTH)
    axis = alt.Axis(
        values=[0, 0.5, 1],
        format=".0%",
        labelFlush=True,
        labelOverlap=False,
        domain=False,
        grid=False,
    )
    x = alt.X("_whole:Q").stack(None).scale(domain=[0, 1], nice=False).axis(axis).title(title)
    base = alt.Chart(rows).encode(y=member_axis(labels, named=False))
    whole = base.mark_bar(color=TRACK).encode(x=x)
    part = base.mark_bar(color=colour).encode(x=alt.X("_part:Q").stack(None), tooltip=list(tooltip))
    words = base.mark_text(align="left", color=MUTED).encode(
        x=x_at(plot + 6), text=alt.Text("_percent:N")
    )
    return alt.LayerChart(layer=[whole, part, words], width=plot, height=height_of(labels))


def _percent(share: float | None) -> str:
    """Write a share so that 100% is all and 0% is nothing."""
    if share is None:
        return ""
    rounded = round(share * 100)
    if rounded == 100 and share < 1:  # noqa: PLR2004 - percent
        return ">99%"
    return "<1%" if rounded == 0 and share > 0 else f"{rounded}%"
