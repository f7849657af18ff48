"""Generations of Langfuse: exports of its table of observations, and pages of its API.

``usageDetails`` names counts freely. By convention ``input`` and ``output`` leave out what stands
beside them (``input_cached_tokens``, ``output_reasoning_tokens`` …); but loggers that hand on what
a provider counted include it. The stated total tells: it is the sum of either.

The names are those that Langfuse's SDKs and its OpenTelemetry endpoint write, and those that its
own prices know. Its LangChain handlers make ``input_<key>`` of every key of LangChain's
``input_token_details``, so names of other libraries are among them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._counts import DURATION, NO_USAGE
from llmspend.formats._format import Format

_COUNTS: Final = "map_entries(try_cast(try_cast({} AS JSON) AS MAP(VARCHAR, DOUBLE)))"
_TOTAL: Final = "^(total|total_tokens|total_token_count|totalTokenCount)$"
_INPUT: Final = "^(input|prompt|cache)"
_OUTPUT: Final = "^(output|completion|candidates|reasoning|thoughts)"
_WHOLE_INPUT: Final = "^(input|input_tokens|prompt_tokens|prompt_token_count|promptTokenCount)$"
_WHOLE_OUTPUT: Final = (
    "^(output|output_tokens|completion_tokens|candidates_token_count|candidatesTokenCount)$"
)
_SAID_TWICE: Final = {
    "^cache_creation_input_tokens$": "^cache_creation_ephemeral_",
    "^cached_content_token_count$": "^cached_modality_",
}
"""Names of input counts → names of those that say the same again, split up."""

_KINDS: Final = {
    "audio_input_tokens": "^(input_(cached_)?audio(_tokens)?|(input|cached)_modality_(audio|4))$",
    "image_input_tokens": "^(input_image(_tokens)?|(input|cached)_modality_(image|2))$",
    "video_input_tokens": "^(input|cached)_modality_(video|3)$",
    "cache_read_text_tokens": "^(input_cached_text_tokens|cached_modality_(text|1))$",
    "cache_read_audio_tokens": "^(input_cached_audio_tokens|cached_modality_(audio|4))$",
    "cache_read_image_tokens": "^cached_modality_(image|2)$",
    "audio_output_tokens": "^(output_audio(_tokens)?|output_modality_(audio|4))$",
    "image_output_tokens": "^(output_image(_tokens)?|output_modality_(image|2))$",
    "video_output_tokens": "^output_modality_(video|3)$",
}
"""Canonical count → the names of what adds up to it. Google's modalities are names or numbers."""

_READ_BY_KIND: Final = "^(input_cached_(text|audio)_tokens|cached_modality_.*)$"
_WRITTEN: Final = "^input_.*(cache_creation|cache_write|ephemeral_)|^cache_creation_ephemeral_"
_WRITTEN_FOR: Final = (
    "input_cache_creation_{}",
    "input_ephemeral_{}_input_tokens",
    "cache_creation_ephemeral_{}_input_tokens",
)
"""How long what was written is kept stands in the middle."""

_NOT_TOKENS: Final = dict.fromkeys(
    ("CHARACTERS", "IMAGES", "SECONDS", "MILLISECONDS", "REQUESTS"), "no_usage"
)
"""Units in which Langfuse 2 counted beside TOKENS: the tokens of such a row are not known."""
_UNITS: Final = ("CHARACTERS", "IMAGES")
"""Those of which it is plain what was counted."""

_TOKENS: Final = ("prompt_tokens", "completion_tokens", "total_tokens")
_IN_TOKENS: Final = pl.col("usage_issue").ne_missing("no_usage")


def _sum(keys: str) -> str:
    """Write the sum of the counts whose names match; null where there is none."""
    return (
        f"list_sum(list_transform(list_filter({_COUNTS}, "
        f"lambda e: regexp_matches(e.key, '(?i){keys}')), lambda e: e.value))"
    )


def _details(*names: str) -> tuple[str, ...]:
    return tuple(f"usageDetails:{name}" for name in names)


def _counted(keys: str) -> str:
    return f"coalesce({_sum(keys)}, 0)"


def _inputs() -> str:
    """Write the sum of all input counts, each counted once."""
    again = (f" - least({_counted(k)}, {_counted(split)})" for k, split in _SAID_TWICE.items())
    return f"{_counted(_INPUT)}{''.join(again)}"


