"""LiteLLM_SpendLogs: the table in which a LiteLLM proxy keeps one row per request.

Columns as of LiteLLM 1.106.2 (``proxy/schema.prisma``); older installations lack some, and each
key of ``metadata`` is optional. ``metadata.usage_object`` is the normalised usage; where it is
absent (older rows) ``metadata.additional_usage_values`` is the only place with cache counts.
"""

from __future__ import annotations

import polars as pl

from llmspend.formats._counts import CACHE_INCLUDED, DURATION
from llmspend.formats._format import Format


def _usage(*paths: str) -> tuple[str, ...]:
    return tuple(f"metadata:usage_object.{path}" for path in paths)


def _prompt(*names: str) -> tuple[str, ...]:
    return _usage(*(f"prompt_tokens_details.{n}" for n in names))


def _completion(name: str) -> tuple[str, ...]:
    return _usage(f"completion_tokens_details.{name}")


def _pages(name: str) -> tuple[str, ...]:
    # the usage of such calls is empty, and what stands beside it is not
    return (*_usage(name), f"metadata:additional_usage_values.{name}")


def _written(ttl: str) -> tuple[str, ...]:
    return (
        *_prompt(f"cache_creation_token_details.ephemeral_{ttl}_input_tokens"),
        *_usage(f"cache_creation.ephemeral_{ttl}_input_tokens"),
    )


_IS_BATCH = pl.col("request_id").str.ends_with("_batch_cost") | pl.col("call_type").is_in(
    ["aretrieve_batch", "retrieve_batch"]
)

