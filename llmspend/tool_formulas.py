# ruff: noqa: SLF001 - names of columns, not of attributes
"""What built-in tools cost: searches, maps, files … times their rates, as formulas over ``u.``.

One response pays for maps, and beside them for **one** of these: web search, else file search, else
the extras (vector stores, computer use, code interpreter). Which counters fire, what a unit is and
what it costs is decided per basis by `llmspend.tool_policies`; here the row's own counts come in.
The recogniser of a realtime session is priced here too: its rates are another model's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from llmspend.values import Stage, Value

# how a web search shows: the values of `search_shows`
SHOWS_BY_COUNT: Final = 0
"""Where a count is known, even a count of 0."""
SHOWS_ABOVE_ZERO: Final = 1
"""Where a count is above 0."""
SHOWS_ALWAYS: Final = 2
"""By the signal itself, counted or not."""

# what a search is charged by: the values of `searches_by`
NOT_CHARGED: Final = 0
"""By nothing: what was counted is not what the provider's price is for."""
PER_RESPONSE: Final = 1
"""Once, however many searches."""
PER_ITEM: Final = 2
"""By the count; once where nobody counted."""
PER_COUNT: Final = 3
"""By the count; not at all where nobody counted."""
PER_PROMPT: Final = 4
"""Once, if at least one was counted."""

TOOL_METERS: Final[tuple[str, ...]] = (
    "maps_queries",
    "web_searches",
    "browser_opens",
    "file_searches",
    "file_search_gb_days",
    "vector_store_gb_days",
    "computer_use_input_kilotokens",
    "computer_use_output_kilotokens",
    "code_interpreter_sessions",
)
"""What makes up the tool cost: each has a quantity ``<meter>_q`` and a rate ``<meter>_rate``.

Computer use has a price per thousand tokens, and LiteLLM divides before it multiplies."""

OUTPUT_SEARCHES_RATE: Final = "output_searches_rate"
"""USD per search where a search is part of the output cost."""

TOOL_RATES: Final[tuple[str, ...]] = (
    *(f"{meter}_rate" for meter in TOOL_METERS),
    OUTPUT_SEARCHES_RATE,
)
"""Per basis: USD per one unit."""

TOOL_SWITCHES: Final[tuple[str, ...]] = (
    "search_shows",
    "searches_by",
    "maps_per_query",
    "stated_cost_has_searches",
)
"""Per basis: whole numbers that say how its tools are counted."""

ASR_METERS: Final[tuple[str, ...]] = (
    "asr_seconds",
    "asr_audio_tokens",
    "asr_text_tokens",
    "asr_output_tokens",
)
"""What a realtime session's recogniser is charged by: usage columns, each with a rate."""

ASR_RATES: Final[tuple[str, ...]] = tuple(f"{meter}_rate" for meter in ASR_METERS)
"""Per basis: USD per one unit."""


def searches_in_output(u: Value) -> dict[str, Value]:
    """Add the searches that are part of the output cost; before anything scales or replaces it."""
    searches = u.greatest(u.or_zero(u.web_searches), 0)
    return {"_output_sum": u._output_sum + searches * u.output_searches_rate}


def tools_used(u: Value) -> dict[str, Value]:
    """Find which of the tools the response is charged for."""
    searches = u.or_zero(u.web_searches)
    is_counted = u.known(u.web_searches) & ((searches > 0) | (u.search_shows == SHOWS_BY_COUNT))
    return {
        "_searched": (u.search_shows == SHOWS_ALWAYS) | is_counted,
        "_filed": u.or_zero(u.file_searches) > 0,
    }


