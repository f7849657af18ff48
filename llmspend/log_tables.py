"""How DuckDB opens a log file: the table functions, written for one file or many of a kind.

Nothing here opens a file. Paths go into SQL quoted, and with the characters escaped that DuckDB
would take for a pattern.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from llmspend.remote_urls import HIDDEN_QUERY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["parquet", "csv", "json", "copy"]
Compression = Literal["none", "gzip", "zstd"]
Layout = Literal["newline_delimited", "array", "unstructured"]

SUFFIXES: Final[dict[str, Kind]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".sql": "copy",
    ".copy": "copy",
}
"""File name ending → how the file is read."""

COMPRESSIONS: Final[dict[str, tuple[str, bytes, Compression]]] = {
    "gzip": (".gz", b"\x1f\x8b", "gzip"),
    "Zstandard": (".zst", b"\x28\xb5\x2f\xfd", "zstd"),
}
"""Compression → its file name ending, its first bytes, and DuckDB's name for it."""

MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024
"""No line of a log may be longer."""

_JSON_OPTIONS: Final = f"maximum_object_size={MAX_OBJECT_BYTES}"
_CSV_OPTIONS: Final = (
    "auto_detect=false, quote='\"', escape='\"', allow_quoted_nulls=true, "
    f"max_line_size={MAX_OBJECT_BYTES}"
)
# a line is a cell: COPY text has no quotes, and DuckDB drops blank lines; only when it is not
# strict may some lines end in CRLF and others in LF
_LINE_OPTIONS: Final = (
    "auto_detect=false, header=false, delim='', quote='', escape='', nullstr='\x01', "
    "strict_mode=false, "
    f"hive_partitioning=false, max_line_size={MAX_OBJECT_BYTES}, columns={{'line': 'VARCHAR'}}"
)
_NULLS: Final = ("", "\\N")
"""Nothing, or what ClickHouse writes."""
_ESCAPES: Final = {"b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
"""What stands after the backslash in COPY text → the character that is meant."""


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
    skipped
        Lines of a CSV file, or of COPY text, that come before the first row.
    height
        How many lines of COPY text are rows; None: all.
    before
        How many rows of other tables stand before them in the file.
    table
        The table's name, if the file says it.
    tables
        The tables in a database dump.
    place
        What it is opened by, where that is not its path.
    marked
        Whether a byte order mark stands before its first line of JSON.
    apart
        Whether `llmspend.log_cells` takes it apart, for DuckDB cannot.
    null_words
        Words among the first cells of CSV, or of COPY text, that may be how null is written, and
        in which columns they stand, from 0.
    nulls
        Those that are.
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
    skipped: int = 0
    height: int | None = None
    before: int = 0
    table: str = ""
    tables: tuple[LogFile, ...] = ()
    place: str = ""
    marked: bool = False
    apart: bool = False
    null_words: Mapping[str, frozenset[int]] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()

    @property
    def every_null(self) -> tuple[str, ...]:
        """How null is written in the cells of CSV."""
        return (*_NULLS, *self.nulls)

    @property
    def opened_by(self) -> str:
        """What DuckDB and `llmspend.log_files.opened` open."""
        return self.place or self.path


def kind_named(name: str) -> Kind | None:
    """Tell by its name how a file is read.

    Parameters
    ----------
    name
        A name, a path, or an address as it is shown.

    Returns
    -------
    Kind or None
        None where the name does not say.

    Examples
    --------
    >>> kind_named("https://example.com/X.CSV.gz?…")
    'csv'
    """
    plain = name.removesuffix(HIDDEN_QUERY).lower()
    for ending, _, _ in COMPRESSIONS.values():
        plain = plain.removesuffix(ending)
    return next((kind for suffix, kind in SUFFIXES.items() if plain.endswith(suffix)), None)


def table_of(files: Sequence[LogFile], types: Mapping[str, str]) -> str:
    """Write the table function that reads files of one kind.

    Parameters
    ----------
    files
        Alike in kind, compression, layout, mark and delimiter.
    types
        The columns that text files are read with, and their DuckDB types.

    Returns
    -------
    str
        SQL.
    """
    file = files[0]
    named = f", filename='{FILE}'" if len(files) > 1 else ""
    if file.kind == "parquet":
        return f"read_parquet({_paths(files)}, hive_partitioning=false{named})"
    if file.kind == "copy":
        return _copied(file, types)
    columns = ", ".join(f"{quoted(name)}: '{dtype}'" for name, dtype in types.items())
    # folders that name columns are read by us: a column of the file itself wins
    common = f"hive_partitioning=false, compression='{file.compression}', columns={{{columns}}}"
    if file.kind == "csv":
        if file.apart:
            return quoted(CELLS)
        delimiter = literal(file.delimiter)
        options = f"{_CSV_OPTIONS}, header={file.skipped > 0}, delim={delimiter}"
        options += f", nullstr=[{', '.join(map(literal, file.every_null))}]"
        return f"read_csv({_paths(files)}, {options}, {common}{named})"
    if file.marked:
        return _transformed(files, types)
    return f"read_json({_paths(files)}, {_layout(file)}, filename='{FILE}', {common})"


def _copied(file: LogFile, types: Mapping[str, str]) -> str:
    """Write the query that reads COPY text; a line with too few or too many cells is all null."""
    options = f"{_LINE_OPTIONS}, skip={file.skipped}, compression='{file.compression}'"
    lines = quoted(CELLS) if file.apart else f"read_csv({_paths([file])}, {options})"
    width = len(file.columns)
    places = {name: i for i, name in enumerate(file.columns, 1)}
    taken = [f"{_unescaped(f'c[{places[n]}]', file.nulls)} AS {quoted(n)}" for n in types]
    cells = f"(SELECT string_split(line, chr(9)) AS cells FROM {lines})"
    fitting = f"(SELECT CASE WHEN len(cells) = {width} THEN cells END AS c FROM {cells})"
    return f"(SELECT {', '.join(taken) or '0'} FROM {fitting})"


def _unescaped(cell: str, nulls: Sequence[str]) -> str:
    """Write a cell of COPY text as what it stands for."""
    # no text of a database holds the character 0: let it stand for the backslash meanwhile
    text = f"replace({cell}, '\\\\', chr(0))"
    for letter, code in _ESCAPES.items():
        text = f"replace({text}, '\\{letter}', chr({code}))"
    text = f"replace(replace({text}, '\\', ''), chr(0), '\\')"
    escaped = f"WHEN contains({cell}, '\\') THEN {text} ELSE {cell}"
    is_null = " OR ".join(f"{cell} = {literal(null)}" for null in ("\\N", *nulls))
    return f"CASE WHEN {is_null} THEN NULL {escaped} END"


def documents_in(files: Sequence[LogFile]) -> str:
    """Write the table function that reads the documents of JSON files, a column ``json``.

    Parameters
    ----------
    files
        Alike in compression, layout and mark.

    Returns
    -------
    str
        SQL; a line that is not JSON is null.
    """
    named = f"filename='{FILE}', compression='{files[0].compression}'"
    if files[0].marked:
        # DuckDB's reader of JSON lines takes the mark for a broken line; that of cells skips it
        lines = f"read_csv({_paths(files)}, {_LINE_OPTIONS}, {named})"
        lines = quoted(CELLS) if files[0].apart else lines
        is_blank = "regexp_full_match(line, '\\s+')"
        return (
            f"(SELECT try_cast(line AS JSON) AS json, {quoted(FILE)} "
            f"FROM {lines} WHERE NOT coalesce({is_blank}, false))"
        )
    options = f"{_layout(files[0])}, hive_partitioning=false, {named}"
    return f"read_json_objects({_paths(files)}, {options})"


def _transformed(files: Sequence[LogFile], types: Mapping[str, str]) -> str:
    """Write the query that reads marked JSON lines into the columns that `read_json` gives."""
    columns = [f"struct_extract(object, {literal(name)}) AS {quoted(name)}" for name in types]
    structure = literal(json.dumps(dict(types), ensure_ascii=False))
    return (
        f"(SELECT {', '.join([quoted(FILE), *columns])} FROM (SELECT {quoted(FILE)}, "
        f"json_transform(json, {structure}) AS object FROM {documents_in(files)}))"
    )


FILE: Final = "llmspend file"
"""The column with the path, where one query reads several files."""

CELLS: Final = "llmspend cells"
"""The table of the rows, or lines, of a file that DuckDB does not open itself."""


def _layout(file: LogFile) -> str:
    # one broken line must not end the reading of a log; only lines can be told apart
    broken = ", ignore_errors=true" if file.layout == "newline_delimited" else ""
    return f"format='{file.layout}', {_JSON_OPTIONS}{broken}"


def _paths(files: Sequence[LogFile]) -> str:
    return "[" + ", ".join(_path(file.opened_by) for file in files) + "]"


def _path(path: str) -> str:
    # DuckDB takes a path for a pattern: wrap what would be one
    return literal("".join(f"[{c}]" if c in "[*?" else c for c in path))


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"
