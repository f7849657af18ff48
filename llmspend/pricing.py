"""Pricing: usage in, charges out.

A charge is a usage row with what it costs beside it. `price` does it for frames of any size; the
formulas are those of `llmspend.arithmetic`, the rates those of `llmspend.rate_card`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, overload

import polars as pl

from llmspend.arithmetic import COSTS, side_columns, total_columns
from llmspend.basis import Basis
from llmspend.cost_map import CostMap
from llmspend.custom_pricing import CustomPricing
from llmspend.errors import InputError
from llmspend.price_choice import chooser_of
from llmspend.quirks import QUIRK_BITS, QUIRK_NAMES, QUIRKS, reproduced
from llmspend.rate_card import RateCard
from llmspend.registry import default_cost_map
from llmspend.row_classes import ROW_CLASSES, classify
from llmspend.row_issues import ERRORS, gravest_issue
from llmspend.usage import USAGE_SCHEMA, normalize
from llmspend.values import PRIVATE, private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmspend.quirks import Quirk, Quirks

CHARGE_COLUMNS: dict[str, str] = {
    "kind": "Kind of call: chat, embedding, image …",
    "row_class": "What kind of row it is, such as normal, cache_hit or failure.",
    "input_cost": "Cost of the input, USD; null where unknown.",
    "output_cost": "Cost of the output, USD; null where unknown.",
    "tool_cost": "Cost of built-in tools, such as web search, USD.",
    "additional_cost": "Fees beside them, such as a model router's, USD.",
    "discount_amount": "What a discount takes off the sum of all these, USD.",
    "margin_amount": "What a margin puts on after that, USD.",
    "cost": "What the request costs, USD; null where unknown, with an issue that says why.",
    "cost_source": "rates, provider (stated by it), logged (kept from the log) or nothing (free).",
    "quantity_source": "Where the count of units comes from: logged, implied (by the logged cost) "
    "or kept (unknown: the logged cost is all there is); null where tokens tell.",
    "implied_units": "How many units the logged cost implies.",
    "cost_map_key": "The cost-map entry that prices it.",
    "priced_provider": "The provider whose rule priced it.",
    "resolved_by": "Which of its names matched, and how.",
    "quirks": "Where LiteLLM's number may not be the provider's price; names of llmspend.QUIRKS.",
    "issue": "The gravest thing wrong with it, of llmspend.row_issues; null when nothing is.",
}
"""What `price` adds to a usage row, in order."""

CHARGE_SCHEMA = pl.Schema(
    USAGE_SCHEMA
    | dict.fromkeys(CHARGE_COLUMNS, pl.String())
    | dict.fromkeys((*COSTS, "implied_units"), pl.Float64())
    | {"quirks": pl.List(pl.String)}
)
"""Every column of charges and its type."""


def default_card(quirks: Quirks = "litellm") -> RateCard:
    """Return the rate card of the default cost map, built on first use.

    Parameters
    ----------
    quirks
        As for `price`.

    Returns
    -------
    RateCard
        The same object at every call with the same quirks, until `llmspend.register_model` or
        `llmspend.use_cost_map` changes the default cost map.
    """
    cost_map, reproduce = default_cost_map(), reproduced(quirks)
    cards = _cards_of(cost_map)
    return cards.get(reproduce) or cards.setdefault(reproduce, RateCard(cost_map, quirks=reproduce))


@lru_cache(maxsize=1)
def _cards_of(_: CostMap) -> dict[frozenset[str], RateCard]:
    # one place, so that the cards of a default map that has changed are dropped
    return {}


def card_for(cost_map: CostMap | RateCard | None, quirks: Quirks | None) -> RateCard:
    """Return the rate card that `price` uses.

    Parameters
    ----------
    cost_map, quirks
        As for `price`.

    Returns
    -------
    RateCard
        A card that is given is used as it is, unless it reproduces other quirks.

    Raises
    ------
    InputError
        When it is neither a cost map nor a rate card.
    """
    if cost_map is None:
        return default_card("litellm" if quirks is None else quirks)
    if isinstance(cost_map, CostMap):
        return RateCard(cost_map, quirks="litellm" if quirks is None else quirks)
    if not isinstance(cost_map, RateCard):
        raise InputError(_no_card(cost_map))
    if quirks is None or reproduced(quirks) == cost_map.reproduce:
        return cost_map
    return cost_map.with_quirks(quirks)


def _no_card(given: object) -> str:
    how = "llmspend.load_cost_map makes one of a file or a dict."
    if isinstance(given, CustomPricing):
        how = "lay these prices over a cost map: llmspend.RateCard(costs, own)."
    return f"cost_map is a CostMap or a RateCard, not of type {type(given).__name__}: {how}"


@overload
def price(
    usage: pl.LazyFrame,
    *,
    cost_map: CostMap | RateCard | None = ...,
    quirks: Quirks | None = ...,
) -> pl.LazyFrame: ...
@overload
def price(
    usage: pl.DataFrame,
    *,
    cost_map: CostMap | RateCard | None = ...,
    quirks: Quirks | None = ...,
) -> pl.DataFrame: ...
def price(
    usage: pl.DataFrame | pl.LazyFrame,
    *,
    cost_map: CostMap | RateCard | None = None,
    quirks: Quirks | None = None,
) -> pl.DataFrame | pl.LazyFrame:
    """Say what each request costs.

    Parameters
    ----------
    usage
        One row per request: what `llmspend.read_logs` gives, or any frame with some of the
        columns of `llmspend.USAGE_COLUMNS`.
    cost_map
        Whose rates to use; None for the default one (see
        `llmspend.default_cost_map`).
    quirks
        Where LiteLLM's number is not what the provider publishes (`llmspend.QUIRKS`):
        ``"litellm"``, the default, reproduces it, ``"published"`` prices by the published rule; or
        the names of those to reproduce.

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
    card = card_for(cost_map, quirks)
    # rows that were priced before are priced anew
    lazy = classify(normalize(usage.lazy().drop(CHARGE_COLUMNS, strict=False)))
    given = [c for c in lazy.collect_schema().names() if c not in CHARGE_COLUMNS]
    rates = card.expr(chooser_of(card).expr()).alias(_CARD)
    found = lazy.with_columns(rates).unnest(_CARD, separator=".")
    sides = side_columns(found).with_columns(card.units.expr().alias(_CARD))
    priced = total_columns(sides.unnest(_CARD, separator=".")).with_columns(
        pl.col("row_class")
        .replace_strict({c.name: c.bills for c in ROW_CLASSES}, return_dtype=pl.String)
        .alias(PRIVATE + "bills"),
        gravest_issue(),
        pl.coalesce(private("unit_key"), private("cost_map_key")).alias(PRIVATE + "cost_map_key"),
    )
    result = priced.select(
        *given, "kind", "row_class", *_costs(), *map(_found, _FOUND), _quirks(), "issue"
    ).select(*given, *CHARGE_COLUMNS)
    return result.collect() if isinstance(usage, pl.DataFrame) else result


