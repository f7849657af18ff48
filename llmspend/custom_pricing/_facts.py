"""What LiteLLM reads of custom prices, and what a deployment takes over from its model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspend.meters import SERVICE_TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVERY_MAIN = (
    " _flex _priority _ultrafast _batches _above_100k_tokens _above_200k_tokens _above_272k_tokens"
    " _above_100k_tokens_batches _above_200k_tokens_batches _above_272k_tokens_batches"
    " _above_272k_tokens_flex _above_272k_tokens_priority _above_272k_tokens_ultrafast"
)
_READ = f"{_EVERY_MAIN} _balanced _above_200k_tokens_priority _above_512k_tokens"
_TEXT = f"{_READ} _above_128k_tokens"

_PRICE_FIELDS: Final[Mapping[str, str]] = {
    "input_cost_per_token": _TEXT,
    "output_cost_per_token": _TEXT,
    "cache_read_input_token_cost": _READ,
    "cache_creation_input_token_cost": _EVERY_MAIN,
    "cache_creation_input_token_cost_above_1hr": " _above_100k_tokens",
    "cache_creation_input_audio_token_cost": "",
    "cache_read_input_audio_token_cost": "",
    "cache_read_input_image_token_cost": "",
    "input_cost_per_token_cache_hit": "",
    "output_cost_per_reasoning_token": " _flex _priority",
    "citation_cost_per_token": "",
    "input_cost_per_audio_token": " _batches",
    "input_cost_per_image_token": " _batches",
    "input_cost_per_video_token": " _batches",
    "output_cost_per_audio_token": "",
    "output_cost_per_image_token": " _batches",
    "output_cost_per_video_token": "",
    "input_cost_per_character": " _above_128k_tokens",
    "output_cost_per_character": " _above_128k_tokens",
    "input_cost_per_image": " _above_128k_tokens",
    "output_cost_per_image": " _512 _1024 _1536",
    "input_cost_per_pixel": "",
    "output_cost_per_pixel": "",
    "input_cost_per_audio_per_second": " _above_128k_tokens",
    "input_cost_per_video_per_second": (
        " _above_128k_tokens _above_8s_interval _above_15s_interval"
    ),
    "output_cost_per_audio_per_second": "",
    "output_cost_per_video_per_second": "",
    "cost_per_second": "",
    "input_cost_per_second": "",
    "output_cost_per_second": " _480p _720p _768p _1080p _2k _4k",
    "input_cost_per_query": "",
    "search_context_cost_per_query": "",
    "google_maps_grounding_cost_per_query": "",
    "ocr_cost_per_page": " _batches",
    "ocr_cost_per_credit": "",
    "annotation_cost_per_page": " _batches",
    "regional_processing_uplift_multiplier": "_eu _us",
    "regional_endpoint_uplift_multiplier": "",
    "tiered_pricing": "",
    "output_vector_size": "",
}
"""Stem → the endings with which LiteLLM reads it from ``litellm_params`` and keyword arguments."""

PRICE_FIELDS: Final = frozenset(
    stem + ending for stem, endings in _PRICE_FIELDS.items() for ending in endings.split(" ")
)
"""LiteLLM's ``CustomPricingLiteLLMParams``: any of them turns custom pricing on."""

OFF_PEAK: Final = "off_peak_pricing"

SHARED_FACTS: Final = frozenset(
    {
        "litellm_provider",
        "mode",
        "max_tokens",
        "max_input_tokens",
        "max_output_tokens",
        "provider_specific_entry",
        "search_free_requests",
        "web_search_billing_unit",
    }
)
"""What a deployment says of its model for every deployment of it, beside ``supports_*``."""

OWN_FACTS: Final = SHARED_FACTS | {OFF_PEAK, "supported_regions"}

PRICED_BY_SECOND: Final = ("cost_per_second", "input_cost_per_second", "output_cost_per_second")

PRICES_ALONE: Final = frozenset({*PRICED_BY_SECOND, "input_cost_per_query", "tiered_pricing"})

REGIONS: Final = re.compile(r"^(?:us|eu|apac|jp|au|us-gov|global|ap-northeast-1)\.")

CACHE_FIELDS: Final = re.compile(
    r"cache_creation_input_token_cost(?:_above_1hr|_above_200k_tokens)?"
    r"|cache_read_input_token_cost(?:_above_200k_tokens)?"
)

RANGE_WITHOUT_OUTPUT: Final = "a range of tiered_pricing without output_cost_per_token"


class Inheritance(NamedTuple):
    """What a deployment takes over from its model's entry, where it has no value itself.

    Attributes
    ----------
    why
        In words.
    when
        It applies when the deployment sets one of these keys …
    unless
        … and none of these.
    copies
        The keys it takes over.
    takes_zero
        Whether a price of 0 is taken over too.
    """

    why: str
    when: frozenset[str]
    unless: frozenset[str]
    copies: re.Pattern[str]
    takes_zero: bool = True


INHERITANCES: Final = (
    Inheritance(
        "only off-peak hours are given: the rest of the day is the model's",
        frozenset({OFF_PEAK}),
        frozenset(
            {"input_cost_per_token", "input_cost_per_second", "cost_per_second", "tiered_pricing"}
        ),
        re.compile(r".*"),
    ),
    Inheritance(
        "an input price says nothing about the cache",
        frozenset({"input_cost_per_token"}),
        frozenset(),
        CACHE_FIELDS,
    ),
    Inheritance(
        "a standard price says nothing about the service tiers",
        frozenset({"input_cost_per_token", "output_cost_per_token"}),
        frozenset(),
        re.compile(rf".*_(?:{'|'.join(sorted({*SERVICE_TIERS.values()}))})"),
    ),
    Inheritance(
        "ranges that price only the input",
        frozenset({RANGE_WITHOUT_OUTPUT}),
        frozenset({"output_cost_per_token"}),
        re.compile("output_cost_per_token"),
        takes_zero=False,
    ),
)
"""In this order; a later row sees what an earlier one filled in (LiteLLM's ``router.py``)."""
