"""Overrides at work: what they inherit, whom they price, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspend import RateCard, load_cost_map, price
from llmspend.config import load_config
from llmspend.custom_pricing import CustomPricing, complete_deployment
from llmspend.overrides import overrides_of
from llmspend.price_choice import Chooser, chooser_of, fits
from tests.own_prices import IN, OUT, charge_own, price_own, rate_of, rows_of

USED = {"prompt_tokens": 1000, "completion_tokens": 100}
SMALL = {"model": "acme/small", "provider": "acme", **USED}


# -- what a row inherits


def test_a_model_keeps_what_is_not_overridden(acme_map):
    entry = overrides_of({"acme/large": {IN: 1e-07}}, acme_map).deployments["overrides row 1"].entry
    before = {k: v for k, v in acme_map.entries["acme/large"].items() if k != "litellm_provider"}
    assert entry == before | {IN: 1e-07}


def test_a_model_may_have_its_cache_price_changed_alone(acme_map):
    own = overrides_of({"acme/large": {"cache_read_input_token_cost": 1e-09}}, acme_map)
    used = {"prompt_tokens": 1000, "cache_read_tokens": 1000}
    assert charge_own(RateCard(acme_map, own), model="acme/large", **used)[0] == 1000 * 1e-09


@pytest.mark.parametrize(
    ("whom", "inherits"),
    [
        ({"model_group": "gold", "model": "acme/large"}, True),
        ({"model_group": "gold", "base_model": "acme/large"}, True),
        ({"model_group": "gold"}, False),
        ({"model_group": "configured"}, True),
        ({"model_id": "dep"}, True),
        ({"model_id": "other"}, False),
    ],
)
def test_a_public_name_inherits_as_a_deployment(acme_map, tmp_path, whom, inherits):
    config = {
        "model_name": "configured",
        "litellm_params": {"model": "acme/large"},
        "model_info": {"id": "dep"},
    }
    (tmp_path / "c.yaml").write_text(json.dumps({"model_list": [config]}), "utf-8")
    over = load_config(tmp_path / "c.yaml", cost_map=acme_map)
    own = overrides_of([{**whom, IN: 1e-07}], acme_map, over)
    expected = {IN: 1e-07}
    if inherits:
        large = acme_map.entries["acme/large"]
        names = ("cache_read_input_token_cost", "cache_creation_input_token_cost")
        tiers = ("input_cost_per_token_flex", "output_cost_per_token_flex")
        long = (
            "cache_creation_input_token_cost_above_1hr",
            "cache_read_input_token_cost_above_200k_tokens",
        )
        batches = ("input_cost_per_token_batches", "output_cost_per_token_batches")
        expected |= {k: large[k] for k in (*names, *tiers, *long)}
        assert not set(batches) & own.deployments["overrides row 1"].entry.keys()
    assert own.deployments["overrides row 1"].entry == expected
    assert own.deployments["dep"] == over.deployments["dep"]


# -- which rule wins

CONFIG = {
    "model_list": [
        {
            "model_name": "paid",
            "litellm_params": {"model": "acme/small"},
            "model_info": {"id": "paid-1", IN: 2e-09},
        },
        {
            "model_name": "based",
            "litellm_params": {"model": "acme/mine"},
            "model_info": {"id": "based-1", "base_model": "acme/large"},
        },
    ]
}
RULES = (
    # overrides, names, what prices them
    ([], {"model_id": "paid-1"}, "paid-1"),
    ([], {"model_id": "based-1"}, "acme/large"),
    ([], {"model": "acme/small"}, "acme/small"),
    ([], {"model": "acme/unknown"}, None),
    # nobody says what was asked for, but the model tells
    ([], {"model": "acme/small", "model_group": None}, "paid-1"),
    ([], {"model": "paid", "model_group": None}, "paid-1"),
    ([{"model_id": "paid-1"}], {"model_id": "paid-1"}, "overrides row 1"),
    ([{"model_group": "paid"}], {"model_id": "paid-1"}, "overrides row 1"),
    ([{"model_group": "paid"}, {"model_id": "paid-1"}], {"model_id": "paid-1"}, "overrides row 2"),
    (
        [{"model_group": "paid"}, {"model_group": "paid", "model": "acme/small"}],
        {"model_id": "paid-1"},
        "overrides row 2",
    ),
    ([{"model_group": "paid", "model": "acme/large"}], {"model_id": "paid-1"}, "paid-1"),
    # a deployment's own price is not the model's
    ([{"model": "acme/small"}], {"model_id": "paid-1"}, "paid-1"),
    ([{"model": "acme/small"}], {"model_id": "else"}, "overrides row 1"),
    ([{"model": "acme/small"}], {"model": "SMALL", "provider": "acme"}, "overrides row 1"),
    ([{"model": "acme/small"}], {"model": "acme/small-2031-01-01"}, "overrides row 1"),
    ([{"model": "acme/small"}], {"model": "x", "response_model": "acme/small"}, "overrides row 1"),
    # base_model leads to an entry that is overridden
    ([{"model": "acme/large"}], {"model_id": "based-1"}, "overrides row 1"),
    ([{"model": "acme/large"}], {"base_model": "acme/large"}, "overrides row 1"),
    # nobody knows the model but the override
    ([{"model": "acme/unknown"}], {"model": "acme/unknown"}, "overrides row 1"),
    ([{"model": "acme/unknown"}], {"model": "unknown", "provider": "acme"}, "overrides row 1"),
    ([{"model": "acme/unknown"}], {"model": "acme/unknown-2"}, None),
    ([{"model_group": "gold"}], {"model": "gold", "model_group": None}, "overrides row 1"),
    ([{"model_group": "gold"}], {"model_group": "gold", "model": None}, "overrides row 1"),
    (
        [{"model_group": "gold", "base_model": "acme/large"}],
        {"model_group": "gold"},
        "overrides row 1",
    ),
)


@pytest.mark.parametrize(("rows", "names", "key"), RULES)
def test_which_rule_wins(acme_map, tmp_path, rows, names, key):
    (tmp_path / "c.yaml").write_text(json.dumps(CONFIG), "utf-8")
    over = load_config(tmp_path / "c.yaml", cost_map=acme_map)
    own = overrides_of([{IN: 1e-09, OUT: 1e-09, **row} for row in rows], acme_map, over)
    card = RateCard(acme_map, own)
    known = {"paid-1": "paid", "based-1": "based"}
    group = known.get(names.get("model_id"), "other")
    called = "acme/mine" if group == "based" else "acme/small"
    usage = {"model": called, "model_group": group, **names, **USED}
    charges = price_own(rows_of(usage), card)
    assert charges["cost_map_key"][0] == key
    assert charges["issue"][0] == ("unknown_model" if key is None else None)
    assert charge_own(card, **usage) == (charges["cost"][0], key)


def test_a_row_may_say_a_base_model_alone(acme_map):
    own = overrides_of([{"model_group": "gold", "base_model": "acme/large"}], acme_map)
    used = {"model": "my-deployment", "model_group": "gold", "prompt_tokens": 1}
    assert charge_own(RateCard(acme_map, own), **used) == (3e-06, "acme/large")


def test_an_override_tells_nobody_else_anything(acme_map):
    own = overrides_of([{"model_group": "gold", "model": "acme/unknown", IN: 1}], acme_map)
    assert charge_own(RateCard(acme_map, own), model="acme/unknown", model_group="x") == (
        None,
        None,
    )


def test_prices_of_plain_custom_pricing_are_found_by_id(acme_map):
    mine = complete_deployment(acme_map, {"model": "acme/small", IN: 1e-09}, {"id": "mine"})
    plain = CustomPricing.of(acme_map, [mine])
    card = RateCard(acme_map, plain)
    assert not Chooser(card).changes_anything
    assert rate_of(card, model="acme/small", model_id="mine") == (1e-09, "mine")
    both = RateCard(acme_map, overrides_of({"acme/large": {IN: 1}}, acme_map, plain))
    assert rate_of(both, model="acme/small", model_id="mine") == (1e-09, "mine")
    assert rate_of(both, model="acme/small", model_id="overrides row 1") == (1e-06, "acme/small")
    assert chooser_of(both) is chooser_of(both)


def test_prices_read_twice_have_names_of_their_own(acme_map):
    first = overrides_of({"acme/small": {IN: 1}}, acme_map)
    second = overrides_of({"acme/large": {IN: 2}}, acme_map, first)
    third = overrides_of({"acme/embed": {IN: 3}}, acme_map, second)
    assert list(third.deployments) == [
        "overrides row 1",
        "overrides (2) row 1",
        "overrides (3) row 1",
    ]
    assert repr(third) == (
        "<OwnPricing: 0 deployments · 3 overrides (0 dated) · 0 discounts · 0 margins>"
    )


# -- when


CONTRACT = [
    {"model": "acme/small", IN: 1e-09, "valid_from": "2026-03-01", "valid_to": "2026-03-31"},
    {
        "model": "acme/small",
        IN: 2e-09,
        "valid_from": "2026-04-01T00:00Z",
        "valid_to": "2026-05-01T00:00Z",
    },
    {"model_group": "gold", IN: 3e-09, "valid_from": "2026-03-15T06:00"},
]


@pytest.mark.parametrize(
    ("when", "group", "rate"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, 999999, UTC), None, 1e-06),
        (datetime(2026, 3, 1, tzinfo=UTC), None, 1e-09),
        (datetime(2026, 3, 31, 23, 59, 59, 999999, UTC), None, 1e-09),
        (datetime(2026, 4, 1, tzinfo=UTC), None, 2e-09),
        (datetime(2026, 5, 1, tzinfo=UTC), None, 1e-06),
        (datetime(2026, 3, 15, 5, 59, 59, tzinfo=UTC), "gold", 1e-09),
        (datetime(2026, 3, 15, 6, tzinfo=UTC), "gold", 3e-09),
        (datetime(2036, 3, 15, 6, tzinfo=UTC), "gold", 3e-09),
        (None, None, 1e-06),
        (None, "gold", 1e-06),
    ],
)
@pytest.mark.parametrize("column", ["ended_at", "started_at"])
def test_a_contract_prices_its_own_days(acme_map, when, group, rate, column):
    card = RateCard(acme_map, overrides_of(CONTRACT, acme_map))
    usage = {"model": "acme/small", "model_group": group, column: when, "prompt_tokens": 1}
    assert charge_own(card, **usage)[0] == rate
    assert price_own(rows_of(usage), card)["cost"][0] == rate


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["acme/small", "acme/large", "small", "nobody/x", None]),
            st.sampled_from(["gold", "silver", None]),
            st.sampled_from(["paid-1", "x", None]),
            st.none() | st.datetimes(datetime(2026, 2, 1), datetime(2026, 6, 1)),  # noqa: DTZ001
        ),
        min_size=1,
        max_size=30,
    )
)
def test_bulk_equals_one_call_and_order_stays(calls):
    costs = load_cost_map(
        {
            "acme/small": {"litellm_provider": "acme", IN: 1e-06},
            "acme/large": {"litellm_provider": "acme", IN: 3e-06},
        }
    )
    card = RateCard(costs, overrides_of(CONTRACT, costs))
    usages = [
        {
            "request_id": str(i),
            "model": model,
            "model_group": group,
            "model_id": model_id,
            "ended_at": when and when.replace(tzinfo=UTC),
            "prompt_tokens": 7,
        }
        for i, (model, group, model_id, when) in enumerate(calls)
    ]
    frame = rows_of(*usages)
    charges = price_own(frame.lazy(), card).collect(engine="streaming")
    assert charges["request_id"].to_list() == frame["request_id"].to_list()
    assert charges["model_id"].to_list() == frame["model_id"].to_list()
    alone = [charge_own(card, **usage) for usage in usages]
    assert list(zip(charges["cost"], charges["cost_map_key"], strict=True)) == alone
    halves = [
        price_own(part, card) for part in (frame[: len(calls) // 2], frame[len(calls) // 2 :])
    ]
    assert pl.concat([h for h in halves if h.height]).equals(charges)


def test_without_prices_of_ones_own_nothing_changes(acme, acme_map):
    usage = rows_of(SMALL, {"model": "x"}, SMALL | {"model_id": "y"})
    card = RateCard(acme_map, overrides_of([], acme_map))
    assert price_own(usage, card).equals(price(usage, cost_map=acme))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("a*c", "abc", True),
        ("a*", "a\nb", True),
        ("a*c", "abd", False),
        ("(a)*", "a", False),
        ("*", None, False),
    ],
)
def test_patterns(pattern, text, expected):
    assert fits(pattern, text) is expected
