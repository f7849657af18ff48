"""What is counted and priced: the METERS, and the grammar of LiteLLM's rate keys.

LiteLLM's cost map spells a rate as one key,
``stem[_above_1hr][_above_{N}k_tokens][_{service tier}]``. `parse_rate_key` reads it into
(meter, service tier, context threshold), so nobody lists the ~140 keys that exist, and a new
combination of known parts works on the day it appears. A stem that is not in METERS is
reported by the cost map (`CostMap.unknown_rate_keys`), never dropped in silence.

To add a meter, add a row to METERS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

Side = Literal["input", "output", "tool"]

STANDARD = ""
"""The service tier of a rate key that names none."""

SERVICE_TIERS: dict[str, str] = {
    "flex": "flex",
    "balanced": "balanced",
    "priority": "priority",
    "fast": "priority",
    "ultrafast": "ultrafast",
}
"""How a log spells a service tier (lower case) → the suffix of its rate keys.

Every other spelling (default, standard, auto, scale, batch …) is billed at standard rates, as
LiteLLM does.
"""

TRAFFIC_TYPES: dict[str, str] = {
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "FLEX": "flex",
    "BATCH": "flex",
}
"""Google's ``trafficType`` (upper case) → the service tier it was served at."""

BATCHES = "batches"
"""The suffix of rates for asynchronous batch jobs."""

_TEXT_TIERS = ("flex", "priority", "ultrafast", BATCHES)
_ALL_TIERS = (*_TEXT_TIERS, "balanced")

_MAIN = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")

LONG_CONTEXT_TIERS: dict[tuple[int, str], tuple[str, ...]] = {
    (200_000, "priority"): ("input_tokens", "output_tokens", "cache_read_tokens"),
    (272_000, "flex"): _MAIN,
    (272_000, "priority"): _MAIN,
    (272_000, "ultrafast"): _MAIN,
}
"""Threshold and service tier → the meters for which LiteLLM reads a rate with *both*.

Any other such key is in the map but never priced from (LiteLLM 1.106.2 projects each entry onto
a fixed list of keys first).
"""


@dataclass(frozen=True, slots=True)
class Meter:
    """A billable quantity.

    Attributes
    ----------
    name
        Our name; the unit is in it.
    stem
        The rate key without threshold and service tier.
    unit
        What one unit is; a rate is USD per **one** of it.
    side
        Whether it adds to ``input_cost``, ``output_cost`` or ``tool_cost``.
    falls_back_to
        The meter whose rate applies where this one has none; None means it is then free.
    tiers
        Service tiers for which LiteLLM reads this stem.
    is_read
        Whether LiteLLM reads the stem at all.
    """

    name: str
    stem: str
    unit: str
    side: Side
    falls_back_to: str | None = None
    tiers: tuple[str, ...] = ()
    is_read: bool = True


METERS: tuple[Meter, ...] = (
    # text, the four that thresholds and service tiers apply to
    Meter("input_tokens", "input_cost_per_token", "token", "input", None, _ALL_TIERS),
    Meter("output_tokens", "output_cost_per_token", "token", "output", None, _ALL_TIERS),
    Meter(
        "cache_read_tokens",
        "cache_read_input_token_cost",
        "token",
        "input",
        "input_tokens",
        _ALL_TIERS,
    ),
    Meter(
        "cache_creation_tokens",
        "cache_creation_input_token_cost",
        "token",
        "input",
        "input_tokens",
        _TEXT_TIERS,
    ),
    Meter(
        "cache_creation_1h_tokens",
        "cache_creation_input_token_cost_above_1hr",
        "token",
        "input",
        "cache_creation_tokens",
    ),
    Meter(
        "reasoning_tokens",
        "output_cost_per_reasoning_token",
        "token",
        "output",
        "output_tokens",
        ("flex", "priority"),
    ),
    # other modalities, counted in tokens
    Meter(
        "cache_read_audio_tokens",
        "cache_read_input_audio_token_cost",
        "token",
        "input",
        "cache_read_tokens",
    ),
    Meter(
        "cache_read_image_tokens",
        "cache_read_input_image_token_cost",
        "token",
        "input",
        "cache_read_tokens",
        is_read=False,
    ),
    Meter(
        "audio_input_tokens",
        "input_cost_per_audio_token",
        "token",
        "input",
        "input_tokens",
        (BATCHES,),
    ),
    Meter(
        "image_input_tokens",
        "input_cost_per_image_token",
        "token",
        "input",
        "input_tokens",
        (BATCHES,),
    ),
    Meter(
        "video_input_tokens",
        "input_cost_per_video_token",
        "token",
        "input",
        "input_tokens",
        (BATCHES,),
    ),
    Meter("audio_output_tokens", "output_cost_per_audio_token", "token", "output", "output_tokens"),
    Meter(
        "image_output_tokens",
        "output_cost_per_image_token",
        "token",
        "output",
        "output_tokens",
        (BATCHES,),
    ),
    Meter("video_output_tokens", "output_cost_per_video_token", "token", "output", "output_tokens"),
    Meter("citation_tokens", "citation_cost_per_token", "token", "input"),
    # counted in other units
    Meter("input_characters", "input_cost_per_character", "character", "input"),
    Meter("output_characters", "output_cost_per_character", "character", "output"),
    Meter("input_images", "input_cost_per_image", "image", "input"),
    Meter("output_images", "output_cost_per_image", "image", "output"),
    Meter("input_pixels", "input_cost_per_pixel", "pixel", "input"),
    Meter("output_pixels", "output_cost_per_pixel", "pixel", "output"),
    Meter("input_audio_seconds", "input_cost_per_audio_per_second", "second", "input"),
    Meter("input_video_seconds", "input_cost_per_video_per_second", "second", "input"),
    Meter("output_video_seconds", "output_cost_per_video_per_second", "second", "output"),
    Meter("request_seconds", "cost_per_second", "second", "input"),
    Meter("input_seconds", "input_cost_per_second", "second", "input"),
    Meter("output_seconds", "output_cost_per_second", "second", "output"),
    Meter("queries", "input_cost_per_query", "query", "input"),
    Meter("pages", "ocr_cost_per_page", "page", "input", None, (BATCHES,)),
    Meter("annotation_pages", "annotation_cost_per_page", "page", "input", None, (BATCHES,)),
    Meter("credits", "ocr_cost_per_credit", "credit", "input"),
    Meter("requests", "input_cost_per_request", "request", "input"),
    Meter("text_messages", "input_cost_per_text_message", "message", "input"),
    # tools
    Meter("web_searches", "search_context_cost_per_query", "query", "tool"),
    Meter("maps_queries", "google_maps_grounding_cost_per_query", "query", "tool"),
    Meter("code_interpreter_sessions", "code_interpreter_cost_per_session", "session", "tool"),
    Meter("guardrail_units", "guardrail_cost_per_unit", "unit", "tool"),
)
"""Every meter of the cost map."""

