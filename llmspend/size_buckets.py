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
        found = buckets.size.search(name.lower())
        if found is not None:
            size = math.prod(int(part or 0) for part in found.groups())
            key = next((key for limit, key in buckets.limits if size <= limit), None)
            if key is not None:
                return key
    return None
