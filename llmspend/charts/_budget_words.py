"""What a chart of a budget says in words."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.charts._course import DAY, Course
from llmspend.charts._intervals import INTERVAL_BY_NAME, name_of
from llmspend.charts._spans import span_names
from llmspend.text import usd

if TYPE_CHECKING:
    from llmspend.charts._words import Scope
    from llmspend.time_spans import TimeSpan

_LARGE: Final = 100


def money(amount: float) -> str:
    """Write an amount without cents where they say nothing.

    Parameters
    ----------
    amount
        USD.

    Returns
    -------
    str
        As `llmspend.text.usd` below $100.

    Examples
    --------
    >>> money(1814.55), money(15.955)
    ('$1,815', '$15.96')
    """
    return f"${amount:,.0f}" if amount >= _LARGE else usd(amount)


def name(span: TimeSpan) -> str:
    """Name a span to begin a sentence with.

    Parameters
    ----------
    span
        The days.

    Returns
    -------
    str
        With a capital letter.
    """
    (name,) = span_names([span])
    return f"{name[0].upper()}{name[1:]}"


def title(course: Course) -> str:
    """State how it ends, as far as that can be known.

    Parameters
    ----------
    course
        What is drawn.

    Returns
    -------
    str
        How far over or under the budget; "may" where the band holds the budget itself.
    """
    who = name(course.span)
    last, amount = course.last, course.amount
    if course.ahead.is_empty():
        return _title_without_forecast(who, course)
    total, low, high = last["total"], last["low"], last["high"]
    assert total is not None
    if amount is None:
        return f"{who} is heading for {money(total)}"
    away = f"{money(abs(total - amount))} {'over' if total > amount else 'under'} budget"
    if course.now > amount:
        return f"{who} is {money(course.now - amount)} over budget, heading {money(total - amount)}"
    sure = low is None or high is None or not low <= amount <= high
    return f"{who} is heading {away}" if sure else f"{who} may end {away}"


def _title_without_forecast(who: str, course: Course) -> str:
    is_over = course.method is None
    if course.amount is None:
        return f"{who} cost {money(course.now)}{'' if is_over else ' so far'}"
    left = course.amount - course.now
    if is_over:
        return f"{who} ended {money(abs(left))} {'over' if left < 0 else 'under'} budget"
    if left < 0:
        return f"{who} is {money(-left)} over budget already"
    return f"{money(left)} is left of the budget for {who}"


def _crossing(course: Course) -> str | None:
    if course.amount is None:
        return None
    for rows, verb in ((course.spent, "crossed"), (course.ahead, "forecast to cross")):
        crossed = rows.filter(pl.col("total") > course.amount, pl.col("day").is_not_null())
        if crossed.height:
            return f"{verb} {money(course.amount)} on {day(crossed['at'][0])}"
    return None


def day(moment: datetime) -> str:
    """Name the day that is over, or under way, at a moment of the chart.

    Parameters
    ----------
    moment
        A value of ``at``.

    Returns
    -------
    str
        Such as "Jun 8".
    """
    # what is drawn at a day's name is its end; within a day, it is that day still
    midnight = datetime.combine(moment.date(), time())
    shown = midnight if moment == midnight else midnight + DAY
    return name_of(INTERVAL_BY_NAME["day"], shown, "%b %-d")


def subtitle(course: Course, scope: Scope) -> list[str]:
    """State the scope, and the method of the forecast or why there is none.

    Parameters
    ----------
    course, scope
        What is drawn, and what of.

    Returns
    -------
    list of str
        Two lines or three.
    """
    crossing = _crossing(course)
    of_budget = f" of {usd(course.amount)}" if course.amount is not None else ""
    late = course.spent["at"][0] + DAY
    begins = f"the data begin on {day(late)}" if late.date() > course.span.first else None
    lines = scope.lines(
        f"{usd(course.now)}{of_budget} spent", *(note for note in (begins, crossing) if note)
    )
    if course.method is None:
        return lines
    method = course.method if course.ahead.is_empty() else f"forecast = {course.method}"
    return [lines[0], f"{method[0].upper()}{method[1:]}", *lines[1:]]


def description(course: Course) -> str:
    """Describe the lines.

    Parameters
    ----------
    course
        What is drawn.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    last = course.last
    if course.ahead.is_empty():
        return f"Line of cumulative spend, reaching {usd(course.now)}"
    band = (
        f", between {usd(last['low'])} and {usd(last['high'])}" if last["low"] is not None else ""
    )
    return (
        f"Line of cumulative spend, reaching {usd(course.now)} now and {usd(last['total'])} "
        f"by the end{band}"
    )
