"""The terminal's view of what could not be priced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.terminal import fitting
from llmspend.text import printable, usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

_HEADINGS: Final = (
    "model",
    "provider",
    "asked for as",
    "requests",
    "input",
    "output",
    "estimate",
    "at the rates of",
)
_DROPPABLE: Final = ("provider", "asked for as", "output", "input", "at the rates of")
"""What a narrow terminal does without, in this order."""


def unpriced_table(records: Sequence[dict[str, Any]], width: int) -> Table:
    """Lay out the models that could not be priced.

    Parameters
    ----------
    records
        Rows of `llmspend.unpriced_models.unpriced`.
    width
        Columns of the terminal.

    Returns
    -------
    rich.table.Table
        An estimate is marked with ``~`` and says whose rates it is at.
    """
    rows = []
    for row in records:
        estimate = row["estimated_cost"]
        rows.append(
            (
                *(printable(row[name] or "") for name in ("model", "provider", "model_group")),
                *(whole(row[name]) for name in ("requests", "prompt_tokens", "completion_tokens")),
                "" if estimate is None else f"~{usd(estimate)}",
                printable(row["estimated_by"] or "nothing near is known"),
            )
        )
    return fitting("models without a price", _HEADINGS, rows, width, _DROPPABLE)
