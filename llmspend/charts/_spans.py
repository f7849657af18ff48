"""Spans of days: their names, and those that the data suggest."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.charts._intervals import INTERVAL_BY_NAME, name_of
from llmspend.charts._words import dates
from llmspend.measures import MEASURED
from llmspend.spend import frame_of
from llmspend.time_spans import AROUND, time_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.spend import Charges
    from llmspend.time_spans import TimeSpan

Given = str | date | tuple[date, date] | None
"""A span as users write it, or None."""

_SOME_DAY: Final = date(1970, 1, 2)

_PATTERNS: Final = {
    "day": "%b %-d",
    "week": "the week of %b %-d",
    "month": "%B",
    "quarter": "Q%q",
    "year": "%Y",
}
"""Kind of span → its name within a year, for strftime."""


def span_names(spans: Sequence[TimeSpan]) -> list[str]:
    """Name spans as briefly as they can be told apart.

    Parameters
    ----------
    spans
        Some.

    Returns
    -------
    list of str
        The year is in it only if they are of several.

    Examples
    --------
    >>> from llmspend.time_spans import time_span
    >>> span_names([time_span("2026-05"), time_span("2026-06")])
    ['May', 'June']
    >>> span_names([time_span("2025-12"), time_span("2026-W02")])
    ['December 2025', 'the week of Jan 5, 2026']
    >>> span_names([time_span("2026-06-01..2026-06-14")])
    ['Jun 1 to Jun 14, 2026']
    """
    years = {day.year for span in spans for day in (span.first, span.last)}
    return [_name(span, with_year=len(years) > 1) for span in spans]


def _name(span: TimeSpan, *, with_year: bool) -> str:
    first = _moment(span.first)
    if span.kind is None:
        return dates(first, _moment(span.last))
    name = name_of(INTERVAL_BY_NAME[span.kind], first, _PATTERNS[span.kind])
    if not with_year or span.kind == "year":
        return name
    return f"{name}, {first.year}" if name[-1].isdigit() else f"{name} {first.year}"


def _moment(day: date) -> datetime:
    return datetime.combine(day, time())


def covered_days(charges: Charges, zone: str) -> tuple[date, date] | None:
    """Find the first and the last day of charges.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them.
    zone
        IANA time zone in which days begin.

    Returns
    -------
    tuple of date or None
        None without any.
    """
    at = pl.col("started_at")
    frame = frame_of(charges, MEASURED)
    bounds = frame.select(at.min().alias("first"), at.max().alias("last")).collect()
    first, last = bounds.select(pl.all().dt.convert_time_zone(zone).dt.date()).row(0)
    return None if first is None else (first, last)


def two_spans(
    before: Given, after: Given, covered: tuple[date, date] | None
) -> tuple[TimeSpan, TimeSpan]:
    """Settle which two spans to compare.

    Parameters
    ----------
    before, after
        As `llmspend.time_spans.time_span` reads them; None for what goes with the other.
    covered
        The first and the last day of the data; None without data.

    Returns
    -------
    tuple of TimeSpan
        With one of them given, the other is beside it. With none, the last two whole months that
        the data cover, else weeks, else days.

    Examples
    --------
    >>> from datetime import date
    >>> names = lambda *given: span_names(two_spans(*given))
    >>> names(None, "2026-06", None)
    ['May', 'June']
    >>> names(None, None, (date(2026, 3, 31), date(2026, 6, 15)))
    ['April', 'May']
    >>> names(None, None, (date(2026, 5, 20), date(2026, 6, 15)))
    ['the week of Jun 1', 'the week of Jun 8']
    >>> names(None, None, (date(2026, 6, 14), date(2026, 6, 15)))
    ['Jun 14', 'Jun 15']
    """
    if after is not None:
        second = time_span(after)
        return (second.previous if before is None else time_span(before)), second
    if before is not None:
        first = time_span(before)
        return first, first.following
    begin, end = covered or (_SOME_DAY, _SOME_DAY)
    for kind in ("month", "week"):
        around = AROUND[kind](end)
        second = around if around.last == end else around.previous
        if second.previous.first >= begin:
            return second.previous, second
    second = AROUND["day"](end)
    return second.previous, second
