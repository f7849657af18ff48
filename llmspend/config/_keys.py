"""Keys of a deployment: which are prices, and which were meant to be."""

from __future__ import annotations

import difflib
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from llmspend.custom_pricing import PRICE_FIELDS
from llmspend.entries import as_rate
from llmspend.errors import InputError
from llmspend.meters import STRUCTURED_KEYS, UNUSED_STEMS, parse_rate_key
from llmspend.override_rows import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENVIRONMENT: Final = "os.environ/"
"""What begins so is to be read from the environment; it is neither read nor repeated here."""

_NAMES: Final = ("model", "base_model", "custom_llm_provider")
_FACTS: Final = (
    "litellm_provider",
    "mode",
    "max_tokens",
    "max_input_tokens",
    "max_output_tokens",
    "provider_specific_entry",
    "search_free_requests",
    "web_search_billing_unit",
    "supported_regions",
)
_NO_PRICES: Final = frozenset(
    {"cost_per_ptu_per_hour", "cost_center", "cost_centre", *UNUSED_STEMS}
)
_CLOSE: Final = 0.86
_HARMLESS: Final = frozenset(
    {
        *PRICE_FIELDS,
        *_NAMES,
        "api_base",
        "api_version",
        "region_name",
        "aws_region_name",
        "vertex_location",
        "rpm",
        "tpm",
        "timeout",
        "stream_timeout",
        "max_retries",
        "max_tokens",
        "temperature",
        "drop_params",
        "weight",
        "order",
    }
)
"""Settings of a deployment that are nobody's secret."""


def names_and_prices(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is a name, a fact of the model or a price; nothing else is looked at again."""
    return {
        key: value
        for key, value in settings.items()
        if key in (*_NAMES, *_FACTS) or is_price(key) or key.startswith("supports_") or key == "id"
    }


def is_price(key: str) -> bool:
    """Tell whether a key is a price, or a structure of prices."""
    return key in PRICE_FIELDS or key in STRUCTURED_KEYS or parse_rate_key(key) is not None


def from_environment(value: Any) -> bool:  # noqa: ANN401 - parsed YAML
    """Tell whether a value, or anything in it, is to be read from the environment."""
    if isinstance(value, dict):
        return any(map(from_environment, value.values()))
    if isinstance(value, list):
        return any(map(from_environment, value))
    return isinstance(value, str) and value.startswith(ENVIRONMENT)


def check_prices(where: str, settings: Mapping[str, Any]) -> None:
    """Raise for the first price that is none."""
    for key, value in settings.items():
        if not is_price(key) or value is None:
            continue
        if isinstance(value, (dict, list)) and not from_environment(value):
            continue
        number = as_rate(value)
        if number is None or number < 0:
            what = shown(ENVIRONMENT if from_environment(value) else value)
            raise InputError(f"{where}.{key}: {what} is no price: write USD per one unit.")


def misplaced(settings: Mapping[str, Any], section: str) -> Iterator[str]:
    """Yield what is wrong with keys that are, or were meant to be, prices: ``key: sentence``."""
    for key in settings:
        if is_price(key):
            if section != "model_info" and key not in PRICE_FIELDS:
                yield f"{key}: LiteLLM reads it under model_info alone; move it there."
            continue
        near = _meant(key)
        if near is not None:
            yield f"{key}: no such price. Nearest: {near!r}."


def _meant(key: str) -> str | None:
    if key in _NO_PRICES or key in _HARMLESS:
        return None
    known = sorted((*PRICE_FIELDS, *STRUCTURED_KEYS, "base_model"))
    looks_like_one = "cost_per" in key or "token_cost" in key
    found = difflib.get_close_matches(key, known, 1, 0.0 if looks_like_one else _CLOSE)
    return found[0] if found else None


def made_up_id(model_name: str, params: Mapping[str, Any]) -> str | None:
    """Make up the id that LiteLLM's router gives a deployment without one, where we may.

    It is a digest of all settings, credentials and values of the environment included: those are
    not for us to touch, so a deployment that has any is known by its names alone.
    """
    parts = [model_name]
    for key, value in params.items():
        if key not in _HARMLESS or from_environment(value) or "@" in str(value):
            return None
        text = json.dumps(value) if isinstance(value, dict) else str(value)
        parts += key, text
    return hashlib.sha256("".join(parts).encode()).hexdigest()
