"""ISSUES: everything that can be wrong with a row, by name.

In bulk an issue is a value of the column ``issue``; for one call the errors among them are
exceptions. An error means that the cost is unknown (null); a warning means that there is a cost,
and something to know about it. A row shows its gravest issue: the first that holds, in the
order below.

To add an issue, add a row to ISSUES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from llmspend.moments import UNREADABLE_TIME
from llmspend.row_classes import ROW_CLASSES
from llmspend.size_buckets import SIZE_BUCKET
from llmspend.usage import COUNTS, MAX_AMOUNT
from llmspend.values import private


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that can be wrong with a row.

    Attributes
    ----------
    name
        Shown in ``issue``.
    severity
        An error leaves the cost null; a warning does not.
    condition
        Which priced rows have it.
    meaning
        One sentence for people.
    hint
        What to do about it.
    """

    name: str
    severity: Literal["error", "warning"]
    condition: pl.Expr
    meaning: str
    hint: str


def _read(name: str) -> pl.Expr:
    return pl.col("usage_issue") == name


def _class(name: str) -> pl.Expr:
    return pl.col("row_class") == name


_BILLED_BY_RATES = pl.col("row_class").is_in([c.name for c in ROW_CLASSES if c.bills == "rates"])
_KEEPS_LOGGED = pl.col("row_class").is_in([c.name for c in ROW_CLASSES if c.bills == "logged"])
_TOKENS = pl.col("prompt_tokens") + pl.col("completion_tokens")

ISSUES: tuple[Issue, ...] = (
    Issue(
        "unreadable_row",
        "error",
        _read("unreadable_row"),
        "The line is not what its format promises.",
        "Look at the file at source_row.",
    ),
    Issue(
        "absurd_count",
        "error",
        _read("absurd_count"),
        "A token count is beyond anything a request can have, or not a number.",
        "Mend the row in the log.",
    ),
    Issue(
        "unreadable_usage",
        "error",
        (_BILLED_BY_RATES | _class("no_usage")) & _read("unreadable_usage"),
        "The usage of the request is not JSON, or of no known shape.",
        "llmspend.USAGE_BODIES lists the shapes that are read.",
    ),
    Issue(
        "no_usage",
        "error",
        _class("no_usage"),
        "The request succeeded, but its tokens were never logged.",
        "Streams need stream_options.include_usage; old rows cannot be recovered.",
    ),
    Issue(
        "unknown_spend",
        "error",
        _KEEPS_LOGGED & pl.col("logged_spend").is_null(),
        "The row can only be taken from the log's own spend, and that is missing.",
        "Export the column spend too.",
    ),
    Issue(
        "unknown_quantity",
        "error",
        _BILLED_BY_RATES & private("lacks_quantity"),
        "Billed by units that the log does not count, and no logged cost says how many.",
        "Export the usage of such calls, or the spend.",
    ),
    Issue(
        "unknown_model",
        "error",
        _BILLED_BY_RATES
        & (private("prices_by").is_null() | private("unit_input_cost").is_null())
        & ~private("_is_stated")
        & ~private("keeps_logged"),
        "No entry of the cost map prices this model.",
        "llmspend.unpriced lists such models, the nearest known ones, and a stub to price them.",
    ),
    Issue(
        "unknown_duration",
        "error",
        _BILLED_BY_RATES
        & ((private("request_seconds_rate") > 0) | (private("machine_second_rate") > 0))
        & pl.col("duration_ms").is_null(),
        "The model is priced per second, and the log does not say how long the request took.",
        "Export startTime and endTime too.",
    ),
    Issue(
        "duplicate_request",
        "warning",
        _class("duplicate"),
        "An earlier row is the same request: it is in the log twice, or exports overlap.",
        "Nothing to do: it is counted once.",
    ),
    Issue(
        "negative_count",
        "warning",
        pl.any_horizontal(pl.col(c) < 0 for c in COUNTS),
        "A count is negative; the formula was applied to it as it is.",
        "Mend the row in the log.",
    ),
    Issue(
        "absurd_spend",
        "warning",
        ~(pl.col("logged_spend").abs() < MAX_AMOUNT),
        "The logged spend is no amount a request can cost; sums of logged spend leave it out.",
        "Mend the row in the log.",
    ),
    Issue(
        "unreadable_time",
        "warning",
        _read(UNREADABLE_TIME),
        "A time cannot be read, or might mean two days, such as 7/1/2026: it is unknown.",
        "Export times as ISO 8601: ranges of time, and prices that change with it, need them.",
    ),
    Issue(
        "summary_by_tag",
        "warning",
        _class("summary") & (pl.col("tags").list.len() > 0),
        "A sum of the requests with a tag: one with several tags is in several sums.",
        "Look at one tag at a time: a total over tags is too high.",
    ),
    Issue(
        "summary",
        "warning",
        _class("summary"),
        "A sum over many requests is coarse: it keeps the logged spend, whatever the prices.",
        "Read the requests themselves where they still exist, and not both.",
    ),
    Issue(
        "unreadable_metadata",
        "warning",
        _read("unreadable_metadata"),
        "The metadata is not JSON: cached, written and reasoning tokens are unknown.",
        "The row is priced as if nothing had been cached.",
    ),
    Issue(
        "logged_twice",
        "warning",
        _read("logged_twice"),
        "Another request has the same call_id: the gateway may have logged one call twice.",
        "Both are counted; compare with the provider's bill.",
    ),
    Issue(
        "coarse_price",
        "warning",
        _class("priced_summary"),
        "A sum over many requests hides what prices hang on: the length of each prompt, its tier.",
        "Ask for the report by model, service tier and context window; compare with the invoice.",
    ),
    Issue(
        "no_usage_details",
        "warning",
        _BILLED_BY_RATES
        & _read("no_usage_details")
        & (private("cache_read_tokens_rate") != private("input_tokens_rate")),
        "The row counts tokens, but not how many of them were cached: all were priced as fresh.",
        "Export the column metadata; compare with the logged spend.",
    ),
    Issue(
        "prompt_excluded_cache",
        "warning",
        _read("prompt_excluded_cache"),
        "More tokens were cached than the prompt has: the prompt count left them out.",
        "They were added to the prompt.",
    ),
    Issue(
        "completion_excluded_reasoning",
        "warning",
        _read("completion_excluded_reasoning"),
        "The total is more than prompt and completion: the completion left its reasoning out.",
        "The rest was added as reasoning; of built-in tools, some of it may be the prompt.",
    ),
    Issue(
        "uncounted_tokens",
        "warning",
        _read("uncounted_tokens"),
        "The total is more than prompt and completion, and nothing says what the rest is.",
        "The rest is not priced; compare with the provider's bill.",
    ),
    Issue(
        "possible_provider_charge",
        "warning",
        _class("failure_estimated"),
        "The request failed, but the provider may have billed its input.",
        "Compare with the provider's invoice.",
    ),
    Issue(
        "quantity_not_logged",
        "warning",
        _BILLED_BY_RATES & (private("quantity_source") == "kept") & ~private("_is_stated"),
        "Billed by units that have no count or no price; the logged cost was kept.",
        "Nothing to do, unless the logged spend is 0.",
    ),
    Issue(
        "priced_by_size",
        "warning",
        _BILLED_BY_RATES & private("resolved_by").str.contains(SIZE_BUCKET, literal=True),
        "The model has no entry of its own; it was priced by the size that its name states.",
        "Compare with the provider's price list.",
    ),
    Issue(
        "billed_at_nothing",
        "warning",
        _BILLED_BY_RATES
        & private("prices_by").is_in(("capability rule", "unknown batch", "unknown call"))
        & ~private("_is_stated"),
        "No entry prices this model, yet LiteLLM bills it at $0.",
        'price(..., quirks="published") leaves such a cost unknown.',
    ),
    Issue(
        "nothing_priced",
        "warning",
        _BILLED_BY_RATES
        & (private("cost") == 0)
        & (_TOKENS > 0)
        & ~private("is_free")
        & ~private("_is_stated"),
        "The model is known, but what was used has no rate: the cost is 0.",
        "Add a rate for it if it is not free.",
    ),
)
"""Every issue, gravest first."""

