"""A moment alone and a column of moments give the same answer (the windows are in tests/cases)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from llmspend import load_cost_map
from llmspend.off_peak import parse_off_peak
from tests.cases.rates import NIGHT, WEEKEND

BLOCKS = {
    "night": NIGHT["off_peak_pricing"],
    "weekend": WEEKEND["off_peak_pricing"],
    "new york": {**WEEKEND["off_peak_pricing"], "weekday_timezone": "America/New_York"},
    **{
        key: entry["off_peak_pricing"]
        for key, entry in load_cost_map().entries.items()
        if "off_peak_pricing" in entry
    },
}


@pytest.mark.parametrize("name", BLOCKS)
def test_alone_or_in_a_column(name):
    hours = parse_off_peak(BLOCKS[name])
    # a week of odd minutes, over the night in which New York changes its clocks
    start = datetime(2026, 10, 30, tzinfo=UTC)
    moments = [start + timedelta(minutes=29 * i) for i in range(350)]
    column = pl.Series([*moments, None], dtype=pl.Datetime("us", "UTC"))
    alone = [hours.at(moment) for moment in moments]
    assert hours.at_each(column).to_list() == [*alone, False]
    assert 0 < sum(alone) < len(alone)


@pytest.mark.parametrize(
    "block", [None, {}, [], "22:00-02:00", {"windows": "x"}, {"hours_utc": ""}]
)
def test_no_window_is_no_off_peak(block):
    assert parse_off_peak(block) is None
