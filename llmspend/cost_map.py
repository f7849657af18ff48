"""The cost map: LiteLLM's JSON of models and their rates, checked and as tables.

A snapshot travels inside the package; `load_cost_map` reads it, or any file or dict of the same
shape. Keys are parsed by the grammar of `llmspend.meters`; nothing here lists them.
"""

from __future__ import annotations

import copy
import gzip
import hashlib
import html
import json
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.entries import check_entries, problems_of, rates_of, whole_number
from llmspend.errors import CostMapError, nearest
from llmspend.meters import UNUSED_STEMS, is_rate_key, parse_rate_key
from llmspend.name_rules import RULES_KEY, read_name_rules
from llmspend.remote_urls import local_file
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.entries import Entry
    from llmspend.name_rules import NameRule

NOT_MODELS: Final = frozenset({"sample_spec", RULES_KEY})
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
    own_providers
        Those among them that LiteLLM does not know: providers of entries of your own.
    name_rules
        What is known of names that have no entry.
    problems
        What makes no sense in it and was passed over, a sentence each.

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
    own_providers: frozenset[str] = field(default_factory=frozenset)
    name_rules: tuple[NameRule, ...] = ()
    problems: tuple[str, ...] = ()

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
                "max_input_tokens": [
                    whole_number(e, "max_input_tokens", "max_tokens") for e in entries
                ],
                "max_output_tokens": [
                    whole_number(e, "max_output_tokens", "max_tokens") for e in entries
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
        rows = [(model, *rate) for model, entry in self.entries.items() for rate in rates_of(entry)]
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
        if self.problems:
            parts.append(f"{len(self.problems)} values passed over (see .problems)")
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


def load_cost_map(
    source: str | Path | Mapping[str, Any] | None = None, *, strict: bool = True
) -> CostMap:
    """Read a cost map and check it.

    Parameters
    ----------
    source
        None for the snapshot inside the package; the path of a JSON file (or ``.json.gz``) in
        LiteLLM's format; or such a JSON already parsed.
    strict
        Whether an entry or a rate that makes no sense is an error. If not, it is passed over as
        LiteLLM does (a rate that is no number is as good as absent), and listed in `problems`.

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
        file = local_file(source, CostMapError)
        raw = _read(file)
        origin = printable(str(file))
        try:
            parsed = json.loads(raw)
        except ValueError as error:
            raise CostMapError(f"{origin} is not JSON: {error}.") from None
    else:
        # what the caller does to it later changes no price
        parsed, origin = copy.deepcopy(dict(source)), "dict"
        raw = json.dumps(parsed, sort_keys=True, default=str).encode()
    entries = _entries(parsed, origin)
    problems: tuple[str, ...] = ()
    if strict:
        check_entries(entries, origin)
    else:
        problems = tuple(problems_of(entries))
        entries = {key: entry for key, entry in entries.items() if isinstance(entry, dict)}
    rules = read_name_rules(parsed.get(RULES_KEY))
    digest = hashlib.sha256(raw).hexdigest()
    meta = _meta()
    of_entries = {e.get("litellm_provider") for e in entries.values()}
    own = frozenset(p for p in of_entries if isinstance(p, str)) - {*meta["entry_providers"]}
    own -= {*meta["providers"]}
    return CostMap(
        entries,
        origin,
        digest,
        None,
        frozenset(meta["providers"]) | own,
        own,
        rules,
        problems,
    )


def _load_packaged() -> CostMap:
    # checked by its test, not at every start
    raw = gzip.decompress(_data("cost_map.json.gz").read_bytes())
    meta = _meta()
    parsed = json.loads(raw)
    return CostMap(
        _entries(parsed, "packaged cost map"),
        meta["source"],
        meta["sha256"],
        meta["date"],
        frozenset(meta["providers"]),
        name_rules=read_name_rules(parsed.get(RULES_KEY)),
    )


def _data(name: str) -> Any:  # noqa: ANN401 - importlib's Traversable
    return resources.files("llmspend") / "data" / name


def _meta() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_data("cost_map.meta.json").read_text(encoding="utf-8"))
    return found


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
