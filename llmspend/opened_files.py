"""Open log files, here or elsewhere, for their bytes and for DuckDB; say what goes wrong."""

from __future__ import annotations

import io
import itertools
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import duckdb
import polars as pl

from llmspend.errors import LogFormatError
from llmspend.remote_files import (
    fetch_ahead,
    is_place,
    open_place,
    register,
    remote_file,
    with_addresses,
)
from llmspend.remote_pieces import RemoteError
from llmspend.remote_urls import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspend.log_tables import LogFile

_READ_BYTES: Final = 64 * 1024
"""How much is read of a remote file at once, by those who read little by little."""


def opened(path: str) -> IO[bytes]:
    """Open a file, or the place of a remote one, for reading its bytes."""
    if is_place(path):
        return cast("IO[bytes]", io.BufferedReader(open_place(path), _READ_BYTES))
    return Path(path).open("rb")


def connected(files: Sequence[LogFile]) -> duckdb.DuckDBPyConnection:
    """Connect to DuckDB for reading files.

    Parameters
    ----------
    files
        Here or elsewhere; none, for rows that come from a database.

    Returns
    -------
    duckdb.DuckDBPyConnection
        To be closed. Its queries give rows in the order in which they are read.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar = false")  # stdout belongs to the caller
    # it makes a join of IN (…), and a join does not keep rows in order
    connection.execute("SET disabled_optimizers = 'in_clause'")
    places = [file.place for file in files if file.place]
    if places:
        register(connection)
    if len(places) > 1:
        fetch_ahead(places, ends=files[0].kind == "parquet")
    return connection


def size_of(path: str) -> int | None:
    """Tell how long a file is; None where it cannot be told.

    Parameters
    ----------
    path
        One of `log_files`.

    Returns
    -------
    int or None
        Bytes.
    """
    try:
        return remote_file(path).size if is_remote(path) else Path(path).stat().st_size
    except OSError:
        return None


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into an error that names the file.

    Parameters
    ----------
    path
        The file.
    """
    try:
        yield
    except duckdb.Error as error:
        reason = _first_words(error)
    except (EOFError, OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        reason = str(error)
    else:
        return
    place, names_one, rest = reason.partition(": ")
    if names_one and is_place(place):
        path, reason = with_addresses(place), rest
    raise LogFormatError(f"{path} cannot be read: {with_addresses(reason)}") from None


def _first_words(error: Exception) -> str:
    """Take what a person needs out of DuckDB's many lines: what is wrong, and on which line."""
    # of what went wrong in a remote file, DuckDB gives the traceback
    _, is_remote_one, reason = str(error).rpartition(f"{RemoteError.__name__}: ")
    if is_remote_one:
        return reason.strip()
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = itertools.takewhile(lambda line: not line.startswith(("Possible", "LINE")), lines)
    return " ".join(line for line in told if not line.startswith("Original Line"))
