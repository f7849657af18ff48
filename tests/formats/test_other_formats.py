"""Logs from outside LiteLLM: each fixture gives the rows of its case, at these costs."""

from __future__ import annotations

import pytest

from llmspend import price, read_logs
from llmspend.formats import FORMATS
from llmspend.log_files import look_into
from llmspend.log_recognition import format_of
from llmspend.usage import USAGE_SCHEMA
from tests.formats import DATA
from tests.formats.outside import stated
from tests.formats.provider_cases import PROVIDER_CASES
from tests.formats.tool_cases import TOOL_CASES

FORMAT_CASES = (*PROVIDER_CASES, *TOOL_CASES)

cases = pytest.mark.parametrize("case", FORMAT_CASES, ids=lambda case: case.file)


@cases
def test_rows(case):
    usage = read_logs(DATA / case.file).collect()
    assert usage.schema == USAGE_SCHEMA
    assert [stated(row) for row in usage.rows(named=True)] == list(case.rows)


@cases
def test_costs(case, nova):
    charges = price(read_logs(DATA / case.file), cost_map=nova).collect()
    for number, (cost, expected) in enumerate(zip(charges["cost"], case.costs, strict=True)):
        assert cost == (expected and pytest.approx(expected, rel=1e-12)), number
    found = charges["issue"].to_list()
    assert {i: issue for i, issue in enumerate(found) if issue} == case.issues


@cases
def test_a_fixture_is_of_its_own_format(case):
    assert format_of(look_into(str(DATA / case.file))).name == case.format


@cases
def test_texts_are_read_only_when_asked_for(case):
    file = DATA / case.file
    assert "SECRET" not in str(read_logs(file).collect().rows())
    texts = read_logs(file, texts=True).select("messages", "response").collect()
    log_format = next(f for f in FORMATS if f.name == case.format)
    assert ("SECRET" in str(texts.rows())) == bool(log_format.texts)


@cases
def test_few_columns_are_those_of_all(case):
    usage = read_logs(DATA / case.file)
    whole = usage.collect()
    for names in (("usage_issue",), ("call_type",), ("prompt_tokens", "call_type")):
        assert usage.select(names).collect().equals(whole.select(names)), names
