"""Sessions of Claude Code: ``~/.claude/projects/<project>/<session>.jsonl``.

A message stands there once per content block, and again in sessions that were resumed from another:
always with the same ids, so all but the first are duplicates. Early lines may hold what was used up
to then, so the first gets the greatest counts of all lines with its ids (of those that are read in
one batch, which takes tens of thousands of lines). In some versions even the last line of a message
was written before the answer was complete: its output is then counted too low, which nothing in the
file shows.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import _sql
from llmspend.formats._counts import of_all_lines
from llmspend.formats._format import Format

_USAGE: Final = "message:usage"

CLAUDE_CODE: Final = Format(
    name="Claude Code sessions",
    about="What Claude Code keeps of its sessions, under ~/.claude/projects.",
    source="Files of Claude Code 1 and 2; they are not documented",
    identified_by=frozenset({"sessionId", "type", "message", "uuid", "timestamp"}),
    paths={
        "request_id": ("message:id",),
        "call_id": ("requestId",),
        "session_id": ("sessionId",),
        "started_at": ("timestamp",),
        "ended_at": ("timestamp",),
        "model": ("message:model",),
        "project": ("cwd",),
        "tags": ("branches",),
        "web_searches": (f"{_USAGE}.server_tool_use.web_search_requests",),
        "logged_spend": ("costUSD",),
    },
    texts={"response": ("message:content",)},
    usage=(_USAGE,),
    computed={
        "branches": (
            "gitBranch",
            f"CASE WHEN {_sql.TEXT} <> '' THEN json_array({_sql.TEXT}) END",
        ),
    },
    # lines that no model wrote: prompts, summaries, and errors in the place of an answer
    is_row={
        "type": f"{_sql.TEXT} = 'assistant'",
        "message": f"coalesce({_sql.at('model')} <> '<synthetic>', false)",
    },
    spans_lines=True,
    derived=(
        {
            "status": pl.lit("success"),
            "call_type": pl.lit("anthropic_messages"),
            "project_alias": pl.col("project").str.extract(r"([^/\\]+)[/\\]*$"),
            **of_all_lines("request_id", "call_id"),
        },
    ),
)
"""A line per content block of an answer."""
