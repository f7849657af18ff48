"""The terminal's view of what could not be priced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from llmspend.text import printable, usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = ("requests", "input", "output", "estimate")


def unpriced_table(records: Sequence[dict[str, Any]]) -> Table:
    """Lay out the models that could not be priced.

    Parameters
    ----------
    records
        Rows of `llmspend.unpriced_models.unpriced`.

    Returns
    -------
    rich.table.Table
        An estimate is marked with ``~`` and says whose rates it is at.
    """
    table = Table(title="models without a price", title_justify="left", box=None)
    for heading in ("model", "provider", "asked for as", *_NUMBERS, "at the rates of"):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for row in records:
        estimate = row["estimated_cost"]
        table.add_row(
            *(printable(row[name] or "") for name in ("model", "provider", "model_group")),
            *(whole(row[name]) for name in ("requests", "prompt_tokens", "completion_tokens")),
            "" if estimate is None else f"~{usd(estimate)}",
            printable(row["estimated_by"] or "nothing near is known"),
        )
    return table
