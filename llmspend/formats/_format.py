"""What a log format is: how it is recognised, and where each canonical column is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.usage import USAGE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

USAGE_BODY: Final = "usage_body"
"""The column in which usage bodies are read, before they become counts."""

SPAN: Final = "span"
PARENT_SPAN: Final = "parent_span"
"""Columns that tell which row stands for a part of which other row, if a format has them."""


@dataclass(frozen=True)
class Format:
    """A log format.

    Attributes
    ----------
    name
        How it is called in messages and by ``read_logs(format=...)``.
    identified_by
        Columns that a row must have to be read as this format, in any case.
    paths
        Canonical usage column → where its value may be, best first: ``"column"``, or
        ``"column:key.key"`` inside a column that holds JSON (a key with dots in it is quoted:
        ``'column:"a.b"'``). Counts take the first that is above zero, everything else the first
        that is there.
    lacks
        Columns that rows of this format do not have, in any case.
    about
        What writes it: one sentence.
    source
        Where its shape is documented.
    stand_ins
        ``"column:object"`` → the object in the same column that holds the same keys where the first
        is absent, and a key that tells: ``("object", "key")``.
    usage
        Where the usage body of an API is, best first: its counts are read by USAGE_BODIES, whatever
        its shape. What `paths` give beside it wins.
    nesting
        SPAN and PARENT_SPAN → where they are: a row that has the counts of the one around it, or
        inside it, is the same request.
    derived
        Canonical columns computed from the others once those are read: expressions over
        canonical columns.
    rows
        For JSON documents that hold many rows: the steps from a document to its rows. Each is the
        path of an array, such as ``"data"``, or of an object whose entries are the rows,
        ``"breakdown.models{model}"``: the entry's key is the column ``model``; with ``+`` after it,
        the enclosing object is a row too, after its entries. The column ``*`` is the row itself.
        None: an object (or an element of a list) is a row.
    above
        Column → where it is in what encloses the row, ``"0:page"``: the number of steps gone
        before, and a path.
    document
        Keys that such a document must have.
    computed
        Column that the file does not have → the columns it is made of, and DuckDB SQL in which
        ``{}`` stands for the first of them and ``{2}`` for the second, giving text or JSON.
    is_row
        Column → SQL with ``{}`` for it: false for lines that are no requests, which are passed
        over. A line of which nothing can be read is not passed over.
    spans_lines
        What is derived of a row hangs on other rows too: none is read alone.
    texts
        ``messages`` and ``response`` → where those are; read only when asked for.
    is_summary
        Its rows are sums over many requests, not requests.
    header
        The columns, in order, of CSV files and of COPY text that have no header: their first line
        is a row.
    file_name
        A regular expression that the name of its files matches, where their columns do not say all.
    """

    name: str
    identified_by: frozenset[str]
    paths: Mapping[str, tuple[str, ...]]
    about: str = ""
    source: str = ""
    stand_ins: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    usage: tuple[str, ...] = ()
    nesting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    derived: tuple[Mapping[str, pl.Expr], ...] = field(default=())
    rows: tuple[str, ...] = ()
    above: Mapping[str, str] = field(default_factory=dict)
    document: frozenset[str] = frozenset()
    computed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_row: Mapping[str, str] = field(default_factory=dict)
    spans_lines: bool = False
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_summary: bool = False
    header: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()
    file_name: str = ""

    def recognises(self, columns: Iterable[str]) -> bool:
        """Tell whether rows with these columns are of this format.

        Parameters
        ----------
        columns
            Their column names.

        Returns
        -------
        bool
            True when all of `identified_by` are there, and none of `lacks`, in any case.
        """
        given = {c.lower() for c in columns}
        return {c.lower() for c in self.identified_by} <= given and given.isdisjoint(
            c.lower() for c in self.lacks
        )

    @cached_property
    def every_path(self) -> dict[str, tuple[str, ...]]:
        """All paths: canonical columns, texts, nesting and the usage body."""
        return {**self.paths, **self.texts, **self.nesting, USAGE_BODY: self.usage}

    @cached_property
    def made_of_nothing(self) -> frozenset[str]:
        """Columns that may say something though nothing of a row is known."""
        roots = {
            root for stage in self.derived for e in stage.values() for root in e.meta.root_names()
        }
        schema = dict.fromkeys(roots, pl.String()) | USAGE_SCHEMA
        row = pl.DataFrame({name: [None] for name in schema}, schema=schema)
        for stage in self.derived:
            row = row.with_columns(**stage)
        made = {name for stage in self.derived for name in stage if row[name].item() is not None}
        made |= {n for n, paths in self.paths.items() if not self.computed.keys().isdisjoint(paths)}
        return frozenset(made - {"usage_issue"})

    @property
    def json_columns(self) -> frozenset[str]:
        """Columns of the file that hold JSON."""
        every = self.every_path.values()
        inside = {p.partition(":")[0] for paths in every for p in paths if ":" in p}
        return frozenset({*inside, *(p for p in self.usage if ":" not in p)})
