"""Oracle of all other prices: seconds, images, videos, pages, searches, tools, fees.

Each case is read into the canonical usage columns, as a reader of logs would, and priced by
`llmspend.price`. What comes with a deployment or with terms of its own is priced from a card of
its own, and what LiteLLM prices outside its cost map by the function of this name.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

import llmspend
from llmspend import call_fees
from tests.parity.token_costs import COSTS, OracleKind

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDES = ("input", "output", "tool", "total")
_OURS = {"input": "input_cost", "output": "output_cost", "tool": "tool_cost", "total": "cost"}
_TOLERANCE = 1e-9

_PROMPT_DETAILS = {
    "text_tokens": "prompt_text_tokens",
    "audio_input_tokens": "prompt_audio_tokens",
    "image_input_tokens": "prompt_image_tokens",
    "video_input_tokens": "prompt_video_tokens",
    "cache_read_tokens": "prompt_cached_tokens",
    "cache_read_audio_tokens": "prompt_cached_audio_tokens",
    "image_count": "input_images",
    "video_length_seconds": "input_video_seconds",
    "audio_length_seconds": "input_audio_seconds",
    "character_count": "input_characters",
    "query_count": "query_count",
}
_COMPLETION_DETAILS = {
    "output_text_tokens": "completion_text_tokens",
    "reasoning_tokens": "completion_reasoning_tokens",
    "audio_output_tokens": "completion_audio_tokens",
    "image_output_tokens": "completion_image_tokens",
    "video_output_tokens": "completion_video_tokens",
}
_RENAMED = {
    "provider": "custom_llm_provider",
    "duration_ms": "response_time_ms",
    "model_id": "router_model_id",
    "output_images": "images",
    "maps_queries": "maps_requests",
    "browser_opens": "browser_open_requests",
    "asr_seconds": "realtime_transcription_seconds",
    "asr_audio_tokens": "realtime_transcription_audio_tokens",
    "asr_text_tokens": "realtime_transcription_text_tokens",
    "asr_output_tokens": "realtime_transcription_output_tokens",
    **_PROMPT_DETAILS,
    **_COMPLETION_DETAILS,
}
"""Canonical column → the oracle's, where only the name differs."""

_COUNTERS = {
    "prompt_tokens_details": "details",
    "server_tool_use": "server_tool_use",
    "server_side_tool_usage_details": "server_side",
    "server_side_tool_usage_details+prompt_tokens_details": "server_side, details",
    "image_usage": "counter",
}
_SIGNS = {"url_citation": "citation", "web_search_call": "item"}
_INCLUDED_RESULTS = 10
_FROM_PARAMETERS = "optional_params"
_COUNTS_SKUS = pl.col("custom_llm_provider").eq_missing("parallel_ai")
_HAS_IMAGE_SIZE_PARAMETER = pl.col("custom_llm_provider").eq_missing("fal_ai")


def _none_in(family: str) -> pl.Expr:
    """Give the count of what a response does not mention: none to LiteLLM, unlike in a log."""
    return pl.when(pl.col("family") == family).then(0)


def _search_results() -> pl.Expr:
    """Give the results that a search asked for; what is nested in its settings goes first."""
    return pl.coalesce("advanced_max_results", "max_results")


