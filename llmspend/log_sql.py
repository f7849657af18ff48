"""The query that reads a log: written from a format's path table, run by `llmspend.log_rows`.

One extraction takes all paths of a JSON column at once; every canonical column is then a small
expression over what it took. Only what is asked for is extracted. Nothing here opens a file.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.log_casts import WHOLE, as_text, cast, duckdb_type, is_absurd, json_text
from llmspend.log_sources import COUNTED, READ_COLUMNS, columns_of, paths_of
from llmspend.log_tables import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from llmspend.formats import Format
    from llmspend.usage import Column

IS_ROW: Final = "llmspend is row"
"""A column of the query: false where the line is no request."""

_COLUMN: Final = "{}"
_SECOND_COLUMN: Final = "{2}"
"""What stands for a column in the SQL of a format."""

_KEY: Final = re.compile(r'"((?:[^"\\]|\\.)+)"|([^."]+)')
"""A key of a path, in quotes or not."""

_BLANKS: Final = "' ' || chr(10) || chr(13) || chr(9)"
_ENDS: Final = ("'}'", "' '", "chr(10)", "chr(13)", "chr(9)")
"""What the text of a JSON object ends in, as SQL, unless it was cut."""


def select(
    log_format: Format,
    rows: str,
    types: Mapping[str, str],
    names: Collection[str],
    *,
    lines_may_break: bool = False,
    passed: Sequence[str] = (),
) -> str:
    """Write the query that reads rows into canonical columns.

    Parameters
    ----------
    log_format
        Where each canonical column is.
    rows
        What gives the rows: see `rows_of`.
    types
        Their columns with their DuckDB types.
    names
        The canonical columns that are wanted, in this order.
    lines_may_break
        Whether a row without any value is one that could not be read.
    passed
        Columns to pass on as they are.

    Returns
    -------
    str
        SQL with `names`, then IS_ROW if the format has lines that are no rows, then `passed`.
    """
    by_folded = {name.lower(): name for name in types}
    wanted = columns_of(log_format, names)
    if lines_may_break and ("usage_issue" in names or log_format.is_row):
        wanted |= columns_of(log_format)
    given = {c: by_folded[c.lower()] for c in wanted if c.lower() in by_folded}
    texts = {column: as_text(quoted(name), types[name]) for column, name in given.items()}
    present = {column: dtype for column, (_, dtype) in texts.items()}
    paths = paths_of(log_format, names)
    json_columns = sorted({p.partition(":")[0] for ps in paths.values() for p in ps if ":" in p})
    made = [c for c in log_format.computed if c in json_columns or c in _flat(log_format, paths)]
    read = [f"{texts[c][0]} AS {quoted(c)}" for c in sorted(given) if c not in json_columns]
    for c in json_columns:
        if c not in made:
            text = json_text(*texts[c]) if c in texts else "NULL::VARCHAR"
            read.append(f"{text} AS {quoted(c)}")
    computed = []
    for c in made:
        *made_of, sql = log_format.computed[c]
        for column, of in zip((_COLUMN, _SECOND_COLUMN), made_of, strict=False):
            sql = sql.replace(column, quoted(of) if of in given else "NULL::JSON")
        computed.append(f"({sql})::VARCHAR AS {quoted(c)}")
        present[c] = "VARCHAR"
    places, (taken, apart, beside, stood_in) = _extractions(log_format, json_columns, paths)
    replaced = f"REPLACE ({', '.join(stood_in)})" if stood_in else ""
    selected = [
        f"{_value(READ_COLUMNS[n], log_format, present, places)} AS {quoted(n)}"
        if n != "usage_issue"
        else f"{_usage_issue(log_format, present, places, lines_may_break)} AS usage_issue"
        for n in names
    ]
    if log_format.is_row:
        selected.append(f"{_is_row(log_format, present, lines_may_break)} AS {quoted(IS_ROW)}")
    selected += map(quoted, passed)
    read += map(quoted, passed)
    return (
        f"WITH read AS (SELECT {', '.join(read) or '0'} FROM {rows}), "
        f"made AS (SELECT {', '.join(['*', *computed])} FROM read), "
        f"taken AS (SELECT {', '.join(['*', *taken])} FROM made), "
        f"apart AS (SELECT {', '.join(['*', *apart])} FROM taken), "
        f"beside AS (SELECT {', '.join(['*', *beside])} FROM apart), "
        f"whole AS (SELECT * {replaced} FROM beside) "
        f"SELECT {', '.join(selected) or '0'} FROM whole"
    )


def _flat(log_format: Format, paths: Mapping[str, tuple[str, ...]]) -> set[str]:
    flat = {p for ps in paths.values() for p in ps}
    return flat | log_format.is_row.keys()


def _is_row(log_format: Format, present: Mapping[str, str], lines_may_break: bool) -> str:
    """Write the test for a line that is a request, or cannot be read."""
    holds = (
        f"coalesce({sql.replace(_COLUMN, quoted(column))}, true)"
        for column, sql in log_format.is_row.items()
        if column in present
    )
    is_row = " AND ".join(holds) or "true"
    return f"({_nothing(log_format, present)} OR {is_row})" if lines_may_break else f"({is_row})"


def _extractions(
    log_format: Format, json_columns: Sequence[str], paths: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, str], list[list[str]]]:
    """Write one extraction per JSON column, its places, and what stands in for objects."""
    places: dict[str, str] = {}
    taken: list[str] = []
    apart: list[str] = []
    beside: list[str] = []
    stood_in: list[str] = []
    for column in json_columns:
        inside = _json_paths(paths, column)
        heads = {
            head: (stand_in, key)
            for name, (stand_in, key) in log_format.stand_ins.items()
            for of_column, _, head in [name.partition(":")]
            if of_column == column
        }
        inside = sorted({*inside, *(f"{head}.{key}" for head, (_, key) in heads.items())})
        first = f"{column}:"
        extraction, found = _taken_apart(column, first, inside)
        taken.append(f"{extraction} AS {quoted(first)}")
        # each place is worked out once, and has a name
        named = {path: quoted(f"{column}:{path}") for path in found}
        apart += [f"{place} AS {named[path]}" for path, place in found.items()]
        places |= {f"{column}:{path}": name for path, name in named.items()}
        for head, (stand_in, key) in heads.items():
            theirs = [p for p in inside if p.startswith(f"{head}.")]
            second = quoted(f"{column}:{stand_in}:")
            extract = _extract(column, [stand_in + p.removeprefix(head) for p in theirs])
            # few rows lack the object, and in fewer does the other say anything
            says = f"try({quoted(column)} ->> {literal(f'$.{stand_in}')}) <> '{{}}'"
            said = f"CASE WHEN {says} THEN {extract} END"
            beside.append(f"CASE WHEN {named[f'{head}.{key}']} IS NULL THEN {said} END AS {second}")
            stood_in += [
                f"CASE WHEN {second} IS NULL THEN {named[path]} "
                f"ELSE coalesce({named[path]}, {second}[{i}]) END AS {named[path]}"
                for i, path in enumerate(theirs, 1)
            ]
    return places, [taken, apart, beside, stood_in]


def _json_paths(paths: Mapping[str, tuple[str, ...]], column: str) -> list[str]:
    """Return the paths that are read inside a column, each once."""
    found = (p.partition(":") for ps in paths.values() for p in ps)
    return sorted({path for name, inside, path in found if inside and name == column})


def _taken_apart(column: str, name: str, paths: list[str]) -> tuple[str, dict[str, str]]:
    """Write one extraction of many paths, named `name`, and where each path is in it.

    As a struct it costs a third less than as a list; but a struct cannot say which element of an
    array is meant, nor tell keys apart that differ in case only.
    """
    structure = _structure(paths)
    if structure is None:
        found = {path: f"{quoted(name)}[{i}]" for i, path in enumerate(paths, 1)}
        return _extract(column, paths), found
    found = {}
    for path in paths:
        place = quoted(name)
        for key in _keys(path):
            place = f"struct_extract({place}, {literal(key)})"
        found[path] = place
    wanted = literal(json.dumps(structure, ensure_ascii=False))
    return _tried(quoted(column), f"json_transform({quoted(column)}, {wanted})"), found


def _tried(text: str, extraction: str) -> str:
    """Write an extraction that is null where the text is not JSON.

    One error makes try() go row by row, ten times as long: what surely is one is left out.
    """
    is_whole = " OR ".join(f"ends_with({text}, {end})" for end in _ENDS)
    may_be_json = f"{text} <> '' AND (NOT starts_with({text}, '{{') OR {is_whole})"
    return f"CASE WHEN {may_be_json} THEN try({extraction}) END"


def _keys(path: str) -> list[str]:
    """Return the keys of a path; one with dots in it stands in quotes."""
    return [in_quotes or plain for in_quotes, plain in _KEY.findall(path)]


def _structure(paths: Iterable[str]) -> dict[str, Any] | None:
    """Write paths as an object of objects; None where that says something else."""
    structure: dict[str, Any] = {}
    for path in paths:
        *above, last = _keys(path)
        inside = structure
        for key in above:
            inside = inside.setdefault(key, {})
            if not isinstance(inside, dict):
                return None
        if "[" in path or last in inside:
            return None
        inside[last] = "VARCHAR"
    return structure if _tells_apart(structure) else None


def _tells_apart(structure: Mapping[str, Any]) -> bool:
    inner = [each for each in structure.values() if isinstance(each, dict)]
    return len({key.lower() for key in structure}) == len(structure) and all(
        map(_tells_apart, inner)
    )


def _extract(column: str, paths: list[str]) -> str:
    """Write one extraction of many paths; null where the text is not JSON."""
    listed = ", ".join(literal(f"$.{p}") for p in paths)
    return _tried(quoted(column), f"json_extract_string({quoted(column)}, [{listed}])")


def _value(
    column: Column,
    log_format: Format,
    present: Mapping[str, str],
    places: Mapping[str, str],
) -> str:
    """Write the expression of one canonical column."""
    terms = []
    for path in log_format.every_path.get(column.name, ()):
        if path in places:
            terms.append((places[path], "VARCHAR"))
        if path in present:
            terms.append((quoted(path), present[path]))
    if not terms:
        return f"NULL::{duckdb_type(column)}"
    read = [cast(column, term, dtype) for term, dtype in terms]
    if column.dtype == pl.Int64 and column.default == 0:
        read = [*(f"nullif({c}, 0)" for c in read[:-1]), read[-1], "0"]
    joined = f"coalesce({', '.join(read)})" if len(read) > 1 else read[0]
    if column.name == "key":
        # very old rows hold the key itself: keep what LiteLLM keeps of it, its hash
        return f"CASE WHEN {joined} LIKE 'sk-%' THEN sha256({joined}) ELSE {joined} END"
    return joined


def _numbers(
    log_format: Format, present: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the terms that a row's counts and spend are read from, with their types."""
    for path in dict.fromkeys(p for name in COUNTED for p in log_format.paths.get(name, ())):
        if path in places:
            yield places[path], "VARCHAR"
        if path in present:
            yield quoted(path), present[path]


