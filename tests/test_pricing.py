"""What `price` promises about frames, apart from the numbers (those are in tests/cases)."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import (
    CHARGE_COLUMNS,
    CustomPricing,
    RateCard,
    complete_deployment,
    load_cost_map,
    normalize,
    price,
    resolutions,
)
from llmspend.pricing import CHARGE_SCHEMA

COST = 1000 * 1e-06


def calls(**columns):
    base = {"model": ["acme/small"], "provider": ["acme"], "prompt_tokens": [1000]}
    return pl.DataFrame(base | columns)


def test_a_frame_gives_a_frame_and_a_lazy_one_a_lazy_one(acme):
    eager, lazy = price(calls(), cost_map=acme), price(calls().lazy(), cost_map=acme)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(eager)
    assert lazy.collect_schema() == eager.schema


def test_columns_are_added_after_those_that_were_there(acme):
    given = calls(ours=["x"])
    charges = price(given, cost_map=acme)
    assert charges.columns == [*normalize(given).columns, *CHARGE_COLUMNS]
    assert charges.schema.items() >= CHARGE_SCHEMA.items()
    assert charges["ours"].item() == "x"


def test_priced_rows_can_be_priced_again_with_other_rates(acme):
    dearer = load_cost_map({"acme/small": {"input_cost_per_token": 5e-06}})
    charges = price(calls(), cost_map=acme)
    assert price(charges, cost_map=acme).equals(charges)
    assert price(charges, cost_map=dearer)["cost"].item() == 1000 * 5e-06


@pytest.mark.parametrize("name", ["is_free", "input_tokens_rate", "band", "code", "row", "at"])
def test_a_column_of_the_callers_may_have_any_name(acme, name):
    charges = price(calls(**{name: [7.0]}), cost_map=acme)
    assert (charges["cost"].item(), charges[name].item()) == (COST, 7.0)


def test_a_cost_map_or_its_card_will_do_and_none_is_the_packaged_one(acme_map):
    given = calls()
    assert price(given, cost_map=acme_map).equals(price(given, cost_map=RateCard(acme_map)))
    assert price(given)["issue"].item() == "unknown_model"
    assert price(calls(model=["gpt-4o"], provider=["openai"]))["issue"].item() is None


def test_new_names_are_met_batch_after_batch(acme_map):
    """A card resolves names as they come: the answer does not depend on what it saw before."""
    card = RateCard(acme_map)
    models = ["acme/small", "acme/ranges", "acme/night", "acme/large", "nobody/knows"]
    frames = [calls(model=[m]) for m in models]
    alone = [price(f, cost_map=RateCard(acme_map)) for f in frames]
    for order in (frames, frames[::-1]):
        together = price(pl.concat(order), cost_map=card)
        expected = pl.concat(alone if order is frames else alone[::-1])
        assert together.equals(expected)


def test_many_rows_stream_in_their_order(acme):
    models = ["acme/small", "acme/large", "nobody/knows"] * 40_000
    many = pl.LazyFrame({"model": models, "provider": "acme"}).with_columns(
        prompt_tokens=pl.int_range(pl.len())
    )
    charges = price(many, cost_map=acme).select("prompt_tokens", "cost")
    streamed = charges.collect(engine="streaming")
    assert streamed["prompt_tokens"].to_list() == list(range(120_000))
    assert streamed.equals(charges.collect(engine="in-memory"))
    assert streamed["cost"].null_count() == 40_000
    assert streamed["cost"][300] == 300 * 1e-06


def test_what_is_not_asked_for_may_be_left_out(acme):
    lazy = price(calls().lazy(), cost_map=acme)
    assert lazy.select("cost").collect().item() == COST
    assert lazy.filter(pl.col("cost") > 1).collect().height == 0
    assert lazy.select(pl.len()).collect().item() == 1


def test_a_deployment_has_its_own_prices(acme_map):
    params = {"model": "acme/small", "input_cost_per_token": "5e-6"}
    mine = complete_deployment(acme_map, params, {"id": "d-1"})
    stands_for = complete_deployment(
        acme_map, {"model": "acme/alias"}, {"id": "d-2", "base_model": "acme/small"}
    )
    card = RateCard(acme_map, CustomPricing.of(acme_map, [mine, stands_for]))
    usage = calls(
        model=["acme/small", "acme/small", "acme/alias", "acme/small"],
        model_id=["d-1", None, "d-2", "nobody's"],
        provider=["acme"] * 4,
        prompt_tokens=[1000] * 4,
    )
    charges = price(usage, cost_map=card)
    assert charges["cost"].to_list() == [1000 * 5e-06, COST, COST, COST]
    assert charges["cost_map_key"].to_list() == ["d-1", "acme/small", "acme/small", "acme/small"]
    how = ["deployment, exact", "model, exact", "base_model, exact", "model, exact"]
    assert charges["resolved_by"].to_list() == how
    found = resolutions(usage, cost_map=card)
    assert dict(found.select("model_id", "cost_map_key").rows())["d-1"] == "d-1"
    assert "model_id" not in resolutions(usage, cost_map=acme_map).columns
    # without the proxy's prices the ids say nothing
    unknown = price(usage, cost_map=acme_map)
    assert unknown["cost"].to_list() == [COST, COST, None, COST]


def test_a_duration_costs_the_same_in_any_company(acme):
    durations = [9.0, 83085.159, 1234.5, 0.25, 41400.831]
    rows = calls(
        model=["acme/seconds"] * 5,
        provider=["acme"] * 5,
        prompt_tokens=[1] * 5,
        duration_ms=durations,
    )
    together = price(rows, cost_map=acme)["cost"].to_list()
    assert together == [0.0015 * (ms / 1000) for ms in durations]
    assert together == [price(row, cost_map=acme)["cost"].item() for row in rows.iter_slices(1)]
