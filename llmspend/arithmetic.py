"""THE formulas: reported counts × rates = cost, written once.

Each stage below is a function from an environment of names to new named values, written over
``+ - ×``, comparison and the helpers `least`, `greatest`, `choose`, `known`. Given columns, the
names are `polars.Expr` and the result is an expression; given numbers, it is a number. So a billion
rows and one call go through the same lines, and their float64 results are equal to the last bit.

The order of operations is LiteLLM's (left to right, no compensated sums): change it and the last
digit of a cost changes.

Names an environment must have: the counts of `llmspend.usage` and, from the rate card, for each
meter in RATED its ``<meter>_rate``, the switches of SWITCHES and the multipliers of UPLIFTS.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llmspend.values import (
    PRIVATE,
    Columns,
    Numbers,
    Value,
    choose,
    greatest,
    known,
    least,
    or_zero,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

RATED: tuple[str, ...] = (
    "input_tokens",
    "cache_read_tokens",
    "cache_read_audio_tokens",
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
    "clamps_overlap",
    "floors_text",
    "adds_hidden_reasoning",
    "stated_cost_wins",
)
"""Per row of the rate card: which counts its formula reads, and which units it bills."""

UPLIFTS: tuple[str, ...] = ("residency_uplift", "endpoint_uplift", "speed_uplift", "geo_uplift")
"""Per row of the rate card: what scales both sides, in this order."""


def counts_read(u: Value) -> dict[str, Value]:
    """Keep the counts this provider's formula looks at; the others count as 0."""
    details, hit = u.reads_input_details, u.cache_read_tokens * u.reads_cache_read
    image_output = u.image_output_tokens * u.reads_output_images
    return {
        "_hit": hit,
        "_written": u.cache_creation_tokens * u.reads_cache_creation,
        "_hit_audio": least(u.cache_read_audio_tokens * details, hit),
        "_text": u.text_tokens * u.reads_input_text,
        "_audio": u.audio_input_tokens * details,
        "_image": u.image_input_tokens * details,
        "_video": greatest(u.video_input_tokens, 0) * details,
        "_images": u.image_count * details,
        "_out_text": u.output_text_tokens * u.reads_output_details,
        "_out_audio": u.audio_output_tokens * u.reads_output_details,
        "_out_image": choose(
            u.clamps_overlap > 0, image_output, least(image_output, u.completion_tokens)
        ),
        "_out_video": greatest(u.video_output_tokens, 0) * u.reads_output_details,
        "_reasoning": u.reasoning_tokens * u.reads_reasoning,
        # a provider whose completion count may leave the reasoning out
        "_completion": u.completion_tokens
        + choose(
            u.total_tokens != u.prompt_tokens + u.completion_tokens,
            u.reasoning_tokens * u.adds_hidden_reasoning,
            0,
        ),
    }


def fresh_counts(u: Value) -> dict[str, Value]:
    """Take the cached tokens out of the text, audio and image counts."""
    details = u.reads_input_details
    hit_text = least(u.cache_read_text_tokens * details, u._hit - u._hit_audio)
    hit_image = least(u.cache_read_image_tokens * details, u._hit - u._hit_audio - hit_text)
    return {
        "_fresh_text": greatest(u._text - hit_text, 0),
        "_fresh_audio": greatest(u._audio - u._hit_audio, 0),
        "_fresh_image": greatest(u._image - hit_image, 0),
        "_budget": greatest(u.prompt_tokens - u._hit - u._written, 0),
    }


def overlap(u: Value) -> dict[str, Value]:
    """Find the rows whose reported parts add up to more than the prompt."""
    parts = u._fresh_text + u._hit + u._fresh_audio + u._written + u._fresh_image + u._video
    return {
        "_overlaps": ((u._hit > 0) | (u._written > 0))
        & (parts > u.prompt_tokens)
        & (u.clamps_overlap > 0)
    }


def billed_audio(u: Value) -> dict[str, Value]:
    """Bill audio first: where parts overlap, it may use up what the cache left."""
    return {"_audio_q": choose(u._overlaps, least(u._fresh_audio, u._budget), u._fresh_audio)}


def billed_image(u: Value) -> dict[str, Value]:
    """Bill images from what audio left."""
    left = u._budget - u._audio_q
    return {"_image_q": choose(u._overlaps, least(u._fresh_image, left), u._fresh_image)}


def billed_video(u: Value) -> dict[str, Value]:
    """Bill video from what images left."""
    left = u._budget - u._audio_q - u._image_q
    return {"_video_q": choose(u._overlaps, least(u._video, left), u._video)}


def billed_text(u: Value) -> dict[str, Value]:
    """Bill as text what is left of the prompt, unless the log states the text itself."""
    others = u._hit + u._fresh_audio + u._written + u._fresh_image + u._video
    rest = u.prompt_tokens - others
    rest = choose((others == 0) | (u.floors_text == 0), rest, greatest(rest, 0))
    stated = choose((u._fresh_text == 0) & (u._images == 0), rest, u._fresh_text)
    return {
        "_text_q": choose(u._overlaps, u._budget - u._audio_q - u._image_q - u._video_q, stated)
    }


