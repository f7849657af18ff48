"""Pages of LiteLLM's spend logs: what ``/spend/logs/v2`` and ``/spend/logs/ui`` answer.

A file may hold one page, or several, one to a line or in a list.
"""

from __future__ import annotations

from dataclasses import replace

from llmspend.formats.litellm import SPEND_LOGS

SPEND_LOG_PAGES = replace(
    SPEND_LOGS,
    name="LiteLLM spend log pages",
    about="Pages of requests as a LiteLLM proxy's /spend/logs/v2 and /spend/logs/ui give them.",
    source="LiteLLM 1.106.2, proxy/spend_tracking/spend_management_endpoints.py",
    rows=("data",),
    document=frozenset({"data", "total", "page"}),
)
"""Rows of the spend logs in pages."""
