"""Names in logs → entries: each step of the resolver on a fictional map, and what it never does."""

from __future__ import annotations

import time

import polars as pl
import pytest

from llmspend import RateCard, load_cost_map, price, resolutions
from llmspend.basis import Basis
from llmspend.models import AddedFee, Match, ModelIndex, Names

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
        "azure_ai/model_router": {"litellm_provider": "azure_ai", "input_cost_per_token": 1e-07},
        "azure_ai/plain": {"litellm_provider": "azure_ai", "input_cost_per_token": 1.2e-05},
        "ollama/tiny": {"litellm_provider": "ollama", "input_cost_per_token": 0.0},
        "replicate/lab/known": {"litellm_provider": "replicate", "input_cost_per_token": 1e-06},
        "together-ai-4.1b-8b": {"litellm_provider": "together_ai", "input_cost_per_token": 1e-07},
        "command": {"litellm_provider": "cohere_chat", "input_cost_per_token": 1e-06},
        "vertex_ai/meta/lama": {"litellm_provider": "vertex_ai-llama_models"},
        "dep-1": {"input_cost_per_token": 2e-05},
        "dep-2": {"litellm_provider": "azure", "input_cost_per_token": 2.1e-05},
        "fallback_generalizations": {
            "rules": [
                {"pattern": "^lab\\.", "model_info": {"litellm_provider": "bedrock"}},
                {"pattern": "star-\\d", "model_info": {"supports_vision": True}},
            ]
        },
    }
)
INDEX = ModelIndex(MAP.entries, MAP.by_folded_key, MAP.providers, MAP.name_rules)

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


