"""The rate card: for each request, the row of rates that prices it.

What a request costs per unit depends on a few discrete things (names, provider, service tier,
location …: its *basis*), on the length of its prompt, and for some entries on the hour. Requests
share a few hundred bases, so each distinct basis is resolved once, in plain Python; a column of a
million requests is then joined to them and gathers its rates. One call goes through the same
tables.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import polars as pl

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS
from llmspend.basis import billed_tier, uplifts
from llmspend.batch_rates import batch_rule, compile_batch_rates
from llmspend.custom_pricing import CustomPricing, entries_with
from llmspend.entries import as_rate
from llmspend.models import ModelIndex, Names
from llmspend.name_fees import BY_DURATION
from llmspend.provider_rules import first_party_name, provider_rule
from llmspend.quirks import QUIRK_BITS, reproduced
from llmspend.rate_table import RateTable, compile_rates, unknown_rates, zero_rates
from llmspend.row_classes import BATCH_KIND

if TYPE_CHECKING:
    from datetime import datetime

    from llmspend.cost_map import CostMap
    from llmspend.entries import Entry
    from llmspend.models import Match
    from llmspend.provider_rules import ProviderRule
    from llmspend.quirks import Quirks


class Basis(NamedTuple):
    """Everything about a request that decides its rates, but its length and its time.

    Attributes
    ----------
    model, response_model, logged_model_key, base_model, provider, region
        Its names; see `llmspend.models.Names`.
    service_tier, served_service_tier, traffic_type
        At which service tier it is billed.
    data_residency, vertex_location, speed, inference_geo
        What may scale its cost.
    kind
        Kind of call; batches have rates of their own.
    model_id
        Its deployment, which may have prices of its own.
    """

    model: str | None = None
    response_model: str | None = None
    logged_model_key: str | None = None
    base_model: str | None = None
    provider: str | None = None
    region: str | None = None
    service_tier: str | None = None
    served_service_tier: str | None = None
    traffic_type: str | None = None
    data_residency: str | None = None
    vertex_location: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    kind: str | None = None
    model_id: str | None = None


BASIS_COLUMNS: Final = Basis._fields
_INPUTS: Final = (
    *BASIS_COLUMNS,
    "prompt_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "ended_at",
)
_NO_BOUND: Final = 2**62

UNKNOWN_BATCH: Final = "unknown batch"
"""What prices a batch of a model that nobody knows: LiteLLM bills it at $0."""

_QUIRK_OF: Final[dict[str | None, int]] = {
    "capability rule": QUIRK_BITS["unknown_name_is_free"],
    UNKNOWN_BATCH: QUIRK_BITS["batch_gaps"],
}

RATE_COLUMNS: Final = tuple(f"{meter}_rate" for meter in RATED)
_FACTS: Final = {
    "cost_map_key": pl.String(),
    "priced_provider": pl.String(),
    "resolved_by": pl.String(),
    "prices_by": pl.String(),
    "is_free": pl.Boolean(),
    **dict.fromkeys((*UPLIFTS, *TERMS), pl.Float64()),
    "quirks_of_basis": pl.Int64(),
}
_ROW: Final = {
    **dict.fromkeys((*RATE_COLUMNS, *LONG_RATES), pl.Float64()),
    **dict.fromkeys(SWITCHES, pl.Int64()),
}
CARD_SCHEMA: Final = {**_FACTS, **_ROW}
"""What the card gives for each request: which entry prices it, switches, multipliers, rates."""


class _Line(NamedTuple):
    """A basis resolved: its facts and where its rates lie among the card's rows."""

    facts: tuple[Any, ...]
    table: RateTable
    first_row: int
    tier: str
    context_counts_cache: bool


_Place: TypeAlias = "tuple[str | None, str | None, str | None, bool, bool]"
"""What a table of rates is for: key, provider, what prices, whether batch, whether custom."""


