"""Writes small LiteLLM_SpendLogs files for the tests of the reader, and reads them."""

from __future__ import annotations

import gzip
import itertools
import json

from llmspend import read_logs

_NUMBERS = itertools.count(1)
METADATA = {
    "user_api_key_alias": "prod",
    "user_api_key_team_alias": "Search",
    "usage_object": {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 30},
    },
}


def row(**columns):
    """A new row of the table as the proxy's API gives it, with `columns` laid over it."""
    return {
        "request_id": f"r-{next(_NUMBERS)}",
        "call_type": "acompletion",
        "api_key": "0" * 64,
        "spend": 0.0012,
        "total_tokens": 1100,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "startTime": "2026-07-01T10:00:00.000Z",
        "endTime": "2026-07-01T10:00:02.500Z",
        "request_duration_ms": None,
        "model": "acme/small",
        "custom_llm_provider": "acme",
        "user": "u-1",
        "team_id": "t-1",
        "end_user": "",
        "cache_hit": "None",
        "request_tags": ["env:prod"],
        "metadata": METADATA,
        "status": "success",
        "messages": {"role": "user", "content": "SECRET PROMPT"},
        "response": {"content": "SECRET ANSWER"},
    } | columns


def jsonl(path, *rows):
    """Write rows as JSON lines; a row that is text is a line as it is."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "wt", encoding="utf-8") as file:
        for each in rows:
            file.write((each if isinstance(each, str) else json.dumps(each)) + "\n")
    return path


def as_csv(path, *rows):
    r"""Write rows as psql's ``\copy … CSV HEADER`` does: nothing for NULL, "" for empty text."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        columns = list(rows[0])
        file.write(",".join(columns) + "\n")
        for each in rows:
            file.write(",".join(_cell(each[c]) for c in columns) + "\n")
    return path


def read(path):
    return read_logs(path).collect()


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    text = str(value)
    needs_quotes = text == "" or any(c in text for c in ',"\n\r')
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text
