"""Searches that a response shows are charged with the call, as LiteLLM 1.106.2 charges them.

Its rules: litellm_core_utils/llm_cost_calc/tool_call_cost_tracking.py, and the providers' own.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from llmspend import completion_cost, load_cost_map

RATES = {
    "input_cost_per_token": 1e-06,
    "output_cost_per_token": 2e-06,
    "search_context_cost_per_query": {"search_context_size_medium": 0.01},
}
SEARCHES = load_cost_map(
    {
        name: {"mode": "chat", "litellm_provider": provider, **RATES}
        for name, provider in (
            ("gpt-searching", "openai"),
            ("claude-searching", "anthropic"),
            ("gemini/searching", "gemini"),
            ("groq/searching", "groq"),
            ("xai/searching", "xai"),
        )
    }
)
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
OF_TOKENS = 1000 * 1e-06 + 100 * 2e-06


def counted(where, key, count):
    return {where: {key: count}}


DETAILS = ("prompt_tokens_details", "web_search_requests")
TOOL_USE = ("server_tool_use", "web_search_requests")
SERVER_SIDE = ("server_side_tool_usage_details", "web_search_calls")
MAPS = ("prompt_tokens_details", "google_maps_grounding_requests")

COUNTED = [
    ("gpt-searching", counted(*DETAILS, 2), 0.01),
    ("gpt-searching", counted(*DETAILS, 0), 0.01),
    ("gpt-searching", counted(*DETAILS, None), 0.0),
    ("gpt-searching", counted(*SERVER_SIDE, 0), 0.0),
    ("claude-searching", counted(*TOOL_USE, 3), 3 * 0.01),
    ("claude-searching", counted(*DETAILS, 3), 0.0),
    ("gemini/searching", counted(*DETAILS, 2), 0.01),
    ("gemini/searching", counted(*SERVER_SIDE, 2) | counted(*DETAILS, 2), 0.01),
    ("gemini/searching", counted(*MAPS, 2), 0.025),
    ("xai/searching", counted(*SERVER_SIDE, 2), 2 * 0.01),
    (
        "groq/searching",
        {"server_tool_use": {"web_search_requests": 1, "browser_open_requests": 2}},
        0.01 + 2 * 0.001,
    ),
]


@pytest.mark.parametrize(("model", "counter", "searches"), COUNTED)
def test_counters_show_in_any_response(model, counter, searches):
    response = {"model": model, "choices": [], "usage": USAGE | counter}
    for each in (response, SimpleNamespace(**response)):
        cost = completion_cost(each, cost_map=SEARCHES)
        assert cost == pytest.approx(OF_TOKENS + searches, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "searches"),
    [("gpt-searching", 0.01), ("claude-searching", 0.0), ("gemini/searching", 0.0)],
)
def test_citations_show(model, searches):
    message = SimpleNamespace(content="x", annotations=[{"type": "url_citation"}])
    response = {"model": model, "choices": [SimpleNamespace(message=message)], "usage": USAGE}
    cost = completion_cost(SimpleNamespace(**response), cost_map=SEARCHES)
    assert cost == pytest.approx(OF_TOKENS + searches, rel=1e-12)
    # a dict is what its row would be; LiteLLM does not look into one
    assert completion_cost(response, cost_map=SEARCHES) == cost


@pytest.mark.parametrize(
    ("items", "stated", "searches"), [(0, 2, 0), (1, None, 1), (3, None, 3), (3, 2, 2)]
)
def test_items_show_in_responses(items, stated, searches):
    response = SimpleNamespace(
        object="response",
        model="gpt-searching",
        output=[SimpleNamespace(type=t) for t in ("message", *["web_search_call"] * items)],
        usage={"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100},
        tool_usage=None if stated is None else {"web_search": {"num_requests": stated}},
    )
    cost = completion_cost(response, cost_map=SEARCHES)
    assert cost == pytest.approx(OF_TOKENS + searches * 0.01, rel=1e-12)


def test_items_of_xai_are_charged_by_the_counter_beside_them():
    usage = {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}
    response = SimpleNamespace(
        object="response",
        model="xai/searching",
        output=[SimpleNamespace(type="web_search_call")],
        usage=usage | counted(*SERVER_SIDE, 2),
    )
    cost = completion_cost(response, cost_map=SEARCHES)
    assert cost == pytest.approx(OF_TOKENS + 2 * 0.01, rel=1e-12)
