"""Channels that hold a value, as objects of their own class.

Given a plain ``alt.value(0)`` or ``"amount:Q"``, Altair looks for the class that it would make by
comparing it with the whole schema: five milliseconds each, a tenth of a second in a large chart. So
every channel here is named outright.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

if TYPE_CHECKING:
    from typing import Literal

    Place = float | Literal["width", "height"]


def x_at(place: Place) -> alt.XValue:
    """Place marks at a fixed distance from the left.

    Parameters
    ----------
    place
        Pixels, or where the plot ends.

    Returns
    -------
    altair.XValue
        For ``x``.

    Examples
    --------
    >>> x_at(340).to_dict()
    {'value': 340}
    """
    return alt.XValue(place)  # type: ignore[no-untyped-call]


def y_at(place: Place) -> alt.YValue:
    """Place marks at a fixed distance from the top.

    Parameters
    ----------
    place
        Pixels, or where the plot ends.

    Returns
    -------
    altair.YValue
        For ``y``.
    """
    return alt.YValue(place)  # type: ignore[no-untyped-call]


def y2_at(place: Place) -> alt.Y2Value:
    """Let marks end at a fixed distance from the top.

    Parameters
    ----------
    place
        Pixels, or where the plot ends.

    Returns
    -------
    altair.Y2Value
        For ``y2``.
    """
    return alt.Y2Value(place)  # type: ignore[no-untyped-call]


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
