"""Spend by period and several dimensions at once, each folded to its largest members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.charts._intervals import (
    INTERVAL_BY_NAME,
    INTERVALS,
    Interval,
    interval_of,
    wall_clock,
)
from llmspend.charts._members import MOST
from llmspend.charts._names import names
from llmspend.charts._periods import refuse_never
from llmspend.charts._spans import covered_days
from llmspend.charts._totals import ALIAS_OF, table_of, tidy, zone_of
from llmspend.charts._words import Scope
from llmspend.daily import period_zone
from llmspend.errors import InputError, UnknownNameError
from llmspend.measures import MEASURED, MEASURES
from llmspend.spend import Charges, Grouping, add_up, known_zone
from llmspend.text import whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_COUNTS: Final = ("requests", "unpriced_requests")
_ADDED: Final = [m for m in MEASURES if m.name in {"spend", *_COUNTS, "first_at", "last_at"}]


@dataclass(frozen=True, slots=True)
class Cube:
    """Spend by period and members.

    Attributes
    ----------
    by
        The dimensions.
    rows
        ``start, spend, last_at``, and per dimension ``member_0, alias_0, member_1`` …; spend is
        neither null nor 0.
    interval
        What the periods are.
    scope
        What it covers.
    """

    by: tuple[str, ...]
    rows: pl.DataFrame
    interval: Interval
    scope: Scope

    @property
    def total(self) -> float:
        """What all of it cost, USD."""
        return float(self.rows["spend"].sum())

    def rolled_up(self, interval: Interval) -> Cube:
        """Add up longer periods.

        Parameters
        ----------
        interval
            At least as long.

        Returns
        -------
        Cube
            By these.
        """
        rows = self.rows.with_columns(pl.col("start").dt.truncate(interval.step))
        return Cube(self.by, _summed(rows), interval, self.scope)


def cube(
    data: Charges, by: Sequence[str], every: str | None, tz: str | None, days: dict[str, int]
) -> Cube:
    """Add up spend by period and dimensions.

    Parameters
    ----------
    data
        Charges, or a breakdown by period and these dimensions, perhaps more.
    by
        The dimensions.
    every
        The periods; None for what goes with the length of time.
    tz
        IANA time zone in which days begin; None: UTC for charges, its own for a breakdown.
    days
        Period → how many days there may be for it to be chosen, shortest first.

    Returns
    -------
    Cube
        Of everything.

    Raises
    ------
    InputError
        When `data` is neither.
    UnknownNameError
        For a dimension, period or time zone that does not exist.
    """
    if every is not None and every not in INTERVAL_BY_NAME:
        raise UnknownNameError.of("period", every, INTERVAL_BY_NAME)
    table = table_of(data, "spend", "cost")
    if table is None:
        zone = known_zone(tz or "UTC")
        every = every or _fitting(covered_days(data, zone), days)
        (table,) = add_up(data, [Grouping(tuple(by), every)], _ADDED, MEASURED, tz=zone)
    return _cube(table, tuple(by), every, tz)


def _fitting(covered: tuple[date, date] | None, days: dict[str, int]) -> str:
    if covered is None:
        return next(iter(days))
    length = (covered[1] - covered[0]).days + 1
    return next((every for every, most in days.items() if length <= most), INTERVALS[-1].name)


def _cube(table: pl.DataFrame, by: tuple[str, ...], every: str | None, tz: str | None) -> Cube:
    missing = [c for c in ("period", *by) if c not in table.columns]
    if missing:
        raise InputError(
            f"this breakdown has no {missing[0]}. Ask for it: "
            f"llmspend.breakdown(charges, {list(by)!r}, every={every or 'day'!r})."
        )
    if not table.schema["period"].is_temporal():
        raise InputError(f"the column period holds {table.schema['period']}, not times.")
    table = table.filter(pl.col("period").is_not_null())
    zone = period_zone(table.schema["period"], tz)
    refuse_never(table["period"])
    moments = pl.col("period").cast(pl.Datetime("us", zone))
    tidied = tidy(table.with_columns(moments), ("spend",), _COUNTS)
    interval = interval_of(tidied["period"], tidied["last_at"], every)
    labels: list[pl.Expr] = []
    for place, name in enumerate(by):
        alias = ALIAS_OF.get(name) or ""
        known = pl.col(alias) if alias in table.columns else pl.lit(None)
        labels += [
            pl.col(name).cast(pl.String).alias(f"member_{place}"),
            known.cast(pl.String).alias(f"alias_{place}"),
        ]
    rows = tidied.filter(pl.col("spend") != 0).select(
        wall_clock(pl.col("period")).dt.truncate(interval.step).alias("start"),
        *labels,
        "spend",
        wall_clock(pl.col("last_at")),
    )
    return Cube(by, rows, interval, Scope.of(tidied, zone or zone_of(table)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A member that has a name of its own, or the rest.

    Attributes
    ----------
    label
        No other member's.
    full
        In tooltips.
    spend
        USD.
    is_other, is_none
        Whether it is the rest, or what has no value.
    """

    label: str
    full: str
    spend: float
    is_other: bool = False
    is_none: bool = False


def ranked_by_spend(given: Cube, place: int) -> pl.DataFrame:
    """Add up the members of a dimension.

    Parameters
    ----------
    given
        The cube.
    place
        Of the dimension in it.

    Returns
    -------
    polars.DataFrame
        Its ``member_0, alias_0`` (with its place), the newest alias, and ``spend``, largest first.
    """
    member, alias = f"member_{place}", f"alias_{place}"
    return (
        given.rows.group_by(member, maintain_order=True)
        .agg(
            pl.col(alias).sort_by("last_at", alias).drop_nulls().last(),
            pl.col("spend").sum(),
        )
        .sort("spend", member, descending=[True, False], nulls_last=True)
    )


def folded(given: Cube, place: int, top: int) -> tuple[list[Shown], Cube]:
    """Keep the largest members of a dimension, and fold the others into one.

    Parameters
    ----------
    given
        The cube.
    place
        Of the dimension in it.
    top
        How many to keep.

    Returns
    -------
    list of Shown, Cube
        The members, largest first, the rest last; and the cube with their places in that list
        as ``rank_0`` …, in place of ids.
    """
    member, alias = f"member_{place}", f"alias_{place}"
    ranked = ranked_by_spend(given, place)
    # a single one beyond the top is shown by its name, if there is a colour left
    kept = ranked.height if ranked.height == min(top + 1, MOST) else top
    head, rest = ranked[:kept], ranked[kept:]
    other = f"Other ({whole(rest.height)})"
    titles = names(head.select(member, alias).rows(), taken=[other])
    shown = [
        Shown(title.label, title.full, spend, is_none=identifier is None)
        for title, (identifier, _, spend) in zip(titles, head.rows(), strict=True)
    ]
    if rest.height:
        shown.append(Shown(other, other, float(rest["spend"].sum()), is_other=True))
    ranks = ranked.select(
        member, pl.int_range(pl.len()).clip(upper_bound=kept).alias(f"rank_{place}")
    )
    rows = given.rows.join(ranks, on=member, nulls_equal=True, maintain_order="left")
    return shown, Cube(given.by, _summed(rows.drop(member, alias)), given.interval, given.scope)


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    keys = [c for c in rows.columns if c not in ("spend", "last_at")]
    sums = rows.group_by(keys, maintain_order=True).agg(
        pl.col("spend").sum(), pl.col("last_at").max()
    )
    return sums.filter(pl.col("spend") != 0)
