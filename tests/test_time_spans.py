"""Spans of days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from llmspend.errors import InputError
from llmspend.time_spans import AROUND, TimeSpan, day_of, time_span


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2026", (2026, 1, 1), (2026, 12, 31)),
        ("2026-Q1", (2026, 1, 1), (2026, 3, 31)),
        ("2026Q4", (2026, 10, 1), (2026, 12, 31)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("2026-12", (2026, 12, 1), (2026, 12, 31)),
        ("2026-W01", (2025, 12, 29), (2026, 1, 4)),
        (" 2026-06-08 ", (2026, 6, 8), (2026, 6, 8)),
        ("2026-06-08..2026-06-14", (2026, 6, 8), (2026, 6, 14)),
        ("2026-05..2026-Q3", (2026, 5, 1), (2026, 9, 30)),
        (date(2026, 6, 8), (2026, 6, 8), (2026, 6, 8)),
        (datetime(2026, 6, 8, 12, tzinfo=UTC), (2026, 6, 8), (2026, 6, 8)),
        ((date(2026, 6, 8), date(2026, 6, 9)), (2026, 6, 8), (2026, 6, 9)),
        ([date(2026, 6, 8), datetime(2026, 6, 9, 1, tzinfo=UTC)], (2026, 6, 8), (2026, 6, 9)),
    ],
)
def test_spellings(given, first, last):
    assert time_span(given) == TimeSpan(date(*first), date(*last))


@pytest.mark.parametrize(
    "given",
    ["", "May", "2026-13", "2026-02-30", "2026-W60", "٢٠٢٦", "2026-06-08..", "..", None, 2026, ()],
)
def test_what_is_no_span_says_how_to_write_one(given):
    with pytest.raises(InputError, match=r"is no span of days\. Write 2026"):
        time_span(given)


@pytest.mark.parametrize("given", ["2026-06..2026-05", (date(2026, 6, 2), date(2026, 6, 1))])
def test_time_does_not_run_backwards(given):
    with pytest.raises(InputError, match="ends before it begins"):
        time_span(given)


def test_bounds_follow_the_clocks_of_the_zone():
    begin, end = time_span("2026-03-29").bounds("Europe/Berlin")  # a day of 23 hours
    assert begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)
    no_midnight = time_span("2026-04-24").bounds("Africa/Cairo")[0]
    assert no_midnight == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_the_span_around_a_day():
    day = date(2026, 12, 31)
    assert {kind: around(day).days for kind, around in AROUND.items()} == {
        "day": 1,
        "week": 7,
        "month": 31,
        "quarter": 92,
        "year": 365,
    }
    assert day_of(2026, 0) == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("given", "previous", "following"),
    [
        ("2026-06", "2026-05", "2026-07"),
        ("2026-Q1", "2025-Q4", "2026-Q2"),
        ("2026-W01", "2025-W52", "2026-W02"),
        ("2026", "2025", "2027"),
        ("2026-06-01", "2026-05-31", "2026-06-02"),
        ("2026-06-02..2026-06-06", "2026-05-28..2026-06-01", "2026-06-07..2026-06-11"),
    ],
)
def test_the_spans_beside_a_span(given, previous, following):
    assert time_span(given).previous == time_span(previous)
    assert time_span(given).following == time_span(following)
    assert time_span(previous).following == time_span(given)


def test_what_kind_of_span_it_is():
    assert [time_span(s).kind for s in ("2026-06", "2026-W23", "2026-06-02..2026-06-06")] == [
        "month",
        "week",
        None,
    ]
    assert time_span("2026-06-01..2026-06-30").kind == "month"
