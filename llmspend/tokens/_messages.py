"""Messages as what is counted: texts, and numbers of tokens for what is no text.

One walk serves a single call and whole columns: it gives parts, and who asked counts the texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from llmspend.encodings import Framing
from llmspend.tokens._documents import anthropic_data_url, pages_of_pdf
from llmspend.tokens._images import IMAGE_TOKENS, tokens_in_detail
from llmspend.tokens._settings import TokenSettings
from llmspend.tokens._tokenizers import check_encodable
from llmspend.tokens._tools import render_tools

Part = str | int
"""A text whose tokens count, or a number of tokens."""
Message = Mapping[str, Any]

_REPLY: Final = 3  # every reply is primed with <|start|>assistant<|message|>
_TOOLS: Final = 9
_TOOLS_WITH_SYSTEM: Final = -4
_NO_TOOL: Final = 1
_NAMED_TOOL: Final = 7
_BLOCKS: Final = (
    "text, image_url, image, document, file, tool_use, tool_result, thinking, redacted_thinking, "
    "tool_reference"
)
_DETAILS: Final = ("low", "high", "auto")
_COUNTED_FIELDS: Final = {"tool_use": ("name", "input", "caller"), "tool_result": ("content",)}
_NEEDED_FIELDS: Final = {"tool_use": (), "tool_result": ("tool_use_id",)}


def as_dicts(messages: Iterable[Any]) -> list[dict[str, Any]]:
    """Return messages as dicts without keys that say nothing."""
    return [{k: v for k, v in _as_dict(m).items() if v is not None} for m in messages]


@dataclass(frozen=True, slots=True)
class MessageReader:
    """Reads the parts of messages, with LiteLLM's answers to odd ones.

    Attributes
    ----------
    framing
        What the chat format adds.
    settings
        Constants for images.
    flat_images
        Every image counts `settings.image_tokens`.
    default
        What a content list counts in which something is wrong; None raises.
    may_fetch
        Whether images may be fetched.
    strict
        Whether the tokenizer refuses lone surrogates.
    """

    framing: Framing = field(default_factory=Framing)
    settings: TokenSettings = field(default_factory=TokenSettings)
    flat_images: bool = False
    default: int | None = None
    may_fetch: bool = False
    strict: bool = False

    def parts(self, messages: Iterable[Message]) -> list[Part]:
        """Return the parts of messages."""
        return [part for message in messages for part in self._message(message)]

    def extra_parts(
        self,
        messages: Iterable[Message],
        tools: Any,  # noqa: ANN401 - as given
        tool_choice: Any,  # noqa: ANN401 - as given
    ) -> list[Part]:
        """Return what a request counts beside its messages."""
        parts: list[Part] = [_REPLY]
        if tools:
            parts += [self._text(render_tools(tools)), _TOOLS]
            if any(message.get("role") == "system" for message in messages):
                parts.append(_TOOLS_WITH_SYSTEM)
        if tool_choice == "none":
            parts.append(_NO_TOOL)
        elif isinstance(tool_choice, dict):
            parts += [_NAMED_TOOL, self._text(str(tool_choice["function"]["name"]))]
        return parts

    def _message(self, message: Message) -> list[Part]:
        parts: list[Part] = [self.framing.per_message]
        for key, value in message.items():
            if key == "tool_calls":
                parts += self._tool_calls(value, message)
            elif key == "function_call":
                if not isinstance(value, Mapping):
                    raise ValueError(_unsupported(value, key, message))
                parts.append(self._text(str(value.get("arguments", ""))))
            elif isinstance(value, str):
                parts.append(self._text(value))
                if key == "name":
                    parts.append(self.framing.per_name)
            elif key == "content" and isinstance(value, list):
                parts += self._content(value)
            elif key == "search_results" and isinstance(value, list):
                parts += self._unless_empty(_text_of_search(value))
        return parts

    def _text(self, value: Any) -> str:  # noqa: ANN401 - as given
        if not isinstance(value, str):
            raise TypeError(f"expected text, not {type(value).__name__}")
        if self.strict:
            check_encodable(value)
        return value

    def _tool_calls(self, calls: Any, message: Message) -> list[Part]:  # noqa: ANN401 - as given
        if not isinstance(calls, list):
            raise ValueError(_unsupported(calls, "tool_calls", message))  # noqa: TRY004 - LiteLLM's
        for call in calls:
            if "function" not in call:
                raise ValueError(f"Unsupported tool call {call} must contain a function key")
        return [self._text(str(call["function"].get("arguments", ""))) for call in calls]

    def _content(self, blocks: Iterable[Any]) -> list[Part]:
        try:
            return [part for block in blocks for part in self._block(block)]
        except Exception as error:
            if self.default is not None:
                return [self.default]
            raise ValueError(
                f"Error getting number of tokens from content list: {error}, "
                f"default_token_count={self.default}"
            ) from error

    def _block(self, block: Any) -> list[Part]:  # noqa: ANN401 - as given
        if isinstance(block, str):
            return [self._text(block)]
        parts: list[Part]
        match block["type"]:
            case "text":
                parts = [self._text(str(block.get("text", "")))]
            case "image_url":
                parts = [self._image_url(block.get("image_url"))]
            case "image":
                anthropic_data_url(block["source"])  # for its errors
                parts = [self._image_tokens]
            case "document":
                parts = self._document(block)
            case "file":
                parts = self._file(block.get("file"))
            case "tool_use" | "tool_result" as kind:
                parts = self._anthropic(kind, block)
            case "thinking" | "redacted_thinking":
                parts = self._unless_empty(str(block.get("thinking", "")))
            case "tool_reference":
                parts = self._unless_empty(str(block.get("tool_name") or ""))
            case kind:
                raise ValueError(
                    f"Invalid content item type: {kind}. "
                    f"Expected str or dict with 'type' field ({_BLOCKS})."
                )
        return parts

    def _unless_empty(self, text: str) -> list[Part]:
        # some tokenizers count an empty text too
        return [self._text(text)] if text else []

    def _image_url(self, image: Any) -> int:  # noqa: ANN401 - as given
        if isinstance(image, dict):
            detail = image.get("detail", "auto")
            if detail not in _DETAILS:
                raise ValueError(
                    f"Invalid detail value: {detail}. Expected 'low', 'high', or 'auto'."
                )
            if not image.get("url"):
                raise ValueError("Missing required key 'url' in image_url dict.")
            if detail == "high" and not self.flat_images:
                return tokens_in_detail(image["url"], self.settings, may_fetch=self.may_fetch)
            return self._image_tokens
        if not isinstance(image, str):
            raise ValueError(  # noqa: TRY004 - LiteLLM's
                f"Invalid image_url type: {type(image).__name__}. "
                f"Expected str or dict with 'url' field."
            )
        if not image.strip():
            raise ValueError("Empty image_url string is not valid.")
        return self._image_tokens

    @property
    def _image_tokens(self) -> int:
        return self.settings.image_tokens if self.flat_images else IMAGE_TOKENS

    def _document(self, block: Message) -> list[Part]:
        source = block["source"]
        parts: list[Part] = [
            self._text(block[key]) for key in ("title", "context") if block.get(key)
        ]
        if source["type"] == "text":
            parts.append(self._text(source["data"]))
        elif source["type"] == "content":
            content = source["content"]
            parts += [self._text(content)] if isinstance(content, str) else self._content(content)
        else:
            parts += self._opaque(anthropic_data_url(source))
        return parts

    def _file(self, file: Any) -> list[Part]:  # noqa: ANN401 - as given
        """Read a file block, OpenAI's spelling of a document."""
        if not isinstance(file, Mapping):
            return []
        name, data = file.get("filename"), file.get("file_data")
        parts = self._unless_empty(name) if isinstance(name, str) else []
        return [*parts, *self._opaque(data)] if isinstance(data, str) and data else parts

    def _opaque(self, data_url: str) -> list[Part]:
        pages = pages_of_pdf(data_url)
        return [self._image_tokens] if pages is None else pages

    def _anthropic(self, kind: str, block: Message) -> list[Part]:
        missing = [name for name in _NEEDED_FIELDS[kind] if name not in block]
        if missing:
            raise ValueError(f"Missing required fields in {kind} block: {', '.join(missing)}")
        parts: list[Part] = []
        for name in _COUNTED_FIELDS[kind]:
            value = block.get(name)
            try:
                if isinstance(value, list):
                    parts += self._content(value)
                elif isinstance(value, (str, dict)):
                    parts.append(self._text(str(value)))
            except Exception as error:
                if self.default is not None:
                    return [self.default]
                raise ValueError(f"Error counting field '{name}': {error}") from error
        return parts


def _as_dict(message: Any) -> dict[str, Any]:  # noqa: ANN401 - as given
    if isinstance(message, dict):
        return message
    if hasattr(message, "model_dump"):
        dumped: dict[str, Any] = message.model_dump(exclude_none=True)
        return dumped
    raise TypeError(f"Invalid message type: {type(message)}. Expected dict or Pydantic model.")


def _unsupported(value: Any, key: str, message: Message) -> str:  # noqa: ANN401 - as given
    return f"Unsupported type {type(value)} for key {key} in message {message}"


def _text_of_search(results: list[Any]) -> str:
    texts: list[str] = []
    for result in results:
        if not isinstance(result, dict):
            continue
        texts += [result[k] for k in ("source", "title") if isinstance(result.get(k), str)]
        content = result.get("content")
        blocks = [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
        texts += [b["text"] for b in blocks if isinstance(b.get("text"), str)]
        if result.get("citations") is not None:
            texts.append(json.dumps(result["citations"], separators=(",", ":")))
    return "".join(texts)
