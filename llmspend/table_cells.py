"""How the columns of a small table are written: money, counts, shares, times, names.

The unit of a column is in its name. `unit_of` reads it, `written` writes the cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.measures import DIMENSIONS, MEASURES, RATIOS
from llmspend.text import date_text, printable, share, usd, usd_each, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import polars as pl

_COUNT: Final = "count"
_KNOWN: Final = {
    **{m.name: m.unit for m in MEASURES},
    **{r.name: r.unit for r in RATIOS},
    **{d.name: "name" for d in DIMENSIONS},
    "drift": "USD more or less",
    "difference": "USD more or less",
    **dict.fromkeys(("cost", "cost_before", "cost_after", "saved", "saved_by_reads"), "USD"),
    **dict.fromkeys(("write_surcharge", "gross_drift"), "USD"),
    "agreement": "share",
    "rows": "count",
    "share": "share",
    "trend": "trend",
    "period": "time",
}
_SAME: Final = {"USD/request": "USD each", "tokens": _COUNT, "requests": _COUNT, "UTC": "time"}
"""Unit of a measure → the unit here."""
_ENDINGS: Final = {
    "_cost": "USD",
    "_spend": "USD",
    "_saving": "USD",
    "_savings": "USD",
    "_amount": "USD",
    "_tokens": _COUNT,
    "_requests": _COUNT,
    "_rows": _COUNT,
    "_share": "share",
    "_ratio": "share",
    "_at": "time",
}
"""How a name ends → its unit."""
ADDED: Final = ("USD", "USD more or less", _COUNT)
"""Units of what adds up over rows, but for ratios."""
NUMBERS: Final = ("USD", "USD each", "USD more or less", _COUNT, "share", "number")
"""Units that stand on the right of their column."""

_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def unit_of(name: str, dtype: pl.DataType) -> str:
    """Say how a column is written.

    Parameters
    ----------
    name
        Its name.
    dtype
        What it holds.

    Returns
    -------
    str
        ``USD``, ``USD each``, ``USD more or less``, ``count``, ``share``, ``number``, ``time``,
        ``trend`` (a list of amounts), ``name`` (of a member of a dimension) or ``text``.

    Examples
    --------
    >>> import polars as pl
    >>> unit_of("spend", pl.Float64()), unit_of("cache_read_tokens", pl.Int64())
    ('USD', 'count')
    >>> unit_of("cached_share", pl.Float64()), unit_of("hint", pl.String())
    ('share', 'text')
    """
    known = _KNOWN.get(name) or next((u for end, u in _ENDINGS.items() if name.endswith(end)), "")
    unit = _SAME.get(known, known)
    if dtype.is_numeric():
        unnamed = "USD" if dtype.is_decimal() else "number"  # decimals are exact money here
        return unit if unit in NUMBERS else unnamed
    if dtype.is_temporal():
        return "time"
    return unit if unit in ("trend", "name") else "text"


def heading(name: str) -> str:
    """Write the name of a column for people.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    str
        Words, control characters shown.

    Examples
    --------
    >>> heading("cost_per_request"), heading("team")
    ('Cost per request', 'Team')
    """
    words = printable(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def written(values: Sequence[Any], unit: str) -> list[str]:
    """Write the cells of a column.

    Parameters
    ----------
    values
        What they hold.
    unit
        As `unit_of` gives it.

    Returns
    -------
    list of str
        Plain text, safe to print: unknown amounts say so, and times show hours only where some
        do not begin a day.

    Examples
    --------
    >>> written([1234.5, None], "USD"), written([0.25], "share"), written([5000], "count")
    (['$1,234.50', 'unknown'], ['25.0%'], ['5,000'])
    >>> written([[0.0, 2.0, 1.0]], "trend")
    ['▁█▅']
    """
    if unit == "time":
        return _times(values)
    return [_WRITERS.get(unit, _text)(value) for value in values]


def _times(values: Sequence[datetime | None]) -> list[str]:
    is_days = all(v is None or not hasattr(v, "hour") or v.hour == v.minute == 0 for v in values)
    return ["–" if v is None else date_text(v, timed=not is_days) for v in values]


def _trend(amounts: Sequence[float | None] | None) -> str:
    """Draw amounts as blocks; unknown ones are gaps."""
    highest = max((a for a in amounts or () if a is not None), default=0.0)
    last = len(_BLOCKS) - 1
    return "".join(
        " " if a is None else _BLOCKS[round(max(a, 0) / highest * last) if highest > 0 else 0]
        for a in amounts or ()
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


def _text(value: object) -> str:
    if value is None:
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return printable(text.replace("\n", " ⏎ "))


_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "USD": usd,
    "USD each": usd_each,
    "USD more or less": lambda amount: usd(amount, signed=True),
    _COUNT: whole,
    "share": share,
    "number": _number,
    "trend": _trend,
}
