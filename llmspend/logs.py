"""Open usage logs, recognise their format, give canonical usage.

DuckDB reads the files and takes their JSON apart (one extraction of a list of paths per row, an
order of magnitude cheaper than a call per path); Polars gets Arrow batches. Nothing is read before
it is needed, only the columns that are needed, and memory stays bounded.
"""

from __future__ import annotations

import csv
import glob
import gzip
import itertools
import json
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, cast

import duckdb
import polars as pl
from polars.io.plugins import register_io_source

from llmspend.errors import LogFormatError
from llmspend.formats import FORMATS
from llmspend.log_sql import READ_SCHEMA, json_types, quoted, select
from llmspend.usage import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


BATCH_ROWS: Final = 50_000
_MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024
_SNIFFED_LINES: Final = 50
_GZIP: Final = b"\x1f\x8b"

_SUFFIXES: Final[dict[str, str]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
"""File name ending → how the file is read."""

_JSON_OPTIONS: Final = (
    f"format='newline_delimited', ignore_errors=true, maximum_object_size={_MAX_OBJECT_BYTES}"
)
_CSV_OPTIONS: Final = (
    "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr='', "
    f"allow_quoted_nulls=false, max_line_size={_MAX_OBJECT_BYTES}"
)


def read_logs(
    path: str | Path | Iterable[str | Path], *, on_rows: Callable[[int], None] | None = None
) -> pl.LazyFrame:
    r"""Read usage logs into canonical usage.

    Parameters
    ----------
    path
        A file, a directory of files, a glob pattern, or several of these. Parquet, CSV (as
        ``psql \\copy … CSV HEADER`` writes it) and JSON lines, the last two also gzipped, of the
        formats in `llmspend.FORMATS`: the table ``LiteLLM_SpendLogs``. The format is recognised
        by its columns; prompts and responses are not read.
    on_rows
        Called with the number of rows of each batch that was read: for showing progress.

    Returns
    -------
    polars.LazyFrame
        One row per request, in file order, with all of `llmspend.USAGE_COLUMNS`. A line that
        cannot be read is a row too: ``usage_issue`` says so.

    Raises
    ------
    LogFormatError
        When there is no such file, it is empty, or no known format has its columns: the message
        says which columns were found and which were wanted. Also while the frame is collected,
        for a file that turns out to be damaged.

    Examples
    --------
    >>> usage = read_logs("sample_data/litellm_spend_logs.parquet")
    >>> usage.select("model", "prompt_tokens", "logged_spend").collect_schema().names()
    ['model', 'prompt_tokens', 'logged_spend']
    """
    return pl.concat([_scan(file, on_rows) for file in log_files(path)])


def log_files(path: str | Path | Iterable[str | Path]) -> list[Path]:
    """Find the files that `read_logs` would read.

    Parameters
    ----------
    path
        As for `read_logs`.

    Returns
    -------
    list of Path
        In the order in which they are read.

    Raises
    ------
    LogFormatError
        When there are none.

    Examples
    --------
    >>> [file.name for file in log_files("sample_data/*.parquet")]
    ['litellm_spend_logs.parquet']
    """
    given = [path] if isinstance(path, (str, Path)) else list(path)
    files = [file for each in given for file in _files(each)]
    if not files:
        raise LogFormatError("no log files were given.")
    return files


def _files(path: str | Path) -> list[Path]:
    place = Path(path).expanduser()
    if place.is_dir():
        found = sorted(f for f in place.rglob("*") if f.is_file() and _kind(f))
        if not found:
            raise LogFormatError(
                f"{path} is a directory without logs: no file in it ends in "
                f"{', '.join(_SUFFIXES)} (or these with .gz)."
            )
        return found
    if place.exists():
        return [place]
    if glob.has_magic(str(place)):
        matching = (Path(f) for f in glob.glob(str(place), recursive=True))  # noqa: PTH207 - may be absolute
        found = sorted(f for f in matching if f.is_file())
        if not found:
            raise LogFormatError(f"no file matches the pattern {path}.")
        return found
    raise LogFormatError(f"there is no file {path}.{_beside(place)}")


def _beside(missing: Path) -> str:
    """Suggest logs that lie in the folder where a file was looked for."""
    folder = missing.parent
    names = sorted(f.name for f in folder.iterdir() if _kind(f)) if folder.is_dir() else []
    return f" In {folder}: {', '.join(names[:5])}." if names else ""


def _kind(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)


def _scan(path: Path, on_rows: Callable[[int], None] | None) -> pl.LazyFrame:
    """Give one file as a lazy frame of canonical usage."""
    kind = _kind(path) or _sniffed_kind(path)
    if path.stat().st_size == 0:
        raise LogFormatError(f"{path} is empty.")
    with _reading(path):
        types = _columns(path, kind)
    log_format = next((f for f in FORMATS if f.recognises(types)), None)
    if log_format is None:
        wanted = "; or ".join(f"{', '.join(sorted(f.identified_by))} ({f.name})" for f in FORMATS)
        raise LogFormatError(
            f"{path} is not a usage log that llmspend knows. Columns found: "
            f"{', '.join(list(types)[:30]) or 'none'}. Columns wanted: {wanted}."
        )
    if kind == "jsonl":
        types = json_types(log_format, types)
    sql = select(log_format, _reader(path, kind, types), types, kind)
    usage = register_io_source(
        lambda columns, predicate, n_rows, _: _batches(
            path, sql, columns, predicate, n_rows, on_rows
        ),
        schema=READ_SCHEMA,
        is_pure=True,
    )
    usage = usage.with_row_index("source_row", offset=1).with_columns(
        pl.col("source_row").cast(pl.Int64), source_file=pl.lit(str(path))
    )
    for derived in log_format.derived:
        usage = usage.with_columns(**derived)
    return normalize(usage)


def _batches(
    path: Path,
    sql: str,
    columns: list[str] | None,
    predicate: pl.Expr | None,
    n_rows: int | None,
    on_rows: Callable[[int], None] | None,
) -> Iterator[pl.DataFrame]:
    """Run the query of one file, batch by batch."""
    names = list(READ_SCHEMA) if columns is None else columns
    query = f"SELECT {', '.join(map(quoted, names))} FROM ({sql})"
    if n_rows is not None:
        query += f" LIMIT {n_rows}"
    with _reading(path), closing(_connect()) as connection:
        reader = connection.sql(query).to_arrow_reader(BATCH_ROWS)
        try:
            for batch in reader:
                if on_rows is not None:
                    on_rows(batch.num_rows)
                frame = pl.DataFrame(batch).cast({n: READ_SCHEMA[n] for n in names})
                yield frame if predicate is None else frame.filter(predicate)
        finally:
            reader.close()


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    return connection


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise LogFormatError(f"{path} cannot be read: {_first_words(error)}") from None
    except (EOFError, OSError, UnicodeDecodeError) as error:
        raise LogFormatError(f"{path} cannot be read: {error}") from None


def _first_words(error: Exception) -> str:
    """Take what a person needs out of DuckDB's many lines: what is wrong, and on which line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = itertools.takewhile(lambda line: not line.startswith(("Possible", "LINE")), lines)
    return " ".join(line for line in told if not line.startswith("Original Line"))


# -- what is in a file


def _sniffed_kind(path: Path) -> str:
    """Tell how to read a file whose name does not say."""
    with path.open("rb") as file:
        beginning = file.read(4)
    if beginning == b"PAR1":
        return "parquet"
    return "jsonl" if beginning.lstrip()[:1] == b"{" else "csv"


def _reader(path: Path, kind: str, types: dict[str, str]) -> str:
    """Write the table function that opens a file; text files are read with these columns."""
    # DuckDB takes a path for a pattern: wrap what would be one
    plain = "".join(f"[{c}]" if c in "[*?" else c for c in str(path)).replace("'", "''")
    if kind == "parquet":
        return f"read_parquet('{plain}')"
    function, options = (
        ("read_csv", _CSV_OPTIONS) if kind == "csv" else ("read_json", _JSON_OPTIONS)
    )
    compression = "gzip" if _is_gzip(path) else "none"
    columns = ", ".join(f"{quoted(name)}: '{dtype}'" for name, dtype in types.items())
    return f"{function}('{plain}', {options}, compression='{compression}', columns={{{columns}}})"


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _text(path: Path) -> TextIO:
    opener = gzip.open if _is_gzip(path) else open
    return cast("TextIO", opener(path, "rt", encoding="utf-8-sig", errors="replace", newline=""))


def _columns(path: Path, kind: str) -> dict[str, str]:
    """Return the columns of a file with their DuckDB types."""
    if kind == "jsonl":
        return dict.fromkeys(_json_keys(path), "JSON")
    if kind == "csv":
        with _text(path) as file:
            return dict.fromkeys(next(csv.reader(file), []), "VARCHAR")
    with closing(_connect()) as connection:
        described = connection.sql(f"DESCRIBE SELECT * FROM {_reader(path, kind, {})}")
        return {row[0]: row[1] for row in described.fetchall()}


def _json_keys(path: Path) -> list[str]:
    """Return the keys that the first lines of a JSON-lines file have."""
    keys: dict[str, None] = {}
    problem = "no line holds anything"
    with _text(path) as file:
        for number, line in enumerate(itertools.islice(file, _SNIFFED_LINES), 1):
            try:
                value = json.loads(line) if line.strip() else {}
            except ValueError as error:
                problem = f"line {number} is not JSON: {error}"
                continue
            if isinstance(value, dict):
                keys |= dict.fromkeys(value)
            else:
                problem = f"line {number} is a JSON {type(value).__name__}, not an object"
    if not keys:
        raise LogFormatError(f"{path} does not hold JSON lines, one object each: {problem}.")
    return list(keys)
