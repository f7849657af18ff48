"""LiteLLM's helpers for one text or one conversation, under LiteLLM's names."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from llmspend.tokens._choice import choose, framing_of, tokenizer_of
from llmspend.tokens._hub import pretrained_tokenizer, read_tokenizer
from llmspend.tokens._messages import MessageReader, as_dicts
from llmspend.tokens._settings import TokenSettings
from llmspend.tokens._text import TextCounter
from llmspend.tokens._tokenizers import HuggingFace, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspend.cost_map import CostMap
    from llmspend.encodings import Compat
    from llmspend.tokens._tokenizers import Tokenizer

_ENCODE_WITH = "cl100k_base"


class TokenCount(int):
    """A number of tokens that knows how it was counted.

    Attributes
    ----------
    tokenizer
        Name of the tokenizer that counted.
    exact
        Whether it is the model's own and counted the text whole. What a provider adds to
        messages is not public, so counts of messages are never exact.

    Examples
    --------
    >>> count = TokenCount(3, "cl100k_base", exact=True)
    >>> count + 1, count.tokenizer, count.exact
    (4, 'cl100k_base', True)
    """

    tokenizer: str
    exact: bool

    def __new__(cls, tokens: int, tokenizer: str, *, exact: bool) -> Self:
        """Make a count."""
        count = super().__new__(cls, tokens)
        count.tokenizer = tokenizer
        count.exact = exact
        return count

    def __reduce__(self) -> tuple[Any, ...]:
        return _token_count, (int(self), self.tokenizer, self.exact)


def _token_count(tokens: int, tokenizer: str, exact: bool) -> TokenCount:
    return TokenCount(tokens, tokenizer, exact=exact)


@lru_cache(maxsize=1)
def environment() -> TokenSettings:
    """Read the environment once per process, as LiteLLM does."""
    return TokenSettings.of_environment()


def counter_for(
    model: str | None,
    compat: Compat,
    cost_map: CostMap | None,
    settings: TokenSettings,
    custom_tokenizer: Mapping[str, Any] | None,
) -> tuple[TextCounter, bool]:
    """Return what counts a model's texts, and whether with the model's own tokenizer."""
    allowed = not settings.disable_hf_tokenizer_download
    choice = choose(model, compat, cost_map, hugging_face=allowed)
    plain = choose(model, compat, cost_map, hugging_face=False)
    tokenizer, exact = tokenizer_of(custom_tokenizer, choice, plain)
    return TextCounter(tokenizer, compat, settings), exact


def token_counter(
    model: str | None = "",
    custom_tokenizer: Mapping[str, Any] | None = None,
    text: str | list[str] | None = None,
    messages: Sequence[Any] | None = None,
    count_response_tokens: bool | None = False,
    tools: Sequence[Any] | None = None,
    tool_choice: Any = None,  # noqa: ANN401 - as LiteLLM's
    use_default_image_token_count: bool | None = False,
    default_token_count: int | None = None,
    *,
    compat: Compat = "litellm",
    cost_map: CostMap | None = None,
    allow_fetch: bool = False,
    settings: TokenSettings | None = None,
) -> TokenCount:
    """Count the tokens of a text or of messages, as LiteLLM does.

    Parameters
    ----------
    model
        Name of the model; LiteLLM looks it up as it is written, prefix included.
    custom_tokenizer
        What `create_tokenizer` or `create_pretrained_tokenizer` gave.
    text
        A text, or a list of texts that are joined.
    messages
        Instead of a text: messages of OpenAI's or Anthropic's shape, dicts or Pydantic models.
    count_response_tokens
        Whether messages are an answer: nothing is added for the reply and tools.
    tools
        Tool definitions sent with the messages.
    tool_choice
        As sent with them.
    use_default_image_token_count
        Count every image the same.
    default_token_count
        What a list of content blocks counts in which something is wrong, instead of an error.
    compat
        ``"litellm"`` gives LiteLLM's numbers: texts cut into slices of 1024 characters, models
        it does not know by cl100k_base. ``"exact"`` counts whole texts by the tokenizer that
        belongs to the model, whatever its prefix.
    cost_map
        Tells which provider a model is of; None for the packaged one.
    allow_fetch
        Whether images in high detail may be fetched from where they are.
    settings
        Limits and switches; None for those of the environment.

    Returns
    -------
    TokenCount
        The number of tokens, with the ``tokenizer`` and whether it is ``exact``.

    Raises
    ------
    ValueError
        When both or neither of text and messages are given, or a message makes no sense.
    TypeError
        When a text or message is of no known type.
    InputError
        When the model's tokenizer is not on this machine; LiteLLM counts with another.

    Examples
    --------
    >>> token_counter("gpt-4o", text="Hello, world!")
    4
    >>> count = token_counter("gpt-4o", messages=[{"role": "user", "content": "Hello, world!"}])
    >>> count, count.tokenizer, count.exact
    (11, 'o200k_base', False)
    """
    settings = settings or environment()
    if settings.disable_token_counter:
        return TokenCount(0, "none", exact=False)
    if text is not None and messages is not None:
        raise ValueError("text and messages cannot both be set")
    if text is None and messages is None:
        raise ValueError("Either text or messages must be provided")
    if text is not None and (tools or tool_choice):
        raise ValueError("tools or tool_choice cannot be set if using text")
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}; it takes a str or a list of str")
    conversation = None if messages is None else as_dicts(messages)
    counter, exact = counter_for(model, compat, cost_map, settings, custom_tokenizer)
    if text is not None:
        return TokenCount(
            counter.count(text), counter.tokenizer.name, exact=exact and counter.is_whole(text)
        )
    assert conversation is not None
    reader = MessageReader(
        framing_of(model, cost_map),
        settings,
        bool(use_default_image_token_count),
        default_token_count,
        allow_fetch,
        counter.tokenizer.hugging_face,
    )
    parts = reader.parts(conversation)
    if count_response_tokens is False:  # neither None nor 0, which LiteLLM tells apart
        parts += reader.extra_parts(conversation, tools, tool_choice)
    tokens = sum(counter.count(part) if isinstance(part, str) else part for part in parts)
    return TokenCount(tokens, counter.tokenizer.name, exact=False)


def encode(
    model: str | None = "",
    text: str = "",
    custom_tokenizer: Mapping[str, Any] | None = None,
    *,
    compat: Compat = "litellm",
    cost_map: CostMap | None = None,
    settings: TokenSettings | None = None,
) -> list[int]:
    """Encode a text into token ids, as LiteLLM does.

    Parameters
    ----------
    model
        Name of the model.
    text
        What to encode; special tokens in it are plain text to tiktoken's encodings.
    custom_tokenizer
        What `create_tokenizer` or `create_pretrained_tokenizer` gave.
    compat
        ``"litellm"`` encodes with cl100k_base wherever it takes tiktoken, for gpt-4o too;
        ``"exact"`` with the model's own encoding.
    cost_map
        Tells which provider a model is of; None for the packaged one.
    settings
        Limits and switches; None for those of the environment.

    Returns
    -------
    list of int
        Ids.

    Examples
    --------
    >>> encode("gpt-4o", "Hello, world!")
    [9906, 11, 1917, 0]
    >>> encode("gpt-4o", "Hello, world!", compat="exact")
    [13225, 11, 2375, 0]
    """
    if custom_tokenizer and custom_tokenizer["type"] == "openai_tokenizer":
        ids: list[int] = custom_tokenizer["tokenizer"].encode(text, disallowed_special=())
        return ids
    return _codec(model, custom_tokenizer, compat, cost_map, settings).encode(text)


def decode(
    model: str | None = "",
    tokens: Sequence[int] = (),
    custom_tokenizer: Mapping[str, Any] | None = None,
    skip_special_tokens: bool = True,
    *,
    compat: Compat = "litellm",
    cost_map: CostMap | None = None,
    settings: TokenSettings | None = None,
) -> str:
    """Decode token ids into text, as LiteLLM does.

    Parameters
    ----------
    model
        Name of the model.
    tokens
        Ids.
    custom_tokenizer
        What `create_tokenizer` or `create_pretrained_tokenizer` gave.
    skip_special_tokens
        Whether Hugging Face tokenizers leave their special tokens out.
    compat
        As for `encode`.
    cost_map
        Tells which provider a model is of; None for the packaged one.
    settings
        Limits and switches; None for those of the environment.

    Returns
    -------
    str
        The text.

    Raises
    ------
    KeyError
        When an id is none of tiktoken's.

    Examples
    --------
    >>> decode("gpt-4o", [9906, 11, 1917, 0])
    'Hello, world!'
    """
    if custom_tokenizer and custom_tokenizer["type"] != "huggingface_tokenizer":
        return str(custom_tokenizer["tokenizer"].decode(tokens))
    codec = _codec(model, custom_tokenizer, compat, cost_map, settings)
    return codec.decode(tokens, skip_special=skip_special_tokens)


def create_tokenizer(json: str) -> dict[str, Any]:
    """Make a tokenizer of the text of a ``tokenizer.json``.

    Parameters
    ----------
    json
        What the tokenizers library saved.

    Returns
    -------
    dict
        A ``custom_tokenizer``: its ``type`` and the ``tokenizer``.

    Examples
    --------
    >>> words = '{"type": "WordLevel", "vocab": {"[UNK]": 0, "hello": 1}, "unk_token": "[UNK]"}'
    >>> mine = create_tokenizer('{"version": "1.0", "model": ' + words + "}")
    >>> encode(text="hello", custom_tokenizer=mine)
    [1]
    """
    return {"type": "huggingface_tokenizer", "tokenizer": read_tokenizer(json)}


def create_pretrained_tokenizer(
    identifier: str, revision: str = "main", auth_token: str | None = None
) -> dict[str, Any]:
    """Load a tokenizer of the Hugging Face hub, from this machine or else from the hub.

    Parameters
    ----------
    identifier
        Id of a repository with a ``tokenizer.json``, or the path of one.
    revision
        Branch, tag or commit; a full commit id is the same tomorrow.
    auth_token
        For repositories that are not public. It is neither kept nor shown.

    Returns
    -------
    dict
        A ``custom_tokenizer``: its ``type`` and the ``tokenizer``.

    Raises
    ------
    InputError
        When it cannot be had: the message says what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> words = '{"type": "WordLevel", "vocab": {"[UNK]": 0, "hello": 1}, "unk_token": "[UNK]"}'
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tokenizer.json"
    ...     _ = path.write_text('{"version": "1.0", "model": ' + words + "}")
    ...     mine = create_pretrained_tokenizer(str(path))
    >>> token_counter(text="hello", custom_tokenizer=mine)
    1
    """
    tokenizer = pretrained_tokenizer(identifier, revision, auth_token)
    return {"type": "huggingface_tokenizer", "tokenizer": tokenizer}


def _codec(
    model: str | None,
    custom: Mapping[str, Any] | None,
    compat: Compat,
    cost_map: CostMap | None,
    settings: TokenSettings | None,
) -> Tokenizer:
    if custom:
        return HuggingFace("custom_tokenizer", custom["tokenizer"])
    allowed = not (settings or environment()).disable_hf_tokenizer_download
    choice = choose(model, compat, cost_map, hugging_face=allowed)
    tokenizer = load(choice.tokenizer)
    if compat == "litellm" and not tokenizer.hugging_face:
        return load(_ENCODE_WITH)
    return tokenizer
