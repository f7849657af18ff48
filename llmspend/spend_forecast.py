"""What the days to come will cost, if they are like the last weeks."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.daily import DailySpend, daily_spend
from llmspend.errors import InputError
from llmspend.text import whole
from llmspend.time_spans import time_span

if TYPE_CHECKING:
    from llmspend.spend import Charges

DAYS: Final = 28
"""From how many of the last days a forecast is made: four of each weekday."""

FEWEST: Final = 7
"""Fewer whole days than these tell nothing about the next ones."""

_NINETY_PERCENT: Final = 1.2815515655446004
"""The standard normal distribution is below this nine times out of ten."""

_MOST_CORRELATED: Final = 0.9
_FARTHEST: Final = 1_100
_WEEK: Final = 7
_BAND_FROM: Final = 14
_LEAST_PAIRS: Final = 14
_MOST_AGREE: Final = 0.75
_LONGEST_GROWTH: Final = 4.0
_FASTEST: Final = math.log(1.5)
_GROWTH_ERROR: Final = math.sqrt(2 / 7) / 3
"""Growth per week is what two weeks' means, three weeks apart, differ by, over three."""
_DAY: Final = timedelta(days=1)


def forecast(
    charges: Charges, until: str | date, *, tz: str | None = None, days: int = DAYS
) -> pl.DataFrame:
    """Estimate what each day will cost from where the data end.

    A day is expected to cost what its weekday cost on average over the last `days` days. Where
    three of four of them cost more (or less) than a week before, all are first brought to today's
    level by the median of these changes, and the estimate goes on growing at that pace for four
    weeks. The band has four sources: how far those days were from what the method makes of them;
    how much one such day was followed by another; that averages of few days are uncertain; and
    that the growth is, which may also end. Nothing in it is random, and it knows no holidays. Of
    less than seven whole days nothing is estimated, of less than fourteen no band.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, a Parquet file of them, or a breakdown of them per day.
    until
        The last day to estimate: a date, or text as in ``"2026-06-30"`` (``"2026-06"`` is the end
        of that month).
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.
    days
        How many of the last days to learn from. A day that is not over yet is not among them.

    Returns
    -------
    polars.DataFrame
        One row per day: ``day``; ``spend``, what it is expected to cost, USD, with ``low`` and
        ``high``, between which it lies with a probability of 80 % (10 % are below, 10 % above);
        ``total, total_low, total_high``, the same for the sum of the days up to it; and ``method``,
        how this was estimated, in words, or why it was not. If the data end within a day, that day
        is the first and only its rest is estimated. What cannot be estimated is null. There is no
        row when the data reach beyond `until`, or when there are none.

    Raises
    ------
    InputError
        When `until` is no day or lies more than three years ahead, `days` is less than 7, or
        `charges` are neither charges nor such a breakdown.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> noon = pl.datetime_range(datetime(2026, 6, 1, 12), datetime(2026, 6, 14, 12), "1d")
    >>> calls = pl.select(started_at=noon, model=pl.lit("gpt-4o"), prompt_tokens=4_000_000)
    >>> forecast(llmspend.price(calls), "2026-06-16").select("day", "spend", "total").rows()
    [(datetime.date(2026, 6, 15), 10.0, 10.0), (datetime.date(2026, 6, 16), 10.0, 20.0)]
    """
    return project(daily_spend(charges, tz), time_span(until).last, days)


def project(daily: DailySpend, until: date, days: int = DAYS) -> pl.DataFrame:
    """Estimate the days after `daily`; see `forecast`.

    Parameters
    ----------
    daily
        Spend up to now.
    until
        The last day to estimate.
    days
        How many days to learn from.

    Returns
    -------
    polars.DataFrame
        As `forecast` gives it.

    Raises
    ------
    InputError
        As for `forecast`.
    """
    if days < FEWEST:
        raise InputError(f"days is how many days to learn from, {FEWEST} at least, not {days}.")
    now = daily.until
    if now is None or now.date() > until:
        return pl.DataFrame(schema=_SCHEMA)
    if (until - now.date()).days > _FARTHEST:
        raise InputError(f"{until} is more than three years after the last request, {now:%Y-%m-%d}")
    known = daily.rows.filter(
        pl.col("day") < now.date(),
        pl.col("day") >= now.date() - days * _DAY,
        pl.col("spend").is_not_null(),
    )
    if known.height < FEWEST:
        return _unknown(known.height, now.date(), until)
    return _estimate(known, now, until)


def _unknown(days: int, first: date, until: date) -> pl.DataFrame:
    """Say of every day that nothing is known about it."""
    why = f"no forecast: {whole(days)} whole {'day' if days == 1 else 'days'}, {FEWEST} are needed"
    ahead = pl.DataFrame({"day": pl.date_range(first, until, "1d", eager=True)})
    unknown = {n: pl.lit(None, d) for n, d in _SCHEMA.items() if n not in ("day", "method")}
    return ahead.with_columns(**unknown, method=pl.lit(why))


_SCHEMA: Final = pl.Schema(
    {"day": pl.Date()}
    | dict.fromkeys(
        ("spend", "low", "high", "total", "total_low", "total_high"),
        pl.Float64(),
    )
    | {"method": pl.String()}
)


