"""Batch jobs: rates of their own, or half of the standard ones (§7)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.cases import Case

TEXT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
CACHED = {**TEXT, "cache_read_input_token_cost": 1e-07}
OWN = {
    **CACHED,
    "input_cost_per_token_batches": 4e-07,
    "output_cost_per_token_batches": 9e-07,
}


def _batch(note, entry, expected, /, provider="acme", **usage):
    counts = {"call_type": "aretrieve_batch", "prompt_tokens": 1000} | usage
    return Case(f"batch: {note}", "§7", entry, counts, *expected, provider)


CASES = (
    _batch("its own rates", OWN, (1000 * 4e-07, 100 * 9e-07), completion_tokens=100),
    _batch("half of the standard ones", TEXT, (1000 * 5e-07, 100 * 1e-06), completion_tokens=100),
    _batch("known by its id", TEXT, (1000 * 5e-07, 0.0), call_type=None, request_id="x_batch_cost"),
    # cached tokens
    _batch(
        "half: of the cache rate too",
        CACHED,
        (600 * 5e-07 + 400 * 5e-08, 0.0),
        cache_read_tokens=400,
    ),
    _batch("half: no cache rate is free (B8)", TEXT, (600 * 5e-07, 0.0), cache_read_tokens=400),
    _batch(
        "half: no write rate is the input rate",
        TEXT,
        (600 * 5e-07 + 400 * 5e-07, 0.0),
        cache_creation_tokens=400,
    ),
    _batch(
        "half: cached > prompt is negative (B8)",
        CACHED,
        (-500 * 5e-07 + 1500 * 5e-08, 0.0),
        cache_read_tokens=1500,
    ),
    _batch(
        "half: fireworks has no half-price default (B23)",
        TEXT,
        (600 * 5e-07, 0.0),
        "fireworks_ai",
        cache_read_tokens=400,
    ),
    _batch(
        "own: without a cache rate cached tokens are text",
        OWN,
        (1000 * 4e-07, 0.0),
        cache_read_tokens=400,
    ),
    _batch(
        "own: with one they are not",
        {**OWN, "cache_read_input_token_cost_batches": 6e-08},
        (600 * 4e-07 + 400 * 6e-08, 0.0),
        cache_read_tokens=400,
    ),
    _batch(
        "own: writes of an hour at the write rate",
        {
            **OWN,
            "cache_creation_input_token_cost_batches": 7e-07,
            "cache_creation_input_token_cost_above_1hr": 9e-06,
        },
        (600 * 4e-07 + 400 * 7e-07, 0.0),
        cache_creation_tokens=400,
        cache_creation_5m_tokens=100,
        cache_creation_1h_tokens=300,
    ),
    _batch(
        "own: cached > prompt is no negative text",
        {**OWN, "cache_read_input_token_cost_batches": 6e-08},
        (1500 * 6e-08, 0.0),
        cache_read_tokens=1500,
    ),
    # other modalities
    _batch(
        "own: audio at its batch rate",
        {**OWN, "input_cost_per_audio_token_batches": 3e-06},
        (700 * 4e-07 + 300 * 3e-06, 0.0),
        audio_input_tokens=300,
    ),
    _batch(
        "own: audio without one at the text rate",
        {**OWN, "input_cost_per_audio_token": 8e-06},
        (700 * 4e-07 + 300 * 4e-07, 0.0),
        audio_input_tokens=300,
    ),
    _batch(
        "images at their batch rate",
        {**OWN, "output_cost_per_image_token_batches": 7e-06},
        (1000 * 4e-07, 40 * 9e-07 + 60 * 7e-06),
        completion_tokens=100,
        image_output_tokens=60,
    ),
    _batch(
        "images at half their rate",
        {**OWN, "output_cost_per_image_token": 8e-06},
        (1000 * 4e-07, 40 * 9e-07 + 60 * 4e-06),
        completion_tokens=100,
        image_output_tokens=60,
    ),
    _batch(
        "images are at most the completion",
        {**OWN, "output_cost_per_image_token": 8e-06},
        (1000 * 4e-07, 100 * 4e-06),
        completion_tokens=100,
        image_output_tokens=160,
    ),
    _batch(
        "no reasoning rate",
        {**OWN, "output_cost_per_reasoning_token": 9e-06},
        (1000 * 4e-07, 100 * 9e-07),
        completion_tokens=100,
        reasoning_tokens=60,
    ),
    # what else changes an ordinary call
    _batch(
        "no service tier",
        {**OWN, "input_cost_per_token_flex": 9e-06},
        (1000 * 4e-07, 0.0),
        service_tier="flex",
    ),
    _batch(
        "no off-peak hours",
        {**TEXT, "off_peak_pricing": {"hours_utc": "00:00-00:00", "input_cost_per_token": 9e-06}},
        (1000 * 5e-07, 0.0),
        ended_at=datetime(2026, 7, 1, tzinfo=UTC),
    ),
    _batch(
        "residency, whoever bills",
        {**OWN, "regional_processing_uplift_multiplier_eu": 1.1},
        (1000 * 4e-07 * 1.1, 100 * 9e-07 * 1.1),
        "azure",
        completion_tokens=100,
        data_residency="eu",
    ),
    # thresholds
    *(
        _batch(
            f"threshold, {provider}, {tokens}",
            {
                **OWN,
                "input_cost_per_token_above_200k_tokens_batches": 6e-07,
                "input_cost_per_token_above_200k_tokens": 9e-06,
            },
            (tokens * rate, 100 * 9e-07),
            provider,
            prompt_tokens=tokens,
            completion_tokens=100,
        )
        for provider, tokens, rate in (
            ("acme", 200_000, 4e-07),
            ("acme", 200_001, 6e-07),
            ("xai", 199_999, 4e-07),
            ("xai", 200_000, 6e-07),
        )
    ),
    _batch(
        "half has no threshold",
        {**TEXT, "input_cost_per_token_above_200k_tokens": 9e-06},
        (300_000 * 5e-07, 0.0),
        prompt_tokens=300_000,
    ),
    _batch(
        "a cache rate above a threshold only: below it cached tokens are text",
        {**OWN, "cache_read_input_token_cost_above_200k_tokens_batches": 6e-08},
        (1000 * 4e-07, 0.0),
        cache_read_tokens=400,
    ),
    _batch(
        "a cache rate above a threshold only: above it they are not",
        {**OWN, "cache_read_input_token_cost_above_200k_tokens_batches": 6e-08},
        (200_000 * 4e-07 + 100_000 * 6e-08, 0.0),
        prompt_tokens=300_000,
        cache_read_tokens=100_000,
    ),
    _batch(
        "an input rate above a threshold only: below it half",
        {**CACHED, "input_cost_per_token_above_200k_tokens_batches": 4e-07},
        (600 * 5e-07 + 400 * 5e-08, 0.0),
        cache_read_tokens=400,
    ),
)
