"""Pareto: who makes most of the spend."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend.charts import pareto
from llmspend.errors import InputError
from tests.charts.specs import below, headline, rows_with


def table(*spend, names="abcdefghijklmnopqrstuvwxyz", **more):
    return pl.DataFrame({"team": list(names[: len(spend)]), "spend": spend, **more})


def bars(chart):
    return {r["label"]: r for r in rows_with(chart, "label", "tone")}


def test_the_fewest_that_reach_eighty_percent_stand_out():
    chart = pareto(table(50.0, 25.0, 10.0, 9.0, 6.0), "team")
    assert headline(chart) == "3 of 5 teams are 85% of the spend"
    assert [r["tone"] for r in bars(chart).values()] == ["most", "most", "most", "rest", "rest"]
    assert [r["reached"] for r in bars(chart).values()] == pytest.approx([0.5, 0.75, 0.85, 0.94, 1])
    assert "highlighted bars reach 80%" in below(chart)


def test_the_rest_is_added_up_last():
    chart = pareto(table(*(10.0 - i for i in range(8))), "team", top=3)
    assert list(bars(chart)) == ["a", "b", "c", "Other (5)"]
    assert bars(chart)["Other (5)"]["spend"] == 7 + 6 + 5 + 4 + 3
    assert "top 3 of 8 teams" in below(chart)
    assert "highlighted" not in below(chart)  # some of them are in Other


@pytest.mark.parametrize(
    ("spend", "names", "words"),
    [
        ((5.0,), ["a"], "a is all of the spend"),
        ((9.0, 1.0), ["a", "b"], "a is 90% of the spend"),
        ((9.0, 1.0), [None, "b"], "90% of the spend has no team"),
        ((9.0, -1.0), ["a", "b"], "Spend by team"),
        ((9.0, 0.0, None), ["a", "b", "c"], "a is all of the spend"),
    ],
)
def test_titles(spend, names, words):
    assert headline(pareto(table(*spend, names=names), "team")) == words


def test_tiny_shares_are_not_rounded_away():
    texts = [r["text"] for r in bars(pareto(table(1e6, 1.0), "team")).values()]
    assert texts == ["$1,000,000.00 · >99.9%", "$1.00 · <0.1%"]


def test_credits_have_no_share():
    chart = pareto(table(9.0, -1.0), "team")
    assert [r["text"] for r in bars(chart).values()] == ["$9.00", "-$1.00"]
    assert len(chart.to_dict()["hconcat"]) == 1


def test_a_finer_table_is_added_up():
    finer = pl.DataFrame({"team": ["a", "a", "b"], "model": ["x", "y", "x"], "spend": [1.0, 2, 1]})
    assert bars(pareto(finer, "team"))["a"]["spend"] == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pareto(table(1.0), "team", top=0), "top is from 1 to 60"),
        (lambda: pareto(table(1.0), "team", top=61), "top is from 1 to 60"),
        (lambda: pareto(table(1.0)), "not by model. Ask for it: llmspend.breakdown(charges"),
        (lambda: pareto(table(1.0), ["team"]), "by is one dimension's name"),
        (lambda: pareto(table(1.0), "team", tz="UTC"), "made with tz='an unknown zone'... 'UTC'"),
    ],
)
def test_what_cannot_be_drawn_says_why(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert all(part in str(error.value) for part in message.split("..."))
