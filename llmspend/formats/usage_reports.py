"""Usage reports of providers: sums per minute, hour or day, as their administration APIs give them.

A report has counts and no money, so its sums are priced by rates. What a request's price hangs on
shows only as far as the report was grouped by it: model, service tier, batch. The length of prompts
is told by Anthropic's ``context_window``; for OpenAI it is the average of the sum.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._format import Format
from llmspend.formats.responses import BATCH_CALL

_CONTEXTS: Final = {"0-200k": "200000", "200k-1M": "200001"}
"""``context_window`` → the length of a prompt in it."""

_CALL_TYPES: Final = {
    "organization.usage.completions.result": "acompletion",
    "organization.usage.embeddings.result": "aembedding",
    "organization.usage.moderations.result": "amoderation",
    "organization.usage.images.result": "aimage_generation",
    "organization.usage.audio_speeches.result": "aspeech",
    "organization.usage.audio_transcriptions.result": "atranscription",
}
"""``object`` of a result → the kind of calls that it sums up."""

_IS_SEARCHES: Final = f"{_sql.at('object')} = 'organization.usage.web_searches.result'"


_WRITTEN: Final = pl.sum_horizontal("cache_creation_5m_tokens", "cache_creation_1h_tokens")
_PROMPT: Final = pl.col("prompt_tokens") + pl.col("cache_read_tokens") + _WRITTEN

ANTHROPIC_USAGE: Final = Format(
    name="Anthropic usage report",
    about="Sums of Anthropic's administration API: GET /v1/organizations/usage_report/messages.",
    source="Anthropic API reference: get messages usage report",
    identified_by=frozenset({"uncached_input_tokens", "output_tokens"}),
    rows=("data", "results"),
    document=frozenset({"data", "has_more"}),
    above={"starting_at": "1:starting_at"},
    paths={
        "started_at": ("starting_at",),
        "call_type": ("batch",),
        "model": ("model",),
        "key": ("api_key_id",),
        "user": ("account_id", "service_account_id"),
        "project": ("workspace_id",),
        "prompt_tokens": ("uncached_input_tokens",),
        "completion_tokens": ("output_tokens",),
        "cache_read_tokens": ("cache_read_input_tokens",),
        "cache_creation_5m_tokens": (
            "cache_creation:ephemeral_5m_input_tokens",
            "cache_creation_5m_input_tokens",
        ),
        "cache_creation_1h_tokens": (
            "cache_creation:ephemeral_1h_input_tokens",
            "cache_creation_1h_input_tokens",
        ),
        "web_searches": ("server_tool_use:web_search_requests",),
        "service_tier": ("service_tier",),
        "inference_geo": ("inference_geo",),
        "speed": ("speed",),
        "context_tokens": ("context",),
    },
    computed={
        "batch": ("service_tier", _sql.translated({"batch": BATCH_CALL})),
        "context": ("context_window", _sql.translated(_CONTEXTS)),
    },
    derived=(
        {
            "status": pl.lit("success"),
            "provider": pl.lit("anthropic"),
            "call_type": pl.col("call_type").fill_null("anthropic_messages"),
            "text_tokens": pl.col("prompt_tokens"),
            "cache_creation_tokens": _WRITTEN,
            "prompt_tokens": _PROMPT,
            "total_tokens": _PROMPT + pl.col("completion_tokens"),
            # not grouped by it: as if all were short
            "context_tokens": pl.col("context_tokens").fill_null(0),
        },
    ),
    is_summary=True,
)
"""A sum of a bucket of time a row."""

OPENAI_USAGE: Final = Format(
    name="OpenAI usage report",
    about="Sums of OpenAI's administration API: GET /v1/organization/usage/completions and others.",
    source="OpenAI API reference: usage",
    identified_by=frozenset({"object", "num_model_requests"}),
    rows=("data", "results"),
    document=frozenset({"object", "data", "has_more"}),
    above={"start_time": "1:start_time"},
    paths={
        "started_at": ("start_time",),
        "call_type": ("batches", "kind"),
        "model": ("model",),
        "key": ("api_key_id",),
        "user": ("user_id",),
        "project": ("project_id",),
        "prompt_tokens": ("input_tokens",),
        "completion_tokens": ("output_tokens",),
        "cache_read_tokens": ("input_cached_tokens",),
        "cache_read_audio_tokens": ("input_cached_audio_tokens",),
        "cache_read_image_tokens": ("input_cached_image_tokens",),
        "cache_creation_tokens": ("input_cache_write_tokens",),
        "audio_input_tokens": ("input_audio_tokens",),
        "image_input_tokens": ("input_image_tokens",),
        "audio_output_tokens": ("output_audio_tokens",),
        "image_output_tokens": ("output_image_tokens",),
        "prompt_characters": ("characters",),
        "audio_seconds": ("seconds",),
        "output_images": ("images",),
        "image_size": ("size",),
        "web_searches": ("searches",),
        "web_search_signal": ("search signal",),
        "search_context_size": ("context_level",),
        "service_tier": ("service_tier",),
        "request_count": ("num_model_requests",),
    },
    computed={
        "batches": ("batch", _sql.translated({"true": BATCH_CALL})),
        "kind": ("object", _sql.translated(_CALL_TYPES)),
        # searches of files are counted by the same name
        "searches": ("*", f"CASE WHEN {_IS_SEARCHES} THEN {_sql.at('num_requests')} END"),
        # as if a response listed them: each is charged
        "search signal": ("*", f"CASE WHEN {_IS_SEARCHES} THEN 'item' END"),
    },
    derived=(
        {
            "status": pl.lit("success"),
            "provider": pl.lit("openai"),
            # what is cached stands beside these counts, not in them
            "audio_input_tokens": pl.col("audio_input_tokens") + pl.col("cache_read_audio_tokens"),
            "image_input_tokens": pl.col("image_input_tokens") + pl.col("cache_read_image_tokens"),
            "total_tokens": pl.col("prompt_tokens") + pl.col("completion_tokens"),
            "context_tokens": pl.when(pl.col("request_count") > 0)
            .then(pl.col("prompt_tokens") // pl.col("request_count"))
            .otherwise(0),
        },
    ),
    is_summary=True,
)
"""A sum of a bucket of time a row."""
