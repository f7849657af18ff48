"""How a charge came about: names, row of rates, origins, quantities × rates, and the sum.

No rule of pricing is written here: names are resolved, rates compiled and formulas followed by the
code that prices, read in a way that shows its steps (`llmspend.name_lookups`,
`llmspend.rate_origins`, `llmspend.traced`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.custom_pricing import INHERITANCES, entries_with
from llmspend.explained_sums import worked_out_with_units
from llmspend.explanation import Explanation
from llmspend.models import Names
from llmspend.name_lookups import NameTracer
from llmspend.price_choice import chooser_of
from llmspend.rate_origins import applied_row, rate_origins
from llmspend.row_classes import ROW_CLASSES
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.unit_card import IMPLIED, KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.entries import Entry
    from llmspend.models import Match
    from llmspend.name_lookups import NameLookup
    from llmspend.rate_card import RateCard
    from llmspend.rate_origins import Applied, Origin

_NAMES: Final = (
    *("request_id", "call_type", "kind", "ended_at"),
    *("model", "response_model", "base_model", "logged_model_key", "provider", "region"),
    *("model_group", "model_id", "data_residency", "vertex_location", "inference_geo", "speed"),
)
"""What is shown of a request beside its counts: names and times, nothing anybody wrote."""
_OF_THE_LOG: Final = {
    IMPLIED: "The log does not say how many units: they follow from its cost and the rate.",
    KEPT: "The log does not say how many units: its own cost was kept.",
}
_MEANING_OF_CLASS: Final = {c.name: (c.bills, c.meaning) for c in ROW_CLASSES}


class Explainer:
    """Explains charges of one rate card.

    Parameters
    ----------
    card
        Whose rates they were priced by.
    """

    def __init__(self, card: RateCard) -> None:
        self._card = card
        self._deployments = card.custom.deployments
        entries = card.cost_map.entries
        self._entries = entries_with(card.cost_map, card.custom) if self._deployments else entries
        self._tracer = NameTracer(card.cost_map, self._entries)

    def explain(self, charge: Mapping[str, Any]) -> Explanation:
        """Explain one charge.

        Parameters
        ----------
        charge
            A row as `llmspend.price` gives it.

        Returns
        -------
        Explanation
            Of that row.
        """
        basis = Basis(*(charge[name] for name in BASIS_COLUMNS))
        # of prices of one's own, those that hold for this row
        basis = basis._replace(model_id=chooser_of(self._card).one(charge))
        match, lookups = self._resolve(basis)
        prompt = charge["prompt_tokens"]
        cached = charge["cache_read_tokens"] + charge["cache_creation_tokens"]
        if charge["context_tokens"] is not None:
            prompt, cached = charge["context_tokens"], 0
        ended_at = charge["ended_at"]
        found = self._card.rates_for(basis, prompt, cached, ended_at)
        reproduce = self._card.reproduce
        row = applied_row(match, basis, self._entries, reproduce, prompt, cached, ended_at)
        origins = {}
        if match.key is not None:
            origins = rate_origins(self._entries[match.key], match.key, row, reproduce)
        rates = dict(self._rates(match, found, row, origins))
        nearest = []
        if found["prices_by"] is None:
            names = (basis.base_model, basis.model, basis.response_model)
            nearest = self._card.nearest(next(filter(None, names), ""))
        return Explanation(
            request=request_facts(charge),
            lookups=lookups,
            match={
                "cost_map_key": found["cost_map_key"],
                "provider": found["priced_provider"],
                "resolved_by": found["resolved_by"],
                "prices_by": found["prices_by"],
                "nearest": nearest,
            },
            rate_row=_facts(match, basis, row) | {"quirks": list(charge["quirks"] or ())},
            rates=tuple({"meter": meter, **rate} for meter, rate in rates.items()),
            charge=result(charge),
            cost_map=provenance(self._card),
            notes=tuple(self._notes(basis, match, charge)),
            **worked_out_with_units(
                charge, found, self._card.units.row_of(found["line"], charge["kind"], charge), rates
            ),
        )

    def _resolve(self, basis: Basis) -> tuple[Match, tuple[NameLookup, ...]]:
        """Resolve a basis as the card does, and say what was looked for."""
        named = {name: getattr(basis, name) for name in Names._fields if name in BASIS_COLUMNS}
        deployment = self._deployments.get(basis.model_id or "")
        if deployment is not None:
            named["base_model"] = basis.base_model or deployment.base_model
        if deployment is not None and deployment.is_custom:
            named["region"] = None
            named["deployment"] = deployment.model_id if deployment.has_own_price else None
        is_lenient = "unknown_name_is_free" in self._card.reproduce
        return self._tracer.resolve(Names(**named), capability_rules=is_lenient)

    def _rates(
        self,
        match: Match,
        found: Mapping[str, Any],
        row: Applied,
        origins: Mapping[str, Origin],
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each rate that applies, with where it comes from."""
        for meter in row.rates:
            rate = found[f"{meter}_rate"]
            origin = origins.get(meter)
            if origin is not None and rate is not None:
                source = self._source(match.key or "", origin)
                yield meter, _rate(rate, origin.formula, source, origin.why)
            elif rate is not None:
                yield meter, _rate(rate, "", "", f"free: {match.prices_by or 'unknown batch'}")
        if match.fee is not None:
            rate = found[f"{match.fee.side}_fee_rate"]
            why = f"fee of a model router: the input rate of {match.fee.key}"
            yield (
                f"{match.fee.side}_fee",
                _rate(rate, "input_cost_per_token", "cost map", why),
            )
        if found["machine_second_rate"]:
            why = "a model without an entry that is billed by the second"
            yield "machine_second", _rate(found["machine_second_rate"], "", "", why)

    def _source(self, key: str, origin: Origin) -> str:
        """Say whose price it is: the cost map's, a deployment's own, or one it took over."""
        if not origin.keys:
            return ""
        tops = {path.partition("[")[0].partition(".")[0] for path in origin.keys}
        own, stock = self._entries[key], self._card.cost_map.entries.get(key, {})
        if all(own.get(top) == stock.get(top) for top in tops):
            return "cost map"
        deployment = self._deployments.get(key)
        if deployment is None:
            return "own price"
        backend = self._backend(deployment.model, deployment.base_model, deployment.provider)
        is_same = all(
            own.get(top) == backend[1].get(top)
            and any(row.copies.fullmatch(top) for row in INHERITANCES)
            for top in tops
        )
        return f"own price, as {backend[0]} has it" if is_same else "own price"

    def _backend(
        self, model: str, base_model: str | None, provider: str | None
    ) -> tuple[str, Entry]:
        key = self._card.resolve(Basis(model, base_model=base_model, provider=provider)).key or ""
        return key, self._card.cost_map.entries.get(key, {})

    def _notes(self, basis: Basis, match: Match, charge: Mapping[str, Any]) -> Iterator[str]:
        if match.provider is None:
            yield "The log names no provider, and the name tells none: nothing could be looked up."
        bills, meaning = _MEANING_OF_CLASS[charge["row_class"]]
        if bills != "rates":
            yield f"{meaning} Its cost is not what its rates say."
        if charge["cost_source"] == "provider":
            yield "The provider states what it costs: that replaces quantities × rates."
        if charge["quantity_source"] in _OF_THE_LOG:
            yield _OF_THE_LOG[charge["quantity_source"]]
        if charge["issue"]:
            issue = ISSUE_BY_NAME[charge["issue"]]
            yield f"{issue.meaning} {issue.hint}"
        yield from self._notes_on_deployment(basis, match)

    def _notes_on_deployment(self, basis: Basis, match: Match) -> Iterator[str]:
        """Say whether a deployment's own prices apply, and if not, why."""
        deployment = self._deployments.get(basis.model_id or "")
        if deployment is None:
            if basis.model_id and self._deployments:
                yield f"No deployment has the id {basis.model_id!r}: it has no prices of its own."
            return
        if deployment.is_custom and not deployment.prices_anything:
            yield (
                f"Deployment {basis.model_id!r} states prices, but LiteLLM does not price from it: "
                "cache prices alone do not count. Add input_cost_per_token."
            )
        elif deployment.is_custom and match.key != deployment.model_id:
            yield f"Deployment {basis.model_id!r} states prices that do not apply to this call."
        elif not deployment.is_custom:
            yield f"Deployment {basis.model_id!r} states no price: its model's entry applies."
        if deployment.unread_keys:
            yield f"LiteLLM does not read these of its keys: {', '.join(deployment.unread_keys)}."


