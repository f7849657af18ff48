"""Spend per period and member: what a chart over time is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.charts._intervals import INTERVAL_BY_NAME, Interval, interval_of, wall_clock
from llmspend.daily import period_zone
from llmspend.errors import InputError, UnknownNameError
from llmspend.measures import DIMENSIONS
from llmspend.spend import Charges, breakdown, opened

if TYPE_CHECKING:
    from datetime import datetime

_DEFAULT_INTERVAL: Final = "week"
_SUMS: Final = {
    "spend": pl.Float64,
    "requests": pl.Int64,
    "total_tokens": pl.Int64,
    "unpriced_requests": pl.Int64,
}
_TIMES: Final = ("first_at", "last_at")
_ENOUGH: Final = 3
_NEVER: Final = 9990
"""9999-12-31 is what some systems write for "never"; Python has no dates after it."""


@dataclass(frozen=True, slots=True)
class SpendByPeriod:
    """Spend per period and member of one dimension.

    Attributes
    ----------
    rows
        ``start, end`` (wall-clock times without a zone), ``member, alias, spend`` (USD, null
        where unknown), ``requests, total_tokens, unpriced_requests, first_at, last_at``.
    interval
        What the periods are.
    zone
        In which zone they begin; None if the data do not say.
    """

    rows: pl.DataFrame
    interval: Interval
    zone: str | None

    def total(self, measure: str) -> Any:  # noqa: ANN401 - a float or an int
        """Add up a measure; 0 when there is nothing.

        Parameters
        ----------
        measure
            A column of `rows`.

        Returns
        -------
        float or int
            Its sum.
        """
        return self.rows[measure].sum()

    def covered(self) -> tuple[datetime, datetime] | None:
        """Return the first and the last day that there is data of.

        Returns
        -------
        tuple of datetime or None
            Times of requests if known, else of periods; None without rows.
        """
        if self.rows.is_empty():
            return None
        first, last = self.rows["first_at"].min(), self.rows["last_at"].max()
        if first is None or last is None:
            one = pl.select(pl.lit(self.rows["end"].max()).dt.offset_by("-1us")).item()
            return self.rows["start"].min(), one  # type: ignore[return-value]
        return first, last  # type: ignore[return-value]


def spend_by_period(
    data: Charges, by: str | None, every: str | None, tz: str | None
) -> SpendByPeriod:
    """Bring charges or a breakdown into the form that charts draw.

    Parameters
    ----------
    data, by, every, tz
        As for `llmspend.charts.spend_over_time`; `by` None adds all members up.

    Returns
    -------
    SpendByPeriod
        One row per period and member.

    Raises
    ------
    InputError
        When `data` is neither, or does not go with the other arguments.
    """
    if by is not None and not isinstance(by, str):
        raise InputError(f"by is one dimension's name, not {by!r}.")
    asked = f"{by!r}, " if by else ""
    if every is not None and every not in INTERVAL_BY_NAME:
        raise UnknownNameError.of("period", every, INTERVAL_BY_NAME)
    frame = opened(data).lazy()
    columns = frame.collect_schema().names()
    is_breakdown = "spend" in columns and "cost" not in columns
    if is_breakdown and "period" not in columns:
        raise InputError(
            "this breakdown has no periods. Ask for them: "
            f"llmspend.breakdown(charges, {asked}every={every or _DEFAULT_INTERVAL!r})."
        )
    if not is_breakdown:
        every = every or _DEFAULT_INTERVAL
        table = breakdown(data, by or (), every=every, tz=tz or "UTC")
        return _roll_up(table, by, every)
    if by is not None and by not in columns:
        raise InputError(
            f"this breakdown is not by {by}. Ask for it: "
            f"llmspend.breakdown(charges, {asked}every={every or _DEFAULT_INTERVAL!r})."
        )
    table = frame.collect()
    period_zone(table.schema["period"], tz)
    return _roll_up(table, by, every)


def _zone(table: pl.DataFrame) -> str | None:
    return getattr(table.schema["period"], "time_zone", None)


def _roll_up(table: pl.DataFrame, by: str | None, every: str | None) -> SpendByPeriod:
    """Add up the rows of a breakdown that fall into the same period and member."""
    zone = _zone(table)
    table = _tidy(table, by)
    if every is None and table.is_empty():
        every = _DEFAULT_INTERVAL
    interval = interval_of(table["period"], table["last_at"], every)
    refuse_never(table["period"])
    start = wall_clock(pl.col("period")).dt.truncate(interval.step)
    rows = (
        table.with_columns(start=start)
        .sort("last_at", nulls_last=False, maintain_order=True)
        # clocks that go back repeat an hour: its two halves are one bar
        .group_by("start", "member", maintain_order=True)
        .agg(
            pl.col("alias").drop_nulls().last(),
            # null where nothing has a price: Polars' sum alone would make it 0
            pl.when(pl.col("spend").count() > 0).then(pl.col("spend").sum()).alias("spend"),
            *(pl.col(name).sum() for name in _SUMS if name != "spend"),
            wall_clock(pl.col("first_at").min()),
            wall_clock(pl.col("last_at").max()),
        )
        .with_columns(end=pl.col("start").dt.offset_by(interval.step))
        .sort("start", "member", nulls_last=True)
    )
    return SpendByPeriod(rows, interval, zone)


def refuse_never(periods: pl.Series) -> None:
    """Refuse times that stand for "never": there is no end to such an axis.

    Parameters
    ----------
    periods
        Starts of periods.

    Raises
    ------
    InputError
        When a year is 9990 or later.
    """
    latest = max(periods.dt.year().drop_nulls().to_list(), default=0)
    if latest >= _NEVER:
        raise InputError(
            f"some requests are dated {latest}: there is no end to such an axis. "
            "Filter the charges by started_at first."
        )


def _tidy(table: pl.DataFrame, by: str | None) -> pl.DataFrame:
    """Give a breakdown, perhaps one made by hand, the columns and types that we count on."""
    if not table.schema["period"].is_temporal():
        raise InputError(f"the column period holds {table.schema['period']}, not times.")
    zone = _zone(table)
    alias = next((d.alias for d in DIMENSIONS if d.name == by), None)
    optional = {name: pl.Float64() for name in _SUMS} | {
        name: pl.Datetime("us", zone) for name in _TIMES
    }
    table = table.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in optional.items() if name not in table
    )
    spend = pl.col("spend").cast(pl.Float64)  # a Decimal is no JSON, NaN and infinity neither
    return table.filter(pl.col("period").is_not_null()).select(
        pl.col("period").cast(pl.Datetime("us", zone)),
        (pl.lit(None) if by is None else pl.col(by)).cast(pl.String).alias("member"),
        (pl.col(alias) if alias in table.columns else pl.lit(None)).cast(pl.String).alias("alias"),
        pl.when(spend.is_finite()).then(spend).alias("spend"),
        *(pl.col(name).cast(dtype) for name, dtype in _SUMS.items() if name != "spend"),
        *(
            pl.col(name).cast(pl.Datetime("us")) if zone is None else _in_zone(table, name, zone)
            for name in _TIMES
        ),
    )


def _in_zone(table: pl.DataFrame, name: str, zone: str) -> pl.Expr:
    if getattr(table.schema[name], "time_zone", None) is None:
        return (
            pl.col(name)
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        )
    return pl.col(name).cast(pl.Datetime("us", zone))


def partial_periods(spend: SpendByPeriod) -> list[datetime]:
    """Tell which of the first and the last period the data do not cover.

    A period counts as covered when data begin (end) in it about where the period begins (ends),
    or where they do in the others: an office that rests at weekends has whole weeks too.

    Parameters
    ----------
    spend
        What is drawn.

    Returns
    -------
    list of datetime
        The starts of those periods: none, one or two.
    """
    periods = (
        spend.rows.group_by("start", "end")
        .agg(pl.col("first_at").min(), pl.col("last_at").max())
        .drop_nulls()
        .sort("start")
    )
    if periods.is_empty():
        return []
    late = (periods["first_at"] - periods["start"]).to_list()
    early = (periods["end"] - periods["last_at"]).to_list()
    slack = spend.interval.slack
    partial = [periods["start"][0]] if late[0] > _usual(late[1:]) + slack else []
    if early[-1] > _usual(early[:-1]) + slack:
        partial.append(periods["start"][-1])
    return list(dict.fromkeys(partial))


def _usual(gaps: list[timedelta]) -> timedelta:
    """Return the middle one of the other periods' gaps, if there are enough of them."""
    return sorted(gaps)[len(gaps) // 2] if len(gaps) >= _ENOUGH else timedelta(0)
