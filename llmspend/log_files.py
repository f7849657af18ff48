"""Find log files, and tell how each is read: its kind, its compression, its columns.

Nothing here knows a format of logs; `llmspend.log_recognition` compares what is found with FORMATS.
"""

from __future__ import annotations

import codecs
import glob
import gzip
import io
import itertools
import json
import re
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from llmspend.copy_text import DUMP_BEGINNINGS, tables_of
from llmspend.csv_text import SNIFFED_CHARACTERS, told_by
from llmspend.database_url import is_database_url
from llmspend.errors import LogFormatError
from llmspend.log_tables import (
    COMPRESSIONS,
    SUFFIXES,
    LogFile,
    documents_in,
    kind_named,
    table_of,
)
from llmspend.opened_files import connected, opened, reading
from llmspend.remote_files import remote_file
from llmspend.remote_listing import objects_of
from llmspend.remote_urls import is_remote, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmspend.log_tables import Compression, Kind

_SNIFFED_LINES: Final = 50
_SNIFFED_BYTES: Final = 64 * 1024 * 1024
"""How much of a file is looked at, at most, to tell what it is."""

_OTHER_FILES: Final = {
    b"PGDM": "an archive of pg_dump: pg_restore --file=dump.sql makes a dump of it that is read",
    b"PGCO": "binary COPY: export the table with (FORMAT csv, HEADER)",
    b"Obj\x01": "Avro: export the table as Parquet or JSON",
    b"PK\x03\x04": "a ZIP archive, or a workbook: unpack it, or save the sheet as CSV",
    **dict.fromkeys(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
        "UTF-16, as > of Windows PowerShell writes it: save it as UTF-8",
    ),
}
"""First bytes of files that are not read → what they are, and what to do."""

_NO_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"


# -- which files


def log_files(path: str | Path | Iterable[str | Path]) -> list[str]:
    r"""Find the files that `read_logs` would read.

    Parameters
    ----------
    path
        As for `read_logs`.

    Returns
    -------
    list of str
        In the order in which they are read; databases are passed over.

    Raises
    ------
    LogFormatError
        When there are none.

    Examples
    --------
    >>> [file.replace("\\", "/") for file in log_files("sample_data/*.parquet")]
    ['sample_data/litellm_spend_logs.parquet']
    """
    given = [path] if isinstance(path, (str, Path)) else list(path)
    places = [each for each in given if not is_database_url(each)]
    files = [str(file) for each in places for file in (_remote(each) or _files(each))]
    if not files and len(places) == len(given):
        raise LogFormatError("no log files were given.")
    return files


def _remote(path: str | Path) -> list[str]:
    """Find the files of an address; none for a path."""
    address = re.sub("^([^/\\\\]+):[/\\\\]", r"\1://", str(path))
    if isinstance(path, Path) and is_remote(address):
        raise LogFormatError(
            f"{shown(address)} was an address: give it as text, for a Path drops a slash."
        )
    if not (isinstance(path, str) and is_remote(path)):
        return []
    found = objects_of(path, kind_named)
    with reading(shown(path)):
        for url in found:
            remote_file(url).looked_at_anew()
    return found


def _files(path: str | Path) -> list[Path]:
    place = Path(path).expanduser()
    if place.is_dir():
        found = sorted(f for f in place.rglob("*") if f.is_file() and kind_named(f.name))
        if not found:
            endings = ", ".join(ending for ending, _, _ in COMPRESSIONS.values())
            raise LogFormatError(
                f"{path} is a directory without logs: no file in it ends in "
                f"{', '.join(SUFFIXES)} (or these with {endings})."
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
    names = (
        sorted(f.name for f in folder.iterdir() if kind_named(f.name)) if folder.is_dir() else []
    )
    return f" In {folder}: {', '.join(names[:5])}." if names else ""


# -- what is in a file


def look_into(path: str) -> LogFile:
    """Tell how a file is read.

    Parameters
    ----------
    path
        One of `log_files`.

    Returns
    -------
    LogFile
        What its name and its beginning tell. A JSON file of which nothing can be read has no
        columns.

    Raises
    ------
    LogFormatError
        When the file cannot be opened, is empty, or its beginning is damaged.
    """
    name = shown(path)
    with reading(name):
        place = remote_file(path).place if is_remote(path) else ""
        with opened(place or path) as file:
            beginning = file.read(4)
        if not beginning:
            raise LogFormatError(f"{name} is empty.")
        for first_bytes, what in _OTHER_FILES.items():
            if beginning.startswith(first_bytes):
                raise LogFormatError(f"{name} is {what}.")
        compression = _compression(beginning)
        plain = _unmarked(_beginning(place or path, compression))
        kind = kind_named(name) or _sniffed_kind(beginning, plain)
        partitions = partitions_of(name)
        return _LOOKS[kind](LogFile(name, kind, compression, partitions=partitions, place=place))


def _compression(beginning: bytes) -> Compression:
    found = (n for _, magic, n in COMPRESSIONS.values() if beginning.startswith(magic))
    return next(found, "none")


@contextmanager
def _plain(path: str, compression: Compression) -> Iterator[IO[bytes]]:
    """Open a file for reading what it holds, uncompressed."""
    with opened(path) as file:
        if compression == "none":
            yield file
        elif compression == "gzip":
            with gzip.open(file) as stream:
                yield cast("IO[bytes]", stream)
        else:
            # Arrow reads what the standard library before Python 3.14 cannot
            with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), compression) as stream:
                yield stream


@contextmanager
def text_of(file: LogFile) -> Iterator[io.TextIOWrapper]:
    """Open a file for reading its text.

    Parameters
    ----------
    file
        A text file.

    Yields
    ------
    io.TextIOWrapper
        Its text, uncompressed, line ends as they are; what is not UTF-8 is replaced.
    """
    with _plain(file.opened_by, file.compression) as stream:
        yield io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")


