"""Take text apart at which DuckDB's reader of CSV ends: a row is broken, a byte is not UTF-8.

An export was cut, two were put together, an editor touched a few lines. DuckDB can skip broken
rows, but then skips good ones too where lines end in several ways, and is no faster than Python.
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

_BATCH_ROWS: Final = 10_000
_BATCH_CHARACTERS: Final = 16 * 1024 * 1024
"""A batch ends with the row that reaches one of them."""


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
        of them, and so is one whose quotes do not match. Of others ``line``, and what the file is
        opened by. Bytes that are not UTF-8 are replaced; but a line of JSON with such is null.
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
    # what is wrong in a cell is shown; in JSON it may be anything
    errors = "strict" if file.kind == "json" else "replace"
    with lines_of(file) as lines:
        for number, line in enumerate(lines):
            content = line.removesuffix(b"\n").removesuffix(b"\r")
            if number < file.skipped or not content:
                continue
            try:
                text = (content if number else content.removeprefix(BOM_UTF8)).decode(errors=errors)
            except UnicodeDecodeError:
                yield [None, file.opened_by]
            else:
                yield [text, file.opened_by]


def _rows(file: LogFile) -> Iterator[list[str | None]]:
    """Yield the cells of the rows after the header; nothing of a row that cannot be read."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_OBJECT_BYTES))
    width, before = len(file.columns), file.skipped
    nothing: list[str | None] = [None] * width
    nulls = frozenset(file.every_null)
    with text_of(file) as text:
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
                cells = [None if cell in nulls else cell for cell in row]
                yield cells if len(cells) == width else nothing
