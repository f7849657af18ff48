"""What a charge is made of: fresh input, cache reads, cache writes, output and reasoning.

A charge has a cost per side, not per kind of token. Its rates are found again (a lookup of what is
already resolved, far cheaper than pricing), and the formulas give the quantities they were
multiplied by. A row that does not come to the same input and output cost is left in one piece: it
was billed by something else than tokens, or priced by another cost map.

To tell another kind of token apart, add a row to PARTS.
"""

from __future__ import annotations

from functools import reduce
from operator import add, and_, mul
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from llmspend.arithmetic import SIDE_STAGES, UPLIFTS, by_own_length
from llmspend.measures import MEASURES, Measure, only_where, total
from llmspend.price_choice import chooser_of
from llmspend.pricing import card_for
from llmspend.spend import Grouping, add_up, check_charges, opened
from llmspend.usage import COLUMN_BY_NAME, normalize
from llmspend.values import PRIVATE, as_columns, private

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges


class Billed(NamedTuple):
    """A quantity of the formulas, and its rates.

    Attributes
    ----------
    quantity, rate
        Names in `llmspend.arithmetic`.
    fresh_rate
        What the same tokens cost as fresh input; None where they are not cached.
    """

    quantity: str
    rate: str
    fresh_rate: str | None = None


class Part(NamedTuple):
    """A kind of token.

    Attributes
    ----------
    name
        Its columns are ``<name>_tokens`` and ``<name>_cost``.
    label
        For people.
    billed
        What it consists of.
    """

    name: str
    label: str
    billed: tuple[Billed, ...]


PARTS: Final = (
    Part(
        "fresh_input",
        "Fresh input",
        (
            Billed("input_tokens_q", "input_tokens_rate"),
            Billed("audio_input_tokens_q", "audio_input_tokens_rate"),
            Billed("image_input_tokens_q", "image_input_tokens_rate"),
            Billed("video_input_tokens_q", "video_input_tokens_rate"),
        ),
    ),
    Part(
        "cache_read",
        "Cache read",
        (
            Billed("cache_read_tokens_q", "cache_read_tokens_rate", "input_tokens_rate"),
            Billed(
                "cache_read_audio_tokens_q",
                "cache_read_audio_tokens_rate",
                "audio_input_tokens_rate",
            ),
            Billed(
                "cache_read_image_tokens_q",
                "cache_read_image_tokens_rate",
                "image_input_tokens_rate",
            ),
            Billed("_last_read_q", "cache_read_tokens_rate", "input_tokens_rate"),
        ),
    ),
    Part(
        "cache_creation",
        "Cache write",
        (
            Billed("cache_creation_tokens_q", "cache_creation_tokens_rate", "input_tokens_rate"),
            Billed(
                "cache_creation_1h_tokens_q", "cache_creation_1h_tokens_rate", "input_tokens_rate"
            ),
            Billed("_last_written_q", "cache_creation_tokens_rate", "input_tokens_rate"),
        ),
    ),
    Part(
        "output",
        "Output",
        (
            Billed("output_tokens_q", "_output_tokens_rate"),
            Billed("audio_output_tokens_q", "audio_output_tokens_rate"),
            Billed("image_output_tokens_q", "image_output_tokens_rate"),
            Billed("video_output_tokens_q", "video_output_tokens_rate"),
        ),
    ),
    Part("reasoning", "Reasoning", (Billed("reasoning_tokens_q", "reasoning_tokens_rate"),)),
)
"""Every kind of token, in the order in which they are drawn."""

_CHARGED: Final = ("cost", "cost_source", "input_cost", "output_cost", "quantity_source", "kind")


