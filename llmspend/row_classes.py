"""ROW_CLASSES: what kind of row a log line is, decided before any price is looked up.

Re-pricing without this invents money: a response-cache hit has tokens but cost nothing, a failed
request may carry an estimate of its prompt, a poll of a batch is not a request.

To add a class, add a row to ROW_CLASSES; the first whose condition holds wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from llmspend.kind_rules import KIND_RULES, UNIT_KINDS

Billing = Literal["rates", "nothing", "logged", "unknown"]

CALL_KINDS: dict[str, tuple[str, ...]] = {
    "chat": (
        "completion",
        "text_completion",
        "anthropic_messages",
        "responses",
        "_responses_websocket",
        "generate_content",
        "generate_content_stream",
    ),
    "embedding": ("embedding",),
    "image": ("image_generation", "image_variation"),
    "image edit": ("image_edit",),
    "transcription": ("transcription",),
    "speech": ("speech",),
    "rerank": ("rerank",),
    "moderation": ("moderation",),
    "ocr": ("ocr",),
    "video": ("create_video", "video_edit", "video_remix"),
    "other video": ("video_generation", "video_extension"),
    "realtime": ("_realtime", "realtime"),
    "search": ("search",),
    "vector store search": ("vector_store_search",),
    "batch": ("create_batch", "retrieve_batch"),
    "agent": ("send_message",),
    "tool": ("call_mcp_tool", "list_mcp_tools"),
    "pass-through": ("pass_through_endpoint", "llm_passthrough_route"),
    "reread": (
        "get_responses",
        "list_input_items",
        "delete_responses",
        "cancel_responses",
        "video_retrieve",
        "video_retrieve_job",
        "video_content",
        "video_list",
        "video_delete",
    ),
}
"""Kind of call → LiteLLM's call types (each also with the prefix ``a`` of its async form)."""

_KIND_BY_CALL_TYPE = {
    form: kind
    for kind, call_types in CALL_KINDS.items()
    for call_type in call_types
    for form in (call_type, f"a{call_type}", f"_a{call_type.removeprefix('_')}")
}

CALL_TYPES = frozenset(_KIND_BY_CALL_TYPE)
"""Every call type of LiteLLM, async forms included."""

PER_UNIT_KINDS = tuple(kind for kind in UNIT_KINDS if kind in CALL_KINDS)
"""Kinds that are billed by something other than tokens, or not by them alone."""

_TOKENS_OR_UNITS = tuple(rule.kind for rule in KIND_RULES if rule.tokens == "first" and rule.prices)

BATCH_KIND = "batch"
"""The kind whose finished jobs are billed at batch rates."""


def kind_of(call_type: str | None) -> str:
    """Return the kind of call that a call type is.

    Parameters
    ----------
    call_type
        As LiteLLM names it; None is a chat.

    Returns
    -------
    str
        One of CALL_KINDS, or ``"other"``.

    Examples
    --------
    >>> kind_of("aembedding"), kind_of(None), kind_of("haircut")
    ('embedding', 'chat', 'other')
    """
    return "chat" if call_type is None else _KIND_BY_CALL_TYPE.get(call_type, "other")


@dataclass(frozen=True, slots=True)
class RowClass:
    """A kind of log row.

    Attributes
    ----------
    name
        Shown in ``row_class``.
    bills
        What its cost is: from the rates, nothing, what the log says, or unknown.
    is_request
        Whether it counts as a request somebody made.
    condition
        Which rows belong to it, among those that no class above took.
    meaning
        One sentence.
    """

    name: str
    bills: Billing
    is_request: bool
    condition: pl.Expr
    meaning: str


_TOKENS = pl.col("prompt_tokens") + pl.col("completion_tokens")
_SPEND = pl.col("logged_spend")
_FAILED = pl.col("status") == "failure"
_KIND = pl.col("kind")
_IS_SUM = pl.col("is_summary") | pl.col("request_count").is_not_null()
_NO_USAGE = pl.col("usage_issue") == "no_usage"
_LOST = ("no_usage", "unreadable_usage", "absurd_count")

