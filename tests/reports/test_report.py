"""The report's numbers and how text shows them."""

from __future__ import annotations

import polars as pl

import llmspend


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
