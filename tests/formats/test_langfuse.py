"""Names of counts in Langfuse's usageDetails: whose they are, and what they come to."""

from __future__ import annotations

import csv
import json

import pytest

from llmspend import load_cost_map, price, read_logs
from llmspend.errors import LogFormatError
from tests.formats import DATA
from tests.formats.nova import NOVA

CLAUDE, GEMINI = "claude-nova-9-20260401", "gemini-nova"
MODELS = {
    **NOVA,
    "audio-nova": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2.5e-06,
        "input_cost_per_audio_token": 1e-04,
        "output_cost_per_token": 1e-05,
        "output_cost_per_audio_token": 2e-04,
    },
    "tier-nova": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 8e-06,
        "cache_read_input_token_cost": 5e-07,
        "input_cost_per_token_flex": 1e-06,
        "output_cost_per_token_flex": 4e-06,
        "cache_read_input_token_cost_flex": 2.5e-07,
        "input_cost_per_token_priority": 4e-06,
        "output_cost_per_token_priority": 16e-06,
        "cache_read_input_token_cost_priority": 1e-06,
    },
}
"""Models nobody sells, some with rates that the fixtures do not need."""

# model, usageDetails → prompt, completion, cached, written tokens; input cost, output cost
CASES = {
    # langfuse, packages/shared/src/server/otel/OtelIngestionProcessor.ts, extractUsageDetails:
    # input_cache_creation is what is left beside 5m and 1h
    "AI SDK, Anthropic": (
        CLAUDE,
        {
            "input": 1000,
            "input_cached_tokens": 7000,
            "input_cache_creation": 0,
            "input_cache_creation_5m": 2000,
            "input_cache_creation_1h": 500,
            "output": 100,
            "total": 10600,
        },
        (10500, 100, 7000, 2500),
        # 0.003 + 0.0021 + 0.0075 + 0.003
        (0.0156, 0.0015),
    ),
    "AI SDK, Bedrock": (
        CLAUDE,
        {
            "input": 1000,
            "input_cache_read": 7000,
            "input_cache_write": 2000,
            "input_cache_creation": 0,
            "output": 100,
        },
        (10000, 100, 7000, 2000),
        # 0.003 + 0.0021 + 0.0075
        (0.0126, 0.0015),
    ),
    # langfuse-python, langchain/CallbackHandler.py, _parse_usage_model, after langchain-anthropic
    "LangChain, Anthropic, 5 minutes": (
        CLAUDE,
        {
            "input": 1000,
            "input_cache_read": 2000,
            "input_cache_creation": 0,
            "input_ephemeral_5m_input_tokens": 3000,
            "output": 100,
            "total": 6100,
        },
        (6000, 100, 2000, 3000),
        # 0.003 + 0.0006 + 0.01125
        (0.01485, 0.0015),
    ),
    "LangChain, Anthropic, an hour": (
        CLAUDE,
        {
            "input": 1000,
            "input_cache_read": 2000,
            "input_cache_creation": 0,
            "input_ephemeral_5m_input_tokens": 0,
            "input_ephemeral_1h_input_tokens": 3000,
            "output": 100,
            "total": 6100,
        },
        (6000, 100, 2000, 3000),
        # 0.003 + 0.0006 + 0.018
        (0.0216, 0.0015),
    ),
    # tests/unit/test_parse_usage_model.py: the aggregate stays, and Langfuse's total has both
    "LangChain, Anthropic's own counts": (
        CLAUDE,
        {
            "input": 100,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 2048,
            "cache_creation_ephemeral_5m_input_tokens": 2048,
            "cache_creation_ephemeral_1h_input_tokens": 0,
            "output": 50,
            "total": 4246,
        },
        (2148, 50, 0, 2048),
        # 0.0003 + 0.00768
        (0.00798, 0.00075),
    ),
    "the same without the aggregate": (
        CLAUDE,
        {"input": 100, "cache_creation_ephemeral_5m_input_tokens": 2048, "output": 50},
        (2148, 50, 0, 2048),
        (0.00798, 0.00075),
    ),
    # of the prompt of 1000 tokens 600 were cached; the handler takes them out of the text
    "LangChain, Vertex AI": (
        GEMINI,
        {
            "input": 0,
            "input_modality_TEXT": 400,
            "cached_content_token_count": 600,
            "cached_modality_TEXT": 600,
            "output": 0,
            "output_modality_TEXT": 100,
            "thoughts_token_count": 50,
            "total": 1150,
        },
        (1000, 150, 600, 0),
        # 0.0004 + 0.00015
        (0.00055, 0.0015),
    ),
    # the prompt includes what was cached, but the answer leaves the thoughts out
    "Gemini's own counts": (
        GEMINI,
        {
            "promptTokenCount": 1000,
            "cachedContentTokenCount": 600,
            "candidatesTokenCount": 100,
            "thoughtsTokenCount": 50,
            "totalTokenCount": 1150,
        },
        (1000, 150, 600, 0),
        (0.00055, 0.0015),
    ),
    "LangChain, OpenAI, audio": (
        "audio-nova",
        {"input": 200, "input_audio": 800, "output": 50, "output_audio": 150, "total": 1200},
        (1000, 200, 0, 0),
        # 0.0005 + 0.08; 0.0005 + 0.03
        (0.0805, 0.0305),
    ),
    # langchain-openai, _create_usage_metadata: the tier stands before the names
    "LangChain, OpenAI, flex": (
        "tier-nova",
        {
            "input": 0,
            "input_flex": 1000,
            "input_flex_cache_read": 500,
            "output": 0,
            "output_flex": 60,
            "output_flex_reasoning": 40,
            "total": 1600,
        },
        (1500, 100, 500, 0),
        # 0.001 + 0.000125
        (0.001125, 0.0004),
    ),
    # the handler leaves the whole beside the names of this tier
    "LangChain, OpenAI, priority": (
        "tier-nova",
        {
            "input": 1500,
            "input_priority": 1000,
            "input_priority_cache_read": 500,
            "output": 100,
            "output_priority": 60,
            "output_priority_reasoning": 40,
            "total": 1600,
        },
        (1500, 100, 500, 0),
        # 0.004 + 0.0005
        (0.0045, 0.0016),
    ),
    # as in Langfuse's prices of OpenAI's models
    "OpenAI, writes": (
        CLAUDE,
        {"input": 1000, "input_cached_tokens": 500, "cache_write_tokens": 2000, "output": 100},
        (3500, 100, 500, 2000),
        # 0.003 + 0.00015 + 0.0075
        (0.01065, 0.0015),
    ),
}


