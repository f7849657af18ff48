"""The packaged vocabularies are OpenAI's files, to the byte, and follow tiktoken's definitions."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from itertools import pairwise

import pytest
from tiktoken_ext import openai_public

from llmspend.encodings import VOCABULARIES
from llmspend.errors import InputError
from llmspend.tokens import _vocabularies
from llmspend.tokens._vocabularies import encoding_of, tokens_of

CAP_BYTES = 1_950_000
OPENAI = sorted(name for name, row in VOCABULARIES.items() if not row.hugging_face)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def as_tiktoken_file(name):
    tokens = [(t, rank) for rank, t in enumerate(tokens_of(name)) if t is not None]
    return b"".join(b"%b %d\n" % (base64.b64encode(t), rank) for t, rank in tokens)


def shown_as(token, characters):
    return "".join(characters[byte] for byte in token)


def merged_pair(token, ranks):
    """Merge a token's bytes by rank, as training did, until two parts are left."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, len(ranks)) for a, b in pairwise(parts)]
        best = pairs.index(min(pairs))
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return parts


def gpt2_files():
    """Write the two files that tiktoken makes gpt2 of."""
    tokens = tokens_of("gpt2")
    shown = [b for b in range(256) if chr(b).isprintable() and chr(b) != " "]
    hidden = [b for b in range(256) if b not in shown]
    characters = {b: chr(b) for b in shown} | {b: chr(256 + n) for n, b in enumerate(hidden)}
    ranks = {token: rank for rank, token in enumerate(tokens)}
    merges = [
        " ".join(shown_as(part, characters) for part in merged_pair(token, ranks))
        for token in tokens[256:]
    ]
    encoder = {shown_as(token, characters): rank for token, rank in ranks.items()}
    encoder |= VOCABULARIES["gpt2"].special
    return {
        "vocab_bpe_hash": "\n".join(["#version: 0.2", *merges, ""]).encode(),
        "encoder_json_hash": json.dumps(encoder).encode(),
    }


@pytest.fixture
def official(monkeypatch):
    """Digests and definitions of tiktoken, without its downloads."""
    asked = {}
    monkeypatch.setattr(
        openai_public, "load_tiktoken_bpe", lambda _, expected_hash: asked.update(h=expected_hash)
    )
    monkeypatch.setattr(
        openai_public, "data_gym_to_mergeable_bpe_ranks", lambda **h: asked.update({"h": h})
    )
    return lambda name: (openai_public.ENCODING_CONSTRUCTORS[name](), asked["h"])


@pytest.mark.parametrize("name", OPENAI)
def test_every_encoding_is_the_official_one(name, official):
    definition, digest = official(name)
    row = VOCABULARIES[name]
    assert row.pattern == definition["pat_str"]
    assert row.special == definition["special_tokens"]
    if isinstance(digest, str):
        assert sha256(as_tiktoken_file(name)) == digest
    else:
        assert {key: sha256(data) for key, data in gpt2_files().items()} == {
            key: digest[key] for key in ("vocab_bpe_hash", "encoder_json_hash")
        }


def test_no_official_encoding_is_left_out():
    assert set(OPENAI) == set(openai_public.ENCODING_CONSTRUCTORS)


def test_claude_has_its_special_tokens_before_all_others():
    tokens = tokens_of("claude")
    assert len(tokens) == 65_000
    assert [i for i, token in enumerate(tokens) if token is None] == [0, 1, 2, 3, 4]
    assert len(set(tokens)) == 65_000 - 4


def test_the_files_together_stay_small():
    folder = resources.files("llmspend") / "data"
    files = {row.file for row in VOCABULARIES.values()}
    assert sum(len((folder / f"{file}.parquet").read_bytes()) for file in files) <= CAP_BYTES


def test_an_unknown_encoding_names_the_nearest():
    with pytest.raises(InputError, match="Nearest: cl100k_base"):
        encoding_of("cl100k_bass")


def test_an_encoding_that_tiktoken_cannot_get_says_what_to_do(monkeypatch):
    def refuse(_):
        raise ConnectionError

    monkeypatch.setattr("tiktoken.get_encoding", refuse)
    monkeypatch.setattr("tiktoken.list_encoding_names", lambda: ["acme_base"])
    _vocabularies.encoding_of.cache_clear()
    with pytest.raises(InputError, match=r"TIKTOKEN_CACHE_DIR.*get_encoding\('acme_base'\)"):
        encoding_of("acme_base")
