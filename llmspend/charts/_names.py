"""Names for legends and tooltips, from names that strangers chose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspend.text import cut, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NONE: Final = "(none)"
SHOWN: Final = 40
_FULL: Final = 200
_ID_SHOWN: Final = 8
_LONG_ID: Final = 24
_ID_CHARACTERS: Final = frozenset("0123456789abcdef-")


class Name(NamedTuple):
    """What a member of a dimension is called.

    Attributes
    ----------
    label
        Short, and no other member's.
    full
        What the tooltip says.
    """

    label: str
    full: str


def names(
    members: Sequence[tuple[str | None, str | None]], taken: Iterable[str] = ()
) -> list[Name]:
    """Name the members of a dimension.

    Parameters
    ----------
    members
        The id and the alias of each.
    taken
        Labels that are given away already.

    Returns
    -------
    list of Name
        In the same order. Two members never have the same label: ids with the same alias show
        their beginning too.

    Examples
    --------
    >>> key = "f96db279064f2336f02ae6b60d9636ff"
    >>> [n.label for n in names([(key, "prod"), ("sk-2", "prod"), (key, None), (None, None)])]
    ['prod (f96db279…)', 'prod (sk-2)', 'f96db279…', '(none)']
    """
    wanted = [clean(alias or "") or _short(identifier) for identifier, alias in members]
    shared = Counter(wanted)
    used = set(taken)
    result = []
    for (identifier, alias), name in zip(members, wanted, strict=True):
        ambiguous = shared[name] > 1 and alias and identifier
        full = f"{name} ({_short(identifier)})" if ambiguous else name
        result.append(Name(label := _unused(cut(full, SHOWN), used), cut(full, _FULL)))
        used.add(label)
    return result


def clean(text: str) -> str:
    """Take out of a text what could do harm where it is shown.

    Parameters
    ----------
    text
        Anything.

    Returns
    -------
    str
        Without control and direction marks, and with ``‹`` for ``<``: Altair writes a chart's
        data into the script of a page unescaped, where ``</script>`` would end it.

    Examples
    --------
    >>> clean("</script>"), clean(" gpt-4o ")
    ('‹/script>', 'gpt-4o')
    """
    return printable(text.strip()).replace("<", "‹")


def _short(identifier: str | None) -> str:
    if identifier is None:
        return NONE
    is_long = len(identifier) >= _LONG_ID and _ID_CHARACTERS.issuperset(identifier.lower())
    return f"{identifier[:_ID_SHOWN]}…" if is_long else clean(identifier) or "(empty)"


def _unused(label: str, used: set[str]) -> str:
    number = 1
    candidate = label
    while candidate in used:
        number += 1
        suffix = f" ({number})"
        candidate = cut(label, SHOWN - len(suffix)) + suffix
    return candidate
