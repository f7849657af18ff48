"""Which prices of one's own a request gets: by its deployment, its public name, its model, its day.

A proxy's deployment, and every override, is a `llmspend.custom_pricing.Deployment`; a rate card
prices a request from one when its ``model_id`` names it. A log's own ``model_id`` is a digest of
settings that nobody else can know, or missing, and a contract changes in March. So a `Selector`
says which requests a deployment is for, and a `Chooser` puts its id in place of the log's: once
for each distinct combination of names and each period between two changes of prices, never per
row. The card then needs to know of neither names nor days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.custom_pricing import CustomPricing
from llmspend.provider_finder import ProviderFinder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from llmspend.rate_card import RateCard


class Selector(NamedTuple):
    """Which requests a deployment's prices are for; what is None does not matter.

    Attributes
    ----------
    deployment
        Id of the deployment.
    model_id
        The deployment's id in the log.
    model_group
        The public name the caller asked for; ``*`` stands for any text.
    provider, model
        What was called, without the provider's prefix; ``*`` stands for any text.
    key
        The cost-map entry that would price the request otherwise.
    only_without_id
        Whether it is for requests without a ``model_id`` alone.
    valid_from, valid_to
        From when on and before when, UTC.
    """

    deployment: str
    model_id: str | None = None
    model_group: str | None = None
    provider: str | None = None
    model: str | None = None
    key: str | None = None
    only_without_id: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class OwnPricing(CustomPricing):
    """Prices of one's own, and which requests they are for.

    For each request the first of these prices it: an override by ``model_id``, then by
    ``model_group`` and model, by ``model_group``; the prices of its deployment in the config; an
    override of the cost-map entry that it resolves to; its deployment's ``base_model``; the cost
    map. What none of them prices is unknown.

    Attributes
    ----------
    overrides
        Which requests the overrides are for.
    configured
        Which requests the deployments of a config are for.
    sources
        Id of a deployment → where it stands, for people.
    problems
        What was passed over in reading them, a sentence each.
    """

    overrides: tuple[Selector, ...] = ()
    configured: tuple[Selector, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        dated = sum(s.valid_from is not None or s.valid_to is not None for s in self.overrides)
        parts = [
            f"{len({s.deployment for s in self.configured})} deployments",
            f"{len({s.deployment for s in self.overrides})} overrides ({dated} dated)",
            f"{len(self.discounts)} discounts",
            f"{len(self.margins)} margins",
        ]
        if self.problems:
            parts.append(f"{len(self.problems)} problems (see .problems)")
        return f"<OwnPricing: {' · '.join(parts)}>"


class _Request(NamedTuple):
    """What the choice depends on, beside the time; columns of classified usage."""

    model_id: str | None = None
    model_group: str | None = None
    model: str | None = None
    provider: str | None = None
    base_model: str | None = None
    response_model: str | None = None
    logged_model_key: str | None = None
    region: str | None = None
    kind: str | None = None


CHOICE_COLUMNS: Final = _Request._fields
"""The usage columns, beside the time, that decide which prices a request gets."""

_PERIOD: Final = "_period"
_WITHOUT_TIME: Final = -1


class Chooser:
    """Puts the id of the deployment whose prices apply in place of the log's ``model_id``.

    Parameters
    ----------
    card
        Its ``custom`` prices are chosen from; what is no `OwnPricing` is matched by
        ``model_id`` alone.

    Examples
    --------
    >>> from llmspend import RateCard, load_cost_map
    >>> from llmspend.overrides import overrides_of
    >>> costs = load_cost_map({"acme/small": {"input_cost_per_token": 1e-06}})
    >>> own = overrides_of([{"model_group": "gold", "input_cost_per_token": 5e-07}], costs)
    >>> chooser = Chooser(RateCard(costs, own))
    >>> chooser.one({"model": "acme/small", "model_group": "gold"})
    'overrides row 1'
    >>> chooser.one({"model": "acme/small", "model_group": "silver"}) is None
    True
    """

    def __init__(self, card: RateCard) -> None:
        own = card.custom
        selected = own if isinstance(own, OwnPricing) else OwnPricing()
        overrides = sorted(selected.overrides, key=_generality)
        self._card = card
        self._overrides = [s for s in overrides if s.key is None]
        self._of_entries = [s for s in overrides if s.key is not None]
        self._configured = sorted(selected.configured, key=_generality)
        self._deployments = own.deployments
        self._chosen_by_name = {s.deployment for s in (*overrides, *self._configured)}
        limits = {t for s in overrides for t in (s.valid_from, s.valid_to) if t is not None}
        self._limits = sorted(limits)
        self._after = {limit: i + 1 for i, limit in enumerate(self._limits)}
        self._known: dict[tuple[Any, ...], str | None] = {}

    @cached_property
    def _who_bills(self) -> ProviderFinder:
        costs = self._card.cost_map
        return ProviderFinder(costs.entries, costs.providers, costs.name_rules, costs.own_providers)

    @property
    def changes_anything(self) -> bool:
        """Whether any request may get another id than the log's."""
        return bool(self._overrides or self._of_entries or self._configured)

    def expr(self) -> pl.Expr:
        """Return the expression that chooses, for classified usage columns.

        Returns
        -------
        polars.Expr
            The deployment's id, null where none applies; rows keep their order, and the
            expression streams.
        """
        if not self.changes_anything:
            return pl.col("model_id")
        at = pl.coalesce("ended_at", "started_at")
        passed = pl.sum_horizontal(
            pl.lit(0, pl.Int64), *((at >= limit).cast(pl.Int64) for limit in self._limits)
        )
        period = pl.when(at.is_null()).then(_WITHOUT_TIME).otherwise(passed).alias(_PERIOD)
        return (
            pl.struct(*CHOICE_COLUMNS, period)
            .map_batches(self._choose_each, return_dtype=pl.String(), is_elementwise=True)
            .alias("model_id")
        )

    def one(self, usage: Mapping[str, Any]) -> str | None:
        """Choose for one request.

        Parameters
        ----------
        usage
            Its canonical usage columns, and ``kind``; what is missing is unknown.

        Returns
        -------
        str or None
            The deployment's id, None where none applies.
        """
        if not self.changes_anything:
            return usage.get("model_id")
        at = usage.get("ended_at") or usage.get("started_at")
        period = _WITHOUT_TIME if at is None else sum(at >= limit for limit in self._limits)
        return self._cached((*(usage.get(name) for name in CHOICE_COLUMNS), period))

    def _choose_each(self, requests: pl.Series) -> pl.Series:
        frame = requests.struct.unnest()
        distinct = frame.unique()
        ids = [self._cached(row) for row in distinct.rows()]
        chosen = distinct.with_columns(_chosen=pl.Series(ids, dtype=pl.String))
        joined = frame.join(
            chosen, on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["_chosen"]

    def _cached(self, row: tuple[Any, ...]) -> str | None:
        if row not in self._known:
            self._known[row] = self._choose(_Request(*row[:-1]), row[-1])
        return self._known[row]

    def _choose(self, request: _Request, period: int) -> str | None:
        chosen = self._first(self._overrides, request, period)
        if chosen is not None:
            return chosen
        configured = self._configured_for(request)
        if configured is None and request.model_id not in self._chosen_by_name:
            configured = request.model_id if request.model_id in self._deployments else None
        if configured is not None and self._deployments[configured].has_own_price:
            return configured
        return self._overridden(request, period, configured) or configured

    def _first(self, selectors: list[Selector], request: _Request, period: int) -> str | None:
        valid = (s for s in selectors if self._is_valid(s, period))
        return next((s.deployment for s in valid if self._is_for(s, request)), None)

    def _configured_for(self, request: _Request) -> str | None:
        """Find a request's deployment; where its names fit several, they have to agree."""
        fitting = [s for s in self._configured if self._is_for(s, request)]
        if not fitting or request.model_group is not None or fitting[0].model_id is not None:
            return fitting[0].deployment if fitting else None
        named = [s for s in fitting if s.model_group == request.model] or fitting
        found = [self._deployments[s.deployment] for s in named]
        same = all((d.entry, d.base_model) == (found[0].entry, found[0].base_model) for d in found)
        return named[0].deployment if same else None

    def _overridden(self, request: _Request, period: int, configured: str | None) -> str | None:
        """Choose by the cost-map entry that would price the request."""
        valid = [s for s in self._of_entries if self._is_valid(s, period)]
        if not valid:
            return None
        named = {name: getattr(request, name) for name in CHOICE_COLUMNS if name in BASIS_COLUMNS}
        key = self._card.resolve(Basis(**named | {"model_id": configured})).key
        if key is not None:
            return next((s.deployment for s in valid if s.key == key), None)
        # an override makes a model known that the map has not
        names = (request.base_model, request.model, request.response_model)
        tried = (request._replace(model=name) for name in names if name)
        return next((s.deployment for r in tried for s in valid if self._is_called(s, r)), None)

    def _is_valid(self, selector: Selector, period: int) -> bool:
        if period == _WITHOUT_TIME:
            return selector.valid_from is None and selector.valid_to is None
        begins = 0 if selector.valid_from is None else self._after[selector.valid_from]
        ends = period + 1 if selector.valid_to is None else self._after[selector.valid_to]
        return begins <= period < ends

    def _is_for(self, selector: Selector, request: _Request) -> bool:
        if selector.model_id is not None:
            return request.model_id == selector.model_id
        if selector.only_without_id and request.model_id is not None:
            return False
        group = selector.model_group
        if request.model_group is None and request.model is not None and group is not None:
            # nobody says what was asked for: it may be what the frame calls the model
            return fits(group, request.model) or self._is_called(selector, request)
        if group is not None and not fits(group, request.model_group):
            return False
        return selector.model is None or request.model is None or self._is_called(selector, request)

    def _is_called(self, selector: Selector, request: _Request) -> bool:
        if selector.model is None or request.model is None:
            return False
        asked = f"{request.provider}/{request.model}" if request.provider else request.model
        full = f"{selector.provider}/{selector.model}" if selector.provider else selector.model
        if fits(full, request.model) or fits(full, asked):
            return True
        name, biller = self._who_bills.find(request.model, request.provider)
        is_same = selector.provider is None or biller is None or selector.provider == biller
        return is_same and fits(selector.model, name.removeprefix(f"{biller}/"))


_KEPT: Final = "_chooser"


def chooser_of(card: RateCard) -> Chooser:
    """Return the chooser of a card, the same at every call.

    Parameters
    ----------
    card
        Whose prices are chosen from.

    Returns
    -------
    Chooser
        It remembers what it chose for the names it met.
    """
    # kept with the card, so that it goes when the card goes
    found: Chooser | None = card.__dict__.get(_KEPT)
    if found is None:
        found = card.__dict__.setdefault(_KEPT, Chooser(card))
    return found


def fits(pattern: str, text: str | None) -> bool:
    """Tell whether a text is what a pattern with ``*`` stands for.

    Parameters
    ----------
    pattern
        Each ``*`` stands for any text; everything else for itself.
    text
        None fits nothing.

    Returns
    -------
    bool
        True where it fits.

    Examples
    --------
    >>> fits("acme/*", "acme/small"), fits("acme/*", "other/small"), fits("a.b", "a-b")
    (True, False, False)
    """
    if text is None or "*" not in pattern:
        return text == pattern
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _generality(selector: Selector) -> tuple[bool, bool, int]:
    """Sort what says most about a request first, and longer patterns before shorter ones."""
    text = f"{selector.model_group or ''}{selector.model or ''}"
    return (
        selector.model_id is None,
        selector.model is None,
        -len(text) if "*" in text else -1 << 40,
    )
