"""Where each rate of a request comes from: which key of which entry, and what was done to it.

The rules that fill an entry's gaps are not written here again. An entry is compiled a second time
with a number of its own in the place of every rate: the number that comes out for a meter tells
which key went in.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.basis import billed_tier
from llmspend.batch_rates import batch_rule, compile_batch_rates
from llmspend.entries import as_rate
from llmspend.meters import BATCHES, METERS, STANDARD, is_rate_key, parse_rate_key
from llmspend.provider_rules import provider_rule
from llmspend.rate_table import compile_rates, unknown_rates, zero_rates
from llmspend.row_classes import BATCH_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from llmspend.basis import Basis
    from llmspend.entries import Entry
    from llmspend.models import Match
    from llmspend.provider_rules import ProviderRule
    from llmspend.rate_table import RateTable

Path = tuple[str | int, ...]
_BLOCKS: Final = ("tiered_pricing", "off_peak_pricing")
_SHARES: Final = (1.0, 0.5)
"""What a rate may be of a single key's: all of it, or half in a batch."""
_WITH_FALLBACKS: Final = frozenset(m.name for m in METERS if m.unit == "token")
"""Meters whose rate may be another's; seconds have three keys, none of them more their own."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rate comes from.

    Attributes
    ----------
    keys
        Paths of keys in the entry whose product (and quotient) it is: mostly one. Empty where the
        entry has nothing for the meter, which then is free.
    values
        What the entry has there.
    powers
        1 for a factor, -1 for a divisor.
    share
        What is left to multiply with, such as 0.5 in a batch at half of the standard price.
    why
        In words, such as ``"no rate of its own: the rate of input_tokens"``.
    """

    keys: tuple[str, ...]
    values: tuple[float, ...]
    powers: tuple[int, ...]
    share: float
    why: str

    @property
    def formula(self) -> str:
        """The keys and what is done to them, in one line; empty without keys."""
        if not self.keys:
            return ""
        parts = [
            f"{'×' if p > 0 else '÷'} {k}" for k, p in zip(self.keys, self.powers, strict=True)
        ]
        share = "" if self.share == 1 else f"{self.share:g} × "
        return share + " ".join(parts).removeprefix("× ")


class Applied(NamedTuple):
    """The row of rates that prices a request, and what chose it.

    Attributes
    ----------
    table, place
        The compiled entry, and the row's index in it.
    rule
        The provider's rule.
    tier
        The service tier it is billed at; its rates may all be standard ones.
    band
        Number of the context band, from 0.
    context
        The prompt length that chose it.
    is_off_peak
        Whether off-peak hours are open; None where the entry has none.
    is_batch
        Whether batch rates apply.
    """

    table: RateTable
    place: int
    rule: ProviderRule
    tier: str
    band: int
    context: int
    is_off_peak: bool | None
    is_batch: bool

    @property
    def rates(self) -> dict[str, float | None]:
        """The row's rates, by name on the rate card without ``_rate``."""
        return _rates_at(self.table, self.place)


def applied_row(
    match: Match,
    basis: Basis,
    entries: Mapping[str, Entry],
    reproduce: AbstractSet[str],
    prompt_tokens: int,
    cached_tokens: int,
    ended_at: datetime | None,
) -> Applied:
    """Find the row of rates for a request, as `llmspend.RateCard.rates_for` does.

    Parameters
    ----------
    match
        What its names resolved to.
    basis
        Its tier and kind.
    entries
        Key → entry, deployments included.
    reproduce
        Names of the quirks to reproduce.
    prompt_tokens, cached_tokens
        Length of its prompt; tokens read from and written to the cache.
    ended_at
        When it is billed.

    Returns
    -------
    Applied
        The row, with what chose it.
    """
    rule = provider_rule(match.provider)
    is_batch = basis.kind == BATCH_KIND
    rule = batch_rule(rule) if is_batch else rule
    if match.key is not None:
        table = _compiled(entries[match.key], rule, match.key, reproduce, is_batch=is_batch)
    elif match.prices_by is None and not is_batch:
        table = unknown_rates(rule)
    else:
        table = zero_rates(rule, is_free=match.prices_by == "free provider")
    tier = billed_tier(basis.service_tier, basis.served_service_tier, basis.traffic_type)
    context = max(prompt_tokens, cached_tokens) if rule.context_counts_cache else prompt_tokens
    band = bisect_right(table.bounds, context)
    hours = table.off_peak
    is_open = None if hours is None else ended_at is not None and hours.at(ended_at)
    place = table.place(tier, band, int(bool(is_open)))
    return Applied(table, place, rule, tier, band, context, is_open, is_batch)


