"""Counting texts: one, or very many at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from llmspend.tokens._fast import fast_counter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspend.encodings import Compat
    from llmspend.tokens._settings import TokenSettings
    from llmspend.tokens._tokenizers import Tokenizer

_SAMPLES: Final = 16
BLOCK_BYTES: Final = 32 << 20  # of text at a time: token ids take about as much again
_TASK_BYTES: Final = 1 << 17
# tiktoken's regular expressions give up on a million characters of white space in a row
_SAFE_CHARACTERS: Final = 900_000
_WHITE_CHARACTERS: Final = 300_000


class _Pieces(NamedTuple):
    """A text as it is counted: the sum over pieces, times `of` by `counted` characters."""

    pieces: list[str]
    counted: int = 1
    of: int = 1

    def total(self, tokens: int) -> int:
        """Return the tokens of the text, given those of its pieces."""
        return tokens if self.counted == self.of else round(tokens * self.of / self.counted)


@dataclass(frozen=True, slots=True)
class TextCounter:
    """Counts texts with one tokenizer.

    Attributes
    ----------
    tokenizer
        What counts.
    compat
        Whole texts, or as LiteLLM cuts them.
    settings
        How LiteLLM cuts them.
    """

    tokenizer: Tokenizer
    compat: Compat
    settings: TokenSettings

    @property
    def whole_characters(self) -> int:
        """Up to so many characters a text is counted whole, whatever is in it."""
        if self.compat == "exact":
            return _SAFE_CHARACTERS
        longest = min(self.settings.max_exact_characters, _SAFE_CHARACTERS)
        return longest if self.tokenizer.hugging_face else min(self._slice, longest)

    def is_whole(self, text: str) -> bool:
        """Tell whether a text is counted in one piece."""
        return len(text) <= self.whole_characters or len(self._cut(text).pieces) == 1

    def are_whole(self, texts: pl.Series) -> pl.Series:
        """Tell of every text whether it is counted in one piece."""
        short = texts.str.len_chars() <= self.whole_characters
        if short.all():
            return short
        long = (~short).arg_true()
        return short.scatter(long, [self.is_whole(text) for text in texts[long].to_list()])

    def count(self, text: str) -> int:
        """Count one text."""
        if len(text) <= self.whole_characters:
            return self.tokenizer.count(text)
        cut = self._cut(text)
        return cut.total(sum(map(self.tokenizer.count, cut.pieces)))

    def count_all(self, texts: pl.Series) -> pl.Series:
        """Count every text of a column without nulls, a block at a time."""
        blocks = [self._count_block(block) for block in blocks_of(texts, BLOCK_BYTES)]
        return pl.concat([pl.Series(dtype=pl.Int64), *blocks])

    def _count_block(self, texts: pl.Series) -> pl.Series:
        long = texts.str.len_chars() > self.whole_characters
        if not long.any():
            return self._count_whole(texts)
        cuts = [self._cut(text) for text in texts.filter(long).to_list()]
        pieces = pl.Series([piece for cut in cuts for piece in cut.pieces], dtype=pl.String)
        counts = iter(self._count_whole(pieces).to_list())
        totals = [cut.total(sum(islice(counts, len(cut.pieces)))) for cut in cuts]
        short = self._count_whole(texts.filter(~long))
        order = pl.concat([(~long).arg_true(), long.arg_true()])
        return pl.concat([short, pl.Series(totals, dtype=pl.Int64)])[order.arg_sort()]

    def _count_whole(self, texts: pl.Series) -> pl.Series:
        fast = fast_counter(self.tokenizer.name)
        return fast(texts) if fast else _count_with_threads(self.tokenizer, texts)

    @property
    def _slice(self) -> int:
        return self.settings.slice_characters

    def _cut(self, text: str) -> _Pieces:
        """Cut a long text as LiteLLM does: into slices; a very long one is sampled first."""
        longest = self.settings.max_exact_characters
        if self.compat == "exact" or len(text) <= longest:
            return _Pieces(self._pieces(text))
        samples = min(_SAMPLES, longest)
        length = longest // samples
        starts = [(len(text) - length) * i // max(samples - 1, 1) for i in range(samples)]
        pieces = [p for start in starts for p in self._pieces(text[start : start + length])]
        return _Pieces(pieces, samples * length, len(text))

    def _pieces(self, text: str) -> list[str]:
        if self.compat == "exact" or self.tokenizer.hugging_face:
            return _cut_in_white_space(text)
        return [text[i : i + self._slice] for i in range(0, len(text), self._slice)]


def _cut_in_white_space(text: str) -> list[str]:
    """Cut a text only inside of enormous white space, which tiktoken cannot take in one piece."""
    if len(text) <= _SAFE_CHARACTERS:
        return [text]
    starts = range(0, len(text), _WHITE_CHARACTERS)
    ends = [i + _WHITE_CHARACTERS for i in starts if text[i : i + _WHITE_CHARACTERS].isspace()]
    bounds = [0, *(end for end in ends if end < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def blocks_of(texts: pl.Series, size: int) -> Iterator[pl.Series]:
    """Split a column into runs of about `size` bytes; a longer text is a run of its own."""
    if texts.is_empty():
        return
    # each text weighs a little by itself, so that runs of empty ones end too
    bounds = ((texts.str.len_bytes().cast(pl.Int64) + 16).cum_sum() // size).rle_id()
    starts = [0, *(bounds.diff() == 1).arg_true().to_list(), texts.len()]
    for start, end in pairwise(starts):
        yield texts[start:end]


def _count_with_threads(tokenizer: Tokenizer, texts: pl.Series) -> pl.Series:
    def count(task: pl.Series) -> list[int]:
        return list(map(tokenizer.count, task.to_list()))

    tasks = list(blocks_of(texts, _TASK_BYTES))
    if len(tasks) <= 1 or _threads() == 1:
        counted = map(count, tasks)
        return pl.Series([n for task in counted for n in task], dtype=pl.Int64)
    with ThreadPoolExecutor(_threads()) as pool:
        # tokenizers let go of the interpreter while they work
        return pl.Series([n for task in pool.map(count, tasks) for n in task], dtype=pl.Int64)


@lru_cache(maxsize=1)
def _threads() -> int:
    return pl.thread_pool_size() or os.cpu_count() or 1
