"""Take CSV apart whose lines do not all end alike: DuckDB fails at such a file, or skips good rows.

Exports of two systems were put together, or an editor touched a few lines. Python's own reader
takes them all, but slowly.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from llmspend.log_files import text_of
from llmspend.log_tables import MAX_OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Read the rows of a CSV file, whatever its lines end in.

    Parameters
    ----------
    file
        A CSV file, its columns known.

    Returns
    -------
    pyarrow.RecordBatchReader
        Its columns as texts, batch by batch. A row that the header does not fit is null in all of
        them, and so is one whose quotes do not match.
    """
    schema = pa.schema([(name, pa.string()) for name in file.columns])
    return pa.RecordBatchReader.from_batches(schema, _batches(file, schema))


def _batches(file: LogFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    rows: list[list[str] | list[None]] = []
    characters = 0
    nothing = [None] * len(schema)
    for row in _rows(file):
        fits = len(row) == len(schema)
        rows.append(row if fits else nothing)
        characters += sum(map(len, row)) if fits else 0
        if len(rows) >= _BATCH_ROWS or characters >= _BATCH_CHARACTERS:
            yield _batch(rows, schema)
            rows, characters = [], 0
    if rows:
        yield _batch(rows, schema)


def _batch(rows: list[list[str] | list[None]], schema: pa.Schema) -> pa.RecordBatch:
    read = (
        [None if cell in _NULLS else cell for cell in cells] for cells in zip(*rows, strict=True)
    )
    return pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in read], schema=schema)


def _rows(file: LogFile) -> Iterator[list[str]]:
    """Yield the cells of the rows after the header; none of a row whose quotes do not match."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_OBJECT_BYTES))
    before = file.skipped
    with text_of(file) as text:
        rows = csv.reader(text, delimiter=file.delimiter, strict=True)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield []
                continue
            if before:
                before -= 1
            elif row:  # blank lines are no rows
                yield row
