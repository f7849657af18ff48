"""Tell the format of log files: what is found in them, compared with FORMATS."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import LogFormatError
from llmspend.formats import FORMATS, Format
from llmspend.formats.canonical import CANONICAL
from llmspend.log_files import look_into
from llmspend.log_sources import COUNTED, READ_COLUMNS
from llmspend.log_tables import kind_named
from llmspend.opened_files import size_of
from llmspend.remote_files import fetched_ahead
from llmspend.remote_urls import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmspend.log_tables import LogFile

_NEAREST_FORMATS: Final = 3
_JSON_WORDS: Final = ("null", "NaN")
"""Null words that JSON, as Python writes it, has itself."""
_SHOWN_COLUMNS: Final = 30
_SHOWN: Final = re.compile(r"[^\W\d][\w ./$-]{0,62}")
"""Names of columns that a message gives; what else may stand there is nobody's business."""


def recognised(
    paths: Sequence[str], log_format: Format | None = None
) -> list[tuple[LogFile, Format]]:
    """Look into files, and tell the format of each.

    Parameters
    ----------
    paths
        As `llmspend.log_files.log_files` finds them.
    log_format
        Their format; None recognises it, file by file.

    Returns
    -------
    list of tuple
        What is read, in order, each with its format: of a dump, the tables of one format. Of
        several files, those that are empty are left out.

    Raises
    ------
    LogFormatError
        When a file is of no known format, or all are empty.

    Examples
    --------
    >>> ((file, its_format),) = recognised(["sample_data/litellm_spend_logs.csv"])
    >>> file.kind, its_format.name
    ('csv', 'LiteLLM_SpendLogs')
    """
    several = len(paths) > 1
    found: list[tuple[LogFile, Format | None]] = []
    for path in fetched_ahead(paths, lambda p: kind_named(shown(p)) == "parquet"):
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
        recognised.append((_with_nulls(file, its_format), its_format))
    return recognised


def _tables(file: LogFile, log_format: Format | None) -> list[tuple[LogFile, Format | None]]:
    """Take out of a file what is read of it: of a dump, the tables of one format."""
    if log_format is not None and log_format.header and file.kind in ("csv", "copy"):
        named = dict.fromkeys(log_format.header, "VARCHAR")
        file = replace(file, columns=named, skipped=0)
    if not file.tables:
        return [(file, log_format or format_of(file))]
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


def _with_nulls(file: LogFile, log_format: Format) -> LogFile:
    """Tell how null is written: the words that stand where no word can, as the format has it."""
    read = log_format.paths.items()
    numbers = {p for name, ps in read if _is_number(name) for p in ps}
    documents = log_format.json_columns
    columns = [*file.columns]

    def is_null(word: str, places: frozenset[int]) -> bool:
        wordless = {c.lower() for c in (numbers if word in _JSON_WORDS else numbers | documents)}
        return not wordless.isdisjoint(columns[i].lower() for i in places if i < len(columns))

    nulls = tuple(sorted(word for word, places in file.null_words.items() if is_null(word, places)))
    return replace(file, nulls=nulls, null_words={})


def _is_number(name: str) -> bool:
    """Tell whether a canonical column is a number or a time; a count that is none is told."""
    dtype = READ_COLUMNS[name].dtype
    return name not in COUNTED and (dtype.is_numeric() or dtype.is_temporal())


def format_of(file: LogFile) -> Format | None:
    """Tell the format of a file.

    Parameters
    ----------
    file
        What was found in it.

    Returns
    -------
    Format or None
        The first of FORMATS that claims it.
    """
    return next((f for f in FORMATS if claims(f, file)), None)


def claims(log_format: Format, file: LogFile) -> bool:
    """Tell whether a file is of a format.

    Parameters
    ----------
    log_format
        The format.
    file
        What was found in it.

    Returns
    -------
    bool
        By its columns, its name, and the rows in its documents.
    """
    if not re.search(log_format.file_name, Path(file.path).name):
        return False
    if log_format.rows:
        return _is_document(log_format, file.samples)
    return log_format.recognises([*file.columns, *file.partitions])


def _is_document(log_format: Format, samples: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether documents hold rows of a format; one whose lists are empty will do too."""
    documents = [s for s in samples if log_format.document <= s.keys()]
    rows = [row for d in documents for row in _rows_in(d, log_format.rows)]
    keys = {key for row in rows if isinstance(row, dict) for key in row}
    keys |= {step.rstrip("}+").partition("{")[2] for step in log_format.rows}
    keys |= log_format.above.keys()
    if rows:
        return log_format.recognises(keys)
    outer = [each for d in documents for each in _rows_in(d, log_format.rows[:1])]
    inner = _where(log_format.rows[1])[0] if log_format.rows[1:] else ""
    return bool(documents) and all(isinstance(e, dict) and (inner in e or not e) for e in outer)


def _rows_in(value: Any, steps: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if not steps:
        yield value
        return
    found = value
    for key in _where(steps[0]):
        found = found.get(key) if isinstance(found, dict) else None
    inside = [*found.values()] if isinstance(found, dict) else found
    for each in inside if isinstance(inside, list) else ():
        yield from _rows_in(each, steps[1:])
    if steps[0].endswith("+"):
        yield from _rows_in(value, steps[1:])


def _where(step: str) -> list[str]:
    return step.partition("{")[0].split(".")


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
    shown = [c for c in file.columns if _SHOWN.fullmatch(c)]
    found = ", ".join(shown[:_SHOWN_COLUMNS]) or "none whose name is one"

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
        f"{file.path} is not a usage log that llmspend knows. Columns found: {found}. "
        f"Columns wanted: {wanted}. "
        "llmspend.FORMATS lists every format, and read_logs(format=...) takes one of your own."
    )
