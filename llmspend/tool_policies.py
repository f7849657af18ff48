"""TOOL_POLICIES: how a provider charges built-in tools, one row each.

Which column of usage carries what, for whoever reads a log:

``web_searches`` and ``web_search_signal``
    The count of searches and the place where it, or the search itself, showed: a row of
    SEARCH_SIGNALS. Providers differ in which counter their price is by, so a reader says which one
    it read. Where several show, the first of this list counts: ``server_side, details``,
    ``server_side``, ``details``, ``server_tool_use``, ``item``, ``citation``. A counter that is
    there but empty (null) is no signal; a counter of 0 is one. Responses have items: only
    ``item``, and xAI's counters beside it, come from them. ``web_searches`` of an ``item`` is
    ``tool_usage.web_search.num_requests`` where the response has that, else the number of its
    ``web_search_call`` items. A ``citation`` has no count. Null with a count means ``counter``.
``search_context_size``
    As asked for (``web_search_options``, or the tool's own option).
``browser_opens``
    ``server_tool_use.browser_open_requests``; charged only where a search showed.
``maps_queries``
    ``prompt_tokens_details.google_maps_grounding_requests``.
``file_searches``
    ``file_search_call`` items of a Responses answer, or ``file_citation`` annotations of a chat
    answer, and only where the request declared the tool; else null.
``file_search_gb_days``, ``vector_store_gb_days``
    ``storage_gb`` times ``days`` of the declared tool, and of ``vector_store_usage``.
``code_interpreter_sessions``, ``computer_use_input_tokens``, ``computer_use_output_tokens``
    LiteLLM's parameters of those names; no log of a gateway has them.
``asr_…``
    Sums over the events ``conversation.item.input_audio_transcription.completed`` of a realtime
    session: ``usage.seconds`` where its type is ``duration``, ``input_token_details.audio_tokens``,
    ``.text_tokens`` and ``output_tokens`` where it is ``tokens``; ``asr_model`` from the session's
    events.

To add a provider, add a row to TOOL_POLICIES. Sources are places in LiteLLM 1.106.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from llmspend.tool_formulas import (
    SHOWS_ABOVE_ZERO,
    SHOWS_ALWAYS,
    SHOWS_BY_COUNT,
)

Counter = Literal["details", "server_tool_use", "server_side"]
"""Where a provider counts searches."""

SearchRate = Literal["requested", "medium", "low", "first"]
"""Which of an entry's rates per size of the search context is charged: the one asked for (medium
where none was), always the same, or the first of medium, low and high above 0."""

_EVERY_COUNTER: Final = frozenset[Counter](("details", "server_tool_use", "server_side"))
SIZES: Final = ("medium", "low", "high")


@dataclass(frozen=True, slots=True)
class SearchSignal:
    """A way in which a web search shows in a response.

    Attributes
    ----------
    name
        Value of ``web_search_signal``.
    source
        Where it is in the response.
    counters
        The counters whose count ``web_searches`` then is.
    shows
        When it is one; see `llmspend.tool_formulas`.
    counts_items
        Whether the response lists its searches, so that each of them is charged.
    """

    name: str
    source: str
    counters: frozenset[Counter] = frozenset()
    shows: int = SHOWS_BY_COUNT
    counts_items: bool = False


SEARCH_SIGNALS: Final[tuple[SearchSignal, ...]] = (
    SearchSignal("counter", "whichever counter the provider's price is by", _EVERY_COUNTER),
    SearchSignal(
        "details",
        "usage.prompt_tokens_details.web_search_requests",
        frozenset(("details",)),
    ),
    SearchSignal(
        "server_tool_use",
        "usage.server_tool_use.web_search_requests",
        frozenset(("server_tool_use",)),
    ),
    SearchSignal(
        "server_side",
        "usage.server_side_tool_usage_details.web_search_calls",
        frozenset(("server_side",)),
        SHOWS_ABOVE_ZERO,
    ),
    SearchSignal(
        "server_side, details",
        "both: LiteLLM copies the former to the latter",
        frozenset(("server_side", "details")),
    ),
    SearchSignal("item", "output items web_search_call", shows=SHOWS_ALWAYS, counts_items=True),
    SearchSignal("citation", "annotations url_citation", shows=SHOWS_ALWAYS),
)
"""Every way; the first also stands for a count of which nobody says where it was."""

SIGNAL_BY_NAME: Final[dict[str | None, SearchSignal]] = {s.name: s for s in SEARCH_SIGNALS}


@dataclass(frozen=True, slots=True)
class ToolPolicy:
    """How one provider charges built-in tools.

    Attributes
    ----------
    provider
        ``custom_llm_provider`` in a log, or ``"*"`` for every provider without a row.
    source
        Where in LiteLLM 1.106.2 the rule is.
    is_family
        Whether it is for every provider whose name begins so.
    keys
        Cost-map keys that it is for; None: all.
    counters
        The counters that searches are charged by; none: once per response, or per item where the
        response lists them.
    search_rate
        Which of an entry's rates is charged.
    default_search_rate
        USD per search where the entry has no such rate.
    is_per_prompt
        Whether searches of a prompt are charged once, unless the entry bills each query.
    is_in_output
        Whether searches are part of the output cost, and not of the tool cost.
    stated_cost_has_searches
        Whether a cost that the provider states includes its searches.
    browser_open_rate
        USD per page that the model opened.
    maps_rates
        USD per grounding in maps, for entries that bill queries and for those that bill prompts;
        None: they are not charged.
    file_search_rate
        USD per response that searched files.
    file_search_gb_day_rate, vector_store_gb_day_rate
        USD per GB stored for a day.
    computer_use_rates
        USD per thousand input and output tokens.
    charges_sessions
        Whether sessions of the code interpreter are charged beside the response.
    """

    provider: str
    source: str
    is_family: bool = False
    keys: re.Pattern[str] | None = None
    counters: frozenset[Counter] = frozenset()
    search_rate: SearchRate = "requested"
    default_search_rate: float = 0.0
    is_per_prompt: bool = False
    is_in_output: bool = False
    stated_cost_has_searches: bool = False
    browser_open_rate: float = 0.0
    maps_rates: tuple[float, float] | None = None
    file_search_rate: float = 0.0025
    file_search_gb_day_rate: float = 0.0
    vector_store_gb_day_rate: float = 0.0
    computer_use_rates: tuple[float, float] = (0.0, 0.0)
    charges_sessions: bool = False

    def is_for(self, provider: str | None, key: str | None) -> bool:
        """Tell whether the row is about a provider and an entry."""
        name = provider or ""
        named = name.startswith(self.provider) if self.is_family else name == self.provider
        fits = self.keys is None or self.keys.search((key or "").lower()) is not None
        return (named or self.provider == "*") and fits


_COMMON_SOURCE: Final = "litellm_core_utils/llm_cost_calc/tool_call_cost_tracking.py"
_MAPS_RATES: Final = (0.014, 0.025)
_BY_SERVER_TOOLS: Final = frozenset[Counter](("server_tool_use",))
_GOOGLE: Final = ToolPolicy(
    "gemini",
    "llms/gemini/cost_calculator.py",
    counters=frozenset(("details", "server_tool_use")),
    search_rate="medium",
    default_search_rate=0.035,
    is_per_prompt=True,
    maps_rates=_MAPS_RATES,
)

TOOL_POLICIES: Final[tuple[ToolPolicy, ...]] = (
    _GOOGLE,
    ToolPolicy(
        "vertex_ai",
        "llms/__init__.py: Anthropic's models on Vertex AI",
        is_family=True,
        keys=re.compile("claude"),
        counters=_BY_SERVER_TOOLS,
        search_rate="medium",
        maps_rates=_MAPS_RATES,
    ),
    replace(
        _GOOGLE,
        provider="vertex_ai",
        source="llms/vertex_ai/gemini/cost_calculator.py",
        is_family=True,
    ),
    ToolPolicy(
        "anthropic",
        "llms/anthropic/cost_calculation.py",
        counters=_BY_SERVER_TOOLS,
        search_rate="medium",
    ),
    ToolPolicy(
        "xai",
        "llms/xai/cost_calculator.py",
        counters=frozenset(("server_side",)),
        search_rate="first",
        default_search_rate=0.005,
        stated_cost_has_searches=True,
    ),
    ToolPolicy(
        "groq",
        "llms/groq/cost_calculator.py",
        counters=_BY_SERVER_TOOLS,
        search_rate="medium",
        browser_open_rate=0.001,
    ),
    ToolPolicy(
        "perplexity",
        "llms/perplexity/cost_calculator.py",
        counters=frozenset(("details",)),
        search_rate="low",
        is_in_output=True,
    ),
    ToolPolicy(
        "azure",
        _COMMON_SOURCE,
        file_search_rate=0.0,
        file_search_gb_day_rate=0.1,
        vector_store_gb_day_rate=0.1,
        computer_use_rates=(3.0, 12.0),
        charges_sessions=True,
    ),
    ToolPolicy("*", _COMMON_SOURCE),
)
"""Every provider with an exception; the first row that is for a call holds."""

CONTAINER_KEY: Final = "{}/container"
"""The cost-map key of a provider's code interpreter."""


def tool_policy(provider: str | None, key: str | None = None) -> ToolPolicy:
    """Return the row by which a call's tools are charged.

    Parameters
    ----------
    provider
        ``custom_llm_provider``, or None when unknown.
    key
        The cost-map key that prices the call.

    Returns
    -------
    ToolPolicy
        The first row that fits; the row ``"*"`` fits all.

    Examples
    --------
    >>> tool_policy("gemini").is_per_prompt, tool_policy("acme").provider
    (True, '*')
    """
    return next(policy for policy in TOOL_POLICIES if policy.is_for(provider, key))
