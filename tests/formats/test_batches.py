"""Output files of batches: a line costs nothing only where it is known to have used nothing.

Lines follow the request output object of OpenAI's Batch API reference, and Anthropic's API
reference: retrieve message batch results.
"""

from __future__ import annotations

import json

import pytest

from llmspend import price, read_logs

CHAT = {
    "object": "chat.completion",
    "model": "gpt-nova-2026-05-01",
    "choices": [],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "model": "claude-nova-9-20260401",
    "content": [],
    "usage": {"input_tokens": 1000, "output_tokens": 100},
}


def openai_line(line_id="batch_req_1", **body):
    response = {"status_code": 200, "request_id": "req_1", "body": CHAT | body}
    return {"id": line_id, "custom_id": "c-1", "response": response, "error": None}


def anthropic_line(**message):
    return {"custom_id": "c-1", "result": {"type": "succeeded", "message": MESSAGE | message}}


GOOD = {openai_line: openai_line("batch_req_0"), anthropic_line: anthropic_line(id="msg_0")}


def charged(path, nova, line, good):
    """Price a line that stands behind a good one."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in (good, line)))
    row = price(read_logs(path), cost_map=nova).collect().row(1, named=True)
    return row["status"], row["cost"], row["issue"]


UNREADABLE = ({"tokens_in": 1000, "tokens_out": 5}, {"total_tokens": 1000}, "1000")


@pytest.mark.parametrize("usage", UNREADABLE, ids=str)
@pytest.mark.parametrize("line", [openai_line, anthropic_line])
def test_usage_that_cannot_be_read_is_not_free(tmp_path, nova, line, usage):
    spoilt = charged(tmp_path / "b.jsonl", nova, line(usage=usage), GOOD[line])
    assert spoilt == ("success", None, "unreadable_usage")


@pytest.mark.parametrize("line", [openai_line, anthropic_line])
def test_usage_that_is_missing_is_not_free(tmp_path, nova, line):
    found = charged(tmp_path / "b.jsonl", nova, line(usage=None), GOOD[line])
    assert found == ("success", None, "no_usage")


UNKNOWN = (None, None, "no_usage")
VERTEX = {
    "custom_id": "c-1",
    "request": {},
    "response": {"usageMetadata": {"promptTokenCount": 1000}, "modelVersion": "gemini-nova"},
}


@pytest.mark.parametrize(
    ("line", "good", "found"),
    [
        (CHAT | {"id": "chatcmpl-1"}, GOOD[openai_line], ("success", None, "no_usage")),
        (VERTEX, GOOD[openai_line], ("success", None, "no_usage")),
        # of this one nothing can be read
        (MESSAGE, GOOD[anthropic_line], (None, None, "unreadable_row")),
        ({"custom_id": "c-1", "result": {"type": "new"}}, GOOD[anthropic_line], UNKNOWN),
    ],
    ids=["response", "Vertex", "message", "result"],
)
def test_a_line_of_another_shape_is_not_free(tmp_path, nova, line, good, found):
    assert charged(tmp_path / "b.jsonl", nova, line, good) == found


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_response_inside_says_that_it_failed(tmp_path, nova, status):
    line = openai_line(object="response", status=status, usage=None)
    assert charged(tmp_path / "b.jsonl", nova, line, GOOD[openai_line]) == ("failure", 0.0, None)


def test_searches_of_a_batch_are_seen_but_not_charged(tmp_path, nova):
    # as LiteLLM does: batches/batch_utils.py prices the tokens of a line, and nothing else
    message = {"annotations": [{"type": "url_citation"}]}
    line = openai_line(choices=[{"message": message}])
    (tmp_path / "b.jsonl").write_text(json.dumps(line) + "\n")
    row = price(read_logs(tmp_path / "b.jsonl"), cost_map=nova).collect().row(0, named=True)
    assert row["web_search_signal"] == "citation"
    assert row["cost"] == pytest.approx(1000 * 6e-07 + 100 * 3e-06, rel=1e-12)
