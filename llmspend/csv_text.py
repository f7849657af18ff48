"""CSV: how a file of cells is written, told by its beginning; and its rows, read in Python.

Every tool has its own delimiter, its own way to write a quote inside quotes, and its own word for
null. What is not certain is left as it is: a customer may be called ``NULL``.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmspend.copy_text import NO_HEADER, is_copy_text, is_header
from llmspend.log_tables import MAX_OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspend.log_tables import LogFile

SNIFFED_CHARACTERS: Final = 256 * 1024
"""How much of a file is looked at, at most, to tell how it is written."""

_DELIMITERS: Final = ",\t;|"
_A_NAME: Final = re.compile(r"[\w .:$-]{1,63}")
"""What most columns are called; of a row that is split in the wrong places, few cells are such."""

_NULL_WORDS: Final = frozenset(
    (
        *("NULL", "Null", "null", "<null>", "[NULL]", "(null)", "ᴺᵁᴸᴸ", "\\\\N"),
        *("None", "NaN", "nan", "NaT", "<NA>", "NA"),
    )
)
"""How null is spelled out: by clients of databases, by Python, by R."""


def told_by(file: LogFile, beginning: str) -> LogFile:
    """Tell how a file of cells is written.

    Parameters
    ----------
    file
        Of kind ``csv`` or ``copy``.
    beginning
        As many characters of it as SNIFFED_CHARACTERS, or all.

    Returns
    -------
    LogFile
        With its columns; or without, where its first line is no header. COPY text has that kind,
        whatever the file is called.
    """
    lines = _whole_lines(beginning)
    delimiter = max(_DELIMITERS, key=lambda d: _likeness(next(_cells(lines, d), [])))
    if delimiter == "\t" and (file.kind == "copy" or is_copy_text(lines)):
        rows = [line.rstrip("\r\n").split("\t") for line in lines]
        return _headed(replace(file, kind="copy", delimiter="\t"), rows)
    return _headed(replace(file, kind="csv", delimiter=delimiter), [*_cells(lines, delimiter)])


def _whole_lines(beginning: str) -> list[str]:
    lines = [*io.StringIO(beginning, newline="")]
    # the last one was cut
    return lines[:-1] if len(lines) > 1 and len(beginning) >= SNIFFED_CHARACTERS else lines


def _cells(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_OBJECT_BYTES))
    with suppress(csv.Error):
        yield from csv.reader(lines, delimiter=delimiter)


def _likeness(cells: Sequence[str]) -> tuple[int, int]:
    """Tell how much cells are like a header: names, and many of them."""
    return sum(bool(_A_NAME.fullmatch(cell)) for cell in cells), len(cells)


def _headed(file: LogFile, rows: Sequence[list[str]]) -> LogFile:
    """Tell the columns of a file by its first rows."""
    header = rows[0] if rows else []
    if header and not is_header(header):
        return replace(file, null_words=_null_words(rows), problem=NO_HEADER)
    columns = dict.fromkeys(_unlike(header), "VARCHAR")
    return replace(file, columns=columns, skipped=1, null_words=_null_words(rows[1:]))


def _unlike(header: Sequence[str]) -> list[str]:
    """Name the columns so that each has a name of its own: of those alike, the first keeps it."""
    names: dict[str, str] = {}
    for place, cell in enumerate(header, 1):
        name = given = cell.strip() or f"column {place}"
        number = 1
        while name.lower() in names:
            number += 1
            name = f"{given} ({number})"
        names[name.lower()] = name
    return [*names.values()]


def _null_words(rows: Sequence[list[str]]) -> dict[str, frozenset[int]]:
    """Find the words that may be how null is written, and in which columns they stand."""
    found: dict[str, set[int]] = {}
    for row in rows:
        for place, cell in enumerate(row):
            if cell in _NULL_WORDS:
                found.setdefault(cell, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}
