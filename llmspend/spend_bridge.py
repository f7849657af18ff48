"""Why spend changed from one time to another: volume, mix and price, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.measures import DIMENSIONS, MEASURED
from llmspend.spend import breakdown, frame_of, known_zone
from llmspend.time_spans import TimeSpan, time_span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from llmspend.spend import Charges

_MONEY: Final = pl.Decimal(38, 12)
"""A billionth of a thousandth of a dollar: sums of these are exact."""

_ALIAS_OF: Final = {d.name: d.alias for d in DIMENSIONS}


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
    usage = _usage(frame_of(charges, MEASURED), spans, dimensions, zone)
    return _effects(_side_by_side(usage, dimensions))


def _check(spans: Sequence[TimeSpan]) -> None:
    first, second = spans
    if first.first <= second.last and second.first <= first.last:
        raise InputError(
            f"{first.first} to {first.last} and {second.first} to {second.last} overlap: "
            "a request would be in both."
        )


def _usage(
    frame: pl.LazyFrame, spans: Sequence[TimeSpan], by: tuple[str, ...], zone: str
) -> pl.DataFrame:
    """Add up requests by member and part: of which span, with tokens or without."""
    within = [pl.col("started_at").is_between(*span.bounds(zone), closed="left") for span in spans]
    counted = (pl.col("prompt_tokens") + pl.col("completion_tokens") > 0).fill_null(value=False)
    part = pl.concat_str(
        pl.when(counted).then(pl.lit("by_token")).otherwise(pl.lit("tokenless")),
        pl.when(within[0]).then(pl.lit("before")).otherwise(pl.lit("after")),
        separator="_",
    )
    # a dimension that no measure reads carries the part, so that one pass does it all
    carrier = "end_user" if "issue" in by else "issue"
    parted = frame.filter(within[0] | within[1]).with_columns(part.alias(carrier))
    return breakdown(parted, (*by, carrier), tz=zone).rename({carrier: "part"})


def _labels(by: tuple[str, ...]) -> list[str]:
    return [column for name in by for column in (name, _ALIAS_OF.get(name)) if column]


def _side_by_side(usage: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Give each member one row, under its newest alias."""
    labels = _labels(by)
    aliases = [pl.col(c).drop_nulls().last() for c in labels if c not in by]
    counts = {
        "tokens": pl.col("total_tokens").fill_null(0) - pl.col("unpriced_tokens"),
        "unpriced_tokens": pl.col("unpriced_tokens"),
        "requests": pl.col("requests"),
        "unpriced": pl.col("unpriced_requests"),
    }
    spend = pl.col("spend").fill_null(0).cast(_MONEY)
    sums = [
        spend.filter(pl.col("part") == f"{kind}_{when}").sum().alias(f"{kind}_{when}")
        for kind in ("by_token", "tokenless")
        for when in ("before", "after")
    ]
    sums += [
        count.filter(pl.col("part").str.ends_with(when)).sum().alias(f"{name}_{when}")
        for name, count in counts.items()
        for when in ("before", "after")
    ]
    return (
        usage.sort("last_at", nulls_last=False, maintain_order=True)
        .group_by(*by, maintain_order=True)
        .agg(*aliases, *sums)
        .select(*labels, pl.exclude(labels))
    )


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
