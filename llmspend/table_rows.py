"""The rows of a small table for people: few columns, few rows, one row per member.

A breakdown by period has a row per member and period; a table has a row per member and its trend.
What is beyond the first rows is added up in a last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from llmspend.errors import InputError, UnknownNameError
from llmspend.labels import labels
from llmspend.measures import DIMENSIONS, MEASURES, RATIOS
from llmspend.table_cells import ADDED, heading, unit_of, written
from llmspend.text import cut, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL: Final[tuple[str, ...]] = (
    "spend",
    "share",
    "trend",
    "requests",
    "total_tokens",
    "cost_per_request",
)
"""The measures that a table shows when nothing else is asked for."""
MOST_POINTS: Final = 60
"""Longer trends are added up to at most so many points."""
_ASSUMED: Final = {
    "cost_after": "The same tokens are assumed; another model counts and answers differently.",
}
"""Column → what a table that has it must say."""
_LONGEST_NAME: Final = 80
_LONGEST_TEXT: Final = 200

_ADDED: Final = tuple(m.name for m in MEASURES if m.unit != "UTC")
_IDS: Final = tuple(d.name for d in DIMENSIONS)
_ALIAS_OF: Final = {d.name: d.alias for d in DIMENSIONS if d.alias}
_OURS: Final = {
    *_ADDED,
    *_IDS,
    *_ALIAS_OF.values(),
    "first_at",
    "last_at",
    *(r.name for r in RATIOS),
}


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    name, heading, unit
        As in the frame, for people, and how it is written (`llmspend.table_cells.unit_of`).
    values
        What the cells hold.
    cells
        How they read; all as many as there are rows.
    """

    name: str
    heading: str
    unit: str
    values: tuple[object, ...]
    cells: tuple[str, ...]


class Rows(NamedTuple):
    """A table as columns of text.

    Attributes
    ----------
    title
        What it shows.
    columns
        From left to right.
    notes
        What to know about it, one sentence each.
    """

    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


def rows_of(
    frame: pl.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    top: int = 20,
    spend_total: float | None = None,
) -> Rows:
    """Lay out a breakdown, or a frame made of one, for people.

    Parameters
    ----------
    frame
        A small frame; its columns are written by what their names say.
    columns
        Which columns to show; None for the members, the usual measures, and all columns that are
        no measures.
    top
        How many rows to show; the others are added up in one more.
    spend_total
        What shares are of, USD; None where that is not known: then there are no shares.

    Returns
    -------
    Rows
        Plain text, safe to print and to be escaped.

    Raises
    ------
    UnknownNameError
        For a column that is not there.
    InputError
        When `top` is less than one.

    Examples
    --------
    >>> frame = pl.DataFrame({"team": ["ads", "web"], "spend": [3.0, 1.0], "requests": [5, 7]})
    >>> [column.cells for column in rows_of(frame, spend_total=4.0).columns]
    [('ads', 'web'), ('$3.00', '$1.00'), ('75.0%', '25.0%'), ('5', '7')]
    """
    if top < 1:
        raise InputError(f"a table has at least one row; top is {top}.")
    notes = list(_notes(frame))
    ids = _members(frame)
    trend_note = ""
    if "period" in frame.columns and ids and "spend" in frame.columns and frame.height:
        trend_note = _trend_note(frame)
        frame = _over_time(frame, ids)
    if spend_total and "spend" in frame.columns and "share" not in frame.columns:
        frame = frame.with_columns(share=pl.col("spend") / spend_total)
    shown = _chosen(frame, columns)
    if "trend" in shown:
        notes.append(trend_note)
    rest = frame[top:]
    laid_out = []
    for name in shown:
        unit = unit_of(name, frame.schema[name])
        head = frame[:top]
        values = head[name].to_list()
        cells = labels(head, name) if unit == "name" else written(values, unit)
        longest = _LONGEST_NAME if unit == "name" else _LONGEST_TEXT
        short = tuple(cut(cell, longest) for cell in cells)
        laid_out.append(Column(name, heading(name), unit, tuple(values), short))
    if rest.height:
        laid_out = [_with_rest(c, rest, is_first=i == 0) for i, c in enumerate(laid_out)]
    title = _title(ids, frame.columns) if "spend" in shown else ""
    return Rows(title, tuple(laid_out), tuple(notes))


def _aliases(frame: pl.DataFrame) -> list[str]:
    """Return the columns that name the ids beside them; by itself an alias is a member."""
    return [a for i, a in _ALIAS_OF.items() if i in frame.columns and a in frame.columns]


