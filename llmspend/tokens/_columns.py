"""Token counts of whole columns: every distinct text is counted once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, overload

import polars as pl

from llmspend.errors import InputError
from llmspend.tokens._choice import framing_of
from llmspend.tokens._conversations import Conversation, count_conversations
from llmspend.tokens._memory import Memory
from llmspend.tokens._messages import MessageReader
from llmspend.tokens._scalar import counter_for, environment
from llmspend.tokens._text import BLOCK_BYTES, blocks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.cost_map import CostMap
    from llmspend.encodings import Compat
    from llmspend.tokens._settings import TokenSettings
    from llmspend.tokens._text import TextCounter

_FIELDS: Final[dict[str, type[pl.DataType]]] = {
    "tokens": pl.Int64,
    "tokenizer": pl.String,
    "exact": pl.Boolean,
    "error": pl.String,
}
_FALSE: Final = pl.lit(value=False)
_NO_ERROR: Final = pl.lit(None)


@overload
def count_tokens(
    column: pl.Series,
    model: str | pl.Series | None = ...,
    *,
    messages: bool = ...,
    compat: Compat = ...,
    details: bool = ...,
    custom_tokenizer: Mapping[str, Any] | None = ...,
    use_default_image_token_count: bool = ...,
    default_token_count: int | None = ...,
    cost_map: CostMap | None = ...,
    allow_fetch: bool = ...,
    settings: TokenSettings | None = ...,
) -> pl.Series: ...
@overload
def count_tokens(
    column: pl.Expr,
    model: str | pl.Expr | None = ...,
    *,
    messages: bool = ...,
    compat: Compat = ...,
    details: bool = ...,
    custom_tokenizer: Mapping[str, Any] | None = ...,
    use_default_image_token_count: bool = ...,
    default_token_count: int | None = ...,
    cost_map: CostMap | None = ...,
    allow_fetch: bool = ...,
    settings: TokenSettings | None = ...,
) -> pl.Expr: ...
def count_tokens(
    column: pl.Series | pl.Expr,
    model: str | pl.Series | pl.Expr | None = "",
    *,
    messages: bool = False,
    compat: Compat = "exact",
    details: bool = False,
    custom_tokenizer: Mapping[str, Any] | None = None,
    use_default_image_token_count: bool = False,
    default_token_count: int | None = None,
    cost_map: CostMap | None = None,
    allow_fetch: bool = False,
    settings: TokenSettings | None = None,
) -> pl.Series | pl.Expr:
    """Count the tokens of every text of a column, each distinct text once.

    Every row gets what `token_counter` gives with the same `compat`; null stays null.

    Parameters
    ----------
    column
        Texts; with `messages`, JSON texts: a list of messages, or an object with ``messages`` and
        perhaps ``tools`` and ``tool_choice``, as sent to a chat completion.
    model
        Name of the model that all rows are for, or the names, row by row.
    messages
        Whether the column holds messages rather than prompts.
    compat
        ``"exact"`` counts whole texts by the tokenizer that belongs to the model, whatever its
        prefix; ``"litellm"`` gives LiteLLM's numbers.
    details
        Whether to say with every count what it is worth.
    custom_tokenizer
        What `create_tokenizer` or `create_pretrained_tokenizer` gave.
    use_default_image_token_count
        Count every image the same.
    default_token_count
        What a list of content blocks counts in which something is wrong.
    cost_map
        Tells which provider a model is of; None for the packaged one.
    allow_fetch
        Whether images in high detail may be fetched from where they are.
    settings
        Limits and switches; None for those of the environment.

    Returns
    -------
    polars.Series or polars.Expr
        As given: Int64, null where the text is null or cannot be counted. With `details` a
        struct: ``tokens``, ``tokenizer``, ``exact`` (whole texts by the model's own tokenizer;
        never for messages, which are framed in ways that are not public) and ``error``.

    Raises
    ------
    InputError
        When the column is no text, or the tokenizer of the one `model` is not on this machine;
        where every row has its own model, the rows without a tokenizer are null.

    Examples
    --------
    >>> import polars as pl
    >>> logs = pl.DataFrame({"prompt": ["Hello, world!", None, "Hello, world!"]})
    >>> logs.select(count_tokens(pl.col("prompt"), model="gpt-4o"))["prompt"].to_list()
    [4, None, 4]
    >>> chats = pl.Series("chat", ['[{"role": "user", "content": "Hello, world!"}]'])
    >>> count_tokens(chats, "gpt-4o", messages=True, details=True)[0]["tokens"]
    11
    """
    if compat not in {"exact", "litellm"}:
        raise InputError(f"compat is {compat!r}; it is 'exact' or 'litellm'.")
    work = _Work(
        compat,
        messages,
        details,
        custom_tokenizer,
        use_default_image_token_count,
        default_token_count,
        cost_map,
        allow_fetch,
        settings or environment(),
        one_model=model is None or isinstance(model, str),
        memory=Memory() if isinstance(column, pl.Expr) else None,
    )
    if isinstance(column, pl.Series):
        if isinstance(model, pl.Expr):
            raise InputError("a column given as a Series takes a Series as model.")
        return work.count(column, model)
    if isinstance(model, pl.Series):
        raise InputError("a column given as an expression takes an expression as model.")
    if isinstance(model, pl.Expr):
        both = pl.struct(column.alias("text"), model.alias("model"))
        counted = both.map_batches(
            lambda rows: work.count(rows.struct.field("text"), rows.struct.field("model")),
            return_dtype=work.dtype,
            is_elementwise=True,
        )
        return counted.alias(column.meta.output_name())
    return column.map_batches(
        lambda texts: work.count(texts, model), return_dtype=work.dtype, is_elementwise=True
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """How the texts of a column are counted."""

    compat: Compat
    messages: bool
    details: bool
    custom_tokenizer: Mapping[str, Any] | None
    flat_images: bool
    default: int | None
    cost_map: CostMap | None
    may_fetch: bool
    settings: TokenSettings
    one_model: bool
    memory: Memory | None

    @property
    def dtype(self) -> pl.DataType:
        return pl.Struct(_FIELDS) if self.details else pl.Int64()

    def count(self, texts: pl.Series, models: str | pl.Series | None) -> pl.Series:
        """Count a column, model by model."""
        if not isinstance(texts.dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null)):
            kind = "messages are read from JSON text" if self.messages else "tokens are of text"
            raise InputError(f"the column {texts.name!r} holds {texts.dtype}; {kind}.")
        column = texts.cast(pl.String).alias("text")
        if isinstance(models, pl.Series):
            rows = pl.DataFrame([column, models.cast(pl.String).alias("model")]).with_row_index()
            parts = rows.partition_by("model", as_dict=True)
            told = [
                self._of_model(name, part["text"]).with_columns(part["index"])
                for (name,), part in parts.items()
            ]
            counted = pl.concat(told).sort("index") if told else _counts(column, pl.lit(None), None)
        else:
            counted = self._of_model(models, column)
        details = pl.when(pl.col("text").is_not_null()).then(pl.struct(*_FIELDS))
        return counted.select(details if self.details else "tokens").to_series().rename(texts.name)

    def _of_model(self, model: str | None, texts: pl.Series) -> pl.DataFrame:
        """Count every row for one model: its distinct texts, joined back."""
        distinct = texts.drop_nulls().unique()
        if distinct.len() == texts.len():
            return self._of_distinct(model, texts)
        counts = self._of_distinct(model, distinct)
        return texts.to_frame().join(counts, on="text", how="left", maintain_order="left")

    def _of_distinct(self, model: str | None, texts: pl.Series) -> pl.DataFrame:
        if self.settings.disable_token_counter:
            return _counts(texts, pl.lit(0), "none")
        try:
            counter, exact = counter_for(
                model, self.compat, self.cost_map, self.settings, self.custom_tokenizer
            )
        except InputError as error:
            if self.one_model:
                raise
            return _counts(texts, pl.lit(None), None, error=pl.lit(str(error)))
        if self.messages:
            read = self._conversations(model, counter, texts)
            errors = pl.Series([r.error for r in read], dtype=pl.String)
            tokens = pl.Series([r.tokens for r in read], dtype=pl.Int64)
            return _counts(texts, tokens, counter.tokenizer.name, error=errors)
        whole = counter.are_whole(texts) if exact else _FALSE
        tokens = self._count_texts(counter, texts)
        return _counts(texts, tokens, counter.tokenizer.name, exact=whole)

    def _conversations(
        self, model: str | None, counter: TextCounter, texts: pl.Series
    ) -> list[Conversation]:
        reader = MessageReader(
            framing_of(model, self.cost_map),
            self.settings,
            self.flat_images,
            self.default,
            self.may_fetch,
            counter.tokenizer.hugging_face,
        )
        read: list[Conversation] = []
        for block in blocks_of(texts, BLOCK_BYTES):
            read += count_conversations(
                block.to_list(), reader, counter.count, partial(self._count_texts, counter)
            )
        return read

    def _count_texts(self, counter: TextCounter, texts: pl.Series) -> pl.Series:
        if self.memory is None:
            return counter.count_all(texts)
        return self.memory.count_all(counter, texts)


def _counts(
    texts: pl.Series,
    tokens: pl.Expr | pl.Series,
    tokenizer: str | None,
    *,
    exact: pl.Expr | pl.Series = _FALSE,
    error: pl.Expr | pl.Series = _NO_ERROR,
) -> pl.DataFrame:
    told = texts.to_frame().with_columns(
        tokens=tokens, tokenizer=pl.lit(tokenizer), exact=exact, error=error
    )
    return told.with_columns(pl.col(name).cast(dtype) for name, dtype in _FIELDS.items())
