"""How DuckDB opens a log file: the table functions, written for one file or many of a kind.

Nothing here opens a file. Paths go into SQL quoted, and with the characters escaped that DuckDB
would take for a pattern.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["parquet", "csv", "json"]
Compression = Literal["none", "gzip", "zstd"]
Layout = Literal["newline_delimited", "array", "unstructured"]

MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024
"""No line of a log may be longer."""

_JSON_OPTIONS: Final = f"maximum_object_size={MAX_OBJECT_BYTES}"
_CSV_OPTIONS: Final = (
    "auto_detect=false, header=true, quote='\"', escape='\"', nullstr='', "
    f"allow_quoted_nulls=false, max_line_size={MAX_OBJECT_BYTES}"
)


@dataclass(frozen=True)
class LogFile:
    """A file, and how it is read.

    Attributes
    ----------
    path
        As shown in ``source_file``.
    kind
        How it is read.
    compression
        DuckDB's name of it.
    layout
        How the documents of a JSON file stand in it: one to a line, in a list, or one after
        another.
    columns
        Its columns with their DuckDB types; of JSON, the keys that its first objects have.
    samples
        The first documents of a JSON file.
    problem
        What else is among the first lines of a JSON file.
    partitions
        Columns that the names of its folders give, ``date=2026-07-01``.
    delimiter
        What separates the cells of a CSV file.
    """

    path: str
    kind: Kind
    compression: Compression = "none"
    layout: Layout = "newline_delimited"
    columns: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[dict[str, Any], ...] = ()
    problem: str = ""
    partitions: Mapping[str, str | None] = field(default_factory=dict)
    delimiter: str = ","


def table_of(
    files: Sequence[LogFile], types: Mapping[str, str], *, skip_broken: bool = False
) -> str:
    """Write the table function that reads files of one kind.

    Parameters
    ----------
    files
        Alike in kind, compression, layout and delimiter.
    types
        The columns that text files are read with, and their DuckDB types.
    skip_broken
        Whether broken rows of a CSV file are left out (and told in ``reject_errors``) instead of
        ending the query.

    Returns
    -------
    str
        SQL.
    """
    file = files[0]
    if file.kind == "parquet":
        return f"read_parquet({_paths(files)}, hive_partitioning=false)"
    columns = ", ".join(f"{quoted(name)}: '{dtype}'" for name, dtype in types.items())
    # folders that name columns are read by us: a column of the file itself wins
    common = f"hive_partitioning=false, compression='{file.compression}', columns={{{columns}}}"
    if file.kind == "csv":
        rejects = ", ignore_errors=true, store_rejects=true" if skip_broken else ""
        delimiter = literal(file.delimiter)
        return f"read_csv({_paths(files)}, {_CSV_OPTIONS}, delim={delimiter}, {common}{rejects})"
    return f"read_json({_paths(files)}, {_layout(file)}, filename='{FILE}', {common})"


def documents_in(files: Sequence[LogFile]) -> str:
    """Write the table function that reads the documents of JSON files, a column ``json``.

    Parameters
    ----------
    files
        Alike in compression and layout.

    Returns
    -------
    str
        SQL; a line that is not JSON is null.
    """
    compression = f"hive_partitioning=false, compression='{files[0].compression}'"
    return (
        f"read_json_objects({_paths(files)}, {_layout(files[0])}, filename='{FILE}', {compression})"
    )


FILE: Final = "llmspend file"
"""The column with the path, where one query reads several files."""


def _layout(file: LogFile) -> str:
    # one broken line must not end the reading of a log; only lines can be told apart
    broken = ", ignore_errors=true" if file.layout == "newline_delimited" else ""
    return f"format='{file.layout}', {_JSON_OPTIONS}{broken}"


def _paths(files: Sequence[LogFile]) -> str:
    return "[" + ", ".join(_path(file.path) for file in files) + "]"


def _path(path: str) -> str:
    # DuckDB takes a path for a pattern: wrap what would be one
    return literal("".join(f"[{c}]" if c in "[*?" else c for c in path))


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"
