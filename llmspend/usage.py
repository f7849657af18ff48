"""USAGE_COLUMNS: one row = one request as reported, in one schema for every log format.

A reader maps its format onto these columns; `normalize` casts at the border, fills what is
missing, and nothing after it checks again. Counts are Int64 (Polars' unsigned integers underflow
in silence, and int4 totals overflow at 2.1 billion tokens); times are UTC. Null means unknown,
zero means zero: a count that a log leaves out is a zero count, an absent name is null.

To add a column, add a row to USAGE_COLUMNS.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from llmspend.casts import as_column, without_secrets
from llmspend.errors import InputError, UnknownNameError, nearest
from llmspend.moments import UNREADABLE_TIME, is_unreadable, known

if TYPE_CHECKING:
    from collections.abc import Mapping

UTC = pl.Datetime("us", "UTC")
_NAME = pl.String()
_COUNT = pl.Int64()
_AMOUNT = pl.Float64()


@dataclass(frozen=True, slots=True)
class Column:
    """A canonical usage column.

    Attributes
    ----------
    name
        Its name; the unit is in it.
    dtype
        Its Polars type.
    meaning
        What it says.
    default
        What stands in where a log says nothing; None leaves null.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    default: int | bool | None = None


def _names(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, _NAME, meaning) for name, meaning in meanings.items())


def _counts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, _COUNT, meaning, 0) for name, meaning in meanings.items())


def _amounts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, _AMOUNT, meaning) for name, meaning in meanings.items())


