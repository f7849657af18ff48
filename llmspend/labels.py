"""Names for the rows of tables and reports, from names that strangers chose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from llmspend.text import cut, printable, short_id

if TYPE_CHECKING:
    import polars as pl

_LONGEST: Final = 100
NONE: Final = "(none)"


def labels(table: pl.DataFrame, name: str) -> list[str]:
    """Give each row of a breakdown a name for people.

    Parameters
    ----------
    table
        A breakdown.
    name
        The dimension.

    Returns
    -------
    list of str
        The alias where there is one, with a short id when two share it; else the (short) id;
        control characters shown, not obeyed; nothing longer than a line.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"key": ["ab" * 32, None], "key_alias": ["prod", None]})
    >>> labels(frame, "key")
    ['prod', '(none)']
    """
    ids = table[name].to_list()
    alias = f"{name}_alias"
    aliases = table[alias].to_list() if alias in table.columns else [None] * len(ids)
    # a dimension crossed with another names its members in many rows
    members = dict.fromkeys(zip(ids, aliases, strict=True))
    shared = Counter(known for _, known in members)
    return [_label(given, known, shared) for given, known in zip(ids, aliases, strict=True)]


def _label(given: str | None, known: str | None, shared: Counter[str | None]) -> str:
    if known is None:
        return NONE if given is None else shown(short_id(given))
    if shared[known] > 1:
        return f"{shown(known)} ({shown(short_id(given or 'none'))})"
    return shown(known)


def shown(name: str | None) -> str:
    """Make a name from a log safe and short enough for a line of text.

    Parameters
    ----------
    name
        Any text; None where there is none.

    Returns
    -------
    str
        Without control and direction marks, at most 100 characters; never nothing.

    Examples
    --------
    >>> shown(None), shown(""), shown("x" * 10_000)[-3:]
    ('(none)', '(empty)', 'xx…')
    """
    if name is None:
        return NONE
    return cut(printable(name.strip()), _LONGEST) or "(empty)"
