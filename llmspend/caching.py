"""What prompt caching saved: cache reads at their price against the price of fresh input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.measures import Measure
from llmspend.spend import Grouping
from llmspend.token_parts import sums_of_parts, total_of_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges

_READ, _WRITTEN, _FRESH = "part_cache_read", "part_cache_creation", "part_fresh_input"
_SAVED: Final = f"{_READ}_fresh_cost - {_READ}_cost"
_SURCHARGE: Final = f"{_WRITTEN}_cost - {_WRITTEN}_fresh_cost"
_MEASURES: Final = (
    Measure("fresh_input_tokens", f"sum({_FRESH}_tokens)::BIGINT", "tokens", "Not cached."),
    Measure("cache_read_tokens", f"sum({_READ}_tokens)::BIGINT", "tokens", "Read from it."),
    Measure("cache_creation_tokens", f"sum({_WRITTEN}_tokens)::BIGINT", "tokens", "Written."),
    Measure("fresh_input_cost", total_of_few(f"{_FRESH}_cost"), "USD", "Of the fresh input."),
    Measure("cache_read_cost", total_of_few(f"{_READ}_cost"), "USD", "Of the reads."),
    Measure("cache_creation_cost", total_of_few(f"{_WRITTEN}_cost"), "USD", "Of the writes."),
    Measure(
        "saved_by_reads", total_of_few(_SAVED), "USD", "Reads at the fresh price, less their cost."
    ),
    Measure(
        "write_surcharge", total_of_few(_SURCHARGE), "USD", "Writes, less what they cost as fresh."
    ),
    Measure("saved", total_of_few(f"({_SAVED}) - ({_SURCHARGE})"), "USD", "What is left of both."),
)
_COLUMNS: Final = (
    *(f"{part}_{kind}" for part in (_READ, _WRITTEN, _FRESH) for kind in ("tokens", "cost")),
    *(f"{part}_fresh_cost" for part in (_READ, _WRITTEN)),
)
_INPUT_TOKENS: Final = ("fresh_input_tokens", "cache_read_tokens", "cache_creation_tokens")
_INPUT_COSTS: Final = ("fresh_input_cost", "cache_read_cost", "cache_creation_cost")


def cache_savings(
    charges: Charges,
    by: str | Sequence[str] = (),
    *,
    every: str | None = None,
    tz: str = "UTC",
    cost_map: CostMap | RateCard | None = None,
) -> pl.DataFrame:
    """Say what prompt caching saved, and what writing to the cache cost on top.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price` (a frame or a Parquet file).
    by, every, tz
        As for `llmspend.breakdown`.
    cost_map
        Whose rates they were priced with; as for `llmspend.price`.

    Returns
    -------
    polars.DataFrame
        One row per group, most saved first, or by period: ``period`` (with `every`), the
        dimensions, ``spend`` (USD), ``requests``, ``fresh_input_tokens, cache_read_tokens,
        cache_creation_tokens`` (as billed) and what they cost; ``saved_by_reads`` (the tokens read
        at the price of fresh input, less what they cost), ``write_surcharge`` (what was paid for
        the tokens written, less their price as fresh input; below zero where writing is cheaper),
        ``saved`` (the first less the second, USD: below zero, caching cost more than it brought);
        ``other_cost``, ``strange_rows`` (see `llmspend.token_mix`: what they saved is unknown),
        ``unpriced_requests, first_at, last_at``; ``hit_ratio`` (share of the input tokens that came
        from the cache) and ``saved_ratio`` (``saved`` as a share of what the input would have cost
        without a cache). Sums are exact, ratios are divided last.

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
    ...     {"model": ["gpt-4o"], "prompt_tokens": [100_000], "cache_read_tokens": [80_000]}
    ... )
    >>> table = cache_savings(llmspend.price(calls), "model")
    >>> table.select("model", "cache_read_cost", "saved", "hit_ratio").row(0)
    ('gpt-4o', 0.1, 0.1, 0.8)
    """
    (table,) = savings_by(charges, [Grouping.of(by, every)], tz=tz, cost_map=cost_map)
    if every:
        return table
    return table.sort("saved", descending=True, nulls_last=True, maintain_order=True)


def savings_by(
    charges: Charges,
    groupings: Sequence[Grouping],
    *,
    tz: str = "UTC",
    cost_map: CostMap | RateCard | None = None,
) -> list[pl.DataFrame]:
    """Compute several tables of `cache_savings` in one pass over the charges.

    Parameters
    ----------
    charges, groupings, tz, cost_map
        As for `cache_savings`, and `llmspend.breakdowns`.

    Returns
    -------
    list of polars.DataFrame
        One per grouping, largest spend first or by period.
    """
    tables = sums_of_parts(charges, groupings, tz, cost_map, _MEASURES, _COLUMNS)
    return [with_ratios(table) for table in tables]


def with_ratios(table: pl.DataFrame) -> pl.DataFrame:
    """Divide what was added up.

    Parameters
    ----------
    table
        With the sums that `cache_savings` gives.

    Returns
    -------
    polars.DataFrame
        The same with ``hit_ratio`` and ``saved_ratio``; null where there was no input.
    """
    tokens = pl.sum_horizontal(_INPUT_TOKENS)
    fresh = pl.sum_horizontal(*_INPUT_COSTS, "saved")
    return table.with_columns(
        pl.when(tokens > 0).then(pl.col("cache_read_tokens") / tokens).alias("hit_ratio"),
        pl.when(fresh > 0).then(pl.col("saved") / fresh).alias("saved_ratio"),
    )
