"""Token mix: what kinds of tokens there are, and what kinds the money goes to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts._heading import empty, heading
from llmspend.charts._panels import colour_of_kinds, over_and_under
from llmspend.charts._ranked import NAMES_WIDTH, height_of, member_axis, rank, top_of
from llmspend.charts._theme import OTHER, PAPER, PARTS
from llmspend.charts._timeline import check_periods, named_periods, per, time_bars, usd_axis
from llmspend.charts._totals import Source, sums_of
from llmspend.charts._words import Scope, noun, percent, strange
from llmspend.text import usd, whole
from llmspend.token_parts import PARTS as KINDS
from llmspend.token_parts import token_mixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspend.charts._intervals import Interval
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges, Grouping

_OTHER: Final = "other"
_LABELS: Final = {**{k.name: k.label for k in KINDS}, _OTHER: "Not by tokens"}
_COLOURS: Final = (*PARTS, OTHER)
_SUBJECTS: Final = {"cache_read": "Cache reads are", "cache_creation": "Cache writes are"}
_MONEY: Final = ("spend", *(f"{kind}_cost" for kind in _LABELS))
_COUNTS: Final = (*(f"{k.name}_tokens" for k in KINDS), "strange_rows")
_STRIKING: Final = 0.05
_NOTHING: Final = 1e-9
_GAP: Final = 28
_TIME_HEIGHT: Final = 160
_STROKE: Final = 0.5


def token_mix(
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
    """Draw what kinds of tokens were used beside what was paid for each kind.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a table that
        `llmspend.token_mix` made of them.
    by
        One of `llmspend.DIMENSIONS`; None for none.
    every
        One of `llmspend.PERIODS`: also draw both over time.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a table.
    top
        How many members have bars of their own, 1 to 60; the others are added up as "Other".
    cost_map
        Whose rates the charges were priced with; as for `llmspend.price`.
    title
        The title; None for one that states what there is to see.
    width
        Of the plots side by side, in pixels; names stand left of them.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        Left the tokens, right the spend, each by fresh input, cache reads and writes, output and
        reasoning: shares per member, largest spend first, and sums per period. Tokens are those
        billed; grey is spend that is not for tokens, or that cannot be told apart.

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
    ...     {"model": ["gpt-4o"], "prompt_tokens": [90_000], "completion_tokens": [10_000]}
    ... )
    >>> chart = token_mix(llmspend.price(calls))
    >>> chart.to_dict()["title"]["text"]
    'Output is 10% of the tokens but 31% of the spend'
    """
    computed = partial(_mixes, data, cost_map)
    source = Source("fresh_input_cost", _MONEY, _COUNTS, "token_mix", computed)
    sums = sums_of(data, by, every, tz, source)
    scope = Scope.of(sums.rows, sums.zone)
    total = sums.rows.select(pl.col(*_MONEY, *_COUNTS).sum()).row(0, named=True)
    bars = None if sums.members is None else _bars(sums.members, top)
    shown = [] if bars is None or by is None else top_of(bars, by)
    frame = heading(
        _title(total) if title is None else title,
        [*scope.lines(_amount(total, scope), *shown), *strange(int(total["strange_rows"]))],
        width + NAMES_WIDTH,
        *_described(total),
    )
    if not total["spend"]:
        return empty(frame, width, unpriced=bool(scope.unpriced_requests))
    colour = _kind(total)
    over_time = partial(_over_time, colour=colour, width=width)
    members = None
    if bars is not None and by is not None:
        members = partial(_by_member, bars, by, colour, width)
    return over_and_under(sums, frame, over_time, members, _GAP)


def _mixes(
    data: Charges, cost_map: CostMap | RateCard | None, groupings: list[Grouping], tz: str
) -> list[pl.DataFrame]:
    return token_mixes(data, groupings, tz=tz, cost_map=cost_map)


# -- data


def _bars(members: pl.DataFrame, top: int) -> pl.DataFrame:
    return rank(members.filter(pl.col("spend") != 0), top, [pl.col("spend")], (*_MONEY, *_COUNTS))


def _long(rows: pl.DataFrame, unit: str, keep: Sequence[str]) -> pl.DataFrame:
    """Make a row per kind, with where its bar begins and ends in the stack."""
    kinds = [kind for kind in _LABELS if unit == "cost" or kind != _OTHER]
    # rounding leaves less than nothing here and there, and so do credits
    amount = pl.col("amount").cast(pl.Float64).clip(0)
    table = pl.concat(
        rows.select(
            *keep,
            pl.lit(_LABELS[kind]).alias("kind"),
            pl.col(f"{kind}_{unit}").alias("amount"),
            pl.lit(i).alias("_kind"),
        )
        for i, kind in enumerate(kinds)
    )
    stacked = table.sort("_kind", maintain_order=True).with_columns(
        amount.cum_sum().over(keep[0]).alias("to"),
        (amount.cum_sum().over(keep[0]) - amount).alias("from"),
        amount.sum().over(keep[0]).alias("_all"),
    )
    worth = stacked.filter(pl.col("to") - pl.col("from") > _NOTHING * pl.col("_all"))
    write = usd if unit == "cost" else whole
    return worth.with_columns(
        pl.Series("text", [write(v) for v in worth["amount"]], dtype=pl.String),
        ((pl.col("to") - pl.col("from")) / pl.col("_all")).round(6).alias("share"),
    )


# -- words


def _shares(total: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Return each kind's share of the tokens and of the spend."""
    tokens = sum(total[f"{k.name}_tokens"] for k in KINDS)
    return {
        k.name: (total[f"{k.name}_tokens"] / tokens, total[f"{k.name}_cost"] / total["spend"])
        for k in KINDS
        if tokens and total["spend"]
    }


