"""Every log format on small files of its shape: what it reads, what it costs, what it bears.

A case is a row of FORMAT_CASES: a file of ``tests/data/formats`` (its README says where each shape
comes from), the format that must claim it, and all that must be read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parent.parent / "data" / "formats"


@dataclass(frozen=True)
class FormatCase:
    """A file, and what is in it."""

    file: str
    """In DATA: a file, or a folder of files."""
    format: str
    """The name of the format that must claim it, and no other may."""
    usage: tuple[Mapping[str, Any], ...]
    """Every row: the columns that have another value than their default, but where it stands."""
    costs: tuple[float | None, ...]
    """What the first rows cost with the fictional cost map of the tests, USD."""
    issues: tuple[str | None, ...] = ()
    """The issues of those rows; empty: none has any."""


def utc(*parts: int) -> datetime:
    """Give a moment, UTC."""
    return datetime(*parts, tzinfo=UTC)
