"""Read the database of a LiteLLM proxy: as canonical usage, as it is, or for its budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polars.io.plugins import register_io_source

from llmspend.companions import Names
from llmspend.database_lease import Batches, Lease
from llmspend.database_rows import database_part
from llmspend.database_snapshot import TIMEOUT, open_database
from llmspend.database_url import database_url
from llmspend.log_sources import TEXT_COLUMNS
from llmspend.log_usage import read_parts
from llmspend.moments import range_of
from llmspend.usage import USAGE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    import polars as pl

    from llmspend.moments import Moment


def read_database(
    url: str,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    texts: bool = False,
    names: bool = True,
    timeout: float = TIMEOUT,
    on_rows: Callable[[int], None] | None = None,
) -> pl.LazyFrame:
    """Read the spend logs of a proxy's database into canonical usage.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``, such as the proxy's ``DATABASE_URL``.
        Where it has no password, ``PGPASSWORD`` and ``~/.pgpass`` are used.
    since
        Only requests that began at this moment or later: a datetime, a date or ISO text, in UTC
        where nothing else is said.
    until
        Only requests that began before this moment.
    texts
        Whether prompts and answers are read too: ``messages`` and ``response``, JSON text.
    names
        Take the names of keys, teams, users, organizations and projects from their tables, those of
        deleted and rotated ones too; else only from the rows themselves.
    timeout
        How long reading may take, seconds.
    on_rows
        Called with the number of rows of each batch that was read: for showing progress.

    Returns
    -------
    polars.LazyFrame
        As `read_logs` gives the same rows in a file. Each collect reads the database anew, in one
        read-only transaction: only the columns and the range of time that are needed.
        ``source_file`` is the URL without credentials, ``source_row`` counts what was read.

    Raises
    ------
    LogFormatError
        When the database cannot be reached or has no such table: the message says what to do, and
        repeats no credentials.

    Examples
    --------
    >>> read_database("mysql://reader:s3cret@db.acme.example/litellm")
    Traceback (most recent call last):
    llmspend.errors.LogFormatError: MySQL is not a database that llmspend reads: LiteLLM keeps its
    logs in PostgreSQL. Give postgresql://user@host:5432/database, or export the table
    "LiteLLM_SpendLogs" to Parquet, CSV or JSON lines and give that file.
    """
    part = database_part(url, since=since, until=until, names=names, timeout=timeout)
    schema = USAGE_SCHEMA | {c.name: c.dtype for c in TEXT_COLUMNS if texts}
    nobody = Names({})
    return register_io_source(
        lambda columns, predicate, n_rows, _: Batches(
            read_parts([part], columns or [*schema], predicate, n_rows, None, nobody, on_rows)
        ),
        schema=schema,
        is_pure=True,
    )


def scan_database(
    url: str,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    columns: Iterable[str] | None = None,
    texts: bool = False,
    timeout: float = TIMEOUT,
) -> pl.LazyFrame:
    """Scan the spend logs of a proxy's database as they are.

    Parameters
    ----------
    url
        As for `read_database`.
    since
        Only requests that began at this moment or later.
    until
        Only requests that began before this moment.
    columns
        Which columns; None: all but those with prompts and responses.
    texts
        Whether ``columns=None`` means the prompts and responses too.
    timeout
        How long reading may take, seconds.

    Returns
    -------
    polars.LazyFrame
        LiteLLM's own columns: JSON as text, integers as Int64, times as they are stored (UTC). Only
        what a query selects is fetched.

    Raises
    ------
    LogFormatError
        As `read_database`.
    InputError
        When there is no such column.

    Examples
    --------
    >>> rows = scan_database("postgresql://reader@db.acme.example/litellm")  # doctest: +SKIP
    >>> rows.group_by("cache_hit").len().collect()  # doctest: +SKIP
    """
    first, last = range_of(since, until)
    address = database_url(url)
    with open_database(address, timeout=timeout) as database:
        schema = database.schema(columns, texts=texts)

    def read(
        names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None
    ) -> Generator[pl.DataFrame, None, None]:
        with open_database(address, timeout=timeout) as database:
            wanted = list(schema) if names is None else names
            for frame in database.batches(wanted, since=first, until=last, n_rows=n_rows):
                yield frame if predicate is None else frame.filter(predicate)

    return register_io_source(
        lambda names, predicate, n_rows, _: Lease(read(names, predicate, n_rows)),
        schema=schema,
        is_pure=True,
    )


def read_budgets(url: str) -> pl.DataFrame:
    """Read the budgets in a proxy's database.

    Parameters
    ----------
    url
        As for `read_database`.

    Returns
    -------
    polars.DataFrame
        One row per key, team, user, organization, project, end_user, tag, team_member or
        organization_member (``entity``) that has a budget: ``id``; ``alias``, its name; ``within``,
        the team or organization in which a member's budget holds; ``max_budget`` and
        ``soft_budget``, USD per ``budget_duration`` (such as 30d; null: for good);
        ``budget_reset_at``, UTC; ``spend``, USD since the last reset, as the proxy counts it. A
        budget of one's own comes before a shared one.

    Raises
    ------
    LogFormatError
        When the database cannot be reached.

    Examples
    --------
    >>> read_budgets("sqlite:///litellm.db")
    Traceback (most recent call last):
    llmspend.errors.LogFormatError: SQLite is not a database that llmspend reads: LiteLLM keeps its
    logs in PostgreSQL. Give postgresql://user@host:5432/database, or export the table
    "LiteLLM_SpendLogs" to Parquet, CSV or JSON lines and give that file.
    """
    with open_database(url) as database:
        return database.budgets()
