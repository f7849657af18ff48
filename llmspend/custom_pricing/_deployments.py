"""Entries of a proxy's ``model_list`` → what its router registers for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspend.custom_pricing._facts import (
    INHERITANCES,
    OFF_PEAK,
    OWN_FACTS,
    PRICE_FIELDS,
    PRICES_ALONE,
    RANGE_WITHOUT_OUTPUT,
    SHARED_FACTS,
)
from llmspend.custom_pricing._lookup import Lookup
from llmspend.custom_pricing._register import laid_over
from llmspend.entries import check_entries
from llmspend.errors import InputError
from llmspend.meters import STRUCTURED_KEYS, parse_rate_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.cost_map import CostMap
    from llmspend.entries import Entry


@dataclass(frozen=True)
class Deployment:
    """One deployment of a proxy, with the entry that LiteLLM registers for it.

    Attributes
    ----------
    model_id
        Its id, as in the logs.
    provider
        Who bills its calls; None when its model's name does not tell.
    declared_provider
        The provider that it states beside its model's name, if any.
    model
        The model it calls, without the provider.
    base_model
        The model to price by when it has no prices of its own.
    entry
        Its own entry: what it states, completed by INHERITANCES.
    is_custom
        Whether it states any price.
    prices_anything
        Whether LiteLLM prices from `entry` at all: cache prices alone do not count.
    shared_key
        The key under which LiteLLM also registers what is no price …
    shared_entry
        … which makes an unknown model known, at 0.
    unread_keys
        Keys that look like prices and that LiteLLM does not read.
    """

    model_id: str
    provider: str | None
    declared_provider: str | None
    model: str
    base_model: str | None
    entry: Entry
    is_custom: bool
    prices_anything: bool
    shared_key: str
    shared_entry: Entry
    unread_keys: tuple[str, ...] = ()

    @property
    def has_own_price(self) -> bool:
        """Whether its calls are priced from `entry`, rather than by the model's name."""
        return self.is_custom and self.prices_anything


def complete_deployment(
    cost_map: CostMap,
    litellm_params: Mapping[str, Any],
    model_info: Mapping[str, Any] | None = None,
) -> Deployment:
    """Read one entry of a proxy's ``model_list``, as its router registers it.

    Parameters
    ----------
    cost_map
        Where the prices are that it inherits.
    litellm_params
        ``model``, ``custom_llm_provider``, ``base_model`` and prices; the rest is not looked at.
    model_info
        ``id``, ``base_model``, prices and other facts of the model.

    Returns
    -------
    Deployment
        With prices as numbers, also where they were given as text.

    Raises
    ------
    InputError
        When it has no model or no id, or a price is no price: the message names the deployment,
        the key and the value.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map(
    ...     {"acme/small": {"input_cost_per_token": 1e-06, "cache_read_input_token_cost": 1e-07}}
    ... )
    >>> complete_deployment(
    ...     costs, {"model": "acme/small", "input_cost_per_token": "5e-7"}, {"id": "mine"}
    ... ).entry
    {'input_cost_per_token': 5e-07, 'cache_read_input_token_cost': 1e-07}
    """
    info = model_info or {}
    name, model_id = _text(litellm_params, "model"), info.get("id")
    if name is None:
        raise InputError(f"deployment {model_id!r} has no model in its litellm_params.")
    if model_id is None:
        raise InputError(f"the deployment of model {name!r} has no id in its model_info.")
    stated = {
        **{k: v for k, v in info.items() if v is not None and _describes_model(k)},
        **{k: v for k, v in litellm_params.items() if v is not None and k in PRICE_FIELDS},
    }
    check_entries({str(model_id): stated}, "model_list")
    of_info, of_params = _text(info, "base_model"), _text(litellm_params, "base_model")
    declared = _text(litellm_params, "custom_llm_provider")
    lookup = Lookup.of(cost_map)
    inherits_from = lookup.key_of(of_info or of_params or name, declared)
    entry = _completed(laid_over({}, stated), cost_map.entries.get(inherits_from or "", {}))
    model, provider = lookup.who_bills(name, declared)
    return Deployment(
        model_id=str(model_id),
        provider=provider,
        declared_provider=declared,
        model=model,
        # it inherits by model_info's, and is priced by litellm_params'
        base_model=of_params or of_info,
        entry=entry,
        is_custom=any(k in PRICE_FIELDS or k == OFF_PEAK for k in stated),
        prices_anything=any(
            v is not None and (k in PRICES_ALONE or ("cost_per" in k and "token" in k))
            for k, v in entry.items()
        ),
        shared_key=f"{declared}/{name}" if declared else name,
        shared_entry={
            k: v
            for k, v in entry.items()
            if k in SHARED_FACTS or (k.startswith("supports_") and k not in PRICE_FIELDS)
        },
        unread_keys=tuple(
            sorted(
                {k for k in litellm_params if k not in PRICE_FIELDS and _looks_like_price(k)}
                | {k for k in info if not _describes_model(k) and _looks_like_price(k)}
            )
        ),
    )


def _text(facts: Mapping[str, Any], key: str) -> str | None:
    value = facts.get(key)
    return value if isinstance(value, str) and value else None


def _looks_like_price(key: str) -> bool:
    return "cost_per_" in key or "_token_cost" in key or key in STRUCTURED_KEYS


def _describes_model(key: str) -> bool:
    # model_info is free-form: what is no fact of the model stays out of the entry
    if key in PRICE_FIELDS or key in OWN_FACTS:
        return True
    return key.startswith(("supports_", "supported_")) or parse_rate_key(key) is not None


def _completed(entry: Entry, backend: Mapping[str, Any]) -> Entry:
    for row in INHERITANCES:
        given = _given(entry)
        if row.when & given and not row.unless & given:
            entry = entry | {
                key: value
                for key, value in backend.items()
                if key not in given
                and value is not None
                and (row.takes_zero or value)
                and row.copies.fullmatch(key)
            }
    return entry


def _given(entry: Entry) -> set[str]:
    given = {key for key, value in entry.items() if value is not None and value != {}}
    ranges: list[Any] = entry.get("tiered_pricing") or []
    if any(not isinstance(r, dict) or "output_cost_per_token" not in r for r in ranges):
        given.add(RANGE_WITHOUT_OUTPUT)
    return given
