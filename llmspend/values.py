"""What the formulas are written over: numbers of one call, or columns of a frame.

The helpers mean the same for both; `Numbers` and `Columns` are the environments in which a name
is a number or a column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Value: TypeAlias = Any
"""A number, or a `polars.Expr` that yields numbers."""

PRIVATE = "_llmspend."
"""How the names of columns begin that exist only while a frame is being priced."""


def least(a: Value, b: Value) -> Value:
    """Return the smaller of two values."""
    if isinstance(a, pl.Expr) or isinstance(b, pl.Expr):
        return pl.when(a < b).then(a).otherwise(b)
    return min(a, b)


def greatest(a: Value, b: Value) -> Value:
    """Return the larger of two values."""
    if isinstance(a, pl.Expr) or isinstance(b, pl.Expr):
        return pl.when(a > b).then(a).otherwise(b)
    return max(a, b)


def choose(condition: Value, then: Value, otherwise: Value) -> Value:
    """Return `then` where the condition holds, else `otherwise`."""
    if isinstance(condition, pl.Expr):
        return pl.when(condition).then(then).otherwise(otherwise)
    return then if condition else otherwise


def known(value: Value) -> Value:
    """Tell whether a value is there (not null)."""
    return value.is_not_null() if isinstance(value, pl.Expr) else value is not None


def or_zero(value: Value) -> Value:
    """Return the value, or 0 where there is none."""
    if isinstance(value, pl.Expr):
        return value.fill_null(0)
    return 0 if value is None else value


class Numbers:
    """An environment of plain numbers: what `STAGES` read and write for one call.

    Parameters
    ----------
    values
        Counts, rates and switches by name.

    Examples
    --------
    >>> Numbers({"prompt_tokens": 3}).prompt_tokens
    3
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - numbers of several kinds
        raise AttributeError(f"the formulas need {name!r}, which neither usage nor card gives")


class Columns:
    """An environment of columns: a given one is itself, every other name is private.

    Parameters
    ----------
    given
        Names of the columns that a usage frame has.

    Examples
    --------
    >>> env = Columns(["prompt_tokens"])
    >>> str(env.prompt_tokens), str(env.input_tokens_rate)
    ('col("prompt_tokens")', 'col("_llmspend.input_tokens_rate")')
    """

    def __init__(self, given: Iterable[str]) -> None:
        self._given = frozenset(given)

    def __getattr__(self, name: str) -> pl.Expr:
        return pl.col(name) if name in self._given else private(name)


def private(name: str) -> pl.Expr:
    """Return a column that llmspend itself made on the way, whatever columns a caller has.

    Parameters
    ----------
    name
        Its name in the formulas or on the rate card.

    Returns
    -------
    polars.Expr
        The column.
    """
    return pl.col(PRIVATE + name)
