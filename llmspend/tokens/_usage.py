"""Usage of logs that carry text but no counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from llmspend.errors import InputError
from llmspend.tokens._columns import count_tokens

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.encodings import Compat

_Frame = TypeVar("_Frame", pl.DataFrame, pl.LazyFrame)
_COUNTS: Final = ("prompt_tokens", "completion_tokens")
_MARK: Final = "usage_estimated"


def estimate_usage(
    frame: _Frame,
    *,
    prompt: str | pl.Expr | None = None,
    messages: str | pl.Expr | None = None,
    completion: str | pl.Expr | None = None,
    model: str = "model",
    compat: Compat = "exact",
    cost_map: CostMap | None = None,
) -> _Frame:
    """Count the tokens of rows that carry text but no usage, and mark them as estimated.

    Rows that report any tokens are left alone, and so are failed requests (``status``), of which
    nobody knows how far they came. Rows are neither dropped nor reordered.

    Parameters
    ----------
    frame
        One row per request.
    prompt
        Column with the text that was sent.
    messages
        Instead: column with the messages that were sent, as JSON.
    completion
        Column with the text of the answer; without it, answers count 0.
    model
        Column with the models' names.
    compat
        ``"exact"`` or ``"litellm"``, as for `count_tokens`.
    cost_map
        Tells which provider a model is of; None for the packaged one.

    Returns
    -------
    polars.DataFrame or polars.LazyFrame
        As given, with ``prompt_tokens`` and ``completion_tokens`` filled in where a row had
        neither, and ``usage_estimated``: whether they were. A text that cannot be counted leaves
        its row as it was.

    Raises
    ------
    InputError
        When both or neither of `prompt` and `messages` are given, or a column does not exist.

    Examples
    --------
    >>> import polars as pl
    >>> calls = pl.DataFrame({"model": ["gpt-4o"], "ask": ["Hello, world!"], "said": ["Hello!"]})
    >>> estimate_usage(calls, prompt="ask", completion="said").row(0)[3:]
    (4, 2, True)
    """
    if (prompt is None) == (messages is None):
        raise InputError("estimate_usage takes the column of either prompt or messages.")
    lazy = frame.lazy()
    columns = lazy.collect_schema().names()
    named = [name for name in (prompt, messages, completion, model) if isinstance(name, str)]
    for name in named:
        if name not in columns:
            raise InputError(f"there is no column {name!r}. There are: {', '.join(columns)}.")
    reported = [pl.col(name).cast(pl.Int64) for name in _COUNTS if name in columns]
    silent = pl.all_horizontal(pl.lit(value=True), *((c.fill_null(0) == 0) for c in reported))
    if "status" in columns:
        silent &= pl.col("status").ne_missing("failure")

    def counted(text: str | pl.Expr, *, as_messages: bool) -> pl.Expr:
        text = pl.col(text) if isinstance(text, str) else text
        return count_tokens(
            pl.when(silent).then(text).alias("text"),
            pl.col(model),
            messages=as_messages,
            compat=compat,
            cost_map=cost_map,
        )

    sent = messages if prompt is None else prompt
    assert sent is not None
    asked = counted(sent, as_messages=prompt is None)
    answered = pl.lit(0) if completion is None else counted(completion, as_messages=False)
    absent = [pl.lit(None, pl.Int64).alias(name) for name in _COUNTS if name not in columns]
    known = pl.col(f"_{_MARK}_prompt").is_not_null()
    result = (
        lazy.with_columns(*absent)
        .with_columns(asked.alias(f"_{_MARK}_prompt"), answered.alias(f"_{_MARK}_completion"))
        .with_columns(
            prompt_tokens=pl.when(known).then(f"_{_MARK}_prompt").otherwise("prompt_tokens"),
            completion_tokens=pl.when(known)
            .then(pl.col(f"_{_MARK}_completion").fill_null(0))
            .otherwise("completion_tokens"),
            usage_estimated=known,
        )
        .drop(f"_{_MARK}_prompt", f"_{_MARK}_completion")
    )
    return result if isinstance(frame, pl.LazyFrame) else result.collect()
