"""One call: LiteLLM's own names, arguments and numbers."""

from __future__ import annotations

import inspect
import math
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import polars as pl
import pytest

from llmspend import (
    CustomPricing,
    InputError,
    RateCard,
    UnknownModelError,
    completion_cost,
    cost_per_token,
    load_cost_map,
    normalize,
    overrides_of,
    price,
    register_model,
)

ACME = {
    "acme/chat": {
        "mode": "chat",
        "litellm_provider": "acme",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
        "cache_read_input_token_cost": 1e-07,
        "input_cost_per_token_flex": 5e-07,
        "input_cost_per_token_priority": 4e-06,
    },
    "acme/night": {
        "mode": "chat",
        "litellm_provider": "acme",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
        "off_peak_pricing": {"hours_utc": "22:00-06:00", "input_cost_per_token": 5e-07},
    },
    "acme/slow": {"mode": "chat", "litellm_provider": "acme", "input_cost_per_second": 0.002},
    "azure_ai/model_router": {
        "mode": "chat",
        "litellm_provider": "azure_ai",
        "input_cost_per_token": 1e-07,
        "output_cost_per_token": 0,
    },
    "azure_ai/picked": {
        "mode": "chat",
        "litellm_provider": "azure_ai",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
    },
    "medlm-acme": {
        "mode": "chat",
        "litellm_provider": "vertex_ai-language-models",
        "input_cost_per_character": 1e-06,
        "output_cost_per_character": 2e-06,
        "output_cost_per_character_above_128k_tokens": 3e-06,
    },
}
BODY = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400},
}


@pytest.fixture(scope="module")
def card():
    return RateCard(load_cost_map(ACME))


def test_counts(card):
    costs = cost_per_token("acme/chat", 1000, 100, cache_read_input_tokens=400, cost_map=card)
    assert costs == (600 * 1e-06 + 400 * 1e-07, 100 * 2e-06)
    assert cost_per_token("acme/chat", usage_object=BODY, cost_map=card) == costs
    assert completion_cost({"model": "acme/chat", "usage": BODY}, cost_map=card) == sum(costs)


def test_any_kind_of_response(card):
    as_object = SimpleNamespace(model="acme/chat", usage=SimpleNamespace(**BODY))
    expected = completion_cost({"model": "acme/chat", "usage": BODY}, cost_map=card)
    assert completion_cost(as_object, cost_map=card) == expected
    # Responses API
    responses = {
        "object": "response",
        "model": "acme/chat",
        "usage": {
            "input_tokens": 1000,
            "output_tokens": 100,
            "input_tokens_details": {"cached_tokens": 400},
        },
    }
    assert completion_cost(responses, cost_map=card) == expected


@pytest.mark.parametrize(
    ("explicit", "requested", "served", "rate"),
    [
        (None, None, None, 1e-06),
        ("flex", None, None, 5e-07),
        (None, "flex", None, 5e-07),
        (None, "flex", "default", 1e-06),
        (None, "flex", "priority", 4e-06),
        ("flex", None, "priority", 5e-07),
        ("auto", None, "flex", 5e-07),
        ("default", "flex", "flex", 1e-06),
    ],
)
def test_service_tier(card, explicit, requested, served, rate):
    usage = {"prompt_tokens": 1000, "completion_tokens": 0}
    response = {"model": "acme/chat", "usage": usage, "service_tier": served}
    options = {"optional_params": {"service_tier": requested}, "service_tier": explicit}
    assert completion_cost(response, **options, cost_map=card) == 1000 * rate
    # in the usage rather than in the response
    response = {"model": "acme/chat", "usage": usage | {"service_tier": served}}
    assert completion_cost(response, **options, cost_map=card) == 1000 * rate


def test_the_moment_of_billing(card):
    night, noon = datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)
    at = [cost_per_token("acme/night", 1000, billed_at=t, cost_map=card)[0] for t in (night, noon)]
    assert at == [1000 * 5e-07, 1000 * 1e-06]
    # now, where nobody says
    assert cost_per_token("acme/night", 1000, cost_map=card)[0] in at


