"""The door to usage logs: open them, recognise their format, give canonical usage.

DuckDB reads the files and takes their JSON apart (one extraction of a list of paths per row, an
order of magnitude cheaper than a call per path); Polars gets Arrow batches. Nothing is read before
it is needed, only the columns that are needed, and memory stays bounded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from llmspend.companions import Names
from llmspend.database_lease import Batches
from llmspend.database_rows import database_part
from llmspend.database_url import is_database_url
from llmspend.duplicates import MARKED
from llmspend.errors import UnknownNameError
from llmspend.formats import FORMATS, Format
from llmspend.formats.canonical import CANONICAL
from llmspend.log_files import log_files
from llmspend.log_recognition import recognised
from llmspend.log_rows import parts_of
from llmspend.log_sources import TEXT_COLUMNS
from llmspend.log_usage import read_parts
from llmspend.moments import range_of
from llmspend.opened_files import reading
from llmspend.usage import USAGE_SCHEMA, normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from llmspend.companions import Table
    from llmspend.moments import Moment


def read_logs(
    path: str | Path | Iterable[str | Path],
    *,
    format: str | Format | None = None,  # noqa: A002 - what Polars and pandas call it
    since: Moment | None = None,
    until: Moment | None = None,
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
        Only requests that began at `since` or later, and before `until`: moments, dates, or
        ISO text, UTC where they name no zone. Rows without a time stay, for they might be meant.
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
    files = recognised(found, _format_named(format)) if found else []
    databases = [
        database_part(str(each), since=since, until=until)
        for each in given
        if is_database_url(each)
    ]
    in_time = _between(*range_of(since, until))
    schema = USAGE_SCHEMA | {c.name: c.dtype for c in TEXT_COLUMNS if texts}
    is_one = len(files) == 1 and not databases and files[0][0].kind == "parquet"
    is_one = is_one and not files[0][0].place
    is_one = is_one and files[0][1] is CANONICAL and not (names or on_rows)
    written = Path(files[0][0].path) if is_one and _are_marked(files[0][0].path) else None
    parts = [*parts_of(files), *databases]

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = columns or list(schema)
        if written is not None:
            return _as_written(written, asked, predicate, n_rows, in_time)
        return Batches(read_parts(parts, asked, predicate, n_rows, in_time, names, on_rows))

    return register_io_source(batches, schema=schema, is_pure=True)


def _are_marked(path: str) -> bool:
    """Tell whether a file of usage says that its duplicates were marked when it was written."""
    with reading(path):
        return MARKED.items() <= pl.read_parquet_metadata(path).items()


def _as_written(
    path: Path,
    columns: Sequence[str],
    predicate: pl.Expr | None,
    n_rows: int | None,
    in_time: pl.Expr | None,
) -> Iterator[pl.DataFrame]:
    """Read a file that `llmspend convert` wrote: there is nothing to work out any more."""
    with reading(str(path)):
        usage = normalize(pl.scan_parquet(path, glob=False))
        known = usage.collect_schema()
        absent = (pl.lit(None, c.dtype).alias(c.name) for c in TEXT_COLUMNS if c.name not in known)
        usage = usage.with_columns(absent)
        usage = usage if in_time is None else usage.filter(in_time)
        usage = usage.select(columns) if n_rows is None else usage.select(columns).head(n_rows)
        batches = iter(usage.collect_batches(maintain_order=True))
    while True:
        with reading(str(path)):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch if predicate is None else batch.filter(predicate)


def _format_named(given: str | Format | None) -> Format | None:
    if given is None or isinstance(given, Format):
        return given
    by_name = {f.name.casefold(): f for f in FORMATS}
    if given.casefold() not in by_name:
        raise UnknownNameError.of("format", given, (f.name for f in FORMATS))
    return by_name[given.casefold()]


def _between(since: datetime | None, until: datetime | None) -> pl.Expr | None:
    """Write the condition on the moment when a request began."""
    at, conditions = pl.col("started_at"), []
    if since is not None:
        conditions.append(at >= since)
    if until is not None:
        conditions.append(at < until)
    return pl.all_horizontal(conditions) | at.is_null() if conditions else None
