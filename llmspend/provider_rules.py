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
class Strip:
    """One way to shorten a model name until the cost map knows it.

    Attributes
    ----------
    step
        What it strips, in words; shown in ``resolved_by``.
    pattern, replacement
        As for ``re.sub``.
    """

    step: str
    pattern: re.Pattern[str]
    replacement: str = ""


DATED: Final = (Strip("version stripped", re.compile(r"-\d{4}-\d{2}-\d{2}$")),)
"""How most names are shortened: ``-2024-08-06`` at the end goes."""


@dataclass(frozen=True, slots=True)
class ProviderRule:
    """How calls billed by one provider are priced and named.

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
    reasoning_needs_rate
        Whether reasoning is billed apart only where the entry has a rate for it.
    needs_token_rate
        Whether an entry with neither an input nor an output rate is priced at 0.
    is_free
        Whether everything costs 0.
    stated_cost_wins
        Whether a cost stated in the usage replaces the computed one.
    adds_hidden_reasoning
        Whether reasoning is added to the completion when the totals show that it is not in it.
    entry_providers
        Providers of cost-map entries that this one may be priced from, besides its own; a
        trailing ``*`` matches any ending, ``"*"`` matches all.
    prices_as
        The provider whose rule and entries apply instead.
    drops_first_segment
        Whether the name is looked up without its first path segment only.
    renames
        Beginnings of old names → the name that the cost map has now.
    buckets_first
        Whether a name without an entry of its own, priced per token, goes by size before anything
        else is tried.
    aliases
        Forms in which the cost map may have a name, ``{}`` being the name as called.
    late_aliases
        The same, tried when nothing else matched.
    route
        What only routes the call, at the beginning of a name.
    route_under_provider
        Whether the name without its route is also looked up behind the provider's prefix.
    strips
        How names are shortened, all of them one after the other.
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
    reasoning_needs_rate: bool = False
    needs_token_rate: bool = False
    is_free: bool = False
    stated_cost_wins: bool = False
    adds_hidden_reasoning: bool = False
    entry_providers: tuple[str, ...] = ()
    prices_as: str | None = None
    drops_first_segment: bool = False
    renames: tuple[tuple[str, str], ...] = ()
    buckets_first: bool = False
    aliases: tuple[str, ...] = ()
    late_aliases: tuple[str, ...] = ()
    route: Strip | None = None
    route_under_provider: bool = False
    strips: tuple[Strip, ...] = DATED


_NUMBER: Final = (Strip("version stripped", re.compile(r"-\d+$")),)
_BEDROCK_ROUTE: Final = Strip(
    "route stripped",
    re.compile(
        r"^(?:bedrock/)?(?:chat_completions/)?(?:converse/)?(?:invoke/)?(?:openai/)?(?:mantle/)?"
        r"(?:nova-2/)?(?:nova/)?"
    ),
)
_BEDROCK: Final = (
    Strip("profile stripped", re.compile(r"^arn:.*/")),
    Strip("version stripped", re.compile(r"(?<=:\d):\d+k$")),
    Strip("version stripped", re.compile(r"\[\w+\]$")),
    Strip("region stripped", re.compile(r"^(?:global|us|eu|apac|jp|au|us-gov)\.")),
    Strip("region stripped", re.compile(r"^[a-z]{2}(?:-gov)?-[a-z]+-\d/")),
)
FINE_TUNED: Final = Strip("fine-tune stripped", re.compile(r"(:[^:]*){3}$"))
"""Names with ``ft:`` in them lose ``:organization:suffix:id`` instead."""

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
    ProviderRule(
        "azure_ai",
        "llms/azure_ai/cost_calculator.py; utils._check_provider_match",
        entry_providers=("azure", "openai"),
    ),
    ProviderRule("anthropic", "llms/anthropic/cost_calculation.py", specific_uplift=True),
    ProviderRule("gemini", "llms/gemini/cost_calculator.py", strips=_NUMBER),
    ProviderRule(
        "vertex_ai",
        "llms/vertex_ai/cost_calculator.py; utils._check_provider_match",
        endpoint_uplift=True,
        default_location="us-central1",
        entry_providers=("vertex_ai*",),
        drops_first_segment=True,
        aliases=("meta/{}", "{}@latest"),
        strips=_NUMBER,
    ),
    ProviderRule("vertex_ai_beta", "utils.get_model_info", prices_as="vertex_ai"),
    ProviderRule(
        "bedrock",
        "llms/bedrock/cost_calculation.py; llms/bedrock/common_utils.py",
        entry_providers=("bedrock*",),
        route=_BEDROCK_ROUTE,
        strips=_BEDROCK,
    ),
    ProviderRule(
        "bedrock_mantle",
        "utils.get_potential_model_names; llms/bedrock_mantle/common_utils.py",
        residency_uplift=True,
        needs_token_rate=True,
        entry_providers=("bedrock*",),
        route=Strip("region stripped", re.compile(r"^[a-z]{2}(?:-gov)?-[a-z]+-\d/")),
        route_under_provider=True,
    ),
    ProviderRule(
        "databricks",
        "llms/databricks/cost_calculator.py",
        renames=(
            ("dbrx-instruct", "databricks-dbrx-instruct"),
            ("meta-llama-3.1-70b-instruct", "databricks-meta-llama-3-1-70b-instruct"),
            ("meta-llama-3.1-405b-instruct", "databricks-meta-llama-3-1-405b-instruct"),
            ("mixtral-8x7b-instruct-v0.1", "databricks-mixtral-8x7b-instruct"),
            ("bge-large-en", "databricks-bge-large-en"),
            ("gte-large-en", "databricks-gte-large-en"),
            ("llama-2-70b-chat", "databricks-llama-2-70b-chat"),
        ),
        strips=_NUMBER,
    ),
    ProviderRule(
        "together_ai",
        "cost_calculator.completion_cost: has_together_registry_pricing",
        residency_uplift=True,
        needs_token_rate=True,
        buckets_first=True,
    ),
    ProviderRule(
        "fireworks_ai",
        "llms/fireworks_ai/cost_calculator.py: cached input at half the input price",
        service_tiers=False,
        cache_read_ratio=0.5,
        entry_providers=("fireworks_ai*",),
        late_aliases=(
            "accounts/fireworks/{}",
            "accounts/fireworks/models/{}",
            "accounts/fireworks/routers/{}",
        ),
    ),
    ProviderRule("deepseek", _NO_TIER_SOURCE.format("deepseek"), service_tiers=False),
    ProviderRule("tencent", _NO_TIER_SOURCE.format("tencent"), service_tiers=False),
    ProviderRule(
        "xai",
        "llms/xai/cost_calculator.py",
        reads=EVERY_COUNT - {"output_images", "output_details", "reasoning"},
        service_tiers=False,
        inclusive_thresholds=True,
        stated_cost_wins=True,
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
        stated_cost_wins=True,
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
        )
        for provider in ("dashscope", "qwencloud", "qwen_ai_platform")
    ),
    ProviderRule(
        "openrouter",
        "llms/openrouter: cost in the response header, kept as usage.cost",
        residency_uplift=True,
        needs_token_rate=True,
        stated_cost_wins=True,
    ),
    ProviderRule("lemonade", "llms/lemonade/cost_calculator.py", is_free=True),
    ProviderRule("huggingface", "utils.get_model_info: priced at 0", is_free=True),
    *(
        ProviderRule(
            provider,
            "utils._check_provider_match: entries of every provider",
            residency_uplift=True,
            needs_token_rate=True,
            entry_providers=("*",),
        )
        for provider in ("litellm_proxy", "github", "nadir")
    ),
)
"""Every provider with an exception."""

NAME_ALIASES: Final[dict[str, str]] = {
    "gpt-35-turbo": "azure/gpt-35-turbo",
    "gpt-35-turbo-16k": "azure/gpt-35-turbo-16k",
    "gpt-35-turbo-instruct": "azure/gpt-35-turbo-instruct",
    "azure/gpt-41": "gpt-4.1",
    "azure/gpt-41-mini": "gpt-4.1-mini",
    "azure/gpt-41-nano": "gpt-4.1-nano",
    "ada": "azure/ada",
}
"""Whole names → the name they are looked up by (LiteLLM's ``azure_llms``)."""

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
    rule = _RULE_BY_PROVIDER.get(provider or "*", _RULE_BY_PROVIDER["*"])
    return _RULE_BY_PROVIDER[rule.prices_as] if rule.prices_as else rule


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


def may_price_from(provider: str | None, entry_provider: str | None) -> bool:
    """Tell whether calls of `provider` may be priced from an entry of `entry_provider`.

    Parameters
    ----------
    provider
        ``custom_llm_provider``; None matches every entry.
    entry_provider
        ``litellm_provider`` of the entry; None is matched by every provider.

    Returns
    -------
    bool
        As LiteLLM's ``_check_provider_match`` decides.

    Examples
    --------
    >>> may_price_from("bedrock", "bedrock_converse"), may_price_from("openai", "azure")
    (True, False)
    """
    if not provider or entry_provider is None or entry_provider == provider:
        return True
    return any(
        entry_provider.startswith(allowed[:-1])
        if allowed.endswith("*")
        else entry_provider == allowed
        for allowed in provider_rule(provider).entry_providers
    )
