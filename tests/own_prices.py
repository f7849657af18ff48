"""Usage priced with prices of one's own, in bulk and as one call."""

from __future__ import annotations

import polars as pl

from llmspend import price
from llmspend.arithmetic import charge_call
from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.price_choice import chooser_of
from llmspend.row_classes import kind_of
from llmspend.usage import call, normalize

IN, OUT = "input_cost_per_token", "output_cost_per_token"


def price_own(usage, card):
    """Price a frame."""
    return price(usage, cost_map=card)


def charge_own(card, **usage):
    """Price one call: its cost, and the key of what priced it."""
    row = call(**usage)
    row["kind"] = kind_of(row["call_type"])
    row["model_id"] = chooser_of(card).one(row)
    cached = row["cache_read_tokens"] + row["cache_creation_tokens"]
    basis = Basis(*(row[name] for name in BASIS_COLUMNS))
    rates = card.rates_for(basis, row["prompt_tokens"], cached, row["ended_at"])
    if rates["input_tokens_rate"] is None:
        return None, rates["cost_map_key"]
    return charge_call(row, rates)["cost"], rates["cost_map_key"]


def rate_of(card, **usage):
    """Return the input rate that a call gets: its cost per prompt token."""
    cost, key = charge_own(card, **{"completion_tokens": 0, "prompt_tokens": 1, **usage})
    return cost, key


def rows_of(*usages):
    """Give calls as a usage frame."""
    rows = [call(**usage) for usage in usages]
    return normalize(pl.DataFrame({c: [row[c] for row in rows] for c in rows[0]}, strict=False))
