"""Fees outside the cost map's models: each case is a row."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

import llmspend
from llmspend import call_fees
from llmspend.values import as_columns, private

STATED = {"stated_call_cost": 0.77}

TOOL_CALLS = (
    ({}, 0.0),
    ({"server_call_rate": 0.01}, 0.01),
    ({"server_call_rate": 0.01, "tool_call_rate": 0.5}, 0.5),
    ({"server_call_rate": 0.01, "tool_call_rate": 0.0}, 0.0),
    ({"server_call_rate": 0.01, "tool_call_rate": 0.5, **STATED}, 0.77),
    ({"tool_call_rate": 0.5, "stated_call_cost": 0.0}, 0.0),
)

TOKENS = {"prompt_tokens": 120, "completion_tokens": 30}
AGENT_CALLS = (
    (TOKENS, 0.0),
    ({**TOKENS, "agent_input_rate": 1e-06}, 120 * 1e-06),
    ({**TOKENS, "agent_output_rate": 4e-06}, 30 * 4e-06),
    (
        {**TOKENS, "agent_input_rate": 1e-06, "agent_output_rate": 4e-06},
        120 * 1e-06 + 30 * 4e-06,
    ),
    ({**TOKENS, "agent_input_rate": 1e-06, "agent_call_rate": 0.0}, 0.0),
    ({**TOKENS, "agent_input_rate": 1e-06, "agent_call_rate": 0.02}, 0.02),
    ({**TOKENS, "agent_call_rate": 0.02, **STATED}, 0.77),
    ({"agent_input_rate": 1e-06}, 0.0),
)

RECORDS = (
    ({"text_records": 17, "thousand_records_rate": 0.38, "records_are_free": 0}, 17 * 0.38 / 1000),
    ({"text_records": 17, "thousand_records_rate": 0.38, "records_are_free": 1}, 0.0),
    ({"text_records": 17, "thousand_records_rate": None, "records_are_free": 1}, 0.0),
    ({"text_records": 17, "thousand_records_rate": 0.0, "records_are_free": 0}, 0.0),
    ({"text_records": 17, "thousand_records_rate": None, "records_are_free": 0}, None),
)

RESERVED = (({"reserved_units": 19.0, "unit_hour_rate": 0.1739, "reserved_hours": 1.5}, 4.956150),)

NAMES = {
    "call_tool": ("stated_call_cost", "tool_call_rate", "server_call_rate"),
    "call_agent": (
        *TOKENS,
        "stated_call_cost",
        "agent_call_rate",
        "agent_input_rate",
        "agent_output_rate",
    ),
}
CASES = [
    (fee, found, expected)
    for fee, cases in zip(
        call_fees.FEE_STAGES, (TOOL_CALLS, AGENT_CALLS, RECORDS, RESERVED), strict=True
    )
    for found, expected in cases
]


@pytest.mark.parametrize(("fee", "found", "expected"), CASES)
def test_a_fee_of_a_column(fee, found, expected):
    given = dict.fromkeys(NAMES.get(fee, ())) | found
    frame = pl.LazyFrame({f"_llmspend.{name}": [value] for name, value in given.items()})
    stage = call_fees.FEE_STAGES[fee]
    (name,) = stage(llmspend.values.Source())
    cost = as_columns([stage], frame, ()).select(private(name)).collect().item()
    assert cost is None if expected is None else cost == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize(("found", "expected"), TOOL_CALLS)
def test_one_tool_call(found, expected):
    rates = {} if found.get("tool_call_rate") is None else {"search": found["tool_call_rate"]}
    cost = call_fees.tool_call_cost(
        "search",
        stated_cost=found.get("stated_call_cost"),
        cost_by_tool=rates,
        default_cost=found.get("server_call_rate"),
    )
    assert cost == expected


def test_a_tool_without_a_price_of_its_own_costs_what_its_server_charges():
    assert call_fees.tool_call_cost("b", cost_by_tool={"a": 0.5}, default_cost=0.01) == 0.01
    assert call_fees.tool_call_cost("b", cost_by_tool={"a": 0.5}) == 0.0
    assert call_fees.tool_call_cost() == 0.0


@pytest.mark.parametrize(("found", "expected"), AGENT_CALLS)
def test_one_agent_call(found, expected):
    cost = call_fees.agent_call_cost(
        found.get("prompt_tokens"),
        found.get("completion_tokens"),
        stated_cost=found.get("stated_call_cost"),
        cost_per_query=found.get("agent_call_rate"),
        input_cost_per_token=found.get("agent_input_rate"),
        output_cost_per_token=found.get("agent_output_rate"),
    )
    assert cost == expected


@pytest.mark.parametrize(("found", "expected"), RECORDS)
def test_one_guardrail_by_text_records(found, expected):
    tier = "free" if found["records_are_free"] else "paid"
    cost = call_fees.text_records_cost(
        found["text_records"], found["thousand_records_rate"], tier=tier
    )
    assert cost == expected


GUARDRAILS = (
    (None, 0.0),
    ([], 0.0),
    ("text", 0.0),
    ({}, 0.0),
    ({"guardrail_cost": 0.5}, 0.5),
    ({"guardrail_cost": "0.5"}, 0.5),
    ({"guardrail_cost": "half"}, 0.0),
    ({"guardrail_cost": [0.5]}, 0.0),
    ({"guardrail_cost": True}, 1.0),
    ({"guardrail_cost": None}, 0.0),
    ({"guardrail_cost": -1.0}, 0.0),
    ({"guardrail_cost": math.inf}, 0.0),
    ({"guardrail_cost": math.nan}, 0.0),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": None}, 0.5),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": "Yes"}, 0.5),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": False}, 0.0),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": "off"}, 0.0),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": "maybe"}, 0.0),
    ({"guardrail_cost": 0.5, "guardrail_cost_in_spend": []}, 0.0),
    ([{"guardrail_cost": 0.25}, "text", {"guardrail_cost": "half"}, {"guardrail_cost": 0.5}], 0.75),
    # from left to right, without compensation
    ([{"guardrail_cost": cost} for cost in (0.1, 0.2, 0.3)], 0.1 + 0.2 + 0.3),
)


@pytest.mark.parametrize(("information", "expected"), GUARDRAILS)
def test_guardrails_of_a_request(information, expected):
    assert call_fees.guardrail_cost(information) == expected


def rates(**rates):
    return {"guardrail_cost_per_unit": rates}


UNITS = (
    ({"acme/guardrails": rates(words=0.5)}, None, {"words": 1.5, "images": None}),
    ({"acme/guardrails": rates(words=0.0)}, None, {"words": 0.0, "images": None}),
    ({"acme/guardrails": rates(images="2")}, None, {"words": None, "images": 2.0}),
    (
        {"acme/north/guardrails": rates(words=1.0), "acme/guardrails": rates(words=0.5)},
        "north",
        {"words": 3.0, "images": None},
    ),
    (
        {"acme/north/guardrails": rates(words=1.0), "acme/guardrails": rates(words=0.5)},
        "south",
        {"words": 1.5, "images": None},
    ),
    (
        {"acme/north/guardrails": {}, "acme/guardrails": rates(words=0.5)},
        "north",
        {"words": 1.5, "images": None},
    ),
    ({"acme/guardrails": rates(words=0.5, images=None)}, None, None),
    ({"other/guardrails": rates(words=0.5)}, None, None),
)


@pytest.mark.parametrize(("entries", "region", "expected"), UNITS)
def test_units_of_a_guardrail(entries, region, expected):
    costs = llmspend.load_cost_map(entries)
    units = {"words": 3, "images": 1}
    assert call_fees.guardrail_cost_by_unit(costs, "acme", units, region) == expected


@pytest.mark.parametrize(
    ("provider", "sessions", "expected"),
    [("acme", 2, 0.06), ("acme", 0, 0.0), ("acme", None, 0.0), ("other", 2, 0.0), (None, 2, 0.0)],
)
def test_sessions(provider, sessions, expected):
    costs = llmspend.load_cost_map({"acme/container": {"code_interpreter_cost_per_session": 0.03}})
    assert call_fees.session_cost(costs, provider, sessions) == expected


DAY = date(2026, 3, 10)


def at(hour, minute=0, day=10, zone=UTC):
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (None, None, 24.0),
        (at(23), None, 1.0),
        (None, at(0, 30), 0.5),
        (at(6), at(7, 15), 1.25),
        (at(12, day=9), at(12, day=11), 24.0),
        (at(0, day=11), None, 0.0),
        (None, at(0), 0.0),
        (at(7), at(6), 0.0),
        (datetime(2026, 3, 10, 23), None, 1.0),  # noqa: DTZ001 - a naive time is UTC
        (at(1, zone=timezone(timedelta(hours=2))), at(2), 2.0),
    ],
)
def test_reserved_hours(start, end, hours):
    assert call_fees.reserved_hours(DAY, start, end) == hours
    assert call_fees.reserved_cost(100, 0.5, DAY, start=start, end=end) == 50 * hours
