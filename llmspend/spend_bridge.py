"""Why spend changed from one time to another: volume, mix and price, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.measures import Measure, only_where, requests, total
from llmspend.spend import Grouping, add_up, frame_of, known_zone
from llmspend.time_spans import TimeSpan, time_span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from llmspend.spend import Charges

_MONEY: Final = pl.Decimal(38, 12)
"""A billionth of a thousandth of a dollar: sums of these are exact."""

_READ: Final = (
    "cost",
    "started_at",
    "row_class",
    "prompt_tokens",
    "completion_tokens",
    "request_count",
)
_MARKS: Final = ("is_after", "by_token")
"""Columns that say of which span a request is, and whether it has tokens."""

_WHEN: Final = {"before": "NOT is_after", "after": "is_after"}
_KINDS: Final = {"by_token": "by_token", "tokenless": "NOT by_token"}
_AMOUNTS: Final = tuple(f"{kind}_{when}" for kind in _KINDS for when in _WHEN)


def _tokens(where: str) -> str:
    return f"coalesce(sum({only_where(where, 'prompt_tokens + completion_tokens')}), 0)::BIGINT"


_COUNTS: Final = (
    ("tokens", _tokens, " AND cost IS NOT NULL", "Tokens with a price."),
    ("unpriced_tokens", _tokens, " AND cost IS NULL", "Tokens without one."),
    ("requests", requests, "", "Requests that somebody made."),
    ("unpriced", requests, " AND cost IS NULL", "Those without a price."),
)
_MEASURES: Final = (
    *(
        Measure(f"{kind}_{w}", total(only_where(f"{span} AND {those}", "cost")), "USD", "Spend.")
        for kind, those in _KINDS.items()
        for w, span in _WHEN.items()
    ),
    *(
        Measure(f"{name}_{w}", sql(f"{span}{those}"), "", meaning)
        for name, sql, those, meaning in _COUNTS
        for w, span in _WHEN.items()
    ),
)


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of the change.

    Attributes
    ----------
    name
        Its column.
    meaning
        One sentence.
    """

    name: str
    meaning: str


EFFECTS: Final = (
    Effect("volume", "More or fewer tokens in all, had each member grown by the same factor."),
    Effect("mix", "Members that grew by more or less than that, at their former price."),
    Effect("price", "The price per token that a member paid, on its tokens of now."),
    Effect("new", "Members with tokens only in the second span."),
    Effect("gone", "Members with tokens only in the first span."),
    Effect("coverage", "Members that were used in both spans but had a price in one of them only."),
    Effect("tokenless", "Requests without tokens: images, seconds, searches."),
)
"""The parts of a change; they add up to it."""


def price_volume_mix(
    charges: Charges,
    before: str | date | tuple[date, date],
    after: str | date | tuple[date, date],
    by: str | Sequence[str] = "model",
    *,
    tz: str = "UTC",
) -> pl.DataFrame:
    """Split the change of spend between two spans of time into its causes, member by member.

    With tokens t and price per token p of a member, before (0) and after (1), and G the factor by
    which the tokens of all members that are in both spans grew together::

        volume = t0 × p0 × (G - 1)      mix = (t1 - t0 × G) × p0      price = t1 × (p1 - p0)

    Summed over members, volume is the change of tokens at the former average price, and mix is what
    moving to dearer or cheaper members cost. The spans should be about equally long. Price per
    token is what was paid per token, input and output alike: a larger share of output or a smaller
    one from caches raises it without any change of a price list.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them.
    before, after
        Two spans of days that do not overlap: ``"2026-05"``, ``"2026-Q2"``, ``"2026-W23"``,
        ``"2026-06-08"``, ``"2026-06-01..2026-06-07"``, a date, or a first and a last day.
    by
        One or several names of DIMENSIONS; a member is one combination of their values.
    tz
        IANA time zone in which days begin.

    Returns
    -------
    polars.DataFrame
        One row per member with usage in either span: the dimensions (and aliases); ``before,
        after, change``, USD; the parts of the change, USD: ``volume, mix, price`` of members with
        priced tokens in both spans, ``new`` and ``gone`` of those with tokens in one of them,
        ``coverage`` of those that were used in both but had a price in one only, ``tokenless`` of
        requests without tokens (images, seconds, searches); ``tokens_before, tokens_after``, priced
        tokens; ``requests_before, requests_after``; and ``unpriced_before, unpriced_after``, those
        of them that have no price and are in none of the amounts. Amounts are ``Decimal(38, 12)``:
        the parts of each row, and the sums of columns, add up without any remainder. Largest change
        first.

    Raises
    ------
    InputError
        When a span cannot be read, the two overlap, or `charges` are none.
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
    >>> parts = price_volume_mix(llmspend.price(calls), "2026-05", "2026-06")
    >>> [float(v) for v in parts.select("before", "after", "volume", "mix", "price").row(0)]
    [2.5, 7.5, 5.0, 0.0, 0.0]
    """
    spans = [time_span(before), time_span(after)]
    _check(spans)
    dimensions = (by,) if isinstance(by, str) else tuple(by)
    if not dimensions:
        raise InputError("by names no dimension. Give at least one, such as by='model'.")
    zone = known_zone(tz)
    return _effects(_members(frame_of(charges, _READ), spans, dimensions, zone))


