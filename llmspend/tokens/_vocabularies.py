"""Packaged vocabularies, and the tiktoken encodings that they make."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from llmspend.encodings import VOCABULARIES
from llmspend.errors import InputError, nearest

if TYPE_CHECKING:
    import tiktoken


def tokens_of(name: str) -> list[bytes | None]:
    """Return the tokens of a packaged encoding in the order of their ranks; None: not one."""
    vocabulary = VOCABULARIES[name]
    packed = resources.files("llmspend") / "data" / f"{vocabulary.file}.parquet"
    column = pl.read_parquet(BytesIO(packed.read_bytes()))["token"]
    return column.head(column.len() if vocabulary.size is None else vocabulary.size).to_list()


@lru_cache(maxsize=len(VOCABULARIES))
def encoding_of(name: str) -> tiktoken.Encoding:
    """Return a tiktoken encoding: loaded already, packaged, or by tiktoken's own download."""
    import tiktoken  # noqa: PLC0415 - heavy
    from tiktoken import registry  # noqa: PLC0415 - heavy

    if name in registry.ENCODINGS:
        return registry.ENCODINGS[name]
    vocabulary = VOCABULARIES.get(name)
    if vocabulary:
        ranks = {token: rank for rank, token in enumerate(tokens_of(name)) if token is not None}
        return tiktoken.Encoding(
            name,
            pat_str=vocabulary.pattern,
            mergeable_ranks=ranks,
            special_tokens=dict(vocabulary.special),
        )
    known = {*tiktoken.list_encoding_names(), *VOCABULARIES}
    if name not in known:
        near = ", ".join(nearest(name, known)) or ", ".join(sorted(known))
        raise InputError(f"there is no encoding {name!r}. Nearest: {near}.")
    try:
        return tiktoken.get_encoding(name)
    except (OSError, ValueError) as error:
        raise InputError(
            f"the encoding {name!r} is not packaged with llmspend, and tiktoken could not get it "
            f"({type(error).__name__}). Set TIKTOKEN_CACHE_DIR to a folder that keeps it, and load "
            f"it once with a network: tiktoken.get_encoding({name!r})."
        ) from error
