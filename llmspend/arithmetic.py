"""THE formulas: quantities × rates = cost, written once (`quantity_formulas` has the quantities).

Each stage below is a function from an environment of names to new named values, written over
``+ - ×``, comparison and ``u.choose``, ``u.least`` … of `llmspend.values`. Read for columns, the
result is an expression; read for one call, it is a Python function. So a billion rows and one call
go through the same lines, and their float64 results are equal to the last bit.

The order of operations is LiteLLM's (left to right, no compensated sums): change it and the last
digit of a cost changes.

Names an environment must have: the counts of `llmspend.usage` and, from the rate card, for each
meter in RATED its ``<meter>_rate``, the rates of LONG_RATES, the switches of SWITCHES, the
multipliers of UPLIFTS and the terms of TERMS.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from llmspend.quantity_formulas import ALWAYS, QUANTITY_STAGES
from llmspend.quirks import QUIRK_BITS
from llmspend.usage import COLUMN_BY_NAME
from llmspend.values import as_columns, as_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from llmspend.values import Stage, Value

RATED: tuple[str, ...] = (
    "input_tokens",
    "cache_read_tokens",
    "cache_read_audio_tokens",
    "cache_read_image_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "video_input_tokens",
    "cache_creation_tokens",
    "cache_creation_1h_tokens",
    "input_characters",
    "input_images",
    "input_video_seconds",
    "input_audio_seconds",
    "queries",
    "citation_tokens",
    "request_seconds",
    "output_tokens",
    "audio_output_tokens",
    "reasoning_tokens",
    "image_output_tokens",
    "video_output_tokens",
)
"""The meters that these formulas price; a row of the rate card has a rate for each."""

LONG_RATES: tuple[str, ...] = (
    "prompt_characters_rate",
    "prompt_characters_long_rate",
    "completion_characters_rate",
    "completion_characters_long_rate",
    "output_tokens_long_rate",
)
"""Rates of the few entries that charge by characters, or by the length of the answer: by the
side's *own* length, long or not. Null where an entry has none."""

SWITCHES: tuple[str, ...] = (
    "reads_cache_read",
    "reads_cache_creation",
    "reads_cache_ttl",
    "reads_input_text",
    "reads_input_details",
    "reads_output_images",
    "reads_output_details",
    "reads_reasoning",
    "bills_input_characters",
    "bills_input_images",
    "bills_input_video_seconds",
    "bills_input_audio_seconds",
    "bills_cache_read_images",
    "caps_output_images",
    "adds_cache_last",
    "clamps_overlap",
    "floors_text",
    "believes_text",
    "believes_lifetimes",
    "adds_hidden_reasoning",
    "stated_cost_wins",
    "frees_cached",
    "output_is_images",
    "ignores_audio_tier",
    "ignores_cached_images",
    "quirks_of_rates",
)
"""Per row of the rate card: which counts its formula reads, which units it bills, and which of
LiteLLM's mistakes may show in it."""

UPLIFTS: tuple[str, ...] = ("residency_uplift", "endpoint_uplift", "speed_uplift", "geo_uplift")
"""Per basis: what scales both sides, in this order."""

TERMS: tuple[str, ...] = (
    "input_fee_rate",
    "additional_fee_rate",
    "discount_share",
    "margin_share",
    "margin_fixed",
    "machine_second_rate",
)
"""Per basis: fees in USD per prompt token, what is taken off and put on at the end, and USD per
second of a machine. Beside them ``quirks_of_basis``, the bits of the quirks that show in it."""

LONG: int = 128_000
"""A prompt or an answer of more tokens than this is long."""

CHARACTERS_PER_TOKEN: int = 4
"""As LiteLLM reckons the length of what it charges by characters."""


def output_rate(u: Value) -> dict[str, Value]:
    """Choose the rate of text output by the length of the answer, where an entry has two."""
    is_long = u.known(u.output_tokens_long_rate) & (u.completion_tokens > LONG)
    return {
        "_output_tokens_rate": u.choose(is_long, u.output_tokens_long_rate, u.output_tokens_rate)
    }


