"""Oracle of token prices: usage, names and basis of a call, and what LiteLLM said it costs."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

import llmspend

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class OracleKind:
    """A kind of oracle file: the columns that identify it, and how it is compared."""

    name: str
    columns: frozenset[str]
    compare: Callable[[pl.DataFrame], pl.DataFrame]


_RENAMED = {
    "provider": "custom_llm_provider",
    "region": "region_name",
    "ended_at": "billed_at",
    "model_id": "deployment_id",
}
_PROMPT_DETAILS = (
    "text_tokens",
    "cache_read_tokens",
    "cache_read_text_tokens",
    "cache_read_audio_tokens",
    "cache_read_image_tokens",
    "cache_creation_tokens",
    "cache_creation_5m_tokens",
    "cache_creation_1h_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "video_input_tokens",
    "character_count",
    "image_count",
    "query_count",
    "audio_length_seconds",
    "video_length_seconds",
)
_COMPLETION_DETAILS = (
    "output_text_tokens",
    "reasoning_tokens",
    "audio_output_tokens",
    "image_output_tokens",
    "video_output_tokens",
)
_SIDES = ("input", "output", "total")

REASONS: tuple[tuple[str, pl.Expr], ...] = (
    (
        "resolves to another name",
        pl.col("cost_map_key_ours").ne_missing(pl.col("expected_resolved_key")),
    ),
)
"""Why a case may differ, first match wins."""


def usage_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Bring the cases into the canonical usage schema: details that are absent say nothing."""
    absent = {
        "has_prompt_details": _PROMPT_DETAILS,
        "has_completion_details": _COMPLETION_DETAILS,
    }
    # what a caller of completion_cost says of the tier silences the response
    is_told = (pl.col("path") == "completion_cost") & (pl.col("service_tier") != "auto")
    is_told = is_told.fill_null(value=False)
    cases = cases.with_columns(
        *(pl.when(f).then(name).alias(name) for f, names in absent.items() for name in names),
        *(pl.when(~is_told).then(name) for name in ("served_service_tier", "traffic_type")),
        response_model=pl.coalesce("provider_response_model", "response_model", "hidden_model"),
    )
    names = {ours: theirs for ours, theirs in _RENAMED.items() if theirs in cases.columns}
    canonical = [c.name for c in llmspend.USAGE_COLUMNS if c.name in cases.columns]
    return llmspend.normalize(cases.select(*canonical, *names.values()), names)


def bodies_of(cases: pl.DataFrame) -> pl.Series:
    """Give the usage of each case as its response had it, where that says more than its counts."""
    reported = pl.struct(
        input_tokens="prompt_tokens",
        output_tokens="completion_tokens",
        output_tokens_details=pl.struct(
            text_tokens="output_text_tokens",
            reasoning_tokens="reasoning_tokens",
            audio_tokens="audio_output_tokens",
        ),
    )
    beside = pl.struct(
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "citation_tokens",
        reasoning_tokens="usage_reasoning_tokens",
    )
    # LiteLLM takes reasoning out of the text when it reads such a usage, and again when it prices
    is_reported = pl.col("call_type").str.ends_with("responses") & ~pl.col("has_prompt_details")
    return cases.select(
        pl.coalesce(
            "raw_usage_json",
            pl.when(is_reported).then(reported.struct.json_encode()),
            pl.when(pl.col("usage_reasoning_tokens").is_not_null()).then(
                beside.struct.json_encode()
            ),
        )
    ).to_series()


def priced(cases: pl.DataFrame, card: llmspend.RateCard) -> pl.DataFrame:
    """Price cases with a card; a case with a raw usage body is read from that body."""
    usage = usage_of(cases)
    bodies = bodies_of(cases)
    if bodies.null_count() < bodies.len():
        read = llmspend.read_usage(bodies)
        is_raw = bodies.is_not_null()
        usage = usage.with_columns(
            usage[name].zip_with(~is_raw, read[name].cast(usage.schema[name]))
            for name in read.columns
        )
    return llmspend.price(usage, cost_map=card)


def synthetic(cases: pl.DataFrame) -> pl.DataFrame:
    """Price cases about invented entries from a map of these entries."""
    entries: dict[str, object] = {}
    names = []
    for name, entry in cases.select("model", "expected_resolved_entry_json").iter_rows():
        # many entries of one name: give each a name of its own
        own = name if entry is None else f"{name}-{zlib.crc32(entry.encode())}"
        names.append(own)
        if entry is not None:
            entries[own] = json.loads(entry)
    named = cases.with_columns(model=pl.Series(names, dtype=pl.String), response_model=None)
    cost_map = llmspend.load_cost_map(entries, strict=False)
    # the key is checked under the name that LiteLLM had
    return priced(named, llmspend.RateCard(cost_map)).with_columns(
        cost_map_key=cases["expected_resolved_key"]
    )


def deployed(case: pl.DataFrame) -> pl.DataFrame:
    """Price a case about a deployment of a proxy."""
    row = case.row(0, named=True)
    params = json.loads(row["custom_pricing_json"])
    info = {"id": row["deployment_id"], **params.pop("model_info", {})}
    params |= {"model": f"{row['custom_llm_provider']}/{row['model']}"}
    deployment = llmspend.complete_deployment(COSTS, params, info)
    custom = llmspend.CustomPricing.of(COSTS, [deployment])
    return priced(case, llmspend.RateCard(COSTS, custom))


def called_with_prices(case: pl.DataFrame) -> pl.DataFrame:
    """Price a case about prices in the arguments of a call, which LiteLLM registers."""
    row = case.row(0, named=True)
    prices = json.loads(row["custom_pricing_json"])
    costs = llmspend.register_call_prices(COSTS, row["custom_llm_provider"], row["model"], prices)
    return priced(case, llmspend.RateCard(costs))


