"""Channels that hold a value, as objects of their own class.

Given a plain ``alt.value(0)`` or ``"amount:Q"``, Altair looks for the class that it would make by
going through its whole schema, which takes about five milliseconds each. So every channel in this
package is named outright.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import altair as alt

_Place = TypeVar("_Place", alt.XValue, alt.YValue, alt.Y2Value)


def fixed(channel: type[_Place], place: float | Literal["width", "height"]) -> _Place:
    """Place marks at a fixed distance from the left or the top.

    Parameters
    ----------
    channel
        Its class.
    place
        Pixels, or where the plot ends.

    Returns
    -------
    altair.XValue, altair.YValue or altair.Y2Value
        For ``x``, ``y`` or ``y2``.

    Examples
    --------
    >>> fixed(alt.Y2Value, "height").to_dict()
    {'value': 'height'}
    """
    return channel(place)


def opacity(usual: float, where: alt.Parameter | str, there: float) -> alt.OpacityValue:
    """Let some marks be more or less solid than the others.

    Parameters
    ----------
    usual
        How solid marks are, 0 to 1.
    where
        A selection, or an expression of Vega, that says which marks are not.
    there
        How solid those are.

    Returns
    -------
    altair.OpacityValue
        For ``opacity``.

    Examples
    --------
    >>> opacity(1, "datum.partial", 0.5).to_dict()
    {'condition': [{'test': 'datum.partial', 'value': 0.5}], 'value': 1}
    """
    condition = {"test": where} if isinstance(where, str) else {"param": where.name}
    return alt.OpacityValue(usual, condition=[{**condition, "value": there}])