USAGE_COLUMNS: tuple[Column, ...] = (
    # the request
    *_names(
        request_id="The log's id of the request.",
        call_id="The gateway's own call id; the same on a request that was logged twice.",
        session_id="Session or trace that the request belongs to.",
        call_type="Kind of call as LiteLLM names it, such as acompletion.",
        status="success or failure.",
        error_class="Exception class of a failed request.",
        internal_origin="Which part of the gateway made the call by itself; null for users' calls.",
    ),
    Column("cache_hit", pl.Boolean(), "Answered from the gateway's response cache.", default=False),
    Column("started_at", UTC, "When the request began, UTC."),
    Column("ended_at", UTC, "When it ended, UTC: the moment at which it is billed."),
    Column("first_token_at", UTC, "When the first token of a streamed answer came, UTC."),
    Column("duration_ms", _AMOUNT, "How long the request took, milliseconds."),
    # what was called
    *_names(
        model="What was called: the deployment's model, with or without provider prefix.",
        response_model="The model the response says it came from.",
        logged_model_key="The cost-map key that the log says priced the request.",
        base_model="The model a deployment stands for, where its own name says nothing.",
        provider="Who bills: LiteLLM's custom_llm_provider.",
        region="Cloud region of the call.",
        model_group="The public name the caller asked for.",
        model_id="The deployment's id.",
        api_base="Address of the endpoint, without login and query: they may be secrets.",
    ),
    # who
    *_names(
        key="Hash of the API key.",
        key_alias="The key's name at the time of the request.",
        team="Id of the team.",
        team_alias="The team's name at the time of the request.",
        user="Id of the internal user who owns the key.",
        user_alias="The user's name or e-mail address, where the log or a table of users has it.",
        end_user="The customer on whose behalf the call was made.",
        organization="Id of the organization.",
        organization_alias="The organization's name.",
        project="Id of the project.",
        project_alias="The project's name.",
    ),
    Column("tags", pl.List(pl.String()), "Tags of the request."),
    # counts
    *_counts(
        prompt_tokens="All input tokens, cached and written ones included.",
        completion_tokens="All output tokens, reasoning included.",
        total_tokens="As the log states it.",
        text_tokens="Uncached text input as reported; 0 where the log does not split the prompt.",
        cache_read_tokens="Input tokens read from the provider's prompt cache.",
        cache_read_text_tokens="The text among cache_read_tokens.",
        cache_read_audio_tokens="The audio among cache_read_tokens.",
        cache_read_image_tokens="The images among cache_read_tokens.",
        cache_creation_tokens="Input tokens written to the prompt cache.",
    ),
    Column("cache_creation_5m_tokens", _COUNT, "Written for 5 minutes; null: not split by time."),
    Column("cache_creation_1h_tokens", _COUNT, "Written for an hour; null: not split by time."),
    *_counts(
        audio_input_tokens="Audio among the input tokens.",
        image_input_tokens="Images among the input tokens.",
        video_input_tokens="Video among the input tokens.",
        output_text_tokens="Text output as reported; 0 where the log does not split the output.",
        reasoning_tokens="Output tokens spent on reasoning.",
        audio_output_tokens="Audio among the output tokens.",
        image_output_tokens="Images among the output tokens.",
        video_output_tokens="Video among the output tokens.",
        citation_tokens="Tokens of cited sources.",
        character_count="Input characters (embeddings).",
        image_count="Input images (embeddings).",
        query_count="Queries (embeddings).",
    ),
    Column(
        "context_tokens",
        _COUNT,
        "Length of the prompts that a row sums up, by which it is priced; null: prompt_tokens.",
    ),
    Column("prompt_characters", _COUNT, "Characters of the prompt; null: not counted."),
    Column("completion_characters", _COUNT, "Characters of the answer; null: not counted."),
    # counts of what is not billed by tokens; null: not counted
    Column("audio_seconds", _AMOUNT, "Seconds of audio transcribed."),
    Column("output_images", _COUNT, "Images generated."),
    Column("image_size", _NAME, "Size of the images, such as 1024x1024."),
    Column("image_quality", _NAME, "Quality of the images, such as high."),
    Column("image_steps", _COUNT, "Diffusion steps."),
    Column("image_resolution", _NAME, "Resolution class of the images, such as 2K."),
    Column("image_width", _COUNT, "Width of the images, pixels."),
    Column("image_height", _COUNT, "Height of the images, pixels."),
    Column("video_seconds", _AMOUNT, "Seconds of video generated."),
    Column("video_resolution", _NAME, "Resolution of the video, such as 720p."),
    Column("video_count", _COUNT, "Videos generated."),
    Column("pages", _COUNT, "Pages read (OCR)."),
    Column("annotation_pages", _COUNT, "Pages annotated (OCR)."),
    Column("credits", _AMOUNT, "Credits used (OCR)."),
    Column("search_units", _COUNT, "Search units (rerank)."),
    Column("rerank_tokens", _COUNT, "Tokens reranked."),
    Column("search_queries", _COUNT, "Queries sent to a search API."),
    Column("search_max_results", _COUNT, "Results asked for, per query."),
    Column("search_mode", _NAME, "Mode of the search, such as fast."),
    Column("search_additional_results", _COUNT, "Results beyond those included in the price."),
    Column("web_searches", _COUNT, "Searches that the model made, as the provider counts them."),
    Column(
        "web_search_signal",
        _NAME,
        "What shows that the model searched: see llmspend.tool_policies.",
    ),
    Column("search_context_size", _NAME, "Search context asked for: low, medium or high."),
    Column("browser_opens", _COUNT, "Pages that the model opened."),
    Column("maps_queries", _COUNT, "Groundings in maps."),
    Column("file_searches", _COUNT, "File searches that the model made."),
    Column("file_search_gb_days", _AMOUNT, "Storage of file search, GB times days."),
    Column("code_interpreter_sessions", _COUNT, "Sessions of the code interpreter."),
    Column("computer_use_input_tokens", _COUNT, "Input tokens of computer use."),
    Column("computer_use_output_tokens", _COUNT, "Output tokens of computer use."),
    Column("vector_store_gb_days", _AMOUNT, "Storage of vector stores, GB times days."),
    Column("asr_model", _NAME, "The speech recogniser of a realtime session."),
    Column("asr_seconds", _AMOUNT, "Seconds that it heard."),
    Column("asr_audio_tokens", _COUNT, "Audio tokens that it heard."),
    Column("asr_text_tokens", _COUNT, "Text tokens that it was given."),
    Column("asr_output_tokens", _COUNT, "Tokens that it wrote."),
    Column("guardrail_cost", _AMOUNT, "What guardrails cost, USD, as logged."),
    Column("stated_call_cost", _AMOUNT, "Price that came with a tool or agent call, USD."),
    Column("audio_length_seconds", _AMOUNT, "Seconds of audio input (embeddings).", 0),
    Column("video_length_seconds", _AMOUNT, "Seconds of video input (embeddings).", 0),
    # the basis of the price
    *_names(
        service_tier="Service tier asked for, such as flex.",
        served_service_tier="Service tier that the response says it was served at.",
        traffic_type="Google's trafficType.",
        data_residency="Region for which the provider promises residency: us or eu.",
        vertex_location="Google Cloud location of the call.",
        inference_geo="Where the provider says it ran the model.",
        speed="Speed the provider says it ran at.",
    ),
    # what the log says it cost
    *_amounts(
        provider_cost="Cost stated by the provider itself, USD.",
        logged_spend="What the log says was spent, USD (LiteLLM's spend).",
        logged_input_cost="The log's own input cost, USD.",
        logged_output_cost="The log's own output cost, USD.",
        logged_tool_cost="The log's own cost of built-in tools, USD.",
        logged_asr_cost="The log's own cost of a realtime session's speech recogniser, USD.",
        logged_full_cost="What the log says the call is worth, USD, even where the cache answered.",
    ),
    *_names(usage_issue="What is wrong with the row as it was read; see llmspend.row_issues."),
    Column(
        "is_duplicate",
        pl.Boolean(),
        "An earlier row has the same request_id: this one is not counted.",
        default=False,
    ),
    # sums over requests
    Column("is_summary", pl.Boolean(), "The row is a sum over many requests.", default=False),
    Column("request_count", _COUNT, "How many; null: the row is one request, or nobody counted."),
    Column("failed_count", _COUNT, "How many of them failed."),
    # where the row stands
    *_names(source_file="The file it was read from."),
    Column("source_row", _COUNT, "Its row in that file, from 1; blank lines are no rows."),
)
"""Every column of a usage frame, in order."""