def with_parts(charges: Charges, cost_map: CostMap | RateCard | None) -> pl.LazyFrame:
    """Take charges apart.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price` (a frame or a Parquet file).
    cost_map
        Whose rates they were priced with; as for `llmspend.price`.

    Returns
    -------
    polars.LazyFrame
        The rows, and for every part ``part_<name>_tokens`` (as billed) and ``part_<name>_cost``
        (USD, with all multipliers, discounts and margins), for cached ones also
        ``part_<name>_fresh_cost`` (what they would have cost as fresh input); ``part_other_cost``
        (what is left of ``cost``) and ``part_is_strange`` (whether rates should have priced the
        row but come to another cost).

    Raises
    ------
    InputError
        When these are no charges.
    """
    frame = opened(charges).lazy()
    check_charges(frame, _CHARGED)
    card = card_for(cost_map, None)
    rates = card.expr(chooser_of(card).expr()).alias(_CARD)
    found = normalize(frame).with_columns(rates).unnest(_CARD, separator=".")
    before = SIDE_STAGES.index(by_own_length)
    made = as_columns(SIDE_STAGES[:before], found, COLUMN_BY_NAME).with_columns(
        private(name).alias(f"{PRIVATE}by_tokens{name}") for name in _SUMS
    )
    made = as_columns(SIDE_STAGES[before:], made, COLUMN_BY_NAME)
    by_rates = (pl.col("cost_source") == "rates") & pl.col("quantity_source").is_null()
    agrees = reduce(
        and_,
        [
            *(private(side) == pl.col(side) for side in ("input_cost", "output_cost")),
            *(private(name) == private(f"by_tokens{name}") for name in _SUMS),
        ],
    ).fill_null(value=False)
    is_split = by_rates & agrees & ~private("_is_stated")
    # what scales both sides, then what is taken off and put on the whole
    scales = (*map(private, UPLIFTS), 1 - private("discount_share"), 1 + private("margin_share"))
    made = made.with_columns(is_split.alias(_IS_SPLIT), reduce(mul, scales).alias(_FACTOR))
    split = made.with_columns(*_amounts())
    costs = pl.sum_horizontal(f"part_{part.name}_cost" for part in PARTS)
    return split.with_columns(
        (pl.col("cost") - costs).alias("part_other_cost"),
        (by_rates & ~agrees).alias("part_is_strange"),
    )


_CARD: Final = PRIVATE.removesuffix(".")
_SUMS: Final = ("_input_sum", "_output_sum")


_IS_SPLIT: Final = f"{PRIVATE}is_split"
_FACTOR: Final = f"{PRIVATE}factor"


def _amounts() -> Iterable[pl.Expr]:
    # a row is split only where all of its rates are known: plain sums do
    for part in PARTS:
        tokens = reduce(add, (private(b.quantity) for b in part.billed))
        yield _where_split(tokens, 0).alias(f"part_{part.name}_tokens")
        costs = {"cost": [b.rate for b in part.billed]}
        fresh = [b.fresh_rate for b in part.billed if b.fresh_rate]
        if fresh:
            costs["fresh_cost"] = fresh
        for kind, rates in costs.items():
            amounts = (
                private(b.quantity) * private(rate)
                for b, rate in zip(part.billed, rates, strict=True)
            )
            cost = reduce(add, amounts) * pl.col(_FACTOR)
            yield _where_split(cost, 0.0).alias(f"part_{part.name}_{kind}")


def _where_split(amount: pl.Expr, otherwise: float) -> pl.Expr:
    return pl.when(pl.col(_IS_SPLIT)).then(amount).otherwise(otherwise)


