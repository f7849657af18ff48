"""What formats derive from counts: expressions over canonical columns."""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.values import Columns

_CACHED: Final = pl.col("cache_read_tokens") + pl.col("cache_creation_tokens")
_EXCLUDES_CACHE: Final = (pl.col("prompt_tokens") > 0) & (pl.col("prompt_tokens") < _CACHED)
_TOOK: Final = pl.col("ended_at") - pl.col("started_at")

CACHE_INCLUDED: Final = {
    # Anthropic's own counts leave the cached tokens out of the prompt; LiteLLM's do not
    "usage_issue": pl.coalesce(
        "usage_issue", pl.when(_EXCLUDES_CACHE).then(pl.lit("prompt_excluded_cache"))
    ),
    "prompt_tokens": pl.col("prompt_tokens") + pl.when(_EXCLUDES_CACHE).then(_CACHED).otherwise(0),
}
"""A prompt that is shorter than what was cached of it left the cached tokens out."""

NO_USAGE: Final = {
    "usage_issue": pl.coalesce(
        "usage_issue",
        pl.when(
            pl.col("prompt_tokens") + pl.col("completion_tokens") == 0,
            pl.col("status") != "failure",
            pl.col("logged_spend").is_null(),
        ).then(pl.lit("no_usage")),
    )
}
"""For formats of traces, which need not say what was used."""

DURATION: Final = {
    "duration_ms": pl.col("duration_ms").fill_null(
        Columns.divided(_TOOK.dt.total_microseconds(), 1_000_000) * 1000
    )
}
"""From beginning to end, where the log does not say how long it took."""
