"""Hours of the week: averages of the hours there are, on the clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import llmspend
from llmspend.charts import hours
from llmspend.errors import InputError
from tests.charts.specs import below, headline, layers, rows_with

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def calls(*moments, tokens=400_000):
    usage = {"model": ["gpt-4o"], "prompt_tokens": [tokens]}  # $1
    return llmspend.price(
        pl.DataFrame(usage).join(pl.DataFrame({"started_at": moments}), how="cross")
    )


def cells(chart):
    return {r["when"][:9]: r for r in rows_with(chart, "when")}


def test_an_hour_is_the_average_of_all_such_hours():
    twice = [MONDAY + timedelta(weeks=w, hours=9, minutes=30) for w in (0, 1)]
    chart = hours(calls(*twice, MONDAY + timedelta(days=15, hours=3)))
    monday = cells(chart)["Mon 09:00"]
    assert (monday["times"], monday["spend"], monday["average"]) == (3, 2, pytest.approx(2 / 3))
    assert cells(chart)["Sun 09:00"]["average"] == 0


def test_hours_that_no_data_cover_are_not_drawn():
    chart = hours(calls(MONDAY, MONDAY + timedelta(hours=5)))
    assert len(cells(chart)) == 6
    assert headline(chart) == "Spend peaks on Mon at 00:00"
    # nor are they paid for: what a day costs is what its hours cost
    (monday,) = next(
        r
        for _, r in layers(chart)
        if r and {"day", "name", "usd"} <= set(r[0]) and "hour" not in r[0]
    )
    assert (monday["name"], monday["usd"]) == ("Mon", "$2.00")


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("UTC", "Mon 20:00"),
        ("Asia/Kolkata", "Tue 01:00"),
        ("America/New_York", "Mon 16:00"),
        ("Australia/Lord_Howe", "Tue 06:00"),
    ],
)
def test_the_clock_is_that_of_the_zone(zone, hour):
    chart = hours(calls(MONDAY + timedelta(hours=20, minutes=15)), tz=zone)
    assert list(cells(chart)) == [hour]
    assert zone in below(chart)


@pytest.mark.parametrize(("day", "times"), [((2026, 10, 25), 2), ((2026, 3, 29), 0)])
def test_hours_that_clocks_repeat_or_leave_out(day, times):
    sunday = datetime(*day, tzinfo=UTC) - timedelta(hours=6)
    chart = hours(calls(*(sunday + timedelta(hours=h) for h in range(24))), tz="Europe/Berlin")
    found = cells(chart).get("Sun 02:00", {"times": 0})
    assert found["times"] == times
    if times:
        assert found["spend"] == 2
        assert found["average"] == 1


def test_what_is_spent_outside_office_hours():
    week = [MONDAY + timedelta(hours=h) for h in range(168)]
    assert headline(hours(calls(*week))) == "70% of the spend is outside Mon–Fri 08:00–18:00"
    assert "the peak is Mon 00:00 at $1.00 an hour" in below(hours(calls(*week)))


def test_an_hourly_breakdown_gives_the_same_chart():
    charges = calls(*(MONDAY + timedelta(hours=7 * i) for i in range(40)))
    hourly = llmspend.breakdown(charges, "model", every="hour", tz="Asia/Tokyo")
    assert hours(hourly).to_dict() == hours(charges, tz="Asia/Tokyo").to_dict()
    with pytest.raises(InputError, match="make it with every='hour'"):
        hours(llmspend.breakdown(charges, every="week"))


def test_never_has_no_hours():
    with pytest.raises(InputError, match="some requests are dated 9999"):
        hours(calls(MONDAY, datetime(9999, 12, 30, tzinfo=UTC)))
