from __future__ import annotations

import pytest

from llmspend.arithmetic import RATED
from llmspend.meters import (
    METER_BY_NAME,
    METERS,
    MULTIPLIER_KEYS,
    SERVICE_TIERS,
    STRUCTURED_KEYS,
    TRAFFIC_TYPES,
    UNUSED_STEMS,
    RateKey,
    is_rate_key,
    parse_rate_key,
)


def test_names_and_stems_are_unique():
    assert len(METER_BY_NAME) == len({m.stem for m in METERS}) == len(METERS)


@pytest.mark.parametrize("meter", METERS, ids=lambda m: m.name)
def test_a_meter_falls_back_to_one_of_its_own_side(meter):
    expected = RateKey(meter.name, "", 0, None, is_live=meter.is_read)
    assert parse_rate_key(meter.stem) == expected
    seen = set()
    while meter.falls_back_to:
        assert meter.name not in seen, "a circle of fall-backs"
        seen.add(meter.name)
        below = METER_BY_NAME[meter.falls_back_to]
        assert (below.side, below.unit) == (meter.side, meter.unit)
        meter = below


def test_every_meter_of_the_formulas_is_a_meter():
    assert set(RATED) <= set(METER_BY_NAME)


def test_tables_are_closed():
    tiers = {tier for meter in METERS for tier in meter.tiers}
    assert set(SERVICE_TIERS.values()) <= tiers
    assert set(TRAFFIC_TYPES.values()) <= set(SERVICE_TIERS.values())
    assert not {m.stem for m in METERS} & (UNUSED_STEMS.keys() | STRUCTURED_KEYS | MULTIPLIER_KEYS)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("input_cost_per_token", ("input_tokens", "", 0, None, True)),
        ("input_cost_per_token_flex", ("input_tokens", "flex", 0, None, True)),
        ("input_cost_per_token_batches", ("input_tokens", "batches", 0, None, True)),
        ("input_cost_per_token_above_200k_tokens", ("input_tokens", "", 200_000, None, True)),
        ("input_cost_per_token_above_512_tokens", ("input_tokens", "", 512, None, True)),
        (
            "input_cost_per_token_above_272k_tokens_flex",
            ("input_tokens", "flex", 272_000, None, True),
        ),
        (
            "input_cost_per_token_above_200k_tokens_flex",
            ("input_tokens", "flex", 200_000, None, False),
        ),
        (
            "input_cost_per_token_above_200k_tokens_batches",
            ("input_tokens", "batches", 200_000, None, True),
        ),
        (
            "cache_creation_input_token_cost_above_200k_tokens_priority",
            ("cache_creation_tokens", "priority", 200_000, None, False),
        ),
        (
            "cache_creation_input_token_cost_above_1hr",
            ("cache_creation_1h_tokens", "", 0, None, True),
        ),
        (
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
            ("cache_creation_1h_tokens", "", 200_000, None, True),
        ),
        (
            "input_cost_per_audio_token_priority",
            ("audio_input_tokens", "priority", 0, None, False),
        ),
        (
            "cache_creation_input_token_cost_balanced",
            ("cache_creation_tokens", "balanced", 0, None, False),
        ),
        (
            "input_cost_per_video_per_second_above_15s_interval",
            ("input_video_seconds", "", 0, "above_15s_interval", True),
        ),
        ("output_cost_per_second_1080p", ("output_seconds", "", 0, "1080p", True)),
    ],
)
def test_a_key_is_read_by_the_grammar(key, expected):
    assert parse_rate_key(key) == expected


@pytest.mark.parametrize(
    "key",
    [
        "",
        "cost",
        "max_tokens",
        "input_cost_per_daydream",
        "input_cost_per_token_decisions",
        "input_cost_per_token_flex_above_200k_tokens",
        "INPUT_COST_PER_TOKEN",
        "input_cost_per_token ",
        "input_cost_per_token\n",
        "xinput_cost_per_token",
    ],
)
def test_a_key_that_is_not_of_the_grammar_is_none(key):
    assert parse_rate_key(key) is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("input_cost_per_daydream", True),
        ("tiered_pricing", False),
        ("off_peak_pricing", False),
        ("max_tokens", False),
        ("regional_processing_uplift_multiplier_eu", False),
    ],
)
def test_what_looks_like_a_rate(key, expected):
    assert is_rate_key(key) is expected
