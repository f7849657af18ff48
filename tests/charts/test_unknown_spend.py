"""Unknown is not zero: what charts say where nothing has a price, or nothing was logged."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

import llmspend
from llmspend import charts


def charges(model, **columns):
    """Two requests, one on each day of two weeks that follow."""
    at = [datetime(2026, 6, day, 12, tzinfo=UTC) for day in (3, 10)]
    calls = {"model": [model] * 2, "started_at": at, "prompt_tokens": [1_000_000] * 2, **columns}
    return llmspend.price(pl.DataFrame(calls))


def words(chart):
    title = chart.to_dict()["title"]
    return title["text"], *title["subtitle"]


NAMES = [name for name in charts.__all__ if name != "enable"]
DAYS = {"before": "2026-06-03", "after": "2026-06-10"}
OWN = {"bridge": DAYS, "small_multiples": {"by": "model"}}


@pytest.mark.parametrize("name", NAMES)
def test_unpriced_requests_are_of_unknown_spend(name):
    said = words(getattr(charts, name)(charges("nobody-knows"), **OWN.get(name, {})))
    assert not [line for line in said if "$" in line or "no spend" in line.lower()]
    assert "Not counting 2 requests (100%) that could not be priced" in said


@pytest.mark.parametrize("name", ["pareto", "hours", "explorer", "unit_cost", "cache_savings"])
def test_what_is_free_costs_nothing(name):
    free = charges("gpt-4o").with_columns(pl.col("^.*cost$").cast(pl.Float64) * 0.0)
    said = words(getattr(charts, name)(free))
    assert "$0.00 in all" in said[1]


def test_a_budget_of_unknown_spend():
    title, first, _ = words(charts.budget(charges("nobody-knows")))
    assert title == "June: unknown spend"
    assert first == "Unknown spend, Jun 3 to Jun 10, 2026 (UTC)"


def test_a_bridge_of_unknown_spend():
    title, first, _ = words(charts.bridge(charges("nobody-knows"), **DAYS))
    assert title == "Unknown spend: nothing to compare"
    assert first.startswith("Unknown spend on Jun 3 and on Jun 10")


@pytest.mark.parametrize(
    ("model", "logged", "said"),
    [
        # 2 x 1,000,000 tokens at $2.50 a million
        ("gpt-4o", [None, None], "$5.00 computed, logged spend unknown"),
        ("nobody-knows", [1.25, None], "Computed cost unknown, $1.25 logged"),
        ("nobody-knows", [None, None], "Computed cost unknown, logged spend unknown"),
        ("gpt-4o", [2.5, None], "$2.50 computed, $2.50 logged"),
    ],
)
def test_drift_says_which_side_is_unknown(model, logged, said):
    logs = charges(model, logged_spend=pl.Series(logged, dtype=pl.Float64))
    assert words(charts.drift(logs))[1].startswith(said)
