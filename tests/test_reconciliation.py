"""Computed cost against logged spend, over rows whose differences can be done in the head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from llmspend import InputError, price, reconcile

MONDAY = datetime(2026, 5, 4, 23, tzinfo=UTC)
SMALL = 0.001  # 1,000 tokens of acme/small
CALLS = (
    # team, model, logged, more
    ("a", "acme/small", SMALL, {}),
    ("a", "acme/small", SMALL * (1 + 1e-12), {}),
    ("a", "acme/small", SMALL * 0.5, {}),
    ("a", "acme/small", SMALL * 2.5, {}),
    ("b", "acme/small", None, {}),
    ("b", "nobody/knows", 0.7, {}),
    ("b", "acme/small", 0.25, {"status": "failure"}),
    ("c", "acme/small", 0.4, {"cache_hit": True}),
    ("c", "acme/small", 0.0002, {}),
    ("d", "acme/small", float("nan"), {}),
)


@pytest.fixture(scope="module")
def charges(acme):
    rows = [
        {
            "team": team,
            "model": model,
            "provider": "acme",
            "logged_spend": logged,
            "prompt_tokens": 1000,
            "started_at": MONDAY + timedelta(days=i),
            "status": "success",
            "cache_hit": False,
            **more,
        }
        for i, (team, model, logged, more) in enumerate(CALLS)
    ]
    return price(pl.DataFrame(rows, infer_schema_length=None), cost_map=acme)


def test_sums_are_of_rows_that_have_both(charges):
    table = reconcile(charges).row(0, named=True)
    assert table["rows"] == 10
    assert table["compared_rows"] == 7
    assert table["kept_rows"] == 1  # the failure, whose cost is what the log says
    assert table["equal_rows"] == 1
    assert table["close_rows"] == 2
    assert table["agreement"] == pytest.approx(2 / 6)
    assert table["cost"] == pytest.approx(5 * SMALL + 0.25, rel=1e-12)
    assert table["logged_spend"] == pytest.approx(5 * SMALL + 0.25 + 0.4 + 0.0002, rel=1e-9)
    assert table["drift"] == pytest.approx(-0.4002, rel=1e-9)
    assert table["unlogged_rows"] == 1
    assert table["unlogged_cost"] == SMALL
    assert table["unpriced_rows"] == 1
    assert table["unpriced_logged_spend"] == 0.7


def test_differences_do_not_offset_one_another(charges):
    table = reconcile(charges.filter(pl.col("logged_spend").is_in([SMALL * 0.5, SMALL * 2.5])))
    assert table["drift"].item() == pytest.approx(-SMALL, rel=1e-9)
    assert table["gross_drift"].item() == pytest.approx(2 * SMALL, rel=1e-9)


def test_most_at_odds_first_and_why(charges):
    table = reconcile(charges, "team")
    assert table["team"].to_list()[:3] == ["c", "a", "b"]
    reasons = dict(table.select("team", "reason").rows())
    assert reasons == {"c": "cache_hit", "a": "ordinary", "b": None, "d": None}
    first = table.row(0, named=True)
    assert first["reason_ratio"] == pytest.approx(0.4 / 0.4008, rel=1e-9)


def test_by_oddity(charges):
    table = reconcile(charges, "oddity")
    assert set(table["oddity"]) >= {"ordinary", "cache_hit", "unknown_model", "failure_partial"}
    assert table["gross_drift"].sum() == pytest.approx(reconcile(charges)["gross_drift"].item())
    kept = table.filter(oddity="failure_partial").row(0, named=True)
    assert kept["agreement"] is None


def test_no_number_is_no_amount(charges):
    table = reconcile(charges.filter(team="d")).row(0, named=True)
    assert table["compared_rows"] == 0
    assert table["drift"] is None
    assert table["agreement"] is None


def test_periods_begin_in_the_zone(charges):
    days = reconcile(charges, every="day", tz="Europe/Berlin")
    assert days["period"][0].day == 5  # 23:00 UTC
    assert days["rows"].sum() == charges.height
    assert days.columns[-2:] == ["reason", "reason_ratio"]


def test_order_and_source_of_rows_do_not_matter(charges, tmp_path):
    table = reconcile(charges, ["team", "model"])
    shuffled = charges.sample(fraction=1, shuffle=True, seed=2).lazy()
    assert reconcile(shuffled, ["team", "model"]).equals(table)
    charges.write_parquet(tmp_path / "charges.parquet")
    assert reconcile(tmp_path / "charges.parquet", ["team", "model"]).equals(table)


def test_what_is_wrong_is_said(charges):
    with pytest.raises(InputError, match=r"these are not charges: the columns .*logged_spend"):
        reconcile(charges.drop("logged_spend"))


def test_nothing_comes_to_nothing(charges):
    table = reconcile(charges.clear()).row(0, named=True)
    assert table["rows"] == 0
    assert table["agreement"] is None
    assert table["reason"] is None
