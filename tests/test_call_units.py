"""One call that is billed by more than its tokens, and the names that responses give it."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import polars as pl
import pytest

from llmspend import (
    InputError,
    RateCard,
    completion_cost,
    cost_per_token,
    load_cost_map,
    price,
)

# -- built-in tools: what they cost is on top of 100 * 1e-06 for the prompt

SEARCHED = {
    "acme/seeker": {
        "mode": "chat",
        "litellm_provider": "acme",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 0.0,
        "search_context_cost_per_query": {
            "search_context_size_low": 0.02,
            "search_context_size_medium": 0.03,
            "search_context_size_high": 0.05,
        },
    }
}
SEARCHED |= {
    f"{provider}/seeker": SEARCHED["acme/seeker"] | {"litellm_provider": provider}
    for provider in ("anthropic", "gemini", "xai", "azure")
}
ASKED = {"prompt_tokens": 100, "completion_tokens": 0}
CITED = {"choices": [{"message": {"annotations": [{"type": "url_citation"}]}}]}
SEARCH, FILES = {"type": "web_search_call"}, {"type": "file_search_call"}
REQUESTS = {"web_search_requests": 2}


@pytest.mark.parametrize(
    ("provider", "response", "declared", "tools"),
    [
        # two searches, each charged, by the counter of the provider
        ("anthropic", {"usage": ASKED | {"server_tool_use": REQUESTS}}, None, 2 * 0.03),
        ("anthropic", {"usage": ASKED | {"prompt_tokens_details": REQUESTS}}, None, 0.0),
        # once per prompt
        ("gemini", {"usage": ASKED | {"prompt_tokens_details": REQUESTS}}, None, 0.03),
        # per grounded prompt, by LiteLLM's own default
        (
            "gemini",
            {"usage": ASKED | {"prompt_tokens_details": {"google_maps_grounding_requests": 2}}},
            None,
            0.025,
        ),
        # xAI: the first rate above 0 is that of the medium size
        (
            "xai",
            {"usage": ASKED | {"server_side_tool_usage_details": {"web_search_calls": 3}}},
            None,
            3 * 0.03,
        ),
        # a citation has no count: once; at the size asked for, else the medium one
        ("acme", CITED, None, 0.03),
        ("acme", CITED, {"web_search_options": {"search_context_size": "high"}}, 0.05),
        # a list of what was done shows each search
        ("acme", {"output": [SEARCH, SEARCH, FILES]}, None, 2 * 0.03),
        ("acme", {"output": [{"type": "message"}]}, None, 0.0),
        (
            "acme",
            {"output": [SEARCH], "tool_usage": {"web_search": {"num_requests": 4}}},
            None,
            4 * 0.03,
        ),
        # files are charged where the request declared them, once per response
        ("acme", {"output": [FILES, FILES]}, None, 0.0),
        ("acme", {"output": [FILES, FILES]}, {"file_search": {"type": "file_search"}}, 0.0025),
        # 2 GB for 3 days at 0.1
        ("azure", {}, {"vector_store_usage": {"storage_gb": 2, "days": 3}}, 2 * 3 * 0.1),
        # an empty counter is no signal
        ("anthropic", {"usage": ASKED | {"server_tool_use": {}}}, None, 0.0),
    ],
)
@pytest.mark.parametrize("as_object", [False, True])
def test_built_in_tools(provider, response, declared, tools, as_object):
    response = {"model": "seeker", "usage": ASKED} | response
    if as_object:
        response = _as_object(response)
    total = completion_cost(
        response,
        custom_llm_provider=provider,
        standard_built_in_tools_params=declared,
        cost_map=load_cost_map(SEARCHED),
    )
    assert total == pytest.approx(100 * 1e-06 + tools, abs=1e-12)


def _as_object(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{k: _as_object(v) for k, v in value.items()})
    return [_as_object(v) for v in value] if isinstance(value, list) else value


def test_a_call_with_tools_costs_what_its_row_would():
    card = RateCard(load_cost_map(SEARCHED))
    response = {"model": "seeker", "usage": ASKED | {"server_tool_use": REQUESTS}}
    total = completion_cost(response, custom_llm_provider="anthropic", cost_map=card)
    row = {
        "model": ["seeker"],
        "provider": ["anthropic"],
        "prompt_tokens": [100],
        "web_searches": [2],
        "web_search_signal": ["server_tool_use"],
    }
    assert price(pl.DataFrame(row), cost_map=card)["cost"].to_list() == [total]


# -- what is not billed by tokens


@dataclass
class TranscriptionResponse:
    duration: float | None = None
    usage: object = None


@dataclass
class RerankResponse:
    meta: dict


class HttpxBinaryResponseContent:
    """Sound."""


@dataclass
class ImageResponse:
    data: list
    size: str | None = None


def _entry(mode, **rates):
    return {"mode": mode, "litellm_provider": "acme", **rates}


UNITS = {
    "acme/ears": _entry("audio_transcription", output_cost_per_second=0.002),
    "acme/order": _entry("rerank", input_cost_per_query=0.003),
    "acme/voice": _entry("audio_speech", input_cost_per_character=1e-05),
    "acme/paint": _entry("image_generation", output_cost_per_image=0.04),
    "acme/film": _entry("video_generation", output_cost_per_video_per_second=0.1),
    "acme/read": _entry("ocr", ocr_cost_per_page=0.01),
    "acme/search": _entry("search", input_cost_per_query=0.008),
}
BILLED = {"meta": {"billed_units": {"search_units": 3}}}
PAGES = {"usage_info": {"pages_processed": 7}}


@pytest.mark.parametrize(
    ("response", "options", "cost"),
    [
        # the class of the response tells the kind of call, as in LiteLLM
        (TranscriptionResponse(12.5), {"model": "acme/ears"}, 12.5 * 0.002),
        (RerankResponse(BILLED["meta"]), {"model": "acme/order"}, 3 * 0.003),
        (HttpxBinaryResponseContent(), {"model": "acme/voice", "prompt": "so be it"}, 6 * 1e-05),
        (ImageResponse([{}, {}]), {"model": "acme/paint"}, 2 * 0.04),
        (ImageResponse([{}]), {"model": "acme/paint", "n": 3}, 3 * 0.04),
        # a dict does not say it: the caller does
        ({"duration": 12.5}, {"model": "acme/ears", "call_type": "transcription"}, 12.5 * 0.002),
        (
            {"usage": {"type": "duration", "seconds": 4}},
            {"model": "acme/ears", "call_type": "atranscription"},
            4 * 0.002,
        ),
        (BILLED, {"model": "acme/order", "call_type": "rerank"}, 3 * 0.003),
        (PAGES, {"model": "acme/read", "call_type": "ocr"}, 7 * 0.01),
        (
            {"usage": {"duration_seconds": 4.0}},
            {"model": "acme/film", "call_type": "create_video"},
            4.0 * 0.1,
        ),
        (
            None,
            {
                "model": "acme/search",
                "call_type": "search",
                "optional_params": {"query": ["a", "b"]},
            },
            2 * 0.008,
        ),
    ],
)
def test_units_of_a_response(response, options, cost):
    assert completion_cost(response, **options, cost_map=load_cost_map(UNITS)) == cost


def test_the_duration_that_litellm_keeps_beside_a_response():
    response = TranscriptionResponse()
    response._hidden_params = {"audio_transcription_duration": 30.0}
    total = completion_cost(response, model="acme/ears", cost_map=load_cost_map(UNITS))
    assert total == 30.0 * 0.002


@pytest.mark.parametrize(
    ("response", "options"),
    [
        (TranscriptionResponse(), {"model": "acme/ears"}),
        (RerankResponse({}), {"model": "acme/order"}),
        (HttpxBinaryResponseContent(), {"model": "acme/voice"}),
        ({"usage": {}}, {"model": "acme/film", "call_type": "create_video"}),
    ],
)
def test_an_unknown_quantity_is_not_zero(response, options):
    with pytest.raises(InputError, match="how many were there"):
        completion_cost(response, **options, cost_map=load_cost_map(UNITS))


@pytest.mark.parametrize(
    ("model", "options", "costs"),
    [
        (
            "acme/ears",
            {"call_type": "transcription", "audio_transcription_file_duration": 30.0},
            (0.0, 30.0 * 0.002),
        ),
        (
            "acme/order",
            {"call_type": "rerank", "rerank_billed_units": BILLED["meta"]["billed_units"]},
            (3 * 0.003, 0.0),
        ),
        ("acme/voice", {"call_type": "speech", "prompt_characters": 500}, (500 * 1e-05, 0.0)),
        ("acme/search", {"call_type": "search", "number_of_queries": 3}, (3 * 0.008, 0.0)),
        ("acme/read", {"call_type": "ocr", "response": PAGES}, (7 * 0.01, 0.0)),
    ],
)
def test_units_of_one_call(model, options, costs):
    assert cost_per_token(model, **options, cost_map=load_cost_map(UNITS)) == costs


# -- names

TWINS = {
    f"{provider}/{name}": _entry("chat", input_cost_per_token=rate, output_cost_per_token=0.0)
    | {"litellm_provider": provider}
    for provider, name, rate in (
        ("openai", "base", 1e-06),
        ("openai", "small", 2e-06),
        ("openai", "large", 3e-06),
        ("openai/far", "large", 9e-06),
        ("bedrock", "own", 5e-06),
    )
} | {"base": _entry("chat", input_cost_per_token=1e-06, litellm_provider="openai")}


def _answer(model, **hidden):
    usage = {"prompt_tokens": 1000, "completion_tokens": 0}
    return SimpleNamespace(model=model, usage=usage, _hidden_params=hidden)


@pytest.mark.parametrize(
    ("response", "options", "rate"),
    [
        # who bills the base model is not who answered
        (_answer("bedrock/own"), {"base_model": "base"}, 1e-06),
        (_answer("bedrock/own"), {}, 5e-06),
        # a region that only the response says is no part of a name that was not asked for
        (_answer("large", custom_llm_provider="openai", region_name="near"), {}, 3e-06),
        # a name that the provider said and nobody prices does not hide the response's
        (
            _answer("large", provider_response_model="nope"),
            {"model": "small", "custom_llm_provider": "openai"},
            3e-06,
        ),
        (
            _answer("large", provider_response_model="small"),
            {"model": "large", "custom_llm_provider": "openai"},
            2e-06,
        ),
    ],
)
def test_names_of_a_response(response, options, rate):
    assert completion_cost(response, **options, cost_map=load_cost_map(TWINS)) == 1000 * rate
