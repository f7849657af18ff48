"""Rate tables: every fallback of a cost-map entry decided once, on the small side.

A cost-map entry says "flex input costs this, above 200k tokens that", and leaves most of it out.
`compile_rates` fills every gap (no cache price → the input price, no flex price → the standard one
…) for each service tier, context band and off-peak state, giving flat rows of rates. The rate card
(`llmspend.rate_card`) collects them and finds for each request its row: then pricing is to multiply
and to add.

Context bands are integer lower bounds: the band of a prompt is the number of bounds it reaches.
That one mechanism expresses LiteLLM's strict thresholds, the inclusive ones of some providers, and
the ranges of ``tiered_pricing``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from llmspend.arithmetic import RATED
from llmspend.entries import LiveEntry, as_rate, live_rates
from llmspend.meters import (
    BATCHES,
    METER_BY_NAME,
    STANDARD,
)
from llmspend.off_peak import OffPeakHours, parse_off_peak
from llmspend.provider_rules import EVERY_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.entries import Entry
    from llmspend.provider_rules import ProviderRule

Rates = dict[str, float | None]
"""Meter → USD per one unit; None where nothing is known of the model at all."""

_MAIN: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
"""The meters whose thresholds make a context band (with the one-hour writes)."""
_BANDED: Final = (*_MAIN, "cache_creation_1h_tokens")
_BY_OTHER_RATE: Final = {
    name: METER_BY_NAME[name].falls_back_to
    for name in RATED
    if METER_BY_NAME[name].falls_back_to and name not in (*_BANDED, "reasoning_tokens")
}
"""Meters without thresholds or tiers of their own → the meter whose final rate stands in."""
_UNITS: Final = (
    "input_characters",
    "input_images",
    "input_video_seconds",
    "input_audio_seconds",
    "queries",
    "citation_tokens",
)
"""Meters that cost nothing where they have no rate."""
_SECONDS: Final = ("request_seconds", "input_seconds", "output_seconds")
"""Per-second rates in LiteLLM's order of preference."""
_SECONDS_MODES: Final = (
    None,
    "chat",
    "completion",
    "embedding",
    "responses",
    "audio_transcription",
)


class RateTable(NamedTuple):
    """The compiled rates of one entry under one provider's rule.

    Attributes
    ----------
    rows
        Rates, by off-peak state, then service tier, then context band.
    tiers
        Service tier → its place; tiers that are absent are priced at standard rates.
    bounds
        Ascending lower bounds of the context bands above the first.
    off_peak
        When the second half of `rows` holds; None when there is no second half.
    switches
        For each row, what the formulas read and bill, by name in `llmspend.arithmetic.SWITCHES`.
    is_free
        Whether the entry says itself that it costs nothing.
    scales
        Whether regional and other multipliers apply.
    """

    rows: tuple[Rates, ...]
    tiers: dict[str, int]
    bounds: tuple[int, ...]
    off_peak: OffPeakHours | None
    switches: tuple[dict[str, int], ...]
    is_free: bool
    scales: bool

    def place(self, tier: str, band: int, off_peak: int) -> int:
        """Return the index into `rows`."""
        tier_at = self.tiers.get(tier, 0)
        bands = len(self.bounds) + 1
        return (off_peak * len(self.tiers) + tier_at) * bands + band


def unknown_rates(rule: ProviderRule) -> RateTable:
    """Return the table of a model that nothing is known about: every rate is None."""
    rates: Rates = dict.fromkeys(RATED)
    return RateTable((rates,), {STANDARD: 0}, (), None, (switches(rule, {}),), False, False)


