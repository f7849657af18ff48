"""LiteLLM's environment variables."""

from __future__ import annotations

import pytest

from llmspend.errors import InputError
from llmspend.tokens import TokenSettings

CASES = [
    ({}, TokenSettings()),
    ({"TIKTOKEN_ENCODE_CHUNK_SIZE_CHARS": "2048"}, TokenSettings(slice_characters=2048)),
    ({"TIKTOKEN_ENCODE_CHUNK_SIZE_CHARS": "4097"}, TokenSettings()),
    ({"TOKEN_COUNTER_MAX_EXACT_CHARS": "0"}, TokenSettings()),
    ({"DEFAULT_IMAGE_TOKEN_COUNT": "7"}, TokenSettings(image_tokens=7)),
    ({"MAX_IMAGE_URL_DOWNLOAD_SIZE_MB": "0.5"}, TokenSettings(max_image_megabytes=0.5)),
    ({"disable_token_counter": "1"}, TokenSettings()),
]


@pytest.mark.parametrize(("environ", "settings"), CASES)
def test_settings_are_read(environ, settings):
    assert TokenSettings.of_environment(environ) == settings


def test_settings_are_read_of_this_process(monkeypatch):
    monkeypatch.setenv("MAX_TILE_HEIGHT", "100")
    assert TokenSettings.of_environment().tile_height == 100


def test_what_is_no_number_is_named():
    with pytest.raises(InputError, match="MAX_TILE_WIDTH is 'wide'"):
        TokenSettings.of_environment({"MAX_TILE_WIDTH": "wide"})


def test_megabytes_are_bytes():
    assert TokenSettings(max_image_megabytes=2).max_image_bytes == 2 * 1024 * 1024
