"""Spend over time and what changed, as a report has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import llmspend

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def report(days, models="gpt-4o", tokens=1_000_000, **more):
    """Report on one call on each of some days after a Monday."""
    at = [MONDAY + timedelta(days=d) for d in days]
    columns = {"started_at": at, "model": models, "prompt_tokens": tokens}
    return llmspend.report(llmspend.price(pl.DataFrame(columns)), **more)


@pytest.mark.parametrize(
    ("length", "every"), [(1, "day"), (20, "day"), (30, "week"), (500, "month"), (4000, "year")]
)
def test_the_period_fits_the_time(length, every):
    assert report([0, length]).periods.every == every


def test_every_period_is_there_and_nothing_is_lost():
    found = report([0, 1, 22, 29.5], every="week")
    total = found.periods.total
    assert total["start"].dt.day().to_list() == [4, 11, 18, 25, 1]
    assert total["spend"].to_list() == [5.0, 0.0, 0.0, 2.5, 2.5]
    assert total["requests"].sum() == 4
    assert found.periods.trend("model") == {"gpt-4o": [5.0, 0.0, 0.0, 2.5, 2.5]}
    assert [p["start"] for p in found.as_dict()["over_time"]][:2] == ["2026-05-04", "2026-05-11"]


def test_the_last_whole_period_is_compared_with_the_one_before():
    days = [*range(21), 21, 22]
    found = report(days, tokens=[1_000_000] * 7 + [2_000_000] * 7 + [4_000_000] * 9, every="week")
    movers = found.movers
    assert (movers.previous_spend, movers.spend, movers.change) == (35.0, 70.0, 35.0)
    assert movers.start == datetime(2026, 5, 18)  # noqa: DTZ001 - the clock's
    assert "+100%" in found.to_markdown()


def test_without_two_whole_periods_nothing_is_compared():
    found = report([0, 1, 2], every="week")
    assert found.movers is None
    assert found.as_dict()["movers"] is None
    assert "There are no two whole weeks in a row to compare." in found.to_markdown()


def test_who_comes_goes_and_is_unknown():
    names = ["gpt-4o", "nobody", "gpt-4o", "gpt-4o-mini", "nobody"]
    found = report([0, 0, 0.99 + 1, 1, 1.99], names, every="day")
    table = found.movers.by["model"]
    assert table.select("member", "change").rows() == [("gpt-4o-mini", 0.15), ("nobody", None)]
    assert "new" in found.to_markdown()


def test_dates_that_are_none_are_counted_and_draw_nothing():
    days = pl.DataFrame({"started_at": [MONDAY, None, datetime(1970, 1, 1, tzinfo=UTC),
                                        datetime(9999, 12, 31, tzinfo=UTC)]})  # fmt: skip
    calls = days.with_columns(model=pl.lit("gpt-4o"), prompt_tokens=pl.lit(1_000_000))
    found = llmspend.report(llmspend.price(calls))
    assert found.periods.undated == 3
    assert found.periods.total["spend"].to_list() == [2.5]
    assert found.as_dict()["total"]["spend"] == 10.0
    assert "Without a plausible time: 3 requests" in found.to_markdown()


def test_a_period_of_unpriced_requests_is_unknown_and_an_empty_one_zero():
    found = report([0, 2], ["nobody", "gpt-4o"], every="day")
    assert found.periods.total["spend"].to_list() == [None, 0.0, 2.5]


def test_days_begin_in_the_zone():
    found = report([0.95], every="day", tz="Asia/Tokyo")
    assert found.as_dict()["over_time"][0]["start"] == "2026-05-05"
