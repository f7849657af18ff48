"""Spans of whole days: a month, a quarter, a week, or any first and last day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from llmspend.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Some days in a row.

    Attributes
    ----------
    first, last
        The first and the last day; both belong to it.
    """

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def kind(self) -> str | None:
        """Which of AROUND it is exactly; None for any other span."""
        return next((k for k, around in AROUND.items() if around(self.first) == self), None)

    @property
    def previous(self) -> TimeSpan:
        """The one just before it: a month before a month, else as many days."""
        return self._beside(self.first - _DAY, self.first - self.days * _DAY)

    @property
    def following(self) -> TimeSpan:
        """The one just after it: a month after a month, else as many days."""
        return self._beside(self.last + _DAY, self.last + _DAY)

    def _beside(self, inside: date, first: date) -> TimeSpan:
        if self.kind:
            return AROUND[self.kind](inside)
        return TimeSpan(first, first + (self.days - 1) * _DAY)

    def bounds(self, tz: str) -> tuple[datetime, datetime]:
        """Return the moments at which it begins and is over.

        Parameters
        ----------
        tz
            IANA time zone in which days begin.

        Returns
        -------
        tuple of datetime
            In UTC: from the first on, before the second.
        """
        return _midnight(self.first, tz), _midnight(self.last + _DAY, tz)


def _midnight(day: date, tz: str) -> datetime:
    # where clocks skip midnight this is the moment at which they do
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def day_of(year: int, month: int, day: int = 1) -> date:
    """Return a day, also of a month beyond December.

    Parameters
    ----------
    year, month, day
        The month 13 is January of the year after.

    Returns
    -------
    datetime.date
        That day.

    Examples
    --------
    >>> day_of(2026, 14)
    datetime.date(2027, 2, 1)
    """
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _months(first: date, count: int) -> TimeSpan:
    return TimeSpan(first, day_of(first.year, first.month + count) - _DAY)


def _week_of(day: date) -> TimeSpan:
    monday = day - timedelta(days=day.weekday())
    return TimeSpan(monday, monday + timedelta(days=6))


AROUND: Final[dict[str, Callable[[date], TimeSpan]]] = {
    "day": lambda d: TimeSpan(d, d),
    "week": _week_of,
    "month": lambda d: _months(d.replace(day=1), 1),
    "quarter": lambda d: _months(day_of(d.year, (d.month - 1) // 3 * 3 + 1), 3),
    "year": lambda d: _months(day_of(d.year, 1), 12),
}
"""Kind of span → the one around a day."""

_SPELLINGS: Final[tuple[tuple[str, str, Callable[..., date]], ...]] = (
    (r"(\d{4})", "year", lambda y: date(y, 1, 1)),
    (r"(\d{4})-?Q([1-4])", "quarter", lambda y, q: date(y, 3 * q - 2, 1)),
    (r"(\d{4})-(\d{2})", "month", lambda y, m: date(y, m, 1)),
    (r"(\d{4})-?W(\d{2})", "week", lambda y, w: date.fromisocalendar(y, w, 1)),
    (r"(\d{4})-(\d{2})-(\d{2})", "day", date),
)
"""A spelling, the kind of span that it means, and the day from which that begins."""


def time_span(given: str | date | tuple[date, date]) -> TimeSpan:
    """Read a span of days.

    Parameters
    ----------
    given
        ``"2026"``, ``"2026-Q2"``, ``"2026-06"``, ``"2026-W23"``, ``"2026-06-08"``, from one to
        another of these as ``"2026-06-08..2026-06-14"``; a date; or a first and a last day.

    Returns
    -------
    TimeSpan
        From its first to its last day.

    Raises
    ------
    InputError
        When it is none of these, or ends before it begins.

    Examples
    --------
    >>> time_span("2026-06").last, time_span("2026-W23").first
    (datetime.date(2026, 6, 30), datetime.date(2026, 6, 1))
    >>> time_span("2026-06-08..2026-06-14").days
    7
    """
    if isinstance(given, str):
        begin, dots, end = given.partition("..")
        first, last = _read(begin), _read(end if dots else begin)
        span = TimeSpan(first.first, last.last)
    elif isinstance(given, date):
        span = TimeSpan(_date(given), _date(given))
    elif _is_pair(given):
        span = TimeSpan(_date(given[0]), _date(given[1]))
    else:
        raise _unreadable(given)
    if span.last < span.first:
        raise InputError(f"{given!r} ends before it begins.")
    return span


def _is_pair(given: object) -> bool:
    return (
        isinstance(given, (tuple, list))
        and [isinstance(d, date) for d in given] == [True, True]
    )  # fmt: skip


def _date(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _read(text: str) -> TimeSpan:
    for pattern, kind, first in _SPELLINGS:
        match = re.fullmatch(pattern, text.strip(), re.ASCII)
        if match:
            try:
                return AROUND[kind](first(*map(int, match.groups())))
            except ValueError:
                break
    raise _unreadable(text)


def _unreadable(given: object) -> InputError:
    return InputError(
        f"{given!r} is no span of days. Write 2026, 2026-Q2, 2026-06, 2026-W23, 2026-06-08, or "
        "2026-06-08..2026-06-14; or give the first and the last day as two dates."
    )
