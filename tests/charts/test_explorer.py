"""The explorer: what is linked with what, and that its parts add up to the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import vl_convert

import llmspend
from llmspend.charts import explorer
from llmspend.errors import InputError
from tests.charge_rows import charges

MONDAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
BY = ("model", "team", "key")


def call(day, model, cost, **more):
    return {"started_at": MONDAY + timedelta(day), "model": model, "cost": cost, **more}


def some(days=20):
    """Two models of three teams with a key each; everything together costs $1 a day and team."""
    return charges(
        *(
            call(day, model, cost, team=f"t-{team}", team_alias=f"Team {team}", key=f"k-{team}")
            for day in range(days)
            for team in range(3)
            for model, cost in (("large", 0.75), ("small", 0.25))
        )
    )


def headline(chart):
    return chart.to_dict()["title"]["text"]


def rows(chart):
    (table,) = chart.to_dict()["datasets"].values()
    return pl.DataFrame(table)


def parts(chart):
    spec = chart.to_dict()
    timeline, below = spec["vconcat"]
    return timeline, below["hconcat"]


def filters(layer):
    found = [step["filter"] for step in layer.get("transform", ()) if "filter" in step]
    return [f["param"] for f in found]


def test_each_part_is_filtered_by_all_others():
    timeline, panels = parts(explorer(some()))
    bars, picked = timeline["layer"]
    assert filters(bars) == ["pick_model", "pick_team", "pick_key"]
    assert filters(picked) == ["pick_model", "pick_team", "pick_key", "brush_time"]
    assert [filters(panel["layer"][0]) for panel in panels] == [
        ["brush_time", "pick_team", "pick_key"],
        ["brush_time", "pick_model", "pick_key"],
        ["brush_time", "pick_model", "pick_team"],
    ]
    assert all(filters(p["layer"][0]) == filters(p["layer"][1]) for p in panels)


def test_selections_have_the_names_of_their_dimensions():
    names = [parameter["name"] for parameter in explorer(some()).to_dict()["params"]]
    assert names == ["brush_time", "pick_model", "pick_team", "pick_key"]
    assert explorer(some(), "model, team,key").to_dict() == explorer(some()).to_dict()
    one = explorer(some(), "team").to_dict()
    assert [parameter["name"] for parameter in one["params"]] == ["brush_time", "pick_team"]
    assert [panel["title"]["text"] for panel in parts(explorer(some(), "team"))[1]] == ["By team"]


def test_the_rows_add_up():
    table = rows(explorer(some()))
    assert table.height == 20 * 3 * 2
    assert table["spend"].sum() == pytest.approx(60)
    assert table.group_by("model").agg(pl.col("spend").sum()).sort("model").rows() == [
        ("large", pytest.approx(45)),
        ("small", pytest.approx(15)),
    ]
    assert table["team"].unique().sort().to_list() == ["Team 0", "Team 1", "Team 2"]


def test_a_picked_time_holds_the_middle_of_a_bar():
    table = rows(explorer(some(), every="week"))
    assert table["at"].unique().sort().to_list() == [
        "2026-05-07T12:00Z",
        "2026-05-14T12:00Z",
        "2026-05-21T12:00Z",
    ]
    assert table["period"][0] == "from May 4, 2026"


def test_members_beyond_the_top_are_added_up():
    many = charges(*(call(i % 9, f"m{i}", 10.0 - i, team="t") for i in range(9)))
    chart = explorer(many, "model", top=3)
    table = rows(chart)
    assert table["model"].unique().sort().to_list() == ["Other (6)", "m0", "m1", "m2"]
    assert table.filter(model="Other (6)")["spend"].sum() == pytest.approx(27)
    assert "top 3 models" in chart.to_dict()["title"]["subtitle"][0]
    colours = parts(chart)[0]["layer"][0]["encoding"]["color"]["scale"]
    assert colours["domain"] == ["m0", "m1", "m2", "Other (6)"]
    assert colours["range"][-1] == "#b4bbc3"


def test_no_name_goes_without_a_colour():
    eight = charges(*(call(i, f"m{i}", 1.0) for i in range(8)))
    for top in (6, 7):
        scale = parts(explorer(eight, "model", top=top))[0]["layer"][0]["encoding"]["color"][
            "scale"
        ]
        assert len(set(scale["range"])) == len(scale["domain"]) == top + 1
        assert scale["domain"][-1].startswith("Other")
    seven = parts(explorer(eight.head(7), "model"))[0]["layer"][0]["encoding"]["color"]["scale"]
    assert "Other" not in str(seven["domain"])


@pytest.mark.parametrize(("days", "every"), [(20, "day"), (100, "week"), (500, "month")])
def test_the_period_goes_with_the_time_covered(days, every):
    timeline, _ = parts(explorer(some(days), "team"))
    assert timeline["layer"][0]["encoding"]["y"]["title"] == f"USD per {every}"


def test_too_much_is_drawn_coarser_or_refused():
    names = pl.DataFrame({"model": [f"m{i}" for i in range(8)]})
    teams = pl.DataFrame({"team": [f"t{i}" for i in range(8)]})
    keys = pl.DataFrame({"key": [f"k{i}" for i in range(8)]})
    days = pl.DataFrame(
        {"period": pl.date_range(pl.date(2026, 5, 4), pl.date(2026, 6, 4), eager=True)}
    )
    table = days.join(names, how="cross").join(teams, how="cross").join(keys, how="cross")
    table = table.with_columns(spend=pl.lit(1.0))
    chart = explorer(table)
    assert rows(chart).height == 5 * 7**3
    assert "USD per week" in str(chart.to_dict())
    with pytest.raises(
        InputError, match="are 10,976 parts of bars; at most 5,000 can be drawn"
    ) as e:
        explorer(table, every="day")
    assert "Take every='week', a smaller top, fewer dimensions" in str(e.value)


def test_a_breakdown_gives_the_same_chart():
    data = some()
    weekly = llmspend.breakdown(data, BY, every="week", tz="Asia/Tokyo")
    same = explorer(data, every="week", tz="Asia/Tokyo").to_dict()
    assert explorer(weekly).to_dict() == same
    assert explorer(weekly, every="week", tz="Asia/Tokyo").to_dict() == same


@pytest.mark.parametrize(
    ("calls", "title"),
    [
        ([("a", 6.0), ("b", 4.0)], "a is 60% of the spend"),
        ([("a", 6.0)], "a is all of the spend"),
        ([(None, 6.0), ("b", 4.0)], "60% of the spend has no model"),
        ([("a", 4.0), ("b", 4.0), ("c", 2.0)], "$10.00 by model and team"),
        ([("a", 6.0), ("b", -1.0)], "Spend by model"),
    ],
)
def test_titles_state_what_there_is_to_see(calls, title):
    assert headline(explorer(charges(*(call(0, *c) for c in calls)))) == title


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": ()}, "by names 1 to 3 dimensions, not 0"),
        ({"by": ("model", "team", "key", "user")}, "not 4"),
        ({"by": ("model", "model")}, "a dimension is named twice"),
        ({"top": 8}, "top is from 1 to 7"),
        ({"every": "fortnight"}, "unknown period 'fortnight'"),
    ],
)
def test_what_cannot_be_drawn_says_why(arguments, message):
    with pytest.raises(InputError, match=message):
        explorer(some(), **arguments)


def test_a_breakdown_that_lacks_something_says_what():
    data = some()
    with pytest.raises(InputError, match=r"this breakdown has no key\. Ask for it"):
        explorer(llmspend.breakdown(data, ["model", "team"], every="day"))
    with pytest.raises(InputError, match="longer than one day: make it with every='day'"):
        explorer(llmspend.breakdown(data, BY, every="week"), every="day")
    with pytest.raises(InputError, match="the column period holds String"):
        explorer(pl.DataFrame({"period": ["May"], "model": ["a"], "spend": [1.0]}), "model")
    with pytest.raises(InputError, match="this breakdown has no period"):
        explorer(llmspend.breakdown(data, BY))
    with pytest.raises(InputError, match="begin in UTC, not in Asia/Tokyo"):
        explorer(llmspend.breakdown(data, BY, every="day"), tz="Asia/Tokyo")


def test_amounts_beside_bars_keep_their_meaning():
    data = charges(call(0, "a", 1234.5), call(0, "b", 12.345), call(0, "c", 0.00012))
    picture = vl_convert.vegalite_to_svg(explorer(data, "model").to_dict(), vl_version="5.8")
    for text in ("$1,235", "$12.35", "$0.00012", "$1,247 picked"):
        assert f">{text}<" in picture