def registered(case: pl.DataFrame) -> pl.DataFrame:
    """Price a case about a registered model."""
    models = json.loads(case["custom_pricing_json"][0])["register_model"]
    return priced(case, llmspend.RateCard(llmspend.register(COSTS, models)))


def with_terms(case: pl.DataFrame) -> pl.DataFrame:
    """Price a case about a discount and a margin."""
    terms = json.loads(case["custom_pricing_json"][0])
    custom = llmspend.CustomPricing.of(COSTS, (), terms["discount"], terms["margin"])
    return priced(case, llmspend.RateCard(COSTS, custom))


def priced_alone(case: pl.DataFrame) -> pl.DataFrame:
    """Price a case about prices that replace LiteLLM's own, by the functions for one call."""
    row = case.row(0, named=True)
    body: dict[str, object] = {
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        "prompt_tokens_details": {
            "cached_tokens": row["cache_read_tokens"],
            "cache_creation_tokens": row["cache_creation_tokens"],
        },
    }
    if row["anthropic_top_level_cache"]:
        body["cache_read_input_tokens"] = row["cache_read_tokens"]
        body["cache_creation_input_tokens"] = row["cache_creation_tokens"]
    per_token = {
        key: row[f"custom_{key}"]
        for key in (
            "input_cost_per_token",
            "output_cost_per_token",
            "cache_read_input_token_cost",
            "cache_creation_input_token_cost",
        )
        if row[f"custom_{key}"] is not None
    }
    own = {
        "custom_llm_provider": row["custom_llm_provider"],
        "custom_cost_per_token": per_token or None,
        "custom_cost_per_second": row["custom_cost_per_second"],
    }
    sides = llmspend.cost_per_token(
        row["model"], usage_object=body, response_time_ms=row["duration_ms"], **own
    )
    response = {"model": row["response_model"], "usage": body}
    total = llmspend.completion_cost(
        response, model=row["model"], total_time=row["duration_ms"], **own
    )
    return pl.DataFrame(
        {"input_cost": [sides[0]], "output_cost": [sides[1]], "cost": [total]}
    ).with_columns(cost_map_key=pl.lit(None, dtype=pl.String))


COSTS = llmspend.load_cost_map()
ONE_BY_ONE: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "custom_deployment": deployed,
    "custom_sdk_kwargs": called_with_prices,
    "custom_sdk_args": priced_alone,
    "register_model": registered,
    "margin": with_terms,
}
"""Groups whose cases change what LiteLLM knows: each is priced from a card of its own."""


def charges_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Price the cases, in their order."""
    cases = cases.with_row_index()
    group = pl.col("group")
    alone = [
        (case, ONE_BY_ONE[case["group"][0]](case))
        for case in cases.filter(group.is_in(list(ONE_BY_ONE))).iter_slices(1)
    ]
    invented = cases.filter(group == "synthetic")
    others = cases.filter(~group.is_in([*ONE_BY_ONE, "synthetic"]))
    parts = [
        (invented, synthetic(invented)),
        (others, priced(others, llmspend.RateCard(COSTS))),
        *alone,
    ]
    columns = ("input_cost", "output_cost", "cost", "cost_map_key")
    return (
        pl.concat([charges.select(columns, index=part["index"]) for part, charges in parts])
        .sort("index")
        .drop("index")
    )


def compare(cases: pl.DataFrame) -> pl.DataFrame:
    """Price every case; add ``verdict``, ``reason`` and a printable ``example``."""
    charges = charges_of(cases)
    ours = charges.select(
        pl.col("input_cost").alias("input_ours"),
        pl.col("output_cost").alias("output_ours"),
        pl.col("cost").alias("total_ours"),
        pl.col("cost_map_key").alias("cost_map_key_ours"),
    )
    both = pl.concat([cases, ours], how="horizontal")
    theirs = {side: pl.col(f"expected_{side}_cost") for side in _SIDES}
    mine = {side: pl.col(f"{side}_ours") for side in _SIDES}
    raised = pl.col("expected_error").is_not_null()
    exact = (
        pl.when(raised)
        .then(pl.col("total_ours").is_null())
        .otherwise(
            # calls by duration: LiteLLM gives them no sides
            pl.all_horizontal(
                theirs[s].is_null() | mine[s].eq_missing(theirs[s]) for s in _SIDES[:2]
            )
            & mine["total"].eq_missing(theirs["total"])
        )
    )
    near = ~raised & pl.all_horizontal(
        ((mine[s] - theirs[s]).abs() <= 1e-12 * theirs[s].abs()).fill_null(value=False)
        for s in _SIDES
    )
    example = pl.format(
        "case {} {} {}/{}: ours {} + {} by {}, LiteLLM {} + {} by {}",
        "case_id",
        "shape",
        pl.col("custom_llm_provider").fill_null("-"),
        pl.col("model").fill_null("-"),
        *(
            pl.col(c).cast(pl.String).fill_null("none")
            for c in ("input_ours", "output_ours", "cost_map_key_ours")
        ),
        *(
            pl.col(c).cast(pl.String).fill_null("none")
            for c in ("expected_input_cost", "expected_output_cost", "expected_resolved_key")
        ),
    )
    return both.with_columns(
        verdict=pl.when(exact)
        .then(pl.lit("exact"))
        .otherwise(pl.when(near).then(pl.lit("within 1e-12")).otherwise(pl.lit("differs"))),
        reason=pl.coalesce(*(pl.when(when).then(pl.lit(why)) for why, when in REASONS)),
        example=example,
    )


TOKEN_COSTS = OracleKind(
    "token costs",
    frozenset(
        {"case_id", "shape", "prompt_tokens", "expected_resolved_key", "expected_input_cost"}
    ),
    compare,
)
