"""What usage bodies leave unsaid: the formulas of `llmspend.usage_bodies`, written once.

Each is a stage as `llmspend.values` knows them, from what the paths of a shape gave to new values.
A value that a body leaves out is null here; names that begin with an underscore stay between the
formulas. No value of a stage reads what another of the same stage gives.
"""

# ruff: noqa: SLF001 - names of columns, not of attributes
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspend.values import Value

TICKS_PER_DOLLAR = 10_000_000_000
"""In how many ticks of a dollar an exact cost is stated."""


def reasoning_out_of_text(u: Value) -> dict[str, Value]:
    """Take reasoning out of the text that it is nested in; pricing does it once more."""
    text, reasoning = u.or_zero(u.output_text_tokens), u.or_zero(u.reasoning_tokens)
    others = u.or_zero(u.audio_output_tokens) + u.or_zero(u.image_output_tokens)
    too_many = u.greatest(text + reasoning + others - u.or_zero(u.completion_tokens), 0)
    nested = u.least(u.least(reasoning, text), too_many)
    return {"output_text_tokens": u.choose(u.known(u.output_text_tokens), text - nested, None)}


def reasoning_beside_details(u: Value) -> dict[str, Value]:
    """Let reasoning outside the details fill them where they say nothing, and the text with it."""
    reasoning = u.or_zero(u._reasoning)
    others = u.or_zero(u.image_output_tokens) + u.or_zero(u.audio_output_tokens)
    rest = u.greatest(u.or_zero(u.completion_tokens) - reasoning - others, 0)
    is_split = (reasoning != 0) & u.known(u.completion_tokens)
    return {
        "reasoning_tokens": u.choose(u.known(u.reasoning_tokens), u.reasoning_tokens, reasoning),
        "output_text_tokens": u.choose(
            u.known(u.output_text_tokens), u.output_text_tokens, u.choose(is_split, rest, None)
        ),
    }


def split_where_stated(u: Value) -> dict[str, Value]:
    """Keep an empty split by time apart from none: with it, nothing was written."""
    return {
        "cache_creation_5m_tokens": u.choose(
            u.known(u._split), u.or_zero(u.cache_creation_5m_tokens), None
        ),
        "cache_creation_1h_tokens": u.choose(
            u.known(u._split), u.or_zero(u.cache_creation_1h_tokens), None
        ),
    }


def split_where_whole(u: Value) -> dict[str, Value]:
    """Take a split by time for none unless it explains every written token."""
    explained = u.or_zero(u.cache_creation_5m_tokens) + u.or_zero(u.cache_creation_1h_tokens)
    is_whole = (u.or_zero(u._split) > 0) & (explained == u.or_zero(u.cache_creation_tokens))
    return {"_split": u.choose(is_whole, 1, None)}


def summed_rounds(u: Value) -> dict[str, Value]:
    """Let the sums over a request's rounds replace its top-level counts."""
    rounds = u.or_zero(u._rounds)
    short, long, written = u.or_zero(u._5m_sum), u.or_zero(u._1h_sum), u.or_zero(u._written_sum)
    is_split = (rounds > 0) & (u.or_zero(u._rounds_split) > 0)
    stated = split_where_stated(u)
    return {
        "_input": u.choose(rounds > 0, u.or_zero(u._input_sum), u.or_zero(u._input)),
        "cache_read_tokens": u.choose(
            rounds > 0, u.or_zero(u._read_sum), u.or_zero(u.cache_read_tokens)
        ),
        "cache_creation_tokens": u.choose(rounds > 0, written, u.or_zero(u.cache_creation_tokens)),
        "completion_tokens": u.choose(
            rounds > 0, u.or_zero(u._output_sum), u.or_zero(u.completion_tokens)
        ),
        # what the rounds do not split was written for the shorter time
        "cache_creation_5m_tokens": u.choose(
            is_split,
            short + u.greatest(written - short - long, 0),
            stated["cache_creation_5m_tokens"],
        ),
        "cache_creation_1h_tokens": u.choose(is_split, long, stated["cache_creation_1h_tokens"]),
        "_thinking": u.choose(
            (rounds > 0) & (u.or_zero(u._rounds_thinking) == rounds), u._thinking_sum, u._thinking
        ),
    }


def cache_beside_input(u: Value) -> dict[str, Value]:
    """Add cached tokens to a prompt count that leaves them out."""
    fresh, read = u.or_zero(u._input), u.or_zero(u.cache_read_tokens)
    return {
        "text_tokens": fresh,
        "prompt_tokens": fresh + read + u.or_zero(u.cache_creation_tokens),
        "completion_tokens": u.or_zero(u.completion_tokens),
    }


