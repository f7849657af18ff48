r"""COPY text: what PostgreSQL's ``COPY … TO`` writes, alone or inside a database dump.

A line is a row, tabs are between its cells, ``\N`` is null, and a backslash escapes. Alone it may
have a header (PostgreSQL 15 and later); in a dump the columns stand in the statement before it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspend.log_tables import LogFile

DUMP_BEGINNINGS: Final = (b"--", b"\\restrict", b"SET ", b"COPY ", b"BEGIN")
"""How a dump begins: what a table of logs does not."""

NO_HEADER: Final = "its first line is a row, not a header"

_STATEMENT: Final = re.compile(rb"COPY +([^(]+?) *\((.*)\) +FROM +stdin;?\s*", re.IGNORECASE)
_NAME: Final = re.compile(r'"((?:[^"]|"")*)"|([^\s,."]+)')
_LAST: Final = b"\\."
_PLAIN_JSON: Final = re.compile(r'[{\[].*"')
"""JSON without quotes around it; an empty object or list says nothing: no CSV quotes those."""
_IN_QUOTES: Final = re.compile(r'"(?=[^"]*"")(?:[^"]|"")*"|"(?=[^"]*\\")(?:[^"\\]|\\.)*"')
"""A cell of CSV in quotes, with a quote inside: doubled, or after a backslash."""
_NO_NAME: Final = re.compile(
    r"\\N|[{\[].*|[-+0-9.:eE TZ]*|.*[\x00-\x08\x0e-\x1f\x7f].*|.{301,}", re.DOTALL
)
"""What no column is called: null, JSON, a number, a time, nothing; what is no text; a long text.

Nowhere may names be longer than BigQuery's.
"""


def tables_of(file: LogFile, lines: Iterable[bytes]) -> tuple[LogFile, ...]:
    """Find the tables in a database dump.

    Parameters
    ----------
    file
        The dump.
    lines
        Its lines.

    Returns
    -------
    tuple of LogFile
        One for each ``COPY … FROM stdin``, in order; a dump that was cut ends inside the last.
    """
    tables: list[LogFile] = []
    table: LogFile | None = None
    number = rows = 0
    for number, line in enumerate(lines, 1):
        if table is None:
            statement = line.startswith((b"COPY ", b"copy ")) and _STATEMENT.fullmatch(line)
            if statement:
                table = replace(
                    file,
                    table=_names(statement[1])[-1],
                    columns=dict.fromkeys(_names(statement[2]), "VARCHAR"),
                    skipped=number,
                    before=rows,
                )
        elif line.rstrip(b"\r\n") == _LAST:
            height = number - 1 - table.skipped
            tables.append(replace(table, height=height))
            rows += height
            table = None
    if table is not None:
        tables.append(replace(table, height=number - table.skipped))
    return tuple(tables)


def _names(listed: bytes) -> list[str]:
    found = _NAME.findall(listed.decode("utf-8", "replace"))
    return [quoted.replace('""', '"') or plain for quoted, plain in found] or [""]


def is_copy_text(lines: Iterable[str]) -> bool:
    r"""Tell COPY text from cells between tabs that are quoted.

    Parameters
    ----------
    lines
        The first lines of a file.

    Returns
    -------
    bool
        True if a cell is ``\N``, or JSON without quotes around it; but False if any is in quotes
        and has quotes inside that are written for such: COPY text never does that.
    """
    cells = [cell for line in lines for cell in line.rstrip("\r\n").split("\t")]
    is_plain = any(cell == r"\N" or _PLAIN_JSON.match(cell) for cell in cells)
    return is_plain and not any(map(_IN_QUOTES.fullmatch, cells))


def is_header(cells: Iterable[str]) -> bool:
    """Tell a line of names from a row.

    Parameters
    ----------
    cells
        The cells of the first line.

    Returns
    -------
    bool
        False if any of them, but for nothing in the first, is what no column is called.
    """
    # a row number, as pandas and R write it, has no name
    _, *others = given = [*cells]
    named = given if given[0].strip() else others
    return bool(named) and not any(_NO_NAME.fullmatch(cell) for cell in named)