class RateCard:
    """The rates of a cost map, found by request.

    Parameters
    ----------
    cost_map
        Models and rates.
    custom
        Prices of a proxy's deployments, discounts and margins; None for none.
    quirks
        Which of LiteLLM's quirks to reproduce: ``"litellm"`` (all), ``"published"`` (none) or
        names of `llmspend.QUIRKS`.

    Attributes
    ----------
    cost_map, custom
        As given.
    reproduce
        Names of the quirks it reproduces.

    Examples
    --------
    >>> from llmspend.cost_map import load_cost_map
    >>> card = RateCard(load_cost_map())
    >>> card.rates_for(Basis("gpt-4o", provider="openai"))["input_tokens_rate"]
    2.5e-06
    """

    def __init__(
        self,
        cost_map: CostMap,
        custom: CustomPricing | None = None,
        *,
        quirks: Quirks = "litellm",
    ) -> None:
        self.cost_map = cost_map
        self.custom = CustomPricing() if custom is None else custom
        self.reproduce = reproduced(quirks)
        self._deployments = self.custom.deployments
        self._entries, folded = cost_map.entries, cost_map.by_folded_key
        if self._deployments:
            self._entries = entries_with(cost_map, self.custom)
            folded = {key.lower(): key for key in self._entries}
        self._index = ModelIndex(
            self._entries,
            folded,
            cost_map.providers,
            cost_map.name_rules,
            cost_map.own_providers,
        )
        self._lock = threading.Lock()
        self._tables: dict[_Place, tuple[RateTable, int]] = {}
        self._rows: list[tuple[float | None, ...]] = []
        self._found: dict[tuple[int, int], dict[str, Any]] = {}
        self._lines: dict[Basis, int] = {}
        self._by_code: list[_Line] = []
        self._frames = _Frames.of([], [], [])

    def with_quirks(self, quirks: Quirks) -> RateCard:
        """Return a card of the same prices that reproduces other quirks.

        Parameters
        ----------
        quirks
            As for the card itself.

        Returns
        -------
        RateCard
            A new card.
        """
        return RateCard(self.cost_map, self.custom, quirks=quirks)

    # -- one request

    def rates_for(
        self,
        basis: Basis,
        prompt_tokens: int = 0,
        cached_tokens: int = 0,
        ended_at: datetime | None = None,
    ) -> dict[str, Any]:
        """Find the rates of one request.

        Parameters
        ----------
        basis
            Its names, tier and location.
        prompt_tokens
            Length of its prompt.
        cached_tokens
            Tokens read from and written to the cache.
        ended_at
            When it is billed (aware, UTC); None is outside off-peak hours.

        Returns
        -------
        dict
            Every column of CARD_SCHEMA; rates are USD per one unit, None for an unknown model.
        """
        if basis.model_id is not None and basis.model_id not in self._deployments:
            basis = basis._replace(model_id=None)
        code = self._line(basis)
        line = self._by_code[code]
        table = line.table
        context = max(prompt_tokens, cached_tokens) if line.context_counts_cache else prompt_tokens
        band = bisect_right(table.bounds, context)
        off_peak = int(
            table.off_peak is not None and ended_at is not None and table.off_peak.at(ended_at)
        )
        place = table.place(line.tier, band, off_peak)
        found = self._found.get((code, place))
        if found is None:
            values = *line.facts, *self._rows[line.first_row + place]
            found = self._found[code, place] = dict(zip(CARD_SCHEMA, values, strict=True))
        return found

    def resolve(self, basis: Basis) -> Match:
        """Say which entry prices a basis, and how that was found.

        Parameters
        ----------
        basis
            Its names.

        Returns
        -------
        Match
            Key, provider and the step that matched.
        """
        named = {name: getattr(basis, name) for name in Names._fields if name in BASIS_COLUMNS}
        deployment = self._deployments.get(basis.model_id or "")
        if deployment is not None:
            named["base_model"] = basis.base_model or deployment.base_model
        if deployment is not None and deployment.is_custom:
            named["region"] = None
            named["deployment"] = deployment.model_id if deployment.has_own_price else None
        rules = "unknown_name_is_free" in self.reproduce
        return self._index.resolve(Names(**named), capability_rules=rules)

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """Return the cost-map keys nearest to a name that was not found.

        Parameters
        ----------
        name
            A model name.
        n
            How many at most.

        Returns
        -------
        list of str
            Best first.
        """
        return self._index.nearest(name, n)

    # -- a column of requests

    def expr(self, model_id: pl.Expr | None = None) -> pl.Expr:
        """Return the expression that finds each row's rates, for canonical usage columns.

        Parameters
        ----------
        model_id
            The deployment of each row; None for the column of that name.

        Returns
        -------
        polars.Expr
            A struct with the fields of CARD_SCHEMA; rows keep their order, and the expression
            streams.
        """
        deployment = (pl.col("model_id") if model_id is None else model_id).alias("model_id")
        others = (name for name in _INPUTS if name != "model_id")
        return pl.struct(*others, deployment).map_batches(
            self._look_up, return_dtype=pl.Struct(CARD_SCHEMA), is_elementwise=True
        )

    def _look_up(self, requests: pl.Series) -> pl.Series:
        frame = requests.struct.unnest()
        if frame.is_empty():
            return pl.DataFrame(schema=CARD_SCHEMA).to_struct()
        codes, frames = self._codes(frame)
        lines = frames.lines.select(pl.all().gather(codes))
        context = (
            pl.when(pl.col("context_counts_cache"))
            .then(
                pl.max_horizontal(
                    "prompt_tokens", pl.col("cache_read_tokens") + pl.col("cache_creation_tokens")
                )
            )
            .otherwise("prompt_tokens")
        )
        band = pl.sum_horizontal(
            pl.lit(0, pl.Int64), *((context >= pl.col(b)).cast(pl.Int64) for b in frames.bounds)
        )
        place = pl.concat(
            [frame.select(_INPUTS[len(BASIS_COLUMNS) :]), lines], how="horizontal"
        ).select(
            row=pl.col("first_row") + band,
            rows=pl.col("off_peak_rows"),
            hours="off_peak_hours",
            at="ended_at",
        )
        row = place["row"]
        for code, hours in enumerate(frames.hours):
            # few entries have hours, and logs ask for fewer still
            is_open = hours.at_each(place["at"]) & (place["hours"] == code).fill_null(value=False)
            if is_open.any():
                row = row + is_open.cast(pl.Int64) * place["rows"]
        rates = frames.rows.select(pl.all().gather(row))
        facts = frames.facts.select(pl.all().gather(codes))
        return pl.concat([facts, rates], how="horizontal").to_struct()

    def _codes(self, frame: pl.DataFrame) -> tuple[pl.Series, _Frames]:
        """Give each row the code of its basis; resolve the bases not met before."""
        # an id without a deployment says nothing about prices
        has_prices = pl.col("model_id").is_in(list(self._deployments))
        bases = frame.select(BASIS_COLUMNS).with_columns(
            model_id=pl.when(has_prices).then("model_id")
        )
        frames = self._frames
        codes = frames.codes_of(bases)
        if codes.null_count():
            new = bases.filter(codes.is_null()).unique()
            for values in new.rows():
                self._line(Basis(*values))
            with self._lock:
                frames = self._frames = _Frames.of(list(self._lines), self._by_code, self._rows)
            codes = frames.codes_of(bases)
        return codes, frames

    # -- the small side

    def _line(self, basis: Basis) -> int:
        code = self._lines.get(basis)
        if code is None:
            with self._lock:
                code = self._lines.get(basis)
                if code is None:
                    self._by_code.append(self._new_line(basis))
                    code = self._lines[basis] = len(self._by_code) - 1
        return code

    def _new_line(self, basis: Basis) -> _Line:
        match = self.resolve(basis)
        is_batch = basis.kind == BATCH_KIND
        prices_by: str | None = match.prices_by
        if prices_by is None and match.provider and is_batch and "batch_gaps" in self.reproduce:
            prices_by = UNKNOWN_BATCH
        rule = provider_rule(match.provider)
        if match.provider_inferred:
            # LiteLLM assumes a location only for a provider that was named
            rule = replace(rule, default_location=None)
        rule = batch_rule(rule) if is_batch else rule
        deployment = self._deployments.get(basis.model_id or "")
        is_custom = deployment is not None and deployment.is_custom
        if is_custom:
            rule = replace(rule, stated_cost_wins=0)
        place = match.key, match.provider, prices_by, is_batch, is_custom
        table, first_row = self._table(place, rule)
        scale = uplifts(
            self._entries[match.key] if match.key is not None else {},
            rule,
            asked=self._asked(basis.model, rule),
            data_residency=basis.data_residency,
            vertex_location=basis.vertex_location,
            speed=basis.speed,
            inference_geo=basis.inference_geo,
            first_party=self._first_party(match),
            reproduce=self.reproduce,
        )
        unscaled = {**dict.fromkeys(UPLIFTS, 1.0), "quirks_of_basis": _QUIRK_OF.get(prices_by, 0)}
        facts = {
            "cost_map_key": match.key,
            "priced_provider": match.provider,
            "resolved_by": match.resolved_by,
            "prices_by": prices_by,
            "is_free": table.is_free,
            **dict.fromkeys(TERMS, 0.0),
            **self._terms(match),
            **(scale if table.scales else unscaled),
        }
        tier = billed_tier(basis.service_tier, basis.served_service_tier, basis.traffic_type)
        return _Line(
            tuple(facts[name] for name in _FACTS), table, first_row, tier, rule.context_counts_cache
        )

    def _terms(self, match: Match) -> dict[str, float]:
        """Find what a request pays besides its rates, and what its proxy bills by."""
        if match.prices_by == "duration":
            return {"machine_second_rate": BY_DURATION.usd_per_second}
        terms = self.custom.terms(match.provider)
        found = {
            "discount_share": terms.discount,
            "margin_share": terms.margin,
            "margin_fixed": terms.fixed_margin,
        }
        if match.fee is not None:
            rate = as_rate(self._entries[match.fee.key].get("input_cost_per_token"))
            found[f"{match.fee.side}_fee_rate"] = rate or 0.0
        return found

    def _asked(self, model: str | None, rule: ProviderRule) -> Entry | None:
        """Find the entry under the very name that was asked for."""
        prefix = f"{rule.provider}/"
        return self._entries.get(prefix + (model or "").removeprefix(prefix))

    def _first_party(self, match: Match) -> Entry | None:
        """Find the entry of the same model at its own maker."""
        maker = first_party_name(match.key, match.provider)
        return self._entries.get(maker) if maker else None

    def _table(self, place: _Place, rule: ProviderRule) -> tuple[RateTable, int]:
        known = self._tables.get(place)
        if known is None:
            key, _, prices_by, is_batch, _ = place
            if key is not None:
                compiled = compile_batch_rates if is_batch else compile_rates
                table = compiled(self._entries[key], rule, key, self.reproduce)
            elif prices_by is None:
                table = unknown_rates(rule)
            else:
                table = zero_rates(rule, is_free=prices_by == "free provider")
            known = self._tables[place] = table, len(self._rows)
            long_rates = tuple(table.long_rates[name] for name in LONG_RATES)
            self._rows += [
                (*(rates[m] for m in RATED), *long_rates, *(switches[s] for s in SWITCHES))
                for rates, switches in zip(table.rows, table.switches, strict=True)
            ]
        return known


