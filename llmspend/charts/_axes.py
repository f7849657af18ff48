"""Axes, colours and tooltips of charts of spend over time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts._intervals import Interval, name_of, ticks
from llmspend.charts._theme import INK, MUTED
from llmspend.charts._words import noun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from llmspend.charts._members import Member

FEWEST_SLOTS: Final = 8
_TICK_WIDTH: Final = 62
_POINT_WIDTH: Final = 50
_NO_TIME: Final = timedelta(0)
_UNITS: Final = ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e5, 1e3, "k"))
"""From which height of the axis on, its labels are divided by what, with which letter."""


def utc(moment: pl.Expr) -> pl.Expr:
    """Write wall-clock times as if they were UTC, to draw them on a UTC scale.

    So the zone of whoever looks at the chart, and its summer time, move nothing.

    Parameters
    ----------
    moment
        A time without a zone.

    Returns
    -------
    polars.Expr
        Text.
    """
    return moment.dt.strftime("%Y-%m-%dT%H:%MZ")


def label_of(members: Sequence[Member]) -> pl.Expr:
    """Look up the labels of ranks.

    Parameters
    ----------
    members
        As `fold` gives them.

    Returns
    -------
    polars.Expr
        The label for the column ``rank``.
    """
    labels = {rank: member.label for rank, member in enumerate(members)}
    return pl.col("rank").replace_strict(labels, return_dtype=pl.String)


def slots(interval: Interval, folded: pl.DataFrame) -> list[datetime]:
    """List every period from the first to the last, also those without spend.

    Parameters
    ----------
    interval
        What the periods are.
    folded
        What is drawn.

    Returns
    -------
    list of datetime
        Their starts.
    """
    start = pl.col("start")
    every = folded.select(pl.datetime_range(start.min(), start.max(), interval.step))
    return every.to_series().to_list()


def time_axis(
    interval: Interval, periods: list[datetime], width: int, field: str = "start"
) -> alt.X:
    """Lay out time.

    Parameters
    ----------
    interval
        What the periods are.
    periods
        All of them, as `slots` gives them.
    width
        Of the plot, in pixels.
    field
        The column to place by.

    Returns
    -------
    altair.X
        From the start of a bar, usually; its end is x2.
    """
    marked = ticks(interval, periods, max(2, width // _TICK_WIDTH))
    start = pl.Series("start", marked)
    # The name of a period stands below the middle of its bar, that of an hour where it begins.
    middle = [
        s + (e - s) / 2 for s, e in zip(marked, start.dt.offset_by(interval.step), strict=True)
    ]
    at = start if interval.name == "hour" else pl.Series(middle)
    return (
        alt.X(f"{field}:T")
        .scale(type="utc", domain=_domain(interval, periods), nice=False)
        .axis(_labelled(at, _labels(interval, marked), marks=interval.name == "hour"))
        .title(None)
    )


def point_axis(
    interval: Interval, periods: list[datetime], width: int, *, before: timedelta = _NO_TIME
) -> alt.X:
    """Lay out time for lines: a period is a point, and has its name there.

    Parameters
    ----------
    interval
        What the periods are.
    periods
        All of them.
    width
        Of the plot, in pixels.
    before
        How much room to leave before the first.

    Returns
    -------
    altair.X
        For the column ``at``.
    """
    marked = ticks(interval, periods, max(2, width // _POINT_WIDTH))
    domain = [alt.DateTime(**_parts(p), utc=True) for p in (periods[0] - before, periods[-1])]
    return (
        alt.X("at:T")
        .scale(type="utc", domain=domain, nice=False)
        .axis(_labelled(pl.Series(marked), _labels(interval, marked)))
        .title(None)
    )


def _labelled(at: pl.Series, labels: list[list[str]], *, marks: bool = True) -> alt.Axis:
    """Write these labels at these moments, and no others."""
    by_moment = dict(zip((str(int(v)) for v in at.dt.epoch("ms")), labels, strict=True))
    return alt.Axis(
        values=[alt.DateTime(**_parts(v), utc=True) for v in at],
        labelExpr=f"{json.dumps(by_moment)}[toString(toNumber(datum.value))]",
        ticks=marks,
    )


def _labels(interval: Interval, marked: list[datetime]) -> list[list[str]]:
    """Write the names of periods, with a second line where the day or year changes."""
    names = [name_of(interval, start, interval.tick) for start in marked]
    context = [name_of(interval, start, interval.context) for start in marked]
    if len(set(context)) == 1 and interval.name != "hour":
        return [[name] for name in names]  # the year is in the subtitle
    before = ["", *context]
    return [
        [name, now if now != then else ""]
        for name, now, then in zip(names, context, before, strict=False)
    ]


def _domain(interval: Interval, periods: list[datetime]) -> list[alt.DateTime]:
    """Leave room beside few bars, which would be walls otherwise."""
    beside = max(0, FEWEST_SLOTS - len(periods)) // 2
    step = interval.step.lstrip("1")
    bounds = pl.select(
        first=pl.lit(periods[0]).dt.offset_by(f"-{beside}{step}"),
        last=pl.lit(periods[-1]).dt.offset_by(f"{beside + 1}{step}"),
    ).row(0)
    return [alt.DateTime(**_parts(b), utc=True) for b in bounds]


def _parts(moment: datetime) -> dict[str, int]:
    return {
        "year": moment.year,
        "month": moment.month,
        "date": moment.day,
        "hours": moment.hour,
        "minutes": moment.minute,
    }


def dollars(highest: float) -> str:
    """Write the expression that labels the axis.

    Parameters
    ----------
    highest
        The highest bar, USD.

    Returns
    -------
    str
        For Vega: $0, $250, $1.50, $1,500, $150k, $0.0004.
    """
    divisor, unit = next(((d, u) for bound, d, u in _UNITS if highest >= bound), (1.0, ""))
    in_cents = "(abs(datum.value) >= 0.1 && abs(datum.value * 100 % 1) < 1e-6 && datum.value % 1)"
    small = f"format(abs(datum.value), {in_cents} ? ',.2f' : ',.6~r')"
    large = f"format(abs(datum.value) / {divisor:.0f}, ',.4~r') + '{unit}'"
    amount = f"(abs(datum.value) >= {divisor / 10} ? {large} : {small})" if unit else small
    return f"datum.value == 0 ? '$0' : (datum.value < 0 ? '-$' : '$') + {amount}"


def colour(members: Sequence[Member], by: str) -> alt.Color:
    """Give each member its colour, and the legend its heading.

    Parameters
    ----------
    members
        As `fold` gives them.
    by
        The dimension.

    Returns
    -------
    altair.Color
        With a fixed order: no colour changes when some members are hidden.
    """
    heading = noun(by).capitalize()
    hint = " (click to isolate)" if len(members) > 1 else ""
    return (
        alt.Color("member:N")
        .scale(domain=[m.label for m in members], range=[m.colour for m in members])
        .legend(title=f"{heading}{hint}", titleLimit=320, titleColor=MUTED, labelColor=INK)
    )


def tooltip(table: pl.DataFrame, interval: Interval, by: str) -> list[alt.Tooltip]:
    """Choose what to say about a segment.

    Parameters
    ----------
    table
        What is drawn.
    interval
        What the periods are.
    by
        The dimension.

    Returns
    -------
    list of altair.Tooltip
        Member, period, exact spend, share, requests and tokens.
    """
    return [
        alt.Tooltip("name:N" if "name" in table else "member:N", title=noun(by).capitalize()),
        alt.Tooltip("period:N", title=interval.name.capitalize()),
        alt.Tooltip("usd:N", title="Spend"),
        alt.Tooltip("share:Q", title=f"Share of the {interval.name}", format=".1%"),
        alt.Tooltip("requests:Q", title="Requests", format=","),
        alt.Tooltip("tokens:Q", title="Tokens", format=","),
    ]
