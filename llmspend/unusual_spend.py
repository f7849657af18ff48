"""Days on which somebody spent far more than on such weekdays before."""

from __future__ import annotations

from typing import Final

import polars as pl

TIMES: Final = 2.5
"""A day is unusual from this many times the usual on."""

_WEEKS: Final = 6
_FEWEST: Final = 3
_NOTABLE: Final = 0.05
_COLUMNS: Final = ("member", "day", "spend", "usual")


def unusual_days(spend: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """Find days of unusually high spend, member by member.

    Parameters
    ----------
    spend
        ``member, day, spend``, at most one row per member and day; a day without a row is one
        without spend, if the member had spent anything before.

    Returns
    -------
    polars.DataFrame, float
        ``member, day, spend, usual`` of the unusual days; and how much more than usual, USD, a day
        must cost at least: a twentieth of what all members together spend on an average day. Usual
        is the median of the same weekday in the six weeks before; with less than three of them
        nothing is unusual, nor is what was so a week before already.

    Examples
    --------
    >>> days = pl.date_range(pl.date(2026, 6, 1), pl.date(2026, 6, 28), "1d", eager=True)
    >>> costs = [10.0] * 27 + [80.0]
    >>> found, _ = unusual_days(pl.DataFrame({"member": ["a"] * 28, "day": days, "spend": costs}))
    >>> found.select("day", "usual").row(0)
    (datetime.date(2026, 6, 28), 10.0)
    """
    spend = spend.filter(pl.col("spend").is_not_null())
    first, last = pl.col("day").min(), pl.col("day").max()
    if spend.is_empty():
        return spend.with_columns(usual=pl.lit(None, pl.Float64)).select(*_COLUMNS), 0.0
    over = spend.select(days=(last - first).dt.total_days() + 1, total=pl.col("spend").sum())
    days, total = over.row(0)
    least = _NOTABLE * total / days
    begun = spend.group_by("member").agg(first.alias("begun"))
    calendar = spend.select(day=pl.date_range(first, last, "1d"))
    earlier = pl.concat_list(
        pl.col("spend").shift(week).over("member", "weekday", order_by="day")
        for week in range(1, _WEEKS + 1)
    ).list.drop_nulls()
    found = (
        begun.join(calendar, how="cross")
        .filter(pl.col("day") >= pl.col("begun"))
        .join(spend, on=["member", "day"], how="left", nulls_equal=True)
        .with_columns(pl.col("spend").fill_null(0.0), weekday=pl.col("day").dt.weekday())
        .with_columns(
            week_before=pl.col("spend").shift(1).over("member", "weekday", order_by="day")
        )
        .with_columns(usual=pl.when(earlier.list.len() >= _FEWEST).then(earlier.list.median()))
        .filter(
            pl.col("spend") > TIMES * pl.max_horizontal("usual", "week_before"),
            pl.col("spend") - pl.col("usual") > least,
        )
    )
    return found.select(*_COLUMNS).sort("day", "member"), least
