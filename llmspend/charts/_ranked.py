"""Members below one another, largest first: what charts with a bar per member have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from llmspend.charts._names import names
from llmspend.charts._theme import INK
from llmspend.charts._words import noun
from llmspend.errors import InputError
from llmspend.text import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BARS: Final = 60
"""More bars than this fit no screen."""
NAMES_WIDTH: Final = 260
"""What names may take of the left side, in pixels."""
_STEP: Final = 26
_PADDING: Final = 8


def rank(
    rows: pl.DataFrame,
    top: int,
    order: Sequence[pl.Expr],
    sums: Sequence[str],
    notes: Sequence[str] = (),
) -> pl.DataFrame:
    """Keep the first members, add the others up, and name them all.

    Parameters
    ----------
    rows
        ``member, alias`` and `sums`, a row per member.
    top
        How many to keep, 1 to 60.
    order
        What they are ordered by, largest first.
    sums
        What adds up.
    notes
        What is said of each; null of the rest.

    Returns
    -------
    polars.DataFrame
        ``rank, label`` (no other member's), ``name`` (for tooltips), ``is_other, is_none, members``
        (how many it stands for), `sums` and `notes`; the rest, "Other (12)", last.

    Raises
    ------
    InputError
        When `top` is out of range.
    """
    if not 1 <= top <= MOST_BARS:
        raise InputError(f"top is from 1 to {MOST_BARS}, the bars that fit a screen, not {top}.")
    downwards = [True] * len(order)
    ranked = rows.sort(*order, "member", descending=[*downwards, False], nulls_last=True)
    # a single one beyond the top is shown by its name, which is shorter than "Other (1)"
    kept = ranked.height if ranked.height == min(top + 1, MOST_BARS) else top
    shown, rest = ranked[:kept], ranked[kept:]
    other = f"Other ({whole(rest.height)})"
    titles = names(shown.select("member", "alias").rows(), taken=[other])
    table = shown.select(
        pl.Series("label", [t.label for t in titles], dtype=pl.String),
        pl.Series("name", [t.full for t in titles], dtype=pl.String),
        pl.lit(value=False).alias("is_other"),
        pl.col("member").is_null().alias("is_none"),
        pl.lit(1, pl.Int64).alias("members"),
        *sums,
        *notes,
    )
    if rest.height:
        folded = rest.select(
            pl.lit(other).alias("label"),
            pl.lit(other).alias("name"),
            pl.lit(value=True).alias("is_other"),
            pl.lit(value=False).alias("is_none"),
            pl.len().cast(pl.Int64).alias("members"),
            *(pl.col(name).sum() for name in sums),
            *(pl.lit(None, table.schema[name]).alias(name) for name in notes),
        )
        table = pl.concat([table, folded])
    return table.with_columns(pl.int_range(pl.len()).alias("rank"))


def member_axis(
    labels: Sequence[str], field: str = "label", *, named: bool = True, width: int | None = None
) -> alt.Y:
    """Lay members out below one another.

    Parameters
    ----------
    labels
        Of all, in order.
    field
        The column that they are in.
    named
        Whether their names stand at the left.
    width
        Exactly how much of the left side names take, in pixels; None for what they need.

    Returns
    -------
    altair.Y
        For that column.
    """
    place = alt.Y(f"{field}:N").scale(domain=list(labels), paddingInner=0.34, paddingOuter=0.17)
    if not named:
        return place.axis(None)
    return place.title(None).axis(
        domain=False,
        ticks=False,
        grid=False,
        labelColor=INK,
        labelLimit=NAMES_WIDTH if width is None else width - _PADDING,
        labelPadding=_PADDING,
        minExtent=alt.Undefined if width is None else width,
        maxExtent=alt.Undefined if width is None else width,
    )


def height_of(labels: Sequence[str]) -> int:
    """Return how high a plot is that has a row per member.

    Parameters
    ----------
    labels
        Of all.

    Returns
    -------
    int
        Pixels.
    """
    return _STEP * len(labels)


def top_of(table: pl.DataFrame, by: str) -> list[str]:
    """Say how many of all members have a bar of their own, if not all have.

    Parameters
    ----------
    table
        As of `rank`.
    by
        The dimension.

    Returns
    -------
    list of str
        None, or one note for a subtitle.
    """
    shown, everyone = int((~table["is_other"]).sum()), int(table["members"].sum())
    return [f"top {shown} of {whole(everyone)} {noun(by, plural=True)}"] if shown < everyone else []


def bars_in_words(table: pl.DataFrame | None) -> list[str]:
    """Say what the bars show to those who do not see them.

    Parameters
    ----------
    table
        As of `rank`, with the ``text`` that stands beside each bar; None without any.

    Returns
    -------
    list of str
        None without bars, or one sentence for a description.

    Examples
    --------
    >>> bars_in_words(pl.DataFrame({"label": ["gpt-4o", "o3"], "text": ["$2.00", "$1.00"]}))
    ['Bars: gpt-4o $2.00, o3 $1.00']
    """
    if table is None or table.is_empty():
        return []
    each = ", ".join(f"{label} {text}" for label, text in table.select("label", "text").rows())
    return [f"Bars: {each}"]
