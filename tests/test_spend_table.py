"""Tables for people: what they say, that names stay text, and that a breakdown stays a frame."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import llmspend
from llmspend import InputError, UnknownNameError, breakdown, price, show_table
from llmspend.spend_table import Breakdown

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "=1+1|`id`",
    "**bold** [a](javascript:x)",
    "&lt;b&gt;",
    "a\u202eb\x1b[31m",
    "x" * 10_000,
)


def charges_of(acme, teams, days=1):
    """Give each team one request of 1,000, 2,000 … tokens (USD 0.001, 0.002 …) a day."""
    first = datetime(2026, 5, 4, 9, tzinfo=UTC)
    calls = [
        {
            "model": "acme/small",
            "provider": "acme",
            "team": team,
            "prompt_tokens": 1_000_000 * (i + 1) * (day + 1),
            "started_at": first + timedelta(days=day),
        }
        for i, team in enumerate(teams)
        for day in range(days)
    ]
    return price(pl.DataFrame(calls), cost_map=acme)


def cells(html):
    return [re.sub(r"<[^>]*>", "", row) for row in re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>", html)]


def test_a_breakdown_says_money_shares_and_counts(acme):
    spend = breakdown(charges_of(acme, ["a", "b", "c"]), "team")
    assert str(spend).splitlines() == [
        "Spend by team",
        "Team  Spend  Share  Requests  Total tokens  Cost per request",
        "c     $3.00  50.0%         1     3,000,000             $3.00",
        "b     $2.00  33.3%         1     2,000,000             $2.00",
        "a     $1.00  16.7%         1     1,000,000             $1.00",
    ]
    shown = cells(spend._repr_html_())
    assert shown[-6:] == ["a", "$1.00", "16.7%", "1", "1,000,000", "$1.00"]


def test_a_breakdown_by_period_has_a_row_per_member_with_its_trend(acme):
    charges = charges_of(acme, ["a", "b"], days=3)
    late = charges.filter(~((pl.col("team") == "a") & (pl.col("started_at").dt.day() == 4)))
    spend = breakdown(late, "team", every="day")
    assert spend.height == 5
    _, _, b, a, note = str(spend).splitlines()
    assert re.split(r"\s{2,}", b)[:4] == ["b", "$12.00", "70.6%", "▃▆█"]
    assert re.split(r"\s{2,}", a)[:4] == ["a", "$5.00", "29.4%", "▁▆█"]
    assert note == "Trend: spend in each of 3 periods, from May 4, 2026 to May 6, 2026."
    assert spend._repr_html_().count('<svg role="img" aria-label="spend in 3 periods"') == 2


def test_an_alias_is_a_name_beside_its_id_and_a_member_by_itself(acme):
    charges = charges_of(acme, ["t-1", "t-2"]).with_columns(team_alias=pl.lit("Search"))
    both = str(breakdown(charges, "team", every="day")).splitlines()
    assert [line.split("  ")[0] for line in both[2:4]] == ["Search (t-2)", "Search (t-1)"]
    by_name = str(breakdown(charges, "team_alias")).splitlines()
    assert [line.split("  ")[0] for line in by_name[1:]] == ["Team alias", "Search"]


def test_long_trends_are_added_up(acme):
    spend = breakdown(charges_of(acme, ["a"], days=200), "team", every="day")
    trend = show_table(spend, ["trend"]).rows.columns[0]
    assert len(trend.values[0]) == 60
    assert sum(trend.values[0]) == pytest.approx(spend["spend"].sum())


def test_what_is_beyond_the_first_rows_is_added_up(acme):
    spend = breakdown(charges_of(acme, [f"t{i}" for i in range(30)]), "team")
    table = show_table(spend, ["team", "spend", "share", "cost_per_request"], top=29).rows
    assert [c.cells[-1] for c in table.columns] == ["… 1 more", "$1.00", "0.2%", "$1.00"]
    assert sum(table.columns[2].values) == pytest.approx(1)
    assert len(show_table(spend).rows.columns[0].cells) == 21


def test_unknown_is_not_zero(acme):
    calls = pl.DataFrame({"model": ["nobody/knows"], "team": ["a"], "prompt_tokens": [5]})
    text = str(breakdown(price(calls, cost_map=acme), "team"))
    assert "unknown" in text
    assert "$0" not in text
    assert text.endswith("1 requests have no price; they are in none of the sums.")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text(acme, name):
    spend = breakdown(charges_of(acme, [name]), ["team", "model"], every="day")
    html = spend._repr_html_()
    assert set(re.findall(r"<(\w+)", html)) <= {
        *("div", "style", "table", "thead", "tbody", "tfoot", "tr", "td", "th"),
        *("svg", "path", "span"),
    }
    assert "javascript" not in re.sub(r"\[a\]\(javascript:x\)", "", html)
    assert not set("\u202e\x1b") & {*html, *str(spend)}
    assert len(html) < 20_000


def test_a_column_may_be_called_anything(acme):
    spend = breakdown(charges_of(acme, ["a"]), "team")
    odd = spend.with_columns(pl.lit("<b>").alias("<script>alert(1)</script>"))
    assert "<script" not in show_table(odd)._repr_html_()


def test_without_great_tables_polars_draws(acme, monkeypatch):
    monkeypatch.setattr("llmspend.spend_table.find_spec", lambda _: None)
    spend = breakdown(charges_of(acme, [HOSTILE[0]]), "team")
    for html in (spend._repr_html_(), show_table(spend)._repr_html_()):
        assert "<img" not in html
        assert "dataframe" in html


def test_a_breakdown_is_a_frame(acme):
    spend = breakdown(charges_of(acme, ["a", "b"]), "team")
    plain = pl.DataFrame(spend.to_dict())
    assert_frame_equal(spend, plain)
    for same in (copy.copy(spend), copy.deepcopy(spend), pickle.loads(pickle.dumps(spend))):
        assert_frame_equal(same, plain)
    assert type(spend.filter(pl.col("spend") > 0)) is pl.DataFrame
    assert type(spend.select("spend")) is pl.DataFrame
    assert "Share" not in str(spend.head(1))  # of what, nobody knows any more


def test_frames_of_other_analyses_are_written_by_their_names():
    frame = pl.DataFrame(
        {
            "issue": ["x"],
            "a_cost": [0.5],
            "b_tokens": [5000],
            "c_share": [0.123],
            "difference": [-2.0],
            "hint": ["say <b>"],
            "seen_at": [datetime(2026, 5, 4, 9, 30, tzinfo=UTC)],
        }
    )
    row = [c.cells[0] for c in show_table(frame).rows.columns]
    assert row == ["x", "$0.50", "5,000", "12.3%", "-$2.00", "say <b>", "May 4, 2026 09:30"]


def test_empty_things_are_shown(acme):
    nobody = charges_of(acme, ["a"]).clear()
    for empty in (breakdown(nobody, "team"), breakdown(nobody, "team", every="day")):
        assert str(empty).startswith("Spend by team")
        assert empty._repr_html_()
    assert str(Breakdown()) == str(pl.DataFrame())
    assert Breakdown()._repr_html_()


def test_a_column_that_is_not_there_is_an_error(acme):
    spend = breakdown(charges_of(acme, ["a"]), "team")
    with pytest.raises(UnknownNameError, match=r"unknown column 'spent'\. Nearest: 'spend'"):
        show_table(spend, ["spent"])
    with pytest.raises(InputError, match="at least one row"):
        show_table(spend, top=0)


def test_the_sample_fits_a_notebook():
    log = "sample_data/litellm_spend_logs.parquet"
    charges = price(llmspend.read_logs(log)).collect()
    html = breakdown(charges, "key", every="week")._repr_html_()
    assert len(html) < 60_000
