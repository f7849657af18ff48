"""SIZE_BUCKETS: prices by the number of parameters that a model's name states.

Two providers price models that have no entry of their own by size; the cost map has one entry per
bucket. To add a bucket, add a row.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

SIZE_BUCKET: Final = "size bucket"
"""How ``resolved_by`` calls a price that was found by size."""

_LONGEST_NAME: Final = 512


@dataclass(frozen=True, slots=True)
class SizeBuckets:
    """How one provider sorts models by size.

    Attributes
    ----------
    provider
        Who bills.
    size
        Finds the size in the lower-cased name; several groups are multiplied.
    limits
        Largest size of each bucket, in the pattern's unit → its cost-map key, ascending.
    is_embedding
        Whether it is for embedding models or for the others; None is for both.
    source
        Where in LiteLLM 1.106.2 the rule is.
    """

    provider: str
    size: re.Pattern[str]
    limits: tuple[tuple[float, str], ...]
    is_embedding: bool | None
    source: str


@dataclass(frozen=True, slots=True)
class SizeFirst:
    """A provider whose names go by size before anything else is tried.

    Attributes
    ----------
    provider
        Who sorts models by size.
    part
        What is found in such names, whoever bills them.
    source
        Where in LiteLLM 1.106.2 the rule is.
    """

    provider: str
    part: re.Pattern[str]
    source: str


SIZE_FIRST: Final = SizeFirst(
    "together_ai",
    re.compile("togethercomputer|together_ai"),
    "cost_calculator.completion_cost: has_together_registry_pricing",
)
"""Where a name without an entry of its own, priced per token, is replaced by its bucket's."""

_FIREWORKS: Final = "llms/fireworks_ai/cost_calculator.py get_base_model_for_pricing"
_TOGETHER: Final = "llms/together_ai/cost_calculator.py get_model_params_and_category"

SIZE_BUCKETS: tuple[SizeBuckets, ...] = (
    SizeBuckets(
        "fireworks_ai",
        re.compile(r"(\d+)x(\d+)b"),
        ((56, "fireworks-ai-moe-up-to-56b"), (176, "fireworks-ai-56b-to-176b")),
        None,
        _FIREWORKS,
    ),
    SizeBuckets(
        "fireworks_ai",
        re.compile(r"(\d+)b"),
        (
            (4, "fireworks-ai-up-to-4b"),
            (16, "fireworks-ai-4.1b-to-16b"),
            (math.inf, "fireworks-ai-above-16b"),
        ),
        None,
        _FIREWORKS,
    ),
    SizeBuckets(
        "fireworks_ai", re.compile("()"), ((math.inf, "fireworks-ai-default"),), None, _FIREWORKS
    ),
    SizeBuckets(
        "together_ai",
        re.compile(r"(\d+)m"),
        (
            (150, "together-ai-embedding-up-to-150m"),
            (350, "together-ai-embedding-151m-to-350m"),
        ),
        True,
        _TOGETHER,
    ),
    SizeBuckets(
        "together_ai",
        re.compile(r"(\d+)b"),
        (
            (4, "together-ai-up-to-4b"),
            (8, "together-ai-4.1b-8b"),
            (21, "together-ai-8.1b-21b"),
            (41, "together-ai-21.1b-41b"),
            (80, "together-ai-41.1b-80b"),
            (110, "together-ai-81.1b-110b"),
        ),
        False,
        _TOGETHER,
    ),
)
"""Every provider's buckets, in the order in which they are tried."""


def sized_first(name: str, provider: str | None) -> str | None:
    """Return whose buckets replace a name before it is looked up.

    Parameters
    ----------
    name
        The model's name.
    provider
        Who bills.

    Returns
    -------
    str or None
        The provider of the buckets, None when the name is looked up as it is.

    Examples
    --------
    >>> sized_first("llama-8b", "together_ai"), sized_first("llama-8b", "groq")
    ('together_ai', None)
    """
    is_sized = provider == SIZE_FIRST.provider or SIZE_FIRST.part.search(name) is not None
    return SIZE_FIRST.provider if is_sized else None


def size_bucket(name: str, provider: str | None, kind: str | None = None) -> str | None:
    """Return the cost-map key that prices a model by its size.

    Parameters
    ----------
    name
        The model's name.
    provider
        Who bills.
    kind
        Kind of call; embedding models have buckets of their own.

    Returns
    -------
    str or None
        None where the provider has no buckets, or the name fits none.

    Examples
    --------
    >>> size_bucket("accounts/acme/models/llama-70b", "fireworks_ai")
    'fireworks-ai-above-16b'
    >>> size_bucket("acme/mixtral-8x7b", "fireworks_ai"), size_bucket("llama-70b", "groq")
    ('fireworks-ai-moe-up-to-56b', None)
    """
    for buckets in SIZE_BUCKETS:
        if buckets.provider != provider or buckets.is_embedding not in (None, kind == "embedding"):
            continue
        found = buckets.size.search(name[:_LONGEST_NAME].lower())
        if found is not None:
            # not int: it refuses a few thousand digits
            size = math.prod(float(part or 0) for part in found.groups())
            key = next((key for limit, key in buckets.limits if size <= limit), None)
            if key is not None:
                return key
    return None
