"""Files of logs: every export of the table gives the same frame; a file that is no log says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import LogFormatError, price, read_logs
from llmspend.log_files import log_files
from llmspend.log_recognition import recognised
from llmspend.log_rows import batches, parts_of
from llmspend.usage import USAGE_SCHEMA
from tests.spend_logs import as_csv, jsonl, read, row

SAMPLES = Path(__file__).parent.parent / "sample_data"


# -- one frame, whatever the file


def test_the_three_samples_give_the_same_frame():
    stem = "litellm_spend_logs"
    as_lines, as_cells = read(SAMPLES / f"{stem}.jsonl"), read(SAMPLES / f"{stem}.csv")
    head = read_logs(SAMPLES / f"{stem}.parquet").head(as_lines.height).collect()
    assert as_lines.height == 160
    for other in (as_cells, head):
        assert other.schema == USAGE_SCHEMA
        assert other.drop("source_file").equals(as_lines.drop("source_file"))


def test_a_row_is_the_same_as_line_as_cells_and_as_parquet(tmp_path):
    one = row()
    plain = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in one.items()}
    pl.DataFrame([plain]).write_parquet(tmp_path / "text.parquet")
    pl.DataFrame([one]).write_parquet(tmp_path / "nested.parquet")
    files = (
        jsonl(tmp_path / "x.jsonl", one),
        jsonl(tmp_path / "x.ndjson.gz", one),
        jsonl(tmp_path / "x.json", one),
        as_csv(tmp_path / "x.csv", one),
        as_csv(tmp_path / "x.csv.gz", one),
        jsonl(tmp_path / "lines-without-suffix", one),
        as_csv(tmp_path / "cells-without-suffix", one),
        tmp_path / "text.parquet",
        tmp_path / "nested.parquet",
    )
    frames = [read(f).drop("source_file") for f in files]
    assert frames[0].row(0, named=True)["cache_read_tokens"] == 400
    for file, frame in zip(files, frames, strict=True):
        assert frame.equals(frames[0]), file.name


# -- which files


def test_a_directory_a_glob_and_several_paths(tmp_path):
    (tmp_path / "sub").mkdir()
    a = jsonl(tmp_path / "a.jsonl", row(request_id="a"))
    b = as_csv(tmp_path / "b.csv", row(request_id="b"))
    c = jsonl(tmp_path / "sub" / "c.ndjson.gz", row(request_id="c"))
    (tmp_path / "notes.txt").write_text("not a log")
    for path, ids in (
        (tmp_path, "abc"),
        (tmp_path / "*.[jc]s*", "ab"),
        (str(tmp_path / "**" / "*.gz"), "c"),
        ([c, str(a), b], "cab"),
    ):
        frame = read(path)
        assert "".join(frame["request_id"]) == ids
        assert frame["source_row"].to_list() == [1] * len(ids)
    assert read(tmp_path)["source_file"].to_list() == [str(a), str(b), str(c)]


def test_a_pattern_that_matches_a_directory_reads_the_files_beside_it(tmp_path):
    jsonl(tmp_path / "a.jsonl", row())
    (tmp_path / "sub").mkdir()
    assert read(tmp_path / "*").height == 1


NAMES = ("it's", 'say "hi"', "a[1]", "a*b?", "two words", "größe-日本", "semi;--", "100%{x}", "-x")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_any_file_name_will_do(tmp_path, suffix):
    jsonl(tmp_path / "a1.jsonl", row(request_id="decoy"))  # what a[1] would match as a pattern
    files = [tmp_path / f"{name}{suffix}" for name in NAMES]
    for file in files:
        if suffix == ".parquet":
            pl.DataFrame([row(request_id=file.stem)]).write_parquet(file)
        else:
            (as_csv if suffix == ".csv" else jsonl)(file, row(request_id=file.stem))
    usage = read(files)
    assert usage["request_id"].to_list() == list(NAMES)
    assert usage["source_file"].to_list() == [str(f) for f in files]


def test_rows_keep_their_order_and_their_numbers(tmp_path):
    rows = [row(request_id=f"r-{i}") for i in range(3000)]
    frame = read([as_csv(tmp_path / "x.csv", *rows), jsonl(tmp_path / "x.jsonl", *rows)])
    assert frame["request_id"].to_list() == [f"r-{i}" for i in range(3000)] * 2
    assert frame["source_row"].to_list() == [*range(1, 3001)] * 2


def test_rows_keep_their_numbers_where_batches_end_inside_files(tmp_path, monkeypatch):
    heights = (2500, 1, 2600, 900)
    for number, height in enumerate(heights):
        jsonl(tmp_path / f"{number}.jsonl", *(row(metadata={}) for _ in range(height)))
    monkeypatch.setattr("llmspend.log_rows.BATCH_ROWS", 1000)
    monkeypatch.setattr("llmspend.log_rows._ENOUGH_ROWS", 1)
    (part,) = parts_of(recognised(log_files(tmp_path)))
    found = list(batches(part, ["source_file", "source_row"]))
    assert len(found) > len(heights)
    numbers = [n for height in heights for n in range(1, height + 1)]
    assert pl.concat(found)["source_row"].to_list() == numbers


def test_parquet_files_that_are_alike_are_read_together(tmp_path):
    rows = pl.read_parquet(SAMPLES / "litellm_spend_logs.parquet").head(60)
    numbers = rows.with_columns(pl.col("prompt_tokens").cast(pl.Int64))
    parts = {
        "date=2026-05-01/a[0].parquet": rows[:10],
        "date=2026-05-02/b.parquet": rows[10:30],
        "date=2026-05-03/c.parquet": numbers[30:40],
        "date=2026-05-03/team_id=ads/d.parquet": rows[40:50].drop("team_id"),
        "date=2026-05-03/team_id=web/e.parquet": rows[50:].drop("team_id"),
    }
    for name, part in parts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        part.write_parquet(tmp_path / name)
    files = recognised(log_files(tmp_path))
    # neither another type nor a folder that says something is read with the others
    assert [len(part.files) for part in parts_of(files)] == [2, 1, 1, 1]
    together = read(tmp_path)
    apart = pl.concat([read(tmp_path / name) for name in parts])
    assert_frame_equal(together, apart)
    assert together["source_row"][:31].to_list() == [*range(1, 11), *range(1, 21), 1]
    assert together["source_file"][10] == str(tmp_path / "date=2026-05-02" / "b.parquet")
    assert together["team"][40:].to_list() == ["ads"] * 10 + ["web"] * 10
    few = read_logs(tmp_path)
    assert_frame_equal(few.head(15).collect(), together.head(15))
    beyond = few.filter(pl.col("source_row") > 8).select("source_file", "model").collect()
    assert_frame_equal(
        beyond, together.filter(pl.col("source_row") > 8).select("source_file", "model")
    )


def test_csv_files_that_are_alike_are_read_together_until_one_is_broken(tmp_path):
    rows = pl.read_csv(SAMPLES / "litellm_spend_logs.csv", infer_schema=False)
    names = [f"{number}.csv" for number in range(7)]
    for number, name in enumerate(names):
        part = rows[number * 10 : number * 10 + 10]
        part.write_csv(tmp_path / name, include_bom=number % 2 == 1)
    assert [len(part.files) for part in parts_of(recognised(log_files(tmp_path)))] == [7]
    whole = read(tmp_path)
    assert whole.drop("source_file", "source_row").equals(
        read(SAMPLES / "litellm_spend_logs.csv").head(70).drop("source_file", "source_row")
    )
    assert whole["source_row"].to_list() == [*range(1, 11)] * 7

    broken = (tmp_path / "2.csv").read_bytes().split(b"\n")
    (tmp_path / "2.csv").write_bytes(b"\n".join([*broken[:4], b"no,row", *broken[4:]]))
    mixed = (tmp_path / "5.csv").read_bytes().split(b"\n")
    (tmp_path / "5.csv").write_bytes(b"\r\n".join(mixed[:6]) + b"\n" + b"\n".join(mixed[6:]))
    spoiled = read(tmp_path)
    assert_frame_equal(spoiled, pl.concat([read(tmp_path / name) for name in names]))
    unread = spoiled.filter(usage_issue="unreadable_row")
    assert unread.select("source_file", "source_row").rows() == [(str(tmp_path / "2.csv"), 4)]
    assert_frame_equal(read_logs(tmp_path).head(26).collect(), spoiled.head(26))


def test_what_is_asked_for_is_what_is_given(tmp_path):
    file = jsonl(
        tmp_path / "x.jsonl", *(row(request_id=f"r-{i}", prompt_tokens=i) for i in range(9))
    )
    lazy = read_logs(file)
    whole = lazy.collect()
    assert lazy.select("prompt_tokens").collect().equals(whole.select("prompt_tokens"))
    assert lazy.head(3).collect().equals(whole.head(3))
    assert lazy.tail(2).collect().equals(whole.tail(2))
    few = pl.col("prompt_tokens") > 6
    assert lazy.filter(few).collect().equals(whole.filter(few))
    assert lazy.filter(few).collect(engine="streaming").equals(whole.filter(few))
    assert lazy.select(pl.len()).collect().item() == 9
    assert lazy.collect().equals(whole)


def test_a_table_without_rows(tmp_path):
    pl.DataFrame([row()]).clear().write_parquet(tmp_path / "x.parquet")
    frame = read(tmp_path / "x.parquet")
    assert (frame.height, frame.schema) == (0, USAGE_SCHEMA)
    assert price(frame).height == 0


def test_a_csv_of_only_a_header(tmp_path):
    (tmp_path / "x.csv").write_text(",".join(row()) + "\n")
    assert read(tmp_path / "x.csv").height == 0


# -- files that are no logs


def test_a_missing_file_names_its_neighbours(tmp_path):
    jsonl(tmp_path / "spend.jsonl", row())
    with pytest.raises(LogFormatError, match=r"there is no file .*spend\.json\..*spend\.jsonl"):
        read_logs(tmp_path / "spend.json")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nowhere/spend.csv", "there is no file"),
        ("*.parquet", "no file matches"),
        ("", "directory without logs"),
        ([], "no log files were given"),
    ],
)
def test_nothing_to_read(tmp_path, given, says):
    with pytest.raises(LogFormatError, match=says):
        read_logs([] if given == [] else tmp_path / given)


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet", "x"])
def test_an_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(LogFormatError, match="is empty"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.gz"])
def test_a_long_gzip_that_was_cut_is_not_half_read(tmp_path, name):
    rows = [row(request_id=hashlib.sha256(b"%d" % i).hexdigest()) for i in range(4000)]
    file = (as_csv if "csv" in name else jsonl)(tmp_path / name, *rows)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(LogFormatError, match="cannot be read"):
        read(file)


def test_a_parquet_damaged_inside_says_so_when_it_is_read(tmp_path):
    file = tmp_path / "x.parquet"
    pl.DataFrame([row(request_id=f"r-{i}") for i in range(2000)]).write_parquet(file)
    damaged = bytearray(file.read_bytes())
    damaged[100:3000] = bytes(2900)
    file.write_bytes(damaged)
    with pytest.raises(LogFormatError, match="cannot be read"):
        read(file)


def test_the_one_that_is_damaged_is_named(tmp_path):
    for name in ("a", "b", "c"):
        read_from = SAMPLES / "litellm_spend_logs.parquet"
        (tmp_path / f"{name}.parquet").write_bytes(read_from.read_bytes())
    usage = read_logs(tmp_path)
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(LogFormatError, match=r"b\.parquet"):
        usage.collect()


def test_a_file_that_vanishes_before_it_is_read(tmp_path):
    lazy = read_logs(jsonl(tmp_path / "x.jsonl", row()))
    (tmp_path / "x.jsonl").unlink()
    with pytest.raises(LogFormatError, match="cannot be read"):
        lazy.collect()
