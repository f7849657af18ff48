"""The forecast does what it says, on costs that can be followed in the head."""

from __future__ import annotations

import math
import random
from datetime import date

import polars as pl
import pytest

from llmspend.errors import InputError
from llmspend.spend_forecast import forecast
from tests.charge_rows import charges, daily

WEEK = (100.0, 110.0, 105.0, 100.0, 95.0, 30.0, 20.0)
MONEY = ["spend", "low", "high", "total", "total_low", "total_high"]


def test_steady_weeks_go_on_without_a_doubt():
    ahead = forecast(daily(*WEEK * 4), "2026-07-05")
    assert ahead["day"].to_list() == [date(2026, 6, 29 + i) for i in (0, 1)] + [
        date(2026, 7, i) for i in range(1, 6)
    ]
    for name in ("spend", "low", "high"):
        assert ahead[name].to_list() == pytest.approx(WEEK)
    assert ahead["total"][-1] == pytest.approx(sum(WEEK))
    assert ahead["method"].unique().to_list() == [
        "mean of each weekday over the last 28 days; 80% band"
    ]


def test_growth_goes_on_for_four_weeks():
    costs = [WEEK[i % 7] * 1.1 ** (i / 7) for i in range(28)]
    ahead = forecast(daily(*costs), "2026-09-06")
    assert ahead["spend"][6] == pytest.approx(WEEK[6] * 1.1 ** (34 / 7))
    assert ahead["spend"][20] == pytest.approx(WEEK[6] * 1.1 ** (48 / 7))
    assert ahead["spend"][55] == pytest.approx(ahead["spend"][62])  # and no longer
    assert "changing by +10.0% per week as they did" in ahead["method"][0]
    assert ahead["total_high"][20] > ahead["total"][20] * 1.1  # it may end, or double
    assert ahead["total_low"][20] < ahead["total"][20] * 0.9


def test_one_dear_week_is_no_growth():
    ahead = forecast(daily(*WEEK * 3, *(2 * c for c in WEEK)), "2026-06-29")
    assert ahead["spend"].item() == pytest.approx(125.0)


@pytest.mark.parametrize("days", [1, 6])
def test_of_few_days_nothing_is_estimated(days):
    ahead = forecast(daily(*WEEK[:days]), "2026-06-30")
    assert ahead.height == 30 - days
    assert ahead.select(MONEY).null_count().row(0) == (ahead.height,) * 6
    assert ahead["method"][0].startswith(f"no forecast: {days} whole day")


def test_of_less_than_two_weeks_there_is_no_band():
    ahead = forecast(daily(*WEEK), "2026-06-14")
    assert ahead["spend"].to_list() == pytest.approx(WEEK)
    assert ahead["low"].null_count() == 7
    assert ahead["method"][0].endswith("; no band: that needs 14 whole days")


def test_only_the_rest_of_a_day_that_is_not_over():
    begun = daily(*WEEK * 4)
    part = daily(10.0, start=(2026, 6, 29), hour=11)  # half past eleven, on a Monday
    ahead = forecast(pl.concat([begun, part]), "2026-06-30")
    assert ahead["day"].to_list() == [date(2026, 6, 29), date(2026, 6, 30)]
    assert ahead["spend"].to_list() == pytest.approx([100 * 12.5 / 24, 110.0])


def test_days_that_could_not_be_priced_are_not_zero():
    ahead = forecast(daily(*WEEK * 3, None, *WEEK[1:]), "2026-06-29")
    assert ahead["spend"].item() == pytest.approx(100.0)
    assert "over the last 27 days" in ahead["method"][0]


def test_four_of_five_totals_are_in_the_band():
    chance = random.Random(7)
    inside = []
    for _ in range(30):
        costs = [WEEK[i % 7] * math.exp(chance.gauss(0, 0.2)) for i in range(42)]
        last = forecast(daily(*costs[:28]), "2026-07-12").row(-1, named=True)
        inside.append(last["total_low"] <= sum(costs[28:]) <= last["total_high"])
    assert 0.7 <= sum(inside) / len(inside) <= 1


def test_bands_hold_and_totals_never_fall():
    chance = random.Random(3)
    ahead = forecast(daily(*(chance.expovariate(0.1) for _ in range(40))), "2026-08-31")
    assert ahead.select((pl.col("low") <= pl.col("spend")).all()).item()
    assert ahead.select((pl.col("spend") <= pl.col("high")).all()).item()
    for name in ("total", "total_low"):
        assert ahead[name].is_sorted()
    assert ahead.select(pl.col(MONEY).is_finite().all()).row(0) == (True,) * 6


def test_no_row_where_there_is_nothing_ahead():
    assert forecast(daily(*WEEK), "2026-06-07").is_empty()
    assert forecast(charges(), "2026-06").is_empty()
    assert forecast(charges(), "2026-06").columns == ["day", *MONEY, "method"]


@pytest.mark.parametrize(
    ("until", "more", "message"),
    [
        ("soon", {}, "is no span of days"),
        ("2030", {}, "more than three years after"),
        ("2026-06", {"days": 3}, "7 at least, not 3"),
        ("2026-06", {"tz": "Mars/Base"}, "unknown time zone"),
    ],
)
def test_what_cannot_be_estimated_says_why(until, more, message):
    with pytest.raises(InputError, match=message):
        forecast(daily(*WEEK), until, **more)
