"""One name → the entry of the cost map that prices it, as LiteLLM's ``get_model_info`` finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from llmspend.lookup_rules import NAME_ALIASES, lookup_rule, may_price_from
from llmspend.spellings import spellings, spellings_without_provider

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from llmspend.name_rules import NameRule
    from llmspend.provider_finder import ProviderFinder

PricesBy = Literal["entry", "capability rule", "duration", "router fee", "free provider"]
"""What gives a resolved name its price."""


class Found(NamedTuple):
    """What a name resolved to.

    Attributes
    ----------
    key
        The cost-map key, None where something else gives the price.
    how
        The step that matched.
    prices_by
        What gives the price.
    """

    key: str | None
    how: str
    prices_by: PricesBy = "entry"

    @classmethod
    def without_entry(cls, prices_by: PricesBy) -> Found:
        """Make the answer of a step that needs no entry.

        Parameters
        ----------
        prices_by
            What gives the price; also the name of the step.

        Returns
        -------
        Found
            Without a key.

        Examples
        --------
        >>> Found.without_entry("capability rule")
        Found(key=None, how='capability rule', prices_by='capability rule')
        """
        return cls(None, prices_by, prices_by)


class EntryFinder:
    """Tries the spellings of a name.

    Parameters
    ----------
    entries
        Key → entry of the cost map.
    folded
        Lower-cased key → key.
    rules
        The cost map's rules about names; its capability rules are read.

    Examples
    --------
    >>> finder = EntryFinder({"acme/small": {}}, {"acme/small": "acme/small"}, ())
    >>> finder.find("Small-2031-01-01", "acme")
    Found(key='acme/small', how='version stripped, case-folded', prices_by='entry')
    """

    def __init__(
        self,
        entries: Mapping[str, Mapping[str, object]],
        folded: Mapping[str, str],
        rules: Iterable[NameRule],
    ) -> None:
        self._entries = entries
        self._folded = folded
        self._capabilities = tuple(rule for rule in rules if rule.is_capability)

    def find(self, name: str, provider: str, step: str | None = None) -> Found | None:
        """Find what prices a name, when it is known who bills.

        Parameters
        ----------
        name
            With or without the provider's prefix.
        provider
            Who bills.
        step
            How the name came about, where it is not the one that was called.

        Returns
        -------
        Found or None
            None when no spelling leads anywhere.
        """
        if name in NAME_ALIASES:
            name, step = NAME_ALIASES[name], "alias"
        rule = lookup_rule(provider)
        if rule.looked_up_as:
            provider, rule = rule.looked_up_as, lookup_rule(rule.looked_up_as)
        for form, entry_provider in rule.aliases:
            key = f"{provider}/{form.format(name)}"
            if key in self._entries and self.provider_of(key) == entry_provider:
                name, step = form.format(name), "alias"
                break
        if rule.free_unless is not None:
            bare = name.removeprefix(f"{provider}/")
            if not any(self._key(form.format(bare)) for form in rule.free_unless):
                return Found.without_entry("free provider")
        return self._first(spellings(name, provider, rule), provider, step)

    def find_without_provider(self, name: str, providers: ProviderFinder) -> Found | None:
        """Find what prices a name as if the log named no provider.

        Parameters
        ----------
        name
            As called.
        providers
            Who infers the provider.

        Returns
        -------
        Found or None
            None when no spelling leads anywhere.
        """
        name = NAME_ALIASES.get(name, name)
        bare, provider = providers.find(name)
        tried = spellings_without_provider(name, bare, lookup_rule(provider))
        return self._first(tried, provider, None)

    def may_price(self, key: str, provider: str | None) -> bool:
        """Tell whether an entry may price calls of a provider.

        Parameters
        ----------
        key
            Of the entry.
        provider
            Who bills, None when unknown.

        Returns
        -------
        bool
            See `llmspend.lookup_rules.may_price_from`.
        """
        return may_price_from(provider, self.provider_of(key))

    def provider_of(self, key: str) -> str | None:
        """Return the ``litellm_provider`` of an entry.

        Parameters
        ----------
        key
            Of the entry.

        Returns
        -------
        str or None
            None where it has none.
        """
        value = self._entries[key].get("litellm_provider")
        return value if isinstance(value, str) else None

    def _first(
        self, tried: Iterable[tuple[str, str]], provider: str | None, step: str | None
    ) -> Found | None:
        """Return the first spelling that is a key, else what a capability rule knows of them."""
        seen: dict[str, None] = {}
        is_known = False
        for spelling, how in tried:
            if spelling in seen:
                continue
            seen[spelling] = None
            key = self._key(spelling)
            if key is None:
                continue
            is_known = True
            if self.may_price(key, provider):
                matched = step or how
                return Found(key, matched if key == spelling else f"{matched}, case-folded")
        is_capable = not is_known and self._is_capable(seen)
        return Found.without_entry("capability rule") if is_capable else None

    def _is_capable(self, names: Collection[str]) -> bool:
        """Tell whether a capability rule knows one of some names."""
        text = " ".join(names).casefold()
        likely = [rule for rule in self._capabilities if rule.literal in text]
        return any(rule.matches(name) for rule in likely for name in names)

    def _key(self, name: str) -> str | None:
        return name if name in self._entries else self._folded.get(name.lower())
