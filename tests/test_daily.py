"""Spend per day has no gaps, and knows how far the data reach."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

import llmspend
from llmspend.daily import daily_spend, fill_days
from llmspend.errors import InputError
from tests.charge_rows import charges, daily


def on(day, cost, hour=12, month=6):
    return {"started_at": datetime(2026, month, day, hour, tzinfo=UTC), "cost": cost}


def test_a_day_without_requests_cost_nothing_and_one_without_prices_is_unknown():
    spend = daily_spend(charges(on(1, 1.5), on(1, 0.5), on(2, None), on(4, 3.0)))
    assert spend.rows.select("day", "spend").rows() == [
        (date(2026, 6, 1), 2.0),
        (date(2026, 6, 2), None),
        (date(2026, 6, 3), 0.0),
        (date(2026, 6, 4), 3.0),
    ]
    assert spend.zone == "UTC"


@pytest.mark.parametrize("every", ["hour", "day"])
def test_a_breakdown_of_any_dimension_will_do(every):
    rows = charges({**on(1, 1.0), "team": "a"}, {**on(1, 2.0, 13), "team": "b"}, on(2, 4.0))
    parts = llmspend.breakdown(rows, "team", every=every, tz="Asia/Tokyo")
    assert daily_spend(parts).rows["spend"].to_list() == [3.0, 4.0]
    assert daily_spend(parts).zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("given", "tz", "message"),
    [
        (llmspend.breakdown, None, "has no periods. Ask for them"),
        (lambda c: llmspend.breakdown(c, every="week"), None, "longer than a day"),
        (lambda c: llmspend.breakdown(c, every="day"), "Asia/Tokyo", "begin in UTC, not in Asia"),
        (lambda c: c.select("cost"), None, "these are not charges"),
        (lambda c: c, "Mars/Base", "unknown time zone"),
    ],
)
def test_what_has_no_days_says_so(given, tz, message):
    with pytest.raises(InputError, match=message):
        daily_spend(given(charges(on(1, 1.0), on(5, 1.0))), tz)


def test_the_data_reach_to_the_end_of_a_day_or_to_their_last_request():
    assert daily_spend(daily(1, 1, 1, 1)).until == datetime(2026, 6, 5)  # noqa: DTZ001
    broken_off = pl.concat([daily(1, 1, 1, 1), charges(on(5, 1.0, 9))])
    assert daily_spend(broken_off).until == datetime(2026, 6, 5, 9)  # noqa: DTZ001
    office = daily(1, 1, 1, 1, hour=15)  # nobody works in the evening
    assert daily_spend(office).until == datetime(2026, 6, 5)  # noqa: DTZ001
    assert daily_spend(charges()).until is None


def test_a_wrong_date_is_not_filled_up():
    rows = charges(on(1, 1.0), {"started_at": datetime(1890, 1, 1, tzinfo=UTC), "cost": 1.0})
    with pytest.raises(InputError, match="dated from 1890-01-01 to 2026-06-01"):
        daily_spend(rows)


def test_filling_up_to_a_day():
    rows = pl.DataFrame({"day": [date(2026, 6, 1)], "spend": [2.0]})
    assert fill_days(rows, date(2026, 6, 3))["spend"].to_list() == [2.0, 0.0, 0.0]
