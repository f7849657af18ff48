"""Random usages for the live comparison: realistic and ugly ones, around every threshold.

Each is a call in llmspend's canonical columns; `response_of` gives it as LiteLLM's own response.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llmspend.provider_rules import billing_provider

if TYPE_CHECKING:
    from random import Random

CALL_TYPES = {
    None: "acompletion",
    "chat": "acompletion",
    "completion": "atext_completion",
    "responses": "aresponses",
    "embedding": "aembedding",
    "audio_transcription": "atranscription",
}
"""Mode of an entry → how it is called; other modes are billed by units of their own."""

_BATCH = "aretrieve_batch"

_PROMPT_DETAILS = {
    "text_tokens": "text_tokens",
    "cache_read_tokens": "cached_tokens",
    "cache_creation_tokens": "cache_write_tokens",
    "audio_input_tokens": "audio_tokens",
    "image_input_tokens": "image_tokens",
    "video_input_tokens": "video_tokens",
    "character_count": "character_count",
    "image_count": "image_count",
    "query_count": "query_count",
    "audio_length_seconds": "audio_length_seconds",
    "video_length_seconds": "video_length_seconds",
}
_CACHED_DETAILS = {f"cache_read_{m}_tokens": f"{m}_tokens" for m in ("text", "audio", "image")}
_LIFETIMES = {f"cache_creation_{t}_tokens": f"ephemeral_{t}_input_tokens" for t in ("5m", "1h")}
_COMPLETION_DETAILS = {
    "output_text_tokens": "text_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "audio_output_tokens": "audio_tokens",
    "image_output_tokens": "image_tokens",
    "video_output_tokens": "video_tokens",
}
_EXTRAS = {
    "provider_cost": "cost",
    "citation_tokens": "citation_tokens",
    "inference_geo": "inference_geo",
    "speed": "speed",
}
_EDGES = (0, 1, 32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
_THRESHOLD = re.compile(r"_above_(\d+)(k?)_tokens")
_NO_TIER = (None,) * 6
_TIERS = (
    "flex",
    "Flex",
    "priority",
    "balanced",
    "ultrafast",
    "fast",
    "auto",
    "default",
    "standard",
    "scale",
    "batch",
)
_TRAFFIC = ("ON_DEMAND", "on_demand_priority", "ON_DEMAND_PRIORITY", "FLEX", "BATCH", "PT")
_OTHER_MODELS = ("gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-flash", "mistral-large-latest")
_LOCATIONS = (None, None, "global", "GLOBAL", "us-central1", "europe-west1", "us", "eu", "us-east5")
_MODALITIES = ("audio_input_tokens", "image_input_tokens", "video_input_tokens")
_OUTPUT_MODALITIES = ("audio_output_tokens", "image_output_tokens", "video_output_tokens")


def call_type_of(entry: dict[str, Any]) -> str | None:
    """Say how a model is called; None where tokens do not decide its price."""
    call_type = CALL_TYPES.get(entry.get("mode"))
    if call_type == "atranscription" and not entry.get("input_cost_per_token"):
        return None
    return call_type


def random_call(rng: Random, key: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Make up one call of a model: canonical usage columns, absent where nothing is said."""
    call_type = call_type_of(entry)
    provider = billing_provider(entry.get("litellm_provider"))
    name = key.removeprefix(f"{provider}/") if rng.random() < 0.7 else key
    call: dict[str, Any] = {
        "model": _spelled(rng, name),
        "provider": provider,
        "call_type": call_type,
        "response_model": _answering(rng, name),
        "prompt_tokens": _prompt(rng, entry),
        "completion_tokens": 0 if call_type == "aembedding" else _length(rng, 4.5),
        "duration_ms": round(rng.uniform(20, 90_000), 3),
    }
    call["total_tokens"] = call["prompt_tokens"] + call["completion_tokens"]
    is_response = call_type == "aresponses"
    if not is_response and call_type != "atranscription" and rng.random() < 0.08:
        call["call_type"] = _BATCH
    if call_type == "aembedding":
        call |= _embedded(rng)
    call |= _basis(rng, provider, entry)
    call |= _cached(rng, call["prompt_tokens"], has_lifetimes=not is_response)
    call |= _input_parts(rng, call["prompt_tokens"])
    if call_type != "aembedding":
        call |= _output_parts(rng, call["completion_tokens"], has_modalities=not is_response)
    if not is_response and rng.random() < 0.05:
        # reasoning that the completion leaves out shows in the total only
        call["total_tokens"] += call.get("reasoning_tokens", rng.randint(1, 100))
    if rng.random() < 0.03:
        call["provider_cost"] = rng.choice((0.0, 0.0123, -1.0))
    if rng.random() < 0.05:
        call["citation_tokens"] = rng.randint(1, 5_000)
    return {name: value for name, value in call.items() if value is not None}


