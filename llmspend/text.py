"""How things look in text: money, counts, ids, and names that come from strangers."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_CENT = 0.01
_ID_SHOWN = 12
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HEX = frozenset("0123456789abcdef")
_COMPACT_FROM = 10_000
_THOUSANDS = "kMBT"
_SMALL_SHARE = 0.001
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def usd(amount: float | None, *, signed: bool = False, exact_to: float = _CENT) -> str:
    """Format an amount of money so that neither big nor tiny ones lose their meaning.

    Parameters
    ----------
    amount
        USD; None is unknown.
    signed
        Whether to show a plus.
    exact_to
        Smaller amounts have three significant digits, USD.

    Returns
    -------
    str
        With cents, or three significant digits.

    Examples
    --------
    >>> usd(1234.5), usd(0.000123456), usd(0.0), usd(None), usd(-3.2), usd(5.65, signed=True)
    ('$1,234.50', '$0.000123', '$0.00', 'unknown', '-$3.20', '+$5.65')
    """
    if amount is None:
        return "unknown"
    size = abs(amount)
    decimals = 2
    if 0 < size < exact_to:
        rounded = float(f"{size:.2e}")  # 0.009999 has the digits of 0.0100
        decimals = min(2 - math.floor(math.log10(rounded)), 15)
    sign = "-" if amount < 0 else "+" if signed and amount > 0 else ""
    return f"{sign}${size:,.{decimals}f}"


def usd_each(amount: float | None) -> str:
    """Format an average, which says nothing once it is rounded to a cent or two.

    Parameters
    ----------
    amount
        USD for one of something; None is unknown.

    Returns
    -------
    str
        As `usd`, but three significant digits below a dollar.

    Examples
    --------
    >>> usd_each(0.024759), usd_each(0.5), usd_each(12.3456), usd_each(None)
    ('$0.0248', '$0.500', '$12.35', 'unknown')
    """
    return usd(amount, exact_to=1.0)


def usd_rate(rate: float) -> str:
    """Format a price without rounding it away: prices have as many digits as they have.

    Parameters
    ----------
    rate
        USD per some number of units.

    Returns
    -------
    str
        Two decimals or as many as are needed, ten at most.

    Examples
    --------
    >>> usd_rate(6.875), usd_rate(25.0), usd_rate(0.0375)
    ('$6.875', '$25.00', '$0.0375')
    """
    whole_part, _, decimals = f"{rate:,.10f}".partition(".")
    return f"${whole_part}.{decimals.rstrip('0').ljust(2, '0')}"


def whole(count: int | None) -> str:
    """Format a count.

    Parameters
    ----------
    count
        A whole number; None is unknown.

    Returns
    -------
    str
        With thousands separators.

    Examples
    --------
    >>> whole(1234567), whole(None)
    ('1,234,567', 'unknown')
    """
    return "unknown" if count is None else f"{count:,}"


def duplicate_rows(count: int) -> str:
    """Write how many rows are duplicates.

    Parameters
    ----------
    count
        One at least.

    Returns
    -------
    str
        In words.

    Examples
    --------
    >>> duplicate_rows(1), duplicate_rows(2400)
    ('1 row whose request is in the log already', '2,400 rows whose request is in the log already')
    """
    return f"{whole(count)} row{'' if count == 1 else 's'} whose request is in the log already"


def compact(count: int | None) -> str:
    """Format a count for a narrow column.

    Parameters
    ----------
    count
        A whole number; None is unknown.

    Returns
    -------
    str
        Three digits from ten thousand on, with k, M, B or T.

    Examples
    --------
    >>> compact(1234), compact(45_678), compact(664_945_604), compact(999_960), compact(None)
    ('1,234', '45.7k', '665M', '1.00M', 'unknown')
    """
    if count is None or abs(count) < _COMPACT_FROM:
        return whole(count)
    digits, exponent = f"{count:.2e}".split("e")
    thousands = min(int(exponent) // 3, len(_THOUSANDS))
    place = int(exponent) - 3 * thousands
    number = float(digits) * 10**place
    return f"{number:,.{max(0, 2 - place)}f}{_THOUSANDS[thousands - 1]}"


def share(part: float | None) -> str:
    """Format a share so that nearly all is not all, and nearly nothing not nothing.

    Parameters
    ----------
    part
        From 0 to 1; None is unknown.

    Returns
    -------
    str
        In percent.

    Examples
    --------
    >>> share(0.599), share(0.9997), share(1.0), share(0.0002), share(None)
    ('59.9%', '99.970%', '100.0%', '0.020%', '–')
    """
    if part is None:
        return "–"
    is_extreme = 0 < part < _SMALL_SHARE or 1 - _SMALL_SHARE < part < 1
    return f"{part:.3%}" if is_extreme else f"{part:.1%}"


def without_math(markup: str) -> str:
    """Keep a notebook from taking dollars for formulas: JupyterLab does so in any HTML.

    Parameters
    ----------
    markup
        HTML.

    Returns
    -------
    str
        The same in an element of its own.

    Examples
    --------
    >>> without_math("<b>$1 and $2</b>")
    '<div class="mathjax_ignore"><b>$1 and $2</b></div>'
    """
    return f'<div class="mathjax_ignore">{markup}</div>'


def cut(text: str, limit: int) -> str:
    """Shorten a text.

    Parameters
    ----------
    text
        Any.
    limit
        How many characters it may have.

    Returns
    -------
    str
        The text, or its beginning and an ellipsis.

    Examples
    --------
    >>> cut("gpt-4o", 6), cut("gpt-4o-mini", 6)
    ('gpt-4o', 'gpt-4…')
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def cut_middle(text: str, limit: int) -> str:
    """Shorten a text that may differ from others only at its end.

    Parameters
    ----------
    text
        Any.
    limit
        How many characters it may have, two at least.

    Returns
    -------
    str
        The text, or its beginning, an ellipsis and its end.

    Examples
    --------
    >>> cut_middle("gpt-4o-mini", 11), cut_middle("gpt-4o-mini", 8)
    ('gpt-4o-mini', 'gpt-…ini')
    """
    if len(text) <= limit:
        return text
    end = (limit - 1) // 2
    return f"{text[: limit - 1 - end]}…{text[len(text) - end :]}"


