"""Whose entries price whose calls, and that the tables about names hold together."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.inferred_providers import INFERRED_FROM_ENTRY, PREFIX_ONLY, REWRITES
from llmspend.lookup_rules import LOOKUP_RULES, NAME_ALIASES, lookup_rule, may_price_from
from llmspend.name_fees import ROUTER_FEE

COSTS = load_cost_map()
ENTRY_PROVIDERS = {entry.get("litellm_provider") for entry in COSTS.entries.values()}


def test_a_provider_has_one_rule_and_every_rule_a_source():
    names = [rule.provider for rule in LOOKUP_RULES]
    assert len(set(names)) == len(names)
    assert all(rule.source for rule in LOOKUP_RULES)
    assert {rule.looked_up_as for rule in LOOKUP_RULES} - {None} <= set(names)


def test_tables_name_providers_that_exist():
    known = COSTS.providers | ENTRY_PROVIDERS | {"*"}
    assert {rule.provider for rule in LOOKUP_RULES} <= known
    assert {*INFERRED_FROM_ENTRY.values()} - COSTS.providers == {"aleph_alpha"}
    assert {rewrite.entry_provider for rewrite in REWRITES} <= ENTRY_PROVIDERS
    assert not PREFIX_ONLY & COSTS.providers


def test_entries_that_tables_name_are_in_the_cost_map():
    renamed = [f"{rule.provider}/{new}" for rule in LOOKUP_RULES for _, new in rule.renames]
    assert any(name in COSTS for name in renamed)
    assert any(name in COSTS for name in NAME_ALIASES.values())
    assert all(f"{ROUTER_FEE.provider}/{name}" in COSTS for name in ROUTER_FEE.entries)


@pytest.mark.parametrize("provider", [None, "", "acme", "*"])
def test_whoever_has_no_rule_has_the_common_one(provider):
    assert lookup_rule(provider).provider == "*"


@pytest.mark.parametrize(
    ("provider", "entry_provider", "expected"),
    [
        ("openai", "openai", True),
        ("openai", "azure", False),
        ("azure_ai", "azure", True),
        ("azure_ai", "openai", True),
        ("azure", "azure_ai", False),
        ("vertex_ai", "vertex_ai-anthropic_models", True),
        ("vertex_ai_beta", "vertex_ai-anthropic_models", True),
        ("gemini", "vertex_ai-language-models", False),
        ("bedrock", "bedrock_converse", True),
        ("bedrock_converse", "bedrock", True),
        ("bedrock_mantle", "bedrock", True),
        ("fireworks_ai", "fireworks_ai-embedding-models", True),
        ("litellm_proxy", "anything", True),
        ("github", "openai", True),
        ("acme", None, True),
        (None, "acme", True),
        ("acme", "acme2", False),
        ("acme", "*", False),
    ],
)
def test_which_entries_price_whose_calls(provider, entry_provider, expected):
    assert may_price_from(provider, entry_provider) is expected