def compile_rates(raw: Entry, rule: ProviderRule) -> RateTable:
    """Decide every fallback of one entry.

    Parameters
    ----------
    raw
        The entry, as in the cost map.
    rule
        The rule of the provider that bills.

    Returns
    -------
    RateTable
        One row of rates per off-peak state, service tier and context band; no rate is None.

    Examples
    --------
    >>> from llmspend.provider_rules import provider_rule
    >>> table = compile_rates(
    ...     {
    ...         "input_cost_per_token": 3e-06,
    ...         "output_cost_per_token": 15e-06,
    ...         "input_cost_per_token_above_200k_tokens": 6e-06,
    ...         "input_cost_per_token_flex": 1e-06,
    ...     },
    ...     provider_rule("anthropic"),
    ... )
    >>> table.bounds, list(table.tiers)
    ((200001,), ['', 'flex'])
    >>> [row["cache_read_tokens"] for row in table.rows]  # no cache rate: the input rate
    [3e-06, 6e-06, 1e-06, 6e-06]
    """
    entry = LiveEntry.of(raw, rule)
    flat = entry.rate("input_tokens") or 0, entry.rate("output_tokens") or 0
    ranges = _ranges(raw) if rule.ranges else []
    has_token_rate = any(rate > 0 for rate in flat) or bool(raw.get("tiered_pricing"))
    seconds = next((r for r in map(entry.rate, _SECONDS) if r is not None), None)
    gated = not has_token_rate and seconds is not None and raw.get("mode") in _SECONDS_MODES

    if rule.is_free or gated or (rule.needs_token_rate and not has_token_rate):
        rates: Rates = dict.fromkeys(RATED, 0.0)
        rates["request_seconds"] = seconds if gated and not rule.is_free else 0.0
        is_free = rule.is_free or _says_free(entry)
        return RateTable((rates,), {STANDARD: 0}, (), None, (switches(rule, {}),), is_free, False)

    off_peak = parse_off_peak(raw.get("off_peak_pricing"))
    tiers = _tiers(entry)
    bounds, blocks = _bands(entry, ranges)
    rows = tuple(
        _row(entry, tier, block, raw["off_peak_pricing"] if is_off_peak else {})
        for is_off_peak in ((False, True) if off_peak else (False,))
        for tier in tiers
        for block in blocks
    )
    return RateTable(
        rows,
        {tier: place for place, tier in enumerate(tiers)},
        bounds,
        off_peak,
        (switches(rule, entry.rates),) * len(rows),
        _says_free(entry),
        True,
    )


def _says_free(entry: LiveEntry) -> bool:
    """Tell whether the entry states that its input and output cost nothing."""
    return (
        entry.rate("input_tokens") == 0
        and entry.rate("output_tokens") in (0, None)
        and not any(entry.rates.values())
        and not entry.raw.get("tiered_pricing")
    )


def switches(rule: ProviderRule, rates: Mapping[tuple[str, str, int], float]) -> dict[str, int]:
    """Say which counts a rule's formula reads and which units an entry bills."""
    reads = {f"reads_{group}": int(group in rule.reads) for group in sorted(EVERY_COUNT)}
    if rule.reasoning_needs_rate and ("reasoning_tokens", STANDARD, 0) not in rates:
        reads["reads_reasoning"] = 0
    bills = {
        f"bills_{meter}": int((meter, STANDARD, 0) in rates)
        for meter in _UNITS
        if meter.startswith("input_")
    }
    return {
        **reads,
        **bills,
        "clamps_overlap": 1,
        "floors_text": 1,
        "adds_hidden_reasoning": int(rule.adds_hidden_reasoning),
        "stated_cost_wins": int(rule.stated_cost_wins),
    }


def _tiers(entry: LiveEntry) -> list[str]:
    present = {tier for _, tier, _ in entry.rates if tier not in (STANDARD, BATCHES)}
    return [STANDARD, *sorted(present)] if entry.rule.service_tiers else [STANDARD]


# -- context bands

_Block: TypeAlias = "tuple[tuple[int, ...], Mapping[str, Any] | None]"
"""What makes a band: the thresholds crossed, or the range of ``tiered_pricing`` that holds."""