_CARD = PRIVATE.removesuffix(".")
_FOUND = ("cost_map_key", "priced_provider", "resolved_by")
_LOGGED = {
    "input_cost": "logged_input_cost",
    "output_cost": "logged_output_cost",
    "tool_cost": "logged_tool_cost",
    "cost": "logged_spend",
}
_QUIRK_LISTS = pl.Series(
    [
        [name for name, bit in QUIRK_BITS.items() if bits & bit]
        for bits in range(1 << len(QUIRK_NAMES))
    ],
    dtype=pl.List(pl.String),
)
"""For every sum of bits, the names."""


def _found(name: str) -> pl.Expr:
    return private(name).alias(name)


def _costs() -> Iterator[pl.Expr]:
    """Yield the cost columns: what a row's class bills, unless an error leaves it unknown."""
    of_class = private("bills")
    keeps = (of_class == "rates") & private("keeps_logged")
    bills = pl.when(keeps).then(pl.lit("logged")).otherwise(of_class)
    is_known = ~pl.col("issue").is_in(ERRORS).fill_null(value=False)
    for name in COSTS:
        by_class = (
            pl.when(bills == "nothing")
            .then(pl.lit(0.0))
            .when(bills == "logged")
            .then(pl.col(_LOGGED[name]) if name in _LOGGED else None)
            .otherwise(private(name))
        )
        yield pl.when(is_known).then(by_class).alias(name)
    of_rates = pl.when(private("_is_stated")).then(pl.lit("provider")).otherwise(pl.lit("rates"))
    source = pl.when(bills == "rates").then(of_rates).otherwise(bills)
    yield pl.when(is_known).then(source).alias("cost_source")
    of_units = is_known & (of_class == "rates") & ~private("_is_stated")
    for name in ("quantity_source", "implied_units"):
        yield pl.when(of_units).then(private(name)).alias(name)


