"""Prices by the size that a name states, and the names that are looked up by another."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import load_cost_map, price
from llmspend.lookup_rules import LOOKUP_RULES, NAME_ALIASES
from llmspend.size_buckets import SIZE_BUCKETS, size_bucket


def test_every_bucket_is_in_the_cost_map():
    costs = load_cost_map()
    keys = {key for buckets in SIZE_BUCKETS for _, key in buckets.limits}
    assert sorted(key for key in keys if key not in costs) == []


def test_new_names_are_in_the_cost_map_or_gone_from_it():
    costs = load_cost_map()
    new = {f"{rule.provider}/{name}" for rule in LOOKUP_RULES for _, name in rule.renames}
    assert any(name in costs for name in new)
    assert any(name in costs for name in NAME_ALIASES.values())


def test_limits_ascend():
    for buckets in SIZE_BUCKETS:
        limits = [limit for limit, _ in buckets.limits]
        assert limits == sorted(limits)


@pytest.mark.parametrize(
    ("name", "provider", "kind", "key"),
    [
        ("a/llama-4b", "fireworks_ai", None, "fireworks-ai-up-to-4b"),
        ("a/LLAMA-16B", "fireworks_ai", None, "fireworks-ai-4.1b-to-16b"),
        ("a/llama-17b", "fireworks_ai", None, "fireworks-ai-above-16b"),
        ("a/mixtral-8x22b", "fireworks_ai", None, "fireworks-ai-56b-to-176b"),
        # too large for the buckets of mixtures: LiteLLM goes on with what stands before the b
        ("a/moe-16x100b", "fireworks_ai", None, "fireworks-ai-above-16b"),
        ("a/nameless", "fireworks_ai", None, "fireworks-ai-default"),
        ("a/llama-8b", "together_ai", "chat", "together-ai-4.1b-8b"),
        ("a/bert-80m", "together_ai", "embedding", "together-ai-embedding-up-to-150m"),
        ("a/bert-80m", "together_ai", "chat", None),
        ("a/llama-405b", "together_ai", None, None),
        ("a/llama-8b", "groq", None, None),
        ("a/llama-8b", None, None, None),
    ],
)
def test_size_bucket(name: str, provider: str | None, kind: str | None, key: str | None):
    assert size_bucket(name, provider, kind) == key


def test_a_price_by_size_says_so():
    calls = pl.DataFrame(
        {
            "model": ["accounts/me/models/my-llama-8b", "my/llama-8b", "my/llama-405b"],
            "provider": ["fireworks_ai", "together_ai", "together_ai"],
            "prompt_tokens": [1000] * 3,
        }
    )
    found = price(calls).select("cost_map_key", "resolved_by", "issue").rows()
    assert found == [
        ("fireworks-ai-4.1b-to-16b", "model, size bucket", "priced_by_size"),
        ("together-ai-4.1b-8b", "model, size bucket", "priced_by_size"),
        (None, None, "unknown_model"),
    ]


def test_an_old_name_is_found_by_its_new_one():
    calls = pl.DataFrame(
        {
            "model": ["gpt-41", "gte-large-en-v2"],
            "provider": ["azure_ai", "databricks"],
            "prompt_tokens": [1000] * 2,
        }
    )
    assert price(calls)["cost_map_key"].to_list()[1] == "databricks/databricks-gte-large-en"
    assert price(calls)["resolved_by"].to_list()[1] == "model, alias"
