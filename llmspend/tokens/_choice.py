"""Which tokenizer counts a model's text: ENCODINGS, asked for one name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspend.cost_map import CostMap, load_cost_map
from llmspend.encodings import DEFAULT_TOKENIZER, ENCODINGS, FRAMINGS, VOCABULARIES, Framing
from llmspend.tokens._tokenizers import HuggingFace, Tokenizer, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.encodings import Compat


class Choice(NamedTuple):
    """The tokenizer of a model.

    Attributes
    ----------
    tokenizer
        Its name.
    exact
        Whether it is the model's own.
    """

    tokenizer: str
    exact: bool


def choose(
    model: str | None,
    compat: Compat,
    cost_map: CostMap | None,
    *,
    hugging_face: bool = True,
) -> Choice:
    """Return the tokenizer for a model; without `hugging_face`, only tiktoken's encodings."""
    provider = provider_of(model, cost_map)
    own = _first(_bare(model), provider, "exact", hugging_face=hugging_face)
    if compat == "exact":
        return own
    choice = _first(model or "", provider, "litellm", hugging_face=hugging_face)
    return choice._replace(exact=own.exact and choice.tokenizer == own.tokenizer)


def framing_of(model: str | None, cost_map: CostMap | None) -> Framing:
    """Return what the chat format of a model adds to the texts of its messages."""
    provider = provider_of(model, cost_map)
    for pattern, only, framing in FRAMINGS:
        if only == provider and re.search(pattern, model or ""):
            return framing
    return Framing()


def tokenizer_of(
    custom: Mapping[str, Any] | None, choice: Choice, model_encoding: Choice
) -> tuple[Tokenizer, bool]:
    """Return the tokenizer to use, a custom one first, and whether it is the model's own."""
    if not custom:
        return load(choice.tokenizer), choice.exact
    if custom["type"] == "huggingface_tokenizer":
        return HuggingFace("custom_tokenizer", custom["tokenizer"]), True
    if custom["type"] == "openai_tokenizer":
        # LiteLLM takes the encoding of the model, whatever object was given
        return load(model_encoding.tokenizer), model_encoding.exact
    raise ValueError("Unsupported tokenizer type")


def provider_of(model: str | None, cost_map: CostMap | None) -> str | None:
    """Return the provider of the cost-map entry that has exactly this name."""
    entry = (cost_map or packaged_cost_map()).entries.get(model or "")
    return entry.get("litellm_provider") if entry else None


@lru_cache(maxsize=1)
def packaged_cost_map() -> CostMap:
    """Read the packaged cost map once per process."""
    return load_cost_map()


def _bare(model: str | None) -> str:
    return (model or "").rsplit("/", maxsplit=1)[-1].lower()


@lru_cache(maxsize=4096)
def _first(name: str, provider: str | None, compat: Compat, *, hugging_face: bool) -> Choice:
    for rule in ENCODINGS[compat]:
        if rule.provider not in {None, provider} or not re.search(rule.pattern, name):
            continue
        tokenizer = rule.tokenizer or _named_by_tiktoken(name)
        if tokenizer and (hugging_face or not _is_hugging_face(tokenizer)):
            return Choice(tokenizer, rule.exact)
    return Choice(DEFAULT_TOKENIZER, exact=False)


def _is_hugging_face(tokenizer: str) -> bool:
    vocabulary = VOCABULARIES.get(tokenizer)
    return "/" in tokenizer or (vocabulary is not None and vocabulary.hugging_face)


def _named_by_tiktoken(name: str) -> str | None:
    from tiktoken.model import encoding_name_for_model  # noqa: PLC0415 - heavy

    try:
        return str(encoding_name_for_model(name))
    except KeyError:
        return None
