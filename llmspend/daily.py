"""Spend per day without gaps, from charges or a breakdown of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.spend import breakdown, opened

if TYPE_CHECKING:
    from datetime import date

    from llmspend.spend import Charges

_SLACK: Final = timedelta(hours=3)
"""A day whose last request is this much earlier than usual is not over."""

_ENOUGH: Final = 3
_MOST_DAYS: Final = 36_600
"""A log that spans more than a century has a wrong date in it."""


@dataclass(frozen=True, slots=True)
class DailySpend:
    """Spend of every day from the first to the last.

    Attributes
    ----------
    rows
        ``day, spend, requests, unpriced_requests, last_at``: a day without requests has a spend
        of 0, one with nothing but unpriced requests null.
    zone
        In which days begin; None if the data do not say.
    """

    rows: pl.DataFrame
    zone: str | None

    @property
    def until(self) -> datetime | None:
        """The moment, by the clock of the zone, up to which the data reach.

        That is the end of the last day, or its last request if that came much earlier than on
        other days; None without data.
        """
        if self.rows.is_empty():
            return None
        end = pl.col("day").cast(pl.Datetime("us")).dt.offset_by("1d")
        ends = self.rows.select(end=end, gap=end - pl.col("last_at"))
        gaps = ends["gap"].drop_nulls().sort()
        usual = gaps[len(gaps) // 2] if len(gaps) >= _ENOUGH else timedelta(0)
        over, gap = ends.row(-1)
        return over - gap if gap is not None and gap > usual + _SLACK else over  # type: ignore[no-any-return]


def daily_spend(data: Charges, tz: str | None = None) -> DailySpend:
    """Add up spend per day.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price`, or a breakdown of them per day or hour, by anything.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.

    Returns
    -------
    DailySpend
        One row per day.

    Raises
    ------
    InputError
        When `data` is neither, or its periods are longer than a day or in another zone.
    """
    frame = opened(data).lazy()
    columns = frame.collect_schema()
    if "cost" in columns or "spend" not in columns:
        return _without_gaps(breakdown(data, every="day", tz=tz or "UTC"))
    if "period" not in columns or not columns["period"].is_temporal():
        raise InputError(
            "this breakdown has no periods. Ask for them: llmspend.breakdown(charges, every='day')."
        )
    period_zone(columns["period"], tz)
    return _without_gaps(frame.collect())


def period_zone(period: pl.DataType, asked: str | None) -> str | None:
    """Tell in which zone the periods of a breakdown begin.

    Parameters
    ----------
    period
        The type of the column ``period``.
    asked
        Where they should; None for wherever they do.

    Returns
    -------
    str or None
        None if the data do not say.

    Raises
    ------
    InputError
        When they begin elsewhere.
    """
    zone: str | None = getattr(period, "time_zone", None)
    if asked is not None and asked != zone:
        raise InputError(
            f"the periods of this breakdown begin in {zone or 'an unknown zone'}, not in {asked}. "
            f"Give tz={asked!r} to breakdown."
        )
    return zone


def _without_gaps(table: pl.DataFrame) -> DailySpend:
    zone = getattr(table.schema["period"], "time_zone", None)
    spend = pl.col("spend").cast(pl.Float64)
    rows = (
        table.filter(pl.col("period").is_not_null())
        .select(
            pl.col("period").dt.date().alias("day"),
            pl.when(spend.is_finite()).then(spend).alias("spend"),
            *(_optional(table, name, pl.Int64()) for name in ("requests", "unpriced_requests")),
            _optional(table, "last_at", pl.Datetime("us", zone)).dt.replace_time_zone(None),
        )
        .group_by("day")
        .agg(
            pl.when(pl.col("spend").count() > 0).then(pl.col("spend").sum()).alias("spend"),
            pl.col("requests", "unpriced_requests").sum(),
            pl.col("last_at").max(),
        )
    )
    if rows.select((pl.col("last_at").dt.date() > pl.col("day")).any()).item():
        raise InputError(
            "the periods of this breakdown are longer than a day: make it with every='day'."
        )
    return DailySpend(fill_days(rows), zone)


def _optional(table: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name) if name in table.columns else pl.lit(None)
    return column.cast(dtype).alias(name)


def fill_days(rows: pl.DataFrame, last: date | None = None) -> pl.DataFrame:
    """Add the days on which nothing happened.

    Parameters
    ----------
    rows
        One row per ``day``, with ``spend``.
    last
        The last day to fill up to; None for that of the rows.

    Returns
    -------
    polars.DataFrame
        Sorted by day; an added day has a spend of 0 and nothing else.

    Raises
    ------
    InputError
        When the days span more than a century.
    """
    if rows.is_empty():
        return rows
    first, end = rows.select(pl.col("day").min(), last=pl.col("day").max()).row(0)
    end = last or end
    if (end - first).days > _MOST_DAYS:
        raise InputError(
            f"the requests are dated from {first} to {end}. Filter the charges by started_at first."
        )
    days = pl.select(day=pl.date_range(first, end, "1d"))
    added = rows.select("day").with_columns(known=pl.lit(value=True))
    return (
        days.join(added, on="day", how="left", maintain_order="left")
        .join(rows, on="day", how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("known")).then("spend").otherwise(0.0).alias("spend"))
        .drop("known")
    )
