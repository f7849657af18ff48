"""A Hugging Face tokenizer that counts words, and begins every text with a token of its own."""

from __future__ import annotations

import json

import pytest

from llmspend import tokens

WORDS = ("[UNK]", "<s>", "hello", "acme", "world")


@pytest.fixture(scope="session")
def words_json():
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    begin = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return json.dumps(
        {
            "version": "1.0",
            "added_tokens": [{"id": 1, "content": "<s>", "special": True, **special}],
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": begin,
                "pair": begin,
                "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
            },
            "model": {
                "type": "WordLevel",
                "vocab": {word: i for i, word in enumerate(WORDS)},
                "unk_token": "[UNK]",
            },
        }
    )


@pytest.fixture(scope="session")
def words(words_json):
    return tokens.create_tokenizer(words_json)
