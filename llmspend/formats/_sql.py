"""SQL that several formats need, written from their tables of facts; ``{}`` is the column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.log_tables import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT: Final = "trim({}::VARCHAR, '\"')"
"""A plain value, whether the file gave it as text or as JSON."""


def at(path: str) -> str:
    """Write the text at a path inside the column.

    Parameters
    ----------
    path
        Keys with dots between them.

    Returns
    -------
    str
        SQL; null where there is nothing, or no JSON.

    Examples
    --------
    >>> at("error.code")
    "try({} ->> '$.error.code')"
    """
    return f"try({{}} ->> {literal(f'$.{path}')})"


def counted(path: str, value: str) -> str:
    """Write how many values at a path of several are this one; null for none.

    Parameters
    ----------
    path
        Keys with a dot before each, ``[*]`` for every entry of a list.
    value
        The value.

    Returns
    -------
    str
        SQL.

    Examples
    --------
    >>> counted("[*].a", "b")
    "nullif(len(list_filter(try(json_extract_string({}, '$[*].a')), lambda x: x = 'b')), 0)"
    """
    values = f"try(json_extract_string({{}}, {literal(f'${path}')}))"
    return f"nullif(len(list_filter({values}, lambda x: x = {literal(value)})), 0)"


def translated(names: Mapping[str, str], sql: str = TEXT) -> str:
    """Write the translation of a value by a table.

    Parameters
    ----------
    names
        Value → what it becomes.
    sql
        The value.

    Returns
    -------
    str
        SQL; null for a value that the table does not have.

    Examples
    --------
    >>> translated({"list": "aembedding"}, "kind")
    "CASE kind WHEN 'list' THEN 'aembedding' END"
    """
    cases = (f"WHEN {literal(name)} THEN {literal(new)}" for name, new in names.items())
    return f"CASE {sql} {' '.join(cases)} END"
