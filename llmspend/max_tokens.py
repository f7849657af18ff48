"""How many tokens a model may answer with: LiteLLM's `get_max_tokens`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmspend.errors import UnknownModelError, nearest
from llmspend.provider_finder import ProviderFinder
from llmspend.registry import default_cost_map
from llmspend.text import printable

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap

_LIMITS: Final = ("max_output_tokens", "max_tokens")
"""Keys of an entry, the first that it has counts."""

LIMITS_ON_THE_HUB: Final = frozenset({"huggingface"})
"""Providers whose models LiteLLM asks the hub about; unknown without asking."""


def get_max_tokens(model: str, *, cost_map: CostMap | None = None) -> int | None:
    """Say how many tokens a model may answer with.

    LiteLLM's function of this name, but for models of the Hugging Face hub: LiteLLM asks the
    hub about them; here they are None, as there when the hub does not answer.

    Parameters
    ----------
    model
        Its name, with or without the provider's prefix.
    cost_map
        Where to look; None for the default one.

    Returns
    -------
    int or None
        The entry's ``max_output_tokens``, else its ``max_tokens``; None when it has neither.

    Raises
    ------
    UnknownModelError
        When the cost map does not have the model; it names the nearest ones.

    Examples
    --------
    >>> get_max_tokens("gpt-4o"), get_max_tokens("openai/gpt-4o")
    (16384, 16384)
    """
    costs = default_cost_map() if cost_map is None else cost_map
    for key in _LIMITS:
        if key in costs.entries.get(model, ()):
            return _limit(costs, model, key)
    name, provider = _finder(costs).find(model) if model else (model, None)
    if provider in LIMITS_ON_THE_HUB:
        return None
    if provider is None or name not in costs.entries:
        near = nearest(name, costs.entries) if name else []
        hint = f" Nearest: {', '.join(map(repr, near))}." if near else ""
        raise UnknownModelError(
            f"Model {printable(name)} isn't mapped yet.{hint} register_model adds it."
        )
    return next((_limit(costs, name, key) for key in _LIMITS if key in costs.entries[name]), None)


def _limit(costs: CostMap, model: str, key: str) -> int | None:
    found: int | None = costs.entries[model][key]
    return found


@lru_cache(maxsize=1)
def _finder(costs: CostMap) -> ProviderFinder:
    return ProviderFinder(costs.entries, costs.providers, costs.name_rules, costs.own_providers)