METER_BY_NAME: dict[str, Meter] = {m.name: m for m in METERS}
_METER_BY_STEM: dict[str, Meter] = {m.stem: m for m in METERS}

UNUSED_STEMS: dict[str, str] = {
    "input_cost_per_token_cache_hit": "older spelling of cache_read_input_token_cost",
    "explicit_cache_read_input_token_cost": "no log says whether a cache was explicit",
    "cache_creation_input_audio_token_cost": "billed at cache_creation_input_token_cost",
    "input_dbu_cost_per_token": "Databricks units; the USD rate stands beside it",
    "output_dbu_cost_per_token": "Databricks units; the USD rate stands beside it",
}
"""Stems of the map that LiteLLM never prices from, and why that loses nothing here."""

STRUCTURED_KEYS = frozenset({"tiered_pricing", "off_peak_pricing"})
"""Keys that hold several rates each: ranges of prompt length, and hours of the day."""

MULTIPLIER_KEYS = frozenset(
    {
        "regional_processing_uplift_multiplier_eu",
        "regional_processing_uplift_multiplier_us",
        "regional_endpoint_uplift_multiplier",
    }
)
"""Keys that scale a whole side of the cost."""


class RateKey(NamedTuple):
    """A rate key taken apart.

    Attributes
    ----------
    meter
        Name of the meter in METERS.
    service_tier
        ``""`` for standard, else the key's suffix, such as ``"flex"`` or ``"batches"``.
    context_threshold
        The rate holds above this many prompt tokens; 0 means from the first token.
    variant
        Resolution or size in the key (``"720p"``, ``"4K"``), or None.
    is_live
        Whether LiteLLM 1.106.2 reads the key at all.
    """

    meter: str
    service_tier: str
    context_threshold: int
    variant: str | None
    is_live: bool


_GRAMMAR = re.compile(
    r"""(?P<stem>[a-z_]*cost[a-z_]*?(?:_above_1hr)?)
        (?:_above_(?P<count>\d+)(?P<thousand>k?)_tokens)?
        (?:_(?P<variant>above_\d+s_interval|\d+(?:\.\d+)?[kKp]?))?
        (?:_(?P<tier>flex|priority|balanced|ultrafast|batches))?""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def parse_rate_key(key: str) -> RateKey | None:
    """Read one rate key of the cost map.

    Parameters
    ----------
    key
        A key of a cost-map entry.

    Returns
    -------
    RateKey or None
        None when the stem is not in METERS (see `is_rate_key`).

    Examples
    --------
    >>> parse_rate_key("cache_read_input_token_cost_above_272k_tokens_flex")[:3]
    ('cache_read_tokens', 'flex', 272000)
    >>> parse_rate_key("cache_creation_input_token_cost_above_1hr_above_200k_tokens")[:3]
    ('cache_creation_1h_tokens', '', 200000)
    >>> parse_rate_key("output_cost_per_second_720p").variant
    '720p'
    >>> parse_rate_key("input_cost_per_daydream") is None
    True
    """
    match = _GRAMMAR.fullmatch(key)
    meter = _METER_BY_STEM.get(match["stem"]) if match else None
    if match is None or meter is None:
        return None
    tier = match["tier"] or STANDARD
    threshold = int(match["count"] or 0) * (1000 if match["thousand"] else 1)
    if not meter.is_read:
        live = False
    elif tier == STANDARD:
        live = True
    elif tier == BATCHES or not threshold:
        live = tier in meter.tiers
    else:
        live = meter.name in LONG_CONTEXT_TIERS.get((threshold, tier), ())
    return RateKey(meter.name, tier, threshold, match["variant"], live)


def is_rate_key(key: str) -> bool:
    """Tell whether a cost-map key looks like a rate: it has ``cost`` in it.

    Parameters
    ----------
    key
        A key of a cost-map entry.

    Returns
    -------
    bool
        True also for stems nobody knows yet; that is what the report of unknown stems is for.

    Examples
    --------
    >>> is_rate_key("input_cost_per_daydream"), is_rate_key("max_tokens")
    (True, False)
    """
    return "cost" in key and key not in STRUCTURED_KEYS