def _amount(u: Value, meter: str) -> Value:
    return getattr(u, f"{meter}_q") * getattr(u, f"{meter}_rate")


def side_costs(u: Value) -> dict[str, Value]:
    """Multiply and add, in LiteLLM's order."""
    input_cost = (
        _amount(u, "input_tokens")
        + _amount(u, "cache_read_tokens")
        + _amount(u, "cache_read_audio_tokens")
        + _amount(u, "cache_read_image_tokens")
        + _amount(u, "audio_input_tokens")
        + _amount(u, "image_input_tokens")
        + _amount(u, "video_input_tokens")
        + (_amount(u, "cache_creation_tokens") + _amount(u, "cache_creation_1h_tokens"))
        + u._last_read_q * u.cache_read_tokens_rate
        + u._last_written_q * u.cache_creation_tokens_rate
        + _amount(u, "input_characters")
        + _amount(u, "input_images")
        + _amount(u, "input_video_seconds")
        + _amount(u, "input_audio_seconds")
        + _amount(u, "queries")
        + _amount(u, "citation_tokens")
        + _amount(u, "request_seconds")
        # LiteLLM divides last here
        + u.divided(u._machine_ms * u.machine_second_rate, 1000)
    )
    output_cost = (
        u.output_tokens_q * u._output_tokens_rate
        + _amount(u, "audio_output_tokens")
        + _amount(u, "reasoning_tokens")
        + _amount(u, "image_output_tokens")
        + _amount(u, "video_output_tokens")
    )
    return {"_input_sum": input_cost, "_output_sum": output_cost}


def by_own_length(u: Value) -> dict[str, Value]:
    """Replace a side's cost where the entry charges for its characters."""
    prompt, answer = u.or_zero(u.prompt_characters), u.or_zero(u.completion_characters)
    is_long = answer * CHARACTERS_PER_TOKEN > LONG
    prompt_rate = u.choose(
        prompt * CHARACTERS_PER_TOKEN > LONG,
        u.prompt_characters_long_rate,
        u.prompt_characters_rate,
    )
    answer_rate = u.choose(is_long, u.completion_characters_long_rate, u.completion_characters_rate)
    # a long answer is charged by its tokens, at the rate of characters: LiteLLM's own formula
    quantity = u.choose(is_long, u.completion_tokens, answer)
    return {
        "_input_sum": u.choose(
            u.known(u.prompt_characters) & u.known(prompt_rate),
            prompt * u.or_zero(prompt_rate),
            u._input_sum,
        ),
        "_output_sum": u.choose(
            u.known(u.completion_characters) & u.known(answer_rate),
            quantity * u.or_zero(answer_rate),
            u._output_sum,
        ),
    }


def scaled(u: Value) -> dict[str, Value]:
    """Scale both sides alike; a fee by the prompt comes on top of the input."""
    input_cost, output_cost = u._input_sum, u._output_sum
    for uplift in UPLIFTS:
        input_cost = input_cost * getattr(u, uplift)
        output_cost = output_cost * getattr(u, uplift)
    return {
        "_input_cost": input_cost + u.prompt_tokens * u.input_fee_rate,
        "_output_cost": output_cost,
    }


def stated_or_computed(u: Value) -> dict[str, Value]:
    """Let a cost stated by the provider replace ours where its rule says so."""
    given = u.or_zero(u.provider_cost)
    # what is no number is no cost; a cost below zero is one for some
    is_cost = (
        u.known(u.provider_cost)
        & ((given >= 0) | (u.stated_cost_wins == ALWAYS))
        & (given <= sys.float_info.max)
        & (given >= -sys.float_info.max)
    )
    stated = (u.stated_cost_wins > 0) & is_cost
    return {
        "_is_stated": stated,
        "input_cost": u.choose(stated, 0.0, u._input_cost),
        "output_cost": u.choose(stated, u.provider_cost, u._output_cost),
        "additional_cost": u.prompt_tokens * u.additional_fee_rate,
    }


