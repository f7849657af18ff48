"""What a report is made of, however it is laid out: text, numbers, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import altair as alt


class Fact(NamedTuple):
    """A number of the headline.

    Attributes
    ----------
    label
        What it is.
    value
        The number, formatted.
    note
        A few words about it.
    is_alarming
        Whether to draw attention to it.
    """

    label: str
    value: str
    note: str = ""
    is_alarming: bool = False


class Cell(NamedTuple):
    """One cell of a table.

    Attributes
    ----------
    text
        What it says.
    bar
        From 0 to 1: drawn as a bar beside it, where drawing is possible.
    line
        Numbers drawn as a small line; None is a gap.
    """

    text: str
    bar: float | None = None
    line: tuple[float | None, ...] = ()


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    title
        Its heading.
    kind
        Names are from logs, written by strangers; words are ours; drawings have no text.
    """

    title: str
    kind: Literal["name", "words", "number", "drawing"] = "number"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers with a name, as cards or as a list.

    Attributes
    ----------
    facts
        Most important first.
    """

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    columns
        What stands in them.
    rows
        As many cells as columns each.
    title
        What it is, if the section does not say so.
    rest
        Whether the last row adds up what is not shown.
    folded
        Whether it waits to be asked for, where that is possible.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    rest: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes
    ----------
    chart
        With title, subtitle and description of its own.
    """

    chart: alt.LayerChart | alt.HConcatChart | alt.VConcatChart


Block = Text | Facts | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Attributes
    ----------
    id
        For links to it.
    title
        Its heading.
    blocks
        What it says.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
