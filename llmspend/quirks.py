"""QUIRKS: where LiteLLM's own numbers differ from the provider's published price, one row each.

By default llmspend reproduces all of them, so that its numbers agree with the gateway to the last
bit, and says in the column ``quirks`` which may have touched a row.
``price(usage, quirks="published")`` prices by the published rule instead, and
`llmspend.quirk_impact` says what each of them costs.

To add a quirk, add a row, and where its rule is decided ask whether it is reproduced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmspend.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

Quirks: TypeAlias = "Literal['litellm', 'published'] | Collection[str]"
"""Which quirks to reproduce: all, none, or those named."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """A place where LiteLLM's number is not what the provider charges.

    Attributes
    ----------
    name
        Shown in the column ``quirks``.
    litellm
        What LiteLLM 1.106.2 does.
    published
        What ``quirks="published"`` does instead.
    source
        Where the published rule comes from.
    """

    name: str
    litellm: str
    published: str
    source: str


QUIRKS: Final[tuple[Quirk, ...]] = (
    Quirk(
        "tier_lost_in_long_context",
        "A service tier without a long-context rate of its own is billed at the standard "
        "long-context rate: flex loses its discount, priority its surcharge.",
        "The standard long-context rate times the ratio of the tier's base rate to the standard "
        "one, as in nearly every entry that states both.",
        "ai.google.dev/gemini-api/docs/pricing (Flex: half of every standard price)",
    ),
    Quirk(
        "unknown_name_is_free",
        "A name that only matches a rule about capabilities (any unknown claude-…, gpt-6 …) is "
        "billed at $0, and the model that was asked for is not looked up.",
        "Such a rule prices nothing: the next name is tried, and if none is known the cost is "
        "unknown.",
        "the rules carry no prices, by their own description",
    ),
    Quirk(
        "batch_gaps",
        "A batch priced at half the standard rates gives away cached tokens without a rate, lets "
        "text go below zero and bills overlapping parts twice; a batch of an unknown model is "
        "billed at $0.",
        "Cached tokens without a rate cost half the input rate, parts never exceed the prompt, and "
        "an unknown model has an unknown cost.",
        "platform.openai.com/docs/guides/batch (half of every standard price)",
    ),
    Quirk(
        "location_assumed",
        "A Vertex AI call without a location is billed as us-central1, with the surcharge of "
        "regional endpoints.",
        "Without a location no surcharge applies.",
        "cloud.google.com/vertex-ai/generative-ai/pricing (global endpoint)",
    ),
    Quirk(
        "written_without_lifetime",
        "Where the split of cache writes by lifetime is smaller than their total, the rest is "
        "billed neither as text nor as written.",
        "The rest was written for 5 minutes, the default.",
        "docs.claude.com/en/docs/build-with-claude/prompt-caching (5 minutes by default)",
    ),
    Quirk(
        "text_undercounted",
        "A reported text count is believed even if the parts do not add up to the prompt: the rest "
        "is billed to nobody.",
        "The rest of the prompt is text.",
        "prompt_tokens is what every provider bills",
    ),
    Quirk(
        "audio_tier_ignored",
        "An audio rate for a service tier (input_cost_per_audio_token_priority …) is in the cost "
        "map but not read.",
        "Audio input of that tier is billed at it.",
        "ai.google.dev/gemini-api/docs/pricing (Priority)",
    ),
    Quirk(
        "cached_image_rate_ignored",
        "The rate of cached image tokens (cache_read_input_image_token_cost) is in the cost map "
        "but not read; they are billed as cached text.",
        "Cached image tokens are billed at it. (No log says which written tokens were audio, so "
        "cache_creation_input_audio_token_cost stays unread.)",
        "platform.openai.com/docs/pricing (image tokens: cached input)",
    ),
    Quirk(
        "multipliers_first_party_only",
        "The multipliers for fast mode and inference geography apply to calls of the model's own "
        "maker only, not to the same model on another cloud.",
        "They apply wherever the usage reports a speed or a geography.",
        "docs.claude.com/en/docs/about-claude/pricing (data residency, fast mode)",
    ),
    Quirk(
        "searches_charged_once",
        "Where a provider is charged per response, a counter of web searches is not read: three "
        "searches cost as much as one, and so does a counter of 0.",
        "Every search that was counted is charged, and none where the count is 0.",
        "docs.claude.com/en/docs/agents-and-tools/tool-use/web-search-tool (each search)",
    ),
    Quirk(
        "computer_use_by_thousand",
        "Computer use on Azure is billed at 3 and 12 USD per thousand tokens.",
        "At 0.003 and 0.012 USD per thousand tokens.",
        "the comment beside the constants in litellm/constants.py",
    ),
)
"""Every quirk that llmspend can leave out."""

QUIRK_NAMES: Final = tuple(q.name for q in QUIRKS)
_ALL: Final = frozenset(QUIRK_NAMES)
QUIRK_BITS: Final[dict[str, int]] = {name: 1 << i for i, name in enumerate(QUIRK_NAMES)}
"""Quirk → its bit where a row's quirks are one number."""


def reproduced(quirks: Quirks) -> frozenset[str]:
    """Return the names of the quirks to reproduce.

    Parameters
    ----------
    quirks
        ``"litellm"`` for all, ``"published"`` for none, or names of QUIRKS.

    Returns
    -------
    frozenset of str
        Names.

    Raises
    ------
    InputError
        For a name that is none.

    Examples
    --------
    >>> reproduced("published"), sorted(reproduced(["location_assumed"]))
    (frozenset(), ['location_assumed'])
    """
    if quirks == "litellm":
        return _ALL
    if quirks == "published":
        return frozenset()
    names = [quirks] if isinstance(quirks, str) else list(quirks)
    unknown = next((name for name in names if name not in QUIRK_BITS), None)
    if unknown is not None:
        near = ", ".join(nearest(str(unknown), ("litellm", "published", *QUIRK_NAMES)))
        raise InputError(
            f'{unknown!r} is no quirk: give "litellm", "published" or names of llmspend.QUIRKS. '
            f"Nearest: {near}."
        )
    return frozenset(names)
