"""MEASURES and DIMENSIONS: what spend adds up and what it is grouped by, in SQL over charges.

To add a measure or a dimension, add a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmspend.row_classes import ROW_CLASSES
from llmspend.usage import MAX_AMOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that adds up over rows.

    Attributes
    ----------
    name
        Its column.
    sql
        The aggregate, over columns of charges.
    unit
        Its unit.
    meaning
        One sentence.
    """

    name: str
    sql: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """A measure divided by another, after both are summed.

    Attributes
    ----------
    name
        Its column.
    over, under
        The measures.
    unit
        Its unit.
    meaning
        One sentence.
    """

    name: str
    over: str
    under: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something rows are grouped by.

    Attributes
    ----------
    name
        Its column; an id where there are ids.
    sql
        The expression, over columns of charges.
    alias
        The column with the name for people, for ids that have one: its newest value is shown
        beside the id.
    meaning
        One sentence.
    """

    name: str
    sql: str
    alias: str | None
    meaning: str


def _in(names: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{n}'" for n in names) + ")"


# the shorter list of the two: a quarter of the time of a breakdown
IS_REQUEST: Final = f"row_class NOT IN {_in(c.name for c in ROW_CLASSES if not c.is_request)}"
DUPLICATE: Final = "duplicate"
"""The row class that no measure counts: the same request stands in an earlier row."""

_FRACTION_BITS: Final = 80
"""Sums are whole numbers of 2⁻⁸⁰ USD: what that leaves behind is below 1e-24 USD."""
_SUM_BITS: Final = 127
_SPARE_BITS: Final = _SUM_BITS - _FRACTION_BITS - MAX_AMOUNT.bit_length() + 1
"""Bits that a sum has above its terms: with them, MAX_AMOUNT is what 128 bits just cannot hold."""


def is_amount(money: str) -> str:
    """Write the test for an amount that a request can cost; false for what is no number.

    Parameters
    ----------
    money
        SQL, USD.

    Returns
    -------
    str
        SQL of a condition.
    """
    # a Parquet file's statistics leave NaN out, and DuckDB takes comparisons for true by them
    return f"(isfinite({money}) AND abs({money}) < {MAX_AMOUNT})"


def total(money: str) -> str:
    """Write the exact sum of an amount, rounded once: the same whatever the order of rows.

    Parameters
    ----------
    money
        SQL, USD.

    Returns
    -------
    str
        SQL of an aggregate; what is null, or no amount at all, is left out.
    """
    # the cast is the test: what is no amount does not fit, and a condition would take longer
    scaled = f"({money}) * {2 ** (_FRACTION_BITS + _SPARE_BITS)}::DOUBLE"
    whole = f"try_cast({scaled} AS HUGEINT) >> {_SPARE_BITS}"
    return f"(sum({whole})::DOUBLE / {2**_FRACTION_BITS}::DOUBLE)"


def only_where(condition: str, value: str = "1") -> str:
    """Write what an aggregate adds up or counts where a condition holds.

    A FILTER says the same, but costs a pass over the rows: those of the measures together took a
    seventh of the time of a breakdown.

    Parameters
    ----------
    condition, value
        SQL.

    Returns
    -------
    str
        SQL of the value; null where the condition does not hold.
    """
    return f"CASE WHEN {condition} THEN {value} END"


def requests(where: str = "") -> str:
    """Write the number of requests: rows that are one each, and what sums say of themselves.

    Parameters
    ----------
    where
        SQL, a condition on rows; none counts all.

    Returns
    -------
    str
        SQL of an aggregate.
    """
    # what holds for few rows comes first: the rest of the condition is worked out for those alone
    one_each = only_where(f"{where} AND {IS_REQUEST}" if where else IS_REQUEST)
    in_sums = only_where(where, "request_count") if where else "request_count"
    return f"(count({one_each}) + coalesce(sum({in_sums}), 0)::BIGINT)"


# what several measures have in common is added up once
_REQUESTS: Final = requests()
_UNPRICED: Final = requests("cost IS NULL")
_UNPRICED_TOKENS: Final = only_where("cost IS NULL", "prompt_tokens + completion_tokens")
_HAS_FAILED: Final = f"status = 'failure' AND {IS_REQUEST}"
_IS_CACHED: Final = "row_class = 'cache_hit'"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "spend",
        f"CASE WHEN {total('cost')} <> 0 OR count(cost) = count(*) THEN {total('cost')} END",
        "USD",
        "What the priced requests cost; null when only free ones have a known cost.",
    ),
    Measure(
        "requests",
        _REQUESTS,
        "requests",
        "Requests that somebody made: not polls, re-reads or the gateway's own calls.",
    ),
    Measure("input_cost", total("input_cost"), "USD", "The part of spend for input."),
    Measure("output_cost", total("output_cost"), "USD", "The part of spend for output."),
    Measure("tool_cost", total("tool_cost"), "USD", "The part of spend for built-in tools."),
    Measure(
        "total_tokens",
        "(sum(prompt_tokens) + sum(completion_tokens))::BIGINT",
        "tokens",
        "Input and output tokens.",
    ),
    Measure(
        "prompt_tokens", "sum(prompt_tokens)::BIGINT", "tokens", "Input tokens, cached included."
    ),
    Measure(
        "completion_tokens",
        "sum(completion_tokens)::BIGINT",
        "tokens",
        "Output tokens, reasoning included.",
    ),
    Measure(
        "cache_read_tokens",
        "sum(cache_read_tokens)::BIGINT",
        "tokens",
        "Input tokens read from the prompt cache.",
    ),
    Measure(
        "cache_creation_tokens",
        "sum(cache_creation_tokens)::BIGINT",
        "tokens",
        "Input tokens written to the prompt cache.",
    ),
    Measure(
        "reasoning_tokens",
        "sum(reasoning_tokens)::BIGINT",
        "tokens",
        "Output tokens spent on reasoning.",
    ),
    Measure("logged_spend", total("logged_spend"), "USD", "What the log says was spent."),
    Measure(
        "drift",
        total("cost - logged_spend"),
        "USD",
        "Computed less logged, over the rows that have both.",
    ),
    Measure(
        "priced_requests",
        f"({_REQUESTS} - {_UNPRICED})",
        "requests",
        "Requests with a known cost.",
    ),
    Measure(
        "unpriced_requests",
        _UNPRICED,
        "requests",
        "Requests whose cost is unknown.",
    ),
    Measure(
        "unpriced_tokens",
        f"coalesce(sum({_UNPRICED_TOKENS}), 0)::BIGINT",
        "tokens",
        "Tokens of requests whose cost is unknown.",
    ),
    Measure(
        "failed_requests",
        f"count({only_where(_HAS_FAILED)}) + coalesce(sum(failed_count), 0)::BIGINT",
        "requests",
        "Requests that failed.",
    ),
    Measure(
        "cached_requests",
        f"count({only_where(_IS_CACHED)})",
        "requests",
        "Requests answered by the gateway's response cache.",
    ),
    Measure("first_at", "min(started_at)", "UTC", "When the first of them began."),
    Measure("last_at", "max(started_at)", "UTC", "When the last of them began."),
)
"""What a breakdown adds up, in the order of its columns."""

RATIOS: tuple[Ratio, ...] = (
    Ratio(
        "cost_per_request",
        "spend",
        "priced_requests",
        "USD/request",
        "Spend per request with a known cost.",
    ),
)
"""What a breakdown divides, after summing."""

ORDINARY: Final = "ordinary"
"""The oddity of a row that has none."""

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "model",
        "coalesce(cost_map_key, model)",
        None,
        "The cost-map entry that prices the call, else its name.",
    ),
    Dimension("called_model", "model", None, "The model as the log names it."),
    Dimension("model_group", "model_group", None, "The public name the caller asked for."),
    Dimension("deployment", "model_id", None, "The gateway's deployment."),
    Dimension("provider", "coalesce(priced_provider, provider)", None, "Who bills."),
    Dimension("key", '"key"', "key_alias", "The API key, by its hash."),
    Dimension("team", "team", "team_alias", "The team, by its id."),
    Dimension("key_alias", "key_alias", None, "The API key, by its name: rotated ones together."),
    Dimension("team_alias", "team_alias", None, "The team, by its name."),
    Dimension("user", '"user"', "user_alias", "The internal user who owns the key."),
    Dimension("end_user", "end_user", None, "The customer on whose behalf the call was made."),
    Dimension("organization", "organization", "organization_alias", "The organization, by its id."),
    Dimension("project", "project", "project_alias", "The project, by its id."),
    Dimension("kind", "kind", None, "Chat, embedding, image …"),
    Dimension(
        "service_tier", "coalesce(service_tier, 'standard')", None, "Service tier asked for."
    ),
    Dimension("status", "status", None, "Success or failure."),
    Dimension("row_class", "row_class", None, "What kind of row it is."),
    Dimension("issue", "issue", None, "The gravest thing wrong with the row."),
    Dimension("cost_source", "cost_source", None, "Where its cost is from: rates, log …"),
    Dimension(
        "oddity",
        f"coalesce(issue, quirks[1], nullif(row_class, 'normal'), nullif(cost_source, 'rates'), "
        f"'{ORDINARY}')",
        None,
        "What is special about the row: its issue, quirk, class or source of the cost.",
    ),
)
"""What a breakdown groups by."""

PERIODS: dict[str, str] = {
    # not date_trunc: that makes one hour of the two that clocks show twice in autumn
    "hour": "started_at - to_microseconds(epoch_us(started_at::TIMESTAMP) % 3600000000)",
    **{p: f"date_trunc('{p}', started_at)" for p in ("day", "week", "month", "quarter", "year")},
}
"""Value of ``every`` → the start of the period in the session's time zone."""

MEASURED: Final = (
    "cost",
    "input_cost",
    "output_cost",
    "tool_cost",
    "logged_spend",
    "started_at",
    "row_class",
    "status",
    "prompt_tokens",
    "completion_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
    "request_count",
    "failed_count",
)
"""Columns of charges that the measures read."""
READ_BY_DIMENSION: Final = {
    "model": ("cost_map_key", "model"),
    "called_model": ("model",),
    "deployment": ("model_id",),
    "provider": ("priced_provider", "provider"),
    "oddity": ("issue", "quirks", "row_class", "cost_source"),
}
"""Columns of charges that a dimension reads, where that is not its own name."""
