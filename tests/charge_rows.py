"""Charges written down by hand, where a test is about sums and not about prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

_DEFAULTS = {
    "row_class": "normal",
    "status": "success",
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "cache_read_tokens": 0,
    "cache_creation_tokens": 0,
    "reasoning_tokens": 0,
    "input_cost": None,
    "output_cost": None,
    "tool_cost": None,
    "logged_spend": None,
    "cost_map_key": None,
    "model": None,
    "priced_provider": None,
    "provider": None,
    "team": None,
    "team_alias": None,
    "key": None,
    "key_alias": None,
    "issue": None,
    "end_user": None,
}
_TYPES = {
    "started_at": pl.Datetime("us", "UTC"),
    "cost": pl.Float64,
    "input_cost": pl.Float64,
    "output_cost": pl.Float64,
    "tool_cost": pl.Float64,
    "logged_spend": pl.Float64,
    **{name: pl.Int64 for name in _DEFAULTS if name.endswith("_tokens")},
}


def charges(*rows):
    """Make charges of dicts with started_at, cost and whatever else is not as usual."""
    names = ["started_at", "cost", *_DEFAULTS]
    schema = {name: _TYPES.get(name, pl.String) for name in names}
    return pl.DataFrame([{**_DEFAULTS, **row} for row in rows], schema=schema)


def daily(*costs, start=(2026, 6, 1), hour=23, **more):
    """Make one request per day; None costs an unknown amount, 0 nothing."""
    first = datetime(*start, hour, 30, tzinfo=UTC)
    return charges(
        *(
            {"started_at": first + timedelta(i), "cost": cost, "prompt_tokens": 1000, **more}
            for i, cost in enumerate(costs)
        )
    )
