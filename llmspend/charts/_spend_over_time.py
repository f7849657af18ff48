"""Spend over time: stacked bars, one per hour, day, week or month."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts import _words
from llmspend.charts._axes import (
    FEWEST_SLOTS,
    colour,
    dollars,
    label_of,
    slots,
    time_axis,
    tooltip,
    utc,
)
from llmspend.charts._display import Chart
from llmspend.charts._empty import nothing
from llmspend.charts._intervals import Interval, name_of
from llmspend.charts._members import Member, fold
from llmspend.charts._names import clean
from llmspend.charts._notes import partial_notes
from llmspend.charts._periods import SpendByPeriod, spend_by_period
from llmspend.charts._size import check_size, coarser
from llmspend.charts._theme import PAPER
from llmspend.text import usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.spend import Charges

_STROKED_FROM: Final = 4


def spend_over_time(
    data: Charges,
    by: str = "model",
    *,
    every: str | None = None,
    tz: str | None = None,
    top: int = 6,
    title: str | None = None,
    width: int = 680,
    height: int = 300,
) -> alt.LayerChart:
    """Draw spend per hour, day, week or month as stacked bars.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them with
        periods: ``llmspend.breakdown(charges, by, every=...)``.
    by
        The dimension that gives the colours: one of `llmspend.DIMENSIONS`.
    every
        One of `llmspend.PERIODS`. None: weeks for charges, its own periods for a breakdown.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a breakdown.
    top
        How many members to show, 1 to 7; the others are added up as "Other".
    title
        The title; None for one that states what there is to see.
    width, height
        Of the plot without legend and title, in pixels.

    Returns
    -------
    altair.LayerChart
        The chart. It shows itself in a notebook, also offline; a click on a name in the legend
        isolates it; ``chart.save("spend.html")`` and, with the extra ``export``, ``.png`` and
        ``.svg`` write it to a file. A first or last period that the data do not cover is labelled
        as partial. Requests without a price are not drawn as $0: the subtitle counts them.

    Raises
    ------
    InputError
        When `data` is neither charges nor a breakdown with periods by `by`, or when there would
        be more than 5,000 bar segments.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import polars as pl, llmspend
    >>> from datetime import datetime
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o-mini"],
    ...         "started_at": [datetime(2026, 5, 4), datetime(2026, 5, 12)],
    ...         "prompt_tokens": [100_000, 100_000],
    ...     }
    ... )
    >>> chart = spend_over_time(llmspend.price(calls), by="model")
    >>> chart.to_dict()["title"]["text"]
    'gpt-4o is 94% of the spend'
    """
    spend = spend_by_period(data, by, every, tz)
    members, folded = fold(spend, top)
    _check_size(spend, members, folded, by)
    headline = clean(_words.title(spend, members, by) if title is None else title)
    lines = _words.subtitle(spend, members, by)
    layers = (
        _bars(spend, members, folded, by, width)
        if members
        else [nothing(width, height, unpriced=bool(spend.total("unpriced_requests")))]
    )
    return Chart(
        layer=layers,
        title=alt.TitleParams(headline, subtitle=lines, limit=width + 220),
        description=_words.description(headline, lines, members),
        width=width,
        height=height,
    )


def _check_size(
    spend: SpendByPeriod, members: Sequence[Member], folded: pl.DataFrame, by: str
) -> None:
    name = spend.interval.name
    longer = coarser(spend.interval, folded["start"], len(members))
    check_size(
        folded.height,
        f"{whole(folded['start'].n_unique())} {name}s of {len(members)} "
        f"{_words.noun(by, plural=True)} are {whole(folded.height)} bar segments",
        f"every={longer!r}, a smaller top, or a shorter time",
    )


# -- layers


def _bars(
    spend: SpendByPeriod, members: Sequence[Member], folded: pl.DataFrame, by: str, width: int
) -> list[alt.Chart]:
    periods = slots(spend.interval, folded)
    click = alt.selection_point(
        name=f"pick_{re.sub(r'[^A-Za-z0-9]', '_', by)}", fields=["member"], bind="legend"
    )
    table = _rows(spend.interval, members, folded)
    slot_width = width / max(len(periods), FEWEST_SLOTS)
    stacks = folded.group_by("start").agg(pl.col("spend").clip(0).sum())["spend"].to_list()
    y = alt.Y("spend:Q").title(f"USD per {spend.interval.name}")
    bars = (
        alt.Chart(table)
        .mark_bar(
            orient="vertical",  # with x and x2 Vega-Lite takes bars for horizontal ones
            stroke=PAPER,
            strokeWidth=1 if slot_width >= _STROKED_FROM else 0,
        )
        .encode(
            x=time_axis(spend.interval, periods, width),
            x2=alt.X2("end"),
            y=y.axis(labelExpr=dollars(max(stacks)), tickCount=5),
            color=colour(members, by),
            order=alt.Order("rank:Q"),
            tooltip=tooltip(table, spend.interval, by),
        )
        .transform_filter(click)
        .add_params(click)
    )
    return [bars, *partial_notes(spend, members, folded, slot_width, click)]


# -- data


def _rows(interval: Interval, members: Sequence[Member], folded: pl.DataFrame) -> pl.DataFrame:
    starts = folded["start"].unique().to_list()
    titles = {s: name_of(interval, s, interval.long) for s in starts}
    share = pl.col("spend") / pl.col("spend").sum().over("start")
    rank = pl.col("rank")
    full = {i: m.full for i, m in enumerate(members)}
    table = folded.select(
        utc(pl.col("start")).alias("start"),
        utc(pl.col("end")).alias("end"),
        label_of(members).alias("member"),
        rank,
        "spend",
        pl.Series("usd", [usd(v) for v in folded["spend"]], dtype=pl.String),
        pl.when(share.is_between(0, 1)).then(share.round(4)).alias("share"),
        "requests",
        pl.col("total_tokens").alias("tokens"),
        pl.Series("period", [titles[s] for s in folded["start"]], dtype=pl.String),
        rank.replace_strict(full, return_dtype=pl.String).alias("name"),
    )
    return table if any(m.label != m.full for m in members) else table.drop("name")
