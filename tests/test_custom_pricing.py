"""Prices of one's own: what a deployment inherits, what registering changes, what a proxy adds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmspend import CostMapError, InputError, UnknownNameError, load_cost_map
from llmspend.custom_pricing import (
    INHERITANCES,
    PRICE_FIELDS,
    CustomPricing,
    complete_deployment,
    entries_with,
    register,
    register_call_prices,
)
from llmspend.meters import MULTIPLIER_KEYS, UNUSED_STEMS, parse_rate_key

RANGES = [{"range": [0, 9], "input_cost_per_token": 1e-06}]
BOTH = [{"range": [0, 9], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}]
NIGHT = {"hours_utc": "00:00-06:00", "input_cost_per_token": 1e-09}

SMALL = {
    "litellm_provider": "acme",
    "mode": "chat",
    "input_cost_per_token": 3e-06,
    "output_cost_per_token": 15e-06,
    "cache_read_input_token_cost": 3e-07,
    "cache_creation_input_token_cost": 3.75e-06,
    "input_cost_per_token_flex": 1.5e-06,
    "output_cost_per_token_flex": 7.5e-06,
    "input_cost_per_token_above_200k_tokens": 6e-06,
    "input_cost_per_token_batches": 1.4e-06,
}
CACHE = {"cache_read_input_token_cost": 3e-07, "cache_creation_input_token_cost": 3.75e-06}
FLEX = {"input_cost_per_token_flex": 1.5e-06, "output_cost_per_token_flex": 7.5e-06}

COSTS = replace(
    load_cost_map(
        {
            "acme/small": SMALL,
            "acme/other": {"litellm_provider": "acme", "cache_read_input_token_cost": 9e-07},
            "acme/ranges": {"litellm_provider": "acme", "output_cost_per_token": 0.0},
            "acme/answers": {"litellm_provider": "acme", "mode": "responses"},
        }
    ),
    providers=frozenset({"acme", "nobody"}),
)


def deployment(params, info=None, model="acme/small"):
    return complete_deployment(COSTS, {"model": model, **params}, {"id": "mine", **(info or {})})


def test_price_fields_are_litellms_and_every_one_is_understood():
    assert len(PRICE_FIELDS) == 129
    others = {"tiered_pricing", "output_vector_size", *MULTIPLIER_KEYS, *UNUSED_STEMS}
    unread = {key for key in PRICE_FIELDS - others if parse_rate_key(key) is None}
    # of speech, which has no meter yet
    assert unread == {"output_cost_per_audio_per_second"}


# -- deployments

INHERITED = (
    # stated, taken over from acme/small
    ({"input_cost_per_token": 1e-06}, CACHE | FLEX),
    ({"output_cost_per_token": 1e-06}, FLEX),
    ({"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}, CACHE | FLEX),
    (
        {"input_cost_per_token": 1e-06, "cache_read_input_token_cost": 0.0},
        {"cache_creation_input_token_cost": 3.75e-06} | FLEX,
    ),
    (
        {"input_cost_per_token": 1e-06, "input_cost_per_token_flex": 5e-07},
        CACHE | {"output_cost_per_token_flex": 7.5e-06},
    ),
    ({"input_cost_per_second": 0.001}, {}),
    ({"cache_read_input_token_cost": 1e-08}, {}),
    ({"tiered_pricing": RANGES}, {"output_cost_per_token": 15e-06}),
    ({"tiered_pricing": BOTH}, {}),
    ({"tiered_pricing": RANGES, "output_cost_per_token": 1e-06}, FLEX),
    ({}, {}),
)


@pytest.mark.parametrize(("stated", "inherited"), INHERITED)
def test_a_deployment_inherits(stated, inherited):
    assert deployment(stated).entry == stated | inherited
    # it is the same where the prices stand beside the id
    assert deployment({}, stated).entry == stated | inherited


def test_off_peak_hours_alone_take_over_the_whole_entry():
    assert deployment({}, {"off_peak_pricing": NIGHT}).entry == SMALL | {"off_peak_pricing": NIGHT}
    stated = {"off_peak_pricing": NIGHT, "input_cost_per_second": 0.001}
    assert deployment({}, stated).entry == stated


def test_every_inheritance_is_exercised():
    copied = [key for _, inherited in INHERITED for key in inherited] + list(SMALL)
    for row in INHERITANCES:
        assert any(row.copies.fullmatch(key) for key in copied), row.why


def test_a_price_of_zero_is_no_output_price_for_ranges():
    assert deployment({"tiered_pricing": RANGES}, model="acme/ranges").entry == {
        "tiered_pricing": RANGES
    }


@pytest.mark.parametrize(
    ("params", "info", "inherits_from", "priced_by"),
    [
        ({}, {"base_model": "acme/other"}, 9e-07, "acme/other"),
        ({"base_model": "acme/other"}, {}, 9e-07, "acme/other"),
        ({"base_model": "acme/small"}, {"base_model": "acme/other"}, 9e-07, "acme/small"),
        ({"base_model": "acme/gone"}, {}, None, "acme/gone"),
        ({"model": "small", "custom_llm_provider": "acme"}, {}, 3e-07, None),
        ({"model": "ACME/small"}, {}, 3e-07, None),
        ({"model": "acme/gone"}, {}, None, None),
        ({}, {"base_model": 5}, 3e-07, None),
        ({"model": "acme/small-2031-01-01"}, {}, 3e-07, None),
    ],
)
def test_which_model_it_inherits_from_and_is_priced_by(params, info, inherits_from, priced_by):
    found = deployment({"input_cost_per_token": 1e-06, **params}, info)
    assert found.entry.get("cache_read_input_token_cost") == inherits_from
    assert found.base_model == priced_by


@pytest.mark.parametrize(
    ("params", "info", "is_custom", "prices_anything"),
    [
        ({"input_cost_per_token": 0.0}, {}, True, True),
        ({}, {"output_cost_per_token": 1e-06}, True, True),
        ({"cost_per_second": 0.1}, {}, True, True),
        ({"cache_read_input_token_cost": 1e-08}, {}, True, False),
        ({"output_cost_per_image": 0.1}, {}, True, False),
        ({}, {"off_peak_pricing": NIGHT}, True, True),
        ({"off_peak_pricing": NIGHT}, {}, False, False),
        ({"input_cost_per_token": None}, {}, False, False),
        ({"input_cost_per_token_above_300k_tokens": 1e-06}, {}, False, False),
        ({}, {"input_cost_per_token_above_300k_tokens": 1e-06}, False, True),
        ({}, {"base_model": "acme/other"}, False, False),
    ],
)
def test_when_a_deployment_has_its_own_price(params, info, is_custom, prices_anything):
    found = deployment(params, info)
    assert (found.is_custom, found.prices_anything) == (is_custom, prices_anything)
    assert found.has_own_price is (is_custom and prices_anything)


def test_text_is_a_number_or_an_error_that_names_everything():
    assert deployment({"input_cost_per_second": "3e-7"}).entry == {"input_cost_per_second": 3e-07}
    for value in ("cheap", "-1", "nan", True):
        with pytest.raises(CostMapError, match=r"'mine', key 'input_cost_per_token': ") as error:
            deployment({"input_cost_per_token": value})
        assert repr(value) in str(error.value)


@pytest.mark.parametrize("params", [{"model": None}, {"model": ""}, {"model": 5}])
def test_a_deployment_has_a_model_and_an_id(params):
    with pytest.raises(InputError, match="'mine' has no model"):
        deployment(params)
    with pytest.raises(InputError, match="'acme/small' has no id"):
        complete_deployment(COSTS, {"model": "acme/small"})
    assert complete_deployment(COSTS, {"model": "acme/small"}, {"id": 7}).model_id == "7"


def test_nothing_but_facts_of_the_model_is_kept():
    found = deployment(
        {"api_key": "sk-1234", "input_cost_per_second": 1.0, "input_cost_per_tokens": 1.0},
        {"team_id": "t1", "cost_center": "R&D", "mode": "chat", "supports_vision": True},
    )
    assert found.shared_entry == {"mode": "chat", "supports_vision": True}
    assert found.entry == found.shared_entry | {"input_cost_per_second": 1.0}
    assert found.unread_keys == ("input_cost_per_tokens",)
    assert deployment({"off_peak_pricing": NIGHT}).unread_keys == ("off_peak_pricing",)


# -- registering


@pytest.mark.parametrize(
    ("key", "entry", "changed", "expected"),
    [
        # a known name, however it is spelt: the fields that are given
        ("acme/small", {"mode": "x"}, "acme/small", SMALL | {"mode": "x"}),
        ("ACME/SMALL", {"mode": "x"}, "acme/small", SMALL | {"mode": "x"}),
        ("acme/small-2031-01-01", {"mode": "x"}, "acme/small", SMALL | {"mode": "x"}),
        ("acme/small", {"mode": None}, "acme/small", SMALL),
        (
            "acme/small",
            {"input_cost_per_token": "9e-6"},
            "acme/small",
            SMALL | {"input_cost_per_token": 9e-06},
        ),
        # a new one, with the cache prices of what it is another spelling of
        ("acme/new", {"mode": "x"}, "acme/new", {"mode": "x"}),
        ("us.acme/small", {"mode": "x"}, "us.acme/small", CACHE | {"mode": "x"}),
        ("nobody/acme/small", {}, "nobody/acme/small", CACHE),
        (
            "nobody/acme/small",
            {"cache_read_input_token_cost": 0.0},
            "nobody/acme/small",
            CACHE | {"cache_read_input_token_cost": 0.0},
        ),
    ],
)
def test_registering(key, entry, changed, expected):
    before = {k: dict(v) for k, v in COSTS.entries.items()}
    registered = register(COSTS, {key: entry})
    assert registered.entries == before | {changed: expected}
    assert COSTS.entries == before
    assert registered.providers == COSTS.providers


def test_objects_are_merged_and_later_entries_see_earlier_ones():
    search = {"search_context_cost_per_query": {"search_context_size_low": 0.1}}
    more = {"search_context_cost_per_query": {"search_context_size_high": 0.2}}
    registered = register(COSTS, {"new": search, "NEW": more})
    assert registered.entries["new"]["search_context_cost_per_query"] == {
        "search_context_size_low": 0.1,
        "search_context_size_high": 0.2,
    }
    assert len(registered) == len(COSTS) + 1


def test_a_registered_map_says_so():
    one = register(COSTS, {"acme/new": {"mode": "chat"}})
    two = register(COSTS, {"acme/new": {"mode": "chat"}, "acme/b": {}})
    assert one.source == f"{COSTS.source}, 1 entry registered"
    assert two.source == f"{COSTS.source}, 2 entries registered"
    assert len({COSTS.sha256, one.sha256, two.sha256}) == 3
    assert register(COSTS, {"acme/new": {"mode": "chat"}}).sha256 == one.sha256
    assert register(COSTS, {}) is COSTS
    with pytest.raises(CostMapError, match="entry 'acme/new', key 'cost_per_second': 'x'"):
        register(COSTS, {"acme/new": {"cost_per_second": "x"}})


@pytest.mark.parametrize(
    ("prices", "is_heeded"),
    [
        ({"input_cost_per_token": 1e-06}, False),
        ({"input_cost_per_token": 1e-06, "output_cost_per_token": None}, False),
        ({"cache_read_input_token_cost": 1e-06}, False),
        ({"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}, True),
        ({"output_cost_per_second": 0.1}, True),
        ({"cost_per_second": 0.1, "cache_read_input_token_cost": 1e-06}, True),
    ],
)
def test_prices_of_one_call(prices, is_heeded):
    costs = register_call_prices(COSTS, "acme", "small", prices)
    assert (costs is not COSTS) == is_heeded
    assert costs.entries["acme/small"] == (SMALL | prices if is_heeded else SMALL)
    new = register_call_prices(COSTS, "nobody", "new", prices).entries.get("nobody/new")
    assert new == ({"litellm_provider": "nobody", **prices} if is_heeded else None)


def test_a_misspelt_price_of_a_call_is_an_error():
    with pytest.raises(UnknownNameError, match="Nearest: 'input_cost_per_token'"):
        register_call_prices(COSTS, "acme", "small", {"input_cost_per_tokn": 1e-06})


# -- what a proxy bills by


def test_deployments_are_laid_over_the_map():
    own = deployment({"input_cost_per_second": 1.0}, {"id": "own"})
    unknown = deployment({"input_cost_per_second": 2.0}, {"id": "unknown"}, model="acme/mine")
    entries = entries_with(COSTS, CustomPricing.of(COSTS, [own, unknown]))
    assert entries == COSTS.entries | {
        "own": {"input_cost_per_second": 1.0},
        "unknown": {"input_cost_per_second": 2.0},
        "acme/mine": {},  # priced by its name, it costs nothing, rather than being unknown
    }
    assert "own" not in COSTS.entries


def test_as_in_litellm_an_id_that_is_a_model_changes_it():
    own = deployment({"input_cost_per_second": 1.0}, {"id": "acme/other"})
    entries = entries_with(COSTS, CustomPricing.of(COSTS, [own]))
    assert entries["acme/other"] == COSTS.entries["acme/other"] | {"input_cost_per_second": 1.0}


@pytest.mark.parametrize(
    ("model", "mode", "key", "expected"),
    [
        ("acme/small", "responses", "acme/small", "responses"),
        ("acme/answers", "chat", "acme/answers", "responses"),
        ("acme/responses/small", "embedding", "acme/small", "embedding"),
        ("acme/small", None, "acme/small", "chat"),
    ],
)
def test_a_deployment_says_its_mode_for_all_of_its_model(model, mode, key, expected):
    custom = CustomPricing.of(COSTS, [deployment({}, {"mode": mode}, model=model)])
    assert entries_with(COSTS, custom)[key]["mode"] == expected


@pytest.mark.parametrize(
    ("discounts", "margins", "provider", "expected"),
    [
        ({}, {}, "acme", (0, 0, 0)),
        ({"acme": 0.05}, {}, "acme", (0.05, 0, 0)),
        ({"acme": "0.05"}, {}, None, (0, 0, 0)),
        ({}, {"global": 0.1}, "acme", (0, 0.1, 0)),
        ({}, {"global": 0.1}, None, (0, 0.1, 0)),
        ({}, {"global": 0.1, "acme": {"fixed_amount": 1}}, "acme", (0, 0, 1)),
        ({}, {"acme": {"percentage": 0.2, "fixed_amount": "0.001"}}, "acme", (0, 0.2, 0.001)),
        ({}, {"acme": 0.3}, "nobody", (0, 0, 0)),
    ],
)
def test_terms(discounts, margins, provider, expected):
    custom = CustomPricing.of(COSTS, discounts=discounts, margins=margins)
    assert custom.terms(provider) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"discounts": {"acmee": 0.1}}, "unknown provider 'acmee'. Nearest: 'acme'"),
        ({"discounts": {"global": 0.1}}, "unknown provider 'global'"),
        ({"discounts": {"acme": 5}}, "discount of provider 'acme': 5 is not a number from 0 to 1"),
        ({"discounts": {"acme": True}}, "discount of provider 'acme': True"),
        ({"margins": {"acme": -0.1}}, "percentage of provider 'acme': -0.1"),
        ({"margins": {"acme": "much"}}, "percentage of provider 'acme': 'much'"),
        ({"margins": {"acme": {}}}, "margin of provider 'acme': empty"),
        ({"margins": {"acme": {"percentage": 11}}}, "11 is not a number from 0 to 10"),
        ({"margins": {"acme": {"fixed_amount": -1}}}, "fixed_amount of provider 'acme': -1"),
        ({"margins": {"acme": {"percent": 0.1}}}, "'acme' 'percent'. Nearest: 'percentage'"),
        ({"deployments": [deployment({}), deployment({})]}, "two deployments have the id 'mine'"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(InputError) as error:
        CustomPricing.of(COSTS, **settings)
    assert message in str(error.value)
