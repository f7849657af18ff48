"""Spans of OpenTelemetry in OTLP JSON: what the collector's file exporter writes.

The attributes are those of the GenAI conventions, old and new, of OpenInference, OpenLLMetry, the
AI SDK of Vercel and LiteLLM's own logger. Spans of agents, workflows and tools are passed over:
they repeat what the calls inside them used. The spans of a call that was traced twice have the same
response id, or one is inside the other and has the same counts: they count once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.formats import _litellm_spans as litellm
from llmspend.formats import _sql
from llmspend.formats._counts import (
    CACHE_INCLUDED_IN_SPANS,
    DURATION,
    NO_USAGE,
    REASONING_INCLUDED,
)
from llmspend.formats._format import PARENT_SPAN, SPAN, Format
from llmspend.log_tables import literal
from llmspend.row_classes import CALL_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    # frameworks, and LiteLLM where it does not know: the model's name tells who bills
    "strands-agents": None,
    "gcp.vertex.agent": None,
    "unknown": None,
}
"""``gen_ai.provider.name`` or ``gen_ai.system`` → LiteLLM's name; others are LiteLLM's already."""

_CALL_TYPES: Final = {
    **{name: name for name in CALL_TYPES},
    "chat": "acompletion",
    "text_completion": "atext_completion",
    "generate_content": "agenerate_content",
    "embeddings": "aembedding",
    "embedding": "aembedding",
    "completion": "atext_completion",
    "llm": "acompletion",
    **{
        f"ai.{call}.do{what}": kind
        for call, what, kind in (
            ("generatetext", "generate", "acompletion"),
            ("streamtext", "stream", "acompletion"),
            ("generateobject", "generate", "acompletion"),
            ("streamobject", "stream", "acompletion"),
            ("embed", "embed", "aembedding"),
            ("embedmany", "embed", "aembedding"),
        )
    },
}
"""What operation or kind a span is of, in lower case → the kind of call."""

_NO_CALLS: Final = (
    # operations
    *("create_agent", "invoke_agent", "invoke_workflow", "execute_tool", "retrieval"),
    *("execute_event_loop_cycle", "invoke_swarm", "invoke_graph", "agent_step"),
    *("ai.generatetext", "ai.streamtext", "ai.generateobject", "ai.streamobject"),
    *("ai.embed", "ai.embedmany", "ai.rerank", "ai.toolcall"),
    # kinds
    *("agent", "chain", "evaluator", "guardrail", "prompt", "reranker", "retriever", "task"),
    *("tool", "workflow"),
)
"""Operations and kinds of spans that are around a call, or beside it, and repeat its tokens."""

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
    values = ", ".join(f"""nullif({_sql.at(f'"{name}"')}, '')""" for name in names)
    return f"coalesce({values})"


_OPERATION: Final = (
    "litellm.call_type",
    "gen_ai.operation.name",
    "llm.request.type",
    "ai.operationId",
)
_KIND: Final = ("openinference.span.kind", "traceloop.span.kind")
_MODEL: Final = (
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "embedding.model_name",
    "ai.model.id",
)
_PROVIDER: Final = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
)
_PROMPT: Final = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.tokens",
)
_COMPLETION: Final = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
)


def _one_of(said: str, names: Iterable[str]) -> str:
    return f"lower({said}) IN ({', '.join(map(literal, names))})"


_IS_CALL: Final = (
    f"CASE WHEN {_one_of(_said(*_OPERATION), _NO_CALLS)} THEN false "
    f"WHEN {_one_of(_said(*_OPERATION), _CALL_TYPES)} THEN true "
    f"WHEN {_one_of(_said(*_KIND), _NO_CALLS)} THEN false "
    f"WHEN {_one_of(_said(*_KIND), _CALL_TYPES)} THEN true "
    # others say by their tokens what they are; a call that failed has none
    f"ELSE {_said(*_MODEL)} IS NOT NULL AND ({_said(*_PROMPT, *_COMPLETION)} IS NOT NULL "
    f"OR ({_said(*_OPERATION, *_KIND)} IS NULL AND {_said(*_PROVIDER)} IS NOT NULL)) END"
)

_WITHOUT_CACHE: Final = ("opentelemetry.instrumentation.bedrock",)
"""Instrumentations that copy a prompt without its cached tokens, and a total without them.

