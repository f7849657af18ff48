from __future__ import annotations

import polars as pl
import pytest

from llmspend import ISSUES, issues, price
from llmspend.row_classes import CALL_KINDS, ROW_CLASSES, classify
from llmspend.row_issues import ERRORS, ISSUE_BY_NAME
from llmspend.usage import normalize

COST = 1000 * 1e-06 + 100 * 2e-06
CALL = {
    "request_id": "r-1",
    "call_type": "acompletion",
    "model": "acme/small",
    "provider": "acme",
    "status": "success",
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "logged_spend": 0.5,
    "logged_input_cost": 0.3,
    "logged_output_cost": 0.2,
}
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "logged_spend": 0.0}
NO_SIDES = {"logged_input_cost": None, "logged_output_cost": None}

ROWS = (
    # what is different, row class, cost, cost source, issue
    ({}, "normal", COST, "rates", None),
    ({"call_type": None}, "normal", COST, "rates", None),
    ({"call_type": "litellm.completion"}, "normal", COST, "rates", None),
    ({"call_type": "something_new"}, "normal", COST, "rates", None),
    ({"cache_hit": True}, "cache_hit", 0.0, "nothing", None),
    ({"request_id": "r-1_cache_hit1795.2"}, "cache_hit", 0.0, "nothing", None),
    ({"cache_hit": True, "model": "nobody/knows"}, "cache_hit", 0.0, "nothing", None),
    ({"status": "failure"}, "failure_partial", 0.5, "logged", None),
    (
        {"status": "failure", "logged_spend": 0.0},
        "failure_estimated",
        0.0,
        "nothing",
        "possible_provider_charge",
    ),
    (
        {"status": "failure", "logged_spend": None},
        "failure_estimated",
        0.0,
        "nothing",
        "possible_provider_charge",
    ),
    ({"status": "failure", **NOTHING}, "failure", 0.0, "nothing", None),
    ({"is_duplicate": True}, "duplicate", 0.0, "nothing", "duplicate_request"),
    ({"is_summary": True}, "summary", 0.5, "logged", "summary"),
    ({"request_count": 3, "tags": ["a"]}, "summary", 0.5, "logged", "summary_by_tag"),
    ({"is_summary": True, "logged_spend": None}, "summary", None, None, "unknown_spend"),
    ({"call_type": "aget_responses"}, "reread", 0.0, "nothing", None),
    ({"call_type": "aretrieve_batch", **NOTHING}, "batch_poll", 0.0, "nothing", None),
    # what a line of a finished batch used is lost: that is not nothing
    *(
        (
            {**NOTHING, "call_type": "aretrieve_batch", "logged_spend": None, "usage_issue": issue},
            row_class,
            None,
            None,
            issue,
        )
        for issue, row_class in (
            ("no_usage", "no_usage"),
            ("unreadable_usage", "batch"),
            ("absurd_count", "batch"),
        )
    ),
    ({"call_type": "call_mcp_tool"}, "tool", 0.5, "logged", None),
    ({"call_type": "call_mcp_tool", "logged_spend": None}, "tool", None, None, "unknown_spend"),
    ({"call_type": "pass_through_endpoint", "model": None}, "pass_through", 0.5, "logged", None),
    (
        {"call_type": "pass_through_endpoint", "model": "unknown"},
        "pass_through",
        0.5,
        "logged",
        None,
    ),
    ({"call_type": "pass_through_endpoint"}, "normal", COST, "rates", None),
    ({"call_type": "aimage_generation"}, "per_unit", 0.5, "logged", "quantity_not_logged"),
    ({"call_type": "aspeech"}, "per_unit", 0.001, "rates", None),
    (
        {"call_type": "aspeech", **NOTHING, "logged_spend": 5 * 1e-06, **NO_SIDES},
        "per_unit",
        5 * 1e-06,
        "rates",
        None,
    ),
    (
        {"call_type": "aspeech", **NOTHING, "logged_spend": 5.5e-06, **NO_SIDES},
        "per_unit",
        5.5e-06,
        "logged",
        "quantity_not_logged",
    ),
    (
        {"call_type": "aspeech", **NOTHING, "logged_spend": None, **NO_SIDES},
        "per_unit",
        None,
        None,
        "unknown_quantity",
    ),
    ({"call_type": "call_mcp_tool", "stated_call_cost": 0.25}, "per_unit", 0.25, "rates", None),
    ({"call_type": "atranscription"}, "normal", COST, "rates", None),
    (
        {"call_type": "atranscription", **NOTHING, "logged_spend": 0.5},
        "per_unit",
        0.5,
        "logged",
        "quantity_not_logged",
    ),
    ({"internal_origin": "shadow_eval_judge"}, "internal", COST, "rates", None),
    (NOTHING, "no_usage", None, None, "no_usage"),
    ({**NOTHING, "call_type": "amoderation"}, "normal", 0.0, "rates", None),
    ({"model": "nobody/knows"}, "normal", None, None, "unknown_model"),
    ({"model": None}, "normal", None, None, "unknown_model"),
    ({"model": "acme/seconds"}, "normal", None, None, "unknown_duration"),
    ({"model": "acme/seconds", "duration_ms": 2000.0}, "normal", 0.003, "rates", None),
    ({"model": "acme/free"}, "normal", 0.0, "rates", None),
    ({"model": "acme/image"}, "normal", 0.0, "rates", "nothing_priced"),
    (
        {"model": "acme/seconds", "duration_ms": 0.0},
        "normal",
        0.0,
        "rates",
        "nothing_priced",
    ),
    ({"prompt_tokens": 10**12}, "normal", 10**12 * 1e-06 + 100 * 2e-06, "rates", None),
    ({"prompt_tokens": 10**12 + 1}, "normal", None, None, "absurd_count"),
    ({"cache_read_tokens": 2**62}, "normal", None, None, "absurd_count"),
    ({"cache_creation_1h_tokens": 2**62}, "normal", None, None, "absurd_count"),
    ({"usage_issue": "unreadable_row"}, "unreadable", None, None, "unreadable_row"),
    ({"usage_issue": "absurd_count"}, "normal", None, None, "absurd_count"),
    ({"usage_issue": "unreadable_usage"}, "normal", None, None, "unreadable_usage"),
    (
        {"usage_issue": "unreadable_usage", **NOTHING},
        "no_usage",
        None,
        None,
        "unreadable_usage",
    ),
    (
        {"model": "nobody-knows", "call_type": "aretrieve_batch"},
        "batch",
        0.0,
        "rates",
        "billed_at_nothing",
    ),
    ({"usage_issue": "unreadable_time"}, "normal", COST, "rates", "unreadable_time"),
    ({"usage_issue": "unreadable_metadata"}, "normal", COST, "rates", "unreadable_metadata"),
    (
        {"usage_issue": "unreadable_metadata", "model": "nobody/knows"},
        "normal",
        None,
        None,
        "unknown_model",
    ),
    (
        {"usage_issue": "prompt_excluded_cache", "completion_tokens": -1},
        "normal",
        1000 * 1e-06 + -1 * 2e-06,
        "rates",
        "negative_count",
    ),
)


