"""Models of a cost map with their standard prices, for a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap

PRICE_COLUMNS: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache read": "cache_read_tokens",
    "cache write": "cache_creation_tokens",
}
"""Heading of a price in a list of models → its meter."""


def model_records(cost_map: CostMap, found: pl.DataFrame) -> list[dict[str, Any]]:
    """Give models with their standard prices as plain data.

    Parameters
    ----------
    cost_map
        Whose rates.
    found
        Rows of `CostMap.models`.

    Returns
    -------
    list of dict
        The row of each model and ``usd_per_token``: meter → USD per one token at the standard
        service tier and the shortest context.
    """
    rates = cost_map.rates.filter(
        pl.col("model").is_in(found["key"].to_list()),
        pl.col("meter").is_in(list(PRICE_COLUMNS.values())),
        pl.col("variant").is_null(),
        service_tier="",
        context_threshold=0,
    )
    by_model: dict[str, dict[str, float]] = {}
    for model, meter, rate in rates.select("model", "meter", "usd_per_unit").rows():
        by_model.setdefault(model, {}).setdefault(meter, rate)
    return [row | {"usd_per_token": by_model.get(row["key"], {})} for row in found.to_dicts()]