_READ: dict[str, pl.Expr] = {
    # asked directly, LiteLLM's function makes no difference of an edit: adapters do
    "call_type": pl.when(
        (pl.col("entry_point") == "completion_cost") & (pl.col("call_type") == "image_edit")
    )
    .then(pl.lit("image_generation"))
    .when(pl.col("entry_point") == "fal_ai_passthrough_cost")
    .then(pl.lit("pass_through_endpoint"))
    .otherwise("call_type"),
    # LiteLLM's functions were asked directly: without its proxy nothing assumes a location
    "vertex_location": pl.coalesce("vertex_location", pl.lit("global")),
    # the oracle does not keep them: these cases wrote as many tokens as they read
    "cache_creation_tokens": pl.when(pl.col("shape") == "cache_write").then("prompt_cached_tokens"),
    # the duration in a usage block is no duration that LiteLLM prices
    "audio_seconds": pl.when(pl.col("duration_source") != "usage.seconds")
    .then("duration_seconds")
    .otherwise(_none_in("transcription")),
    "video_seconds": pl.coalesce("video_seconds", _none_in("video")),
    "search_units": pl.coalesce("search_units", _none_in("rerank")),
    "rerank_tokens": pl.coalesce("rerank_total_tokens", _none_in("rerank")),
    "pages": pl.coalesce("pages", pl.when(pl.col("entry_point") == "ocr_batch_cost").then(0)),
    "prompt_characters": pl.coalesce("characters", "prompt_characters"),
    "provider_cost": pl.coalesce("provider_stated_cost", "provider_reported_cost_usd"),
    # one column for two parameters: LiteLLM reads either, by provider, and not from everywhere
    "image_size": pl.when(_HAS_IMAGE_SIZE_PARAMETER)
    .then("image_size_param")
    .when(
        (pl.col("image_size_source") != _FROM_PARAMETERS)
        | pl.col("image_size").str.contains(r"^\d+(x|-x-)\d+$")
    )
    .then("image_size"),
    "image_quality": pl.when(
        ~_HAS_IMAGE_SIZE_PARAMETER | (pl.col("image_quality_source") == _FROM_PARAMETERS)
    ).then("image_quality"),
    # how many queries a list holds says nothing to who counts units of its own
    "search_queries": pl.when(_COUNTS_SKUS)
    .then(pl.coalesce("usage_sku_search", pl.lit(1)))
    .otherwise("queries"),
    "search_max_results": _search_results(),
    "search_mode": pl.coalesce(
        "search_mode", pl.when(pl.col("search_processor") == "pro").then(pl.lit("advanced"))
    ),
    "search_additional_results": pl.when("usage_reported")
    .then(pl.coalesce("usage_sku_additional_results", pl.lit(0)))
    .otherwise((_search_results() - _INCLUDED_RESULTS).clip(0)),
    # who names no recogniser has its own
    "asr_model": pl.coalesce("realtime_transcription_model", "realtime_session_model"),
    # a counter that is empty shows nothing
    "web_search_signal": pl.coalesce(
        pl.col("web_search_signal").replace_strict(_SIGNS, default=None),
        pl.when(pl.col("web_search_requests").is_not_null()).then(
            pl.col("web_search_signal").replace_strict(_COUNTERS, default=None)
        ),
    ),
    # what the response counts goes before the items in it
    "web_searches": pl.coalesce("tool_usage_num_requests", "web_search_requests"),
    "file_searches": pl.when("file_search_declared").then("file_search_calls"),
    "file_search_gb_days": pl.col("storage_gb") * pl.col("storage_days"),
    "vector_store_gb_days": pl.col("vector_store_gb") * pl.col("vector_store_days"),
}
"""Canonical column → how it is read."""

_COSTED: dict[str, dict[str, Any]] = {
    "chat": {"prompt_tokens": 1000, "completion_tokens": 500},
    "chat_ws": {
        "prompt_tokens": 1000,
        "completion_tokens": 500,
        "web_search_signal": "citation",
    },
    "image": {
        "prompt_tokens": 50,
        "text_tokens": 50,
        "completion_tokens": 4000,
        "image_output_tokens": 4000,
        "output_images": 1,
    },
    "image_flat": {"output_images": 2},
    "ocr": {"pages": 10},
    "realtime": {
        "prompt_tokens": 300,
        "text_tokens": 100,
        "audio_input_tokens": 200,
        "completion_tokens": 60,
        "output_text_tokens": 10,
        "audio_output_tokens": 50,
    },
    "replicate": {"duration_ms": 5000.0},
    "rerank": {"search_units": 5},
    "search": {"search_queries": 2},
    "speech": {"prompt_characters": 10},
    "transcription": {"audio_seconds": 100.0},
    "video": {"video_seconds": 8.0},
    "mcp": {"stated_call_cost": 0.01},
}
"""Usage of the cases about discounts and margins: the oracle has only its costs before them."""


