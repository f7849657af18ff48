"""What holds for every log: real entries and rules, random usage."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from llmspend import breakdown, normalize, price
from llmspend.arithmetic import COSTS
from llmspend.call_costs import charge_one
from llmspend.errors import LlmspendError
from llmspend.kind_rules import UNIT_KINDS
from llmspend.pricing import default_card
from llmspend.provider_rules import PROVIDER_RULES, billing_provider
from llmspend.row_classes import CALL_KINDS, ROW_CLASSES
from llmspend.row_issues import ERRORS
from llmspend.usage import COUNTS, call

# no shrinking: a failing log is small enough to read, and shrinking it takes minutes
few = settings(
    deadline=None,
    max_examples=10,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
BILLED_BY_RATES = {c.name for c in ROW_CLASSES if c.bills == "rates"}

ENTRIES = default_card().cost_map.entries
PROVIDERS = sorted({rule.provider for rule in PROVIDER_RULES} - {"*"})
MODELS = sorted(
    key
    for key, entry in ENTRIES.items()
    if entry.get("mode") in ("chat", "embedding", "responses", "completion")
)
OF_UNITS = sorted(key for key in ENTRIES if key not in MODELS)
# entries whose price depends on more than the model
SPECIAL = sorted(
    key
    for key in MODELS
    if any(
        "above" in name or name in ("tiered_pricing", "off_peak_pricing", "provider_specific_entry")
        for name in ENTRIES[key]
    )
)

TOKEN_CALLS = ("acompletion", "aembedding", "aretrieve_batch", None)
UNIT_CALLS = tuple(call_types[0] for kind, call_types in CALL_KINDS.items() if kind in UNIT_KINDS)

counts = st.one_of(
    st.just(0),
    st.integers(0, 5_000),
    st.sampled_from([128_000, 199_999, 200_000, 200_001, 272_001]),
    st.integers(0, 2_000_000),
)
lifetimes = st.one_of(st.none(), counts)
NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(NEW_YEAR, NEW_YEAR + timedelta(days=364), timezones=st.just(UTC))


@st.composite
def requests(draw):
    key = draw(st.one_of(*map(st.sampled_from, (SPECIAL, MODELS, OF_UNITS))))
    own = billing_provider(ENTRIES[key].get("litellm_provider"))
    used = draw(st.sets(st.sampled_from(COUNTS), max_size=6)) | {"prompt_tokens"}
    return {
        **{name: draw(counts) for name in COUNTS if name in used},
        "cache_creation_5m_tokens": draw(lifetimes),
        "cache_creation_1h_tokens": draw(lifetimes),
        "completion_tokens": draw(counts),
        "total_tokens": draw(counts),
        "model": draw(st.sampled_from([key, f"{own}/{key}", "nobody/knows"])),
        "provider": draw(st.sampled_from([own, own, own, None, *PROVIDERS])),
        "service_tier": draw(st.sampled_from([None, "flex", "priority", "FAST", "auto"])),
        "served_service_tier": draw(st.sampled_from([None, "default", "flex"])),
        "data_residency": draw(st.sampled_from([None, "eu", "us", "jp"])),
        "vertex_location": draw(st.sampled_from([None, "global", "us-east5"])),
        "speed": draw(st.sampled_from([None, "fast"])),
        "inference_geo": draw(st.sampled_from([None, "us", "global"])),
        "provider_cost": draw(st.sampled_from([None, 0.0, 0.25])),
        "duration_ms": draw(st.sampled_from([None, 0.0, 1234.5])),
        "ended_at": draw(st.one_of(st.none(), moments)),
        "started_at": draw(moments),
        "audio_length_seconds": draw(st.sampled_from([0.0, 12.25])),
        "team": draw(st.sampled_from([None, "a", "b"])),
        "status": draw(st.sampled_from(["success", "success", "failure"])),
        "call_type": draw(st.one_of(st.sampled_from(TOKEN_CALLS), st.sampled_from(UNIT_CALLS))),
        "logged_spend": draw(st.sampled_from([None, 0.0, 0.5])),
    }


logs = st.lists(requests(), min_size=1, max_size=25)


def frame_of(rows):
    calls = [call(**row) for row in rows]
    return normalize(pl.DataFrame({n: [c[n] for c in calls] for n in calls[0]}, strict=False))


def alone(usage, card):
    """What one row costs through the functions for one call; None where they raise."""
    try:
        costs = charge_one(usage, card)
    except LlmspendError:
        return dict.fromkeys(COSTS)
    return {name: costs[name] for name in COSTS}


@few
@given(logs)
def test_one_call_costs_what_its_row_costs(rows):
    card = default_card()
    for row, charge in zip(rows, price(frame_of(rows)).rows(named=True), strict=True):
        # one call has no log to say how many units there were
        by_rates = charge["quantity_source"] not in ("implied", "kept")
        if charge["row_class"] in BILLED_BY_RATES and by_rates:
            usage = call(**row) | {"kind": charge["kind"]}
            assert alone(usage, card) == {name: charge[name] for name in COSTS}


@settings(few, max_examples=3)
@given(st.lists(requests(), min_size=5, max_size=5), st.sampled_from(["litellm", "published"]))
def test_one_call_costs_what_its_row_costs_by_every_row_of_rates(templates, quirks):
    """Every entry of the cost map, each with some of the usages."""
    card = default_card(quirks)
    rows = [
        templates[number % len(templates)]
        | {
            "model": key,
            "provider": billing_provider(entry.get("litellm_provider")),
            "call_type": ["acompletion", "aretrieve_batch"][number % 7 == 0],
            "status": "success",
            "logged_spend": None,
        }
        for number, (key, entry) in enumerate(ENTRIES.items())
    ]
    charges = price(frame_of(rows), quirks=quirks)
    compared = 0
    for row, charge in zip(rows, charges.rows(named=True), strict=True):
        if charge["row_class"] in BILLED_BY_RATES:
            usage = call(**row) | {"kind": charge["kind"]}
            assert alone(usage, card) == {name: charge[name] for name in COSTS}, row["model"]
            compared += charge["cost"] is not None
    assert compared > 0.5 * len(rows)


@few
@given(logs, logs)
def test_pricing_row_by_row_or_together_is_the_same(some, others):
    a, b = frame_of(some), frame_of(others)
    together = price(pl.concat([a, b]))
    assert_frame_equal(together, pl.concat([price(a), price(b)]), check_exact=True)
    assert_frame_equal(together, price(pl.concat([a.lazy(), b.lazy()])).collect(), check_exact=True)


@few
@given(logs)
def test_rows_stay_and_keep_their_order(rows):
    usage = frame_of(rows).with_columns(request_id=pl.format("r-{}", pl.int_range(pl.len())))
    charges = price(usage)
    assert_frame_equal(charges.select(usage.columns), usage, check_exact=True)
    streamed = price(usage.lazy()).collect(engine="streaming")
    assert_frame_equal(streamed, charges, check_exact=True)


@few
@given(logs)
def test_a_cost_is_null_if_and_only_if_the_issue_is_an_error(rows):
    for charge in price(frame_of(rows)).rows(named=True):
        assert (charge["cost"] is None) == (charge["issue"] in ERRORS)
        if charge["cost_source"] in ("rates", "provider", "nothing"):
            parts = (
                charge[n] for n in ("input_cost", "output_cost", "tool_cost", "additional_cost")
            )
            assert charge["cost"] == sum(parts, 0.0) - charge["discount_amount"]
            assert math.isfinite(charge["cost"])


@few
@given(logs)
def test_doing_it_again_changes_nothing(rows):
    usage = frame_of(rows)
    charges = price(usage)
    assert_frame_equal(normalize(usage), usage, check_exact=True)
    assert_frame_equal(price(usage), charges, check_exact=True)


@settings(few, max_examples=6)
@given(logs, st.sampled_from(["team", "model", "provider", "status", "issue", "row_class"]))
def test_parts_sum_to_the_whole(rows, dimension):
    charges = price(frame_of(rows))
    whole = breakdown(charges).row(0, named=True)
    for parts in (breakdown(charges, dimension), breakdown(charges, every="day", tz="Asia/Tokyo")):
        for name in ("requests", "prompt_tokens", "unpriced_requests", "priced_requests"):
            assert parts[name].sum() == whole[name]
        for name in ("spend", "input_cost", "output_cost", "logged_spend"):
            assert parts[name].sum() == pytest.approx(whole[name] or 0.0, rel=1e-9, abs=1e-12)
    # unknown is not zero: where something has no price, a sum of free calls says nothing
    is_unknown = charges["cost"].null_count() > 0 and charges["cost"].sum() == 0
    assert (whole["spend"] is None) == is_unknown
