"""Canonical usage itself, as `llmspend convert` writes it: every column stands under its name."""

from __future__ import annotations

from llmspend.formats._format import Format
from llmspend.usage import USAGE_COLUMNS

CANONICAL = Format(
    name="llmspend usage",
    about="Canonical usage, written by llmspend convert.",
    source="llmspend.USAGE_COLUMNS",
    identified_by=frozenset(
        {"request_id", "prompt_tokens", "logged_spend", "usage_issue", "source_file", "source_row"}
    ),
    paths={column.name: (column.name,) for column in USAGE_COLUMNS},
    texts={"messages": ("messages",), "response": ("response",)},
)
"""Usage that was read before; prices of charges are left to be computed anew."""
