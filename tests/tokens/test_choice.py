"""Which tokenizer a model has: LiteLLM's reading of names, and the exact one."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.encodings import Framing
from llmspend.tokens import _choice

LLAMA_2, LLAMA_3 = "hf-internal-testing/llama-tokenizer", "Xenova/llama-3-tokenizer"
COMMAND_R = "Xenova/c4ai-command-r-v01-tokenizer"

MAP = load_cost_map(
    {
        name: {"litellm_provider": provider}
        for provider, names in {
            "openai": ("gpt-4o", "gpt-4", "acme-gpt-4o-x", "ft:gpt-4o", "ft:gpt-4o:acme"),
            "anthropic": ("claude-acme", "claude-3-acme"),
            "cohere": ("command-r", "command-x"),
            "acme": ("acme/small",),
        }.items()
        for name in names
    }
)

CASES = [
    # model, LiteLLM's tokenizer, the exact reading's, whether that is the model's own
    ("gpt-4o", "o200k_base", "o200k_base", True),
    ("gpt-4", "cl100k_base", "cl100k_base", True),
    ("azure/gpt-4o", "cl100k_base", "o200k_base", True),
    ("openrouter/openai/gpt-4o:free", "cl100k_base", "o200k_base", True),
    ("acme-gpt-4o-x", "o200k_base", "o200k_base", True),
    ("ft:gpt-4o", "cl100k_base", "o200k_base", True),
    ("ft:gpt-4o:acme", "o200k_base", "o200k_base", True),
    ("azure/gpt-41-mini", "cl100k_base", "o200k_base", True),
    ("groq/openai/gpt-oss-20b", "cl100k_base", "o200k_harmony", True),
    ("gpt-6-acme", "cl100k_base", "o200k_base", False),
    ("claude-acme", "claude", "claude", False),
    ("claude-3-acme", "cl100k_base", "claude", False),
    ("bedrock/anthropic.claude-v2:1", "cl100k_base", "claude", True),
    ("us.anthropic.claude-opus-4", "cl100k_base", "claude", False),
    ("meta-llama/Llama-2-7b", LLAMA_2, LLAMA_2, True),
    ("replicate/acme/x", LLAMA_2, "cl100k_base", False),
    ("groq/llama3-70b", "cl100k_base", LLAMA_3, True),
    ("LLAMA-3.3", LLAMA_3, LLAMA_3, True),
    ("command-r", COMMAND_R, COMMAND_R, True),
    ("command-x", "cl100k_base", "cl100k_base", False),
    ("acme/small", "cl100k_base", "cl100k_base", False),
    ("", "cl100k_base", "cl100k_base", False),
    (None, "cl100k_base", "cl100k_base", False),
]


@pytest.mark.parametrize(("model", "litellm", "exact", "own"), CASES)
def test_a_model_has_its_tokenizer(model, litellm, exact, own):
    theirs = _choice.choose(model, "litellm", MAP)
    assert theirs == (litellm, own and litellm == exact)
    assert _choice.choose(model, "exact", MAP) == (exact, own)


@pytest.mark.parametrize("model", ["claude-acme", "LLAMA-3.3", "command-r"])
def test_without_hugging_face_tiktoken_counts_everything(model):
    assert _choice.choose(model, "litellm", MAP, hugging_face=False) == ("cl100k_base", False)


def test_one_old_model_is_framed_otherwise():
    old = "gpt-3.5-turbo-0301"
    known = load_cost_map({old: {"litellm_provider": "openai"}})
    assert _choice.framing_of(old, known) == Framing(4, -1)
    assert _choice.framing_of(old, MAP) == Framing(3, 1)
