"""How much may be drawn at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.charts._intervals import INTERVALS, Interval
from llmspend.errors import InputError
from llmspend.text import whole

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS: Final = 5_000
"""More marks than this nobody can see, and no browser draws quickly."""


def check_size(rows: int, what: str, instead: str) -> None:
    """Refuse what is too much to draw.

    Parameters
    ----------
    rows
        How many marks there would be.
    what
        What they are: "26 hours of 4 teams are 104 bar segments".
    instead
        What to ask for: "every='day'".

    Raises
    ------
    InputError
        When there are more than 5,000.

    Examples
    --------
    >>> check_size(4_000, "500 days of 8 teams are 4,000 bars", "every='week'")
    """
    if rows > MOST_ROWS:
        raise InputError(f"{what}; at most {whole(MOST_ROWS)} can be drawn. Take {instead}.")


def coarser(interval: Interval, starts: pl.Series, marks: int) -> str:
    """Say which longer periods would fit.

    Parameters
    ----------
    interval
        What the periods are.
    starts
        Their starts.
    marks
        How many marks a period has, at most.

    Returns
    -------
    str
        The name of an interval.
    """
    longer = INTERVALS[INTERVALS.index(interval) + 1 :]
    fits = (i.name for i in longer if starts.dt.truncate(i.step).n_unique() * marks <= MOST_ROWS)
    return next(fits, INTERVALS[-1].name)