COLUMN_BY_NAME: dict[str, Column] = {c.name: c for c in USAGE_COLUMNS}
USAGE_SCHEMA = pl.Schema({c.name: c.dtype for c in USAGE_COLUMNS})
MAX_COUNT = 10**12
"""A count above this is not a count: a trillion tokens in one request."""

MAX_AMOUNT = 2**30
"""An amount of this or more is not what a request costs: a billion dollars."""

TIMES: tuple[Column, ...] = tuple(c for c in USAGE_COLUMNS if c.dtype == UTC)
COUNTS: tuple[str, ...] = tuple(
    c.name for c in USAGE_COLUMNS if c.dtype == _COUNT and c.name != "source_row"
)


@overload
def normalize(
    frame: pl.LazyFrame, columns: Mapping[str, str | pl.Expr] | None = ...
) -> pl.LazyFrame: ...
@overload
def normalize(
    frame: pl.DataFrame, columns: Mapping[str, str | pl.Expr] | None = ...
) -> pl.DataFrame: ...
def normalize(
    frame: pl.DataFrame | pl.LazyFrame, columns: Mapping[str, str | pl.Expr] | None = None
) -> pl.DataFrame | pl.LazyFrame:
    """Bring any frame of requests into the canonical usage schema.

    Parameters
    ----------
    frame
        One row per request. Columns with canonical names are used as they are; missing ones are
        added with their defaults; others are kept, after the canonical ones.
    columns
        Canonical name → the column (or expression) that holds it, for frames that name things
        otherwise.

    Returns
    -------
    polars.DataFrame or polars.LazyFrame
        As given, with all of `USAGE_COLUMNS` in their types. Empty names become null, naive times
        are UTC, missing counts are 0.

    Raises
    ------
    InputError
        When a canonical name in `columns` does not exist, or the frame has no column of the name
        that it is given; or a column has a type that cannot be read as the canonical one.

    Examples
    --------
    >>> import polars as pl
    >>> calls = pl.DataFrame({"llm": ["gpt-4o"], "in": [1200], "out": [80]})
    >>> names = {"model": "llm", "prompt_tokens": "in", "completion_tokens": "out"}
    >>> usage = normalize(calls, names)
    >>> usage.select("model", "prompt_tokens", "cache_read_tokens", "cache_hit").row(0)
    ('gpt-4o', 1200, 0, False)
    """
    lazy = frame.lazy()
    if columns:
        known = lazy.collect_schema()
        for name, held_by in columns.items():
            if name not in COLUMN_BY_NAME:
                near = ", ".join(nearest(name, COLUMN_BY_NAME)) or "see llmspend.USAGE_COLUMNS"
                raise InputError(f"{name!r} is not a usage column. Nearest: {near}.")
            if isinstance(held_by, str) and held_by not in known:
                raise UnknownNameError.of(f"column for {name!r}:", held_by, known)
        lazy = lazy.with_columns(
            **{n: pl.col(e) if isinstance(e, str) else e for n, e in columns.items()}
        )
    schema = lazy.collect_schema()
    if not schema:
        return empty_usage() if isinstance(frame, pl.DataFrame) else empty_usage().lazy()
    canonical = [
        _as_canonical(c, schema.get(c.name)) for c in USAGE_COLUMNS if c.name != "usage_issue"
    ]
    others = [pl.col(name) for name in schema if name not in COLUMN_BY_NAME]
    result = lazy.select(*canonical, _absurd(schema), *others).select(
        *USAGE_SCHEMA, *(name for name in schema if name not in COLUMN_BY_NAME)
    )
    return result.collect() if isinstance(frame, pl.DataFrame) else result