def _check(spans: Sequence[TimeSpan]) -> None:
    first, second = spans
    if first.first <= second.last and second.first <= first.last:
        raise InputError(
            f"{first.first} to {first.last} and {second.first} to {second.last} overlap: "
            "a request would be in both."
        )


def _members(
    frame: pl.LazyFrame, spans: Sequence[TimeSpan], by: tuple[str, ...], zone: str
) -> pl.DataFrame:
    """Add up requests by member, apart for each span, and for those with tokens or without."""
    within = [pl.col("started_at").is_between(*span.bounds(zone), closed="left") for span in spans]
    counted = (pl.col("prompt_tokens") + pl.col("completion_tokens") > 0).fill_null(value=False)
    marked = frame.filter(within[0] | within[1]).with_columns(is_after=within[1], by_token=counted)
    (members,) = add_up(marked, [Grouping(by)], _MEASURES, [*_READ, *_MARKS], tz=zone)
    return members.with_columns(pl.col(_AMOUNTS).fill_null(0).cast(_MONEY))


def _effects(members: pl.DataFrame) -> pl.DataFrame:
    """Give each part of the change a column."""
    was, now = pl.col("by_token_before"), pl.col("by_token_after")
    used = {w: pl.col(f"tokens_{w}") for w in ("before", "after")}
    unknown = {w: pl.col(f"unpriced_tokens_{w}") for w in ("before", "after")}
    stayed = (used["before"] > 0) & (used["after"] > 0)
    both = members.filter(stayed).select(f"tokens_{w}" for w in used).sum().row(0)
    growth = both[1] / both[0] if both[0] else 1.0
    # what the tokens of now would have cost at the former price
    former = was.cast(pl.Float64) * (used["after"] / used["before"])
    grown = (was.cast(pl.Float64) * (growth - 1)).cast(_MONEY)
    moved = former.cast(_MONEY) - was - grown
    uncovered = ((used["before"] == 0) & (unknown["before"] > 0)) | (
        (used["after"] == 0) & (unknown["after"] > 0)
    )
    lost = ~stayed & ~uncovered
    parts = {
        "volume": pl.when(stayed).then(grown),
        "mix": pl.when(stayed).then(moved),
        # the rest, so that nothing is left over
        "price": pl.when(stayed).then(now - was - grown - moved),
        "new": pl.when(lost & (used["after"] > 0)).then(now),
        "gone": pl.when(lost & (used["after"] == 0)).then(-was),
        "coverage": pl.when(~stayed & uncovered).then(now - was),
        "tokenless": pl.col("tokenless_after") - pl.col("tokenless_before"),
    }
    nothing = pl.lit(0).cast(_MONEY)
    labels = [c for c in members.columns if not c.endswith(("_before", "_after"))]
    return members.select(
        *labels,
        before=was + pl.col("tokenless_before"),
        after=now + pl.col("tokenless_after"),
        change=now - was + pl.col("tokenless_after") - pl.col("tokenless_before"),
        **{name: pl.coalesce(amount, nothing).cast(_MONEY) for name, amount in parts.items()},
        **{f"tokens_{w}": used[w] for w in used},
        **{f"{n}_{w}": pl.col(f"{n}_{w}") for n in ("requests", "unpriced") for w in used},
    ).sort(pl.col("change").abs(), *labels, descending=[True, *[False] * len(labels)])
