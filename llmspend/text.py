"""How things look in text: money, counts, ids, and names that come from strangers."""

from __future__ import annotations

import math
import unicodedata

_CENT = 0.01
_ID_SHOWN = 12
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HEX = frozenset("0123456789abcdef")


def usd(amount: float | None, *, signed: bool = False) -> str:
    """Format an amount of money so that neither big nor tiny ones lose their meaning.

    Parameters
    ----------
    amount
        USD; None is unknown.
    signed
        Whether to show a plus.

    Returns
    -------
    str
        Cents from a cent up, three significant digits below.

    Examples
    --------
    >>> usd(1234.5), usd(0.000123456), usd(0.0), usd(None), usd(-3.2), usd(5.65, signed=True)
    ('$1,234.50', '$0.000123', '$0.00', 'unknown', '-$3.20', '+$5.65')
    """
    if amount is None:
        return "unknown"
    size = abs(amount)
    decimals = 2
    if 0 < size < _CENT:
        rounded = float(f"{size:.2e}")  # 0.009999 has the digits of 0.0100
        decimals = min(2 - math.floor(math.log10(rounded)), 15)
    sign = "-" if amount < 0 else "+" if signed and amount > 0 else ""
    return f"{sign}${size:,.{decimals}f}"


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
