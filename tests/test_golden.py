"""What LiteLLM 1.106.2 itself wrote (data/golden_spendlogs.jsonl): read in full, re-priced exactly.

The rows are real output of its logger for mocked calls; prices are those of the packaged snapshot.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmspend import normalize, price, read_logs
from llmspend.usage import COLUMN_BY_NAME, call

GOLDEN = Path(__file__).parent / "data" / "golden_spendlogs.jsonl"


@pytest.fixture(scope="module")
def usage():
    return read_logs(GOLDEN).collect()


@pytest.fixture(scope="module")
def charges(usage):
    return price(usage).rows(named=True)


def utc(*parts):
    return datetime(2026, 11, 22, *parts, tzinfo=UTC)


EVERY_ROW = {
    "call_type": "acompletion",
    "status": "success",
    "key": "a" * 64,
    "key_alias": "prod-chat",
    "team": "t-1",
    "team_alias": "Search",
    "user": "u1",
    "tags": ["env:prod"],
    "model_group": "grp",
    "model_id": "dep1",
    "source_file": str(GOLDEN),
}
WHOLE_ROWS = {
    0: {
        "request_id": "chatcmpl-claude-sonnet-4-5",
        "call_id": "344edee9-ec83-4e5e-a830-d13bf1481af1",
        "session_id": "6158384f-5682-4478-a628-62bdcc8b9b14",
        "started_at": utc(3, 12, 9, 783400),
        "ended_at": utc(3, 12, 10, 840994),
        "first_token_at": utc(3, 12, 10, 840994),
        "duration_ms": 1057.0,
        "model": "anthropic/claude-sonnet-4-5",
        "logged_model_key": "claude-sonnet-4-5",
        "base_model": "anthropic/claude-sonnet-4-5",
        "provider": "anthropic",
        "prompt_tokens": 42620,
        "completion_tokens": 300,
        "total_tokens": 42920,
        "text_tokens": 120,
        "output_text_tokens": 300,
        "cache_read_tokens": 40000,
        "cache_creation_tokens": 2500,
        "cache_creation_5m_tokens": 2000,
        "cache_creation_1h_tokens": 500,
        "served_service_tier": "standard",
        "logged_spend": 0.02736,
        "logged_input_cost": 0.02286,
        "logged_output_cost": 0.0045000000000000005,
        "logged_tool_cost": 0.0,
        "logged_full_cost": 0.02736,
        "source_row": 1,
    },
    5: {
        "request_id": "chatcmpl-gpt-4o-2024-08-06",
        "call_id": "dcc0d944-99f4-4b06-b141-6124408bf868",
        "session_id": "f2e78365-f0af-4670-bce0-465d12ad8072",
        "started_at": utc(3, 12, 14, 602164),
        "ended_at": utc(3, 12, 14, 613989),
        "first_token_at": utc(3, 12, 14, 613989),
        "duration_ms": 11.0,
        "model": "azure/my-gpt4o-eastus",
        "logged_model_key": "azure/gpt-4o",
        "base_model": "azure/gpt-4o",
        "provider": "azure",
        "model_id": "dep-azure",
        "prompt_tokens": 3000,
        "completion_tokens": 700,
        "total_tokens": 3700,
        "cache_read_tokens": 1024,
        "reasoning_tokens": 512,
        "logged_spend": 0.013220000000000003,
        "logged_input_cost": 0.006220000000000001,
        "logged_output_cost": 0.007000000000000001,
        "logged_tool_cost": 0.0,
        "logged_full_cost": 0.013220000000000003,
        "source_row": 6,
    },
    7: {
        "request_id": "chatcmpl-gpt-4o-mini_cache_hit1795317048.1199875",
        "call_id": "8e66ea6f-5650-42fd-ab43-010a9e9fc9ad",
        "session_id": "ea55d8c6-b9df-4420-92fe-be9c6d6a3e8d",
        "cache_hit": True,
        "started_at": utc(3, 10, 41, 724052),
        "ended_at": utc(3, 10, 41, 729988),
        "first_token_at": utc(3, 10, 41, 729988),
        "duration_ms": 5.0,
        "model": "openai/gpt-4o-mini",
        "logged_model_key": "gpt-4o-mini",
        "base_model": "openai/gpt-4o-mini",
        "provider": "openai",
        "prompt_tokens": 3000,
        "completion_tokens": 700,
        "total_tokens": 3700,
        "cache_read_tokens": 1024,
        "reasoning_tokens": 512,
        "logged_spend": 0.0,
        "logged_input_cost": 0.00037319999999999996,
        "logged_output_cost": 0.00041999999999999996,
        "logged_tool_cost": 0.0,
        "logged_full_cost": 0.0007932,
        "source_row": 8,
    },
    9: {
        "request_id": "bcb6fd86-d61c-42c1-9c9d-6b43a302643d",
        "call_id": "bcb6fd86-d61c-42c1-9c9d-6b43a302643d",
        "session_id": "78b462e7-f27d-47d6-a3fa-aa55293ab4f1",
        "call_type": "aembedding",
        "started_at": utc(3, 10, 45, 534668),
        "ended_at": utc(3, 10, 45, 540154),
        "first_token_at": utc(3, 10, 45, 540154),
        "duration_ms": 5.0,
        "model": "openai/text-embedding-3-small",
        "logged_model_key": "text-embedding-3-small",
        "base_model": "openai/text-embedding-3-small",
        "provider": "openai",
        "prompt_tokens": 10,
        "logged_spend": 2e-07,
        "logged_input_cost": 2e-07,
        "logged_output_cost": 0.0,
        "logged_tool_cost": 0.0,
        "logged_full_cost": 2e-07,
        "source_row": 10,
    },
}


@pytest.mark.parametrize("number", WHOLE_ROWS)
def test_a_row_is_read_in_full(usage, number):
    expected = call(**(EVERY_ROW | WHOLE_ROWS[number]))
    assert usage.columns == list(COLUMN_BY_NAME)
    assert usage.row(number, named=True) == expected


CLASSES = (
    # cost-map key, kind, row class, issue
    ("claude-sonnet-4-5", "chat", "normal", None),
    ("gpt-5", "chat", "normal", None),
    ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "chat", "normal", None),
    (None, "chat", "normal", "unknown_model"),
    ("gemini/gemini-2.5-pro", "chat", "normal", None),
    ("azure/gpt-4o", "chat", "normal", None),
    ("gpt-4o-mini", "chat", "normal", None),
    ("gpt-4o-mini", "chat", "cache_hit", None),
    ("gpt-4o-mini", "chat", "normal", None),
    ("text-embedding-3-small", "embedding", "normal", None),
    ("gpt-image-1", "image", "per_unit", None),
    (None, "chat", "normal", "unknown_model"),
    ("gemini/gemini-2.5-pro", "chat", "normal", None),
)


def test_every_row_is_classified(charges):
    columns = ("cost_map_key", "kind", "row_class", "issue")
    assert [tuple(charge[c] for c in columns) for charge in charges] == list(CLASSES)


@pytest.mark.parametrize("number", range(len(CLASSES)))
def test_every_row_is_repriced_to_litellms_own_spend_or_says_why_not(charges, number):
    charge = charges[number]
    if charge["issue"] == "unknown_model":
        # LiteLLM had no price either, and wrote 0
        assert (charge["cost"], charge["logged_spend"]) == (None, 0.0)
    else:
        assert charge["cost"] == charge["logged_spend"]
    if charge["row_class"] == "normal" and charge["issue"] is None:
        sides = (charge["input_cost"], charge["output_cost"])
        assert sides == (charge["logged_input_cost"], charge["logged_output_cost"])


def test_rows_are_repriced_the_same_without_the_key_that_the_log_names(usage, charges):
    """The names alone lead to the same entries, but for Azure: a deployment says nothing."""
    alone = price(usage.drop("logged_model_key")).rows(named=True)
    assert [c["cost"] for c in alone] == [c["cost"] for c in charges]
    nameless = price(usage.drop("logged_model_key", "base_model")).rows(named=True)
    differing = {
        a["model"] for a, b in zip(nameless, charges, strict=True) if a["cost"] != b["cost"]
    }
    assert differing == {"azure/my-gpt4o-eastus"}


def test_reading_twice_gives_the_same_and_normalize_changes_nothing(usage):
    assert read_logs(GOLDEN).collect().equals(usage)
    assert normalize(usage).equals(usage)


def test_the_payload_of_the_loggers_says_the_same():
    """Six of these requests as LiteLLM's own StandardLoggingPayload (golden_standard_logging)."""
    usage = read_logs(GOLDEN.with_name("golden_standard_logging.jsonl")).collect()
    charges = price(usage)
    # to the last bit, but for a model that has no price
    priced = charges.filter(charges["cost"].is_not_null())
    assert priced["cost"].to_list() == priced["logged_spend"].to_list()
    assert priced["input_cost"].to_list() == priced["logged_input_cost"].to_list()
    assert charges.filter(charges["cost"].is_null())["issue"].to_list() == ["unknown_model"]
    first = usage.row(0, named=True)
    expected = EVERY_ROW | WHOLE_ROWS[0]
    # what only one of the two has, or has more precisely
    for name in ("call_id", "session_id", "source_file", "duration_ms", "logged_full_cost"):
        expected.pop(name, None)
    assert {name: first[name] for name in expected} == expected
    assert first["duration_ms"] == pytest.approx(1057.594)
