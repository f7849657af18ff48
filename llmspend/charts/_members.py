"""The largest members of a dimension, and the rest folded into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.charts._names import names
from llmspend.charts._theme import OTHER, PALETTE
from llmspend.errors import InputError
from llmspend.text import whole

if TYPE_CHECKING:
    from llmspend.charts._periods import SpendByPeriod

MOST: Final = len(PALETTE)


@dataclass(frozen=True, slots=True)
class Member:
    """One colour of a chart.

    Attributes
    ----------
    label
        In the legend; no other member's.
    full
        In the tooltip.
    spend
        Its total, USD.
    colour
        Its colour.
    is_other
        Whether it is the rest.
    is_none
        Whether it is what has no value at all.
    """

    label: str
    full: str
    spend: float
    colour: str
    is_other: bool = False
    is_none: bool = False


def fold(spend: SpendByPeriod, top: int) -> tuple[list[Member], pl.DataFrame]:
    """Keep the members with the largest spend and fold the others into one.

    Parameters
    ----------
    spend
        What to draw.
    top
        How many to keep, at most as many as there are colours.

    Returns
    -------
    list of Member, polars.DataFrame
        The members, largest first, the rest last; and ``start, end, rank, spend, requests,
        total_tokens``, where rank is the place in that list. Members that cost nothing are left
        out: there is nothing to see.

    Raises
    ------
    InputError
        When there are not so many colours.
    """
    if not 1 <= top <= MOST:
        raise InputError(f"top is from 1 to {MOST}, the colours that can be told apart, not {top}.")
    ranked = _ranked(spend.rows)
    # a single one beyond the top is shown by its name, which is shorter than "Other (1)"
    kept = ranked.height if ranked.height == min(top + 1, MOST) else top
    rest = ranked[kept:]
    other = f"Other ({whole(rest.height)})"
    shown = ranked[:kept]
    titles = names(shown.select("member", "alias").rows(), taken=[other])
    members = [
        Member(name.label, name.full, row["spend"], colour, is_none=row["member"] is None)
        for name, row, colour in zip(titles, shown.to_dicts(), PALETTE, strict=False)
    ]
    if rest.height:
        members.append(Member(other, other, float(rest["spend"].sum()), OTHER, is_other=True))
    rank = pl.int_range(pl.len()).clip(upper_bound=kept).cast(pl.Int64)
    ranks = ranked.select("member", rank=rank)
    folded = (
        spend.rows.join(ranks, on="member", nulls_equal=True)
        .group_by("start", "end", "rank")
        .agg(pl.col("spend", "requests", "total_tokens").sum())
        .filter(pl.col("spend") != 0)
        .sort("start", "rank")
    )
    return members, folded


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.sort("last_at", nulls_last=False, maintain_order=True)
        .group_by("member", maintain_order=True)
        .agg(pl.col("alias").drop_nulls().last(), pl.col("spend").sum())
        .filter(pl.col("spend") != 0)
        .sort("spend", "member", descending=[True, False], nulls_last=True)
    )