def _ranges(raw: Entry) -> list[tuple[float, float, Mapping[str, Any]]]:
    tiers = raw.get("tiered_pricing")
    found = [
        (float(tier["range"][0]), float(tier["range"][1]), tier)
        for tier in (tiers if isinstance(tiers, list) else ())
        if isinstance(tier, dict)
        and isinstance(tier.get("range"), list)
        and len(tier["range"]) == 2  # noqa: PLR2004 - a range has two ends
    ]
    return sorted(found, key=lambda r: r[0])


def _bands(
    entry: LiveEntry, ranges: list[tuple[float, float, Mapping[str, Any]]]
) -> tuple[tuple[int, ...], list[_Block]]:
    """Return the lower bounds, and for each band what holds in it."""
    rule = entry.rule
    thresholds = sorted(
        {n for meter, _, n in entry.rates if n and meter in _BANDED} if rule.thresholds else ()
    )
    starts = {n if rule.inclusive_thresholds else n + 1 for n in thresholds}
    if ranges:
        ends = {end for low, high, _ in ranges for end in (low, high)}
        starts |= {1, *(math.floor(end) + 1 for end in ends)}
    bounds = tuple(sorted(s for s in starts if s > 0))
    blocks: list[_Block] = []
    for start in (0, *bounds):
        crossed = tuple(
            n for n in thresholds if (start >= n if rule.inclusive_thresholds else start > n)
        )
        blocks.append((crossed, _range_at(ranges, start)))
    return bounds, blocks


def _range_at(
    ranges: list[tuple[float, float, Mapping[str, Any]]], prompt_tokens: int
) -> Mapping[str, Any] | None:
    """Return the range that holds: lower end excluded, upper included, beyond all: the last."""
    if not ranges or prompt_tokens <= 0:
        return None
    holding = (tier for low, high, tier in ranges if low < prompt_tokens <= high)
    tier = next(holding, ranges[-1][2])
    return tier if as_rate(tier.get("input_cost_per_token")) is not None else None


# -- one row


def _row(entry: LiveEntry, tier: str, block: _Block, off_peak: Mapping[str, Any]) -> Rates:
    crossed, tier_range = block
    base = _range_rates(entry, tier_range) if tier_range else _flat_rates(entry, tier, crossed)
    rates = _fill_cache(entry, base, off_peak)
    for meter, key in _OFF_PEAK_KEYS.items():
        if as_rate(off_peak.get(key)) is not None:
            rates[meter] = as_rate(off_peak[key])
    if rates["cache_creation_1h_tokens"] is None:
        rates["cache_creation_1h_tokens"] = rates["cache_creation_tokens"]
    for meter, other in _BY_OTHER_RATE.items():
        own = entry.rate(meter)
        rates[meter] = rates[str(other)] if own is None else own
    rates["reasoning_tokens"] = _reasoning_rate(entry, tier, tier_range, off_peak, rates)
    for meter in _UNITS:
        rates[meter] = entry.rate(meter) or 0.0
    rates["request_seconds"] = 0.0
    return {meter: rates[meter] for meter in RATED}


_OFF_PEAK_KEYS: Final = {
    "input_tokens": "input_cost_per_token",
    "output_tokens": "output_cost_per_token",
    "cache_read_tokens": "cache_read_input_token_cost",
    "cache_creation_tokens": "cache_creation_input_token_cost",
}


def _flat_rates(entry: LiveEntry, tier: str, crossed: tuple[int, ...]) -> Rates:
    """Take the rates of a tier, then let each crossed threshold replace those it defines."""
    rates: Rates = {meter: entry.rate(meter, tier) for meter in _MAIN}
    rates["cache_creation_1h_tokens"] = entry.rate("cache_creation_1h_tokens")
    rates["input_tokens"] = rates["input_tokens"] or 0.0
    # image models whose only output price is per image token
    rates["output_tokens"] = rates["output_tokens"] or entry.rate("image_output_tokens") or 0.0
    for threshold in crossed:
        for meter in _BANDED:
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
    input_rate = rate("input_tokens")
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