@pytest.fixture(scope="module")
def charges(acme):
    rows = [{**CALL, **different} for different, *_ in ROWS]
    names = {name: None for row in rows for name in row}
    usage = normalize(pl.DataFrame({n: [row.get(n) for row in rows] for n in names}))
    return price(usage, cost_map=acme)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[str(different) for different, *_ in ROWS])
def test_a_row_is_classified_priced_and_judged(charges, number):
    charge = charges.row(number, named=True)
    found = tuple(charge[c] for c in ("row_class", "cost", "cost_source", "issue"))
    assert found == ROWS[number][1:]


def test_the_cost_is_null_where_the_issue_is_an_error(charges):
    is_error = charges["issue"].is_in(ERRORS).fill_null(value=False)
    assert charges["cost"].is_null().equals(is_error, check_names=False)
    assert charges["cost_source"].is_null().equals(is_error, check_names=False)


def test_what_a_row_takes_from_the_log_is_whole(charges):
    kept = charges.filter(cost_source="logged").filter(pl.col("logged_input_cost").is_not_null())
    assert kept.height > 0
    assert kept["input_cost"].to_list() == [0.3] * kept.height
    assert kept["output_cost"].to_list() == [0.2] * kept.height


def test_issues_are_counted_with_an_example(charges):
    table = issues(charges)
    counted = dict(table.select("issue", "requests").rows())
    expected = {}
    for *_, issue in ROWS:
        if issue:
            expected[issue] = expected.get(issue, 0) + 1
    assert counted == expected
    assert issues(charges.lazy()).equals(table)
    unknown = table.row(by_predicate=pl.col("issue") == "unknown_model", named=True)
    expected = {
        "issue": "unknown_model",
        "severity": "error",
        "requests": 3,
        "tokens": 3300,
        "logged_spend": 1.5,
        "example_request": "r-1",
        "meaning": ISSUE_BY_NAME["unknown_model"].meaning,
        "hint": ISSUE_BY_NAME["unknown_model"].hint,
    }
    assert {name: unknown[name] for name in expected} == expected
    severities = table["severity"].to_list()
    assert severities == sorted(severities)
    for severity in ("error", "warning"):
        assert table.filter(severity=severity)["requests"].is_sorted(descending=True)


def test_no_issues(acme):
    fine = price(pl.DataFrame([CALL]), cost_map=acme)
    assert issues(fine).height == 0
    assert issues(fine).columns == issues(fine.clear()).columns


def test_names_are_unique_and_sentences_end():
    assert len(ISSUE_BY_NAME) == len(ISSUES)
    assert all(text.endswith(".") for i in ISSUES for text in (i.meaning, i.hint))
    assert all(c.meaning.endswith(".") for c in ROW_CLASSES)
    assert len({c.name for c in ROW_CLASSES}) == len(ROW_CLASSES)


def test_every_issue_but_those_with_tests_of_their_own_occurs_above():
    occurring = {issue for *_, issue in ROWS}
    elsewhere = {
        "prompt_excluded_cache",
        "completion_excluded_reasoning",
        "uncounted_tokens",
        "priced_by_size",
        "absurd_spend",
        "logged_twice",
        "coarse_price",
        "no_usage_details",
    }
    assert {i.name for i in ISSUES} - occurring == elsewhere


def test_errors_come_before_warnings():
    severities = [i.severity for i in ISSUES]
    assert severities == sorted(severities)


@pytest.mark.parametrize(
    ("call_type", "kind"),
    [(c, kind) for kind, call_types in CALL_KINDS.items() for c in call_types]
    + [
        ("acompletion", "chat"),
        ("aresponses", "chat"),
        ("_aresponses_websocket", "chat"),
        ("_arealtime", "realtime"),
        ("allm_passthrough_route", "pass-through"),
        ("litellm.embedding", "embedding"),
        (None, "chat"),
        ("brand_new", "other"),
    ],
)
def test_kinds_of_calls(call_type, kind):
    rows = normalize(pl.LazyFrame({"call_type": [call_type]}, schema={"call_type": pl.String}))
    assert classify(rows).collect()["kind"].item() == kind


def test_a_batch_is_known_by_its_id_too():
    rows = normalize(
        pl.LazyFrame({"request_id": ["b_batch_cost", "b"], "call_type": ["acompletion"] * 2})
    )
    assert classify(rows).collect()["kind"].to_list() == ["batch", "chat"]
