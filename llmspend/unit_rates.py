"""Rates of units: what one basis pays per second, image, page, query … and for its tools.

Every fallback is decided here, on the small side, once per entry and set of sizes, resolutions …:
"no rate for this resolution: the rate of any", "no price per character: per token". The tables are
`llmspend.kind_rules`, `llmspend.image_rules` and `llmspend.tool_policies`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.entries import as_rate
from llmspend.kind_rules import DEFAULT_RESULTS, SEARCH_MODES, kind_rule
from llmspend.tool_rates import NO_TOOL_RATES, asr_rates, tool_rates
from llmspend.unit_formulas import ONLY_TOKENS, TOOL_QUIRKS, UNIT_RATES, UNIT_SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from llmspend.billed_units import Price
    from llmspend.entries import Entry
    from llmspend.image_prices import ImagePrice
    from llmspend.kind_rules import KindRule

_LONGEST_SUFFIX: Final = 24
"""Of a resolution; a longer one is none."""

_NOTHING: Final = (
    dict.fromkeys(UNIT_RATES, 0.0) | dict.fromkeys(UNIT_SWITCHES, 0) | dict(NO_TOOL_RATES)
)


class Priced(NamedTuple):
    """What prices the units of a basis.

    Attributes
    ----------
    kind
        Kind of call.
    provider
        Who bills.
    key
        The cost-map key, None where there is none.
    is_known
        Whether the name is known at all: with an entry, or by a rule.
    entry
        The rates that its names led to; None where nothing did.
    own
        The deployment's own prices; None where it has none.
    """

    kind: str
    provider: str | None
    key: str | None
    is_known: bool
    entry: Mapping[str, Any] | None
    own: Mapping[str, Any] | None = None


class Details(NamedTuple):
    """What else chooses a rate: usage columns, null where the kind does not go by them."""

    image_size: str | None = None
    image_quality: str | None = None
    image_steps: int | None = None
    image_resolution: str | None = None
    image_width: int | None = None
    image_height: int | None = None
    video_resolution: str | None = None
    search_max_results: int | None = None
    search_mode: str | None = None
    search_context_size: str | None = None
    web_search_signal: str | None = None
    asr_model: str | None = None


def unit_rates(
    priced: Priced,
    details: Details,
    *,
    entries: Mapping[str, Entry],
    image: ImagePrice | None = None,
    recogniser: Mapping[str, Any] | None = None,
    reproduce: AbstractSet[str] | None = None,
) -> dict[str, float | int]:
    """Find what one basis pays per unit.

    Parameters
    ----------
    priced
        What prices it.
    details
        Sizes, resolutions, modes …
    entries
        The cost map.
    image
        What `llmspend.image_prices` says, for calls that make images.
    recogniser
        The entry of a realtime session's speech recogniser.
    reproduce
        Names of LiteLLM's quirks to reproduce; None: all.

    Returns
    -------
    dict
        UNIT_RATES (USD per one unit) and UNIT_SWITCHES of `llmspend.unit_formulas`.

    Examples
    --------
    >>> films = {"output_cost_per_second": 0.1, "output_cost_per_second_4k": 0.4}
    >>> acme = Priced("video", "acme", "acme/films", True, films)
    >>> unit_rates(acme, Details(video_resolution=" 4K "), entries={})["video_seconds_rate"]
    0.4
    """
    rule = kind_rule(priced.kind, priced.provider)
    found = dict(_NOTHING)
    if rule.image_call is not None:
        return found | _of_images(image, details)
    rates = dict(_unit_prices(rule, priced, details, entries))
    is_free = rule.is_free_without_price or rule.bills_call_price
    found |= {f"{unit}_rate": rate for unit, rate in rates.items()}
    found |= {
        "is_priced": int((priced.is_known and is_free) or rule.stops or bool(rates)),
        "bills_units": int(bool(rates)),
        "tokens_win": int(rule.tokens != "never"),
        "bills_credits": int("credits" in rates),
        "bills_call_price": int(rule.bills_call_price),
    }
    if rule.has_tools:
        table = priced.entry
        if table is None and priced.is_known:
            table = {}
        found |= {
            f"reproduces_{name}": int(reproduce is None or name in reproduce)
            for name in TOOL_QUIRKS
        }
        found |= {"bills_tools": 1} | tool_rates(
            None if table is None else dict(table),
            priced.provider,
            priced.key,
            search_context_size=details.search_context_size,
            web_search_signal=details.web_search_signal,
            entries=entries,
            reproduce=reproduce,
        )
    if details.asr_model is not None or recogniser is not None:
        own = None if priced.own is None else dict(priced.own)
        found |= asr_rates(own, None if recogniser is None else dict(recogniser))
    return found


def _of_images(image: ImagePrice | None, details: Details) -> dict[str, float | int]:
    if image is None:
        return {"is_priced": 0}
    stated = details.image_size, details.image_quality, details.image_resolution
    usd = image.usd_per_image
    return {
        "is_priced": ONLY_TOKENS if usd is None else 1,
        "bills_units": int(usd is not None),
        "tokens_win": int(image.tokens_win),
        "output_images_rate": (usd or 0.0) * image.uplift,
        "bills_once": int(image.once),
        "image_searches_rate": image.usd_per_search,
        "image_searches_once": int(image.searches_once),
        "depends_on_size": int(image.resolved_by in _BY_SIZE and not any(stated)),
    }


_BY_SIZE: Final = frozenset(
    ("quality and size", "size", "size, quality assumed", "nearest size", "resolution")
)
"""How the price of an image is found where its size chooses it."""


def _unit_prices(
    rule: KindRule, priced: Priced, details: Details, entries: Mapping[str, Entry]
) -> Iterator[tuple[str, float]]:
    """Yield the units that the first group with any price bills, with USD per one."""
    table = (
        _search_entry(priced, details, entries) if rule.lookup == "search" else _table(rule, priced)
    )
    if table is None and any(price.keys for group in rule.prices for price in group):
        return
    for group in rule.prices:
        rates = {price.unit: _rate(price, table or {}, details) for price in group}
        known = {unit: rate for unit, rate in rates.items() if rate is not None}
        if known:
            yield from known.items()
            return


def _table(rule: KindRule, priced: Priced) -> Mapping[str, Any] | None:
    """Lay a deployment's own prices over the entry, as the kind of call has it."""
    if priced.own is None or rule.own_prices == "table":
        return priced.entry
    if rule.own_prices == "instead":
        return priced.own
    own = {key: rate for key, value in priced.own.items() if (rate := as_rate(value)) is not None}
    return {**(priced.entry or {}), **own}


