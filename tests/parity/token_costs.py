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
        "custom prices of a deployment or a call",
        pl.col("group").is_in(
            ["custom_deployment", "custom_sdk_args", "custom_sdk_kwargs", "register_model"]
        ),
    ),
    ("entry registered at run time", pl.col("registered_entry_json").is_not_null()),
    ("discount and margin", pl.col("group") == "margin"),
    ("raw usage body of a provider", pl.col("raw_usage_json").is_not_null()),
    (
        "batch of an unknown model: LiteLLM says 0, llmspend says unknown",
        (pl.col("group") == "batch") & pl.col("cost_map_key_ours").is_null(),
    ),
    (
        "model-router fee, which LiteLLM adds to the price of a router's name",
        pl.col("model").str.contains("(?i)model[-_]router"),
    ),
    (
        "no provider in the log: LiteLLM then assumes no location for Google's regional surcharge",
        pl.col("custom_llm_provider").is_null()
        & (pl.col("cost_map_key_ours") == pl.col("expected_resolved_key")),
    ),
    ("calls that LiteLLM prices by their duration", pl.col("custom_llm_provider") == "replicate"),
    (
        "an entry that llmspend refuses: a rate is no number",
        (pl.col("group") == "synthetic") & pl.col("cost_map_key_ours").is_null(),
    ),
    (
        "Google's formula for entries with prices above 128k tokens",
        (pl.col("custom_llm_provider") == "vertex_ai")
        & pl.col("expected_resolved_entry_json").str.contains("_above_128k_tokens", literal=True),
    ),
    (
        "a range without an input rate, under a formula of its own",
        pl.col("shape").str.starts_with("tiered_no_input"),
    ),
    ("service tier as an argument of the call", pl.col("shape") == "service_tier_arg"),
    ("negative prompt under a formula of its own", pl.col("shape") == "negative_prompt"),
    (
        "reasoning outside the usage's details",
        pl.col("shape").is_in(["usage_level_reasoning", "nested_with_audio_responses"]),
    ),
    (
        "resolution step that is not built yet",
        (pl.col("group") != "synthetic")
        & pl.col("cost_map_key_ours").ne_missing(pl.col("expected_resolved_key")),
    ),
)
"""Why a case may differ, first match wins."""


def usage_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Bring the cases into the canonical usage schema: details that are absent say nothing."""
    absent = {
        "has_prompt_details": _PROMPT_DETAILS,
        "has_completion_details": _COMPLETION_DETAILS,
    }
    cases = cases.with_columns(
        pl.when(flag).then(name).alias(name) for flag, names in absent.items() for name in names
    )
    names = {ours: theirs for ours, theirs in _RENAMED.items() if theirs in cases.columns}
    canonical = [c.name for c in llmspend.USAGE_COLUMNS if c.name in cases.columns]
    return llmspend.normalize(cases.select(*canonical, *names.values()), names)


def is_sound(entry: dict[str, object]) -> bool:
    """Tell whether llmspend takes an entry; it refuses rates that are no numbers."""
    try:
        llmspend.load_cost_map({"entry": entry})
    except llmspend.CostMapError:
        return False
    return True


def charges_of(cases: pl.DataFrame) -> pl.DataFrame:
    """Price the cases; those about invented entries are priced from a map of these entries."""
    entries: dict[str, object] = {}
    names = []
    for case in cases.select("group", "model", "expected_resolved_entry_json").iter_rows():
        group, name, entry = case
        if group == "synthetic" and entry is not None:
            # many entries of one name: give each a name of its own
            name = f"{name}-{zlib.crc32(entry.encode())}"
            if is_sound(json.loads(entry)):
                entries[name] = json.loads(entry)
        names.append(name)
    named = cases.with_columns(model=pl.Series(names, dtype=pl.String), response_model=None)
    synthetic = pl.col("group") == "synthetic"
    invented = llmspend.price(
        usage_of(named.filter(synthetic)), cost_map=llmspend.load_cost_map(entries)
    )
    real = llmspend.price(usage_of(cases.filter(~synthetic)))
    order = pl.concat(
        [cases.with_row_index().filter(~synthetic), cases.with_row_index().filter(synthetic)]
    )
    both = pl.concat([real, invented]).with_columns(order["index"])
    return both.sort("index").drop("index")


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
        .otherwise(pl.all_horizontal(mine[s].eq_missing(theirs[s]) for s in _SIDES))
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
