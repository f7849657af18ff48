"""Explanations hold to the bit: of every entry the rates, the quantities and their sum."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl
import pytest

from llmspend import normalize, price
from llmspend.arithmetic import RATED, STAGES
from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.explain_calls import explain
from llmspend.explainer import explainer
from llmspend.pricing import default_card
from llmspend.provider_rules import billing_provider
from llmspend.usage import COLUMN_BY_NAME
from llmspend.values import as_function
from tests.explanations import NOON, added_up

NIGHT = datetime(2026, 7, 1, 17, 30, tzinfo=UTC)
SOUND = {"audio_input_tokens": 70, "audio_output_tokens": 20, "cache_read_audio_tokens": 30}
PICTURES = {"image_input_tokens": 300, "image_output_tokens": 64, "image_count": 2}
USAGES = (
    {"prompt_tokens": 1000, "completion_tokens": 100},
    {"prompt_tokens": 300_001, "completion_tokens": 999, "cache_read_tokens": 40_000}
    | {"service_tier": "flex", "reasoning_tokens": 99, "ended_at": NIGHT},
    {"prompt_tokens": 140_000, "completion_tokens": 7, "cache_creation_tokens": 900}
    | {"cache_creation_5m_tokens": 400, "cache_creation_1h_tokens": 500, "speed": "fast"}
    | {"service_tier": "priority", "data_residency": "eu", "inference_geo": "us"},
    {"prompt_tokens": 3000, "completion_tokens": 500, "cache_read_tokens": 700, **SOUND}
    | {"query_count": 3, "audio_length_seconds": 12.25, "citation_tokens": 5, "ended_at": NOON},
    {"prompt_tokens": 3000, "completion_tokens": 500, "call_type": "aretrieve_batch"}
    | {"cache_read_tokens": 512, "vertex_location": "us-east5", **PICTURES},
    {"prompt_tokens": 210_000, "completion_tokens": 130_000, "text_tokens": 77}
    | {"prompt_characters": 9000, "completion_characters": 800, "service_tier": "priority"},
)
SIMPLE = tuple(
    f"{meter}_q"
    for meter in RATED
    if meter not in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
)
"""Quantities of meters that the formulas multiply once, and by nothing but their own rate."""
quantities_of = as_function(STAGES, COLUMN_BY_NAME, SIMPLE)


def used(why):
    """The quantities that are shown, by name in the formulas."""
    found = {f"{part.meter}_q": part.quantity for part in why.parts}
    return {name: found.get(name, 0) for name in SIMPLE}


def held(entry, path):
    """What an entry holds at a path such as ``tiered_pricing[1].input_cost_per_token``."""
    for step in re.findall(r"[^.\[\]]+", path):
        entry = entry[int(step)] if isinstance(entry, list) else entry[step]
    return float(entry)


def value_of(entry, formula):
    """What the keys of a rate come to: ``0.5 × a``, or ``a × b ÷ c``."""
    steps = re.split(r" ([×÷]) ", formula)
    first = steps[0]
    value = float(first) if re.fullmatch(r"[\d.]+", first) else held(entry, first)
    for sign, step in zip(steps[1::2], steps[2::2], strict=True):
        value = value * held(entry, step) if sign == "×" else value / held(entry, step)
    return value


@pytest.mark.parametrize(
    ("usage", "quirks"),
    [*((usage, "litellm") for usage in USAGES), (USAGES[1], "published"), (USAGES[4], "published")],
)
def test_every_entry_of_the_cost_map_is_explained_to_the_bit(usage, quirks):
    card = default_card(quirks)
    entries = card.cost_map.entries
    rows = [
        usage | {"model": key, "provider": billing_provider(entry.get("litellm_provider"))}
        for number, (key, entry) in enumerate(entries.items())
        # every entry with one of the usages
        if number % len(USAGES) == USAGES.index(usage)
    ]
    charges = price(normalize(pl.DataFrame(rows, infer_schema_length=None)), cost_map=card)
    explainers = explainer(card)
    explained = origins = 0
    for charge in charges.rows(named=True):
        why = explainers.explain(charge)
        assert why.cost == charge["cost"]
        assert why.match["cost_map_key"] == charge["cost_map_key"]
        assert why.match["resolved_by"] == charge["resolved_by"]
        if charge["cost_source"] == "rates":
            assert added_up(why) == why.amounts["cost_by_rates"] == charge["cost"], charge["model"]
            explained += 1
        found = card.rates_for(
            Basis(*(charge[name] for name in BASIS_COLUMNS)),
            charge["prompt_tokens"],
            charge["cache_read_tokens"] + charge["cache_creation_tokens"],
            charge["ended_at"],
        )
        entry = entries.get(why.match["cost_map_key"])
        for rate in why.rates:
            assert rate["rate"] == found[f"{rate['meter']}_rate"]
            if rate["key"] and not rate["meter"].endswith("_fee"):
                value = value_of(entry, rate["key"])
                # the ratio of a tier is three keys; any other rate is what its key holds
                several = "÷" in rate["key"]
                assert value == (
                    pytest.approx(rate["rate"], rel=1e-15, abs=0) if several else rate["rate"]
                )
                origins += 1
            elif not rate["key"] and entry is not None and rate["meter"] != "machine_second":
                assert rate["rate"] == 0, rate
        if found["input_tokens_rate"] is not None and why.amounts["cost_by_rates"] is not None:
            assert used(why) == quantities_of(charge, found)
        for part in why.parts:
            if part.quantity is not None:
                made = sum(factor * charge[name] for name, factor in part.counts.items())
                assert made == pytest.approx(part.quantity, rel=1e-12)
    assert explained > 0.5 * len(rows)
    assert origins > 3 * explained


def test_documents_per_second():
    """documents/001: 5 s at 0.00042 is 0.0021 USD."""
    why = explain(model="x", response_time_ms=5000.0, custom_cost_per_second=0.00042)
    assert why.cost == pytest.approx(0.0021)


UNIT_CALLS = (
    {"model": "gpt-4.1", "web_searches": 2, "web_search_signal": "citation", "prompt_tokens": 1000},
    {"model": "aiml/dall-e-2", "call_type": "aimage_generation", "output_images": 2},
    {"model": "deepgram/nova-3", "call_type": "atranscription", "audio_seconds": 61.5},
)


@pytest.mark.parametrize("request_", UNIT_CALLS, ids=lambda r: r["model"])
def test_what_is_not_tokens_is_in_the_sum(request_):
    explanation = explain(request_)
    assert explanation.cost > 0
    assert explanation.amounts["cost_by_rates"] == explanation.cost
    beside = {"tool_cost", "unit_input_cost", "unit_output_cost"} & explanation.amounts.keys()
    assert len(beside) == 1
    units = [part for part in explanation.parts if part.side == "units"]
    tools = explanation.amounts.get("tool_cost", 0.0)
    assert sum(part.amount for part in units) + tools == explanation.amounts[beside.pop()]
