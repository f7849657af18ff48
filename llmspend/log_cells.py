"""Take files apart that DuckDB fails at: CSV whose lines end in several ways, text not in UTF-8.

Exports of two systems were put together, or an editor touched a few lines. Python's own readers
take them all, but slowly.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from llmspend.log_files import lines_of, text_of
from llmspend.log_tables import FILE, MAX_OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmspend.log_tables import LogFile

_READ_CHARACTERS: Final = 1024 * 1024
_BATCH_ROWS: Final = 10_000
_BATCH_CHARACTERS: Final = 16 * 1024 * 1024
"""A batch ends with the row that reaches one of them."""
_NULLS: Final = ("", "\\N")
"""Nothing, or what ClickHouse writes: see `llmspend.log_tables`."""


def mixes_line_ends(file: LogFile) -> bool:
    r"""Tell whether a file has several of ``\n``, ``\r\n`` and ``\r``.

    Parameters
    ----------
    file
        A CSV file. It is read until a second kind of line end is seen.

    Returns
    -------
    bool
        Those inside cells count too.
    """
    seen: set[str] = set()
    held = ""
    with text_of(file) as text:
        while part := text.read(_READ_CHARACTERS):
            whole = held + part
            held = whole[-1] if whole.endswith("\r") else ""  # is it one end, or half of one?
            whole = whole.removesuffix("\r")
            both = whole.count("\r\n")
            counts = {"\r\n": both, "\n": whole.count("\n") - both, "\r": whole.count("\r") - both}
            seen |= {end for end, count in counts.items() if count}
            if len(seen) > 1:
                return True
    return len(seen | {*held}) > 1


def cells_of(file: LogFile) -> pa.RecordBatchReader:
    """Read the rows of a text file, whatever its lines end in and hold.

    Parameters
    ----------
    file
        CSV, its columns known; COPY text; JSON lines.

    Returns
    -------
    pyarrow.RecordBatchReader
        Texts, batch by batch. Of CSV its columns; a row that the header does not fit is null in all
        of them, and so is one whose quotes do not match, or that is not UTF-8. Of others ``line``,
        null where it is not UTF-8, and what the file is opened by.
    """
    is_csv = file.kind == "csv"
    names, rows = ([*file.columns], _rows(file)) if is_csv else (["line", FILE], _lines(file))
    schema = pa.schema([(name, pa.string()) for name in names])
    batches = (_batch(group, schema) for group in _grouped(rows))
    return pa.RecordBatchReader.from_batches(schema, batches)


def _grouped(rows: Iterable[list[str | None]]) -> Iterator[list[list[str | None]]]:
    group: list[list[str | None]] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += sum(map(len, filter(None, row)))
        if len(group) >= _BATCH_ROWS or characters >= _BATCH_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _batch(rows: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _lines(file: LogFile) -> Iterator[list[str | None]]:
    """Yield the lines after those that come before the first row."""
    with lines_of(file) as lines:
        for number, line in enumerate(lines):
            if number < file.skipped:
                continue
            content = line.removesuffix(b"\n").removesuffix(b"\r")
            if content:
                yield [_text(content if number else content.removeprefix(BOM_UTF8)), file.opened_by]


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _rows(file: LogFile) -> Iterator[list[str | None]]:
    """Yield the cells of the rows after the header; nothing of a row that cannot be read."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_OBJECT_BYTES))
    width, before = len(file.columns), file.skipped
    nothing: list[str | None] = [None] * width
    with text_of(file, errors="surrogateescape") as text:
        rows = csv.reader(text, delimiter=file.delimiter, strict=True)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield nothing
                continue
            if before:
                before -= 1
            elif row:  # blank lines are no rows
                fits = len(row) == width and is_utf_8(row)
                yield [None if cell in _NULLS else cell for cell in row] if fits else nothing


def is_utf_8(cells: list[str]) -> bool:
    """Tell whether cells hold text only.

    Parameters
    ----------
    cells
        As they were read with ``errors="surrogateescape"``.

    Returns
    -------
    bool
        False where bytes stand for themselves.
    """
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
