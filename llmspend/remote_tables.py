"""Parquet that is elsewhere, as a table: only the columns that are asked for are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow.parquet as pq
from polars.io.plugins import register_io_source

from llmspend.opened_files import opened, reading
from llmspend.remote_files import remote_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH_ROWS: Final = 50_000


def scan_remote_parquet(url: str) -> pl.LazyFrame:
    """Scan a remote Parquet file.

    Parameters
    ----------
    url
        Its address.

    Returns
    -------
    polars.LazyFrame
        Its rows, in their order.

    Raises
    ------
    LogFormatError
        When it cannot be read, now or while the frame is collected.
    """
    file = remote_file(url)
    file.looked_at_anew()

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        names = columns or list(schema)
        with reading(file.shown), pq.ParquetFile(opened(file.place), pre_buffer=True) as parquet:
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=names):
                frame = pl.DataFrame(batch).select(names).cast({n: schema[n] for n in names})
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                yield frame if predicate is None else frame.filter(predicate)
                if left == 0:
                    return

    with reading(file.shown), pq.ParquetFile(opened(file.place)) as parquet:
        schema = dict(pl.DataFrame(parquet.schema_arrow.empty_table()).schema)
    return register_io_source(batches, schema=schema, is_pure=True)
