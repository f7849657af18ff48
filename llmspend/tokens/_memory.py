"""Counts of texts seen before: a streamed column comes in batches, and repeats span them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.tokens._text import BLOCK_BYTES, blocks_of

if TYPE_CHECKING:
    from llmspend.tokens._text import TextCounter

_MAX_CHARACTERS: Final = 32 << 20


class Memory:
    """Remembers the counts of the first texts that it sees, up to a size.

    What repeats in logs, such as system prompts, comes early. It belongs to one expression: the
    same compatibility and settings throughout.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}
        self._characters = 0

    def count_all(self, counter: TextCounter, texts: pl.Series) -> pl.Series:
        """Count every text of a column without nulls, those not seen before by `counter`."""
        known = self._known.setdefault(counter.tokenizer.name, {})
        return pl.concat(
            [
                pl.Series(dtype=pl.Int64),
                *(self._count_block(counter, known, b) for b in blocks_of(texts, BLOCK_BYTES)),
            ]
        )

    def _count_block(
        self, counter: TextCounter, known: dict[str, int], texts: pl.Series
    ) -> pl.Series:
        values = texts.to_list()
        new = [text for text in values if text not in known]
        if not new:
            return pl.Series([known[text] for text in values], dtype=pl.Int64)
        column = texts if len(new) == len(values) else pl.Series(new, dtype=pl.String)
        fresh = dict(zip(new, counter.count_all(column).to_list(), strict=True))
        if self._characters < _MAX_CHARACTERS:
            self._characters += sum(map(len, new))
            known.update(fresh)
        return pl.Series([fresh[t] if t in fresh else known[t] for t in values], dtype=pl.Int64)
