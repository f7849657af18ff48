"""How money, counts, shares and ids look in text."""

from __future__ import annotations

import pytest

from llmspend.text import compact, cut, printable, share, short_id, usd, usd_rate


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (1234567.891, "$1,234,567.89"),
        (0.01, "$0.01"),
        (0.009999, "$0.0100"),
        (0.0000000012, "$0.00000000120"),
        (1e-30, "$0.000000000000000"),
        (-0.5, "-$0.50"),
        (None, "unknown"),
    ],
)
def test_money(amount: float | None, shown: str):
    assert usd(amount) == shown


def test_prices_keep_their_digits():
    assert [usd_rate(r * 1_000_000) for r in (2.5e-06, 6.875e-06, 3.75e-08, 0.0)] == [
        "$2.50",
        "$6.875",
        "$0.0375",
        "$0.00",
    ]


def test_only_hashes_are_shortened():
    assert short_id("ab" * 32) == "abababababab…"
    assert short_id("user-with-a-very-long-name@example.com") == (
        "user-with-a-very-long-name@example.com"
    )
    assert printable("a\nb\u2066c") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (999_499, "999k"),
        (999_999, "1.00M"),
        (-45_678, "-45.7k"),
        (12_345_678_901_234_567, "12,300T"),
        (None, "unknown"),
    ],
)
def test_counts_in_narrow_columns(count: int | None, shown: str):
    assert compact(count) == shown


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (0.0, "0.0%"),
        (0.5, "50.0%"),
        (0.99995, "99.995%"),
        (0.0002, "0.020%"),
        (-0.2, "-20.0%"),
        (1.5, "150.0%"),
        (None, "–"),
    ],
)
def test_shares(part: float | None, shown: str):
    assert share(part) == shown


def test_cut_texts_have_the_length_asked_for():
    assert len(cut("x" * 10_000, 100)) == 100
    assert cut("short", 5) == "short"