def _rate(price: Price, table: Mapping[str, Any], details: Details) -> float | None:
    if price.usd is not None:
        return price.usd
    if price.needs is not None and price.needs not in table:
        return None
    suffix = _suffix(details.video_resolution)
    for key in price.keys:
        if "{}" in key and suffix is None:
            continue
        rate = as_rate(table.get(key.format(suffix)))
        if rate is not None and (rate > 0 or not price.above_zero):
            return rate
    tiers = table.get("tiered_pricing")
    if price.keys and isinstance(tiers, list) and tiers:
        return _by_results(price.keys[0], tiers, details.search_max_results)
    return None


def _suffix(resolution: str | None) -> str | None:
    """Bring a resolution into the form that rate keys end in."""
    text = "".join(c for c in (resolution or "").strip().lower() if c.isalnum() or c == "_")
    return text if 0 < len(text) <= _LONGEST_SUFFIX else None


def _by_results(key: str, tiers: list[Any], results: int | None) -> float | None:
    """Return the rate of the range that the results asked for lie in; beyond all, the last."""
    count = DEFAULT_RESULTS if results is None else results
    ranges = [tier for tier in tiers if isinstance(tier, dict) and "max_results_range" in tier]
    for tier in ranges:
        low, high = tier["max_results_range"]
        if low <= count <= high:
            return as_rate(tier.get(key))
    return as_rate(ranges[-1].get(key)) if ranges else None


def _search_entry(
    priced: Priced, details: Details, entries: Mapping[str, Entry]
) -> Mapping[str, Any] | None:
    """Find what a search is priced as: some providers go by its mode, not by its name."""
    provider = priced.provider or ""
    for mode in (details.search_mode, None):
        name = SEARCH_MODES.get((provider, mode))
        if name is not None:
            return entries.get(f"{provider}/{name}")
    return priced.entry
