"""The query that reads a log: written from a format's path table, opened by `llmspend.logs`.

One extraction takes all paths of a JSON column at once; every canonical column is then a small
expression over what it took. Nothing here opens a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.usage import USAGE_COLUMNS, UTC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmspend.formats import Format
    from llmspend.usage import Column

READ_SCHEMA: Final = {
    c.name: c.dtype for c in USAGE_COLUMNS if c.name not in ("source_file", "source_row")
}
"""What the query gives: every canonical column but where the row stands."""

_TEXT: Final = ("VARCHAR", "JSON")
_LARGEST: Final = 9e18
"""Beyond this a number does not fit a count; NaN compares as larger still."""
_TEXT_IN_TEXT: Final = 2
"""How often JSON may be wrapped in JSON text: exporters quote what was text already."""


def columns_of(log_format: Format) -> frozenset[str]:
    """Return the columns of a file that a format reads."""
    return frozenset(p.partition(":")[0] for paths in log_format.paths.values() for p in paths)


def select(log_format: Format, reader: str, types: dict[str, str], kind: str) -> str:
    """Write the query that reads a file into the canonical columns.

    Parameters
    ----------
    log_format
        Where each canonical column is.
    reader
        The table function that opens the file.
    types
        The file's columns with their DuckDB types.
    kind
        ``parquet``, ``csv`` or ``jsonl``.

    Returns
    -------
    str
        SQL with the columns of READ_SCHEMA.
    """
    by_folded = {name.lower(): name for name in types}
    given = {c: by_folded[c.lower()] for c in columns_of(log_format) if c.lower() in by_folded}
    present = {column: types[name] for column, name in given.items()}
    json_columns = sorted(log_format.json_columns)
    read = [f"{quoted(given[c])} AS {quoted(c)}" for c in sorted(given) if c not in json_columns]
    for c in json_columns:
        text = _json_text(quoted(given[c]), present[c]) if c in given else "NULL::VARCHAR"
        read.append(f"{text} AS {quoted(c)}")
    places: dict[str, list[str]] = {}
    taken, stood_in = [], []
    for column in json_columns:
        paths = _json_paths(log_format, column)
        first = f"{column}:"
        taken.append(f"{_extract(column, paths)} AS {quoted(first)}")
        for i, path in enumerate(paths, 1):
            places[f"{column}:{path}"] = [f"{quoted(first)}[{i}]"]
        for name, (stand_in, key) in log_format.stand_ins.items():
            of_column, _, head = name.partition(":")
            if of_column != column:
                continue
            theirs = [p for p in paths if p.startswith(f"{head}.")]
            second = f"{column}:{stand_in}"
            extract = _extract(column, [stand_in + p.removeprefix(head) for p in theirs])
            absent = f"{places[f'{name}.{key}'][0]} IS NULL"
            stood_in.append(f"CASE WHEN {absent} THEN {extract} END AS {quoted(second)}")
            for i, path in enumerate(theirs, 1):
                places[f"{column}:{path}"].append(f"{quoted(second)}[{i}]")
    selected = [
        f"{_value(column, log_format, present, places)} AS {quoted(column.name)}"
        for column in USAGE_COLUMNS
        if column.name in READ_SCHEMA and column.name != "usage_issue"
    ]
    selected.append(f"{_usage_issue(log_format, present, places, kind)} AS usage_issue")
    return (
        f"WITH read AS (SELECT {', '.join(read)} FROM {reader}), "
        f"taken AS (SELECT {', '.join(['*', *taken])} FROM read), "
        f"whole AS (SELECT {', '.join(['*', *stood_in])} FROM taken) "
        f"SELECT {', '.join(selected)} FROM whole"
    )


def _json_paths(log_format: Format, column: str) -> list[str]:
    """Return the paths that a format reads inside a column, each once."""
    found = (p.partition(":") for paths in log_format.paths.values() for p in paths)
    return sorted({path for name, inside, path in found if inside and name == column})


def _extract(column: str, paths: list[str]) -> str:
    """Write one extraction of many paths; null where the text is not JSON."""
    listed = ", ".join(_literal(f"$.{p}") for p in paths)
    return f"try(json_extract_string({quoted(column)}, [{listed}]))"


def _json_text(term: str, dtype: str) -> str:
    """Give a JSON column as text, whether it holds text, an object, or text inside text."""
    if dtype not in _TEXT:
        return f"to_json({term})::VARCHAR"
    text = f"{term}::VARCHAR"
    for _ in range(_TEXT_IN_TEXT):
        text = f"CASE WHEN {text} LIKE '\"%' THEN try(({text})::JSON ->> '$') ELSE {text} END"
    return text


def _value(
    column: Column,
    log_format: Format,
    present: dict[str, str],
    places: dict[str, list[str]],
) -> str:
    """Write the expression of one canonical column."""
    terms = []
    for path in log_format.paths.get(column.name, ()):
        terms += [(place, "VARCHAR") for place in places.get(path, ())]
        if path in present:
            terms.append((quoted(path), present[path]))
    if not terms:
        return f"NULL::{_duckdb_type(column)}"
    cast = [_cast(column, term, dtype) for term, dtype in terms]
    if column.dtype == pl.Int64 and column.default == 0:
        positive = [f"nullif({c}, 0)" for c in cast]
        return f"coalesce({', '.join(positive)}, 0)"
    joined = f"coalesce({', '.join(cast)})" if len(cast) > 1 else cast[0]
    if column.name == "key":
        # very old rows hold the key itself: keep what LiteLLM keeps of it, its hash
        return f"CASE WHEN {joined} LIKE 'sk-%' THEN sha256({joined}) ELSE {joined} END"
    return joined


def _cast(column: Column, term: str, dtype: str) -> str:
    """Write a term in the type of its canonical column; what does not fit is null."""
    if column.dtype == UTC:
        return _moment(term, dtype)
    if column.dtype == pl.Boolean:
        return f"lower({term}::VARCHAR) = 'true'"
    if column.dtype == pl.List(pl.String):
        if dtype.endswith("[]"):
            return f"{term}::VARCHAR[]"
        return f"try(json_extract_string({_json_text(term, dtype)}, '$[*]'))"
    if column.dtype == pl.String:
        return f"nullif({term}::VARCHAR, '')"
    return f"try_cast({term} AS {_duckdb_type(column)})"


def _moment(term: str, dtype: str) -> str:
    """Write a term as a moment; the session's time zone is UTC, so naive times are UTC."""
    if dtype == "TIMESTAMP WITH TIME ZONE":
        return term
    if dtype not in _TEXT:
        return f"try_cast({term} AS TIMESTAMPTZ)"
    # a number is seconds since 1970, or milliseconds where it is too large for that
    number = f"try_cast({term}::VARCHAR AS DOUBLE)"
    seconds = f"CASE WHEN abs({number}) > 1e11 THEN {number} / 1000 ELSE {number} END"
    return f"coalesce(try_cast({term} AS TIMESTAMPTZ), try(to_timestamp({seconds})))"


