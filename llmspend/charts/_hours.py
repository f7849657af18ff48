"""Hours of the week: when money is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import altair as alt
import polars as pl

from llmspend.charts._axes import dollars
from llmspend.charts._display import Column
from llmspend.charts._heading import empty, heading
from llmspend.charts._periods import SpendByPeriod, spend_by_period
from llmspend.charts._theme import INK, RAMP, REST
from llmspend.charts._words import Scope, percent
from llmspend.text import usd

if TYPE_CHECKING:
    from llmspend.spend import Charges

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORKING_DAYS: Final = 5
_OPENS, _CLOSES = 8, 18
_BAND: Final = 0.08
_ROW_HEIGHT: Final = 30
_TOP_HEIGHT: Final = 40
_SIDE_WIDTH: Final = 110
_WORDS_WIDTH: Final = 50
_LEGEND: Final = 180


class _Week(NamedTuple):
    """Spend per hour of the week.

    Attributes
    ----------
    cells
        ``day`` (0 is Monday), ``hour, spend`` (USD), ``requests``, ``times`` (how often the data
        cover that hour), ``average``.
    total
        USD.
    """

    cells: pl.DataFrame
    total: float

    @property
    def is_whole(self) -> bool:
        """Whether the data cover every hour of the week, and no credits make shares senseless."""
        return bool((self.cells["times"] > 0).all()) and float(self.cells["spend"].min()) >= 0  # type: ignore[arg-type]


def hours(
    data: Charges,
    *,
    tz: str | None = None,
    title: str | None = None,
    width: int = 680,
) -> alt.VConcatChart | alt.LayerChart:
    """Draw what an hour of the week costs: weekdays below one another, hours from left to right.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or an hourly breakdown of them:
        ``llmspend.breakdown(charges, every="hour", tz=...)``.
    tz
        IANA time zone of the clock. None: UTC for charges, its own for a breakdown.
    title
        The title; None for one that states what there is to see.
    width
        Of all plots together, in pixels.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        Colours are averages, USD per hour, over the hours between the first and the last request;
        above them the average of each hour of the day, beside them that of each weekday. What has
        no time or no price is not drawn. Without any spend, a chart that says so.

    Raises
    ------
    InputError
        When `data` is neither charges nor an hourly breakdown.
    UnknownNameError
        For a time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o"],
    ...         "started_at": [datetime(2026, 5, 4, 9, 30), datetime(2026, 5, 5, 17)],
    ...         "prompt_tokens": [100_000, 500_000],
    ...     }
    ... )
    >>> chart = hours(llmspend.price(calls), tz="Europe/Berlin")
    >>> chart.to_dict()["title"]["text"]
    'Spend peaks on Tue at 19:00'
    """
    spend = spend_by_period(data, None, "hour", tz)
    scope = Scope.of(spend.rows, spend.zone)
    week = _week(spend)
    lines = scope.lines(scope.in_all(week.total), *_peak(week))
    headline = _title(week, scope) if title is None else title
    top_of_page = heading(headline, lines, width, *_described(week))
    if week.total == 0:
        unpriced = bool(scope.unpriced_requests)
        height = _ROW_HEIGHT * len(_DAYS)
        return empty(top_of_page, width, height, unpriced=unpriced)
    cell = max(8, (width - _SIDE_WIDTH - _WORDS_WIDTH) // 24)
    side = alt.HConcatChart(
        hconcat=[_cells(week, spend.zone, cell * 24), _by_day(week)], spacing=14, bounds="flush"
    )
    return Column(
        vconcat=[_by_hour(week, cell * 24), side], spacing=6, bounds="flush", **top_of_page
    )


# -- data


def _week(spend: SpendByPeriod) -> _Week:
    drawn = spend.rows.filter(pl.col("spend").is_not_null())
    day, hour = pl.col("start").dt.weekday().cast(pl.Int64) - 1, pl.col("start").dt.hour()
    place = (day.alias("day"), hour.cast(pl.Int64).alias("hour"))
    sums = drawn.group_by(place).agg(pl.col("spend", "requests").sum())
    times = _covered(spend).to_frame("start").group_by(place).agg(times=pl.len().cast(pl.Int64))
    every = pl.DataFrame({"day": range(7)}).join(pl.DataFrame({"hour": range(24)}), how="cross")
    cells = (
        every.join(sums, on=["day", "hour"], how="left")
        .join(times, on=["day", "hour"], how="left")
        .with_columns(pl.col("spend", "requests", "times").fill_null(0))
        .with_columns(
            average=pl.when(pl.col("times") > 0).then(pl.col("spend") / pl.col("times")),
        )
        .sort("day", "hour")
    )
    return _Week(cells, float(cells["spend"].sum()))


def _covered(spend: SpendByPeriod) -> pl.Series:
    """List the hours from the first to the last, as clocks of the zone show them."""
    starts = spend.rows["start"]
    if starts.is_empty():
        return starts
    zone = spend.zone or "UTC"
    # absolute hours: where clocks change, one is missing or comes twice
    aware = starts.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    every = pl.select(start=pl.datetime_range(aware.min(), aware.max(), "1h", time_zone=zone))  # type: ignore[arg-type]
    return every["start"].dt.replace_time_zone(None)


# -- words


def _name(day: int, hour: int) -> str:
    return f"{_DAYS[day]} {hour:02}:00"


def _title(week: _Week, scope: Scope) -> str:
    if week.total == 0:
        return "Spend by hour of the week"
    if not week.is_whole:
        peak = _busiest(week)
        return f"Spend peaks on {_DAYS[peak['day']]} at {peak['hour']:02}:00"
    at_work = (pl.col("day") < _WORKING_DAYS) & pl.col("hour").is_between(_OPENS, _CLOSES - 1)
    outside = float(week.cells.filter(~at_work)["spend"].sum()) / week.total
    days = f"{_DAYS[0]}–{_DAYS[_WORKING_DAYS - 1]} {_OPENS:02}:00–{_CLOSES:02}:00"
    return f"{percent(outside)} {scope.of_the_spend} is outside {days}"


def _busiest(week: _Week) -> dict[str, int]:
    return week.cells.sort("average", descending=True, nulls_last=True).row(0, named=True)


def _peak(week: _Week) -> list[str]:
    if week.total == 0:
        return []
    peak = _busiest(week)
    return [f"the peak is {_name(peak['day'], peak['hour'])} at {usd(peak['average'])} an hour"]


def _described(week: _Week) -> list[str]:
    if week.total == 0:
        return []
    by_day = _daily(week).select("name", "usd").rows()
    return [
        "Heat map by hour and weekday. A day costs: " + ", ".join(f"{n} {u}" for n, u in by_day)
    ]


# -- layers


def _cells(week: _Week, zone: str | None, width: int) -> alt.LayerChart:
    rows = week.cells.filter(pl.col("times") > 0)
    table = rows.with_columns(
        pl.Series("name", [_DAYS[d] for d in rows["day"]], dtype=pl.String),
        pl.Series(
            "when",
            [f"{_name(d, h)} to {h:02}:59" for d, h in rows.select("day", "hour").rows()],
            dtype=pl.String,
        ),
        pl.Series("usd", [usd(v) for v in rows["average"]], dtype=pl.String),
        pl.Series("sum", [usd(v) for v in rows["spend"]], dtype=pl.String),
    )
    averages = table["average"].to_list()
    low, high = min(0.0, *averages), max(averages)
    colour = (
        alt.Color("average:Q")
        .scale(domain=[low, high], range=list(RAMP))
        .legend(
            title="Average USD per hour",
            orient="bottom",
            direction="horizontal",
            titleOrient="left",
            gradientLength=_LEGEND,
            gradientThickness=12,
            labelExpr=dollars(high),
            tickCount=4,
            offset=10,
        )
    )
    clock = alt.Axis(
        labelExpr="datum.value % 3 == 0 ? (datum.value < 10 ? '0' : '') + datum.value + ':00' : ''",
        labelAngle=0,
        labelOverlap=False,
        domain=False,
        ticks=False,
        grid=False,
    )
    marks = (
        alt.Chart(table)
        .mark_rect(cornerRadius=2)
        .encode(
            x=_hour(clock, f"Hour of the day ({zone})" if zone else "Hour of the day"),
            y=_day(named=True),
            color=colour,
            tooltip=[
                alt.Tooltip("when:N", title="Hour"),
                alt.Tooltip("usd:N", title="Average spend"),
                alt.Tooltip("sum:N", title="Spend in all"),
                alt.Tooltip("requests:Q", title="Requests in all", format=","),
                alt.Tooltip("times:Q", title="Such hours", format=","),
            ],
        )
    )
    return alt.LayerChart(layer=[marks], width=width, height=_ROW_HEIGHT * len(_DAYS))


def _by_hour(week: _Week, width: int) -> alt.LayerChart:
    rows = _averages(week, "hour")
    table = rows.with_columns(
        pl.Series("name", [f"{h:02}:00" for h in rows["hour"]], dtype=pl.String)
    )
    bars = (
        alt.Chart(table)
        .mark_bar(color=REST)
        .encode(
            x=_hour(None, None),
            y=alt.Y("average:Q").axis(None),
            tooltip=[
                alt.Tooltip("name:N", title="Hour of the day"),
                alt.Tooltip("usd:N", title="Average spend"),
            ],
        )
    )
    return alt.LayerChart(layer=[bars], width=width, height=_TOP_HEIGHT)


def _by_day(week: _Week) -> alt.LayerChart:
    base = alt.Chart(_daily(week)).encode(
        y=_day(named=False),
        x=alt.X("average:Q").stack(None).axis(None),
        tooltip=[
            alt.Tooltip("name:N", title="Weekday"),
            alt.Tooltip("usd:N", title="Average spend per day"),
        ],
    )
    bars = base.mark_bar(color=REST, height=alt.RelativeBandSize(band=0.62))
    words = base.mark_text(align="left", dx=6, color=INK).encode(text=alt.Text("usd:N"))
    return alt.LayerChart(layer=[bars, words], width=_SIDE_WIDTH, height=_ROW_HEIGHT * len(_DAYS))


def _averages(week: _Week, by: str) -> pl.DataFrame:
    """Average over the hours there are: what is not covered counts nowhere."""
    table = (
        week.cells.group_by(by)
        .agg(pl.col("spend", "times").sum())
        .filter(pl.col("times") > 0)
        .with_columns(average=pl.col("spend") / pl.col("times"))
        .sort(by)
    )
    return table.with_columns(pl.Series("usd", [usd(v) for v in table["average"]], dtype=pl.String))


def _daily(week: _Week) -> pl.DataFrame:
    """Average what a day costs: the sum of its hours, as far as there is any such hour."""
    table = week.cells.filter(pl.col("times") > 0).group_by("day").agg(pl.col("average").sum())
    table = table.sort("day")
    return table.with_columns(
        pl.Series("usd", [usd(v) for v in table["average"]], dtype=pl.String),
        pl.Series("name", [_DAYS[d] for d in table["day"]], dtype=pl.String),
    )


def _hour(axis: alt.Axis | None, title: str | None) -> alt.X:
    scale = alt.Scale(domain=list(range(24)), paddingInner=_BAND, paddingOuter=_BAND / 2)
    return alt.X("hour:O").scale(scale).axis(axis).title(title)


def _day(*, named: bool) -> alt.Y:
    scale = alt.Scale(domain=list(_DAYS), paddingInner=_BAND, paddingOuter=_BAND / 2)
    axis = alt.Axis(domain=False, ticks=False, grid=False, labelColor=INK) if named else None
    return alt.Y("name:N").scale(scale).axis(axis).title(None)
