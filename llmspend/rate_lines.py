"""The small side of the rate card: one line per distinct basis, resolved in plain Python.

A basis (names, provider, tier, location, kind …) leads to an entry of the cost map; its table of
rates is compiled when the entry is first met. What a line pays per unit is compiled here too, for
each set of sizes, resolutions … that it is met with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS
from llmspend.basis import BASIS_COLUMNS, Basis, billed_tier, uplifts
from llmspend.batch_rates import batch_rule, compile_batch_rates
from llmspend.card_columns import FACTS
from llmspend.custom_pricing import entries_with
from llmspend.entries import as_rate
from llmspend.image_prices import ImagePriceBook, ImageRequest
from llmspend.kind_rules import KindRule, kind_rule
from llmspend.models import ModelIndex, Names
from llmspend.name_fees import BY_DURATION
from llmspend.provider_rules import EVERY_COUNT, first_party_name, provider_rule
from llmspend.quirks import QUIRK_BITS
from llmspend.rate_table import RateTable, compile_rates, unknown_rates, zero_rates
from llmspend.row_classes import BATCH_KIND
from llmspend.unit_card import UnitRow
from llmspend.unit_rates import Priced, unit_rates

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from llmspend.cost_map import CostMap
    from llmspend.custom_pricing import CustomPricing, Deployment
    from llmspend.entries import Entry
    from llmspend.image_prices import ImagePrice
    from llmspend.models import Match
    from llmspend.provider_rules import ProviderRule
    from llmspend.unit_rates import Details

UNKNOWN_BATCH: Final = "unknown batch"
"""What prices a batch of a model that nobody knows: LiteLLM bills it at $0."""

UNKNOWN_CALL: Final = "unknown call"
"""What prices other calls that LiteLLM bills at $0 where nobody knows the model."""

BY_UNITS: Final = "units"
"""What prices calls whose tokens nobody bills; whether their units have a price is known later."""

_QUIRK_OF: Final[dict[str | None, int]] = {
    "capability rule": QUIRK_BITS["unknown_name_is_free"],
    UNKNOWN_CALL: QUIRK_BITS["unknown_name_is_free"],
    UNKNOWN_BATCH: QUIRK_BITS["batch_gaps"],
}

_PLAIN: Final = replace(
    provider_rule("*"),
    reads=EVERY_COUNT - {"cache_read", "cache_creation", "cache_ttl"},
    service_tiers=False,
    needs_token_rate=False,
    residency_uplift=False,
)
"""How tokens are billed in calls that make images: at standard rates, nothing of them cached."""


class Line(NamedTuple):
    """A basis resolved: its facts and where its rates lie among the card's rows."""

    facts: tuple[Any, ...]
    table: RateTable
    first_row: int
    tier: str
    context_counts_cache: bool


_Place: TypeAlias = "tuple[str | None, str | None, str | None, str | None, bool, str | None]"
"""What a table of rates is for: key, provider, what prices, the kind where its tokens are billed
otherwise than a chat's, whether custom, and the deployment whose prices are laid over the entry."""


