"""Sums over requests: how they are counted, priced and told from requests."""

from __future__ import annotations

import json

import polars as pl
import pytest

from llmspend import LogFormatError, breakdown, issues, normalize, price, quarantine, read_logs
from tests.formats import DATA
from tests.spend_logs import jsonl, row


def charges_of(file, acme):
    return price(read_logs(DATA / file), cost_map=acme)


def test_sums_count_as_many_requests_as_they_sum_up(acme):
    (total,) = breakdown(charges_of("daily_activity.json", acme)).rows(named=True)
    counted = {name: total[name] for name in ("requests", "priced_requests", "failed_requests")}
    assert counted == {"requests": 14, "priced_requests": 14, "failed_requests": 3}
    assert total["unpriced_requests"] == 0
    assert total["spend"] == total["logged_spend"] == 2.5
    assert total["prompt_tokens"] == 10_000
    assert total["cost_per_request"] == 2.5 / 14


def test_sums_beside_requests(acme, tmp_path):
    log = jsonl(tmp_path / "x.jsonl", row(), row(status="failure", spend=0))
    usage = read_logs([log, DATA / "daily_user_spend.parquet"]).collect()
    assert usage["is_summary"].to_list() == [False, False, True, True]
    assert usage["request_count"].to_list() == [None, None, 42, 1]
    (total,) = breakdown(price(usage, cost_map=acme)).rows(named=True)
    assert (total["requests"], total["failed_requests"]) == (45, 3)


def test_a_sum_without_a_known_spend_is_unpriced_with_all_its_requests(acme):
    rows = pl.DataFrame({"request_count": [7], "prompt_tokens": [100], "is_summary": [True]})
    charges = price(normalize(rows), cost_map=acme)
    assert charges.select("row_class", "cost", "issue").row(0) == ("summary", None, "unknown_spend")
    (total,) = breakdown(charges).rows(named=True)
    assert (total["requests"], total["priced_requests"], total["unpriced_requests"]) == (7, 0, 7)


def test_sums_without_a_count_are_no_requests(acme):
    (total,) = breakdown(charges_of("spend_logs_summary.json", acme)).rows(named=True)
    assert (total["requests"], total["spend"], total["cost_per_request"]) == (0, 1.875, None)


def test_they_say_that_they_are_coarse(acme):
    found = issues(charges_of("daily_tag_spend.jsonl", acme)).rows(named=True)
    assert [(i["issue"], i["severity"]) for i in found] == [("summary_by_tag", "warning")]
    found = issues(charges_of("daily_user_spend.parquet", acme)).rows(named=True)
    assert [(i["issue"], i["severity"]) for i in found] == [("summary", "warning")]


def test_exports_that_overlap_are_counted_once(acme, tmp_path):
    again = tmp_path / "daily_user_spend.parquet"
    again.write_bytes((DATA / again.name).read_bytes())
    charges = price(read_logs([DATA / again.name, again]), cost_map=acme)
    (total,) = breakdown(charges).rows(named=True)
    assert (total["requests"], total["spend"]) == (43, 0.75 + 2e-05)


def test_requests_are_read_of_a_dump_that_holds_sums_too(tmp_path):
    lines = (DATA / "daily_end_user_spend_copy.txt").read_text("utf-8").splitlines()
    columns = ", ".join(f'"{c}"' for c in lines[0].split("\t"))
    sums = f'COPY public."LiteLLM_DailyEndUserSpend" ({columns}) FROM stdin;\n{lines[1]}\n\\.\n\n'
    path = tmp_path / "x.sql"
    path.write_text("--\n" + sums + (DATA / "pg_dump.sql").read_text("utf-8"), "utf-8")
    assert read_logs(path).collect()["is_summary"].to_list() == [False, False]
    path.write_text("--\n" + sums, "utf-8")
    assert read_logs(path).collect()["request_count"].to_list() == [42]


