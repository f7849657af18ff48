"""Names in logs → entries: each step of the resolver on a fictional map, and what it never does."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import RateCard, load_cost_map, price, resolutions
from llmspend.rate_card import Basis

MAP = load_cost_map(
    {
        "plain": {"litellm_provider": "openai", "input_cost_per_token": 1e-06},
        "plain-mini": {"litellm_provider": "openai", "input_cost_per_token": 2e-06},
        "azure/plain": {"litellm_provider": "azure", "input_cost_per_token": 3e-06},
        "azure/eu/plain": {"litellm_provider": "azure", "input_cost_per_token": 4e-06},
        "groq/Fancy-Name": {"litellm_provider": "groq", "input_cost_per_token": 5e-06},
        "pro": {"litellm_provider": "vertex_ai-language-models", "input_cost_per_token": 6e-06},
        "gemini/pro": {"litellm_provider": "gemini", "input_cost_per_token": 7e-06},
        "lab.claude-v1:0": {
            "litellm_provider": "bedrock_converse",
            "input_cost_per_token": 8e-06,
        },
        "us.lab.claude-v1:0": {
            "litellm_provider": "bedrock_converse",
            "input_cost_per_token": 9e-06,
        },
        "ft:plain": {"litellm_provider": "openai", "input_cost_per_token": 1e-05},
        "anyone": {"input_cost_per_token": 1.1e-05},
    }
)

RESOLVED = (
    # names, key, how
    ({"model": "plain", "provider": "openai"}, "plain", "model, exact"),
    ({"model": "openai/plain", "provider": "openai"}, "plain", None),
    ({"model": "plain"}, "plain", "model, exact"),
    ({"model": "openai/plain"}, "plain", None),
    ({"model": "PLAIN", "provider": "openai"}, "plain", None),
    ({"model": "plain-2031-02-03", "provider": "openai"}, "plain", "model, version stripped"),
    ({"model": "plain-mini", "provider": "openai"}, "plain-mini", "model, exact"),
    ({"model": "ft:plain:org::id", "provider": "openai"}, "ft:plain", "model, fine-tune stripped"),
    ({"model": "plain", "provider": "azure"}, "azure/plain", "model, exact"),
    ({"model": "azure/plain", "provider": "azure"}, "azure/plain", "model, exact"),
    ({"model": "plain", "provider": "azure", "region": "eu"}, "azure/eu/plain", "model, regional"),
    (
        {"model": "azure/mine", "base_model": "azure/plain", "provider": "azure"},
        "azure/plain",
        "base_model, exact",
    ),
    ({"model": "azure/mine", "base_model": "gone", "provider": "azure"}, None, None),
    (
        {"model": "plain", "response_model": "plain-mini", "provider": "openai"},
        "plain-mini",
        "response_model, exact",
    ),
    (
        {"model": "plain", "response_model": "unheard-of", "provider": "openai"},
        "plain",
        "model, exact",
    ),
    ({"model": "x", "logged_model_key": "plain", "provider": "openai"}, "plain", "logged key"),
    ({"model": "plain", "logged_model_key": "gone", "provider": "openai"}, "plain", "model, exact"),
    (
        {"model": "plain-mini", "logged_model_key": "azure/plain", "provider": "openai"},
        "plain-mini",
        "model, exact",
    ),
    (
        {"model": "groq/fancy-name", "provider": "groq"},
        "groq/Fancy-Name",
        "model, exact, case-folded",
    ),
    ({"model": "vertex_ai/pro", "provider": "vertex_ai"}, "pro", None),
    ({"model": "gemini/pro-001", "provider": "gemini"}, "gemini/pro", "model, version stripped"),
    ({"model": "bedrock/us.lab.claude-v1:0", "provider": "bedrock"}, "us.lab.claude-v1:0", None),
    (
        {"model": "bedrock/eu.lab.claude-v1:0", "provider": "bedrock"},
        "lab.claude-v1:0",
        "model, region stripped",
    ),
    (
        {"model": "bedrock/converse/us-east-1/lab.claude-v1:0", "provider": "bedrock"},
        "lab.claude-v1:0",
        None,
    ),
    ({"model": "anyone", "provider": "acme"}, "anyone", "model, exact"),
    ({"model": "plain", "provider": "github"}, "plain", None),
    # never another provider's entry, never a guess
    ({"model": "azure/plain", "provider": "openai"}, None, None),
    ({"model": "pro", "provider": "openai"}, None, None),
    ({"model": "plai", "provider": "openai"}, None, None),
    ({"model": "plain-2031", "provider": "openai"}, None, None),
    ({"model": "", "provider": "openai"}, None, None),
    ({"model": "/", "provider": "openai"}, None, None),
    ({"model": "openai/", "provider": "openai"}, None, None),
    ({"provider": "openai"}, None, None),
    ({}, None, None),
    ({"model": "<script>alert(1)</script>"}, None, None),
    ({"model": "(" * 50, "provider": "openai"}, None, None),
    ({"model": "a/" * 5000 + "b", "provider": "openai"}, None, None),
)


@pytest.fixture(scope="module")
def card():
    return RateCard(MAP)


@pytest.mark.parametrize("number", range(len(RESOLVED)), ids=[str(n)[:70] for n, *_ in RESOLVED])
def test_names_resolve(card, number):
    names, key, how = RESOLVED[number]
    match = card.resolve(Basis(**names))
    assert match.key == key
    assert (match.resolved_by is None) == (key is None)
    if how is not None:
        assert match.resolved_by == how


def test_a_frame_resolves_as_one_call_does(card):
    names = sorted({name for given, *_ in RESOLVED for name in given})
    given = pl.DataFrame({n: [row.get(n) for row, *_ in RESOLVED] for n in names})
    charges = price(given, cost_map=card)
    assert charges["cost_map_key"].to_list() == [key for _, key, _ in RESOLVED]
    assert (charges["issue"] == "unknown_model").fill_null(value=False).to_list() == [
        key is None for _, key, _ in RESOLVED
    ]


def test_resolutions_lists_each_combination_once(card):
    rows = (
        [("plain", "openai")] * 3 + [("plian", "openai")] * 2 + [("plain", "azure"), (None, None)]
    )
    calls = pl.DataFrame(rows, schema=["model", "provider"], orient="row")
    table = resolutions(calls, cost_map=card)
    assert table.select("model", "provider", "cost_map_key", "requests").rows() == [
        ("plain", "openai", "plain", 3),
        ("plian", "openai", None, 2),
        ("plain", "azure", "azure/plain", 1),
        (None, None, None, 1),
    ]
    known, unknown, *_ = table["nearest"].to_list()
    assert known == []
    assert unknown[0] == "plain"
    assert resolutions(calls.lazy(), cost_map=card).equals(table)
