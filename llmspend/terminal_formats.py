"""The terminal's view of the log formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence


def formats_table(records: Sequence[dict[str, Any]]) -> Table:
    """Lay out the formats that logs may have.

    Parameters
    ----------
    records
        Each with ``format, about, recognised_by, sums_over_requests``.

    Returns
    -------
    rich.table.Table
        One row per format.
    """
    table = Table(title="log formats", title_justify="left", box=None, padding=(0, 2, 1, 0))
    for heading in ("format", "what it is", "recognised by"):
        table.add_column(heading, overflow="fold")
    for row in records:
        coarse = " Sums over requests, not requests." if row["sums_over_requests"] else ""
        table.add_row(row["format"], row["about"] + coarse, ", ".join(row["recognised_by"]))
    return table
