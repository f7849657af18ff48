"""Spend per member of a dimension, over the whole time: from charges or from a breakdown."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from llmspend.errors import InputError
from llmspend.measures import DIMENSIONS
from llmspend.spend import Charges, breakdown

ALIAS_OF: Final = {d.name: d.alias for d in DIMENSIONS}
_COUNTS: Final = ("requests", "total_tokens", "unpriced_requests")
_TIMES: Final = ("first_at", "last_at")


def spend_by_member(data: Charges, by: str, tz: str | None) -> tuple[pl.DataFrame, str | None]:
    """Bring charges or a breakdown into the form that charts of totals draw.

    Parameters
    ----------
    data
        Rows priced by `llmspend.price` (a frame or a Parquet file), or a breakdown of them by `by`;
        a finer one is added up.
    by
        One of `llmspend.DIMENSIONS`.
    tz
        IANA time zone of the dates; None: UTC for charges, its own for a breakdown.

    Returns
    -------
    polars.DataFrame, str or None
        ``member, alias, spend`` (USD, null where unknown), ``requests, total_tokens,
        unpriced_requests, first_at, last_at``, one row per member; and the zone.

    Raises
    ------
    InputError
        When `data` is neither.
    UnknownNameError
        For a dimension or time zone that does not exist.
    """
    if not isinstance(by, str):
        raise InputError(f"by is one dimension's name, not {by!r}.")
    if not is_breakdown(data):
        zone = tz or "UTC"
        return _members(breakdown(data, by, tz=zone), by, zone), zone
    frame = pl.scan_parquet(data) if isinstance(data, (str, Path)) else data.lazy()
    table = frame.collect()
    if by not in table.columns:
        raise InputError(
            f"this breakdown is not by {by}. Ask for it: llmspend.breakdown(charges, {by!r})."
        )
    zone_of = getattr(table.schema.get("first_at"), "time_zone", None)
    return _members(table, by, zone_of), zone_of


def is_breakdown(data: Charges) -> bool:
    """Tell a breakdown from charges.

    Parameters
    ----------
    data
        Either.

    Returns
    -------
    bool
        Whether it has spend and no cost.
    """
    if isinstance(data, (str, Path)) and not Path(data).is_file():
        return False
    frame = pl.scan_parquet(data, glob=False) if isinstance(data, (str, Path)) else data
    columns = frame.collect_schema().names()
    return "spend" in columns and "cost" not in columns


def _members(table: pl.DataFrame, by: str, zone: str | None) -> pl.DataFrame:
    """Give a breakdown, perhaps one made by hand, our columns; one row per member."""
    moment = pl.Datetime("us", zone)
    optional: dict[str, pl.DataType] = {
        **dict.fromkeys(_COUNTS, pl.Int64()),
        **dict.fromkeys(_TIMES, moment),
    }
    alias = ALIAS_OF.get(by) or ""
    known = alias if alias in table.columns else None
    spend = pl.col("spend").cast(pl.Float64)  # a Decimal is no JSON, NaN and infinity neither
    return (
        table.with_columns(
            pl.lit(None, dtype).alias(name) for name, dtype in optional.items() if name not in table
        )
        .select(
            pl.col(by).cast(pl.String).alias("member"),
            pl.lit(None, pl.String).alias("alias")
            if known is None
            else pl.col(known).cast(pl.String).alias("alias"),
            pl.when(spend.is_finite()).then(spend).alias("spend"),
            *(pl.col(name).cast(dtype) for name, dtype in optional.items()),
        )
        .sort("last_at", nulls_last=False, maintain_order=True)
        .group_by("member", maintain_order=True)
        .agg(
            pl.col("alias").drop_nulls().last(),
            # null where nothing has a price: Polars' sum alone would make it 0
            pl.when(pl.col("spend").count() > 0).then(pl.col("spend").sum()).alias("spend"),
            *(pl.col(name).sum() for name in _COUNTS),
            pl.col("first_at").min(),
            pl.col("last_at").max(),
        )
        .sort("spend", "member", descending=[True, False], nulls_last=True)
    )
