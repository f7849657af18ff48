"""Rows of logs: what becomes of every way to write a value, and of rows that are none."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from llmspend import breakdown, issues, price, read_logs
from tests.spend_logs import METADATA, as_csv, jsonl, read, row


def written(path, *rows):
    """The canonical rows of a file with these rows."""
    writer = as_csv if ".csv" in path.name else jsonl
    return read(writer(path, *rows)).rows(named=True)


@pytest.fixture(params=["x.jsonl", "x.csv"])
def file(request, tmp_path):
    return tmp_path / request.param


# -- columns and values


def test_prompts_and_answers_are_not_read(file):
    assert "SECRET" not in str(written(file, row()))
    assert "SECRET" not in read_logs(file).explain()


def test_old_installations_lack_columns(file):
    needed = ("request_id", "call_type", "spend", "startTime", "model", "metadata")
    (usage,) = written(file, {k: row()[k] for k in needed})
    assert usage["status"] == "success"
    assert usage["prompt_tokens"] == 1000  # from the metadata
    assert usage["provider"] is usage["team"] is usage["ended_at"] is usage["duration_ms"] is None
    assert usage["tags"] is None
    assert usage["cache_hit"] is False


def test_column_names_in_lower_case(file):
    (usage,) = written(file, {k.lower(): v for k, v in row().items()})
    assert usage["started_at"] == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert usage["duration_ms"] == 2500.0


def test_keys_that_appear_on_later_lines_only(tmp_path):
    first = {k: v for k, v in row().items() if k != "team_id"}
    assert [r["team"] for r in written(tmp_path / "x.jsonl", first, row())] == [None, "t-1"]


def _spelled(note, columns, **expected):
    return note, columns, expected


def _with_metadata(note, metadata, cached, issue=None):
    counts = {"cache_read_tokens": cached, "prompt_tokens": 1000, "completion_tokens": 100}
    return note, {"metadata": metadata}, {"issue": issue, **counts}


_MOMENT = datetime(2026, 7, 1, 10, tzinfo=UTC)
_SECRET = "sk-" + "Q7" * 20
_HASH = hashlib.sha256(_SECRET.encode()).hexdigest()
_HOSTILE = "<script>'; DROP TABLE x; --\n\u202e"
ABSURD = ("NaN", "inf", "-Infinity", "abc", 2**63 - 1, 2**63, -(2**63), 10**30, 1e300, "1e300")

VARIANTS = (
    _spelled("status null", {"status": None}, status="success"),
    _spelled("status empty", {"status": ""}, status="success"),
    _spelled(
        "status in the metadata only",
        {"status": None, "metadata": {"status": "failure"}},
        status="failure",
        row_class="failure_partial",
    ),
    *(
        _spelled(f"cache hit {hit!r}", {"cache_hit": hit}, cache_hit=expected)
        for hit, expected in (
            ("True", True),
            ("true", True),
            ("False", False),
            ("None", False),
            ("", False),
            (None, False),
        )
    ),
    _spelled(
        "nobody", {"end_user": "", "team_id": "", "user": None}, end_user=None, team=None, user=None
    ),
    *(
        _spelled(f"tags {tags!r}", {"request_tags": tags}, tags=expected)
        for tags, expected in (
            (None, None),
            ([], []),
            ('["a", "b"]', ["a", "b"]),
            (["a", "ä,\"'"], ["a", "ä,\"'"]),
            ("not json", None),
            ("", None),
        )
    ),
    _spelled("a logged duration wins", {"request_duration_ms": 2400}, duration_ms=2400.0),
    _spelled("no end", {"endTime": None}, duration_ms=None, ended_at=None),
    _spelled(
        "a start that is none",
        {"startTime": "nonsense"},
        started_at=None,
        duration_ms=None,
        issue="unreadable_time",
    ),
    _spelled("spend null", {"spend": None}, logged_spend=None),
    _spelled("spend 0", {"spend": 0}, logged_spend=0.0),
    _spelled("a long name", {"model": "x" * 10_000}, model="x" * 10_000, issue="unknown_model"),
    _spelled("a hostile name", {"model": _HOSTILE}, model=_HOSTILE, issue="unknown_model"),
    *(
        _spelled(f"time {moment}", {"startTime": moment}, started_at=_MOMENT)
        for moment in (
            "2026-07-01T10:00:00Z",
            "2026-07-01T10:00:00.000+00:00",
            "2026-07-01T12:00:00.000000+02:00",
            "2026-07-01 10:00:00",
            "2026-07-01 10:00:00.000",
            "2026-07-01T05:00:00-05:00",
        )
    ),
    _with_metadata("metadata as object", METADATA, 400),
    _with_metadata("metadata as text", json.dumps(METADATA), 400),
    _with_metadata("metadata encoded twice", json.dumps(json.dumps(METADATA)), 400),
    _with_metadata("metadata empty object", {}, 0),
    _with_metadata("metadata {}", "{}", 0),
    _with_metadata("metadata null", None, 0),
    _with_metadata("metadata empty", "", 0),
    _with_metadata("metadata that is not JSON", "{cut short", 0, "unreadable_metadata"),
    _with_metadata("metadata that is not JSON, encoded", '"{cut short"', 0, "unreadable_metadata"),
    _with_metadata("metadata without usage", {"usage_object": None}, 0),
    _with_metadata(
        "the first count above zero",
        {
            "usage_object": {
                "cache_read_input_tokens": 300,
                "prompt_tokens_details": {"cached_tokens": 0},
            }
        },
        300,
    ),
    _with_metadata("another spelling", {"usage_object": {"prompt_cache_hit_tokens": 300}}, 300),
    _with_metadata(
        "an older place",
        {
            "usage_object": None,
            "additional_usage_values": {"prompt_tokens_details": {"cached_tokens": 300}},
        },
        300,
    ),
    _spelled(
        "a prompt without its cached tokens gets them back",
        {
            "prompt_tokens": 20,
            "metadata": {
                "usage_object": {
                    "cache_read_input_tokens": 4000,
                    "cache_creation_input_tokens": 500,
                }
            },
        },
        prompt_tokens=4520,
        issue="prompt_excluded_cache",
    ),
    # secrets
    _spelled("a raw key is hashed", {"api_key": _SECRET}, key=_HASH),
    _spelled(
        "a raw key in the metadata too",
        {"api_key": "", "metadata": {**METADATA, "user_api_key": _SECRET}},
        key=_HASH,
    ),
    *(
        _spelled(f"key {key[:12]} is kept", {"api_key": key}, key=key)
        for key in ("a" * 64, "litellm_proxy_master_key", "hashed-jwt-abc")
    ),
    # numbers that are none
    *(
        _spelled(
            f"{column} {count!r}", {column: count, "metadata": {}}, issue="absurd_count", cost=None
        )
        for column in ("prompt_tokens", "completion_tokens")
        for count in ABSURD
    ),
    *(
        _spelled(
            f"cached_tokens {count!r}",
            {"metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": count}}}},
            issue="absurd_count",
            cost=None,
        )
        for count in ABSURD
    ),
    *(
        _spelled(f"spend {spend}", {"spend": spend}, issue="absurd_count")
        for spend in ("abc", "NaN", "inf")
    ),
    _spelled(
        "a negative prompt",
        {"prompt_tokens": -5, "metadata": {}},
        issue="negative_count",
        cost=-5 * 1e-06 + 100 * 2e-06,
    ),
    _spelled("counts as decimals", {"prompt_tokens": "1000.0", "metadata": {}}, prompt_tokens=1000),
)
"""One value of a row, and what becomes of it; nothing else is wrong unless said."""


@pytest.fixture(scope="module", params=["x.jsonl", "x.csv"])
def variants(request, tmp_path_factory, acme):
    """All variants in one file, read and priced."""
    file = tmp_path_factory.mktemp("variants") / request.param
    written(file, *(row(**columns) for _, columns, _ in VARIANTS))
    charges = price(read(file), cost_map=acme)
    assert charges.height == len(VARIANTS)
    return charges.rows(named=True)


@pytest.mark.parametrize("number", range(len(VARIANTS)), ids=[note for note, _, _ in VARIANTS])
def test_a_variant_of_a_row(variants, number):
    expected = {"issue": None, **VARIANTS[number][2]}
    assert {name: variants[number][name] for name in expected} == expected


def test_raw_keys_are_seen_nowhere(variants):
    assert _SECRET not in str(variants)


@pytest.mark.parametrize("note", ["metadata that is not JSON", "metadata {}"])
def test_a_row_without_readable_metadata_is_priced_as_if_nothing_was_cached(variants, note):
    number = [name for name, _, _ in VARIANTS].index(note)
    assert variants[number]["cost"] == 1000 * 1e-06 + 100 * 2e-06


def test_times_of_parquet(tmp_path):
    files = []
    for unit in ("ms", "us", "ns"):
        for zone in (None, "UTC", "America/New_York"):
            moment = pl.lit(_MOMENT).cast(pl.Datetime(unit, "UTC"))
            moment = (
                moment.dt.replace_time_zone(None)
                if zone is None
                else moment.dt.convert_time_zone(zone)
            )
            files.append(tmp_path / f"{unit} {(zone or '').replace('/', ' ')}.parquet")
            frame = pl.DataFrame([row(metadata="{}")]).with_columns(startTime=moment)
            frame.write_parquet(files[-1])
    assert read(files)["started_at"].to_list() == [_MOMENT] * len(files)


# -- rows that are no rows


BROKEN = ('{"request_id": "r-2", "call_ty', "[1, 2]", '"text"', "17", "nonsense", "{}", "\x00\x01")


def test_a_broken_line_is_a_row_with_an_issue(tmp_path, acme):
    lines = [each for i, broken in enumerate(BROKEN) for each in (row(request_id=f"{i}"), broken)]
    usage = read(jsonl(tmp_path / "x.jsonl", *lines))
    ids = [each for i in range(len(BROKEN)) for each in (f"{i}", None)]
    assert usage["request_id"].to_list() == ids
    assert usage["usage_issue"].to_list() == [None, "unreadable_row"] * len(BROKEN)
    assert usage["source_row"].to_list() == list(range(1, len(lines) + 1))
    charges = price(usage, cost_map=acme)
    assert charges["issue"].to_list() == [None, "unreadable_row"] * len(BROKEN)
    assert charges["cost"].is_null().to_list() == [False, True] * len(BROKEN)


def test_nothing_is_known_of_a_broken_row(tmp_path, acme):
    lines = jsonl(tmp_path / "x.jsonl", row(status=None), "broken", row(status="failure"))
    cells = as_csv(tmp_path / "x.csv", row(status=None))
    with cells.open("a") as file:
        file.write("broken\n")
    lazy = read_logs([lines, cells])
    expected = ["success", None, "failure", "success", None]
    assert lazy.collect()["status"].to_list() == expected
    assert lazy.select("status").collect()["status"].to_list() == expected
    assert lazy.filter(status="success").select("request_id").collect().height == 2
    assert lazy.select("status", "model").head(2).collect()["status"].to_list() == expected[:2]
    by_status = breakdown(price(lazy, cost_map=acme), by="status")
    failed = dict(by_status.select("status", "failed_requests").rows())
    assert failed == {"success": 0, "failure": 1, None: 0}


def test_a_last_line_that_was_cut(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", row(), row())
    file.write_bytes(file.read_bytes()[:-200])
    usage = read(file)
    assert usage["usage_issue"].to_list() == [None, "unreadable_row"]
    assert usage["source_row"].to_list() == [1, 2]


def test_blank_lines_are_no_rows(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", row(request_id="a"), "", row(request_id="b"), "")
    usage = read(file)
    assert usage["request_id"].to_list() == ["a", "b"]
    assert usage["source_row"].to_list() == [1, 2]


def test_absurd_counts_in_parquet(tmp_path, acme):
    counts = [1000.0, float("nan"), float("inf"), -float("inf"), 1e300, -1e300]
    frame = pl.DataFrame([row() for _ in counts]).with_columns(prompt_tokens=pl.Series(counts))
    frame.write_parquet(tmp_path / "x.parquet")
    found = price(read(tmp_path / "x.parquet"), cost_map=acme)["issue"].to_list()
    assert found == [None] + ["absurd_count"] * 5


def test_absurd_rows_do_not_spoil_sums(file, acme):
    huge = 2**63 - 1
    absurd = [row(**{c: huge}) for c in ("prompt_tokens", "completion_tokens") * 2]
    written(file, row(metadata={}), *absurd)
    charges = price(read(file), cost_map=acme)
    total = breakdown(charges).row(0, named=True)
    assert total["spend"] == 1000 * 1e-06 + 100 * 2e-06
    assert (total["requests"], total["unpriced_requests"]) == (5, 4)
    found = issues(charges).row(0, named=True)
    assert (found["issue"], found["requests"]) == ("absurd_count", 4)
    assert found["tokens"] is None or found["tokens"] >= 0


@pytest.mark.parametrize(
    ("metadata", "issue"),
    [
        (None, "no_usage_details"),
        ({}, "no_usage_details"),
        ({"status": "success", "usage_object": None}, "no_usage_details"),
        # older rows say it here, if there is anything to say
        ({"additional_usage_values": {}}, None),
        ({"usage_object": {"prompt_tokens": 1000}}, None),
    ],
)
@pytest.mark.parametrize("written", [jsonl, as_csv])
def test_tokens_of_which_nobody_says_how_many_were_cached(written, metadata, issue, acme, tmp_path):
    suffix = {as_csv: "csv", jsonl: "jsonl"}[written]
    log = written(tmp_path / f"x.{suffix}", row(metadata=metadata, model="acme/large"))
    assert price(read_logs(log), cost_map=acme).collect()["issue"].to_list() == [issue]
    # where nothing is cached at another price, nothing is missing
    small = written(tmp_path / f"y.{suffix}", row(metadata=metadata, model="acme/small"))
    assert price(read_logs(small), cost_map=acme).collect()["issue"].to_list() == [None]
