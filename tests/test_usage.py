from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from llmspend import InputError, normalize, price
from llmspend.usage import (
    COLUMN_BY_NAME,
    COUNTS,
    USAGE_COLUMNS,
    USAGE_SCHEMA,
    call,
    empty_usage,
)


def test_columns_are_named_once_and_explained():
    assert len(COLUMN_BY_NAME) == len(USAGE_COLUMNS)
    assert all(c.meaning.endswith(".") for c in USAGE_COLUMNS)
    assert all(USAGE_SCHEMA[name] == pl.Int64 for name in COUNTS)


def test_normalize_gives_every_column_and_keeps_others_after_them():
    given = pl.DataFrame({"ours": [1], "model": ["m"]})
    usage = normalize(given)
    assert usage.columns == [*USAGE_SCHEMA, "ours"]
    assert usage.select(USAGE_SCHEMA.names()).schema == USAGE_SCHEMA
    assert normalize(given.lazy()).collect().equals(usage)
    assert normalize(usage).equals(usage)


def test_a_frame_without_rows():
    assert normalize(pl.DataFrame()).equals(empty_usage())
    assert price(empty_usage()).height == 0


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt16, pl.UInt64, pl.Float32, pl.Decimal(10, 2)])
def test_numbers_of_any_type_are_counts(dtype):
    given = pl.DataFrame({"prompt_tokens": pl.Series([12, None], dtype=dtype)})
    assert normalize(given)["prompt_tokens"].to_list() == [12, 0]


NAIVE = datetime(2026, 7, 1, 9)  # noqa: DTZ001 - a log without a zone


@pytest.mark.parametrize(
    ("name", "series", "expected"),
    [
        ("model", pl.Series(["", "m", None]), [None, "m", None]),
        ("model", pl.Series(["m"], dtype=pl.Categorical), ["m"]),
        ("model", pl.Series(["m"], dtype=pl.Enum(["m"])), ["m"]),
        ("team", pl.Series([7, None]), ["7", None]),
        ("prompt_tokens", pl.Series([None]), [0]),
        ("cache_creation_1h_tokens", pl.Series([None], dtype=pl.Int64), [None]),
        ("cache_creation_1h_tokens", pl.Series([0]), [0]),
        ("cache_hit", pl.Series([None, True]), [False, True]),
        ("started_at", pl.Series([NAIVE]), [datetime(2026, 7, 1, 9, tzinfo=UTC)]),
        ("started_at", pl.Series([date(2026, 7, 1)]), [datetime(2026, 7, 1, tzinfo=UTC)]),
        ("logged_spend", pl.Series([1]), [1.0]),
        ("logged_spend", pl.Series([None]), [None]),
        ("tags", pl.Series([[], None]), [[], None]),
        ("tags", pl.Series([["a"]], dtype=pl.List(pl.Categorical)), [["a"]]),
        ("tags", pl.Series([["a"]], dtype=pl.List(pl.Enum(["a"]))), [["a"]]),
        ("tags", pl.Series([["a", "b"]], dtype=pl.Array(pl.String, 2)), [["a", "b"]]),
    ],
)
def test_values_are_cast_at_the_border(name, series, expected):
    assert normalize(pl.DataFrame({name: series}))[name].to_list() == expected


def test_aware_times_become_utc():
    zone = pl.Datetime("ms", "Europe/Berlin")
    moment = pl.Series([datetime(2026, 7, 1, 9, tzinfo=UTC)]).cast(zone)
    usage = normalize(pl.DataFrame({"started_at": moment}))
    assert usage.schema["started_at"] == pl.Datetime("us", "UTC")
    assert usage["started_at"].item() == datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt_tokens", "12"),
        ("model", [1, 2]),
        ("started_at", "2026-07-01"),
        ("cache_hit", "True"),
        ("tags", "a"),
        ("tags", [1]),
    ],
)
def test_a_column_of_the_wrong_type_is_named(name, value):
    with pytest.raises(InputError, match=f"column '{name}' is .*, but should be "):
        normalize(pl.DataFrame({name: [value]}))


ADDRESSES = {
    "https://user:SECRET@host:8443/v1?api-key=SECRET#SECRET": "https://host:8443/v1",
    "https://SECRET@host?api-key=SECRET": "https://host",
    "user:SECRET@host/v1": "host/v1",
    "https://host/v1/models/small@001": "https://host/v1/models/small@001",
    "https://host/v1": "https://host/v1",
    "?key=SECRET": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_addresses_of_endpoints_keep_no_secrets(dtype):
    given = pl.DataFrame({"api_base": pl.Series([*ADDRESSES], dtype=dtype)})
    assert normalize(given)["api_base"].to_list() == [*ADDRESSES.values()]


def test_columns_by_other_names():
    given = pl.DataFrame({"llm": ["m"], "cached": [2], "fresh": [3]})
    usage = normalize(given, {"model": "llm", "prompt_tokens": pl.col("cached") + pl.col("fresh")})
    assert usage.select("model", "prompt_tokens").row(0) == ("m", 5)


def test_a_column_that_is_not_there_is_told_its_nearest():
    with pytest.raises(InputError, match=r"unknown column for 'model': 'lm'\. Nearest: 'llm'"):
        normalize(pl.DataFrame({"llm": ["gpt-4o"]}), {"model": "lm"})


def test_a_misspelled_column_is_told_its_nearest():
    with pytest.raises(InputError, match=r"'promt_tokens' is not a usage column\..*prompt_tokens"):
        normalize(pl.DataFrame({"x": [1]}), {"promt_tokens": "x"})
    with pytest.raises(InputError, match="prompt_tokens"):
        call(promt_tokens=1)


@pytest.mark.parametrize("count", [float("nan"), float("inf"), -float("inf"), 1e300, 2.0**63])
def test_a_count_that_is_none_is_not_taken_for_zero(count, acme):
    rows = pl.DataFrame({"model": "acme/small", "provider": "acme", "prompt_tokens": [count, 10.0]})
    assert price(rows, cost_map=acme)["issue"].to_list() == ["absurd_count", None]


def test_one_call_is_a_row_of_the_frame():
    values = {"model": "m", "prompt_tokens": 3, "cache_hit": None, "tags": ["a"]}
    one = call(**values)
    assert one == normalize(pl.DataFrame([values])).row(0, named=True)
