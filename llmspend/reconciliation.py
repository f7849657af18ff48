"""Computed cost against logged spend: how much they differ, in how many rows, and in which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.measures import MEASURES, Measure, is_amount, only_where, total
from llmspend.spend import Grouping, add_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.spend import Charges

_DRIFT: Final = "cost - logged_spend"
_BOTH: Final = f"cost IS NOT NULL AND {is_amount('logged_spend')}"
_KEPT: Final = "(cost_source = 'logged' OR coalesce(quantity_source, '') IN ('kept', 'implied'))"
"""Rows whose cost is, or follows from, what the log says: they cannot disagree with it."""
_TESTED: Final = f"{_BOTH} AND NOT {_KEPT}"
_CLOSE: Final = f"abs({_DRIFT}) <= 1e-9 * greatest(abs(cost), abs(logged_spend))"
_REASON: Final = "oddity"
_ALL: Final = "_llmspend.all"

_OF: Final = {m.name: m for m in MEASURES}


def _both(money: str) -> str:
    return total(f"CASE WHEN {_BOTH} THEN {money} END")


def _count(name: str, condition: str, meaning: str) -> Measure:
    return Measure(name, f"count({only_where(condition)})", "rows", meaning)


_MEASURES: Final = (
    Measure("gross_drift", _both(f"abs({_DRIFT})"), "USD", "Differences, all taken as positive."),
    Measure("rows", "count(*)", "rows", "All of them."),
    Measure("cost", _both("cost"), "USD", "Computed, where both are known."),
    Measure("logged_spend", _both("logged_spend"), "USD", "Logged, where both are known."),
    Measure("drift", _both(_DRIFT), "USD", "Computed less logged."),
    _count("compared_rows", _BOTH, "With both."),
    _count("kept_rows", f"{_BOTH} AND {_KEPT}", "Of these, taken from the log."),
    _count("equal_rows", f"{_TESTED} AND cost = logged_spend", "The others, equal to the bit."),
    _count("close_rows", f"{_TESTED} AND {_CLOSE}", "The others, equal to nine digits."),
    _count("unlogged_rows", "cost IS NOT NULL AND logged_spend IS NULL", "Without logged spend."),
    Measure(
        "unlogged_cost",
        total("CASE WHEN logged_spend IS NULL THEN cost END"),
        "USD",
        "What they cost.",
    ),
    _count("unpriced_rows", "cost IS NULL", "Without a computed cost."),
    Measure(
        "unpriced_logged_spend",
        total("CASE WHEN cost IS NULL THEN logged_spend END"),
        "USD",
        "What the log says of them.",
    ),
    _OF["first_at"],
    _OF["last_at"],
)
_READS: Final = ("cost", "logged_spend", "cost_source", "quantity_source", "started_at")


def reconcile(
    charges: Charges,
    by: str | Sequence[str] = (),
    *,
    every: str | None = None,
    tz: str = "UTC",
) -> pl.DataFrame:
    """Compare what was computed with what the log says was spent.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price` (a frame or a Parquet file).
    by, every, tz
        As for `llmspend.breakdown`. By ``"oddity"``: which issues, quirks and classes of rows the
        differences are in.

    Returns
    -------
    polars.DataFrame
        One row per group, most at odds first, or by period: ``period`` (with `every`), the
        dimensions, ``gross_drift`` (USD: the differences of all rows, none offsetting another),
        ``rows``; ``cost`` and ``logged_spend`` (of the rows that have both), ``drift`` (the first
        less the second); ``compared_rows`` (with both), ``kept_rows`` (of these, taken from the
        log: they cannot differ), of the others ``equal_rows`` (to the bit) and ``close_rows`` (to
        nine digits, those included); ``unlogged_rows, unlogged_cost`` (computed, not logged),
        ``unpriced_rows, unpriced_logged_spend`` (logged, not computed); ``first_at, last_at``;
        ``agreement`` (``close_rows`` as a share of those compared and not kept), ``drift_ratio``
        (``drift`` as a share of ``logged_spend``), ``reason`` (the oddity of the rows that most of
        ``gross_drift`` is in, "ordinary" for rows with none: another rate, a discount) and
        ``reason_ratio`` (how much of it).

    Raises
    ------
    InputError
        When these are no charges.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o"],
    ...         "prompt_tokens": [100_000, 100_000],
    ...         "logged_spend": [0.25, 0.20],
    ...     }
    ... )
    >>> table = reconcile(llmspend.price(calls))
    >>> table.select("cost", "logged_spend", "equal_rows", "agreement", "reason").row(0)
    (0.5, 0.45, 1, 0.5, 'ordinary')
    """
    (table,) = reconciled(charges, [Grouping.of(by, every)], tz=tz)
    return table


def reconciled(
    charges: Charges,
    groupings: Sequence[Grouping],
    *,
    tz: str = "UTC",
    explained: Sequence[Grouping] | None = None,
) -> list[pl.DataFrame]:
    """Compute several tables of `reconcile` in one pass over the charges.

    Parameters
    ----------
    charges, groupings, tz
        As for `reconcile`, and `llmspend.breakdowns`.
    explained
        The groupings whose tables have a reason; None for all. It takes as long again.

    Returns
    -------
    list of polars.DataFrame
        One per grouping.
    """
    finer = {
        g: Grouping(tuple(dict.fromkeys((*g.by, _REASON))), g.every)
        for g in (groupings if explained is None else explained)
    }
    tables = add_up(charges, [*groupings, *finer.values()], _MEASURES, _READS, tz=tz)
    reasons = dict(zip(finer, tables[len(groupings) :], strict=True))
    return [
        _explained(with_ratios(table), reasons[grouping], grouping)
        if grouping in reasons
        else with_ratios(table)
        for grouping, table in zip(groupings, tables, strict=False)
    ]


def _explained(table: pl.DataFrame, reasons: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """Put beside each group what is special about the rows that differ."""
    groups = [_ALL, *["period"] * bool(grouping.every), *grouping.by]
    everything = pl.lit(0).alias(_ALL)
    found = _reasons(reasons.with_columns(everything), groups)
    return (
        table.with_columns(everything)
        .join(found, on=groups, how="left", nulls_equal=True, maintain_order="left")
        .drop(_ALL)
    )


def with_ratios(table: pl.DataFrame) -> pl.DataFrame:
    """Divide what was added up.

    Parameters
    ----------
    table
        With the sums that `reconcile` gives.

    Returns
    -------
    polars.DataFrame
        The same with ``agreement`` and ``drift_ratio``; null where nothing was compared.
    """
    tested = pl.col("compared_rows") - pl.col("kept_rows")
    return table.with_columns(
        pl.when(tested > 0).then(pl.col("close_rows") / tested).alias("agreement"),
        pl.when(pl.col("logged_spend") != 0)
        .then(pl.col("drift") / pl.col("logged_spend"))
        .alias("drift_ratio"),
    )


def _reasons(table: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Find in each group the oddity that has most of the difference."""
    gross = pl.col("gross_drift")
    return (
        table.filter(gross > 0)
        .sort("gross_drift", _REASON, descending=[True, False], nulls_last=True)
        .group_by(groups, maintain_order=True)
        .agg(
            pl.col(_REASON).first().alias("reason"),
            (gross.first() / gross.sum()).alias("reason_ratio"),
        )
    )
