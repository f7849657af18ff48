"""Budget: what was spent of it, how fast, and where that leads."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts import _budget_words
from llmspend.charts._axes import dollars, point_axis, utc
from llmspend.charts._budget_words import day, money
from llmspend.charts._course import DAY, Course, course_of
from llmspend.charts._display import Chart
from llmspend.charts._heading import empty, heading
from llmspend.charts._intervals import INTERVAL_BY_NAME
from llmspend.charts._size import check_size
from llmspend.charts._theme import MORE, MUTED, PALETTE
from llmspend.charts._words import Scope
from llmspend.daily import daily_spend
from llmspend.errors import InputError
from llmspend.spend_forecast import DAYS
from llmspend.text import usd, whole
from llmspend.time_spans import AROUND, TimeSpan, time_span

if TYPE_CHECKING:
    from llmspend.daily import DailySpend
    from llmspend.spend import Charges

_HEADROOM: Final = 1.1
_VERY_EARLY: Final = 0.08
_NOW: Final[tuple[tuple[float, bool | None, dict[str, Any]], ...]] = (
    (0.8, True, {"align": "left", "dx": 10, "dy": 20}),
    (1.0, True, {"align": "right", "dy": 46}),
    (0.18, None, {"align": "left", "dx": 8, "dy": 22}),
    (1.0, None, {"align": "right", "dx": -10}),
)
"""Up to which part of the days, below the even pace or not, words stand where beside the point:
never right above it, where the forecast goes on."""
_NOW_OF_CREDITS: Final[dict[str, Any]] = {"align": "left", "dx": 8}
"""Where they stand beside a line that falls."""
_DASH: Final = [6, 4]


def budget(
    data: Charges,
    amount: float | None = None,
    *,
    span: str | date | tuple[date, date] | None = None,
    tz: str | None = None,
    days: int = DAYS,
    title: str | None = None,
    width: int = 680,
    height: int = 340,
) -> Chart:
    """Draw how a budget is used up, and where that leads.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them per
        day: ``llmspend.breakdown(charges, every="day")``.
    amount
        The budget, USD; None to see only where spend is heading.
    span
        The days it is for: ``"2026-06"``, ``"2026-Q2"``, ``"2026-06-08..2026-06-21"``, or a first
        and a last day. None: the month in which the data end.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.
    days
        From how many of the last days to forecast; see `llmspend.forecast`, which is the method.
    title
        The title; None for one that states what there is to see.
    width, height
        Of the plot, in pixels.

    Returns
    -------
    altair.LayerChart
        The sum of spend day by day, its forecast up to the last day with a band of 80 %, the budget
        and an even pace towards it. A point stands where a day ends. With too few days for a
        forecast there is none, and the subtitle says so. Without any spend in these days, a chart
        that says that.

    Raises
    ------
    InputError
        When `data` is neither charges nor a breakdown per day, `span` cannot be read or has more
        than 2,000 days, or `amount` is not above 0.
    UnknownNameError
        For a time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> noon = pl.datetime_range(datetime(2026, 6, 1, 12), datetime(2026, 6, 14, 12), "1d")
    >>> calls = pl.select(started_at=noon, model=pl.lit("gpt-4o"), prompt_tokens=4_000_000)
    >>> chart = budget(llmspend.price(calls), 250)
    >>> chart.to_dict()["title"]["text"]
    'June is heading $50.00 over budget'
    """
    if amount is not None and not 0 < amount < float("inf"):
        raise InputError(f"amount is the budget in USD, more than 0, not {amount!r}.")
    daily = daily_spend(data, tz)
    within = _span(daily, span)
    inside = daily.rows.filter(pl.col("day").is_between(within.first, within.last))
    scope = _scope(inside, daily.zone)
    if not inside["spend"].sum():
        lines = scope.lines("Unknown spend" if scope.is_unknown else usd(0.0))
        name = "Budget" if span is None and daily.rows.is_empty() else _budget_words.name(within)
        headline = (
            title
            if title is not None
            else f"{name}: {'unknown' if scope.is_unknown else 'no'} spend"
        )
        return empty(
            heading(headline, lines, width),
            width,
            height,
            unpriced=scope.is_unknown,
        )
    check_size(3 * within.days, f"{whole(within.days)} days are too many points", "a shorter span")
    course = course_of(daily, inside, within, amount, days)
    lines = _budget_words.subtitle(course, scope)
    top = heading(
        _budget_words.title(course) if title is None else title,
        lines,
        width,
        _budget_words.description(course),
    )
    layers = [*_spent(course), *_ahead(course), *_goal(course), *_labels(course)]
    first, *rest = layers
    x = point_axis(INTERVAL_BY_NAME["day"], _moments(within), width, before=DAY)
    y = (
        alt.Y("total:Q")
        .scale(domain=[end * _HEADROOM for end in course.reach], nice=False)
        .axis(labelExpr=dollars(max(map(abs, course.reach))), tickCount=6)
        .title("Cumulative USD")
    )
    return Chart(layer=[first.encode(x=x, y=y), *rest], width=width, height=height, **top)


# -- data


def _span(daily: DailySpend, given: str | date | tuple[date, date] | None) -> TimeSpan:
    if given is not None:
        return time_span(given)
    until = daily.rows["day"].max()
    return AROUND["month"](until if isinstance(until, date) else date(1970, 1, 1))


def _scope(inside: pl.DataFrame, zone: str | None) -> Scope:
    requests, unpriced = inside.select(pl.col("requests", "unpriced_requests").sum()).row(0)
    if inside.is_empty():
        return Scope(0, 0, None, None, zone)
    bounds = inside.select(pl.col("day").first(), last=pl.col("day").last()).row(0)
    first, last = (datetime.combine(day, time()) for day in bounds)
    return Scope(requests, unpriced, first, last, zone)


def _moments(span: TimeSpan) -> list[datetime]:
    return [datetime.combine(span.first + i * DAY, time()) for i in range(span.days)]


# -- layers


def _spent(course: Course) -> list[alt.Chart]:
    rows = course.spent
    table = rows.select(
        utc(pl.col("at")).alias("at"),
        "total",
        pl.Series("day", [day(at) for at in rows["at"]], dtype=pl.String),
        pl.Series("usd", [usd(v) for v in rows["spend"]], dtype=pl.String),
        pl.Series("sum", [usd(v) for v in rows["total"]], dtype=pl.String),
    )
    base = alt.Chart(table).encode(x=alt.X("at:T"), y=alt.Y("total:Q"))
    points = base.transform_filter("datum.total != 0").encode(
        tooltip=[
            alt.Tooltip("day:N", title="Day"),
            alt.Tooltip("usd:N", title="Spend"),
            alt.Tooltip("sum:N", title="Up to then"),
        ]
    )
    return [
        base.mark_area(color=PALETTE[0], opacity=0.1, line=False),
        base.mark_line(color=PALETTE[0], strokeWidth=2.5),
        points.mark_point(size=110, opacity=0, filled=True),
    ]


def _ahead(course: Course) -> list[alt.Chart]:
    rows = course.ahead
    if rows.is_empty():
        return []
    between = [
        f"{usd(low)} to {usd(high)}" if low is not None else "unknown"
        for low, high in rows.select("low", "high").rows()
    ]
    table = rows.select(
        utc(pl.col("at")).alias("at"),
        "total",
        "low",
        "high",
        pl.Series("day", [day(at) for at in rows["at"]], dtype=pl.String),
        pl.Series("usd", [usd(v) for v in rows["spend"]], dtype=pl.String),
        pl.Series("sum", [usd(v) for v in rows["total"]], dtype=pl.String),
        pl.Series("between", between, dtype=pl.String),
    )
    base = alt.Chart(table).encode(x=alt.X("at:T"), y=alt.Y("total:Q"))
    tips = [
        alt.Tooltip("day:N", title="Day"),
        alt.Tooltip("usd:N", title="Forecast"),
        alt.Tooltip("sum:N", title="Up to then"),
        alt.Tooltip("between:N", title="80% band"),
    ]
    band = base.mark_area(color=PALETTE[0], opacity=0.18).encode(
        y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
    )
    return [
        *([band] if rows["low"].null_count() == 0 else []),
        base.mark_line(color=PALETTE[0], strokeWidth=2.5, strokeDash=_DASH),
        base.mark_point(size=110, opacity=0, filled=True).encode(tooltip=tips),
    ]


def _goal(course: Course) -> list[alt.Chart]:
    if course.amount is None:
        return []
    begin, end = course.bounds
    pace = pl.DataFrame({"at": [begin, end], "total": [0.0, course.amount]})
    line = alt.Chart(pace.with_columns(utc(pl.col("at")))).encode(
        x=alt.X("at:T"), y=alt.Y("total:Q")
    )
    goal = alt.Chart(pl.DataFrame({"total": [course.amount]})).encode(y=alt.Y("total:Q"))
    return [
        line.mark_line(color=MUTED, strokeWidth=1.25, strokeDash=[2, 3]),
        goal.mark_rule(color=MORE, strokeWidth=2),
    ]


def _labels(course: Course) -> list[alt.Chart]:
    begin, end = course.bounds
    at, now, last = course.spent["at"][-1], course.now, course.last
    gone = (at - begin) / (end - begin)
    point = alt.Chart(pl.DataFrame({"at": [at], "total": [now]}).with_columns(utc(pl.col("at"))))
    dot = point.mark_point(color=PALETTE[0], size=90, filled=True, opacity=1)
    layers = [dot.encode(x=alt.X("at:T"), y=alt.Y("total:Q"))]
    words = money(now) + ("" if course.method is None else " to date")
    is_slow = course.amount is not None and now < course.amount * gone
    if gone > _VERY_EARLY:  # else there is no room for words: the subtitle has them too
        place = next(
            style for until, slow, style in _NOW if gone <= until and slow in (is_slow, None)
        )
        layers.append(_label(at, now, words, PALETTE[0], **(_NOW_OF_CREDITS if now < 0 else place)))
    if not course.ahead.is_empty():
        high, total, low = (last[name] or last["total"] for name in ("high", "total", "low"))
        total = total or 0.0
        words = f"{money(total)} forecast"
        at_end: dict[str, Any] = {"align": "right", "dx": -4}
        if course.amount is None or total > course.amount:
            # at the end of the line, on the side that it does not come from
            place = at_end | ({"dy": 22} if total < now else {})
            layers.append(_label(end, total, words, PALETTE[0], **place))
        elif (high or 0.0) > course.amount:
            layers.append(_label(end, high, words, PALETTE[0], **at_end))
        else:
            layers.append(_label(end, low, words, PALETTE[0], align="right", dy=60))
    return layers + (_goal_labels(course, begin, end) if course.amount is not None else [])


def _goal_labels(course: Course, begin: datetime, end: datetime) -> list[alt.Chart]:
    assert course.amount is not None
    third = begin + (end - begin) / 3
    early = course.spent.filter(pl.col("at") <= pl.lit(third))["total"].max() or 0.0
    free = isinstance(early, float) and early < course.amount * 0.8
    words = f"Budget {money(course.amount)}"
    goal = _label(begin, course.amount, words, MORE, align="left", dx=5)
    if not free:
        goal = _label(end, course.amount, words, MORE, align="right", dx=-4, dy=14)
    far = begin + (end - begin) * 0.9
    ends_below = (course.last["total"] or 0.0) < course.amount
    above = {"align": "right", "dx": -4, "dy": -6}
    below = {"align": "center", "dy": 26}
    pace = _label(
        far,
        course.amount * 0.9,
        "even pace",
        MUTED,
        weight="normal",
        **(above if ends_below else below),
    )
    return [goal, pace]


def _label(at: datetime, total: float | None, words: str, colour: str, **style: Any) -> alt.Chart:  # noqa: ANN401 - of a mark
    place = pl.DataFrame({"at": [at], "total": [total], "words": [words]})
    style = {"dy": -8, "fontWeight": style.pop("weight", 600), "baseline": "bottom"} | style
    chart: alt.Chart = (
        alt.Chart(place.with_columns(utc(pl.col("at"))))
        .mark_text(color=colour, fontSize=13, **style)
        .encode(x=alt.X("at:T"), y=alt.Y("total:Q"), text=alt.Text("words:N"))
    )
    return chart