def test_a_naive_moment_of_billing_is_utc_and_an_aware_one_of_any_zone():
    east = timezone(timedelta(hours=8))
    # 22:00-06:00 UTC is cheap: 23:00 UTC is 07:00 of the next day in the east
    night = [
        datetime(2026, 7, 1, 23),  # noqa: DTZ001 - naive on purpose
        datetime(2026, 7, 1, 23, tzinfo=UTC),
        datetime(2026, 7, 2, 7, tzinfo=east),
    ]
    acme = load_cost_map(ACME)
    for moment in night:
        cost = cost_per_token("acme/night", 1000, billed_at=moment, cost_map=acme)
        assert cost == (1000 * 5e-07, 0.0)
    rows = [{"model": "acme/chat", "input_cost_per_token": 3e-06, "valid_from": "2026-07-01"}]
    dated = RateCard(acme, overrides_of(rows, acme))
    response = {"model": "acme/chat", "usage": {"prompt_tokens": 1000, "completion_tokens": 0}}
    for moment in night:
        assert completion_cost(response, billed_at=moment, cost_map=dated) == 1000 * 3e-06


@pytest.mark.parametrize("count", [None, "1000", math.nan, math.inf])
def test_what_is_no_count_is_an_error(card, count):
    for counts in ((count, 1), (1, count), (count, count)):
        with pytest.raises(InputError, match="prompt_tokens and completion_tokens are counts"):
            cost_per_token("acme/chat", *counts, cost_map=card)


def test_prices_of_a_call(card):
    own = {"input_cost_per_token": 3e-06, "output_cost_per_token": 5e-06}
    given = {"custom_cost_per_token": own, "cost_map": card}
    assert cost_per_token("nobody/knows", 1000, 10, **given) == (1000 * 3e-06, 10 * 5e-06)
    body = BODY | {"prompt_tokens_details": {"cached_tokens": 400, "cache_creation_tokens": 100}}
    assert cost_per_token("nobody/knows", usage_object=body, **given)[0] == (
        500 * 3e-06 + 400 * 3e-06 + 100 * 3e-06
    )
    dear = own | {"cache_read_input_token_cost": 0.0, "cache_creation_input_token_cost": 1e-05}
    given = {"custom_cost_per_token": dear, "cost_map": card}
    assert cost_per_token("nobody/knows", usage_object=body, **given)[0] == (
        500 * 3e-06 + 400 * 0.0 + 100 * 1e-05
    )
    # LiteLLM counts the cached tokens twice where they stand beside the prompt (B9)
    beside = body | {"cache_read_input_tokens": 400, "cache_creation_input_tokens": 100}
    assert cost_per_token("nobody/knows", usage_object=beside, **given)[0] == (
        1000 * 3e-06 + 400 * 0.0 + 100 * 1e-05
    )
    timed = {"custom_cost_per_second": 0.002, "response_time_ms": 1500.0, "cost_map": card}
    assert cost_per_token("nobody/knows", 1000, **timed) == (0.0, 0.002 * 1500.0 / 1000)
    response = {"model": "nobody/knows", "usage": BODY}
    assert completion_cost(response, custom_cost_per_token=own, cost_map=card) == (
        600 * 3e-06 + 400 * 3e-06 + 100 * 5e-06
    )


def test_seconds(card):
    assert cost_per_token("acme/slow", 9, 9, 1500.0, cost_map=card) == (0.002 * 1.5, 0.0)
    response = SimpleNamespace(model="acme/slow", usage=BODY, _response_ms=2500.0)
    assert completion_cost(response, total_time=1.0, cost_map=card) == 0.002 * 2.5


def test_a_router_costs_a_fee(card):
    options = {"custom_llm_provider": "azure_ai", "cost_map": card}
    alone = cost_per_token("picked", 1000, 10, **options)
    assert alone == (1000 * 1e-06, 10 * 2e-06)
    routed = cost_per_token("picked", 1000, 10, request_model="my-model-router", **options)
    assert routed == (1000 * 1e-06 + 1000 * 1e-07, 10 * 2e-06)
    response = {"model": "picked", "usage": {"prompt_tokens": 1000, "completion_tokens": 10}}
    total = completion_cost(response, model="my-model-router", **options)
    assert total == (1000 * 1e-06 + 10 * 2e-06) + 1000 * 1e-07


