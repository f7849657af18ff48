"""An entry of the cost map: what may stand in it, and the rates it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from llmspend.errors import CostMapError
from llmspend.meters import MULTIPLIER_KEYS, STANDARD, is_rate_key, parse_rate_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.provider_rules import ProviderRule

Entry: TypeAlias = dict[str, Any]
"""One model of the cost map, as in the JSON."""

_SHAPES: Final[dict[str, tuple[type, str]]] = {
    "litellm_provider": (str, "text"),
    "mode": (str, "text"),
    "aliases": (list, "a list of names"),
    "supported_regions": (list, "a list of regions"),
    "provider_specific_entry": (dict, "an object"),
    "off_peak_pricing": (dict, "an object with hours_utc or windows, and rates"),
    "tiered_pricing": (list, "a list of objects, each with a range and rates"),
}
"""Keys that are more than a number → what they have to be."""


def _shape_problem(key: str, value: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    shape, wanted = _SHAPES[key]
    if value is not None and not isinstance(value, shape):
        return f"should be {wanted}"
    ranges: Any = value if key == "tiered_pricing" else None
    for tier in ranges or ():
        span = tier.get("range", (0, 1)) if isinstance(tier, dict) else None
        if not isinstance(span, (list, tuple)) or len(span) != 2 or any(map(_rate_problem, span)):  # noqa: PLR2004
            return 'should be a list of objects, each with a "range" of two numbers'
        if any(end is None for end in span):
            return 'has a "range" with an open end: give it two numbers'
    return None


def check_entries(entries: Mapping[str, Any], origin: str) -> None:
    """Raise CostMapError for the first entry or rate that makes no sense.

    Parameters
    ----------
    entries
        Key → entry.
    origin
        What the message calls the map.

    Raises
    ------
    CostMapError
        It names the entry and the key.
    """
    for problem in problems_of(entries):
        raise CostMapError(f"{origin}, {problem}")


def problems_of(entries: Mapping[Any, Any]) -> Iterator[str]:
    """Yield what makes no sense in a cost map, a sentence each.

    Parameters
    ----------
    entries
        Key → entry.

    Yields
    ------
    str
        It names the entry and the key.
    """
    for model, entry in entries.items():
        if not isinstance(model, str):
            yield f"entry {model!r}: a key is a name, such as 'gpt-4o'."
            continue
        if not isinstance(entry, dict):
            yield (
                f"entry {model!r}: a {type(entry).__name__}, but an entry is an object "
                "such as {'input_cost_per_token': 1e-06, 'litellm_provider': 'openai'}."
            )
            continue
        for key, value, problem in _problems(entry):
            if problem:
                yield f"entry {model!r}, key {key!r}: {value!r} {problem}."


def _problems(entry: Entry) -> Iterator[tuple[str, Any, str | None]]:
    # shapes first: what has the wrong one cannot be searched for rates
    for key in _SHAPES.keys() & entry.keys():
        yield key, entry[key], _shape_problem(key, entry[key])
    for key, value in _priced_values(entry):
        yield key, value, _rate_problem(value)


def _priced_values(entry: Entry) -> Iterator[tuple[str, Any]]:
    """Yield every rate and multiplier of an entry with the path of its key."""
    for key, value in entry.items():
        if key in MULTIPLIER_KEYS:
            yield key, value
        elif is_rate_key(key):
            yield from _flatten(key, value)
    for path, _, _, block in _blocks(entry):
        for key, value in block.items():
            if is_rate_key(key):
                yield f"{path}.{key}", value


def _flatten(key: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - parsed JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flatten(f"{key}.{name}", inner)
    else:
        yield key, value


def _blocks(entry: Entry) -> Iterator[tuple[str, int, str | None, dict[str, Any]]]:
    """Yield the blocks of rates inside an entry: path, context threshold, variant, rates."""
    tiers = entry.get("tiered_pricing")
    for i, tier in enumerate(tiers if isinstance(tiers, list) else ()):
        if isinstance(tier, dict):
            lower = tier.get("range") or (0,)
            yield f"tiered_pricing[{i}]", int(lower[0]), None, tier
    off_peak = entry.get("off_peak_pricing")
    if isinstance(off_peak, dict):
        yield "off_peak_pricing", 0, "off_peak", off_peak


def _rate_problem(value: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    if value is None:
        return None
    if isinstance(value, bool):
        return "is not a number"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return "is not a number"
    if not math.isfinite(number):
        return "is not finite"
    return "is negative" if number < 0 else None


def rates_of(entry: Entry) -> Iterator[tuple[str, str, int, str | None, float, str]]:
    """Yield meter, service tier, context threshold, variant, USD per unit and key of each rate."""
    for key, value in entry.items():
        parsed = parse_rate_key(key) if is_rate_key(key) else None
        if parsed is None:
            continue
        for path, number in _flatten(key, value):
            if as_rate(number) is not None:
                variant = path[len(key) + 1 :] or parsed.variant
                yield (
                    parsed.meter,
                    parsed.service_tier,
                    parsed.context_threshold,
                    variant,
                    float(number),
                    path,
                )
    for path, threshold, variant, block in _blocks(entry):
        for key, value in block.items():
            parsed = parse_rate_key(key) if is_rate_key(key) else None
            if parsed is not None and as_rate(value) is not None:
                yield parsed.meter, STANDARD, threshold, variant, float(value), f"{path}.{key}"


def whole_number(entry: Entry, *keys: str) -> int | None:
    """Return the first of some keys that an entry has, as a whole number."""
    value = next((entry[k] for k in keys if entry.get(k) is not None), None)
    return int(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True)
class LiveEntry:
    """An entry's live rates by (meter, service tier, threshold)."""

    rates: Mapping[tuple[str, str, int], float]
    raw: Entry
    rule: ProviderRule

    @classmethod
    def of(cls, raw: Entry, rule: ProviderRule) -> LiveEntry:
        """Read an entry as a provider's rule sees it."""
        return cls(live_rates(raw), raw, rule)

    def rate(self, meter: str, tier: str = STANDARD, threshold: int = 0) -> float | None:
        """Return a rate; where the tier has none, the standard one."""
        if tier:
            tiered = self.rates.get((meter, tier, threshold))
            if tiered is not None:
                return tiered
        return self.rates.get((meter, STANDARD, threshold))


def as_rate(value: Any) -> float | None:  # noqa: ANN401 - parsed JSON
    """Read a rate from JSON: a number, or a number as text; else None."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def live_rates(raw: Mapping[str, Any]) -> dict[tuple[str, str, int], float]:
    """Return the rates that LiteLLM reads, by meter, service tier and threshold."""
    found = {}
    for key, value in raw.items():
        parsed = parse_rate_key(key) if is_rate_key(key) else None
        if parsed is not None and parsed.is_live and parsed.variant is None:
            number = as_rate(value)
            if number is not None:
                found[parsed.meter, parsed.service_tier, parsed.context_threshold] = number
    return found
