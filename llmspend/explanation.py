"""Explanation: why a request costs what it costs, as plain values.

`llmspend.explainer` finds them, `llmspend.explanation_view` shows them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.explanation_view import as_html, as_text
from llmspend.text import without_math

if TYPE_CHECKING:
    from llmspend.name_lookups import NameLookup


@dataclass(frozen=True, slots=True)
class Part:
    """One product in a cost.

    Attributes
    ----------
    side
        input, output, ``"input fee"`` or additional.
    meter
        What was counted.
    quantity
        How much is billed of it.
    counts
        Reported count → its factor in the quantity.
    rate
        USD per one unit; None where unknown.
    key
        The key or keys that hold the rate, and what is done with them; empty where none does.
    source
        Whose key it is: ``"cost map"``, ``"own price"``, or empty.
    why
        How the rate was found.
    amount
        USD.
    summand
        Parts with the same number are added to each other before they are added to the others.
    """

    side: str
    meter: str
    quantity: float | None
    counts: dict[str, float]
    rate: float | None
    key: str
    source: str
    why: str
    amount: float | None
    summand: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a request costs what it costs.

    Attributes
    ----------
    request
        Its names, ids and times, as far as they are known.
    lookups
        The keys of the cost map that were looked for, in order.
    match
        ``cost_map_key, provider, resolved_by, prices_by, nearest``.
    rate_row
        What chose the row of rates: entry, provider rule, service tier, context band, off-peak
        hours, batch, quirks.
    rates
        Every rate of that row: ``meter, rate, key, source, why``.
    parts
        The products that were not zero.
    amounts
        From the sums of the parts to the total, in order, USD (uplifts and shares are factors).
    charge
        What `llmspend.price` says: ``cost, cost_source, row_class, issue, quirks``; and
        ``logged_spend`` and ``difference`` (cost − logged spend).
    cost_map
        ``source, date, sha256``.
    notes
        What else is good to know, a sentence each.

    Examples
    --------
    >>> from llmspend.explain_calls import explain
    >>> why = explain(model="gpt-4o", prompt_tokens=1000, cache_read_input_tokens=400)
    >>> [(part.meter, part.quantity, part.key) for part in why.parts]
    [('input_tokens', 600, 'input_cost_per_token'), ('cache_read_tokens', 400, 'cache_read_...')]
    """

    request: dict[str, Any]
    lookups: tuple[NameLookup, ...]
    match: dict[str, Any]
    rate_row: dict[str, Any]
    rates: tuple[dict[str, Any], ...]
    parts: tuple[Part, ...]
    amounts: dict[str, float | None]
    charge: dict[str, Any]
    cost_map: dict[str, str | None]
    notes: tuple[str, ...]

    @property
    def cost(self) -> float | None:
        """What the request costs, USD; None where unknown."""
        cost: float | None = self.charge["cost"]
        return cost

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data.

        Returns
        -------
        dict
            Of texts, numbers, lists and dicts: JSON can say it.
        """
        return {
            "request": dict(self.request),
            "lookups": [lookup._asdict() for lookup in self.lookups],
            "match": dict(self.match),
            "rate_row": dict(self.rate_row),
            "rates": [dict(rate) for rate in self.rates],
            "parts": [asdict(part) for part in self.parts],
            "amounts": dict(self.amounts),
            "charge": dict(self.charge),
            "cost_map": dict(self.cost_map),
            "notes": list(self.notes),
        }

    def parts_frame(self) -> pl.DataFrame:
        """Give the parts as a frame.

        Returns
        -------
        polars.DataFrame
            One row per part; ``counts`` is text.
        """
        rows = [asdict(part) | {"counts": str(part.counts)} for part in self.parts]
        return pl.DataFrame(rows, schema=_PARTS_SCHEMA)

    def rates_frame(self) -> pl.DataFrame:
        """Give the rates that apply as a frame.

        Returns
        -------
        polars.DataFrame
            One row per meter: ``meter, rate, key, source, why``.
        """
        return pl.DataFrame(list(self.rates), schema=_RATES_SCHEMA)

    def __str__(self) -> str:
        return as_text(self.to_dict())

    def _repr_html_(self) -> str:
        return without_math(as_html(self.to_dict()))


_RATES_SCHEMA: Final = {
    "meter": pl.String(),
    "rate": pl.Float64(),
    "key": pl.String(),
    "source": pl.String(),
    "why": pl.String(),
}
_PARTS_SCHEMA: Final = {
    "side": pl.String(),
    "meter": pl.String(),
    "quantity": pl.Float64(),
    "counts": pl.String(),
    "rate": pl.Float64(),
    "key": pl.String(),
    "source": pl.String(),
    "why": pl.String(),
    "amount": pl.Float64(),
    "summand": pl.Int64(),
}
