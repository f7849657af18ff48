"""Explorer: bars over time and by several dimensions, each a filter of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts._axes import FEWEST_SLOTS, dollars, slots, time_axis, utc
from llmspend.charts._channels import fixed, opacity
from llmspend.charts._cube import Cube, Shown, cube, folded
from llmspend.charts._display import Column
from llmspend.charts._heading import empty, heading
from llmspend.charts._intervals import INTERVALS, name_of
from llmspend.charts._ranked import height_of, member_axis
from llmspend.charts._size import MOST_ROWS, check_size, coarser
from llmspend.charts._theme import INK, MUTED, OTHER, PALETTE, PAPER
from llmspend.charts._totals import dimensions_of
from llmspend.charts._words import noun, percent
from llmspend.errors import InputError
from llmspend.text import usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.charts._display import Chart
    from llmspend.spend import Charges

_DAYS: Final = {"day": 62, "week": 400, "month": 3_000}
_MOST_PANELS: Final = 3
_GAP: Final = 24
_NAMES: Final = 140
_AMOUNT: Final = 56
_AXIS: Final = 56
_HALF: Final = 0.5
_STROKED_FROM: Final = 4
_FADED: Final = 0.25
_MONEY: Final = (
    "(datum.spend >= 100 ? format(datum.spend, '$,.0f') : datum.spend >= 0.01 ? "
    "format(datum.spend, '$,.2f') : format(datum.spend, '$.2~r'))"
)


def explorer(
    data: Charges,
    by: str | Sequence[str] = ("model", "team", "key"),
    *,
    every: str | None = None,
    tz: str | None = None,
    top: int = 6,
    title: str | None = None,
    width: int = 900,
    height: int = 200,
) -> Column | Chart:
    """Draw spend over time and by dimensions, linked: what is picked in one filters the others.

    Drag across the upper bars to pick a time, click bars below to pick members (shift-click for
    several); double-click clears.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them:
        ``llmspend.breakdown(charges, by, every=...)``.
    by
        One to three of `llmspend.DIMENSIONS`, also as ``"team,model"``; the first gives the
        colours.
    every
        One of `llmspend.PERIODS`. None: days, weeks or months, whichever suits the time covered.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.
    top
        How many members of each dimension to show, 1 to 7; the others are added up as "Other".
    title
        The title; None for one that states what there is to see.
    width
        Of all plots side by side, in pixels.
    height
        Of the upper plot, in pixels.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        The selections are called ``brush_time`` and ``pick_model``, ``pick_team`` … after the
        dimensions. Without any spend, a chart that says so.

    Raises
    ------
    InputError
        When `data` is neither charges nor such a breakdown, `by` names no or too many dimensions,
        `top` is out of range, or there would be more than 5,000 rows.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o-mini"],
    ...         "started_at": [datetime(2026, 5, 4), datetime(2026, 5, 12)],
    ...         "prompt_tokens": [100_000, 100_000],
    ...     }
    ... )
    >>> chart = explorer(llmspend.price(calls), "model")
    >>> [parameter["name"] for parameter in chart.to_dict()["params"]]
    ['brush_time', 'pick_model']
    """
    dimensions = dimensions_of(by)
    if not 1 <= len(dimensions) <= _MOST_PANELS:
        raise InputError(f"by names 1 to {_MOST_PANELS} dimensions, not {len(dimensions)}.")
    if not 1 <= top <= len(PALETTE):
        raise InputError(
            f"top is from 1 to {len(PALETTE)}, the colours that can be told apart, not {top}."
        )
    everything = cube(data, dimensions, every, tz, _DAYS)
    members, drawn = _folded(everything, top)
    if every is None:
        drawn = _small_enough(drawn)
    if members[0]:
        _check(drawn)
    headline = _title(members[0], everything, dimensions[0]) if title is None else title
    scope = everything.scope
    lines = scope.lines(scope.in_all(everything.total), *_counts(members, everything))
    each = ", ".join(f"{m.label} {usd(m.spend)}" for m in members[0])
    top_of_page = heading(
        headline,
        [*lines, _HINT] if members[0] else lines,
        width,
        *([f"Bars over time, and by {noun(dimensions[0])}: {each}"] if each else []),
    )
    if not members[0]:
        unpriced = bool(everything.scope.unpriced_requests)
        return empty(top_of_page, width, height, unpriced=unpriced)
    return _linked(drawn, members, width, height, top_of_page)


_HINT: Final = (
    "Drag across the upper bars to pick a time, click bars below to filter, double-click to clear"
)

# -- data


def _folded(given: Cube, top: int) -> tuple[list[list[Shown]], Cube]:
    members = []
    for place in range(len(given.by)):
        shown, given = folded(given, place, top)
        members.append(shown)
    return members, given


def _small_enough(given: Cube) -> Cube:
    """Take longer periods until it can be drawn."""
    for interval in INTERVALS[INTERVALS.index(given.interval) + 1 :]:
        if given.rows.height <= MOST_ROWS:
            break
        given = given.rolled_up(interval)
    return given


def _check(given: Cube) -> None:
    rows, starts = given.rows, given.rows["start"]
    most = max(rows.group_by("start").len()["len"])
    name = given.interval.name
    check_size(
        rows.height,
        f"{whole(starts.n_unique())} {name}s by {', '.join(map(noun, given.by))} are "
        f"{whole(rows.height)} parts of bars",
        f"every={coarser(given.interval, starts, most)!r}, "
        "a smaller top, fewer dimensions, or a shorter time",
    )


# -- words


def _title(members: Sequence[Shown], given: Cube, by: str) -> str:
    if not members or any(m.spend < 0 for m in members):
        return f"Spend by {noun(by)}"
    first = members[0]
    share = first.spend / given.total
    of_spend = given.scope.of_the_spend
    if first.is_other or share < _HALF:
        several = " and ".join(map(noun, given.by[:2]))
        return f"{usd(given.total)} by {several}"
    if first.is_none:
        return f"{percent(share)} {of_spend} has no {noun(by)}"
    return f"{first.label} is {percent(share) if len(members) > 1 else 'all'} {of_spend}"


def _counts(members: Sequence[Sequence[Shown]], given: Cube) -> list[str]:
    rests = [
        f"top {len(shown) - 1} {noun(by, plural=True)}"
        for by, shown in zip(given.by, members, strict=True)
        if shown and shown[-1].is_other
    ]
    return [", ".join(rests)] if rests else []


# -- layers


def _linked(
    given: Cube, members: Sequence[Sequence[Shown]], width: int, height: int, top: dict[str, Any]
) -> Column:
    table = _table(given, members)
    brush = alt.selection_interval(name="brush_time", encodings=["x"])
    picks = [
        alt.selection_point(name=f"pick_{by}", fields=[by], on="click", clear="dblclick")
        for by in given.by
    ]
    base = alt.Chart()  # the table is that of all plots, below
    timeline = _timeline(base, given, members[0], brush, picks, width - _AXIS, height)
    each = (width - _GAP * (len(picks) - 1)) // max(len(picks), 2)
    panels = [
        _panel(base, given.by, place, shown, brush, picks, each)
        for place, shown in enumerate(members)
    ]
    below = alt.HConcatChart(hconcat=panels, spacing=_GAP).resolve_scale(color="independent")
    linked: Column = Column(data=table, vconcat=[timeline, below], spacing=_GAP, **top)
    return linked


def _table(given: Cube, members: Sequence[Sequence[Shown]]) -> pl.DataFrame:
    end = pl.col("start").dt.offset_by(given.interval.step)
    titles = {
        s: name_of(given.interval, s, given.interval.long) for s in given.rows["start"].unique()
    }
    labels = [
        pl.col(f"rank_{place}")
        .replace_strict({i: m.label for i, m in enumerate(shown)}, return_dtype=pl.String)
        .alias(by)
        for place, (by, shown) in enumerate(zip(given.by, members, strict=True))
    ]
    # the middle: a time is picked when it holds the middle of a bar
    return given.rows.sort("start", *(f"rank_{i}" for i in range(len(given.by)))).select(
        utc(pl.col("start") + (end - pl.col("start")) / 2).alias("at"),
        pl.col("start").replace_strict(titles, return_dtype=pl.String).alias("period"),
        *labels,
        pl.col("rank_0").alias("rank"),
        pl.col("spend").round_sig_figs(6),
    )


def _colour(by: str, members: Sequence[Shown], place: int) -> alt.Color:
    if place == 0:
        colours = [OTHER if m.is_other else c for m, c in zip(members, _COLOURS, strict=False)]
    else:
        colours = [OTHER if m.is_other else MUTED for m in members]
    return alt.Color(f"{by}:N").scale(domain=[m.label for m in members], range=colours).legend(None)


_COLOURS: Final = (*PALETTE, OTHER)


def _timeline(
    base: alt.Chart,
    given: Cube,
    members: Sequence[Shown],
    brush: alt.Parameter,
    picks: Sequence[alt.Parameter],
    width: int,
    height: int,
) -> alt.LayerChart:
    periods = slots(given.interval, given.rows)
    slot = width / max(len(periods), FEWEST_SLOTS)
    by = given.by[0]
    highest = max(given.rows.group_by("start").agg(pl.col("spend").clip(0).sum())["spend"])
    filtered = base
    for pick in picks:
        filtered = filtered.transform_filter(pick)
    bars = (
        filtered.mark_bar(
            width=slot,
            orient="vertical",
            stroke=PAPER,
            strokeWidth=1 if slot >= _STROKED_FROM else 0,
        )
        .encode(
            x=time_axis(given.interval, periods, width, "at"),
            y=alt.Y("sum(spend):Q")
            .axis(labelExpr=dollars(highest), tickCount=4)
            .title(f"USD per {given.interval.name}"),
            color=_colour(by, members, 0),
            order=alt.Order("rank:Q"),
            opacity=opacity(_FADED, brush, 1),
            tooltip=[
                alt.Tooltip("period:N", title=given.interval.name.capitalize()),
                alt.Tooltip(f"{by}:N", title=noun(by).capitalize()),
                alt.Tooltip("sum(spend):Q", title="Spend", format="$,.2f"),
            ],
        )
        .add_params(brush)
    )
    picked = (
        filtered.transform_filter(brush)
        .transform_aggregate(spend="sum(spend)")
        .transform_calculate(words=f"{_MONEY} + ' picked'")
        .mark_text(align="right", baseline="bottom", dy=-8, fontWeight=600, color=INK)
        .encode(x=fixed(alt.XValue, width), y=fixed(alt.YValue, 0), text=alt.Text("words:N"))
    )
    return alt.LayerChart(layer=[bars, picked], width=width, height=height)


def _panel(
    base: alt.Chart,
    by: Sequence[str],
    place: int,
    members: Sequence[Shown],
    brush: alt.Parameter,
    picks: Sequence[alt.Parameter],
    width: int,
) -> alt.LayerChart:
    mine = by[place]
    labels = [m.label for m in members]
    filtered = base.transform_filter(brush)
    for other, pick in zip(by, picks, strict=True):
        if other != mine:
            filtered = filtered.transform_filter(pick)
    summed = filtered.transform_aggregate(spend="sum(spend)", groupby=[mine]).transform_calculate(
        words=_MONEY
    )
    room = width - _NAMES
    y = member_axis(labels, mine, width=_NAMES)
    bars = (
        summed.mark_bar(cornerRadiusEnd=2)
        .encode(
            y=y,
            x=alt.X("spend:Q")
            .stack(None)
            .scale(range=[0, room - _AMOUNT], zero=True, nice=False)
            .axis(None),
            color=_colour(mine, members, place),
            opacity=opacity(_FADED, picks[place], 1),
            tooltip=[
                alt.Tooltip(f"{mine}:N", title=noun(mine).capitalize()),
                alt.Tooltip("spend:Q", title="Spend", format="$,.2f"),
            ],
        )
        .add_params(picks[place])
    )
    words = summed.mark_text(align="left", dx=6, color=MUTED).encode(
        y=y, x=alt.X("spend:Q").stack(None), text=alt.Text("words:N")
    )
    return alt.LayerChart(
        layer=[bars, words],
        width=room,
        height=height_of(labels),
        title=alt.TitleParams(f"By {noun(mine)}", fontSize=13, offset=8),
    )
