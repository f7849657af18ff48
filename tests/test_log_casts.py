"""What stands in the cells of a log becomes what a canonical column holds, or is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from llmspend import InputError, normalize, price, read_logs
from tests.spend_logs import METADATA, as_csv, jsonl, read, row

# -- Parquet whose texts are bytes


def _texts(**columns):
    """A row whose objects are JSON text, as every export in Parquet has them."""
    return {
        k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in row(**columns).items()
    }


def test_texts_that_parquet_holds_as_bytes(tmp_path):
    plain = _texts(user="größe", request_tags='["é","b"]', request_duration_ms=2500)
    pl.DataFrame([plain]).write_parquet(tmp_path / "text.parquet")
    expected = read(tmp_path / "text.parquet").drop("source_file")
    assert expected.row(0, named=True)["cache_read_tokens"] == 400
    as_bytes = {
        name: pa.array([value.encode() if isinstance(value, str) else value])
        for name, value in plain.items()
    }
    # ClickHouse writes bytes; Arrow and Polars also note in their own schema that they are
    for store in (True, False):
        file = tmp_path / f"{store}.parquet"
        pq.write_table(pa.table(as_bytes), file, store_schema=store)
        assert read(file).drop("source_file").equals(expected)
    tags = as_bytes | {"request_tags": pa.array([["é".encode(), b"b"]])}
    pq.write_table(pa.table(tags), tmp_path / "list.parquet")
    assert read(tmp_path / "list.parquet").drop("source_file").equals(expected)


def test_bytes_that_are_no_text_are_told(tmp_path, acme):
    as_bytes = {"metadata": [b"{\xff}", json.dumps(METADATA).encode()], "end_user": [b"\xff", b"x"]}
    rows = pl.DataFrame([_texts(), _texts()]).with_columns(
        **{k: pl.Series(v) for k, v in as_bytes.items()}
    )
    rows.write_parquet(tmp_path / "x.parquet")
    found = price(read(tmp_path / "x.parquet"), cost_map=acme)
    assert found["issue"].to_list() == ["unreadable_metadata", None]
    assert found["end_user"].to_list() == ["\\xFF", "x"]


def test_counts_of_128_bits(tmp_path, acme):
    # the lowest byte comes first: 8273 = 0x2051
    counts = [8273, 2**63 + 1, -1]
    rows = pl.DataFrame([_texts(metadata="{}", prompt_tokens=None) for _ in counts])
    rows.with_columns(prompt_tokens=pl.Series(counts, dtype=pl.Int128)).write_parquet(
        tmp_path / "x.parquet"
    )
    found = price(read(tmp_path / "x.parquet"), cost_map=acme)
    assert found["issue"].to_list() == [None, "absurd_count", "absurd_count"]
    assert found["prompt_tokens"].to_list() == [8273, 0, 0]


# -- metadata


@pytest.mark.parametrize(
    ("metadata", "issue"),
    [
        ("{}", "no_usage_details"),
        (' \n{"usage_object": {}}', None),
        ("[1]", "unreadable_metadata"),
        ("5", "unreadable_metadata"),
        ('"a text"', "unreadable_metadata"),
        ("true", "unreadable_metadata"),
    ],
)
def test_metadata_that_is_no_object_is_told(tmp_path, metadata, issue):
    file = as_csv(tmp_path / "x.csv", row(metadata=metadata))
    assert read(file)["usage_issue"].to_list() == [issue]


# -- times

_TEN = datetime(2026, 7, 1, 10, tzinfo=UTC)
READ = (
    "01.07.2026 10:00",
    "1.7.2026 10:00:00.000",
    "July 1, 2026, 10:00 AM",
    "Jul 1, 2026, 10:00",
    "01-Jul-2026 10:00:00",
    "20260701T100000Z",
    "Wed, 01 Jul 2026 10:00:00 GMT",
    "Wed Jul 01 10:00:00.000 2026",
    "Wed 01 Jul 10:00:00 2026",
    "1782900000",
    "1782900000000",
    "1782900000000000.0",
)
UNREADABLE = (
    "7/1/2026 10:00",  # in January to some
    "01/07/2026 10:00:00.123",
    "00:00.0",  # what a spreadsheet shows of a time: minutes and seconds
    "46204.41667",  # days since 1900, as spreadsheets count them
    "20260701100000",
    "01.07.26 10:00",  # of the year 26
    "soon",
    "infinity",
    "-infinity",
    "inf",
    "290000-01-01",
)
NO_TIME = ("", "0", "1970-01-01 00:00:00", "1969-12-31 19:00:00")


@pytest.mark.parametrize("written", [as_csv, jsonl])
def test_times_as_people_and_tools_write_them(tmp_path, written, acme):
    texts = (*READ, *UNREADABLE, *NO_TIME)
    times = ({"startTime": t, "endTime": "2026-07-01 10:00:02"} for t in texts)
    suffix = {as_csv: "csv", jsonl: "jsonl"}[written]
    file = written(tmp_path / f"x.{suffix}", *(row(**t) for t in times))
    charges = price(read(file), cost_map=acme)
    moments = [_TEN] * len(READ) + [None] * len(UNREADABLE + NO_TIME)
    told = [None] * len(READ) + ["unreadable_time"] * len(UNREADABLE) + [None] * len(NO_TIME)
    assert dict(zip(texts, charges["started_at"], strict=True)) == dict(
        zip(texts, moments, strict=True)
    )
    assert dict(zip(texts, charges["issue"], strict=True)) == dict(zip(texts, told, strict=True))
    assert charges["cost"].null_count() == 0
    assert charges["cost"].n_unique() == 1


def test_moments_beyond_the_calendar_in_parquet_and_in_frames(tmp_path):
    # the largest and the smallest number are what PostgreSQL and DuckDB have for infinity
    numbers = [2**63 - 1, -(2**63) + 1, 9050000000000000000, 0, 1782900000000000]
    times = pl.Series(numbers).cast(pl.Datetime("us"))
    rows = pl.DataFrame([_texts() for _ in numbers]).with_columns(startTime=times)
    rows.write_parquet(tmp_path / "x.parquet")
    frame = pl.DataFrame({"started_at": times})
    for usage in (read(tmp_path / "x.parquet"), normalize(frame)):
        assert usage["started_at"].to_list() == [None] * 4 + [_TEN]
        assert usage["usage_issue"].to_list() == ["unreadable_time"] * 3 + [None] * 2


def test_whatever_else_is_wrong_is_graver_than_a_time(tmp_path):
    file = as_csv(tmp_path / "x.csv", row(startTime="soon", metadata="{cut"))
    assert read(file)["usage_issue"].to_list() == ["unreadable_metadata"]


# -- ranges of time


def test_a_range_of_time_is_given_alike_for_files_and_databases(tmp_path):
    file = as_csv(tmp_path / "x.csv", row(), row(startTime="2026-07-02 00:00:00"))
    for day in ("2026-07-02", date(2026, 7, 2), datetime(2026, 7, 2, tzinfo=UTC)):
        assert read_logs(file, since=day).collect()["source_row"].to_list() == [2]
        assert read_logs(file, until=day).collect()["source_row"].to_list() == [1]
    with pytest.raises(InputError, match="is not before until"):
        read_logs(file, since="2026-07-02", until=date(2026, 7, 2))
    with pytest.raises(InputError, match="since=17 is not a moment"):
        read_logs(file, since=17)
