"""The rate card: for each request, the row of rates that prices it.

What a request costs per unit depends on a few discrete things (names, provider, service tier,
location …: its *basis*), on the length of its prompt, and for some entries on the hour. Requests
share a few hundred bases, so each distinct basis is resolved once, in plain Python; a column of a
million requests is then joined to them and gathers its rates. One call goes through the same
tables.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from llmspend.arithmetic import RATED, SWITCHES, UPLIFTS
from llmspend.basis import billed_tier, uplifts
from llmspend.batch_rates import batch_rule, compile_batch_rates
from llmspend.models import ModelIndex, Names
from llmspend.provider_rules import provider_rule
from llmspend.rate_table import RateTable, compile_rates, unknown_rates
from llmspend.row_classes import BATCH_KIND

if TYPE_CHECKING:
    from datetime import datetime

    from llmspend.cost_map import CostMap
    from llmspend.models import Match
    from llmspend.provider_rules import ProviderRule


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


BASIS_COLUMNS: Final = Basis._fields
_INPUTS: Final = (
    *BASIS_COLUMNS,
    "prompt_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "ended_at",
)
_NO_BOUND: Final = 2**62

RATE_COLUMNS: Final = tuple(f"{meter}_rate" for meter in RATED)
_FACTS: Final = {
    "cost_map_key": pl.String(),
    "priced_provider": pl.String(),
    "resolved_by": pl.String(),
    "is_free": pl.Boolean(),
    **dict.fromkeys(UPLIFTS, pl.Float64()),
}
_ROW: Final = {
    **dict.fromkeys(RATE_COLUMNS, pl.Float64()),
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


class RateCard:
    """The rates of a cost map, found by request.

    Parameters
    ----------
    cost_map
        Models and rates.

    Examples
    --------
    >>> from llmspend.cost_map import load_cost_map
    >>> card = RateCard(load_cost_map())
    >>> card.rates_for(Basis("gpt-4o", provider="openai"))["input_tokens_rate"]
    2.5e-06
    """

    def __init__(self, cost_map: CostMap) -> None:
        self.cost_map = cost_map
        self._index = ModelIndex(cost_map.entries, cost_map.by_folded_key, cost_map.providers)
        self._lock = threading.Lock()
        self._tables: dict[tuple[str | None, str | None, bool], tuple[RateTable, int]] = {}
        self._rows: list[tuple[float | None, ...]] = []
        self._lines: dict[Basis, int] = {}
        self._by_code: list[_Line] = []
        self._frames = _Frames.of([], [], [])

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
        line = self._line(basis)
        table = line.table
        context = max(prompt_tokens, cached_tokens) if line.context_counts_cache else prompt_tokens
        band = sum(context >= bound for bound in table.bounds)
        off_peak = int(
            table.off_peak is not None and ended_at is not None and table.off_peak.at(ended_at)
        )
        row = self._rows[line.first_row + table.place(line.tier, band, off_peak)]
        return dict(zip(CARD_SCHEMA, (*line.facts, *row), strict=True))

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
        return self._index.resolve(Names(**{name: getattr(basis, name) for name in Names._fields}))

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

    def expr(self) -> pl.Expr:
        """Return the expression that finds each row's rates, for canonical usage columns.

        Returns
        -------
        polars.Expr
            A struct with the fields of CARD_SCHEMA; rows keep their order, and the expression
            streams.
        """
        return pl.struct(_INPUTS).map_batches(
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
        bases = frame.select(BASIS_COLUMNS)
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

    def _line(self, basis: Basis) -> _Line:
        code = self._lines.get(basis)
        if code is None:
            with self._lock:
                code = self._lines.get(basis)
                if code is None:
                    self._by_code.append(self._new_line(basis))
                    code = self._lines[basis] = len(self._by_code) - 1
        return self._by_code[code]

    def _new_line(self, basis: Basis) -> _Line:
        match = self.resolve(basis)
        is_batch = basis.kind == BATCH_KIND
        rule = provider_rule(match.provider)
        rule = batch_rule(rule) if is_batch else rule
        table, first_row = self._table(match, rule, is_batch=is_batch)
        entry = self.cost_map.entries[match.key] if match.key is not None else {}
        scale = uplifts(
            entry,
            rule,
            data_residency=basis.data_residency,
            vertex_location=basis.vertex_location,
            speed=basis.speed,
            inference_geo=basis.inference_geo,
        )
        facts = {
            "cost_map_key": match.key,
            "priced_provider": match.provider,
            "resolved_by": match.resolved_by,
            "is_free": table.is_free,
            **(scale if table.scales else dict.fromkeys(UPLIFTS, 1.0)),
        }
        tier = billed_tier(basis.service_tier, basis.served_service_tier, basis.traffic_type)
        return _Line(
            tuple(facts[name] for name in _FACTS), table, first_row, tier, rule.context_counts_cache
        )

    def _table(self, match: Match, rule: ProviderRule, *, is_batch: bool) -> tuple[RateTable, int]:
        place = match.key, match.provider, is_batch
        known = self._tables.get(place)
        if known is None:
            if match.key is None:
                table = unknown_rates(rule)
            else:
                compiled = compile_batch_rates if is_batch else compile_rates
                table = compiled(self.cost_map.entries[match.key], rule)
            known = self._tables[place] = table, len(self._rows)
            self._rows += [
                (*(rates[m] for m in RATED), *(switches[s] for s in SWITCHES))
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
