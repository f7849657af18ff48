"""How columns of a caller are read as canonical ones: casts that lose nothing, and no secrets."""

from __future__ import annotations

import polars as pl

from llmspend.errors import InputError

_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def as_type(expr: pl.Expr, given: pl.DataType, wanted: pl.DataType) -> pl.Expr | None:
    """Read a column as another type.

    Parameters
    ----------
    expr
        The column.
    given
        Its type.
    wanted
        The type it should have, not the same.

    Returns
    -------
    polars.Expr or None
        Naive times are UTC, and numbers that do not fit are null; None where the one cannot be
        read as the other.

    Examples
    --------
    >>> as_type(pl.lit("12"), pl.String(), pl.Int64()) is None
    True
    """
    if isinstance(wanted, pl.Datetime):
        if isinstance(given, pl.Datetime):
            aware = (
                expr.dt.convert_time_zone("UTC")
                if given.time_zone
                else expr.dt.replace_time_zone("UTC")
            )
            return aware.dt.cast_time_unit("us")
        if given == pl.Date:
            return expr.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    elif wanted.is_numeric():
        return expr.cast(wanted, strict=False) if given.is_numeric() else None
    elif wanted == pl.String and (given.is_numeric() or given in _TEXTS):
        return expr.cast(pl.String)
    elif wanted == pl.List(pl.String):
        inner = given.inner if isinstance(given, (pl.List, pl.Array)) else None
        return expr.cast(wanted) if inner in (*_TEXTS, pl.Null) else None
    return None


def as_column(
    expr: pl.Expr, given: pl.DataType, wanted: pl.DataType, name: str, meaning: str
) -> pl.Expr:
    """Bring values into the type of a column.

    Parameters
    ----------
    expr
        The values.
    given
        Their type.
    wanted
        The column's, another one.
    name, meaning
        What the column is called, and what it says.

    Returns
    -------
    polars.Expr
        The same values; times without a zone are UTC.

    Raises
    ------
    InputError
        When that type cannot be read as the column's.
    """
    cast = as_type(expr, given, wanted)
    if cast is None:
        raise InputError(
            f"column {name!r} is {given}, but should be {wanted}: {meaning} "
            "Cast it before, or map another column to this name."
        )
    return cast


def without_secrets(address: pl.Expr) -> pl.Expr:
    """Drop the login, the query and the fragment of addresses.

    Parameters
    ----------
    address
        Texts.

    Returns
    -------
    polars.Expr
        The same; empty where nothing else stood there.

    Examples
    --------
    >>> pl.select(without_secrets(pl.lit("https://me:pw@example.com/v1?api-key=secret"))).item()
    'https://example.com/v1'
    """
    # few have any: for the rest, to look is all that it costs
    telling = pl.when(address.str.contains("[?#@]")).then(address)
    bare = telling.str.replace("[?#].*", "").str.replace("^([^/]*//)?[^/]*@", "${1}")
    return pl.coalesce(bare, address)
