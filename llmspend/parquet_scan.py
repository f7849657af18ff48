"""How rows reach DuckDB: from a Parquet file that it reads itself, else as Arrow from Polars.

Handing rows from one to the other costs as much as adding them up, so a file is passed on as that
file, if its columns are what charges have: DuckDB takes ``Cost`` for ``cost``, and a time without a
zone for one in any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from llmspend.casts import as_column
from llmspend.errors import InputError
from llmspend.pricing import CHARGE_COLUMNS, CHARGE_SCHEMA
from llmspend.remote_urls import local_file
from llmspend.text import printable
from llmspend.usage import COLUMN_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def open_parquet(path: str | Path) -> pl.LazyFrame:
    """Scan one Parquet file of charges.

    Parameters
    ----------
    path
        The file; what would be a pattern is taken literally.

    Returns
    -------
    polars.LazyFrame
        Nothing of it has been read but the schema.

    Raises
    ------
    InputError
        When there is no such file, it is no Parquet file, or it is elsewhere.
    """
    file = local_file(path)
    if not file.is_file():
        raise InputError(f"there is no file of charges at {printable(str(file))}.")
    frame = pl.scan_parquet(file, glob=False)
    try:
        frame.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{printable(str(file))} is not a Parquet file of charges: {error}"
        ) from None
    return frame


def has_clear_names(frame: pl.DataFrame | pl.LazyFrame) -> bool:
    """Tell whether no two columns have names that DuckDB takes for the same.

    Parameters
    ----------
    frame
        Any frame.

    Returns
    -------
    bool
        False for one with ``cost`` and ``Cost``.
    """
    names = frame.collect_schema().names()
    return len({name.lower() for name in names}) == len(names)


def as_charged(
    frame: pl.DataFrame | pl.LazyFrame, columns: Iterable[str]
) -> pl.DataFrame | pl.LazyFrame:
    """Bring columns into the types that they have in charges.

    Parameters
    ----------
    frame
        Charges, perhaps ones that went through another tool.
    columns
        Their names; one that is not there is unknown in all rows.

    Returns
    -------
    polars.DataFrame or polars.LazyFrame
        The frame itself where there is nothing to do. Times without a zone are UTC, as they are for
        `llmspend.normalize`.

    Raises
    ------
    InputError
        When a column has a type that cannot be read as its own.
    """
    given = frame.collect_schema()
    odd = [c for c in columns if given.get(c) != CHARGE_SCHEMA.get(c, given.get(c))]
    changes = [_as_charged(c, given.get(c, pl.Null())) for c in odd]
    return frame.with_columns(changes) if changes else frame


def _as_charged(name: str, given: pl.DataType) -> pl.Expr:
    dtype = CHARGE_SCHEMA[name]
    if given == pl.Null:
        return pl.lit(None, dtype).alias(name)
    meaning = CHARGE_COLUMNS.get(name) or COLUMN_BY_NAME[name].meaning
    return as_column(pl.col(name), given, dtype, name, meaning)


def parquet_sql(path: str | Path) -> str:
    """Write the table function that reads exactly this file.

    Parameters
    ----------
    path
        Any name, also one that looks like a pattern or holds quotes.

    Returns
    -------
    str
        SQL for DuckDB.

    Examples
    --------
    >>> parquet_sql("it's [1].parquet")
    "read_parquet('it''s [[]1].parquet', hive_partitioning = false)"
    """
    literal = "".join(f"[{c}]" if c in "[*?" else c for c in str(path)).replace("'", "''")
    return f"read_parquet('{literal}', hive_partitioning = false)"


def as_arrow(
    needed: pl.DataFrame | pl.LazyFrame, failures: list[Exception]
) -> pa.RecordBatchReader | pa.Table:
    """Give rows to DuckDB as a stream of Arrow batches.

    Parameters
    ----------
    needed
        The columns that are needed.
    failures
        Where an exception of the stream goes: DuckDB passes on its text only.

    Returns
    -------
    pyarrow.RecordBatchReader or pyarrow.Table
        A lazy frame is computed as it is read.
    """
    if isinstance(needed, pl.DataFrame):
        return needed.to_arrow()
    schema = pl.DataFrame(schema=needed.collect_schema()).to_arrow().schema

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in needed.collect_batches(maintain_order=False):
                yield from batch.to_arrow().cast(schema).to_batches()
        except Exception as error:
            failures.append(error)
            raise

    return pa.RecordBatchReader.from_batches(schema, batches())
