"""What is written in charts of spend over time: names of members, amounts, titles."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
import vl_convert

import llmspend
from llmspend.charts import spend_over_time
from tests.charts.specs import below, headline
from tests.charts.weekly_spend import MONDAY, drawn, table


def legend(chart):
    scale = chart.to_dict()["layer"][0]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


# -- members


def test_the_largest_keep_their_name_and_the_rest_is_other():
    rows = [(0, name, amount) for name, amount in zip("abcdefghi", range(9, 0, -1), strict=True)]
    chart = spend_over_time(table(*rows), top=3)
    assert list(legend(chart)) == ["a", "b", "c", "Other (6)"]
    assert legend(chart)["Other (6)"] == "#b4bbc3"
    assert [r["spend"] for r in drawn(chart)] == [9, 8, 7, 21]
    assert "top 3 of 9 models" in below(chart)


def test_nobody_is_folded_alone():
    rows = [(0, name, 1.0) for name in "abcdefg"]
    assert "Other (1)" not in legend(spend_over_time(table(*rows)))
    assert len(legend(spend_over_time(table(*rows)))) == 7


def test_keys_show_aliases_and_same_aliases_show_ids():
    ids = ["f96db279064f2336f02ae6b60d9636ff", "1c5f4d310919d2b8b09a4fce1ca7ec00", "ab" * 16, None]
    keys = pl.DataFrame(
        {
            "period": [MONDAY] * 4,
            "key": ids,
            "key_alias": ["prod", "prod", None, None],
            "spend": [4.0, 3.0, 2.0, 1.0],
        }
    )
    labels = list(legend(spend_over_time(keys, "key")))
    assert labels == ["prod (f96db279…)", "prod (1c5f4d31…)", "abababab…", "(none)"]


def test_a_renamed_team_keeps_one_colour_and_its_newest_name():
    teams = pl.DataFrame(
        {
            "period": [MONDAY, MONDAY + timedelta(weeks=1)],
            "team": ["t-1", "t-1"],
            "team_alias": ["old", "new"],
            "spend": [1.0, 1.0],
            "last_at": [MONDAY, MONDAY + timedelta(weeks=1)],
        }
    )
    assert list(legend(spend_over_time(teams, "team"))) == ["new"]


HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "x" * 300,
    "x" * 299 + "y",
    'it\'s "quoted" `${1+1}` {{x}}',
    "'+alert(1)+'",
    "line\nbreak\ttab\x00",
    "\u202eRTL\u200f",
    "",
    "  ",
    "Other (8)",
    "(none)",
    None,
    "模型-größe",
]


@pytest.mark.parametrize("version", ["5.8", "6.4"])
@pytest.mark.parametrize("first", range(0, len(HOSTILE), 7))
def test_hostile_names_are_harmless(first, version):
    some = HOSTILE[first : first + 7]
    chart = spend_over_time(table(*((0, name, 14.0 - i) for i, name in enumerate(some))), top=7)
    spec = chart.to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    assert len(legend(chart)) == 7
    assert all(0 < len(label) <= 40 for label in legend(chart))
    assert "<" not in json.dumps([spec["datasets"], spec["title"], spec["description"]])
    assert "</" not in text
    assert not any(mark in text for mark in "\n\x00\u202e\u200f")
    assert "alert" not in json.dumps([layer["encoding"]["y"] for layer in spec["layer"]])
    assert "<svg" in vl_convert.vegalite_to_svg(spec, vl_version=version)
    assert "<img src=x" not in chart.to_html()


def test_a_member_called_other_is_not_the_rest():
    rows = [(0, "Other (3)", 9.0), *((0, name, 1.0) for name in "abcd")]
    chart = spend_over_time(table(*rows), top=2)
    assert list(legend(chart)) == ["Other (3) (2)", "a", "Other (3)"]


# -- money


def test_null_is_not_zero():
    known = spend_over_time(table((0, "a", 1.0), (0, "b", None), unpriced_requests=[0, 5],
                                  requests=[5, 5]))  # fmt: skip
    assert list(legend(known)) == ["a"]
    assert "Not counting 5 requests (50%) that could not be priced" in below(known)
    assert headline(known) == "a is all of the priced spend"


def test_decimals_and_what_is_not_a_number():
    decimals = table((0, "a", Decimal("0.10")), (0, "b", Decimal("0.20")))
    assert sum(r["spend"] for r in drawn(spend_over_time(decimals))) == pytest.approx(0.3)
    odd = table((0, "a", float("nan")), (0, "b", float("inf")), (0, "c", 1.0))
    spec = spend_over_time(odd).to_dict()
    assert "NaN" not in json.dumps(spec, allow_nan=False)
    assert list(legend(spend_over_time(odd))) == ["c"]


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (0.0003, ["$0", "$0.0001", "$0.0002", "$0.0003"]),
        (0.9, ["$0", "$0.20", "$0.80"]),
        (2.4, ["$0", "$0.50", "$2", "$1.50"]),
        (870.0, ["$0", "$200", "$800"]),
        (12_000.0, ["$2,000", "$10,000"]),
        (240_000.0, ["$50k", "$200k"]),
        (3.2e6, ["$0.5M", "$3M"]),
        (4e9, ["$1B", "$4B"]),
    ],
)
@pytest.mark.parametrize("version", ["5.8", "6.4"])
def test_amounts_on_the_axis(highest, labels, version):
    svg = vl_convert.vegalite_to_svg(
        spend_over_time(table((0, "a", highest))).to_dict(), vl_version=version
    )
    for label in labels:
        assert f">{label}</text>" in svg


@pytest.mark.parametrize(
    "nothing",
    [
        table((0, "a", 0.0)),
        table((0, "a", None)),
        table((0, "a", 1.0)).clear(),
        llmspend.price(pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1]})).clear(),
        llmspend.price(pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1]})),  # at no time
    ],
)
@pytest.mark.parametrize("version", ["5.8", "6.4"])
def test_nothing_is_a_chart_too(nothing, version):
    svg = vl_convert.vegalite_to_svg(spend_over_time(nothing).to_dict(), vl_version=version)
    assert "no spend in this range" in svg


def test_nothing_with_a_price():
    calls = {"model": ["nobody/knows"], "prompt_tokens": [9], "started_at": [MONDAY]}
    chart = spend_over_time(llmspend.price(pl.DataFrame(calls)))
    assert "Not counting 1 request (100%)" in below(chart)
    assert "nothing in this range has a price" in json.dumps(chart.to_dict())


# -- titles


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(0, "a", 6.0), (0, "b", 4.0)], "a is 60% of the spend"),
        ([(0, "a", 999.0), (0, "b", 1.0)], "a is more than 99% of the spend"),
        ([(0, None, 6.0), (0, "b", 4.0)], "60% of the spend has no model"),
        ([(0, "a", 4.0), (0, "b", 4.0), (0, "c", 2.0)], "a and b are 80% of the spend"),
        ([(0, c, 1.0) for c in "abcde"], "Weekly spend by model"),
        ([(0, "a", 6.0), (0, "b", -4.0)], "Weekly spend by model"),
        ([(0, "a", 6.0)], "a is all of the spend"),
    ],
)
def test_titles_state_what_there_is_to_see(rows, words):
    assert headline(spend_over_time(table(*rows), every="week")) == words


def test_a_title_of_your_own():
    assert headline(spend_over_time(table((0, "a", 1.0)), title="Q2 review")) == "Q2 review"
