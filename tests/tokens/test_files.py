"""Token counts of a column in files."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest

from llmspend import tokens as t
from llmspend.errors import LogFormatError, UnknownNameError

ROWS = {"model": ["gpt-4o", "azure/gpt-4o", "gpt-4o"], "prompt": ['hello,\n"you"', None, "é 你好"]}
FRAME = pl.DataFrame(ROWS)
COUNTS = t.count_tokens(FRAME["prompt"], FRAME["model"]).to_list()


def write(folder, name):
    """Write FRAME in the format that a name tells."""
    path = folder / name
    plain = name.lower().removesuffix(".gz")
    if plain.endswith(".parquet"):
        FRAME.write_parquet(path)
    elif plain.endswith(".csv"):
        path.write_text(FRAME.write_csv(), "utf-8")
    else:
        path.write_text(FRAME.write_ndjson(), "utf-8")
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.CSV.gz", "a.jsonl", "a.ndjson.gz"])
def test_any_table_can_be_counted(tmp_path, name):
    counted = t.count_tokens_in([write(tmp_path, name)]).collect()
    assert counted["counted_tokens"].to_list() == COUNTS
    assert counted.select("model", "prompt").equals(FRAME)
    assert counted.columns[2:] == [
        "counted_tokens", "counted_by", "counted_exactly", "count_error",
    ]  # fmt: skip


def test_a_file_alone_needs_no_list(tmp_path):
    path = write(tmp_path, "a.csv")
    for given in (path, str(path)):
        assert t.count_tokens_in(given).collect()["counted_tokens"].to_list() == COUNTS


def test_rows_of_several_files_stay_in_order(tmp_path):
    paths = [write(tmp_path, "a.parquet"), write(tmp_path, "b.jsonl")]
    out = tmp_path / "out.parquet"
    t.count_tokens_in(paths, model="gpt-4o").sink_parquet(out, maintain_order=True)
    assert pl.read_parquet(out)["counted_tokens"].to_list() == COUNTS * 2


def test_messages_may_stand_in_json_lines_as_they_are(tmp_path):
    chats = [
        [{"role": "user", "content": 'a\n"b"\\ \u2028\t\u0001 é'}],
        None,
        [{"role": "user", "content": [{"type": "text", "text": "x"}], "n": 1.5}],
    ]
    path = tmp_path / "chats.jsonl"
    path.write_text("".join(json.dumps({"messages": chat}) + "\n" for chat in chats), "utf-8")
    counted = t.count_tokens_in([path], "messages", model="gpt-4o", messages=True).collect()
    assert counted["counted_tokens"].to_list() == [
        None if chat is None else t.token_counter("gpt-4o", messages=chat) for chat in chats
    ]


WRONG = [
    ("a.csv", {"column": "prompts"}, UnknownNameError, "Nearest: 'prompt'"),
    ("a.csv", {"model_column": "llm"}, UnknownNameError, "unknown column 'llm'"),
    ("a.xlsx", {}, LogFormatError, "does not end in .parquet"),
]


@pytest.mark.parametrize(("name", "given", "error", "says"), WRONG)
def test_what_cannot_be_counted_is_an_error(tmp_path, name, given, error, says):
    with pytest.raises(error, match=says):
        t.count_tokens_in([write(tmp_path, name)], **given)


def test_files_that_are_none_are_errors(tmp_path):
    with pytest.raises(LogFormatError, match="no file"):
        t.count_tokens_in([tmp_path / "none.csv"])
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1")
    with pytest.raises(LogFormatError, match="cannot be read"):
        t.count_tokens_in([damaged])
