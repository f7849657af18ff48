"""Open usage logs, recognise their format, give canonical usage.

DuckDB reads the files and takes their JSON apart (one extraction of a list of paths per row, an
order of magnitude cheaper than a call per path); Polars gets Arrow batches. Nothing is read before
it is needed, only the columns that are needed, and memory stays bounded.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from llmspend.companions import Names
from llmspend.database_lease import Lease
from llmspend.database_rows import database_part
from llmspend.database_url import is_database_url
from llmspend.duplicates import Duplicates
from llmspend.errors import InputError, LogFormatError, UnknownNameError
from llmspend.formats import FORMATS, Format
from llmspend.formats._format import USAGE_BODY
from llmspend.formats.canonical import CANONICAL
from llmspend.log_bodies import with_usage
from llmspend.log_files import log_files, look_into
from llmspend.log_rows import batches, parts_of
from llmspend.log_sources import READ_COLUMNS, TEXT_COLUMNS
from llmspend.opened_files import size_of
from llmspend.remote_files import fetched_ahead
from llmspend.usage import COUNTS, USAGE_SCHEMA, normalize
from llmspend.usage_bodies import BODY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from llmspend.companions import Table
    from llmspend.log_rows import Part
    from llmspend.log_tables import LogFile

_PLACE: Final = ("source_file", "source_row")
_NEAREST_FORMATS: Final = 3


def read_logs(
    path: str | Path | Iterable[str | Path],
    *,
    format: str | Format | None = None,  # noqa: A002 - what Polars and pandas call it
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    texts: bool = False,
    keys: Table | Sequence[Table] | None = None,
    teams: Table | Sequence[Table] | None = None,
    users: Table | Sequence[Table] | None = None,
    organizations: Table | Sequence[Table] | None = None,
    projects: Table | Sequence[Table] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> pl.LazyFrame:
    r"""Read usage logs into canonical usage.

    Parameters
    ----------
    path
        A file, a directory of files, a glob pattern, or several of these, here or elsewhere
        (``s3://``, ``gs://``, ``az://``, ``abfss://``, ``https://``: with the extra ``remote``;
        credentials come from the environment, see `llmspend.remote_urls.CLOUDS`): Parquet, CSV (as
        ``psql \\copy … CSV HEADER`` writes it) and JSON (one object to a line, lists, documents),
        the last two also with gzip or Zstandard. Folders named ``team=search`` are columns. Or the
        URL of a LiteLLM proxy's database, ``postgresql://user@host:5432/litellm``: it is read, in
        one read-only transaction, whenever the frame is collected; keys, teams and users have the
        names that its tables know.
    format
        The format of the files: a name of FORMATS, or a `Format` of your own. None recognises it,
        file by file, by the columns.
    since, until
        Only requests that began at `since` or later, and before `until`: moments, or ISO dates,
        UTC where they name no zone. Rows without a time stay, for they might be meant.
    texts
        Whether prompts and answers are read too: ``messages`` and ``response``, JSON text, after
        the canonical columns.
    keys, teams, users, organizations, projects
        Tables with names for ids, as frames or files with LiteLLM's column names, such as an
        export of ``LiteLLM_VerificationToken``; several tables where the deleted ones are given
        too. Names found there win over the names in the log.
    on_rows
        Called with the number of rows of each batch: for showing progress.

    Returns
    -------
    polars.LazyFrame
        One row per request, in file order, with all of `llmspend.USAGE_COLUMNS`. A line that
        cannot be read is a row too: ``usage_issue`` says so, and `llmspend.quarantine` says why.
        A request that came before (the same request_id, and call_id if it has one) is marked
        ``is_duplicate``: it costs nothing and is not counted.

    Raises
    ------
    LogFormatError
        When there is no such file, it is empty, or no known format has its columns: the message
        says which columns were found and which were wanted. Also while the frame is collected,
        for a file that turns out to be damaged.
    InputError
        For a time or a table of names that cannot be used.
    UnknownNameError
        For a format that does not exist.

    Examples
    --------
    >>> usage = read_logs("sample_data/litellm_spend_logs.parquet")
    >>> usage.select("model", "prompt_tokens", "logged_spend").collect_schema().names()
    ['model', 'prompt_tokens', 'logged_spend']
    """
    names = Names(
        {
            "keys": keys,
            "teams": teams,
            "users": users,
            "organizations": organizations,
            "projects": projects,
        }
    )
    given = [path] if isinstance(path, (str, Path)) else list(path)
    found = log_files(given)
    files = _recognised(found, _format_named(format)) if found else []
    databases = [
        database_part(str(each), since=since, until=until)
        for each in given
        if is_database_url(each)
    ]
    in_time = _between(since, until)
    schema = USAGE_SCHEMA | {c.name: c.dtype for c in TEXT_COLUMNS if texts}
    is_one = len(files) == 1 and not databases and files[0][0].kind == "parquet"
    is_one = is_one and not files[0][0].place
    if is_one and files[0][1] is CANONICAL and not (names or on_rows):
        # what was read before is a table like any other
        usage = normalize(pl.scan_parquet(files[0][0].path, glob=False))
        known = usage.collect_schema()
        usage = usage.select(*(n for n in schema if n in known))
        return usage if in_time is None else usage.filter(in_time)
    parts = [*parts_of(files), *databases]
    return register_io_source(
        lambda columns, predicate, n_rows, _: Lease(
            _usage(parts, columns or list(schema), predicate, n_rows, in_time, names, on_rows)
        ),
        schema=schema,
        is_pure=True,
    )


def _format_named(given: str | Format | None) -> Format | None:
    if given is None or isinstance(given, Format):
        return given
    by_name = {f.name.casefold(): f for f in FORMATS}
    if given.casefold() not in by_name:
        raise UnknownNameError.of("format", given, (f.name for f in FORMATS))
    return by_name[given.casefold()]


def _between(since: datetime | str | None, until: datetime | str | None) -> pl.Expr | None:
    """Write the condition on the moment when a request began."""
    at, conditions = pl.col("started_at"), []
    if since is not None:
        conditions.append(at >= _moment("since", since))
    if until is not None:
        conditions.append(at < _moment("until", until))
    return pl.all_horizontal(conditions) | at.is_null() if conditions else None


def _moment(name: str, given: datetime | str) -> datetime:
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise InputError(
            f"{name}={given!r} is no moment: write an ISO date or time, such as 2026-07-01 "
            "or 2026-07-01T10:00:00+02:00."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# -- which format


def _recognised(paths: list[str], log_format: Format | None) -> list[tuple[LogFile, Format]]:
    """Look into the files, and tell the format of each."""
    several = len(paths) > 1
    found: list[tuple[LogFile, Format | None]] = []
    for path in fetched_ahead(paths):
        if several and size_of(path) == 0:
            continue  # an hour in which nothing was logged
        found += _tables(look_into(path), log_format)
    if not found:
        raise LogFormatError(f"{paths[0]} is empty, and so are the others.")
    usual = next((f for _, f in found if f is not None), None)
    recognised = []
    for file, each in found:
        # a file of which no line can be read is taken for what the others are
        its_format = each or (usual if file.kind == "json" and not file.samples else None)
        if its_format is None:
            raise LogFormatError(_not_known(file))
        recognised.append((file, its_format))
    return recognised


def _tables(file: LogFile, log_format: Format | None) -> list[tuple[LogFile, Format | None]]:
    """Take out of a file what is read of it: of a dump, the tables of one format."""
    if log_format is not None and log_format.header and file.kind in ("csv", "copy"):
        named = dict.fromkeys(log_format.header, "VARCHAR")
        file = replace(file, columns=named, skipped=0)
    if not file.tables:
        return [(file, log_format or _format_of(file))]
    wanted = FORMATS if log_format is None else (log_format,)
    known = [(each, f) for each in file.tables for f in wanted if f.recognises(each.columns)]
    # a proxy that keeps no requests has their table all the same
    known = [(each, f) for each, f in known if each.height] or known
    # the sums of a day are sums over what the other tables hold
    best = min((f for _, f in known), key=wanted.index, default=None)
    found = [each for each, f in known if f is best]
    if best is not None and best.is_summary and len(found) > 1:
        raise LogFormatError(
            f"{file.path} holds several tables of sums over the same requests: "
            f"{', '.join(each.table for each in found)}. Dump one of them: pg_dump --table."
        )
    return [(each, best) for each in found] or [(file, None)]


def _format_of(file: LogFile) -> Format | None:
    return next((f for f in FORMATS if _claims(f, file)), None)


def _claims(log_format: Format, file: LogFile) -> bool:
    """Tell whether a file is of a format."""
    if not re.search(log_format.file_name, Path(file.path).name):
        return False
    if log_format.rows:
        return _is_document(log_format, file.samples)
    return log_format.recognises([*file.columns, *file.partitions])


def _is_document(log_format: Format, samples: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether documents hold rows of a format; one without any row will do too."""
    documents = [s for s in samples if log_format.document <= s.keys()]
    rows = [row for d in documents for row in _rows_in(d, log_format.rows)]
    keys = {key for row in rows if isinstance(row, dict) for key in row}
    keys |= {step.rstrip("}+").partition("{")[2] for step in log_format.rows}
    keys |= log_format.above.keys()
    return bool(documents) and (not rows or log_format.recognises(keys))


