"""A bar per member with its number beside it, and a share of something at its right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import altair as alt
import polars as pl

from llmspend.charts._channels import fixed
from llmspend.charts._panels import GAP
from llmspend.charts._ranked import height_of, member_axis
from llmspend.charts._theme import INK, MUTED, TRACK

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARACTER: Final = 6.6
_MARGIN: Final = 12
_PERCENT_WIDTH: Final = 42
_TRACK_WIDTH: Final = 190


class Amount(NamedTuple):
    """What the bars of members measure.

    Attributes
    ----------
    rows
        A row per bar, with ``label``: several of a member stand on one line.
    field
        Its column of amounts, USD; those below zero go to the left.
    end
        Where the bar of a member ends, in the table of members: words stand there.
    colour
        Of the bars.
    tooltip
        What to say about them.
    """

    rows: pl.DataFrame
    field: str
    end: pl.Expr
    colour: alt.Color
    tooltip: Sequence[alt.Tooltip]


class Share(NamedTuple):
    """A share of each member.

    Attributes
    ----------
    field
        The column of the share, 0 to 1; where it is null, no track is drawn.
    title
        What it is a share of.
    name, pattern
        How tooltips call it, and the format they write it in.
    colour
        Of the part.
    """

    field: str
    title: str
    name: str
    pattern: str
    colour: str


def measured(members: pl.DataFrame, amount: Amount, share: Share, width: int) -> alt.HConcatChart:
    """Draw a bar per member with its number beside it, and at the right a share of it.

    Parameters
    ----------
    members
        As of `rank`, with the ``text`` beside each bar.
    amount
        What the bars measure.
    share
        What stands at the right.
    width
        Of both, in pixels.

    Returns
    -------
    altair.HConcatChart
        Two plots, of which the left one has the names.
    """
    labels = members["label"].to_list()
    plot = width - _TRACK_WIDTH - GAP
    low, high = _room_for(members["text"].to_list(), amount.rows[amount.field].to_list(), plot)
    x = alt.X(f"{amount.field}:Q").stack(None).scale(domain=[low, high], nice=False).axis(None)
    bars = (
        alt.Chart(amount.rows)
        .mark_bar()
        .encode(y=member_axis(labels), x=x, color=amount.colour, tooltip=list(amount.tooltip))
    )
    layers = [bars, _zero_line(), _words_beside(members, amount.end)]
    left = alt.LayerChart(layer=layers, width=plot, height=height_of(labels))
    return alt.HConcatChart(hconcat=[left, _share_track(members, share)], spacing=GAP)


def _room_for(texts: Sequence[str], ends: Sequence[float], width: int) -> tuple[float, float]:
    """Choose the ends of a scale so that words right of the longest bar have room."""
    low, high = min(0.0, *ends), max(0.0, *ends)
    if low == high:
        return 0.0, 1.0
    words = _CHARACTER * max(map(len, texts)) + _MARGIN
    return low, low + (high - low) * width / max(width - words, width / 3)


def _words_beside(members: pl.DataFrame, end: pl.Expr) -> alt.Chart:
    """Write the text of every bar right of it; of those to the left, at zero."""
    rows = members.select("label", "text", end.clip(0).alias("end"))
    words: alt.Chart = (
        alt.Chart(rows)
        .mark_text(align="left", dx=6, color=INK)
        .encode(y=member_axis(rows["label"].to_list()), x=alt.X("end:Q"), text=alt.Text("text:N"))
    )
    return words


def _zero_line() -> alt.Chart:
    """Draw where bars to the left and to the right begin."""
    line: alt.Chart = (
        alt.Chart(pl.DataFrame({"zero": [0.0]}))
        .mark_rule(color=MUTED, orient="vertical")
        .encode(x=alt.X("zero:Q"), y=fixed(alt.YValue, 0), y2=fixed(alt.Y2Value, "height"))
    )
    return line


def _share_track(members: pl.DataFrame, share: Share) -> alt.LayerChart:
    """Draw the share of each member as part of a whole; without names, they stand at the left."""
    known = members.select("label", "name", share.field)
    rows = known.with_columns(
        pl.col(share.field).clip(0, 1).alias("_part"),
        pl.when(pl.col(share.field).is_not_null()).then(1.0).alias("_whole"),
        pl.Series("_percent", [_percent(v) for v in known[share.field]], dtype=pl.String),
    )
    labels = rows["label"].to_list()
    plot = _TRACK_WIDTH - _PERCENT_WIDTH
    axis = alt.Axis(
        values=[0, 0.5, 1],
        format=".0%",
        labelFlush=True,
        labelOverlap=False,
        domain=False,
        grid=False,
    )
    x = alt.X("_whole:Q").stack(None).scale(domain=[0, 1], nice=False).axis(axis).title(share.title)
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip(f"{share.field}:Q", title=share.name, format=share.pattern),
    ]
    base = alt.Chart(rows).encode(y=member_axis(labels, named=False))
    whole = base.mark_bar(color=TRACK).encode(x=x)
    part = base.mark_bar(color=share.colour).encode(x=alt.X("_part:Q").stack(None), tooltip=tooltip)
    words = base.mark_text(align="left", color=MUTED).encode(
        x=fixed(alt.XValue, plot + 6), text=alt.Text("_percent:N")
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
