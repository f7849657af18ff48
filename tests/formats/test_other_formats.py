"""Logs from outside LiteLLM: each fixture gives the rows written out here, at these costs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from llmspend import load_cost_map, price, read_logs
from llmspend.formats import FORMATS
from llmspend.log_files import look_into
from llmspend.log_recognition import format_of
from llmspend.usage import COLUMN_BY_NAME, USAGE_SCHEMA
from tests.formats.nova import NOVA

FIXTURES = Path(__file__).parent.parent / "data" / "formats"
_PLACE = ("source_file", "source_row")


@dataclass(frozen=True)
class FormatCase:
    """A fixture, the rows it gives (columns that are not at their default) and what they cost."""

    format: str
    file: str
    rows: tuple[dict, ...]
    costs: tuple[float | None, ...]
    issues: dict[int, str] = field(default_factory=dict)


def _at(minute, second=0, hour=10, day=1, micro=0):
    return datetime(2026, 7, day, hour, minute, second, micro, tzinfo=UTC)


_CHAT = {
    "started_at": _at(0),
    "ended_at": _at(0),
    "model": "gpt-nova-mini-2026-05-01",
    "status": "success",
}
_CHAT_COUNTS = {
    "prompt_tokens": 1200,
    "completion_tokens": 300,
    "total_tokens": 1500,
    "cache_read_tokens": 1024,
    "reasoning_tokens": 192,
}
_RESPONSE = {
    "started_at": _at(1),
    "ended_at": _at(1, 5),
    "model": "gpt-nova-2026-05-01",
    "status": "success",
}
_RESPONSE_COUNTS = {
    "prompt_tokens": 2000,
    "completion_tokens": 400,
    "total_tokens": 2400,
    "cache_read_tokens": 500,
    "reasoning_tokens": 128,
    "web_searches": 1,
    "web_search_signal": "item",
}
_EMBEDDING = {
    "model": "text-embedding-nova",
    "prompt_tokens": 80,
    "total_tokens": 80,
    "status": "success",
}
_BATCH = {"call_type": "aretrieve_batch"}
_FAILED = {"status": "failure", "usage_issue": "no_usage"}
_ANTHROPIC_BATCH = {**_BATCH, "provider": "anthropic"}


def _line(second):
    return _at(0, second, micro=250_000)


_SESSION = {
    "session_id": "5e55-1",
    "call_type": "anthropic_messages",
    "status": "success",
}
_SHOP = {
    "project": "/home/ann/src/web-shop",
    "project_alias": "web-shop",
    "tags": ["feature/cart"],
}
_SNAPSHOT = {
    **_SESSION,
    **_SHOP,
    "request_id": "msg_1",
    "call_id": "req_1",
    "model": "claude-nova-9-20260401",
    "prompt_tokens": 21512,
    "completion_tokens": 640,
    "total_tokens": 22152,
    "text_tokens": 12,
    "cache_read_tokens": 20000,
    "cache_creation_tokens": 1500,
    "cache_creation_5m_tokens": 500,
    "cache_creation_1h_tokens": 1000,
    "output_text_tokens": 640,
    "web_searches": 1,
    "served_service_tier": "standard",
    "inference_geo": "not_available",
}
_OTHERS_MODEL = {
    **_SESSION,
    **_SHOP,
    "request_id": "chatcmpl-7",
    "model": "somebody/else-1",
    "prompt_tokens": 9,
    "completion_tokens": 3,
    "total_tokens": 12,
}
_TIMES = {
    "started_at": _at(0),
    "ended_at": _at(0, 2, micro=500_000),
    "duration_ms": 2500.0,
    "status": "success",
}
_GENERATION = {
    **_TIMES,
    "session_id": "trace-1",
    "first_token_at": _at(0, micro=750_000),
    "model": "gpt-nova-2026-05-01",
    "project": "prj-1",
    "prompt_tokens": 2000,
    "completion_tokens": 400,
    "total_tokens": 2400,
    "cache_read_tokens": 1500,
    "logged_spend": 0.0022,
    "logged_input_cost": 0.0006,
    "logged_output_cost": 0.0016,
}
_SEEN = {"session_id": "s-1", "end_user": "u-9", "tags": ["web", "beta"], "project": "prj-1"}
_GENERATIONS = (
    {**_GENERATION, **_SEEN, "request_id": "obs-1", "reasoning_tokens": 100},
    {**_GENERATION, "request_id": "obs-2", "tags": []},
    {
        **_SEEN,
        **_TIMES,
        "request_id": "obs-3",
        "call_type": "aembedding",
        "model": "text-embedding-nova",
        "prompt_tokens": 80,
        "total_tokens": 80,
    },
    {
        **_SEEN,
        "request_id": "obs-4",
        "status": "failure",
        "started_at": _at(0),
        "ended_at": _at(0),
        "duration_ms": 0.0,
        "model": "gpt-nova-2026-05-01",
    },
)
_CACHED_GENERATION = 500 * 1e-06 + 1500 * 1e-07 + 400 * 4e-06
_SPAN = {
    **_TIMES,
    "session_id": "5b8efff798038103d269b633813fc60c",
    "project": "shop",
}
_TRACED = {
    **_SPAN,
    "request_id": "chatcmpl-9",
    "session_id": "conv-1",
    "call_type": "acompletion",
    "model": "gpt-nova-2026-05-01",
    "response_model": "gpt-nova-2026-05-01",
    "provider": "openai",
    "api_base": "api.openai.com",
    "prompt_tokens": 2000,
    "completion_tokens": 400,
    "cache_read_tokens": 500,
    "served_service_tier": "default",
}
_SUM = {"status": "success", "is_summary": True}
_ANTHROPIC_SUM = {
    **_SUM,
    "started_at": _at(0, hour=0),
    "call_type": "anthropic_messages",
    "model": "claude-nova-9-20260401",
    "provider": "anthropic",
    "key": "apikey_01",
    "project": "wrkspc_01",
    "prompt_tokens": 1_701_500,
    "completion_tokens": 50_000,
    "total_tokens": 1_751_500,
    "text_tokens": 1_500_000,
    "cache_read_tokens": 200_000,
    "cache_creation_tokens": 1500,
    "cache_creation_5m_tokens": 500,
    "cache_creation_1h_tokens": 1000,
    "service_tier": "standard",
    "inference_geo": "global",
}
_OPENAI_SUM = {
    **_SUM,
    "started_at": _at(0, hour=0),
    "model": "gpt-nova-2026-05-01",
    "provider": "openai",
    "key": "key_1",
    "project": "proj_1",
    "prompt_tokens": 1_000_000,
    "completion_tokens": 80_000,
    "total_tokens": 1_080_000,
    "cache_read_tokens": 400_000,
    "request_count": 50,
    "context_tokens": 20_000,
}

FORMAT_CASES = (
    FormatCase(
        "API responses",
        "api_responses.jsonl",
        (
            {
                **_CHAT,
                **_CHAT_COUNTS,
                "request_id": "chatcmpl-a1",
                "call_type": "acompletion",
                "served_service_tier": "default",
            },
            {
                **_RESPONSE,
                **_RESPONSE_COUNTS,
                "request_id": "resp_b1",
                "call_type": "aresponses",
                "served_service_tier": "priority",
                "user": "u-7",
            },
            {**_EMBEDDING, "call_type": "aembedding"},
            {
                "request_id": "msg_c1",
                "call_type": "anthropic_messages",
                "status": "success",
                "model": "claude-nova-9-20260401",
                "prompt_tokens": 4350,
                "completion_tokens": 250,
                "total_tokens": 4600,
                "text_tokens": 50,
                "cache_read_tokens": 4000,
                "cache_creation_tokens": 300,
                "cache_creation_5m_tokens": 200,
                "cache_creation_1h_tokens": 100,
                "output_text_tokens": 250,
                "web_searches": 2,
                "served_service_tier": "standard",
            },
            {
                **_BATCH,
                "request_id": "msg_c2",
                "status": "success",
                "model": "claude-nova-9-20260401",
                "prompt_tokens": 7,
                "completion_tokens": 9,
                "total_tokens": 16,
                "text_tokens": 7,
                "output_text_tokens": 9,
                "served_service_tier": "batch",
            },
            {
                **_FAILED,
                "request_id": "resp_b2",
                "call_type": "aresponses",
                "error_class": "server_error",
                "started_at": _at(1),
                "ended_at": _at(1),
                "model": "gpt-nova-2026-05-01",
                "user": "u-7",
            },
            {
                **_CHAT,
                "request_id": "chatcmpl-a2",
                "call_type": "acompletion",
                "served_service_tier": "default",
                "usage_issue": "no_usage",
            },
        ),
        (
            176 * 2e-07 + 1024 * 2e-08 + 300 * 8e-07,
            1500 * 2e-06 + 500 * 2e-07 + 400 * 8e-06 + 0.01,
            80 * 2e-08,
            50 * 3e-06 + 4000 * 3e-07 + 200 * 3.75e-06 + 100 * 6e-06 + 250 * 15e-06 + 2 * 0.01,
            7 * 1.5e-06 + 9 * 7.5e-06,
            0.0,
            None,
        ),
        {6: "no_usage"},
    ),
    FormatCase(
        "Gemini responses",
        "gemini_responses.jsonl",
        (
            {
                "request_id": "g-1",
                "call_type": "agenerate_content",
                "status": "success",
                "started_at": _at(0, micro=500_000),
                "ended_at": _at(0, micro=500_000),
                "model": "gemini-nova",
                "prompt_tokens": 900,
                "completion_tokens": 100,
                "total_tokens": 1000,
                "text_tokens": 500,
                "cache_read_tokens": 400,
                "output_text_tokens": 60,
                "reasoning_tokens": 40,
            },
        ),
        (500 * 1e-06 + 400 * 2.5e-07 + 100 * 1e-05,),
    ),
    FormatCase(
        "OpenAI batch output",
        "openai_batch.jsonl",
        (
            {**_BATCH, **_CHAT, **_CHAT_COUNTS, "request_id": "batch_req_1"},
            {**_BATCH, **_RESPONSE, **_RESPONSE_COUNTS, "request_id": "batch_req_2"},
            {**_BATCH, **_EMBEDDING, "request_id": "batch_req_3"},
            {
                **_BATCH,
                **_FAILED,
                "request_id": "batch_req_4",
                "error_class": "context_length_exceeded",
            },
            {**_BATCH, **_FAILED, "request_id": "batch_req_5", "error_class": "batch_expired"},
        ),
        (
            176 * 1e-07 + 1024 * 1e-08 + 300 * 4e-07,
            2000 * 6e-07 + 400 * 3e-06,
            80 * 1e-08,
            0.0,
            0.0,
        ),
    ),
    FormatCase(
        "Anthropic message-batch results",
        "anthropic_batch.jsonl",
        (
            {
                **_ANTHROPIC_BATCH,
                "request_id": "msg_e1",
                "status": "success",
                "model": "claude-nova-9-20260401",
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "text_tokens": 100,
                "cache_creation_5m_tokens": 0,
                "cache_creation_1h_tokens": 0,
                "output_text_tokens": 20,
                "served_service_tier": "batch",
            },
            {**_ANTHROPIC_BATCH, **_FAILED, "error_class": "invalid_request_error"},
            {**_ANTHROPIC_BATCH, **_FAILED, "error_class": "expired"},
            {**_ANTHROPIC_BATCH, **_FAILED, "error_class": "canceled"},
        ),
        (100 * 1.5e-06 + 20 * 7.5e-06, 0.0, 0.0, 0.0),
    ),
    FormatCase(
        "Claude Code sessions",
        "claude_code.jsonl",
        (
            _SNAPSHOT | {"started_at": _line(1), "ended_at": _line(1)},
            _SNAPSHOT | {"started_at": _line(2), "ended_at": _line(2), "is_duplicate": True},
            _SNAPSHOT | {"started_at": _line(3), "ended_at": _line(3), "is_duplicate": True},
            {
                **_SESSION,
                "request_id": "msg_2",
                "call_id": "req_2",
                "started_at": _line(5),
                "ended_at": _line(5),
                "model": "claude-nova-9-20260401",
                "project": "C:\\Users\\ann\\src\\api",
                "project_alias": "api",
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "logged_spend": 0.0123,
            },
            _OTHERS_MODEL | {"started_at": _line(7), "ended_at": _line(7)},
            _OTHERS_MODEL | {"started_at": _line(8), "ended_at": _line(8), "is_duplicate": True},
        ),
        (
            (12 * 3e-06 + 20000 * 3e-07 + 500 * 3.75e-06 + 1000 * 6e-06 + 640 * 15e-06 + 0.01),
            0.0,
            0.0,
            100 * 3e-06 + 50 * 15e-06,
            None,
            0.0,
        ),
        {
            1: "duplicate_request",
            2: "duplicate_request",
            4: "unknown_model",
            5: "duplicate_request",
        },
    ),
    *(
        FormatCase(
            "Langfuse observations",
            file,
            _GENERATIONS,
            (_CACHED_GENERATION, _CACHED_GENERATION, 80 * 2e-08, 0.0),
        )
        for file in ("langfuse_export.jsonl", "langfuse_export.csv")
    ),
    FormatCase(
        "Langfuse API pages",
        "langfuse_api.json",
        (
            {k: v for k, v in _GENERATION.items() if k != "cache_read_tokens"}
            | {"request_id": "obs-1"},
            _GENERATION | {"request_id": "obs-2"},
        ),
        (2000 * 1e-06 + 400 * 4e-06, _CACHED_GENERATION),
    ),
    FormatCase(
        "OpenTelemetry spans",
        "otlp_spans.jsonl",
        (
            _TRACED,
            {**_TRACED, "is_duplicate": True},
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b175",
                "call_type": "acompletion",
                "model": "anthropic.claude-nova-9",
                "provider": "bedrock",
                "prompt_tokens": 4350,
                "completion_tokens": 250,
                "cache_read_tokens": 4000,
                "cache_creation_tokens": 300,
                "usage_issue": "prompt_excluded_cache",
            },
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b176",
                "call_type": "aembedding",
                "status": "failure",
                "error_class": "RateLimitError",
                "model": "text-embedding-nova",
                "provider": "azure",
            },
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b177",
                "call_type": "acompletion",
                "model": "gpt-nova-mini-2026-05-01",
                "provider": "openai",
                "prompt_tokens": 1200,
                "completion_tokens": 300,
                "total_tokens": 1500,
                "cache_read_tokens": 1024,
            },
        ),
        (
            1500 * 1e-06 + 500 * 1e-07 + 400 * 4e-06,
            0.0,
            50 * 3.3e-06 + 4000 * 3.3e-07 + 300 * 4e-06 + 250 * 16e-06,
            0.0,
            176 * 2e-07 + 1024 * 2e-08 + 300 * 8e-07,
        ),
        {1: "duplicate_request", 2: "prompt_excluded_cache"},
    ),
    FormatCase(
        "Anthropic usage report",
        "anthropic_usage.json",
        (
            {**_ANTHROPIC_SUM, "context_tokens": 200_000, "web_searches": 10},
            {**_ANTHROPIC_SUM, "context_tokens": 200_001, "web_searches": 0},
            {
                **_SUM,
                **_BATCH,
                "started_at": _at(0, hour=0, day=3),
                "model": "claude-nova-9-20260401",
                "provider": "anthropic",
                "project": "wrkspc_01",
                "prompt_tokens": 1_500_000,
                "completion_tokens": 50_000,
                "total_tokens": 1_550_000,
                "text_tokens": 1_500_000,
                "cache_creation_5m_tokens": 0,
                "cache_creation_1h_tokens": 0,
                "context_tokens": 0,
                "web_searches": 0,
                "service_tier": "batch",
                "inference_geo": "global",
            },
        ),
        (
            1.5 * 3 + 0.2 * 0.3 + 500 * 3.75e-06 + 1000 * 6e-06 + 0.05 * 15 + 10 * 0.01,
            1.5 * 6 + 0.2 * 0.6 + 500 * 3.75e-06 + 1000 * 6e-06 + 0.05 * 22.5,
            1.5 * 1.5 + 0.05 * 7.5,
        ),
        dict.fromkeys(range(3), "coarse_price"),
    ),
    FormatCase(
        "OpenAI usage report",
        "openai_usage.jsonl",
        (
            {**_OPENAI_SUM, "call_type": "acompletion", "service_tier": "default"},
            {**_OPENAI_SUM, **_BATCH, "service_tier": "default"},
            {**_OPENAI_SUM, "call_type": "acompletion", "service_tier": "priority"},
            {
                **{k: v for k, v in _OPENAI_SUM.items() if "cache" not in k and "compl" not in k},
                "call_type": "aembedding",
                "model": "text-embedding-nova",
                "prompt_tokens": 8000,
                "total_tokens": 8000,
                "context_tokens": 160,
            },
        ),
        (
            0.6 * 1 + 0.4 * 0.1 + 0.08 * 4,
            0.6 + 0.08 * 3,
            0.6 * 2 + 0.4 * 0.2 + 0.08 * 8,
            8000 * 2e-08,
        ),
        dict.fromkeys(range(4), "coarse_price"),
    ),
)

cases = pytest.mark.parametrize("case", FORMAT_CASES, ids=lambda case: case.file)


@pytest.fixture(scope="module")
def nova():
    return load_cost_map(NOVA)


@cases
def test_rows(case):
    usage = read_logs(FIXTURES / case.file).collect()
    assert usage.schema == USAGE_SCHEMA
    assert [_stated(row) for row in usage.rows(named=True)] == list(case.rows)


def _stated(row):
    """What a row says beyond the defaults."""
    return {
        name: value
        for name, value in row.items()
        if name not in _PLACE and value != COLUMN_BY_NAME[name].default
    }


@cases
def test_costs(case, nova):
    charges = price(read_logs(FIXTURES / case.file), cost_map=nova).collect()
    for number, (cost, expected) in enumerate(zip(charges["cost"], case.costs, strict=True)):
        assert cost == (expected and pytest.approx(expected, rel=1e-12)), number
    found = charges["issue"].to_list()
    assert {i: issue for i, issue in enumerate(found) if issue} == case.issues


@cases
def test_a_fixture_is_of_its_own_format(case):
    assert format_of(look_into(str(FIXTURES / case.file))).name == case.format


@cases
def test_texts_are_read_only_when_asked_for(case):
    file = FIXTURES / case.file
    assert "SECRET" not in str(read_logs(file).collect().rows())
    texts = read_logs(file, texts=True).select("messages", "response").collect()
    log_format = next(f for f in FORMATS if f.name == case.format)
    assert ("SECRET" in str(texts.rows())) == bool(log_format.texts)


@cases
def test_few_columns_are_those_of_all(case):
    usage = read_logs(FIXTURES / case.file)
    whole = usage.collect()
    for names in (("usage_issue",), ("prompt_tokens", "call_type")):
        assert usage.select(names).collect().equals(whole.select(names)), names


# -- bad input

json_cases = pytest.mark.parametrize(
    "case", [c for c in FORMAT_CASES if ".csv" not in c.file], ids=lambda case: case.file
)


def _leaves(value, change):
    """A JSON value with its leaves changed."""
    if isinstance(value, dict):
        return {k: _leaves(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_leaves(v, change) for v in value]
    return change(value)


def _is_number(leaf):
    return type(leaf) in (int, float) or (isinstance(leaf, str) and leaf.isdigit())


def _numbers_as(other):
    return lambda leaf: other if _is_number(leaf) else leaf


HOSTILE = "<script>'; DROP TABLE x; --\n\u202e\U0001f4a9\\\"{}$.[*]"
KINDS = re.compile(
    r"assistant|<synthetic>|GENERATION|EMBEDDING|LLM|chat|embeddings|[a-z_]+(\.[a-z_]+)+"
)
"""What tells rows apart, and names of attributes."""
CHANGES = {
    "numbers as text": lambda leaf: str(leaf) if _is_number(leaf) else leaf,
    "numbers as words": _numbers_as("abc"),
    "numbers as lists": _numbers_as([1]),
    "numbers as objects": _numbers_as({"a": 1}),
    "numbers beyond all": _numbers_as(10**30),
    "everything null": lambda _: None,
    "everything true": lambda _: True,
    "everything an object": lambda _: {"": {}},
    "hostile names": lambda leaf: (
        HOSTILE if isinstance(leaf, str) and not KINDS.fullmatch(leaf) else leaf
    ),
}


def _documents(case):
    text = (FIXTURES / case.file).read_text()
    lines = text.splitlines() if case.file.endswith(".jsonl") else [text]
    return [json.loads(line) for line in lines]


def _written(path, documents):
    path.write_text("".join(json.dumps(d) + "\n" for d in documents))
    return path


@json_cases
def test_values_of_other_types(case, tmp_path, nova):
    documents = _documents(case)
    files = {
        name: _written(tmp_path / f"{name}.jsonl", [_leaves(d, change) for d in documents])
        for name, change in CHANGES.items()
    }
    frames = [read_logs(f, format=case.format).collect() for f in files.values()]
    charges = price(pl.concat(frames), cost_map=nova)
    of = {name: charges.filter(source_file=str(file)) for name, file in files.items()}
    hostile = of["hostile names"]["model"].drop_nulls()
    assert set(hostile) == {HOSTILE}
    assert len(hostile) == sum("model" in row for row in case.rows)
    assert of["numbers as text"]["prompt_tokens"].to_list() == [
        row.get("prompt_tokens", 0) for row in case.rows
    ]
    counted = [
        i for i, row in enumerate(case.rows) if "prompt_tokens" in row and "is_duplicate" not in row
    ]
    for name in ("numbers as words", "numbers beyond all"):
        assert set(of[name]["usage_issue"].gather(counted)) == {"absurd_count"}, name
        assert set(of[name]["cost"].gather(counted)) == {None}, name


@json_cases
def test_keys_that_are_missing(case, tmp_path):
    documents = [
        {k: v for k, v in document.items() if k != key}
        for document in _documents(case)
        for key in document
    ]
    path = _written(tmp_path / "x.jsonl", documents)
    usage = read_logs(path, format=case.format).collect()
    assert usage.schema == USAGE_SCHEMA


@json_cases
def test_broken_and_empty_lines(case, tmp_path):
    whole = "".join(json.dumps(d) + "\n" for d in _documents(case))
    path = tmp_path / "x.jsonl"
    path.write_text(whole + "{cut short\n\n{}\n" + whole)
    usage = read_logs(path, format=case.format).collect()
    rows = len(case.rows)
    assert usage.height == 2 * rows + 2
    broken = usage[rows : rows + 2]
    of_the_log = {"is_summary": True} if broken["is_summary"].all() else {}
    nothing = {"usage_issue": "unreadable_row", **of_the_log}
    assert [_stated(row) for row in broken.rows(named=True)] == [nothing] * 2
    assert usage["source_row"].is_sorted()


@json_cases
def test_documents_over_many_lines_and_in_a_list(case, tmp_path):
    documents = _documents(case)
    texts = {
        "documents.json": "\n".join(json.dumps(d, indent=2) for d in documents),
        "list.json": json.dumps(documents, indent=2),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        usage = read_logs(tmp_path / name).collect()
        assert [_stated(row) for row in usage.rows(named=True)] == list(case.rows)
