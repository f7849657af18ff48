"""Breakdowns on the screen: a table with money, shares and trends, in a notebook or a terminal.

In a notebook it is drawn by great_tables, which comes with the extra ``lab``; without it, Polars
draws the same text. What a breakdown *is* does not change: a Polars frame.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.cells import cell_len

from llmspend.table_cells import NUMBERS
from llmspend.table_rows import Rows, rows_of
from llmspend.text import without_math

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from great_tables import GT

    from llmspend.table_rows import Column

_BAR: Final = "#cfe2f7"
_INK: Final = "#0b6bcb"
_HEIGHT: Final = 20
_WIDTH: Final = 120
_TOP: Final = 20


@dataclass(frozen=True, eq=False)
class SpendTable:
    """A small table for people; `show_table` makes it.

    Attributes
    ----------
    rows
        Its title, columns of text, and notes.
    """

    rows: Rows

    def as_gt(self) -> GT:
        """Return the table as one of great_tables, to go on styling it.

        Returns
        -------
        great_tables.GT
            Its cells are text; every name in them is escaped when it is drawn.

        Raises
        ------
        ModuleNotFoundError
            Without great_tables: ``pip install "llmspend-analytics[lab]"``.
        """
        from great_tables import GT  # noqa: PLC0415 - optional, and slow to load

        columns = self.rows.columns
        pictures = {c.name: _DRAWN[c.unit](c) for c in columns if c.unit in _DRAWN}
        texts = self._texts()
        # a cell with a picture holds the number of its row until it is drawn
        places = [pl.int_range(pl.len()).alias(name) for name in pictures]
        table = GT(texts.with_columns(places)).cols_label({c.name: c.heading for c in columns})
        for name, drawn in pictures.items():
            table = table.fmt(drawn.__getitem__, columns=name)
        table = table.cols_align("right", [c.name for c in columns if c.unit in NUMBERS])
        table = table.cols_align("left", [c.name for c in columns if c.unit not in NUMBERS])
        table = table.tab_options(
            table_font_size="13px",
            data_row_padding="4px",
            heading_align="left",
            table_margin_left="0px",
        )
        if self.rows.title:
            table = table.tab_header(self.rows.title)
        for note in self.rows.notes:
            table = table.tab_source_note(note)
        return table

    @property
    def width(self) -> int:
        """How many columns of a terminal its rows take; notes may take more."""
        return max(map(cell_len, self._lines()), default=0)

    def _lines(self) -> list[str]:
        """Lay out the headings and the rows, all as wide."""
        laid_out = [_laid_out(column) for column in self.rows.columns]
        return ["  ".join(cells) for cells in zip(*laid_out, strict=True)]

    def _texts(self) -> pl.DataFrame:
        return pl.DataFrame({c.name: c.cells for c in self.rows.columns})

    def _repr_html_(self) -> str:
        if find_spec("great_tables") is None:
            return without_math(self._texts()._repr_html_())
        drawn: str = self.as_gt()._repr_html_()  # type: ignore[no-untyped-call]
        return without_math(drawn)

    def __str__(self) -> str:
        body = (line.rstrip() for line in self._lines())
        return "\n".join(filter(None, (self.rows.title, *body, *self.rows.notes)))

    __repr__ = __str__


class Breakdown(pl.DataFrame):
    """A Polars frame that shows itself as a table.

    It can do all that a frame can. What is selected, filtered or computed from it is a plain
    frame; `show_table` shows that as a table too.

    Attributes
    ----------
    spend_total
        What its shares are of, USD; None where that is not known, as in a slice of it.
    """

    spend_total: float | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Breakdown:
        """Wrap a frame that has a column ``spend``.

        Parameters
        ----------
        frame
            All rows of a breakdown: shares are of their sum.

        Returns
        -------
        Breakdown
            The same data.
        """
        result = cls(frame)
        result.spend_total = float(frame["spend"].sum()) or None
        return result

    def _repr_html_(self, **options: Any) -> str:  # noqa: ANN401 - Polars' own
        if self.width == 0 or find_spec("great_tables") is None:
            return super()._repr_html_(**options)
        return show_table(self)._repr_html_()

    def __str__(self) -> str:
        return str(show_table(self)) if self.width else super().__str__()

    __repr__ = __str__


def show_table(
    frame: pl.DataFrame, columns: Sequence[str] | None = None, *, top: int = _TOP
) -> SpendTable:
    """Show a breakdown, or a frame made of one, as a table for people.

    Parameters
    ----------
    frame
        What `llmspend.breakdown` or another of llmspend's analyses gives, or what was made of it:
        any small frame. Columns are written by what their names say: ``…_cost`` is money,
        ``…_tokens`` a count, ``…_share`` a share. A breakdown by period gets a row per member
        with its trend.
    columns
        Which columns to show, and in which order; None for the usual ones.
    top
        How many rows; the rest is added up in one more.

    Returns
    -------
    SpendTable
        Shows itself in a notebook (by great_tables, from the extra ``lab``) and as text in a
        terminal; ``as_gt()`` gives the table to go on styling.

    Raises
    ------
    UnknownNameError
        For a column that is not there.
    InputError
        When `top` is less than one.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4o", "gpt-4o-mini", "o3"], "prompt_tokens": [3_000, 5_000, 2_000_000]}
    ... )
    >>> spend = llmspend.breakdown(llmspend.price(calls), "model")
    >>> show_table(spend, ["model", "spend", "requests"], top=1)
    Spend by model
    Model        Spend  Requests
    o3           $4.00         1
    … 2 more  $0.00825         2
    """
    total = frame.spend_total if isinstance(frame, Breakdown) else None
    return SpendTable(rows_of(frame, columns, top=top, spend_total=total))


def _laid_out(column: Column) -> list[str]:
    """Pad the cells of a column to one width, as a terminal counts it."""
    cells = [column.heading, *column.cells]
    width = max(map(cell_len, cells))
    if column.unit in NUMBERS:
        return [" " * (width - cell_len(cell)) + cell for cell in cells]
    return [cell + " " * (width - cell_len(cell)) for cell in cells]


# -- pictures in cells: HTML made of numbers and of escaped text only


def _bars(column: Column) -> list[str]:
    """Draw shares as bars behind the number."""
    pictures = []
    for value, cell in zip(column.values, column.cells, strict=True):
        share = min(max(value, 0.0), 1.0) if isinstance(value, float) else 0.0
        ends = f"{share:.1%}"
        style = f"background:linear-gradient(90deg,{_BAR} {ends},transparent {ends})"
        pictures.append(f'<div style="{style};min-width:5em">{html.escape(cell)}</div>')
    return pictures


def _trends(column: Column) -> list[str]:
    """Draw amounts over time as little bars, each row on a scale of its own."""
    return [_trend(value) if isinstance(value, list) else "" for value in column.values]


def _trend(amounts: list[float | None]) -> str:
    highest = max((a for a in amounts if a is not None), default=0.0)
    if highest <= 0:
        return ""
    step = _WIDTH / len(amounts)
    bars = "".join(
        f"M{i * step:.1f} {_HEIGHT}v-{a / highest * _HEIGHT:.1f}h{step * 0.8:.1f}V{_HEIGHT}z"
        for i, a in enumerate(amounts)
        if a is not None and a > 0
    )
    return (
        f'<svg role="img" aria-label="spend in {len(amounts)} periods" width="{_WIDTH}" '
        f'height="{_HEIGHT}" style="vertical-align:middle">'
        f'<path d="{bars}" fill="{_INK}"/></svg>'
    )


_DRAWN: Final[dict[str, Callable[[Column], list[str]]]] = {"share": _bars, "trend": _trends}
"""Unit → how its cells are drawn in a notebook."""