def _estimate(known: pl.DataFrame, now: datetime, until: date) -> pl.DataFrame:
    weekday = pl.col("day").dt.weekday().alias("weekday")
    growth = _growth(known)
    learnt = known.select("day", "spend", weekday).with_columns(
        level=pl.col("spend") * (-growth * _weeks_after(now.date())).exp()
    )
    learnt = learnt.with_columns(mean=pl.col("level").mean().over("weekday"))
    means = learnt.group_by("weekday").agg(pl.col("mean").first(), pl.len().alias("seen"))
    left = 1 - (now - datetime.combine(now.date(), time())) / _DAY
    table = (
        pl.DataFrame({"day": pl.date_range(now.date(), until, "1d", eager=True)})
        .with_columns(
            weekday,
            part=pl.when(pl.int_range(pl.len()) == 0).then(left).otherwise(1.0),
            weeks=_weeks_after(now.date()).clip(upper_bound=_LONGEST_GROWTH),
        )
        .join(means, on="weekday", how="left", maintain_order="left")
        # a weekday never seen is like the days that were
        .with_columns(pl.col("mean").fill_null(learnt["level"].mean()), pl.col("seen").fill_null(1))
        .with_columns(pl.col("mean") * (growth * pl.col("weeks")).exp())
        .with_columns(spend=pl.col("mean") * pl.col("part"))
    )
    around = pl.col("deviation", "total_deviation") * _NINETY_PERCENT
    return (
        _deviate(table, learnt, growth)
        .with_columns(around, total=pl.col("spend").cum_sum())
        .select(
            "day",
            "spend",
            low=(pl.col("spend") - pl.col("deviation")).clip(0),
            high=pl.col("spend") + pl.col("deviation"),
            total="total",
            # no day gives money back: what was reached on one is reached on the next
            total_low=(pl.col("total") - pl.col("total_deviation")).clip(0).cum_max(),
            total_high=pl.col("total") + pl.col("total_deviation"),
            method=pl.lit(_method(known.height, growth)),
        )
    )


def _weeks_after(day: date) -> pl.Expr:
    return (pl.col("day") - pl.lit(day)).dt.total_days() / _WEEK


def _growth(known: pl.DataFrame) -> float:
    """Return by how much spend grows per week, as a logarithm: 0 if most days do not agree."""
    before = known.select(pl.col("day").dt.offset_by("1w"), before="spend")
    both = known.join(before, on="day").filter(pl.col("spend") > 0, pl.col("before") > 0)
    if both.height < _LEAST_PAIRS:
        return 0.0
    changes = both["spend"].log() - both["before"].log()
    agree = max((changes > 0).sum(), (changes < 0).sum()) / both.height
    median = float(changes.median())  # type: ignore[arg-type]
    return max(-_FASTEST, min(median, _FASTEST)) if agree >= _MOST_AGREE else 0.0


def _method(days: int, growth: float) -> str:
    grows = f", changing by {math.expm1(growth):+.1%} per week as they did" if growth else ""
    band = "; 80% band" if days >= _BAND_FROM else f"; no band: that needs {_BAND_FROM} whole days"
    return f"mean of each weekday over the last {days} days{grows}{band}"


def _deviate(table: pl.DataFrame, learnt: pl.DataFrame, growth: float) -> pl.DataFrame:
    """Add the standard deviations of days and of running totals; null with too few days."""
    if learnt.height < _BAND_FROM:
        unknown = pl.lit(None, dtype=pl.Float64)
        return table.with_columns(deviation=unknown, total_deviation=unknown)
    spread, follows = _deviations(learnt)
    lasts = (1 + follows) / (1 - follows)
    # of an average of few days that go together
    of_level = spread**2 * lasts / pl.col("seen")
    # of the growth, which may also end
    of_growth = ((spread * _GROWTH_ERROR) ** 2 * lasts + (growth / 2) ** 2) ** 0.5
    lead = pl.col("weeks") + 1
    # deviations of earlier days, as far as they last until this one
    own = (table["spend"].abs() * spread).to_list()
    carried = accumulate(own, lambda c, d: follows * (c + d), initial=0.0)
    lasting = pl.Series(list(carried)[:-1], dtype=pl.Float64)
    size, part = pl.col("spend").abs(), pl.col("part")
    of_day = size * spread
    # the error of a weekday's mean comes back with each such weekday
    before = part.cum_sum().over("weekday") - part
    again = (2 * before + part) * part * pl.col("mean") ** 2 * of_level
    drift = (size * lead).cum_sum() * of_growth
    return table.with_columns(
        deviation=size * (spread**2 + of_level + (lead * of_growth) ** 2).sqrt(),
        total_deviation=((of_day**2 + 2 * of_day * lasting + again).cum_sum() + drift**2).sqrt(),
    )


def _deviations(learnt: pl.DataFrame) -> tuple[float, float]:
    """Return how far days are from their weekday's mean, relatively, and how that lasts.

    The second is the correlation of a day's deviation with that of the day before.
    """
    relative = learnt.filter(pl.col("mean") > 0).select(
        "day", "weekday", off=pl.col("level") / pl.col("mean") - 1
    )
    freedom = max(relative.height - relative["weekday"].n_unique(), 1)
    squares = float((relative["off"] ** 2).sum())
    before = relative.select(pl.col("day").dt.offset_by("1d"), before="off")
    pairs = relative.join(before, on="day")
    product = float((pairs["off"] * pairs["before"]).sum())
    follows = product / squares if squares else 0.0
    return math.sqrt(squares / freedom), min(max(follows, 0.0), _MOST_CORRELATED)
