"""What if: the rates change, the requests do not, and what cannot be compared is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import InputError, UnknownModelError, UnknownNameError, breakdown, price, what_if

CALLS = pl.DataFrame(
    [
        # team, model, status, prompt, completion, cache read, logged
        ("a", "acme/large", "success", 100_000, 10_000, 0, 0.45),
        ("a", "acme/small", "success", 100_000, 0, 0, 0.1),
        ("b", "acme/large", "success", 100_000, 0, 50_000, 0.165),
        ("b", "nobody/knows", "success", 7, 0, 0, None),
        ("c", "acme/large", "failure", 0, 0, 0, 0.0),
        (None, "acme/embed", "success", 100_000, 0, 0, 0.002),
    ],
    schema=[
        "team",
        "model",
        "status",
        "prompt_tokens",
        "completion_tokens",
        "cache_read_tokens",
        "logged_spend",
    ],
    orient="row",
).with_columns(
    provider=pl.lit("acme"),
    call_type=pl.when(pl.col("model") == "acme/embed").then(pl.lit("aembedding")),
    started_at=pl.Series([datetime(2026, 5, 4, tzinfo=UTC) + timedelta(days=i) for i in range(6)]),
)
TO_SMALL = {"acme/large": "acme/small"}


@pytest.fixture(scope="module")
def charges(acme):
    return price(CALLS, cost_map=acme)


def shown(table, *columns):
    return {row[0]: row[1:] for row in table.select(columns).rows()}


def test_the_same_requests_at_other_rates(charges, acme):
    table = what_if(charges, TO_SMALL, by="team", cost_map=acme)
    found = shown(table, "team", "cost_before", "cost_after", "difference", "change_share")
    assert found["a"] == pytest.approx((0.55, 0.22, -0.33, -0.6))
    # acme/small has no rate for what was cached: it costs what input costs
    assert found["b"] == pytest.approx((0.165, 0.1, -0.065, -0.065 / 0.165))
    assert found["c"] == (0.0, 0.0, 0.0, None)
    assert found[None] == (0.002, 0.002, 0.0, 0.0)
    assert table["team"].to_list()[:2] == ["a", "b"]


def test_before_is_what_was_charged(charges, acme):
    table = what_if(charges, TO_SMALL, by=(), cost_map=acme)
    assert table["cost_before"].item() == breakdown(charges)["spend"].item()


def test_what_cannot_be_priced_is_counted_and_left_out(charges, acme):
    table = what_if(charges, TO_SMALL, by="team", cost_map=acme)
    found = shown(table, "team", "requests", "unpriced_requests", "left_out_cost")
    assert found["b"] == (2, 1, None)
    assert found["a"] == (2, 0, 0.0)
    # seconds that the log does not know have no price
    away = what_if(charges, {"acme/large": "acme/seconds"}, by="team", cost_map=acme)
    assert shown(away, "team", "cost_before", "left_out_cost")["a"] == pytest.approx((0.1, 0.45))


def test_what_was_unknown_before_is_not_compared(charges, acme):
    table = what_if(charges, {"nobody/knows": "acme/small"}, by=(), cost_map=acme)
    assert table.select("unpriced_requests", "difference", "left_out_cost").row(0) == (1, 0.0, None)


def test_what_the_log_billed_is_not_compared(acme):
    charges = price(CALLS.head(1).with_columns(status=pl.lit("failure")), cost_map=acme)
    assert charges["cost_source"].item() == "logged"
    table = what_if(charges, TO_SMALL, by=(), cost_map=acme)
    left_out = table.select("cost_before", "unpriced_requests", "left_out_cost").row(0)
    assert left_out == (None, 1, 0.45)


def test_one_name_answers_all_chats(charges, acme):
    table = what_if(charges, "acme/small", cost_map=acme)
    found = shown(table, "model", "cost_after")
    assert found["acme/large"] == pytest.approx((0.22,))
    assert found["acme/embed"] == (0.002,)


def test_lazy_and_by_period(charges, acme, tmp_path):
    file = tmp_path / "charges.parquet"
    charges.write_parquet(file)
    eager = what_if(charges, TO_SMALL, by="team", every="day", cost_map=acme)
    assert eager["period"].is_sorted()
    for given in (charges.lazy(), file, pl.scan_parquet(file)):
        again = what_if(given, TO_SMALL, by="team", every="day", cost_map=acme)
        assert_frame_equal(again, eager)


def test_aliases_and_private_names_survive(acme):
    calls = CALLS.with_columns(team_alias=pl.lit("Search"), _target=pl.lit(1), after=pl.lit(2))
    table = what_if(price(calls, cost_map=acme), TO_SMALL, by="team", cost_map=acme)
    assert set(table["team_alias"]) == {"Search"}
    assert table["difference"].sum() == pytest.approx(-0.395)


def test_it_says_what_is_assumed(charges, acme):
    text = str(what_if(charges, TO_SMALL, by="team", cost_map=acme))
    assert "The same tokens are assumed" in text
    assert "-$0.33" in text


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({"acme/larg": "acme/small"}, UnknownNameError, "model of these charges 'acme/larg'"),
        ({"acme/large": "acme/smal"}, UnknownModelError, "'acme/smal'. Nearest: 'acme/small'"),
        ("acme/embed", InputError, "is for embedding, and cannot answer all chats"),
        ({}, InputError, "say which models are to be replaced"),
    ],
)
def test_what_is_wrong_is_said(charges, acme, models, error, message):
    with pytest.raises(error, match=message):
        what_if(charges, models, cost_map=acme)


def test_usage_is_no_charges(acme):
    with pytest.raises(InputError, match="these are not charges"):
        what_if(CALLS, TO_SMALL, cost_map=acme)


def test_a_sum_counts_as_many_requests_and_keeps_its_cost(acme):
    day = price(CALLS.head(1).with_columns(request_count=pl.lit(12)), cost_map=acme)
    table = what_if(day, TO_SMALL, by=(), cost_map=acme)
    row = table.select("requests", "unpriced_requests", "left_out_cost").row(0)
    assert row == (12, 12, day["cost"].item())
    assert day["cost_source"].item() == "logged"
