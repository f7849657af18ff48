"""LOOKUP_RULES: how the names that a provider bills are looked up, one row per exception.

What its calls cost is in `llmspend.provider_rules`; here is only which entry of the cost map a
name leads to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


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

FINE_TUNED: Final = (Strip("fine-tune stripped", re.compile(r"(:[^:]*){3}$")),)
"""Names with ``ft:`` in them lose ``:organization:suffix:id`` instead."""


@dataclass(frozen=True, slots=True)
class LookupRule:
    """How the names that one provider bills are looked up.

    Attributes
    ----------
    provider
        ``custom_llm_provider`` in a log, or ``"*"`` for every provider without a row.
    source
        Where in LiteLLM 1.106.2 the rule is.
    entry_providers
        Providers of cost-map entries that this one may be priced from, besides its own; a
        trailing ``*`` matches any ending, ``"*"`` matches all.
    looked_up_as
        The provider whose entries are searched instead.
    drops_first_segment
        Whether the name is looked up without its first path segment only.
    renames
        Beginnings of old names → the name that the cost map has now.
    aliases
        A form that the cost map may have a name in, ``{}`` being the name as called → the
        ``litellm_provider`` of the entries that have it.
    route
        What only routes the call, at the beginning of a name.
    route_under_provider
        Whether the name without its route is also looked up behind the provider's prefix, and is
        all that is looked up when only that prefix says who bills.
    strips
        How names are shortened, all of them one after the other.
    resource_names
        The last form tried, by the first pattern that is found in the name.
    retries_without_provider
        Whether a name that is not found is looked up as if the log named no provider.
    free_unless
        Forms of a name, ``{}`` being the name without provider, of which the cost map must have
        one for the name to be looked up; any other name costs nothing. None where all names are.
    """

    provider: str
    source: str
    entry_providers: tuple[str, ...] = ()
    looked_up_as: str | None = None
    drops_first_segment: bool = False
    renames: tuple[tuple[str, str], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    route: Strip | None = None
    route_under_provider: bool = False
    strips: tuple[Strip, ...] = DATED
    resource_names: tuple[tuple[re.Pattern[str], str], ...] = ()
    retries_without_provider: bool = False
    free_unless: tuple[str, ...] | None = None


_NUMBER: Final = (Strip("version stripped", re.compile(r"-\d+$")),)
_AWS_REGION: Final = (
    r"(?:us-(?:east|west)-[12]|us-gov-(?:east|west)-1|us-west-1|eu-west-[123]|eu-(?:central|south)-[12]"
    r"|eu-north-1|ap-northeast-[123]|ap-south(?:east)?-[12]|ca-central-1|sa-east-1)/"
)
_BEDROCK_ROUTE: Final = Strip(
    "route stripped",
    re.compile(
        r"^(?:bedrock/)?(?:chat_completions/)?(?:converse/)?(?:invoke/)?(?:openai/)?(?:mantle/)?"
        r"(?:nova-2/)?(?:nova/)?"
    ),
)
_CUSTOM_NOVA: Final = r"(?s)^(?:bedrock/converse/|bedrock/|converse/)?{}/.*"
_BEDROCK: Final = (
    Strip("alias", re.compile(_CUSTOM_NOVA.format("nova-2")), "amazon.nova-2-custom"),
    Strip("alias", re.compile(_CUSTOM_NOVA.format("nova")), "amazon.nova-custom"),
    _BEDROCK_ROUTE,
    Strip("profile stripped", re.compile(r"(?is)^(?=.*arn).*/")),
    Strip("version stripped", re.compile(r"(:\d+):\d+k$"), r"\1"),
    Strip("version stripped", re.compile(r"\[\w+\]$")),
    Strip(
        "region stripped",
        re.compile(rf"^(?:(?:global|us|eu|apac|jp|au|us-gov)\.|{_AWS_REGION})"),
    ),
)

LOOKUP_RULES: tuple[LookupRule, ...] = (
    LookupRule("*", "utils._strip_model_name, last branch"),
    LookupRule("azure_ai", "utils._check_provider_match", entry_providers=("azure", "openai")),
    LookupRule("gemini", "utils._strip_model_name", strips=_NUMBER),
    LookupRule(
        "vertex_ai",
        "cost_calculator.cost_per_token: model_without_prefix; utils.get_model_info_helper",
        entry_providers=("vertex_ai*",),
        drops_first_segment=True,
        aliases=(
            ("meta/{}", "vertex_ai-llama_models"),
            ("{}@latest", "vertex_ai-mistral_models"),
            ("{}@latest", "vertex_ai-ai21_models"),
        ),
        strips=_NUMBER,
    ),
    LookupRule("vertex_ai_beta", "utils.get_model_info_helper", looked_up_as="vertex_ai"),
    *(
        LookupRule(
            provider,
            "llms/bedrock/common_utils.get_bedrock_base_model",
            entry_providers=("bedrock*",),
            route=_BEDROCK_ROUTE,
            strips=_BEDROCK,
        )
        for provider in ("bedrock", "bedrock_converse")
    ),
    LookupRule(
        "bedrock_mantle",
        "utils.get_potential_model_names; llms/bedrock_mantle/common_utils.py",
        entry_providers=("bedrock*",),
        route=Strip("region stripped", re.compile(rf"^{_AWS_REGION}")),
        route_under_provider=True,
    ),
    LookupRule(
        "databricks",
        "llms/databricks/cost_calculator._registry_key",
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
    LookupRule(
        "fireworks_ai",
        "llms/fireworks_ai/common_utils.resolve_fireworks_resource_name; cost_calculator.py",
        entry_providers=("fireworks_ai*",),
        resource_names=(
            (re.compile("^(?:accounts/|FW-)|#"), "{}"),
            (re.compile("^(?:routers|models)/"), "accounts/fireworks/{}"),
            (
                re.compile(r"-fast\Z|^(?:firerouter|auto|auto-instant)\Z|^firerouter/"),
                "accounts/fireworks/routers/{}",
            ),
            (re.compile(""), "accounts/fireworks/models/{}"),
        ),
        retries_without_provider=True,
    ),
    *(
        LookupRule(provider, "utils._check_provider_match", entry_providers=("*",))
        for provider in ("litellm_proxy", "github", "nadir")
    ),
    *(
        LookupRule(provider, "utils.get_model_info_helper: its server is asked", free_unless=forms)
        for provider, forms in (
            ("huggingface", ("huggingface/{}",)),
            ("lemonade", ("lemonade/{}",)),
            ("ollama", ("{}", "ollama/{}", "ollama_chat/{}")),
            ("ollama_chat", ("{}", "ollama/{}", "ollama_chat/{}")),
        )
    ),
)
"""Every provider whose names are looked up differently."""

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

_RULE_BY_PROVIDER: Final = {rule.provider: rule for rule in LOOKUP_RULES}


def lookup_rule(provider: str | None) -> LookupRule:
    """Return the rule by which a provider's names are looked up.

    Parameters
    ----------
    provider
        ``custom_llm_provider``, or None when unknown.

    Returns
    -------
    LookupRule
        Its own row, or the row ``"*"``.

    Examples
    --------
    >>> lookup_rule("vertex_ai").drops_first_segment, lookup_rule("groq").provider
    (True, '*')
    """
    return _RULE_BY_PROVIDER.get(provider or "*", _RULE_BY_PROVIDER["*"])


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
        for allowed in lookup_rule(lookup_rule(provider).looked_up_as or provider).entry_providers
    )
