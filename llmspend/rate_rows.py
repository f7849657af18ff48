"""One row of rates: what each meter costs at a service tier, in a context band, at an hour.

Every gap of an entry is filled here: no cache rate → the input rate, no flex rate → the standard
one, no rate for an hour → that for five minutes …
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from llmspend.arithmetic import RATED
from llmspend.entries import LiveEntry, as_rate, live_rates
from llmspend.meters import METER_BY_NAME, STANDARD
from llmspend.quirks import QUIRK_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

Rates: TypeAlias = "dict[str, float | None]"
"""Meter → USD per one unit; None where nothing is known of the model at all."""

_MAIN: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
"""The meters whose thresholds make a context band (with the one-hour writes)."""
BANDED: Final = (*_MAIN, "cache_creation_1h_tokens")
_BY_OTHER_RATE: Final = {
    name: METER_BY_NAME[name].falls_back_to
    for name in RATED
    if METER_BY_NAME[name].falls_back_to and name not in (*BANDED, "reasoning_tokens")
}
"""Meters without thresholds or tiers of their own → the meter whose final rate stands in."""
UNITS: Final = (
    "input_characters",
    "input_images",
    "input_video_seconds",
    "input_audio_seconds",
    "queries",
    "citation_tokens",
)
"""Meters that cost nothing where they have no rate."""
_AUDIO: Final = "audio_input_tokens"
_CACHED_IMAGES: Final = "cache_read_image_tokens"
_OFF_PEAK_KEYS: Final = {
    "input_tokens": "input_cost_per_token",
    "output_tokens": "output_cost_per_token",
    "cache_read_tokens": "cache_read_input_token_cost",
    "cache_creation_tokens": "cache_creation_input_token_cost",
}


class Block(NamedTuple):
    """What makes a context band.

    Attributes
    ----------
    crossed
        The thresholds that its prompts are above.
    tier_range
        The range of ``tiered_pricing`` that holds, or None.
    """

    crossed: tuple[int, ...]
    tier_range: Mapping[str, Any] | None


def rates_row(
    entry: LiveEntry,
    tier: str,
    block: Block,
    off_peak: Mapping[str, Any],
    reproduce: AbstractSet[str],
) -> tuple[Rates, dict[str, int]]:
    """Fill every gap of one row.

    Parameters
    ----------
    entry
        The entry, as its provider's rule sees it.
    tier
        Service tier.
    block
        The context band.
    off_peak
        The rates of the open hours; empty outside of them.
    reproduce
        Names of the quirks to reproduce.

    Returns
    -------
    tuple of dict
        A rate for each of RATED, and the switches of the quirks that show in them.
    """
    quirks: dict[str, int] = {}
    if block.tier_range is not None:
        base = _range_rates(entry, block.tier_range)
    else:
        base = _flat_rates(entry, tier, block.crossed)
        scaled = _with_tier_ratio(entry, tier, block.crossed, base)
        if scaled != base:
            name = "tier_lost_in_long_context"
            quirks["quirks_of_rates"] = QUIRK_BITS[name] if name in reproduce else 0
            base = base if name in reproduce else scaled
    rates = _fill_cache(entry, base, off_peak)
    for meter, key in _OFF_PEAK_KEYS.items():
        if as_rate(off_peak.get(key)) is not None:
            rates[meter] = as_rate(off_peak[key])
    if rates["cache_creation_1h_tokens"] is None:
        rates["cache_creation_1h_tokens"] = rates["cache_creation_tokens"]
    for meter, other in _BY_OTHER_RATE.items():
        own = entry.rate(meter)
        rates[meter] = rates[str(other)] if own is None else own
    rates["reasoning_tokens"] = _reasoning_rate(entry, tier, block.tier_range, off_peak, rates)
    for meter in UNITS:
        rates[meter] = entry.rate(meter) or 0.0
    rates["request_seconds"] = 0.0
    quirks |= _unread_rates(entry, tier, rates, reproduce)
    return {meter: rates[meter] for meter in RATED}, quirks


def _unread_rates(
    entry: LiveEntry, tier: str, rates: Rates, reproduce: AbstractSet[str]
) -> dict[str, int]:
    """Take rates that the map states and LiteLLM does not read, or say that it does not."""
    found: dict[str, int] = {}
    audio = as_rate(entry.raw.get(f"{METER_BY_NAME[_AUDIO].stem}_{tier}")) if tier else None
    if audio is not None and audio != rates[_AUDIO]:
        if "audio_tier_ignored" in reproduce:
            found["ignores_audio_tier"] = 1
        else:
            rates[_AUDIO] = audio
    images = as_rate(entry.raw.get(METER_BY_NAME[_CACHED_IMAGES].stem))
    rates[_CACHED_IMAGES] = rates["cache_read_tokens"]
    if images is not None and images != rates["cache_read_tokens"]:
        if "cached_image_rate_ignored" in reproduce:
            found["ignores_cached_images"] = 1
        else:
            rates[_CACHED_IMAGES] = images
            found["bills_cache_read_images"] = 1
    return found


def _with_tier_ratio(entry: LiveEntry, tier: str, crossed: tuple[int, ...], rates: Rates) -> Rates:
    """Let a tier keep its ratio to the standard rate where it has no long-context rate."""
    scaled = dict(rates)
    for threshold in crossed:
        for meter in _MAIN:
            standard = entry.rates.get((meter, STANDARD, 0))
            own = entry.rates.get((meter, tier, 0)) if tier else None
            above = entry.rates.get((meter, STANDARD, threshold))
            if own is None or not standard or above is None:
                continue
            if (meter, tier, threshold) not in entry.rates:
                scaled[meter] = above * (own / standard)
    return scaled


def _flat_rates(entry: LiveEntry, tier: str, crossed: tuple[int, ...]) -> Rates:
    """Take the rates of a tier, then let each crossed threshold replace those it defines."""
    rates: Rates = {meter: entry.rate(meter, tier) for meter in _MAIN}
    rates["cache_creation_1h_tokens"] = entry.rate("cache_creation_1h_tokens")
    rates["input_tokens"] = rates["input_tokens"] or 0.0
    # image models whose only output price is per image token
    rates["output_tokens"] = rates["output_tokens"] or entry.rate("image_output_tokens") or 0.0
    for threshold in crossed:
        for meter in BANDED:
            above = entry.rate(meter, tier, threshold)
            if above is not None:
                rates[meter] = above
    return rates


def _range_rates(entry: LiveEntry, tier_range: Mapping[str, Any]) -> Rates:
    """Take the rates of a ``tiered_pricing`` range; what it leaves out costs its input rate."""
    within = live_rates(tier_range)

    def rate(meter: str) -> float | None:
        return within.get((meter, STANDARD, 0))

    has_output = "output_cost_per_token" in tier_range
    output = rate("output_tokens") if has_output else entry.rate("output_tokens")
    input_rate = rate("input_tokens") or 0.0
    read, write = rate("cache_read_tokens"), rate("cache_creation_tokens")
    return {
        "input_tokens": input_rate,
        "output_tokens": output or 0.0,
        "cache_read_tokens": input_rate if read is None else read,
        "cache_creation_tokens": input_rate if write is None else write,
        "cache_creation_1h_tokens": rate("cache_creation_1h_tokens") or write or None,
    }


def _fill_cache(entry: LiveEntry, rates: Rates, off_peak: Mapping[str, Any]) -> Rates:
    """Price cached and written tokens that have no rate of their own."""
    rule = entry.rule
    off_peak_input = as_rate(off_peak.get("input_cost_per_token"))
    input_rate = rates["input_tokens"]
    if off_peak_input is not None and rule.off_peak_input_for_cache:
        input_rate = off_peak_input
    if rates["cache_read_tokens"] is None:
        rates["cache_read_tokens"] = input_rate
        if rule.cache_read_ratio is not None and entry.raw.get("litellm_provider") in (
            None,
            rule.provider,
        ):
            full = entry.rate("input_tokens") if off_peak_input is None else off_peak_input
            rates["cache_read_tokens"] = rule.cache_read_ratio * (full or 0.0)
    if rates["cache_creation_tokens"] is None:
        rates["cache_creation_tokens"] = input_rate
    return rates


def _reasoning_rate(
    entry: LiveEntry,
    tier: str,
    tier_range: Mapping[str, Any] | None,
    off_peak: Mapping[str, Any],
    rates: Rates,
) -> float | None:
    key = "output_cost_per_reasoning_token"
    if as_rate(off_peak.get(key)) is not None:
        return as_rate(off_peak[key])
    if tier_range is not None and (key in tier_range or "output_cost_per_token" in tier_range):
        own = as_rate(tier_range.get(key))
        # the range's own output rate, even while off-peak hours have another
        return (as_rate(tier_range.get("output_cost_per_token")) or 0.0) if own is None else own
    if tier:
        own = entry.rates.get(("reasoning_tokens", tier, 0))
        if own is not None:
            return own
        if ("output_tokens", tier, 0) in entry.rates:
            return rates["output_tokens"]
    own = entry.rate("reasoning_tokens")
    return rates["output_tokens"] if own is None else own