ISSUE_BY_NAME = {i.name: i for i in ISSUES}
ERRORS: tuple[str, ...] = tuple(i.name for i in ISSUES if i.severity == "error")


def gravest_issue() -> pl.Expr:
    """Return the expression for the column ``issue`` of priced rows.

    Returns
    -------
    polars.Expr
        The name of the first issue in ISSUES that holds, or null.
    """
    return pl.coalesce(
        *(pl.when(i.condition).then(pl.lit(i.name)).otherwise(None) for i in ISSUES)
    ).alias("issue")


def issues(charges: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Count what is wrong with priced rows.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`.

    Returns
    -------
    polars.DataFrame
        One row per issue that occurs: ``issue, severity, requests, tokens, logged_spend`` (USD),
        ``example_request, example_file, example_row, meaning, hint``; gravest first, then the most
        frequent.

    Examples
    --------
    >>> import llmspend
    >>> calls = llmspend.normalize(pl.DataFrame({"model": ["nobody/knows"], "prompt_tokens": [9]}))
    >>> issues(llmspend.price(calls)).select("issue", "severity", "requests").row(0)
    ('unknown_model', 'error', 1)
    """
    counted = (
        charges.lazy()
        .filter(pl.col("issue").is_not_null())
        .group_by("issue")
        .agg(
            requests=pl.len().cast(pl.Int64),
            tokens=_TOKENS.sum(),
            logged_spend=pl.col("logged_spend").sum(),
            example_request=pl.col("request_id").first(),
            example_file=pl.col("source_file").first(),
            example_row=pl.col("source_row").first(),
        )
        .collect()
    )
    table = pl.DataFrame(
        {
            "issue": [i.name for i in ISSUES],
            "severity": [i.severity for i in ISSUES],
            "meaning": [i.meaning for i in ISSUES],
            "hint": [i.hint for i in ISSUES],
        }
    )
    return (
        table.join(counted, on="issue", how="inner", maintain_order="left")
        .select(
            "issue",
            "severity",
            "requests",
            "tokens",
            "logged_spend",
            "example_request",
            "example_file",
            "example_row",
            "meaning",
            "hint",
        )
        .sort("severity", "requests", descending=[False, True], maintain_order=True)
    )
