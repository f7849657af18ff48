"""USAGE_BODIES: the usage bodies that APIs answer with, one row per shape.

A provider reports usage in a shape of its own: Anthropic leaves cached tokens out of the input,
Google lists tokens by modality, Bedrock writes camelCase. A row says by which keys its shape is
recognised, where each canonical column is in it, and how the columns that no key states follow
from the others, all as LiteLLM reads it. `usage_of` reads one body by the table;
`llmspend.body_columns.read_usage` reads columns of them by the same rows and formulas.

To read another shape, add a row and a body to the tests.
"""

from __future__ import annotations

from typing import Any

from llmspend import body_formulas as formulas
from llmspend.body_paths import BodyReader, UsageBody, fields_of
from llmspend.errors import InputError
from llmspend.usage import COLUMN_BY_NAME


def _inside(name: str, *keys: str) -> tuple[str, ...]:
    return tuple(f"{name}.{key}" for key in keys)


_EXTRAS = {
    "citation_tokens": ("citation_tokens",),
    "served_service_tier": ("service_tier",),
    "traffic_type": ("traffic_type",),
    "inference_geo": ("inference_geo",),
    "speed": ("speed",),
    "provider_cost": ("cost", "cost:total_cost"),
    "_ticks_cost": ("cost_in_usd_ticks",),
    "_reasoning": ("reasoning_tokens",),
}
"""What LiteLLM's usage object takes over from any body."""

_READ = ("cache_read_input_tokens", "prompt_cache_hit_tokens")
_5M, _1H = "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"
_SPLIT = "prompt_tokens_details.cache_creation_token_details"
_TOOLS = "input_tokens_by_modality+tool_use_tokens_by_modality"


def _details(outer: str, *keys: str, **others: str) -> dict[str, tuple[str, ...]]:
    """Give the paths of counts inside an object, by the column's name or another key."""
    return {n: (f"{outer}.{k}",) for n, k in (*zip(keys, keys, strict=True), *others.items())}


def _modalities(lists: str, tokens: str, **columns: str) -> dict[str, tuple[str, ...]]:
    """Give the paths of sums over lists of ``{modality, tokens}``."""
    return {
        column: (f"{lists}[modality={modality}].{tokens}",) for column, modality in columns.items()
    }


_TEXT = "text|document"
_COUNT_KEYS = "tokenCount|token_count"

GROUNDED = "isGrounded"
"""A key that readers add to a body of generateContent, above 0 where the response searched: what it
found is then no part of the prompt, and the usage alone does not tell."""

