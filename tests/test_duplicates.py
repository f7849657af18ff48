"""What came before is marked, whatever the batches; names come from the gateway's own tables."""

from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from llmspend import LogFormatError, breakdown, issues, normalize, price, read_logs
from llmspend.cli import cli
from llmspend.duplicates import SeenIds
from tests.spend_logs import as_csv, jsonl, row

IDS = st.lists(st.lists(st.none() | st.integers(0, 30).map(str), max_size=40), max_size=12)


@given(IDS)
def test_an_id_is_new_once(batches):
    seen, before = SeenIds(), set()
    for batch in batches:
        expected = []
        for each in batch:
            expected.append(each is None or each not in before)
            before.add(each)
        assert seen.first_seen(pl.Series(batch, dtype=pl.String)).to_list() == expected


def test_a_request_in_two_exports_counts_once(tmp_path, acme):
    july = [row(request_id=f"j-{i}") for i in range(5)]
    a = jsonl(tmp_path / "a.jsonl", *july)
    b = as_csv(tmp_path / "b.csv", *july[3:], row(request_id="k-1"), july[4])
    usage = read_logs([a, b])
    marks = [False] * 5 + [True, True, False, True]
    for _ in range(2):  # a lazy frame may be collected again
        assert usage.collect()["is_duplicate"].to_list() == marks
    assert usage.select("is_duplicate").collect().to_series().to_list() == marks
    assert usage.filter("is_duplicate").collect()["request_id"].to_list() == ["j-3", "j-4", "j-4"]
    charges = price(usage, cost_map=acme).collect()
    total = breakdown(charges).row(0, named=True)
    once = breakdown(charges.filter(~pl.col("is_duplicate"))).row(0, named=True)
    assert total == once
    assert (total["requests"], total["total_tokens"]) == (6, 6600)
    doubled = charges.filter("is_duplicate").select("row_class", "cost", "issue").unique().rows()
    assert doubled == [("duplicate", 0.0, "duplicate_request")]
    found = {r["issue"]: r["requests"] for r in issues(charges).to_dicts()}
    assert found == {"duplicate_request": 3}


