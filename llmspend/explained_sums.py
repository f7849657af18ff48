"""The sum behind a charge: quantities × rates, and what they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.arithmetic import STAGES, UPLIFTS
from llmspend.billed_units import UNITS
from llmspend.explanation import Part
from llmspend.traced import trace
from llmspend.unit_formulas import UNIT_COLUMNS, UNIT_STAGES, UNIT_SUMS
from llmspend.usage import COLUMN_BY_NAME
from llmspend.values import as_function

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspend.traced import Product, Traced
    from llmspend.unit_card import UnitRow

_SIDES: Final = {"input": "_input_sum", "output": "_output_sum"}
_INPUT_FEE: Final = "input fee"
_FEES: Final = {_INPUT_FEE: "_input_cost", "additional": "additional_cost"}


def worked_out_with_units(
    charge: Mapping[str, Any],
    found: Mapping[str, Any],
    units: UnitRow | None,
    rates: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Follow the formulas of tokens, and those of units where the request has any.

    Parameters
    ----------
    charge
        The request, priced.
    found
        Its row of the rate card.
    units
        Its row of the card of units, if it has units.
    rates
        Meter → what is known of its rate.

    Returns
    -------
    dict
        ``parts`` and ``amounts`` of an `Explanation`.
    """
    if units is None:
        return worked_out(charge, found, rates)
    is_stated = charge["cost_source"] == "provider"
    sums = _unit_numbers(charge, {**units.rates, "_is_stated": is_stated})
    told = worked_out(charge, {**found, **{name: sums[name] for name in UNIT_SUMS}}, rates)
    return told | {"parts": told["parts"] + tuple(_unit_parts(sums, units.rates))}


def worked_out(
    usage: Mapping[str, Any], found: Mapping[str, Any], rates: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Follow the formulas on one request.

    Parameters
    ----------
    usage
        Its usage row.
    found
        Its row of the rate card.
    rates
        Meter → what is known of its rate.

    Returns
    -------
    dict
        ``parts`` and ``amounts`` of an `Explanation`.
    """
    made: dict[str, Any] = trace(STAGES, COLUMN_BY_NAME, usage, found)
    parts = [
        _part(side, product, number, rates)
        for side, name in (_SIDES | _FEES).items()
        for number, summand in enumerate(made[name].summands)
        for product in summand
        if product.quantity is None or (product.quantity and (side in _SIDES or product.rate))
    ]

    def value(name: str) -> float | None:
        number: Traced = made[name]
        return number.value

    amounts: dict[str, float | None] = {
        "input_sum": value("_input_sum"),
        "output_sum": value("_output_sum"),
        **{uplift: found[uplift] for uplift in UPLIFTS if found[uplift] != 1},
    }
    fees = [part.amount for part in parts if part.side == _INPUT_FEE]
    if fees:
        amounts["input_fee"] = fees[0]
    for name in (*UNIT_SUMS[:2], *UNIT_SUMS[3:]):
        if found[name]:
            amounts[name] = found[name]
    amounts["input_cost"] = value("input_cost")
    amounts["output_cost"] = value("output_cost")
    if value("additional_cost"):
        amounts["additional_cost"] = value("additional_cost")
    if found["discount_share"]:
        amounts["discount_share"] = found["discount_share"]
        amounts["discount_amount"] = value("discount_amount")
    if found["margin_share"] or found["margin_fixed"]:
        amounts["margin_share"] = found["margin_share"]
        amounts["margin_fixed"] = found["margin_fixed"]
        amounts["margin_amount"] = value("margin_amount")
    if usage.get("guardrail_cost"):
        amounts["guardrail_cost"] = usage["guardrail_cost"]
    amounts["cost_by_rates"] = value("cost")
    return {"parts": tuple(parts), "amounts": amounts}


_unit_numbers = as_function(
    UNIT_STAGES,
    UNIT_COLUMNS,
    (*UNIT_SUMS, "_by_units", *(f"_{unit.name}_n" for unit in UNITS)),
)
"""The quantities and sums of units for one call."""


def _unit_parts(sums: Mapping[str, Any], rates: Mapping[str, Any]) -> Iterator[Part]:
    """Yield quantity × rate of each unit that the request has."""
    for unit in UNITS:
        quantity, rate = sums[f"_{unit.name}_n"], rates[f"{unit.name}_rate"]
        if sums["_by_units"] and quantity and rate:
            why = f"what such calls are billed by; {unit.side}"
            counts = {unit.column: 1.0}
            yield Part("units", unit.name, quantity, counts, rate, "", "", why, quantity * rate, 0)


def _part(
    side: str, product: Product, summand: int, rates: Mapping[str, Mapping[str, Any]]
) -> Part:
    known = rates.get(product.meter, {"key": "", "source": "", "why": "no rate is known"})
    return Part(
        side,
        product.meter,
        product.quantity,
        dict(product.counts),
        product.rate,
        known["key"],
        known["source"],
        known["why"],
        product.amount,
        summand,
    )