def _quirks() -> pl.Expr:
    """Return the names of the quirks that show in a row: only what rates price has any."""
    bits = pl.when(private("bills") == "rates").then(private("_quirks")).otherwise(0)
    return bits.map_batches(
        _QUIRK_LISTS.gather, return_dtype=pl.List(pl.String), is_elementwise=True
    ).alias("quirks")


def quirk_impact(
    charges: pl.DataFrame | pl.LazyFrame, *, cost_map: CostMap | RateCard | None = None
) -> pl.DataFrame:
    """Say what each of LiteLLM's quirks costs, or hides.

    Parameters
    ----------
    charges
        Rows priced by `price`.
    cost_map
        Whose rates they were priced with; as for `price`.

    Returns
    -------
    polars.DataFrame
        One row per quirk that shows in any charge: ``quirk, requests`` (that show it), ``cost``
        (theirs, as charged, USD), ``published_cost`` (the same requests with this one quirk left
        out), ``difference`` (``cost - published_cost``: above zero, LiteLLM says too much),
        ``unknown_requests`` (those whose published cost is unknown; neither sum has them),
        ``litellm, published`` (what it does, and what is done instead); largest difference first.

    Examples
    --------
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4o"], "provider": "openai", "prompt_tokens": 1000, "text_tokens": 100}
    ... )
    >>> quirk_impact(price(calls)).select("quirk", "cost", "published_cost").row(0)
    ('text_undercounted', 0.00025, 0.0025)
    """
    card = card_for(cost_map, None)
    # one pass over what may be a large log; what shows a quirk is priced again for each
    rows = charges.lazy().filter(pl.col("quirks").list.len() > 0).collect(engine="streaming")
    shown = set(rows["quirks"].explode().unique())
    impacts = [_impact(rows, quirk, card) for quirk in QUIRKS if quirk.name in shown]
    empty = pl.DataFrame(schema=_IMPACT_SCHEMA)
    return pl.concat([empty, *impacts]).sort(
        pl.col("difference").abs(), descending=True, nulls_last=True, maintain_order=True
    )


_IMPACT_SCHEMA = pl.Schema(
    {
        "quirk": pl.String,
        "requests": pl.Int64,
        "cost": pl.Float64,
        "published_cost": pl.Float64,
        "difference": pl.Float64,
        "unknown_requests": pl.Int64,
        "litellm": pl.String,
        "published": pl.String,
    }
)


def _impact(charges: pl.DataFrame, quirk: Quirk, card: RateCard) -> pl.DataFrame:
    rows = charges.filter(pl.col("quirks").list.contains(quirk.name))
    charged = rows.rename({"cost": "_charged"})
    without = price(charged, cost_map=card.with_quirks(card.reproduce - {quirk.name}))
    known = pl.col("cost").is_not_null() & pl.col("_charged").is_not_null()
    return without.select(
        quirk=pl.lit(quirk.name),
        requests=pl.len().cast(pl.Int64),
        cost=pl.col("_charged").filter(known).sum(),
        published_cost=pl.col("cost").filter(known).sum(),
        difference=(pl.col("_charged") - pl.col("cost")).sum(),
        unknown_requests=(~known).sum().cast(pl.Int64),
        litellm=pl.lit(quirk.litellm),
        published=pl.lit(quirk.published),
    ).cast(_IMPACT_SCHEMA)


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
        response_model, logged_model_key, region`` and, where the rate card has prices of
        deployments, ``model_id``; ``requests, cost_map_key, resolved_by, nearest`` (for names
        without an entry, the nearest known ones); most requests first.

    Examples
    --------
    >>> calls = pl.DataFrame({"model": ["gpt-4-o"], "provider": ["openai"]})
    >>> resolutions(calls)["nearest"].to_list()
    [['gpt-4o', ...]]
    """
    card = card_for(cost_map, None)
    names = ["model", "provider", "base_model", "response_model", "logged_model_key", "region"]
    names += ["model_id"] if card.custom.deployments else []
    counted = (
        classify(normalize(usage.lazy()))
        .with_columns(chooser_of(card).expr())
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
