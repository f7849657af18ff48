"""Charges that are read more than once."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspend.spend import Charges


@contextmanager
def at_hand(charges: Charges) -> Iterator[Charges]:
    """Keep charges that would be read and priced anew at every use.

    Parameters
    ----------
    charges
        As for `llmspend.breakdown`.

    Yields
    ------
    polars.DataFrame, str or pathlib.Path
        A frame or a file: as given, or a temporary file, streamed into, that goes with the block.

    Examples
    --------
    >>> with at_hand(pl.LazyFrame({"cost": [0.5]})) as kept:
    ...     print(pl.read_parquet(kept)["cost"].item())
    0.5
    """
    if not isinstance(charges, pl.LazyFrame):
        yield charges
        return
    with TemporaryDirectory(prefix="llmspend-") as folder:
        kept = Path(folder) / "charges.parquet"
        charges.sink_parquet(kept, compression="lz4", maintain_order=False)
        yield kept
