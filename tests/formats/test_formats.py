"""Every format: its file is its own, gives the expected frame and cost, and bears bad input."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from llmspend import LogFormatError, price, read_logs
from llmspend.formats import FORMATS
from llmspend.log_files import log_files, look_into
from llmspend.log_recognition import claims
from llmspend.usage import COLUMN_BY_NAME, USAGE_SCHEMA
from tests.formats import DATA
from tests.formats.daily_cases import DAILY_CASES
from tests.formats.litellm_cases import LITELLM_CASES
from tests.formats.spoiled import BINARY, HOSTILE, content, documents, spoiled

FORMAT_CASES = (*LITELLM_CASES, *DAILY_CASES)

every_case = pytest.mark.parametrize("case", FORMAT_CASES, ids=[c.file for c in FORMAT_CASES])

# one file of each format and kind, however it is compressed or laid out
_FIRST = {(c.format, Path(c.file).suffix in BINARY): c for c in reversed(FORMAT_CASES)}.values()
each_format = pytest.mark.parametrize("case", _FIRST, ids=[c.file for c in _FIRST])


def read(path, **options):
    return read_logs(path, **options).collect()


@cache
def whole(file):
    return read(DATA / file)


def tried(path, log_format):
    """The rows of a file, or else the error's message."""
    try:
        return read(path, format=log_format), ""
    except LogFormatError as error:
        return None, str(error)


def first_file(case):
    return log_files(DATA / case.file)[0]


def said(row):
    """What a row says beyond the defaults, but where it stands."""
    return {
        name: value
        for name, value in row.items()
        if name not in ("source_file", "source_row") and value != COLUMN_BY_NAME[name].default
    }


# -- good input


@every_case
def test_a_file_is_claimed_by_its_format_alone(case):
    for path in log_files(DATA / case.file):
        file = look_into(path)
        found = {f.name for each in file.tables or (file,) for f in FORMATS if claims(f, each)}
        assert found == {case.format}


@every_case
def test_the_canonical_frame(case):
    usage = whole(case.file)
    assert usage.schema == USAGE_SCHEMA
    assert [said(row) for row in usage.iter_rows(named=True)] == [dict(r) for r in case.usage]
    files = usage.group_by("source_file", maintain_order=True).agg("source_row")
    assert all(rows == sorted(set(rows)) and rows[0] >= 1 for rows in files["source_row"].to_list())


@every_case
def test_what_the_first_rows_cost(case, acme):
    charges = price(whole(case.file).head(len(case.costs)), cost_map=acme)
    assert charges["cost"].to_list() == list(case.costs)
    assert charges["issue"].to_list() == list(case.issues or [None] * len(case.costs))


# -- bad input


@each_format
def test_a_broken_row_is_a_row_that_says_so(case, tmp_path):
    path = Path(first_file(case))
    broken = tmp_path / path.name.removesuffix(".gz").removesuffix(".zst")
    if path.suffix == ".parquet" or _is_one_value(path):
        data = path.read_bytes() if path.suffix == ".parquet" else content(path).encode()
        broken.write_bytes(data[: len(data) // 2])
        usage, message = tried(broken, case.format)
        if usage is None:
            assert str(broken) in message
        else:
            assert set(usage["usage_issue"]) == {"unreadable_row"}
        return
    text = content(path)
    broken.write_text(text if text.endswith("\n") else text + "\n", "utf-8", newline="")
    with broken.open("a", encoding="utf-8", newline="\r\n" if "\r\n" in text else "") as file:
        file.write('{"cut": \n')
    usage = read(broken, format=case.format.upper())
    *good, last = usage.rows(named=True)
    assert [said(row) for row in good] == [dict(row) for row in case.usage]
    of_the_log = {n: v for n, v in said(good[0]).items() if n == "is_summary"}
    assert said(last) == {"usage_issue": "unreadable_row", **of_the_log}


def _is_one_value(path):
    try:
        json.loads(content(path))
    except ValueError:
        return False
    return True


@each_format
def test_wrong_values_missing_keys_and_hostile_names_are_borne(case, acme, tmp_path):
    shown = False
    for file in spoiled(Path(first_file(case)), tmp_path):
        usage, message = tried(file, case.format)
        if usage is None:
            assert str(file) in message
            continue
        charges = price(usage, cost_map=acme)
        shown |= any(HOSTILE in row for row in charges.select("model", "key", "request_id").rows())
        known = charges["cost"].drop_nulls()
        assert known.is_finite().all()
    assert shown, "a hostile name comes through as it is"


@each_format
def test_nothing_in_a_file_is_not_this_format(case, tmp_path):
    path = Path(first_file(case))
    suffix = ".jsonl" if documents(path) is not None else path.suffix
    for text in ("", "{}", "[]", "\n\n"):
        empty = tmp_path / f"empty{suffix}"
        empty.write_text(text)
        with pytest.raises(LogFormatError, match="empty"):
            read(empty)


# -- what is written elsewhere


@pytest.mark.parametrize(
    "header",
    [
        "BilledCost,BillingCurrency,ChargePeriodStart,ConsumedQuantity,ResourceId,ServiceName,Tags",
        "time/usage_start,cost/cost,resource/id,usage/amount,usage/units,resource/service",
    ],
    ids=["FOCUS", "CloudZero"],
)
def test_bills_are_not_read(header, tmp_path):
    path = tmp_path / "bill.csv"
    path.write_text(header + "\n" + ",".join("1" * len(header.split(","))) + "\n")
    with pytest.raises(LogFormatError, match=f"not a usage log.*{header.split(',')[1]}"):
        read(path)
