"""Rate tables: every fallback of a cost-map entry decided once, on the small side.

A cost-map entry says "flex input costs this, above 200k tokens that", and leaves most of it out.
`compile_rates` fills every gap (`llmspend.rate_rows`) for each service tier, context band and
off-peak state, giving flat rows of rates. The rate card (`llmspend.rate_card`) collects them and
finds for each request its row: then pricing is to multiply and to add.

Context bands are integer lower bounds: the band of a prompt is the number of bounds it reaches.
That one mechanism expresses LiteLLM's strict thresholds, the inclusive ones of some providers, and
the ranges of ``tiered_pricing``.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.arithmetic import LONG, LONG_RATES, RATED, SWITCHES
from llmspend.entries import LiveEntry, as_rate
from llmspend.meters import BATCHES, STANDARD
from llmspend.off_peak import OffPeakHours, parse_off_peak
from llmspend.provider_rules import EVERY_COUNT
from llmspend.quirks import QUIRK_NAMES
from llmspend.rate_rows import BANDED, UNITS, Block, Rates, rates_row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from llmspend.entries import Entry
    from llmspend.provider_rules import CountGroup, ProviderRule

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


_SIDES: Final = ("input_tokens", "output_tokens")
_SWITCHED_OFF: Final = dict.fromkeys(SWITCHES, 0)
_BILLED_UNITS: Final = [
    (f"bills_{meter}", (meter, STANDARD, 0)) for meter in UNITS if meter.startswith("input_")
]
_CHARACTER_KEYS: Final = {
    "prompt": "input_cost_per_character",
    "completion": "output_cost_per_character",
}


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
    long_rates
        Rates by the own length of a side, by name in `llmspend.arithmetic.LONG_RATES`.
    """

    rows: tuple[Rates, ...]
    tiers: dict[str, int]
    bounds: tuple[int, ...]
    off_peak: OffPeakHours | None
    switches: tuple[dict[str, int], ...]
    is_free: bool
    scales: bool
    long_rates: Mapping[str, float | None] = dict.fromkeys(LONG_RATES)

    def place(self, tier: str, band: int, off_peak: int) -> int:
        """Return the index into `rows`."""
        tier_at = self.tiers.get(tier, 0)
        bands = len(self.bounds) + 1
        return (off_peak * len(self.tiers) + tier_at) * bands + band


_ALL: Final = frozenset(QUIRK_NAMES)


def unknown_rates(rule: ProviderRule) -> RateTable:
    """Return the table of a model that nothing is known about: every rate is None."""
    rates: Rates = dict.fromkeys(RATED)
    return RateTable((rates,), {STANDARD: 0}, (), None, (switches(rule, {}),), False, False)


def zero_rates(rule: ProviderRule, *, is_free: bool) -> RateTable:
    """Return the table of what LiteLLM bills at nothing without any entry that says so."""
    rates: Rates = dict.fromkeys(RATED, 0.0)
    return RateTable((rates,), {STANDARD: 0}, (), None, (switches(rule, {}),), is_free, False)


