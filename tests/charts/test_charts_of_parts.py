"""Token mix, cache savings and drift: what they show of the tables they are drawn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import llmspend
from llmspend.charts import cache_savings, drift, token_mix
from llmspend.errors import InputError, UnknownNameError
from tests.charts.specs import below, headline, layers, rows_with

MONDAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
CALL = {
    "model": "acme/large",
    "provider": "acme",
    "prompt_tokens": 100_000,
    "cache_read_tokens": 60_000,
    "cache_creation_tokens": 20_000,
    "completion_tokens": 5_000,
    "reasoning_tokens": 1_000,
    "logged_spend": 0.25,
}
CHARTS = [
    (token_mix, llmspend.token_mix),
    (cache_savings, llmspend.cache_savings),
    (drift, llmspend.reconcile),
]
NAMES = [chart.__name__ for chart, _ in CHARTS]
each = pytest.mark.parametrize(("chart", "table"), CHARTS, ids=NAMES)
each_chart = pytest.mark.parametrize("chart", [chart for chart, _ in CHARTS], ids=NAMES)


@pytest.fixture(scope="module")
def charges(acme):
    rows = [
        {**CALL, "team": f"t-{i % 4}", "started_at": MONDAY + timedelta(days=i)} for i in range(28)
    ]
    return llmspend.price(pl.DataFrame(rows), cost_map=acme)


@pytest.fixture
def given(acme):
    """Give charts the cost map, where they take one."""
    return lambda made: {} if made in (drift, llmspend.reconcile) else {"cost_map": acme}


@each
def test_a_table_and_its_charges_give_the_same_chart(charges, given, chart, table):
    made = table(charges, "team", tz="Europe/Berlin", **given(table))
    whole = chart(charges, "team", tz="Europe/Berlin", **given(chart)).to_dict()
    assert chart(made, "team").to_dict() == whole
    daily = table(charges, every="day", **given(table))
    timed = chart(charges, None, every="day", **given(chart)).to_dict()
    assert chart(daily, None, every="day").to_dict() == timed


@each_chart
def test_over_time_and_by_member_below(charges, given, chart):
    both = chart(charges, "team", every="week", **given(chart)).to_dict()
    assert len(both["vconcat"]) == 2
    assert len(chart(charges, "team", **given(chart)).to_dict()["vconcat"]) == 1


@each
def test_what_cannot_be_drawn_says_why(charges, given, chart, table):
    with pytest.raises(InputError, match="give by, a dimension, or every, a period"):
        chart(charges, None, **given(chart))
    with pytest.raises(UnknownNameError, match="unknown period 'fortnight'"):
        chart(charges, every="fortnight", **given(chart))
    made = table(charges, "team", **given(table))
    with pytest.raises(InputError, match=r"not by model\. Ask for it: llmspend"):
        chart(made)
    with pytest.raises(InputError, match=r"this table has no periods\. Make it with every='day'"):
        chart(made, "team", every="day")
    with pytest.raises(InputError, match="made with tz='UTC', not 'Asia/Tokyo'"):
        chart(made, "team", tz="Asia/Tokyo")


@each_chart
def test_partial_weeks_are_pale(charges, given, chart):
    week = chart(charges.head(24), None, every="week", **given(chart))
    bars = rows_with(week, "start", "partial")
    assert {r["period"]: r["partial"] for r in bars}["from May 25, 2026 (partial)"]
    assert not {r["period"]: r["partial"] for r in bars}["from May 4, 2026"]


# -- token mix


def test_shares_of_tokens_and_of_spend(charges, acme):
    chart = token_mix(charges, "team", cost_map=acme)
    assert headline(chart) == "Output is 4% of the tokens but 26% of the spend"
    tokens, cost = (
        {r["kind"]: r["share"] for r in rows if r["label"] == "t-0"}
        for layer, rows in layers(chart)
        if "x2" in layer["encoding"]
    )
    assert tokens["Cache read"] == pytest.approx(60 / 105, abs=1e-6)
    spend = 20_000 * 3e-6 + 60_000 * 3e-7 + 20_000 * 3.75e-6 + 4_000 * 15e-6 + 1_000 * 20e-6
    assert cost["Cache write"] == pytest.approx(20_000 * 3.75e-6 / spend, abs=1e-6)
    assert "Not by tokens" not in cost


def test_what_another_cost_map_priced_is_said(charges):
    chart = token_mix(charges)
    assert "28 requests were priced by another cost map: say which with cost_map=" in below(chart)
    assert {r["kind"] for _, rows in layers(chart) for r in rows} == {"Not by tokens"}


# -- cache savings


def test_saved_and_paid_on_top(charges, acme):
    chart = cache_savings(charges, "team", cost_map=acme)
    saved = 28 * (60_000 * 2.7e-6 - 20_000 * 0.75e-6)
    assert headline(chart) == f"Caching saved ${saved:.2f}, 49% of what the input would have cost"
    amounts = {(r["label"], r["kind"]): r["amount"] for r in rows_with(chart, "kind", "amount")}
    assert amounts["t-0", "Saved by reads"] == pytest.approx(7 * 60_000 * 2.7e-6)
    assert amounts["t-0", "Paid on top for writes"] == pytest.approx(-7 * 20_000 * 0.75e-6)


def test_members_without_a_cache_are_left_out(charges, acme):
    plain = llmspend.price(
        pl.DataFrame(
            [{**CALL, "cache_read_tokens": 0, "cache_creation_tokens": 0, "team": "none"}]
        ),
        cost_map=acme,
    )
    both = pl.concat([charges, plain], how="diagonal_relaxed")
    labels = {r["label"] for r in rows_with(cache_savings(both, "team", cost_map=acme), "text")}
    assert labels == {"t-0", "t-1", "t-2", "t-3"}
    nothing = cache_savings(plain, "team", cost_map=acme)
    assert headline(nothing) == "Nothing was cached"
    assert rows_with(nothing, "note")[0]["note"] == "nothing in this range was cached"


def test_a_loss_is_a_loss(charges, acme):
    table = llmspend.cache_savings(charges, "team", cost_map=acme)
    worse = table.with_columns(saved=pl.lit(-0.5), saved_by_reads=pl.lit(0.0))
    assert headline(cache_savings(worse, "team")) == "Caching cost $2.00 more than it saved"


# -- drift


def test_how_far_computed_is_from_logged(charges):
    spend = charges["cost"].sum()
    chart = drift(charges, "team")
    size = f"${7 - spend:.2f} ({(7 - spend) / 7:.0%})"
    assert headline(chart) == f"Computed is {size} less than logged"
    assert "0% of 28 rows agree to nine digits" in below(chart)


def test_rounding_is_no_difference(charges):
    same = charges.with_columns(logged_spend=pl.col("cost") * (1 + 1e-13))
    chart = drift(same, "team", every="week")
    assert headline(chart) == "Computed and logged spend agree"
    assert {r["text"] for r in rows_with(chart, "text")} == {"no difference"}
    assert {r["drift"] for r in rows_with(chart, "drift")} == {0}
    assert len(chart.to_dict()["vconcat"]) == 1  # nothing is not drawn over time


def test_differences_that_offset_one_another_are_seen(charges):
    sign = pl.when(pl.int_range(pl.len()) % 2 == 0).then(0.1).otherwise(-0.1)
    chart = drift(charges.with_columns(logged_spend=pl.col("cost") + sign), None, every="month")
    assert headline(chart) == "Computed and logged spend agree in sum, but not in every row"


def test_where_the_difference_is(charges):
    hits = charges.with_columns(
        oddity=pl.lit("x"), issue=pl.when(pl.col("team") == "t-1").then(pl.lit("negative_count"))
    )
    texts = {r["label"]: r["text"] for r in rows_with(drift(hits, "team"), "text", "label")}
    assert texts["t-1"].endswith(" · negative_count")
    assert "ordinary" not in texts["t-0"]


def test_nothing_to_compare_with(charges):
    chart = drift(charges.with_columns(logged_spend=pl.lit(None, pl.Float64)))
    assert rows_with(chart, "note")[0]["note"] == "nothing in this range was logged"
