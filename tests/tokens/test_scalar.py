"""LiteLLM's helpers for one text; its own answers are compared in tests.parity."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from llmspend import load_cost_map
from llmspend import tokens as t
from llmspend.tokens._tokenizers import check_encodable

MAP = load_cost_map(
    {
        "gpt-4o": {"litellm_provider": "openai"},
        "claude-acme": {"litellm_provider": "anthropic"},
        "acme/small": {"litellm_provider": "acme"},
    }
)
LONG = "hello world, " * 200
HI = [{"role": "user", "content": "hi"}]

COUNTS = [
    # arguments, tokens, tokenizer, exact
    ({"model": "gpt-4o", "text": "Hello, world!"}, 4, "o200k_base", True),
    ({"model": "gpt-4o", "text": ""}, 0, "o200k_base", True),
    ({"model": "acme/small", "text": "Hello, world!"}, 4, "cl100k_base", False),
    ({"model": "azure/gpt-4o", "text": "Hello"}, 1, "cl100k_base", False),
    ({"model": "azure/gpt-4o", "text": "Hello", "compat": "exact"}, 1, "o200k_base", True),
    ({"model": None, "text": ["Hello", 5, ", world!"]}, 4, "cl100k_base", False),
    ({"model": "gpt-4o", "text": "<|endoftext|>"}, 7, "o200k_base", True),
    ({"model": "claude-acme", "text": "<META>hello<META>"}, 3, "claude", False),
    ({"model": "claude-acme", "text": "ﬁ①"}, 2, "claude", False),
    ({"model": "gpt-4o", "text": LONG}, 604, "o200k_base", False),
    ({"model": "gpt-4o", "text": LONG, "compat": "exact"}, 601, "o200k_base", True),
    ({"model": "gpt-4o", "text": "a\ud83d b"}, 3, "o200k_base", True),
    ({"model": "gpt-4o", "messages": []}, 3, "o200k_base", False),
    ({"model": "gpt-4o", "messages": HI}, 8, "o200k_base", False),
    ({"model": "gpt-4o", "messages": HI, "count_response_tokens": True}, 5, "o200k_base", False),
    ({"model": "gpt-4o", "messages": HI, "count_response_tokens": None}, 5, "o200k_base", False),
    ({"model": "gpt-4o", "messages": HI, "tool_choice": "none"}, 9, "o200k_base", False),
]

WRONG = [
    ({}, ValueError, "Either text or messages"),
    ({"text": "a", "messages": []}, ValueError, "cannot both"),
    ({"text": "a", "tools": [{}]}, ValueError, "using text"),
    ({"text": 5}, TypeError, "text is a int"),
    ({"text": "a", "model": "claude-acme", "cost_map": MAP}, None, ""),
    ({"text": "\ud83d", "model": "claude-acme", "cost_map": MAP}, TypeError, "TextEncodeInput"),
    ({"messages": ["hello"]}, TypeError, "Invalid message type"),
    ({"messages": "hello"}, TypeError, "Invalid message type"),
    ({"text": "a", "custom_tokenizer": {"type": "acme"}}, ValueError, "Unsupported tokenizer"),
]


@pytest.mark.parametrize(("given", "tokens", "tokenizer", "exact"), COUNTS)
def test_a_count_tells_how_it_came_about(given, tokens, tokenizer, exact):
    count = t.token_counter(**given, cost_map=MAP)
    assert (count, count.tokenizer, count.exact) == (tokens, tokenizer, exact)


@pytest.mark.parametrize(("given", "error", "says"), [case for case in WRONG if case[1]])
def test_what_makes_no_sense_is_an_error(given, error, says):
    with pytest.raises(error, match=says):
        t.token_counter(**given)


def test_a_count_survives_pickling_with_what_it_knows():
    count = pickle.loads(pickle.dumps(t.TokenCount(3, "acme", exact=True)))
    assert (count, count.tokenizer, count.exact) == (3, "acme", True)


def test_counting_can_be_switched_off():
    off = t.TokenSettings(disable_token_counter=True)
    assert t.token_counter(settings=off) == 0


def test_a_very_long_text_is_sampled_as_litellm_does():
    settings = t.TokenSettings(max_exact_characters=160, slice_characters=100)
    text = "".join(f"{i:04}" for i in range(100))
    samples = [text[390 * i // 15 :][:10] for i in range(16)]
    tokens = sum(t.token_counter("gpt-4o", text=sample) for sample in samples)
    count = t.token_counter("gpt-4o", text=text, settings=settings)
    assert (count, count.exact) == (round(tokens * 400 / 160), False)
    exact = t.token_counter("gpt-4o", text=text, settings=settings, compat="exact")
    assert (exact, exact.exact) == (t.token_counter("gpt-4o", text=text), True)


def test_encode_is_cl100k_unless_asked_to_be_exact():
    ids = t.encode("gpt-4o", "Hello, world!")
    assert (
        ids
        == t.encode("gpt-4", "Hello, world!")
        != t.encode("gpt-4o", "Hello, world!", compat="exact")
    )
    assert t.decode("gpt-4o", ids) == "Hello, world!"
    with pytest.raises(KeyError):
        t.decode("gpt-4o", [5_000_000])


def test_claude_drops_its_special_tokens_unless_told_to_keep_them():
    ids = t.encode("claude-acme", "<META>hello<EOT>", cost_map=MAP)
    assert ids[0] == 1
    assert ids[-1] == 0
    assert t.decode("claude-acme", [*ids, 70_000], cost_map=MAP) == "hello"
    kept = t.decode("claude-acme", ids, skip_special_tokens=False, cost_map=MAP)
    assert kept == "<META>hello<EOT>"


def test_a_custom_tokenizer_is_used_whatever_the_model(words):
    assert t.encode("gpt-4o", "hello there", words) == [1, 2, 0]
    assert t.decode("gpt-4o", [1, 2, 3], words) == "hello acme"
    assert t.decode("gpt-4o", [1, 2], words, skip_special_tokens=False) == "<s> hello"
    count = t.token_counter("gpt-4o", words, text="hello acme world")
    assert (count, count.tokenizer, count.exact) == (4, "custom_tokenizer", True)
    # an empty text is one token too: what begins every text
    assert t.token_counter("", words, messages=[{"content": ""}]) == 3 + 1 + 3
    with pytest.raises(TypeError, match="TextEncodeInput"):
        t.token_counter("", words, text="\ud83d")


def test_a_custom_tiktoken_is_ignored_when_counting_but_not_when_encoding():
    class Acme:
        def encode(self, text, disallowed_special):
            return [len(text), *disallowed_special]

        def decode(self, tokens):
            return "acme" * len(tokens)

    custom = {"type": "openai_tokenizer", "tokenizer": Acme()}
    assert (
        t.token_counter("claude-acme", custom, text="hello", cost_map=MAP).tokenizer
        == "cl100k_base"
    )
    assert t.encode("gpt-4o", "hello", custom) == [5]
    assert t.decode("gpt-4o", [1, 2], custom) == "acmeacme"


def test_ten_megabytes_are_counted():
    text = "a b" * 3_500_000
    assert t.token_counter("gpt-4o", text=text) > 3_000_000


@pytest.mark.parametrize("compat", ["exact", "litellm"])
@pytest.mark.parametrize("model", ["gpt-4o", "claude-acme"])
def test_an_enormous_white_space_is_counted_in_parts(model, compat):
    # tiktoken's regular expression panics on it
    text = "a" + " " * 1_300_000 + "b"
    count = t.token_counter(model, text=text, compat=compat, cost_map=MAP)
    assert count > 1_000
    assert not count.exact
    letters = t.token_counter("gpt-4o", text="ab" * 600_000, compat="exact")
    assert letters.exact


def test_what_is_no_text_cannot_be_encoded():
    with pytest.raises(TypeError, match="TextEncodeInput"):
        check_encodable(None)


def test_importing_loads_no_tokenizer():
    code = "import sys, llmspend.tokens; print(*sys.modules)"
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & {"tiktoken", "tokenizers", "huggingface_hub", "gigatoken", "requests"}
