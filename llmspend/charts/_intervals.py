"""INTERVALS: what a chart knows about hours, days, weeks …, and which of them a table is by.

Times here are wall-clock times of the billing zone without a zone: a day is a day there, whatever
its length in hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.measures import PERIODS

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """One of PERIODS.

    Attributes
    ----------
    name
        As in PERIODS.
    adjective
        For titles.
    step
        Its length, as Polars writes it.
    begins
        Whether a time that begins a day (an hour, for hours) begins such a period.
    serial
        Counts such periods from some point on; a multiple of a round number is a good place
        for a tick.
    rounds
        How many periods there may be from tick to tick.
    tick
        The label of a tick, for strftime.
    context
        Written below it where it changes.
    long
        The name of a period, for tooltips.
    slack
        Data that begin or end this much inside a period still count as covering it.
    """

    name: str
    adjective: str
    step: str
    begins: Callable[[pl.Expr], pl.Expr]
    serial: Callable[[datetime], int]
    rounds: tuple[int, ...]
    tick: str
    context: str
    long: str
    slack: timedelta


def _quarter(moment: datetime) -> int:
    return (moment.month - 1) // 3


def _first_of_month(wall: pl.Expr) -> pl.Expr:
    return wall.dt.day() == 1


def _anything(_: pl.Expr) -> pl.Expr:
    return pl.lit(value=True)


INTERVALS: Final = (
    Interval(
        "hour",
        "Hourly",
        "1h",
        _anything,
        lambda t: t.toordinal() * 24 - 24 + t.hour,
        (1, 2, 3, 6, 12, 24, 48, 168, 336),
        "%H:%M",
        "%b %-d",
        "%a %b %-d, %Y, %H:%M",
        timedelta(minutes=10),
    ),
    Interval(
        "day",
        "Daily",
        "1d",
        _anything,
        lambda t: t.toordinal() - 1,  # a multiple of seven is a Monday
        (1, 2, 7, 14, 28, 56, 84, 182, 364),
        "%b %-d",
        "%Y",
        "%a %b %-d, %Y",
        timedelta(hours=6),
    ),
    Interval(
        "week",
        "Weekly",
        "1w",
        lambda wall: wall.dt.weekday() == 1,
        lambda t: (t.toordinal() - 1) // 7,
        (1, 2, 4, 8, 13, 26, 52, 104),
        "%b %-d",
        "%Y",
        "from %b %-d, %Y",
        _DAY,
    ),
    Interval(
        "month",
        "Monthly",
        "1mo",
        _first_of_month,
        lambda t: t.year * 12 + t.month - 1,
        (1, 2, 3, 6, 12, 24, 60),
        "%b",
        "%Y",
        "%B %Y",
        3 * _DAY,
    ),
    Interval(
        "quarter",
        "Quarterly",
        "1q",
        lambda wall: _first_of_month(wall) & (wall.dt.month() % 3 == 1),
        lambda t: t.year * 4 + _quarter(t),
        (1, 2, 4, 8, 20),
        "Q%q",
        "%Y",
        "Q%q %Y",
        9 * _DAY,
    ),
    Interval(
        "year",
        "Yearly",
        "1y",
        lambda wall: wall.dt.ordinal_day() == 1,
        lambda t: t.year,
        (1, 2, 5, 10, 20, 50),
        "%Y",
        "",
        "%Y",
        36 * _DAY,
    ),
)
"""In the order of PERIODS."""

INTERVAL_BY_NAME: Final = dict(zip(PERIODS, INTERVALS, strict=True))


def infer(periods: pl.Series, last_at: pl.Series | None) -> Interval:
    """Tell which interval the periods of a breakdown are.

    Parameters
    ----------
    periods
        Starts of periods, with or without a zone.
    last_at
        When the last request of each was, if known.

    Returns
    -------
    Interval
        Of several periods the longest interval that fits their starts; of a single one the
        shortest that holds its data.
    """
    starts = pl.DataFrame({"period": periods.unique()})
    day = _begins_day(pl.col("period"))
    wall = wall_clock(pl.col("period"))
    fits = [
        i
        for i in INTERVALS
        if i.name == "hour" or starts.select((day & i.begins(wall)).all()).item()
    ]
    if starts.height > 1 or last_at is None:
        return fits[-1] if starts.height > 1 else fits[min(1, len(fits) - 1)]
    return next((i for i in fits if holds(i, periods, last_at)), fits[-1])


def holds(interval: Interval, periods: pl.Series, last_at: pl.Series) -> bool:
    """Tell whether the data of each period lie within one interval from its start.

    Parameters
    ----------
    interval
        The interval.
    periods
        Starts of periods.
    last_at
        When the last request of each was.

    Returns
    -------
    bool
        Whether they do.
    """
    frame = pl.DataFrame({"start": periods, "last": last_at})
    end = wall_clock(pl.col("start")).dt.truncate(interval.step).dt.offset_by(interval.step)
    return bool(frame.select((wall_clock(pl.col("last")) < end).all()).item())


def interval_of(periods: pl.Series, last_at: pl.Series, every: str | None) -> Interval:
    """Settle what the periods of a breakdown are, or are added up to.

    Parameters
    ----------
    periods
        Their starts.
    last_at
        When the last request of each was, null where unknown.
    every
        What was asked for; None to find out.

    Returns
    -------
    Interval
        As asked for, if given.

    Raises
    ------
    InputError
        When they are longer than that.
    """
    known = last_at if last_at.null_count() < len(last_at) else None
    interval = INTERVAL_BY_NAME[every] if every else infer(periods, known)
    if known is not None and not holds(interval, periods, known):
        raise InputError(
            f"the periods of this breakdown are longer than one {interval.name}: "
            f"make it with every={interval.name!r}."
        )
    return interval


def wall_clock(moment: pl.Expr) -> pl.Expr:
    """Drop the zone of a time, keeping what the clock there shows.

    Parameters
    ----------
    moment
        A time, with or without a zone.

    Returns
    -------
    polars.Expr
        The time without a zone.
    """
    return moment.dt.replace_time_zone(None)


def _begins_day(moment: pl.Expr) -> pl.Expr:
    """Tell what is the first moment of its day: not 00:00 where clocks go forward at midnight."""
    return moment.dt.offset_by("-1us").dt.date() != moment.dt.date()


def name_of(interval: Interval, start: datetime, pattern: str) -> str:
    """Write the name of a period.

    Parameters
    ----------
    interval
        The interval.
    start
        Where the period begins.
    pattern
        `Interval.tick`, `Interval.long` or another one for strftime.

    Returns
    -------
    str
        In English, whatever the locale of the process.
    """
    if not pattern:
        return ""
    # Polars knows %-d on every system and no locale; what it does not know is the quarter
    text = (
        pattern.replace("%q", str(_quarter(start) + 1)) if interval.name == "quarter" else pattern
    )
    return str(pl.select(pl.lit(start).dt.strftime(text)).item())


def ticks(interval: Interval, starts: list[datetime], at_most: int) -> list[datetime]:
    """Choose the periods that get a label.

    Parameters
    ----------
    interval
        The interval.
    starts
        All periods.
    at_most
        How many labels there is room for.

    Returns
    -------
    list of datetime
        Starts of periods at round distances.
    """
    least = -(-len(starts) // at_most)
    enough = next((r for r in interval.rounds if r >= least), least)
    return [s for s in starts if interval.serial(s) % enough == 0] or starts[:1]
