"""Usage of logs that carry text but no counts."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import tokens as t
from llmspend.errors import InputError

LOG = pl.DataFrame(
    {
        "model": ["gpt-4o", "gpt-4o", "gpt-4o", "gpt-4o", "azure/gpt-4o"],
        "status": ["success", "success", "failure", None, "success"],
        "ask": ["hello", "hello", "hello", None, "hello world"],
        "said": ["hello world", "x", "x", "x", None],
        "prompt_tokens": [None, 7, 0, 0, 0],
        "completion_tokens": [0, 0, 0, None, None],
    }
)


@pytest.mark.parametrize("frame", [LOG, LOG.lazy()], ids=["eager", "lazy"])
def test_only_rows_without_usage_are_estimated(frame):
    usage = t.estimate_usage(frame, prompt="ask", completion="said")
    assert type(usage) is type(frame)
    usage = usage.lazy().collect()
    assert usage.columns == [*LOG.columns, "usage_estimated"]
    assert usage["prompt_tokens"].to_list() == [1, 7, 0, 0, 2]
    assert usage["completion_tokens"].to_list() == [2, 0, 0, None, 0]
    assert usage["usage_estimated"].to_list() == [True, False, False, False, True]


def test_counts_that_a_log_does_not_have_are_added():
    chats = pl.DataFrame({"llm": ["gpt-4o", "gpt-4o"], "chat": ["[]", "no JSON"]})
    usage = t.estimate_usage(chats, messages=pl.col("chat"), model="llm")
    assert usage.rows()[0][2:] == (3, 0, True)
    assert usage.rows()[1][2:] == (None, None, False)


def test_prompts_and_messages_count_otherwise():
    chats = LOG.head(1).with_columns(chat=pl.lit('[{"role": "user", "content": "hello"}]'))
    usage = t.estimate_usage(chats, messages="chat", compat="litellm")
    assert usage["prompt_tokens"].item() == 8


WRONG = [
    ({}, "either prompt or messages"),
    ({"prompt": "ask", "messages": "ask"}, "either prompt or messages"),
    ({"prompt": "asked"}, "no column 'asked'. There are: model, "),
    ({"prompt": "ask", "model": "llm"}, "no column 'llm'"),
]


@pytest.mark.parametrize(("given", "says"), WRONG)
def test_columns_that_are_not_there_are_errors(given, says):
    with pytest.raises(InputError, match=says):
        t.estimate_usage(LOG, **given)
