"""What messages consist of: texts, and numbers of tokens for what is no text."""

from __future__ import annotations

import base64
import sys
import types

import pytest

from llmspend.encodings import Framing
from llmspend.tokens._messages import MessageReader, as_dicts
from llmspend.tokens._settings import TokenSettings

READER = MessageReader(Framing(3, 1), TokenSettings())
FLAT = MessageReader(Framing(3, 1), TokenSettings(image_tokens=9), flat_images=True)
LENIENT = MessageReader(Framing(3, 1), TokenSettings(), default=17)
STRICT = MessageReader(Framing(3, 1), TokenSettings(), strict=True)
PDF = "data:application/pdf;base64,"

BLOCKS = [
    # content, what it consists of
    (["a", {"type": "text", "text": "b"}], ["a", "b"]),
    ([{"type": "text", "text": None}, {"type": "text"}], ["None", ""]),
    ([{"type": "thinking", "thinking": "hm", "signature": "x"}], ["hm"]),
    ([{"type": "redacted_thinking", "data": "x"}], []),
    ([{"type": "tool_reference", "tool_name": "t"}, {"type": "tool_reference"}], ["t"]),
    ([{"type": "image_url", "image_url": "https://acme/x"}], [85]),
    ([{"type": "image_url", "image_url": {"url": "https://acme/x", "detail": "low"}}], [85]),
    ([{"type": "image", "source": {"type": "url", "url": "https://acme/x"}}], [85]),
    ([{"type": "tool_use", "id": "1", "name": "f", "input": {"q": 1}}], ["f", "{'q': 1}"]),
    (
        [{"type": "tool_use", "name": "f", "input": ["a"], "caller": {"x": 1}}],
        ["f", "a", "{'x': 1}"],
    ),
    ([{"type": "tool_result", "tool_use_id": "1", "content": "r"}], ["r"]),
    (
        [
            {
                "type": "tool_result",
                "tool_use_id": "1",
                "content": ["a", {"type": "text", "text": "b"}],
            }
        ],
        ["a", "b"],
    ),
    (
        [{"type": "tool_result", "tool_use_id": "1", "content": {"a": 1}, "is_error": True}],
        ["{'a': 1}"],
    ),
    (
        [
            {
                "type": "document",
                "title": "t",
                "context": "c",
                "source": {"type": "text", "data": "d"},
            }
        ],
        ["t", "c", "d"],
    ),
    ([{"type": "document", "source": {"type": "content", "content": ["a", "b"]}}], ["a", "b"]),
    ([{"type": "document", "source": {"type": "content", "content": "a"}}], ["a"]),
    ([{"type": "document", "source": {"type": "base64", "data": "x"}}], [85]),
    ([{"type": "file", "file": {"filename": "f", "file_data": "x"}}], ["f", 85]),
    ([{"type": "file", "file": {"filename": "", "file_id": "x"}}, {"type": "file"}], []),
]

MESSAGES = [
    # message, what it consists of
    ({"role": "user", "content": "hi"}, [3, "user", "hi"]),
    ({"role": "weird", "content": None, "refusal": "no", "x": 5}, [3, "weird", "no"]),
    ({"name": "acme", "content": "hi"}, [3, "acme", 1, "hi"]),
    ({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}, [3, "{}"]),
    ({"tool_calls": [{"function": {"arguments": None}}, {"function": {}}]}, [3, "None", ""]),
    ({"function_call": {"name": "f", "arguments": {"a": 1}}}, [3, "{'a': 1}"]),
    (
        {"search_results": [{"source": "s", "title": "t", "content": [{"text": "c"}, 1]}, "x"]},
        [3, "stc"],
    ),
    ({"search_results": [{"citations": {"on": True}}]}, [3, '{"on":true}']),
    ({"search_results": []}, [3]),
]

WRONG = [
    # message, the error, what its text says
    ({"content": [{"type": "input_audio"}]}, ValueError, "Invalid content item type: input_audio"),
    ({"content": [{"type": None}]}, ValueError, "Invalid content item type: None"),
    ({"content": [{}]}, ValueError, "'type'"),
    ({"content": [None]}, ValueError, "not subscriptable"),
    ({"content": [{"type": "tool_result"}]}, ValueError, "tool_use_id"),
    ({"content": [{"type": "tool_use", "input": [5]}]}, ValueError, "field 'input'"),
    ({"content": [{"type": "document"}]}, ValueError, "source"),
    ({"content": [{"type": "image_url"}]}, ValueError, "NoneType"),
    ({"content": [{"type": "image_url", "image_url": " "}]}, ValueError, "Empty"),
    ({"content": [{"type": "image_url", "image_url": {}}]}, ValueError, "'url'"),
    ({"content": [{"type": "image_url", "image_url": {"detail": "x"}}]}, ValueError, "detail"),
    ({"tool_calls": "x"}, ValueError, "Unsupported type"),
    ({"tool_calls": [{"id": 1}]}, ValueError, "function key"),
    ({"function_call": []}, ValueError, "Unsupported type"),
]