def _spelled(rng: Random, name: str) -> str:
    """Spell a name as logs do: mostly as it is, sometimes dated, in capitals, or quite unknown."""
    draw = rng.random()
    if draw < 0.04:
        return f"{name}-2031-02-03"
    if draw < 0.06:
        return f"{name}-001"
    if draw < 0.08:
        return name.upper()
    return f"unheard-of-{name}" if draw < 0.1 else name


def _answering(rng: Random, name: str) -> str | None:
    """Draw the model that the response names: routers answer with another one."""
    draw = rng.random()
    if draw < 0.04:
        return rng.choice(_OTHER_MODELS)
    return _spelled(rng, name) if draw < 0.75 else None


def _length(rng: Random, magnitude: float) -> int:
    return 0 if rng.random() < 0.05 else int(10 ** rng.uniform(0, magnitude))


def _prompt(rng: Random, entry: dict[str, Any]) -> int:
    """Draw the length of a prompt, often at an edge: of the entry's own, or of anybody's."""
    own = [int(n) * (1000 if k else 1) for key in entry for n, k in _THRESHOLD.findall(key)]
    for band in entry.get("tiered_pricing") or ():
        own += [int(edge) for edge in band.get("range", ())]
    draw = rng.random()
    if own and draw < 0.5:
        return max(rng.choice(own) + rng.choice((-1, 0, 1, 1000)), 0)
    if draw < 0.65:
        return max(rng.choice(_EDGES) + rng.choice((-1, 0, 1)), 0)
    return _length(rng, 6)


def _part(rng: Random, whole: int) -> int:
    """Draw a part of a whole: mostly a part indeed, sometimes all of it, nothing, or more."""
    draw = rng.random()
    if draw < 0.1:
        return 0
    if draw < 0.2:
        return whole
    if draw < 0.27:
        return whole + rng.randint(1, 1000)
    return rng.randint(0, whole)


