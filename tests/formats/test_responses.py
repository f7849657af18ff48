"""Responses of APIs: what they searched is charged, and the chunks of a stream are one response.

Shapes are those of the API references of OpenAI (chat, and its streaming chunks), Gemini
(GenerateContentResponse, GroundingMetadata) and OpenRouter (usage accounting). That counts run from
chunk to chunk: googleapis/python-genai issue 1204, agno-agi/agno pull request 6058.
"""

from __future__ import annotations

import json

import pytest

from llmspend import LogFormatError, price, read_logs

GPT = "gpt-nova-2026-05-01"
TOKENS = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
OF_TOKENS = 1000 * 1e-06 + 100 * 4e-06
NO_GROUNDING = {"webSearchQueries": []}
WEB, MAPS = {"web": {"uri": "https://a"}}, {"maps": {"uri": "https://b"}}


def chat(number=1, **keys):
    body = {"object": "chat.completion", "model": GPT, "choices": [], "usage": TOKENS}
    return {"id": f"chatcmpl-{number}", **body, **keys}


def chunk(usage, **keys):
    return chat(object="chat.completion.chunk", usage=usage, **keys)


def cited(key="message", kind="url_citation"):
    return [{"index": 0, key: {"content": "x", "annotations": [{"type": kind}]}}]


def gemini(*groundings, number=1, prompt=1000, answer=100, total=None, **counts):
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, **counts}
    return {
        "candidates": [{"groundingMetadata": each} for each in groundings],
        "usageMetadata": {**counts, "totalTokenCount": total or prompt + answer},
        "modelVersion": "gemini-nova",
        "responseId": f"g-{number}",
    }


def charges(path, nova, *lines):
    file = path / "responses.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return price(read_logs(file), cost_map=nova).collect()


def first(path, nova, *lines):
    return charges(path, nova, *lines).row(0, named=True)


# -- searches


GROUNDINGS = {
    "two queries": ([{"webSearchQueries": ["a", "b"]}], 2, None),
    "one twice": ([{"webSearchQueries": ["a", "a", ""]}, {"webSearchQueries": ["a"]}], 1, None),
    "a list": ([[{"webSearchQueries": ["a"]}, {"webSearchQueries": ["b"]}]], 2, None),
    "none": ([{}, NO_GROUNDING], None, None),
    "a page that was given": ([{"groundingChunks": [WEB]}], None, None),
    "maps": ([{"groundingChunks": [MAPS], "webSearchQueries": ["a", "b"]}], None, 2),
    "maps without query": ([{"googleMapsWidgetContextToken": "x"}], None, 1),
    "web and maps": ([{"groundingChunks": [MAPS, WEB], "webSearchQueries": ["a"]}], 1, 1),
}


@pytest.mark.parametrize(("groundings", "web", "maps"), GROUNDINGS.values(), ids=[*GROUNDINGS])
def test_what_gemini_searched_is_charged(tmp_path, nova, groundings, web, maps):
    row = first(tmp_path, nova, gemini(*groundings))
    assert (row["web_searches"], row["maps_queries"]) == (web, maps)
    # an entry that says nothing else bills the prompt: once, however many queries
    searches = (0.035 if web else 0.0) + (0.025 if maps else 0.0)
    assert row["cost"] == pytest.approx(1000 * 1e-06 + 100 * 1e-05 + searches, rel=1e-12)


def test_what_a_search_found_is_no_part_of_the_prompt(tmp_path, nova):
    used = {"toolUsePromptTokenCount": 500, "thoughtsTokenCount": 50, "total": 1650}
    rows = charges(
        tmp_path,
        nova,
        gemini({"webSearchQueries": ["a"]}, **used),
        gemini(NO_GROUNDING, number=2, **used),
    )
    assert rows["prompt_tokens"].to_list() == [1000, 1500]
    assert rows["completion_tokens"].to_list() == [150, 150]
    expected = [1000 * 1e-06 + 150 * 1e-05 + 0.035, 1500 * 1e-06 + 150 * 1e-05]
    assert rows["cost"].to_list() == pytest.approx(expected, rel=1e-12)


def test_a_chat_answer_that_cites_searched_once(tmp_path, nova):
    rows = charges(
        tmp_path,
        nova,
        chat(1, choices=cited() * 2),
        chat(2, choices=cited(kind="file_citation")),
    )
    assert rows["web_search_signal"].to_list() == ["citation", None]
    assert rows["cost"].to_list() == pytest.approx([OF_TOKENS + 0.01, OF_TOKENS], rel=1e-12)


def test_a_count_of_searches_is_what_they_are_charged_by(tmp_path, nova):
    usage = {
        "input_tokens": 1000,
        "output_tokens": 100,
        "server_tool_use": {"web_search_requests": 3},
    }
    message = {"model": "claude-nova-9-20260401", "choices": cited(), "usage": usage}
    row = first(tmp_path, nova, chat(**message))
    assert (row["web_searches"], row["web_search_signal"]) == (3, None)
    assert row["cost"] == pytest.approx(1000 * 3e-06 + 100 * 15e-06 + 3 * 0.01, rel=1e-12)


@pytest.mark.parametrize(
    ("counter", "column"),
    [
        ({"server_side_tool_usage_details": {"web_search_calls": 2}}, "web_searches"),
        ({"prompt_tokens_details": {"web_search_requests": 2}}, "web_searches"),
        ({"prompt_tokens_details": {"google_maps_grounding_requests": 2}}, "maps_queries"),
        ({"server_tool_use": {"browser_open_requests": 2}}, "browser_opens"),
    ],
)
def test_every_counter_is_read(tmp_path, nova, counter, column):
    assert first(tmp_path, nova, chat(usage=TOKENS | counter))[column] == 2


