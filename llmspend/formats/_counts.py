"""What formats derive from counts: expressions over canonical columns."""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.usage_bodies import BODY_COLUMNS
from llmspend.values import Columns

_RUNNING: Final = (
    *(name for name in BODY_COLUMNS if name != "usage_issue"),
    "web_searches",
    "web_search_signal",
    "maps_queries",
)
_CACHED: Final = pl.col("cache_read_tokens") + pl.col("cache_creation_tokens")
_IS_SHORTER: Final = (pl.col("prompt_tokens") > 0) & (pl.col("prompt_tokens") < _CACHED)
_WITH_CACHE: Final = pl.col("prompt_tokens") + pl.col("completion_tokens") + _CACHED
_STANDS_BESIDE: Final = (pl.col("prompt_tokens") > 0) & (pl.col("total_tokens") == _WITH_CACHE)
_IS_SAID: Final = pl.col("usage_issue").eq_missing("prompt_excluded_cache")
_TOOK: Final = pl.col("ended_at") - pl.col("started_at")


def _included(is_excluded: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "usage_issue": pl.coalesce(
            "usage_issue", pl.when(is_excluded).then(pl.lit("prompt_excluded_cache"))
        ),
        "prompt_tokens": pl.col("prompt_tokens") + pl.when(is_excluded).then(_CACHED).otherwise(0),
    }


# Anthropic's own counts leave the cached tokens out of the prompt; LiteLLM's do not
CACHE_INCLUDED: Final = _included(_IS_SHORTER)
"""A prompt that is shorter than what was cached of it left the cached tokens out."""

_IN_SPANS: Final = _included((_CACHED > 0) & (_IS_SHORTER | _STANDS_BESIDE | _IS_SAID))

CACHE_INCLUDED_IN_SPANS: Final = {
    **_IN_SPANS,
    "usage_issue": pl.when(~_IS_SAID | (_CACHED > 0)).then(_IN_SPANS["usage_issue"]),
}
"""So did one whose total has them too, and one of which the format says so by that issue."""

_UNTOLD: Final = pl.col("total_tokens") - pl.col("prompt_tokens") - pl.col("completion_tokens")
_IS_MORE: Final = (_UNTOLD > 0) & (pl.col("prompt_tokens") + pl.col("completion_tokens") > 0)
_COUNTS_APART: Final = ("gemini", "vertex_ai")
"""Providers whose own output count leaves reasoning out: the total has both."""

_IS_REASONING: Final = _IS_MORE & (
    (pl.col("reasoning_tokens") == _UNTOLD)
    | ((pl.col("reasoning_tokens") == 0) & pl.col("provider").is_in(_COUNTS_APART)).fill_null(
        value=False
    )
)

REASONING_INCLUDED: Final = {
    "usage_issue": pl.coalesce(
        "usage_issue",
        pl.when(_IS_REASONING)
        .then(pl.lit("completion_excluded_reasoning"))
        .when(_IS_MORE)
        .then(pl.lit("uncounted_tokens")),
    ),
    "completion_tokens": pl.col("completion_tokens")
    + pl.when(_IS_REASONING).then(_UNTOLD).otherwise(0),
    "reasoning_tokens": pl.when(_IS_REASONING).then(_UNTOLD).otherwise("reasoning_tokens"),
}
"""What the total has beyond prompt and completion: reasoning, where that is how they count."""

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


def of_all_lines(*ids: str) -> dict[str, pl.Expr]:
    """Write what a response used that stands on several lines, such as the chunks of a stream.

    Their counts run: each line has what was used up to then, or nothing, and only the last has all.
    The first line is the one that is counted, so every line gets the greatest counts of those with
    its ids (of those that are read in one batch, which takes tens of thousands of lines).

    Parameters
    ----------
    *ids
        The columns that tell whose a line is. Without the first, it is its own.

    Returns
    -------
    dict
        Column → expression. What is wrong with one of the lines is wrong with all; that one of
        them has no usage is not.
    """
    issue = pl.col("usage_issue")
    has_none = pl.col("prompt_tokens").max().over(ids).is_null()
    whole = {name: pl.col(name).max().over(ids) for name in _RUNNING}
    whole["usage_issue"] = pl.coalesce(
        issue.filter(issue != "no_usage").first().over(ids), pl.when(has_none).then(issue)
    )
    alone = pl.col(ids[0]).is_null()
    return {name: pl.when(alone).then(name).otherwise(value) for name, value in whole.items()}
