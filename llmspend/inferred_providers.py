"""Who is meant when a log names no provider: tables of facts about names.

The rest follows from the cost map: a prefix that is a provider's id, and the routing rules of
`llmspend.name_rules`. The source is ``get_llm_provider`` of LiteLLM 1.106.2 and the sets of names
that its ``__init__`` makes of the cost map.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PREFIX_ONLY: Final = frozenset(
    (
        "abliteration",
        "aihubmix",
        "crusoe",
        "empiriolabs",
        "gmi",
        "llamagate",
        "sarvam",
        "veniceai",
    )
)
"""Ids that may stand before the first ``/`` but are not among LiteLLM's providers (they come from
its ``llms/openai_like/providers.json``), so that a name with one still gets a prefix."""

INFERRED_FROM_ENTRY: Final[dict[str, str]] = {
    **{p: p for p in ("openai", "text-completion-openai", "anthropic", "cohere", "cohere_chat")},
    **{p: p for p in ("openrouter", "aleph_alpha", "nlp_cloud", "watsonx", "empower")},
    "gradient_ai": "gradient_ai",
    "ai21": "ai21_chat",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    **{
        f"vertex_ai-{kind}": "vertex_ai"
        for kind in (
            "text-models",
            "code-text-models",
            "language-models",
            "vision-models",
            "chat-models",
            "code-chat-models",
            "embedding-models",
            "image-models",
            "video-models",
        )
    },
}
"""``litellm_provider`` of an entry → who bills a call of exactly its key. Entries of other
providers are found by prefix only."""

INFERRED_WITHOUT_PREFIX: Final = frozenset(("vertex_ai-image-models", "vertex_ai-video-models"))
"""Of these also the keys without their provider's prefix."""

NOT_INFERRED: Final = {
    "openai": re.compile("^ft:[^:]*$"),
    "bedrock": re.compile("^bedrock/[a-zA-Z0-9_-]+/.|month-commitment|^bedrock/guardrails$"),
}
"""``litellm_provider`` of an entry → keys that are there for their price only
(``is_openai_finetune_model``, ``is_bedrock_pricing_only_model``)."""

INFERRED_FROM_NAME: Final[dict[str, str]] = {
    **dict.fromkeys(("dall-e-2", "dall-e-3", "sora-2", "*"), "openai"),
    "text-embedding-ada-002": "openai",
    **{
        f"embed-{name}": "cohere"
        for name in (
            "english-light-v2.0",
            "english-light-v3.0",
            "english-v2.0",
            "english-v3.0",
            "multilingual-v2.0",
            "multilingual-v3.0",
            "v4.0",
        )
    },
    "petals-team/StableBeluga2": "petals",
    **dict.fromkeys(("31dxrj3", "q841o8w", "qvv0xeq"), "baseten"),
}
"""Whole names that LiteLLM's code knows, whether or not the cost map has them."""

INFERRED_FROM_PART: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"ft:gpt-3\.5-turbo|ft:gpt-4|^gpt-image"), "openai"),
    (re.compile(r"^[^:]*:[^:]{64}(?::|\Z)"), "replicate"),
    (re.compile(r"^amazon_nova"), "amazon_nova"),
)
"""What is found in a name → who bills it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A prefix that does not mean the provider of that name.

    Attributes
    ----------
    provider
        The prefix.
    key
        Form in which the cost map has the models that are meant, ``{}`` being what stands behind
        the prefix.
    entry_provider, mode
        ``litellm_provider`` of that entry and, where it matters, its mode.
    becomes
        Who bills.
    keeps_prefix
        Whether the name is looked up with its prefix.
    """

    provider: str
    key: str
    entry_provider: str
    becomes: str
    mode: str | None = None
    keeps_prefix: bool = False


REWRITES: Final = (
    Rewrite("azure", "{}", "cohere_chat", "openai", keeps_prefix=True),
    Rewrite("azure", "mistral/{}", "mistral", "openai", keeps_prefix=True),
    Rewrite("cohere", "{}", "cohere_chat", "cohere_chat"),
    Rewrite("ai21", "{}", "ai21", "ai21_chat", mode="chat"),
)
"""Prefixes and what they become, for the models meant."""

REWRITTEN_NAMES: Final = {
    ("anthropic", name): "anthropic_text" for name in ("claude-2", "claude-instant-1")
}
"""Prefix and name → who bills, whether or not the cost map has the name."""
