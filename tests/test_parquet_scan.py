"""A breakdown of a Parquet file is the same by whichever way its rows reach DuckDB."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import InputError, breakdown, connect, price, report

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
    for bare in (file, str(file)):
        assert breakdown(bare, "team", every="day")["requests"].sum() == charges.height
    for frame in (charges, pl.scan_parquet(file)):
        with pytest.raises(NameError, match="as_arrow"):
            breakdown(frame)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name_and_no_pattern(charges, tmp_path, name):
    path = tmp_path / name
    charges.head(4).write_parquet(path)
    charges.head(7).write_parquet(tmp_path / "other.parquet")
    assert breakdown(path)["requests"].item() == 4
    assert breakdown(pl.scan_parquet(path, glob=False))["requests"].item() == 4


@pytest.fixture
def own_names(acme, tmp_path):
    """Charges with columns of a user's own: DuckDB takes two of them for ours."""
    calls = pl.DataFrame(
        {
            "model": "acme/small",  # 1 USD per million tokens
            "provider": "acme",
            "prompt_tokens": [1_000_000, 2_000_000],
            "team": ["a", "b"],
            "Cost": [7.0, 8.0],
            "MODEL": "none of ours",
            "by_team": "X",
        }
    )
    path = tmp_path / "own.parquet"
    price(calls, cost_map=acme).write_parquet(path)
    charges = pl.read_parquet(path)
    return {
        "frame": charges,
        "lazy": charges.lazy(),
        "scan": pl.scan_parquet(path),
        "path": path,
        "priced lazily": price(calls.lazy(), cost_map=acme),
    }


@pytest.mark.parametrize("way", ["frame", "lazy", "scan", "path", "priced lazily"])
def test_a_column_of_a_users_own_takes_no_name_of_ours(own_names, way, acme):
    charges = own_names[way]
    assert breakdown(charges)["spend"].item() == 3.0
    assert breakdown(charges, "team").select("team", "spend").rows() == [("b", 2.0), ("a", 1.0)]
    assert breakdown(charges, "called_model")["called_model"].to_list() == ["acme/small"]
    assert report(charges, cost_map=acme).total["spend"].item() == 3.0
    with closing(connect(charges)) as connection:
        found = connection.sql('SELECT cost, "Cost_1", model FROM charges ORDER BY cost').fetchall()
    assert found == [(1.0, 7.0, "acme/small"), (2.0, 8.0, "acme/small")]


def test_a_name_of_a_users_own_may_be_one_of_the_query(own_names, tmp_path):
    path = tmp_path / "by.parquet"
    own_names["frame"].drop("Cost", "MODEL").write_parquet(path)
    assert breakdown(path, "team").select("team", "spend").rows() == [("b", 2.0), ("a", 1.0)]


TIMES = {
    "naive": pl.Datetime("us"),
    "nanoseconds": pl.Datetime("ns", "UTC"),
    "milliseconds without a zone": pl.Datetime("ms"),
    "another zone": pl.Datetime("us", "Asia/Tokyo"),
}


@pytest.mark.parametrize("dtype", TIMES.values(), ids=list(TIMES))
@pytest.mark.parametrize("way", ["frame", "lazy", "path"])
def test_days_begin_in_the_zone_whatever_type_times_have(acme, tmp_path, dtype, way):
    # 21:30 and 22:30 UTC on 1 July are 23:30 on the 1st and 0:30 on the 2nd in Berlin
    moments = [datetime(2026, 7, 1, 21, 30, tzinfo=UTC), datetime(2026, 7, 1, 22, 30, tzinfo=UTC)]
    calls = {"model": "acme/small", "prompt_tokens": 1, "started_at": moments}
    charges = price(pl.DataFrame(calls), cost_map=acme)
    at = pl.col("started_at")
    plain = at.dt.convert_time_zone(dtype.time_zone) if dtype.time_zone else at
    if dtype.time_zone is None:
        plain = at.dt.replace_time_zone(None)
    charges = charges.with_columns(plain.dt.cast_time_unit(dtype.time_unit))
    assert charges.schema["started_at"] == dtype
    path = tmp_path / "charges.parquet"
    charges.write_parquet(path)
    given = {"frame": charges, "lazy": charges.lazy(), "path": path}[way]
    berlin = ZoneInfo("Europe/Berlin")
    for every, starts in {
        "day": [datetime(2026, 7, 1, tzinfo=berlin), datetime(2026, 7, 2, tzinfo=berlin)],
        "hour": [datetime(2026, 7, 1, 23, tzinfo=berlin), datetime(2026, 7, 2, 0, tzinfo=berlin)],
    }.items():
        table = breakdown(given, every=every, tz="Europe/Berlin")
        assert table["period"].to_list() == starts
    assert breakdown(given)["last_at"].item() == moments[1]


def test_types_of_other_tools_are_read_as_ours(charges):
    others = charges.with_columns(
        pl.col("prompt_tokens").cast(pl.Int32),
        pl.col("cost", "input_cost").cast(pl.Decimal(38, 12)),
        pl.col("team").cast(pl.Categorical),
        pl.lit(None).alias("logged_spend"),
        started_at=pl.lit(date(2026, 7, 1)),
    )
    wanted = breakdown(charges, "team").drop("first_at", "last_at")
    found = breakdown(others, "team", every="day").drop("period", "first_at", "last_at")
    assert_frame_equal(found.sort("team"), wanted.sort("team"), rel_tol=1e-9)


def test_a_type_that_is_none_of_a_columns_is_said(charges):
    # what a column without any value is, read back from CSV
    for given in (charges.with_columns(logged_spend=pl.lit("")), charges.lazy().cast(pl.String)):
        with pytest.raises(InputError, match=r"column '\w+' is String, but should be .*Cast it"):
            breakdown(given)


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
