"""Small multiples: spend over time in a panel for each member, unusual days marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts._axes import dollars, point_axis, slots, utc
from llmspend.charts._cube import Cube, cube, ranked_by_spend
from llmspend.charts._display import Column
from llmspend.charts._heading import empty, heading
from llmspend.charts._intervals import INTERVALS, name_of
from llmspend.charts._names import names
from llmspend.charts._size import MOST_ROWS, check_size, coarser
from llmspend.charts._theme import MORE, PALETTE
from llmspend.charts._words import noun
from llmspend.errors import InputError
from llmspend.text import usd, whole
from llmspend.unusual_spend import TIMES, unusual_days

if TYPE_CHECKING:
    from llmspend.charts._display import Chart
    from llmspend.charts._intervals import Interval
    from llmspend.spend import Charges

MOST_PANELS: Final = 48
"""More panels than this fit no screen."""

_DAYS: Final = {"day": 130, "week": 900, "month": 4_000}
_GAP: Final = 14
_AXIS: Final = 46
_CHARACTER: Final = 7.2
_LARGE: Final = 100
_HEADROOM: Final = 1.15
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class _Panels:
    """What is drawn.

    Attributes
    ----------
    members
        ``label, full, spend`` of each panel, largest first.
    table
        ``panel, start, spend``: every period of every panel.
    unusual
        ``panel, start, spend, usual``: days far above what is usual.
    least
        How much above at least, USD.
    total
        How many members there are in all.
    interval
        What the periods are.
    """

    members: pl.DataFrame
    table: pl.DataFrame
    unusual: pl.DataFrame
    least: float
    total: int
    interval: Interval


def small_multiples(
    data: Charges,
    by: str = "team",
    *,
    every: str | None = None,
    tz: str | None = None,
    top: int = 8,
    columns: int = 4,
    title: str | None = None,
    width: int = 900,
    height: int = 90,
) -> Column | Chart:
    """Draw spend over time in a small panel for each member.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them with
        periods: ``llmspend.breakdown(charges, by, every="day")``.
    by
        One of `llmspend.DIMENSIONS`.
    every
        One of `llmspend.PERIODS`. None: days, weeks or months, whichever suits the time covered.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.
    top
        How many members get a panel, those with the largest spend, 1 to 48.
    columns
        How many panels stand beside one another.
    title
        The title; None for one that states what there is to see.
    width
        Of all panels side by side, in pixels.
    height
        Of one panel, in pixels.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        Panels, largest spend first, each with a scale of its own and its total. By day, dots mark
        what is more than 2.5 times the median of the same weekday in the six weeks before and the
        last of these, and more than a twentieth of an average day's spend above that median.
        Without any spend, a chart that says so.

    Raises
    ------
    InputError
        When `data` is neither charges nor such a breakdown, `top` or `columns` is out of range, or
        there would be more than 5,000 points.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> noon = pl.datetime_range(datetime(2026, 6, 1, 12), datetime(2026, 6, 14, 12), "1d")
    >>> calls = pl.select(started_at=noon, model=pl.lit("gpt-4o"), prompt_tokens=4_000_000)
    >>> chart = small_multiples(llmspend.price(calls), by="model")
    >>> chart.to_dict()["title"]["text"]
    'Daily spend by model'
    """
    if not 1 <= top <= MOST_PANELS:
        raise InputError(f"top is from 1 to {MOST_PANELS}, the panels that fit, not {top}.")
    if columns < 1:
        raise InputError(f"columns is how many panels stand side by side, not {columns}.")
    given = cube(data, (by,), every, tz, _DAYS)
    members = _members(given, top)
    if every is None:
        given = _small_enough(given, members.height)
    panels = _panels(given, members)
    lines = given.scope.lines(given.scope.in_all(given.total), *_shown(panels, by))
    each = ", ".join(
        f"{label} {usd(spend)}" for label, spend in members.select("label", "spend").rows()
    )
    top_of_page = heading(
        _title(panels, by) if title is None else title,
        [*lines, *_legend(panels)],
        width,
        *([f"Lines over time: {each}"] if each else []),
    )
    if members.is_empty():
        unpriced = bool(given.scope.unpriced_requests)
        return empty(top_of_page, width, 2 * height, unpriced=unpriced)
    in_row = min(columns, members.height)
    plots = _plots(panels, in_row, (width - _GAP * (in_row - 1)) // in_row - _AXIS, height)
    rows = [
        alt.HConcatChart(hconcat=plots[i : i + in_row], spacing=_GAP)
        for i in range(0, len(plots), in_row)
    ]
    return Column(vconcat=rows, spacing=_GAP, **top_of_page)


# -- data


def _members(given: Cube, top: int) -> pl.DataFrame:
    ranked = ranked_by_spend(given, 0)
    shown = ranked.head(top)
    titles = names(shown.select("member_0", "alias_0").rows())
    return shown.select(
        pl.col("member_0").alias("member"),
        pl.Series("label", [t.label for t in titles], dtype=pl.String),
        "spend",
        pl.lit(ranked.height).alias("of"),
    ).with_row_index("panel")


def _small_enough(given: Cube, members: int) -> Cube:
    for interval in INTERVALS[INTERVALS.index(given.interval) + 1 :]:
        if not members or len(slots(given.interval, given.rows)) * members <= MOST_ROWS:
            break
        given = given.rolled_up(interval)
    return given


def _panels(given: Cube, members: pl.DataFrame) -> _Panels:
    spend = (
        given.rows.join(
            members.select("member", "panel"),
            left_on="member_0",
            right_on="member",
            nulls_equal=True,
        )
        .group_by("panel", "start")
        .agg(pl.col("spend").sum())
    )
    periods = slots(given.interval, given.rows) if given.rows.height else []
    name = given.interval.name
    check_size(
        len(periods) * members.height,
        f"{whole(len(periods))} {name}s in {members.height} panels are "
        f"{whole(len(periods) * members.height)} points",
        f"every={coarser(given.interval, pl.Series(periods), members.height)!r}, a smaller top, "
        "or a shorter time"
        if periods
        else "",
    )
    table = (
        members.select("panel")
        .join(pl.DataFrame({"start": periods}, schema={"start": pl.Datetime("us")}), how="cross")
        .join(spend, on=["panel", "start"], how="left", maintain_order="left")
        .with_columns(pl.col("spend").fill_null(0.0))
    )
    unusual, least = _unusual(spend, name)
    of = members["of"][0] if members.height else 0
    return _Panels(members, table, unusual, least, of, given.interval)


def _unusual(spend: pl.DataFrame, interval: str) -> tuple[pl.DataFrame, float]:
    """Find unusual days; of longer periods nothing is usual."""
    days = spend.select(
        pl.col("panel").cast(pl.String).alias("member"),
        pl.col("start").dt.date().alias("day"),
        "spend",
    )
    found, least = unusual_days(days if interval == "day" else days.clear())
    return found.select(
        pl.col("member").cast(pl.UInt32).alias("panel"),
        pl.col("day").cast(pl.Datetime("us")).alias("start"),
        "spend",
        "usual",
    ), least


# -- words


def _title(panels: _Panels, by: str) -> str:
    plain = f"{panels.interval.adjective} spend by {noun(by)}"
    if panels.unusual.is_empty():
        return plain
    count = panels.unusual.height
    days = "1 day" if count == 1 else f"{whole(count)} days"
    who = panels.unusual["panel"].unique()
    if len(who) == 1:
        return f"{panels.members['label'][who[0]]} had {days} far above usual"
    return f"{plain}: {days} far above usual"


def _shown(panels: _Panels, by: str) -> list[str]:
    if panels.members.height == panels.total:
        return []
    return [f"top {panels.members.height} of {whole(panels.total)} {noun(by, plural=True)}"]


def _legend(panels: _Panels) -> list[str]:
    own = ["each panel has its own scale"] if panels.members.height > 1 else []
    if panels.unusual.height:
        dot = f"a dot is a day over {TIMES} times its usual for the weekday"
        own.append(f"{dot}, and {usd(panels.least)} above it")
    text = "; ".join(own)
    return [f"{text[0].upper()}{text[1:]}"] if text else []


# -- layers


def _plots(panels: _Panels, in_row: int, width: int, height: int) -> list[alt.LayerChart]:
    starts = panels.table["start"].unique().sort()
    titles = {s: name_of(panels.interval, s, panels.interval.long) for s in starts}
    period = pl.col("start").replace_strict(titles, return_dtype=pl.String).alias("period")
    shown = (utc(pl.col("start")).alias("at"), period, pl.col("spend").round_sig_figs(6))
    lines = panels.table.select("panel", *shown)
    dots = panels.unusual.select("panel", *shown, pl.col("usual").round_sig_figs(6))
    named = point_axis(panels.interval, starts.to_list(), width, before=_margin(starts))
    bare = named.copy(deep=False).axis(labels=False, ticks=False)
    seen = len(starts) < _FEW  # there is no line between fewer points
    plots = []
    for panel, label, total in panels.members.select("panel", "label", "spend").rows():
        is_last = panel >= panels.members.height - in_row
        line, unusual = (
            rows.filter(pl.col("panel") == panel).drop("panel") for rows in (lines, dots)
        )
        x = named if is_last else bare
        layers = _layers(line, unusual, x, panels.interval.name, seen=seen)
        name = alt.TitleParams(_heading(label, total, width + _AXIS), fontSize=13, offset=6)
        plots.append(alt.LayerChart(layer=layers, width=width, height=height, title=name))
    return plots


def _layers(
    line: pl.DataFrame, dots: pl.DataFrame, x: alt.X, interval: str, *, seen: bool
) -> list[alt.Chart]:
    highest, lowest = max(line["spend"]), min(0.0, *line["spend"])
    y = (
        alt.Y("spend:Q")
        .scale(domain=[lowest, highest * _HEADROOM or 1.0], nice=False)
        .axis(labelExpr=dollars(highest), tickCount=2, minExtent=_AXIS, maxExtent=_AXIS)
        .title(None)
    )
    tips = [
        alt.Tooltip("period:N", title=interval.capitalize()),
        alt.Tooltip("spend:Q", title="Spend", format="$,.2f"),
    ]
    base = alt.Chart(line).encode(x=alt.X("at:T"), y=alt.Y("spend:Q"))
    layers = [
        base.mark_area(
            color=PALETTE[0],
            fillOpacity=0.2,
            line=alt.OverlayMarkDef(color=PALETTE[0], strokeWidth=1.25),
        ).encode(x=x, y=y),
        base.mark_point(size=60, color=PALETTE[0], filled=True, opacity=1 if seen else 0).encode(
            tooltip=tips
        ),
    ]
    if dots.height:
        usual = alt.Tooltip("usual:Q", title="Usual", format="$,.2f")
        marks = alt.Chart(dots).mark_circle(size=48, color=MORE, opacity=1)
        layers.append(marks.encode(x=alt.X("at:T"), y=alt.Y("spend:Q"), tooltip=[*tips, usual]))
    return layers


def _margin(starts: pl.Series) -> timedelta:
    return timedelta(days=1) if len(starts) == 1 else timedelta(0)


def _heading(label: str, total: float, width: int) -> str:
    amount = f"${total:,.0f}" if total >= _LARGE else usd(total)
    room = int(width / _CHARACTER) - len(amount) - 1
    name = label if len(label) <= room else f"{label[: max(room - 1, 1)]}…"
    return f"{name} {amount}"
