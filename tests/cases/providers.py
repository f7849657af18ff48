"""What providers do differently (§3.5, §6, §8) and what cannot be priced."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from tests.cases import Case

TEXT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
RICH = {
    **TEXT,
    "cache_read_input_token_cost": 1e-07,
    "cache_creation_input_token_cost": 1.25e-06,
    "cache_creation_input_token_cost_above_1hr": 2.5e-06,
    "input_cost_per_audio_token": 4e-06,
    "output_cost_per_reasoning_token": 3e-06,
    "output_cost_per_audio_token": 8e-06,
    "input_cost_per_token_flex": 5e-07,
    "output_cost_per_token_flex": 1.1e-06,
    "input_cost_per_token_above_200k_tokens": 3e-06,
    "citation_cost_per_token": 1e-08,
}
EVERYTHING = {
    "prompt_tokens": 1000,
    "cache_read_tokens": 300,
    "cache_creation_tokens": 200,
    "cache_creation_5m_tokens": 150,
    "cache_creation_1h_tokens": 50,
    "audio_input_tokens": 100,
    "completion_tokens": 500,
    "reasoning_tokens": 200,
    "audio_output_tokens": 50,
    "total_tokens": 1500,
}
GENERIC = (
    400 * 1e-06 + 300 * 1e-07 + 100 * 4e-06 + (150 * 1.25e-06 + 50 * 2.5e-06),
    250 * 2e-06 + 50 * 8e-06 + 200 * 3e-06,
)
IN, OUT = 1000 * 1e-06, 100 * 2e-06
CALL = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


def _scaled(note, source, provider, entry, usage, *factors):
    """A plain call, both sides times each factor in turn."""
    sides = [IN, OUT]
    for factor in factors:
        sides = [side * factor for side in sides]
    return Case(note, source, {**TEXT, **entry}, CALL | usage, *sides, provider)


RESIDENCY = {
    "regional_processing_uplift_multiplier_eu": 1.1,
    "regional_processing_uplift_multiplier_us": 1.2,
}
ENDPOINT = {"regional_endpoint_uplift_multiplier": 1.1}
SPECIFIC = {"provider_specific_entry": {"us": 1.1, "fast": 6.0}}

UPLIFTS = (
    _scaled("eu residency", "§3.5", "openai", RESIDENCY, {"data_residency": "eu"}, 1.1),
    _scaled("us residency, any case", "§3.5", "openai", RESIDENCY, {"data_residency": "US"}, 1.2),
    _scaled("other residency", "§3.5", "openai", RESIDENCY, {"data_residency": "jp"}),
    _scaled("no residency", "§3.5", "openai", RESIDENCY, {}),
    _scaled(
        "residency of a provider without a rule",
        "§6",
        "acme",
        RESIDENCY,
        {"data_residency": "eu"},
        1.1,
    ),
    _scaled("azure does not scale", "§6", "azure", RESIDENCY, {"data_residency": "eu"}),
    _scaled(
        "vertex location", "§3.5", "vertex_ai", ENDPOINT, {"vertex_location": "europe-west1"}, 1.1
    ),
    _scaled("vertex global", "§3.5", "vertex_ai", ENDPOINT, {"vertex_location": "Global"}),
    _scaled("vertex location unknown", "§3.5 B11", "vertex_ai", ENDPOINT, {}, 1.1),
    _scaled(
        "vertex global is not supported there",
        "§3.5",
        "vertex_ai",
        {**ENDPOINT, "supported_regions": ["us-east5"]},
        {"vertex_location": "global"},
        1.1,
    ),
    _scaled(
        "vertex only global is supported",
        "§3.5",
        "vertex_ai",
        {**ENDPOINT, "supported_regions": ["global"]},
        {"vertex_location": "us-east5"},
    ),
    _scaled(
        "endpoints of others do not scale",
        "§6",
        "gemini",
        ENDPOINT,
        {"vertex_location": "us-east5"},
    ),
    _scaled("fast", "§3.5", "anthropic", SPECIFIC, {"speed": "fast"}, 6.0),
    _scaled("speed is exact", "§3.5", "anthropic", SPECIFIC, {"speed": "FAST"}),
    _scaled("geography, any case", "§3.5", "anthropic", SPECIFIC, {"inference_geo": "US"}, 1.1),
    _scaled(
        "fast, then geography",
        "§3.5",
        "anthropic",
        SPECIFIC,
        {"speed": "fast", "inference_geo": "us"},
        6.0,
        1.1,
    ),
    *(
        _scaled(
            f"geography {geo} does not scale",
            "§3.5",
            "anthropic",
            {"provider_specific_entry": {geo: 9.0}},
            {"inference_geo": geo},
        )
        for geo in ("global", "not_available")
    ),
    _scaled("not elsewhere", "B24", "bedrock", SPECIFIC, {"speed": "fast", "inference_geo": "us"}),
    Case(
        "cache, audio and reasoning scale too",
        "§3.5",
        {**RICH, **RESIDENCY},
        EVERYTHING | {"data_residency": "eu"},
        GENERIC[0] * 1.1,
        GENERIC[1] * 1.1,
        "openai",
    ),
)

FORMULAS = (
    *(
        Case("generic", "§6", RICH, EVERYTHING, *GENERIC, provider)
        for provider in (
            "openai",
            "azure",
            "anthropic",
            "bedrock",
            "gemini",
            "vertex_ai",
            "groq",
            "deepseek",
            "tencent",
            "databricks",
            "fireworks_ai",
            "azure_ai",
            "acme",
        )
    ),
    *(
        Case(
            f"service tiers: {'yes' if rates[0] < 1e-06 else 'no'}",
            "§6 §11",
            RICH,
            CALL | {"service_tier": "flex"},
            1000 * rates[0],
            100 * rates[1],
            provider,
        )
        for provider, rates in (
            *(
                (p, (5e-07, 1.1e-06))
                for p in (
                    "openai",
                    "azure",
                    "azure_ai",
                    "anthropic",
                    "bedrock",
                    "gemini",
                    "vertex_ai",
                    "databricks",
                    "acme",
                )
            ),
            *(
                (p, (1e-06, 2e-06))
                for p in (
                    "xai",
                    "perplexity",
                    "dashscope",
                    "qwencloud",
                    "qwen_ai_platform",
                    "deepseek",
                    "tencent",
                    "fireworks_ai",
                )
            ),
        )
    ),
    # xai
    Case(
        "details of the output do not count", "§6", RICH, EVERYTHING, GENERIC[0], 500 * 2e-06, "xai"
    ),
    Case(
        "reasoning outside the completion is added",
        "§6",
        RICH,
        {
            "prompt_tokens": 1000,
            "completion_tokens": 300,
            "reasoning_tokens": 200,
            "total_tokens": 1500,
        },
        IN,
        500 * 2e-06,
        "xai",
    ),
    # perplexity
    Case(
        "whole prompt at the input rate, reasoning apart",
        "§6 B17",
        RICH,
        EVERYTHING,
        IN,
        300 * 2e-06 + 200 * 3e-06,
        "perplexity",
    ),
    Case(
        "reasoning without a rate is not apart",
        "§6",
        {**RICH, "output_cost_per_reasoning_token": None},
        EVERYTHING,
        IN,
        500 * 2e-06,
        "perplexity",
    ),
    Case(
        "citations", "§6", RICH, CALL | {"citation_tokens": 70}, IN + 70 * 1e-08, OUT, "perplexity"
    ),
    Case(
        "no thresholds",
        "§6 B17",
        RICH,
        {"prompt_tokens": 200_001},
        200_001 * 1e-06,
        0.0,
        "perplexity",
    ),
    Case(
        "no ranges",
        "§6 B17",
        {**RICH, "tiered_pricing": [{"range": [0, 9000], "input_cost_per_token": 7e-06}]},
        {"prompt_tokens": 1000},
        1000 * 1e-06,
        0.0,
        "perplexity",
    ),
    # dashscope and its family
    *(
        case
        for provider in ("dashscope", "qwencloud", "qwen_ai_platform")
        for case in (
            Case(
                "no modalities, no one-hour writes",
                "§6 B18",
                RICH,
                EVERYTHING,
                500 * 1e-06 + 300 * 1e-07 + 200 * 1.25e-06,
                300 * 2e-06 + 200 * 3e-06,
                provider,
            ),
            Case(
                "no thresholds",
                "§6",
                RICH,
                {"prompt_tokens": 200_001},
                200_001 * 1e-06,
                0.0,
                provider,
            ),
            Case(
                "the range counts cached tokens beyond the prompt",
                "§6",
                {
                    "mode": "chat",
                    "tiered_pricing": [
                        {"range": [0, 1000], "input_cost_per_token": 1e-06},
                        {"range": [1000, 9000], "input_cost_per_token": 2e-06},
                    ],
                },
                {"prompt_tokens": 500, "cache_read_tokens": 1500},
                1500 * 2e-06,
                0.0,
                provider,
            ),
            Case(
                "off-peak input does not stand in for the cache rate",
                "§6 B18",
                {
                    **TEXT,
                    "off_peak_pricing": {"hours_utc": "00:00-00:00", "input_cost_per_token": 3e-07},
                },
                {
                    "prompt_tokens": 1000,
                    "cache_read_tokens": 400,
                    "ended_at": datetime(2026, 7, 1, tzinfo=UTC),
                },
                600 * 3e-07 + 400 * 1e-06,
                0.0,
                provider,
            ),
        )
    ),
    # fireworks
    Case(
        "cached tokens at half price",
        "§6",
        TEXT,
        {"prompt_tokens": 1000, "cache_read_tokens": 400},
        600 * 1e-06 + 400 * (0.5 * 1e-06),
        0.0,
        "fireworks_ai",
    ),
    Case(
        "half of the base rate, even above a threshold",
        "§6 B23",
        {**TEXT, "input_cost_per_token_above_200k_tokens": 3e-06},
        {"prompt_tokens": 300_000, "cache_read_tokens": 100_000},
        200_000 * 3e-06 + 100_000 * (0.5 * 1e-06),
        0.0,
        "fireworks_ai",
    ),
    Case(
        "an explicit cache rate wins",
        "§6",
        {**TEXT, "cache_read_input_token_cost": 0.0},
        {"prompt_tokens": 1000, "cache_read_tokens": 400},
        600 * 1e-06,
        0.0,
        "fireworks_ai",
    ),
    Case(
        "half of the off-peak rate",
        "§6",
        {**TEXT, "off_peak_pricing": {"hours_utc": "00:00-00:00", "input_cost_per_token": 4e-07}},
        {
            "prompt_tokens": 1000,
            "cache_read_tokens": 400,
            "ended_at": datetime(2026, 7, 1, tzinfo=UTC),
        },
        600 * 4e-07 + 400 * (0.5 * 4e-07),
        0.0,
        "fireworks_ai",
    ),
    Case(
        "not for its other entries",
        "§6",
        {**TEXT, "litellm_provider": "fireworks_ai-embedding-models"},
        {"prompt_tokens": 1000, "cache_read_tokens": 400},
        600 * 1e-06 + 400 * 1e-06,
        0.0,
        "fireworks_ai",
    ),
    # free
    Case("always free", "§6", TEXT, CALL, 0.0, 0.0, "lemonade"),
    Case("always free", "§6", TEXT, CALL, 0.0, 0.0, "huggingface"),
    Case(
        "free by its entry",
        "§13",
        {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
        CALL,
        0.0,
        0.0,
    ),
    Case(
        "an entry without any rate", "§6", {"mode": "chat"}, CALL, 0.0, 0.0, issue="nothing_priced"
    ),
    Case(
        "audio only, a provider without a rule: free",
        "§6 B25",
        {"input_cost_per_audio_token": 4e-06},
        {"prompt_tokens": 10, "audio_input_tokens": 10},
        0.0,
        0.0,
        issue="nothing_priced",
    ),
    Case(
        "audio only, a big provider: priced",
        "§6 B25",
        {"input_cost_per_audio_token": 4e-06},
        {"prompt_tokens": 10, "audio_input_tokens": 10},
        10 * 4e-06,
        0.0,
        "openai",
    ),
)


def _stated(note, provider, cost, expected):
    usage = CALL | {"provider_cost": cost}
    return Case(note, "§6", TEXT, usage, *expected, provider, is_stated=expected[0] == 0.0)


STATED = (
    *(
        case
        for provider in ("xai", "perplexity")
        for case in (
            _stated("a stated cost wins", provider, 0.125, (0.0, 0.125)),
            _stated("a stated 0 wins, and nothing is wrong with it", provider, 0.0, (0.0, 0.0)),
        )
    ),
    _stated("a stated cost wins", "openrouter", 0.125, (0.0, 0.125)),
    *(
        _stated(f"a stated cost of {cost} is none", "xai", cost, (IN, OUT))
        for cost in (-0.5, math.inf, math.nan)
    ),
    *(
        _stated("a stated cost does not count", provider, 0.125, (IN, OUT))
        for provider in ("openai", "anthropic", "acme")
    ),
)

SECOND = {"mode": "chat", "input_cost_per_second": 0.0015}

SECONDS = (
    Case(
        "by the second, all on the input side",
        "§8",
        SECOND,
        CALL | {"duration_ms": 2500.0},
        0.0015 * (2500 / 1000),
        0.0,
    ),
    Case("no duration, no cost", "§8", SECOND, CALL, None, None, issue="unknown_duration"),
    Case(
        "cost_per_second comes first",
        "§8",
        {
            "mode": "chat",
            "output_cost_per_second": 9.0,
            "input_cost_per_second": 7.0,
            "cost_per_second": 0.25,
        },
        CALL | {"duration_ms": 2000.0},
        0.25 * 2.0,
        0.0,
    ),
    Case(
        "then input_cost_per_second",
        "§8",
        {"mode": "chat", "output_cost_per_second": 9.0, "input_cost_per_second": 0.25},
        CALL | {"duration_ms": 2000.0},
        0.25 * 2.0,
        0.0,
    ),
    Case(
        "then output_cost_per_second",
        "§8",
        {"mode": "chat", "output_cost_per_second": 0.25},
        CALL | {"duration_ms": 2000.0},
        0.25 * 2.0,
        0.0,
    ),
    Case(
        "an entry with token rates goes by tokens",
        "§8",
        {**TEXT, **SECOND},
        CALL | {"duration_ms": 2500.0},
        IN,
        OUT,
    ),
    Case(
        "for every provider",
        "§8",
        SECOND,
        CALL | {"duration_ms": 2500.0},
        0.0015 * (2500 / 1000),
        0.0,
        "bedrock",
    ),
    Case(
        "no mode counts as chat",
        "§8",
        {"input_cost_per_second": 0.0015},
        CALL | {"duration_ms": 2500.0},
        0.0015 * (2500 / 1000),
        0.0,
    ),
    Case(
        "not in other modes",
        "§8",
        {**SECOND, "mode": "image_generation"},
        CALL | {"duration_ms": 2500.0},
        0.0,
        0.0,
        issue="nothing_priced",
    ),
    Case(
        "no uplift",
        "§8",
        {**SECOND, **RESIDENCY},
        CALL | {"duration_ms": 2500.0, "data_residency": "eu"},
        0.0015 * (2500 / 1000),
        0.0,
        "openai",
    ),
)

CASES = (*UPLIFTS, *FORMULAS, *STATED, *SECONDS)
