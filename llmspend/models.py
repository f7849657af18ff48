"""Names found in logs → entries of the cost map.

A billion rows have a few hundred distinct combinations of names, so this is plain Python: it runs
once per combination. It follows LiteLLM's own order of attempts (its cost calculator, then
``get_model_info``), says in ``resolved_by`` which of them matched, and leaves a name unknown that
no step resolves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from llmspend.errors import nearest
from llmspend.provider_rules import (
    DATED,
    FINE_TUNED,
    NAME_ALIASES,
    billing_provider,
    may_price_from,
    provider_rule,
)
from llmspend.size_buckets import SIZE_BUCKET, size_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.provider_rules import ProviderRule, Strip


class Names(NamedTuple):
    """The names a request was logged under; see `llmspend.usage`.

    Attributes
    ----------
    model, response_model, logged_model_key, base_model, provider, region, kind
        Columns of usage, None where the log says nothing.
    """

    model: str | None = None
    response_model: str | None = None
    logged_model_key: str | None = None
    base_model: str | None = None
    provider: str | None = None
    region: str | None = None
    kind: str | None = None


class Match(NamedTuple):
    """What names resolved to.

    Attributes
    ----------
    key
        The cost-map key, or None when nothing matched.
    provider
        Who bills the call.
    resolved_by
        Which name matched, and how: ``"model, exact"``, ``"base_model, provider prefixed"``;
        None when nothing matched.
    """

    key: str | None
    provider: str | None
    resolved_by: str | None


class ModelIndex:
    """Looks names up in the entries of a cost map.

    Parameters
    ----------
    entries
        Key → entry of the cost map.
    folded
        Lower-cased key → key.
    providers
        Ids that may stand before the first ``/`` of a name.

    Examples
    --------
    >>> from llmspend.cost_map import load_cost_map
    >>> costs = load_cost_map()
    >>> index = ModelIndex(costs.entries, costs.by_folded_key, costs.providers)
    >>> index.resolve(Names("openai/gpt-4o-2031-01-01", provider="openai"))
    Match(key='gpt-4o', provider='openai', resolved_by='model, version stripped')
    """

    def __init__(
        self,
        entries: Mapping[str, Mapping[str, object]],
        folded: Mapping[str, str],
        providers: frozenset[str],
    ) -> None:
        self._entries = entries
        self._folded = folded
        self._providers = providers

    def resolve(self, names: Names) -> Match:
        """Find the entry that prices a request with these names.

        Parameters
        ----------
        names
            As logged.

        Returns
        -------
        Match
            ``key`` is None when no step matched.
        """
        provider = names.provider or self.provider_of(names)
        key = names.logged_model_key
        if key and key in self._entries and self._compatible(key, provider):
            return Match(key, provider or self._billed_by(key), "logged key")
        for source, name in self._candidates(names, provider):
            region = names.region if source != "base_model" else None
            found = self._lookup(name, provider, region, names.kind)
            if found is not None:
                key, how = found
                return Match(key, provider or self._billed_by(key), f"{source}, {how}")
        return Match(None, provider, None)

    def provider_of(self, names: Names) -> str | None:
        """Infer who bills from the names alone.

        Parameters
        ----------
        names
            As logged, without a provider.

        Returns
        -------
        str or None
            The prefix of a name when it is a provider's id, else the provider of the entry with
            exactly that name, else None.
        """
        for name in (names.model, names.response_model, names.base_model):
            if name:
                head, slash, _ = name.partition("/")
                if slash and head in self._providers:
                    return head
                if name in self._entries:
                    return self._billed_by(name)
        return None

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """Return the cost-map keys nearest to a name.

        Parameters
        ----------
        name
            A model name.
        n
            How many at most.

        Returns
        -------
        list of str
            Best first.
        """
        return nearest(name.rsplit("/", 1)[-1], self._entries, n)

    # -- which names, in which order

    def _candidates(self, names: Names, provider: str | None) -> Iterator[tuple[str, str]]:
        """Yield the names to try with where each comes from, best first."""
        source, selected = next(
            (
                (source, name)
                for source, name in (
                    ("base_model", names.base_model),
                    ("response_model", names.response_model),
                    ("model", names.model),
                )
                if name
            ),
            ("model", None),
        )
        if selected is None:
            return
        if source == "response_model" and selected == names.model:
            source = "model"
        yield source, self._with_provider(selected, provider)
        for source, name in (("response_model", names.response_model), ("model", names.model)):
            if name:
                yield source, name

    def _with_provider(self, name: str, provider: str | None) -> str:
        """Prefix the provider, unless the name has one; drop segments until a key appears."""
        if not provider or name.partition("/")[0] in self._providers:
            return name
        if f"{provider}/{name}" in self._entries:
            return f"{provider}/{name}"
        rest = name
        while rest not in self._entries:
            head, slash, rest = rest.partition("/")
            if not slash or head in self._providers:
                return f"{provider}/{name}"
            if f"{provider}/{rest}" in self._entries:
                return f"{provider}/{rest}"
        return f"{provider}/{name}"

    # -- one name

    def _lookup(
        self, name: str, provider: str | None, region: str | None, kind: str | None
    ) -> tuple[str, str] | None:
        """Look one candidate up: LiteLLM's cost_per_token, then its get_model_info."""
        if provider is None:
            return self._row(name, None)
        prefix = f"{provider}/"
        while name.startswith(prefix + prefix):
            name = name.removeprefix(prefix)
        bare = name.removeprefix(prefix)
        regional = f"{prefix}{region}/{bare}"
        if region and regional in self._entries and self._compatible(regional, provider):
            return regional, "regional"
        tail = name.partition("/")[2] or name
        rule = provider_rule(provider)
        bucket = size_bucket(bare, provider, kind)
        if rule.buckets_first and not self._has_input_rate(prefix + bare):
            # the name of the bucket replaces the model's
            chosen, step = (bucket, SIZE_BUCKET) if bucket else (bare, None)
            return self._row(chosen, provider, step)
        if rule.drops_first_segment:
            return self._row(tail, provider)
        with_provider = name if name.startswith(prefix) else prefix + name
        chosen = next((n for n in (with_provider, name, tail) if n in self._entries), name)
        found = self._row(chosen, provider)
        if found is None and bucket is not None:
            found = self._row(bare, None) or self._row(bucket, provider, SIZE_BUCKET)
        return found

    def _row(
        self, name: str, provider: str | None, step: str | None = None
    ) -> tuple[str, str] | None:
        """Try the spellings of a name in LiteLLM's order; `step` says how the name came about."""
        if name in NAME_ALIASES:
            name, step = NAME_ALIASES[name], "alias"
        for spelling, how in self._spellings(name, provider):
            key = spelling if spelling in self._entries else self._folded.get(spelling.lower())
            if key is not None and self._compatible(key, provider):
                matched = step or how
                return key, matched if key == spelling else f"{matched}, case-folded"
        return None

    def _has_input_rate(self, key: str) -> bool:
        return self._entries.get(key, {}).get("input_cost_per_token") is not None

    def _spellings(self, name: str, provider: str | None) -> Iterator[tuple[str, str]]:
        if provider is None:
            yield name, "exact"
            yield _stripped(name, DATED)
            return
        rule = provider_rule(provider)
        prefix = f"{rule.provider if rule.provider != '*' else provider}/"
        bare = name.removeprefix(prefix)
        for alias in rule.aliases:
            yield prefix + alias.format(bare), "alias"
        renamed = next((new for old, new in rule.renames if bare.startswith(old)), None)
        if renamed is not None:
            yield prefix + renamed, "alias"
        yield (name, "exact") if bare != name else (prefix + name, "provider prefixed")
        yield name, "exact"
        routeless, how = _stripped(bare, (rule.route,) if rule.route else ())
        if rule.route_under_provider:
            yield prefix + routeless, how
        yield routeless, how if routeless != bare else "prefix stripped"
        short, how = _stripped(routeless, _strips(rule, routeless))
        yield prefix + short, how
        yield short, how
        yield f"{prefix}{prefix}{bare}", "provider prefixed"
        for alias in rule.late_aliases:
            yield prefix + alias.format(bare), "alias"

    def _compatible(self, key: str, provider: str | None) -> bool:
        return may_price_from(provider, self._entry_provider(key))

    def _entry_provider(self, key: str) -> str | None:
        value = self._entries[key].get("litellm_provider")
        return value if isinstance(value, str) else None

    def _billed_by(self, key: str) -> str | None:
        return billing_provider(self._entry_provider(key))


def _strips(rule: ProviderRule, name: str) -> tuple[Strip, ...]:
    return (FINE_TUNED,) if "ft:" in name and rule.strips is DATED else rule.strips


def _stripped(name: str, strips: tuple[Strip, ...]) -> tuple[str, str]:
    """Apply all strips; also return the steps that changed something."""
    steps: dict[str, None] = {}
    for strip in strips:
        shorter = re.sub(strip.pattern, strip.replacement, name)
        if shorter != name:
            steps[strip.step] = None
            name = shorter
    return name, ", ".join(steps) or "exact"
