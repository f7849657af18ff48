"""The formulas of units: counts × rates = cost, for what is not billed by tokens alone.

Like those of `llmspend.arithmetic` they are written once over ``u.`` of `llmspend.values`, and read
for columns and for one call. Few rows of a log have units, so they are applied to those only.
Names an environment must have: the counts of `llmspend.usage`, ``_is_stated``, and from the card
of units the rates of UNIT_RATES and the switches of UNIT_SWITCHES, and what the formulas of tools
read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend.billed_units import UNIT_BY_NAME, UNITS
from llmspend.kind_rules import DEFAULT_RESULTS
from llmspend.quirks import QUIRK_BITS
from llmspend.tool_formulas import (
    ASR_RATES,
    OUTPUT_SEARCHES_RATE,
    TOOL_RATES,
    TOOL_STAGES,
    TOOL_SWITCHES,
    asr_costs,
    tool_quirks,
)

if TYPE_CHECKING:
    from llmspend.values import Stage, Value

UNIT_RATES: Final[tuple[str, ...]] = (
    *(f"{unit.name}_rate" for unit in UNITS),
    "image_searches_rate",
    *TOOL_RATES,
    *ASR_RATES,
)
"""Per basis: USD per one unit."""

TOOL_QUIRKS: Final = ("searches_charged_once", "computer_use_by_thousand")
"""The quirks of tools, see `llmspend.quirks`."""

UNIT_SWITCHES: Final[tuple[str, ...]] = (
    "is_priced",
    "tokens_win",
    "bills_units",
    "bills_tools",
    "bills_credits",
    "bills_once",
    "bills_call_price",
    "image_searches_once",
    "depends_on_size",
    *(f"reproduces_{name}" for name in TOOL_QUIRKS),
    *TOOL_SWITCHES,
)
"""Per basis: whether its price is known at all, whether tokens replace units, which of the formulas
apply, whether the price hangs on a size that nobody stated, and which quirks are reproduced."""

ONLY_TOKENS: Final = 2
"""``is_priced`` of what has a price only where its tokens are billed."""

UNIT_COLUMNS: Final[tuple[str, ...]] = (
    "prompt_tokens",
    "completion_tokens",
    "text_tokens",
    "audio_input_tokens",
    "image_input_tokens",
    "image_output_tokens",
    "output_text_tokens",
    *dict.fromkeys(unit.column for unit in UNITS if unit.column not in ("calls", "prompt_tokens")),
    "video_count",
    "search_max_results",
    "web_searches",
    "browser_opens",
    "maps_queries",
    "file_searches",
    "file_search_gb_days",
    "code_interpreter_sessions",
    "computer_use_input_tokens",
    "computer_use_output_tokens",
    "vector_store_gb_days",
    "asr_seconds",
    "asr_audio_tokens",
    "asr_text_tokens",
    "asr_output_tokens",
    "stated_call_cost",
)
"""The usage columns that the formulas read."""

_INPUT: Final = tuple(unit.name for unit in UNITS if unit.side == "input")
_OUTPUT: Final = tuple(unit.name for unit in UNITS if unit.side == "output")
_NEVER_LACKING: Final = frozenset(
    ("pages", "annotation_pages", "search_queries", "additional_results", "calls")
)
"""Units whose count is 0, 1 or reckoned where none was logged, and pages: see `units_lacking`."""


def units_counted(u: Value) -> dict[str, Value]:
    """Decide by what a call is billed: its tokens, its units, or its credits."""
    has_tokens = (
        (u.prompt_tokens > 0)
        | (u.completion_tokens > 0)
        | (u.text_tokens > 0)
        | (u.audio_input_tokens > 0)
        | (u.image_input_tokens > 0)
        | (u.image_output_tokens > 0)
        | (u.output_text_tokens > 0)
    )
    by_tokens = has_tokens & (u.tokens_win > 0)
    has_credits = u.known(u.credits) & (u.bills_credits > 0)
    # a speech is logged without tokens where its characters are all there is
    has_text = (u.prompt_tokens > 0) | u.known(u.prompt_characters)
    return {
        "_by_units": (u.bills_units > 0) & ~by_tokens,
        "_is_unpriced": (u.bills_units == 0) & (u.bills_call_price == 0) & ~by_tokens,
        "_is_priced": (u.is_priced > 0) & ((u.is_priced != ONLY_TOKENS) | by_tokens),
        "_by_credits": has_credits,
        "_has_text": has_text,
        "_videos": u.choose(u.or_zero(u.video_count) > 1, u.or_zero(u.video_count), 1),
        "_asked": u.choose(u.known(u.search_max_results), u.search_max_results, DEFAULT_RESULTS),
    }


def unit_quantities(u: Value) -> dict[str, Value]:
    """Give each unit its quantity; what was not counted is 0, and lacking."""
    counted = (unit for unit in UNITS if unit.name != "calls")
    found = {unit.name: u.or_zero(getattr(u, unit.column)) for unit in counted}
    images = found["output_images"]
    found |= {
        "calls": u.choose(u.bills_units > 0, 1, 0),
        "output_images": u.choose((u.bills_once > 0) & (images > 1), 1, images),
        "search_queries": u.choose(u.known(u.search_queries), u.or_zero(u.search_queries), 1),
        "additional_results": u.choose(
            u.known(u.search_additional_results),
            u.or_zero(u.search_additional_results),
            u.greatest(u._asked - DEFAULT_RESULTS, 0),
        ),
        "pages": u.choose(u._by_credits, 0, found["pages"]),
        "annotation_pages": u.choose(u._by_credits, 0, found["annotation_pages"]),
    }
    return {f"_{name}_n": quantity for name, quantity in found.items()}


def units_lacking(u: Value) -> dict[str, Value]:
    """Find the one unit that has a price and was not counted."""
    no_annotation = (u.or_zero(u.annotation_pages) == 0) | (u.annotation_pages_rate == 0)
    no_pages = ~u.known(u.pages) & no_annotation
    lacks = {
        unit.name: ~u.known(getattr(u, unit.column)) & (getattr(u, f"{unit.name}_rate") > 0)
        for unit in UNITS
        if unit.name not in _NEVER_LACKING
    }
    lacks |= {
        "spoken_tokens": ~u._has_text & (u.spoken_tokens_rate > 0),
        "credits": no_pages & ~u.known(u.credits) & (u.bills_credits > 0),
        "pages": no_pages & (u.pages_rate > 0) & (u.bills_credits == 0),
    }
    count, rate, parts, output = 0, 0.0, 0, 0
    for name, is_lacking in lacks.items():
        unit = UNIT_BY_NAME[name]
        count = u.choose(is_lacking, 1, 0) + count
        rate = u.choose(is_lacking, getattr(u, f"{name}_rate"), 0.0) + rate
        if not unit.is_whole:
            parts = u.choose(is_lacking, 1, 0) + parts
        if unit.side == "output":
            output = u.choose(is_lacking, 1, 0) + output
    return {
        "_lacking": u.choose(u._by_units, count, 0),
        "_lacking_rate": rate,
        "_lacking_parts": parts,
        "_lacking_output": output,
    }


def _sum(u: Value, names: tuple[str, ...]) -> Value:
    first, *rest = (getattr(u, f"_{n}_n") * getattr(u, f"{n}_rate") for n in names)
    for amount in rest:
        first = first + amount
    return first


def unit_sums(u: Value) -> dict[str, Value]:
    """Multiply and add."""
    searches = u.greatest(u.or_zero(u.web_searches), 0)
    grounded = u.choose(u.image_searches_once > 0, u.least(searches, 1), searches)
    return {
        "unit_input_cost": u.choose(u._by_units, _sum(u, _INPUT), 0.0),
        "unit_output_cost": u.choose(u._by_units, _sum(u, _OUTPUT) * u._videos, 0.0)
        + searches * getattr(u, OUTPUT_SEARCHES_RATE),
        "_beside": grounded * u.image_searches_rate
        + u.choose(u.bills_call_price > 0, u.or_zero(u.stated_call_cost), 0.0),
    }


def recognised(u: Value) -> dict[str, Value]:
    """Add what a realtime session's recogniser costs, and what stands beside a call's tools."""
    return {
        "unit_additional_cost": u._asr_cost,
        "tool_cost": u._beside + u.choose(u.bills_tools > 0, u.tool_cost, 0.0),
    }


def quirks_shown(u: Value) -> dict[str, Value]:
    """Say which of LiteLLM's quirks may have touched the tools' cost, as the sum of their bits."""
    bits = u.choose(u.bills_tools > 0, 0, 0)
    shown = {
        name: condition & (getattr(u, f"reproduces_{name}") > 0)
        for name, condition in tool_quirks(u).items()
    }
    for name, condition in shown.items():
        bits = bits + u.choose(condition, QUIRK_BITS[name], 0)
    return {"unit_quirks": bits}


UNIT_STAGES: Final[tuple[Stage, ...]] = (
    units_counted,
    unit_quantities,
    units_lacking,
    unit_sums,
    *TOOL_STAGES,
    quirks_shown,
    asr_costs,
    recognised,
)
"""From counts to UNIT_SUMS."""

UNIT_SUMS: Final[tuple[str, ...]] = (
    "unit_input_cost",
    "unit_output_cost",
    "unit_additional_cost",
    "tool_cost",
)
"""What they give, USD: what units add to the input, the output and the additional cost, and the
tools' cost."""

NO_UNITS: Final[dict[str, float]] = {**dict.fromkeys(UNIT_SUMS, 0.0), "unit_quirks": 0}
"""Of a call without units."""

LACKING: Final[tuple[str, ...]] = (
    "_is_priced",
    "_by_units",
    "_lacking",
    "_lacking_rate",
    "_lacking_parts",
    "_lacking_output",
)
"""What else they give: whether there is a price, whether units were billed, how many kinds of them
were not counted, and of the one that was not: its rate, whether there are parts of one, and whether
it is output."""