SPEND_LOGS = Format(
    name="LiteLLM_SpendLogs",
    about="The table of a LiteLLM proxy with a row per request, in any export of it.",
    source="LiteLLM 1.106.2, proxy/schema.prisma",
    identified_by=frozenset({"request_id", "call_type", "spend", "startTime", "model", "metadata"}),
    paths={
        "request_id": ("request_id",),
        "call_id": ("litellm_call_id", "metadata:litellm_call_id"),
        "session_id": ("session_id",),
        "call_type": ("call_type",),
        "status": ("status", "metadata:status"),
        "error_class": ("metadata:error_information.error_class",),
        "internal_origin": ("metadata:internal_call_origin",),
        "cache_hit": ("cache_hit",),
        "started_at": ("startTime",),
        "ended_at": ("endTime",),
        "first_token_at": ("completionStartTime",),
        "duration_ms": ("request_duration_ms",),
        "model": ("model",),
        # what the row says priced it: the entry itself, else the name it was looked up by
        "logged_model_key": ("metadata:model_map_information.model_map_value.key",),
        "base_model": ("metadata:model_map_information.model_map_key",),
        "provider": ("custom_llm_provider",),
        "model_group": ("model_group",),
        "model_id": ("model_id",),
        "api_base": ("api_base",),
        "key": ("api_key", "metadata:user_api_key"),
        "key_alias": ("metadata:user_api_key_alias",),
        "team": ("team_id", "metadata:user_api_key_team_id"),
        "team_alias": ("metadata:user_api_key_team_alias",),
        "user": ("user", "metadata:user_api_key_user_id"),
        "end_user": ("end_user",),
        "organization": ("organization_id", "metadata:user_api_key_org_id"),
        "organization_alias": ("metadata:user_api_key_org_alias",),
        "project": ("metadata:user_api_key_project_id",),
        "project_alias": ("metadata:user_api_key_project_alias",),
        "tags": ("request_tags",),
        "prompt_tokens": ("prompt_tokens", *_usage("prompt_tokens")),
        "completion_tokens": ("completion_tokens", *_usage("completion_tokens")),
        "total_tokens": ("total_tokens", *_usage("total_tokens")),
        "text_tokens": _prompt("text_tokens"),
        "cache_read_tokens": (
            *_usage("cache_read_input_tokens"),
            *_prompt("cached_tokens"),
            *_usage("prompt_cache_hit_tokens"),
        ),
        "cache_read_text_tokens": _prompt("cached_tokens_details.text_tokens"),
        "cache_read_audio_tokens": _prompt("cached_tokens_details.audio_tokens"),
        "cache_read_image_tokens": _prompt("cached_tokens_details.image_tokens"),
        "cache_creation_tokens": (
            *_usage("cache_creation_input_tokens"),
            *_prompt("cache_write_tokens", "cache_creation_tokens"),
        ),
        "cache_creation_5m_tokens": _written("5m"),
        "cache_creation_1h_tokens": _written("1h"),
        "audio_input_tokens": _prompt("audio_tokens"),
        "image_input_tokens": _prompt("image_tokens"),
        "video_input_tokens": _prompt("video_tokens"),
        "character_count": _prompt("character_count"),
        "image_count": _prompt("image_count"),
        "query_count": _prompt("query_count"),
        "audio_length_seconds": _prompt("audio_length_seconds"),
        "video_length_seconds": _prompt("video_length_seconds"),
        "output_text_tokens": _completion("text_tokens"),
        "reasoning_tokens": (*_completion("reasoning_tokens"), *_usage("reasoning_tokens")),
        "audio_output_tokens": _completion("audio_tokens"),
        "image_output_tokens": _completion("image_tokens"),
        "video_output_tokens": _completion("video_tokens"),
        "citation_tokens": _usage("citation_tokens"),
        # what is not counted in tokens
        "audio_seconds": _usage("seconds"),
        "output_images": _usage("output_image_count"),
        "video_seconds": _usage("duration_seconds"),
        "video_resolution": _usage("video_resolution"),
        "video_count": _usage("video_count"),
        "pages": _pages("pages_processed"),
        "annotation_pages": _pages("pages_processed_annotation"),
        "credits": _pages("credits"),
        "web_searches": (
            *_prompt("web_search_requests"),
            *_usage(
                "server_tool_use.web_search_requests",
                "server_side_tool_usage_details.web_search_calls",
                "web_search_requests",
            ),
        ),
        "browser_opens": _usage("server_tool_use.browser_open_requests"),
        "maps_queries": _prompt("google_maps_grounding_requests"),
        "guardrail_cost": ("metadata:cost_breakdown.guardrail_cost",),
        "service_tier": ("metadata:cost_breakdown.service_tier",),
        "served_service_tier": _usage("service_tier"),
        "traffic_type": _usage("traffic_type"),
        "data_residency": ("metadata:cost_breakdown.data_residency",),
        "vertex_location": ("metadata:cost_breakdown.vertex_location",),
        "inference_geo": _usage("inference_geo"),
        "speed": _usage("speed"),
        "provider_cost": _usage("cost", "provider_reported_cost_usd"),
        "logged_spend": ("spend",),
        "logged_input_cost": ("metadata:cost_breakdown.input_cost",),
        "logged_output_cost": ("metadata:cost_breakdown.output_cost",),
        "logged_tool_cost": ("metadata:cost_breakdown.tool_usage_cost",),
        "logged_asr_cost": ("metadata:cost_breakdown.additional_costs.transcription_cost",),
        "logged_full_cost": ("metadata:cost_breakdown.total_cost",),
    },
    texts={"messages": ("messages",), "response": ("response",)},
    stand_ins={"metadata:usage_object": ("additional_usage_values", "prompt_tokens")},
    derived=(
        {
            # rows older than the column had succeeded, unless their metadata says otherwise
            "status": pl.col("status").fill_null("success"),
            # LiteLLM prices each answer of a batch by its own length; the row has their sum
            "context_tokens": pl.when(_IS_BATCH).then(pl.lit(0, pl.Int64)),
            **DURATION,
            **CACHE_INCLUDED,
        },
    ),
)
"""LiteLLM's spend-log table, in any export of it."""
