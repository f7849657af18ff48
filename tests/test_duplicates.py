"""What came before is marked, whatever the batches; names come from the gateway's own tables."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspend import LogFormatError, breakdown, issues, price, read_logs
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