class Lines:
    """Resolves each basis once.

    Parameters
    ----------
    cost_map
        Models and rates.
    custom
        Prices of a proxy's deployments, discounts and margins.
    reproduce
        Names of the quirks to reproduce.

    Attributes
    ----------
    deployments
        Id → deployment that has prices.
    rows
        Every row of rates, in the order of ROW.
    """

    def __init__(
        self, cost_map: CostMap, custom: CustomPricing, reproduce: AbstractSet[str]
    ) -> None:
        self._custom = custom
        self._reproduce = reproduce
        self.deployments = custom.deployments
        self._entries, folded = cost_map.entries, cost_map.by_folded_key
        if self.deployments:
            self._entries = entries_with(cost_map, custom)
            folded = {key.lower(): key for key in self._entries}
        self._index = ModelIndex(
            self._entries,
            folded,
            cost_map.providers,
            cost_map.name_rules,
            cost_map.own_providers,
        )
        self._images = ImagePriceBook(self._entries, self._index.finder)
        self._tables: dict[_Place, tuple[RateTable, int]] = {}
        self._origins: dict[int, tuple[Basis, Match, str | None]] = {}
        self.rows: list[tuple[float | None, ...]] = []

    def resolve(self, basis: Basis) -> Match:
        """Say which entry prices a basis, and how that was found.

        Parameters
        ----------
        basis
            Its names.

        Returns
        -------
        Match
            Key, provider and the step that matched.
        """
        rules = "unknown_name_is_free" in self._reproduce
        return self._index.resolve(self._names(basis), capability_rules=rules)

    def _names(self, basis: Basis) -> Names:
        named = {name: getattr(basis, name) for name in Names._fields if name in BASIS_COLUMNS}
        deployment = self.deployments.get(basis.model_id or "")
        if deployment is not None:
            named["base_model"] = basis.base_model or deployment.base_model
        if deployment is not None and deployment.is_custom:
            named["region"] = None
            named["deployment"] = deployment.model_id if deployment.has_own_price else None
        return Names(**named)

    def nearest(self, name: str, n: int) -> list[str]:
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
        return self._index.nearest(name, n)

    def line(self, basis: Basis, number: int) -> Line:
        """Resolve a basis: find its facts and its rates.

        Parameters
        ----------
        basis
            Not resolved before.
        number
            Of the line.

        Returns
        -------
        Line
            Its rates are among `rows`.
        """
        match = self.resolve(basis)
        of_kind = kind_rule(basis.kind, match.provider)
        is_batch = basis.kind == BATCH_KIND
        prices_by = self._prices_by(match, of_kind, is_batch=is_batch)
        rule = provider_rule("*" if of_kind.any_provider else match.provider)
        if match.provider_inferred:
            # LiteLLM assumes a location only for a provider that was named
            rule = replace(rule, default_location=None)
        if of_kind.any_provider:
            rule = replace(rule, needs_token_rate=False)
        rule = batch_rule(rule) if is_batch else rule
        deployment = self.deployments.get(basis.model_id or "")
        is_custom = deployment is not None and deployment.is_custom
        if of_kind.stated_cost_wins is not None:
            rule = replace(rule, stated_cost_wins=of_kind.stated_cost_wins)
        if is_custom:
            rule = replace(rule, stated_cost_wins=0)
        image = None
        if of_kind.image_call is not None:
            image = self._image(basis, match, ImageRequest(vertex_location=basis.vertex_location))
            if image is not None:
                how = match.resolved_by or f"model, {image.resolved_by}"
                match = match._replace(key=image.key, resolved_by=how)
            table, first_row = self._image_table(match, image, deployment if is_custom else None)
        else:
            what = None if of_kind.has_tools else of_kind.kind
            place = match.key, match.provider, prices_by, what, is_custom, None
            table, first_row = self._table(place, rule, of_kind)
        scale = uplifts(
            self._entries[match.key] if match.key is not None else {},
            rule,
            asked=self._asked(basis.model, rule),
            data_residency=basis.data_residency,
            vertex_location=basis.vertex_location,
            speed=basis.speed,
            inference_geo=basis.inference_geo,
            first_party=self._first_party(match),
            reproduce=self._reproduce,
        )
        unscaled = {**dict.fromkeys(UPLIFTS, 1.0), "quirks_of_basis": _QUIRK_OF.get(prices_by, 0)}
        facts = {
            "cost_map_key": match.key,
            "priced_provider": match.provider,
            "resolved_by": match.resolved_by,
            "prices_by": prices_by,
            "is_free": table.is_free,
            "line": number,
            **dict.fromkeys(TERMS, 0.0),
            **self._terms(match, of_kind),
            **(scale if table.scales else unscaled),
        }
        if image is not None:
            facts["endpoint_uplift"] = image.uplift
        self._origins[number] = basis, match, prices_by
        tier = billed_tier(basis.service_tier, basis.served_service_tier, basis.traffic_type)
        return Line(
            tuple(facts[name] for name in FACTS), table, first_row, tier, rule.context_counts_cache
        )

    def _prices_by(self, match: Match, of_kind: KindRule, *, is_batch: bool) -> str | None:
        """Say what gives the price of a call, also where its model is unknown."""
        if match.prices_by is not None:
            return match.prices_by
        if is_batch:
            is_free = match.provider is not None and "batch_gaps" in self._reproduce
            return UNKNOWN_BATCH if is_free else None
        if of_kind.bills_call_price:
            return BY_UNITS
        if of_kind.stops:
            return UNKNOWN_CALL if "unknown_name_is_free" in self._reproduce else None
        return BY_UNITS if of_kind.tokens == "never" or of_kind.image_call is not None else None

    # -- units

    def unit_row(self, line: int, details: Details) -> UnitRow:
        """Compile what a line pays per unit, for one set of details.

        Parameters
        ----------
        line
            Its number.
        details
            Sizes, resolutions …

        Returns
        -------
        UnitRow
            Its rates.
        """
        basis, match, prices_by = self._origins[line]
        kind = basis.kind or "chat"
        deployment = self.deployments.get(basis.model_id or "")
        own = deployment.entry if deployment is not None and deployment.is_custom else None
        entry = self._entries[match.key] if match.key is not None else None
        is_known = prices_by not in (None, BY_UNITS) or match.key is not None
        priced = Priced(kind, match.provider, match.key, is_known, entry, own)
        image, key = None, None
        if kind_rule(kind, match.provider).image_call is not None:
            request = ImageRequest(
                details.image_size,
                details.image_quality,
                details.image_steps,
                details.image_resolution,
                details.image_width,
                details.image_height,
                basis.vertex_location,
            )
            image = self._image(basis, match, request)
            key = None if image is None else image.key
        recogniser = entry
        if details.asr_model is not None:
            found = self._index.finder.find(details.asr_model, match.provider or "")
            recogniser = self._entries[found.key] if found is not None and found.key else None
        heard = recogniser if kind == "realtime" else None
        rates = unit_rates(
            priced,
            details,
            entries=self._entries,
            image=image,
            recogniser=heard,
            reproduce=self._reproduce,
        )
        if not rates["is_priced"] and own is not None and image is None:
            # a deployment whose prices are for something else: its model's own name is next
            public = self._index.resolve(self._names(basis)._replace(deployment=None))
            if public.key is not None and public.key != match.key:
                priced = priced._replace(key=public.key, entry=self._entries[public.key])
                rates, key = unit_rates(priced, details, entries=self._entries), public.key
        return UnitRow(rates, key)

    def _image(self, basis: Basis, match: Match, request: ImageRequest) -> ImagePrice | None:
        """Find what the images of a call cost."""
        call = kind_rule(basis.kind, match.provider).image_call
        if call is None or match.provider is None:
            return None
        deployment = self.deployments.get(basis.model_id or "")
        own = deployment.entry if deployment is not None and deployment.is_custom else None
        names = self._index.candidates(self._names(basis))
        return self._images.first_price(names, match.provider, request._replace(call=call), own)

    def _image_table(
        self, match: Match, image: ImagePrice | None, deployment: Deployment | None
    ) -> tuple[RateTable, int]:
        """Compile what tokens cost in calls that make images, where they are billed at all."""
        own = None if deployment is None else deployment.model_id
        if image is None or not image.tokens_win:
            return self._table((None, match.provider, BY_UNITS, "image", False, own), _PLAIN)
        place = match.key, match.provider, None, "image", False, own
        if place not in self._tables and image.entry is not None:
            table = compile_rates(
                dict(image.entry), _PLAIN, match.key or "", self._reproduce, by_seconds=False
            )
            switches = tuple(row | {"output_is_images": 1} for row in table.switches)
            self._add(place, table._replace(switches=switches, scales=False))
        return self._table(place, _PLAIN)

    def _terms(self, match: Match, of_kind: KindRule) -> dict[str, float]:
        """Find what a request pays besides its rates, and what its proxy bills by."""
        if match.prices_by == "duration":
            return {"machine_second_rate": BY_DURATION.usd_per_second}
        if not of_kind.has_terms:
            return {}
        terms = self._custom.terms(match.provider)
        found = {
            "discount_share": terms.discount,
            "margin_share": terms.margin,
            "margin_fixed": terms.fixed_margin,
        }
        if match.fee is not None:
            rate = as_rate(self._entries[match.fee.key].get("input_cost_per_token"))
            found[f"{match.fee.side}_fee_rate"] = rate or 0.0
        return found

    def _asked(self, model: str | None, rule: ProviderRule) -> Entry | None:
        """Find the entry under the very name that was asked for."""
        prefix = f"{rule.provider}/"
        return self._entries.get(prefix + (model or "").removeprefix(prefix))

    def _first_party(self, match: Match) -> Entry | None:
        """Find the entry of the same model at its own maker."""
        maker = first_party_name(match.key, match.provider)
        return self._entries.get(maker) if maker else None

    def _table(
        self, place: _Place, rule: ProviderRule, of_kind: KindRule | None = None
    ) -> tuple[RateTable, int]:
        known = self._tables.get(place)
        if known is not None:
            return known
        key, _, prices_by, kind, *_ = place
        if prices_by is None or (key is None and kind == "image" and prices_by != BY_UNITS):
            return self._add(place, unknown_rates(rule))
        if key is None or (of_kind is not None and of_kind.tokens == "never"):
            return self._add(place, zero_rates(rule, is_free=prices_by == "free provider"))
        if kind == BATCH_KIND:
            return self._add(
                place, compile_batch_rates(self._entries[key], rule, key, self._reproduce)
            )
        by_seconds = of_kind is None or not of_kind.any_provider
        return self._add(
            place,
            compile_rates(self._entries[key], rule, key, self._reproduce, by_seconds=by_seconds),
        )

    def _add(self, place: _Place, table: RateTable) -> tuple[RateTable, int]:
        known = self._tables[place] = table, len(self.rows)
        long_rates = tuple(table.long_rates[name] for name in LONG_RATES)
        self.rows += [
            (*(rates[m] for m in RATED), *long_rates, *(switches[s] for s in SWITCHES))
            for rates, switches in zip(table.rows, table.switches, strict=True)
        ]
        return known
