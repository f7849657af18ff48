"""Rates of built-in tools for one basis, by TOOL_POLICIES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.entries import as_rate
from llmspend.tool_formulas import (
    ASR_RATES,
    NOT_CHARGED,
    OUTPUT_SEARCHES_RATE,
    PER_COUNT,
    PER_ITEM,
    PER_PROMPT,
    PER_RESPONSE,
    TOOL_RATES,
    TOOL_SWITCHES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from llmspend.entries import Entry

from llmspend.tool_policies import (
    CONTAINER_KEY,
    SEARCH_SIGNALS,
    SIGNAL_BY_NAME,
    SIZES,
    SearchSignal,
    ToolPolicy,
    tool_policy,
)

NO_TOOL_RATES: Final[Mapping[str, float | int]] = {
    **dict.fromkeys(TOOL_RATES, 0.0),
    **dict.fromkeys(TOOL_SWITCHES, 0),
}
"""Of calls whose tools nobody charges."""


_ASR_KEYS: Final[tuple[tuple[str, ...], ...]] = (
    ("input_cost_per_second",),
    ("input_cost_per_audio_token", "input_cost_per_token"),
    ("input_cost_per_token",),
    ("output_cost_per_token",),
)
"""The keys that may hold each of ASR_RATES, best first."""


def tool_rates(
    entry: Entry | None,
    provider: str | None,
    key: str | None = None,
    *,
    search_context_size: str | None = None,
    web_search_signal: str | None = None,
    entries: Mapping[str, Entry] | None = None,
    reproduce: AbstractSet[str] | None = None,
) -> dict[str, float | int]:
    """Find what one basis pays for built-in tools.

    Parameters
    ----------
    entry
        What prices the call: the entry, a deployment's own one, or an empty one for a name that is
        known but has no entry; None for an unknown model, whose searches nobody can price.
    provider
        Who bills.
    key
        The cost-map key of the entry.
    search_context_size
        As asked for.
    web_search_signal
        How a search showed: a name of SEARCH_SIGNALS.
    entries
        The cost map, for the price of sessions of the code interpreter.
    reproduce
        Names of LiteLLM's quirks to reproduce; None: all.

    Returns
    -------
    dict
        TOOL_RATES (USD per one unit) and TOOL_SWITCHES.

    Examples
    --------
    >>> acme = {"search_context_cost_per_query": {"search_context_size_medium": 0.01}}
    >>> tool_rates(acme, "acme")["web_searches_rate"]
    0.01
    """
    policy = tool_policy(provider, key)
    signal = SIGNAL_BY_NAME.get(web_search_signal, SEARCH_SIGNALS[0])
    is_read = bool(policy.counters & signal.counters)
    search = _search_rate(entry, policy, search_context_size)
    unit = (entry or {}).get("web_search_billing_unit") or "per_prompt"
    thousand = 1 if reproduce is None or "computer_use_by_thousand" in reproduce else 1000
    computer_input, computer_output = (rate / thousand for rate in policy.computer_use_rates)
    sessions = session_rate(entries or {}, provider) if policy.charges_sessions else None
    return {
        "maps_queries_rate": _maps_rate(entry, policy, unit),
        "web_searches_rate": search,
        OUTPUT_SEARCHES_RATE: search if policy.is_in_output and is_read else 0.0,
        "browser_opens_rate": policy.browser_open_rate,
        "file_searches_rate": policy.file_search_rate,
        "file_search_gb_days_rate": policy.file_search_gb_day_rate,
        "vector_store_gb_days_rate": policy.vector_store_gb_day_rate,
        "computer_use_input_kilotokens_rate": computer_input,
        "computer_use_output_kilotokens_rate": computer_output,
        "code_interpreter_sessions_rate": sessions or 0.0,
        "search_shows": signal.shows,
        "searches_by": _charged_by(policy, signal, unit, reproduce),
        "maps_per_query": int(unit == "per_query"),
        "stated_cost_has_searches": int(policy.stated_cost_has_searches),
    }


def session_rate(entries: Mapping[str, Entry], provider: str | None) -> float | None:
    """Return what a session of a provider's code interpreter costs.

    Parameters
    ----------
    entries
        The cost map.
    provider
        Who bills.

    Returns
    -------
    float or None
        USD per session; None where the map has no price.

    Examples
    --------
    >>> session_rate({"acme/container": {"code_interpreter_cost_per_session": 0.03}}, "acme")
    0.03
    """
    container = entries.get(CONTAINER_KEY.format(provider), {})
    return as_rate(container.get("code_interpreter_cost_per_session"))


def asr_rates(*entries: Entry | None) -> dict[str, float]:
    """Find what a realtime session's speech recogniser costs.

    Parameters
    ----------
    *entries
        What prices it, best first: the deployment's own entry if it has one, then that of the
        recogniser. None stands for what is unknown.

    Returns
    -------
    dict
        `llmspend.tool_formulas.ASR_RATES`, USD per one unit; 0 where no entry has the rate.

    Examples
    --------
    >>> asr_rates({"input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06})
    ... # doctest: +NORMALIZE_WHITESPACE
    {'asr_seconds_rate': 0.0, 'asr_audio_tokens_rate': 2e-06,
     'asr_text_tokens_rate': 2e-06, 'asr_output_tokens_rate': 8e-06}
    """
    found = (
        (as_rate((entry or {}).get(key)) for entry in entries for key in keys) for keys in _ASR_KEYS
    )
    rates = (next((rate for rate in known if rate is not None), 0.0) for known in found)
    return dict(zip(ASR_RATES, rates, strict=True))


def _charged_by(
    policy: ToolPolicy, signal: SearchSignal, unit: str, reproduce: AbstractSet[str] | None
) -> int:
    """Decide what a search is charged by."""
    if policy.is_in_output:
        return NOT_CHARGED
    if policy.counters:
        if not policy.counters & signal.counters:
            return NOT_CHARGED
        return PER_PROMPT if policy.is_per_prompt and unit == "per_prompt" else PER_COUNT
    is_once = reproduce is None or "searches_charged_once" in reproduce
    return PER_RESPONSE if is_once and not signal.counts_items else PER_ITEM


def _search_rate(entry: Entry | None, policy: ToolPolicy, requested: str | None) -> float:
    """Choose among the rates per size of the search context."""
    if entry is None:
        return 0.0
    given: Any = entry.get("search_context_cost_per_query")
    rates = given if isinstance(given, dict) else {}
    by_size = {size: as_rate(rates.get(f"search_context_size_{size}")) for size in SIZES}
    if policy.search_rate == "first":
        found = next((rate for rate in by_size.values() if rate is not None and rate > 0), None)
    elif policy.search_rate == "requested":
        found = by_size[requested if requested in by_size else SIZES[0]]
    else:
        found = by_size[policy.search_rate]
    return policy.default_search_rate if found is None else found


def _maps_rate(entry: Entry | None, policy: ToolPolicy, unit: str) -> float:
    if entry is None or policy.maps_rates is None:
        return 0.0
    stated = as_rate(entry.get("google_maps_grounding_cost_per_query"))
    per_query, per_prompt = policy.maps_rates
    default = per_query if unit == "per_query" else per_prompt
    return default if stated is None else stated
