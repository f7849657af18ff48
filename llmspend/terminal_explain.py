"""How an explanation looks in a terminal (rich)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from llmspend.explanation_view import sections

if TYPE_CHECKING:
    from rich.console import Console

    from llmspend.explanation import Explanation

_NUMBERS: Final = ("quantity", "rate", "amount")
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
        grid = Table(box=None, pad_edge=False, show_header=bool(headings))
        for heading in headings or ("", ""):
            # a number is never cut or broken
            is_number = heading in _NUMBERS
            grid.add_column(
                heading,
                justify="right" if is_number else "left",
                no_wrap=is_number,
                overflow="fold",
            )
        for row in rows:
            grid.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
        console.print(grid, "", sep="\n")
