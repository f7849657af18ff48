"""CSV: how a file of cells is written, told by its beginning; and its rows, read in Python.

Every tool has its own delimiter, its own way to write a quote inside quotes, and its own word for
null. What is not certain is left as it is: a customer may be called ``NULL``.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmspend.copy_text import NO_HEADER, is_copy_text, is_header
from llmspend.log_tables import MAX_OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.log_tables import LogFile

SNIFFED_CHARACTERS: Final = 256 * 1024
"""How much of a file is looked at, at most, to tell how it is written."""

_DELIMITERS: Final = ",\t;"
_A_NAME: Final = re.compile(r"[\w .:$-]{1,63}")
"""What most columns are called; of a row that is split in the wrong places, few cells are such."""


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
    delimiter = max(_DELIMITERS, key=lambda d: _likeness(_first(lines, d)))
    if delimiter == "\t" and (file.kind == "copy" or is_copy_text(lines)):
        return _headed(replace(file, kind="copy"), lines[0].rstrip("\r\n").split("\t"), "\t")
    return _headed(replace(file, kind="csv"), _first(lines, delimiter), delimiter)


def _whole_lines(beginning: str) -> list[str]:
    lines = [*io.StringIO(beginning, newline="")]
    # the last one was cut
    return lines[:-1] if len(lines) > 1 and len(beginning) >= SNIFFED_CHARACTERS else lines


def _first(lines: Sequence[str], delimiter: str) -> list[str]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_OBJECT_BYTES))
    return next(csv.reader(lines, delimiter=delimiter), [])


def _likeness(cells: Sequence[str]) -> tuple[int, int]:
    """Tell how much cells are like a header: names, and many of them."""
    return sum(bool(_A_NAME.fullmatch(cell)) for cell in cells), len(cells)


def _headed(file: LogFile, columns: list[str], delimiter: str) -> LogFile:
    if columns and not is_header(columns):
        return replace(file, delimiter=delimiter, problem=NO_HEADER)
    names = dict.fromkeys(columns, "VARCHAR")
    return replace(file, columns=names, delimiter=delimiter, skipped=1)