def _side(whole: str, parts: str, others: tuple[str, str]) -> str:
    """Write the count of one side: the whole alone, where the total says that it is all."""
    totals = ", ".join(f"{whole} + {other}" for other in others)
    return f"CASE WHEN {_counted(_TOTAL)} IN ({totals}) THEN {whole} ELSE {parts} END"


_INPUTS: Final = (_counted(_WHOLE_INPUT), _inputs())
_OUTPUTS: Final = (_counted(_WHOLE_OUTPUT), _counted(_OUTPUT))

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
        "model": ("model", "providedModelName"),
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
        "cache_read_tokens": (
            *_details(
                "cache_read_input_tokens",
                "input_cached_tokens",
                "input_cache_read",
                "input_flex_cache_read",
                "input_priority_cache_read",
                "cached_content_token_count",
                "cachedContentTokenCount",
            ),
            "reads by kind",
        ),
        "cache_creation_tokens": (
            *_details("cache_creation_input_tokens"),
            "writes",
            *_details("cache_write_tokens"),
        ),
        "cache_creation_5m_tokens": _details(*(name.format("5m") for name in _WRITTEN_FOR)),
        "cache_creation_1h_tokens": _details(*(name.format("1h") for name in _WRITTEN_FOR)),
        "reasoning_tokens": _details(
            "output_reasoning_tokens",
            "output_reasoning",
            "output_flex_reasoning",
            "output_priority_reasoning",
            "thoughts_token_count",
            "thoughtsTokenCount",
            "reasoning_tokens",
        ),
        **{name: (name,) for name in _KINDS},
        "prompt_characters": ("CHARACTERS:input",),
        "completion_characters": ("CHARACTERS:output",),
        "output_images": ("IMAGES:output",),
        "served_service_tier": ("tier",),
        "usage_issue": ("unit of usage", "unit of counts"),
        "logged_spend": (
            "costDetails:total",
            "totalCost",
            "calculatedTotalCost",
            "usage:totalCost",
        ),
        "logged_input_cost": ("inputCost", "calculatedInputCost", "input cost"),
        "logged_output_cost": ("outputCost", "calculatedOutputCost", "output cost"),
    },
    texts={"messages": ("input",), "response": ("output",)},
    computed={
        "kind": ("type", _sql.translated({"EMBEDDING": "aembedding"})),
        "outcome": ("level", _sql.translated({"ERROR": "failure"})),
        "input count": ("usageDetails", _side(*_INPUTS, _OUTPUTS)),
        "output count": ("usageDetails", _side(*_OUTPUTS, _INPUTS)),
        "reads by kind": ("usageDetails", _sum(_READ_BY_KIND)),
        "writes": ("usageDetails", _sum(_WRITTEN)),
        **{name: ("usageDetails", _sum(keys)) for name, keys in _KINDS.items()},
        # LangChain's names say at which tier OpenAI answered
        "tier": ("usageDetails", r"regexp_extract({}::VARCHAR, '\binput_(flex|priority)\b', 1)"),
        "input cost": ("costDetails", _sum(_INPUT)),
        "output cost": ("costDetails", _sum(_OUTPUT)),
        "unit of usage": ("usage", _sql.translated(_NOT_TOKENS, _sql.at("unit"))),
        "unit of counts": ("unit", _sql.translated(_NOT_TOKENS)),
        **{u: ("usage", f"CASE {_sql.at('unit')} WHEN '{u}' THEN {{}} END") for u in _UNITS},
    },
    is_row={"type": f"{_sql.TEXT} IN ('GENERATION', 'EMBEDDING')"},
    derived=(
        {name: pl.when(_IN_TOKENS).then(name).otherwise(0) for name in _TOKENS}
        | {
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

LANGFUSE_2: Final = replace(
    LANGFUSE,
    name="Langfuse observations v2",
    about="Observations as version 2 of Langfuse's API names their fields, one a line.",
    source="Langfuse 4, fern/apis/server/definition/observations.yml, ObservationV2 in commons.yml",
    identified_by=frozenset({"id", "traceId", "startTime", "type", "providedModelName"}),
)
"""The fields stand in groups: without ``model`` there is nothing to price."""

LANGFUSE_2_PAGES: Final = replace(
    LANGFUSE_2,
    name="Langfuse API v2 pages",
    about="Pages of GET /api/public/v2/observations?fields=basic,time,model,usage.",
    rows=LANGFUSE_PAGES.rows,
    document=LANGFUSE_PAGES.document,
)
"""The same, as the API gives them."""
