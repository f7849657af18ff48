"""Bridge: why one time cost more than another, step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts import _bridge_words
from llmspend.charts._axes import dollars
from llmspend.charts._display import Chart
from llmspend.charts._heading import empty, heading
from llmspend.charts._spans import two_spans
from llmspend.charts._steps import Steps, steps_of
from llmspend.charts._theme import INK, LESS, MORE, MUTED
from llmspend.text import usd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from llmspend.spend import Charges

_HEADROOM: Final = 1.08
_ROOMY: Final = 6
_AXIS_WIDTH: Final = 70
_TONES: Final = {"total": MUTED, "more": MORE, "less": LESS}


def bridge(
    data: Charges,
    by: str | Sequence[str] = "model",
    *,
    before: str | date | tuple[date, date] | None = None,
    after: str | date | tuple[date, date] | None = None,
    tz: str = "UTC",
    title: str | None = None,
    width: int = 680,
    height: int = 340,
) -> Chart:
    """Draw the steps from the spend of one time to that of another.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file).
    by
        One or several of `llmspend.DIMENSIONS`, also as ``"team,model"``: whose mix and prices are
        meant.
    before, after
        The two spans of days: ``"2026-05"``, ``"2026-Q2"``, ``"2026-W23"``, ``"2026-06-08"``,
        ``"2026-06-01..2026-06-07"``, or a first and a last day. With one of them, the other is the
        span beside it. With none, the last two whole months of the data, else weeks, else days.
    tz
        IANA time zone in which days begin.
    title
        The title; None for one that states what there is to see.
    width, height
        Of the plot, in pixels.

    Returns
    -------
    altair.LayerChart
        Bars from the first amount to the second: volume, mix, price, and if there are any, new
        members, those that are gone, those priced in one span only, and requests without tokens.
        They are the sums of `llmspend.price_volume_mix` and add up exactly; what is below a
        thousandth of the spend is one step. Without any spend, a chart that says so.

    Raises
    ------
    InputError
        When `data` are no charges, or a span cannot be read, or the two overlap.
    UnknownNameError
        For a dimension or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> from datetime import datetime
    >>> calls = pl.DataFrame(
    ...     {
    ...         "model": ["gpt-4o"] * 2,
    ...         "started_at": [datetime(2026, 5, 4), datetime(2026, 6, 4)],
    ...         "prompt_tokens": [1_000_000, 3_000_000],
    ...     }
    ... )
    >>> chart = bridge(llmspend.price(calls), before="2026-05", after="2026-06")
    >>> chart.to_dict()["title"]["text"]
    'June cost 200% more than May: more tokens'
    """
    steps = steps_of(data, by, lambda covered: two_spans(before, after, covered), tz)
    lines = _bridge_words.subtitle(steps)
    headline = _bridge_words.title(steps) if title is None else title
    top = heading(headline, lines, width + _AXIS_WIDTH, _bridge_words.description(steps))
    if steps.is_empty:
        return empty(top, width, height, unpriced=bool(steps.scope.unpriced_requests))
    return Chart(layer=_layers(steps), width=width, height=height, **top)


def _layers(steps: Steps) -> list[alt.Chart]:
    table = _table(steps)
    names = table["step"].to_list()
    labels = dict(zip(names, _bridge_words.axis(steps), strict=True))
    low, high = min(0.0, *table["low"]), max(table["high"])
    x = (
        alt.X("step:N")
        .scale(domain=names, paddingInner=0.38, paddingOuter=0.19)
        .axis(
            labelExpr=f"{json.dumps(labels)}[datum.value]",
            labelAngle=0,
            labelAlign="center",
            labelFontSize=12 if len(names) <= _ROOMY else 11,
            labelLimit=140,
            labelColor=INK,
            labelLineHeight=15,
            ticks=False,
        )
        .title(None)
    )
    y = (
        alt.Y("low:Q")
        .scale(domain=[low, high + (high - low) * (_HEADROOM - 1)], nice=False)
        .axis(labelExpr=dollars(high), tickCount=6)
        .title("USD")
    )
    base = alt.Chart(table)
    tone = alt.Color("tone:N").scale(domain=list(_TONES), range=list(_TONES.values())).legend(None)
    between = (
        base.transform_filter("isValid(datum.next)")
        .mark_rule(strokeDash=[3, 3], color=MUTED, orient="horizontal")
        .encode(x=alt.X("step:N"), x2=alt.X2("next"), y=alt.Y("end:Q"))
    )
    bars = base.mark_bar(cornerRadius=1).encode(
        x=x,
        y=y,
        y2=alt.Y2("high"),
        color=tone,
        tooltip=[
            alt.Tooltip("name:N", title="Step"),
            alt.Tooltip("text:N", title="USD"),
            alt.Tooltip("mostly:N", title="Mostly"),
        ],
    )
    words = base.mark_text(baseline="bottom", dy=-5, fontSize=13, fontWeight=600).encode(
        x=alt.X("step:N"), y=alt.Y("high:Q"), text=alt.Text("text:N"), color=tone
    )
    return [between, bars, words]


def _table(steps: Steps) -> pl.DataFrame:
    rows = []
    reached = steps.before
    bars = [
        ("before", steps.before, True, ""),
        *((s.name, s.amount, False, s.mostly) for s in steps.steps),
    ]
    bars.append(("after", steps.after, True, ""))
    names = _bridge_words.axis(steps)
    for (step, amount, is_total, mostly), lines in zip(bars, names, strict=True):
        begin, end = (0.0, amount) if is_total else (reached, reached + amount)
        reached = end
        rows.append(
            {
                "step": step,
                "name": lines[0],
                "low": min(begin, end),
                "high": max(begin, end),
                "end": end,
                "tone": "total" if is_total or not amount else "more" if amount > 0 else "less",
                "text": usd(amount, signed=not is_total),
                "mostly": mostly,
            }
        )
    return pl.DataFrame(rows).with_columns(next=pl.col("step").shift(-1))
