"""A bridge adds up without remainder, whatever happened to whom."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llmspend
from llmspend.errors import InputError, UnknownNameError
from llmspend.spend_bridge import EFFECTS, price_volume_mix
from tests.charge_rows import charges

NAMES = [effect.name for effect in EFFECTS]
MAY, JUNE = datetime(2026, 5, 10, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)


def call(when, model, tokens, cost, **more):
    return {"started_at": when, "model": model, "prompt_tokens": tokens, "cost": cost, **more}


def bridge(*calls, **more):
    return price_volume_mix(charges(*calls), "2026-05", "2026-06", **more)


def effects(table, member, by="model"):
    (row,) = table.filter(pl.col(by).eq_missing(pl.lit(member, pl.String))).to_dicts()
    return {name: float(row[name]) for name in NAMES if row[name]}


def assert_adds_up(table):
    for row in table.to_dicts():
        assert sum(row[name] for name in NAMES) == row["change"] == row["after"] - row["before"]
    sums = table.select(pl.col("before", "after", "change", *NAMES).sum()).to_dicts()[0]
    assert sum(sums[name] for name in NAMES) == sums["after"] - sums["before"] == sums["change"]


def test_volume_mix_and_price():
    # together twice the tokens; a grows threefold, b stays and gets dearer by half
    table = bridge(
        call(MAY, "a", 100, 1.0),
        call(MAY, "b", 100, 4.0),
        call(JUNE, "a", 300, 3.0),
        call(JUNE, "b", 100, 6.0),
    )
    assert effects(table, "a") == {"volume": 1.0, "mix": 1.0}
    assert effects(table, "b") == {"volume": 4.0, "mix": -4.0, "price": 2.0}
    assert table["model"].to_list() == ["a", "b"]  # largest change first, then by name
    assert table.select("tokens_before", "tokens_after").rows() == [(100, 300), (100, 100)]
    assert_adds_up(table)


def test_members_of_any_dimension_are_its_own():
    calls = (
        call(MAY, "a", 100, 1.0, end_user="e"),
        call(JUNE, "a", 200, 2.0, end_user="e"),
        call(JUNE, "a", 0, 0.5, end_user="f", issue="unpriced_usage"),
        call(JUNE, "b", 100, None, end_user="f", issue="unknown_model"),
    )
    rows = charges(*calls).with_columns(
        cost_source=pl.lit("rates"), quirks=pl.lit([], pl.List(pl.String))
    )
    odd = price_volume_mix(rows, "2026-05", "2026-06", by="oddity")
    assert odd["oddity"].to_list() == ["ordinary", "unpriced_usage", "unknown_model"]
    assert effects(odd, "ordinary", "oddity") == {"volume": 1.0}
    assert effects(odd, "unpriced_usage", "oddity") == {"tokenless": 0.5}
    both = bridge(*calls, by=["issue", "end_user"])
    amounts = ("issue", "end_user", "before", "after", "unpriced_after")
    assert both.select(amounts).rows() == [
        (None, "e", 1, 2, 0),
        ("unpriced_usage", "f", 0, Decimal("0.5"), 0),
        ("unknown_model", "f", 0, 0, 1),
    ]
    assert_adds_up(odd)
    assert_adds_up(both)


def test_an_id_and_its_alias_are_two_dimensions():
    calls = [call(when, "a", 100, 1.0, team="t", team_alias="Team") for when in (MAY, JUNE)]
    table = bridge(*calls, by=["team", "team_alias"])
    assert table.select("team", "team_alias", "before", "after").rows() == [("t", "Team", 1, 1)]
    assert table.columns.count("team_alias") == 1


def test_members_that_came_and_went():
    table = bridge(
        call(MAY, "old", 100, 1.0),
        call(JUNE, "new", 100, 2.5),
        call(MAY, None, 10, 0.5),
        call(JUNE, None, 10, 0.5),
    )
    assert effects(table, "new") == {"new": 2.5}
    assert effects(table, "old") == {"gone": -1.0}
    assert effects(table, None) == {}
    assert_adds_up(table)


def test_what_had_no_price_in_one_span_is_neither_new_nor_gone():
    table = bridge(
        call(MAY, "late", 100, None),
        call(JUNE, "late", 100, 2.0),
        call(MAY, "early", 100, 3.0),
        call(JUNE, "early", 100, None),
        call(MAY, "never", 100, None),
    )
    assert effects(table, "late") == {"coverage": 2.0}
    assert effects(table, "early") == {"coverage": -3.0}
    assert effects(table, "never") == {}
    assert table.sort("model").select("unpriced_before", "unpriced_after").rows() == [
        (0, 1),
        (1, 0),
        (1, 0),
    ]
    assert_adds_up(table)


def test_unpriced_requests_are_not_cheap_ones():
    table = bridge(call(MAY, "a", 100, 1.0), call(JUNE, "a", 100, 1.0), call(JUNE, "a", 900, None))
    assert effects(table, "a") == {}
    assert table["tokens_after"].item() == 100
    assert table["unpriced_after"].item() == 1


def test_requests_without_tokens_are_a_part_of_their_own():
    table = bridge(
        call(MAY, "a", 100, 1.0),
        call(JUNE, "a", 100, 1.0),
        call(JUNE, "a", 0, 0.25),
        call(MAY, "a", None, 0.75),
    )
    assert effects(table, "a") == {"tokenless": -0.5}
    assert_adds_up(table)


def test_what_was_free_and_is_not_any_more():
    table = bridge(call(MAY, "a", 100, 0.0), call(JUNE, "a", 200, 2.0))
    assert effects(table, "a") == {"price": 2.0}


def test_several_dimensions_and_aliases():
    table = bridge(
        call(MAY, "a", 100, 1.0, team="t-1", team_alias="Search"),
        call(JUNE, "a", 100, 2.0, team="t-1", team_alias="Find"),
        call(JUNE, "a", 100, 2.0, team="t-2"),
        by=["team", "model"],
    )
    assert table.columns[:3] == ["team", "team_alias", "model"]
    assert table.row(0)[:3] == ("t-2", None, "a")
    assert table["team_alias"].to_list() == [None, "Find"]
    assert_adds_up(table)


def test_issues_can_be_members_too():
    table = bridge(call(MAY, "a", 100, 1.0, issue="x"), call(JUNE, "a", 100, 2.0), by="issue")
    assert effects(table, "x", "issue") == {"gone": -1.0}


def test_days_begin_in_the_zone():
    late = call(datetime(2026, 5, 31, 22, 30, tzinfo=UTC), "a", 100, 1.0)
    assert bridge(late)["before"].item() == 1
    assert bridge(late, tz="Europe/Berlin")["after"].item() == 1


def test_spans_by_dates_and_files(tmp_path):
    rows = charges(call(MAY, "a", 100, 1.0), call(JUNE, "a", 100, 2.0))
    rows.write_parquet(tmp_path / "charges.parquet")
    table = price_volume_mix(
        tmp_path / "charges.parquet", MAY.date(), (date(2026, 6, 1), date(2026, 6, 30))
    )
    assert effects(table, "a") == {"price": 1.0}
    assert table.schema["price"] == pl.Decimal(38, 12)


def test_nothing_is_an_empty_table():
    table = bridge()
    assert table.is_empty()
    assert {"model", "before", "after", "change", *NAMES} <= set(table.columns)


@pytest.mark.parametrize(
    ("before", "after", "by", "message"),
    [
        ("2026-05", "2026-05-31..2026-06-30", "model", "overlap: a request would be in both"),
        ("2026-05", "June", "model", "'June' is no span of days"),
        ("2026-05", "2026-06", (), "by names no dimension"),
        ("2026-05", "2026-06", "modle", "unknown dimension 'modle'. Nearest: 'model'"),
    ],
)
def test_what_cannot_be_compared_says_why(before, after, by, message):
    with pytest.raises(InputError, match=message):
        price_volume_mix(charges(), before, after, by)


def test_usage_is_no_charges():
    with pytest.raises(InputError, match="these are not charges"):
        price_volume_mix(pl.DataFrame({"model": ["a"]}), "2026-05", "2026-06")
    with pytest.raises(UnknownNameError, match="unknown time zone"):
        bridge(tz="Mars/Base")


_CALLS = st.lists(
    st.builds(
        call,
        st.sampled_from([MAY, JUNE]),
        st.sampled_from(["a", "b", "c", None]),
        st.one_of(st.none(), st.integers(0, 10**9)),
        st.one_of(st.none(), st.floats(0, 1e5)),
    ),
    max_size=20,
)


@given(_CALLS)
@settings(max_examples=25, deadline=None)
def test_it_always_adds_up(calls):
    table = bridge(*calls)
    assert_adds_up(table)
    if calls:
        for month, name in ((MAY, "before"), (JUNE, "after")):
            some = charges(*(c for c in calls if c["started_at"] == month))
            spend = llmspend.breakdown(some)["spend"].item() or 0.0
            total = table[name].sum() or Decimal(0)
            assert float(total) == pytest.approx(spend, abs=1e-9)
