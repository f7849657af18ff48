"""Why a request costs what it costs: which rates and why, which names, whose prices."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from types import SimpleNamespace

import polars as pl
import pytest
from rich.console import Console

from llmspend import (
    CustomPricing,
    InputError,
    RateCard,
    UnknownNameError,
    complete_deployment,
    completion_cost,
    cost_per_token,
    load_cost_map,
    normalize,
    price,
)
from llmspend.explain_calls import explain, pick_row
from llmspend.explanation_view import sections
from llmspend.terminal_explain import show_explanation
from tests.explanations import NOON, added_up

ACME = {
    "acme/chat": {
        "litellm_provider": "acme",
        "mode": "chat",
        "input_cost_per_token": 2e-06,
        "output_cost_per_token": 8e-06,
        "cache_read_input_token_cost": 5e-07,
        "input_cost_per_token_flex": 1e-06,
        "input_cost_per_token_above_200k_tokens": 4e-06,
        "off_peak_pricing": {"hours_utc": "22:00-06:00", "output_cost_per_token": 3e-06},
    },
    "acme/ranges": {
        "litellm_provider": "acme",
        "mode": "chat",
        "tiered_pricing": [
            {"range": [0, 1000], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
            {"range": [1000, 9000], "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06},
        ],
    },
    "acme/slow": {"litellm_provider": "acme", "mode": "chat", "input_cost_per_second": 0.00042},
    "acme/free": {
        "litellm_provider": "acme",
        "mode": "chat",
        "input_cost_per_token": 0.0,
        "output_cost_per_token": 1e-06,
    },
}
MIDNIGHT = datetime(2026, 7, 1, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def card():
    return RateCard(load_cost_map(ACME))


ORIGINS = [
    # usage, meter, key, why
    ({}, "input_tokens", "input_cost_per_token", "its own rate"),
    (
        {},
        "cache_creation_1h_tokens",
        "input_cost_per_token",
        "no rate of its own: the rate of input_tokens",
    ),
    ({}, "queries", "", "the entry has no rate for it"),
    ({"service_tier": "flex"}, "input_tokens", "input_cost_per_token_flex", "its own rate"),
    (
        {"service_tier": "flex"},
        "output_tokens",
        "output_cost_per_token",
        "no rate for flex: the standard one",
    ),
    (
        {"prompt_tokens": 200_001, "service_tier": "flex"},
        "input_tokens",
        "input_cost_per_token_above_200k_tokens",
        "no rate for flex: the standard one; the prompt is above 200,000 tokens",
    ),
    (
        {"ended_at": MIDNIGHT},
        "output_tokens",
        "off_peak_pricing.output_cost_per_token",
        "off-peak hours",
    ),
    (
        {"call_type": "aretrieve_batch"},
        "input_tokens",
        "0.5 × input_cost_per_token",
        "no rate for batches: the standard one; 0.5 of it",
    ),
    (
        {"model": "acme/ranges", "prompt_tokens": 1001},
        "cache_read_tokens",
        "tiered_pricing[1].input_cost_per_token",
        "the range of the prompt's length; no rate of its own: the rate of input_tokens",
    ),
    (
        {"model": "acme/slow", "duration_ms": 5000.0},
        "request_seconds",
        "input_cost_per_second",
        "its own rate",
    ),
    (
        {"model": "acme/free"},
        "cache_read_tokens",
        "input_cost_per_token",
        "no rate of its own: the rate of input_tokens",
    ),
]


@pytest.mark.parametrize(("usage", "meter", "key", "why"), ORIGINS)
def test_where_a_rate_comes_from(card, usage, meter, key, why):
    row = {"model": "acme/chat", "prompt_tokens": 10, "completion_tokens": 1} | usage
    (rate,) = (r for r in explain(row, cost_map=card).rates if r["meter"] == meter)
    assert (rate["key"], rate["why"]) == (key, why)
    assert rate["source"] == ("cost map" if key else "")


def test_a_ratio_of_rates_when_the_published_rule_applies():
    row = {"model": "acme/chat", "prompt_tokens": 300_000, "service_tier": "flex"}
    why = explain(row, cost_map=load_cost_map(ACME), quirks="published")
    (part,) = why.parts
    assert part.key == (
        "input_cost_per_token_flex × input_cost_per_token_above_200k_tokens ÷ input_cost_per_token"
    )
    assert part.rate == 2e-06
    assert why.cost == 300_000 * 2e-06


def test_what_chose_the_row_of_rates(card):
    row = {"model": "acme/chat", "prompt_tokens": 300_000, "service_tier": "flex"}
    row |= {"served_service_tier": "default", "ended_at": MIDNIGHT}
    facts = explain(row, cost_map=card).rate_row
    assert facts["entry"] == "acme/chat"
    assert (facts["requested_tier"], facts["served_tier"]) == ("flex", "default")
    assert facts["billed_tier"] == "standard"
    assert (facts["context_from"], facts["context_to"]) == (200_001, None)
    assert facts["off_peak"] == "open"
    assert facts["is_batch"] is False
    below = explain(row | {"prompt_tokens": 5, "ended_at": NOON}, cost_map=card).rate_row
    assert (below["context_from"], below["context_to"], below["off_peak"]) == (0, 200_000, "closed")
    quirky = explain(row | {"served_service_tier": None}, cost_map=card)
    assert quirky.rate_row["quirks"] == ["tier_lost_in_long_context"]


def test_which_names_were_looked_for(card):
    row = {"model": "chat-2031-01-01", "provider": "acme", "prompt_tokens": 10}
    why = explain(row, cost_map=card)
    assert why.match["resolved_by"] == "model, version stripped"
    assert why.lookups[0].key == "acme/chat-2031-01-01"
    assert [lookup.key for lookup in why.lookups if lookup.outcome == "used"] == ["acme/chat"]
    other = explain(row | {"model": "acme/chat", "provider": "openai"}, cost_map=card)
    assert ("acme/chat", "in the cost map, for calls of acme only") in other.lookups
    unknown = explain({"model": "acme/chta", "prompt_tokens": 10}, cost_map=card)
    assert unknown.cost is None
    assert unknown.match["nearest"][0] == "acme/chat"
    assert unknown.charge["issue"] == "unknown_model"
    assert "unknown" in str(unknown)


def test_beside_the_logged_spend(card):
    row = {"model": "acme/chat", "prompt_tokens": 1000, "logged_spend": 0.5}
    charge = explain(row, cost_map=card).charge
    assert charge["difference"] == 1000 * 2e-06 - 0.5
    hit = explain(row | {"cache_hit": True}, cost_map=card)
    assert (hit.cost, hit.amounts["cost_by_rates"]) == (0.0, 1000 * 2e-06)
    assert "response cache" in hit.notes[0]
    # a row that was priced before is priced anew
    priced = price(normalize(pl.DataFrame([row])), cost_map=card)
    assert explain(priced, cost_map=card).to_dict() == explain(row, cost_map=card).to_dict()
    assert explain(priced.row(0, named=True), cost_map=card).cost == priced["cost"].item()


def test_what_else_would_be_the_case(card):
    row = {"model": "acme/chat", "prompt_tokens": 1000}
    assert explain(row, cost_map=card, service_tier="flex").cost == 1000 * 1e-06


BODY = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 400},
}


def test_a_response(card):
    response = {"model": "acme/chat", "usage": BODY, "choices": [{"message": {"content": "hush"}}]}
    at = {"billed_at": NOON, "cost_map": card}
    cost = completion_cost(response, **at)
    assert explain(response, **at).cost == cost
    assert explain(SimpleNamespace(**response), **at).cost == cost
    assert explain(response, **at, service_tier="flex").cost < cost
    assert "hush" not in str(explain(response, **at).to_dict())


CALLS = [
    {"model": "acme/chat", "prompt_tokens": 1000, "completion_tokens": 9},
    {"model": "acme/chat", "usage_object": BODY},
    {"model": "chat", "custom_llm_provider": "acme", "prompt_tokens": 7, "service_tier": "flex"},
    {"model": "acme/slow", "prompt_tokens": 7, "response_time_ms": 5000.0},
    {"model": "x/y", "usage_object": BODY}
    | {"custom_cost_per_token": {"input_cost_per_token": 3e-05, "output_cost_per_token": 6e-05}},
    {"model": "x/y", "prompt_tokens": 1000, "cache_read_input_tokens": 300}
    | {
        "custom_cost_per_token": {
            "input_cost_per_token": 3e-05,
            "output_cost_per_token": 6e-05,
            "cache_read_input_token_cost": 3e-06,
        }
    },
    {"model": "x/y", "response_time_ms": 5000.0, "custom_cost_per_second": 0.00042},
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call(card, call):
    at = {"billed_at": NOON, "cost_map": card}
    input_cost, output_cost = cost_per_token(**call, **at)
    why = explain(**call, **at)
    assert (why.amounts["input_cost"], why.amounts["output_cost"]) == (input_cost, output_cost)
    assert added_up(why) == why.cost == input_cost + output_cost
    if any(name.startswith("custom_cost") for name in call):
        assert {part.source for part in why.parts} == {"own price, with the call"}


SECRETS = ("sk-very-secret", "os.environ/AZURE_KEY", "hunter2")


def deployments():
    costs = load_cost_map(ACME)
    hidden = dict(zip(("api_key", "aws_secret_access_key", "api_base"), SECRETS, strict=True))
    given = [
        ({"model": "acme/chat", "input_cost_per_token": 1e-05, **hidden}, {"id": "dear"}),
        ({"model": "acme/chat", **hidden}, {"id": "plain"}),
        ({"model": "acme/new", "cache_read_input_token_cost": 1e-07}, {"id": "cache-only"}),
        ({"model": "acme/new", "input_cost_per_tokens": 1e-05, **hidden}, {"id": "misspelt"}),
        ({"model": "acme/x", **hidden}, {"id": "based", "base_model": "acme/chat"}),
    ]
    made = [complete_deployment(costs, *pair) for pair in given]
    custom = CustomPricing.of(costs, made, {"acme": 0.1}, {"acme": {"fixed_amount": 0.001}})
    return RateCard(costs, custom)


@pytest.mark.parametrize(
    ("model_id", "model", "sources", "note"),
    [
        ("dear", "chat", {"own price", "own price, as acme/chat has it"}, None),
        ("plain", "chat", {"cost map"}, "states no price"),
        ("cache-only", "new", {""}, "cache prices alone do not count"),
        ("misspelt", "new", {""}, "does not read these of its keys: input_cost_per_tokens"),
        ("based", "x", {"cost map"}, "states no price"),
        ("gone", "chat", {"cost map"}, "No deployment has the id 'gone'"),
    ],
)
def test_prices_of_a_deployment(model_id, model, sources, note):
    row = {"model": model, "provider": "acme", "model_id": model_id}
    row |= {"prompt_tokens": 1000, "cache_read_tokens": 400, "logged_spend": 0.0061}
    why = explain(row, cost_map=deployments())
    assert {part.source for part in why.parts} == sources
    assert note is None or any(note in said for said in why.notes)
    assert added_up(why) == why.cost
    assert {"discount_amount", "margin_amount"} <= why.amounts.keys()
    for text in (str(why), repr(why), why._repr_html_(), json.dumps(why.to_dict())):
        assert not [secret for secret in SECRETS if secret in text]


def test_as_text_html_data_frames_and_in_a_terminal(card):
    row = {"model": "<b>\x1b[31m&", "response_model": "acme/chat", "prompt_tokens": 1000}
    why = explain(row | {"cache_read_tokens": 400}, cost_map=card)
    assert "\x1b" not in str(why)
    assert "prompt_tokens − cache_read_tokens" in str(why)
    assert "<b>" not in why._repr_html_()
    assert "&lt;b&gt;" in why._repr_html_()
    assert json.loads(json.dumps(why.to_dict(), allow_nan=False))["charge"]["cost"] == why.cost
    assert why.parts_frame()["amount"].to_list() == [600 * 2e-06, 400 * 5e-07]
    assert why.rates_frame().height == len(why.rates)
    out = StringIO()
    show_explanation(why, Console(file=out, width=160, highlight=False))
    for section in sections(why.to_dict()):
        assert section.title in out.getvalue()
    assert "$0.0012" in out.getvalue()
    narrow = StringIO()
    show_explanation(why, Console(file=narrow, width=60, highlight=False))
    assert max(map(len, narrow.getvalue().splitlines())) <= 60
    # words and numbers stay whole
    row = next(x for x in narrow.getvalue().splitlines() if x.startswith("cache_read_tokens"))
    assert row.split() == ["cache_read_tokens", "400", "5e-07", "$0.0002"]


@pytest.mark.parametrize(
    ("what", "arguments", "error", "said"),
    [
        (pl.DataFrame({"model": ["a", "b"]}), {}, InputError, "one row"),
        ({"colour": "red"}, {}, InputError, "usage column"),
        (5, {}, InputError, "not something of type int"),
        ("log.csv", {}, InputError, r"not something of type str\. Of a file: llmspend.read_logs"),
        ([{"model": "x"}], {}, InputError, "not something of type list"),
        (None, {"modle": "x"}, UnknownNameError, "'model'"),
        ({"model": "x"}, {"promt_tokens": 1}, UnknownNameError, "prompt_tokens"),
        (None, {"custom_cost_per_token": {"input": 1}}, InputError, "unknown key 'input'"),
        (None, {"model": "x", "call_type": "send_message"}, InputError, "not billed by tokens"),
    ],
)
def test_what_cannot_be_explained(what, arguments, error, said):
    with pytest.raises(error, match=said):
        explain(what, **arguments)


def test_a_row_of_a_log():
    log = pl.LazyFrame({"request_id": ["a", "b", "b"], "source_row": [1, 2, 3]})
    assert pick_row(log, request_id=None, row=3)["request_id"] == "b"
    for given, said in (
        ({"request_id": "b", "row": None}, "more than one row"),
        ({"request_id": "c", "row": None}, "no row"),
        ({"request_id": "a", "row": 1}, "which row"),
    ):
        with pytest.raises(InputError, match=said):
            pick_row(log, **given)


def test_a_quantity_that_the_log_lacks_is_said_to_be_derived():
    row = {"model": "deepgram/nova-3", "call_type": "atranscription", "logged_spend": 0.002}
    assert any("does not say how many units" in note for note in explain(row).notes)
