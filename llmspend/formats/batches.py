"""Output files of batch jobs: a line per request, with the response inside.

What succeeded is billed at batch rates; what failed, was canceled or expired costs nothing.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._format import Format
from llmspend.formats.responses import BATCH_CALL, CITATIONS, FAILURES

_BODY: Final = "response:body"
_SEARCHES: Final = _sql.counted(".body.output[*].type", "web_search_call")
_REFUSED: Final = f"try_cast({_sql.at('status_code')} AS INTEGER) >= 400"
_FAILED: Final = _sql.translated(FAILURES, _sql.at("body.status"))
_CITATIONS: Final = _sql.counted(f".body.choices{CITATIONS}", "url_citation")
_OUTCOMES: Final = {
    "succeeded": "success",
    "errored": "failure",
    "canceled": "failure",
    "expired": "failure",
}
"""``type`` of a message batch's result → status; of any other line nobody knows it."""

OPENAI_BATCH: Final = Format(
    name="OpenAI batch output",
    about="The output and error files of OpenAI's Batch API (and of Azure's, Groq's …).",
    source="OpenAI API reference: batch, the request output object",
    identified_by=frozenset({"custom_id", "response"}),
    paths={
        "request_id": ("id", "response:request_id", f"{_BODY}.id"),
        "status": ("outcome", "outcome of the line"),
        "error_class": ("error:code", f"{_BODY}.error.code", f"{_BODY}.error.type"),
        "started_at": (f"{_BODY}.created", f"{_BODY}.created_at"),
        "ended_at": (f"{_BODY}.completed_at", f"{_BODY}.created", f"{_BODY}.created_at"),
        "model": (f"{_BODY}.model",),
        "web_searches": ("searches",),
        "web_search_signal": ("search signal",),
    },
    texts={"response": (_BODY,)},
    usage=(f"{_BODY}.usage",),
    computed={
        "outcome": (
            "response",
            f"CASE WHEN {_REFUSED} THEN 'failure' ELSE {_FAILED} END",
        ),
        "outcome of the line": (
            "error",
            "CASE WHEN {}::VARCHAR NOT IN ('', 'null') THEN 'failure' ELSE 'success' END",
        ),
        "searches": ("response", _SEARCHES),
        "search signal": (
            "response",
            f"CASE WHEN {_SEARCHES} > 0 THEN 'item' WHEN {_CITATIONS} > 0 THEN 'citation' END",
        ),
    },
    derived=({"call_type": pl.lit(BATCH_CALL)},),
)
"""One line per request of a finished batch."""

MESSAGE_BATCH: Final = Format(
    name="Anthropic message-batch results",
    about="The results file of Anthropic's Message Batches API.",
    source="Anthropic API reference: retrieve message batch results",
    identified_by=frozenset({"custom_id", "result"}),
    paths={
        "request_id": ("result:message.id",),
        "status": ("outcome",),
        "error_class": ("result:error.error.type", "kind of failure"),
        "model": ("result:message.model",),
        "web_searches": ("result:message.usage.server_tool_use.web_search_requests",),
    },
    texts={"response": ("result:message.content",)},
    usage=("result:message.usage",),
    computed={
        "outcome": ("result", _sql.translated(_OUTCOMES, _sql.at("type"))),
        "kind of failure": ("result", f"nullif({_sql.at('type')}, 'succeeded')"),
    },
    derived=({"call_type": pl.lit(BATCH_CALL), "provider": pl.lit("anthropic")},),
)
"""One line per request of a finished batch."""
