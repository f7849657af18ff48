"""Where the money went: spend by dimensions and periods, aggregated in DuckDB.

MEASURES add up; DIMENSIONS group; ratios are divided last, from sums. SQL is put together from the
rows of these tables (`llmspend.measures`) only: what a user names is looked up there, never pasted.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb
import polars as pl

from llmspend.errors import InputError, UnknownNameError
from llmspend.measures import (
    DIMENSIONS,
    MEASURED,
    MEASURES,
    PERIODS,
    RATIOS,
)
from llmspend.parquet_scan import (
    as_arrow,
    as_charged,
    has_clear_names,
    open_parquet,
    parquet_sql,
)
from llmspend.spend_sql import DIMENSION_BY_NAME, columns_of, group_columns, query
from llmspend.spend_table import Breakdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.measures import Measure

Charges = pl.DataFrame | pl.LazyFrame | str | Path
"""Priced rows: a frame, or a Parquet file of them."""


def breakdown(
    charges: Charges,
    by: str | Sequence[str] = (),
    *,
    every: str | None = None,
    tz: str = "UTC",
) -> pl.DataFrame:
    """Add up spend by dimensions and, if asked, by period.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of such rows. A lazy frame is streamed:
        memory stays bounded by the size of the result.
    by
        One or several names of DIMENSIONS; none gives the total.
    every
        One of PERIODS: also group by the hour, day, week … in which the request began.
    tz
        IANA time zone in which days begin.

    Returns
    -------
    polars.DataFrame
        One row per group: ``period`` (the start of it, in `tz`; only with `every`), the dimensions
        (ids, each followed by its newest alias where it has one), then MEASURES and RATIOS.
        Largest spend first, or by period. It shows itself as a table, in a notebook or a
        terminal (`llmspend.show_table`). Where nothing but free rows has a price beside unknown
        ones, spend is null, not 0.

    Raises
    ------
    UnknownNameError
        For a dimension, period or time zone that does not exist; it names the nearest ones.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o-mini", "gpt-4o"],
    ...         "provider": ["openai"] * 3,
    ...         "team": ["search", "search", "ads"],
    ...         "prompt_tokens": [1000, 1000, 2000],
    ...     }
    ... )
    >>> charges = llmspend.price(calls)
    >>> llmspend.breakdown(charges, "team").select("team", "spend", "requests").rows()
    [('ads', 0.005, 1), ('search', 0.00265, 2)]
    """
    (table,) = breakdowns(charges, [Grouping.of(by, every)], tz=tz)
    return table


class Grouping(NamedTuple):
    """What one breakdown groups by.

    Attributes
    ----------
    by
        Names of DIMENSIONS.
    every
        One of PERIODS, or None.
    """

    by: tuple[str, ...] = ()
    every: str | None = None

    @classmethod
    def of(cls, by: str | Sequence[str] = (), every: str | None = None) -> Grouping:
        """Make one of what a caller gave.

        Parameters
        ----------
        by, every
            As for `breakdown`.

        Returns
        -------
        Grouping
            The grouping.
        """
        if not isinstance(by, Iterable):
            raise InputError(f"by is {by!r}, not one or several names of llmspend.DIMENSIONS.")
        return cls((by,) if isinstance(by, str) else tuple(by), every)


def breakdowns(
    charges: Charges, groupings: Sequence[Grouping], *, tz: str = "UTC"
) -> list[pl.DataFrame]:
    """Compute several breakdowns in one pass over the charges.

    Parameters
    ----------
    charges
        As for `breakdown`.
    groupings
        What to group by; see `Grouping`.
    tz
        As for `breakdown`.

    Returns
    -------
    list of polars.DataFrame
        One per grouping, each as `breakdown` gives it.

    Raises
    ------
    UnknownNameError
        As for `breakdown`.

    Examples
    --------
    >>> import llmspend
    >>> charges = llmspend.price(pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1000]}))
    >>> total, models = breakdowns(charges, [Grouping(), Grouping(("model",))])
    >>> total["spend"].item(), models["model"].item()
    (0.0025, 'gpt-4o')
    """
    tables = add_up(charges, groupings, MEASURES, MEASURED, tz=tz)
    ratios = [
        pl.when(pl.col(r.under) > 0).then(pl.col(r.over) / pl.col(r.under)).alias(r.name)
        for r in RATIOS
    ]
    return [Breakdown.of(table.with_columns(ratios)) for table in tables]


def add_up(
    charges: Charges,
    groupings: Sequence[Grouping],
    measures: Sequence[Measure],
    reads: Sequence[str],
    *,
    tz: str = "UTC",
) -> list[pl.DataFrame]:
    """Add any measures up, in one pass over the charges.

    Parameters
    ----------
    charges, groupings
        As for `breakdowns`.
    measures
        What to add up.
    reads
        Columns of charges that they read.
    tz
        As for `breakdowns`.

    Returns
    -------
    list of polars.DataFrame
        One per grouping: the period, the dimensions and the measures; by period, or largest first
        by the first two measures.
    """
    for grouping in groupings:
        _check(grouping)
    zone = known_zone(tz)
    used = list(dict.fromkeys(d for g in groupings for d in g.by))
    periods = list(dict.fromkeys(g.every for g in groupings if g.every))
    needed = [
        *reads,
        "row_class",
        *(c for d in used for c in columns_of(d)),
        *["started_at"] * bool(periods),
    ]
    columns = list(dict.fromkeys(needed))
    frame = opened(charges)
    check_charges(frame, columns)
    rows = as_charged(frame, columns)
    is_bare = rows is frame and has_clear_names(frame)
    file = Path(charges) if isinstance(charges, (str, Path)) and is_bare else None
    with closing(duckdb.connect()) as connection:
        connection.execute(f"SET TimeZone='{zone}'")
        connection.execute("SET enable_progress_bar = false")  # stdout belongs to the caller
        failures: list[Exception] = []
        if file is None:
            connection.register("charges", as_arrow(rows.select(columns), failures))
        # no others: any name may stand in a file, also one that the query uses
        chosen = ", ".join(f'"{c}"' for c in columns)
        source = f"(SELECT {chosen} FROM {'charges' if file is None else parquet_sql(file)})"
        try:
            table = connection.sql(
                query(source, used, periods, map(_members, groupings), measures)
            ).pl()
        except duckdb.Error as error:
            # what went wrong while reading says more than DuckDB's account of it
            if failures:
                raise failures[0] from None
            if file is not None:
                raise InputError(f"{file} cannot be read: {error}") from None
            raise
    grouped = list(group_columns(used, periods))
    return [_one(table, grouping, grouped, measures, zone) for grouping in groupings]


_MAY_LACK: Final = {
    *(d.alias for d in DIMENSIONS if d.alias),
    *("request_count", "failed_count"),
}
"""Columns that charges may lack, as older ones do: they are unknown then."""


def _check(grouping: Grouping) -> None:
    if not (isinstance(grouping, Grouping) and isinstance(grouping.by, (tuple, list))):
        raise InputError(
            f"{grouping!r} is no grouping: write llmspend.Grouping.of('model') or "
            "Grouping.of(['model', 'team'], every='day')."
        )
    for name in grouping.by:
        if name not in DIMENSION_BY_NAME:
            raise UnknownNameError.of("dimension", name, DIMENSION_BY_NAME)
    if len(set(grouping.by)) != len(grouping.by):
        raise InputError(f"a dimension is named twice: {', '.join(grouping.by)}.")
    if grouping.every is not None and grouping.every not in PERIODS:
        raise UnknownNameError.of("period", grouping.every, PERIODS)


_NO_ZONES: Final = {"Factory", "localtime", "posixrules"}
"""Names in some time-zone databases that stand for no place."""


def known_zone(name: str) -> str:
    """Check the name of a time zone.

    Parameters
    ----------
    name
        An IANA time zone.

    Returns
    -------
    str
        The same.

    Raises
    ------
    UnknownNameError
        When there is no such zone; it names the nearest ones.
    """
    known = zoneinfo.available_timezones() - _NO_ZONES
    if name not in known:
        raise UnknownNameError.of("time zone", name, known)
    return name


def frame_of(charges: Charges, needed: Iterable[str] = ()) -> pl.LazyFrame:
    """Give charges as a lazy frame.

    Parameters
    ----------
    charges
        As for `breakdown`.
    needed
        Columns that they must have.

    Returns
    -------
    polars.LazyFrame
        Of all their columns; those that they must have are in the types of charges.

    Raises
    ------
    InputError
        When there is no such file, it is no Parquet file, or a column is missing or of a type that
        cannot be read as its own.
    """
    frame = opened(charges).lazy()
    check_charges(frame, needed)
    return as_charged(frame, needed).lazy()


def opened(charges: Charges) -> pl.DataFrame | pl.LazyFrame:
    """Scan a Parquet file of charges; a frame is returned as it is.

    Parameters
    ----------
    charges
        As for `breakdown`.

    Returns
    -------
    polars.DataFrame or polars.LazyFrame
        A frame.

    Raises
    ------
    InputError
        When there is no such file.
    """
    return open_parquet(charges) if isinstance(charges, (str, Path)) else charges


def check_charges(frame: pl.DataFrame | pl.LazyFrame, columns: Iterable[str]) -> None:
    """Refuse what was never priced.

    Parameters
    ----------
    frame
        Perhaps charges.
    columns
        What they must have.

    Raises
    ------
    InputError
        When some are missing.
    """
    given = frame.collect_schema()
    missing = [c for c in columns if c not in given and c not in _MAY_LACK]
    if missing:
        raise InputError(
            f"these are not charges: the columns {', '.join(missing[:5])} are missing. "
            "Price the usage first: llmspend.price(usage)."
        )


def _members(grouping: Grouping) -> list[str]:
    return [f"by_{name}" for name in (*grouping.by, *filter(None, [grouping.every]))]


def _one(
    table: pl.DataFrame,
    grouping: Grouping,
    columns: Sequence[str],
    measures: Sequence[Measure],
    zone: str,
) -> pl.DataFrame:
    """Take one grouping's rows out of the common result."""
    members = _members(grouping)
    # SQL's grouping(): a bit for each column, set where it is not grouped by
    absent = sum(2**i for i, column in enumerate(reversed(columns)) if column not in members)
    shown: list[pl.Expr] = []
    if grouping.every:
        shown.append(pl.col(f"by_{grouping.every}").dt.convert_time_zone(zone).alias("period"))
    for name in grouping.by:
        alias = DIMENSION_BY_NAME[name].alias
        shown.append(pl.col(f"by_{name}").alias(name))
        shown += [pl.col(alias)] if alias and alias not in grouping.by else []
    shown += [
        pl.col(m.name).dt.convert_time_zone(zone) if m.unit == "UTC" else pl.col(m.name)
        for m in measures
    ]
    largest = [m.name for m in measures[:2]]
    order = ["period"] * bool(grouping.every) + [*largest, *grouping.by]
    return (
        table.filter(absent=absent)
        .select(shown)
        .sort(order, descending=[o in largest for o in order], nulls_last=True)
    )