@contextmanager
def lines_of(file: LogFile) -> Iterator[Iterator[bytes]]:
    """Open a file for reading its lines as they are.

    Parameters
    ----------
    file
        A text file.

    Yields
    ------
    iterator of bytes
        Its lines with their ends, uncompressed.
    """
    with (
        _plain(file.opened_by, file.compression) as stream,
        io.BufferedReader(cast("io.RawIOBase", stream)) as lines,
    ):
        yield lines


def _beginning(path: str, compression: Compression) -> bytes:
    with _plain(path, compression) as file:
        return file.read(4096)


def _unmarked(beginning: bytes) -> bytes:
    return beginning.removeprefix(codecs.BOM_UTF8).lstrip()


def _sniffed_kind(beginning: bytes, plain: bytes) -> Kind:
    """Tell how to read a file whose name does not say."""
    if beginning == b"PAR1":
        return "parquet"
    if plain.startswith(DUMP_BEGINNINGS):
        return "copy"
    return "json" if plain[:1] in (b"{", b"[") else "csv"


def partitions_of(path: str) -> dict[str, str | None]:
    """Read the columns that folders name: ``…/team=search/date=2026-07-01/part.parquet``."""
    named = (folder.partition("=") for folder in Path(path).parts[:-1])
    return {
        unquote(name): None if value == _NO_PARTITION else unquote(value)
        for name, is_one, value in named
        if is_one and name
    }


_DESCRIBED: Final[dict[str, dict[str, str]]] = {}
"""Schema of a Parquet file → its columns with DuckDB's types: files of one export share it."""


def _look_into_parquet(file: LogFile) -> LogFile:
    schema = _parquet_schema(file.opened_by)
    if schema not in _DESCRIBED:
        query = f"DESCRIBE SELECT * FROM {table_of([file], {})}"  # noqa: S608 - a quoted path
        with closing(connected([file])) as connection:
            described = connection.sql(query).fetchall()
        columns = {row[0]: row[1] for row in described}
        if not schema:
            return replace(file, columns=columns)
        _DESCRIBED[schema] = columns
    return replace(file, columns=_DESCRIBED[schema])


def _parquet_schema(path: str) -> str:
    """Read the schema of a Parquet file; nothing where DuckDB has to say what is wrong with it."""
    try:
        with opened(path) as stream:
            _, _, schema = str(pq.read_metadata(stream).schema).partition("\n")  # after its address
    except (pa.ArrowException, OSError):
        return ""
    return schema


def _look_into_cells(file: LogFile) -> LogFile:
    with text_of(file) as text:
        return told_by(file, text.read(SNIFFED_CHARACTERS))


def _look_into_copy(file: LogFile) -> LogFile:
    with text_of(file) as text:
        header = text.readline(_SNIFFED_BYTES)
    if "\t" in header:
        return _look_into_cells(file)
    ends: set[bytes] = set()
    with lines_of(file) as lines:
        tables = tables_of(file, _noting_ends(lines, ends))
    if len(ends) > 1:
        # DuckDB would begin at another line than the one that is meant
        tables = tuple(replace(table, apart=True) for table in tables)
    problem = "" if tables else "there is no COPY … FROM stdin in it"
    return replace(file, tables=tables, problem=problem)


def _noting_ends(lines: Iterable[bytes], ends: set[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.endswith(b"\n"):
            ends.add(line[-2:] if line.endswith(b"\r\n") else b"\n")
        yield line


def _look_into_json(file: LogFile) -> LogFile:
    beginning = _beginning(file.opened_by, file.compression)
    is_marked, beginning = beginning.startswith(codecs.BOM_UTF8), _unmarked(beginning)
    if beginning.startswith(b"["):
        file = replace(file, layout="array")
        documents, problem = _documents(file), "its list holds no object"
    else:
        documents, problem = _lines(file)
        if not documents and beginning.startswith(b"{"):
            spread = replace(file, layout="unstructured")
            # a line that was cut looks like the first of an object over many lines
            with suppress(duckdb.Error):
                documents = _documents(spread)
                file = spread
    if file.layout == "newline_delimited":
        file = replace(file, marked=is_marked)
    keys = dict.fromkeys(key for document in documents for key in document)
    columns = dict.fromkeys(keys, "JSON")
    return replace(file, samples=tuple(documents), columns=columns, problem=problem)


def _lines(file: LogFile) -> tuple[list[dict[str, Any]], str]:
    """Read the objects among the first lines; and say what the other lines are."""
    found, problem = [], "no line holds anything"
    with text_of(file) as text:
        for number, line in enumerate(itertools.islice(text, _SNIFFED_LINES), 1):
            try:
                value = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError) as error:
                problem = f"line {number} is not JSON: {error}"
                continue
            if isinstance(value, dict):
                found.append(value)
            elif line.strip():
                problem = f"line {number} is a JSON {type(value).__name__}, not an object"
    return found, problem


def _documents(file: LogFile) -> list[dict[str, Any]]:
    """Read the first objects of a file whose objects are not one to a line."""
    # DuckDB lets a comma stand before the end of an object, but writes none
    query = f"SELECT json -> '$' FROM {documents_in([file])} LIMIT {_SNIFFED_LINES}"  # noqa: S608 - a quoted path
    with closing(connected([file])) as connection:
        found = connection.sql(query).fetchall()
        values = (json.loads(text) for (text,) in found if text is not None)
        return [value for value in values if isinstance(value, dict)]


_LOOKS: Final[dict[Kind, Callable[[LogFile], LogFile]]] = {
    "parquet": _look_into_parquet,
    "csv": _look_into_cells,
    "copy": _look_into_copy,
    "json": _look_into_json,
}
