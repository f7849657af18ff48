"""Every case of tests/cases, priced as a frame and as one call: the same to the last bit."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import RateCard, load_cost_map, price
from llmspend.call_costs import charge_one
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.usage import call, normalize
from tests.cases import batches, providers, quantities, rates, units

CASES = (*quantities.CASES, *rates.CASES, *providers.CASES, *batches.CASES, *units.CASES)
SIDES = ("input_cost", "output_cost", "tool_cost", "cost")


def names(number):
    case = CASES[number]
    return {"model": f"{case.provider}/case-{number}", "provider": case.provider}


@pytest.fixture(scope="module")
def card():
    """All entries in one cost map, so that a mix of all kinds of rows is priced at once."""
    return RateCard(
        load_cost_map(
            {
                names(number)["model"]: {"litellm_provider": case.provider, **case.entry}
                for number, case in enumerate(CASES)
            }
        )
    )


@pytest.fixture(scope="module")
def charges(card):
    rows = [call(**case.usage, **names(number)) for number, case in enumerate(CASES)]
    usage = normalize(pl.DataFrame({c: [row[c] for row in rows] for c in rows[0]}, strict=False))
    return price(usage, cost_map=card).rows(named=True)


def one_call(card, usage, kind):
    return charge_one(call(**usage) | {"kind": kind}, card)


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{case.provider}: {case.note}" for case in CASES]
)
def test_case(number, card, charges):
    case, charge = CASES[number], charges[number]
    tool, total = None, None
    if case.input is not None:
        tool, total = case.tool, case.input + case.output + case.tool + case.beside
    expected = dict(zip(SIDES, (case.input, case.output, tool, total), strict=True))

    assert charge["cost_map_key"] == names(number)["model"]
    assert {side: charge[side] for side in SIDES} == expected
    assert charge["issue"] == case.issue
    assert (charge["cost"] is None) == (
        case.issue is not None and ISSUE_BY_NAME[case.issue].severity == "error"
    )
    assert charge["cost_source"] == (
        None if total is None else "provider" if case.is_stated else "rates"
    )

    if total is not None:
        alone = one_call(card, {**case.usage, **names(number)}, charge["kind"])
        assert {side: alone[side] for side in SIDES} == expected


def test_notes_tell_cases_apart():
    assert len({(c.provider, c.note, repr(c.usage), repr(c.entry)) for c in CASES}) == len(CASES)
