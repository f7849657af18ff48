"""How an explanation looks in a terminal (rich)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from llmspend.explanation_view import sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from llmspend.explanation import Explanation

_NUMBERS: Final = ("quantity", "rate", "amount")
_DROPPABLE: Final = ("why", "from", "made of")
"""What a narrow terminal does without, in this order."""
_GAP: Final = 2
_LEAST: Final = 8
_STYLES: Final = {"used": "green", "unknown": "red", "cost": "bold", "total": "bold"}


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print an explanation.

    Parameters
    ----------
    explanation
        What `llmspend.explain` gives.
    console
        Where to.
    """
    for title, headings, rows in sections(explanation.to_dict()):
        # above the table, not in it: a title is wider than some tables
        console.print(Text(title, style="bold"))
        kept = _kept(headings, rows, console.width)
        columns = [[headings[i] if headings else "", *(row[i] for row in rows)] for i in kept]
        widths = _widths(columns, console.width)
        grid = Table(box=None, pad_edge=False, show_header=bool(headings))
        for (heading, *_), width in zip(columns, widths, strict=True):
            is_number = heading in _NUMBERS
            grid.add_column(
                heading,
                justify="right" if is_number else "left",
                width=width,
                overflow="fold",
            )
        for row in rows:
            cells = (row[i] for i in kept)
            grid.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
        console.print(grid, "", sep="\n")


def _kept(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Leave out columns before breaking a word or a number."""
    kept = list(range(len(headings) or len(rows[0]) if rows else 0))
    for name in _DROPPABLE:
        columns = [[headings[i] if headings else "", *(row[i] for row in rows)] for i in kept]
        if name in headings and sum(map(_least, columns)) + _GAP * (len(kept) - 1) > width:
            kept.remove(headings.index(name))
    return kept


def _least(column: Sequence[str]) -> int:
    """Tell how wide a column is when only spaces break: a number is never broken."""
    if column[0] in _NUMBERS:
        return max(map(cell_len, column))
    return max((cell_len(word) for cell in column for word in cell.split()), default=0)


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give each column its longest word, and of what is left as much as it needs."""
    widths = [_least(column) for column in columns]
    spare = width - sum(widths) - _GAP * (len(columns) - 1)
    for i, column in enumerate(columns):
        if spare < 0 and widths[i] == max(widths):
            # a word longer than the terminal is broken after all
            widths[i], spare = max(widths[i] + spare, _LEAST), 0
        more = min(max(map(cell_len, column)) - widths[i], max(spare, 0))
        widths[i] += max(more, 0)
        spare -= max(more, 0)
    return widths
