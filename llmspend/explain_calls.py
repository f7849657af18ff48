"""`explain`: why one call, or one row of a log, costs what it costs.

It answers what LiteLLM's page about debugging custom prices sends people into a debug log for:
whether one's own prices are used, and which of them.

The module is not called ``explain``: it would hide the function in the package.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.call_charges import CUSTOM_KEYS, own_rates
from llmspend.call_usage import usage_of_call, usage_of_response
from llmspend.errors import InputError, UnknownNameError
from llmspend.explained_sums import worked_out
from llmspend.explainer import explainer, provenance, request_facts, result
from llmspend.explanation import Explanation, Part
from llmspend.pricing import card_for, price
from llmspend.usage import COLUMN_BY_NAME, USAGE_COLUMNS

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.quirks import Quirks
    from llmspend.rate_card import RateCard

_TEXTS: Final = frozenset(("prompt", "messages", "completion"))
_OF_CALL: Final = frozenset(inspect.signature(usage_of_call).parameters)
_OF_RESPONSE: Final = frozenset(inspect.signature(usage_of_response).parameters) - {
    "card",
    "completion_response",
}
_OWN_PRICES: Final = ("custom_cost_per_token", "custom_cost_per_second")
_OF_RESPONSES: Final = frozenset(("usage", "choices", "object"))
"""What a response has and a row has not."""
_OF_OBJECTS: Final = ("keys", "usage", "model", "_hidden_params")
"""What a response has one of, a mapping or an object."""


def explain(
    what: object = None,
    /,
    *,
    cost_map: CostMap | RateCard | None = None,
    quirks: Quirks | None = None,
    **arguments: Any,  # noqa: ANN401 - those of LiteLLM's functions
) -> Explanation:
    """Say why one call costs what it costs.

    Parameters
    ----------
    what
        A row of usage or charges (a dict, or a frame of one row); or a response, a dict or an
        object with ``usage``; or nothing, when the arguments say all.
    cost_map, quirks
        As for `llmspend.price`.
    **arguments
        Those of `llmspend.cost_per_token`; with a response or texts, those of
        `llmspend.completion_cost`. Columns of `llmspend.USAGE_COLUMNS` may be given too: beside a
        row they say what else would be the case.

    Returns
    -------
    Explanation
        Printing it shows the names that were looked for, the rates that apply, where each is from,
        and the sum. It holds names, counts and prices, and nothing else of the request.

    Raises
    ------
    InputError
        When there is more than one row, or an argument does not exist.

    Examples
    --------
    >>> why = explain(model="gpt-4o", prompt_tokens=1000, cache_read_input_tokens=400)
    >>> why.cost, why.match["resolved_by"]
    (0.002, 'model, exact')
    >>> row = {"model": "gpt-4-o", "prompt_tokens": 9, "logged_spend": 0.1}
    >>> explain(row).match["nearest"][0]
    'gpt-4o'
    """
    card = card_for(cost_map, quirks)
    own = {name: arguments.pop(name, None) for name in _OWN_PRICES}
    usage, body = _usage(what, card, arguments)
    if own["custom_cost_per_token"] is not None:
        return _at_own_prices(usage, body, own["custom_cost_per_token"], card)
    if own["custom_cost_per_second"] is not None:
        return _by_the_second(usage, float(own["custom_cost_per_second"]), card)
    return explainer(card).explain(_charge(usage, card))


def pick_row(usage: pl.LazyFrame, *, request_id: str | None, row: int | None) -> dict[str, Any]:
    """Take one row out of a log.

    Parameters
    ----------
    usage
        Usage or charges.
    request_id
        The log's id of the request, or
    row
        its row in the file, from 1.

    Returns
    -------
    dict
        The row.

    Raises
    ------
    InputError
        When neither or both are given, or no row or several match.

    Examples
    --------
    >>> log = pl.LazyFrame({"request_id": ["a", "b"], "source_row": [1, 2]})
    >>> pick_row(log, request_id="b", row=None)
    {'request_id': 'b', 'source_row': 2}
    """
    if (request_id is None) == (row is None):
        raise InputError("say which row: give its request id, or its row in the file.")
    named = {"request_id": request_id} if row is None else {"source_row": row}
    ((column, wanted),) = named.items()
    found = usage.filter(pl.col(column) == wanted).head(2).collect()
    if found.height != 1:
        how_many = "no row" if found.is_empty() else "more than one row"
        raise InputError(f"{how_many} of the log has {column} {wanted!r}.")
    return found.row(0, named=True)


def _usage(
    what: object, card: RateCard, arguments: dict[str, Any]
) -> tuple[dict[str, Any], object]:
    """Give the usage row, and the usage body that prices of the call's own look at."""
    if isinstance(what, (pl.DataFrame, pl.LazyFrame)):
        rows = what.lazy().head(2).collect()
        if rows.height != 1:
            raise InputError("explain takes one row: filter the frame by request_id first.")
        what = rows.row(0, named=True)
    is_row = isinstance(what, Mapping) and not _OF_RESPONSES & what.keys()
    if isinstance(what, Mapping) and is_row:
        columns = {name: what[name] for name in COLUMN_BY_NAME if name in what}
        if not columns:
            known = ", ".join(map(str, what))[:80]
            raise InputError(
                f"{known}: none of this is a usage column. See llmspend.USAGE_COLUMNS."
            )
        _check(arguments, frozenset())
        return columns | arguments, None
    if what is not None and not is_row and not any(hasattr(what, n) for n in _OF_OBJECTS):
        raise InputError(
            "explain takes a row, a frame of one row or a response, not something of type "
            f"{type(what).__name__}. Of a file: llmspend.read_logs(file).filter(request_id=...)."
        )
    by_response = what is not None or bool(_TEXTS & arguments.keys())
    own = _OF_RESPONSE if by_response else _OF_CALL
    _check(arguments, own)
    given = {name: value for name, value in arguments.items() if name in own}
    if by_response:
        usage, body = usage_of_response(card, what, **given)
    else:
        usage, body = usage_of_call(**given)
    return usage | {n: v for n, v in arguments.items() if n not in own}, body