@pytest.mark.parametrize(("content", "parts"), BLOCKS)
def test_content_consists_of(content, parts):
    assert READER.parts([{"content": content}]) == [3, *parts]


@pytest.mark.parametrize(("message", "parts"), MESSAGES)
def test_a_message_consists_of(message, parts):
    assert READER.parts(as_dicts([message])) == parts


@pytest.mark.parametrize(("message", "error", "says"), WRONG)
def test_what_makes_no_sense_is_an_error(message, error, says):
    with pytest.raises(error, match=says):
        READER.parts([message])
    if "content" in message:
        # the part before is forgotten, as the whole list is
        lenient = LENIENT.parts([{"content": ["before", *message["content"]]}])
        assert lenient in ([3, 17], [3, "before", 17])
    else:
        with pytest.raises(error, match=says):
            LENIENT.parts([message])


def test_images_can_all_count_the_same():
    high = {"type": "image_url", "image_url": {"url": "https://acme/x", "detail": "high"}}
    assert FLAT.parts([{"content": [high]}]) == [3, 9]


def test_a_lone_surrogate_is_refused_where_the_tokenizer_refuses_it():
    assert READER.parts([{"content": "\ud83d"}]) == [3, "\ud83d"]
    with pytest.raises(TypeError, match="TextEncodeInput"):
        STRICT.parts([{"content": "\ud83d"}])
    with pytest.raises(ValueError, match="TextEncodeInput"):
        STRICT.parts([{"content": ["\ud83d"]}])


def test_messages_may_be_models_but_not_texts():
    model = types.SimpleNamespace(model_dump=lambda **_: {"role": "user"})
    assert as_dicts([model]) == [{"role": "user"}]
    with pytest.raises(TypeError, match="Invalid message type: <class 'str'>"):
        as_dicts(["hello"])


SYSTEM = [{"role": "system", "content": "x"}]
TOOL = [{"name": "f"}]
EXTRA = [
    # messages, tools, tool_choice, how many tokens, beside how many texts
    ([], None, None, 3, 0),
    (SYSTEM, None, "auto", 3, 0),
    ([], TOOL, "required", 12, 1),
    (SYSTEM, TOOL, None, 8, 1),
    ([{"role": "developer"}], TOOL, None, 12, 1),
    ([], None, "none", 4, 0),
    ([], TOOL, {"function": {"name": "f"}}, 19, 2),
]


@pytest.mark.parametrize(("messages", "tools", "choice", "tokens", "texts"), EXTRA)
def test_a_request_counts_more_than_its_messages(messages, tools, choice, tokens, texts):
    parts = READER.extra_parts(messages, tools, choice)
    assert sum(part for part in parts if isinstance(part, int)) == tokens
    assert sum(isinstance(part, str) for part in parts) == texts


def test_a_named_tool_needs_a_function():
    with pytest.raises(KeyError):
        READER.extra_parts([], None, {"type": "tool", "name": "f"})


@pytest.fixture
def pypdf(monkeypatch):
    """A PDF library whose PDFs list their pages: text, width, height."""

    def page(line):
        text, width, height = line.split(",")
        box = types.SimpleNamespace(width=width, height=height)
        return types.SimpleNamespace(extract_text=lambda: text, mediabox=box)

    def reader(file):
        return types.SimpleNamespace(pages=[page(line) for line in file.read().decode().split()])

    monkeypatch.setitem(sys.modules, "pypdf", types.SimpleNamespace(PdfReader=reader))


def pdf(text):
    data = base64.b64encode(text.encode()).decode()
    return {"content": [{"type": "file", "file": {"file_data": PDF + data}}]}


@pytest.mark.usefixtures("pypdf")
def test_a_pdf_counts_page_by_page():
    # a square page is as large as a page may be, 1,150,000 / 750; a narrow one 1568² / 10 / 750
    assert READER.parts([pdf("one,100,100 two,10,100 none,0,5")]) == [
        3, "one", 1534, "two", 328, "none", 0,
    ]  # fmt: skip


@pytest.mark.usefixtures("pypdf")
def test_a_broken_pdf_counts_as_one_image():
    assert READER.parts([pdf("broken")]) == [3, 85]


def test_without_a_pdf_library_a_pdf_counts_as_one_image(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert READER.parts([pdf("one,100,100")]) == [3, 85]
