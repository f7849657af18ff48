"""Where LiteLLM's number is not the published price: reproduced, flagged, left out on demand."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
import pytest

from llmspend import InputError, RateCard, load_cost_map, price, quirk_impact
from llmspend.quirks import QUIRK_BITS, QUIRK_NAMES, QUIRKS, reproduced
from llmspend.usage import normalize

TEXT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}


class Case(NamedTuple):
    """One request that shows one quirk."""

    quirk: str
    note: str
    provider: str
    entry: dict
    usage: dict
    litellm: float
    published: float | None


SEARCHES = {"search_context_cost_per_query": {"search_context_size_medium": 0.01}}

CASES = (
    Case(
        "searches_charged_once",
        "three searches cost one",
        "openai",
        TEXT | SEARCHES,
        {"prompt_tokens": 1000, "web_searches": 3},
        1000 * 1e-06 + 0.01,
        1000 * 1e-06 + 3 * 0.01,
    ),
    Case(
        "searches_charged_once",
        "none costs one",
        "openai",
        TEXT | SEARCHES,
        {"prompt_tokens": 1000, "web_searches": 0},
        1000 * 1e-06 + 0.01,
        1000 * 1e-06,
    ),
    Case(
        "computer_use_by_thousand",
        "a thousand times the price",
        "azure",
        TEXT,
        {"prompt_tokens": 1000, "computer_use_input_tokens": 500},
        1000 * 1e-06 + 0.5 * 3.0,
        1000 * 1e-06 + 0.5 * 0.003,
    ),
    Case(
        "tier_lost_in_long_context",
        "flex loses its discount",
        "gemini",
        TEXT
        | {
            "input_cost_per_token_flex": 5e-07,
            "input_cost_per_token_above_200k_tokens": 4e-06,
        },
        {"prompt_tokens": 300_000, "service_tier": "flex"},
        300_000 * 4e-06,
        300_000 * 2e-06,
    ),
    Case(
        "tier_lost_in_long_context",
        "priority loses its surcharge, on the output too",
        "openai",
        TEXT
        | {
            "output_cost_per_token_priority": 4e-06,
            "output_cost_per_token_above_272k_tokens": 3e-06,
        },
        {"prompt_tokens": 300_000, "completion_tokens": 1000, "service_tier": "priority"},
        300_000 * 1e-06 + 1000 * 3e-06,
        300_000 * 1e-06 + 1000 * 6e-06,
    ),
    Case(
        "batch_gaps",
        "cached tokens for nothing",
        "mistral",
        TEXT,
        {"prompt_tokens": 1000, "cache_read_tokens": 400, "call_type": "aretrieve_batch"},
        600 * 0.5e-06,
        1000 * 0.5e-06,
    ),
    Case(
        "batch_gaps",
        "text below zero",
        "mistral",
        TEXT | {"cache_read_input_token_cost": 1e-07},
        {"prompt_tokens": 100, "cache_read_tokens": 150, "call_type": "aretrieve_batch"},
        -50 * 1e-06 / 2 + 150 * 1e-07 / 2,
        150 * 1e-07 / 2,
    ),
    Case(
        "batch_gaps",
        "overlapping parts twice",
        "gemini",
        TEXT
        | {"input_cost_per_token_batches": 5e-07, "cache_read_input_token_cost_batches": 1e-07},
        {
            "prompt_tokens": 1000,
            "cache_read_tokens": 600,
            "audio_input_tokens": 1000,
            "call_type": "aretrieve_batch",
        },
        1000 * 5e-07 + 600 * 1e-07,
        400 * 5e-07 + 600 * 1e-07,
    ),
    Case(
        "location_assumed",
        "no location",
        "vertex_ai",
        TEXT | {"regional_endpoint_uplift_multiplier": 1.1},
        {"prompt_tokens": 1000},
        1000 * 1e-06 * 1.1,
        1000 * 1e-06,
    ),
    Case(
        "written_without_lifetime",
        "an empty split",
        "anthropic",
        TEXT | {"cache_creation_input_token_cost": 1.25e-06},
        {
            "prompt_tokens": 1000,
            "cache_creation_tokens": 400,
            "cache_creation_5m_tokens": 0,
            "cache_creation_1h_tokens": 0,
        },
        600 * 1e-06,
        600 * 1e-06 + 400 * 1.25e-06,
    ),
    Case(
        "text_undercounted",
        "100 of 1000",
        "openai",
        TEXT,
        {"prompt_tokens": 1000, "text_tokens": 100},
        100 * 1e-06,
        1000 * 1e-06,
    ),
    Case(
        "audio_tier_ignored",
        "priority",
        "gemini",
        TEXT
        | {
            "input_cost_per_token_priority": 2e-06,
            "input_cost_per_audio_token": 3e-06,
            "input_cost_per_audio_token_priority": 6e-06,
        },
        {"prompt_tokens": 1000, "audio_input_tokens": 400, "service_tier": "priority"},
        600 * 2e-06 + 400 * 3e-06,
        600 * 2e-06 + 400 * 6e-06,
    ),
    Case(
        "cached_image_rate_ignored",
        "images among the cached",
        "openai",
        TEXT
        | {
            "cache_read_input_token_cost": 1e-07,
            "cache_read_input_image_token_cost": 2e-07,
        },
        {"prompt_tokens": 1000, "cache_read_tokens": 400, "cache_read_image_tokens": 300},
        600 * 1e-06 + 400 * 1e-07,
        600 * 1e-06 + 100 * 1e-07 + 300 * 2e-07,
    ),
    Case(
        "multipliers_first_party_only",
        "fast, in the US, on another cloud",
        "bedrock",
        TEXT,
        {"prompt_tokens": 1000, "speed": "fast", "inference_geo": "us"},
        1000 * 1e-06,
        1000 * 1e-06 * 2.0 * 1.1,
    ),
    Case(
        "unknown_name_is_free",
        "a family nobody knows",
        "anthropic",
        {},
        {"model": "claude-acme-7", "prompt_tokens": 1000},
        0.0,
        None,
    ),
    Case(
        "batch_gaps",
        "a batch of an unknown model",
        "openai",
        {},
        {"model": "nobody-knows", "prompt_tokens": 1000, "call_type": "aretrieve_batch"},
        0.0,
        None,
    ),
)
MAKER = {
    "claude-acme-1": TEXT
    | {"litellm_provider": "anthropic", "provider_specific_entry": {"us": 1.1, "fast": 2.0}},
    "fallback_generalizations": {
        "rules": [
            {
                "name": "family",
                "pattern": "claude-[a-z]+-\\d+",
                "model_info": {"mode": "chat", "supports_vision": True},
            }
        ]
    },
}


def name_of(number):
    case = CASES[number]
    if case.quirk == "multipliers_first_party_only":
        return "us.anthropic.claude-acme-1-v1:0"
    return case.usage.get("model", f"{case.provider}/case-{number}")


@pytest.fixture(scope="module")
def card():
    entries = {
        name_of(n): c.entry | {"litellm_provider": c.provider}
        for n, c in enumerate(CASES)
        if c.entry
    }
    return RateCard(load_cost_map(MAKER | entries))


@pytest.fixture(scope="module")
def usage():
    rows = [c.usage | {"model": name_of(n), "provider": c.provider} for n, c in enumerate(CASES)]
    columns = {name for row in rows for name in row}
    return normalize(pl.DataFrame({c: [row.get(c) for row in rows] for c in columns}))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c.quirk}: {c.note}" for c in CASES])
def test_case(number, card, usage):
    case, row = CASES[number], usage[number]
    ours = price(row, cost_map=card).row(0, named=True)
    assert ours["cost"] == pytest.approx(case.litellm, rel=1e-12)
    assert ours["quirks"] == [case.quirk]

    for quirks in ("published", set(QUIRK_NAMES) - {case.quirk}):
        without = price(row, cost_map=card, quirks=quirks).row(0, named=True)
        expected = None if case.published is None else pytest.approx(case.published, rel=1e-12)
        assert without["cost"] == expected
        assert without["quirks"] == []

    only = price(row, cost_map=card, quirks=[case.quirk]).row(0, named=True)
    assert (only["cost"], only["quirks"]) == (ours["cost"], [case.quirk])


def test_every_quirk_has_a_case():
    assert {c.quirk for c in CASES} == set(QUIRK_NAMES)


def test_impact(card, usage):
    impact = quirk_impact(price(usage, cost_map=card), cost_map=card)
    assert set(impact["quirk"]) == set(QUIRK_NAMES)
    assert impact["difference"].abs().is_sorted(descending=True)
    for row in impact.rows(named=True):
        cases = [c for c in CASES if c.quirk == row["quirk"]]
        known = [c for c in cases if c.published is not None]
        assert row["requests"] == len(cases)
        assert row["unknown_requests"] == len(cases) - len(known)
        assert row["cost"] == pytest.approx(sum(c.litellm for c in known), abs=1e-15)
        assert row["published_cost"] == pytest.approx(sum(c.published for c in known), abs=1e-15)
        assert row["difference"] == pytest.approx(row["cost"] - row["published_cost"], abs=1e-15)


def test_nothing_to_tell(card, usage):
    published = price(usage, cost_map=card, quirks="published")
    assert quirk_impact(published, cost_map=card).is_empty()
    assert quirk_impact(published.clear(), cost_map=card).is_empty()


def test_names():
    assert reproduced("litellm") == set(QUIRK_NAMES)
    assert reproduced("published") == set()
    assert reproduced("location_assumed") == {"location_assumed"}
    with pytest.raises(InputError, match=r"'location'.*Nearest: location_assumed"):
        reproduced(["location"])
    assert len({QUIRK_BITS[q.name] for q in QUIRKS}) == len(QUIRKS)


def test_a_card_keeps_its_quirks(card, usage):
    published = card.with_quirks("published")
    assert price(usage, cost_map=published).equals(price(usage, cost_map=card, quirks="published"))
    assert price(usage, cost_map=published, quirks="litellm").equals(price(usage, cost_map=card))
