from __future__ import annotations

import math

import polars as pl
import pytest

from llmspend import RateCard, load_cost_map, price
from llmspend.cost_map_impact import cost_map_impact
from tests.conftest import ACME


@pytest.fixture(scope="module")
def newer():
    entries = {key: {"litellm_provider": "acme", **entry} for key, entry in ACME.items()}
    entries["acme/small"] |= {"input_cost_per_token": 2e-06}
    entries["acme/brand-new"] = {"litellm_provider": "acme", "input_cost_per_token": 1e-06}
    del entries["acme/embed"]
    return load_cost_map(entries)


CALLS = pl.DataFrame(
    {
        "model": ["acme/small", "acme/large", "acme/small", "brand-new", "acme/embed", "acme/who"],
        "provider": "acme",
        "prompt_tokens": [1000, 1000, 500, 1000, 1000, 1000],
    }
)


def test_a_log_is_priced_by_both(acme_map, newer):
    impact = cost_map_impact(CALLS, acme_map, newer)
    assert impact.rows() == [
        ("acme/small", "acme/small", "acme/small", 2, 0.0015, 0.003, 0.0015, 0, 0),
        ("acme/large", "acme/large", "acme/large", 1, 0.003, 0.003, 0.0, 0, 0),
        ("acme/embed", "acme/embed", None, 1, 2e-05, None, None, 0, 1),
        ("acme/who", None, None, 1, None, None, None, 1, 1),
        ("brand-new", None, "acme/brand-new", 1, None, 0.001, None, 1, 0),
    ]


def test_charges_cards_and_lazy_frames_give_the_same(acme_map, newer):
    expected = cost_map_impact(CALLS, acme_map, newer)
    charges = price(CALLS, cost_map=newer).lazy()
    assert cost_map_impact(charges, RateCard(acme_map), RateCard(newer)).equals(expected)


def test_the_totals_are_exact_whatever_the_order(acme_map, newer):
    calls = pl.DataFrame({"model": "acme/small", "prompt_tokens": range(1, 100_001, 7)})
    impact = cost_map_impact(calls, acme_map, newer).row(0, named=True)
    assert impact["old_cost"] == math.fsum(price(calls, cost_map=acme_map)["cost"])
    assert impact["new_cost"] == math.fsum(price(calls, cost_map=newer)["cost"])
    again = cost_map_impact(calls.sample(fraction=1, shuffle=True, seed=1), acme_map, newer)
    assert again.row(0, named=True) == impact


def test_an_empty_log_has_no_impact(acme_map, newer):
    assert cost_map_impact(CALLS.clear(), acme_map, newer).is_empty()
