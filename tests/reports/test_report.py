"""The report's numbers and how text shows them."""

from __future__ import annotations

import io

import polars as pl
from rich.console import Console

import llmspend
from llmspend.terminal import show_report


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


def test_rows_that_are_in_the_log_twice_are_told():
    rows = {
        "model": ["gpt-4o"] * 3,
        "request_id": ["a", "b", "b"],
        "prompt_tokens": [1_000_000] * 3,
    }
    usage = pl.DataFrame(rows).with_columns(is_duplicate=pl.Series([False, False, True]))
    found = llmspend.report(llmspend.price(usage))
    # two requests of 1,000,000 tokens at $2.50 a million
    assert (found.total["requests"].item(), found.total["spend"].item()) == (2, 5.0)
    assert found.as_dict()["duplicate_rows"] == found.duplicates == 1
    told = "ot counted: 1 row whose request is in the log already"
    assert told in found.to_markdown()
    assert told in printed(found, 10)


def printed(found, top, width=200):
    console = Console(width=width, file=io.StringIO())
    show_report(found, console, top)
    return console.file.getvalue()


def test_every_issue_that_is_explained_is_listed_and_the_rest_is_summed():
    # three unknown models, and a row of which the usage is not known
    usage = pl.DataFrame(
        {
            "model": ["x-1", "x-2", "x-3", "gpt-4o"],
            "prompt_tokens": [400, 300, 200, 0],
            "logged_spend": [None, None, 0.5, None],
            "usage_issue": [None, None, None, "unreadable_row"],
        },
        schema_overrides={"logged_spend": pl.Float64},
    )
    found = llmspend.report(llmspend.price(usage))
    listed, rest = found.listed("error", 2)
    assert listed["issue"].to_list() == ["unknown_model", "unreadable_row"]
    assert rest["model"].to_list() == ["x-2", "x-3"]
    assert found.sum_of(rest) == (2, 500, 0.5)
    assert found.sum_of(rest.head(1)) == (1, 300, None)
    known = printed(found, 2).partition("what to know about")[2]
    summed = next(line for line in known.splitlines() if "2 more" in line)
    assert summed.split()[1:] == ["2", "more", "2", "500", "$0.50"]
    one = printed(found, 1)
    assert "unknown_model:" in one
    assert "unreadable_row:" not in one
