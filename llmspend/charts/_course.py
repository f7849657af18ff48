"""The course of spend through a span of days: what was spent, and what is to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.daily import fill_days
from llmspend.spend_forecast import project

if TYPE_CHECKING:
    from llmspend.daily import DailySpend
    from llmspend.time_spans import TimeSpan

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """The spend of a span of days, added up day by day.

    Attributes
    ----------
    amount
        The budget, USD; None if there is none.
    span
        The days.
    spent
        ``day, at, spend, total``: up to now. ``at`` is the end of the day, drawn at its name.
    ahead
        ``day, at, spend, total, low, high``: from now on; empty without a forecast.
    method
        How that was estimated, or why not; None when the span is over.
    """

    amount: float | None
    span: TimeSpan
    spent: pl.DataFrame
    ahead: pl.DataFrame
    method: str | None

    @property
    def now(self) -> float:
        """What was spent, USD."""
        return float(self.spent["total"][-1])

    @property
    def last(self) -> dict[str, float | None]:
        """How it ends: total, low and high."""
        if self.ahead.is_empty():
            return {"total": self.now, "low": self.now, "high": self.now}
        return self.ahead.select("total", "low", "high").row(-1, named=True)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Where the line may begin and where it ends."""
        first, last = (datetime.combine(day, time()) for day in (self.span.first, self.span.last))
        return first - DAY, last

    @property
    def reach(self) -> tuple[float, float]:
        """What the plot must hold, USD: from the lowest to the highest, zero among them."""
        known = [0.0, self.amount, *self.spent["total"]]
        if not self.ahead.is_empty():
            known += [v for name in ("total", "low", "high") for v in self.ahead[name]]
        ends = [v for v in known if v is not None]
        return min(ends), max(ends)


def course_of(
    daily: DailySpend, inside: pl.DataFrame, span: TimeSpan, amount: float | None, days: int
) -> Course:
    """Add up spend day by day, and its forecast on top of it.

    Parameters
    ----------
    daily
        Spend per day: what a forecast is made from.
    inside
        Its rows within the span, one at least.
    span
        The days.
    amount
        The budget, USD; None if there is none.
    days
        From how many of the last days to forecast.

    Returns
    -------
    Course
        Of these days.
    """
    until = daily.until
    assert until is not None
    reached = until - DAY  # a day that is over is drawn at its name
    over = until.date() > span.last
    rows = fill_days(inside.select("day", "spend"), span.last if over else None)
    spent = rows.with_columns(
        at=pl.col("day").cast(pl.Datetime("us")), total=pl.col("spend").fill_null(0.0).cum_sum()
    )
    if not over:
        spent = spent.with_columns(pl.col("at").clip(upper_bound=reached))
    begin = datetime.combine(rows["day"][0], time()) - DAY
    start = pl.DataFrame(
        {"day": [None], "spend": [None], "at": [begin], "total": [0.0]}, schema=spent.schema
    )
    spent = pl.concat([start, spent])
    ahead = project(daily, span.last, days) if not over else pl.DataFrame(schema={"day": pl.Date()})
    method = ahead["method"][0] if ahead.height else None
    return Course(amount, span, spent, _line_ahead(ahead, spent, reached), method)


def _line_ahead(forecast: pl.DataFrame, spent: pl.DataFrame, reached: datetime) -> pl.DataFrame:
    """Put the forecast on top of what was spent, from the last point of it on."""
    schema = {"day": pl.Date(), "at": pl.Datetime("us"), "spend": pl.Float64()}
    money = ("total", "low", "high")
    schema |= dict.fromkeys(money, pl.Float64())
    if forecast.is_empty() or forecast["total"].null_count():
        return pl.DataFrame(schema=schema)
    now = float(spent["total"][-1])
    joint = pl.DataFrame(
        {"day": [None], "at": [reached], "spend": [None], **{m: [now] for m in money}},
        schema=schema,
    )
    days = forecast.select(
        "day",
        pl.col("day").cast(pl.Datetime("us")).alias("at"),
        "spend",
        pl.col("total") + now,
        pl.col("total_low").alias("low") + now,
        pl.col("total_high").alias("high") + now,
    )
    if days["low"].null_count():
        joint = joint.with_columns(pl.lit(None, pl.Float64).alias(m) for m in ("low", "high"))
    return pl.concat([joint, days])
