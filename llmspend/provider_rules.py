"""PROVIDER_RULES: what a provider does differently, one row each.

Nothing outside this table knows a provider by name. A row states only its exceptions; every
field's default is what LiteLLM does for the big providers. The source of each row is the place in
LiteLLM 1.106.2 that does it, named in `ProviderRule.source`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

CountGroup = Literal[
    "cache_read",
    "cache_creation",
    "cache_ttl",
    "input_text",
    "input_details",
    "output_images",
    "output_details",
    "reasoning",
]
"""Groups of reported counts that a provider's formula may or may not read."""

EVERY_COUNT: Final[frozenset[CountGroup]] = frozenset(get_args(CountGroup))


@dataclass(frozen=True, slots=True)
class ProviderRule:
    """How calls billed by one provider are priced.

    Attributes
    ----------
    provider
        ``custom_llm_provider`` in a log, or ``"*"`` for every provider without a row.
    source
        Where in LiteLLM 1.106.2 the rule is.
    reads
        The groups of reported counts its formula looks at; the rest count as 0.
    service_tiers
        Whether flex, priority … change the price.
    thresholds
        Whether ``_above_{N}k_tokens`` rates apply.
    ranges
        Whether the ranges of ``tiered_pricing`` apply.
    inclusive_thresholds
        Whether a prompt of exactly N tokens is already above the threshold.
    context_counts_cache
        Whether the prompt length is never taken as less than cached plus written tokens.
    residency_uplift
        Whether ``regional_processing_uplift_multiplier_*`` scales the cost.
    endpoint_uplift
        Whether ``regional_endpoint_uplift_multiplier`` scales it outside ``global``.
    default_location
        The location billed when the log states none.
    specific_uplift
        Whether ``provider_specific_entry`` scales it by speed and inference geography.
    cache_read_ratio
        The price of a cached token without a rate of its own, as a share of the base input rate.
    off_peak_input_for_cache
        Whether the off-peak input rate stands in for a missing cache rate.
    range_needs_input
        Whether a range of ``tiered_pricing`` without an input rate is passed over.
    floors_text
        1: text left of a prompt beside other parts is never negative; 2: never at all.
    flat_when_long
        Whether entries with ``_above_128k_tokens`` rates charge each side whole, by its own length.
    token_names
        Names that are charged by tokens even where characters are known and have a rate; None:
        all names.
    never_long_names
        Names whose rates by characters hold at any length.
    reasoning_needs_rate
        Whether reasoning is billed apart only where the entry has a rate for it.
    needs_token_rate
        Whether an entry with neither an input nor an output rate is priced at 0.
    is_free
        Whether everything costs 0.
    stated_cost_wins
        1: a cost stated in the usage replaces the computed one; 2: even one below zero.
    adds_hidden_reasoning
        Whether reasoning is added to the completion when the totals show that it is not in it.
    """

    provider: str
    source: str
    reads: frozenset[CountGroup] = EVERY_COUNT
    service_tiers: bool = True
    thresholds: bool = True
    ranges: bool = True
    inclusive_thresholds: bool = False
    context_counts_cache: bool = False
    residency_uplift: bool = False
    endpoint_uplift: bool = False
    default_location: str | None = None
    specific_uplift: bool = False
    cache_read_ratio: float | None = None
    off_peak_input_for_cache: bool = True
    range_needs_input: bool = True
    floors_text: int = 1
    flat_when_long: bool = False
    token_names: re.Pattern[str] | None = None
    never_long_names: tuple[str, ...] = ()
    reasoning_needs_rate: bool = False
    needs_token_rate: bool = False
    is_free: bool = False
    stated_cost_wins: int = 0
    adds_hidden_reasoning: bool = False


_NO_TIER_SOURCE: Final = "llms/{}/cost_calculator.py does not forward service_tier"

