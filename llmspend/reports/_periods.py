"""The periods of a report: how long they are, what each cost, and which two are compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.charts._periods import SpendByPeriod, partial_periods, spend_by_period

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = (
    (timedelta(days=21), "day"),
    (timedelta(days=400), "week"),
    (timedelta(days=3000), "month"),
)
"""How long a time is shown by which period; longer ones by the year."""

_DATES: Final = (datetime(2000, 1, 1), datetime(9990, 1, 1))  # noqa: DTZ001 - clock times
"""What lies outside stands for no time: 1970 is a zero, 9999 is "never"."""

_SUMS: Final = ("requests", "total_tokens", "unpriced_requests")


@dataclass(frozen=True, slots=True)
class Periods:
    """Spend per period, in total and by member of some dimensions.

    Attributes
    ----------
    every
        One of PERIODS.
    daily
        Dimension → its breakdown per day.
    by
        Dimension → spend per period and member.
    total
        ``start, end`` (clock times of the zone), ``whole`` (whether the data cover it), ``spend``
        (USD, null where unknown), ``requests, total_tokens, unpriced_requests``; one row per period
        from the first to the last, also of those without requests.
    undated
        Requests without a time, or with an impossible one.
    """

    every: str
    daily: Mapping[str, pl.DataFrame]
    by: Mapping[str, SpendByPeriod]
    total: pl.DataFrame
    undated: int

    def trend(self, dimension: str) -> dict[str | None, list[float | None]]:
        """Return what each member cost in every period.

        Parameters
        ----------
        dimension
            A key of `by`.

        Returns
        -------
        dict
            Member → USD in the order of `total`: 0 where it made no requests, None where the cost
            of those it made is unknown.
        """
        rows = self.by[dimension].rows.select("member", "start", "spend", made=pl.lit(value=True))
        places = rows.select(pl.col("member").unique()).join(
            self.total.select("start"), how="cross"
        )
        found = places.join(
            rows, ["member", "start"], "left", nulls_equal=True, maintain_order="left"
        )
        spent = pl.when("made").then("spend").otherwise(0.0)
        trends = found.group_by("member", maintain_order=True).agg(spent.alias("spend"))
        return dict(zip(trends["member"].to_list(), trends["spend"].to_list(), strict=True))


def periods_of(daily: Mapping[str, pl.DataFrame], every: str | None) -> Periods:
    """Add up breakdowns per day.

    Parameters
    ----------
    daily
        Dimension → its breakdown per day; the first of them gives the total.
    every
        One of PERIODS, from a day up; None for one that fits the length of the time.

    Returns
    -------
    Periods
        What a report says about time.
    """
    clock = pl.col("period").dt.replace_time_zone(None)
    is_dated = clock.is_between(*_DATES, closed="left").fill_null(value=False)
    first = next(iter(daily.values()))
    undated = int(first.filter(~is_dated)["requests"].sum())
    dated = {name: table.filter(is_dated) for name, table in daily.items()}
    if every is None:
        every = _fitting(next(iter(dated.values())))
    by = {name: spend_by_period(table, name, every, None) for name, table in dated.items()}
    return Periods(every, dated, by, _total(next(iter(by.values()))), undated)


def _fitting(daily: pl.DataFrame) -> str:
    ends = daily.select(pl.col("period").max() - pl.col("period").min())
    length: timedelta = ends.item() or timedelta(0)
    return next((every for most, every in _LONGEST if length < most), "year")


def _total(spend: SpendByPeriod) -> pl.DataFrame:
    rows = spend.rows
    known = pl.when(pl.col("spend").count() > 0).then(pl.col("spend").sum()).alias("spend")
    summed = rows.group_by("start").agg(known, pl.col(*_SUMS).sum())
    starts = pl.datetime_range(pl.col("start").min(), pl.col("start").max(), spend.interval.step)
    every = rows.select(starts) if rows.height else rows.select("start")
    return (
        every.join(summed, on="start", how="left", maintain_order="left")
        .with_columns(
            # a period without requests cost nothing; one with unpriced ones is unknown
            pl.when(pl.col("requests").is_null()).then(0.0).otherwise("spend").alias("spend"),
            pl.col(*_SUMS).fill_null(0),
        )
        .select(
            "start",
            pl.col("start").dt.offset_by(spend.interval.step).alias("end"),
            (~pl.col("start").is_in(partial_periods(spend))).alias("whole"),
            "spend",
            *_SUMS,
        )
    )


@dataclass(frozen=True, slots=True)
class Movers:
    """What the last whole period cost, against the one before it.

    Attributes
    ----------
    start, previous
        Where the two begin (clock times of the zone).
    spend, previous_spend
        What they cost, USD; None where unknown.
    by
        Dimension → ``member, alias, spend, previous_spend, change`` (USD), largest change first,
        whichever way; members whose cost is unknown in either period have no change and stand
        last.
    """

    start: datetime
    previous: datetime
    spend: float | None
    previous_spend: float | None
    by: Mapping[str, pl.DataFrame]

    @property
    def change(self) -> float | None:
        """By how much it is more, USD; None where unknown."""
        if self.spend is None or self.previous_spend is None:
            return None
        return self.spend - self.previous_spend


def movers_of(periods: Periods) -> Movers | None:
    """Compare the last whole period with the one before.

    Parameters
    ----------
    periods
        As `periods_of` gives them.

    Returns
    -------
    Movers or None
        None unless both are whole.
    """
    recent = periods.total.filter(pl.col("whole") | (pl.int_range(pl.len()) < pl.len() - 1)).tail(2)
    if recent.height < 2 or not recent["whole"].all():  # noqa: PLR2004 - a pair
        return None
    before, now = recent.to_dicts()
    tables = {
        name: _changes(spend.rows, now["start"], before["start"])
        for name, spend in periods.by.items()
    }
    return Movers(now["start"], before["start"], now["spend"], before["spend"], tables)


def _changes(rows: pl.DataFrame, start: datetime, previous: datetime) -> pl.DataFrame:
    def spend_in(begin: datetime) -> Any:  # noqa: ANN401 - Polars' Then
        here = pl.col("start") == begin
        # not there is 0, there without a price is unknown
        return pl.when(here.any()).then(pl.col("spend").filter(here).first()).otherwise(0.0)

    return (
        rows.filter(pl.col("start").is_in([start, previous]))
        .group_by("member", maintain_order=True)
        .agg(
            pl.col("alias").drop_nulls().last(),
            spend_in(start).alias("spend"),
            spend_in(previous).alias("previous_spend"),
        )
        .with_columns(change=pl.col("spend") - pl.col("previous_spend"))
        .filter(pl.col("change").is_null() | (pl.col("change") != 0))
        .sort(
            pl.col("change").abs(),
            pl.col("member"),
            descending=[True, False],
            nulls_last=True,
        )
    )
