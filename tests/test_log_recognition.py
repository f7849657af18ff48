"""What a file is: recognised, or else the message says what was found in it and what was wanted."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest

from llmspend import InputError, LogFormatError, read_logs
from tests.spend_logs import row


def _parquet_of_something_else(path):
    pl.DataFrame({"city": ["Berlin"], "Rain": [3.5]}).write_parquet(path)


def _cut_parquet(path):
    pl.DataFrame([row()]).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])


def _no_parquet(path):
    path.write_bytes(b"PAR1 and that was it")


def _cut_gzip(path):
    path.write_bytes(gzip.compress(json.dumps(row()).encode())[:-30])


def _cells_of_something_else(path):
    path.write_text("city,rain\nBerlin,3.5\n")


def _numbers(path):
    path.write_text("[1, 2]")


def _summaries(path):
    path.write_text('{"startTime": "2026-07-01", "spend": 1.25, "users": {}}\n')


def _text(path):
    path.write_text("Dear diary,\nnothing was logged today.\n")


def _powershell(path):
    path.write_text('{"request_id": "r"}\n', encoding="utf-16")


def _binary(path):
    path.write_bytes(bytes(range(256)) * 10)


@pytest.mark.parametrize(
    ("name", "write", "says"),
    [
        (
            "x.parquet",
            _parquet_of_something_else,
            r"Columns found: city, Rain\..*wanted:.*call_type",
        ),
        ("x.parquet", _cut_parquet, r"cannot be read"),
        ("x.parquet", _no_parquet, r"cannot be read"),
        ("x.parquet", _text, r"cannot be read"),
        ("x.jsonl.gz", _cut_gzip, r"cannot be read|not hold JSON"),
        ("x.csv.gz", _cut_gzip, r"cannot be read|not a usage log"),
        ("x.csv", _cells_of_something_else, r"Columns found: city, rain\..*wanted:.*call_type"),
        ("x.json", _numbers, r"does not hold JSON objects: its list holds no object"),
        ("x.jsonl", _summaries, r"Columns found: startTime, spend, users\."),
        ("x.jsonl", _text, r"line 2 is not JSON"),
        ("x", _text, r"not a usage log"),
        ("x.jsonl", _powershell, r"is UTF-16, .*save it as UTF-8"),
        ("x.csv", _powershell, r"is UTF-16"),
        ("x.jsonl", _binary, r"does not hold JSON objects"),
        ("x.csv", _binary, r"cannot be read|not a usage log"),
        ("x", _binary, r"cannot be read|not a usage log"),
    ],
)
def test_a_file_that_is_no_log_says_so(tmp_path, name, write, says):
    write(tmp_path / name)
    with pytest.raises(LogFormatError, match=says) as error:
        read_logs(tmp_path / name).collect()
    assert str(tmp_path / name) in str(error.value)
    assert isinstance(error.value, InputError)
