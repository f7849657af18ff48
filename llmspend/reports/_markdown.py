"""The report as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmspend.labels import shown
from llmspend.reports._blocks import Facts, Figure, Table, Text
from llmspend.reports._sections import sections, subtitle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspend.reports._blocks import Block, Cell, Column
    from llmspend.reports._report import Report

_ACTIVE: Final = re.compile(r"([\\`*_{}\[\]<>()#!|~&:@$^=]|(?<=www)\.)", re.IGNORECASE)
"""Characters that Markdown, its tables, its links or its formulas may take for something else.

A stranger's name has none of them unescaped: it cannot be a tag, a link, an image or a mention.
"""

_OURS: Final = re.compile(r"([\\`*_\[\]<>|$])")
_RULES: Final = {"number": "--:", "drawing": ":--", "name": ":--", "words": ":--"}


def markdown(report: Report, top: int) -> str:
    """Lay a report out.

    Parameters
    ----------
    report
        What is reported.
    top
        Rows per table.

    Returns
    -------
    str
        Markdown as GitHub reads it.
    """
    lines = [
        "# Spend report",
        "",
        f"{_ours(subtitle(report))}. Source: {_text(shown(report.source))}",
    ]
    for section in sections(report, top):
        if section.title:
            lines += ["", f"## {_ours(section.title)}"]
        for block in section.blocks:
            written = list(_block(block))
            if written:
                lines += ["", *written]
    return "\n".join([*lines, ""])


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(text):
            yield _ours(text)
        case Facts(facts):
            for fact in facts:
                note = f" ({_ours(fact.note)})" if fact.note else ""
                yield f"- **{_ours(fact.label)}:** {_ours(fact.value)}{note}"
        case Table():
            yield from _table(block)
        case Figure():  # a picture; the table beside it has its numbers
            return


def _table(table: Table) -> Iterator[str]:
    drawn = [i for i, column in enumerate(table.columns) if column.kind != "drawing"]
    columns = [table.columns[i] for i in drawn]
    if table.title:
        yield f"**{_ours(table.title)}**"
        yield ""
    yield _row([_ours(column.title) for column in columns])
    yield _row([_RULES[column.kind] for column in columns])
    for row in table.rows:
        yield _row(_cells(columns, [row[i] for i in drawn]))


def _cells(columns: Sequence[Column], row: Sequence[Cell]) -> list[str]:
    return [
        _text(cell.text) if column.kind == "name" else _ours(cell.text)
        for column, cell in zip(columns, row, strict=True)
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(name: str) -> str:
    """Write a stranger's name."""
    return _ACTIVE.sub(r"\\\1", name)


def _ours(text: str) -> str:
    return _OURS.sub(r"\\\1", text)
