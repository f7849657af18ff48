"""SQL that turns what stands in a log into the types of canonical columns.

What does not fit is null. Nothing here opens a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.log_sources import TEXT_COLUMNS
from llmspend.usage import UTC

if TYPE_CHECKING:
    from llmspend.usage import Column

_TEXT: Final = ("VARCHAR", "JSON")
WHOLE: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
"""Types that hold nothing but numbers that fit a count."""
_NUMBERS: Final = ("UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE", "FLOAT")
_UNREADABLE: Final = "TIMESTAMPTZ 'infinity'"
_DAYS: Final = ("%d.%m.%Y", "%B %d, %Y,", "%b %d, %Y,", "%d-%b-%Y", "%d %b %Y")
_HOURS: Final = (" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "")
_SPELLINGS: Final = (
    *(day + hour for day in _DAYS for hour in _HOURS),
    "%Y%m%dT%H%M%SZ",
    "%a, %d %b %Y %H:%M:%S GMT",
    # PostgreSQL's datestyle, in either order
    *(f"%a {day} %H:%M:%S{part} %Y" for day in ("%b %d", "%d %b") for part in (".%f", "")),
)
"""Spellings of times that mean one moment; 7/1/2026 is in January to some, in July to others."""
_TEXT_IN_TEXT: Final = 2
"""How often JSON may be wrapped in JSON text: exporters quote what was text already."""
# Polars and ClickHouse write integers of 128 bits as 16 bytes, the lowest first
_IS_INT128: Final = "octet_length({0}) = 16 AND ends_with(hex({0}), '0000000000000000')"
_INT128: Final = (
    "('0x' || array_to_string(list_reverse(regexp_extract_all(hex({0})[:16], '..')), ''))"
    "::UBIGINT::VARCHAR"
)


def as_text(term: str, dtype: str) -> tuple[str, str]:
    """Give bytes as the text that they are.

    Parameters
    ----------
    term
        A column of a file: ClickHouse and Arrow write Parquet whose texts are bytes.
    dtype
        Its DuckDB type.

    Returns
    -------
    tuple
        SQL and its type; anything else is given as it is.

    Examples
    --------
    >>> as_text("spend", "DOUBLE")
    ('spend', 'DOUBLE')
    """
    if dtype == "BLOB":
        # what is no text shows as \xFF: it is neither a number nor JSON, and is told as such
        number, text = _INT128.format(term), f"coalesce(try(decode({term})), {term}::VARCHAR)"
        return f"CASE WHEN {_IS_INT128.format(term)} THEN {number} ELSE {text} END", "VARCHAR"
    if dtype == "BLOB[]":
        text, _ = as_text("b", "BLOB")
        return f"list_transform({term}, lambda b: {text})", "VARCHAR[]"
    return term, dtype


def cast(column: Column, term: str, dtype: str) -> str:
    """Write a term in the type of its canonical column.

    Parameters
    ----------
    column
        The canonical column.
    term
        SQL.
    dtype
        Its DuckDB type.

    Returns
    -------
    str
        SQL; null for what does not fit.
    """
    if column.dtype == UTC:
        return _moment(term, dtype)
    if column.dtype == pl.Boolean:
        return f"lower({term}::VARCHAR) = 'true'"
    if column.dtype == pl.List(pl.String):
        if dtype.endswith("[]"):
            return f"{term}::VARCHAR[]"
        text = json_text(term, dtype)
        listed = f"CASE WHEN json_valid({text}) THEN json_extract_string({text}, '$[*]') END"
        return f"try({listed})"
    if column.dtype == pl.String:
        is_json = column in TEXT_COLUMNS or dtype == "JSON"
        text = json_text(term, dtype) if is_json else f"{term}::VARCHAR"
        return f"nullif({text}, '')"
    return f"try_cast({term} AS {duckdb_type(column)})"


def json_text(term: str, dtype: str) -> str:
    """Give a JSON column as text, whether it holds text, an object, or text inside text.

    Parameters
    ----------
    term
        SQL.
    dtype
        Its DuckDB type.

    Returns
    -------
    str
        SQL.
    """
    if dtype not in _TEXT:
        return f"to_json({term})::VARCHAR"
    text = inside = f"{term}::VARCHAR"
    for _ in range(_TEXT_IN_TEXT):
        unquoted = f"try(json_extract_string({inside}, '$'))"
        inside = f"CASE WHEN starts_with({inside}, '\"') THEN {unquoted} ELSE {inside} END"
    # what cannot be unwrapped is no JSON, and must not look like nothing
    return f"CASE WHEN starts_with({text}, '\"') THEN coalesce({inside}, {text}) ELSE {text} END"


def is_absurd(term: str, dtype: str) -> str:
    """Write the test for a number that says something, but nothing that fits a count.

    Parameters
    ----------
    term
        SQL.
    dtype
        Its DuckDB type.

    Returns
    -------
    str
        SQL.
    """
    text = f"{term}::VARCHAR" if dtype in _TEXT else term
    says_something = f"{text} <> ''" if dtype in _TEXT else f"{text} IS NOT NULL"
    return f"(try_cast({text} AS BIGINT) IS NULL AND {says_something})"


def duckdb_type(column: Column) -> str:
    """Give the DuckDB type of a canonical column.

    Parameters
    ----------
    column
        The canonical column.

    Returns
    -------
    str
        Its name.
    """
    if column.dtype == UTC:
        return "TIMESTAMPTZ"
    return {
        pl.Int64(): "BIGINT",
        pl.Float64(): "DOUBLE",
        pl.Boolean(): "BOOLEAN",
        pl.List(pl.String()): "VARCHAR[]",
    }.get(column.dtype, "VARCHAR")


def _moment(term: str, dtype: str) -> str:
    """Write a term as a moment; the session's time zone is UTC, so naive times are UTC.

    What cannot be read is infinity, which `llmspend.moments` takes for that.
    """
    if dtype in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return term
    if dtype in _TEXT:
        text = f"{term}::VARCHAR"
        spelled = f"try_strptime({text}, {list(_SPELLINGS)})::TIMESTAMPTZ"
        # each is tried only where those before it found nothing
        return (
            f"coalesce(try_cast({term} AS TIMESTAMPTZ), {_since_1970(text)}, {spelled}, "
            f"CASE WHEN {text} <> '' THEN {_UNREADABLE} END)"
        )
    if dtype in (*WHOLE, *_NUMBERS) or dtype.startswith("DECIMAL"):
        return _since_1970(term)
    return f"try_cast({term} AS TIMESTAMPTZ)"


def _since_1970(term: str) -> str:
    """Write a number as a moment: seconds, or a smaller unit where it is too large for those.

    Seconds since 1970 have ten digits, from 2001 to 2286: other numbers, such as the days of
    spreadsheets, count something else. 0 is no time, in every unit.
    """
    number = f"try_cast({term} AS DOUBLE)"
    units = " ".join(
        f"WHEN abs({number}) > 1e{8 + zeros} THEN {number} / 1e{zeros}" for zeros in (9, 6, 3)
    )
    seconds = f"CASE {units} ELSE {number} END"
    return (
        f"CASE WHEN {seconds} BETWEEN 1e9 AND 1e10 OR {number} = 0 THEN to_timestamp({seconds}) "
        f"WHEN {number} IS NOT NULL THEN {_UNREADABLE} END"
    )
