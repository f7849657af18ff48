"""What a request adds to its entry's rates: its service tier, and what scales its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.entries import as_rate
from llmspend.meters import MULTIPLIER_KEYS, SERVICE_TIERS, STANDARD, TRAFFIC_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspend.entries import Entry
    from llmspend.provider_rules import ProviderRule

_SERVED_AT_STANDARD: Final = ("default", "standard")


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
    data_residency: str | None,
    vertex_location: str | None,
    speed: str | None,
    inference_geo: str | None,
) -> dict[str, float]:
    """Find what scales both sides of a request's cost.

    Parameters
    ----------
    raw
        The entry.
    rule
        The rule of the provider that bills.
    data_residency, vertex_location, speed, inference_geo
        Canonical usage columns of the request.

    Returns
    -------
    dict
        By name in `llmspend.arithmetic.UPLIFTS`; 1.0 where nothing scales.
    """
    residency = f"regional_processing_uplift_multiplier_{(data_residency or '').lower()}"
    location = vertex_location or rule.default_location
    regions = raw.get("supported_regions")
    if isinstance(regions, list) and regions and location not in regions:
        location = str(regions[0])
    specific = raw.get("provider_specific_entry")
    specific = specific if isinstance(specific, dict) and rule.specific_uplift else {}
    geo = (inference_geo or "").lower()
    found: dict[str, Callable[[], float | None]] = {
        "residency_uplift": lambda: (
            as_rate(raw.get(residency))
            if rule.residency_uplift and residency in MULTIPLIER_KEYS
            else None
        ),
        "endpoint_uplift": lambda: (
            as_rate(raw.get("regional_endpoint_uplift_multiplier"))
            if rule.endpoint_uplift and location and location.lower() != "global"
            else None
        ),
        "speed_uplift": lambda: as_rate(specific.get("fast")) if speed == "fast" else None,
        "geo_uplift": lambda: (
            as_rate(specific.get(geo)) if geo not in ("", "global", "not_available") else None
        ),
    }
    return {name: 1.0 if (value := get()) is None else value for name, get in found.items()}
