"""Tokens of texts and messages: LiteLLM's helpers for one, `count_tokens` for whole columns.

``token_counter``, ``encode``, ``decode``, ``create_tokenizer`` and
``create_pretrained_tokenizer`` have LiteLLM's names, arguments and results. `count_tokens` counts
columns of prompts or of messages, `estimate_usage` fills in what a log leaves out. Which tokenizer
a model has is the table `llmspend.encodings.ENCODINGS`; those of OpenAI and the published one of
Claude travel with the package, so nothing here needs a network.
"""

from __future__ import annotations

from llmspend.tokens._columns import count_tokens
from llmspend.tokens._files import count_tokens_in
from llmspend.tokens._scalar import (
    TokenCount,
    create_pretrained_tokenizer,
    create_tokenizer,
    decode,
    encode,
    token_counter,
)
from llmspend.tokens._settings import TokenSettings
from llmspend.tokens._usage import estimate_usage

__all__ = [
    "TokenCount",
    "TokenSettings",
    "count_tokens",
    "count_tokens_in",
    "create_pretrained_tokenizer",
    "create_tokenizer",
    "decode",
    "encode",
    "estimate_usage",
    "token_counter",
]