class _Frames(NamedTuple):
    """The card's small side as frames, rebuilt when bases are added."""

    bases: pl.DataFrame
    lines: pl.DataFrame
    facts: pl.DataFrame
    rows: pl.DataFrame
    bounds: list[str]
    hours: list[Any]

    @classmethod
    def of(
        cls, bases: list[Basis], lines: list[_Line], rows: list[tuple[float | None, ...]]
    ) -> _Frames:
        hours: dict[Any, int] = {}
        for line in lines:
            if line.table.off_peak is not None:
                hours.setdefault(line.table.off_peak, len(hours))
        bound_count = max((len(line.table.bounds) for line in lines), default=0)
        placed: dict[str, list[Any]] = {
            "first_row": [line.first_row + line.table.place(line.tier, 0, 0) for line in lines],
            "off_peak_rows": [line.table.place("", 0, 1) for line in lines],
            "off_peak_hours": [
                None if line.table.off_peak is None else hours[line.table.off_peak]
                for line in lines
            ],
            "context_counts_cache": [line.context_counts_cache for line in lines],
        }
        names = [f"bound_{i}" for i in range(bound_count)]
        for i, name in enumerate(names):
            placed[name] = [
                line.table.bounds[i] if i < len(line.table.bounds) else _NO_BOUND for line in lines
            ]
        schema = dict.fromkeys(placed, pl.Int64()) | {"context_counts_cache": pl.Boolean()}
        return cls(
            pl.DataFrame(
                bases, schema=dict.fromkeys(BASIS_COLUMNS, pl.String()), orient="row"
            ).with_columns(code=pl.int_range(len(bases), dtype=pl.Int64)),
            pl.DataFrame(placed, schema=schema),
            pl.DataFrame([line.facts for line in lines], schema=_FACTS, orient="row"),
            pl.DataFrame(rows, schema=_ROW, orient="row"),
            names,
            list(hours),
        )

    def codes_of(self, bases: pl.DataFrame) -> pl.Series:
        """Give each row the code of its basis, or null."""
        return bases.join(
            self.bases, on=BASIS_COLUMNS, how="left", nulls_equal=True, maintain_order="left"
        )["code"]
