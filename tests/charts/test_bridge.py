"""Bridges: bars that lead from one amount to the other, and the words for why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from llmspend.charts import bridge
from llmspend.errors import InputError
from tests.charge_rows import charges

MAY, JUNE = datetime(2026, 5, 10, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
SPANS = {"before": "2026-05", "after": "2026-06"}


def call(when, model, tokens, cost, **more):
    return {"started_at": when, "model": model, "prompt_tokens": tokens, "cost": cost, **more}


def headline(chart):
    return chart.to_dict()["title"]["text"]


def below(chart):
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def bars(chart):
    spec = chart.to_dict()
    (name,) = spec["datasets"]
    return spec["datasets"][name]


STEADY = [call(MAY, "a", 100, 10.0), call(MAY, "b", 100, 40.0)]


@pytest.mark.parametrize(
    ("june", "title"),
    [
        ([("a", 200, 20.0), ("b", 200, 80.0)], "June cost 100% more than May: more tokens"),
        ([("a", 50, 5.0), ("b", 50, 20.0)], "June cost 50% less than May: fewer tokens"),
        (
            [("a", 20, 2.0), ("b", 180, 72.0)],
            "June cost 48% more than May: a shift to dearer models",
        ),
        (
            [("a", 180, 18.0), ("b", 20, 8.0)],
            "June cost 48% less than May: a shift to cheaper models",
        ),
        (
            [("a", 100, 20.0), ("b", 100, 40.0)],
            "June cost 20% more than May: a higher price per token",
        ),
        (
            [("a", 100, 5.0), ("b", 100, 40.0)],
            "June cost 10% less than May: a lower price per token",
        ),
        (
            [("a", 100, 10.0), ("b", 100, 40.0), ("c", 1, 25.0)],
            "June cost 50% more than May: new models",
        ),
        ([("b", 100, 40.0)], "June cost 20% less than May: models no longer used"),
        (
            [("a", 100, None), ("b", 100, 40.0)],
            "June cost 20% less than May: models without a price after",
        ),
        (
            [("a", 100, 10.0), ("b", 100, 40.0), ("a", 0, 10.0)],
            "June cost 20% more than May: more requests without tokens",
        ),
        ([("a", 100, 10.0), ("b", 100, 40.1)], "June cost about as much as May"),
        (
            [("a", 1000, 100.0), ("b", 1000, 400.0)],
            "June cost 10.0 times as much as May: more tokens",
        ),
        (
            [("a", 150, 15.0), ("b", 150, 80.0)],
            "June cost 90% more than May: more tokens and a higher price per token",
        ),
    ],
)
def test_titles_say_why(june, title):
    data = charges(*STEADY, *(call(JUNE, *rest) for rest in june))
    assert headline(bridge(data, **SPANS)) == title


def test_after_nothing():
    chart = bridge(charges(call(JUNE, "a", 10, 3.0)), **SPANS)
    assert headline(chart) == "June cost $3.00; the data do not reach back to May"
    free = call(MAY, "a", 10, 0.0)
    chart = bridge(charges(free, call(JUNE, "a", 10, 3.0)), **SPANS)
    assert headline(chart) == "June cost $3.00, after nothing in May"


def test_the_bars_lead_from_the_one_to_the_other():
    data = charges(*STEADY, call(JUNE, "a", 300, 30.0), call(JUNE, "b", 100, 60.0))
    rows = bars(bridge(data, **SPANS))
    assert [row["step"] for row in rows] == ["before", "volume", "mix", "price", "after"]
    assert [row["text"] for row in rows] == ["$50.00", "+$50.00", "-$30.00", "+$20.00", "$90.00"]
    for row, following in pairwise(rows[:-1]):
        assert row["end"] in (following["low"], following["high"])
        assert row["next"] == following["step"]
    assert rows[-2]["end"] == pytest.approx(rows[-1]["end"])
    assert [row["tone"] for row in rows] == ["total", "more", "less", "more", "total"]
    assert rows[2]["mostly"] == "b -$40.00, a +$10.00"


def test_what_is_tiny_is_one_step_or_none():
    small = [call(JUNE, "new", 1, 0.02), call(MAY, "gone", 1, 0.01)]
    data = charges(*STEADY, call(JUNE, "a", 100, 10.0), call(JUNE, "b", 100, 40.0), *small)
    rows = bars(bridge(data, **SPANS))
    assert rows[-2]["step"] == "small"
    assert rows[-2]["text"] == "+$0.01"
    assert rows[-2]["mostly"] == "new +$0.02, gone -$0.01"
    less = data.filter(pl.col("model").is_in(["a", "b", "gone"])).with_columns(
        pl.when(pl.col("model") == "gone").then(0.001).otherwise("cost").alias("cost")
    )
    assert [row["step"] for row in bars(bridge(less, **SPANS))][-2] == "price"


def test_aliases_and_several_dimensions():
    rows = [
        call(when, "a", 100, cost, team="t-1", team_alias=alias)
        for when, cost, alias in ((MAY, 1.0, "Search"), (JUNE, 2.0, "Find"))
    ]
    assert bars(bridge(charges(*rows), "team", **SPANS))[3]["mostly"] == "Find +$1.00"
    both = bridge(charges(*rows), ["team", "model"], **SPANS)
    assert bridge(charges(*rows), "team,model", **SPANS).to_dict() == both.to_dict()
    assert bars(both)[3]["mostly"] == "Find · a +$1.00"
    assert "within pairs" in str(both.to_dict())


def test_spans_that_are_not_given():
    days = [
        call(datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(i), "a", 10, 1.0) for i in range(61)
    ]
    assert headline(bridge(charges(*days))) == "June cost 3% less than May: fewer tokens"
    assert "May 1 to Jun 30, 2026 (UTC)" in below(bridge(charges(*days)))
    weeks = charges(*days[:50])
    assert headline(bridge(weeks)) == "The week of Jun 8 cost about as much as the week before"
    assert "$7.00 in the week of Jun 1" in below(bridge(weeks))
    assert "in May, $19.00 in June" in below(bridge(weeks, after="2026-06"))
    assert "June is partial" in below(bridge(weeks, after="2026-06"))


def test_uneven_spans_are_pointed_out():
    chart = bridge(
        charges(*STEADY),
        before=(date(2026, 5, 1), date(2026, 5, 14)),
        after="2026-05-15..2026-05-17",
    )
    assert "14 and 3 days" in below(chart)


def test_months_of_different_years_are_named_in_full():
    last_year = call(datetime(2025, 6, 10, tzinfo=UTC), "a", 100, 5.0)
    chart = bridge(
        charges(last_year, call(JUNE, "a", 100, 10.0)), before="2025-06", after="2026-06"
    )
    assert headline(chart) == "June 2026 cost 100% more than June 2025: a higher price per token"


def test_what_cannot_be_compared_says_why():
    with pytest.raises(InputError, match="overlap"):
        bridge(charges(*STEADY), before="2026-05", after="2026-Q2")