def _observation(request, model, **fields):
    times = {"startTime": "2026-07-01T10:00:00Z", "endTime": "2026-07-01T10:00:01Z"}
    row = {"id": request, "traceId": "t", "type": "GENERATION", "level": "DEFAULT", "model": model}
    return row | times | fields


def _check(path):
    charges = price(read_logs(path), cost_map=load_cost_map(MODELS)).collect()
    counts = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens")
    found = dict(zip(charges["request_id"], charges.select(counts).rows(), strict=True))
    assert found == {name: tokens for name, (_, _, tokens, _) in CASES.items()}
    costs = charges.select("request_id", "input_cost", "output_cost").rows()
    for name, *sides in costs:
        assert sides == pytest.approx(CASES[name][3], rel=1e-12), name
    assert charges["issue"].drop_nulls().is_empty()


def test_names_of_counts_as_lines(tmp_path):
    path = tmp_path / "x.jsonl"
    rows = [_observation(n, model, usageDetails=u) for n, (model, u, _, _) in CASES.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _check(path)


def test_names_of_counts_as_csv(tmp_path):
    path = tmp_path / "x.csv"
    rows = [
        _observation(n, model, usageDetails=json.dumps(u)) for n, (model, u, _, _) in CASES.items()
    ]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    _check(path)


def test_what_is_not_split_stays_unknown(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(_observation("a", CLAUDE, usageDetails={"input": 9, "output": 1})))
    usage = read_logs(path).collect()
    assert (
        usage.select("cache_creation_5m_tokens", "cache_creation_1h_tokens").row(0) == (None,) * 2
    )
    assert usage["served_service_tier"].item() is None


@pytest.mark.parametrize(
    ("unit", "known"),
    [
        ("TOKENS", {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}),
        ("CHARACTERS", {"prompt_characters": 1000, "completion_characters": 100}),
        ("IMAGES", {"output_images": 100}),
        ("SECONDS", {}),
        ("MILLISECONDS", {}),
        ("REQUESTS", {}),
    ],
)
def test_what_is_not_counted_in_tokens_is_not_priced_as_such(tmp_path, unit, known):
    # langfuse, fern/apis/server/definition/commons.yml, ModelUsageUnit
    counts = {"promptTokens": 1000, "completionTokens": 100, "totalTokens": 1100, "unit": unit}
    usage = {"input": 1000, "output": 100, "total": 1100, "unit": unit}
    path = tmp_path / "x.json"
    rows = [
        _observation("both", CLAUDE, usage=usage, **counts),
        _observation("nested", CLAUDE, usage=usage),
        _observation("flat", CLAUDE, **counts),
    ]
    path.write_text(json.dumps({"data": rows, "meta": {"page": 1}}))
    charges = price(read_logs(path), cost_map=load_cost_map(MODELS)).collect()
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for name, count in {**nothing, **known}.items():
        assert set(charges[name][:2]) == {count}, name
        assert charges[name][2] == (count if name in nothing else None), name
    is_error = unit != "TOKENS"
    assert charges["issue"].to_list() == [("no_usage" if is_error else None)] * 3
    # 1000 at 3e-06, 100 at 15e-06
    cost = None if is_error else pytest.approx(0.0045, rel=1e-12)
    assert charges["cost"].to_list() == [cost] * 3


def test_observations_without_their_usage_have_none(tmp_path):
    page = json.loads((DATA / "langfuse_api_v2.json").read_text())
    for row in page["data"]:
        for key in ("usageDetails", "costDetails", "totalCost", "level"):
            del row[key]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(page))
    charges = price(read_logs(path), cost_map=load_cost_map(MODELS)).collect()
    assert charges["issue"].to_list() == ["no_usage"] * 3
    assert charges["cost"].to_list() == [None] * 3


def test_observations_without_their_model_are_not_taken_for_a_log(tmp_path):
    row = json.loads((DATA / "langfuse_v2.jsonl").read_text().splitlines()[0])
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({k: v for k, v in row.items() if k != "providedModelName"}))
    with pytest.raises(LogFormatError, match="providedModelName"):
        read_logs(path)
