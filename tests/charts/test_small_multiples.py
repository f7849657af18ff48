"""Small multiples: a panel for each, every period in each, dots on unusual days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import llmspend
from llmspend.charts import small_multiples
from llmspend.errors import InputError
from tests.charge_rows import charges

MONDAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
WEEK = (10.0, 10.0, 10.0, 10.0, 10.0, 1.0, 1.0)


def team(name, *costs, begin=0, **more):
    return [
        {"started_at": MONDAY + timedelta(begin + day), "cost": cost, "team": name, **more}
        for day, cost in enumerate(costs)
    ]


def headline(chart):
    return chart.to_dict()["title"]["text"]


def below(chart):
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def panels(chart):
    return [panel for row in chart.to_dict()["vconcat"] for panel in row["hconcat"]]


def line(chart, place):
    """Return what a panel is drawn from."""
    spec = chart.to_dict()
    panel = panels(chart)[place]
    data = panel["layer"][0].get("data") or panel.get("data") or spec["data"]
    return spec["datasets"][data["name"]]


def names(chart):
    return [panel["title"]["text"] for panel in panels(chart)]


def test_a_panel_for_each_largest_first():
    chart = small_multiples(charges(*team("ads", *WEEK), *team("search", *WEEK, 100.0, 60.0)))
    assert names(chart) == ["search $212", "ads $52.00"]
    assert "$264.00 in all, May 4 to May 12, 2026 (UTC)" in below(chart)
    assert "Each panel has its own scale" in below(chart)


def test_days_without_spend_are_zero_and_all_panels_have_all_days():
    chart = small_multiples(charges(*team("late", 5.0, begin=3), *team("early", 1.0)))
    assert [row["spend"] for row in line(chart, 0)] == [0, 0, 0, 5]
    assert [row["spend"] for row in line(chart, 1)] == [1, 0, 0, 0]
    assert [row["at"] for row in line(chart, 1)][-1] == "2026-05-07T00:00Z"


def test_only_the_top_is_drawn():
    many = charges(*(row for i in range(12) for row in team(f"team {i}", float(i + 1))))
    chart = small_multiples(many, top=5, columns=2)
    assert names(chart) == [f"team {i} ${i + 1}.00" for i in range(11, 6, -1)]
    assert [len(row["hconcat"]) for row in chart.to_dict()["vconcat"]] == [2, 2, 1]
    assert "top 5 of 12 teams" in below(chart)


def test_time_is_named_below_the_lowest_panel_of_each_column():
    many = charges(*(row for i in range(5) for row in team(f"team {i}", *WEEK)))
    chart = small_multiples(many, columns=2)
    named = [
        panel["layer"][0]["encoding"]["x"]["axis"].get("labels", True) for panel in panels(chart)
    ]
    assert named == [False, False, False, True, True]


def test_unusual_days_have_dots():
    usual = [*WEEK * 4]
    usual[26] = 60.0  # a Saturday
    chart = small_multiples(charges(*team("ads", *usual), *team("search", *WEEK * 4)))
    assert headline(chart) == "ads had 1 day far above usual"
    assert "a dot is a day over 2.5 times its usual for the weekday, and $0.85 above it" in below(
        chart
    )
    (marks,) = [
        layer
        for panel in panels(chart)
        for layer in panel["layer"]
        if layer["mark"]["type"] == "circle"
    ]
    (dot,) = chart.to_dict()["datasets"][marks["data"]["name"]]
    assert (dot["at"], dot["spend"], dot["usual"]) == ("2026-05-30T00:00Z", 60, 1)


def test_several_with_unusual_days():
    spike = [*WEEK * 4, 90.0]
    chart = small_multiples(charges(*team("ads", *spike), *team("search", *spike)))
    assert headline(chart) == "Daily spend by team: 2 days far above usual"


def test_of_weeks_nothing_is_usual():
    spike = [*WEEK * 4, 90.0]
    chart = small_multiples(charges(*team("ads", *spike)), every="week")
    assert headline(chart) == "Weekly spend by team"
    assert len(line(chart, 0)) == 5


@pytest.mark.parametrize(("days", "every"), [(20, "Daily"), (200, "Weekly"), (1_000, "Monthly")])
def test_the_period_goes_with_the_time_covered(days, every):
    ends = [*team("ads", 1.0), *team("ads", 1.0, begin=days)]
    assert headline(small_multiples(charges(*ends))) == f"{every} spend by team"


def test_too_much_is_drawn_coarser_or_refused():
    many = charges(*(row for i in range(48) for row in team(f"team {i}", *WEEK * 16)))
    assert headline(small_multiples(many, top=48)) == "Weekly spend by team"
    message = (
        "112 days in 48 panels are 5,376 points; at most 5,000 can be drawn. Take every='week'"
    )
    with pytest.raises(InputError) as error:
        small_multiples(many, top=48, every="day")
    assert message in str(error.value)


def test_a_single_day_is_a_point():
    chart = small_multiples(charges(*team("ads", 5.0)))
    marks = [layer["mark"] for layer in panels(chart)[0]["layer"]]
    assert [mark["opacity"] for mark in marks if mark["type"] == "point"] == [1]
    longer = small_multiples(charges(*team("ads", *WEEK)))
    marks = [layer["mark"] for layer in panels(longer)[0]["layer"]]
    assert [mark["opacity"] for mark in marks if mark["type"] == "point"] == [0]


def test_long_names_are_cut_to_the_panel():
    chart = small_multiples(charges(*team("x" * 300, 5.0), *team("y", 5.0)), columns=8, width=300)
    name, other = names(chart)
    assert name.endswith("… $5.00")
    assert len(name) < 30
    assert other == "y $5.00"


def test_a_breakdown_gives_the_same_chart():
    data = charges(*team("ads", *WEEK * 4, team_alias="Ads"), *team("search", *WEEK * 2))
    daily = llmspend.breakdown(data, "team", every="day", tz="Asia/Tokyo")
    assert small_multiples(daily).to_dict() == small_multiples(data, tz="Asia/Tokyo").to_dict()
    assert names(small_multiples(daily)) == ["Ads $208", "search $104"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"top": 0}, "top is from 1 to 48"),
        ({"top": 49}, "top is from 1 to 48"),
        ({"columns": 0}, "columns is how many panels"),
        ({"every": "fortnight"}, "unknown period"),
    ],
)
def test_what_cannot_be_drawn_says_why(arguments, message):
    with pytest.raises(InputError, match=message):
        small_multiples(charges(*team("ads", 5.0)), **arguments)
