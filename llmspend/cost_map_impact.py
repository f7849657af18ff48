"""What a change of the cost map costs: the same log, priced by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.pricing import price

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard

_OLD: Final = {"cost": "_old_cost", "cost_map_key": "_old_cost_map_key"}
_NAMES: Final = ("model", "old_cost_map_key", "new_cost_map_key")
_SCALE: Final = 2.0**80


def cost_map_impact(
    usage: pl.DataFrame | pl.LazyFrame, old: CostMap | RateCard, new: CostMap | RateCard
) -> pl.DataFrame:
    """Say what a log costs by one cost map, and by another.

    Parameters
    ----------
    usage
        As for `llmspend.price`; charges are priced anew.
    old, new
        The two cost maps, or rate cards, where prices of your own matter.

    Returns
    -------
    polars.DataFrame
        One row per model of the log and entry that prices it: ``model, old_cost_map_key,
        new_cost_map_key, requests, old_cost, new_cost, difference`` (new - old, of requests that
        both can price), ``old_unknown_requests, new_unknown_requests`` (that one cannot);
        largest difference first. A cost is null where no request has one, and the columns add
        up to the whole log's.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> small = {"litellm_provider": "acme", "input_cost_per_token": 1e-06}
    >>> old = load_cost_map({"acme/small": small})
    >>> new = load_cost_map({"acme/small": {**small, "input_cost_per_token": 2e-06}})
    >>> calls = pl.DataFrame({"model": ["acme/small"] * 2, "prompt_tokens": [1000, 2000]})
    >>> cost_map_impact(calls, old, new).select("requests", "old_cost", "new_cost").row(0)
    (2, 0.003, 0.006)
    """
    by_old = price(usage.lazy(), cost_map=old).rename(_OLD)
    both = price(by_old, cost_map=new).select(
        "model",
        pl.col("_old_cost_map_key").alias("old_cost_map_key"),
        pl.col("cost_map_key").alias("new_cost_map_key"),
        pl.col("_old_cost").alias("old"),
        pl.col("cost").alias("new"),
    )
    known = pl.col("old").is_not_null() & pl.col("new").is_not_null()
    return (
        both.group_by(_NAMES)
        .agg(
            requests=pl.len().cast(pl.Int64),
            old_cost=_total("old"),
            new_cost=_total("new"),
            difference=_total("new", known) - _total("old", known),
            old_unknown_requests=pl.col("old").is_null().sum().cast(pl.Int64),
            new_unknown_requests=pl.col("new").is_null().sum().cast(pl.Int64),
        )
        .collect(engine="streaming")
        .sort(
            pl.col("difference").abs(),
            *_NAMES,
            descending=[True, False, False, False],
            nulls_last=True,
        )
    )


def _total(name: str, where: pl.Expr | None = None) -> pl.Expr:
    """Add money up exactly, as integers, so that the order of threads changes nothing."""
    amount = pl.col(name) if where is None else pl.col(name).filter(where)
    units = (amount * _SCALE).round().cast(pl.Int128).sum().cast(pl.Float64)
    # the sum of what is unknown is unknown
    return pl.when(amount.count() > 0).then(units / pl.lit(_SCALE))