def token_mix(
    charges: Charges,
    by: str | Sequence[str] = (),
    *,
    every: str | None = None,
    tz: str = "UTC",
    cost_map: CostMap | RateCard | None = None,
) -> pl.DataFrame:
    """Add up what each kind of token comes to: fresh and cached input, output, reasoning.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price` (a frame or a Parquet file).
    by, every, tz
        As for `llmspend.breakdown`.
    cost_map
        Whose rates they were priced with; as for `llmspend.price`.

    Returns
    -------
    polars.DataFrame
        One row per group, largest spend first: ``period`` (with `every`), the dimensions,
        ``spend`` (USD), ``requests``, for each of fresh_input, cache_read, cache_creation, output
        and reasoning its ``_tokens`` (as billed: those of cache hits and failures are not) and
        ``_cost`` (USD, discounts and margins included); ``other_cost`` (tools, images, seconds,
        fees: what is not billed by these tokens; the costs add up to the spend), ``strange_rows``
        (whose rates now come to another cost: another `cost_map` priced them; theirs is in
        ``other_cost``), ``unpriced_requests, first_at, last_at``.

    Raises
    ------
    InputError
        When these are no charges.
    UnknownNameError
        For a dimension, period or time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame(
    ...     {"model": ["gpt-4o"], "prompt_tokens": [1000], "cache_read_tokens": [800]}
    ... )
    >>> mix = token_mix(llmspend.price(calls))
    >>> mix.select("fresh_input_tokens", "cache_read_tokens", "cache_read_cost").row(0)
    (200, 800, 0.001)
    """
    (table,) = token_mixes(charges, [Grouping.of(by, every)], tz=tz, cost_map=cost_map)
    return table


def token_mixes(
    charges: Charges,
    groupings: Sequence[Grouping],
    *,
    tz: str = "UTC",
    cost_map: CostMap | RateCard | None = None,
) -> list[pl.DataFrame]:
    """Compute several tables of `token_mix` in one pass over the charges.

    Parameters
    ----------
    charges, groupings, tz, cost_map
        As for `token_mix`, and `llmspend.breakdowns`.

    Returns
    -------
    list of polars.DataFrame
        One per grouping.
    """
    parts = [
        Measure(f"{part.name}_{kind}", sql, unit, part.label)
        for part in PARTS
        for kind, sql, unit in (
            ("tokens", f"sum(part_{part.name}_tokens)::BIGINT", "tokens"),
            ("cost", total_of_few(f"part_{part.name}_cost"), "USD"),
        )
    ]
    columns = [f"part_{part.name}_{kind}" for part in PARTS for kind in ("tokens", "cost")]
    return sums_of_parts(charges, groupings, tz, cost_map, parts, columns)


def total_of_few(money: str) -> str:
    """Write the exact sum of an amount that is 0 in most rows: those are not converted.

    Parameters
    ----------
    money
        SQL, USD, never null.

    Returns
    -------
    str
        SQL of an aggregate.
    """
    return f"coalesce({total(f'CASE WHEN ({money}) <> 0 THEN {money} END')}, 0)"


def sums_of_parts(
    charges: Charges,
    groupings: Sequence[Grouping],
    tz: str,
    cost_map: CostMap | RateCard | None,
    measures: Sequence[Measure],
    columns: Sequence[str],
) -> list[pl.DataFrame]:
    """Add up measures of the columns that `with_parts` adds.

    Parameters
    ----------
    charges, groupings, tz, cost_map
        As for `token_mixes`.
    measures, columns
        What to add up, and the columns it is from.

    Returns
    -------
    list of polars.DataFrame
        As of `token_mixes`, with these measures.
    """
    return add_up(
        with_parts(charges, cost_map),
        groupings,
        (*_WHOLE, *measures, *_REST),
        [*_READ, *columns],
        tz=tz,
    )


_READ: Final = (
    "cost",
    "row_class",
    "request_count",
    "started_at",
    "part_other_cost",
    "part_is_strange",
)
_OF: Final = {m.name: m for m in MEASURES}
_WHOLE: Final = (_OF["spend"], _OF["requests"])
_REST: Final = (
    Measure("other_cost", total("part_other_cost"), "USD", "What is not billed by these tokens."),
    Measure(
        "strange_rows",
        f"count({only_where('part_is_strange')})",
        "rows",
        "Rows that another cost map priced.",
    ),
    *(_OF[name] for name in ("unpriced_requests", "first_at", "last_at")),
)
