"""What gives the rows of log files: tables as they are, documents taken apart; written in SQL.

Nothing here opens a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.formats import PARENT_SPAN, SPAN, USAGE_BODY
from llmspend.log_tables import FILE, documents_in, literal, quoted, table_of
from llmspend.usage import USAGE_COLUMNS, Column

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from llmspend.formats import Format
    from llmspend.log_tables import LogFile

TEXT_COLUMNS: Final = tuple(
    Column(name, pl.String(), meaning)
    for name, meaning in (
        ("messages", "What was asked, as JSON text."),
        ("response", "What was answered, as JSON text."),
    )
)
"""Columns beyond USAGE_COLUMNS that are read only when asked for."""

_BODY: Final = Column(USAGE_BODY, pl.String(), "The usage as an API answered it, JSON text.")

_NESTING: Final = (
    Column(SPAN, pl.String(), "The row's own id in its trace."),
    Column(PARENT_SPAN, pl.String(), "That of the row around it."),
)

READ_COLUMNS: Final = {c.name: c for c in (*USAGE_COLUMNS, _BODY, *_NESTING, *TEXT_COLUMNS)}

COUNTED: Final = (*(c.name for c in USAGE_COLUMNS if c.dtype == pl.Int64), "logged_spend")
"""Canonical columns whose numbers are looked at for absurdity."""


def columns_of(log_format: Format, names: Collection[str] | None = None) -> frozenset[str]:
    """Return the columns of a file that a format reads.

    Parameters
    ----------
    log_format
        The format.
    names
        The canonical columns that are asked for; None for all, but prompts and answers.

    Returns
    -------
    frozenset of str
        Columns of the file, those included from which others are computed.
    """
    named = READ_COLUMNS.keys() - {c.name for c in TEXT_COLUMNS} if names is None else names
    read = {p.partition(":")[0] for paths in paths_of(log_format, named).values() for p in paths}
    read |= log_format.is_row.keys()
    made = {of for c in read & log_format.computed.keys() for of in log_format.computed[c][:-1]}
    return frozenset((read | made) - log_format.computed.keys())


def paths_of(log_format: Format, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the paths of the canonical columns that are asked for."""
    # what is wrong with a row shows in all of its numbers
    counted = COUNTED if "usage_issue" in names else ()
    given = log_format.every_path
    return {name: given[name] for name in given if name in names or name in counted}


def rows_of(
    log_format: Format, files: Sequence[LogFile], *, texts: bool
) -> tuple[str, dict[str, str]]:
    """Write what gives the rows of files, with the columns that a format reads.

    Parameters
    ----------
    log_format
        The files' format.
    files
        Alike in all that `llmspend.log_tables.table_of` asks, and in their columns and folders.
    texts
        Whether prompts and answers are asked for.

    Returns
    -------
    sql : str
        What comes after FROM.
    types : dict
        The columns → their DuckDB types.
    """
    file = files[0]
    read = {c.lower(): c for c in columns_of(log_format, [*READ_COLUMNS] if texts else None)}
    spelled = {c: c for c in file.columns if c.lower() in read}
    if file.kind == "json":
        # later lines may have keys that the first do not
        folded = {c.lower() for c in spelled}
        spelled |= {c: c for lower, c in read.items() if lower not in folded}
        nested = {c.lower() for c in log_format.json_columns | _lists(log_format)}
        nested |= {of.lower() for *made_of, _ in log_format.computed.values() for of in made_of}
        types = {c: "JSON" if c.lower() in nested else "VARCHAR" for c in spelled}
    elif file.kind == "csv":
        types = dict(file.columns)
    else:
        types = {c: file.columns[c] for c in spelled}
    if log_format.rows and file.kind == "json":
        table = _rows_inside(log_format, files, types)
    else:
        table = table_of(files, types)
    named = {c.lower(): v for c, v in lacked_partitions(file).items() if c.lower() in read}
    if not named:
        return table, types
    # of a line that cannot be read nothing is known, not even that
    nothing = " AND ".join(f"{quoted(c)} IS NULL" for c in types) or "false"
    is_read = "true" if file.kind == "parquet" else f"NOT ({nothing})"
    # a later line of JSON may have what the first ones lack
    later = {c: named[c.lower()] for c in types if c.lower() in named}
    absent = {read[lower]: v for lower, v in named.items() if lower not in map(str.lower, later)}
    kept = [
        f"coalesce({quoted(c)}::VARCHAR, {_constant(v, is_read)}) AS {quoted(c)}"
        for c, v in later.items()
    ]
    added = [f", {_constant(v, is_read)} AS {quoted(c)}" for c, v in absent.items()]
    replaced = f"REPLACE ({', '.join(kept)})" if kept else ""
    types |= dict.fromkeys([*later, *absent], "VARCHAR")
    return f"(SELECT * {replaced}{''.join(added)} FROM {table})", types


