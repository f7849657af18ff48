"""Tokenizers of the hub: found on this machine, fetched when asked for, never by surprise."""

from __future__ import annotations

import pytest

from llmspend import tokens as t
from llmspend.errors import InputError
from llmspend.tokens import _hub, _tokenizers

LLAMA = "Xenova/llama-3-tokenizer"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The user's folder of tokenizers, empty."""
    monkeypatch.setenv(_hub.FOLDER_VARIABLE, str(tmp_path))
    _hub.local_tokenizer.cache_clear()
    _tokenizers.load.cache_clear()
    yield tmp_path
    _hub.local_tokenizer.cache_clear()
    _tokenizers.load.cache_clear()


@pytest.fixture
def hub(monkeypatch):
    """Calls of the hub, which nobody answers."""
    calls = []

    def download(identifier, revision, **options):
        calls.append({"identifier": identifier, "revision": revision, **options})
        raise FileNotFoundError(identifier)

    monkeypatch.setattr(_hub, "_download", download)
    return calls


def test_a_tokenizer_that_is_not_here_is_an_error_that_helps(folder, hub):
    with pytest.raises(InputError) as caught:
        t.token_counter("acme/llama-3", text="hello")
    message = str(caught.value)
    assert f"create_pretrained_tokenizer({LLAMA!r})" in message
    assert str(folder / LLAMA / "tokenizer.json") in message
    assert _hub.FOLDER_VARIABLE in message
    assert all(call["local_files_only"] for call in hub)


@pytest.mark.usefixtures("hub")
def test_a_tokenizer_can_be_put_where_the_error_says(folder, words_json):
    with pytest.raises(InputError):
        t.token_counter("acme/llama-3", text="hello")
    path = folder / LLAMA / "tokenizer.json"
    path.parent.mkdir(parents=True)
    path.write_text(words_json, "utf-8")
    count = t.token_counter("acme/llama-3", text="hello world")
    assert (count, count.tokenizer, count.exact) == (3, LLAMA, True)
    assert t.encode("acme/llama-3", "hello") == [1, 2]
    assert t.encode(text="hello", custom_tokenizer=t.create_pretrained_tokenizer(LLAMA)) == [1, 2]


def test_the_hubs_cache_is_used(folder, words_json, monkeypatch):
    cached = folder / "cached.json"
    cached.write_text(words_json, "utf-8")
    monkeypatch.setattr(_hub, "_download", lambda *_, **__: str(cached))
    assert t.token_counter("acme/llama-3", text="hello") == 2


@pytest.mark.usefixtures("folder")
def test_a_tokenizer_is_fetched_when_asked_for(hub):
    with pytest.raises(InputError, match=r"acme/x \(revision v1\) could not be fetched") as caught:
        t.create_pretrained_tokenizer("acme/x", "v1", auth_token="hf_secret")
    assert "hf_secret" not in str(caught.value)
    assert hub == [
        {"identifier": "acme/x", "revision": "v1", "local_files_only": True},
        {"identifier": "acme/x", "revision": "v1", "token": "hf_secret"},
    ]


def test_a_path_is_read_as_it_is(tmp_path, words_json, hub):
    path = tmp_path / "tokenizer.json"
    path.write_text(words_json, "utf-8")
    for given in (path, tmp_path):
        mine = t.create_pretrained_tokenizer(str(given))
        assert t.encode(text="acme", custom_tokenizer=mine) == [1, 3]
    assert not hub


def test_a_file_that_is_no_tokenizer_is_named(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text("{}", "utf-8")
    with pytest.raises(InputError, match="is not a tokenizer that can be read"):
        t.create_pretrained_tokenizer(str(path))


@pytest.mark.usefixtures("folder")
def test_the_real_hub_is_not_asked_for_what_it_does_not_have(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert _hub._in_cache("acme/no-such-tokenizer", "main") is None


def test_without_hub_tokenizers_litellm_counts_with_tiktoken(folder):
    settings = t.TokenSettings(disable_hf_tokenizer_download=True)
    assert (
        t.token_counter("acme/llama-3", text="hello", settings=settings).tokenizer == "cl100k_base"
    )
    assert t.encode("acme/llama-3", "hello", settings=settings) == t.encode("gpt-4", "hello")
    assert not list(folder.iterdir())
