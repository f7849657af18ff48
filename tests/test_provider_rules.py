from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.provider_rules import (
    EVERY_COUNT,
    PROVIDER_RULES,
    billing_provider,
    provider_rule,
)

NAMES = [rule.provider for rule in PROVIDER_RULES]


def test_a_provider_has_one_rule_and_every_rule_a_source():
    assert len(set(NAMES)) == len(NAMES)
    assert all(rule.source and rule.reads <= EVERY_COUNT for rule in PROVIDER_RULES)


def test_rules_are_of_providers_that_exist():
    costs = load_cost_map()
    known = costs.providers | {e.get("litellm_provider") for e in costs.entries.values()}
    assert set(NAMES) - {"*"} - known == set()


@pytest.mark.parametrize("provider", [None, "", "acme", "*"])
def test_whoever_has_no_rule_has_the_common_one(provider):
    assert provider_rule(provider).provider == "*"


@pytest.mark.parametrize(
    ("entry_provider", "expected"),
    [
        ("vertex_ai-mistral_models", "vertex_ai"),
        ("vertex_ai", "vertex_ai"),
        ("bedrock_converse", "bedrock"),
        ("fireworks_ai-embedding-models", "fireworks_ai"),
        ("openai", "openai"),
        (None, None),
    ],
)
def test_who_bills_for_an_entry(entry_provider, expected):
    assert billing_provider(entry_provider) == expected