PROVIDER_RULES: tuple[ProviderRule, ...] = (
    ProviderRule(
        "*",
        "cost_calculator.cost_per_token, last branch",
        residency_uplift=True,
        needs_token_rate=True,
    ),
    ProviderRule("openai", "llms/openai/cost_calculation.py", residency_uplift=True),
    ProviderRule("azure", "llms/azure/cost_calculation.py"),
    ProviderRule("azure_ai", "llms/azure_ai/cost_calculator.py"),
    ProviderRule("anthropic", "llms/anthropic/cost_calculation.py", specific_uplift=True),
    ProviderRule("gemini", "llms/gemini/cost_calculator.py"),
    ProviderRule(
        "vertex_ai",
        "llms/vertex_ai/cost_calculator.py",
        endpoint_uplift=True,
        default_location="us-central1",
        flat_when_long=True,
        token_names=re.compile("claude|llama|mistral|jamba|codestral|gemma|gemini-2"),
        never_long_names=("gemini-1.0-pro", "gemini-pro", "gemini-2"),
    ),
    ProviderRule("bedrock", "llms/bedrock/cost_calculation.py"),
    ProviderRule("databricks", "llms/databricks/cost_calculator.py"),
    ProviderRule(
        "fireworks_ai",
        "llms/fireworks_ai/cost_calculator.py: cached input at half the input price",
        service_tiers=False,
        cache_read_ratio=0.5,
    ),
    ProviderRule("deepseek", _NO_TIER_SOURCE.format("deepseek"), service_tiers=False),
    ProviderRule("tencent", _NO_TIER_SOURCE.format("tencent"), service_tiers=False),
    ProviderRule(
        "xai",
        "llms/xai/cost_calculator.py",
        reads=EVERY_COUNT - {"output_images", "output_details", "reasoning"},
        service_tiers=False,
        inclusive_thresholds=True,
        stated_cost_wins=1,
        adds_hidden_reasoning=True,
    ),
    ProviderRule(
        "perplexity",
        "llms/perplexity/cost_calculator.py",
        reads=frozenset(("reasoning",)),
        service_tiers=False,
        thresholds=False,
        ranges=False,
        reasoning_needs_rate=True,
        stated_cost_wins=2,
    ),
    *(
        ProviderRule(
            provider,
            "llms/dashscope/cost_calculator.py",
            reads=frozenset(("cache_read", "cache_creation", "reasoning")),
            service_tiers=False,
            thresholds=False,
            context_counts_cache=True,
            off_peak_input_for_cache=False,
            range_needs_input=False,
            floors_text=2,
        )
        for provider in ("dashscope", "qwencloud", "qwen_ai_platform")
    ),
    ProviderRule(
        "openrouter",
        "llms/openrouter: cost in the response header, kept as usage.cost",
        residency_uplift=True,
        needs_token_rate=True,
        stated_cost_wins=1,
    ),
    ProviderRule("lemonade", "llms/lemonade/cost_calculator.py", is_free=True),
    ProviderRule("huggingface", "utils.get_model_info: priced at 0", is_free=True),
)
"""Every provider with an exception."""

FIRST_PARTY_NAMES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "anthropic",
        re.compile(r"(?:^|[./])(claude-[a-z0-9-]+?)(?:-v\d+(?::\d+)?)?(?:@\w+)?$"),
    ),
)
"""Maker of models → what its own name for one is inside the names that other clouds have."""

_RULE_BY_PROVIDER: Final = {rule.provider: rule for rule in PROVIDER_RULES}

ENTRY_PROVIDER_ALIASES: Final[tuple[tuple[str, str], ...]] = (
    ("bedrock_converse", "bedrock"),
    ("vertex_ai-", "vertex_ai"),
    ("fireworks_ai-", "fireworks_ai"),
)
"""Beginning of an entry's ``litellm_provider`` → the provider that such a call is billed by."""


def provider_rule(provider: str | None) -> ProviderRule:
    """Return the rule that prices a provider's calls.

    Parameters
    ----------
    provider
        ``custom_llm_provider``, or None when unknown.

    Returns
    -------
    ProviderRule
        Its own row, or the row ``"*"``.

    Examples
    --------
    >>> provider_rule("xai").inclusive_thresholds, provider_rule("groq").provider
    (True, '*')
    """
    return _RULE_BY_PROVIDER.get(provider or "*", _RULE_BY_PROVIDER["*"])


def billing_provider(entry_provider: str | None) -> str | None:
    """Return the provider that bills a call priced from an entry of `entry_provider`.

    Parameters
    ----------
    entry_provider
        ``litellm_provider`` of a cost-map entry.

    Returns
    -------
    str or None
        The name used as ``custom_llm_provider``.

    Examples
    --------
    >>> billing_provider("vertex_ai-anthropic_models"), billing_provider("openai")
    ('vertex_ai', 'openai')
    """
    for beginning, provider in ENTRY_PROVIDER_ALIASES:
        if entry_provider and entry_provider.startswith(beginning):
            return provider
    return entry_provider


def first_party_name(key: str | None, provider: str | None) -> str | None:
    """Return what the maker of a model calls it, where somebody else bills it.

    Parameters
    ----------
    key
        A cost-map key.
    provider
        Who bills.

    Returns
    -------
    str or None
        None where the maker itself bills, or none is known.

    Examples
    --------
    >>> first_party_name("us.anthropic.claude-opus-4-6-v1", "bedrock")
    'claude-opus-4-6'
    >>> first_party_name("vertex_ai/claude-opus-4-6@default", "vertex_ai")
    'claude-opus-4-6'
    """
    for maker, name in FIRST_PARTY_NAMES:
        found = name.search(key or "")
        if found is not None and provider != maker:
            return found[1]
    return None
