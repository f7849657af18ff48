"""Bad input from outside LiteLLM: other types, missing keys, broken lines, other layouts."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from llmspend import price, read_logs
from llmspend.usage import USAGE_SCHEMA
from tests.formats import DATA
from tests.formats.outside import stated
from tests.formats.provider_cases import PROVIDER_CASES
from tests.formats.tool_cases import TOOL_CASES

FORMAT_CASES = (*PROVIDER_CASES, *TOOL_CASES)

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
    r"assistant|<synthetic>|GENERATION|EMBEDDING|LLM|chat|embeddings|invoke_agent|[a-z_]+(\.[a-z_]+)+"
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
    text = (DATA / case.file).read_text()
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
    assert [stated(row) for row in broken.rows(named=True)] == [nothing] * 2
    assert usage["source_row"].is_sorted()


@json_cases
def test_rows_come_in_the_order_of_the_file(case, tmp_path):
    path = _written(tmp_path / "x.jsonl", _documents(case))
    path.write_text(path.read_text() + '{"cut')
    for _ in range(4):  # whatever thread is the first
        issues = read_logs(path, format=case.format).collect()["usage_issue"]
        assert issues[-1] == "unreadable_row"
        assert "unreadable_row" not in issues[:-1]


@pytest.mark.parametrize(
    "case", [c for c in FORMAT_CASES if ".csv" in c.file], ids=lambda case: case.file
)
def test_broken_rows_of_csv(case, tmp_path):
    header, *rows = (DATA / case.file).read_text().splitlines()
    path = tmp_path / "x.csv"
    for whole in (rows, []):
        path.write_text("\n".join([header, *whole, "too,few", *whole]))
        usage = read_logs(path, format=case.format).collect()
        said = [stated(row) for row in usage.rows(named=True)]
        expected = [*case.rows] if whole else []
        assert said[: len(expected) + 1] == [*expected, {"usage_issue": "unreadable_row"}]
        assert usage.height == 2 * len(expected) + 1


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
        assert [stated(row) for row in usage.rows(named=True)] == list(case.rows)
