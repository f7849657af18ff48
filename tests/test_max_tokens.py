from __future__ import annotations

import pytest

from llmspend import UnknownModelError, load_cost_map
from llmspend.max_tokens import get_max_tokens
from llmspend.registry import register_model, use_cost_map

MAP = load_cost_map(
    {
        "acme/both": {"litellm_provider": "acme", "max_output_tokens": 5, "max_tokens": 9},
        "acme/one": {"litellm_provider": "acme", "max_tokens": 9, "max_input_tokens": 7},
        "acme/null": {"litellm_provider": "acme", "max_output_tokens": None, "max_tokens": 9},
        "acme/neither": {"litellm_provider": "acme", "max_input_tokens": 7},
        "bare": {"litellm_provider": "acme", "max_tokens": 3},
        "huggingface/known": {"litellm_provider": "huggingface", "max_tokens": 4},
    }
)

KNOWN = {
    "acme/both": 5,
    "acme/one": 9,
    "acme/null": None,
    "bare": 3,
    "acme/bare": 3,
    "huggingface/known": 4,
    "huggingface/acme/unknown": None,
}


@pytest.mark.parametrize(("model", "expected"), KNOWN.items())
def test_limits(model, expected):
    assert get_max_tokens(model, cost_map=MAP) == expected


UNKNOWN = {
    "acme/bth": r"^Model bth isn't mapped yet\.",
    "acme/neither": r"^Model neither isn't mapped yet\. Nearest: 'acme/neither'",
    "BARE": r"^Model BARE isn't mapped yet\. Nearest: 'bare'\. register_model adds it\.$",
    "nobody": r"^Model nobody isn't mapped yet\. register_model adds it\.$",
    "": r"^Model  isn't mapped yet\.",
    "\x1b[2J": r"^Model .\[2J isn't mapped yet\.",
}


@pytest.mark.parametrize(("model", "message"), UNKNOWN.items())
def test_unknown_models(model, message):
    with pytest.raises(UnknownModelError, match=message) as error:
        get_max_tokens(model, cost_map=MAP)
    assert str(error.value).isprintable()


# what litellm 1.106.2 answers with its packaged map
LITELLM = {
    "gpt-3.5-turbo": 4096,
    "gpt-4": 4096,
    "gpt-4o": 16384,
    "openai/gpt-4o": 16384,
    "azure/gpt-4o": 16384,
}


@pytest.mark.parametrize(("model", "expected"), LITELLM.items())
def test_as_litellm_with_the_packaged_map(model, expected):
    assert get_max_tokens(model, cost_map=load_cost_map()) == expected


def test_the_default_map_is_asked_and_registered_models_are_in_it():
    use_cost_map(MAP, keep_registered=False)
    try:
        register_model({"acme/one": {"max_output_tokens": 11}})
        assert get_max_tokens("acme/one") == 11
        assert get_max_tokens("acme/one", cost_map=MAP) == 9
    finally:
        use_cost_map(None, keep_registered=False)
