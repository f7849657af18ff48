"""Unit costs: where circles and their names stand, and what is said about them."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

import llmspend
from llmspend.charts import unit_cost
from llmspend.charts._placement import Circle, place
from llmspend.errors import InputError
from tests.charge_rows import charges

JUNE = datetime(2026, 6, 10, tzinfo=UTC)


def call(model, tokens, cost, **more):
    return {"started_at": JUNE, "model": model, "prompt_tokens": tokens, "cost": cost, **more}


def headline(chart):
    return chart.to_dict()["title"]["text"]


def below(chart):
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def circles(chart):
    spec = chart.to_dict()
    (layer,) = [layer for layer in spec["layer"] if layer["mark"]["type"] == "circle"]
    return {row["label"]: row for row in spec["datasets"][layer["data"]["name"]]}


def named(chart):
    spec = chart.to_dict()
    return {
        row["words"]
        for layer in spec["layer"]
        for row in spec["datasets"][layer["data"]["name"]]
        if "across" in row
    }


def test_spend_per_million_tokens():
    chart = unit_cost(
        charges(call("a", 2_000_000, 3.0), call("a", 2_000_000, 5.0), call("b", 500_000, 4.0))
    )
    assert {label: row["unit_cost"] for label, row in circles(chart).items()} == {
        "a": 2.0,
        "b": 8.0,
    }
    assert headline(chart) == "b costs 3.0 times the average of $2.67 per 1M tokens"
    assert "$12.00 in all, Jun 10, 2026 (UTC); circle area is spend" in below(chart)


@pytest.mark.parametrize(
    ("calls", "title"),
    [
        ([("a", 1_000_000, 2.5)], "a costs $2.50 per 1M tokens"),
        ([(None, 1_000_000, 2.5)], "Usage without model costs $2.50 per 1M tokens"),
        (
            [("a", 1_000_000, 2.0), ("b", 1_000_000, 2.5)],
            "1M tokens cost $2.25 on average: $2.00 for a, $2.50 for b",
        ),
        ([("a", 1_000_000, 2.0), ("b", 1_000_000, 2.0)], "1M tokens cost $2.00 on average"),
        # what is dear but little is not what the title is about
        ([("a", 10_000_000, 20.0), ("b", 1_000, 0.5)], "1M tokens cost $2.05 on average"),
    ],
)
def test_titles_name_who_is_dear(calls, title):
    assert headline(unit_cost(charges(*(call(*c) for c in calls)))) == title


def test_the_dearest_is_of_all_that_stand_out():
    # 80% of 100 USD are reached with "image", which is less than a twentieth of them; 70,010,000
    # tokens for 100 USD are 1.43 USD a million, and image is at 400
    many = [(f"m{i}", 3_000_000, 3.9) for i in range(20)]
    chart = unit_cost(
        charges(call("a", 10_000_000, 18.0), call("image", 10_000, 4.0), *(call(*m) for m in many))
    )
    assert circles(chart)["image"]["tone"] == "most"
    assert headline(chart) == "image costs 280.0 times the average of $1.43 per 1M tokens"


def test_no_number_in_the_title_is_cut_off():
    long = "a-team-with-a-rather-long-name-"
    calls = [call(f"{long}1", 1_000_000, 2.0), call(f"{long}2", 1_000_000, 2.5)]
    assert headline(unit_cost(charges(*calls))) == "1M tokens cost $2.25 on average"
    dear = headline(unit_cost(charges(calls[0], call(f"{long}2", 1_000_000, 9.0))))
    assert dear == "a-team-with-a-rather-lo… costs 1.6 times the average of $5.50 per 1M tokens"


def test_amounts_of_dashed_lines_stay_off_the_axis():
    chart = unit_cost(charges(call("a", 1_000_000, 20.0), call("b", 100_000_000, 300.0)), height=60)
    spec = chart.to_dict()
    marks = {
        layer["transform"][0]["filter"]: layer["mark"]
        for layer in spec["layer"]
        if "transform" in layer
    }
    assert all(mark["dy"] < 0 for place, mark in marks.items() if "right" not in place)
    assert "Each dashed line joins points of equal spend" in below(chart)


def test_a_name_at_the_edge_is_moved_inside():
    # 20 characters do not fit right of it, another circle is left: above, ending at the edge
    circles = [Circle(280, 50, 9, "a name of 20 letters"), Circle(250, 50, 9, "b")]
    (first, *_) = place(circles, 300, 100, 1)
    assert first.align == "center"
    assert first.y < 50
    assert first.x < 280


def test_what_has_no_price_makes_nothing_cheaper():
    chart = unit_cost(charges(call("a", 1_000_000, 2.0), call("a", 9_000_000, None)))
    assert circles(chart)["a"]["unit_cost"] == 2.0
    assert circles(chart)["a"]["tokens"] == 1_000_000
    assert "1 request (50%) that could not be priced" in below(chart)


def test_who_has_no_place_on_the_axes_is_counted():
    chart = unit_cost(
        charges(call("a", 1_000, 2.0), call("free", 1_000, 0.0), call("images", 0, 4.0))
    )
    assert list(circles(chart)) == ["a"]
    assert "Not drawn: 2 models without tokens or spend" in below(chart)


def test_the_fewest_that_make_most_are_highlighted():
    chart = unit_cost(
        charges(
            *(call(name, 1_000, cost) for name, cost in zip("abcd", (50, 35, 10, 5), strict=True))
        )
    )
    assert {label: row["tone"] for label, row in circles(chart).items()} == {
        "a": "most",
        "b": "most",
        "c": "rest",
        "d": "rest",
    }


def test_only_the_top_is_drawn():
    many = charges(*(call(f"m{i}", 1_000 * i, float(i)) for i in range(1, 100)))
    chart = unit_cost(many, top=10)
    assert len(circles(chart)) == 10
    assert "top 10 of 99 models" in below(chart)


def test_a_breakdown_gives_the_same_chart():
    data = charges(call("a", 1_000, 2.0), call("b", 3_000, 2.0), call("a", 500, None))
    assert unit_cost(llmspend.breakdown(data, "model")).to_dict() == unit_cost(data).to_dict()


def test_lines_of_equal_spend_cross_the_plot():
    chart = unit_cost(charges(call("a", 1_000_000, 20.0), call("b", 100_000_000, 300.0)))
    spec = chart.to_dict()
    (layer,) = [layer for layer in spec["layer"] if layer["mark"]["type"] == "rule"]
    lines = spec["datasets"][layer["data"]["name"]]
    assert [line["words"] for line in lines] == ["$10", "$100", "$1,000"]
    for line, spend in zip(lines, (10, 100, 1_000), strict=True):
        assert line["tokens"] * line["unit_cost"] / 1e6 == pytest.approx(spend)
        assert line["to"] * line["down_to"] / 1e6 == pytest.approx(spend)


def test_names_have_room_or_stay_away():
    same = charges(*(call(f"a rather long name {i}", 1_000 + i, 1.0) for i in range(30)))
    assert 1 <= len(named(unit_cost(same))) <= 4  # right, left, above and below the heap
    apart = charges(*(call(name, 10**i, 1.0) for i, name in enumerate("abcdef", start=2)))
    assert named(unit_cost(apart)) == set("abcdef")


def test_names_stay_inside_the_plot():
    corners = [Circle(2, 9, 4, "upper left"), Circle(298, 91, 4, "lower right")]
    assert [(p.circle, p.align) for p in place(corners, 300, 100, 9)] == [(0, "left"), (1, "right")]
    assert place([Circle(50, 50, 4, "much too long for this plot")], 100, 100, 9) == []
    assert [p.circle for p in place(corners, 300, 100, 1)] == [0]


@pytest.mark.parametrize("top", [0, 1_001])
def test_what_cannot_be_drawn_says_why(top):
    with pytest.raises(InputError, match="top is from 1 to 1,000"):
        unit_cost(charges(call("a", 1_000, 2.0)), top=top)


def test_one_member_has_axes_around_it():
    x = unit_cost(charges(call("a", 1_000_000, 2.0))).to_dict()
    (layer,) = [layer for layer in x["layer"] if layer["mark"]["type"] == "circle"]
    low, high = layer["encoding"]["x"]["scale"]["domain"]
    assert low < 1_000_000 < high
    assert isinstance(x["layer"], list)
    assert pl.Series(layer["encoding"]["x"]["axis"]["values"]).is_between(low, high).all()
