"""Run the queries that read log files: batches of rows, numbered as they stand in their files.

A part is one file, or many that are alike: loggers write one object per file, warehouses export
hundreds of Parquet files, and to plan a query for each would take longer than reading them.
"""

from __future__ import annotations

import itertools
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl
import pyarrow as pa

from llmspend.log_cells import cells_of
from llmspend.log_sources import READ_COLUMNS, columns_of, lacked_partitions, rows_of
from llmspend.log_sql import IS_ROW, select
from llmspend.log_tables import CELLS, FILE
from llmspend.opened_files import connected, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from llmspend.formats import Format
    from llmspend.log_tables import LogFile

BATCH_ROWS: Final = 50_000
_ENOUGH_ROWS: Final = 20_000
"""What is done per batch costs more than what is done per row, unless it has this many."""
_FILES_PER_QUERY: Final = 1_000


@dataclass(frozen=True)
class Part:
    """Files that one query reads.

    Attributes
    ----------
    log_format
        Their format.
    files
        Several only if they are alike.
    read
        What reads rows that are in no file: as `batches`, of names and a limit.
    """

    log_format: Format
    files: tuple[LogFile, ...]
    read: Callable[[Sequence[str], int | None], Iterator[pl.DataFrame]] | None = None

    @property
    def path(self) -> str:
        """What an error names."""
        first = self.files[0].path
        return first if len(self.files) == 1 else f"{first} or one of the {len(self.files)} with it"

    @property
    def lines_may_break(self) -> bool:
        """Whether a row can be one that cannot be read."""
        return self.read is None and self.files[0].kind != "parquet"


def parts_of(files: Iterable[tuple[LogFile, Format]]) -> list[Part]:
    """Put neighbouring files together that one query can read.

    Parameters
    ----------
    files
        Each with its format.

    Returns
    -------
    list of Part
        In the order of the files.
    """
    parts: list[Part] = []
    for (log_format, _), group in itertools.groupby(files, key=lambda f: (f[1], _likeness(*f))):
        alike = [file for file, _ in group]
        starts = range(0, len(alike), _FILES_PER_QUERY)
        parts += [Part(log_format, tuple(alike[i : i + _FILES_PER_QUERY])) for i in starts]
    return parts


def _likeness(file: LogFile, log_format: Format) -> object:
    usual = columns_of(log_format, [*READ_COLUMNS])
    folded = {c.lower() for c in usual}
    lacked = lacked_partitions(file)
    # a folder for each day tells nothing that is read
    folders = tuple((c, v) for c, v in lacked.items() if c.lower() in folded)
    if file.kind in ("parquet", "csv"):
        headed = tuple(file.columns.items()), file.skipped, file.delimiter, file.nulls
        return file.kind, file.compression, folders, headed
    if file.kind != "json":
        return file.opened_by, file.skipped
    # every key that the format knows is read; what differs is only how it may be spelled
    unusual = tuple(sorted(c for c in file.columns if c.lower() in folded and c not in usual))
    return file.compression, file.layout, file.marked, folders, unusual


