"""Pareto: who makes most of the spend, and how few they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import altair as alt
import polars as pl

from llmspend.charts._channels import fixed
from llmspend.charts._display import Row
from llmspend.charts._heading import empty, heading
from llmspend.charts._ranked import NAMES_WIDTH, bars_in_words, height_of, member_axis, rank, top_of
from llmspend.charts._theme import INK, MUTED, OTHER, PALETTE, REST, TRACK
from llmspend.charts._totals import spend_by_member
from llmspend.charts._words import Scope, noun, percent, tenths
from llmspend.text import usd, whole

if TYPE_CHECKING:
    from llmspend.spend import Charges

_GOAL: Final = 0.8
_TRACK_SHARE: Final = 0.3
_GAP: Final = 24
_CHARACTER: Final = 6.6
_SUMS: Final = ("spend", "requests", "total_tokens")


class _Bars(NamedTuple):
    """What is drawn, and what the title says of it."""

    table: pl.DataFrame
    total: float
    members: int
    reaching: int
    reached: float
    has_shares: bool


def pareto(
    data: Charges,
    by: str = "model",
    *,
    tz: str | None = None,
    top: int = 10,
    title: str | None = None,
    width: int = 680,
) -> alt.HConcatChart | alt.LayerChart:
    """Draw who makes most of the spend: sorted bars beside the share they add up to.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them:
        ``llmspend.breakdown(charges, by)``.
    by
        One of `llmspend.DIMENSIONS`, such as model, key, team or user.
    tz
        IANA time zone of the dates in the subtitle. None: UTC for charges, its own for a breakdown.
    top
        How many members have a bar of their own, 1 to 60; the others are added up as "Other".
    title
        The title; None for one that states what there is to see.
    width
        Of both plots together, in pixels; names stand left of it.

    Returns
    -------
    altair.HConcatChart or altair.LayerChart
        Left the spend of each, USD, with its share; right the share that it and all larger ones
        add up to. Highlighted are the fewest that reach 80%. Requests without a price are not drawn
        as $0: the subtitle counts them. Without any spend, a chart that says so.

    Raises
    ------
    InputError
        When `data` is neither charges nor a breakdown by `by`, or `top` is out of range.
    UnknownNameError
        For a dimension or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4o", "gpt-4o-mini"], "prompt_tokens": [100_000, 100_000]}
    ... )
    >>> chart = pareto(llmspend.price(calls))
    >>> chart.to_dict()["title"]["text"]
    'gpt-4o is 94% of the spend'
    """
    rows, zone = spend_by_member(data, by, tz)
    scope = Scope.of(rows, zone)
    bars = _bars(rows, top)
    headline = _title(bars, scope, by) if title is None else title
    top_of_page = heading(
        headline,
        scope.lines(scope.in_all(bars.total), *_notes(bars, by)),
        width + NAMES_WIDTH,
        *bars_in_words(bars.table),
    )
    if bars.table.is_empty():
        unpriced = bool(scope.unpriced_requests)
        return empty(top_of_page, width, unpriced=unpriced)
    track = int(width * _TRACK_SHARE) if bars.has_shares else 0
    left = _spend(bars, by, width - track - (_GAP if track else 0))
    parts = [left, _cumulative(bars, by, track)] if track else [left]
    return Row(hconcat=parts, spacing=_GAP, **top_of_page)


# -- data


def _bars(rows: pl.DataFrame, top: int) -> _Bars:
    table = rank(rows.filter(pl.col("spend") != 0), top, [pl.col("spend")], _SUMS)
    spend = rows["spend"].drop_nulls().sort(descending=True)
    total = float(spend.sum())
    # of sums with credits in them, shares make no sense
    has_shares = total > 0 and not (spend < 0).any()
    share = pl.col("spend") / total if has_shares else pl.lit(None, pl.Float64)
    reach = (spend.cum_sum() / total).to_list() if has_shares else []
    reaching = 1 + sum(reached < _GOAL for reached in reach)
    tone = (
        pl.when("is_other")
        .then(pl.lit("other"))
        .when(pl.lit(has_shares) & (pl.col("rank") >= reaching))
        .then(pl.lit("rest"))
        .otherwise(pl.lit("most"))
    )
    table = table.with_columns(share.alias("share"), tone.alias("tone")).with_columns(
        pl.col("share").cum_sum().clip(upper_bound=1).alias("reached"),
        pl.Series("usd", [usd(v) for v in table["spend"]], dtype=pl.String),
    )
    shares = [f" · {tenths(s)}" if s is not None else "" for s in table["share"]]
    table = table.with_columns(text=pl.col("usd") + pl.Series(shares, dtype=pl.String))
    reached = reach[min(reaching, len(reach)) - 1] if reach else 0.0
    return _Bars(table, total, int((spend != 0).sum()), reaching, reached, has_shares)


# -- words


def _title(bars: _Bars, scope: Scope, by: str) -> str:
    if not bars.has_shares:
        return f"Spend by {noun(by)}"
    first = bars.table.row(0, named=True)
    if bars.members == 1 and not first["is_none"]:
        return f"{first['label']} is all {scope.of_the_spend}"
    reached = percent(bars.reached)
    if bars.reaching > 1:
        many = f"{whole(bars.reaching)} of {whole(bars.members)} {noun(by, plural=True)}"
        return f"{many} are {reached} {scope.of_the_spend}"
    if first["is_none"]:
        return f"{reached} {scope.of_the_spend} has no {noun(by)}"
    return f"{first['label']} is {reached} {scope.of_the_spend}"


def _notes(bars: _Bars, by: str) -> list[str]:
    shown = int((~bars.table["is_other"]).sum())
    notes = top_of(bars.table, by)
    if bars.has_shares and bars.reaching < min(bars.members, shown + 1):
        notes.append(f"highlighted bars reach {_GOAL:.0%}")
    return notes


# -- layers


def _spend(bars: _Bars, by: str, width: int) -> alt.LayerChart:
    labels = bars.table["label"].to_list()
    room = max(width - _CHARACTER * max(map(len, bars.table["text"])) - 8, width / 3)
    spend = bars.table["spend"].to_list()
    low, high = min(0.0, *spend), max(0.0, *spend)
    base = alt.Chart(bars.table).encode(
        y=member_axis(labels),
        x=alt.X("spend:Q")
        .stack(None)  # Vega's stacks break on members called "constructor"
        .scale(domain=[low, low + (high - low) * width / room], nice=False)
        .axis(None),
        tooltip=_tooltip(by, has_shares=bars.has_shares),
    )
    drawn = base.mark_bar(cornerRadiusEnd=2).encode(color=_tone())
    end = alt.expr("datum.spend < 0 ? scale('x', 0) : scale('x', datum.spend)")
    words = base.mark_text(align="left", dx=6, color=INK, x=end).encode(text=alt.Text("text:N"))
    return alt.LayerChart(layer=[drawn, words], width=width, height=height_of(labels))


def _cumulative(bars: _Bars, by: str, width: int) -> alt.LayerChart:
    labels = bars.table["label"].to_list()
    table = bars.table.with_columns(
        before=pl.col("reached").shift(fill_value=0.0), whole=pl.lit(1.0)
    )
    axis = alt.Axis(
        values=[0, 0.5, _GOAL, 1],
        labelExpr="datum.value == 1 ? '' : format(datum.value, '.0%')",
        labelFlush=True,
        labelOverlap=False,
        domain=False,
        grid=False,
    )
    base = alt.Chart(table).encode(y=member_axis(labels, named=False))
    track = base.mark_bar(color=TRACK).encode(x=alt.X("whole:Q").stack(None))
    steps = base.mark_bar(minBandSize=1).encode(
        x=alt.X("before:Q").scale(domain=[0, 1], nice=False).axis(axis).title("Cumulative share"),
        x2=alt.X2("reached:Q"),
        color=_tone(),
        tooltip=_tooltip(by, has_shares=True),
    )
    goal = (
        alt.Chart(pl.DataFrame({"goal": [_GOAL]}))
        .mark_rule(strokeDash=[3, 3], color=MUTED, orient="vertical")
        .encode(x=alt.X("goal:Q"), y=fixed(alt.YValue, 0), y2=fixed(alt.Y2Value, "height"))
    )
    return alt.LayerChart(layer=[track, steps, goal], width=width, height=height_of(labels))


def _tone() -> alt.Color:
    tones = {"most": PALETTE[0], "rest": REST, "other": OTHER}
    return alt.Color("tone:N").scale(domain=list(tones), range=list(tones.values())).legend(None)


def _tooltip(by: str, *, has_shares: bool) -> list[alt.Tooltip]:
    shares = [
        alt.Tooltip("share:Q", title="Share of the spend", format=".1%"),
        alt.Tooltip("reached:Q", title="With all larger ones", format=".1%"),
    ]
    return [
        alt.Tooltip("name:N", title=noun(by).capitalize()),
        alt.Tooltip("usd:N", title="Spend"),
        *(shares if has_shares else []),
        alt.Tooltip("requests:Q", title="Requests", format=","),
        alt.Tooltip("total_tokens:Q", title="Tokens", format=","),
    ]
