"""Unit cost: what a million tokens cost each member, against how many it uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts._display import Chart
from llmspend.charts._heading import empty, heading
from llmspend.charts._names import names
from llmspend.charts._placement import Circle, place
from llmspend.charts._theme import INK, MUTED, PALETTE, REST
from llmspend.charts._totals import spend_by_member
from llmspend.charts._words import Scope, noun
from llmspend.errors import InputError
from llmspend.text import cut, usd, whole

if TYPE_CHECKING:
    from llmspend.spend import Charges

MILLION: Final = 1e6
MOST: Final = 1_000
"""More circles than this cover one another."""

_GOAL: Final = 0.8
_LABELLED: Final = 30
_LABEL: Final = 30
_TITLE: Final = 70
_IN_TITLE: Final = 24
"""Characters of a title, and of a name before more of it: a number is never cut off."""
_LARGEST: Final = 2400
_SMALLEST: Final = 40
_TIMES: Final = 1.5
_NOTABLE: Final = 0.05
_FEWEST_DECADES: Final = 0.6
_STEPS: Final = ((4.5, (1,)), (1.5, (1, 3)), (0.0, (1, 2, 5)))
"""Over more than how many decades an axis has which ticks in each."""
_ISO_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class _Points:
    """What is drawn: a row per member, largest spend first.

    Attributes
    ----------
    table
        ``label, name, is_none, spend, tokens, unit_cost`` (USD per million tokens), ``requests,
        tone, size`` and the amounts in words.
    blended
        The unit cost of all members with tokens together; None without any.
    members
        How many there are of these.
    left_out
        How many cost nothing or have no tokens with a price.
    """

    table: pl.DataFrame
    blended: float | None
    members: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot: bounds as decimal logarithms, size in pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float
    height: float

    def pixels(self, tokens: float, unit_cost: float) -> tuple[float, float]:
        x = (math.log10(tokens) - self.x[0]) / (self.x[1] - self.x[0])
        y = (self.y[1] - math.log10(unit_cost)) / (self.y[1] - self.y[0])
        return x * self.width, y * self.height


def unit_cost(
    data: Charges,
    by: str = "model",
    *,
    tz: str | None = None,
    top: int = 40,
    title: str | None = None,
    width: int = 680,
    height: int = 380,
) -> Chart:
    """Draw what a million tokens cost each member, against how many tokens it uses.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them:
        ``llmspend.breakdown(charges, by)``.
    by
        One of `llmspend.DIMENSIONS`.
    tz
        IANA time zone of the dates in the subtitle. None: UTC for charges, its own for a breakdown.
    top
        How many members to draw, those with the largest spend, 1 to 1,000.
    title
        The title; None for one that states what there is to see.
    width, height
        Of the plot, in pixels.

    Returns
    -------
    altair.LayerChart
        A circle per member, its area its spend, on logarithmic axes: tokens to the right, spend per
        million tokens upwards (input and output, cached or not, as paid). Dashed lines join points
        of equal spend; highlighted are the fewest members that make 80 % of it. Names stand where
        there is room, and in tooltips. Tokens and requests without a price do not count; members
        without tokens or spend are not drawn, and the subtitle says how many they are. Without any
        spend, a chart that says so.

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
    ...     {"model": ["gpt-4o", "gpt-4o-mini"], "prompt_tokens": [500_000, 500_000]}
    ... )
    >>> chart = unit_cost(llmspend.price(calls))
    >>> chart.to_dict()["title"]["text"]
    'gpt-4o costs 1.9 times the average of $1.32 per 1M tokens'
    """
    if not 1 <= top <= MOST:
        raise InputError(
            f"top is from 1 to {whole(MOST)}, the circles that can be seen, not {top}."
        )
    rows, zone = spend_by_member(data, by, tz, ("total_tokens", "unpriced_tokens"))
    scope = Scope.of(rows, zone)
    points = _points(rows, top)
    spend = float(rows["spend"].sum() or 0)
    each = [
        f"{label} {usd(cost)}" for label, cost in points.table.select("label", "unit_cost").rows()
    ]
    top_of_page = heading(
        _title(points, by) if title is None else title,
        [*scope.lines(scope.in_all(spend), *_notes(points, by)), *_legend(points, by)],
        width + 60,
        *([f"Circles, USD per 1M tokens: {', '.join(each[:_LABELLED])}"] if each else []),
    )
    if points.table.is_empty():
        unpriced = bool(scope.unpriced_requests) and not spend
        return empty(top_of_page, width, height, unpriced=unpriced)
    frame = _frame(points.table, width, height)
    layers = [*_equal_spend(points.table, frame), *_circles(points, frame, by)]
    return Chart(layer=layers, width=width, height=height, **top_of_page)


# -- data


def _points(rows: pl.DataFrame, top: int) -> _Points:
    tokens = pl.col("total_tokens").fill_null(0) - pl.col("unpriced_tokens").fill_null(0)
    used = rows.with_columns(tokens=tokens)
    shown = used.filter(pl.col("spend") > 0, pl.col("tokens") > 0)
    counted = used.filter(pl.col("spend").is_not_null(), pl.col("tokens") > 0)
    spend, amount = counted.select(pl.col("spend").sum(), pl.col("tokens").sum()).row(0)
    reached = pl.col("spend").cum_sum().shift(1, fill_value=0.0)
    total = float(shown["spend"].sum())
    table = (
        shown.sort("spend", "member", descending=[True, False], nulls_last=True)
        .with_columns(
            unit_cost=pl.col("spend") / pl.col("tokens") * MILLION,
            size=_SMALLEST + (_LARGEST - _SMALLEST) * pl.col("spend") / pl.col("spend").max(),
            tone=pl.when(reached < _GOAL * total).then(pl.lit("most")).otherwise(pl.lit("rest")),
        )
        .head(top)
    )
    titles = names(table.select("member", "alias").rows())
    return _Points(
        table.select(
            pl.Series("label", [t.label for t in titles], dtype=pl.String),
            pl.Series("name", [t.full for t in titles], dtype=pl.String),
            pl.col("member").is_null().alias("is_none"),
            *("spend", "tokens", "unit_cost", "requests", "tone", "size"),
            pl.Series("usd", [usd(v) for v in table["spend"]], dtype=pl.String),
            pl.Series("each", [usd(v) for v in table["unit_cost"]], dtype=pl.String),
        ),
        spend / amount * MILLION if amount else None,
        shown.height,
        rows.height - shown.height,
    )


def _frame(table: pl.DataFrame, width: int, height: int) -> _Frame:
    return _Frame(
        _bounds(table["tokens"], 0.08, 0.14),
        _bounds(table["unit_cost"], 0.1, 0.12),
        width,
        height,
    )


def _bounds(values: pl.Series, below: float, above: float) -> tuple[float, float]:
    logs = values.cast(pl.Float64).log10().to_list()
    low, high = min(logs), max(logs)
    span = max(high - low, _FEWEST_DECADES)
    spare = (span - (high - low)) / 2
    return low - spare - below * span, high + spare + above * span


# -- words


def _title(points: _Points, by: str) -> str:
    table, blended = points.table, points.blended
    if table.is_empty() or blended is None:
        return f"Cost per token by {noun(by)}"
    first = table.row(0, named=True)
    if points.members == 1:
        who = f"Usage without {noun(by)}" if first["is_none"] else first["label"]
        return f"{who} costs {usd(first['unit_cost'])} per 1M tokens"
    # of those that stand out in colour, or would
    is_notable = (pl.col("tone") == "most") | (pl.col("spend") >= _NOTABLE * pl.col("spend").sum())
    named = table.filter(~pl.col("is_none"), is_notable).sort("unit_cost")
    ranked = named.select("label", "unit_cost").rows()
    if ranked and ranked[-1][1] >= _TIMES * blended:
        dearest, cost = ranked[-1]
        average = f"the average of {usd(blended)} per 1M tokens"
        return f"{cut(dearest, _IN_TITLE)} costs {cost / blended:.1f} times {average}"
    average = f"1M tokens cost {usd(blended)} on average"
    if not ranked or not ranked[0][1] < blended < ranked[-1][1]:
        return average
    (cheap, low), (dear, high) = ranked[0], ranked[-1]
    both = f"{average}: {usd(low)} for {cheap}, {usd(high)} for {dear}"
    return both if len(both) <= _TITLE else average


def _notes(points: _Points, by: str) -> list[str]:
    notes = ["circle area is spend"] if points.table.height > 1 else []
    if points.table.height < points.members:
        kinds = noun(by, plural=True)
        notes.insert(0, f"top {whole(points.table.height)} of {whole(points.members)} {kinds}")
    return notes


def _legend(points: _Points, by: str) -> list[str]:
    if points.table.is_empty():
        return []
    lines = ["Each dashed line joins points of equal spend"]
    if not points.left_out:
        return lines
    kinds = noun(by, plural=points.left_out > 1)
    return [*lines, f"Not drawn: {whole(points.left_out)} {kinds} without tokens or spend"]


# -- layers


def _circles(points: _Points, frame: _Frame, by: str) -> list[alt.Chart]:
    tones = {"most": PALETTE[0], "rest": REST}
    x = (
        alt.X("tokens:Q")
        .scale(type="log", domain=[10**bound for bound in frame.x], nice=False)
        .axis(
            values=_ticks(frame.x),
            labelExpr="replace(format(datum.value, '.1~s'), 'G', 'B')",
            grid=True,
        )
        .title("Tokens (log)")
    )
    y = (
        alt.Y("unit_cost:Q")
        .scale(type="log", domain=[10**bound for bound in frame.y], nice=False)
        .axis(
            values=_ticks(frame.y),
            labelExpr="'$' + format(datum.value, datum.value >= 1 ? ',.0f' : '.1~r')",
        )
        .title("USD per 1M tokens (log)")
    )
    circles = (
        alt.Chart(points.table)
        .mark_circle(opacity=0.85)
        .encode(
            x=x,
            y=y,
            size=alt.Size("size:Q").scale(None).legend(None),
            color=alt.Color("tone:N")
            .scale(domain=list(tones), range=list(tones.values()))
            .legend(None),
            tooltip=[
                alt.Tooltip("name:N", title=noun(by).capitalize()),
                alt.Tooltip("each:N", title="Per 1M tokens"),
                alt.Tooltip("tokens:Q", title="Tokens", format=","),
                alt.Tooltip("usd:N", title="Spend"),
                alt.Tooltip("requests:Q", title="Requests", format=","),
            ],
        )
    )
    return [circles, *_labels(points.table, frame)]


def _ticks(bounds: tuple[float, float]) -> list[float]:
    low, high = bounds
    steps = next(steps for decades, steps in _STEPS if high - low > decades)
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
    return [tick for tick in ticks if low <= math.log10(tick) <= high]


def _labels(table: pl.DataFrame, frame: _Frame) -> list[alt.Chart]:
    circles = [
        Circle(*frame.pixels(tokens, cost), math.sqrt(size / math.pi), _short(label))
        for tokens, cost, size, label in table.select("tokens", "unit_cost", "size", "label").rows()
    ]
    placed = place(circles, frame.width, frame.height, _LABELLED)
    layers = []
    for align in ("left", "right", "center"):
        some = [p for p in placed if p.align == align]
        if some:
            rows = pl.DataFrame(
                {
                    "words": [circles[p.circle].name for p in some],
                    "across": [round(p.x, 1) for p in some],
                    "down": [round(p.y, 1) for p in some],
                }
            )
            # in pixels, as they were placed
            layers.append(
                alt.Chart(rows)
                .mark_text(align=align, baseline="middle", color=INK)
                .encode(
                    x=alt.X("across:Q").scale(None).axis(None),
                    y=alt.Y("down:Q").scale(None).axis(None),
                    text=alt.Text("words:N"),
                )
            )
    return layers


def _short(label: str) -> str:
    return cut(label, _LABEL)


def _equal_spend(table: pl.DataFrame, frame: _Frame) -> list[alt.Chart]:
    """Draw lines on which spend is the same: 1, 10, 100 … dollars."""
    spend = table["spend"].log10()
    decades = range(math.floor(min(spend)), math.ceil(max(spend)) + 1)
    step = -(-len(decades) // _ISO_LINES)
    rows = []
    for decade in decades[::step]:
        total = decade + math.log10(MILLION)
        start = max(frame.x[0], total - frame.y[1])
        end = min(frame.x[1], total - frame.y[0])
        if start < end:
            rows.append(
                {
                    "tokens": 10**start,
                    "unit_cost": 10 ** (total - start),
                    "to": 10**end,
                    "down_to": 10 ** (total - end),
                    "words": f"${10.0**decade:,.{max(0, -decade)}f}",
                    "place": _place_of_amount(end, total - end, frame),
                }
            )
    if not rows:
        return []
    base = alt.Chart(pl.DataFrame(rows))
    lines = base.mark_rule(strokeDash=[4, 4], strokeWidth=1, color=MUTED, opacity=0.6).encode(
        x=alt.X("tokens:Q"), y=alt.Y("unit_cost:Q"), x2=alt.X2("to"), y2=alt.Y2("down_to")
    )
    words = base.encode(x=alt.X("to:Q"), y=alt.Y("down_to:Q"), text=alt.Text("words:N"))
    places = dict.fromkeys(str(row["place"]) for row in rows)
    amounts = [
        words.transform_filter(alt.datum.place == place).mark_text(
            fontSize=11, color=MUTED, **_AMOUNTS[place]
        )
        for place in places
    ]
    return [lines, *amounts]


def _place_of_amount(across: float, up: float, frame: _Frame) -> str:
    if across < frame.x[1]:
        return "bottom"
    _, down = frame.pixels(10**across, 10**up)
    return "right" if frame.height - down > _ABOVE_AXIS else "corner"


_ABOVE_AXIS: Final = 24
_AMOUNTS: Final[dict[str, dict[str, Any]]] = {
    "bottom": {"align": "left", "dx": 2, "dy": -10},
    "right": {"align": "right", "dx": -4, "dy": 10},
    "corner": {"align": "right", "dx": -22, "dy": -5},
}
"""Where a dashed line leaves the plot, and where its amount stands beside that point."""