def _check(arguments: Mapping[str, Any], own: frozenset[str]) -> None:
    known = {*own, *COLUMN_BY_NAME}
    unknown = next((name for name in arguments if name not in known), None)
    if unknown is not None:
        raise UnknownNameError.of("argument", unknown, {*known, *_OWN_PRICES})


def _charge(usage: Mapping[str, Any], card: RateCard) -> dict[str, Any]:
    """Price one row as a log of one row."""
    given = {name: [value] for name, value in usage.items() if name in COLUMN_BY_NAME}
    return price(pl.DataFrame(given, strict=False), cost_map=card).row(0, named=True)


# -- prices that came with the call


def _at_own_prices(
    usage: dict[str, Any], body: object, per_token: Mapping[str, float], card: RateCard
) -> Explanation:
    usage, found = own_rates(_complete(usage), body, per_token)
    rates = {}
    for key, name in CUSTOM_KEYS.items():
        is_own = per_token.get(key) is not None
        rates[name.removesuffix("_rate")] = {
            "rate": found[name],
            "key": key if is_own else next(iter(CUSTOM_KEYS)),
            "source": "own price, with the call",
            "why": "its own rate" if is_own else "no rate of its own: the rate of input_tokens",
        }
    worked = worked_out(usage, found, rates)
    return _with_the_call(usage, card, worked, rates)


def _by_the_second(usage: dict[str, Any], per_second: float, card: RateCard) -> Explanation:
    usage = _complete(usage)
    milliseconds = usage["duration_ms"] or 0.0
    amount = per_second * milliseconds / 1000
    own: dict[str, str] = {
        "key": "custom_cost_per_second",
        "source": "own price, with the call",
        "why": "its own rate",
    }
    part = Part(
        side="output",
        meter="request_seconds",
        quantity=milliseconds / 1000,
        counts={"duration_ms": 0.001},
        rate=per_second,
        amount=amount,
        summand=0,
        **own,
    )
    rate = {"rate": per_second, **own}
    amounts = {"output_sum": amount, "input_cost": 0.0, "output_cost": amount}
    worked = {"parts": (part,), "amounts": amounts | {"cost_by_rates": amount}}
    return _with_the_call(usage, card, worked, {"request_seconds": rate})


def _complete(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Fill what a row leaves out, and let it be a call like any other."""
    defaults = {column.name: column.default for column in USAGE_COLUMNS}
    return {**defaults, **usage, "row_class": "normal"}


def _with_the_call(
    usage: Mapping[str, Any],
    card: RateCard,
    worked: dict[str, Any],
    rates: Mapping[str, Mapping[str, Any]],
) -> Explanation:
    cost = worked["amounts"]["cost_by_rates"]
    charge = {**usage, "cost": cost, "cost_source": "rates", "issue": None, "quirks": ()}
    return Explanation(
        request=request_facts(charge),
        lookups=(),
        match={
            "cost_map_key": None,
            "provider": usage["provider"],
            "resolved_by": None,
            "prices_by": "prices given with the call",
            "nearest": [],
        },
        rate_row={},
        rates=tuple({"meter": meter, **rate} for meter, rate in rates.items()),
        charge=result(charge),
        cost_map=provenance(card),
        notes=("Prices given with a call replace every other: no name is looked up.",),
        **worked,
    )
