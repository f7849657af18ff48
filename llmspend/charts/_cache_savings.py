"""Cache savings: what prompt caching saved, and what it cost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.caching import savings_by, with_ratios
from llmspend.charts._heading import empty, heading
from llmspend.charts._measured import Amount, Share, measured
from llmspend.charts._panels import colour_of_kinds, over_and_under
from llmspend.charts._ranked import NAMES_WIDTH, bars_in_words, rank, top_of
from llmspend.charts._theme import INK, LESS, MORE, PALETTE
from llmspend.charts._timeline import check_periods, named_periods, per, time_bars, usd_axis
from llmspend.charts._totals import Source, sums_of
from llmspend.charts._words import Scope, noun, percent, strange
from llmspend.text import usd

if TYPE_CHECKING:
    from llmspend.charts._intervals import Interval
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges, Grouping

_MONEY: Final = (
    "spend",
    "saved_by_reads",
    "write_surcharge",
    "saved",
    "fresh_input_cost",
    "cache_read_cost",
    "cache_creation_cost",
)
_COUNTS: Final = (
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "strange_rows",
)
_READS, _WRITES = "Saved by reads", "Paid on top for writes"
_IS_CACHED: Final = pl.col("cache_read_tokens") + pl.col("cache_creation_tokens") > 0
_COLOURS: Final = {_READS: LESS, _WRITES: MORE}
_FROM_CACHE: Final = Share("hit_ratio", "Input from the cache", "From the cache", ".1%", PALETTE[0])
_TIME_HEIGHT: Final = 150


def cache_savings(
    data: Charges,
    by: str | None = "model",
    *,
    every: str | None = None,
    tz: str | None = None,
    top: int = 10,
    cost_map: CostMap | RateCard | None = None,
    title: str | None = None,
    width: int = 680,
) -> alt.VConcatChart | alt.LayerChart:
    """Draw what prompt caching saved, by member and, if asked, over time.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a table that
        `llmspend.cache_savings` made of them.
    by
        One of `llmspend.DIMENSIONS`; None for none.
    every
        One of `llmspend.PERIODS`: also draw what was saved over time.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a table.
    top
        How many members have a bar of their own, 1 to 60; the others are added up as "Other".
    cost_map
        Whose rates the charges were priced with; as for `llmspend.price`.
    title
        The title; None for one that states what there is to see.
    width
        Of the plots side by side, in pixels; names stand left of them.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        To the right what the tokens read from the cache would have cost more as fresh input, USD;
        to the left what writing to it cost more; beside them what is left, with its share of what
        the input would have cost, and the share of the input that came from the cache. Members
        without a cache are left out.

    Raises
    ------
    InputError
        When `data` is neither charges nor such a table, or there would be too much to draw.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4o"], "prompt_tokens": [100_000], "cache_read_tokens": [80_000]}
    ... )
    >>> chart = cache_savings(llmspend.price(calls))
    >>> chart.to_dict()["title"]["text"]
    'Caching saved $0.10, 40% of what the input would have cost'
    """
    computed = partial(_savings, data, cost_map)
    source = Source("saved_by_reads", _MONEY, _COUNTS, "cache_savings", computed)
    sums = sums_of(data, by, every, tz, source)
    scope = Scope.of(sums.rows, sums.zone)
    total = _total(sums.rows)
    bars = _bars(sums.members, top) if sums.members is not None else None
    headline = _title(total) if title is None else title
    frame = heading(
        headline,
        [
            *_lines(total, scope, bars, by, timed=every is not None),
            *strange(int(total["strange_rows"])),
        ],
        width + NAMES_WIDTH,
        *bars_in_words(bars),
    )
    if not total["cached"]:
        unpriced = bool(scope.unpriced_requests)
        note = "nothing in this range was cached" if total["spend"] else None
        return empty(frame, width, unpriced=unpriced, note=note)
    members = None
    if bars is not None and by is not None:
        members = partial(_by_member, bars, by, width, legend=sums.periods is None)
    return over_and_under(sums, frame, partial(_over_time, width=width), members)


def _savings(
    data: Charges, cost_map: CostMap | RateCard | None, groupings: list[Grouping], tz: str
) -> list[pl.DataFrame]:
    return savings_by(data, groupings, tz=tz, cost_map=cost_map)


# -- data


def _total(rows: pl.DataFrame) -> dict[str, Any]:
    summed = rows.select(pl.col(*_MONEY, *_COUNTS).sum())
    return with_ratios(summed).with_columns(_IS_CACHED.alias("cached")).row(0, named=True)


def _bars(members: pl.DataFrame, top: int) -> pl.DataFrame:
    cached = members.filter(_IS_CACHED)
    table = with_ratios(
        rank(cached, top, [pl.col("saved").abs(), pl.col("spend")], (*_MONEY, *_COUNTS))
    )
    texts = [
        f"{usd(saved)} · {percent(ratio)}" if ratio and ratio > 0 else usd(saved)
        for saved, ratio in table.select("saved", "saved_ratio").rows()
    ]
    return table.with_columns(pl.Series("text", texts, dtype=pl.String))


def _kinds(rows: pl.DataFrame, *keep: str) -> pl.DataFrame:
    """Make two rows of each: what was saved goes up, what was paid on top goes down."""
    cheaper = (-pl.col("write_surcharge")).clip(0)
    read = rows.with_columns(
        kind=pl.lit(_READS), amount=pl.col("saved_by_reads") + cheaper, size="saved_by_reads"
    )
    written = rows.with_columns(
        kind=pl.lit(_WRITES), amount=-pl.col("write_surcharge").clip(0), size="write_surcharge"
    )
    both = pl.concat([read, written]).filter(pl.col("amount") != 0)
    return both.select(
        *keep,
        "kind",
        "amount",
        pl.Series("usd", [usd(v) for v in both["size"]], dtype=pl.String),
        pl.Series("net", [usd(v) for v in both["saved"]], dtype=pl.String),
        pl.col("hit_ratio").round(4),
        "cache_read_tokens",
        "cache_creation_tokens",
    )


# -- words


def _title(total: dict[str, Any]) -> str:
    saved = total["saved"]
    if not total["cached"]:
        return "Nothing was cached" if total["spend"] else "Cache savings"
    if saved < 0:
        return f"Caching cost {usd(-saved)} more than it saved"
    share = percent(total["saved_ratio"] or 0.0)
    return f"Caching saved {usd(saved)}, {share} of what the input would have cost"


def _lines(
    total: dict[str, Any], scope: Scope, bars: pl.DataFrame | None, by: str | None, *, timed: bool
) -> list[str]:
    if not total["cached"]:
        return scope.lines(scope.in_all(total["spend"]))
    amount = f"{usd(total['saved_by_reads'])} saved by reads"
    if total["write_surcharge"]:
        amount += f" less {usd(total['write_surcharge'])} on top for writes"
    shown = [] if bars is None or by is None else top_of(bars, by)
    return scope.lines(amount, *shown, *(["lines: what is left"] if timed else []))


# -- layers


def _tooltip(first: alt.Tooltip) -> list[alt.Tooltip]:
    return [
        first,
        alt.Tooltip("kind:N", title="What"),
        alt.Tooltip("usd:N", title="Amount"),
        alt.Tooltip("net:N", title="Saved in the end"),
        alt.Tooltip("hit_ratio:Q", title="Input from the cache", format=".1%"),
        alt.Tooltip("cache_read_tokens:Q", title="Tokens read", format=","),
        alt.Tooltip("cache_creation_tokens:Q", title="Tokens written", format=","),
    ]


def _by_member(bars: pl.DataFrame, by: str, width: int, *, legend: bool) -> alt.HConcatChart:
    amount = Amount(
        _kinds(bars, "label", "name", "rank"),
        "amount",
        pl.col("saved_by_reads") + (-pl.col("write_surcharge")).clip(0),
        colour_of_kinds(_COLOURS, legend=legend),
        _tooltip(alt.Tooltip("name:N", title=noun(by).capitalize())),
    )
    return measured(bars, amount, _FROM_CACHE, width)


def _over_time(rows: pl.DataFrame, interval: Interval, width: int) -> alt.LayerChart:
    check_periods(rows, interval, 3, "kinds")
    timed = named_periods(with_ratios(rows), interval)
    kinds = _kinds(timed, "start", "end", "period", "partial")
    amounts = kinds["amount"].to_list()
    drawn = time_bars(alt.Chart(kinds), rows, interval, width).encode(
        y=usd_axis("amount", per(interval, timed), amounts).stack(None),
        color=colour_of_kinds(_COLOURS),
        tooltip=_tooltip(alt.Tooltip("period:N", title=interval.name.capitalize())),
    )
    net = (
        alt.Chart(timed.select("start", "end", "saved"))
        .mark_rule(color=INK, strokeWidth=2)
        .encode(x=alt.X("start:T"), x2=alt.X2("end:T"), y=alt.Y("saved:Q"))
    )
    return alt.LayerChart(layer=[drawn, net], width=width, height=_TIME_HEIGHT)
