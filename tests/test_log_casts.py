"""What stands in the cells of a log becomes what a canonical column holds, or is told."""

from __future__ import annotations

import json

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from llmspend import price
from tests.spend_logs import METADATA, as_csv, read, row

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
        ("{}", None),
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
