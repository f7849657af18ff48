"""Bring the rows of logs into canonical usage, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.duplicates import Duplicates
from llmspend.formats import USAGE_BODY
from llmspend.log_bodies import with_usage
from llmspend.log_rows import batches
from llmspend.log_sources import READ_COLUMNS
from llmspend.moments import UNREADABLE_TIME, is_unreadable, known
from llmspend.usage import COUNTS, TIMES, normalize
from llmspend.usage_bodies import BODY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from llmspend.companions import Names
    from llmspend.formats import Format
    from llmspend.log_rows import Part

_UNTIMED: Final = "llmspend is untimed"
"""A column: whether a time of the row cannot be read."""


def read_parts(
    parts: Iterable[Part],
    columns: Sequence[str],
    predicate: pl.Expr | None,
    n_rows: int | None,
    in_time: pl.Expr | None,
    names: Names,
    on_rows: Callable[[int], None] | None,
) -> Iterator[pl.DataFrame]:
    """Read parts batch by batch, mark what came before, name the ids.

    Parameters
    ----------
    parts
        What is read, in this order.
    columns
        The columns to give: canonical ones, and those of TEXT_COLUMNS.
    predicate
        Which rows to give; None: all.
    n_rows
        How many rows to read at most, counted before `predicate`.
    in_time
        A condition on ``started_at`` that is applied before rows are counted; None: all.
    names
        Names for ids.
    on_rows
        Called with the number of rows of each batch.

    Yields
    ------
    polars.DataFrame
        The `columns`, batch by batch.

    Raises
    ------
    LogFormatError
        When a file is damaged, or gone.
    """
    asked = {*columns} if in_time is None else {*columns, "started_at"}
    duplicates = Duplicates()
    left = n_rows
    for part in parts:
        needed = needed_columns(part, asked, names)
        read = [n for n in READ_COLUMNS if n in needed]
        reads_more = in_time is not None or part.log_format.is_row or part.log_format.spans_lines
        limit = None if reads_more else left
        for batch in batches(part, read, limit=limit):
            usage = canonical(batch, part.log_format, needed)
            if "is_duplicate" in needed:
                usage = duplicates.marked(usage)
            usage = names.given_to(usage)
            if in_time is not None:
                usage = usage.filter(in_time)
            if left is not None:
                usage = usage.head(left)
                left -= usage.height
            if on_rows is not None:
                on_rows(usage.height)
            usage = usage if predicate is None else usage.filter(predicate)
            yield usage if usage.columns == columns else usage.select(columns)
            if left == 0:
                return


def needed_columns(part: Part, asked: Iterable[str], names: Names) -> set[str]:
    """Return the canonical columns that must be read to give the ones that are asked for.

    Parameters
    ----------
    part
        What its format derives has roots.
    asked
        Canonical columns.
    names
        What names ids needs the ids.

    Returns
    -------
    set of str
        Those of `asked`, and more.
    """
    needed = set(asked)
    if "usage_issue" in needed:
        needed |= {"is_duplicate", *COUNTS, *(c.name for c in TIMES)}
    if "is_duplicate" in needed:
        needed |= {"request_id", "call_id"}
    needed |= names.needs(needed)
    log_format = part.log_format
    if "is_duplicate" in needed and log_format.nesting:
        needed |= {*log_format.nesting, "prompt_tokens", "completion_tokens"}
    if part.lines_may_break and not needed.isdisjoint(log_format.made_of_nothing):
        needed.add("usage_issue")
    known: set[str] = set()
    # what one stage needs, a later one may make
    while known != needed:
        known = {*needed}
        for stage in reversed(log_format.derived):
            needed |= {root for n in stage if n in needed for root in stage[n].meta.root_names()}
    if log_format.usage and not needed.isdisjoint(BODY_COLUMNS):
        needed.add(USAGE_BODY)
    return needed


def canonical(rows: pl.DataFrame, log_format: Format, needed: set[str]) -> pl.DataFrame:
    """Bring rows into the canonical schema.

    Parameters
    ----------
    rows
        What the query of a format gave: the columns `needed`.
    log_format
        The format: what it derives is computed.
    needed
        Canonical columns.

    Returns
    -------
    polars.DataFrame
        The columns `needed`, in canonical order.
    """
    # what the format does not have costs nothing to read
    absent = [READ_COLUMNS[n] for n in needed.difference(rows.columns, {USAGE_BODY})]
    lazy = rows.lazy().with_columns(pl.lit(c.default, c.dtype).alias(c.name) for c in absent)
    times = [pl.col(c.name) for c in TIMES if c.name in rows.columns]
    lazy = lazy.with_columns(*map(known, times), is_unreadable(times).alias(_UNTIMED))
    if USAGE_BODY in rows:
        lazy = with_usage(lazy.collect(), log_format.paths).lazy()
    if log_format.is_summary and "is_summary" in needed:
        lazy = lazy.with_columns(is_summary=pl.lit(value=True))
    for stage in log_format.derived:
        lazy = lazy.with_columns(**{n: e for n, e in stage.items() if n in needed})
    if "usage_issue" in needed:
        # it leaves the cost known: whatever else is wrong is graver
        untimed = pl.when(_UNTIMED).then(pl.lit(UNREADABLE_TIME))
        lazy = lazy.with_columns(usage_issue=pl.coalesce("usage_issue", untimed))
        # of a row that cannot be read, nothing is known
        is_read = pl.col("usage_issue").ne_missing("unreadable_row")
        made = needed & log_format.made_of_nothing
        lazy = lazy.with_columns(pl.when(is_read).then(n).alias(n) for n in made)
    wanted = [n for n in READ_COLUMNS if n in needed - {USAGE_BODY}]
    # the streaming engine would cut the batch into pieces, to be put together again
    return normalize(lazy).select(wanted).collect(engine="in-memory")