USAGE_BODIES: tuple[UsageBody, ...] = (
    UsageBody(
        name="Messages",
        source="llms/anthropic/chat/transformation.py: AnthropicConfig.calculate_usage",
        has=("input_tokens",),
        has_any=("cache_read_input_tokens", "cache_creation_input_tokens"),
        lacks=("prompt_tokens",),
        paths={
            "_input": ("input_tokens",),
            "cache_read_tokens": ("cache_read_input_tokens",),
            "cache_creation_tokens": ("cache_creation_input_tokens",),
            "completion_tokens": ("output_tokens",),
            "_split": ("cache_creation{}",),
            "cache_creation_5m_tokens": (f"cache_creation:{_5M}",),
            "cache_creation_1h_tokens": (f"cache_creation:{_1H}",),
            "_thinking": ("output_tokens_details.thinking_tokens",),
            "_rounds": ("iterations[]",),
            "_input_sum": ("iterations[].input_tokens",),
            "_read_sum": ("iterations[].cache_read_input_tokens",),
            "_written_sum": ("iterations[].cache_creation_input_tokens",),
            "_output_sum": ("iterations[].output_tokens",),
            "_rounds_split": ("iterations[cache_creation{}]",),
            "_5m_sum": (f"iterations[cache_creation{{}}].cache_creation:{_5M}",),
            "_1h_sum": (f"iterations[cache_creation{{}}].cache_creation:{_1H}",),
            "_rounds_thinking": ("iterations[output_tokens_details.thinking_tokens]",),
            "_thinking_sum": ("iterations[].output_tokens_details.thinking_tokens",),
            "served_service_tier": ("service_tier",),
            "inference_geo": ("inference_geo",),
            "speed": ("speed",),
        },
        formulas=(
            formulas.summed_rounds,
            formulas.cache_beside_input,
            formulas.thinking_in_output,
            formulas.total_of_sides,
        ),
    ),
    UsageBody(
        name="Responses, realtime, transcription",
        source="responses/utils.py: ResponseAPILoggingUtils.transform_response_api_usage_to_chat_"
        "usage; litellm_core_utils/llm_cost_calc/usage_object_transformation.py: "
        "TranscriptionUsageObjectTransformation",
        has=("input_tokens", "output_tokens"),
        stand_ins={
            "input_tokens_details": "input_token_details",
            "output_tokens_details": "output_token_details",
        },
        paths={
            "prompt_tokens": ("input_tokens",),
            "completion_tokens": ("output_tokens",),
            "cache_read_tokens": (*_READ, "input_tokens_details.cached_tokens"),
            "cache_creation_tokens": (
                "cache_creation_input_tokens",
                "input_tokens_details.cache_write_tokens",
            ),
            **_details(
                "input_tokens_details",
                "text_tokens",
                audio_input_tokens="audio_tokens",
                image_input_tokens="image_tokens",
                video_input_tokens="video_tokens",
                cache_read_text_tokens="cached_tokens_details.text_tokens",
                cache_read_audio_tokens="cached_tokens_details.audio_tokens",
                cache_read_image_tokens="cached_tokens_details.image_tokens",
            ),
            **_details(
                "output_tokens_details",
                "reasoning_tokens",
                output_text_tokens="text_tokens",
                audio_output_tokens="audio_tokens",
                image_output_tokens="image_tokens",
            ),
            **_EXTRAS,
        },
        formulas=(
            formulas.reasoning_out_of_text,
            formulas.total_of_sides,
            formulas.reasoning_beside_details,
            formulas.cost_in_ticks,
        ),
    ),
    UsageBody(
        name="Interactions",
        source="litellm_core_utils/llm_cost_calc/usage_object_transformation.py: "
        "InteractionsUsageObjectTransformation",
        has_any=("total_input_tokens", "total_output_tokens"),
        lacks=("prompt_tokens", "input_tokens"),
        paths={
            "_input": ("total_input_tokens",),
            "_tool_use": ("total_tool_use_tokens",),
            "_output": ("total_output_tokens",),
            "_thinking": ("total_reasoning_tokens",),
            "_thoughts": ("total_thought_tokens",),
            "total_tokens": ("total_tokens",),
            "cache_read_tokens": ("total_cached_tokens",),
            **_modalities(
                _TOOLS,
                "tokens",
                text_tokens=_TEXT,
                audio_input_tokens="audio",
                image_input_tokens="image",
                video_input_tokens="video",
            ),
            **_modalities(
                "cached_tokens_by_modality",
                "tokens",
                _cached_text=_TEXT,
                _cached_audio="audio",
                _cached_image="image",
                _cached_video="video",
            ),
            **_modalities(
                "output_tokens_by_modality",
                "tokens",
                output_text_tokens=_TEXT,
                audio_output_tokens="audio",
                image_output_tokens="image",
                video_output_tokens="video",
            ),
        },
        formulas=(formulas.interaction_sides, formulas.cache_out_of_modalities),
    ),
    UsageBody(
        name="Chat Completions",
        source="types/utils.py: Usage.__init__; llms/xai/chat/transformation.py (ticks)",
        has_any=("prompt_tokens", "completion_tokens"),
        paths={
            "prompt_tokens": ("prompt_tokens",),
            "completion_tokens": ("completion_tokens",),
            "total_tokens": ("total_tokens",),
            "cache_read_tokens": (*_READ, "prompt_tokens_details.cached_tokens"),
            "cache_creation_tokens": (
                "cache_creation_input_tokens",
                *_inside("prompt_tokens_details", "cache_write_tokens", "cache_creation_tokens"),
                "prompt_tokens_details.cache_creation_input_tokens",
            ),
            "_split": (f"{_SPLIT}{{}}",),
            "cache_creation_5m_tokens": (f"{_SPLIT}:{_5M}",),
            "cache_creation_1h_tokens": (f"{_SPLIT}:{_1H}",),
            **_details(
                "prompt_tokens_details",
                "text_tokens",
                *("character_count", "image_count", "query_count"),
                *("audio_length_seconds", "video_length_seconds"),
                audio_input_tokens="audio_tokens",
                image_input_tokens="image_tokens",
                video_input_tokens="video_tokens",
                cache_read_text_tokens="cached_tokens_details.text_tokens",
                cache_read_audio_tokens="cached_tokens_details.audio_tokens",
                cache_read_image_tokens="cached_tokens_details.image_tokens",
            ),
            **_details(
                "completion_tokens_details",
                "reasoning_tokens",
                output_text_tokens="text_tokens",
                audio_output_tokens="audio_tokens",
                image_output_tokens="image_tokens",
                video_output_tokens="video_tokens",
            ),
            **_EXTRAS,
        },
        formulas=(
            formulas.split_where_stated,
            formulas.reasoning_beside_details,
            formulas.cost_in_ticks,
        ),
    ),
    UsageBody(
        name="generateContent",
        source="llms/vertex_ai/gemini/vertex_and_google_ai_studio_gemini.py: "
        "VertexGeminiConfig._calculate_usage",
        has_any=(
            *("promptTokenCount", "candidatesTokenCount", "responseTokenCount"),
            *("thoughtsTokenCount", "totalTokenCount"),
        ),
        paths={
            "_input": ("promptTokenCount",),
            "_tool_use": ("toolUsePromptTokenCount",),
            "_grounded": (GROUNDED,),
            "_candidates": ("candidatesTokenCount",),
            "_response": ("responseTokenCount",),
            "_reasoning": ("thoughtsTokenCount",),
            "reasoning_tokens": ("thoughtsTokenCount",),
            "total_tokens": ("totalTokenCount",),
            "cache_read_tokens": ("cachedContentTokenCount",),
            "_cached_details": ("cacheTokensDetails[]",),
            **_modalities(
                "promptTokensDetails",
                _COUNT_KEYS,
                text_tokens=_TEXT,
                audio_input_tokens="audio",
                image_input_tokens="image",
                video_input_tokens="video",
            ),
            **_modalities(
                "cacheTokensDetails",
                _COUNT_KEYS,
                _cached_text=_TEXT,
                _cached_audio="audio",
                _cached_image="image",
                _cached_video="video",
            ),
            **_modalities(
                "responseTokensDetails+candidatesTokensDetails",
                _COUNT_KEYS,
                output_text_tokens=_TEXT,
                audio_output_tokens="audio",
            ),
            **_modalities(
                "candidatesTokensDetails",
                _COUNT_KEYS,
                image_output_tokens="image",
                video_output_tokens="video",
            ),
            "traffic_type": ("trafficType",),
        },
        formulas=(formulas.candidates, formulas.reasoning_beside_details),
    ),
    UsageBody(
        name="Converse",
        source="llms/bedrock/chat/converse_transformation.py: AmazonConverseConfig.transform_usage",
        has_any=("inputTokens", "outputTokens"),
        paths={
            "_input": ("inputTokens",),
            "completion_tokens": ("outputTokens",),
            "_total": ("totalTokens",),
            "_thinking": (),
            "cache_read_tokens": ("cacheReadInputTokens", "cacheReadInputTokenCount"),
            "cache_creation_tokens": ("cacheWriteInputTokens", "cacheWriteInputTokenCount"),
            "_split": ("cacheDetails[]",),
            "cache_creation_5m_tokens": ("cacheDetails[ttl=5m].inputTokens",),
            "cache_creation_1h_tokens": ("cacheDetails[ttl=1h].inputTokens",),
        },
        formulas=(
            formulas.split_where_whole,
            formulas.split_where_stated,
            formulas.cache_beside_input,
            formulas.thinking_in_output,
            formulas.total_of_sides,
            formulas.total_where_stated,
        ),
    ),
    UsageBody(
        name="billed_units",
        source="llms/cohere/chat/v2_transformation.py and transformation.py: transform_response",
        has_any=("billed_units",),
        paths={
            "prompt_tokens": ("tokens.input_tokens", "billed_units.input_tokens"),
            "completion_tokens": ("tokens.output_tokens", "billed_units.output_tokens"),
        },
        formulas=(formulas.total_of_sides,),
    ),
    UsageBody(
        name="eval_count",
        source="llms/ollama/completion/transformation.py: chunk_parser",
        has_any=("prompt_eval_count", "eval_count"),
        paths={
            "prompt_tokens": ("prompt_eval_count",),
            "completion_tokens": ("eval_count",),
        },
        formulas=(formulas.total_of_sides,),
    ),
)
"""The shapes, in the order in which they are tried: LiteLLM's own, then those it is handed."""

