"""Rows of a proxy's database, taken apart as they arrive: by the query that reads a file of them.

So a database and an export of it give the same frame. Names come from the same moment as the rows.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import polars as pl

from llmspend.companions import COMPANIONS, Names
from llmspend.database_lease import Lease
from llmspend.database_snapshot import TIMEOUT, open_database, told
from llmspend.database_tables import SPEND_LOGS_TABLE
from llmspend.database_url import database_url
from llmspend.errors import LogFormatError
from llmspend.formats.litellm import SPEND_LOGS
from llmspend.log_rows import BATCH_ROWS, Part
from llmspend.log_sources import READ_COLUMNS, columns_of
from llmspend.log_sql import select
from llmspend.moments import range_of
from llmspend.opened_files import connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from llmspend.database_url import DatabaseURL
    from llmspend.moments import Moment

_PLACE = ("source_file", "source_row")


def database_part(
    url: str,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    names: bool = True,
    timeout: float = TIMEOUT,
) -> Part:
    """Give the spend logs of a database as a part of a log.

    Parameters
    ----------
    url
        Where the database is.
    since
        Only requests that began at this moment or later.
    until
        Only requests that began before this moment.
    names
        Whether names are taken from their tables.
    timeout
        How long reading may take, seconds.

    Returns
    -------
    Part
        Each reading of it opens a connection of its own, and sees one moment.

    Raises
    ------
    LogFormatError
        When the database cannot be reached or holds no such logs.
    InputError
        When the range of time is none.
    """
    first, last = range_of(since, until)
    address = database_url(url)
    with open_database(address, timeout=timeout) as database:
        types = database.logs.duckdb_types(database.logs.columns)
    if not SPEND_LOGS.recognises(types):
        present = {c.lower() for c in types}
        lacking = sorted(c for c in SPEND_LOGS.identified_by if c.lower() not in present)
        raise LogFormatError(
            f'"{SPEND_LOGS_TABLE}" in {address.shown} is no log that llmspend knows: it lacks the '
            f"columns {', '.join(lacking)}, or this user may not read them."
        )

    def read(wanted: Sequence[str], limit: int | None) -> Iterator[pl.DataFrame]:
        named = {c.alias: c.id for c in COMPANIONS if names and c.alias in wanted}
        asked = {*wanted, *named.values()}
        taken = [n for n in READ_COLUMNS if n in asked and n not in _PLACE]
        needed = {c.lower() for c in columns_of(SPEND_LOGS, taken)}
        given = {column: dtype for column, dtype in types.items() if column.lower() in needed}
        done = 0
        with open_database(address, timeout=timeout) as database:
            found = database.companions() if named else {}
            known = Names({c.name: found.get(c.name) for c in COMPANIONS})
            reader = database.reader(given, since=first, until=last, n_rows=limit)
            for frame in _taken_apart(address, reader, given, taken):
                number = pl.int_range(done + 1, done + frame.height + 1, dtype=pl.Int64)
                place = {"source_file": pl.lit(address.shown), "source_row": number}
                done += frame.height
                yield known.given_to(frame).with_columns(**place).select(wanted)

    return Part(SPEND_LOGS, (), lambda wanted, limit: Lease(read(wanted, limit)))


def _taken_apart(
    url: DatabaseURL, reader: pa.RecordBatchReader, types: Mapping[str, str], names: Sequence[str]
) -> Iterator[pl.DataFrame]:
    query = select(SPEND_LOGS, "spend_logs", types, names)
    # DuckDB's threads read from the reader: they end first
    with told(url), closing(reader), closing(connected(())) as connection:
        connection.register("spend_logs", reader)
        with closing(connection.sql(query).to_arrow_reader(BATCH_ROWS)) as rows:
            for batch in rows:
                frame = pl.DataFrame(batch)
                yield frame.cast({n: READ_COLUMNS[n].dtype for n in names})
