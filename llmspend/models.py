"""Names found in logs → entries of the cost map.

A billion rows have a few hundred distinct combinations of names, so this is plain Python: it runs
once per combination. It follows LiteLLM's own order of attempts (its cost calculator, then
``get_model_info``), says in ``resolved_by`` which of them matched, and leaves a name unknown that
no step resolves.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from llmspend.entry_finder import EntryFinder, Found, PricesBy
from llmspend.errors import nearest
from llmspend.kind_rules import kind_rule, search_key
from llmspend.lookup_rules import NAME_ALIASES, lookup_rule
from llmspend.name_fees import BY_DURATION, ROUTER_FEE
from llmspend.provider_finder import ProviderFinder
from llmspend.provider_rules import billing_provider
from llmspend.size_buckets import SIZE_BUCKET, size_bucket, sized_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.lookup_rules import LookupRule
    from llmspend.name_rules import NameRule


class Names(NamedTuple):
    """The names a request was logged under; see `llmspend.usage`.

    Attributes
    ----------
    model, response_model, logged_model_key, base_model, provider, region, kind
        Columns of usage, None where the log says nothing.
    deployment
        Key of the entry with a deployment's own prices, None where it has none.
    """

    model: str | None = None
    response_model: str | None = None
    logged_model_key: str | None = None
    base_model: str | None = None
    provider: str | None = None
    region: str | None = None
    kind: str | None = None
    deployment: str | None = None


class AddedFee(NamedTuple):
    """What a request pays for every prompt token, besides its own rates.

    Attributes
    ----------
    key
        The cost-map key whose standard input rate it is.
    side
        Whether it counts as input cost, or as an additional cost beside input and output.
    """

    key: str
    side: Literal["input", "additional"]


class Match(NamedTuple):
    """What names resolved to.

    Attributes
    ----------
    key
        The cost-map key whose rates apply, or None where none do.
    provider
        Who bills the call.
    resolved_by
        Which name matched, and how: ``"model, exact"``, ``"base_model, provider prefixed"``;
        None when nothing matched.
    prices_by
        What gives the price: ``"entry"`` the entry `key`; ``"duration"`` the time it took, see
        `llmspend.name_fees`; ``"capability rule"``, ``"free provider"`` and ``"router fee"``
        nothing, tokens are free (but see `fee`). None when the model is unknown.
    provider_inferred
        Whether the log named no provider, so that `provider` follows from the names.
    fee
        What is added for every prompt token, if anything.
    name
        The name that matched, in the form in which it was tried.
    """

    key: str | None
    provider: str | None
    resolved_by: str | None
    prices_by: PricesBy | None = None
    provider_inferred: bool = False
    fee: AddedFee | None = None
    name: str | None = None


class _Priced(NamedTuple):
    """What one name resolved to, and who bills it; unknown where nothing was found."""

    provider: str
    found: Found | None
    fee: AddedFee | None = None


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
    rules
        The cost map's rules about names without an entry.
    own_providers
        Providers of the map that LiteLLM does not know.

    Examples
    --------
    >>> from llmspend.cost_map import load_cost_map
    >>> costs = load_cost_map()
    >>> index = ModelIndex(costs.entries, costs.by_folded_key, costs.providers, costs.name_rules)
    >>> index.resolve(Names("openai/gpt-4o-2031-01-01", provider="openai"))[:3]
    ('gpt-4o', 'openai', 'model, version stripped')
    """

    def __init__(
        self,
        entries: Mapping[str, Mapping[str, object]],
        folded: Mapping[str, str],
        providers: frozenset[str],
        rules: tuple[NameRule, ...] = (),
        own_providers: frozenset[str] = frozenset(),
    ) -> None:
        self._keys = entries
        self._providers = providers
        self._biller = ProviderFinder(entries, providers, rules, own_providers)
        self._entry = EntryFinder(entries, folded, rules)
        self._most_segments = max((key.count("/") for key in entries), default=0) + 1

    def resolve(self, names: Names, *, capability_rules: bool = True) -> Match:
        """Find what prices a request with these names.

        Parameters
        ----------
        names
            As logged.
        capability_rules
            Whether a name that only a capability rule knows is found (LiteLLM: it costs nothing).

        Returns
        -------
        Match
            ``prices_by`` is None when no step matched.
        """
        return self._by_key(names) or self._by_name(names, capability_rules=capability_rules)

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
        found = nearest(_last(name), self._by_last_segment, n)
        return [self._by_last_segment[last] for last in found]

    @cached_property
    def _by_last_segment(self) -> dict[str, str]:
        """The last segment of a key → the shortest key that ends so."""
        return {_last(key): key for key in sorted(self._keys, key=len, reverse=True)}

    def candidates(self, names: Names) -> list[str]:
        """List the names that are tried, best first.

        Parameters
        ----------
        names
            As logged.

        Returns
        -------
        list of str
            A deployment's own entry, the name that LiteLLM selects, the response's, the call's.
        """
        own = [names.deployment] if names.deployment else []
        return [*own, *(name for _, name, _ in self._candidates(names))]

    @property
    def finder(self) -> EntryFinder:
        """Who tries the spellings of a name."""
        return self._entry

    # -- which names, in which order

    def _by_key(self, names: Names) -> Match | None:
        """Look up what the log itself says is the key."""
        for key, how in (
            (names.deployment, "deployment, exact"),
            (names.logged_model_key, "logged key"),
        ):
            if not key or key not in self._keys:
                continue
            provider = names.provider or self._provider_of(names)
            if key == names.deployment and BY_DURATION.has(f"{provider}/{key}"):
                return Match(None, provider, f"{how}, by duration", "duration")
            if self._entry.may_price(key, provider):
                biller = provider or billing_provider(self._entry.provider_of(key))
                fee = self._fee_beside(names.model, key, biller)
                return Match(key, biller, how, "entry", not names.provider, fee, key)
        return None

    def _by_name(self, names: Names, *, capability_rules: bool) -> Match:
        """Try the candidates until one has a price."""
        provider = names.provider or None
        tried: list[tuple[str, str | None]] = []
        beside = None
        for source, name, region in self._candidates(names):
            is_search = kind_rule(names.kind, provider).lookup == "search"
            form = name if is_search else _form(name, provider), provider
            if form in tried:
                continue
            tried.append(form)
            bare = name
            if provider is None:
                bare, provider = self._biller.find(name)
            priced = self._lookup(bare, provider, region, names.kind) if provider else None
            if priced is None:
                continue
            found, biller = priced.found, priced.provider
            if found is None:
                provider, beside = biller, self._fee_beside(names.model, bare, biller)
                break
            if found.prices_by == "capability rule" and not capability_rules:
                continue
            fee = priced.fee
            if fee is None and found.prices_by != "duration":
                fee = self._fee_beside(names.model, bare, biller)
            how, is_inferred = f"{source}, {found.how}", not names.provider
            return Match(found.key, biller, how, found.prices_by, is_inferred, fee, name)
        is_inferred = provider is not None and not names.provider
        return Match(None, provider, None, None, is_inferred, beside)

    def _candidates(self, names: Names) -> Iterator[tuple[str, str, str | None]]:
        """Yield the names to try with where each comes from and its region, best first."""
        model, response_model = names.model, names.response_model
        # prices of the deployment's own are not looked up by region, nor those of a base model
        region = None if names.deployment or names.base_model else names.region or None
        if not names.deployment:
            selected = names.base_model or response_model or model
            if not selected:
                return
            source = "base_model" if names.base_model else "response_model"
            provider = names.provider or self._provider_of(names)
            full = self._selected(selected, provider, region if response_model else None)
            yield source if selected != model else "model", full, region
        if response_model and response_model != model:
            yield "response_model", response_model, region
        if model:
            yield "model", model, region

    def _provider_of(self, names: Names) -> str | None:
        return self._biller.find(names.model)[1] if names.model else None

    def _selected(self, name: str, provider: str | None, region: str | None) -> str:
        """Prefix the provider, unless the name has one; drop segments until a key appears."""
        segments = name.split("/")
        if not provider or segments[0] in self._providers:
            return name
        prefix = f"{provider}/{region}/" if region else f"{provider}/"
        if len(segments) == 1 or (f"{region}/{name}" if region else name) in self._keys:
            return prefix + name
        first = next((i for i, s in enumerate(segments) if s in self._providers), len(segments) - 1)
        # no key has more segments than that, and a hostile name may have thousands
        start = max(0, len(segments) - self._most_segments)
        shorter = (prefix + "/".join(segments[i:]) for i in range(start, first + 1))
        return next((key for key in shorter if key in self._keys), prefix + name)

    # -- one name

    def _lookup(
        self, name: str, provider: str, region: str | None, kind: str | None
    ) -> _Priced | None:
        """Look one candidate up: LiteLLM's completion_cost, then its cost_per_token."""
        step = None
        sizes = sized_first(name, provider)
        if sizes and not self._has_input_rate(f"{sizes}/{name.removeprefix(f'{sizes}/')}"):
            # the name of the bucket replaces the model's
            bucket = size_bucket(name, sizes, kind)
            name, step = (bucket, SIZE_BUCKET) if bucket else (name.lower(), None)
        elif BY_DURATION.has(name) and name not in self._keys:
            return _Priced(provider, Found(None, "by duration", "duration"))
        prefix = f"{provider}/"
        while name.startswith(prefix + prefix):
            name = name.removeprefix(prefix)
        tail = name.partition("/")[2] or name
        bare = name.removeprefix(prefix)
        regional = f"{prefix}{region}/{bare}"
        forms = (prefix + bare, name, tail)
        chosen = next((form for form in forms if form in self._keys), name)
        if region and regional in self._keys:
            chosen, step = regional, "regional"
        rule, of_kind = lookup_rule(provider), kind_rule(kind, provider)
        if of_kind.stops:
            # LiteLLM prices an unknown one of these at 0 and looks no further
            biller = self._biller.find(chosen, provider)[1] or provider
            return _Priced(biller, self._entry.find(chosen, biller, step))
        by_tokens = of_kind.lookup == "by tokens"
        if of_kind.lookup == "search":
            chosen = search_key(name, provider)
        elif of_kind.lookup == "without first segment" or (rule.drops_first_segment and by_tokens):
            chosen = tail
        elif by_tokens:
            return self._by_tokens(chosen, provider, rule, step)
        found = self._entry.find(chosen, provider, step)
        return found and _Priced(provider, found)

    def _by_tokens(
        self, name: str, provider: str, rule: LookupRule, step: str | None
    ) -> _Priced | None:
        """Look a name up as the formula of its provider does."""
        bare = name.removeprefix(f"{provider}/")
        if rule.renames:
            new = next((new for old, new in rule.renames if bare.startswith(old)), None)
            name, step = (new, "alias") if new else (bare, step)
        found = self._entry.find(name, provider, step)
        if found is None and rule.retries_without_provider:
            found = self._entry.find_without_provider(bare, self._biller)
            if found is None and (bucket := size_bucket(name, provider)):
                found = self._entry.find(bucket, provider, SIZE_BUCKET)
        if provider == ROUTER_FEE.provider and ROUTER_FEE.is_router(name):
            return self._router(name, provider, found)
        return found and _Priced(provider, found)

    def _has_input_rate(self, key: str) -> bool:
        return "input_cost_per_token" in self._keys.get(key, ())

    # -- fees

    def _router(self, name: str, provider: str, found: Found | None) -> _Priced | None:
        """Add the fee of a router's own name, unless it is priced as the fee's entry."""
        found = found or Found.without_entry("router fee")
        if ROUTER_FEE.entry_of(name):
            return _Priced(provider, found)
        key = self._fee_key(name)
        return _Priced(provider, found, AddedFee(key, "input")) if key else None

    def _fee_beside(self, asked: str | None, priced: str, provider: str | None) -> AddedFee | None:
        """Find the fee of a request to a router that is priced as the model it chose."""
        is_due = (
            asked
            and provider in ROUTER_FEE.added_for
            and ROUTER_FEE.is_router(asked)
            and not ROUTER_FEE.is_router(priced)
            and ROUTER_FEE.not_for not in asked
        )
        key = self._fee_key(asked) if asked and is_due else None
        return AddedFee(key, "additional") if key else None

    def _fee_key(self, router: str) -> str | None:
        name = ROUTER_FEE.entry_of(router) or ROUTER_FEE.entries[-1]
        found = self._entry.find(name, ROUTER_FEE.provider)
        return found.key if found else None


def _form(name: str, provider: str | None) -> str:
    """Tell names apart that are looked up differently: ``acme/small`` and ``small`` are not."""
    bare = name.removeprefix(f"{provider}/")
    is_other = "/" in bare or bare in NAME_ALIASES or lookup_rule(provider).looked_up_as
    return name if is_other else bare


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
