"""Drift: computed cost against logged spend."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from llmspend.charts._heading import empty, heading
from llmspend.charts._measured import Amount, Share, measured
from llmspend.charts._names import clean
from llmspend.charts._panels import colour_of_kinds, over_and_under
from llmspend.charts._ranked import NAMES_WIDTH, bars_in_words, rank, top_of
from llmspend.charts._theme import LESS, MORE, REST
from llmspend.charts._timeline import check_periods, named_periods, per, time_bars, usd_axis
from llmspend.charts._totals import Source, sums_of
from llmspend.charts._words import Scope, noun, percent, tenths
from llmspend.measures import ORDINARY
from llmspend.reconciliation import reconciled, with_ratios
from llmspend.text import usd, whole

if TYPE_CHECKING:
    from llmspend.charts._intervals import Interval
    from llmspend.spend import Charges, Grouping

_MONEY: Final = (
    "gross_drift",
    "cost",
    "logged_spend",
    "drift",
    "unlogged_cost",
    "unpriced_logged_spend",
)
_COUNTS: Final = (
    "rows",
    "compared_rows",
    "kept_rows",
    "close_rows",
    "unlogged_rows",
    "unpriced_rows",
)
_NOTES: Final = ("reason",)
_OVER, _UNDER = "Computed more than logged", "Computed less than logged"
_NOISE: Final = 1e-9
_COLOURS: Final = {_OVER: MORE, _UNDER: LESS}
_AGREE: Final = Share("agreement", "Rows that agree", "Agree", ".2%", REST)
_TIME_HEIGHT: Final = 150


def drift(
    data: Charges,
    by: str | None = "model",
    *,
    every: str | None = None,
    tz: str | None = None,
    top: int = 10,
    title: str | None = None,
    width: int = 680,
) -> alt.VConcatChart | alt.LayerChart:
    """Draw how far the computed cost is from what was logged, by member and, if asked, over time.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a table that
        `llmspend.reconcile` made of them.
    by
        One of `llmspend.DIMENSIONS`; ``"oddity"`` shows in which rows the difference is. None for
        none.
    every
        One of `llmspend.PERIODS`: also draw the difference over time.
    tz
        IANA time zone in which days begin. None: UTC for charges, its own for a table.
    top
        How many members have a bar of their own, 1 to 60; the others are added up as "Other".
    title
        The title; None for one that states what there is to see.
    width
        Of the plots side by side, in pixels; names stand left of them.

    Returns
    -------
    altair.VConcatChart or altair.LayerChart
        Per member, most at odds first, computed less logged, USD, and the oddity of the rows that
        most of it is in, unless those are ordinary; beside it the share of the rows that agree to
        nine digits. Rows whose cost is taken from the log cannot disagree and do not count there;
        rows without a price or without logged spend are not compared.

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
    ...     {
    ...         "model": ["gpt-4o", "gpt-4o"],
    ...         "prompt_tokens": [100_000, 100_000],
    ...         "logged_spend": [0.25, 0.15],
    ...     }
    ... )
    >>> chart = drift(llmspend.price(calls))
    >>> chart.to_dict()["title"]["text"]
    'Computed is $0.10 (25%) more than logged'
    """
    computed = partial(_reconciled, data)
    source = Source("gross_drift", _MONEY, _COUNTS, "reconcile", computed, _NOTES)
    sums = sums_of(data, by, every, tz, source)
    total = _total(sums.rows)
    scope = Scope.of(
        sums.rows.with_columns(requests="rows", unpriced_requests="unpriced_rows"), sums.zone
    )
    bars = None if sums.members is None else _bars(sums.members, top)
    frame = heading(
        _title(total) if title is None else title,
        _lines(total, scope, bars, by),
        width + NAMES_WIDTH,
        *bars_in_words(bars),
    )
    if not total["cost"] and not total["logged_spend"]:
        unpriced = bool(total["unpriced_rows"]) and not total["compared_rows"]
        note = "nothing in this range was logged" if total["unlogged"] else None
        return empty(frame, width, unpriced=unpriced, note=note)
    # where nothing differs, nothing over time is an empty plot
    differs = bool(total["gross_drift"]) or bars is None
    over_time = partial(_over_time, width=width) if differs else None
    members = None
    if bars is not None and by is not None:
        legend = over_time is None or sums.periods is None
        members = partial(_by_member, bars, by, width, legend=legend)
    return over_and_under(sums, frame, over_time, members)


def _reconciled(data: Charges, groupings: list[Grouping], tz: str) -> list[pl.DataFrame]:
    return reconciled(data, groupings, tz=tz, explained=[g for g in groupings if g.by])


# -- data


def _total(rows: pl.DataFrame) -> dict[str, Any]:
    logged = pl.col("unpriced_logged_spend")
    summed = rows.select(
        pl.col(*_MONEY, *_COUNTS).sum(), logged_alone=pl.when(logged.count() > 0).then(logged.sum())
    )
    unlogged = pl.col("compared_rows") + pl.col("unpriced_rows") < pl.col("rows")
    return _quiet(with_ratios(summed)).with_columns(unlogged=unlogged).row(0, named=True)


def _quiet(table: pl.DataFrame) -> pl.DataFrame:
    """Call nothing a difference that is rounding."""
    is_noise = pl.col("gross_drift") <= _NOISE * pl.max_horizontal("cost", "logged_spend")
    return table.with_columns(
        pl.when(is_noise).then(0.0).otherwise(pl.col(name)).alias(name)
        for name in ("drift", "gross_drift")
    )


def _bars(members: pl.DataFrame, top: int) -> pl.DataFrame:
    compared = members.filter(pl.col("compared_rows") > 0)
    # a difference both ways is one too: by it they are ordered, as reconcile orders them
    order = [pl.col("gross_drift"), pl.col("cost")]
    table = _quiet(with_ratios(rank(_quiet(compared), top, order, (*_MONEY, *_COUNTS), _NOTES)))
    texts = [_amount(*row) for row in table.select("drift", "drift_ratio", "reason").rows()]
    reasons = [clean(reason or "") for reason in table["reason"]]
    return _coloured(table).with_columns(
        pl.Series("text", texts, dtype=pl.String), pl.Series("reason", reasons, dtype=pl.String)
    )


def _coloured(table: pl.DataFrame) -> pl.DataFrame:
    over = pl.when(pl.col("drift") >= 0).then(pl.lit(_OVER)).otherwise(pl.lit(_UNDER))
    return table.with_columns(
        over.alias("kind"),
        pl.col("agreement", "drift_ratio").round(6),
        pl.Series("usd", [usd(v, signed=True) for v in table["drift"]], dtype=pl.String),
        pl.Series("computed", [usd(v) for v in table["cost"]], dtype=pl.String),
        pl.Series("logged", [usd(v) for v in table["logged_spend"]], dtype=pl.String),
    )


# -- words


def _amount(drifted: float, ratio: float | None, reason: str | None) -> str:
    if not drifted:
        return "no difference"
    share = f" · {'+' if ratio > 0 else '-'}{tenths(abs(ratio))}" if ratio else ""
    where = "" if reason in (None, ORDINARY) else f" · {clean(str(reason))}"
    return f"{usd(drifted, signed=True)}{share}{where}"


def _title(total: dict[str, Any]) -> str:
    if not total["cost"] and not total["logged_spend"]:
        return "Computed and logged spend"
    drifted = total["drift"]
    if not total["gross_drift"]:
        return "Computed and logged spend agree"
    if abs(drifted) <= _NOISE * abs(total["logged_spend"]):
        return "Computed and logged spend agree in sum, but not in every row"
    size = usd(abs(drifted))
    share = f" ({percent(abs(total['drift_ratio']))})" if total["drift_ratio"] else ""
    return f"Computed is {size}{share} {'more' if drifted > 0 else 'less'} than logged"


def _lines(
    total: dict[str, Any], scope: Scope, bars: pl.DataFrame | None, by: str | None
) -> list[str]:
    shown = [] if bars is None or by is None else top_of(bars, by)
    lines = scope.lines(_both(total), *shown)
    if total["agreement"] is not None:
        tested = whole(total["compared_rows"] - total["kept_rows"])
        lines.insert(1, f"{_precise(total['agreement'])} of {tested} rows agree to nine digits")
    return lines


def _both(total: dict[str, Any]) -> str:
    """Write what was computed and what was logged: of the same rows, if any has both."""
    computed, logged = total["cost"], total["logged_spend"]
    if not total["compared_rows"]:
        computed = total["unlogged_cost"] if total["unlogged_rows"] else None
        logged = total["logged_alone"]
    said = ", ".join(
        f"{usd(amount)} {what}" if amount is not None else f"{name} unknown"
        for amount, what, name in (
            (computed, "computed", "computed cost"),
            (logged, "logged", "logged spend"),
        )
    )
    return f"{said[0].upper()}{said[1:]}"


def _precise(share: float) -> str:
    """Write a share with the decimals that say how far from all it is."""
    return percent(share) if share in (0, 1) else f"{min(share, 0.9999):.2%}"


# -- layers


def _tooltip(first: alt.Tooltip) -> list[alt.Tooltip]:
    return [
        first,
        alt.Tooltip("computed:N", title="Computed"),
        alt.Tooltip("logged:N", title="Logged"),
        alt.Tooltip("usd:N", title="Difference"),
        alt.Tooltip("agreement:Q", title="Rows that agree", format=".2%"),
        alt.Tooltip("compared_rows:Q", title="Rows compared", format=","),
    ]


def _by_member(bars: pl.DataFrame, by: str, width: int, *, legend: bool) -> alt.HConcatChart:
    tooltip = [
        *_tooltip(alt.Tooltip("name:N", title=noun(by).capitalize())),
        alt.Tooltip("reason:N", title="Mostly in rows"),
    ]
    colour = colour_of_kinds(_COLOURS, legend=legend and bool((bars["drift"] != 0).any()))
    amount = Amount(bars, "drift", pl.col("drift"), colour, tooltip)
    return measured(bars, amount, _AGREE, width)


def _over_time(rows: pl.DataFrame, interval: Interval, width: int) -> alt.LayerChart:
    check_periods(rows, interval, 1, "bar")
    timed = _coloured(named_periods(_quiet(with_ratios(rows)), interval))
    drawn = time_bars(alt.Chart(timed), rows, interval, width).encode(
        y=usd_axis("drift", per(interval, timed), timed["drift"].drop_nulls().to_list()).stack(
            None
        ),
        color=colour_of_kinds(_COLOURS),
        tooltip=_tooltip(alt.Tooltip("period:N", title=interval.name.capitalize())),
    )
    return alt.LayerChart(layer=[drawn], width=width, height=_TIME_HEIGHT)