ROW_CLASSES: tuple[RowClass, ...] = (
    RowClass(
        "unreadable",
        "unknown",
        True,
        pl.col("usage_issue") == "unreadable_row",
        "The line could not be read.",
    ),
    RowClass(
        "priced_summary",
        "rates",
        False,  # it counts as many as it sums up
        pl.col("context_tokens").is_not_null() & _IS_SUM,
        "A sum over many requests, priced as if each had been as long as is known of them.",
    ),
    RowClass(
        "duplicate",
        "nothing",
        False,
        pl.col("is_duplicate"),
        "An earlier row has the same request id: nothing of this one is counted.",
    ),
    RowClass(
        "summary",
        "logged",
        False,  # it counts as many as it sums up
        _IS_SUM,
        "A sum over many requests, such as those of a day.",
    ),
    RowClass(
        "cache_hit",
        "nothing",
        True,
        pl.col("cache_hit") | pl.col("request_id").str.contains("_cache_hit", literal=True),
        "Answered by the gateway's response cache: no provider was called.",
    ),
    RowClass(
        "failure_partial",
        "logged",
        True,
        _FAILED & (_SPEND > 0),
        "Failed part-way; the log says what had been spent.",
    ),
    RowClass(
        "failure_estimated",
        "nothing",
        True,
        _FAILED & (_TOKENS > 0),
        "Failed; its tokens are the gateway's estimate, and the provider may have billed them.",
    ),
    RowClass("failure", "nothing", True, _FAILED, "Failed before any token."),
    RowClass(
        "reread",
        "nothing",
        False,
        _KIND == "reread",
        "Reads or manages an earlier response; that one was billed.",
    ),
    RowClass(
        "batch_poll",
        "nothing",
        False,
        (_KIND == BATCH_KIND)
        & (_TOKENS == 0)
        # a request of a batch whose counts are lost is no poll
        & ~pl.col("usage_issue").is_in(_LOST).fill_null(value=False)
        & (pl.col("cache_read_tokens") + pl.col("cache_creation_tokens") == 0)
        & pl.all_horizontal(pl.col(c).is_null() for c in ("pages", "annotation_pages", "credits")),
        "Creates or polls a batch; its cost comes with the finished batch.",
    ),
    RowClass(
        "batch",
        "rates",
        True,
        (_KIND == BATCH_KIND) & _NO_USAGE.ne_missing(other=True),
        "A finished batch, at batch rates.",
    ),
    RowClass(
        "tool",
        "logged",
        True,
        (_KIND == "tool") & pl.col("stated_call_cost").is_null(),
        "A tool call; its price is in the gateway's configuration.",
    ),
    RowClass(
        "agent",
        "logged",
        True,
        (_KIND == "agent") & pl.col("stated_call_cost").is_null() & _SPEND.is_not_null(),
        "A call of an agent; its price is in the gateway's configuration.",
    ),
    RowClass(
        "pass_through",
        "logged",
        True,
        (_KIND == "pass-through")
        & (pl.col("model").is_null() | pl.col("model").is_in(["unknown", "unknown-model"])),
        "Passed through without a model.",
    ),
    RowClass(
        "per_unit",
        "rates",
        True,
        _KIND.is_in(PER_UNIT_KINDS) & ~(_KIND.is_in(_TOKENS_OR_UNITS) & (_TOKENS > 0)),
        "Billed by seconds, images, characters, pages …, not by tokens.",
    ),
    RowClass(
        "internal",
        "rates",
        False,
        pl.col("internal_origin").is_not_null(),
        "The gateway's own call: real money, but nobody's request.",
    ),
    RowClass(
        "no_usage",
        "unknown",
        True,
        ((_TOKENS == 0) & (_SPEND == 0) & (_KIND != "moderation")) | _NO_USAGE,
        "Succeeded, but the log holds neither tokens nor spend.",
    ),
    RowClass("normal", "rates", True, pl.lit(value=True), "A request like any other."),
)
"""Every class, in the order in which they are tried."""


def classify(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Say of each row what it is.

    Parameters
    ----------
    usage
        Canonical usage.

    Returns
    -------
    polars.LazyFrame
        The rows with ``kind`` (of CALL_KINDS; chat where the log has no call type) and
        ``row_class`` (of ROW_CLASSES).

    Examples
    --------
    >>> from llmspend.usage import normalize
    >>> rows = normalize(pl.LazyFrame({"call_type": ["acompletion"], "cache_hit": [True]}))
    >>> classify(rows).select("kind", "row_class").collect().row(0)
    ('chat', 'cache_hit')
    """
    kind = (
        pl.col("call_type")
        .str.split(".")
        .list.last()
        .replace_strict(_KIND_BY_CALL_TYPE, default="other", return_dtype=pl.String)
    )
    # LiteLLM marks a batch's cost row by its id, whatever its call type says
    is_batch = pl.col("request_id").str.ends_with("_batch_cost").fill_null(value=False)
    kind = (
        pl.when(is_batch)
        .then(pl.lit(BATCH_KIND))
        .otherwise(pl.when(pl.col("call_type").is_null()).then(pl.lit("chat")).otherwise(kind))
    )
    row_class = pl.coalesce(
        *(pl.when(c.condition).then(pl.lit(c.name)).otherwise(None) for c in ROW_CLASSES)
    )
    return usage.with_columns(kind.alias("kind")).with_columns(row_class.alias("row_class"))
