"""The query behind every breakdown, put together from rows of MEASURES and DIMENSIONS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.measures import (
    DIMENSIONS,
    DUPLICATE,
    PERIODS,
    READ_BY_DIMENSION,
    only_where,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspend.measures import Measure

DIMENSION_BY_NAME: Final = {d.name: d for d in DIMENSIONS}


def columns_of(dimension: str) -> tuple[str, ...]:
    """Name the columns of charges that a dimension reads.

    Parameters
    ----------
    dimension
        One of DIMENSIONS.

    Returns
    -------
    tuple of str
        Its alias too, where it has one.
    """
    alias = DIMENSION_BY_NAME[dimension].alias
    return (*READ_BY_DIMENSION.get(dimension, (dimension,)), *((alias,) if alias else ()))


def query(
    charges: str,
    dimensions: list[str],
    periods: list[str],
    groupings: Iterable[Sequence[str]],
    measures: Sequence[Measure],
) -> str:
    """Write the one query that computes all groupings.

    Parameters
    ----------
    charges
        What has the columns that are read, and no others: a name of a user's own could hide one
        of `group_columns`.
    dimensions, periods
        All that are grouped by.
    groupings
        The columns of each grouping, named as `group_columns` does.
    measures
        What to add up.

    Returns
    -------
    str
        SQL for DuckDB; the column ``absent`` tells the groupings apart.
    """
    columns = group_columns(dimensions, periods)
    aliases = [  # arg_max passes over nulls, of both
        f"coalesce(arg_max({a}, started_at), max({only_where('started_at IS NULL', a)})) AS {a}"
        for d in dimensions
        if (a := DIMENSION_BY_NAME[d].alias)
    ]
    sums = [f"{m.sql} AS {m.name}" for m in measures]
    derived = [f"{sql} AS {name}" for name, sql in columns.items()]
    rows = f"{charges} WHERE row_class <> '{DUPLICATE}'"
    source = f"(SELECT {', '.join(['*', *derived])} FROM {rows})"
    if not columns:
        return f"SELECT 0 AS absent, {', '.join(sums)} FROM {source}"
    absent = f"grouping({', '.join(columns)})::BIGINT AS absent"
    sets = list(dict.fromkeys(", ".join(g) for g in groupings))
    # one set is a grouping like any other, and faster by an eighth
    by = f"GROUPING SETS (({'), ('.join(sets)}))" if len(sets) > 1 else sets[0]
    return f"SELECT {', '.join([absent, *columns, *aliases, *sums])} FROM {source} GROUP BY {by}"


def group_columns(dimensions: Iterable[str], periods: Iterable[str]) -> dict[str, str]:
    """Give every grouping column a name that no row of USAGE_COLUMNS has, and its SQL.

    Parameters
    ----------
    dimensions, periods
        All that are grouped by.

    Returns
    -------
    dict
        Name → SQL.
    """
    columns = {f"by_{d}": DIMENSION_BY_NAME[d].sql for d in dimensions}
    return columns | {f"by_{p}": PERIODS[p] for p in periods}
