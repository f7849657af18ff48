"""What could not be priced: which models, how much of them, and what to write into a config.

An unknown model has no cost, and a guess is no cost either: it stands in a column of its own, next
to the name of the model whose rates it is from.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.as_if import as_if_answered_by
from llmspend.pricing import card_for, price
from llmspend.spend import frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges

UNPRICED_ISSUES: Final = ("unknown_model", "billed_at_nothing")
"""The issues of rows that no rates price; LiteLLM bills the second kind at $0."""

_NAMES: Final = ("model", "provider", "base_model", "model_group")
_CALLED: Final = ("base_model", "model")
"""The names that an entry may be near to."""
_COUNTS: Final = (
    "prompt_tokens",
    "completion_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
)
_STUB_RATES: Final = (
    ("input_cost_per_token", "prompt_tokens"),
    ("output_cost_per_token", "completion_tokens"),
    ("cache_read_input_token_cost", "cache_read_tokens"),
    ("cache_creation_input_token_cost", "cache_creation_tokens"),
)
"""Rate key → what was used at it: a stub asks for the rates that the log needs."""

_SCHEMA: Final = {
    **dict.fromkeys(_NAMES, pl.String()),
    "issue": pl.String(),
    "requests": pl.Int64(),
    **dict.fromkeys(_COUNTS, pl.Int64()),
    "logged_spend": pl.Float64(),
    "nearest": pl.List(pl.String()),
    "estimated_by": pl.String(),
    "estimated_cost": pl.Float64(),
    "yaml_stub": pl.String(),
}


def unpriced(
    charges: Charges,
    *,
    cost_map: CostMap | RateCard | None = None,
    nearest: int = 3,
) -> pl.DataFrame:
    """List the models that could not be priced, with an estimate and what to do about each.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them. A lazy frame is computed twice,
        as a stream: its rows are never all in memory.
    cost_map
        Where the nearest known models are looked for; as for `llmspend.price`.
    nearest
        How many of them at most.

    Returns
    -------
    polars.DataFrame
        One row per ``model, provider, base_model, model_group`` and ``issue`` of UNPRICED_ISSUES:
        ``requests``, tokens, ``logged_spend`` (USD); ``nearest``, names of the cost map;
        ``estimated_cost``, what the requests would cost (USD) at the rates of ``estimated_by``,
        the nearest one, null where nothing is near; ``yaml_stub``, an entry of ``model_list`` to
        paste into a config. Most tokens first.

    Raises
    ------
    InputError
        When these are no charges.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4-o"], "provider": ["openai"], "prompt_tokens": [1000]}
    ... )
    >>> found = unpriced(llmspend.price(calls))
    >>> found.select("model", "requests", "estimated_by", "estimated_cost").row(0)
    ('gpt-4-o', 1, 'gpt-4o', 0.0025)
    >>> print(found["yaml_stub"][0])
    - model_name: "gpt-4-o"
      litellm_params:
        model: "openai/gpt-4-o"
      model_info:  # ESTIMATE: the rates of "gpt-4o"; write your own
        input_cost_per_token: 2.5e-06
        output_cost_per_token: 1e-05
    """
    card = card_for(cost_map, None)
    keys = [*_NAMES, "issue"]
    charged = frame_of(charges, [*keys, *_COUNTS, "logged_spend"])
    rows = charged.filter(pl.col("issue").is_in(UNPRICED_ISSUES))
    counted = (
        rows.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("requests"),
            pl.col(*_COUNTS).sum(),
            pl.col("logged_spend").sum(),
        )
        .sort(
            pl.col("prompt_tokens") + pl.col("completion_tokens"),
            pl.col("requests"),
            *keys,
            descending=[True, True] + [False] * len(keys),
            nulls_last=True,
        )
        .collect(engine="streaming")
    )
    # a name is compared with thousands, so each only once, whatever providers and issues it has
    looked_up = cache(lambda name: card.nearest(name, nearest))
    near = [_nearest(names, looked_up, card)[:nearest] for names in counted.select(_CALLED).rows()]
    counted = counted.with_columns(
        pl.Series("nearest", near, dtype=pl.List(pl.String)),
        pl.Series("estimated_by", [n[0] if n else None for n in near], dtype=pl.String),
    )
    counted = counted.join(
        _estimates(rows, counted, keys, card),
        on=keys,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    stubs = [_stub(row, card) for row in counted.iter_rows(named=True)]
    return counted.with_columns(pl.Series("yaml_stub", stubs, dtype=pl.String)).select(
        pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()
    )


def config_stub(found: pl.DataFrame) -> str:
    r"""Put the stubs of all models together.

    Parameters
    ----------
    found
        As from `unpriced`.

    Returns
    -------
    str
        A ``model_list`` for a proxy's config.yaml; empty text where all is priced.

    Examples
    --------
    >>> config_stub(pl.DataFrame({"yaml_stub": ["- model_name: a", "- model_name: b"]}))
    'model_list:\n- model_name: a\n- model_name: b\n'
    """
    stubs = found["yaml_stub"].to_list()
    return "\n".join(["model_list:", *stubs, ""]) if stubs else ""


def _nearest(
    names: tuple[str | None, ...], looked_up: Callable[[str], list[str]], card: RateCard
) -> list[str]:
    """Return names of entries that have rates, nearest first."""
    found = dict.fromkeys(key for name in filter(None, names) for key in looked_up(name))
    return [key for key in found if key in card.cost_map]


def _estimates(
    rows: pl.LazyFrame, counted: pl.DataFrame, keys: list[str], card: RateCard
) -> pl.DataFrame:
    """Price the requests at the rates of the nearest model of each."""
    as_if = rows.join(
        counted.lazy().select(*keys, "estimated_by").drop_nulls("estimated_by"),
        on=keys,
        how="inner",
        nulls_equal=True,
        maintain_order="left",
    ).with_columns(pl.struct(keys).alias("_asked"))
    estimated_by = counted["estimated_by"].unique().drop_nulls()
    as_if = as_if.with_columns(**as_if_answered_by(pl.col("estimated_by"), estimated_by, card))
    return (
        price(as_if, cost_map=card)
        .group_by("_asked")
        .agg(estimated_cost=pl.col("cost").sum())
        .unnest("_asked")
        .collect(engine="streaming")
    )


def _stub(row: Mapping[str, Any], card: RateCard) -> str:
    """Write an entry of a model_list."""
    model, provider = row["model"] or "", row["provider"]
    prefixed = provider is None or model.startswith(f"{provider}/")
    called = model if prefixed else f"{provider}/{model}"
    lines = [
        f"- model_name: {_quoted(row['model_group'] or model)}",
        "  litellm_params:",
        f"    model: {_quoted(called)}",
        *_stub_rates(row, card),
    ]
    return "\n".join(lines)


def _stub_rates(row: Mapping[str, Any], card: RateCard) -> Iterator[str]:
    by = row["estimated_by"]
    rates = card.cost_map.entries[by] if by is not None else {}
    if by is None:
        yield "  model_info:  # nothing near is known: write the rates, USD per one token"
    else:
        yield f"  model_info:  # ESTIMATE: the rates of {_quoted(by)}; write your own"
    for key, used in _STUB_RATES:
        is_main = key in ("input_cost_per_token", "output_cost_per_token")
        if is_main or row[used]:
            rate = rates.get(key)
            yield f"    {key}: {'null' if rate is None else json.dumps(rate)}"


def _quoted(name: str) -> str:
    """Quote a name for YAML: it comes from strangers, so nothing but plain text stays as it is."""
    quoted = json.dumps(name, ensure_ascii=False)
    return re.sub(r"[^ -~]", lambda match: f"\\U{ord(match[0]):08x}", quoted)
