"""Whole columns: every row gets what the one-call function gives."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspend import load_cost_map
from llmspend import tokens as t
from llmspend.errors import InputError
from llmspend.tokens import _text
from llmspend.tokens._tokenizers import load

MAP = load_cost_map(
    {
        "gpt-4o": {"litellm_provider": "openai"},
        "claude-acme": {"litellm_provider": "anthropic"},
    }
)
MODELS = ("gpt-4o", "azure/gpt-4o", "claude-acme", "acme/small", None)
COMPATS = ("exact", "litellm")
SMALL = t.TokenSettings(slice_characters=5, max_exact_characters=40)
TEXTS = st.lists(
    st.none()
    | st.text(st.characters(codec="utf-8"), max_size=60)
    | st.sampled_from(["", "hello", "hello world " * 9, "<EOT>hi<META>", "ﬁ①é"]),
    max_size=8,
)
CHATS = [
    [],
    [{"role": "user", "content": "hello"}],
    [{"role": "system", "content": "hello"}, {"role": "user", "content": ["hello", "x" * 30]}],
    [{"role": "user", "content": "\ud83d surrogate"}],
    [{"role": "user", "content": [{"type": "input_audio"}]}],
    ["hello"],
    [{"role": "assistant", "tool_calls": [{"function": {"arguments": '{"a": 1}'}}]}],
]


def outcome(call):
    """Return what a call gives; an error is none, as in a column."""
    try:
        count = call()
    except (ValueError, TypeError):
        return None
    return int(count), count.tokenizer, count.exact


@pytest.mark.parametrize("compat", COMPATS)
@given(texts=TEXTS, models=st.lists(st.sampled_from(MODELS), min_size=8, max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_row_gets_what_its_text_gets(compat, texts, models):
    models = models[: len(texts)]
    given_ = {"compat": compat, "cost_map": MAP, "settings": SMALL}
    expected = [
        text if text is None else outcome(lambda m=m, x=text: t.token_counter(m, text=x, **given_))
        for m, text in zip(models, texts, strict=True)
    ]
    frame = pl.DataFrame(
        {"text": texts, "model": models}, schema={"text": pl.String, "model": pl.String}
    )
    told = t.count_tokens(frame["text"], frame["model"], details=True, **given_)
    assert [row and tuple(row.values())[:3] for row in told] == expected
    lazy = frame.lazy().select(t.count_tokens(pl.col("text"), pl.col("model"), **given_))
    for engine in ("in-memory", "streaming"):
        counts = lazy.collect(engine=engine)["text"].to_list()
        assert counts == [row and row[0] for row in expected]


@pytest.mark.parametrize("compat", COMPATS)
@pytest.mark.parametrize("model", MODELS)
def test_a_conversation_gets_what_its_messages_get(compat, model):
    given_ = {"compat": compat, "cost_map": MAP, "settings": SMALL}
    expected = [
        outcome(lambda chat=chat: t.token_counter(model, messages=chat, **given_)) for chat in CHATS
    ]
    column = pl.Series("chat", [*map(json.dumps, CHATS), None])
    counts = t.count_tokens(column, model, messages=True, **given_)
    assert counts.to_list() == [*(row and row[0] for row in expected), None]
    lazy = (
        column.to_frame()
        .lazy()
        .select(t.count_tokens(pl.col("chat"), model, messages=True, **given_))
    )
    assert lazy.collect(engine="streaming")["chat"].to_list() == counts.to_list()


def test_a_whole_request_may_stand_in_a_cell():
    request = {
        "model": "x",
        "messages": [{"role": "system", "content": "hello"}],
        "tools": [{"name": "f", "description": "Do."}],
        "tool_choice": "none",
    }
    counts = t.count_tokens(pl.Series([json.dumps(request)]), "gpt-4o", messages=True)
    del request["model"]
    assert counts.to_list() == [t.token_counter("gpt-4o", **request)]


ODD_CELLS = [
    ("", "no JSON"),
    ("{", "no JSON"),
    ("[" * 100_000, "no JSON"),
    ("5", "neither a JSON list"),
    ('{"prompt": "x"}', "neither a JSON list"),
    ('["x"]', "TypeError: Invalid message type"),
    ('[{"content": [5]}]', "ValueError: Error getting number of tokens"),
]


@pytest.mark.parametrize(("cell", "error"), ODD_CELLS)
def test_a_cell_that_cannot_be_counted_is_null_and_says_why(cell, error):
    column = pl.Series([cell, "[]"])
    told = t.count_tokens(column, "gpt-4o", messages=True, details=True)
    assert told.struct.field("tokens").to_list() == [None, 3]
    assert error in told[0]["error"]
    assert told[1]["error"] is None


def test_a_content_list_may_have_a_default():
    column = pl.Series(['[{"content": [5]}]'])
    counts = t.count_tokens(column, "gpt-4o", messages=True, default_token_count=17)
    assert counts.to_list() == [3 + 17 + 3]


def test_columns_of_nothing():
    for dtype in (pl.String, pl.Null):
        empty = pl.Series("x", [], dtype=dtype)
        assert t.count_tokens(empty, "gpt-4o").to_list() == []
        models = pl.Series([], dtype=pl.String)
        assert t.count_tokens(empty, models, details=True).to_list() == []
    nulls = pl.Series("x", [None, None])
    assert t.count_tokens(nulls, "gpt-4o").to_list() == [None, None]
    assert t.count_tokens(nulls, "gpt-4o", messages=True).to_list() == [None, None]


def test_categories_are_texts():
    column = pl.Series(["hello", None, "hello"], dtype=pl.Categorical)
    assert t.count_tokens(column, "gpt-4o").to_list() == [1, None, 1]


def test_names_and_types_are_kept():
    frame = pl.DataFrame({"ask": ["hello"], "model": ["gpt-4o"]})
    assert frame.select(t.count_tokens(pl.col("ask"), "gpt-4o")).schema == {"ask": pl.Int64}
    assert frame.select(t.count_tokens(pl.col("ask"), pl.col("model"))).schema == {"ask": pl.Int64}
    assert t.count_tokens(frame["ask"], "gpt-4o").name == "ask"
    told = frame.lazy().select(t.count_tokens(pl.col("ask"), "gpt-4o", details=True))
    assert told.collect_schema() == told.collect().schema


class Counted:
    """A tokenizer that remembers what it was asked."""

    name, hugging_face = "acme", False

    def __init__(self):
        self.texts = []

    def count(self, text):
        self.texts.append(text)
        return len(text)


@pytest.fixture
def counted(monkeypatch):
    tokenizer = Counted()
    monkeypatch.setattr("llmspend.tokens._choice.load", lambda _: tokenizer)
    return tokenizer.texts


def test_a_text_is_counted_once(counted):
    column = pl.Series(["hello", "acme", None, "hello", "acme"] * 100)
    assert t.count_tokens(column, "gpt-4o").to_list() == [5, 4, None, 5, 4] * 100
    assert sorted(counted) == ["acme", "hello"]


def test_texts_of_conversations_are_counted_once(counted):
    chats = [[{"role": "user", "content": f"{i % 2}"}] for i in range(9)]
    t.count_tokens(pl.Series(map(json.dumps, chats)), "gpt-4o", messages=True)
    assert sorted(counted) == ["0", "1", "user"]


def test_a_text_is_counted_once_over_all_batches(counted):
    expr = t.count_tokens(pl.col("x"), "gpt-4o")
    for batch in (["hello", "acme"], ["acme", "hello"], ["hello", "world"]):
        got = pl.DataFrame({"x": batch}).select(expr)["x"].to_list()
        assert got == [len(text) for text in batch]
    assert sorted(counted) == ["acme", "hello", "world"]


def test_what_is_remembered_is_bounded(counted, monkeypatch):
    monkeypatch.setattr("llmspend.tokens._memory._MAX_CHARACTERS", 5)
    expr = t.count_tokens(pl.col("x"), "gpt-4o")
    for batch in (["hello"], ["acme"], ["acme", "hello"]):
        pl.DataFrame({"x": batch}).select(expr)
    assert counted == ["hello", "acme", "acme"]


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_change_nothing(monkeypatch, threads):
    texts = [f"hello {i} " * (i % 40) for i in range(400)]
    expected = [load("o200k_base").count(text) for text in texts]
    monkeypatch.setattr(_text, "BLOCK_BYTES", 5_000)
    monkeypatch.setattr(_text, "_TASK_BYTES", 300)
    monkeypatch.setattr(_text, "_threads", lambda: threads)
    assert t.count_tokens(pl.Series(texts), "gpt-4o").to_list() == expected
    whole = t.count_tokens(pl.Series(texts), "gpt-4o", compat="litellm", settings=SMALL)
    assert whole[3] == t.token_counter("gpt-4o", text=texts[3], settings=SMALL)


@pytest.mark.parametrize("compat", COMPATS)
def test_enormous_texts_in_columns(compat):
    texts = ["a" + " " * 1_300_000 + "b", "hello", "ab " * 400_000]
    counts = [t.token_counter("gpt-4o", text=text, compat=compat) for text in texts]
    told = t.count_tokens(pl.Series(texts), "gpt-4o", compat=compat, details=True)
    assert told.struct.field("tokens").to_list() == counts
    assert told.struct.field("exact").to_list() == [count.exact for count in counts]


def test_blocks_are_runs_of_about_a_size():
    column = pl.Series(["a" * 84, "b" * 400, "", "c", "d" * 84])
    blocks = [block.to_list() for block in _text.blocks_of(column, 100)]
    assert [text for block in blocks for text in block] == column.to_list()
    assert [len(block) for block in blocks] == [1, 3, 1]
    tens = pl.Series(["a" * 50] * 10)
    assert [block.len() for block in _text.blocks_of(tens, 200)] == [3, 3, 3, 1]
    assert [block.len() for block in _text.blocks_of(tens, 10)] == [1] * 10
    assert not list(_text.blocks_of(column.head(0), 100))


@pytest.mark.usefixtures("counted")
def test_switched_off_everything_is_zero():
    off = t.TokenSettings(disable_token_counter=True)
    column = pl.Series(["hello", None])
    assert t.count_tokens(column, "gpt-4o", settings=off).to_list() == [0, None]


@pytest.fixture
def no_hub(monkeypatch, tmp_path):
    monkeypatch.setenv("LLMSPEND_TOKENIZERS", str(tmp_path))
    monkeypatch.setattr("llmspend.tokens._hub._in_cache", lambda *_: None)


@pytest.mark.usefixtures("no_hub")
def test_a_tokenizer_that_is_not_here_spoils_only_its_rows():
    column, models = pl.Series(["hello", "hello"]), pl.Series(["acme/llama-3", "gpt-4o"])
    told = t.count_tokens(column, models, details=True)
    assert told.struct.field("tokens").to_list() == [None, 1]
    assert "not on this machine" in told[0]["error"]
    with pytest.raises(InputError, match="not on this machine"):
        t.count_tokens(column, "acme/llama-3")


def test_a_custom_tokenizer_counts_columns_too(words):
    column = pl.Series(["hello world", "", None])
    told = t.count_tokens(column, "x", custom_tokenizer=words, details=True)
    assert told[0] == {"tokens": 3, "tokenizer": "custom_tokenizer", "exact": True, "error": None}
    assert told.struct.field("tokens").to_list() == [3, 1, None]


WRONG = [
    (lambda: t.count_tokens(pl.Series([5]), "gpt-4o"), "holds Int64; tokens are of text"),
    (lambda: t.count_tokens(pl.Series([[{"a": 1}]]), "x", messages=True), "from JSON text"),
    (lambda: t.count_tokens(pl.Series(["a"]), "x", compat="acme"), "it is 'exact' or 'litellm'"),
    (lambda: t.count_tokens(pl.Series(["a"]), pl.col("m")), "takes a Series"),
    (lambda: t.count_tokens(pl.col("a"), pl.Series(["m"])), "takes an expression"),
]


@pytest.mark.parametrize(("call", "says"), WRONG)
def test_arguments_that_make_no_sense_are_errors(call, says):
    with pytest.raises(InputError, match=says):
        call()
