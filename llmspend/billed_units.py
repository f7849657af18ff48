"""UNITS: what calls are billed by besides tokens (seconds, images, pages …), one row each.

A row says which usage column counts the unit. Which rate keys price it is said per kind of call, in
`llmspend.kind_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """What a call is billed by, besides tokens.

    Attributes
    ----------
    name
        Its name; ``<name>_rate`` is USD per one.
    column
        The usage column that counts it.
    side
        The cost that it adds to.
    is_whole
        Whether there are no parts of one.
    """

    name: str
    column: str
    side: Literal["input", "output"]
    is_whole: bool = True


UNITS: Final[tuple[Unit, ...]] = (
    Unit("input_seconds", "audio_seconds", "input", is_whole=False),
    Unit("output_seconds", "audio_seconds", "output", is_whole=False),
    Unit("spoken_characters", "prompt_characters", "input"),
    Unit("spoken_tokens", "prompt_tokens", "input"),
    Unit("output_images", "output_images", "output"),
    Unit("video_seconds", "video_seconds", "output", is_whole=False),
    Unit("pages", "pages", "input"),
    Unit("annotation_pages", "annotation_pages", "input"),
    Unit("credits", "credits", "input", is_whole=False),
    Unit("search_units", "search_units", "input"),
    Unit("rerank_tokens", "rerank_tokens", "input"),
    Unit("search_queries", "search_queries", "input"),
    Unit("additional_results", "search_additional_results", "input"),
    Unit("calls", "calls", "output"),
)
"""Every unit."""

UNIT_BY_NAME: Final = {unit.name: unit for unit in UNITS}


@dataclass(frozen=True, slots=True)
class Price:
    """One way in which a unit has a price.

    Attributes
    ----------
    unit
        Of UNITS.
    keys
        Rate keys, the first known one holds; ``{}`` stands for the resolution of a video.
    above_zero
        Whether a rate of 0 is none.
    usd
        The price itself, USD, where no key has it.
    needs
        A key that the entry must have.
    """

    unit: str
    keys: tuple[str, ...] = ()
    above_zero: bool = False
    usd: float | None = None
    needs: str | None = None
