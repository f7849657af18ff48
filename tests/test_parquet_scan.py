"""A breakdown of a Parquet file is the same by whichever way its rows reach DuckDB."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import InputError, breakdown, price
from llmspend.parquet_scan import bare_parquet

HOSTILE = ["it's [1].parquet", "*.parquet", "?{a,b}.parquet", "a\nb.parquet", "key=1.parquet"]


@pytest.fixture(scope="module")
def charges(acme):
    calls = pl.DataFrame(
        {
            "model": ["acme/small", "acme/large", None, "nobody/knows"] * 250,
            "provider": "acme",
            "team": ["a", None, "b", "'; DROP TABLE charges; --"] * 250,
            "prompt_tokens": range(1000),
            "completion_tokens": range(1000, 0, -1),
        }
    )
    return price(calls, cost_map=acme)


@pytest.fixture
def file(charges, tmp_path):
    path = tmp_path / "charges.parquet"
    charges.write_parquet(path, row_group_size=100)
    return path


def test_every_way_gives_the_same_bits(charges, file):
    whole = breakdown(charges, ["team", "model"])
    scanned = pl.scan_parquet(file)
    for way in (file, str(file), scanned, scanned.filter(pl.lit(value=True)), charges.lazy()):
        assert_frame_equal(breakdown(way, ["team", "model"]), whole, check_exact=True)


def test_a_bare_file_is_read_by_duckdb_itself(charges, file, monkeypatch):
    monkeypatch.delattr("llmspend.spend.as_arrow")
    for bare in (file, pl.scan_parquet(file)):
        assert breakdown(bare)["requests"].item() == charges.height
    with pytest.raises(NameError, match="as_arrow"):
        breakdown(charges)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name_and_no_pattern(charges, tmp_path, name):
    path = tmp_path / name
    charges.head(4).write_parquet(path)
    charges.head(7).write_parquet(tmp_path / "other.parquet")
    assert breakdown(path)["requests"].item() == 4
    assert breakdown(pl.scan_parquet(path, glob=False))["requests"].item() == 4


def test_only_one_whole_file_is_bare(file, tmp_path):
    scan = pl.scan_parquet(file)
    scan.select("cost").collect().write_parquet(tmp_path / "part.parquet")
    assert bare_parquet(scan) == file
    others = (
        scan.head(3),
        scan.filter(pl.col("cost") > 0),
        scan.select("cost"),
        scan.with_columns(cost=pl.col("cost") * 2),
        pl.scan_parquet(file, n_rows=3),
        pl.scan_parquet(file, row_index_name="row"),
        pl.scan_parquet(file, include_file_paths="path"),
        pl.scan_parquet([file, file]),
        pl.concat([scan, scan]),
        scan.collect().lazy(),
        pl.scan_parquet(file.read_bytes()),
    )
    assert [bare_parquet(frame) for frame in others] == [None] * len(others)


def test_a_slice_of_a_file_is_a_slice(charges, file):
    few = breakdown(pl.scan_parquet(file).head(8))
    assert_frame_equal(few, breakdown(charges.head(8)), check_exact=True)


def test_a_file_that_breaks_off_is_an_error_that_names_it(file):
    content = bytearray(file.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    content[4:-footer] = bytes(len(content) - footer - 4)
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"charges\.parquet cannot be read"):
        breakdown(file)