def usage_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Bring the cases into the canonical usage schema: details that are absent say nothing."""
    canonical = [c.name for c in llmspend.USAGE_COLUMNS]
    absent = {"has_prompt_details": _PROMPT_DETAILS, "has_completion_details": _COMPLETION_DETAILS}
    renamed = {name: pl.col(theirs) for name, theirs in _RENAMED.items()}
    for flag, names in absent.items():
        # the families that do not say have them
        is_there = pl.col(flag).fill_null(value=True)
        renamed |= {name: pl.when(is_there).then(theirs) for name, theirs in names.items()}
    kept = {n: pl.col(n) for n in canonical if n in cases.columns}
    read = cases.select(**{**kept, **renamed, **_READ})
    return llmspend.normalize(read)


def with_sides(charges: pl.DataFrame) -> pl.DataFrame:
    """Keep what is compared."""
    if "tool_cost" not in charges.columns:
        charges = charges.with_columns(tool_cost=pl.lit(0.0))
    return charges.select(*_OURS.values(), "cost_map_key", "issue")


def priced(cases: pl.DataFrame, card: llmspend.RateCard) -> pl.DataFrame:
    """Price cases with a card."""
    return with_sides(llmspend.price(usage_of(cases), cost_map=card))


def deployed(cases: pl.DataFrame) -> pl.DataFrame:
    """Price the calls of one deployment, which has prices of its own."""
    row = cases.row(0, named=True)
    deployment = llmspend.complete_deployment(
        COSTS,
        json.loads(row["custom_prices_json"])
        | {"model": f"{row['custom_llm_provider']}/{row['model']}"},
        {"id": row["router_model_id"]},
    )
    custom = llmspend.CustomPricing.of(COSTS, [deployment])
    return priced(cases, llmspend.RateCard(COSTS, custom))


def with_terms(cases: pl.DataFrame) -> pl.DataFrame:
    """Price a call under a discount and a margin."""
    row = cases.row(0, named=True)
    _, _, rest = row["shape"].partition("adjust_")
    what = max((name for name in _COSTED if rest.startswith(f"{name}_")), key=len)
    provider = row["custom_llm_provider"]
    margin = {
        name: row[column]
        for name, column in (("percentage", "margin_percent"), ("fixed_amount", "margin_fixed"))
        if row[column] is not None
    }
    whose = "global" if "global" in rest else provider
    is_provider = provider in {entry.get("litellm_provider") for entry in COSTS.entries.values()}
    custom = llmspend.CustomPricing.of(
        COSTS,
        (),
        {provider: row["discount_percent"]} if row["discount_percent"] is not None else {},
        # nobody can set terms for what is no provider; LiteLLM takes them and ignores them
        {whose: margin} if margin and is_provider else {},
    )
    usage = usage_of(cases).with_columns(pl.lit(v).alias(n) for n, v in _COSTED[what].items())
    return with_sides(
        llmspend.price(llmspend.normalize(usage), cost_map=llmspend.RateCard(COSTS, custom))
    )


def _by_second(row: dict[str, Any]) -> dict[str, Any]:
    """Price a call by a rate in its arguments."""
    body = {n: row[n] for n in ("prompt_tokens", "completion_tokens", "total_tokens")}
    own = {
        "model": row["model"],
        "custom_llm_provider": row["custom_llm_provider"],
        "custom_cost_per_second": float(row["shape"].removeprefix("custom_")),
    }
    took = row["response_time_ms"]
    sides = llmspend.cost_per_token(usage_object=body, response_time_ms=took, **own)
    total = llmspend.completion_cost({"usage": body}, total_time=took, **own)
    return {"input_cost": sides[0], "output_cost": sides[1], "tool_cost": 0.0, "cost": total}


def _tool_price(row: dict[str, Any]) -> float:
    per_tool = {} if row["mcp_tool_cost"] is None else {"tool": row["mcp_tool_cost"]}
    return call_fees.tool_call_cost(
        row["mcp_tool_name"],
        stated_cost=row["a2a_response_cost"],
        cost_by_tool=per_tool,
        default_cost=row["mcp_default_cost"],
    )


def _agent_price(row: dict[str, Any]) -> float:
    return call_fees.agent_call_cost(
        row["prompt_tokens"],
        row["completion_tokens"],
        stated_cost=row["a2a_response_cost"],
        cost_per_query=row["a2a_cost_per_query"],
        input_cost_per_token=row["a2a_input_rate"],
        output_cost_per_token=row["a2a_output_rate"],
    )


def _records_price(row: dict[str, Any]) -> float | None:
    return call_fees.text_records_cost(
        json.loads(row["guardrail_units_json"])["text_records"],
        row["guardrail_price_per_1000"],
        tier=row["guardrail_tier"],
    )


def _capacity_price(row: dict[str, Any]) -> float:
    start, end = (
        None if row[name] is None else datetime.fromisoformat(row[name])
        for name in ("ptu_from", "ptu_to")
    )
    day = date.fromisoformat(row["ptu_day"])
    return call_fees.reserved_cost(
        row["ptu_count"], row["ptu_rate_per_hour"], day, start=start, end=end
    )


def _session_price(row: dict[str, Any]) -> float:
    return call_fees.session_cost(
        COSTS, row["custom_llm_provider"], row["code_interpreter_sessions"]
    )


_FEES: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "mcp": _tool_price,
    "a2a": _agent_price,
    "azure_prompt_shield": _records_price,
    "guardrail_information": lambda row: call_fees.guardrail_cost(
        json.loads(row["guardrail_units_json"])
    ),
    "ptu_day": _capacity_price,
    "container": _session_price,
}
"""Shape of case → what it costs by `llmspend.call_fees`."""


def priced_alone(row: dict[str, Any]) -> dict[str, Any]:
    """Price a case by a function for one call."""
    if row["shape"] in _FEES:
        return {"cost": _FEES[row["shape"]](row)}
    return _by_second(row)


REASONS: tuple[tuple[str, pl.Expr], ...] = (
    (
        "LiteLLM adds the images up one by one",
        (pl.col("custom_llm_provider") == "fal_ai") & (pl.col("images") > 1),
    ),
)
"""Why a case may be near or differ, first match wins."""

_IS_DEPLOYED = pl.col("family") == "custom"
_HAS_TERMS = pl.col("shape").str.starts_with("adjust_")
_IS_ALONE = pl.col("shape").is_in(list(_FEES)) | (
    (pl.col("family") == "per_second") & pl.col("shape").str.starts_with("custom_")
)


def charges_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Price the cases, in their order."""
    cases = cases.with_row_index()
    apart = _IS_DEPLOYED | _HAS_TERMS | _IS_ALONE
    alone = cases.filter(_IS_ALONE)
    card = llmspend.RateCard(COSTS)
    together = cases.filter(~apart)
    parts = [(together, priced(together, card))]
    parts += [
        (part, deployed(part))
        for part in cases.filter(_IS_DEPLOYED).partition_by("router_model_id")
    ]
    parts += [(part, with_terms(part)) for part in cases.filter(_HAS_TERMS).iter_slices(1)]
    schema = parts[0][1].schema
    fees = [dict.fromkeys(schema) | priced_alone(row) for row in alone.iter_rows(named=True)]
    parts += [(alone, pl.DataFrame(fees, schema=schema))]
    return (
        pl.concat([charges.with_columns(index=part["index"]) for part, charges in parts])
        .sort("index")
        .drop("index")
    )