def _rows_in(value: Any, steps: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if not steps:
        yield value
        return
    found = value
    for key in steps[0].partition("{")[0].split("."):
        found = found.get(key) if isinstance(found, dict) else None
    inside = [*found.values()] if isinstance(found, dict) else found
    for each in inside if isinstance(inside, list) else ():
        yield from _rows_in(each, steps[1:])
    if steps[0].endswith("+"):
        yield from _rows_in(value, steps[1:])


def _not_known(file: LogFile) -> str:
    if file.kind == "json" and not file.samples:
        return f"{file.path} does not hold JSON objects: {file.problem}."
    if file.kind == "copy" and not file.columns and not file.problem:
        tables = ", ".join(table.table for table in file.tables)
        return f"{file.path} is a dump without a table of usage logs. Tables found: {tables}."
    if file.problem and not file.columns:
        # what stands there is never shown: it may be a prompt or a key
        return (
            f"{file.path} is not a usage log that llmspend knows: {file.problem}. Export the "
            "table with (FORMAT csv, HEADER), or name its columns: "
            "read_logs(format=dataclasses.replace(llmspend.FORMATS[1], header=(...)))."
        )
    columns = {c.lower() for c in file.columns}

    def likeness(log_format: Format) -> float:
        wanted = {c.lower() for c in log_format.identified_by}
        return len(wanted & columns) / len(wanted)

    near = sorted((f for f in FORMATS if f is not CANONICAL), key=likeness, reverse=True)
    wanted = "; or ".join(
        f"{', '.join(sorted(f.identified_by))} ({f.name}"
        f"{f', in a file whose name matches {f.file_name}' * bool(f.file_name)})"
        for f in near[:_NEAREST_FORMATS]
    )
    return (
        f"{file.path} is not a usage log that llmspend knows. Columns found: "
        f"{', '.join(list(file.columns)[:30]) or 'none'}. Columns wanted: {wanted}. "
        "llmspend.FORMATS lists every format, and read_logs(format=...) takes one of your own."
    )


# -- canonical usage


def _usage(
    parts: Iterable[Part],
    columns: Sequence[str],
    predicate: pl.Expr | None,
    n_rows: int | None,
    in_time: pl.Expr | None,
    names: Names,
    on_rows: Callable[[int], None] | None,
) -> Iterator[pl.DataFrame]:
    """Read parts batch by batch, mark what came before, name the ids."""
    asked = {*columns} if in_time is None else {*columns, "started_at"}
    duplicates = Duplicates()
    left = n_rows
    for part in parts:
        needed = _needed(part.log_format, asked, names)
        read = [n for n in READ_COLUMNS if n in needed]
        limit = left if in_time is None and not part.log_format.is_row else None
        for batch in batches(part, read, limit=limit):
            usage = canonical(batch, part.log_format, needed)
            if "is_duplicate" in needed:
                usage = duplicates.marked(usage)
            usage = names.given_to(usage)
            if in_time is not None:
                usage = usage.filter(in_time)
            if left is not None:
                usage = usage.head(left)
                left -= usage.height
            if on_rows is not None:
                on_rows(usage.height)
            yield (usage if predicate is None else usage.filter(predicate)).select(columns)
            if left == 0:
                return


def _needed(log_format: Format, asked: Iterable[str], names: Names) -> set[str]:
    """Return the canonical columns that must be read to give the ones that are asked for."""
    needed = set(asked)
    if "usage_issue" in needed:
        needed |= {"is_duplicate", *COUNTS}
    if "is_duplicate" in needed:
        needed |= {"request_id", "call_id"}
    needed |= names.needs(needed)
    for stage in reversed(log_format.derived):
        needed |= {root for n in stage if n in needed for root in stage[n].meta.root_names()}
    if log_format.usage and not needed.isdisjoint(BODY_COLUMNS):
        needed.add(USAGE_BODY)
    return needed


def canonical(rows: pl.DataFrame, log_format: Format, needed: set[str]) -> pl.DataFrame:
    """Bring rows into the canonical schema.

    Parameters
    ----------
    rows
        What the query of a format gave: the columns `needed`.
    log_format
        The format: what it derives is computed.
    needed
        Canonical columns.

    Returns
    -------
    polars.DataFrame
        The columns `needed`, in canonical order.
    """
    # what the format does not have costs nothing to read
    absent = [READ_COLUMNS[n] for n in needed - {USAGE_BODY} if n not in rows.columns]
    rows = rows.with_columns(pl.lit(c.default, dtype=c.dtype).alias(c.name) for c in absent)
    lazy = with_usage(rows, log_format.paths).lazy() if USAGE_BODY in rows else rows.lazy()
    if log_format.is_summary and "is_summary" in needed:
        lazy = lazy.with_columns(is_summary=pl.lit(value=True))
    for stage in log_format.derived:
        lazy = lazy.with_columns(**{n: e for n, e in stage.items() if n in needed})
    return normalize(lazy).select(n for n in READ_COLUMNS if n in needed - {USAGE_BODY}).collect()
