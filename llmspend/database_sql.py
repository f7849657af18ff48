"""What is asked of PostgreSQL: queries written from tables of ours and the catalog of theirs.

Identifiers are quoted, values are literals written from typed values: what reads fast (``COPY``)
takes no parameters. Nothing here talks to a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmspend.log_tables import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from llmspend.database_tables import BudgetTable, NameTable

_AS_THEY_ARE: Final = {
    "text": "VARCHAR",
    "character varying": "VARCHAR",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}
"""PostgreSQL's types that travel as they are → DuckDB's; all others travel as text."""

BEGIN: Final = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL lock_timeout = '10s'",
    # so that an unchanged table is read in the same order twice, by one worker
    "SET LOCAL synchronize_seqscans = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
"""How a transaction begins: one snapshot, nothing written, no waiting behind a migration."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of a database.

    Attributes
    ----------
    schema
        The schema that it is in.
    name
        Its name.
    columns
        Those that may be read → their types.
    is_seen
        Whether its name is enough to find it.
    """

    schema: str
    name: str
    columns: Mapping[str, str]
    is_seen: bool

    @property
    def sql(self) -> str:
        """Its name, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    def column(self, name: str) -> str | None:
        """Find a column, in any case: copies of the database are often in lower case.

        Parameters
        ----------
        name
            What LiteLLM calls it.

        Returns
        -------
        str or None
            What it is called here.
        """
        if name in self.columns:
            return name
        return next((c for c in self.columns if c.lower() == name.lower()), None)

    def duckdb_types(self, names: Iterable[str]) -> dict[str, str]:
        """Give the types in which columns arrive.

        Parameters
        ----------
        names
            Columns of it.

        Returns
        -------
        dict
            Column → DuckDB's type.
        """
        return {n: _AS_THEY_ARE.get(self.columns[n], "VARCHAR") for n in names}


def catalog(tables: Iterable[str]) -> str:
    """Ask which of some tables there are, in any case, with the columns that may be read.

    Parameters
    ----------
    tables
        Their names.

    Returns
    -------
    str
        A query with schema, table, column, type, and whether the table's name alone finds it.
    """
    names = ", ".join(literal(t.lower()) for t in sorted(tables))
    return (
        "SELECT n.nspname::text, c.relname::text, "
        "CASE WHEN has_column_privilege(c.oid, a.attnum, 'SELECT') THEN a.attname::text END, "
        "format_type(a.atttypid, NULL), pg_table_is_visible(c.oid) "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
        "AND has_schema_privilege(n.oid, 'USAGE') "
        f"AND lower(c.relname) IN ({names}) ORDER BY n.nspname, c.relname, a.attnum"
    )


DATABASES: Final = (
    "SELECT datname::text FROM pg_catalog.pg_database "
    "WHERE datallowconn AND NOT datistemplate AND datname <> current_database() ORDER BY datname"
)
"""Ask which other databases there are."""


def rows(
    relation: Relation,
    columns: Iterable[str],
    since: datetime | None = None,
    until: datetime | None = None,
    n_rows: int | None = None,
) -> str:
    """Ask for columns of a table, for a range of time.

    Parameters
    ----------
    relation
        The table.
    columns
        Its columns, as they are called there.
    since
        The first moment of ``startTime``.
    until
        The first moment after it.
    n_rows
        How many rows at most.

    Returns
    -------
    str
        A query with these columns in this order; one with a null where there are none.
    """
    terms = ", ".join(f"{_term(relation, c)} AS {quoted(c)}" for c in columns) or "NULL"
    started = relation.column("startTime")
    bounds = [
        f"{quoted(started)} {comparison} {_moment(at, relation.columns[started])}"
        for comparison, at in ((">=", since), ("<", until))
        if started and at is not None
    ]
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    limit = f" LIMIT {int(n_rows)}" if n_rows is not None else ""
    return f"SELECT {terms} FROM {relation.sql}{where}{limit}"


def names(table: NameTable, relation: Relation) -> str:
    """Ask for the names in a table, each id once.

    Parameters
    ----------
    table
        What is read of it.
    relation
        Where it is.

    Returns
    -------
    str
        A query with the table's columns, null for those that are not there, and ``deleted_at``.
    """
    terms = ", ".join(f"{_text(relation, c)} AS {quoted(c)}" for c in table.columns)
    deleted = (
        f"coalesce({_text(relation, table.newest_by)}, '')" if table.newest_by else "NULL::text"
    )
    key = _text(relation, table.columns[0])
    newest = relation.column(table.newest_by) if table.newest_by else None
    order = f"{key}, {quoted(newest)} DESC NULLS LAST" if newest else key
    return (
        f"SELECT DISTINCT ON ({key}) {terms}, {deleted} AS deleted_at FROM {relation.sql} "
        f"WHERE {key} IS NOT NULL ORDER BY {order}"
    )


def budgets(table: BudgetTable, relation: Relation, shared: Relation | None) -> str:
    """Ask for the rows of a table that have a budget.

    Parameters
    ----------
    table
        What is read of it.
    relation
        Where it is.
    shared
        Where LiteLLM_BudgetTable is.

    Returns
    -------
    str
        A query with entity, id, alias, within, what a budget says, and spend.
    """
    places = [("t", relation)]
    if shared and shared.column("budget_id") and relation.column("budget_id"):
        places.append(("b", shared))

    def said(column: str, dtype: str) -> str:
        found = [
            f"{alias}.{quoted(actual)}"
            for alias, where in places
            if (actual := where.column(column))
        ]
        return f"coalesce({', '.join([*found, 'NULL'])})::{dtype}"

    def plain(column: str | None, dtype: str = "text") -> str:
        actual = relation.column(column) if column else None
        return f"t.{quoted(actual)}::{dtype}" if actual else f"NULL::{dtype}"

    budget_id = _name(relation, "budget_id")
    join = "".join(
        f" LEFT JOIN {where.sql} b ON b.{_name(where, 'budget_id')} = t.{budget_id}"
        for _, where in places[1:]
    )
    most, warn = said("max_budget", "float8"), said("soft_budget", "float8")
    return (
        f"SELECT {literal(table.entity)} AS entity, {plain(table.id_column)} AS id, "
        f"{plain(table.alias)} AS alias, {plain(table.within)} AS within, "
        f"{most} AS max_budget, {warn} AS soft_budget, "
        f"{said('budget_duration', 'text')} AS budget_duration, "
        f"{said('budget_reset_at', 'timestamp')} AT TIME ZONE 'UTC' AS budget_reset_at, "
        f"{plain('spend', 'float8')} AS spend "
        f"FROM {relation.sql} t{join} WHERE {most} IS NOT NULL OR {warn} IS NOT NULL "
        "ORDER BY id, within"
    )


def _moment(at: datetime, dtype: str) -> str:
    """Write a moment as a literal of a column's type."""
    aware = dtype == "timestamp with time zone"
    written = (at if aware else at.replace(tzinfo=None)).isoformat(" ", "microseconds")
    return f"{'TIMESTAMPTZ' if aware else 'TIMESTAMP'} '{written}'"


def _term(relation: Relation, column: str) -> str:
    """Write a column as it travels."""
    dtype, name = relation.columns[column], quoted(column)
    if dtype in _AS_THEY_ARE:
        return name
    return f"to_json({name})::text" if dtype.endswith("[]") else f"{name}::text"


def _name(relation: Relation, column: str) -> str:
    return quoted(relation.column(column) or column)


def _text(relation: Relation, column: str) -> str:
    actual = relation.column(column)
    return f"{quoted(actual)}::text" if actual else "NULL::text"
