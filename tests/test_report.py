"""The report's numbers and how text shows them."""

from __future__ import annotations

import polars as pl
import pytest

import llmspend
from llmspend.reports import labels
from llmspend.text import printable, short_id, usd, usd_rate


def charges(**columns: list[object]) -> pl.DataFrame:
    return llmspend.price(pl.DataFrame(columns))


def test_coverage_counts_what_has_a_price():
    report = llmspend.report(
        charges(model=["gpt-4o", "nobody", "nobody"], prompt_tokens=[900, 50, 50])
    )
    assert report.coverage == {"requests": 1 / 3, "tokens": 0.9}
    assert report.problems.select("issue", "requests", "tokens").rows() == [
        ("unknown_model", 2, 100)
    ]
    assert report.tables["model"].filter(model="nobody")["spend"].item() is None


def test_a_report_of_nothing_is_empty_and_not_zero():
    report = llmspend.report(llmspend.price(pl.DataFrame(schema={"model": pl.String})))
    assert report.coverage == {"requests": None, "tokens": None}
    assert report.as_dict()["total"]["spend"] is None


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


def test_labels_keep_different_ids_apart():
    table = pl.DataFrame(
        {"team": ["a" * 40, "b" * 40, "c", None], "team_alias": ["search", "search", None, None]}
    )
    assert labels(table, "team") == [
        "search (aaaaaaaaaaaa…)",
        "search (bbbbbbbbbbbb…)",
        "c",
        "(none)",
    ]


def test_only_hashes_are_shortened():
    assert short_id("ab" * 32) == "abababababab…"
    assert short_id("user-with-a-very-long-name@example.com") == (
        "user-with-a-very-long-name@example.com"
    )
    assert printable("a\nb\u2066c") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