def _basis(rng: Random, provider: str | None, entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if rng.random() < 0.5:
        found["service_tier"] = rng.choice(_NO_TIER + _TIERS)
        found["served_service_tier"] = rng.choice(_NO_TIER + _TIERS)
    if rng.random() < 0.1:
        found["traffic_type"] = rng.choice(_TRAFFIC)
    if rng.random() < 0.2:
        found["data_residency"] = rng.choice(("us", "eu", "EU", "jp"))
    if rng.random() < 0.15:
        found["inference_geo"] = rng.choice(("us", "US", "global", "not_available", "eu"))
        found["speed"] = rng.choice((None, "fast", "standard"))
    if provider == "vertex_ai":
        found["vertex_location"] = rng.choice((*_LOCATIONS, *entry.get("supported_regions", ())))
    if provider == "bedrock" and rng.random() < 0.2:
        found["region"] = rng.choice(("us-east-1", "eu-central-1", "ap-northeast-1"))
    return found


def _cached(rng: Random, prompt: int, *, has_lifetimes: bool) -> dict[str, int]:
    """Draw what was read from the cache and written to it."""
    found: dict[str, int] = {}
    if rng.random() < 0.5:
        hit = found["cache_read_tokens"] = _part(rng, prompt)
        if rng.random() < 0.15:
            for name in ("text", "audio", "image"):
                found[f"cache_read_{name}_tokens"] = _part(rng, hit)
    if rng.random() < 0.3:
        written = found["cache_creation_tokens"] = _part(rng, prompt // 2)
        if has_lifetimes and rng.random() < 0.5:
            hour = _part(rng, written)
            rest = max(written - hour, 0)
            split = rng.choice(((rest, hour), (written, 0), (0, 0), (hour // 2, hour)))
            found["cache_creation_5m_tokens"], found["cache_creation_1h_tokens"] = split
    return found


def _input_parts(rng: Random, prompt: int) -> dict[str, int]:
    found = {name: _part(rng, prompt // 3) for name in _MODALITIES if rng.random() < 0.12}
    if rng.random() < 0.25:
        found["text_tokens"] = _part(rng, prompt)
    return found


def _output_parts(rng: Random, completion: int, *, has_modalities: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    if rng.random() < 0.4:
        found["reasoning_tokens"] = _part(rng, completion)
    if has_modalities:
        found |= {
            name: _part(rng, completion // 3) for name in _OUTPUT_MODALITIES if rng.random() < 0.1
        }
    if rng.random() < 0.35:
        # all of it (reasoning nested), without the reasoning, or a part
        others = sum(found.values())
        draws = (completion, max(completion - others, 0), rng.randint(0, completion))
        found["output_text_tokens"] = rng.choice(draws)
    return found


def _embedded(rng: Random) -> dict[str, Any]:
    """Draw the units that some embedding models bill."""
    found: dict[str, Any] = {}
    for name, most in (("character_count", 10_000), ("image_count", 8), ("query_count", 5)):
        if rng.random() < 0.3:
            found[name] = rng.randint(0, most)
    for name in ("audio_length_seconds", "video_length_seconds"):
        if rng.random() < 0.2:
            found[name] = round(rng.uniform(0, 600), 2)
    return found


def _renamed(call: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {theirs: call[ours] for ours, theirs in names.items() if ours in call}


def response_of(call: dict[str, Any]) -> Any:
    """Build the response that LiteLLM would have got."""
    import litellm
    from litellm.types.llms.openai import ResponseAPIUsage, ResponsesAPIResponse

    prompt = _renamed(call, _PROMPT_DETAILS)
    for name, within in (
        ("cached_tokens_details", _renamed(call, _CACHED_DETAILS)),
        ("cache_creation_token_details", _renamed(call, _LIFETIMES)),
    ):
        if within:
            prompt[name] = within
    completion = _renamed(call, _COMPLETION_DETAILS)
    extras = _renamed(call, _EXTRAS)
    counts = call["prompt_tokens"], call["completion_tokens"], call["total_tokens"]
    model = call.get("response_model")
    if call["call_type"] == "aresponses":
        usage: Any = ResponseAPIUsage(
            **dict(zip(("input_tokens", "output_tokens", "total_tokens"), counts, strict=True)),
            input_tokens_details=prompt or None,
            output_tokens_details=completion or None,
            **extras,
        )
        response: Any = ResponsesAPIResponse(
            id="resp_1", created_at=0, output=[], model=model, usage=usage
        )
    else:
        usage = litellm.Usage(
            **dict(
                zip(("prompt_tokens", "completion_tokens", "total_tokens"), counts, strict=True)
            ),
            prompt_tokens_details=prompt or None,
            completion_tokens_details=completion or None,
            **extras,
        )
        kinds = {
            "aembedding": litellm.EmbeddingResponse,
            "atext_completion": litellm.TextCompletionResponse,
            "atranscription": litellm.TranscriptionResponse,
        }
        response = kinds.get(call["call_type"], litellm.ModelResponse)()
        response.usage = usage
        response.model = model
    if "served_service_tier" in call:
        response.service_tier = call["served_service_tier"]
    if "traffic_type" in call:
        response._hidden_params = {
            "provider_specific_fields": {"traffic_type": call["traffic_type"]}
        }
    return response
