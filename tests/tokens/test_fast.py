"""The fast engine counts what tiktoken counts."""

from __future__ import annotations

import importlib.util

import polars as pl
import pytest

from llmspend.encodings import VOCABULARIES
from llmspend.tokens import _fast
from llmspend.tokens._tokenizers import load

INSTALLED = importlib.util.find_spec("gigatoken") is not None
TEXTS = [
    "", " ", "hello world", "<|endoftext|>", "<EOT>hi<META>", "ﬁ①é", "a\u0301'\u017f", "12345678",
    "  \n\n x", "你好，世界", "مرحبا", "🚀👩‍👩‍👧", "don't WE'LL", "\0\x85\u2028", "x" * 5_000,
]  # fmt: skip


@pytest.mark.skipif(not INSTALLED, reason="the extra fast is not installed")
@pytest.mark.parametrize("name", sorted(VOCABULARIES))
def test_it_counts_what_tiktoken_counts(name):
    fast = _fast.fast_counter(name)
    if fast is None:
        assert None in _fast.tokens_of(name)[5:]  # ranks with a gap
        return
    assert fast(pl.Series(TEXTS)).to_list() == [load(name).count(text) for text in TEXTS]
    assert fast(pl.Series(TEXTS)[3:5]).to_list() == [load(name).count(x) for x in TEXTS[3:5]]
    assert fast(pl.Series([], dtype=pl.String)).to_list() == []


def test_without_it_tiktoken_counts(monkeypatch):
    monkeypatch.setattr(_fast, "find_spec", lambda _: None)
    _fast.fast_counter.cache_clear()
    assert _fast.fast_counter("o200k_base") is None
    _fast.fast_counter.cache_clear()
    assert _fast.fast_counter("acme") is None
