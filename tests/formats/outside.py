"""A case of a log from outside LiteLLM: its file, what it gives, and what a row says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from llmspend.usage import COLUMN_BY_NAME

_PLACE = ("source_file", "source_row")


@dataclass(frozen=True)
class OutsideCase:
    """A fixture, the rows it gives (columns that are not at their default) and what they cost."""

    format: str
    file: str
    rows: tuple[dict, ...]
    costs: tuple[float | None, ...]
    issues: dict[int, str] = field(default_factory=dict)


def at(minute, second=0, hour=10, day=1, micro=0):
    return datetime(2026, 7, day, hour, minute, second, micro, tzinfo=UTC)


def stated(row):
    """What a row says beyond the defaults."""
    return {
        name: value
        for name, value in row.items()
        if name not in _PLACE and value != COLUMN_BY_NAME[name].default
    }
