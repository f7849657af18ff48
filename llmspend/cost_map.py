"""The cost map: LiteLLM's JSON of models and their rates, checked and as tables.

A snapshot travels inside the package; `load_cost_map` reads it, or any file or dict of the same
shape. Keys are parsed by the grammar of `llmspend.meters`; nothing here lists them.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl

from llmspend.errors import CostMapError, nearest
from llmspend.meters import (
    METER_BY_NAME,
    MULTIPLIER_KEYS,
    STANDARD,
    UNUSED_STEMS,
    is_rate_key,
    parse_rate_key,
)
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Entry: TypeAlias = dict[str, Any]
"""One model of the cost map, as in the JSON."""

NOT_MODELS: Final = frozenset({"sample_spec", "fallback_generalizations"})
"""Keys of the JSON that are documentation or rules, not models."""

_SHOWN_PROVIDERS: Final = 6


@dataclass(frozen=True, eq=False)
class CostMap:
    """Models and their rates.

    Attributes
    ----------
    entries
        Key → entry, as in the JSON, aliases expanded.
    source
        Where it comes from.
    date
        Date of the snapshot (ISO), or None when unknown.
    sha256
        Digest of the JSON it was read from.
    providers
        Ids of providers that may stand before the first ``/`` of a model name.

    Examples
    --------
    >>> costs = load_cost_map()
    >>> len(costs) > 4000, "gpt-4o" in costs
    (True, True)
    >>> costs.rates.filter(model="gpt-4o", service_tier="").head(2).columns
    ['model', 'meter', 'service_tier', 'context_threshold', 'variant', 'usd_per_unit', 'rate_key']
    """

    entries: Mapping[str, Entry]
    source: str
    sha256: str
    date: str | None = None
    providers: frozenset[str] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    @cached_property
    def by_folded_key(self) -> dict[str, str]:
        """Lower-cased key → key; the last of two that differ only in case, as in LiteLLM."""
        return {key.lower(): key for key in self.entries}

    @cached_property
    def models(self) -> pl.DataFrame:
        """One row per entry, in the order of the map.

        Columns ``key, provider, mode, max_input_tokens, max_output_tokens, capabilities,
        deprecated_on, source``.
        """
        entries = self.entries.values()
        return pl.DataFrame(
            {
                "key": list(self.entries),
                "provider": [e.get("litellm_provider") for e in entries],
                "mode": [e.get("mode") for e in entries],
                "max_input_tokens": [_whole(e, "max_input_tokens", "max_tokens") for e in entries],
                "max_output_tokens": [
                    _whole(e, "max_output_tokens", "max_tokens") for e in entries
                ],
                "capabilities": [
                    sorted(
                        k.removeprefix("supports_")
                        for k, v in e.items()
                        if v is True and k.startswith("supports_")
                    )
                    for e in entries
                ],
                "deprecated_on": [e.get("deprecation_date") for e in entries],
                "source": [e.get("source") for e in entries],
            },
            schema={
                "key": pl.String,
                "provider": pl.String,
                "mode": pl.String,
                "max_input_tokens": pl.Int64,
                "max_output_tokens": pl.Int64,
                "capabilities": pl.List(pl.String),
                "deprecated_on": pl.String,
                "source": pl.String,
            },
        )

    @cached_property
    def rates(self) -> pl.DataFrame:
        """One row per rate: USD per **one** unit of a meter.

        Columns ``model, meter, service_tier`` (``""`` is standard), ``context_threshold`` (the
        rate holds above so many prompt tokens), ``variant`` (resolution, search depth, off-peak
        hours), ``usd_per_unit, rate_key``.
        """
        rows = [
            (model, *rate) for model, entry in self.entries.items() for rate in _rates_of(entry)
        ]
        return pl.DataFrame(
            rows,
            schema={
                "model": pl.String,
                "meter": pl.String,
                "service_tier": pl.String,
                "context_threshold": pl.Int64,
                "variant": pl.String,
                "usd_per_unit": pl.Float64,
                "rate_key": pl.String,
            },
            orient="row",
        )

    @cached_property
    def unknown_rate_keys(self) -> dict[str, list[str]]:
        """Rate keys whose stem is in no table of `llmspend.meters` → the entries that have them.

        They are not priced from. Empty when every key is understood.
        """
        found: dict[str, list[str]] = {}
        for model, entry in self.entries.items():
            for key in entry:
                if is_rate_key(key) and key not in UNUSED_STEMS and parse_rate_key(key) is None:
                    found.setdefault(key, []).append(model)
        return found

    def search(self, query: str, limit: int = 20) -> pl.DataFrame:
        """Find models by parts of their name.

        Parameters
        ----------
        query
            Words that must all occur in the key or be its provider or mode, in any case.
        limit
            How many rows at most.

        Returns
        -------
        polars.DataFrame
            Rows of `models`, shortest key first; where none match, the nearest names.

        Examples
        --------
        >>> load_cost_map().search("claude opus bedrock", limit=1).height
        1
        """
        hits = self._hits(query)
        if hits.is_empty():
            near = pl.DataFrame({"key": nearest(query, self.entries)}, schema={"key": pl.String})
            hits = near.join(self.models, on="key", maintain_order="left")
        return hits.head(limit)

    def matches(self, query: str) -> bool:
        """Tell whether any model matches a query, rather than being merely near.

        Parameters
        ----------
        query
            As for `search`.

        Returns
        -------
        bool
            True when `search` gives matches, False when it gives the nearest names.
        """
        return not self._hits(query).is_empty()

    def _hits(self, query: str) -> pl.DataFrame:
        text = pl.concat_str("key", "provider", "mode", separator=" ", ignore_nulls=True)
        folded = text.str.to_lowercase()
        words = (folded.str.contains(w, literal=True) for w in query.lower().split())
        return self.models.filter(pl.lit(value=True), *words).sort(
            pl.col("key").str.len_chars(), "key"
        )

    def __repr__(self) -> str:
        parts = [
            f"{len(self):,} models of {self.models['provider'].n_unique()} providers",
            f"{self.rates.height:,} rates",
            self.source,
            *([self.date] if self.date else []),
            f"sha256 {self.sha256[:12]}",
        ]
        unknown = self.unknown_rate_keys
        if unknown:
            parts.append(f"{len(unknown)} rate keys not understood (see .unknown_rate_keys)")
        return f"<CostMap: {' · '.join(parts)}>"

    def _repr_html_(self) -> str:
        counts = self.models["provider"].value_counts(sort=True)
        largest = ", ".join(
            f"{html.escape(str(p))} {n}" for p, n in counts.head(_SHOWN_PROVIDERS).rows()
        )
        rows = {
            "models": f"{len(self):,}",
            "providers": f"{counts.height} ({largest} …)",
            "rates": f"{self.rates.height:,}",
            "source": html.escape(self.source),
            "date": html.escape(self.date or "unknown"),
            "sha256": f"<code>{self.sha256[:16]}…</code>",
            "rate keys not understood": html.escape(", ".join(self.unknown_rate_keys) or "none"),
        }
        cells = "".join(
            f"<tr><th style='text-align:left'>{k}</th><td style='text-align:left'>{v}</td></tr>"
            for k, v in rows.items()
        )
        return f"<table><caption>LLM cost map</caption>{cells}</table>"


def load_cost_map(source: str | Path | Mapping[str, Any] | None = None) -> CostMap:
    """Read a cost map and check it.

    Parameters
    ----------
    source
        None for the snapshot inside the package; the path of a JSON file (or ``.json.gz``) in
        LiteLLM's format; or such a JSON already parsed.

    Returns
    -------
    CostMap
        Its `models` and `rates` are Polars tables; printing it shows where it comes from.

    Raises
    ------
    CostMapError
        When the file is missing or not JSON, or an entry or a rate makes no sense: the message
        names the file, the entry and the key.

    Examples
    --------
    >>> load_cost_map({"acme/small": {"input_cost_per_token": 1e-06, "litellm_provider": "acme"}})
    <CostMap: 1 models of 1 providers · 1 rates · dict · sha256 ...>
    """
    if source is None:
        return _load_packaged()
    if isinstance(source, (str, Path)):
        raw = _read(Path(source))
        origin = printable(str(source))
        try:
            parsed = json.loads(raw)
        except ValueError as error:
            raise CostMapError(f"{origin} is not JSON: {error}.") from None
    else:
        parsed, origin = dict(source), "dict"
        raw = json.dumps(parsed, sort_keys=True, default=str).encode()
    entries = _entries(parsed, origin)
    _check(entries, origin)
    return CostMap(entries, origin, hashlib.sha256(raw).hexdigest(), None, _packaged_providers())


def _load_packaged() -> CostMap:
    # checked by its test, not at every start
    raw = gzip.decompress(_data("cost_map.json.gz").read_bytes())
    meta = json.loads(_data("cost_map.meta.json").read_text(encoding="utf-8"))
    entries = _entries(json.loads(raw), "packaged cost map")
    return CostMap(
        entries, meta["source"], meta["sha256"], meta["date"], frozenset(meta["providers"])
    )


def _data(name: str) -> Any:  # noqa: ANN401 - importlib's Traversable
    return resources.files("llmspend") / "data" / name


def _packaged_providers() -> frozenset[str]:
    return frozenset(json.loads(_data("cost_map.meta.json").read_text("utf-8"))["providers"])


def _read(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except FileNotFoundError:
        shown = printable(str(path))
        raise CostMapError(f"no cost map at {shown}: there is no such file.") from None
    except (OSError, EOFError) as error:
        shown = printable(str(path))
        raise CostMapError(f"the cost map {shown} cannot be read: {error}.") from None


def _entries(parsed: Any, origin: str) -> dict[str, Entry]:  # noqa: ANN401 - parsed JSON
    if not isinstance(parsed, dict):
        raise CostMapError(
            f"{origin} holds a {type(parsed).__name__}; a cost map is an object: model → entry."
        )
    entries = {k: v for k, v in parsed.items() if k not in NOT_MODELS}
    aliases = {
        alias: entry
        for entry in entries.values()
        if isinstance(entry, dict)
        for alias in (entry.get("aliases") if isinstance(entry.get("aliases"), list) else ()) or ()
        if isinstance(alias, str)
    }
    return {**aliases, **entries}


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


def _check(entries: Mapping[str, Any], origin: str) -> None:
    for model, entry in entries.items():
        if not isinstance(entry, dict):
            raise CostMapError(
                f"{origin}, entry {model!r}: a {type(entry).__name__}, but an entry is an object "
                "such as {'input_cost_per_token': 1e-06, 'litellm_provider': 'openai'}."
            )
        for key, value, problem in _problems(entry):
            if problem:
                raise CostMapError(f"{origin}, entry {model!r}, key {key!r}: {value!r} {problem}.")


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
    except (TypeError, ValueError):
        return "is not a number"
    if not math.isfinite(number):
        return "is not finite"
    return "is negative" if number < 0 else None


def _rates_of(entry: Entry) -> Iterator[tuple[str, str, int, str | None, float, str]]:
    for key, value in entry.items():
        parsed = parse_rate_key(key) if is_rate_key(key) else None
        if parsed is None:
            continue
        for path, number in _flatten(key, value):
            if number is not None:
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
            if parsed is not None and value is not None:
                assert parsed.meter in METER_BY_NAME
                yield parsed.meter, STANDARD, threshold, variant, float(value), f"{path}.{key}"


def _whole(entry: Entry, *keys: str) -> int | None:
    value = next((entry[k] for k in keys if entry.get(k) is not None), None)
    return int(value) if isinstance(value, (int, float)) else None
