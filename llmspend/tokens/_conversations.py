"""Conversations as JSON texts, many at once: their texts are counted together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from llmspend.tokens._messages import as_dicts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspend.tokens._messages import MessageReader, Part


class Conversation(NamedTuple):
    """What a conversation counts.

    Attributes
    ----------
    tokens
        None where it cannot be counted.
    error
        Why not.
    """

    tokens: int | None
    error: str | None


def count_conversations(
    texts: Sequence[str],
    reader: MessageReader,
    count: Callable[[str], int],
    count_all: Callable[[pl.Series], pl.Series],
) -> list[Conversation]:
    """Count conversations: read all, count every distinct text in them once, add up.

    Parameters
    ----------
    texts
        JSON: a list of messages, or an object with ``messages`` and perhaps ``tools`` and
        ``tool_choice``.
    reader
        Reads the messages.
    count
        Counts one text.
    count_all
        Counts a column of texts.

    Returns
    -------
    list of Conversation
        One for each text.
    """
    read = [_read(text, reader) for text in texts]
    distinct = {part for parts in read if isinstance(parts, list) for part in parts}
    known = _count(
        [part for part in distinct if isinstance(part, str)], count=count, count_all=count_all
    )
    return [
        Conversation(None, parts)
        if isinstance(parts, str)
        else Conversation(sum(known[p] if isinstance(p, str) else p for p in parts), None)
        for parts in read
    ]


def _read(text: str, reader: MessageReader) -> list[Part] | str:
    """Return the parts of a conversation, or why there are none."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    request: dict[str, Any] = parsed if isinstance(parsed, dict) else {"messages": parsed}
    if not isinstance(request.get("messages"), list):
        return "neither a JSON list of messages nor an object with such messages"
    try:
        messages = as_dicts(request["messages"])
        extra = reader.extra_parts(messages, request.get("tools"), request.get("tool_choice"))
        return [*reader.parts(messages), *extra]
    except Exception as error:  # noqa: BLE001 - messages can be odd in any way
        return f"{type(error).__name__}: {error}"


def _count(
    texts: list[str],
    count: Callable[[str], int],
    count_all: Callable[[pl.Series], pl.Series],
) -> dict[str, int]:
    try:
        column = pl.Series(texts, dtype=pl.String)
    except UnicodeEncodeError:  # lone surrogates, which JSON can hold and a column cannot
        odd = {text for text in texts if not _is_encodable(text)}
        rest = [text for text in texts if text not in odd]
        return {text: count(text) for text in odd} | _count(rest, count, count_all)
    return dict(zip(texts, count_all(column).to_list(), strict=True))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