def with_units(u: Value) -> dict[str, Value]:
    """Add what is not billed by tokens, see `llmspend.unit_formulas`."""
    return {
        "input_cost": u.choose(u._is_stated, u.input_cost, u.input_cost + u.unit_input_cost),
        "output_cost": u.choose(u._is_stated, u.output_cost, u.output_cost + u.unit_output_cost),
        "additional_cost": u.additional_cost + u.unit_additional_cost,
    }


def discounted(u: Value) -> dict[str, Value]:
    """Add the sides, tools and fees; take the discount off."""
    original = u.input_cost + u.output_cost + u.tool_cost + u.additional_cost
    return {"_original": original, "discount_amount": original * u.discount_share}


def total(u: Value) -> dict[str, Value]:
    """Put the margin on; guardrails come on top of all."""
    net = u._original - u.discount_amount
    margin = net * u.margin_share + u.margin_fixed
    return {"margin_amount": margin, "cost": net + margin + u.or_zero(u.guardrail_cost)}


def quirks_shown(u: Value) -> dict[str, Value]:
    """Say which of LiteLLM's quirks may have touched the cost, as the sum of their bits."""
    conditions = {
        "batch_gaps": (u._exceeds & (u.clamps_overlap == 0))
        | ((u.frees_cached > 0) & (u._hit > 0)),
        "written_without_lifetime": u._has_lifetime_gap,
        "text_undercounted": u._is_undercounted,
        "audio_tier_ignored": (u.ignores_audio_tier > 0) & (u.audio_input_tokens_q > 0),
        "cached_image_rate_ignored": (u.ignores_cached_images > 0)
        & (u.cache_read_image_tokens > 0),
    }
    bits = u.quirks_of_rates + u.quirks_of_basis + u.unit_quirks
    for name, condition in conditions.items():
        bits = bits + u.choose(condition, QUIRK_BITS[name], 0)
    return {"_quirks": u.choose(u._is_stated, 0, bits)}


SIDE_STAGES: tuple[Stage, ...] = (
    *QUANTITY_STAGES,
    output_rate,
    side_costs,
    by_own_length,
    scaled,
    stated_or_computed,
)
"""The formulas of tokens in order; each reads what those before it gave."""

TOTAL_STAGES: tuple[Stage, ...] = (with_units, discounted, total, quirks_shown)
"""From the two sides, and the sums of `llmspend.unit_formulas`, to the cost."""

STAGES: tuple[Stage, ...] = (*SIDE_STAGES, *TOTAL_STAGES)

COSTS: tuple[str, ...] = (
    "input_cost",
    "output_cost",
    "tool_cost",
    "additional_cost",
    "discount_amount",
    "margin_amount",
    "cost",
)
"""What they give, USD."""

charge_call: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]] = as_function(
    STAGES, COLUMN_BY_NAME, (*COSTS, "_is_stated")
)
"""The formulas for one call: from its usage and its row of the rate card to COSTS, and whether the
provider stated them."""


def side_columns(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Apply the formulas of tokens to a frame.

    Parameters
    ----------
    usage
        A row per call: usage columns, and `private` columns of the rate card.

    Returns
    -------
    polars.LazyFrame
        The same rows with the quantities ``<meter>_q`` and both sides, all under `private` names.
    """
    return as_columns(SIDE_STAGES, usage, COLUMN_BY_NAME)


def total_columns(sides: pl.LazyFrame) -> pl.LazyFrame:
    """Sum the sides up.

    Parameters
    ----------
    sides
        Of `side_columns`, with the `private` columns of `llmspend.unit_formulas.UNIT_SUMS`.

    Returns
    -------
    polars.LazyFrame
        The same rows with COSTS (USD), under `private` names.
    """
    return as_columns(TOTAL_STAGES, sides, COLUMN_BY_NAME)