def input_quantities(u: Value) -> dict[str, Value]:
    """Give each input meter its quantity; a unit that has a rate replaces its tokens."""
    details = u.reads_input_details
    characters = u.character_count * details
    seconds_audio, seconds_video = (
        u.audio_length_seconds * details,
        u.video_length_seconds * details,
    )
    has_ttl = (known(u.cache_creation_5m_tokens) | known(u.cache_creation_1h_tokens)) & (
        u.reads_cache_ttl > 0
    )
    return {
        "input_tokens_q": choose((characters > 0) & (u.bills_input_characters > 0), 0, u._text_q),
        "cache_read_tokens_q": u._hit - u._hit_audio,
        "cache_read_audio_tokens_q": u._hit_audio,
        "audio_input_tokens_q": choose(
            (seconds_audio != 0) & (u.bills_input_audio_seconds > 0), 0, u._audio_q
        ),
        "image_input_tokens_q": choose(
            (u._images != 0) & (u.bills_input_images > 0), 0, u._image_q
        ),
        "video_input_tokens_q": choose(
            (seconds_video != 0) & (u.bills_input_video_seconds > 0), 0, u._video_q
        ),
        "cache_creation_tokens_q": choose(has_ttl, or_zero(u.cache_creation_5m_tokens), u._written),
        "cache_creation_1h_tokens_q": choose(has_ttl, or_zero(u.cache_creation_1h_tokens), 0),
        "input_characters_q": characters,
        "input_images_q": u._images,
        "input_video_seconds_q": seconds_video,
        "input_audio_seconds_q": seconds_audio,
        "queries_q": greatest(u.query_count, 0) * details,
        "citation_tokens_q": u.citation_tokens,
        # seconds matter only where they have a price: then an unknown duration is an unknown cost
        "request_seconds_q": choose(u.request_seconds_rate > 0, u.duration_ms, 0) / 1000,
    }


def output_text(u: Value) -> dict[str, Value]:
    """Take reasoning out of the text count where the log shows it nested there."""
    parts = u._out_text + u._reasoning + u._out_audio + u._out_image + u._out_video
    nested = least(least(u._reasoning, u._out_text), greatest(parts - u._completion, 0))
    return {"_out_text": u._out_text - nested}


def output_quantities(u: Value) -> dict[str, Value]:
    """Give each output meter its quantity."""
    others = u._reasoning + u._out_audio + u._out_image + u._out_video
    has_others = (u._reasoning > 0) | (u._out_audio > 0) | (u._out_image > 0) | (u._out_video > 0)
    rest = choose(has_others, greatest(u._completion - others, 0), u._completion)
    return {
        "output_tokens_q": choose(u._out_text == 0, rest, u._out_text),
        "audio_output_tokens_q": u._out_audio,
        "reasoning_tokens_q": u._reasoning,
        "image_output_tokens_q": u._out_image,
        "video_output_tokens_q": u._out_video,
    }


def _amount(u: Value, meter: str) -> Value:
    return getattr(u, f"{meter}_q") * getattr(u, f"{meter}_rate")


def side_costs(u: Value) -> dict[str, Value]:
    """Multiply and add, in LiteLLM's order."""
    input_cost = (
        _amount(u, "input_tokens")
        + _amount(u, "cache_read_tokens")
        + _amount(u, "cache_read_audio_tokens")
        + _amount(u, "audio_input_tokens")
        + _amount(u, "image_input_tokens")
        + _amount(u, "video_input_tokens")
        + (_amount(u, "cache_creation_tokens") + _amount(u, "cache_creation_1h_tokens"))
        + _amount(u, "input_characters")
        + _amount(u, "input_images")
        + _amount(u, "input_video_seconds")
        + _amount(u, "input_audio_seconds")
        + _amount(u, "queries")
        + _amount(u, "citation_tokens")
        + _amount(u, "request_seconds")
    )
    output_cost = (
        _amount(u, "output_tokens")
        + _amount(u, "audio_output_tokens")
        + _amount(u, "reasoning_tokens")
        + _amount(u, "image_output_tokens")
        + _amount(u, "video_output_tokens")
    )
    for uplift in UPLIFTS:
        input_cost = input_cost * getattr(u, uplift)
        output_cost = output_cost * getattr(u, uplift)
    return {"_input_cost": input_cost, "_output_cost": output_cost}


def stated_or_computed(u: Value) -> dict[str, Value]:
    """Let a cost stated by the provider replace ours where its rule says so."""
    given = or_zero(u.provider_cost)
    # a stated cost below zero, or not a number, is none
    is_cost = known(u.provider_cost) & (given >= 0) & (given < math.inf)
    stated = (u.stated_cost_wins > 0) & is_cost
    return {
        "_is_stated": stated,
        "input_cost": choose(stated, 0.0, u._input_cost),
        "output_cost": choose(stated, u.provider_cost, u._output_cost),
    }


def total(u: Value) -> dict[str, Value]:
    """Add the sides."""
    return {"cost": u.input_cost + u.output_cost}


STAGES: tuple[Callable[[Value], dict[str, Value]], ...] = (
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
    side_costs,
    stated_or_computed,
    total,
)
"""The formulas in order; each reads what those before it gave."""


def charge_call(values: Mapping[str, Any]) -> Numbers:
    """Apply the formulas to one call.

    Parameters
    ----------
    values
        Counts, rates and switches by name.

    Returns
    -------
    Numbers
        All of them, the quantities ``<meter>_q``, and ``input_cost``, ``output_cost``, ``cost``
        in USD.
    """
    env = Numbers(values)
    for stage in STAGES:
        env.__dict__.update(stage(env))
    return env


def charge_columns(usage: pl.LazyFrame, given: Iterable[str]) -> pl.LazyFrame:
    """Apply the formulas to a frame.

    Parameters
    ----------
    usage
        A row per call, with counts as columns, rates and switches as `private` columns.
    given
        Names of the columns that hold the counts.

    Returns
    -------
    polars.LazyFrame
        The same rows with the quantities and ``input_cost``, ``output_cost``, ``cost`` in USD, all
        under `private` names.
    """
    env = Columns(given)
    for stage in STAGES:
        usage = usage.with_columns(
            value.alias(PRIVATE + name) for name, value in stage(env).items()
        )
    return usage