def test_rows_without_an_id_are_never_duplicates(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", row(request_id=""), row(request_id=None), "{}", "{}")
    assert not read_logs(file).collect()["is_duplicate"].any()


def test_an_id_that_a_provider_gave_twice_is_two_requests(tmp_path):
    calls = (row(request_id="1", litellm_call_id=c) for c in ("a", "b", "a"))
    marks = read_logs(jsonl(tmp_path / "x.jsonl", *calls)).collect()["is_duplicate"]
    assert marks.to_list() == [False, False, True]


def test_one_call_under_two_ids_is_told(tmp_path, acme):
    ids = ("1", "2", "2", "1-attempt-1", "3_batch_cost")
    rows = [row(request_id=i, litellm_call_id="same") for i in ids]
    charges = price(read_logs(jsonl(tmp_path / "x.jsonl", *rows)), cost_map=acme).collect()
    told = [None, "logged_twice", "duplicate_request", None, None]
    assert charges["issue"].to_list() == told
    assert breakdown(charges)["requests"].item() == 4


# -- names


KEYS = pl.DataFrame({"token": ["k1", "k2"], "key_alias": ["today", None], "key_name": ["sk-x"] * 2})
GONE = pl.DataFrame(
    {
        "token": ["k2", "k2", "k1"],
        "key_alias": ["older", "newer", "dead"],
        "deleted_at": ["2026-01-01", "2026-02-01", "2026-03-01"],
    }
)


@pytest.mark.parametrize("form", ["frame", "csv", "parquet", "json", "jsonl.gz"])
def test_names_of_keys(tmp_path, form):
    table = KEYS
    if form != "frame":
        table = tmp_path / f"keys.{form}"
        if form == "csv":
            KEYS.write_csv(table)
        elif form == "parquet":
            KEYS.write_parquet(table)
        elif form == "json":
            KEYS.write_json(table)
        else:
            jsonl(table, *KEYS.to_dicts())
    alias = {"metadata": {"user_api_key_alias": "then"}}
    log = jsonl(
        tmp_path / "x.jsonl",
        row(api_key="k1", **alias),
        row(api_key="k2", **alias),
        row(api_key="k2", metadata={}),
        row(api_key="k3", metadata={}),
    )
    usage = read_logs(log, keys=[table, GONE])
    expected = ["today", "then", "newer", None]
    assert usage.collect()["key_alias"].to_list() == expected
    assert usage.select("key_alias").collect().to_series().to_list() == expected
    assert "sk-x" not in str(usage.collect().to_dicts())


def test_names_of_everybody(tmp_path):
    log = jsonl(tmp_path / "x.jsonl", row(organization_id="o", user="u", team_id="t"))
    names = {
        "teams": pl.DataFrame({"team_id": ["t"], "team_alias": ["Team"]}),
        "users": pl.DataFrame(
            {"user_id": ["u"], "user_alias": [""], "user_email": ["u@a.example"]}
        ),
        "organizations": pl.DataFrame({"ORGANIZATION_ID": ["o"], "Organization_Alias": ["Org"]}),
    }
    usage = read_logs(log, **names).collect().row(0, named=True)
    found = tuple(usage[f"{c}_alias"] for c in ("team", "user", "organization"))
    assert found == ("Team", "u@a.example", "Org")


def test_usage_that_nobody_looked_for_duplicates_in_costs_the_same_by_every_way(tmp_path):
    """One request of 1,000 tokens of gpt-4o's input at 2.5 USD per million, logged twice."""
    calls = {"request_id": ["a", "a"], "model": "gpt-4o", "prompt_tokens": 1000}
    file = tmp_path / "usage.parquet"
    normalize(pl.DataFrame(calls)).write_parquet(file)
    teams = pl.DataFrame({"team_id": ["x"], "team_alias": ["y"]})
    for usage in (read_logs(file), read_logs(file, teams=teams)):
        assert breakdown(price(usage))["spend"].item() == 0.0025
        assert usage.collect()["is_duplicate"].to_list() == [False, True]
    done = CliRunner().invoke(cli, ["breakdown", str(file), "--json"])
    assert [each["spend"] for each in json.loads(done.stdout)] == [0.0025]


@pytest.fixture
def converted(tmp_path):
    """What `llmspend convert` wrote of five requests on five days, the last logged twice."""
    rows = [row(request_id=f"r-{i}", startTime=f"2026-07-0{i}T10:00:00Z") for i in (1, 2, 3, 4, 5)]
    log = jsonl(tmp_path / "log.jsonl", *rows, rows[-1])
    file = tmp_path / "usage [1].parquet"
    done = CliRunner().invoke(cli, ["convert", str(log), "-o", str(file)])
    assert done.exit_code == 0, done.output
    return file


def test_usage_that_says_its_duplicates_are_marked_is_not_looked_through(converted, monkeypatch):
    looked_through = read_logs(converted, on_rows=lambda _: None).collect()
    monkeypatch.delattr("llmspend.logs.read_parts")
    usage = read_logs(converted)
    assert usage.collect().equals(looked_through)
    assert usage.select("is_duplicate").sum().collect().item() == 1
    assert usage.filter(request_id="r-5").select("source_row").collect().rows() == [(5,), (6,)]
    assert usage.head(2).select("request_id").collect().rows() == [("r-1",), ("r-2",)]
    late = read_logs(converted, since="2026-07-02", until="2026-07-04").select("request_id")
    assert late.collect().rows() == [("r-2",), ("r-3",)]
    assert late.head(1).collect().rows() == [("r-2",)]
    texts = read_logs(converted, texts=True).select("messages", "response").collect()
    assert texts.unique().rows() == [(None, None)]
    assert texts.dtypes == [pl.String, pl.String]


def test_converted_usage_that_is_damaged_is_an_error_that_names_the_file(converted):
    content = bytearray(converted.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    content[4:-footer] = bytes(len(content) - footer - 4)
    converted.write_bytes(content)
    usage = read_logs(converted)
    with pytest.raises(LogFormatError, match=r"usage \[1\]\.parquet cannot be read"):
        usage.collect()


def test_rotated_keys_add_up_by_their_name(tmp_path, acme):
    rotated = [row(api_key=k, metadata={"user_api_key_alias": "ci"}) for k in ("old", "new")]
    charges = price(read_logs(jsonl(tmp_path / "x.jsonl", *rotated)), cost_map=acme)
    assert breakdown(charges, "key_alias").select("key_alias", "requests").rows() == [("ci", 2)]
    assert breakdown(charges, "key").height == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pl.DataFrame({"tokn": ["k"], "key_alias": ["a"]}), "no column 'token'.*Nearest: 'tokn'"),
        (pl.DataFrame({"token": ["k"]}), "no column 'key_alias'.*LiteLLM_VerificationToken"),
        ("nowhere/keys.csv", "there is no file nowhere/keys.csv"),
    ],
)
def test_a_table_that_names_nothing(tmp_path, given, says):
    with pytest.raises(ValueError, match=says):
        read_logs(jsonl(tmp_path / "x.jsonl", row()), keys=given)


def test_a_table_that_is_damaged(tmp_path):
    log = jsonl(tmp_path / "x.jsonl", row(api_key="k1"))
    table = tmp_path / "keys[1].csv"  # no pattern
    table.write_bytes(b"token,key_alias\nk1,caf\xe9\n")
    assert read_logs(log, keys=table).collect()["key_alias"].item() == "caf�"
    table.write_text('token,key_alias\nk1,"a\nk2,b\nk3,c"d\n')
    with pytest.raises(LogFormatError, match=r"keys\[1\]\.csv cannot be read: "):
        read_logs(log, keys=table)
    table.with_suffix(".json").write_text('[{"token": "k1", "key_alias": "today",}]')
    assert read_logs(log, keys=table.with_suffix(".json")).collect()["key_alias"].item() == "today"
