"""Rates of asynchronous batch jobs: an entry's ``_batches`` rates, or half of its standard ones.

The rule is LiteLLM's ``batch_cost_calculator``: it reads fewer counts than the formula for ordinary
calls (no split of writes by time, no reasoning), and never a service tier or off-peak hours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmspend.arithmetic import RATED
from llmspend.entries import LiveEntry
from llmspend.meters import BATCHES, STANDARD
from llmspend.quirks import QUIRK_NAMES
from llmspend.rate_table import RateTable, switches

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from llmspend.entries import Entry
    from llmspend.provider_rules import CountGroup, ProviderRule
    from llmspend.rate_rows import Rates

_MAIN: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
_GAPS: Final = "batch_gaps"
_MODALITIES: Final = ("audio_input_tokens", "image_input_tokens", "video_input_tokens")


def batch_rule(rule: ProviderRule) -> ProviderRule:
    """Return the rule that prices a provider's batch jobs.

    Parameters
    ----------
    rule
        The provider's rule for ordinary calls.

    Returns
    -------
    ProviderRule
        Every provider's batches are scaled by region, at a location that the log states.
    """
    location = rule.default_location if rule.endpoint_uplift else None
    return replace(
        rule,
        residency_uplift=True,
        endpoint_uplift=True,
        default_location=location,
        specific_uplift=False,
        adds_hidden_reasoning=False,
        stated_cost_wins=0,
    )


def compile_batch_rates(
    raw: Entry,
    rule: ProviderRule,
    name: str = "",
    reproduce: AbstractSet[str] = frozenset(QUIRK_NAMES),
) -> RateTable:
    """Compile the rates of an entry for batch jobs.

    Parameters
    ----------
    raw
        The entry, as in the cost map.
    rule
        The rule of the provider that bills.
    name
        The entry's key.
    reproduce
        Names of LiteLLM's quirks to reproduce; all by default.

    Returns
    -------
    RateTable
        One row of rates per context band.

    Examples
    --------
    >>> from llmspend.provider_rules import provider_rule
    >>> entry = {"input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}
    >>> rates = compile_batch_rates(entry, provider_rule("openai")).rows[0]
    >>> rates["input_tokens"], rates["output_tokens"]
    (1e-06, 4e-06)
    """
    entry = LiveEntry.of(raw, rule)
    thresholds = sorted({n for meter, tier, n in entry.rates if tier == BATCHES and n})
    starts = [n if rule.inclusive_thresholds else n + 1 for n in thresholds]
    own = [
        {meter: _own_rate(entry, meter, thresholds[:crossed]) for meter in _MAIN}
        for crossed in range(len(thresholds) + 1)
    ]
    del name  # no formula for batches goes by it
    has_gaps = _GAPS in reproduce
    return RateTable(
        tuple(_row(entry, rates, has_gaps=has_gaps) for rates in own),
        {STANDARD: 0},
        tuple(starts),
        None,
        tuple(_switches(entry, rates, has_gaps=has_gaps) for rates in own),
        is_free=not any(entry.rates.values()) and entry.rate("input_tokens") == 0,
        scales=True,
    )


def _switches(entry: LiveEntry, own: Rates, *, has_gaps: bool) -> dict[str, int]:
    reads: set[CountGroup] = {"cache_read", "cache_creation", "output_images"}
    has_input = own["input_tokens"] is not None
    if has_input:
        # cached tokens without a batch rate of their own stay in the text
        reads.add("input_details")
        reads -= {"cache_read"} if own["cache_read_tokens"] is None else set()
        reads -= {"cache_creation"} if own["cache_creation_tokens"] is None else set()
    return switches(replace(entry.rule, reads=frozenset(reads)), {}) | {
        "caps_output_images": 1,
        "adds_cache_last": 1,
        "clamps_overlap": int(not has_gaps),
        "floors_text": int(has_input or not has_gaps),
        "frees_cached": int(has_gaps and not has_input and entry.rate("cache_read_tokens") is None),
    }


def _own_rate(entry: LiveEntry, meter: str, crossed: list[int]) -> float | None:
    """Return the batch rate of a meter: that of the highest threshold crossed, else the base."""
    rates = (entry.rates.get((meter, BATCHES, n)) for n in (*reversed(crossed), 0))
    return next((rate for rate in rates if rate is not None), None)


def _half(rate: float | None) -> float | None:
    return None if rate is None else rate / 2


def _row(entry: LiveEntry, own: Rates, *, has_gaps: bool) -> Rates:
    rates: Rates = dict.fromkeys(RATED, 0.0)
    standard = entry.rate("input_tokens") or 0.0
    if own["input_tokens"] is not None:
        rates |= {meter: own[meter] or 0.0 for meter in _MAIN}
        for meter in _MODALITIES:
            modal = entry.rates.get((meter, BATCHES, 0))
            rates[meter] = own["input_tokens"] if modal is None else modal
    elif standard:
        rates["input_tokens"] = standard / 2
        cached = entry.rate("cache_read_tokens")
        cached = standard if cached is None and not has_gaps else cached or 0.0
        rates["cache_read_tokens"] = cached / 2
        rates["cache_creation_tokens"] = (entry.rate("cache_creation_tokens") or standard) / 2
    rates["cache_read_audio_tokens"] = rates["cache_read_tokens"]
    text = own["output_tokens"]
    output = (entry.rate("output_tokens") or 0.0) / 2 if text is None else text
    images = entry.rates.get(("image_output_tokens", BATCHES, 0))
    images = _half(entry.rate("image_output_tokens")) if images is None else images
    rates["output_tokens"] = output
    rates["image_output_tokens"] = output if images is None else images
    return rates