def compare(cases: pl.DataFrame) -> pl.DataFrame:
    """Price every case; add ``group``, ``verdict``, ``reason``, ``seen`` and an ``example``."""
    ours = charges_of(cases).rename(
        {**{ours: f"{side}_ours" for side, ours in _OURS.items()}, "cost_map_key": "key_ours"}
    )
    both = pl.concat([cases, ours], how="horizontal")
    theirs = {side: pl.col(f"expected_{side}_cost") for side in _SIDES}
    mine = {side: pl.col(f"{side}_ours") for side in _SIDES}
    # only some answers of LiteLLM have sides
    untold = {side: theirs[side].is_null() & (side != "total") for side in _SIDES}
    exact = pl.all_horizontal(untold[s] | mine[s].eq_missing(theirs[s]) for s in _SIDES)
    near = {
        side: untold[side]
        | ((mine[side] - theirs[side]).abs() <= _TOLERANCE * theirs[side].abs()).fill_null(
            value=False
        )
        for side in _SIDES
    }
    raised = pl.col("expected_error").is_not_null()
    is_near = pl.all_horizontal(near.values()) & ~raised
    seen = {
        "all but the last digits": is_near,
        "LiteLLM raises, llmspend has a cost": raised,
        "no cost": mine["total"].is_null(),
        "resolves to another name": pl.col("key_ours").is_not_null()
        & pl.col("info_key").is_not_null()
        & (pl.col("key_ours") != pl.col("info_key")),
        "the total agrees, its sides do not": near["total"],
    }
    wrong = pl.concat_str(
        *(pl.when(~near[s]).then(pl.lit(s)) for s in _SIDES), separator=", ", ignore_nulls=True
    )
    first_seen = pl.coalesce(
        *(pl.when(when).then(pl.lit(why)) for why, when in seen.items()), wrong
    )
    return both.with_columns(
        group=pl.col("family"),
        verdict=pl.when(exact)
        .then(pl.lit("exact"))
        .when(is_near)
        .then(pl.lit("within 1e-9"))
        .otherwise(pl.lit("differs")),
        reason=pl.coalesce(*(pl.when(when).then(pl.lit(why)) for why, when in REASONS)),
        seen=pl.format("{}: {}", "shape", first_seen),
        example=_example(mine, theirs),
    )


def _example(mine: dict[str, pl.Expr], theirs: dict[str, pl.Expr]) -> pl.Expr:
    def text(name: str | pl.Expr) -> pl.Expr:
        value = pl.col(name) if isinstance(name, str) else name
        return value.cast(pl.String).fill_null("-")

    return pl.format(
        "{} {} {}: ours {} + {} + {} = {} by {} ({}), LiteLLM {} + {} + {} = {} by {}",
        "case_id",
        text("custom_llm_provider"),
        text("model"),
        *(text(mine[s]) for s in _SIDES),
        text("key_ours"),
        text("issue"),
        *(text(theirs[s]) for s in _SIDES),
        text("info_key"),
    )


OTHER_COSTS = OracleKind(
    "other costs",
    frozenset({"case_id", "family", "entry_point", "info_key", "expected_tool_cost"}),
    compare,
)
