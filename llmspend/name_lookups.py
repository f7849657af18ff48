"""Which keys of the cost map were looked for when a name was resolved, in order.

The order of attempts is that of `llmspend.models`, and is not written here again: the same
resolver is asked over entries that note every key it asks them for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspend.lookup_rules import may_price_from
from llmspend.models import ModelIndex

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.models import Match, Names


class NameLookup(NamedTuple):
    """A key that was looked for.

    Attributes
    ----------
    key
        The key, as it was tried.
    outcome
        ``"used"``, ``"not in the cost map"``, ``"in the cost map, not used"``, or ``"in the cost
        map, for calls of PROVIDER only"``.
    """

    key: str
    outcome: str


class _Heard(Mapping[str, Any]):
    """Entries that note which keys they are asked for."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries
        self.keys_asked: dict[str, None] = {}

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - an entry
        self.keys_asked[key] = None
        return self._entries[key]

    def __contains__(self, key: object) -> bool:
        self.keys_asked[str(key)] = None
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class NameTracer:
    """Resolves names and tells which keys were looked for.

    Parameters
    ----------
    cost_map
        Its providers and rules about names.
    entries
        Key → entry, deployments included.

    Examples
    --------
    >>> from llmspend.cost_map import load_cost_map
    >>> from llmspend.models import Names
    >>> costs = load_cost_map({"acme/small": {"litellm_provider": "acme"}})
    >>> tracer = NameTracer(costs, costs.entries)
    >>> match, tried = tracer.resolve(Names("small-2031-01-01", provider="acme"))
    >>> match.resolved_by, tried[0].outcome, tried[-1]
    ('model, version stripped', 'not in the cost map', NameLookup(key='acme/small', outcome='used'))
    """

    def __init__(self, cost_map: CostMap, entries: Mapping[str, Any]) -> None:
        self._entries = entries
        self._heard = _Heard(entries)
        self._index = ModelIndex(
            self._heard,
            {key.lower(): key for key in entries},
            cost_map.providers,
            cost_map.name_rules,
            cost_map.own_providers,
        )
        self._lock = threading.Lock()

    def resolve(
        self, names: Names, *, capability_rules: bool = True
    ) -> tuple[Match, tuple[NameLookup, ...]]:
        """Resolve names as `llmspend.models.ModelIndex` does.

        Parameters
        ----------
        names
            As logged.
        capability_rules
            Whether a name that only a capability rule knows is found.

        Returns
        -------
        tuple
            What they resolved to, and the keys that were looked for, in order.
        """
        with self._lock:
            self._heard.keys_asked.clear()
            match = self._index.resolve(names, capability_rules=capability_rules)
            asked = tuple(self._heard.keys_asked)
        used = {match.key, match.fee.key if match.fee else None}
        return match, tuple(
            NameLookup(key, self._outcome(key, used, match.provider)) for key in asked
        )

    def _outcome(self, key: str, used: set[str | None], provider: str | None) -> str:
        if key in used:
            return "used"
        if key not in self._entries:
            return "not in the cost map"
        of = self._entries[key].get("litellm_provider")
        if isinstance(of, str) and not may_price_from(provider, of):
            return f"in the cost map, for calls of {of} only"
        return "in the cost map, not used"
