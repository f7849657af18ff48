"""THE formulas: reported counts × rates = cost, written once.

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

_ALWAYS = 2
"""``floors_text`` of formulas whose text is never negative (1: only beside other parts), and
``stated_cost_wins`` of providers whose stated cost is believed even below zero."""


def counts_read(u: Value) -> dict[str, Value]:
    """Keep the counts this provider's formula looks at; the others count as 0."""
    details, hit = u.reads_input_details, u.cache_read_tokens * u.reads_cache_read
    image_output = u.image_output_tokens * u.reads_output_images
    is_split = u.output_text_tokens + u.image_output_tokens > 0
    image_output = u.choose((u.output_is_images > 0) & ~is_split, u.completion_tokens, image_output)
    return {
        "_hit": hit,
        "_written": u.cache_creation_tokens * u.reads_cache_creation,
        "_hit_audio": u.least(u.cache_read_audio_tokens * details, hit),
        "_text": u.text_tokens * u.reads_input_text,
        "_audio": u.audio_input_tokens * details,
        "_image": u.image_input_tokens * details,
        "_video": u.greatest(u.video_input_tokens, 0) * details,
        "_images": u.image_count * u.reads_input_text,
        "_out_text": u.output_text_tokens * u.reads_output_details,
        "_out_audio": u.audio_output_tokens * u.reads_output_details,
        "_out_image": u.choose(
            u.caps_output_images > 0, u.least(image_output, u.completion_tokens), image_output
        ),
        "_out_video": u.greatest(u.video_output_tokens, 0) * u.reads_output_details,
        "_reasoning": u.reasoning_tokens * u.reads_reasoning,
        # a provider whose completion count may leave the reasoning out
        "_completion": u.completion_tokens
        + u.choose(
            u.total_tokens != u.prompt_tokens + u.completion_tokens,
            u.reasoning_tokens * u.adds_hidden_reasoning,
            0,
        ),
    }


def fresh_counts(u: Value) -> dict[str, Value]:
    """Take the cached tokens out of the text, audio and image counts."""
    details = u.reads_input_details
    hit_text = u.least(u.cache_read_text_tokens * details, u._hit - u._hit_audio)
    hit_image = u.least(u.cache_read_image_tokens * details, u._hit - u._hit_audio - hit_text)
    return {
        "_fresh_text": u.greatest(u._text - hit_text, 0),
        "_fresh_audio": u.greatest(u._audio - u._hit_audio, 0),
        "_fresh_image": u.greatest(u._image - hit_image, 0),
        "_hit_image": hit_image * u.bills_cache_read_images,
        "_budget": u.greatest(u.prompt_tokens - u._hit - u._written, 0),
    }


def overlap(u: Value) -> dict[str, Value]:
    """Find the rows whose reported parts add up to more than the prompt."""
    parts = u._fresh_text + u._hit + u._fresh_audio + u._written + u._fresh_image + u._video
    exceed = ((u._hit > 0) | (u._written > 0)) & (parts > u.prompt_tokens)
    return {"_exceeds": exceed, "_overlaps": exceed & (u.clamps_overlap > 0)}


def billed_audio(u: Value) -> dict[str, Value]:
    """Bill audio first: where parts overlap, it may use up what the cache left."""
    return {"_audio_q": u.choose(u._overlaps, u.least(u._fresh_audio, u._budget), u._fresh_audio)}


def billed_image(u: Value) -> dict[str, Value]:
    """Bill images from what audio left."""
    left = u._budget - u._audio_q
    return {"_image_q": u.choose(u._overlaps, u.least(u._fresh_image, left), u._fresh_image)}


def billed_video(u: Value) -> dict[str, Value]:
    """Bill video from what images left."""
    left = u._budget - u._audio_q - u._image_q
    return {"_video_q": u.choose(u._overlaps, u.least(u._video, left), u._video)}


def billed_text(u: Value) -> dict[str, Value]:
    """Bill as text what is left of the prompt, unless the log states the text itself."""
    others = u._hit + u._fresh_audio + u._written + u._fresh_image + u._video
    rest = u.prompt_tokens - others
    may_be_negative = (u.floors_text == 0) | ((others == 0) & (u.floors_text < _ALWAYS))
    rest = u.choose(may_be_negative, rest, u.greatest(rest, 0))
    is_short = (u._fresh_text > 0) & (u._images == 0) & (rest > u._fresh_text)
    left_out = is_short & (u.believes_text == 0)
    is_rest = ((u._fresh_text == 0) & (u._images == 0)) | left_out
    return {
        "_text_q": u.choose(
            u._overlaps,
            u._budget - u._audio_q - u._image_q - u._video_q,
            u.choose(is_rest, rest, u._fresh_text),
        ),
        "_is_undercounted": is_short & ~u._overlaps & (u.believes_text > 0),
    }