def _title(total: dict[str, Any]) -> str:
    shares = _shares(total)
    if not shares:
        return "Spend by kind of token"
    kind = max(shares, key=lambda k: shares[k][1] - shares[k][0])
    of_tokens, of_spend = shares[kind]
    if of_spend - of_tokens < _STRIKING:
        kind = max(shares, key=lambda k: shares[k][1])
        return f"{_subject(kind)} {percent(shares[kind][1])} of the spend"
    return (
        f"{_subject(kind)} {percent(of_tokens)} of the tokens but {percent(of_spend)} of the spend"
    )


def _subject(kind: str) -> str:
    return _SUBJECTS.get(kind, f"{_LABELS[kind]} is")


def _amount(total: dict[str, Any], scope: Scope) -> str:
    tokens = sum(total[f"{k.name}_tokens"] for k in KINDS)
    in_all = scope.in_all(total["spend"])
    return in_all if scope.is_unknown else f"{in_all}, {whole(tokens)} tokens billed"


def _described(total: dict[str, Any]) -> list[str]:
    shares = _shares(total).items()
    each = [f"{_LABELS[k]} {percent(t)} of tokens, {percent(s)} of spend" for k, (t, s) in shares]
    return [f"Stacked bars: {'; '.join(each)}"] if each else []


# -- layers


def _kind(total: dict[str, Any]) -> alt.Color:
    """Give each kind that there is its colour: the same in all plots, which share one legend."""
    pairs = zip(_LABELS, _COLOURS, strict=True)
    drawn = {_LABELS[k]: c for k, c in pairs if total.get(f"{k}_tokens") or _costs(total, k)}
    return colour_of_kinds(drawn)


def _costs(total: dict[str, Any], kind: str) -> bool:
    return bool(total[f"{kind}_cost"] > _NOTHING * total["spend"])


def _tooltip(first: alt.Tooltip, unit: str) -> list[alt.Tooltip]:
    return [
        first,
        alt.Tooltip("kind:N", title="Kind"),
        alt.Tooltip("text:N", title="Spend" if unit == "cost" else "Tokens"),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
    ]


def _by_member(bars: pl.DataFrame, by: str, colour: alt.Color, width: int) -> alt.HConcatChart:
    plot = (width - _GAP) // 2
    both = [_shares_of(bars, by, unit, colour, plot) for unit in ("tokens", "cost")]
    return alt.HConcatChart(hconcat=both, spacing=_GAP)


def _shares_of(
    bars: pl.DataFrame, by: str, unit: str, colour: alt.Color, width: int
) -> alt.LayerChart:
    labels = bars["label"].to_list()
    rows = _long(bars, unit, ("label", "name"))
    shares = rows.with_columns((pl.col("from", "to") / pl.col("_all")).round(6))
    axis = alt.Axis(
        values=[0, 0.25, 0.5, 0.75, 1],
        format=".0%",
        orient="top",
        labelFlush=True,
        domain=False,
        ticks=False,
        grid=False,
        titleFontWeight="bold",
    )
    title = "Share of the spend" if unit == "cost" else "Share of the tokens"
    x = alt.X("from:Q").scale(domain=[0, 1], nice=False).axis(axis).title(title)
    drawn = (
        alt.Chart(shares.drop("_all", "_kind", "amount"))
        .mark_bar(stroke=PAPER, strokeWidth=_STROKE)
        .encode(
            y=member_axis(labels, named=unit == "tokens"),
            x=x,
            x2=alt.X2("to:Q"),
            color=colour,
            tooltip=_tooltip(alt.Tooltip("name:N", title=noun(by).capitalize()), unit),
        )
    )
    return alt.LayerChart(layer=[drawn], width=width, height=height_of(labels))


def _over_time(
    rows: pl.DataFrame, interval: Interval, colour: alt.Color, width: int
) -> alt.HConcatChart:
    check_periods(rows, interval, 2 * len(_LABELS), "kinds")
    timed = named_periods(rows, interval)
    plot = (width - 2 * _GAP) // 2
    panels = [_stacks(timed, rows, unit, interval, colour, plot) for unit in ("tokens", "cost")]
    return alt.HConcatChart(hconcat=panels, spacing=_GAP)


def _stacks(
    timed: pl.DataFrame,
    rows: pl.DataFrame,
    unit: str,
    interval: Interval,
    colour: alt.Color,
    width: int,
) -> alt.LayerChart:
    kinds = _long(timed, unit, ("start", "end", "period", "partial"))
    if unit == "cost":
        y = usd_axis("from", per(interval, timed), kinds["to"].to_list())
    else:
        # what Vega calls giga is called a billion
        label = "replace(format(datum.value, '~s'), 'G', 'B')"
        y = alt.Y("from:Q").title(per(interval, timed, "Tokens")).axis(labelExpr=label, tickCount=4)
    drawn = time_bars(
        alt.Chart(kinds.drop("_all", "_kind", "amount")), rows, interval, width
    ).encode(
        y=y,
        y2=alt.Y2("to:Q"),
        color=colour,
        tooltip=_tooltip(alt.Tooltip("period:N", title=interval.name.capitalize()), unit),
    )
    return alt.LayerChart(layer=[drawn], width=width, height=_TIME_HEIGHT)
