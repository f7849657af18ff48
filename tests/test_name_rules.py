"""Rules of the cost map about names without an entry."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.name_rules import read_name_rules


def rules(*raw):
    return read_name_rules({"rules": list(raw)})


@pytest.mark.parametrize(
    "raw",
    [
        {"pattern": "(", "model_info": {}},
        {"pattern": 7, "model_info": {}},
        {"pattern": "a"},
        {"pattern": "a", "model_info": []},
        {"pattern": "a", "model_info": {"litellm_provider": 7}},
        None,
        [],
    ],
)
def test_a_malformed_rule_is_no_rule(raw):
    sound = {"name": "sound", "pattern": "b", "model_info": {}}
    assert [rule.name for rule in rules(raw, sound)] == ["sound"]


@pytest.mark.parametrize("parsed", [None, [], "rules", {}, {"rules": None}, {"rules": {}}])
def test_a_map_without_rules_has_none(parsed):
    assert read_name_rules(parsed) == ()


def test_a_rule_has_the_facts_of_the_one_it_extends():
    parent = {"name": "p", "pattern": "a", "model_info": {"mode": "chat", "x": 1}}
    child = {"name": "c", "pattern": "b", "model_info": {"x": 2}, "extends": "p"}
    assert rules(parent, child)[1].model_info == {"mode": "chat", "x": 2}


@pytest.mark.parametrize(
    ("info", "provider", "is_capability"),
    [
        ({}, None, True),
        ({"mode": "chat"}, None, True),
        ({"litellm_provider": "acme"}, "acme", False),
        ({"litellm_provider": "acme", "mode": "chat"}, "acme", True),
    ],
)
def test_what_a_rule_says_makes_its_kind(info, provider, is_capability):
    (rule,) = rules({"pattern": "a", "model_info": info})
    assert (rule.provider, rule.is_capability) == (provider, is_capability)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("^Acme-[a-z]", "acme-"),
        ("acme-(?:a|b)", "acme-"),
        ("acme[|]x", "acme"),
        ("acmes?", "acme"),
        ("acme|other", ""),
        ("(?:acme)", ""),
        ("[a]cme", ""),
        ("", ""),
    ],
)
def test_the_literal_is_in_whatever_matches(pattern, literal):
    (rule,) = rules({"pattern": pattern, "model_info": {}})
    assert rule.literal == literal


def test_the_packaged_rules_are_all_read():
    costs = load_cost_map()
    assert costs.name_rules
    assert not any(rule.name in costs for rule in costs.name_rules)
    for rule in costs.name_rules:
        for key in costs.entries:
            assert not rule.matches(key) or rule.literal in key.casefold()


def test_of_a_long_name_the_beginning_is_read():
    (rule,) = rules({"pattern": "b$", "model_info": {}})
    assert rule.matches("a" * 400 + "b")
    assert not rule.matches("a" * 10_000 + "b")
