"""The steps of a bridge from one time to another: sums of `llmspend.price_volume_mix`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.charts._names import names
from llmspend.charts._spans import covered_days
from llmspend.charts._totals import ALIAS_OF, dimensions_of
from llmspend.charts._words import Scope
from llmspend.spend import known_zone
from llmspend.spend_bridge import EFFECTS, price_volume_mix
from llmspend.text import usd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from llmspend.spend import Charges
    from llmspend.time_spans import TimeSpan

SMALL: Final = "small"
"""The step of all that is too small for one of its own."""

_ALWAYS: Final = ("volume", "mix", "price")
_LEAST: Final = 1e-3
_UNSEEN: Final = 1e-4
_CENT: Final = 0.01
_NOTHING: Final = 1e-9
_DRIVERS: Final = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes
    ----------
    name
        Of EFFECTS, or SMALL.
    amount
        USD, up or down.
    mostly
        The members that most of it comes from, with their amounts.
    """

    name: str
    amount: float
    mostly: str


@dataclass(frozen=True, slots=True)
class Steps:
    """A bridge.

    Attributes
    ----------
    by
        Whose mix and prices are meant.
    spans
        The two times.
    covered
        The first and the last day of the data; None without data.
    before, after
        The two amounts, USD.
    steps
        From the one to the other.
    scope
        What both cover.
    """

    by: tuple[str, ...]
    spans: tuple[TimeSpan, TimeSpan]
    covered: tuple[date, date] | None
    before: float
    after: float
    steps: list[Step]
    scope: Scope

    @property
    def is_empty(self) -> bool:
        """Whether there is no spend at all."""
        return not self.before and not self.after and not any(s.amount for s in self.steps)


def steps_of(
    data: Charges,
    by: str | Sequence[str],
    choose: Callable[[tuple[date, date] | None], tuple[TimeSpan, TimeSpan]],
    tz: str,
) -> Steps:
    """Compute a bridge.

    Parameters
    ----------
    data, by
        As for `llmspend.charts.bridge`.
    choose
        Settles the two spans, from the first and the last day of the data.
    tz
        As for `llmspend.charts.bridge`.

    Returns
    -------
    Steps
        Between these spans.
    """
    zone = known_zone(tz)
    covered = covered_days(data, zone)
    spans = choose(covered)
    dimensions = dimensions_of(by)
    was, now = ((span.first, span.last) for span in spans)
    parts = price_volume_mix(data, was, now, dimensions, tz=zone)
    before, after = (float(parts[name].sum() or 0) for name in ("before", "after"))
    return Steps(
        dimensions,
        spans,
        covered,
        before,
        after,
        _steps(parts, dimensions, max(abs(before), abs(after))),
        _scope(parts, spans, covered, zone),
    )


def _scope(
    parts: pl.DataFrame,
    spans: tuple[TimeSpan, TimeSpan],
    covered: tuple[date, date] | None,
    zone: str,
) -> Scope:
    requests, unpriced = (
        int(parts.select(pl.sum_horizontal(f"{n}_before", f"{n}_after").sum()).item() or 0)
        for n in ("requests", "unpriced")
    )
    if not requests or covered is None:
        return Scope(0, 0, None, None, zone)
    first = max(covered[0], min(span.first for span in spans))
    last = min(covered[1], max(span.last for span in spans))
    begin, end = (datetime.combine(day, time()) for day in (first, last))
    return Scope(requests, unpriced, begin, end, zone)


def _steps(parts: pl.DataFrame, by: tuple[str, ...], whole: float) -> list[Step]:
    labels = _labels(parts, by)
    steps, small, of_small = [], 0.0, []
    for effect in EFFECTS:
        # summed as decimals, which is exact, and rounded once
        amount = float(parts[effect.name].sum() or 0)
        amount = 0.0 if abs(amount) < _NOTHING * whole else amount
        if effect.name in _ALWAYS or abs(amount) > _LEAST * whole:
            steps.append(Step(effect.name, amount, _mostly(parts[effect.name], labels)))
        elif amount:
            small += amount
            of_small.append(f"{effect.name} {usd(amount, signed=True)}")
    is_seen = abs(small) >= _CENT / 2 or abs(small) > _UNSEEN * whole
    return [*steps, Step(SMALL, small, ", ".join(of_small))] if is_seen else steps


def _labels(parts: pl.DataFrame, by: tuple[str, ...]) -> list[str]:
    """Name the members, as they are shown."""
    named = []
    for dimension in by:
        alias = ALIAS_OF.get(dimension)
        ids = parts[dimension].cast(pl.String).to_list()
        aliases = parts[alias].to_list() if alias else [None] * len(ids)
        distinct = list(dict.fromkeys(zip(ids, aliases, strict=True)))
        label = dict(zip(distinct, names(distinct), strict=True))
        named.append([label[member].label for member in zip(ids, aliases, strict=True)])
    return [" · ".join(parts) for parts in zip(*named, strict=True)]


def _mostly(amounts: pl.Series, labels: list[str]) -> str:
    ranked = sorted(zip(amounts.cast(pl.Float64), labels, strict=True), key=lambda a: -abs(a[0]))
    largest = abs(ranked[0][0]) if ranked else 0.0
    shown = [a for a in ranked[:_DRIVERS] if abs(a[0]) > _LEAST * largest]
    return ", ".join(f"{label} {usd(amount, signed=True)}" for amount, label in shown)
