"""A LiteLLM proxy's database as it is at one moment: its logs, its names, its budgets.

Everything is read in one transaction that sees one moment and writes nothing, over a connection
that is closed in any case. PostgreSQL sends only the columns that are asked for, as Arrow batches:
the driver uses ``COPY`` and fetches them one by one.
"""

from __future__ import annotations

import importlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl
import pyarrow as pa

from llmspend import database_sql as sql
from llmspend.database_errors import explained
from llmspend.database_tables import (
    BUDGET_TABLES,
    BUDGETS_TABLE,
    NAME_TABLES,
    SPEND_LOGS_TABLE,
    TABLES,
    TEXTS,
)
from llmspend.database_url import database_url
from llmspend.errors import InputError, LogFormatError, nearest
from llmspend.moments import as_moment
from llmspend.usage import UTC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from llmspend.database_url import DatabaseURL
    from llmspend.moments import Moment

BATCH_ROWS: Final = 50_000
_BATCH_BYTES: Final = 16 * 1024 * 1024
TIMEOUT: Final = 3600.0
"""How long reading the logs may take, seconds, where nothing else is said."""
_QUICK: Final = "60s"
"""How long a query of a small table may take."""

_POLARS: Final[Mapping[str, pl.DataType]] = {
    "VARCHAR": pl.String(),
    "SMALLINT": pl.Int64(),  # sums of smaller integers overflow in silence
    "INTEGER": pl.Int64(),
    "BIGINT": pl.Int64(),
    "FLOAT": pl.Float64(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMP": pl.Datetime("us"),
    "TIMESTAMP WITH TIME ZONE": UTC,
}
BUDGET_SCHEMA: Final = pl.Schema(
    {
        "entity": pl.String(),
        "id": pl.String(),
        "alias": pl.String(),
        "within": pl.String(),
        "max_budget": pl.Float64(),
        "soft_budget": pl.Float64(),
        "budget_duration": pl.String(),
        "budget_reset_at": UTC,
        "spend": pl.Float64(),
    }
)
"""What `read_budgets` gives."""


class Snapshot:
    """A proxy's database as it is at one moment; `open_database` gives one.

    Attributes
    ----------
    url
        Where it is; shown without credentials.
    logs
        The table of spend logs.
    """

    def __init__(self, url: DatabaseURL, connection: Any, timeout: float) -> None:  # noqa: ANN401 - the driver is optional
        self.url = url
        self._connection = connection
        self._cursor: Any = None
        self._timeout = f"{max(1, round(timeout * 1000))}ms"  # to PostgreSQL, 0 is for ever
        for statement in sql.BEGIN:
            self._do(statement)
        self._relations = self._found()

    @property
    def logs(self) -> sql.Relation:
        """The table of spend logs."""
        found = self._relations.get(SPEND_LOGS_TABLE)
        if found is None:
            raise LogFormatError(self._lacks_logs())
        if not found.columns:
            raise explained(self.url, "permission denied")
        return found

    def schema(self, columns: Iterable[str] | None = None, *, texts: bool = False) -> pl.Schema:
        """Say which columns of the spend logs can be read, and as what.

        Parameters
        ----------
        columns
            Which; None: all but those with prompts and responses.
        texts
            Whether ``columns=None`` means the prompts and responses too.

        Returns
        -------
        polars.Schema
            Column → the type in which `batches` gives it.

        Raises
        ------
        InputError
            When there is no such column.
        """
        types = self.logs.duckdb_types(self.logs.columns)
        if columns is None:
            columns = [c for c in types if texts or c.lower() not in TEXTS]
        found = {}
        for column in columns:
            if column not in types:
                near = ", ".join(nearest(column, types)) or ", ".join(types)
                raise InputError(
                    f'"{SPEND_LOGS_TABLE}" has no column {column!r} that this user may read. '
                    f"Nearest: {near}."
                )
            found[column] = _POLARS[types[column]]
        return pl.Schema(found)

    def reader(
        self,
        columns: Iterable[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        n_rows: int | None = None,
    ) -> pa.RecordBatchReader:
        """Start reading columns of the spend logs.

        Parameters
        ----------
        columns
            Which, as they are called in the table.
        since
            The first moment of ``startTime``.
        until
            The first moment after it.
        n_rows
            How many rows at most.

        Returns
        -------
        pyarrow.RecordBatchReader
            Arrow batches of some megabytes, fetched as they are asked for.
        """
        self._do(f"SET LOCAL statement_timeout = '{self._timeout}'")
        with told(self.url):
            if self._cursor is not None:
                self._cursor.close()
            cursor = self._cursor = self._connection.cursor()  # it must outlive what it reads
            cursor.adbc_statement.set_options(
                **{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)}
            )
            cursor.execute(sql.rows(self.logs, columns, since, until, n_rows))
            return cursor.fetch_record_batch()

    def batches(
        self,
        columns: Iterable[str] | None = None,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        n_rows: int | None = None,
        texts: bool = False,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pl.DataFrame]:
        """Read columns of the spend logs, batch by batch.

        Parameters
        ----------
        columns
            Which; None: all but those with prompts and responses.
        since
            The first moment of ``startTime``.
        until
            The first moment after it.
        n_rows
            How many rows at most.
        texts
            Whether ``columns=None`` means the prompts and responses too.
        batch_rows
            How many rows a batch has at most.

        Yields
        ------
        polars.DataFrame
            The columns asked for; JSON as text, integers as Int64, times as they are stored.
        """
        schema = self.schema(columns, texts=texts)
        first, last = as_moment(since, "since"), as_moment(until, "until")
        with (
            told(self.url),
            closing(self.reader(schema, since=first, until=last, n_rows=n_rows)) as reader,
        ):
            for batch in reader:
                frame = pl.DataFrame(pa.Table.from_batches([batch]))
                typed = frame.select(pl.col(c).cast(t) for c, t in schema.items())
                yield from typed.iter_slices(batch_rows)

    def companions(self) -> dict[str, pl.DataFrame]:
        """Read the names of keys, teams, users and so on.

        Returns
        -------
        dict
            ``keys``, ``teams``, ``users``, ``organizations``, ``projects``, ``end_users`` → a frame
            with LiteLLM's own column names, each id once, ``deleted_at`` (text; null for what
            lives on) and ``state``: active, deleted or rotated. What is deleted keeps its last
            name; a rotated key without one takes that of the key that replaced it.
        """
        found: dict[str, pl.DataFrame] = {}
        for table in NAME_TABLES:
            schema = dict.fromkeys((*table.columns, "deleted_at"), pl.String())
            relation = self._relations.get(table.table)
            frame = (
                self._small(sql.names(table, relation), schema)
                if relation and relation.column(table.columns[0])
                else pl.DataFrame(schema=schema)
            ).with_columns(state=pl.lit(table.state))
            before = found.get(table.kind)
            if table.successor:
                frame = _succeeded(frame, before, table.columns[0], table.successor)
            found[table.kind] = frame if before is None else _completed(before, frame)
        return found

    def budgets(self) -> pl.DataFrame:
        """Read who has which budget.

        Returns
        -------
        polars.DataFrame
            As `read_budgets`.
        """
        shared = self._relations.get(BUDGETS_TABLE)
        frames = [
            self._small(sql.budgets(table, relation, shared), BUDGET_SCHEMA)
            for table in BUDGET_TABLES
            if (relation := self._relations.get(table.table)) and relation.column(table.id_column)
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema=BUDGET_SCHEMA)

    def _do(self, statement: str) -> None:
        with told(self.url), self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _small(self, query: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        self._do(f"SET LOCAL statement_timeout = '{_QUICK}'")
        with told(self.url), self._connection.cursor() as cursor:
            cursor.execute(query)
            return pl.DataFrame(cursor.fetch_arrow_table()).cast(dict(schema))  # type: ignore[arg-type]

    def _found(self) -> dict[str, sql.Relation]:
        """Look for LiteLLM's tables: in the URL's schema, else where the database looks."""
        fields = ("schema", "table", "column", "type", "is_seen")
        rows = self._small(sql.catalog(TABLES), {})
        self._seen: dict[tuple[str, str], sql.Relation] = {}
        for group in rows.rename(dict(zip(rows.columns, fields, strict=True))).partition_by(
            "schema", "table", maintain_order=True
        ):
            schema, table, *_, is_seen = group.row(0)
            readable = group.filter(pl.col("column").is_not_null())
            columns = dict(readable.select("column", "type").iter_rows())
            self._seen[schema, table] = sql.Relation(schema, table, columns, is_seen)
        inside = [
            relation
            for relation in self._seen.values()
            if (relation.schema == self.url.schema if self.url.schema else relation.is_seen)
        ]
        exact = {r.name: r for r in inside}
        folded = {r.name.lower(): r for r in inside}
        found = {t: exact.get(t) or folded.get(t.lower()) for t in TABLES}
        return {table: relation for table, relation in found.items() if relation}

    def _lacks_logs(self) -> str:
        """Say what is there in place of the spend logs."""
        looked = f"schema {self.url.schema}" if self.url.schema else "the schemas it looks in"
        message = f'{self.url.shown} has no table "{SPEND_LOGS_TABLE}" in {looked}.'
        elsewhere = [s for s, t in self._seen if t.lower() == SPEND_LOGS_TABLE.lower()]
        if elsewhere:
            return f"{message} There is one in schema {elsewhere[0]}: add ?schema={elsewhere[0]}."
        others = self._small(sql.DATABASES, {}).to_series().to_list()
        near = nearest("litellm", others) or others
        if near:
            message += f" Other databases there: {', '.join(near[:5])}."
        return f"{message} LiteLLM's is the one in the proxy's DATABASE_URL."


@contextmanager
def open_database(url: str | DatabaseURL, *, timeout: float = TIMEOUT) -> Iterator[Snapshot]:
    """Open a proxy's database, as it is at one moment.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``.
    timeout
        How long reading the logs may take, seconds.

    Yields
    ------
    Snapshot
        What can be read. It holds a connection, which is closed at the end.

    Raises
    ------
    LogFormatError
        When the URL makes no sense, the driver is not installed, or we are not let in.
    """
    address = database_url(url) if isinstance(url, str) else url
    driver = _driver()
    with told(address):
        connection = driver.connect(address.conninfo())
    try:
        yield Snapshot(address, connection, timeout)
    finally:
        connection.close()


@contextmanager
def told(url: DatabaseURL) -> Iterator[None]:
    """Turn what the driver and the server complain of into words that help.

    Parameters
    ----------
    url
        Where they are.

    Yields
    ------
    None
        To whatever talks to them.

    Raises
    ------
    LogFormatError
        In place of the driver's errors.
    """
    try:
        yield
    except (OSError, duckdb.Error, pa.ArrowException, _driver().Error) as error:
        raise explained(url, str(error)) from None


def _driver() -> Any:  # noqa: ANN401 - a module that need not be there
    try:
        return importlib.import_module("adbc_driver_postgresql.dbapi")
    except ImportError:
        raise LogFormatError(
            "reading a database needs a driver that is not installed: "
            "pip install 'llmspend-analytics[postgres]'"
        ) from None


def _completed(frame: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Add the rows of another table; where both know an id, the first has the last word."""
    key = frame.columns[0]
    rotated = more.filter(pl.col("state") == "rotated")[key].implode()
    is_rotated = pl.col(key).is_in(rotated) & (pl.col("state") == "deleted")
    state = pl.when(is_rotated).then(pl.lit("rotated")).otherwise("state")
    return pl.concat(
        [
            frame.with_columns(state=state),
            more.select(frame.columns).join(frame, on=key, how="anti"),
        ]
    )


def _succeeded(
    frame: pl.DataFrame, before: pl.DataFrame | None, key: str, successor: str
) -> pl.DataFrame:
    """Give replaced entries the names of what replaced them."""
    if before is None:
        return frame
    names = before.drop("state", "deleted_at").rename({key: successor})
    return frame.join(names, on=successor, how="left", maintain_order="left")