def compile_rates(
    raw: Entry,
    rule: ProviderRule,
    name: str = "",
    reproduce: AbstractSet[str] = _ALL,
    *,
    by_seconds: bool = True,
) -> RateTable:
    """Decide every fallback of one entry.

    Parameters
    ----------
    raw
        The entry, as in the cost map.
    rule
        The rule of the provider that bills.
    name
        The entry's key; some formulas go by the name.
    reproduce
        Names of LiteLLM's quirks to reproduce; all by default.
    by_seconds
        Whether an entry without a rate per token may bill the time that a call took.

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
    has_token_rate = any(rate > 0 for rate in flat) or bool(raw.get("tiered_pricing"))
    seconds = next((r for r in map(entry.rate, _SECONDS) if r is not None), None)
    gated = not has_token_rate and seconds is not None and raw.get("mode") in _SECONDS_MODES
    gated = gated and by_seconds

    if rule.is_free or gated or (rule.needs_token_rate and not has_token_rate):
        rates: Rates = dict.fromkeys(RATED, 0.0)
        rates["request_seconds"] = seconds if gated and not rule.is_free else 0.0
        is_free = rule.is_free or _says_free(entry)
        return RateTable((rates,), {STANDARD: 0}, (), None, (switches(rule, {}),), is_free, False)
    if rule.flat_when_long and any((m, STANDARD, LONG) in entry.rates for m in _SIDES):
        return _by_length(entry)

    off_peak = parse_off_peak(raw.get("off_peak_pricing"))
    tiers = _tiers(entry)
    bounds, blocks = _bands(entry, _ranges(raw) if rule.ranges else [])
    rows = [
        rates_row(entry, tier, block, raw["off_peak_pricing"] if is_off_peak else {}, reproduce)
        for is_off_peak in ((False, True) if off_peak else (False,))
        for tier in tiers
        for block in blocks
    ]
    common = switches(rule, entry.rates, reproduce)
    return RateTable(
        tuple(rates for rates, _ in rows),
        {tier: place for place, tier in enumerate(tiers)},
        bounds,
        off_peak,
        tuple(common | own for _, own in rows),
        _says_free(entry),
        True,
        _character_rates(raw, rule, name),
    )


def _by_length(entry: LiveEntry) -> RateTable:
    """Price each side whole, by its own length alone: an older formula of one provider."""
    base: Rates = dict.fromkeys(RATED, 0.0)
    base |= {meter: entry.rate(meter) or 0.0 for meter in _SIDES}
    above = {meter: entry.rates.get((meter, STANDARD, LONG)) for meter in _SIDES}
    long_input = above["input_tokens"]
    rule = replace(entry.rule, reads=frozenset())
    return RateTable(
        (base, base if long_input is None else base | {"input_tokens": long_input}),
        {STANDARD: 0},
        (LONG + 1,),
        None,
        (switches(rule, {}),) * 2,
        _says_free(entry),
        True,
        dict.fromkeys(LONG_RATES) | {"output_tokens_long_rate": above["output_tokens"]},
    )


def _character_rates(raw: Entry, rule: ProviderRule, name: str) -> dict[str, float | None]:
    """Find the rates by characters, for names that are charged by them."""
    found: dict[str, float | None] = dict.fromkeys(LONG_RATES)
    if rule.token_names is None or rule.token_names.search(name):
        return found
    for side, key in _CHARACTER_KEYS.items():
        short = as_rate(raw.get(key))
        found[f"{side}_characters_rate"] = short
        found[f"{side}_characters_long_rate"] = (
            short
            if name.rpartition("/")[2] in rule.never_long_names
            else as_rate(raw.get(f"{key}_above_128k_tokens"))
        )
    return found


def _says_free(entry: LiveEntry) -> bool:
    """Tell whether the entry states that its input and output cost nothing."""
    return (
        entry.rate("input_tokens") == 0
        and entry.rate("output_tokens") in (0, None)
        and not any(entry.rates.values())
        and not entry.raw.get("tiered_pricing")
    )


@lru_cache
def _switches_of(reads: frozenset[CountGroup]) -> dict[str, int]:
    return {f"reads_{group}": int(group in reads) for group in EVERY_COUNT}


def switches(
    rule: ProviderRule,
    rates: Mapping[tuple[str, str, int], float],
    reproduce: AbstractSet[str] = _ALL,
) -> dict[str, int]:
    """Say which counts a rule's formula reads and which units an entry bills."""
    found = _SWITCHED_OFF | _switches_of(rule.reads)
    if rule.reasoning_needs_rate and ("reasoning_tokens", STANDARD, 0) not in rates:
        found["reads_reasoning"] = 0
    for switch, rate in _BILLED_UNITS:
        found[switch] = int(rate in rates)
    return found | {
        "clamps_overlap": 1,
        "floors_text": rule.floors_text,
        "believes_text": int("text_undercounted" in reproduce),
        "believes_lifetimes": int("written_without_lifetime" in reproduce),
        "adds_hidden_reasoning": int(rule.adds_hidden_reasoning),
        "stated_cost_wins": rule.stated_cost_wins,
    }


def _tiers(entry: LiveEntry) -> list[str]:
    present = {tier for _, tier, _ in entry.rates if tier not in (STANDARD, BATCHES)}
    return [STANDARD, *sorted(present)] if entry.rule.service_tiers else [STANDARD]


# -- context bands


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
) -> tuple[tuple[int, ...], list[Block]]:
    """Return the lower bounds, and for each band what holds in it."""
    rule = entry.rule
    thresholds = sorted(
        {n for meter, _, n in entry.rates if n and meter in BANDED} if rule.thresholds else ()
    )
    starts = {n if rule.inclusive_thresholds else n + 1 for n in thresholds}
    if ranges:
        ends = {end for low, high, _ in ranges for end in (low, high)}
        starts |= {1, *(math.floor(end) + 1 for end in ends)}
    bounds = tuple(sorted(s for s in starts if s > 0))
    blocks: list[Block] = []
    for start in (0, *bounds):
        crossed = tuple(
            n for n in thresholds if (start >= n if rule.inclusive_thresholds else start > n)
        )
        blocks.append(Block(crossed, _range_at(ranges, start, rule)))
    return bounds, blocks


def _range_at(
    ranges: list[tuple[float, float, Mapping[str, Any]]], prompt_tokens: int, rule: ProviderRule
) -> Mapping[str, Any] | None:
    """Return the range that holds: lower end excluded, upper included, beyond all: the last."""
    if not ranges or prompt_tokens <= 0:
        return None
    holding = (tier for low, high, tier in ranges if low < prompt_tokens <= high)
    tier = next(holding, ranges[-1][2])
    has_input = as_rate(tier.get("input_cost_per_token")) is not None
    return tier if has_input or not rule.range_needs_input else None
