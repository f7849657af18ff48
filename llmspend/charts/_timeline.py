"""Bars along time, for charts that add nothing up by member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts._axes import FEWEST_SLOTS, dollars, slots, time_axis, utc
from llmspend.charts._channels import opacity
from llmspend.charts._intervals import Interval, name_of, wall_clock
from llmspend.charts._periods import SpendByPeriod, partial_periods
from llmspend.charts._size import check_size, coarser
from llmspend.charts._theme import PAPER
from llmspend.text import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

_STROKED_FROM: Final = 4
_PALE: Final = 0.5


def check_periods(rows: pl.DataFrame, interval: Interval, marks: int, what: str) -> None:
    """Refuse more bars than can be seen.

    Parameters
    ----------
    rows
        As of `period_rows`.
    interval
        What the periods are.
    marks
        How many marks a period has.
    what
        What they are.

    Raises
    ------
    InputError
        When there are more than 5,000.
    """
    many = rows.height * marks
    check_size(
        many,
        f"{whole(rows.height)} {interval.name}s of {marks} {what} are {whole(many)} bar segments",
        f"every={coarser(interval, rows['start'], marks)!r}, or a shorter time",
    )


def named_periods(rows: pl.DataFrame, interval: Interval) -> pl.DataFrame:
    """Write times as Vega reads them, and the name of each period.

    Parameters
    ----------
    rows
        As of `period_rows`.
    interval
        What the periods are.

    Returns
    -------
    polars.DataFrame
        The rows with ``start`` and ``end`` as text, ``period``, and ``partial``, for those that the
        data do not fill.
    """
    times = rows.with_columns(wall_clock(pl.col("first_at", "last_at")))
    partial = partial_periods(SpendByPeriod(times, interval, None))
    names = [
        name_of(interval, start, interval.long) + (" (partial)" if start in partial else "")
        for start in rows["start"]
    ]
    return rows.with_columns(
        pl.Series("period", names, dtype=pl.String),
        pl.col("start").is_in(partial).alias("partial"),
        utc(pl.col("start")).alias("start"),
        utc(pl.col("end")).alias("end"),
    )


def time_bars(chart: alt.Chart, rows: pl.DataFrame, interval: Interval, width: int) -> alt.Chart:
    """Draw bars that are as wide as their period.

    Parameters
    ----------
    chart
        Of `named_periods`.
    rows
        As of `period_rows`: where the bars stand.
    interval
        What the periods are.
    width
        Of the plot, in pixels.

    Returns
    -------
    altair.Chart
        To be given a y.
    """
    periods = slots(interval, rows)
    is_wide = width / max(len(periods), FEWEST_SLOTS) >= _STROKED_FROM
    # with x and x2 Vega-Lite takes bars for horizontal ones
    marks = chart.mark_bar(orient="vertical", stroke=PAPER, strokeWidth=1 if is_wide else 0)
    bars: alt.Chart = marks.encode(
        x=time_axis(interval, periods, width),
        x2=alt.X2("end"),
        opacity=opacity(1, "datum.partial", _PALE),
    )
    return bars


def per(interval: Interval, rows: pl.DataFrame, unit: str = "USD") -> str:
    """Write the title of an axis.

    Parameters
    ----------
    interval
        What the periods are.
    rows
        As of `named_periods`.
    unit
        What is drawn.

    Returns
    -------
    str
        With a word on pale bars, if there are any.
    """
    return f"{unit} per {interval.name}" + (", pale: partial" if rows["partial"].any() else "")


def usd_axis(field: str, title: str, sizes: Sequence[float]) -> alt.Y:
    """Lay amounts of money out.

    Parameters
    ----------
    field
        The column.
    title
        Of the axis.
    sizes
        What is drawn.

    Returns
    -------
    altair.Y
        With $ labels.
    """
    highest = max(map(abs, sizes), default=0.0)
    return alt.Y(f"{field}:Q").title(title).axis(labelExpr=dollars(highest), tickCount=4)
