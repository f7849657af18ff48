"""The columns of the rate card: what it gives for each request."""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS

RATE_COLUMNS: Final = tuple(f"{meter}_rate" for meter in RATED)
FACTS: Final = {
    "cost_map_key": pl.String(),
    "priced_provider": pl.String(),
    "resolved_by": pl.String(),
    "prices_by": pl.String(),
    "is_free": pl.Boolean(),
    "line": pl.Int64(),
    **dict.fromkeys((*UPLIFTS, *TERMS), pl.Float64()),
    "quirks_of_basis": pl.Int64(),
}
ROW: Final = {
    **dict.fromkeys((*RATE_COLUMNS, *LONG_RATES), pl.Float64()),
    **dict.fromkeys(SWITCHES, pl.Int64()),
}
CARD_SCHEMA: Final = {**FACTS, **ROW}
"""What the card gives for each request: which entry prices it, switches, multipliers, rates."""