def _absurd(schema: pl.Schema) -> pl.Expr:
    """Flag rows with a number that no count can be, or a time that is none; both are dropped."""
    tests = [~_is_count(pl.col(c), schema[c]) for c in COUNTS if c in schema]
    issue = pl.col("usage_issue") if "usage_issue" in schema else pl.lit(None, dtype=pl.String)
    given = ((c, schema.get(c.name)) for c in TIMES)
    times = [
        as_column(pl.col(c.name), t, c.dtype, c.name, c.meaning)
        for c, t in given
        if isinstance(t, pl.Datetime)
    ]
    untimed = pl.when(is_unreadable(times)).then(pl.lit(UNREADABLE_TIME))
    issue = pl.coalesce(issue.cast(pl.String), untimed).alias("usage_issue")
    is_absurd = pl.any_horizontal(*tests, pl.lit(value=False)).fill_null(value=False)
    return pl.when(is_absurd).then(pl.lit("absurd_count")).otherwise(issue).alias("usage_issue")


def _is_count(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    fits = (expr <= MAX_COUNT) & (expr >= -MAX_COUNT)
    return fits & ~expr.is_nan() if dtype.is_float() else fits


# batches are alike, and to write the expressions takes as long as to run them
@lru_cache(maxsize=1_000)
def _as_canonical(column: Column, given: pl.DataType | None) -> pl.Expr:
    default = pl.lit(column.default, dtype=column.dtype)
    if given is None or given == pl.Null:
        return default.alias(column.name)
    expr = pl.col(column.name)
    if column.name in COUNTS and given.is_numeric():
        expr = pl.when(_is_count(expr, given)).then(expr)
    if given != column.dtype:
        expr = as_column(expr, given, column.dtype, column.name, column.meaning)
    if column.dtype == UTC:
        return expr.pipe(known).alias(column.name)
    if column.name == "api_base":
        expr = without_secrets(expr)
    if column.dtype == _NAME:
        # one value for "nobody said": empty strings are nulls
        return pl.when(expr != "").then(expr).alias(column.name)
    return expr.fill_null(default) if column.default is not None else expr


def empty_usage() -> pl.DataFrame:
    """Return a usage frame without rows.

    Returns
    -------
    polars.DataFrame
        All of `USAGE_COLUMNS`, no row.
    """
    return pl.DataFrame(schema=USAGE_SCHEMA)


def call(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - the columns' own types
    """Give the usage of one call as a row with every canonical column.

    Parameters
    ----------
    **values
        Canonical columns by name.

    Returns
    -------
    dict
        One value per column of `USAGE_COLUMNS`, defaults filled in.

    Raises
    ------
    InputError
        For a name that is not a usage column.

    Examples
    --------
    >>> call(model="gpt-4o", prompt_tokens=12)["completion_tokens"]
    0
    """
    unknown = next((name for name in values if name not in COLUMN_BY_NAME), None)
    if unknown:
        near = ", ".join(nearest(unknown, COLUMN_BY_NAME)) or "see llmspend.USAGE_COLUMNS"
        raise InputError(f"{unknown!r} is not a usage column. Nearest: {near}.")
    return {
        c.name: c.default if values.get(c.name) is None else values[c.name] for c in USAGE_COLUMNS
    }
