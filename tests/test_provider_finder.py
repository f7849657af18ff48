"""Who bills when the log does not say: never a guess, and case matters."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.provider_finder import ProviderFinder

MAP = load_cost_map(
    {
        "small": {"litellm_provider": "openai"},
        "ft:small": {"litellm_provider": "openai"},
        "ft:old": {"litellm_provider": "text-completion-openai"},
        "claude-2": {"litellm_provider": "anthropic"},
        "lab.large-v1:0": {"litellm_provider": "bedrock_converse"},
        "1-month-commitment/lab.large": {"litellm_provider": "bedrock"},
        "pro": {"litellm_provider": "vertex_ai-language-models"},
        "vertex_ai/paint": {"litellm_provider": "vertex_ai-image-models"},
        "vertex_ai/opus": {"litellm_provider": "vertex_ai-anthropic_models"},
        "command": {"litellm_provider": "cohere_chat"},
        "mistral/le-chat": {"litellm_provider": "mistral"},
        "jamba": {"litellm_provider": "ai21", "mode": "chat"},
        "jurassic": {"litellm_provider": "ai21", "mode": "completion"},
        "anyscale/big": {"litellm_provider": "anyscale"},
        "unowned": {},
        "fallback_generalizations": {
            "rules": [
                {"pattern": "^nova-", "model_info": {"litellm_provider": "acme"}},
                {"pattern": "^star-", "model_info": {"supports_vision": True}},
                {"pattern": "^sun-", "model_info": {"mode": "chat", "litellm_provider": "acme"}},
            ]
        },
    }
)
FINDER = ProviderFinder(MAP.entries, MAP.providers, MAP.name_rules)


@pytest.mark.parametrize(
    ("name", "bare", "provider"),
    [
        # a prefix
        ("groq/anything/at-all", "anything/at-all", "groq"),
        ("gmi/anything", "anything", "gmi"),
        ("Groq/anything", "Groq/anything", None),
        ("anyscale/big", "anyscale/big", None),
        ("groq", "groq", None),
        ("groq/", "", "groq"),
        # a key of the cost map, as it stands
        ("small", "small", "openai"),
        ("SMALL", "SMALL", None),
        ("small-2031-02-03", "small-2031-02-03", None),
        ("ft:small", "ft:small", None),
        ("ft:old", "ft:old", "text-completion-openai"),
        ("lab.large-v1:0", "lab.large-v1:0", "bedrock"),
        ("1-month-commitment/lab.large", "1-month-commitment/lab.large", None),
        ("pro", "pro", "vertex_ai"),
        ("paint", "paint", "vertex_ai"),
        ("opus", "opus", None),
        ("jurassic", "jurassic", "ai21_chat"),
        ("unowned", "unowned", None),
        # a prefix that means another provider, for some models
        ("cohere/command", "command", "cohere_chat"),
        ("cohere/embed", "embed", "cohere"),
        ("azure/command", "azure/command", "openai"),
        ("azure/le-chat", "azure/le-chat", "openai"),
        ("azure/small", "small", "azure"),
        ("ai21/jamba", "jamba", "ai21_chat"),
        ("ai21/jurassic", "jurassic", "ai21"),
        ("anthropic/claude-2", "claude-2", "anthropic_text"),
        ("claude-2", "claude-2", "anthropic_text"),
        ("bedrock_mantle/us-east-1/lab.large", "lab.large", "bedrock_mantle"),
        # the shape of a name
        ("ft:gpt-4o:org::id", "ft:gpt-4o:org::id", "openai"),
        ("me/model:" + "0" * 64, "me/model:" + "0" * 64, "replicate"),
        ("amazon_nova-9", "amazon_nova-9", "amazon_nova"),
        ("NOVA-9", "NOVA-9", "acme"),
        ("sun-9", "sun-9", "acme"),
        ("star-9", "star-9", None),
        ("", "", None),
        ("/", "/", None),
    ],
)
def test_a_name_tells_who_bills(name, bare, provider):
    assert FINDER.find(name) == (bare, provider)


@pytest.mark.parametrize(
    ("name", "given", "provider"),
    [
        ("anything", "openai", "openai"),
        ("groq/anything", "openai", "openai"),
        ("command", "cohere", "cohere_chat"),
        ("azure/command", "azure", "openai"),
        ("command", "azure", "azure"),
        ("claude-2", "anthropic", "anthropic_text"),
        ("small", "nobody-knows", "nobody-knows"),
    ],
)
def test_who_bills_a_batch_is_found_again(name, given, provider):
    assert FINDER.find(name, given)[1] == provider
