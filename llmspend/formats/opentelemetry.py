"""Spans of OpenTelemetry in OTLP JSON: what the collector's file exporter writes.

The attributes are those of the GenAI conventions, old and new, and of OpenInference and
OpenLLMetry. Spans of agents, workflows and tools are passed over: they repeat what the calls inside
them used. The spans of a call that was traced twice have the same response id, and count once.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._counts import CACHE_INCLUDED, DURATION, NO_USAGE
from llmspend.formats._format import Format

PROVIDERS: Final = {
    "aws.bedrock": "bedrock",
    "aws_bedrock": "bedrock",
    "aws": "bedrock",
    "amazon-bedrock": "bedrock",
    "gcp.vertex_ai": "vertex_ai",
    "vertexai": "vertex_ai",
    "google_vertexai": "vertex_ai",
    "google.vertex": "vertex_ai",
    "google.vertex.chat": "vertex_ai",
    "gcp.gemini": "gemini",
    "gcp.gen_ai": "gemini",
    "google": "gemini",
    "google_genai": "gemini",
    "google_generativeai": "gemini",
    "google.generative-ai": "gemini",
    "az.ai.openai": "azure",
    "azure.ai.openai": "azure",
    "azure_openai": "azure",
    "azure-openai.chat": "azure",
    "az.ai.inference": "azure_ai",
    "azure.ai.inference": "azure_ai",
    "openai.chat": "openai",
    "openai.responses": "openai",
    "openai.embedding": "openai",
    "anthropic.messages": "anthropic",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "x_ai": "xai",
    "xai.chat": "xai",
    "ibm.watsonx.ai": "watsonx",
    "fireworks": "fireworks_ai",
    "together": "together_ai",
}
"""``gen_ai.provider.name`` or ``gen_ai.system`` → LiteLLM's name; others are LiteLLM's already."""

_CALL_TYPES: Final = {
    "chat": "acompletion",
    "text_completion": "atext_completion",
    "generate_content": "agenerate_content",
    "embeddings": "aembedding",
    "embedding": "aembedding",
    "EMBEDDING": "aembedding",
    "completion": "atext_completion",
    "LLM": "acompletion",
}
"""What operation or kind a span is of → the kind of call; other operations are no calls."""

_VALUES: Final = ("stringValue", "intValue", "doubleValue", "boolValue")
_PLAIN: Final = ", ".join(f"a -> '$.value.{kind}'" for kind in _VALUES)
_ATTRIBUTES: Final = (
    "CASE WHEN json_type(try_cast({} AS JSON)) = 'ARRAY' THEN '{' || array_to_string("
    "list_transform(CAST({} AS JSON[]), lambda a: "
    f"coalesce((a -> '$.key')::VARCHAR, '\"\"') || ':' || coalesce({_PLAIN}, 'null')::VARCHAR)"
    ", ',') || '}' END"
)
"""A list of keys and typed values → an object."""


def _at(*names: str, of: str = "attrs") -> tuple[str, ...]:
    return tuple(f'{of}:"{name}"' for name in names)


def _said(*names: str) -> str:
    values = ", ".join(_sql.at(f'"{name}"') for name in names)
    return f"coalesce({values})"


_OPERATION: Final = ("gen_ai.operation.name", "llm.request.type")
_KIND: Final = ("openinference.span.kind", "traceloop.span.kind")
_MODEL: Final = (
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "embedding.model_name",
)
_CALLS: Final = ", ".join(f"'{name}'" for name in _CALL_TYPES)
_IS_CALL: Final = (
    f"CASE WHEN {_said(*_OPERATION)} IS NOT NULL THEN {_said(*_OPERATION)} IN ({_CALLS}) "
    f"WHEN {_said(*_KIND)} IS NOT NULL THEN {_said(*_KIND)} IN ({_CALLS}) "
    f"ELSE {_said(*_MODEL)} IS NOT NULL END"
)

OPENTELEMETRY: Final = Format(
    name="OpenTelemetry spans",
    about="GenAI spans in OTLP JSON, as the collector's file exporter writes them.",
    source="OpenTelemetry semantic conventions 1.27 to 1.41, GenAI; OpenInference; OpenLLMetry",
    identified_by=frozenset({"spanId", "traceId"}),
    rows=("resourceSpans", "scopeSpans", "spans"),
    document=frozenset({"resourceSpans"}),
    above={"resource": "1:resource.attributes"},
    paths={
        "request_id": (*_at("gen_ai.response.id"), "spanId"),
        "session_id": (*_at("gen_ai.conversation.id", "session.id"), "traceId"),
        "call_type": _at(*_OPERATION, *_KIND),
        "status": ("outcome",),
        "error_class": _at("error.type"),
        "started_at": ("startTimeUnixNano",),
        "ended_at": ("endTimeUnixNano",),
        "model": _at(*_MODEL),
        "response_model": _at("gen_ai.response.model"),
        "provider": _at("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
        "api_base": _at("server.address"),
        "end_user": _at("user.id", "enduser.id"),
        "project": _at("service.name", of="service"),
        "tags": _at("tag.tags"),
        "prompt_tokens": _at(
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.token_count.prompt",
            "llm.usage.prompt_tokens",
        ),
        "completion_tokens": _at(
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.token_count.completion",
            "llm.usage.completion_tokens",
        ),
        "total_tokens": _at(
            "gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"
        ),
        "cache_read_tokens": _at(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "llm.token_count.prompt_details.cache_read",
            "llm.usage.cache_read_input_tokens",
        ),
        "cache_creation_tokens": _at(
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "llm.token_count.prompt_details.cache_write",
            "llm.usage.cache_creation_input_tokens",
        ),
        "audio_input_tokens": _at("llm.token_count.prompt_details.audio"),
        "audio_output_tokens": _at("llm.token_count.completion_details.audio"),
        "reasoning_tokens": _at(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
            "llm.usage.reasoning_tokens",
        ),
        "service_tier": _at("openai.request.service_tier", "gen_ai.openai.request.service_tier"),
        "served_service_tier": _at(
            "openai.response.service_tier", "gen_ai.openai.response.service_tier"
        ),
        "logged_spend": _at("gen_ai.cost.total_cost", "gen_ai.usage.cost", "llm.cost.total"),
        "logged_input_cost": _at("gen_ai.cost.input_cost", "llm.cost.prompt"),
        "logged_output_cost": _at("gen_ai.cost.output_cost", "llm.cost.completion"),
    },
    texts={
        "messages": _at("gen_ai.input.messages", "input.value"),
        "response": _at("gen_ai.output.messages", "output.value"),
    },
    computed={
        "attrs": ("attributes", _ATTRIBUTES),
        "service": ("resource", _ATTRIBUTES),
        "outcome": (
            "status",
            f"CASE WHEN {_sql.at('code')} IN ('2', 'STATUS_CODE_ERROR') THEN 'failure' END",
        ),
    },
    is_row={"attrs": f"coalesce({_IS_CALL}, false)"},
    derived=(
        {
            "status": pl.col("status").fill_null("success"),
            "call_type": pl.col("call_type").replace_strict(
                _CALL_TYPES, default=None, return_dtype=pl.String
            ),
            "provider": pl.col("provider")
            .str.to_lowercase()
            .pipe(lambda name: name.replace_strict(PROVIDERS, default=name)),
            **DURATION,
            **CACHE_INCLUDED,
        },
        NO_USAGE,
    ),
)
"""A span a row; those that call no model are passed over."""
