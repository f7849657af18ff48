"""Moments: those that somebody gives for a range of time, and those that rows have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    Moment = datetime | date | str

UNREADABLE_TIME: Final = "unreadable_time"
"""The issue of a row with a time that nobody can mean, or read."""

_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
"""Python knows no later one, and PostgreSQL's infinity is one."""


def known(at: pl.Expr) -> pl.Expr:
    """Leave out a moment that is none: beyond the calendar, or the 0 that stands for none.

    Parameters
    ----------
    at
        Moments in UTC.

    Returns
    -------
    polars.Expr
        The moment or null.
    """
    # what was 0 in another time zone is none either
    return pl.when((at > _NO_TIME + _DAY) & (at <= _LAST)).then(at)


def is_unreadable(moments: Iterable[pl.Expr]) -> pl.Expr:
    """Tell the rows with a moment that is left out, though it is not 0.

    Parameters
    ----------
    moments
        Moments in UTC, as they were before `known`.

    Returns
    -------
    polars.Expr
        A condition, never null.
    """
    tests = [~at.is_between(_NO_TIME - _DAY, _LAST) for at in moments]
    return pl.any_horizontal(*tests, pl.lit(value=False)).fill_null(value=False)


def as_moment(value: Moment | None, name: str) -> datetime | None:
    """Read a moment that somebody gave.

    Parameters
    ----------
    value
        A datetime (without a zone: UTC), a date (its midnight in UTC), or either in ISO 8601.
    name
        What it was given as, for the message.

    Returns
    -------
    datetime or None
        In UTC.

    Raises
    ------
    InputError
        When it is none of these.

    Examples
    --------
    >>> as_moment("2026-07-01T02:00+02:00", "since").isoformat()
    '2026-07-01T00:00:00+00:00'
    """
    given: object = value
    if isinstance(value, str):
        try:
            given = datetime.fromisoformat(value)
        except ValueError:
            given = None
    elif isinstance(value, date) and not isinstance(value, datetime):
        given = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value is None:
        return None
    if not isinstance(given, datetime):
        raise InputError(
            f"{name}={value!r} is not a moment: give a datetime, a date, or text such as "
            "'2026-07-01' or '2026-07-01T09:30+02:00'."
        )
    aware = given.replace(tzinfo=UTC) if given.tzinfo is None else given
    return aware.astimezone(UTC)


def range_of(since: Moment | None, until: Moment | None) -> tuple[datetime | None, datetime | None]:
    """Read a range of time that somebody gave.

    Parameters
    ----------
    since
        Its first moment; None: no beginning.
    until
        The first moment after it; None: no end.

    Returns
    -------
    tuple
        Both in UTC.

    Raises
    ------
    InputError
        When one is no moment, or nothing is between them.
    """
    first, last = as_moment(since, "since"), as_moment(until, "until")
    if first is not None and last is not None and first >= last:
        raise InputError(
            f"since={first:%Y-%m-%dT%H:%M:%SZ} is not before until={last:%Y-%m-%dT%H:%M:%SZ}."
        )
    return first, last
