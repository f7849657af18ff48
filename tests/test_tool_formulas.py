"""Built-in tools and recognisers: a case is a row, priced as a column and as one call."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import load_cost_map
from llmspend.meters import METER_BY_NAME
from llmspend.provider_rules import billing_provider
from llmspend.tool_formulas import (
    ASR_METERS,
    ASR_RATES,
    TOOL_METERS,
    TOOL_RATES,
    TOOL_STAGES,
    TOOL_SWITCHES,
    asr_costs,
    searches_in_output,
    tool_quirks,
)
from llmspend.tool_policies import SEARCH_SIGNALS, TOOL_POLICIES, tool_policy
from llmspend.tool_rates import NO_TOOL_RATES, asr_rates, session_rate, tool_rates
from llmspend.usage import COLUMN_BY_NAME, USAGE_SCHEMA, call
from llmspend.values import PRIVATE, as_columns, as_function

SIZES = {"low": 0.25, "medium": 0.5, "high": 1.0}
ACME = {"search_context_cost_per_query": {f"search_context_size_{s}": r for s, r in SIZES.items()}}
PER_QUERY = ACME | {"web_search_billing_unit": "per_query"}
PER_WEEK = ACME | {"web_search_billing_unit": "per_week"}
MAPS = {"google_maps_grounding_cost_per_query": 0.125}
ONLY_HIGH = {"search_context_cost_per_query": {"search_context_size_high": 2.0}}
ZERO_MEDIUM = {
    "search_context_cost_per_query": {
        "search_context_size_medium": 0.0,
        "search_context_size_high": 1.0,
    }
}
CONTAINERS = {"azure/container": {"code_interpreter_cost_per_session": 0.75}}


def show(u):
    return {f"shows_{name}": condition for name, condition in tool_quirks(u).items()}


STAGES = (searches_in_output, *TOOL_STAGES, asr_costs, show)
OUTPUTS = ("tool_cost", "_output_sum", "_asr_cost", *(f"{m}_q" for m in TOOL_METERS))
OUTPUTS += ("shows_searches_charged_once", "shows_computer_use_by_thousand")
PRICE_CALL = as_function(STAGES, COLUMN_BY_NAME, OUTPUTS)


def priced(found, usage):
    """Price a call both ways, which must agree to the bit."""
    row = call(**usage)
    once = PRICE_CALL(row, found)
    private = pl.DataFrame([found]).rename(lambda name: PRIVATE + name)
    frame = pl.concat([pl.DataFrame([row], schema=USAGE_SCHEMA), private], how="horizontal")
    columns = as_columns(STAGES, frame.lazy(), COLUMN_BY_NAME).collect()
    assert {name: columns[PRIVATE + name][0] for name in OUTPUTS} == once
    return once


def with_tools(entry, provider, usage, *, key=None, is_stated=False, reproduce=None):
    found = tool_rates(
        entry,
        provider,
        key,
        search_context_size=usage.get("search_context_size"),
        web_search_signal=usage.get("web_search_signal"),
        entries=CONTAINERS,
        reproduce=reproduce,
    )
    return priced(found | asr_rates() | {"_is_stated": is_stated, "_output_sum": 10.0}, usage)


def seen(signal, count=None, **others):
    return {"web_search_signal": signal, "web_searches": count, **others}


FILES = {"file_searches": 3, "file_search_gb_days": 8.0}
EXTRAS = {
    "vector_store_gb_days": 2.5,
    "computer_use_input_tokens": 500,
    "computer_use_output_tokens": 250,
    "code_interpreter_sessions": 2,
}
OF_EXTRAS = 2.5 * 0.1 + (0.5 * 3.0 + 0.25 * 12.0) + 2 * 0.75

# what shows, provider, entry, usage, cost
CASES = [
    ("nothing", "acme", ACME, {}, 0.0),
    # whoever has no row: a search per response, or per item
    ("a citation is a search", "acme", ACME, seen("citation"), 0.5),
    ("it has no count", "acme", ACME, seen("citation", 3), 0.5),
    ("a counter is one search", "acme", ACME, seen("details", 3), 0.5),
    ("so is a counter of 0", "acme", ACME, seen("server_tool_use", 0), 0.5),
    ("an empty counter is none", "acme", ACME, seen("details"), 0.0),
    ("a counter of calls shows above 0", "acme", ACME, seen("server_side", 0), 0.0),
    ("and is one search", "acme", ACME, seen("server_side", 4), 0.5),
    ("a count of unknown origin", "acme", ACME, {"web_searches": 2}, 0.5),
    ("a signal of unknown name", "acme", ACME, seen("smoke", 2), 0.5),
    ("items are counted", "acme", ACME, seen("item", 3), 1.5),
    ("items as the provider counts them", "acme", ACME, seen("item", 0), 0.0),
    ("items that nobody counted", "acme", ACME, seen("item"), 0.5),
    ("low", "acme", ACME, seen("citation", search_context_size="low"), 0.25),
    ("high", "acme", ACME, seen("item", 2, search_context_size="high"), 2.0),
    ("no such size", "acme", ACME, seen("citation", search_context_size="odd"), 0.5),
    ("size without a price", "acme", ONLY_HIGH, seen("citation", search_context_size="low"), 0.0),
    ("no price", "acme", {}, seen("citation"), 0.0),
    ("a price that is no table", "acme", {"search_context_cost_per_query": 3}, seen("item"), 0.0),
    ("unknown model", "acme", None, seen("citation"), 0.0),
    ("nobody knows who bills", None, ACME, seen("citation"), 0.5),
    # Google: per prompt, unless per query; only counters
    ("a prompt with searches", "gemini", ACME, seen("details", 3), 0.5),
    ("each query", "gemini", PER_QUERY, seen("details", 3), 1.5),
    ("another unit", "gemini", PER_WEEK, seen("details", 3), 1.5),
    ("the other counter", "gemini", PER_QUERY, seen("server_tool_use", 2), 1.0),
    ("no searches", "gemini", ACME, seen("details", 0), 0.0),
    ("default price", "gemini", {}, seen("counter", 2), 0.035),
    ("no price for unknown models", "gemini", None, seen("counter", 2, maps_queries=1), 0.0),
    ("always medium", "gemini", ACME, seen("details", 1, search_context_size="low"), 0.5),
    ("citations are free", "gemini", PER_QUERY, seen("citation"), 0.0),
    ("items are free", "gemini", PER_QUERY, seen("item", 3), 0.0),
    ("foreign counters are free", "gemini", ACME, seen("server_side", 3), 0.0),
    ("copied counters are not", "gemini", PER_QUERY, seen("server_side, details", 3), 1.5),
    ("the whole family", "vertex_ai_beta", PER_QUERY, seen("details", 3), 1.5),
    ("by its entry's provider", "vertex_ai-language-models", {}, seen("details", 3), 0.035),
    # maps, beside everything
    ("maps per prompt", "gemini", {}, {"maps_queries": 3}, 0.025),
    ("maps per query", "gemini", PER_QUERY, {"maps_queries": 3}, 3 * 0.014),
    ("maps priced", "vertex_ai", MAPS, {"maps_queries": 3}, 0.125),
    ("each priced", "vertex_ai", MAPS | PER_QUERY, {"maps_queries": 3}, 0.375),
    ("a map for nothing", "gemini", {**MAPS, "google_maps_grounding_cost_per_query": 0.0},
     {"maps_queries": 3}, 0.0),
    ("no maps", "gemini", MAPS, {"maps_queries": 0}, 0.0),
    ("another unit is per prompt", "gemini", MAPS | PER_WEEK, {"maps_queries": 3}, 0.125),
    ("maps elsewhere", "acme", MAPS, {"maps_queries": 3}, 0.0),
    ("maps and a search", "gemini", MAPS | ACME, seen("details", 3, maps_queries=2), 0.625),
    ("maps and a file", "gemini", MAPS, {"maps_queries": 2, "file_searches": 1}, 0.1275),
    # providers that count
    ("each search", "anthropic", ACME, seen("server_tool_use", 3), 1.5),
    ("no default", "anthropic", {}, seen("server_tool_use", 3), 0.0),
    ("not its counter", "anthropic", ACME, seen("details", 3), 0.0),
    ("calls", "xai", ACME, seen("server_side", 3), 1.5),
    ("copied calls", "xai", ACME, seen("server_side, details", 3), 1.5),
    ("sources are no calls", "xai", ACME, seen("details", 3), 0.0),
    ("the first price there is", "xai", ONLY_HIGH, seen("server_side", 3), 6.0),
    ("a price of 0 is none", "xai", ZERO_MEDIUM, seen("server_side", 3), 3.0),
    ("default of calls", "xai", {}, seen("server_side", 3), 0.015),
    ("searches and pages", "groq", ACME, seen("server_tool_use", 2, browser_opens=3), 1.003),
    ("pages without a search", "groq", ACME, {"browser_opens": 3}, 0.0),
    ("pages beside a count of 0", "groq", ACME, seen("server_tool_use", 0, browser_opens=4), 0.004),
    ("pages elsewhere", "acme", ACME, seen("server_tool_use", 2, browser_opens=3), 0.5),
    ("part of the output", "perplexity", ACME, seen("details", 3), 0.0),
    # files, where nobody searched the web
    ("files", "acme", ACME, {"file_searches": 3}, 0.0025),
    ("no files", "acme", ACME, {"file_searches": 0, "file_search_gb_days": 4.0}, 0.0),
    ("files of an unknown model", "acme", None, {"file_searches": 1}, 0.0025),
    ("storage elsewhere", "acme", ACME, FILES, 0.0025),
    ("storage", "azure", ACME, FILES, 0.8),
    ("unknown storage", "azure", ACME, {"file_searches": 1}, 0.0),
    ("files beside a search", "acme", ACME, seen("citation", **FILES), 0.5),
    ("files beside a search for nothing", "gemini", ACME, seen("citation", **FILES), 0.0),
    # extras, where there was neither
    ("extras", "azure", ACME, EXTRAS, OF_EXTRAS),
    ("extras elsewhere", "acme", ACME, EXTRAS, 0.0),
    ("extras beside a file", "azure", ACME, FILES | EXTRAS, 0.8),
    ("extras beside a search", "azure", ACME, seen("item", 2, **EXTRAS), 1.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "entry", "usage", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_case_costs_what_it_should(provider, entry, usage, expected):
    assert with_tools(entry, provider, usage)["tool_cost"] == expected


def test_makers_of_models_decide_where_a_cloud_sells_several():
    usage = seen("server_tool_use", 3)
    assert with_tools({}, "vertex_ai", usage, key="vertex_ai/acme")["tool_cost"] == 0.035
    assert with_tools({}, "vertex_ai", usage, key="vertex_ai/Claude-acme")["tool_cost"] == 0.0
    assert with_tools(ACME, "vertex_ai", usage, key="vertex_ai/claude")["tool_cost"] == 1.5
    assert with_tools({}, "vertex_ai_beta", usage, key="claude")["tool_cost"] == 0.0
    assert with_tools(MAPS, "vertex_ai", {"maps_queries": 2}, key="claude")["tool_cost"] == 0.125


@pytest.mark.parametrize(
    ("provider", "signal", "expected"), [("xai", "server_side", 0.0), ("acme", "citation", 0.5)]
)
def test_a_stated_cost_has_the_searches_in_it_where_the_provider_says_so(
    provider, signal, expected
):
    usage = seen(signal, 1)
    assert with_tools(ACME, provider, usage, is_stated=True)["tool_cost"] == expected
    assert with_tools(ACME, provider, usage)["tool_cost"] == 0.5


@pytest.mark.parametrize(
    ("provider", "usage", "expected"),
    [
        ("perplexity", seen("details", 3), 10.75),
        ("perplexity", {"web_searches": 3}, 10.75),
        ("perplexity", seen("server_tool_use", 3), 10.0),
        ("perplexity", seen("citation"), 10.0),
        ("acme", seen("details", 3), 10.0),
    ],
)
def test_searches_may_be_part_of_the_output(provider, usage, expected):
    assert with_tools(ACME, provider, usage)["_output_sum"] == expected


@pytest.mark.parametrize(
    ("provider", "usage", "quirk", "litellm", "published"),
    [
        ("acme", seen("details", 3), "searches_charged_once", 0.5, 1.5),
        ("acme", seen("details", 0), "searches_charged_once", 0.5, 0.0),
        ("acme", seen("details", 1), None, 0.5, 0.5),
        ("acme", seen("citation"), None, 0.5, 0.5),
        ("acme", seen("item", 3), None, 1.5, 1.5),
        ("gemini", seen("details", 3), None, 0.5, 0.5),
        (
            "azure",
            {"computer_use_output_tokens": 1000},
            "computer_use_by_thousand",
            12.0,
            0.012,
        ),
        ("acme", {"computer_use_output_tokens": 1000}, None, 0.0, 0.0),
    ],
)
def test_quirks_show_where_they_cost_and_can_be_left_out(
    provider, usage, quirk, litellm, published
):
    ours = with_tools(ACME, provider, usage)
    assert ours["tool_cost"] == litellm
    shown = {name for name in OUTPUTS if name.startswith("shows_") and ours[name]}
    assert shown == ({f"shows_{quirk}"} if quirk else set())
    others = with_tools(ACME, provider, usage, reproduce=frozenset())
    assert others["tool_cost"] == pytest.approx(published, rel=1e-15)


HEARD = {"asr_audio_tokens": 7, "asr_text_tokens": 5, "asr_output_tokens": 3}


@pytest.mark.parametrize(
    ("entries", "usage", "expected"),
    [
        ([{"input_cost_per_second": 0.5}], {"asr_seconds": 3.0}, 1.5),
        ([{"output_cost_per_second": 0.5}], {"asr_seconds": 3.0}, 0.0),
        (
            [{"input_cost_per_audio_token": 4, "input_cost_per_token": 2,
              "output_cost_per_token": 8}],
            HEARD,
            7 * 4 + 5 * 2 + 3 * 8,
        ),
        ([{"input_cost_per_token": 2}], HEARD, 7 * 2 + 5 * 2),
        ([{"input_cost_per_audio_token": 4}], HEARD, 7 * 4),
        ([{"input_cost_per_token": 1}, {"input_cost_per_audio_token": 4}], HEARD, 7 + 5),
        ([None, {"input_cost_per_token": 2}], HEARD, 7 * 2 + 5 * 2),
        ([{"input_cost_per_token": 0, "input_cost_per_second": 1}], HEARD, 0),
        ([None], HEARD | {"asr_seconds": 3.0}, 0),
        ([{"input_cost_per_token": 2, "input_cost_per_second": 1}], {}, 0),
    ],
)  # fmt: skip
def test_a_recogniser_is_charged_by_what_it_heard(entries, usage, expected):
    found = {**NO_TOOL_RATES, **asr_rates(*entries), "_is_stated": False, "_output_sum": 0.0}
    assert priced(found, usage)["_asr_cost"] == expected


def test_nobody_is_charged_for_tools_without_rates():
    usage = seen("item", 3, maps_queries=2, browser_opens=1) | FILES | EXTRAS
    found = {**NO_TOOL_RATES, **asr_rates(), "_is_stated": False, "_output_sum": 0.0}
    assert priced(found, usage)["tool_cost"] == 0.0


# -- the tables


def test_rates_and_switches_are_what_the_formulas_read():
    for policy in TOOL_POLICIES:
        for signal in (None, *(s.name for s in SEARCH_SIGNALS)):
            found = tool_rates(ACME, policy.provider, web_search_signal=signal)
            assert set(found) == {*TOOL_RATES, *TOOL_SWITCHES} == set(NO_TOOL_RATES)
            assert all(isinstance(found[name], float) for name in TOOL_RATES)
            assert all(isinstance(found[name], int) for name in TOOL_SWITCHES)
    assert tuple(asr_rates()) == ASR_RATES


def test_no_rate_or_switch_has_the_name_of_a_usage_column():
    # it would be read from the row instead
    assert not {*TOOL_RATES, *TOOL_SWITCHES, *ASR_RATES} & set(COLUMN_BY_NAME)
    assert {*ASR_METERS} <= set(COLUMN_BY_NAME)


def test_meters_of_the_cost_map_have_their_names():
    of_map = {name for name, meter in METER_BY_NAME.items() if meter.side == "tool"}
    assert of_map - {"guardrail_units"} <= set(TOOL_METERS)


def test_a_policy_has_a_source_and_the_last_is_for_everybody():
    places = [(p.provider, p.keys) for p in TOOL_POLICIES]
    assert len(set(places)) == len(places)
    assert all(policy.source for policy in TOOL_POLICIES)
    assert [p.provider for p in TOOL_POLICIES].index("*") == len(TOOL_POLICIES) - 1
    assert tool_policy(None) == tool_policy("acme") == TOOL_POLICIES[-1]
    assert len({s.name for s in SEARCH_SIGNALS}) == len(SEARCH_SIGNALS)


def test_policies_are_of_providers_that_exist():
    costs = load_cost_map()
    known = {billing_provider(e.get("litellm_provider")) for e in costs.entries.values()}
    assert {p.provider for p in TOOL_POLICIES} - {"*"} <= known


def test_a_session_has_the_price_of_its_providers_container():
    assert session_rate(CONTAINERS, "azure") == 0.75
    assert session_rate(CONTAINERS, "acme") is None
    assert tool_rates(ACME, "azure")["code_interpreter_sessions_rate"] == 0.0
