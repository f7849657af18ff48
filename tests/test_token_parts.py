"""What a charge is made of: kinds of tokens, what they cost, and what caching saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from llmspend import (
    CustomPricing,
    InputError,
    RateCard,
    UnknownNameError,
    breakdown,
    cache_savings,
    price,
    token_mix,
)
from llmspend.token_parts import PARTS

MONDAY = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
# acme/large: input $3, cache read $0.30, write $3.75 (an hour: $6), output $15, reasoning $20
CALL = {
    "model": "acme/large",
    "prompt_tokens": 100_000,
    "cache_read_tokens": 60_000,
    "cache_creation_tokens": 30_000,
    "cache_creation_5m_tokens": 20_000,
    "cache_creation_1h_tokens": 10_000,
    "completion_tokens": 5_000,
    "reasoning_tokens": 1_000,
}
COSTS = {
    "fresh_input": 10_000 * 3e-6,
    "cache_read": 60_000 * 3e-7,
    "cache_creation": 20_000 * 3.75e-6 + 10_000 * 6e-6,
    "output": 4_000 * 15e-6,
    "reasoning": 1_000 * 20e-6,
}
TOKENS = {
    "fresh_input": 10_000,
    "cache_read": 60_000,
    "cache_creation": 30_000,
    "output": 4_000,
    "reasoning": 1_000,
}
SAVED = 60_000 * (3e-6 - 3e-7)
ON_TOP = 20_000 * 0.75e-6 + 10_000 * 3e-6


def usage(*calls):
    rows = [{"started_at": MONDAY, "team": "t-1", "provider": "acme", **c} for c in calls]
    return pl.DataFrame(rows, infer_schema_length=None)


def one(table):
    return table.row(0, named=True)


def test_a_call_comes_apart_into_its_kinds_of_tokens(acme):
    mix = one(token_mix(price(usage(CALL), cost_map=acme), cost_map=acme))
    for part in PARTS:
        assert mix[f"{part.name}_tokens"] == TOKENS[part.name]
        assert mix[f"{part.name}_cost"] == pytest.approx(COSTS[part.name], rel=1e-12)
    assert mix["other_cost"] == pytest.approx(0, abs=1e-15)
    assert mix["strange_rows"] == 0


def test_what_caching_saved_less_what_writing_cost(acme):
    table = one(cache_savings(price(usage(CALL), cost_map=acme), cost_map=acme))
    assert table["saved_by_reads"] == pytest.approx(SAVED, rel=1e-12)
    assert table["write_surcharge"] == pytest.approx(ON_TOP, rel=1e-12)
    assert table["saved"] == pytest.approx(SAVED - ON_TOP, rel=1e-12)
    assert table["hit_ratio"] == pytest.approx(0.6)
    # 100,000 tokens at $3
    assert table["saved_ratio"] == pytest.approx((SAVED - ON_TOP) / 0.3, rel=1e-12)


def test_caching_may_cost_more_than_it_saves(acme):
    written = {**CALL, "cache_read_tokens": 0}
    table = one(cache_savings(price(usage(written), cost_map=acme), cost_map=acme))
    assert table["saved"] == pytest.approx(-ON_TOP, rel=1e-12)
    assert table["hit_ratio"] == 0


def test_the_long_context_band_prices_both_ways(acme):
    long = {**CALL, "prompt_tokens": 300_000, "cache_creation_tokens": 0}
    long |= {"cache_creation_5m_tokens": None, "cache_creation_1h_tokens": None}
    table = one(cache_savings(price(usage(long), cost_map=acme), cost_map=acme))
    assert table["saved_by_reads"] == pytest.approx(60_000 * (6e-6 - 6e-7), rel=1e-12)


@pytest.fixture(scope="module")
def discounted(acme_map):
    terms = CustomPricing.of(acme_map, discounts={"acme": 0.2}, margins={"global": 0.1})
    return RateCard(acme_map, terms)


def test_discounts_and_margins_are_in_every_part(discounted):
    charges = price(usage(CALL), cost_map=discounted)
    mix = one(token_mix(charges, cost_map=discounted))
    factor = 0.8 * 1.1
    assert charges["cost"][0] == pytest.approx(sum(COSTS.values()) * factor, rel=1e-12)
    assert mix["reasoning_cost"] == pytest.approx(COSTS["reasoning"] * factor, rel=1e-12)
    assert mix["other_cost"] == pytest.approx(0, abs=1e-15)
    table = one(cache_savings(charges, cost_map=discounted))
    assert table["saved"] == pytest.approx((SAVED - ON_TOP) * factor, rel=1e-12)


def test_charges_of_another_cost_map_stay_in_one_piece(acme, acme_map):
    dearer = {**acme_map.entries["acme/large"], "input_cost_per_token": 5e-6}
    from llmspend import load_cost_map

    other = load_cost_map({"acme/large": dearer})
    mix = one(token_mix(price(usage(CALL), cost_map=other), cost_map=acme))
    assert mix["strange_rows"] == 1
    assert mix["other_cost"] == mix["spend"]
    assert mix["cache_read_tokens"] == 0


@pytest.mark.parametrize(
    "call",
    [
        {"model": "acme/image", "call_type": "image_generation", "image_count": 3},
        {"model": "acme/seconds", "prompt_tokens": 9, "duration_ms": 4_000},
        {**CALL, "status": "failure", "logged_spend": 0.5},
        {**CALL, "cache_hit": True},
        {**CALL, "model": "nobody/knows"},
    ],
    ids=["image", "seconds", "failure", "cache hit", "unknown"],
)
def test_what_is_not_billed_by_tokens_has_none(acme, call):
    charges = price(usage(call), cost_map=acme)
    mix = one(token_mix(charges, cost_map=acme))
    assert mix["strange_rows"] == 0
    assert mix["cache_read_tokens"] == 0
    assert mix["other_cost"] == charges["cost"][0]
    assert one(cache_savings(charges, cost_map=acme))["saved"] == 0


@pytest.fixture(scope="module")
def many(acme):
    calls = [
        {**CALL, "team": f"t-{i % 3}", "started_at": MONDAY + timedelta(hours=5 * i)}
        for i in range(40)
    ]
    small = {"model": "acme/small", "prompt_tokens": 700, "completion_tokens": 90}
    return price(usage(*calls, small, {**CALL, "model": "x/y"}), cost_map=acme)


@pytest.mark.parametrize("every", [None, "day"])
@pytest.mark.parametrize("by", [(), "team", ("team", "model")])
def test_parts_add_up_to_the_spend_of_every_group(many, acme, by, every):
    keys = ["period"] * bool(every) + ([by] if isinstance(by, str) else list(by))
    mix = token_mix(many, by, every=every, tz="Europe/Berlin", cost_map=acme)
    spend = breakdown(many, by, every=every, tz="Europe/Berlin")
    assert mix.select(*keys, "spend", "requests").equals(spend.select(*keys, "spend", "requests"))
    costs = pl.sum_horizontal("other_cost", *(f"{part.name}_cost" for part in PARTS))
    known = mix.filter(pl.col("spend").is_not_null())
    assert known.select((costs - pl.col("spend")).abs().max()).item() < 1e-12


def test_savings_are_sorted_and_the_order_of_rows_does_not_matter(many, acme, tmp_path):
    table = cache_savings(many, "team", cost_map=acme)
    assert table["saved"].is_sorted(descending=True, nulls_last=True)
    shuffled = many.sample(fraction=1, shuffle=True, seed=3)
    assert cache_savings(shuffled.lazy(), "team", cost_map=acme).equals(table)
    many.write_parquet(tmp_path / "charges.parquet")
    assert cache_savings(tmp_path / "charges.parquet", "team", cost_map=acme).equals(table)


def test_what_is_wrong_is_said(many):
    with pytest.raises(InputError, match=r"these are not charges: the columns .*cost_source"):
        token_mix(many.drop("cost_source"))
    with pytest.raises(UnknownNameError, match="unknown dimension 'taem'"):
        cache_savings(many, "taem")


def test_nothing_comes_to_nothing(many):
    assert token_mix(many.clear(), "team").is_empty()
    table = one(cache_savings(many.clear()))
    assert table["requests"] == 0
    assert table["hit_ratio"] is None
