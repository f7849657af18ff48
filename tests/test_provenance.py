"""How charges were computed, kept with them."""

from __future__ import annotations

from llmspend import RateCard, overrides_of
from llmspend.provenance import Provenance


def test_metadata_come_back(acme):
    made = Provenance.of(acme)
    assert made.own_prices == "none"
    assert made.cost_map_date is None
    assert Provenance.of_metadata(made.metadata() | {"pandas": "{}"}) == made


def test_files_of_others_say_nothing():
    assert Provenance.of_metadata({"ARROW:schema": "…"}) == Provenance()


def test_prices_of_ones_own_are_counted(acme_map):
    prices = {name: {"input_cost_per_token": 1e-06} for name in ("acme/small", "acme/large")}
    card = RateCard(acme_map, overrides_of(prices, acme_map), quirks="published")
    made = Provenance.of(card)
    assert made.own_prices == "2 overrides"
    assert made.quirks == ""