def _members(frame: pl.DataFrame) -> list[str]:
    """Return the columns that say what a row is of."""
    aliases = _aliases(frame)
    return [c for c in frame.columns if c in _IDS and c not in aliases]


def _title(ids: Sequence[str], columns: Sequence[str]) -> str:
    by = [heading(i).lower() for i in ids] or ["period"] * ("period" in columns)
    return f"Spend by {' and '.join(by)}" if by else "Spend"


def _notes(frame: pl.DataFrame) -> list[str]:
    """Say what was assumed, and how much of it has no price."""
    notes = [note for column, note in _ASSUMED.items() if column in frame.columns]
    if "unpriced_requests" in frame.columns:
        unpriced = int(frame["unpriced_requests"].sum())
        if unpriced:
            notes.append(f"{whole(unpriced)} requests have no price; they are in none of the sums.")
    return notes


def _trend_note(frame: pl.DataFrame) -> str:
    periods = frame["period"].drop_nulls()
    first, last = written([periods.min(), periods.max()], "time")
    return f"Trend: spend in each of {periods.n_unique()} periods, from {first} to {last}."


def _chosen(frame: pl.DataFrame, columns: Sequence[str] | None) -> list[str]:
    """Choose columns; `share` and `trend` follow the spend."""
    if columns is not None:
        for name in columns:
            if name not in frame.columns:
                raise UnknownNameError.of("column", name, frame.columns)
        return list(columns)
    if "spend" not in frame.columns:
        aliases = _aliases(frame)
        return [c for c in frame.columns if c not in aliases]
    members = [*(c for c in ("period",) if c in frame.columns), *_members(frame)]
    own = [c for c in frame.columns if c not in {*_OURS, *members, *USUAL}]
    usual = [c for c in USUAL if c in frame.columns]
    if "unpriced_requests" in frame.columns and frame["unpriced_requests"].sum():
        usual.append("unpriced_requests")
    return [*members, *usual, *own]


def _over_time(frame: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """Add up the periods of each member, and list its spend in each."""
    aliases = _aliases(frame)
    added = [c for c in _ADDED if c in frame.columns]
    periods = frame.select(pl.col("period").unique().sort()).with_row_index("_point")
    points = min(periods.height, MOST_POINTS)
    periods = periods.with_columns(_point=pl.col("_point") * points // periods.height)
    placed = frame.join(periods, on="period", nulls_equal=True)
    spend = placed.group_by(*ids, "_point").agg(_sum("spend"))
    members = (
        placed.sort("period")
        .group_by(ids)
        .agg(*(pl.col(a).drop_nulls().last() for a in aliases), *map(_sum, added))
    )
    grid = members.select(ids).join(periods.select(pl.col("_point").unique()), how="cross")
    trends = (
        grid.join(
            spend.with_columns(_known=True), on=[*ids, "_point"], how="left", nulls_equal=True
        )
        .sort("_point")
        .group_by(ids)
        # a period without requests is zero, one without prices is unknown
        .agg(trend=pl.when(pl.col("_known")).then("spend").otherwise(0.0))
    )
    ratios = [
        pl.when(pl.col(r.under) > 0).then(pl.col(r.over) / pl.col(r.under)).alias(r.name)
        for r in RATIOS
        if {r.over, r.under} <= {*added}
    ]
    return (
        members.join(trends, on=ids, nulls_equal=True)
        .with_columns(ratios)
        .sort("spend", *ids, descending=[True, *[False] * len(ids)], nulls_last=True)
    )


def _sum(name: str) -> pl.Expr:
    column = pl.col(name)
    return pl.when(column.is_not_null().any()).then(column.sum()).alias(name)


def _with_rest(column: Column, rest: pl.DataFrame, *, is_first: bool) -> Column:
    """Add the cell of the row that adds up the rest."""
    ratio = next((r for r in RATIOS if r.name == column.name), None)
    value: object = None
    if ratio and {ratio.over, ratio.under} <= {*rest.columns}:
        under = float(rest[ratio.under].sum())
        value = float(rest[ratio.over].sum()) / under if under else None
    elif not ratio and (column.unit in ADDED or column.name == "share"):
        value = rest.select(_sum(column.name)).item()
    if is_first:
        cell = f"… {whole(rest.height)} more"
    else:
        cell = "" if value is None else written([value], column.unit)[0]
    return column._replace(values=(*column.values, value), cells=(*column.cells, cell))