BODY_COLUMNS: tuple[str, ...] = tuple(
    name
    for name in COLUMN_BY_NAME
    if name == "usage_issue" or any(name in body.columns for body in USAGE_BODIES)
)
"""The canonical columns that a usage body can fill."""


# -- one body


def usage_of(body: object) -> dict[str, Any]:
    """Read the usage body of one response.

    Parameters
    ----------
    body
        The object that a response carries as its usage, as parsed from JSON, or as an SDK gives
        it: anything with ``model_dump()`` or attributes.

    Returns
    -------
    dict
        The columns of BODY_COLUMNS: what LiteLLM prices. ``usage_issue`` is ``"absurd_count"``
        where something stands for a count that is none; the count is then left out.

    Raises
    ------
    InputError
        When the body is of no shape that is known.

    Examples
    --------
    >>> body = {"input_tokens": 100, "output_tokens": 30, "cache_read_input_tokens": 400}
    >>> usage = usage_of(body)
    >>> usage["prompt_tokens"], usage["text_tokens"], usage["cache_read_tokens"]
    (500, 100, 400)
    """
    fields = fields_of(body)
    if fields is None:
        raise InputError(f"a usage body is an object with counts, not {type(body).__name__}.")
    shape = next((s for s in USAGE_BODIES if s.recognises(fields)), None)
    if shape is None:
        seen = ", ".join(sorted(map(repr, map(str, fields)))) or "none"
        shapes = "; ".join(
            f"{s.name} ({', '.join((*s.has, *(['any of'] if s.has_any else []), *s.has_any))})"
            for s in USAGE_BODIES
        )
        raise InputError(f"a usage body of no known shape. Its keys: {seen}. Known: {shapes}.")
    reader = BodyReader(shape, fields)
    values = shape.derive(
        {name: reader.first(name, places) for name, places in shape.places.items()}
    )
    values["usage_issue"] = "absurd_count" if reader.has_absurd else None
    return {
        n: COLUMN_BY_NAME[n].default if values.get(n) is None else values[n] for n in BODY_COLUMNS
    }
