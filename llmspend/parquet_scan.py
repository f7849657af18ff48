"""How rows reach DuckDB: from a Parquet file that it reads itself, else as Arrow from Polars.

Handing rows from one to the other costs as much as adding them up, so a lazy frame that is nothing
but a Parquet file is passed on as that file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from llmspend.errors import InputError
from llmspend.remote_urls import local_file
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCAN: Final = re.compile(r"Parquet SCAN \[(.+)\]\n.*", re.DOTALL)


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


def bare_parquet(frame: pl.LazyFrame) -> Path | None:
    """Return the file that a lazy frame is, if it is one whole Parquet file and nothing else.

    Parameters
    ----------
    frame
        Any lazy frame.

    Returns
    -------
    Path or None
        None for every other frame: one with a filter, a row index, several files …

    Examples
    --------
    >>> log = "sample_data/litellm_spend_logs.parquet"
    >>> bare_parquet(pl.scan_parquet(log)).name
    'litellm_spend_logs.parquet'
    >>> bare_parquet(pl.scan_parquet(log).head(3)) is None
    True
    """
    plan = frame.explain(optimized=False)
    found = _SCAN.fullmatch(plan)
    if found is None or not Path(found[1]).is_file():
        return None
    # Polars has no public way to look into a plan: a scan of that file must look the same
    alike = pl.scan_parquet(found[1], glob=False)
    is_same = (
        alike.explain(optimized=False) == plan and alike.collect_schema() == frame.collect_schema()
    )
    return Path(found[1]) if is_same else None


def parquet_sql(path: Path) -> str:
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
    >>> parquet_sql(Path("it's [1].parquet"))
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
