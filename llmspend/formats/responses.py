"""Responses of LLM APIs as their SDKs dump them: one object to a line, whatever its shape.

Chat Completions, Responses, Embeddings and Messages may stand in one file: the usage body of each
is read by its own shape, and ``object`` or ``type`` says what kind of call it was. Who answered is
not in a response; the model's name tells.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._format import Format

BATCH_CALL: Final = "aretrieve_batch"
"""The call type of what a finished batch answered: it is billed at batch rates."""

_CALL_TYPES: Final = {
    "chat.completion": "acompletion",
    "text_completion": "atext_completion",
    "response": "aresponses",
    "list": "aembedding",
    "message": "anthropic_messages",
}
"""``object``, or ``type``, of a response → the kind of call."""

_SEARCHES: Final = _sql.counted("[*].type", "web_search_call")
CITATIONS: Final = "[*].message.annotations[*].type"
"""Where the choices of a chat answer say what its annotations are."""

FAILURES: Final = {"failed": "failure", "cancelled": "failure"}
"""``status`` of a response that failed → how it is called here."""

RESPONSES: Final = Format(
    name="API responses",
    about="Responses of OpenAI's, Anthropic's and compatible APIs, as their SDKs dump them.",
    source="OpenAI API reference: chat, responses, embeddings; Anthropic API reference: messages",
    identified_by=frozenset({"model", "usage"}),
    lacks=frozenset({"traceId"}),
    paths={
        "request_id": ("id",),
        "call_type": ("kind by object", "kind by type"),
        "status": ("outcome",),
        "error_class": ("error:code", "error:type"),
        "started_at": ("created", "created_at"),
        "ended_at": ("completed_at", "created", "created_at"),
        "model": ("model",),
        "served_service_tier": ("service_tier",),
        "user": ("user",),
        "web_searches": (
            "usage:server_tool_use.web_search_requests",
            "searches",
        ),
        "file_searches": ("file searches",),
        "web_search_signal": ("search signal",),
    },
    texts={"response": ("output", "choices", "content")},
    usage=("usage",),
    computed={
        "kind by object": ("object", _sql.translated(_CALL_TYPES)),
        "kind by type": ("type", _sql.translated(_CALL_TYPES)),
        "outcome": ("status", _sql.translated(FAILURES)),
        "searches": ("output", _SEARCHES),
        "file searches": ("output", _sql.counted("[*].type", "file_search_call")),
        "search signal": ("output", f"CASE WHEN {_SEARCHES} > 0 THEN 'item' END"),
    },
    derived=(
        {
            "status": pl.col("status").fill_null("success"),
            "call_type": pl.when(pl.col("served_service_tier") == "batch")
            .then(pl.lit(BATCH_CALL))
            .otherwise("call_type"),
        },
    ),
)
"""What an API answered, a line each."""

GENERATE_CONTENT: Final = Format(
    name="Gemini responses",
    about="Responses of Gemini's generateContent, as its SDKs dump them.",
    source="Gemini API reference: GenerateContentResponse",
    identified_by=frozenset({"modelVersion", "usageMetadata"}),
    paths={
        "request_id": ("responseId",),
        "started_at": ("createTime",),
        "ended_at": ("createTime",),
        "model": ("modelVersion",),
    },
    texts={"response": ("candidates",)},
    usage=("usageMetadata",),
    derived=({"status": pl.lit("success"), "call_type": pl.lit("agenerate_content")},),
)
"""What Gemini answered, a line each."""