def test_a_dump_of_several_sums_over_the_same_requests(tmp_path):
    header, line = (DATA / "daily_end_user_spend_copy.txt").read_text("utf-8").splitlines()
    columns = ", ".join(header.split("\t"))
    text = "".join(f"COPY public.{n} ({columns}) FROM stdin;\n{line}\n\\.\n" for n in ("A", "B"))
    path = tmp_path / "x.sql"
    path.write_text(text)
    with pytest.raises(LogFormatError, match=r"over the same requests: A, B\. Dump one"):
        read_logs(path)


def test_an_export_under_another_name_needs_its_format(tmp_path):
    path = tmp_path / "renamed.csv"
    name = "team-usage-2026-07-01-2026-07-02-daily_with_keys.csv"
    path.write_bytes((DATA / name).read_bytes())
    with pytest.raises(LogFormatError, match="LiteLLM team activity export"):
        read_logs(path)
    usage = read_logs(path, format="LiteLLM user activity export").collect()
    assert usage["user"].to_list() == ["t-1", "t-2"]
    assert usage["team"].to_list() == [None, None]


def _activity(path, models, **metrics):
    day = {"date": "2026-07-01", "metrics": metrics, "breakdown": {"models": models}}
    path.write_text(json.dumps({"results": [day], "metadata": {}}))
    return read_logs(path).collect()


@pytest.mark.parametrize("spend", ["abc", None, [1], {"x": 1}])
def test_daily_activity_with_a_spend_that_is_none(spend, acme, tmp_path):
    usage = _activity(tmp_path / "x.json", {"acme/large": {"metrics": {"spend": spend}}}, spend=1.5)
    charges = price(usage, cost_map=acme)
    assert charges["model"].to_list() == ["acme/large", None]
    assert charges["cost"].to_list() == [None, 1.5]
    assert charges["issue"].to_list()[0] in ("unknown_spend", "absurd_count")


def test_daily_activity_without_models(tmp_path):
    for models in ({}, None, [], "x"):
        usage = _activity(tmp_path / "x.json", models, spend=1.5, api_requests=3)
        assert usage.select("model", "logged_spend", "request_count").rows() == [(None, 1.5, 3)]


def test_a_page_of_no_days(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"results": [], "metadata": {"page": 1}}')
    assert read_logs(path).collect().height == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-nova", "usage": {}},
        {"date": "2026-07-01", "model_breakdown": [{"model": "claude-nova-9-20260401"}]},
        "x",
    ],
)
def test_a_list_of_something_else_is_no_report_without_rows(entry, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"object": "list", "data": [entry], "has_more": False}))
    with pytest.raises(LogFormatError, match="not a usage log"):
        read_logs(path)


def test_buckets_of_another_shape_are_rows_that_cannot_be_read(tmp_path):
    page = json.loads((DATA / "anthropic_usage.json").read_text("utf-8"))
    path = tmp_path / "x.json"
    path.write_text(json.dumps(page))
    right = read_logs(path).collect()
    page["data"] += [{"starting_at": "2026-07-09T00:00:00Z", "result": []}, "x", {}]
    path.write_text(json.dumps(page))
    usage = read_logs(path).collect()
    assert usage.head(right.height).equals(right)
    assert usage["usage_issue"].to_list()[right.height :] == ["unreadable_row"] * 2
    assert usage["started_at"].to_list()[right.height :] == [None] * 2
    assert quarantine(usage).height == 2


def test_null_in_a_page_is_what_it_is_in_a_line(tmp_path):
    first = json.loads((DATA / "langfuse_export.jsonl").read_text("utf-8").splitlines()[0])
    kept = {k: first[k] for k in ("id", "traceId", "type", "startTime", "model", "level")}
    rows = [{**kept, "usageDetails": None, "costDetails": None}]
    page = tmp_path / "page.json"
    page.write_text(json.dumps({"data": rows, "meta": {"page": 1}}))
    of_page = read_logs(page).drop("source_file").collect()
    assert of_page.equals(
        read_logs(jsonl(tmp_path / "x.jsonl", *rows)).drop("source_file").collect()
    )
    assert of_page["usage_issue"].to_list() == ["no_usage"]
