"""Sums per member of a dimension, or per period: from charges or from a table of such sums."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from llmspend.charts._intervals import INTERVAL_BY_NAME, Interval, infer, wall_clock
from llmspend.charts._periods import refuse_never
from llmspend.errors import InputError, UnknownNameError
from llmspend.measures import DIMENSIONS
from llmspend.spend import Charges, Grouping, breakdown, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALIAS_OF: Final = {d.name: d.alias for d in DIMENSIONS}
COUNTS: Final = ("requests", "unpriced_requests")
"""What every table counts, for its subtitle."""
_TIMES: Final = ("first_at", "last_at")


def table_of(data: Charges, column: str, unlike: str | None) -> pl.DataFrame | None:
    """Return a table of sums, or None for charges.

    Parameters
    ----------
    data
        Either; a frame or a Parquet file.
    column
        What such a table has.
    unlike
        What charges have, and such a table has not.

    Returns
    -------
    polars.DataFrame or None
        The table.
    """
    if isinstance(data, (str, Path)) and not Path(data).is_file():
        return None
    frame = opened(data)
    columns = frame.collect_schema().names()
    return frame.lazy().collect() if column in columns and unlike not in columns else None


class Sums(NamedTuple):
    """What a chart by member and by period is drawn from.

    Attributes
    ----------
    members
        As of `member_rows`; None where not asked for.
    periods, interval
        As of `period_rows`; None where not asked for.
    zone
        Of their times.
    """

    members: pl.DataFrame | None
    periods: pl.DataFrame | None
    interval: Interval | None
    zone: str | None

    @property
    def rows(self) -> pl.DataFrame:
        """Those of the two that there are: both add up to the same."""
        rows = self.periods if self.members is None else self.members
        assert rows is not None
        return rows


class Source(NamedTuple):
    """What sums are taken from.

    Attributes
    ----------
    marker
        A column that only a table of such sums has.
    money, counts
        Its columns that add up.
    asked
        The function that makes such tables.
    computed
        Makes some, from groupings and a time zone.
    notes
        Its columns that say something of a member: kept is that of the largest amount.
    """

    marker: str
    money: Sequence[str]
    counts: Sequence[str]
    asked: str
    computed: Callable[[list[Grouping], str], list[pl.DataFrame]]
    notes: Sequence[str] = ()


def sums_of(
    data: Charges, by: str | None, every: str | None, tz: str | None, source: Source
) -> Sums:
    """Find or compute what a chart by member and by period is drawn from.

    Parameters
    ----------
    data
        Charges, or a table of sums.
    by, every, tz
        As the chart was given them.
    source
        What sums they are.

    Returns
    -------
    Sums
        Both, as far as asked for.

    Raises
    ------
    InputError, UnknownNameError
        When `by`, `every` or `tz` do not go with the table.
    """
    check_asked(by, every)
    table = table_of(data, source.marker, None)
    zone: str | None
    if table is None:
        groupings = [Grouping((by,))] if by else []
        groupings += [Grouping((), every)] if every else []
        found = source.computed(groupings, tz or "UTC")
        by_member, by_period, zone = found[0], found[-1], tz or "UTC"
    else:
        by_member, by_period, zone = table, table, zone_of(table)
        _check_zone(table, tz)
        if every and "period" not in table.columns:
            raise InputError(f"this table has no periods. Make it with every={every!r}.")
    asked = f"llmspend.{source.asked}(charges, {by!r})"
    members = None
    if by:
        members = member_rows(by_member, by, source.money, source.counts, asked, source.notes)
    if not every:
        return Sums(members, None, None, zone)
    periods, interval = period_rows(by_period, every, source.money, source.counts)
    return Sums(members, periods, interval, zone)


def dimensions_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """Read one or several dimensions.

    Parameters
    ----------
    by
        Their names, or text with commas between them.

    Returns
    -------
    tuple of str
        Names, not checked.

    Examples
    --------
    >>> dimensions_of("team"), dimensions_of("team, model"), dimensions_of(["key"])
    (('team',), ('team', 'model'), ('key',))
    """
    return tuple(name.strip() for name in by.split(",")) if isinstance(by, str) else tuple(by)


def check_asked(by: object, every: str | None, *, at_least_one: bool = True) -> None:
    """Refuse a dimension or a period that is none.

    Parameters
    ----------
    by, every
        As a chart was given them.
    at_least_one
        Whether a chart needs one of them.

    Raises
    ------
    InputError, UnknownNameError
        When they are no such names.
    """
    if by is not None and not isinstance(by, str):
        raise InputError(f"by is one dimension's name, not {by!r}.")
    if every is not None and every not in INTERVAL_BY_NAME:
        raise UnknownNameError.of("period", every, INTERVAL_BY_NAME)
    if at_least_one and by is None and every is None:
        raise InputError("give by, a dimension, or every, a period: there is nothing to draw by.")


def zone_of(table: pl.DataFrame) -> str | None:
    """Return the time zone of a table's times.

    Parameters
    ----------
    table
        With ``first_at``, perhaps.

    Returns
    -------
    str or None
        None if they have none.
    """
    return getattr(table.schema.get("first_at"), "time_zone", None)


def _check_zone(table: pl.DataFrame, tz: str | None) -> None:
    zone = zone_of(table)
    if tz is not None and tz != zone:
        held = zone or "an unknown zone"
        raise InputError(f"this table was made with tz={held!r}, not {tz!r}: make it anew.")


def spend_by_member(
    data: Charges, by: str, tz: str | None, counts: Sequence[str] = ("total_tokens",)
) -> tuple[pl.DataFrame, str | None]:
    """Bring charges or a breakdown into the form that charts of totals draw.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them by `by`;
        a finer one is added up.
    by
        One of `llmspend.DIMENSIONS`.
    tz
        IANA time zone of the dates; None: UTC for charges, its own for a breakdown.
    counts
        What adds up beside spend and requests.

    Returns
    -------
    polars.DataFrame, str or None
        As `member_rows`, with ``spend`` and `counts`; and the zone.

    Raises
    ------
    InputError
        When `data` is neither.
    UnknownNameError
        For a dimension or time zone that does not exist.
    """
    check_asked(by, None, at_least_one=False)
    table = table_of(data, "spend", "cost")
    if table is None:
        table = breakdown(data, by, tz=tz or "UTC")
    _check_zone(table, tz)
    asked = f"llmspend.breakdown(charges, {by!r})"
    return member_rows(table, by, ("spend",), counts, asked), zone_of(table)


def member_rows(
    table: pl.DataFrame,
    by: str,
    money: Sequence[str],
    counts: Sequence[str],
    asked: str,
    notes: Sequence[str] = (),
) -> pl.DataFrame:
    """Give a table of sums, perhaps one made by hand, our columns; one row per member.

    Parameters
    ----------
    table
        With `by`, and some of the other columns.
    by
        The dimension.
    money, counts
        What adds up, beside COUNTS.
    asked
        How to ask for such a table.
    notes
        As in `Source`.

    Returns
    -------
    polars.DataFrame
        ``member, alias``, `money` (null where unknown), `counts`, COUNTS, ``first_at, last_at``,
        `notes`.

    Raises
    ------
    InputError
        When the table is not by `by`.
    """
    if by not in table.columns:
        raise InputError(f"this table is not by {by}. Ask for it: {asked}.")
    alias = ALIAS_OF.get(by) or ""
    counted = list(dict.fromkeys((*counts, *COUNTS)))
    return (
        tidy(table, money, counted)
        .with_columns(
            pl.col(by).cast(pl.String).alias("member"),
            (pl.col(alias) if alias in table.columns else pl.lit(None))
            .cast(pl.String)
            .alias("alias"),
        )
        .sort("last_at", nulls_last=False, maintain_order=True)
        .group_by("member", maintain_order=True)
        .agg(
            pl.col("alias").drop_nulls().last(),
            *_sums(money, counted),
            *(pl.col(note).sort_by(money[0], descending=True).first() for note in notes),
        )
        .sort("member", nulls_last=True)
    )


def period_rows(
    table: pl.DataFrame, every: str | None, money: Sequence[str], counts: Sequence[str]
) -> tuple[pl.DataFrame, Interval]:
    """Give a table of sums by period our columns; one row per period.

    Parameters
    ----------
    table
        With ``period``.
    every
        What its periods are; None to find out.
    money, counts
        As for `member_rows`.

    Returns
    -------
    polars.DataFrame, Interval
        ``start, end`` (wall-clock times) and the sums; and what the periods are.
    """
    counted = list(dict.fromkeys((*counts, *COUNTS)))
    table = table.filter(pl.col("period").is_not_null())
    interval = INTERVAL_BY_NAME[every] if every else infer(table["period"], table["last_at"])
    refuse_never(table["period"])
    rows = (
        tidy(table, money, counted)
        .with_columns(wall_clock(pl.col("period")).dt.truncate(interval.step).alias("start"))
        # clocks that go back repeat an hour: its two halves are one bar
        .group_by("start")
        .agg(_sums(money, counted))
        .with_columns(pl.col("start").dt.offset_by(interval.step).alias("end"))
        .sort("start")
    )
    return rows, interval


def tidy(table: pl.DataFrame, money: Sequence[str], counts: Sequence[str]) -> pl.DataFrame:
    """Give a table, perhaps one made by hand, these columns and their types.

    Parameters
    ----------
    table
        Sums.
    money, counts
        Its columns: amounts, which are null unless finite, and whole numbers.

    Returns
    -------
    polars.DataFrame
        With all of them, and ``first_at, last_at``; null what was missing.
    """
    moment = pl.Datetime("us", zone_of(table))
    types: dict[str, pl.DataType] = {
        **dict.fromkeys(money, pl.Float64()),
        **dict.fromkeys(counts, pl.Int64()),
        **dict.fromkeys(_TIMES, moment),
    }
    missing = (pl.lit(None, dtype).alias(n) for n, dtype in types.items() if n not in table)
    return (
        table.with_columns(missing)
        .with_columns(pl.col(name).cast(dtype) for name, dtype in types.items())
        # NaN and infinity are no JSON
        .with_columns(
            pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in money
        )
    )


def _sums(money: Sequence[str], counts: Sequence[str]) -> list[pl.Expr]:
    return [
        # null where nothing is known: Polars' sum alone would make it 0
        *(
            pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
            for name in (*money, *counts)
        ),
        pl.col("first_at").min(),
        pl.col("last_at").max(),
    ]