def explainer(card: RateCard) -> Explainer:
    """Return the explainer of a card; the same one while it is in use.

    Parameters
    ----------
    card
        A rate card.

    Returns
    -------
    Explainer
        Of that card.
    """
    return _explainer(card)


_explainer = lru_cache(maxsize=2)(Explainer)


def _rate(rate: float, key: str, source: str, why: str) -> dict[str, Any]:
    return {"rate": rate, "key": key, "source": source, "why": why}


def request_facts(charge: Mapping[str, Any]) -> dict[str, Any]:
    """Take the names and times of a request.

    Parameters
    ----------
    charge
        Its row.

    Returns
    -------
    dict
        Those that are known.
    """
    shown = {name: charge.get(name) for name in _NAMES}
    shown["ended_at"] = shown["ended_at"] and shown["ended_at"].isoformat()
    return {name: value for name, value in shown.items() if value is not None}


def _facts(match: Match, basis: Basis, row: Applied) -> dict[str, Any]:
    bounds = row.table.bounds
    return {
        "entry": match.key,
        "provider_rule": f"{row.rule.provider} ({row.rule.source})",
        "requested_tier": basis.service_tier,
        "served_tier": basis.served_service_tier,
        "traffic_type": basis.traffic_type,
        "billed_tier": row.tier or "standard",
        "tier_has_rates": row.tier in row.table.tiers if row.tier else None,
        "is_batch": row.is_batch,
        "context_tokens": row.context,
        "context_from": (0, *bounds)[row.band] if bounds else None,
        "context_to": bounds[row.band] - 1 if row.band < len(bounds) else None,
        "off_peak": None if row.is_off_peak is None else "open" if row.is_off_peak else "closed",
    }


def result(charge: Mapping[str, Any]) -> dict[str, Any]:
    """Take what a request costs, and what the log says.

    Parameters
    ----------
    charge
        Its row.

    Returns
    -------
    dict
        ``charge`` of an `Explanation`.
    """
    cost, logged = charge["cost"], charge["logged_spend"]
    return {
        "cost": cost,
        "cost_source": charge["cost_source"],
        "row_class": charge["row_class"],
        "issue": charge["issue"],
        "quirks": list(charge["quirks"] or ()),
        "logged_spend": logged,
        "difference": None if cost is None or logged is None else cost - logged,
    }


def provenance(card: RateCard) -> dict[str, str | None]:
    """Say where a card's rates come from.

    Parameters
    ----------
    card
        A rate card.

    Returns
    -------
    dict
        ``source, date, sha256`` of its cost map.
    """
    costs = card.cost_map
    return {"source": costs.source, "date": costs.date, "sha256": costs.sha256}