def batches(
    part: Part,
    names: Sequence[str],
    *,
    limit: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Read a part.

    Parameters
    ----------
    part
        The files.
    names
        The canonical columns that are wanted; with ``source_row``, the rows are numbered.
    limit
        How many rows to read at most.

    Yields
    ------
    polars.DataFrame
        Those of `names` that the format has, in the order of the files.

    Raises
    ------
    LogFormatError
        When a file cannot be read: it is damaged, or gone.
    """
    if part.read is not None:
        yield from part.read(names, limit)
        return
    with reading(part.path):
        by_cells = part.files[0].kind in ("csv", "copy") or part.files[0].marked
        read = _cell_batches if by_cells else _numbered_batches
        left = limit
        for frame in read(part, names, limit):
            batch = frame if left is None else frame.head(left)
            if part.log_format.is_row:
                batch = batch.filter(pl.col(IS_ROW))
            yield batch.select([n for n in names if n in batch.columns] or ["source_row"])
            if left is not None:
                left -= batch.height
                if left <= 0:
                    return


def _query(part: Part, names: Sequence[str]) -> str:
    kind = part.files[0].kind
    texts = "messages" in names or "response" in names
    rows, types = rows_of(part.log_format, part.files, texts=texts)
    given = {*part.log_format.every_path, "usage_issue"}
    wanted = [n for n in names if n in given]
    passed = [FILE] if kind == "json" or len(part.files) > 1 else []
    may_break = kind in ("json", "copy") or part.files[0].apart
    return select(part.log_format, rows, types, wanted, lines_may_break=may_break, passed=passed)


def _run(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pl.DataFrame]:
    reader = connection.sql(query).to_arrow_reader(BATCH_ROWS)
    try:
        for table in _gathered(reader):
            frame = pl.DataFrame(table)
            yield frame.cast({n: READ_COLUMNS[n].dtype for n in frame.columns if n in READ_COLUMNS})
    except OSError as error:
        # what DuckDB says after the first batch, Arrow passes on as an error of its own
        raise duckdb.Error(str(error)) from None
    finally:
        reader.close()


def _gathered(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Put small batches together: of many files, DuckDB gives a batch each."""
    few: list[pa.RecordBatch] = []
    for batch in reader:
        few.append(batch)
        if sum(map(len, few)) >= _ENOUGH_ROWS:
            yield pa.Table.from_batches(few)
            few = []
    if few:
        yield pa.Table.from_batches(few)


def _numbered_batches(
    part: Part, names: Sequence[str], limit: int | None
) -> Iterator[pl.DataFrame]:
    """Read files in which every row can be told from the next."""
    query = _query(part, names) + (f" LIMIT {limit}" if limit is not None else "")
    first = part.files[0]
    counts = {first.opened_by if part.files[0].kind == "json" else first.path: first.before}
    paths = {file.place: file.path for file in part.files if file.place}
    left = first.height
    with closing(connected(part.files)) as connection:
        if first.apart:
            connection.register(CELLS, cells_of(first))
        for each in _run(connection, query):
            frame = each if left is None else each.head(left)
            # usage that was written before says itself where its rows are from, but for broken ones
            own = [n for n in ("source_file", "source_row") if n in part.log_format.paths]
            if own and not part.lines_may_break:
                yield frame
                continue
            files = pl.col(FILE) if FILE in frame.columns else pl.lit(first.path)
            placed = frame.with_columns(source_file=files)
            before = pl.col("source_file").replace_strict(counts, default=0, return_dtype=pl.Int64)
            inside = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("source_file")
            placed = placed.with_columns(source_row=before + inside)
            if placed.height:
                # files come one after another: the next batch may go on with the last
                counts = {placed["source_file"][-1]: placed["source_row"][-1]}
            placed = placed.with_columns(pl.col("source_file").replace(paths)) if paths else placed
            yield placed.with_columns(
                pl.coalesce(pl.lit(frame[n]), n) for n in own if n in frame.columns
            )
            if left is not None:
                left -= frame.height
                if left <= 0:
                    return


def _cell_batches(part: Part, names: Sequence[str], limit: int | None) -> Iterator[pl.DataFrame]:
    """Read what DuckDB's reader of CSV reads, which ends at the first broken row.

    A file with such rows is taken apart here, after what was read of it. Several files are halved
    until the broken one is alone.
    """
    done = 0
    try:
        for frame in _numbered_batches(part, names, limit):
            done += frame.height
            yield frame
    except duckdb.Error as error:
        if "CSV" not in str(error) or part.files[0].apart:
            raise
    else:
        return
    if len(part.files) > 1:
        middle = len(part.files) // 2
        pieces = [part.files[:middle], part.files[middle:]]
    else:
        pieces = [(replace(part.files[0], apart=True),)]
    again = (b for p in pieces for b in _cell_batches(replace(part, files=p), names, limit))
    yield from _after(done, again)


def _after(done: int, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Leave out the first rows."""
    for frame in frames:
        yield frame.slice(min(done, frame.height))
        done -= min(done, frame.height)
