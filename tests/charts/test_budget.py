"""Budgets: what the lines are, and what is said about how they end."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

import llmspend
from llmspend.charts import budget
from llmspend.errors import InputError
from tests.charge_rows import charges, daily

WEEK = (100.0, 110.0, 105.0, 100.0, 95.0, 30.0, 20.0)
MAY = {"start": (2026, 5, 4)}
"""Three weeks before June begins on a Monday."""


def headline(chart):
    return chart.to_dict()["title"]["text"]


def below(chart):
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def layers(chart, mark):
    spec = chart.to_dict()
    found = [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]
    return [(layer, spec["datasets"][layer["data"]["name"]]) for layer in found]


def words(chart):
    return [rows[0]["words"] for _, rows in layers(chart, "text")]


def of_june(*costs, **more):
    """Four whole weeks up to the end of May, and then June."""
    return pl.concat([daily(*WEEK * 4, **MAY), daily(*costs, start=(2026, 6, 1), **more)])


@pytest.mark.parametrize(
    ("data", "amount", "title"),
    [
        (of_june(*WEEK), 1_000, "June is heading $1,450 over budget"),
        (of_june(*WEEK), 9_000, "June is heading $6,550 under budget"),
        (of_june(*WEEK), 500, "June is $60.00 over budget, heading $1,950"),
        (of_june(*WEEK), None, "June is heading for $2,450"),
        (of_june(*WEEK * 4, 100, 110), 2_000, "June ended $450 over budget"),
        (of_june(*WEEK * 4, 100, 110), 3_000, "June ended $550 under budget"),
        (of_june(*WEEK * 4, 100, 110), None, "June cost $2,450"),
        (daily(9.0, 9.0), 20, "$2.00 is left of the budget for June"),
        (daily(9.0, 9.0), 10, "June is $8.00 over budget already"),
        (daily(9.0, 9.0), None, "June cost $18.00 so far"),
    ],
)
def test_titles_state_how_it_ends(data, amount, title):
    assert headline(budget(data, amount, span="2026-06")) == title


def test_what_is_within_the_band_is_not_certain():
    uneven = [cost * (1.5 if i % 3 else 0.5) for i, cost in enumerate(WEEK * 4)]
    data = pl.concat([daily(*uneven, **MAY), daily(*WEEK, start=(2026, 6, 1))])
    assert headline(budget(data, 2_900)).startswith("June may end $")
    assert headline(budget(data, 9_000)).startswith("June is heading $")


def test_the_method_stands_below_or_why_there_is_none():
    assert "Forecast = mean of each weekday over the last 28 days; 80% band" in below(
        budget(of_june(*WEEK), 1_000)
    )
    assert "No forecast: 2 whole days, 7 are needed" in below(budget(daily(9.0, 9.0), 20))
    assert "orecast" not in below(budget(of_june(*WEEK * 4, 1, 1), 20, span="2026-06"))


def test_the_day_of_crossing():
    assert "crossed $500 on Jun 5" in below(budget(of_june(*WEEK), 500))
    assert "forecast to cross $1,000 on Jun 12" in below(budget(of_june(*WEEK), 1_000))
    assert "cross" not in below(budget(of_june(*WEEK), 9_000))


def test_the_line_is_the_running_sum_and_goes_on_as_the_forecast():
    chart = budget(of_june(*WEEK), 1_000)
    (spent, past), (ahead, future), (_, pace) = layers(chart, "line")
    assert [row["total"] for row in past] == [0, 100, 210, 315, 415, 510, 540, 560]
    assert [past[0]["at"], past[-1]["at"]] == ["2026-05-31T00:00Z", "2026-06-07T00:00Z"]
    assert future[0]["total"] == 560
    assert future[0]["at"] == past[-1]["at"]
    assert future[-1]["total"] == pytest.approx(2_450)
    assert [row["total"] for row in pace] == [0, 1_000]
    assert "strokeDash" in ahead["mark"]
    assert "strokeDash" not in spent["mark"]
    assert words(chart) == ["$560 to date", "$2,450 forecast", "Budget $1,000", "even pace"]


def test_words_keep_off_the_forecast_and_end_where_it_ends():
    (now, _), (end, last), *_ = layers(budget(of_june(*WEEK)), "text")
    # after 7 of 30 days: left of the point, where the line was, and not above it, where it goes
    assert now["mark"]["align"] == "right"
    assert last[0]["total"] == pytest.approx(2_450)
    assert (end["mark"]["align"], end["mark"]["dy"]) == ("right", -8)
    (early, _), *_ = layers(budget(of_june(*WEEK[:3])), "text")
    assert early["mark"]["align"] == "left"
    assert early["mark"]["dy"] > 0


def test_credits_go_down_from_zero():
    chart = budget(of_june(*WEEK).with_columns(cost=-pl.col("cost")))
    spec = chart.to_dict()
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert high == 0
    assert low == pytest.approx(-2_450 * 1.1)
    now, end = (layer["mark"] for layer, _ in layers(chart, "text"))
    # the line falls to the right: above it there is room after the point, below it before the end
    assert (now["align"], now["dy"]) == ("left", -8)
    assert (end["align"], end["dy"]) == ("right", 22)


def test_a_day_under_way_ends_within_it():
    noon = of_june(*WEEK, 40.0, hour=23)
    noon = noon.with_columns(
        pl.when(pl.col("cost") == 40)
        .then(pl.lit(datetime(2026, 6, 8, 12, tzinfo=UTC)))
        .otherwise("started_at")
        .alias("started_at")
    )
    (_, past), (_, future), *_ = layers(budget(noon, 1_000), "line")
    assert past[-1]["at"] == future[0]["at"] == "2026-06-07T12:00Z"
    assert future[1]["total"] == pytest.approx(600 + 50)  # half a Monday is to come


def test_a_log_that_begins_late_does_not_begin_with_nothing():
    chart = budget(daily(9.0, 9.0, start=(2026, 6, 10)), 100)
    (_, past), *_ = layers(chart, "line")
    assert past[0]["at"] == "2026-06-09T00:00Z"
    assert "the data begin on Jun 10" in below(chart)


def test_without_a_budget_there_is_no_line_for_one():
    chart = budget(of_june(*WEEK))
    assert layers(chart, "rule") == []
    assert len(layers(chart, "line")) == 2


def test_without_a_band_there_is_no_area_for_one():
    areas = layers(budget(daily(*WEEK), 1_000), "area")
    assert len(areas) == 1
    assert len(layers(budget(of_june(*WEEK), 1_000), "area")) == 2


def test_a_breakdown_gives_the_same_chart():
    data = of_june(*WEEK)
    daily_spend = llmspend.breakdown(data, "model", every="day")
    assert budget(daily_spend, 1_000).to_dict() == budget(data, 1_000).to_dict()


def test_other_spans_and_zones():
    data = of_june(*WEEK)
    assert headline(budget(data, 9_000, span="2026-Q2")).startswith("Q2 is heading")
    assert (
        headline(budget(data, 600, span="2026-W23"))
        == "The week of Jun 1 ended $40.00 under budget"
    )
    days = {"span": "2026-06-01..2026-06-03", "amount": 600}
    assert "$315.00 of $600.00 spent, Jun 1 to Jun 3, 2026 (UTC)" in below(budget(data, **days))
    shifted = budget(data, **days, tz="Asia/Tokyo")  # 23:30 is the next day there
    assert "$230.00 of $600.00 spent, Jun 1 to Jun 3, 2026 (Asia/Tokyo)" in below(shifted)


@pytest.mark.parametrize(
    ("span", "title"), [(None, "Budget: no spend"), ("2026-07", "July: no spend")]
)
def test_nothing(span, title):
    data = charges() if span is None else of_june(*WEEK)
    assert headline(budget(data, 100, span=span)) == title


def test_free_is_no_spend_and_unknown_is_unknown():
    free = budget(daily(0.0, 0.0), 100)
    assert "$0.00, Jun 1 to Jun 2" in below(free)
    unknown = budget(daily(None, None), 100)
    assert "Unknown spend" in below(unknown)
    assert "2 requests (100%)" in below(unknown)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"amount": 0}, "more than 0, not 0"),
        ({"amount": -5}, "more than 0"),
        ({"amount": float("nan")}, "more than 0"),
        ({"amount": float("inf")}, "more than 0"),
        ({"amount": 1, "span": "soon"}, "is no span of days"),
        ({"amount": 1, "span": "2021..2026"}, "at most 5,000 can be drawn"),
        ({"amount": 1, "days": 3}, "7 at least"),
    ],
)
def test_what_cannot_be_drawn_says_why(arguments, message):
    with pytest.raises(InputError, match=message):
        budget(daily(9.0, 9.0), **arguments)
