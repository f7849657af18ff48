"""Pricing: usage in, charges out.

A charge is a usage row with what it costs beside it. `price` does it for frames of any size; the
formulas are those of `llmspend.arithmetic`, the rates those of `llmspend.rate_card`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, overload

import polars as pl

from llmspend.arithmetic import charge_columns
from llmspend.cost_map import CostMap, load_cost_map
from llmspend.rate_card import Basis, RateCard
from llmspend.row_classes import ROW_CLASSES, classify
from llmspend.row_issues import ERRORS, gravest_issue
from llmspend.usage import COLUMN_BY_NAME, normalize
from llmspend.values import PRIVATE, private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHARGE_COLUMNS: dict[str, str] = {
    "kind": "Kind of call: chat, embedding, image …",
    "row_class": "What kind of row it is, such as normal, cache_hit or failure.",
    "input_cost": "Cost of the input, USD; null where unknown.",
    "output_cost": "Cost of the output, USD; null where unknown.",
    "cost": "What the request costs, USD; null where unknown, with an issue that says why.",
    "cost_source": "rates, provider (stated by it), logged (kept from the log) or nothing (free).",
    "cost_map_key": "The cost-map entry that prices it.",
    "priced_provider": "The provider whose rule priced it.",
    "resolved_by": "Which of its names matched, and how.",
    "issue": "The gravest thing wrong with it, of llmspend.row_issues; null when nothing is.",
}
"""What `price` adds to a usage row, in order."""


@lru_cache(maxsize=1)
def default_card() -> RateCard:
    """Return the rate card of the packaged cost map, built on first use.

    Returns
    -------
    RateCard
        The same object at every call.
    """
    return RateCard(load_cost_map())


def _card(cost_map: CostMap | RateCard | None) -> RateCard:
    if isinstance(cost_map, RateCard):
        return cost_map
    return default_card() if cost_map is None else RateCard(cost_map)


@overload
def price(usage: pl.LazyFrame, *, cost_map: CostMap | RateCard | None = ...) -> pl.LazyFrame: ...
@overload
def price(usage: pl.DataFrame, *, cost_map: CostMap | RateCard | None = ...) -> pl.DataFrame: ...
def price(
    usage: pl.DataFrame | pl.LazyFrame, *, cost_map: CostMap | RateCard | None = None
) -> pl.DataFrame | pl.LazyFrame:
    """Say what each request costs.

    Parameters
    ----------
    usage
        One row per request: what `llmspend.read_logs` gives, or any frame with some of the
        columns of `llmspend.USAGE_COLUMNS`.
    cost_map
        Whose rates to use; None for the snapshot in the package.

    Returns
    -------
    polars.DataFrame or polars.LazyFrame
        As given, same rows in the same order, with the columns of CHARGE_COLUMNS added. Costs are
        USD and equal LiteLLM's to the bit. A row that cannot be priced keeps a null cost and
        an ``issue``; nothing raises, nothing is dropped.

    Examples
    --------
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4-o"],
    ...         "provider": ["openai", "openai"],
    ...         "prompt_tokens": [1000, 1000],
    ...         "completion_tokens": [100, 100],
    ...     }
    ... )
    >>> price(calls).select("model", "cost", "cost_map_key", "issue").rows()
    [('gpt-4o', 0.0035, 'gpt-4o', None), ('gpt-4-o', None, None, 'unknown_model')]
    """
    card = _card(cost_map)
    # rows that were priced before are priced anew
    lazy = classify(normalize(usage.lazy().drop(CHARGE_COLUMNS, strict=False)))
    given = [c for c in lazy.collect_schema().names() if c not in CHARGE_COLUMNS]
    found = lazy.with_columns(card.expr().alias(_CARD)).unnest(_CARD, separator=".")
    priced = charge_columns(found, COLUMN_BY_NAME).with_columns(
        pl.col("row_class")
        .replace_strict({c.name: c.bills for c in ROW_CLASSES}, return_dtype=pl.String)
        .alias(PRIVATE + "bills"),
        gravest_issue(),
    )
    result = priced.select(
        *given, "kind", "row_class", *_costs(), *map(_found, _FOUND), "issue"
    ).select(*given, *CHARGE_COLUMNS)
    return result.collect() if isinstance(usage, pl.DataFrame) else result


_CARD = PRIVATE.removesuffix(".")
_FOUND = ("cost_map_key", "priced_provider", "resolved_by")
_LOGGED = {
    "input_cost": "logged_input_cost",
    "output_cost": "logged_output_cost",
    "cost": "logged_spend",
}


def _found(name: str) -> pl.Expr:
    return private(name).alias(name)


def _costs() -> Iterator[pl.Expr]:
    """Yield the cost columns: what a row's class bills, unless an error leaves it unknown."""
    bills = private("bills")
    is_known = ~pl.col("issue").is_in(ERRORS).fill_null(value=False)
    for name, logged in _LOGGED.items():
        by_class = (
            pl.when(bills == "nothing")
            .then(pl.lit(0.0))
            .when(bills == "logged")
            .then(pl.col(logged))
            .otherwise(private(name))
        )
        yield pl.when(is_known).then(by_class).alias(name)
    of_rates = pl.when(private("_is_stated")).then(pl.lit("provider")).otherwise(pl.lit("rates"))
    source = pl.when(bills == "rates").then(of_rates).otherwise(bills)
    yield pl.when(is_known).then(source).alias("cost_source")


def resolutions(
    usage: pl.DataFrame | pl.LazyFrame, *, cost_map: CostMap | RateCard | None = None
) -> pl.DataFrame:
    """List each distinct name in a log, what it resolved to and how.

    Parameters
    ----------
    usage
        As for `price`.
    cost_map
        As for `price`.

    Returns
    -------
    polars.DataFrame
        One row per distinct combination of names: ``model, provider, base_model,
        response_model, logged_model_key, cost_map_key, resolved_by, requests, nearest`` (for
        unknown names, the nearest known ones); most requests first.

    Examples
    --------
    >>> calls = pl.DataFrame({"model": ["gpt-4-o"], "provider": ["openai"]})
    >>> resolutions(calls)["nearest"].to_list()
    [['gpt-4o', ...]]
    """
    card = _card(cost_map)
    names = ("model", "provider", "base_model", "response_model", "logged_model_key", "region")
    counted = (
        normalize(usage.lazy())
        .group_by(names)
        .agg(requests=pl.len().cast(pl.Int64))
        .sort("requests", *names, descending=[True] + [False] * len(names), nulls_last=True)
        .collect()
    )
    matches = [
        card.resolve(Basis(**dict(zip(names, row, strict=True)))) for row in _rows(counted, names)
    ]
    return counted.with_columns(
        pl.Series("cost_map_key", [m.key for m in matches], dtype=pl.String),
        pl.Series("resolved_by", [m.resolved_by for m in matches], dtype=pl.String),
        pl.Series(
            "nearest",
            [
                card.nearest(model) if match.key is None and model else []
                for model, match in zip(counted["model"], matches, strict=True)
            ],
            dtype=pl.List(pl.String),
        ),
    )


def _rows(frame: pl.DataFrame, columns: Iterable[str]) -> list[tuple[str | None, ...]]:
    return frame.select(columns).rows()
