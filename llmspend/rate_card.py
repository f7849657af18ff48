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
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.card_columns import CARD_SCHEMA, FACTS, ROW
from llmspend.custom_pricing import CustomPricing
from llmspend.quirks import reproduced
from llmspend.rate_lines import Line, Lines
from llmspend.unit_card import UnitCard
from llmspend.unit_formulas import NO_UNITS

if TYPE_CHECKING:
    from datetime import datetime

    from llmspend.cost_map import CostMap
    from llmspend.models import Match
    from llmspend.quirks import Quirks

_INPUTS: Final = (
    *BASIS_COLUMNS,
    "prompt_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "context_tokens",
    "ended_at",
)
_NO_BOUND: Final = 2**62


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
    units
        What is not billed by tokens.
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
        self._small = Lines(cost_map, self.custom, self.reproduce)
        self.units = UnitCard(self._small.unit_row)
        self._lock = threading.Lock()
        self._found: dict[tuple[int, int], dict[str, Any]] = {}
        self._lines: dict[Basis, int] = {}
        self._by_code: list[Line] = []
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
            Beside them zeros for the sums of `llmspend.unit_formulas.UNIT_SUMS`.
        """
        if basis.model_id is not None and basis.model_id not in self._small.deployments:
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
            values = *line.facts, *self._small.rows[line.first_row + place]
            card = dict(zip(CARD_SCHEMA, values, strict=True))
            found = self._found[code, place] = card | NO_UNITS
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
        return self._small.resolve(basis)

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
        return self._small.nearest(name, n)

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
        lines = frames.lines[codes]
        own = (
            pl.when(pl.col("context_counts_cache"))
            .then(
                pl.max_horizontal(
                    "prompt_tokens", pl.col("cache_read_tokens") + pl.col("cache_creation_tokens")
                )
            )
            .otherwise("prompt_tokens")
        )
        # a sum over requests is longer than any of them
        context = pl.coalesce("context_tokens", own)
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
        # by index: half the time that a gather per column takes
        found = [frames.facts[codes], frames.rows[row.cast(pl.UInt32)]]
        return pl.concat(found, how="horizontal").to_struct()

    def _codes(self, frame: pl.DataFrame) -> tuple[pl.Series, _Frames]:
        """Give each row the code of its basis; resolve the bases not met before."""
        # an id without a deployment says nothing about prices
        has_prices = pl.col("model_id").is_in(list(self._small.deployments))
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
                rows = self._small.rows
                frames = self._frames = _Frames.of(list(self._lines), self._by_code, rows)
            codes = frames.codes_of(bases)
        return codes, frames

    # -- the small side

    def _line(self, basis: Basis) -> int:
        code = self._lines.get(basis)
        if code is None:
            with self._lock:
                code = self._lines.get(basis)
                if code is None:
                    self._by_code.append(self._small.line(basis, len(self._by_code)))
                    code = self._lines[basis] = len(self._by_code) - 1
        return code


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
        cls, bases: list[Basis], lines: list[Line], rows: list[tuple[float | None, ...]]
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
            pl.DataFrame([line.facts for line in lines], schema=FACTS, orient="row"),
            pl.DataFrame(rows, schema=ROW, orient="row"),
            names,
            list(hours),
        )

    def codes_of(self, bases: pl.DataFrame) -> pl.Series:
        """Give each row the code of its basis, or null."""
        # half of the names are missing from most logs: what is null everywhere needs no hashing
        absent = [c for c in BASIS_COLUMNS if bases[c].null_count() == bases.height]
        given = [c for c in BASIS_COLUMNS if c not in absent] or list(BASIS_COLUMNS)
        known = self.bases.filter(pl.lit(value=True), *(pl.col(c).is_null() for c in absent))
        return bases.select(given).join(
            known.select(*given, "code"),
            on=given,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )["code"]
