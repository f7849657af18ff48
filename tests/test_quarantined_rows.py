"""Rows that cannot be read stay, are counted, and can be asked why."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest
from click.testing import CliRunner

from llmspend import InputError, quarantine, read_logs
from llmspend.cli import cli
from tests.spend_logs import METADATA, as_csv, jsonl, row


def _with_broken_rows(path, count=30):
    """A CSV file with rows that its header does not fit: first, in the middle, twice, and last."""
    rows = [row(request_id=f"r-{i}", metadata='{"usage_object":\n{}}') for i in range(count)]
    lines = as_csv(path, rows[0]).read_text().split("\n", 1)
    texts = [as_csv(path, r).read_text().split("\n", 1)[1] for r in rows]
    broken = {0: "too,few\n", 10: "x" + ",y" * 60 + "\n", 11: 'a,"b"c,\n', count: "last,SECRET"}
    text = lines[0] + "\n"
    expected = []
    for i in range(count + 1):
        if i in broken:
            text += broken[i]
            expected.append(None)
        if i < count:
            text += texts[i]
            expected.append(f"r-{i}")
    path.write_text(text)
    return expected


@pytest.mark.parametrize("compressed", [False, True])
def test_rows_that_the_header_does_not_fit(tmp_path, compressed):
    file = tmp_path / "x.csv"
    expected = _with_broken_rows(file)
    if compressed:
        (tmp_path / "x.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
        file = tmp_path / "x.csv.gz"
    usage = read_logs(file)
    whole = usage.collect()
    assert whole["request_id"].to_list() == expected
    assert whole["source_row"].to_list() == list(range(1, len(expected) + 1))
    assert whole["usage_issue"].to_list() == [None if e else "unreadable_row" for e in expected]
    assert whole["prompt_tokens"].null_count() == 0
    assert usage.select("request_id").collect().to_series().to_list() == expected
    assert usage.head(12).collect().equals(whole.head(12))
    found = quarantine(usage)
    assert found["source_row"].to_list() == [i for i, e in enumerate(expected, 1) if e is None]
    assert "2 cells, the header 21" in found["reason"][0]
    assert "61 cells" in found["reason"][1]
    assert "SECRET" not in str(found.to_dicts())


def test_many_broken_rows_among_many(tmp_path):
    good = [row(request_id=f"r-{i}") for i in range(6000)]
    as_csv(tmp_path / "x.csv", *good)
    lines = (tmp_path / "x.csv").read_text().splitlines(keepends=True)
    mixed = [*lines[:1]]
    for i, line in enumerate(lines[1:]):
        mixed += [line] if i % 7 else ["broken\n", line]
    (tmp_path / "x.csv").write_text("".join(mixed))
    usage = read_logs(tmp_path / "x.csv").collect()
    assert usage["source_row"].to_list() == list(range(1, len(mixed)))
    assert usage["request_id"].drop_nulls().to_list() == [r["request_id"] for r in good]
    assert usage["usage_issue"].is_not_null().equals(usage["request_id"].is_null())


def test_a_broken_row_far_down_in_a_long_file(tmp_path):
    columns = {"messages": "", "response": "", "metadata": METADATA}
    count = 60_000  # more than a batch
    file = as_csv(tmp_path / "x.csv", *(row(request_id=f"r-{i}", **columns) for i in range(count)))
    with file.open("a") as log:
        log.write('SECRET,"few\n')
    usage = read_logs(file).select("request_id", "source_row", "usage_issue").collect()
    assert usage["request_id"].to_list() == [*(f"r-{i}" for i in range(count)), None]
    assert usage["usage_issue"].null_count() == count
    assert usage["source_row"][-1] == count + 1


def test_lines_are_named_with_their_fault(tmp_path):
    broken = ('{"request_id": "SECRET', "[1, 2]", "17", "SECRET")
    file = jsonl(tmp_path / "x.jsonl", row(), "", *broken)
    found = quarantine(read_logs(file)).to_dicts()
    assert [(r["source_file"], r["source_row"], r["line"]) for r in found] == [
        (str(file), n, n + 1) for n in range(2, 6)
    ]
    assert "is not JSON" in found[0]["reason"]
    assert "a JSON list" in found[1]["reason"]
    assert "SECRET" not in str(found)


def test_usage_that_says_where_its_rows_are_from_keeps_that(tmp_path):
    log = jsonl(tmp_path / "log.jsonl", *(row() for _ in range(4)))
    usage = read_logs(log).filter(pl.col("source_row") > 2).drop("tags").collect()
    usage.write_csv(tmp_path / "usage.csv")
    lines = (tmp_path / "usage.csv").read_text().splitlines(keepends=True)
    (tmp_path / "usage.csv").write_text("".join([*lines[:2], "too,few\n", *lines[2:]]))
    found = read_logs(tmp_path / "usage.csv").select("source_file", "source_row").collect()
    assert found.rows() == [(str(log), 3), (str(tmp_path / "usage.csv"), 2), (str(log), 4)]
    usage.write_ndjson(tmp_path / "usage.jsonl")
    lines = (tmp_path / "usage.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "usage.jsonl").write_text("".join([lines[0], "{cut\n", *lines[1:]]))
    again = read_logs(tmp_path / "usage.jsonl")
    found = again.select("source_file", "source_row").collect()
    assert found.rows() == [(str(log), 3), (str(tmp_path / "usage.jsonl"), 2), (str(log), 4)]
    assert quarantine(again)["line"].to_list() == [2]


def test_nothing_is_in_quarantine(tmp_path):
    table = quarantine(read_logs(jsonl(tmp_path / "x.jsonl", row())))
    assert (table.height, table.columns) == (0, ["source_file", "source_row", "line", "reason"])


def test_a_frame_from_nowhere():
    with pytest.raises(InputError, match="no source_file"):
        quarantine(pl.DataFrame({"model": ["a"]}))


def test_convert_counts_what_it_read(tmp_path):
    file = jsonl(tmp_path / "=x.jsonl", one := row(), one, "broken", row())
    output = tmp_path / "usage.parquet"
    arguments = ["convert", str(file), "-o", str(output), "--json"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    counts = {k: said[k] for k in ("rows", "read", "quarantined", "duplicates")}
    assert counts == {"rows": 4, "read": 3, "quarantined": 1, "duplicates": 1}
    assert read_logs(output).collect().equals(read_logs(file).collect())
    beside = pl.read_csv(said["quarantine"])
    assert beside["source_row"].to_list() == [3]
    jsonl(file, row())
    CliRunner().invoke(cli, arguments)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["=x.jsonl", "usage.parquet"]


def test_convert_takes_a_range_and_names(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", row(api_key="k"), row(startTime="2026-08-01T00:00:00Z"))
    (tmp_path / "keys.csv").write_text("token,key_alias\nk,Key\n")
    options = ["--until", "2026-08-01", "--keys", str(tmp_path / "keys.csv")]
    output = tmp_path / "usage.parquet"
    done = CliRunner().invoke(cli, ["convert", str(file), "-o", str(output), *options])
    assert done.exit_code == 0, done.output
    assert pl.read_parquet(output)["key_alias"].to_list() == ["Key"]


def test_formats_are_listed():
    listed = json.loads(CliRunner().invoke(cli, ["formats", "--json"]).stdout)
    assert all(f["about"] and f["source"] and f["recognised_by"] for f in listed)
    assert "LiteLLM_SpendLogs" in CliRunner().invoke(cli, ["formats"]).stdout
