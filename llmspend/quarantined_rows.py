"""Rows that could not be read: which, where, and why.

`read_logs` keeps such rows, without values and with an issue; why one is broken is looked up in its
file, when somebody asks. What stands in a broken row is never shown: it may be a prompt or a key.
"""

from __future__ import annotations

import csv
import itertools
import json
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.log_files import lines_of, look_into, text_of
from llmspend.opened_files import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmspend.log_tables import Kind, LogFile

SCHEMA: Final = pl.Schema(
    {
        "source_file": pl.String(),
        "source_row": pl.Int64(),
        "line": pl.Int64(),
        "reason": pl.String(),
    }
)
_BROKEN: Final = "unreadable_row"


def quarantine(usage: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """List the rows of logs that could not be read, and say why.

    Parameters
    ----------
    usage
        What `llmspend.read_logs` gave, or charges. Their files are read again, if there are any
        such rows.

    Returns
    -------
    polars.DataFrame
        A row for each: ``source_file``, ``source_row``, ``line`` (where it begins in a text file,
        from 1) and ``reason``; in the order of the files. The rows of a log are these, and the
        rest.

    Raises
    ------
    InputError
        When the frame does not say where its rows come from.

    Examples
    --------
    >>> import llmspend
    >>> usage = llmspend.read_logs("sample_data/litellm_spend_logs.jsonl")
    >>> quarantine(usage).height
    0
    """
    lazy = usage.lazy()
    needed = ("source_file", "source_row", "usage_issue")
    missing = [c for c in needed if c not in lazy.collect_schema()]
    if missing:
        raise InputError(f"the frame does not say where its rows come from: no {missing[0]}.")
    broken = lazy.filter(usage_issue=_BROKEN).select("source_file", "source_row").collect()
    tables = [
        _reasons(str(path), rows["source_row"].to_list())
        for (path,), rows in broken.group_by("source_file", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *tables])


def _reasons(path: str, rows: list[int]) -> pl.DataFrame:
    with reading(path):
        file = look_into(path)
        wanted = set(rows)
        found = {n: (line, why) for n, line, why in _EXAMINED[file.kind](file) if n in wanted}
    unknown = (None, "The row holds nothing that its format promises.")
    return pl.DataFrame(
        [(path, n, *found.get(n, unknown)) for n in rows], schema=SCHEMA, orient="row"
    )


def _examine_lines(file: LogFile) -> Iterator[tuple[int, int, str]]:
    """Yield number, line and fault of the lines of a JSON file."""
    if file.layout != "newline_delimited":
        return
    number = 0
    with lines_of(file) as lines:
        for line, whole in enumerate(lines, 1):
            content = whole.removeprefix(BOM_UTF8) if line == 1 else whole
            if not content.strip():
                continue
            number += 1
            try:
                value = json.loads(content.decode())
            except UnicodeDecodeError as error:
                yield number, line, f"The line is not UTF-8: its byte {error.start + 1}."
                continue
            except (ValueError, RecursionError) as error:
                yield number, line, f"The line is not JSON: {error}."
                continue
            if not isinstance(value, dict):
                yield number, line, f"The line is a JSON {type(value).__name__}, not an object."


def _examine_cells(file: LogFile) -> Iterator[tuple[int, int, str]]:
    """Yield number, line and fault of the rows of a CSV file that its header does not fit."""
    width = len(file.columns)
    csv.field_size_limit(2**31 - 1)
    with text_of(file) as text:
        rows = csv.reader(text, delimiter=file.delimiter)
        next(rows, None)
        begins = rows.line_num + 1
        for number, row in enumerate((r for r in rows if r), 1):
            if len(row) != width:
                yield number, begins, f"The row has {len(row)} cells, the header {width}."
            else:
                yield number, begins, "The quotes of the row do not match."
            begins = rows.line_num + 1


def _examine_copy(file: LogFile) -> Iterator[tuple[int, int, str]]:
    """Yield number, line and fault of the lines of COPY text that have other cells than columns."""
    for table in file.tables or (file,):
        width, begins = len(table.columns), table.skipped
        end = None if table.height is None else begins + table.height
        with lines_of(file) as lines:
            for number, content in enumerate(itertools.islice(lines, begins, end), 1):
                cells = content.count(b"\t") + 1
                if cells != width:
                    reason = f"The row has {cells} cells, the table {width} columns."
                    yield table.before + number, begins + number, reason


def _examine_nothing(_: LogFile) -> Iterator[tuple[int, int, str]]:
    yield from ()


_EXAMINED: Final[dict[Kind, Callable[[LogFile], Iterator[tuple[int, int, str]]]]] = {
    "json": _examine_lines,
    "csv": _examine_cells,
    "copy": _examine_copy,
    "parquet": _examine_nothing,
}