def lacked_partitions(file: LogFile) -> dict[str, str | None]:
    """Return the columns that only the folders of a file give.

    Parameters
    ----------
    file
        A file; the columns of JSON are those of its first objects.

    Returns
    -------
    dict
        Names as the folders spell them → their values. A column of the file itself wins, however
        it is spelled.
    """
    own = {c.lower() for c in file.columns}
    return {c: v for c, v in file.partitions.items() if c.lower() not in own}


def _constant(value: str | None, is_read: str) -> str:
    return "NULL::VARCHAR" if value is None else f"CASE WHEN {is_read} THEN {literal(value)} END"


def _lists(log_format: Format) -> set[str]:
    are_lists = [c.name for c in USAGE_COLUMNS if c.dtype == pl.List(pl.String)]
    return {path for name in are_lists for path in log_format.paths.get(name, ())}


def _rows_inside(log_format: Format, files: Sequence[LogFile], types: Mapping[str, str]) -> str:
    """Write the query that takes documents apart into their rows."""
    query = f"SELECT json AS item, {quoted(FILE)} FROM {documents_in(files)}"
    above: dict[str, str] = {}
    keys: list[str] = []
    for level, step in enumerate(log_format.rows):
        taken = [
            f"{_one(path.partition(':')[2], types.get(column, 'VARCHAR'))} AS {quoted(column)}"
            for column, path in log_format.above.items()
            if int(path.partition(":")[0]) == level
        ]
        kept = [quoted(FILE), *map(quoted, above), *map(quoted, keys), *taken]
        above |= {
            column: path
            for column, path in log_format.above.items()
            if int(path.partition(":")[0]) == level
        }
        where, _, key = step.rstrip("}+").partition("{")
        at = literal(f"$.{where}")
        # a list that is absent among other keys is another shape: a row that cannot be read
        has_none = "item IS NOT NULL" if key else f"json_exists(item, {at}) OR item = '{{}}'"
        otherwise = f"CASE WHEN {has_none} THEN [] ELSE [NULL] END" if level else "[NULL]"
        if key:
            found = f"map_entries(try_cast(item -> {at} AS MAP(VARCHAR, JSON)))"
            entries = f"coalesce({found}, {otherwise})"
            if step.endswith("+"):
                entries = f"list_append({entries}, {{'key': NULL::VARCHAR, 'value': item}})"
            query = (
                f"SELECT entry.key AS {quoted(key)}, entry.value AS item, * EXCLUDE (entry) FROM "
                f"(SELECT unnest({entries}) AS entry, {', '.join(kept)} FROM ({query}))"
            )
            keys.append(key)
        else:
            wild = literal(f"$.{where}[*]")
            is_list = f"json_type(item, {at}) = 'ARRAY'"
            elements = f"CASE WHEN {is_list} THEN json_extract(item, {wild}) ELSE {otherwise} END"
            query = f"SELECT unnest({elements}) AS item, {', '.join(kept)} FROM ({query})"
    inside = [c for c in types if c not in above and c not in keys]
    texts = [c for c in inside if types[c] == "VARCHAR"]
    listed = ", ".join(literal(f"${_key(c)}") for c in texts)
    # of a row that cannot be read nothing is known
    outside = [quoted(c) for c in (*above, *keys)]
    columns = [quoted(FILE), *(f"CASE WHEN item IS NOT NULL THEN {c} END AS {c}" for c in outside)]
    columns += [f"cells[{i}] AS {quoted(c)}" for i, c in enumerate(texts, 1)]
    nested = [c for c in inside if types[c] == "JSON"]
    columns += [f"nullif(item -> {literal(f'${_key(c)}')}, 'null') AS {quoted(c)}" for c in nested]
    return (
        f"(SELECT {', '.join(columns)} FROM "
        f"(SELECT *, json_extract_string(item, [{listed}]) AS cells FROM ({query})))"
    )


def _key(column: str) -> str:
    """Write the end of a path to a column of an item, or to the item itself."""
    return "" if column == "*" else '."' + column.replace('"', '\\"') + '"'


def _one(path: str, dtype: str) -> str:
    at = literal(f"$.{path}")
    return f"nullif(item -> {at}, 'null')" if dtype == "JSON" else f"(item ->> {at})"
