"""The card of units: for each request that is billed by more than tokens, its rates and its cost.

Few rows of a log make images, search or use tools. `UnitCard` finds them, resolves each distinct
combination of entry, size, resolution … once (`llmspend.unit_rates`), and applies the formulas of
`llmspend.unit_formulas` to those rows alone; all others get zeros. Where the log does not count a
unit, what it says the call cost tells how many there were, if that is a clean fit.
"""

from __future__ import annotations

import threading
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from llmspend.kind_rules import KIND_RULES, KINDS_WITH_UNITS, UNIT_KINDS
from llmspend.unit_formulas import (
    LACKING,
    NO_UNITS,
    UNIT_COLUMNS,
    UNIT_RATES,
    UNIT_STAGES,
    UNIT_SUMS,
    UNIT_SWITCHES,
)
from llmspend.unit_rates import Details
from llmspend.usage import USAGE_SCHEMA
from llmspend.values import PRIVATE, as_columns, as_function, private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOOL_COLUMNS: Final = (
    "web_searches",
    "web_search_signal",
    "browser_opens",
    "maps_queries",
    "file_searches",
    "file_search_gb_days",
    "code_interpreter_sessions",
    "computer_use_input_tokens",
    "computer_use_output_tokens",
    "vector_store_gb_days",
)
_ASR_COLUMNS: Final = ("asr_seconds", "asr_audio_tokens", "asr_text_tokens", "asr_output_tokens")
_PAGE_COLUMNS: Final = ("pages", "annotation_pages", "credits")
_LOGGED: Final = (
    "logged_spend",
    "logged_input_cost",
    "logged_output_cost",
    "logged_tool_cost",
    "logged_asr_cost",
    "guardrail_cost",
)
_IMAGE_KINDS: Final = tuple({rule.kind for rule in KIND_RULES if rule.image_call is not None})
_DETAIL_KINDS: Final[dict[str, tuple[str, ...]]] = {
    **{name: _IMAGE_KINDS for name in Details._fields if name.startswith("image_")},
    "video_resolution": ("video",),
    "search_max_results": ("search",),
    "search_mode": ("search",),
    "asr_model": ("realtime",),
}
"""Details that only some kinds go by; the others' are no distinct combinations."""

_READ: Final = tuple(
    dict.fromkeys(
        (*UNIT_COLUMNS, *Details._fields, *TOOL_COLUMNS, *_ASR_COLUMNS, *_PAGE_COLUMNS, *_LOGGED)
    )
)
_RATES_SCHEMA: Final = {
    **dict.fromkeys(UNIT_RATES, pl.Float64()),
    **dict.fromkeys(UNIT_SWITCHES, pl.Int64()),
}
_DETAILS_SCHEMA: Final = {name: USAGE_SCHEMA[name] for name in Details._fields}
_CLEAN: Final = 1e-6
"""How far from a whole number a quantity may be that a cost implies."""

UNITS_SCHEMA: Final = {
    **dict.fromkeys(UNIT_SUMS, pl.Float64()),
    "unit_quirks": pl.Int64(),
    "implied_units": pl.Float64(),
    "quantity_source": pl.String(),
    "keeps_logged": pl.Boolean(),
    "lacks_quantity": pl.Boolean(),
    "unit_key": pl.String(),
}
"""What the card gives for each row; see `llmspend.pricing.CHARGE_COLUMNS`. A cost is null where
nothing prices the units."""

LOGGED: Final = "logged"
IMPLIED: Final = "implied"
KEPT: Final = "kept"

charge_units: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]] = as_function(
    UNIT_STAGES, UNIT_COLUMNS, (*UNIT_SUMS, "unit_quirks", *LACKING)
)
"""The formulas of units for one call."""


class UnitRow(NamedTuple):
    """The rates of one combination, and the cost-map key that prices it where its names do not."""

    rates: Mapping[str, float | int]
    key: str | None = None


