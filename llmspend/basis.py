"""What decides a request's rates: its basis, its service tier, and what scales its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.entries import as_rate
from llmspend.meters import MULTIPLIER_KEYS, SERVICE_TIERS, STANDARD, TRAFFIC_TYPES
from llmspend.quirks import QUIRK_BITS, QUIRK_NAMES

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from llmspend.entries import Entry
    from llmspend.provider_rules import ProviderRule


class Basis(NamedTuple):
    """Everything about a request that decides its rates, but its length and its time.

    Attributes
    ----------
    model, response_model, logged_model_key, base_model, provider, region
        Its names; see `llmspend.models.Names`.
    service_tier, served_service_tier, traffic_type
        At which service tier it is billed.
    data_residency, vertex_location, speed, inference_geo
        What may scale its cost.
    kind
        Kind of call; batches have rates of their own.
    model_id
        Its deployment, which may have prices of its own.
    """

    model: str | None = None
    response_model: str | None = None
    logged_model_key: str | None = None
    base_model: str | None = None
    provider: str | None = None
    region: str | None = None
    service_tier: str | None = None
    served_service_tier: str | None = None
    traffic_type: str | None = None
    data_residency: str | None = None
    vertex_location: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    kind: str | None = None
    model_id: str | None = None


BASIS_COLUMNS: Final = Basis._fields

_SERVED_AT_STANDARD: Final = ("default", "standard")
_EVERYWHERE: Final = ("", "global", "not_available")


def billed_tier(requested: str | None, served: str | None, traffic_type: str | None) -> str:
    """Decide at which service tier a request is billed.

    Parameters
    ----------
    requested
        What the caller asked for.
    served
        What the response says it was served at; wins where it is a known tier or the standard one.
    traffic_type
        Google's ``trafficType``, read where the response says nothing else.

    Returns
    -------
    str
        Suffix of the rate keys; ``""`` for standard.

    Examples
    --------
    >>> billed_tier("flex", None, None), billed_tier("priority", "default", None)
    ('flex', '')
    """
    if served is None and traffic_type is not None:
        served = TRAFFIC_TYPES.get(traffic_type.upper(), "default")
    if served is not None:
        served = served.lower()
        if served in SERVICE_TIERS:
            return SERVICE_TIERS[served]
        if served in _SERVED_AT_STANDARD:
            return STANDARD
    return SERVICE_TIERS.get((requested or "").lower(), STANDARD)


def uplifts(
    raw: Entry,
    rule: ProviderRule,
    *,
    asked: Entry | None = None,
    data_residency: str | None,
    vertex_location: str | None,
    speed: str | None,
    inference_geo: str | None,
    first_party: Entry | None = None,
    reproduce: AbstractSet[str] = frozenset(QUIRK_NAMES),
) -> dict[str, Any]:
    """Find what scales both sides of a request's cost.

    Parameters
    ----------
    raw
        The entry.
    rule
        The rule of the provider that bills.
    asked
        The entry under the very name that was asked for: its regions decide where the call went.
    data_residency, vertex_location, speed, inference_geo
        Canonical usage columns of the request.
    first_party
        The entry of the same model at its own maker, where somebody else bills.
    reproduce
        Names of LiteLLM's quirks to reproduce; all by default.

    Returns
    -------
    dict
        By name in `llmspend.arithmetic.UPLIFTS`; 1.0 where nothing scales; and
        ``quirks_of_basis``, the bits of the quirks that show in them.
    """
    residency = f"regional_processing_uplift_multiplier_{(data_residency or '').lower()}"
    assumed = rule.default_location if "location_assumed" in reproduce else None
    location = vertex_location or assumed
    regions = (asked or {}).get("supported_regions")
    if location and isinstance(regions, list) and regions and location not in regions:
        location = str(regions[0])
    own, maker = _specific(raw), _specific(first_party or {})
    ignores_maker = "multipliers_first_party_only" in reproduce
    specific = own if rule.specific_uplift else {} if ignores_maker else maker
    endpoint = as_rate(raw.get("regional_endpoint_uplift_multiplier"))
    scales = {
        "residency_uplift": as_rate(raw.get(residency))
        if rule.residency_uplift and residency in MULTIPLIER_KEYS
        else None,
        "endpoint_uplift": endpoint
        if rule.endpoint_uplift and location and location.lower() != "global"
        else None,
        **_by_usage(specific, speed, inference_geo),
    }
    shows = {
        "location_assumed": location is not None
        and vertex_location is None
        and scales["endpoint_uplift"] not in (None, 1.0),
        "multipliers_first_party_only": ignores_maker
        and not rule.specific_uplift
        and any(
            scale not in (None, 1.0) for scale in _by_usage(maker, speed, inference_geo).values()
        ),
    }
    found = {name: 1.0 if scale is None else scale for name, scale in scales.items()}
    return found | {"quirks_of_basis": sum(QUIRK_BITS[name] for name, it in shows.items() if it)}


def _specific(entry: Entry) -> Entry:
    found = entry.get("provider_specific_entry")
    return found if isinstance(found, dict) else {}


def _by_usage(
    specific: Entry, speed: str | None, inference_geo: str | None
) -> dict[str, float | None]:
    geo = (inference_geo or "").lower()
    return {
        "speed_uplift": as_rate(specific.get("fast")) if speed == "fast" else None,
        "geo_uplift": as_rate(specific.get(geo)) if geo not in _EVERYWHERE else None,
    }