def thinking_in_output(u: Value) -> dict[str, Value]:
    """Split the output into thinking, at most all of it, and text."""
    capped = u.least(u.greatest(u.or_zero(u._thinking), 0), u.completion_tokens)
    thinking = u.choose(u.known(u._thinking), capped, 0)
    return {"reasoning_tokens": thinking, "output_text_tokens": u.completion_tokens - thinking}


def total_of_sides(u: Value) -> dict[str, Value]:
    """Add up the total, whatever the body says."""
    return {"total_tokens": u.or_zero(u.prompt_tokens) + u.or_zero(u.completion_tokens)}


def total_where_stated(u: Value) -> dict[str, Value]:
    """Take the total that the body states."""
    return {"total_tokens": u.choose(u.known(u._total), u._total, u.total_tokens)}


def interaction_sides(u: Value) -> dict[str, Value]:
    """Add tool use to the prompt and thoughts to the output."""
    thinking = u.or_zero(u._thinking)
    thinking = u.choose(thinking != 0, thinking, u.or_zero(u._thoughts))
    prompt = u.or_zero(u._input) + u.or_zero(u._tool_use)
    completion = u.or_zero(u._output) + thinking
    total = u.or_zero(u.total_tokens)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": u.choose(total != 0, total, prompt + completion),
        "reasoning_tokens": thinking,
    }


def cache_out_of_modalities(u: Value) -> dict[str, Value]:
    """Take cached tokens out of their modalities, out of the text where none is named."""
    is_named = (
        u.known(u._cached_text)
        | u.known(u._cached_audio)
        | u.known(u._cached_image)
        | u.known(u._cached_video)
    )
    cached, text = u.or_zero(u.cache_read_tokens), u.or_zero(u.text_tokens)
    unnamed = u.choose(u.known(u.text_tokens) & (cached != 0), u.greatest(text - cached, 0), text)

    def fresh(tokens: Value, hit: Value) -> Value:
        return u.choose(
            is_named, u.greatest(u.or_zero(tokens) - u.or_zero(hit), 0), u.or_zero(tokens)
        )

    return {
        "text_tokens": u.choose(is_named, fresh(u.text_tokens, u._cached_text), unnamed),
        "audio_input_tokens": fresh(u.audio_input_tokens, u._cached_audio),
        "image_input_tokens": fresh(u.image_input_tokens, u._cached_image),
        "video_input_tokens": fresh(u.video_input_tokens, u._cached_video),
    }


def candidates(u: Value) -> dict[str, Value]:
    """Count candidates, thoughts and tool use; take cached tokens out of their modalities.

    The tokens of tool use are part of the prompt, but for those of a search, which is billed by
    request.
    """
    output, thoughts, tool_use = (
        u.or_zero(u._candidates),
        u.or_zero(u._reasoning),
        u.or_zero(u._tool_use),
    )
    response = u.or_zero(u._response)
    includes_thoughts = u.or_zero(u._input) + output + tool_use == u.or_zero(u.total_tokens)
    media = (
        u.or_zero(u.image_output_tokens)
        + u.or_zero(u.audio_output_tokens)
        + u.or_zero(u.video_output_tokens)
    )
    hit = u.choose(u.known(u._cached_details), 0, u.or_zero(u.cache_read_tokens))
    hit = u.choose(u.known(u._cached_text), u.or_zero(u._cached_text), hit)

    def fresh(tokens: Value, hit: Value) -> Value:
        return u.choose(u.known(tokens), u.or_zero(tokens) - u.or_zero(hit), None)

    return {
        "prompt_tokens": u.or_zero(u._input) + u.choose(u.or_zero(u._grounded) > 0, 0, tool_use),
        "completion_tokens": u.choose(response != 0, response, output)
        + u.choose(includes_thoughts, 0, thoughts),
        "output_text_tokens": u.choose(
            u.known(u.output_text_tokens),
            u.output_text_tokens,
            u.choose(output > 0, output - media, None),
        ),
        "text_tokens": fresh(u.text_tokens, hit),
        "audio_input_tokens": fresh(u.audio_input_tokens, u._cached_audio),
        "image_input_tokens": fresh(u.image_input_tokens, u._cached_image),
        "video_input_tokens": fresh(u.video_input_tokens, u._cached_video),
    }


def cost_in_ticks(u: Value) -> dict[str, Value]:
    """Let a cost in ticks, which is exact, replace one in dollars."""
    ticks = u.or_zero(u._ticks_cost)
    is_stated = u.known(u._ticks_cost) & (ticks >= 0)
    dollars = u.divided(ticks, TICKS_PER_DOLLAR)
    return {"provider_cost": u.choose(is_stated, dollars, u.provider_cost)}