def test_a_counter_of_xai_beside_items_is_what_they_are_charged_by(tmp_path, nova):
    usage = TOKENS | {"server_side_tool_usage_details": {"web_search_calls": 2}}
    row = first(tmp_path, nova, chat(output=[{"type": "web_search_call"}] * 3, usage=usage))
    assert (row["web_searches"], row["web_search_signal"]) == (2, "server_side")


# -- streams


def running(output):
    return {"prompt_tokens": 1000, "completion_tokens": output, "total_tokens": 1000 + output}


STREAMS = {
    "running": [chunk(running(n)) for n in (1, 50, 600)],
    "at the end": [chunk(None), chunk(None, choices=cited("delta")), chunk(running(600))],
    "before the end": [chunk(running(600)), chunk(None)],
    "none": [chunk(None), chunk(None)],
    "broken": [chunk(running(1)), chunk({"tokens": 600})],
}
OF_STREAMS = {
    "running": (600, 0.001 + 0.0024, None),
    "at the end": (600, 0.001 + 0.0024 + 0.01, None),
    "before the end": (600, 0.001 + 0.0024, None),
    "none": (0, None, "no_usage"),
    "broken": (1, None, "unreadable_usage"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_the_chunks_of_a_stream_are_one_response(tmp_path, nova, name):
    rows = charges(tmp_path, nova, *STREAMS[name])
    output, cost, issue = OF_STREAMS[name]
    one, *others = rows.rows(named=True)
    assert one["completion_tokens"] == output
    assert one["cost"] == (cost and pytest.approx(cost, rel=1e-12))
    assert one["issue"] == issue
    assert {(r["row_class"], r["cost"], r["issue"]) for r in others} == {
        ("duplicate", 0.0, "duplicate_request")
    }


def test_the_chunks_of_gemini_are_one_response(tmp_path, nova):
    chunks = [
        gemini(prompt=900, answer=n, total=940 + n, thoughtsTokenCount=40) for n in (5, 50, 600)
    ]
    rows = charges(tmp_path, nova, *chunks, gemini(number=2))
    assert rows["completion_tokens"].to_list() == [640, 640, 640, 100]
    expected = [900 * 1e-06 + 640 * 1e-05, 0.0, 0.0, 1000 * 1e-06 + 100 * 1e-05]
    assert rows["cost"].to_list() == pytest.approx(expected, rel=1e-12)
    # the list that REST's streamGenerateContent answers
    (tmp_path / "list.json").write_text(json.dumps(chunks))
    listed = price(read_logs(tmp_path / "list.json"), cost_map=nova).collect()
    assert listed["cost"].to_list() == pytest.approx(expected[:3], rel=1e-12)


def test_a_search_shows_in_one_chunk_of_gemini_only(tmp_path, nova):
    found = {"toolUsePromptTokenCount": 500}
    chunks = [
        gemini(answer=5, total=1505, **found),
        gemini({"webSearchQueries": ["a"]}, answer=100, total=1600, **found),
    ]
    row = first(tmp_path, nova, *chunks)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (1000, 100)
    assert row["cost"] == pytest.approx(1000 * 1e-06 + 100 * 1e-05 + 0.035, rel=1e-12)


@pytest.mark.parametrize("lines", [STREAMS["running"], [gemini(answer=n) for n in (5, 100)]])
def test_the_first_row_alone_is_the_first_of_all(tmp_path, lines):
    file = tmp_path / "stream.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert read_logs(file).head(1).collect().equals(read_logs(file).collect().head(1))


def test_lines_without_an_id_are_responses_of_their_own(tmp_path, nova):
    lines = [{k: v for k, v in chat(usage=running(n)).items() if k != "id"} for n in (1, 600)]
    assert charges(tmp_path, nova, *lines)["completion_tokens"].to_list() == [1, 600]
    lines = [gemini({"webSearchQueries": ["a"]}, answer=5), gemini(prompt=2000, answer=7)]
    for line in lines:
        del line["responseId"]
    rows = charges(tmp_path, nova, *lines)
    assert rows.select("prompt_tokens", "completion_tokens").rows() == [(1000, 5), (2000, 7)]


EVENTS = (
    {"type": "message_start", "message": {"model": "claude-nova-9-20260401", "usage": {}}},
    {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 15}},
    {"type": "response.completed", "response": {"model": GPT, "usage": {"input_tokens": 5}}},
)


def test_events_of_other_streams_are_refused_or_unknown(tmp_path, nova):
    with pytest.raises(LogFormatError, match="not a usage log"):
        charges(tmp_path, nova, *EVENTS)
    rows = charges(tmp_path, nova, chat(), *EVENTS, gemini())
    assert rows["cost"].null_count() == len(rows) - 1


# -- OpenRouter


def test_openrouter_bills_what_it_states(tmp_path, nova):
    stated = {"provider": "OpenAI", "usage": TOKENS | {"cost": 0.5}}
    lines = [
        chat() | stated | {"id": "gen-1"},
        # what cannot be told for certain stays as it is
        chat() | stated,
        chat() | {"id": "gen-2", "usage": stated["usage"]},
        chat() | {"id": "gen-3", "provider": "OpenAI"},
        # a stream states its cost at the end
        *(chunk(each, provider="OpenAI") | {"id": "gen-4"} for each in (None, stated["usage"])),
    ]
    rows = charges(tmp_path, nova, *lines)
    assert rows["provider"].to_list() == ["openrouter", *[None] * 3, *["openrouter"] * 2]
    expected = [0.5, *[OF_TOKENS] * 3, 0.5, 0.0]
    assert rows["cost"].to_list() == pytest.approx(expected, rel=1e-12)
