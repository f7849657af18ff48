"""Logs from outside LiteLLM: each fixture gives the rows written out here, at these costs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmspend import load_cost_map, price, read_logs
from llmspend.formats import FORMATS
from llmspend.log_files import look_into
from llmspend.logs import _format_of
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
    assert _format_of(look_into(str(FIXTURES / case.file))).name == case.format


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


def _leaves(value, change):
    """A JSON value with its leaves changed."""
    if isinstance(value, dict):
        return {k: _leaves(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_leaves(v, change) for v in value]
    return change(value)


def _numbers_as(other):
    return lambda leaf: other if type(leaf) in (int, float) else leaf


HOSTILE = "<script>'; DROP TABLE x; --\n\u202e\U0001f4a9\\\"{}$.[*]"
CHANGES = {
    "numbers as text": lambda leaf: str(leaf) if type(leaf) in (int, float) else leaf,
    "numbers as words": _numbers_as("abc"),
    "numbers as lists": _numbers_as([1]),
    "numbers as objects": _numbers_as({"a": 1}),
    "numbers beyond all": _numbers_as(10**30),
    "everything null": lambda _: None,
    "everything true": lambda _: True,
    "everything an object": lambda _: {"": {}},
    "hostile names": lambda leaf: HOSTILE if isinstance(leaf, str) else leaf,
}


def _documents(case):
    return [json.loads(line) for line in (FIXTURES / case.file).read_text().splitlines()]


def _written(path, documents):
    path.write_text("".join(json.dumps(d) + "\n" for d in documents))
    return path


@cases
def test_values_of_other_types(case, tmp_path, nova):
    documents = _documents(case)
    files = {
        name: _written(tmp_path / f"{name}.jsonl", [_leaves(d, change) for d in documents])
        for name, change in CHANGES.items()
    }
    usage = read_logs(files.values(), format=case.format).collect()
    charges = price(usage, cost_map=nova)
    assert charges.height == usage.height
    of = {name: charges.filter(source_file=str(file)) for name, file in files.items()}
    assert of["hostile names"].height == len(case.rows)
    assert of["numbers as text"]["prompt_tokens"].to_list() == [
        row.get("prompt_tokens", 0) for row in case.rows
    ]
    counted = [i for i, row in enumerate(case.rows) if "prompt_tokens" in row]
    for name in ("numbers as words", "numbers beyond all"):
        assert set(of[name]["usage_issue"].gather(counted)) == {"absurd_count"}, name
        assert set(of[name]["cost"].gather(counted)) == {None}, name


@cases
def test_keys_that_are_missing(case, tmp_path):
    files = []
    for document in _documents(case):
        for key in document:
            rest = {k: v for k, v in document.items() if k != key}
            files.append(_written(tmp_path / f"{len(files)}.jsonl", [rest]))
    usage = read_logs(files, format=case.format).collect()
    assert usage.schema == USAGE_SCHEMA


@cases
def test_broken_and_empty_lines(case, tmp_path):
    whole = (FIXTURES / case.file).read_text()
    path = tmp_path / "x.jsonl"
    path.write_text(whole + "{cut short\n\n{}\n" + whole)
    usage = read_logs(path, format=case.format).collect()
    rows = len(case.rows)
    assert usage.height == 2 * rows + 2
    assert usage["usage_issue"][rows : rows + 2].to_list() == ["unreadable_row"] * 2


@cases
def test_one_document_over_many_lines_and_a_list(case, tmp_path):
    document = _documents(case)[0]
    for layout, text in (("document", document), ("list", [document])):
        path = tmp_path / f"{layout}.json"
        path.write_text(json.dumps(text, indent=2))
        assert _stated(read_logs(path).collect().row(0, named=True)) == case.rows[0]
