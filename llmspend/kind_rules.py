"""KIND_RULES: what each kind of call is billed by, one row each.

A chat is billed by tokens. Other kinds are billed by units: seconds of audio, images, pages,
queries … (`llmspend.billed_units`). A KindRule says which rate keys price them, in which order they
are tried, and what happens where none is there. The source of each row is
the place in LiteLLM 1.106.2 that does it.

To add a kind, add a row here and its call types to `llmspend.row_classes.CALL_KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmspend.billed_units import Price

if TYPE_CHECKING:
    from llmspend.image_rules import ImageCall

Lookup = Literal["by tokens", "as it is", "without first segment", "search"]
"""How a kind's names are looked up: as its provider's token formula does; as they are; without the
first path segment; as ``provider/name``, else as the provider's own search."""

Tokens = Literal["always", "first", "never"]
"""When tokens are billed: always; in place of units, where a call has any; never."""

OwnPrices = Literal["table", "over", "instead"]
"""What a deployment's own prices are: a table by itself, looked up as every name is; laid over the
public entry; or all there is."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """How calls of one kind are priced.

    Attributes
    ----------
    kind
        Of `llmspend.row_classes.CALL_KINDS`.
    source
        Where in LiteLLM 1.106.2 the rule is.
    providers
        The rule holds for these; empty for all that no other row of the kind names.
    prices
        What is billed by units, in the order tried: the first group with a known price holds.
    tokens
        When tokens are billed.
    any_provider
        Whether tokens are billed by the one formula of all providers, without their exceptions.
    lookup
        How names are looked up.
    stops
        Whether a name without an entry costs nothing, and no other name is tried.
    is_free_without_price
        Whether an entry without any of the prices costs nothing; else the cost is unknown.
    own_prices
        What a deployment's own prices are.
    has_terms
        Whether discount and margin apply.
    stated_cost_wins
        As for `llmspend.provider_rules.ProviderRule`, for every provider; None where theirs holds.
    bills_call_price
        Whether the price that came with the call is its cost.
    has_tools
        Whether built-in tools are charged beside it.
    image_call
        What `llmspend.image_prices` calls it, where that prices it.
    """

    kind: str
    source: str
    providers: tuple[str, ...] = ()
    prices: tuple[tuple[Price, ...], ...] = ()
    tokens: Tokens = "always"
    any_provider: bool = False
    lookup: Lookup = "by tokens"
    stops: bool = False
    is_free_without_price: bool = True
    own_prices: OwnPrices = "table"
    has_terms: bool = True
    stated_cost_wins: int | None = None
    bills_call_price: bool = False
    has_tools: bool = False
    image_call: ImageCall | None = None


_BY_QUERY: Final = "input_cost_per_query"
_BY_TOKEN: Final = "input_cost_per_token"  # noqa: S105 - a rate key

_PAGES: Final = (
    Price("pages", ("ocr_cost_per_page",)),
    Price("annotation_pages", ("annotation_cost_per_page", "ocr_cost_per_page")),
    Price("credits", ("ocr_cost_per_credit",)),
)
_BATCH_PAGES: Final = (
    Price("pages", ("ocr_cost_per_page_batches", "ocr_cost_per_page")),
    Price(
        "annotation_pages",
        (
            "annotation_cost_per_page_batches",
            "annotation_cost_per_page",
            "ocr_cost_per_page_batches",
            "ocr_cost_per_page",
        ),
    ),
)

_IMAGE_CALLS: Final[tuple[tuple[ImageCall, tuple[str, ...]], ...]] = (
    ("image", ()),
    ("image edit", ()),
    ("pass-through", ("fal_ai",)),
)

KIND_RULES: Final[tuple[KindRule, ...]] = (
    KindRule("chat", "cost_calculator.cost_per_token", has_tools=True),
    KindRule(
        "transcription",
        "cost_calculator.cost_per_token; llms/openai/cost_calculation.cost_per_second",
        prices=(
            (Price("output_seconds", ("output_cost_per_second",), above_zero=True),),
            (Price("input_seconds", ("input_cost_per_second",)),),
        ),
        tokens="first",
        any_provider=True,
        lookup="without first segment",
    ),
    KindRule(
        "speech",
        "cost_calculator.cost_per_token: select_cost_metric_for_model; generate music by the call",
        prices=(
            (Price("calls", ("output_cost_per_image",), needs="vertex_ai_audio_api"),),
            (Price("spoken_characters", ("input_cost_per_character",), above_zero=True),),
            (Price("spoken_tokens", (_BY_TOKEN,), above_zero=True),),
        ),
        tokens="never",
        lookup="without first segment",
        is_free_without_price=False,
    ),
    *(
        KindRule(
            kind,
            "route_image_generation_cost_calculator; see llmspend.image_prices",
            providers,
            tokens="first",
            lookup="as it is",
            has_terms=False,
            own_prices="over",
            image_call=kind,
        )
        for kind, providers in _IMAGE_CALLS
    ),
    KindRule(
        "video",
        "cost_calculator.completion_cost; llms/openai/cost_calculation.video_generation_cost",
        prices=(
            (
                Price(
                    "video_seconds",
                    (
                        "output_cost_per_video_per_second",
                        "output_cost_per_second_{}",
                        "output_cost_per_second",
                    ),
                ),
            ),
        ),
        tokens="never",
        lookup="as it is",
        own_prices="instead",
        has_terms=False,
        stated_cost_wins=2,
    ),
    KindRule(
        "other video",
        "cost_calculator._VIDEO_CALL_TYPES has no such calls: nothing is charged",
        tokens="never",
        lookup="as it is",
        stops=True,
    ),
    KindRule(
        "ocr",
        "cost_calculator.ocr_cost",
        prices=(_PAGES,),
        tokens="never",
        lookup="as it is",
        stops=True,
        own_prices="over",
    ),
    KindRule(
        "rerank",
        "llms/base_llm/rerank/transformation.calculate_rerank_cost",
        prices=((Price("search_units", (_BY_QUERY,)),),),
        tokens="never",
        lookup="as it is",
        stops=True,
    ),
    KindRule(
        "rerank",
        "llms/jina_ai and llms/voyage/rerank/transformation.calculate_rerank_cost",
        providers=("jina_ai", "voyage"),
        prices=((Price("rerank_tokens", (_BY_TOKEN,)),),),
        tokens="never",
        lookup="as it is",
        stops=True,
    ),
    KindRule(
        "search",
        "search/cost_calculator.search_provider_cost_per_query",
        prices=((Price("search_queries", (_BY_QUERY,)),),),
        tokens="never",
        lookup="search",
    ),
    KindRule(
        "search",
        "llms/parallel_ai/search/cost_calculator.parallel_ai_search_cost",
        providers=("parallel_ai",),
        prices=((Price("search_queries", (_BY_QUERY,)), Price("additional_results", usd=0.001)),),
        tokens="never",
        lookup="search",
    ),
    KindRule(
        "vector store search",
        "cost_calculator.vector_store_search_cost: only one vector store has a price",
        tokens="never",
        lookup="as it is",
        stops=True,
    ),
    KindRule(
        "vector store search",
        "llms/vertex_ai/vector_stores/search_api/transformation.calculate_vector_store_cost",
        providers=("vertex_ai",),
        prices=((Price("search_queries", (_BY_QUERY,)),),),
        tokens="never",
        lookup="as it is",
        stops=True,
    ),
    KindRule(
        "realtime",
        "cost_calculator.handle_realtime_stream_cost_calculation",
        any_provider=True,
        lookup="as it is",
        has_terms=False,
    ),
    KindRule(
        "batch",
        "cost_calculator.batch_cost_calculator, ocr_batch_cost",
        prices=(_BATCH_PAGES,),
        lookup="as it is",
        stops=True,
        own_prices="over",
    ),
    KindRule(
        "tool",
        "mcp_server/cost_calculator.calculate_mcp_tool_call_cost",
        tokens="never",
        stops=True,
        has_terms=False,
        bills_call_price=True,
    ),
    KindRule(
        "agent",
        "a2a_protocol/cost_calculator.calculate_a2a_cost",
        tokens="never",
        stops=True,
        has_terms=False,
        bills_call_price=True,
    ),
)
"""Every kind that is not priced as a chat is, and the chat."""

SEARCH_MODES: Final[dict[tuple[str, str | None], str]] = {
    ("parallel_ai", "fast"): "search-fast",
    ("parallel_ai", "turbo"): "search-turbo",
    ("parallel_ai", None): "search",
}
"""Provider and mode of a search → what it is priced as, whatever name was called; None stands for
every other mode."""

OWN_SEARCH: Final = "search"
"""What a search is priced as whose name says nothing."""


def search_key(name: str, provider: str) -> str:
    """Return the key of a search by the name that was called.

    Parameters
    ----------
    name
        As called.
    provider
        Who bills.

    Returns
    -------
    str
        The name itself where it has a provider, else the provider's own search.

    Examples
    --------
    >>> search_key("my tool", "acme"), search_key("acme/deep", "acme")
    ('acme/search', 'acme/deep')
    """
    return name if "/" in name else f"{provider}/{OWN_SEARCH}"


DEFAULT_RESULTS: Final = 10
"""Results that a search gives where nobody asked for more."""

_RULES: Final = {
    (rule.kind, provider): rule for rule in KIND_RULES for provider in rule.providers or (None,)
}


def kind_rule(kind: str | None, provider: str | None = None) -> KindRule:
    """Return the rule that prices a kind of call.

    Parameters
    ----------
    kind
        Of `llmspend.row_classes.CALL_KINDS`; None is a chat.
    provider
        Who bills.

    Returns
    -------
    KindRule
        That of the kind and provider, else that of the kind, else that of chats.

    Examples
    --------
    >>> kind_rule("rerank").prices[0][0].unit, kind_rule("embedding").kind
    ('search_units', 'chat')
    """
    kind = kind or "chat"
    return _RULES.get((kind, provider)) or _RULES.get((kind, None)) or _RULES["chat", None]


UNIT_KINDS: Final = tuple(
    dict.fromkeys(
        rule.kind for rule in KIND_RULES if rule.tokens != "always" and (rule.kind, None) in _RULES
    )
)
"""The kinds that are billed by units, or by the price that came with the call."""

KINDS_WITH_UNITS: Final = tuple(
    dict.fromkeys(rule.kind for rule in KIND_RULES if rule.tokens != "always")
)
"""Beside them those of which only some providers' calls are."""