def tool_units(u: Value) -> dict[str, Value]:
    """Give each tool its quantity."""
    searches, maps = u.or_zero(u.web_searches), u.or_zero(u.maps_queries)
    units = u.choose(
        u.searches_by >= PER_COUNT,
        u.choose(u.searches_by == PER_PROMPT, u.least(searches, 1), searches),
        u.choose(
            (u.searches_by == PER_ITEM) & u.known(u.web_searches),
            searches,
            u.choose(u.searches_by == NOT_CHARGED, 0, 1),
        ),
    )
    in_stated = u._is_stated & (u.stated_cost_has_searches > 0)
    by_file = ~u._searched & u._filed
    by_extras = ~u._searched & ~u._filed
    return {
        "maps_queries_q": u.choose(maps > 0, u.choose(u.maps_per_query > 0, maps, 1), 0),
        "web_searches_q": u.choose(u._searched & ~in_stated, units, 0),
        "browser_opens_q": u.choose(u._searched, u.or_zero(u.browser_opens), 0),
        # LiteLLM charges once, however many searches
        "file_searches_q": u.choose(by_file, 1, 0),
        "file_search_gb_days_q": u.choose(by_file, u.or_zero(u.file_search_gb_days), 0.0),
        "vector_store_gb_days_q": u.choose(by_extras, u.or_zero(u.vector_store_gb_days), 0.0),
        "computer_use_input_kilotokens_q": u.divided(
            u.choose(by_extras, u.or_zero(u.computer_use_input_tokens), 0), 1000
        ),
        "computer_use_output_kilotokens_q": u.divided(
            u.choose(by_extras, u.or_zero(u.computer_use_output_tokens), 0), 1000
        ),
        "code_interpreter_sessions_q": u.choose(
            by_extras, u.or_zero(u.code_interpreter_sessions), 0
        ),
    }


def _amount(u: Value, meter: str) -> Value:
    return getattr(u, f"{meter}_q") * getattr(u, f"{meter}_rate")


def tool_costs(u: Value) -> dict[str, Value]:
    """Multiply and add, in LiteLLM's order."""
    computer_use = _amount(u, "computer_use_input_kilotokens") + _amount(
        u, "computer_use_output_kilotokens"
    )
    extras = (
        _amount(u, "vector_store_gb_days") + computer_use + _amount(u, "code_interpreter_sessions")
    )
    files = _amount(u, "file_searches") + _amount(u, "file_search_gb_days")
    searches = _amount(u, "web_searches") + _amount(u, "browser_opens")
    # at most one of the three is not 0
    return {"tool_cost": _amount(u, "maps_queries") + (searches + files + extras)}


def tool_quirks(u: Value) -> dict[str, Value]:
    """Tell which of LiteLLM's quirks may have touched the tool cost.

    Parameters
    ----------
    u
        Values after `tool_units`.

    Returns
    -------
    dict
        Quirk → whether it shows; its names are those that `llmspend.tool_policies` asks for.
    """
    count = u.or_zero(u.web_searches)
    tokens = u.computer_use_input_kilotokens_q + u.computer_use_output_kilotokens_q
    price = u.computer_use_input_kilotokens_rate + u.computer_use_output_kilotokens_rate
    return {
        "searches_charged_once": u._searched
        & (u.searches_by == PER_RESPONSE)
        & (u.web_searches_rate > 0)
        & u.known(u.web_searches)
        & (count != 1),
        "computer_use_by_thousand": (tokens > 0) & (price > 0),
    }


def asr_costs(u: Value) -> dict[str, Value]:
    """Price what a realtime session's recogniser heard and wrote."""
    by_tokens = (
        u.or_zero(u.asr_audio_tokens) * u.asr_audio_tokens_rate
        + u.or_zero(u.asr_text_tokens) * u.asr_text_tokens_rate
        + u.or_zero(u.asr_output_tokens) * u.asr_output_tokens_rate
    )
    return {"_asr_cost": u.or_zero(u.asr_seconds) * u.asr_seconds_rate + by_tokens}


TOOL_STAGES: Final[tuple[Stage, ...]] = (tools_used, tool_units, tool_costs)
"""From counts to ``tool_cost``; they read ``_is_stated``, so they come after it is decided."""
