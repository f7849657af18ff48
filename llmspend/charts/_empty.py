"""What stands in a chart that has nothing to show."""

from __future__ import annotations

import altair as alt
import polars as pl

from llmspend.charts._channels import fixed
from llmspend.charts._theme import MUTED


def nothing(
    width: int, height: int, *, unpriced: bool = False, note: str | None = None
) -> alt.Chart:
    """Say in the middle of the plot why it is empty.

    Parameters
    ----------
    width, height
        Of the plot, in pixels.
    unpriced
        Whether there are requests, none of them with a price.
    note
        What else is missing, if that is the reason.

    Returns
    -------
    altair.Chart
        One line of text, for a layer.

    Examples
    --------
    >>> nothing(680, 300).data["note"].item()
    'no spend in this range'
    """
    usual = "nothing in this range has a price" if unpriced else "no spend in this range"
    note = usual if note is None else note
    text = alt.Chart(pl.DataFrame({"note": [note]})).mark_text(fontSize=14, color=MUTED)
    chart: alt.Chart = text.encode(
        x=fixed(alt.XValue, width / 2), y=fixed(alt.YValue, height / 2), text=alt.Text("note:N")
    )
    return chart
