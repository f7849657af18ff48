"""Spend by week and model, made by hand, and the bars that are drawn of spend over time."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

MONDAY = datetime(2026, 5, 4)  # noqa: DTZ001 - wall-clock time


def table(*rows, **more):
    """Make a breakdown by week and model: (week, model, spend)."""
    weeks, models, spend = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "period": [MONDAY + timedelta(weeks=w) for w in weeks],
            "model": models,
            "spend": spend,
            **more,
        }
    )


def dataset(spec, layer):
    """Return the rows of a layer; Altair hoists what all layers share."""
    return spec["datasets"][layer.get("data", spec.get("data"))["name"]]


def drawn(chart):
    """Return the rows that the bars are drawn from."""
    spec = chart.to_dict()
    return dataset(spec, spec["layer"][0])