def _numbers(
    log_format: Format, present: dict[str, str], places: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the terms that a row's counts and spend are read from, with their types."""
    counted = [c.name for c in USAGE_COLUMNS if c.dtype == pl.Int64] + ["logged_spend"]
    for path in dict.fromkeys(p for name in counted for p in log_format.paths.get(name, ())):
        yield from ((place, "VARCHAR") for place in places.get(path, ()))
        if path in present:
            yield quoted(path), present[path]


def _is_absurd(term: str, dtype: str) -> str:
    """Write the test for a number that says something, but nothing that fits a count."""
    if dtype in _TEXT:
        number = f"try_cast({term}::VARCHAR AS DOUBLE)"
        return f"({term}::VARCHAR <> '' AND coalesce(abs({number}) > {_LARGEST}, true))"
    return f"coalesce(abs({term}::DOUBLE) > {_LARGEST}, false)"


def _usage_issue(
    log_format: Format, present: dict[str, str], places: dict[str, list[str]], kind: str
) -> str:
    """Say what is wrong with a row as it was read."""
    cases = []
    if kind == "jsonl":
        nothing = " AND ".join(f"{quoted(c)} IS NULL" for c in sorted(present))
        cases.append(f"WHEN {nothing} THEN 'unreadable_row'")
    absurd = [_is_absurd(term, dtype) for term, dtype in _numbers(log_format, present, places)]
    cases.append(f"WHEN {' OR '.join(absurd)} THEN 'absurd_count'")
    cases += [
        f"WHEN {quoted(column + ':')} IS NULL AND {quoted(column)} <> '' THEN 'unreadable_metadata'"
        for column in sorted(log_format.json_columns & present.keys())
    ]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _duckdb_type(column: Column) -> str:
    if column.dtype == UTC:
        return "TIMESTAMPTZ"
    return {
        pl.Int64(): "BIGINT",
        pl.Float64(): "DOUBLE",
        pl.Boolean(): "BOOLEAN",
        pl.List(pl.String()): "VARCHAR[]",
    }.get(column.dtype, "VARCHAR")


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def json_types(log_format: Format, columns: Iterable[str]) -> dict[str, str]:
    """Say how the columns of a JSON-lines file are read: those that hold JSON stay JSON.

    Parameters
    ----------
    log_format
        The file's format.
    columns
        The keys found in the file.

    Returns
    -------
    dict
        The keys that the format reads → their DuckDB type.
    """
    are_lists = [c.name for c in USAGE_COLUMNS if c.dtype == pl.List(pl.String)]
    lists = {path for name in are_lists for path in log_format.paths.get(name, ())}
    read = {c.lower() for c in columns_of(log_format)}
    nested = {c.lower() for c in log_format.json_columns | lists}
    return {c: "JSON" if c.lower() in nested else "VARCHAR" for c in columns if c.lower() in read}