def rate_origins(
    entry: Entry, key: str, applied: Applied, reproduce: AbstractSet[str]
) -> dict[str, Origin]:
    """Find where each rate of a row comes from.

    Parameters
    ----------
    entry
        The entry, as in the cost map or a deployment.
    key
        Its key.
    applied
        The row.
    reproduce
        Names of the quirks it was compiled with.

    Returns
    -------
    dict
        Name of each known rate on the card, without ``_rate`` → its origin.

    Examples
    --------
    >>> from llmspend.models import Match
    >>> from llmspend.basis import Basis
    >>> entry = {"input_cost_per_token": 2e-06, "output_cost_per_token": 0.0}
    >>> match = Match("acme/small", "acme", "model, exact", "entry")
    >>> row = applied_row(match, Basis("acme/small"), {"acme/small": entry}, set(), 9, 0, None)
    >>> origins = rate_origins(entry, "acme/small", row, set())
    >>> origins["cache_read_tokens"].keys, origins["cache_read_tokens"].why
    (('input_cost_per_token',), 'no rate of its own: the rate of input_tokens')
    """
    leaves = dict(_leaves(entry))

    def rates_with(marks: Mapping[Path, float]) -> dict[str, float | None]:
        table = _compiled(
            _marked(entry, marks), applied.rule, key, reproduce, is_batch=applied.is_batch
        )
        return _rates_at(table, applied.place)

    # a zero stays one: whether a rate is above it decides which rules apply
    marks = {path: _mark(i) for i, (path, rate) in enumerate(leaves.items()) if rate > 0}
    by_mark = {mark * share: (path, share) for path, mark in marks.items() for share in _SHARES}
    marked = rates_with(marks)
    zeros = [path for path, rate in leaves.items() if not rate]
    mark_of_zero = _mark(len(leaves))
    lifted = {path: rates_with(marks | {path: mark_of_zero}) for path in zeros}
    found: dict[str, Origin] = {}
    for meter, rate in applied.rates.items():
        if rate is None:
            continue
        value = marked[meter]
        if value in by_mark:
            path, share = by_mark[value]
            powers = {path: 1}
        elif rate:
            powers, share = _powers(meter, marks, marked, rates_with)
        else:
            lifts = {
                mark_of_zero * share: (path, share)
                for path in zeros
                for share in _SHARES
                if lifted[path][meter] == mark_of_zero * share
            }
            path_of_zero, share = next(iter(lifts.values()), (None, 1.0))
            powers = {} if path_of_zero is None else {path_of_zero: 1}
        keys = tuple(map(_text, powers))
        found[meter] = Origin(
            keys,
            tuple(leaves[path] for path in powers),
            tuple(powers.values()),
            share,
            _why(meter, powers, share, applied),
        )
    return found


