"""Entries laid over a cost map, as LiteLLM's ``register_model`` does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmspend.custom_pricing._facts import CACHE_FIELDS, PRICE_FIELDS, PRICED_BY_SECOND, REGIONS
from llmspend.custom_pricing._lookup import Lookup, stripped
from llmspend.entries import as_rate, check_entries
from llmspend.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.cost_map import CostMap
    from llmspend.entries import Entry


def register(
    cost_map: CostMap, models: Mapping[str, Entry], provider: str | None = None
) -> CostMap:
    """Lay entries over a cost map, as LiteLLM's ``register_model`` does.

    A key is looked up like a model's name: an entry that is known is changed field by field, so
    that prices which are not given stay; any other becomes a new entry.

    Parameters
    ----------
    cost_map
        Stays as it is.
    models
        Key → entry; a null changes nothing.
    provider
        Whose entry a key may be; None for anybody's.

    Returns
    -------
    CostMap
        With the entries, and a source and digest that say so.

    Raises
    ------
    CostMapError
        When an entry or a price makes no sense; the message names the key and the value.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map({"acme/small": {"input_cost_per_token": 1e-06, "mode": "chat"}})
    >>> register(costs, {"acme/small": {"input_cost_per_token": "2e-6"}}).entries["acme/small"]
    {'input_cost_per_token': 2e-06, 'mode': 'chat'}
    """
    if not models:
        return cost_map
    check_entries(models, "registered models")
    overlay = Overlay(cost_map)
    for key, entry in models.items():
        overlay.register(key, entry, provider)
    text = json.dumps(models, sort_keys=True, default=str)
    noun = "entry" if len(models) == 1 else "entries"
    return replace(
        cost_map,
        entries=overlay.entries,
        source=f"{cost_map.source}, {len(models)} {noun} registered",
        sha256=hashlib.sha256(f"{cost_map.sha256}{text}".encode()).hexdigest(),
    )


def register_call_prices(
    cost_map: CostMap, provider: str, model: str, prices: Mapping[str, Any]
) -> CostMap:
    """Lay the prices over a cost map that a call of LiteLLM's SDK was given as arguments.

    Parameters
    ----------
    cost_map
        Stays as it is.
    provider
        Who bills the call.
    model
        The model called, without the provider.
    prices
        ``input_cost_per_token`` and so on. LiteLLM heeds them when both the input and the output
        price are there, or a price per second.

    Returns
    -------
    CostMap
        The same one when LiteLLM would not heed the prices.

    Raises
    ------
    InputError
        When a key or value is no price.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map({"acme/small": {"input_cost_per_token": 1e-06}})
    >>> prices = {"input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06}
    >>> register_call_prices(costs, "acme", "small", prices).entries["acme/small"]
    {'input_cost_per_token': 3e-06, 'litellm_provider': 'acme', 'output_cost_per_token': 4e-06}
    >>> register_call_prices(costs, "acme", "small", {"input_cost_per_token": 3e-06}) is costs
    True
    """
    for key in prices:
        if key not in PRICE_FIELDS:
            raise UnknownNameError.of("price", key, PRICE_FIELDS)
    given = {key: value for key, value in prices.items() if value is not None}
    if not {"input_cost_per_token", "output_cost_per_token"} <= given.keys() and not any(
        key in given for key in PRICED_BY_SECOND
    ):
        return cost_map
    return register(cost_map, {f"{provider}/{model}": {"litellm_provider": provider, **given}})


class Overlay:
    """Entries to which more are added; each is looked up among those before it."""

    def __init__(self, cost_map: CostMap) -> None:
        self.entries: dict[str, Entry] = dict(cost_map.entries)
        self._folded = dict(cost_map.by_folded_key)
        self._providers = cost_map.providers
        self._lookup = Lookup(cost_map, self.entries, self._folded)

    def register(self, key: str, entry: Entry, provider: str | None = None) -> None:
        """Add or change an entry; a known name is one of `provider`, where that is given."""
        known = self._lookup.key_of(key, provider) or key
        base = self.entries.get(known)
        if base is None:
            base = self._cache_prices_for(key, entry)
            self._folded[known.lower()] = known
        self.entries[known] = laid_over(base, entry)

    def _cache_prices_for(self, key: str, entry: Entry) -> Entry:
        """Return the cache prices of the entry that a new key is another spelling of."""
        for name in self._relatives(key, entry.get("litellm_provider")):
            relative = self.entries.get(name, {})
            if relative.get("litellm_provider") is not None:
                return {k: v for k, v in relative.items() if CACHE_FIELDS.fullmatch(k)}
        return {}

    def _relatives(self, key: str, provider: str | None) -> Iterator[str]:
        head, slash, rest = key.partition("/")
        while slash and head in self._providers:
            yield (key := rest)
            head, slash, rest = key.partition("/")
        yield REGIONS.sub("", key)
        if provider:
            yield stripped(key, provider)


def laid_over(base: Mapping[str, Any], entry: Mapping[str, Any]) -> Entry:
    """Lay an entry over another: nulls erase nothing, objects are merged, text may be a number."""
    laid = dict(base)
    for key, value in entry.items():
        if isinstance(value, dict):
            below = laid.get(key)
            laid[key] = {**(below if isinstance(below, dict) else {}), **value}
        elif value is not None:
            number = as_rate(value) if isinstance(value, str) else None
            laid[key] = value if number is None else number
    return laid
