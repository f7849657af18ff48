"""What is billed of what was reported: counts → the quantity of each meter.

Stages of `llmspend.arithmetic`, which multiplies what these give by the rates. They read the counts
of `llmspend.usage` and the switches of the rate card; the order of operations is LiteLLM's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspend.values import Stage, Value

ALWAYS = 2
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
    may_be_negative = (u.floors_text == 0) | ((others == 0) & (u.floors_text < ALWAYS))
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
    may_be_negative = ~has_others & (u.floors_text < ALWAYS)
    rest = u.choose(may_be_negative, u._completion, u.greatest(u._completion - others, 0))
    return {
        "output_tokens_q": u.choose(u._out_text == 0, rest, u._out_text),
        "audio_output_tokens_q": u._out_audio,
        "reasoning_tokens_q": u._reasoning,
        "image_output_tokens_q": u._out_image,
        "video_output_tokens_q": u._out_video,
    }


QUANTITY_STAGES: tuple[Stage, ...] = (
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
)
"""In order; each reads what those before it gave."""
