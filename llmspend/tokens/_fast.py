"""The fast engine: gigatoken, where the extra ``llmspend[fast]`` is installed.

Its counts are those of tiktoken; what it cannot load is left to tiktoken.
"""

from __future__ import annotations

import base64
import tempfile
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from llmspend.encodings import VOCABULARIES
from llmspend.tokens._tokenizers import load, nfkc
from llmspend.tokens._vocabularies import tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=len(VOCABULARIES))
def fast_counter(name: str) -> Callable[[pl.Series], pl.Series] | None:
    """Return what counts a column of texts without nulls; None where tiktoken has to."""
    vocabulary = VOCABULARIES.get(name)
    if vocabulary is None or find_spec("gigatoken") is None:
        return None
    tokens = tokens_of(name)
    first = len(vocabulary.special) if vocabulary.hugging_face else 0
    ranks = [token for token in tokens[first:] if token is not None]
    if len(ranks) != len(tokens) - first:
        return None  # it loads dense ranks only
    tokenizer = _load(ranks, vocabulary.scheme)
    if not vocabulary.hugging_face:
        return partial(_count, tokenizer)
    return partial(_count_normalized, tokenizer, name, list(vocabulary.special))


def _load(ranks: list[bytes], scheme: str) -> Any:  # noqa: ANN401 - gigatoken.Tokenizer
    import gigatoken  # noqa: PLC0415 - optional

    lines = (b"%b %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(ranks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ranks.tiktoken"
        path.write_bytes(b"".join(lines))
        return gigatoken.Tokenizer.from_tiktoken(path, scheme, {})


def _count(tokenizer: Any, texts: pl.Series) -> pl.Series:  # noqa: ANN401 - gigatoken.Tokenizer
    import awkward as ak  # noqa: PLC0415 - optional

    if texts.is_empty():
        return pl.Series(dtype=pl.Int64)
    column = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    ids = tokenizer.encode_batch(ak.from_arrow(column))
    return pl.Series(ak.num(ids).to_numpy()).cast(pl.Int64)


def _count_normalized(
    tokenizer: Any,  # noqa: ANN401 - gigatoken.Tokenizer
    name: str,
    special: list[str],
    texts: pl.Series,
) -> pl.Series:
    exact = load(name)
    odd = texts.str.contains_any(special)
    foreign = ~odd & (texts.str.len_bytes() != texts.str.len_chars())
    if foreign.any():
        normal = [nfkc()(text) for text in texts.filter(foreign).to_list()]
        texts = texts.scatter(foreign.arg_true(), normal)
    counts = _count(tokenizer, texts)
    if odd.any():
        # a special token counts one, and nothing merges across it
        by_part = [exact.count(text) for text in texts.filter(odd).to_list()]
        counts = counts.scatter(odd.arg_true(), by_part)
    return counts
