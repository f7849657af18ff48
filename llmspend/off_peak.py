"""Off-peak hours: the windows of ``off_peak_pricing``, as one table per entry.

An entry's windows are given in UTC hours and, for some, on weekdays of a time zone. They become
one table of 7 × 1440 flags (local weekday, UTC minute), so that "is it open now" is a look-up for a
moment and for a column of moments alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_DAY = 24 * 60
_HOUR = r"([01]?\d|2[0-3]):([0-5]?\d)"
_WINDOW = re.compile(rf"\s*{_HOUR}\s*-\s*{_HOUR}\s*")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class OffPeakHours:
    """When an entry's off-peak rates hold.

    Attributes
    ----------
    is_open
        A flag for each (weekday 0–6 in `zone`, minute of the UTC day), flattened.
    zone
        The time zone whose calendar decides the weekday.
    """

    is_open: tuple[bool, ...]
    zone: str

    def at(self, moment: datetime) -> bool:
        """Tell whether the hours are open at a moment (aware, UTC)."""
        weekday = moment.astimezone(ZoneInfo(self.zone)).weekday()
        return self.is_open[weekday * _DAY + moment.hour * 60 + moment.minute]

    def at_each(self, moments: pl.Series) -> pl.Series:
        """Tell whether the hours are open at each moment of a UTC column; null is closed."""
        weekday = moments.dt.convert_time_zone(self.zone).dt.weekday().cast(pl.Int64) - 1
        minute = moments.dt.hour().cast(pl.Int64) * 60 + moments.dt.minute().cast(pl.Int64)
        table = pl.Series(self.is_open, dtype=pl.Boolean)
        return table.gather(weekday * _DAY + minute).fill_null(value=False)


def parse_off_peak(block: Any) -> OffPeakHours | None:  # noqa: ANN401 - parsed JSON
    """Read the windows of an ``off_peak_pricing`` block.

    Parameters
    ----------
    block
        The value of the key in a cost-map entry. Windows are ``"HH:MM-HH:MM"`` (start included,
        end not; past midnight when the end is not after the start), alone or in a list, at the
        top for every day and under ``windows`` for some weekdays. Malformed ones are skipped, as
        LiteLLM does.

    Returns
    -------
    OffPeakHours or None
        None when the block has no window.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> hours = parse_off_peak({"hours_utc": "16:30-00:30", "input_cost_per_token": 1e-7})
    >>> [hours.at(datetime(2026, 7, 1, h, 0, tzinfo=timezone.utc)) for h in (0, 1, 16, 17)]
    [True, False, False, True]
    """
    if not isinstance(block, dict):
        return None
    flags = [False] * (7 * _DAY)
    rules = [{"hours_utc": block.get("hours_utc")}]
    windows = block.get("windows")
    rules += [w for w in windows if isinstance(w, dict)] if isinstance(windows, list) else []
    for rule in rules:
        minutes = list(_minutes(rule.get("hours_utc")))
        for weekday in _weekdays(rule):
            for minute in minutes:
                flags[weekday * _DAY + minute] = True
    return OffPeakHours(tuple(flags), _zone(block.get("weekday_timezone"))) if any(flags) else None


def _weekdays(rule: dict[str, Any]) -> Iterable[int]:
    if rule.get("weekdays") is None:
        return range(7)
    days = rule["weekdays"] if isinstance(rule["weekdays"], list) else []
    return [d for d in map(_weekday, days) if d is not None]


def _weekday(day: Any) -> int | None:  # noqa: ANN401 - parsed JSON
    if type(day) is int and 1 <= day <= len(_WEEKDAYS):
        return day - 1
    name = str(day).strip().lower()[:3]
    return _WEEKDAYS.index(name) if name in _WEEKDAYS else None


def _minutes(hours: Any) -> Iterator[int]:  # noqa: ANN401 - parsed JSON
    for window in hours if isinstance(hours, list) else [hours]:
        match = _WINDOW.fullmatch(window) if isinstance(window, str) else None
        if match:
            start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
            start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
            length = (end - start) % _DAY or _DAY  # equal ends are the whole day
            yield from ((start + i) % _DAY for i in range(length))


def _zone(name: Any) -> str:  # noqa: ANN401 - parsed JSON
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"