def _powers(
    meter: str,
    marks: dict[Path, float],
    marked: Mapping[str, float | None],
    rates_with: Any,  # noqa: ANN401 - the function above
) -> tuple[dict[Path, int], float]:
    """Find the factors of a rate that is made of several: doubling one doubles or halves it."""
    base = marked[meter] or math.nan
    powers: dict[Path, int] = {}
    rest = base
    for path, mark in marks.items():
        ratio = (rates_with(marks | {path: 2 * mark})[meter] or math.nan) / base
        if ratio in (2.0, 0.5):
            powers[path] = 1 if ratio > 1 else -1
            rest /= mark ** powers[path]
    # factors first, in their order, then divisors
    powers = dict(sorted(powers.items(), key=lambda item: -item[1]))
    return powers, float(f"{rest:.9g}")


def _compiled(
    entry: Entry,
    rule: ProviderRule,
    key: str,
    reproduce: AbstractSet[str],
    *,
    is_batch: bool,
) -> RateTable:
    return (compile_batch_rates if is_batch else compile_rates)(entry, rule, key, reproduce)


def _rates_at(table: RateTable, place: int) -> dict[str, float | None]:
    by_length = {name.removesuffix("_rate"): rate for name, rate in table.long_rates.items()}
    return {**table.rows[place], **by_length}


# -- the rates inside an entry


def _leaves(entry: Entry) -> Iterator[tuple[Path, float]]:
    """Yield the path and the value of every rate that pricing may read."""
    for path, block in _blocks(entry):
        for key, value in block.items():
            rate = as_rate(value) if is_rate_key(key) else None
            if rate is not None:
                yield (*path, key), rate


def _blocks(entry: Entry) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield (), entry
    ranges, hours = (entry.get(name) for name in _BLOCKS)
    for i, block in enumerate(ranges if isinstance(ranges, list) else ()):
        if isinstance(block, dict):
            yield (_BLOCKS[0], i), block
    if isinstance(hours, dict):
        yield (_BLOCKS[1],), hours


def _mark(number: int) -> float:
    """Return a number that is no other's, nor half of one, nor a product of some."""
    return 1 + math.sqrt(number + 2) / 1000


def _marked(entry: Entry, marks: Mapping[Path, float]) -> Entry:
    """Copy an entry, with other numbers at some paths."""
    copy = dict(entry)
    ranges, hours = (entry.get(name) for name in _BLOCKS)
    if isinstance(ranges, list):
        copy[_BLOCKS[0]] = [dict(r) if isinstance(r, dict) else r for r in ranges]
    if isinstance(hours, dict):
        copy[_BLOCKS[1]] = dict(hours)
    for (*blocks, key), mark in marks.items():
        inside: Any = copy
        for step in blocks:
            inside = inside[step]
        inside[key] = mark
    return copy


def _text(path: Path) -> str:
    """Write a path as a person would: ``tiered_pricing[1].input_cost_per_token``."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


# -- in words


def _why(meter: str, powers: Mapping[Path, int], share: float, applied: Applied) -> str:
    """Say how a rate was found, from the keys in it."""
    if not powers:
        return "the entry has no rate for it"
    path = next(iter(powers))
    key = str(path[-1])
    parsed = parse_rate_key(key)
    said = []
    if path[0] == _BLOCKS[0]:
        said.append("the range of the prompt's length")
    elif path[0] == _BLOCKS[1]:
        said.append("off-peak hours")
    if parsed is not None and parsed.meter != meter and meter in _WITH_FALLBACKS:
        said.append(f"no rate of its own: the rate of {parsed.meter}")
    wanted = BATCHES if applied.is_batch else applied.tier
    has_tiers = applied.is_batch or (applied.rule.service_tiers and not said)
    if len(powers) > 1:
        said.append(f"no long-context rate for {wanted}: in the ratio of its base rate")
    elif parsed is not None and wanted not in (STANDARD, parsed.service_tier) and has_tiers:
        said.append(f"no rate for {wanted}: the standard one")
    if parsed is not None and parsed.context_threshold:
        said.append(f"the prompt is above {parsed.context_threshold:,} tokens")
    if share != 1:
        said.append(f"{share:g} of it")
    return "; ".join(said) or "its own rate"
