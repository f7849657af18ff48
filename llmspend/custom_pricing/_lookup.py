"""Names → keys of the cost map, as LiteLLM finds them when it registers something."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from llmspend.entry_finder import EntryFinder
from llmspend.lookup_rules import lookup_rule
from llmspend.provider_finder import ProviderFinder
from llmspend.spellings import spellings_without_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.cost_map import CostMap
    from llmspend.entries import Entry


class Lookup:
    """Finds names in entries, which may grow meanwhile."""

    def __init__(
        self, cost_map: CostMap, entries: Mapping[str, Entry], folded: Mapping[str, str]
    ) -> None:
        self._entry = EntryFinder(entries, folded, cost_map.name_rules)
        self._providers = _providers_of(cost_map)

    @classmethod
    def of(cls, cost_map: CostMap) -> Lookup:
        """Look names up in a cost map."""
        return cls(cost_map, cost_map.entries, cost_map.by_folded_key)

    def key_of(self, name: str, provider: str | None) -> str | None:
        """Return the key that LiteLLM's ``get_model_info`` finds; None where it finds none."""
        found = (
            self._entry.find(name, provider)
            if provider
            else self._entry.find_without_provider(name, self._providers)
        )
        return found.key if found else None

    def who_bills(self, name: str, provider: str | None) -> tuple[str, str | None]:
        """Return a name without the prefix that tells who bills, and who does."""
        return self._providers.find(name, provider)


@lru_cache(maxsize=2)
def _providers_of(cost_map: CostMap) -> ProviderFinder:
    # reading the map takes as long as completing a hundred deployments
    return ProviderFinder(
        cost_map.entries, cost_map.providers, cost_map.name_rules, cost_map.own_providers
    )


def stripped(name: str, provider: str) -> str:
    """Return a name without its version, as the entries of a provider may have it."""
    *_, (shortest, _) = spellings_without_provider(name, name, lookup_rule(provider))
    return shortest