ROUTER_ON_INPUT = AddedFee("azure_ai/model_router", "input")
ROUTER_BESIDE = AddedFee("azure_ai/model_router", "additional")
MATCHED = (
    # what is not an entry of the model's own name
    (
        Names("star-9", provider="openai"),
        Match(None, "openai", "model, capability rule", "capability rule"),
    ),
    (
        Names("lab.star-9"),
        Match(None, "bedrock", "model, capability rule", "capability rule", True),
    ),
    (Names("star-9"), Match(None, None, None)),
    # a known name of another provider is no unknown name
    (Names("plain", provider="groq"), Match(None, "groq", None)),
    # a capability rule ends the search, also where the next name has a price (LiteLLM's B3)
    (
        Names("plain", "star-9", provider="openai"),
        Match(None, "openai", "response_model, capability rule", "capability rule"),
    ),
    (
        Names("lab/new", provider="replicate"),
        Match(None, "replicate", "model, by duration", "duration"),
    ),
    (
        Names("lab/known", provider="replicate"),
        Match("replicate/lab/known", "replicate", "model, exact", "entry"),
    ),
    (
        Names("LAB/KNOWN", provider="replicate"),
        Match(None, "replicate", "model, by duration", "duration"),
    ),
    (
        Names("my-replicate", provider="openai"),
        Match(None, "openai", "model, by duration", "duration"),
    ),
    (Names("tiny", provider="ollama"), Match("ollama/tiny", "ollama", "model, exact", "entry")),
    (
        Names("huge", provider="ollama"),
        Match(None, "ollama", "model, free provider", "free provider"),
    ),
    # routers
    (
        Names("model_router", "plain", provider="azure_ai"),
        Match("azure_ai/plain", "azure_ai", "response_model, exact", "entry", fee=ROUTER_BESIDE),
    ),
    (
        Names("agents/model_router", "plain", provider="azure_ai"),
        Match("azure_ai/plain", "azure_ai", "response_model, exact", "entry"),
    ),
    (
        Names("My-Model-Router", "plain", provider="azure"),
        Match("azure/plain", "azure", "response_model, exact", "entry", fee=ROUTER_BESIDE),
    ),
    (
        Names("model_router", provider="azure_ai"),
        Match("azure_ai/model_router", "azure_ai", "model, exact", "entry"),
    ),
    (
        Names("my-model-router", provider="azure_ai"),
        Match(None, "azure_ai", "model, router fee", "router fee", fee=ROUTER_ON_INPUT),
    ),
    (
        Names("model_router-2031-02-03", provider="azure_ai"),
        Match(
            "azure_ai/model_router",
            "azure_ai",
            "model, version stripped",
            "entry",
            fee=ROUTER_ON_INPUT,
        ),
    ),
    (Names("my-model-router", provider="azure"), Match(None, "azure", None)),
    # a deployment's own prices come first, whatever its base model
    (
        Names("plain", base_model="plain-mini", provider="openai", deployment="dep-1"),
        Match("dep-1", "openai", "deployment, exact", "entry"),
    ),
    (
        Names("plain", base_model="plain-mini", provider="openai", deployment="dep-2"),
        Match("plain", "openai", "model, exact", "entry"),
    ),
    (
        Names("model_router", provider="azure_ai", deployment="dep-1"),
        Match("dep-1", "azure_ai", "deployment, exact", "entry", fee=ROUTER_BESIDE),
    ),
    # kinds of call
    (
        Names("command", provider="cohere", kind="batch"),
        Match("command", "cohere_chat", "model, exact", "entry"),
    ),
    (Names("command", provider="cohere", kind="chat"), Match(None, "cohere", None)),
    # a batch that is unknown under its first name is priced at 0 by LiteLLM, never by another
    (Names("plain", "unheard-of", provider="openai", kind="batch"), Match(None, "openai", None)),
    (
        Names("eu/plain", provider="azure", kind="chat"),
        Match("azure/eu/plain", "azure", "model, exact", "entry"),
    ),
    (
        Names("eu/plain", provider="azure", kind="transcription"),
        Match("azure/eu/plain", "azure", "model, provider prefixed", "entry"),
    ),
    # forms that only one provider's names have
    (
        Names("lama", provider="vertex_ai"),
        Match("vertex_ai/meta/lama", "vertex_ai", "model, alias", "entry"),
    ),
    (
        Names("new/llama-7b", provider="together_ai"),
        Match("together-ai-4.1b-8b", "together_ai", "model, size bucket", "entry"),
    ),
    (
        Names("bedrock/us.lab.claude-v1:0[1m]", provider="bedrock"),
        Match("lab.claude-v1:0", "bedrock", "model, version stripped, region stripped", "entry"),
    ),
    (
        Names(
            "arn:aws:bedrock:us-east-1:1:inference-profile/eu.lab.claude-v1:0:51k",
            provider="bedrock",
        ),
        Match(
            "lab.claude-v1:0",
            "bedrock",
            "model, profile stripped, version stripped, region stripped",
            "entry",
        ),
    ),
    (Names("plain"), Match("plain", "openai", "model, exact", "entry", True)),
    (Names("plain-2031-02-03"), Match(None, None, None)),
)


@pytest.mark.parametrize("number", range(len(MATCHED)), ids=[str(n)[:90] for n, _ in MATCHED])
def test_names_match(number):
    names, match = MATCHED[number]
    found = INDEX.resolve(names)
    assert found._replace(name=None) == match
    assert (found.name is None) == (found.prices_by is None)


def test_without_capability_rules_the_search_goes_on():
    names = Names("plain", "star-9", provider="openai")
    assert INDEX.resolve(names, capability_rules=False).key == "plain"
    assert INDEX.resolve(Names("star-9", provider="openai"), capability_rules=False).key is None


HOSTILE = (
    "a/" * 5000,
    "openai/" * 2000,
    "ft:" + ":" * 10_000,
    "9" * 10_000 + "b",
    "-1" * 5000,
    "[" * 10_000,
    "star-" * 2000,
    "(a+)+$" * 1000,
    "{}{0}{x.__class__}" * 500,
    "\x00\x1b[2J\n",
    "\ud800",
)


@pytest.mark.parametrize(
    "provider", [None, "openai", "bedrock", "fireworks_ai", "azure_ai", "ollama"]
)
@pytest.mark.parametrize("name", HOSTILE, ids=[repr(n[:12]) for n in HOSTILE])
def test_hostile_names_are_unknown_and_fast(name, provider):
    began = time.process_time()
    match = INDEX.resolve(Names(name, name, base_model=name, provider=provider, region=name))
    assert match.key is None
    assert time.process_time() - began < 1


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