def input_quantities(u: Value) -> dict[str, Value]:
    """Give each input meter its quantity; a unit that has a rate replaces its tokens."""
    details = u.reads_input_details
    characters = u.character_count * details
    seconds_audio, seconds_video = (
        u.audio_length_seconds * details,
        u.video_length_seconds * details,
    )
    has_ttl = (u.known(u.cache_creation_5m_tokens) | u.known(u.cache_creation_1h_tokens)) & (
        u.reads_cache_ttl > 0
    )
    for_1h = u.or_zero(u.cache_creation_1h_tokens)
    for_5m = u.or_zero(u.cache_creation_5m_tokens)
    has_gap = has_ttl & (for_5m + for_1h < u._written)
    for_5m = u.choose(
        has_gap & (u.believes_lifetimes == 0),
        u._written - for_1h,
        u.choose(has_ttl, for_5m, u._written),
    )
    last = u.adds_cache_last > 0
    return {
        "_has_lifetime_gap": has_gap & (u.believes_lifetimes > 0),
        "input_tokens_q": u.choose((characters > 0) & (u.bills_input_characters > 0), 0, u._text_q),
        "cache_read_tokens_q": u.choose(last, 0, u._hit - u._hit_audio - u._hit_image),
        "cache_read_audio_tokens_q": u.choose(last, 0, u._hit_audio),
        "cache_read_image_tokens_q": u._hit_image,
        "audio_input_tokens_q": u.choose(
            (seconds_audio != 0) & (u.bills_input_audio_seconds > 0), 0, u._audio_q
        ),
        "image_input_tokens_q": u.choose(
            (u._images != 0) & (u.bills_input_images > 0), 0, u._image_q
        ),
        "video_input_tokens_q": u.choose(
            (seconds_video != 0) & (u.bills_input_video_seconds > 0), 0, u._video_q
        ),
        "cache_creation_tokens_q": u.choose(last, 0, for_5m),
        "_last_read_q": u.choose(last, u._hit, 0),
        "_last_written_q": u.choose(last, u._written, 0),
        "cache_creation_1h_tokens_q": u.choose(has_ttl, for_1h, 0),
        "input_characters_q": characters,
        "input_images_q": u._images,
        "input_video_seconds_q": seconds_video,
        "input_audio_seconds_q": seconds_audio,
        "queries_q": u.greatest(u.query_count, 0) * details,
        "citation_tokens_q": u.citation_tokens,
        # seconds matter only where they have a price: then an unknown duration is an unknown cost
        "request_seconds_q": u.divided(
            u.choose(u.request_seconds_rate > 0, u.duration_ms, 0.0), 1000
        ),
        "_machine_ms": u.choose(u.machine_second_rate > 0, u.duration_ms, 0),
    }


def output_text(u: Value) -> dict[str, Value]:
    """Take reasoning out of the text count where the log shows it nested there."""
    parts = u._out_text + u._reasoning + u._out_audio + u._out_image + u._out_video
    nested = u.least(u.least(u._reasoning, u._out_text), u.greatest(parts - u._completion, 0))
    return {"_out_text": u._out_text - nested}


def output_quantities(u: Value) -> dict[str, Value]:
    """Give each output meter its quantity."""
    others = u._reasoning + u._out_audio + u._out_image + u._out_video
    has_others = (u._reasoning > 0) | (u._out_audio > 0) | (u._out_image > 0) | (u._out_video > 0)
    may_be_negative = ~has_others & (u.floors_text < _ALWAYS)
    rest = u.choose(may_be_negative, u._completion, u.greatest(u._completion - others, 0))
    return {
        "output_tokens_q": u.choose(u._out_text == 0, rest, u._out_text),
        "audio_output_tokens_q": u._out_audio,
        "reasoning_tokens_q": u._reasoning,
        "image_output_tokens_q": u._out_image,
        "video_output_tokens_q": u._out_video,
    }


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
        & ((given >= 0) | (u.stated_cost_wins == _ALWAYS))
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
    counts_read,
    fresh_counts,
    overlap,
    billed_audio,
    billed_image,
    billed_video,
    billed_text,
    input_quantities,
    output_text,
    output_quantities,
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