class UnitCard:
    """The rates of units, found by request.

    Parameters
    ----------
    compile_row
        From the line of the rate card and what else chooses a rate to the rates.
    """

    def __init__(self, compile_row: Callable[[int, Details], UnitRow]) -> None:
        self._compile = compile_row
        self._lock = threading.Lock()
        self._codes: dict[tuple[Any, ...], int] = {}
        self._rows: list[UnitRow] = []
        self._frame = self._frame_of()

    def expr(self) -> pl.Expr:
        """Return the expression that prices the units of each row.

        Returns
        -------
        polars.Expr
            A struct with the fields of UNITS_SCHEMA, for rows with usage columns, ``kind`` and the
            private columns ``line`` and ``_is_stated``.
        """
        columns = [pl.col(name) for name in (*_READ, "kind")]
        return pl.struct(*columns, private("line"), private("_is_stated")).map_batches(
            self._charge, return_dtype=pl.Struct(UNITS_SCHEMA), is_elementwise=True
        )

    def row_of(self, line: int, kind: str, usage: Mapping[str, Any]) -> UnitRow | None:
        """Find the rates of one call; None where it has no units.

        Parameters
        ----------
        line
            Of the rate card.
        kind
            Kind of call.
        usage
            Every usage column.

        Returns
        -------
        UnitRow or None
            As compiled.
        """
        shown, nothing = _SHOWN[kind == "batch"]
        if kind not in _WITH_UNITS and shown(usage) == nothing:
            return None
        details = (
            usage[name] if kind in _DETAIL_KINDS.get(name, (kind,)) else None
            for name in Details._fields
        )
        return self._rows[self._code((line, *details))]

    # -- a column of requests

    def _charge(self, requests: pl.Series) -> pl.Series:
        frame = requests.struct.unnest()
        needs = frame.select(_HAS_UNITS.fill_null(value=False)).to_series()
        if not needs.any():
            return _nothing(frame.height).to_struct()
        rows = frame.filter(needs)
        codes, table, keys = self._codes_of(rows)
        rates = table.select(pl.all().gather(codes)).rename(lambda name: PRIVATE + name)
        env = pl.concat([rows, rates], how="horizontal").lazy()
        found = as_columns(UNIT_STAGES, env, UNIT_COLUMNS).with_columns(
            unit_key=pl.lit(keys).gather(pl.lit(codes))
        )
        priced = found.select(**_priced()).select(*UNITS_SCHEMA).collect()
        if priced.height == frame.height:
            return priced.to_struct()
        at = pl.select(
            pl.when(pl.lit(needs)).then(pl.lit(needs).cast(pl.Int64).cum_sum() - 1)
        ).to_series()
        spread = priced.select(pl.all().gather(at))
        sums = [pl.when(needs).then(name).otherwise(0.0).alias(name) for name in UNIT_SUMS]
        flags = [pl.col(name).fill_null(value=False) for name in ("keeps_logged", "lacks_quantity")]
        return spread.with_columns(
            *sums, *flags, pl.col("unit_quirks").fill_null(value=0)
        ).to_struct()

    def _codes_of(self, rows: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame, pl.Series]:
        bases = rows.select(
            pl.col(PRIVATE + "line").alias("line"),
            *(
                pl.when(pl.col("kind").is_in(_DETAIL_KINDS[name])).then(name).alias(name)
                if name in _DETAIL_KINDS
                else pl.col(name)
                for name in Details._fields
            ),
        )
        known, table, keys = self._frame
        codes = _codes(bases, known)
        if codes.null_count():
            for values in bases.filter(codes.is_null()).unique().rows():
                self._code(values)
            with self._lock:
                known, table, keys = self._frame = self._frame_of()
            codes = _codes(bases, known)
        return codes, table, keys

    # -- the small side

    def _code(self, values: tuple[Any, ...]) -> int:
        code = self._codes.get(values)
        if code is None:
            with self._lock:
                code = self._codes.get(values)
                if code is None:
                    line, *details = values
                    self._rows.append(self._compile(line, Details(*details)))
                    code = self._codes[values] = len(self._rows) - 1
        return code

    def _frame_of(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
        schema = {"line": pl.Int64(), **_DETAILS_SCHEMA}
        known = pl.DataFrame(list(self._codes), schema=schema, orient="row")
        rows = [[row.rates[name] for name in _RATES_SCHEMA] for row in self._rows]
        return (
            known.with_columns(code=pl.int_range(len(known), dtype=pl.Int64)),
            pl.DataFrame(rows, schema=_RATES_SCHEMA, orient="row"),
            pl.Series([row.key for row in self._rows], dtype=pl.String),
        )


_SHOWING: Final = ((*TOOL_COLUMNS, *_ASR_COLUMNS), (*TOOL_COLUMNS, *_ASR_COLUMNS, *_PAGE_COLUMNS))
"""Columns of which any shows that a call has units though its kind does not: of most kinds, and of
batches."""

_SHOWN: Final = tuple((itemgetter(*names), (None,) * len(names)) for names in _SHOWING)
_WITH_UNITS: Final = frozenset(KINDS_WITH_UNITS)

_COUNTS_TOOLS: Final = pl.any_horizontal(pl.col(c).is_not_null() for c in TOOL_COLUMNS)
_COUNTS_ASR: Final = pl.any_horizontal(pl.col(c).is_not_null() for c in _ASR_COLUMNS)
_HAS_UNITS: Final = (
    pl.col("kind").is_in(KINDS_WITH_UNITS)
    | pl.any_horizontal(pl.col(c).is_not_null() for c in _SHOWING[0])
    | (
        (pl.col("kind") == "batch")
        & pl.any_horizontal(pl.col(c).is_not_null() for c in _PAGE_COLUMNS)
    )
    | (pl.col("logged_tool_cost") > 0)
    | (pl.col("logged_asr_cost") > 0)
)


def _codes(bases: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    on = ["line", *Details._fields]
    return bases.join(known, on=on, how="left", nulls_equal=True, maintain_order="left")["code"]


def _nothing(height: int) -> pl.DataFrame:
    """Give rows without units."""
    empty = {"keeps_logged": False, "lacks_quantity": False, **NO_UNITS}
    return pl.select(
        pl.repeat(empty.get(name), height, dtype=dtype).alias(name)
        for name, dtype in UNITS_SCHEMA.items()
    )


def _priced() -> dict[str, pl.Expr]:
    """Say what each row's units cost, by the log's own cost where it does not count them."""
    spend = pl.col("logged_spend")
    is_priced = private("_is_priced")
    by_units = private("_by_units")
    # a call billed by units has no other component
    own_spend = spend - pl.col("guardrail_cost").fill_null(0)
    component = pl.coalesce(pl.col("logged_input_cost") + pl.col("logged_output_cost"), own_spend)
    units = component / private("_lacking_rate")
    whole = units.round()
    has_parts = private("_lacking_parts") > 0
    # a call of no units is one that was not billed
    fits = (units > 0) & (has_parts | ((units - whole).abs() <= _CLEAN * (whole + 1)))
    lacks = private("_lacking") > 0
    is_implied = is_priced & (private("_lacking") == 1) & fits.fill_null(value=False)
    implied = pl.when(has_parts).then(units).otherwise(whole)
    amount = pl.when(is_implied).then(implied * private("_lacking_rate")).otherwise(0.0)
    is_output = private("_lacking_output") > 0
    by_size = (private("depends_on_size") > 0) & by_units
    keeps = (
        spend.is_not_null()
        & pl.col("kind").is_in(UNIT_KINDS)
        & ~(
            (private("_is_stated") | is_priced)
            & (~lacks | is_implied)
            & ~by_size
            & ~(private("_is_unpriced") & (spend > 0) & ~private("_is_stated"))
        )
    )

    # tools that were charged and not counted
    charged = (private("bills_tools") > 0) & (pl.col("logged_tool_cost") > 0) & ~_COUNTS_TOOLS
    charged = charged.fill_null(value=False)
    searches = pl.col("logged_tool_cost") / private("web_searches_rate")
    whole_searches = searches.round()
    fits_searches = (
        charged
        & (private("web_searches_rate") > 0)
        & (whole_searches > 0)
        & ((searches - whole_searches).abs() <= _CLEAN * (whole_searches + 1))
    ).fill_null(value=False)
    tool_cost = (
        pl.when(fits_searches)
        .then(whole_searches * private("web_searches_rate"))
        .when(charged)
        .then("logged_tool_cost")
        .otherwise(private("tool_cost"))
    )
    # so was a recogniser's work
    heard = (pl.col("logged_asr_cost") > 0).fill_null(value=False) & ~_COUNTS_ASR
    counted = by_units | _COUNTS_TOOLS | _COUNTS_ASR
    return {
        "unit_input_cost": _if(
            is_priced, private("unit_input_cost") + pl.when(is_output).then(0.0).otherwise(amount)
        ),
        "unit_output_cost": _if(
            is_priced, private("unit_output_cost") + pl.when(is_output).then(amount).otherwise(0.0)
        ),
        "unit_additional_cost": pl.when(heard)
        .then("logged_asr_cost")
        .otherwise(private("unit_additional_cost")),
        "tool_cost": tool_cost,
        "unit_quirks": private("unit_quirks").cast(pl.Int64),
        "implied_units": pl.when(fits_searches)
        .then(whole_searches)
        .when(is_implied & ~keeps)
        .then(implied),
        "quantity_source": pl.when(keeps | (charged & ~fits_searches) | heard)
        .then(pl.lit(KEPT))
        .when(is_implied | fits_searches)
        .then(pl.lit(IMPLIED))
        .when(counted & ~lacks & is_priced)
        .then(pl.lit(LOGGED)),
        "keeps_logged": keeps,
        "lacks_quantity": lacks & ~is_implied & ~keeps & ~private("_is_stated"),
        "unit_key": pl.col("unit_key"),
    }


def _if(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)