def date_text(moment: datetime, *, timed: bool = False) -> str:
    """Write a date, in reports as in charts.

    Parameters
    ----------
    moment
        When.
    timed
        Whether to write the time of day too.

    Returns
    -------
    str
        In English, whatever the locale of the process.

    Examples
    --------
    >>> from datetime import datetime
    >>> date_text(datetime(2026, 5, 4, 9, 30)), date_text(datetime(2026, 5, 4, 9, 30), timed=True)
    ('May 4, 2026', 'May 4, 2026 09:30')
    """
    day = f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}"
    return f"{day} {moment:%H:%M}" if timed else day


def short_id(identifier: str) -> str:
    """Shorten a hash; leave every other id as it is.

    Parameters
    ----------
    identifier
        An id, such as the hash of an API key.

    Returns
    -------
    str
        Its beginning and an ellipsis when it is a long hexadecimal number.

    Examples
    --------
    >>> short_id("f96db279064f2336f02ae6b60d9636ffa1"), short_id("litellm_proxy_master_key")
    ('f96db279064f…', 'litellm_proxy_master_key')
    """
    is_hash = len(identifier) > 2 * _ID_SHOWN and set(identifier) <= _HEX
    return f"{identifier[:_ID_SHOWN]}…" if is_hash else identifier


def printable(name: str) -> str:
    r"""Make a name from a log safe to print: no control or direction marks reach the terminal.

    Parameters
    ----------
    name
        Any text.

    Returns
    -------
    str
        The text with such characters replaced by ``�``.

    Examples
    --------
    >>> printable("gpt\x1b[31m-4o"), printable("größe-模型")
    ('gpt�[31m-4o', 'größe-模型')
    """
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in name
    )
