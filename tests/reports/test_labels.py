"""What rows of reports are called."""

from __future__ import annotations

import polars as pl

from llmspend.reports import labels


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


def test_no_label_is_longer_than_a_line_or_empty():
    table = pl.DataFrame({"model": ["m" * 10_000, "", "  ", "\u202emodel\u200f"]})
    found = labels(table, "model")
    assert [len(label) for label in found] == [100, 7, 7, 7]
    assert found[1:3] == ["(empty)", "(empty)"]
    assert not {"\u202e", "\u200f"} & set("".join(found))