def _json_counted(log_format: Format) -> list[str]:
    """Return the JSON columns that hold counts."""
    paths = (p for name in COUNTED for p in log_format.paths.get(name, ()))
    # a path into a list needs none
    return sorted({p.partition(":")[0] for p in paths if ":" in p and ":[" not in p})


def _is_no_object(column: str) -> str:
    """Write the test for a JSON column in which no key can be found."""
    text, taken = quoted(column), quoted(f"{column}:")
    begins, later = (f"starts_with({t}, '{{')" for t in (text, f"ltrim({text}, {_BLANKS})"))
    # few begin with a blank: the others are told without a copy
    return (
        f"({taken} IS NULL OR NOT {begins}) AND {text} <> '' AND ({taken} IS NULL OR NOT {later})"
    )


def _nothing(log_format: Format, present: Mapping[str, str]) -> str:
    """Write the test for a row of which nothing could be read."""
    given = sorted(present.keys() - log_format.computed.keys())
    return " AND ".join(f"{quoted(c)} IS NULL" for c in given)


def _lacking_details(
    log_format: Format, present: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[str]:
    """Yield the cases of rows that count tokens, and say nothing of what kind they were."""
    if any(path in present for path in log_format.paths.get("cache_read_tokens", ())):
        return  # a column says it
    counts = [p for p in log_format.paths.get("prompt_tokens", ()) if p in present]
    counted = " OR ".join(f"try_cast({quoted(c)} AS BIGINT) > 0" for c in counts)
    for name, (stand_in, key) in log_format.stand_ins.items():
        (column, _, details), known = name.partition(":"), places.get(f"{name}.{key}")
        if counted and known is not None:
            silent = " AND ".join(
                f"try({quoted(column)} ->> {literal(f'$.{where}')}) IS NULL"
                for where in (details, stand_in)
            )
            yield f"WHEN {known} IS NULL AND ({counted}) AND {silent} THEN 'no_usage_details'"


def _usage_issue(
    log_format: Format,
    present: Mapping[str, str],
    places: Mapping[str, str],
    lines_may_break: bool,
) -> str:
    """Say what is wrong with a row as it was read."""
    cases = []
    if lines_may_break:
        cases.append(f"WHEN {_nothing(log_format, present)} THEN 'unreadable_row'")
    terms = _numbers(log_format, present, places)
    # as a condition each is tested only where those before it did not hold
    absurd = [is_absurd(term, dtype) for term, dtype in terms if dtype not in WHOLE]
    cases.append(f"WHEN {' OR '.join(absurd) or 'false'} THEN 'absurd_count'")
    cases += [
        f"WHEN {_is_no_object(column)} THEN 'unreadable_metadata'"
        for column in _json_counted(log_format)
        if column in present
    ]
    cases += _lacking_details(log_format, present, places)
    known = [quoted(c) for c in log_format.paths.get("usage_issue", ()) if c in present]
    found = f"CASE {' '.join(cases)} END"
    # a count that is none weighs more than what the log says
    return f"coalesce({', '.join([found, *known])})"