def test_characters(card):
    options = {"custom_llm_provider": "vertex_ai", "vertex_location": "global", "cost_map": card}
    costs = cost_per_token(
        "medlm-acme", 1000, 100, prompt_characters=4000, completion_characters=400, **options
    )
    assert costs == (4000 * 1e-06, 400 * 2e-06)
    # a long answer is charged by its tokens, at the rate of characters: LiteLLM's own formula
    long = cost_per_token("medlm-acme", 9, 9000, completion_characters=32_001, **options)
    assert long == (0.0, 9000 * 3e-06)
    answer = {"choices": [{"message": {"content": "to be, or not"}}], "usage": BODY}
    assert completion_cost(answer | {"model": "medlm-acme"}, **options) == 10 * 2e-06


def test_discount_and_margin():
    costs = load_cost_map(ACME)
    custom = CustomPricing.of(
        costs, (), {"acme": 0.1}, {"acme": {"percentage": 0.2, "fixed_amount": 0.001}}
    )
    original = 1000 * 1e-06
    net = original - original * 0.1
    response = {"model": "acme/chat", "usage": {"prompt_tokens": 1000, "completion_tokens": 0}}
    total = completion_cost(response, cost_map=RateCard(costs, custom))
    assert total == net + (net * 0.2 + 0.001)
    usage = normalize(pl.DataFrame({"model": "acme/chat", "prompt_tokens": [1000]}))
    charge = price(usage, cost_map=RateCard(costs, custom)).row(0, named=True)
    assert charge["cost"] == total
    assert charge["discount_amount"] == original * 0.1
    assert charge["margin_amount"] == net * 0.2 + 0.001
    # what a single side costs is before both
    assert charge["input_cost"] == original


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "acme/chatt"}, "'acme/chatt'.*Nearest: 'acme/chat'"),
        ({"model": ""}, "no model to price"),
        ({"model": "x", "custom_llm_provider": "acme"}, "'x' of provider 'acme'"),
    ],
)
def test_unknown_model(card, arguments, message):
    with pytest.raises(UnknownModelError, match=message):
        cost_per_token(**arguments, prompt_tokens=5, cost_map=card)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: cost_per_token("acme/chat", custom_cost_per_token={"input_cost": 1}),
            r"unknown key 'input_cost'. Nearest: input_cost_per_token",
        ),
        (
            lambda: cost_per_token("acme/chat", custom_cost_per_token={"input_cost_per_token": 1}),
            "no 'output_cost_per_token'",
        ),
        (lambda: cost_per_token("acme/chat", call_type="send_message"), "'send_message' is not"),
        (lambda: cost_per_token("acme/chat", usage_object={"haircuts": 3}), "no known shape"),
        (completion_cost, "nothing to price"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_response_without_usage_costs_nothing(card):
    assert completion_cost({"model": "acme/chat"}, cost_map=card) == 0.0


def test_no_region_is_assumed_for_one_call():
    entry = {
        "mode": "chat",
        "litellm_provider": "vertex_ai",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
        "regional_endpoint_uplift_multiplier": 1.5,
    }
    card = RateCard(load_cost_map({"vertex_ai/far": entry}))
    options = {"custom_llm_provider": "vertex_ai", "cost_map": card}
    response = {"model": "far", "usage": {"prompt_tokens": 1000, "completion_tokens": 10}}
    for model in ("far", "vertex_ai/far"):
        assert cost_per_token(model, 1000, 10, **options) == (1000 * 1e-06, 10 * 2e-06)
    assert completion_cost(response, **options) == 1000 * 1e-06 + 10 * 2e-06
    near = cost_per_token("far", 1000, 10, vertex_location="europe-west1", **options)
    assert near == (1000 * 1e-06 * 1.5, 10 * 2e-06 * 1.5)
    # a row of a proxy's log is billed as its proxy does
    row = {"model": ["far"], "provider": ["vertex_ai"], "prompt_tokens": [1000]}
    charge = price(pl.DataFrame(row), cost_map=card).row(0, named=True)
    assert (charge["cost"], charge["quirks"]) == (1000 * 1e-06 * 1.5, ["location_assumed"])


# -- the arguments of LiteLLM's functions

LITELLM = {
    cost_per_token: (
        "model prompt_tokens completion_tokens response_time_ms custom_llm_provider region_name "
        "prompt_characters completion_characters cache_creation_input_tokens "
        "cache_read_input_tokens custom_cost_per_token custom_cost_per_second number_of_queries "
        "usage_object rerank_billed_units call_type audio_transcription_file_duration service_tier "
        "data_residency vertex_location response request_model custom_model_info bedrock_model_info"
    ),
    completion_cost: (
        "completion_response model prompt messages completion total_time call_type "
        "custom_llm_provider region_name size quality n custom_cost_per_token "
        "custom_cost_per_second optional_params custom_pricing base_model "
        "standard_built_in_tools_params litellm_model_name router_model_id litellm_logging_obj "
        "service_tier data_residency vertex_location"
    ),
    register_model: ("model_cost persist_across_reloads warning_display_name custom_llm_provider"),
}
"""The parameters of LiteLLM 1.106.2's functions of these names, in order."""


@pytest.mark.parametrize("function", LITELLM, ids=lambda f: f.__name__)
def test_the_arguments_are_litellms(function):
    ours = inspect.signature(function).parameters
    assert list(ours)[: len(LITELLM[function].split())] == LITELLM[function].split()


def test_what_only_litellm_has_is_refused(card):
    with pytest.raises(InputError, match="litellm_logging_obj= is an object of LiteLLM's own"):
        completion_cost({"model": "acme/chat"}, litellm_logging_obj=object(), cost_map=card)
    with pytest.raises(InputError, match="bedrock_model_info="):
        cost_per_token("acme/chat", bedrock_model_info={}, cost_map=card)


def test_custom_pricing_is_that_of_the_deployment():
    own = {"mode": "chat", "input_cost_per_token": 7e-06, "output_cost_per_token": 0.0}
    costs = load_cost_map(ACME | {"dep-1": own})
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "cost": 0.5}
    response = {"model": "acme/chat", "usage": usage}
    options = {"custom_llm_provider": "acme", "router_model_id": "dep-1", "cost_map": costs}
    assert completion_cost(response, custom_pricing=True, **options) == 1000 * 7e-06
    assert completion_cost(response, **options) == 1000 * 1e-06 + 10 * 2e-06


