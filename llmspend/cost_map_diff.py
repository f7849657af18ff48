"""What is different between two cost maps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.meters import MULTIPLIER_KEYS, is_rate_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.cost_map import CostMap
    from llmspend.entries import Entry

CHANGES: Final[dict[str, str]] = {
    "model removed": "The model is gone; a row per rate that it had.",
    "model added": "The model is new; a row per rate that it has.",
    "rate removed": "The model stays, without this rate.",
    "rate added": "The model has a rate that it did not have.",
    "rate changed": "The rate has another amount.",
    "fact changed": "What decides which rates hold, or scales them, is another.",
}
"""What the column ``change`` of `diff_cost_maps` may say, in the order of its rows."""

_FACTS: Final = ("litellm_provider", "mode", "provider_specific_entry", *sorted(MULTIPLIER_KEYS))
_PLACE: Final = (
    "model",
    "rate_key",
    "meter",
    "service_tier",
    "context_threshold",
    "variant",
)
_SCHEMA: Final = {
    "change": pl.String(),
    "model": pl.String(),
    "rate_key": pl.String(),
    "meter": pl.String(),
    "service_tier": pl.String(),
    "context_threshold": pl.Int64(),
    "variant": pl.String(),
    "old_usd_per_unit": pl.Float64(),
    "new_usd_per_unit": pl.Float64(),
    "difference": pl.Float64(),
    "ratio": pl.Float64(),
    "old_fact": pl.String(),
    "new_fact": pl.String(),
}


def diff_cost_maps(old: CostMap, new: CostMap) -> pl.DataFrame:
    """List what is different between two cost maps.

    Parameters
    ----------
    old, new
        The two; neither is changed.

    Returns
    -------
    polars.DataFrame
        One row per rate that differs: ``change`` (see CHANGES), ``model, rate_key, meter,
        service_tier, context_threshold, variant, old_usd_per_unit, new_usd_per_unit,
        difference`` (new - old) and ``ratio`` (new / old; infinite where it was free). A model
        without any rate has one row, without a rate key. Facts that are no rates have their JSON
        in ``old_fact, new_fact``. Empty when both cost the same.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> old = load_cost_map({"acme/small": {"input_cost_per_token": 1e-06}, "acme/old": {}})
    >>> new = load_cost_map({"acme/small": {"input_cost_per_token": 3e-06}})
    >>> diff_cost_maps(old, new).select("change", "model", "new_usd_per_unit", "ratio").rows()
    [('model removed', 'acme/old', None, None), ('rate changed', 'acme/small', 3e-06, 3.0)]
    """
    before, after = "old_usd_per_unit", "new_usd_per_unit"
    rates = (
        old.rates.rename({"usd_per_unit": before})
        .join(
            new.rates.rename({"usd_per_unit": after}),
            on=_PLACE,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .filter(pl.col(before).ne_missing(pl.col(after)))
    )
    rows = pl.concat(
        [rates, _without_rates(old, new), _facts(old, new)], how="diagonal_relaxed"
    ).with_columns(
        change=pl.when(~pl.col("model").is_in(list(new.entries)))
        .then(pl.lit("model removed"))
        .when(~pl.col("model").is_in(list(old.entries)))
        .then(pl.lit("model added"))
        .when(pl.col("meter").is_null())
        .then(pl.lit("fact changed"))
        .when(pl.col(after).is_null())
        .then(pl.lit("rate removed"))
        .when(pl.col(before).is_null())
        .then(pl.lit("rate added"))
        .otherwise(pl.lit("rate changed")),
        difference=pl.col(after) - pl.col(before),
        ratio=pl.col(after) / pl.col(before),
    )
    rank = pl.col("change").replace_strict(
        {change: i for i, change in enumerate(CHANGES)}, return_dtype=pl.Int64
    )
    return rows.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()).sort(
        rank, "model", "rate_key", "context_threshold", maintain_order=True
    )


def _without_rates(old: CostMap, new: CostMap) -> pl.DataFrame:
    """Return the models in one map only that have no rates there, and so no row yet."""
    found = [
        model
        for one, other in ((old, new), (new, old))
        for models in [one.entries.keys() - other.entries.keys() - {*one.rates["model"].unique()}]
        for model in models
    ]
    return pl.DataFrame({"model": found}, schema={"model": pl.String})


def _facts(old: CostMap, new: CostMap) -> pl.DataFrame:
    rows = [
        (model, key, _text(before.get(key)), _text(after.get(key)))
        for model, entry in old.entries.items()
        if model in new.entries
        for before, after in [(_facts_of(entry), _facts_of(new.entries[model]))]
        if before != after
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    names = ("model", "rate_key", "old_fact", "new_fact")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _facts_of(entry: Entry) -> Mapping[str, Any]:
    found = {key: entry[key] for key in _FACTS if entry.get(key) is not None}
    hours = entry.get("off_peak_pricing")
    if isinstance(hours, dict):
        found["off_peak_pricing"] = {k: v for k, v in hours.items() if not is_rate_key(k)}
    return found


def _text(fact: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    return None if fact is None else json.dumps(fact, sort_keys=True, ensure_ascii=False)
