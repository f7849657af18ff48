"""Who bills a call whose log names no provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspend.inferred_providers import (
    INFERRED_FROM_ENTRY,
    INFERRED_FROM_NAME,
    INFERRED_FROM_PART,
    INFERRED_WITHOUT_PREFIX,
    NOT_INFERRED,
    PREFIX_ONLY,
    REWRITES,
    REWRITTEN_NAMES,
)
from llmspend.lookup_rules import lookup_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspend.name_rules import NameRule


class ProviderFinder:
    """Infers providers from names as LiteLLM does, in its order: case matters, and no guesses.

    Parameters
    ----------
    entries
        Key → entry of the cost map.
    providers
        Ids that may stand before the first ``/`` of a name.
    rules
        The cost map's rules about names; its routing rules are read.
    own_providers
        Providers that LiteLLM does not know: every name of theirs tells them.

    Examples
    --------
    >>> entries = {"small": {"litellm_provider": "openai"}}
    >>> finder = ProviderFinder(entries, frozenset({"openai", "acme"}), ())
    >>> finder.find("acme/large"), finder.find("small"), finder.find("large")
    (('large', 'acme'), ('small', 'openai'), ('large', None))
    """

    def __init__(
        self,
        entries: Mapping[str, Mapping[str, object]],
        providers: frozenset[str],
        rules: Iterable[NameRule],
        own_providers: frozenset[str] = frozenset(),
    ) -> None:
        self._own_providers = own_providers
        self._providers = providers
        self._prefixes = providers | PREFIX_ONLY
        self._routes = tuple((rule, rule.provider) for rule in rules if rule.provider)
        self._names = dict(INFERRED_FROM_NAME)
        self._rewritten = {pair: (provider, False) for pair, provider in REWRITTEN_NAMES.items()}
        for key, entry in entries.items():
            self._learn(key, entry)

    def _learn(self, key: str, entry: Mapping[str, object]) -> None:
        of = entry.get("litellm_provider")
        if not isinstance(of, str):
            return
        for rewrite in REWRITES:
            before = rewrite.key.removesuffix("{}")
            is_meant = of == rewrite.entry_provider and rewrite.mode in (None, entry.get("mode"))
            if is_meant and key.startswith(before):
                pair = rewrite.provider, key.removeprefix(before)
                self._rewritten[pair] = rewrite.becomes, rewrite.keeps_prefix
        provider = of if of in self._own_providers else INFERRED_FROM_ENTRY.get(of)
        if provider is not None and not (of in NOT_INFERRED and NOT_INFERRED[of].search(key)):
            name = key.replace(f"{provider}/", "") if of in INFERRED_WITHOUT_PREFIX else key
            self._names[name] = REWRITTEN_NAMES.get((provider, name), provider)

    def find(self, name: str, provider: str | None = None) -> tuple[str, str | None]:
        """Find who bills a name.

        Parameters
        ----------
        name
            As logged.
        provider
            Who bills according to the log; for a few models it is only where they were sent.

        Returns
        -------
        tuple of str and str or None
            The name to look up, without the prefix that told; and who bills, None when unknown.
        """
        head, slash, rest = name.partition("/")
        if (head, rest) in self._rewritten:
            becomes, keeps_prefix = self._rewritten[head, rest]
            return name if keeps_prefix else rest, becomes
        if provider:
            return name, self._confirmed(name if head == provider else f"{provider}/{name}")
        if slash and head in self._prefixes:
            rule = lookup_rule(head)
            if rule.route and rule.route_under_provider:
                rest = rule.route.pattern.sub(rule.route.replacement, rest)
            return rest, head
        if name in self._providers:
            return name, None
        return name, self._names.get(name) or self._by_shape(name)

    def _confirmed(self, name: str) -> str:
        """Tell who bills a name that has its provider's prefix."""
        provider, _, rest = name.partition("/")
        becomes, keeps_prefix = self._rewritten.get((provider, rest), (provider, False))
        if not keeps_prefix and becomes != provider:
            return becomes
        return provider if provider in self._prefixes else self._names.get(name, provider)

    def _by_shape(self, name: str) -> str | None:
        parts = (provider for pattern, provider in INFERRED_FROM_PART if pattern.search(name))
        routes = (provider for rule, provider in self._routes if rule.matches(name))
        return next(parts, None) or next(routes, None)