def test_discount_and_margin_on_prices_of_the_call():
    costs = load_cost_map(ACME)
    custom = CustomPricing.of(costs, (), {"acme": 0.1}, {"acme": 0.2})
    options = {"custom_llm_provider": "acme", "cost_map": RateCard(costs, custom)}
    response = {"model": "acme/chat", "usage": {"prompt_tokens": 1000, "completion_tokens": 10}}
    own = {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    total = completion_cost(response, custom_cost_per_token=own, **options)
    # 0.00102 less a tenth, and a fifth on top
    assert total == pytest.approx(0.00102 * 0.9 * 1.2, abs=1e-15)
    total = completion_cost(response, custom_cost_per_second=0.5, total_time=1500, **options)
    assert total == pytest.approx(0.75 * 0.9 * 1.2, abs=1e-12)
    # the sides are before both
    assert cost_per_token("acme/chat", 1000, 10, custom_cost_per_token=own, **options) == (
        1000 * 1e-06,
        10 * 2e-06,
    )


@pytest.mark.parametrize(
    ("model", "options"),
    [
        # who was asked for is no name of what was called, unless it is a router
        ("nope", {"request_model": "acme/chat"}),
        # nor has it a price where only the time it ran has one
        ("replicate/foo/bar", {"response_time_ms": 2000.0}),
        ("replicate/foo/bar", {}),
    ],
)
def test_names_that_have_no_price_per_token(card, model, options):
    with pytest.raises(UnknownModelError):
        cost_per_token(model, 1000, 50, **options, cost_map=card)


def test_tokens_of_a_call_that_makes_images(card):
    costs = cost_per_token("acme/chat", 1000, 10, call_type="image_generation", cost_map=card)
    assert costs == (1000 * 1e-06, 10 * 2e-06)