OpenLLMetry's of Bedrock up to 0.62.4; the conventions would have them included.
"""

_METADATA: Final = litellm.value_of("ai.response.providerMetadata")
_ANTHROPICS_PROMPT: Final = f"try(({_METADATA}) ->> '$.anthropic.usage.input_tokens')"
_STATED_PROMPT: Final = litellm.value_of("gen_ai.usage.input_tokens", "intValue")
_LEAVES_OUT: Final = {
    # of whose spans
    "scope leaves out": ("scope", _one_of(_sql.TEXT, _WITHOUT_CACHE)),
    # the AI SDK up to 5 hands on what Anthropic counts; from 6 on the cached tokens are included
    "sdk leaves out": ("attributes", f"({_ANTHROPICS_PROMPT}) = ({_STATED_PROMPT})"),
}
"""Columns that say that the prompt lacks its cached tokens, if there are any → the test."""

_PATHS: Final = {
    "request_id": (*_at("gen_ai.response.id"), "spanId"),
    "session_id": (*_at("gen_ai.conversation.id", "session.id"), "traceId"),
    "call_type": _at(*_OPERATION, *_KIND),
    "status": ("outcome",),
    "error_class": _at("error.type"),
    "started_at": ("startTimeUnixNano",),
    "ended_at": ("endTimeUnixNano",),
    "model": _at(*_MODEL),
    "response_model": _at("gen_ai.response.model"),
    "provider": _at(*_PROVIDER),
    "api_base": _at("server.address"),
    "end_user": _at("user.id", "enduser.id"),
    "project": _at("service.name", of="service"),
    "tags": _at("tag.tags"),
    "prompt_tokens": _at(*_PROMPT),
    "completion_tokens": _at(*_COMPLETION),
    "total_tokens": _at(
        "gen_ai.usage.total_tokens",
        "llm.usage.total_tokens",
        "llm.token_count.total",
        "ai.usage.totalTokens",
    ),
    "cache_read_tokens": (
        *_at(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "llm.token_count.prompt_details.cache_read",
            "llm.usage.cache_read_input_tokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
            "ai.usage.cachedInputTokens",
        ),
        "sdk:anthropic.usage.cache_read_input_tokens",
    ),
    "cache_creation_tokens": (
        *_at(
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "llm.token_count.prompt_details.cache_write",
            "llm.usage.cache_creation_input_tokens",
            "ai.usage.inputTokenDetails.cacheWriteTokens",
        ),
        "sdk:anthropic.usage.cache_creation_input_tokens",
        "sdk:bedrock.usage.cacheWriteInputTokens",
    ),
    "cache_creation_5m_tokens": ("sdk:anthropic.usage.cache_creation.ephemeral_5m_input_tokens",),
    "cache_creation_1h_tokens": ("sdk:anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
    "audio_input_tokens": _at("llm.token_count.prompt_details.audio"),
    "audio_output_tokens": _at("llm.token_count.completion_details.audio"),
    "reasoning_tokens": _at(
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "ai.usage.reasoningTokens",
    ),
    "service_tier": _at("openai.request.service_tier", "gen_ai.openai.request.service_tier"),
    "served_service_tier": _at(
        "openai.response.service_tier", "gen_ai.openai.response.service_tier"
    ),
    "logged_spend": _at("gen_ai.cost.total_cost", "gen_ai.usage.cost", "llm.cost.total"),
    "logged_input_cost": _at("gen_ai.cost.input_cost", "llm.cost.prompt"),
    "logged_output_cost": _at("gen_ai.cost.output_cost", "llm.cost.completion"),
    "usage_issue": tuple(_LEAVES_OUT),
}
"""Where the conventions and the AI SDK have what the canonical columns want."""

OPENTELEMETRY: Final = Format(
    name="OpenTelemetry spans",
    about="GenAI spans in OTLP JSON, as the collector's file exporter writes them.",
    source="OpenTelemetry semantic conventions 1.27 to 1.41, GenAI; OpenInference; OpenLLMetry; "
    "Vercel AI SDK 5 to 7; LiteLLM 1.106.2, integrations/opentelemetry.py and otel/",
    identified_by=frozenset({"spanId", "traceId"}),
    rows=("resourceSpans", "scopeSpans", "spans"),
    document=frozenset({"resourceSpans"}),
    above={"resource": "1:resource.attributes", "scope": "2:scope.name"},
    paths={
        name: (*litellm.PATHS.get(name, ()), *_PATHS.get(name, ()))
        for name in dict.fromkeys((*_PATHS, *litellm.PATHS))
    },
    texts={
        "messages": _at("gen_ai.input.messages", "input.value"),
        "response": _at("gen_ai.output.messages", "output.value"),
    },
    nesting={SPAN: ("spanId",), PARENT_SPAN: ("parentSpanId",)},
    computed={
        "attrs": ("attributes", _ATTRIBUTES),
        "service": ("resource", _ATTRIBUTES),
        "sdk": ("attributes", _METADATA),
        **{
            name: (of, f"CASE WHEN {test} THEN 'prompt_excluded_cache' END")
            for name, (of, test) in _LEAVES_OUT.items()
        },
        **litellm.COMPUTED,
        "outcome": (
            "status",
            f"CASE WHEN {_sql.at('code')} IN ('2', 'STATUS_CODE_ERROR') THEN 'failure' END",
        ),
    },
    is_row={"attrs": f"coalesce({_IS_CALL}, false)"},
    derived=(
        {
            "status": pl.col("status").fill_null("success"),
            "call_type": pl.col("call_type")
            .str.to_lowercase()
            .replace_strict(_CALL_TYPES, default=None, return_dtype=pl.String),
            "provider": pl.col("provider")
            .str.to_lowercase()
            .pipe(
                lambda name: name.replace_strict(PROVIDERS, default=name, return_dtype=pl.String)
            ),
            **DURATION,
            **CACHE_INCLUDED_IN_SPANS,
        },
        REASONING_INCLUDED,
        NO_USAGE,
    ),
)
"""A span a row; those that call no model are passed over."""
