"""Days far above what is usual for their weekday."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from llmspend.unusual_spend import unusual_days

WEEK = (100.0, 100.0, 100.0, 100.0, 100.0, 10.0, 10.0)


def member(name, *costs, start=date(2026, 6, 1)):
    days = [start + timedelta(i) for i in range(len(costs))]
    return pl.DataFrame(
        {"member": [name] * len(costs), "day": days, "spend": costs},
        schema={"member": pl.String, "day": pl.Date, "spend": pl.Float64},
    )


def found(*members):
    return unusual_days(pl.concat(members))[0].select("member", "day").rows()


def test_a_weekend_is_measured_by_weekends():
    quiet = WEEK * 4
    assert found(member("a", *quiet)) == []
    saturday = [*quiet[:26], 90.0, quiet[27]]
    assert found(member("a", *saturday)) == [("a", date(2026, 6, 27))]


def test_three_such_weekdays_are_needed():
    assert found(member("a", *WEEK, *WEEK, 900.0)) == []
    assert found(member("a", *WEEK * 3, 900.0)) == [("a", date(2026, 6, 22))]


def test_little_money_is_not_worth_a_word():
    large, small = member("large", *[1000.0] * 28), member("small", *[1.0] * 27, 9.0)
    days, least = unusual_days(pl.concat([large, small]))
    assert days.is_empty()
    assert 50 < least < 51
    assert found(small) == [("small", date(2026, 6, 28))]


def test_days_without_requests_count_as_such_once_somebody_has_begun():
    gaps = member("a", *WEEK * 4).filter(pl.col("day").dt.weekday() != 7)
    sunday = member("a", 60.0, start=date(2026, 7, 5))
    assert found(gaps, sunday) == [("a", date(2026, 7, 5))]
    late = member("b", 500.0, start=date(2026, 7, 5))
    assert found(gaps, late) == []


def test_nobody_and_unknown_amounts():
    assert found(member("a")) == []
    unknown = member("a", *WEEK * 4).with_columns(spend=pl.lit(None, pl.Float64))
    assert found(unknown) == []
    assert found(member(None, *WEEK * 4, 900.0)) == [(None, date(2026, 6, 29))]


def test_a_new_level_is_unusual_for_a_week():
    steps = member("a", *[10.0] * 28, *[100.0] * 14)
    assert [day.day for _, day in found(steps)] == [29, 30, 1, 2, 3, 4, 5]
