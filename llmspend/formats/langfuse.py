"""Generations of Langfuse: exports of its table of observations, and pages of its API.

``usageDetails`` names counts freely. By convention ``input`` and ``output`` leave out what stands
beside them (``input_cached_tokens``, ``output_reasoning_tokens`` …); but loggers that hand on what
a provider counted include it. The stated total tells: it is the sum of either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._counts import DURATION, NO_USAGE
from llmspend.formats._format import Format

_COUNTS: Final = "map_entries(try_cast(try_cast({} AS JSON) AS MAP(VARCHAR, DOUBLE)))"
_INPUT: Final = "^(input|prompt|cache)"
_OUTPUT: Final = "^(output|completion|candidates|reasoning|thoughts)"
_WHOLE_INPUT: Final = "^(input|input_tokens|prompt_tokens|prompt_token_count)$"
_WHOLE_OUTPUT: Final = "^(output|output_tokens|completion_tokens|candidates_token_count)$"
_TOTAL: Final = "^(total|total_tokens|total_token_count)$"


def _sum(keys: str) -> str:
    """Write the sum of the counts whose names match."""
    return (
        f"coalesce(list_sum(list_transform(list_filter({_COUNTS}, "
        f"lambda e: regexp_matches(e.key, '{keys}')), lambda e: e.value)), 0)"
    )


def _side(whole: str, parts: str) -> str:
    """Write the count of one side: what the total says that the whole is."""
    includes = f"{_sum(_WHOLE_INPUT)} + {_sum(_WHOLE_OUTPUT)} = {_sum(_TOTAL)}"
    return f"CASE WHEN {includes} THEN {_sum(whole)} ELSE {_sum(parts)} END"


LANGFUSE: Final = Format(
    name="Langfuse observations",
    about="Generations of Langfuse: exports as JSON, JSON lines or CSV.",
    source="Langfuse 3, exports of the observations table and fern/apis/server/definition",
    identified_by=frozenset({"id", "traceId", "startTime", "model", "level"}),
    paths={
        "request_id": ("id",),
        "session_id": ("sessionId", "traceId"),
        "call_type": ("kind",),
        "status": ("outcome",),
        "started_at": ("startTime",),
        "ended_at": ("endTime", "startTime"),
        "first_token_at": ("completionStartTime",),
        "model": ("model",),
        "end_user": ("userId",),
        "project": ("projectId",),
        "tags": ("traceTags", "tags"),
        "prompt_tokens": (
            "input count",
            "inputUsage",
            "promptTokens",
            "usage:input",
            "usage:promptTokens",
        ),
        "completion_tokens": (
            "output count",
            "outputUsage",
            "completionTokens",
            "usage:output",
            "usage:completionTokens",
        ),
        "total_tokens": ("usageDetails:total", "totalUsage", "totalTokens", "usage:total"),
        "cache_read_tokens": tuple(
            f"usageDetails:{key}"
            for key in (
                "cache_read_input_tokens",
                "input_cached_tokens",
                "input_cache_read",
                "cached_content_token_count",
            )
        ),
        "cache_creation_tokens": tuple(
            f"usageDetails:{key}" for key in ("cache_creation_input_tokens", "input_cache_creation")
        ),
        "cache_creation_5m_tokens": ("usageDetails:input_cache_creation_5m",),
        "cache_creation_1h_tokens": ("usageDetails:input_cache_creation_1h",),
        "audio_input_tokens": ("usageDetails:input_audio_tokens",),
        "audio_output_tokens": ("usageDetails:output_audio_tokens",),
        "reasoning_tokens": tuple(
            f"usageDetails:{key}"
            for key in ("output_reasoning_tokens", "output_reasoning", "thoughts_token_count")
        ),
        "logged_spend": (
            "costDetails:total",
            "totalCost",
            "calculatedTotalCost",
            "usage:totalCost",
        ),
        "logged_input_cost": ("inputCost", "calculatedInputCost", "costDetails:input"),
        "logged_output_cost": ("outputCost", "calculatedOutputCost", "costDetails:output"),
    },
    texts={"messages": ("input",), "response": ("output",)},
    computed={
        "kind": ("type", _sql.translated({"EMBEDDING": "aembedding"})),
        "outcome": ("level", _sql.translated({"ERROR": "failure"})),
        "input count": ("usageDetails", _side(_WHOLE_INPUT, _INPUT)),
        "output count": ("usageDetails", _side(_WHOLE_OUTPUT, _OUTPUT)),
    },
    is_row={"type": f"{_sql.TEXT} IN ('GENERATION', 'EMBEDDING')"},
    derived=(
        {
            "status": pl.col("status").fill_null("success"),
            # 0 is what it says where it knows no price
            "logged_spend": pl.when(pl.col("logged_spend") != 0).then("logged_spend"),
            **DURATION,
        },
        NO_USAGE,
    ),
)
"""An observation a row; those that call no model are passed over."""

LANGFUSE_PAGES: Final = replace(
    LANGFUSE,
    name="Langfuse API pages",
    about="Pages of Langfuse's API: GET /api/public/observations.",
    rows=("data",),
    document=frozenset({"data", "meta"}),
)
"""The same, as the API gives them."""
