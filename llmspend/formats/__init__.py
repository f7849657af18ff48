"""FORMATS: the log formats llmspend reads, one table of paths each.

A format says which columns identify it and, for each canonical usage column, where its value is. It
opens nothing: `llmspend.logs` reads files by these tables. To add a format, write a file beside
`litellm.py` and list it in FORMATS.
"""

from __future__ import annotations

from llmspend.formats._format import PARENT_SPAN, SPAN, USAGE_BODY, Format
from llmspend.formats.batches import MESSAGE_BATCH, OPENAI_BATCH
from llmspend.formats.canonical import CANONICAL
from llmspend.formats.claude_code import CLAUDE_CODE
from llmspend.formats.clickhouse import CLICKHOUSE
from llmspend.formats.gemini import GENERATE_CONTENT
from llmspend.formats.langfuse import (
    LANGFUSE,
    LANGFUSE_2,
    LANGFUSE_2_PAGES,
    LANGFUSE_PAGES,
)
from llmspend.formats.litellm import SPEND_LOGS
from llmspend.formats.litellm_daily import (
    ACTIVITY_EXPORTS,
    DAILY_ACTIVITY,
    DAILY_SPEND,
    SPEND_SUMMARIES,
)
from llmspend.formats.litellm_pages import SPEND_LOG_PAGES
from llmspend.formats.opentelemetry import OPENTELEMETRY
from llmspend.formats.responses import RESPONSES
from llmspend.formats.standard_logging import STANDARD_LOGGING
from llmspend.formats.usage_reports import ANTHROPIC_USAGE, OPENAI_USAGE
from llmspend.formats.zerobus import ZEROBUS

FORMATS: tuple[Format, ...] = (
    CANONICAL,
    SPEND_LOGS,
    SPEND_LOG_PAGES,
    STANDARD_LOGGING,
    CLICKHOUSE,
    ZEROBUS,
    DAILY_SPEND,
    DAILY_ACTIVITY,
    *ACTIVITY_EXPORTS,
    SPEND_SUMMARIES,
    OPENAI_BATCH,
    MESSAGE_BATCH,
    GENERATE_CONTENT,
    CLAUDE_CODE,
    LANGFUSE,
    LANGFUSE_PAGES,
    LANGFUSE_2,
    LANGFUSE_2_PAGES,
    OPENTELEMETRY,
    ANTHROPIC_USAGE,
    OPENAI_USAGE,
    RESPONSES,
)
"""Every format, most specific first."""

__all__ = ["FORMATS", "PARENT_SPAN", "SPAN", "USAGE_BODY", "Format"]
