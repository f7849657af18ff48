"""Responses of LLM APIs as their SDKs dump them: one object to a line, whatever its shape.

Chat Completions, Responses, Embeddings and Messages may stand in one file: the usage body of each
is read by its own shape, and ``object`` or ``type`` says what kind of call it was. Who answered is
not in a response; the model's name tells. The chunks of a streamed response have its id: the first
gets the counts of all, which grow from chunk to chunk, and the others are duplicates.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._counts import of_all_lines
from llmspend.formats._format import Format

BATCH_CALL: Final = "aretrieve_batch"
"""The call type of what a finished batch answered: it is billed at batch rates."""

_CALL_TYPES: Final = {
    "chat.completion": "acompletion",
    "chat.completion.chunk": "acompletion",
    "text_completion": "atext_completion",
    "response": "aresponses",
    "list": "aembedding",
    "message": "anthropic_messages",
}
"""``object``, or ``type``, of a response → the kind of call."""

CITATIONS: Final = "[*].*.annotations[*].type"
"""Where the choices of a chat answer, or of a chunk of one, say what its annotations are."""

_SEARCHES: Final = _sql.counted("[*].type", "web_search_call")
_BY_SERVER: Final = "server_side_tool_usage_details.web_search_calls"
_CITED: Final = _sql.counted(CITATIONS, "url_citation")
FAILURES: Final = {"failed": "failure", "cancelled": "failure"}
"""``status`` of a response that failed → how it is called here."""
_IS_OPENROUTER: Final = (
    pl.col("request_id").str.starts_with("gen-")
    & pl.col("provider").is_not_null()
    & pl.col("provider_cost").is_not_null()
)

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
        "provider": ("provider",),
        "served_service_tier": ("service_tier",),
        "user": ("user",),
        "web_searches": (
            f"usage:{_BY_SERVER}",
            "usage:prompt_tokens_details.web_search_requests",
            "usage:server_tool_use.web_search_requests",
            "searches",
        ),
        "browser_opens": ("usage:server_tool_use.browser_open_requests",),
        "maps_queries": ("usage:prompt_tokens_details.google_maps_grounding_requests",),
        "file_searches": ("file searches",),
        "web_search_signal": ("server signal", "search signal", "citation signal"),
    },
    texts={"response": ("output", "choices", "content")},
    usage=("usage",),
    spans_lines=True,
    computed={
        "kind by object": ("object", _sql.translated(_CALL_TYPES)),
        "kind by type": ("type", _sql.translated(_CALL_TYPES)),
        "outcome": ("status", _sql.translated(FAILURES)),
        "searches": ("output", _SEARCHES),
        "file searches": ("output", _sql.counted("[*].type", "file_search_call")),
        "search signal": ("output", f"CASE WHEN {_SEARCHES} > 0 THEN 'item' END"),
        "server signal": (
            "usage",
            f"CASE WHEN try_cast({_sql.at(_BY_SERVER)} AS BIGINT) > 0 THEN 'server_side' END",
        ),
        "citation signal": ("choices", f"CASE WHEN {_CITED} > 0 THEN 'citation' END"),
    },
    derived=(
        of_all_lines("request_id"),
        {
            "status": pl.col("status").fill_null("success"),
            # it bills what it states; elsewhere the key may say anything
            "provider": pl.when(_IS_OPENROUTER).then(pl.lit("openrouter")),
            # where searches are counted, the count is what they are charged by
            "web_search_signal": pl.when(
                pl.col("web_searches").is_null() | (pl.col("web_search_signal") != "citation")
            ).then("web_search_signal"),
            "call_type": pl.when(pl.col("served_service_tier") == "batch")
            .then(pl.lit(BATCH_CALL))
            .otherwise("call_type"),
        },
    ),
)
"""What an API answered, a line each."""
