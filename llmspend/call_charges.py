"""One usage row of a call → what it costs, by a rate card or by prices that came with the call."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS, charge_call
from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.call_tools import field_of
from llmspend.card_columns import RATE_COLUMNS
from llmspend.errors import InputError, UnknownModelError, nearest
from llmspend.price_choice import chooser_of
from llmspend.unit_card import charge_units
from llmspend.unit_formulas import NO_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.rate_card import RateCard

_basis_of = itemgetter(*BASIS_COLUMNS)
_NO_RATES: Final = dict.fromkeys(RATE_COLUMNS, 0.0)
CUSTOM_KEYS: Final = {
    "input_cost_per_token": "input_tokens_rate",
    "output_cost_per_token": "output_tokens_rate",
    "cache_read_input_token_cost": "cache_read_tokens_rate",
    "cache_creation_input_token_cost": "cache_creation_tokens_rate",
}
"""Keys of ``custom_cost_per_token`` → the rate each sets."""
TERMS_WITH_OWN_PRICES: Final = (
    "additional_fee_rate",
    "discount_share",
    "margin_share",
    "margin_fixed",
)
"""What a call pays besides, also at prices of its own."""
_CUSTOM_ROW: Final = (
    dict.fromkeys((*(f"{meter}_rate" for meter in RATED), *TERMS), 0.0)
    | dict.fromkeys(UPLIFTS, 1.0)
    | dict.fromkeys(LONG_RATES)
    | dict.fromkeys((*SWITCHES, "quirks_of_basis"), 0)
    | NO_UNITS
    | {"reads_cache_read": 1, "reads_cache_creation": 1, "floors_text": 2, "believes_text": 1}
)
"""Prices given with a call replace every formula: fresh, cached, written and output tokens."""


def charge_one(usage: Mapping[str, Any], card: RateCard, *, by_time: bool = True) -> dict[str, Any]:
    """Price one usage row.

    Parameters
    ----------
    usage
        Every column of `llmspend.USAGE_COLUMNS`, and ``kind``.
    card
        Whose rates to use.
    by_time
        Whether a model may be billed by the time it ran on a machine.

    Returns
    -------
    dict
        The amounts that `llmspend.price` adds to such a row, USD.

    Raises
    ------
    UnknownModelError, InputError
        Where the row's cost would be unknown.
    """
    prompt = usage["prompt_tokens"]
    cached = usage["cache_read_tokens"] + usage["cache_creation_tokens"]
    if usage["context_tokens"] is not None:
        prompt, cached = usage["context_tokens"], 0
    usage = {**usage, "model_id": chooser_of(card).one(usage)}
    basis = Basis._make(_basis_of(usage))
    found = card.rates_for(basis, prompt, cached, usage["ended_at"])
    if not by_time and found["machine_second_rate"] > 0:
        raise _unknown_model(usage, card)
    if usage["duration_ms"] is None and (
        (found["request_seconds_rate"] or 0) > 0 or found["machine_second_rate"] > 0
    ):
        raise InputError(f"{basis.model!r} is priced per second: how long did the call take?")
    units = card.units.row_of(found["line"], usage["kind"], usage)
    if units is None and found["input_tokens_rate"] is not None:
        return charge_call(usage, found)
    is_unknown = found["input_tokens_rate"] is None
    costs = charge_call(usage, found | _NO_RATES if is_unknown else found)
    is_stated = costs["_is_stated"]
    if is_unknown and not is_stated:
        raise _unknown_model(usage, card)
    if units is None:
        return costs
    sums = charge_units(usage, {**units.rates, "_is_stated": is_stated})
    if not sums["_is_priced"] and not is_stated:
        raise _unknown_model(usage, card)
    if sums["_lacking"] and not is_stated:
        raise InputError(f"a call of {basis.model!r} is billed by units: how many were there?")
    return charge_call(usage, (found | _NO_RATES if is_unknown else found) | sums)


def _unknown_model(usage: Mapping[str, Any], card: RateCard) -> UnknownModelError:
    names = [usage[n] for n in ("base_model", "model", "response_model") if usage[n]]
    if not names:
        return UnknownModelError("there is no model to price: give model=.")
    near = ", ".join(map(repr, card.nearest(names[0])))
    by = f" of provider {usage['provider']!r}" if usage["provider"] else ""
    return UnknownModelError(
        f"no entry of the cost map prices {' or '.join(map(repr, dict.fromkeys(names)))}{by}."
        f"{f' Nearest: {near}.' if near else ''} Give custom_cost_per_token= to price it yourself."
    )


def at_own_prices(
    usage: dict[str, Any],
    body: object,
    per_token: Mapping[str, float] | None,
    per_second: float | None,
    card: RateCard,
) -> dict[str, Any]:
    """Price one usage row by prices that came with the call; tools and terms stay.

    Parameters
    ----------
    usage
        Every column of `llmspend.USAGE_COLUMNS`, and ``kind``.
    body
        As for `own_rates`.
    per_token, per_second
        ``custom_cost_per_token``, which wins, and ``custom_cost_per_second``.
    card
        Whose prices of tools, discounts and margins to use.

    Returns
    -------
    dict
        As of `charge_one`.

    Raises
    ------
    InputError
        As of `own_rates`.
    """
    basis = Basis._make(_basis_of({**usage, "model_id": chooser_of(card).one(usage)}))
    found = card.rates_for(basis, ended_at=usage["ended_at"])
    units = card.units.row_of(found["line"], usage["kind"], usage)
    sums = {} if units is None else charge_units(usage, {**units.rates, "_is_stated": False})
    usage, rates = own_rates(usage, body, per_token, per_second)
    kept = {name: found[name] for name in TERMS_WITH_OWN_PRICES}
    return charge_call(usage, rates | kept | {"tool_cost": sums.get("tool_cost", 0.0)})


def own_rates(
    usage: dict[str, Any],
    body: object,
    per_token: Mapping[str, float] | None,
    per_second: float | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the row of rates that prices of the call's own make.

    Parameters
    ----------
    usage
        The call's usage row.
    body
        Its usage as reported; LiteLLM adds cached tokens to the prompt where they stand beside it.
    per_token
        ``custom_cost_per_token``; it wins.
    per_second
        ``custom_cost_per_second``.

    Returns
    -------
    tuple of dict
        The usage row and the row of rates, for the formulas.

    Raises
    ------
    InputError
        For a key that is no price, or where the input or the output price is missing.

    Examples
    --------
    >>> prices = {"input_cost_per_token": 2e-06, "output_cost_per_token": 0}
    >>> own_rates({"prompt_tokens": 10}, None, prices)[1]["cache_read_tokens_rate"]
    2e-06
    """
    if per_token is None:
        seconds = (per_second or 0.0) * usage["duration_ms"] / 1000
        return usage, _CUSTOM_ROW | {"unit_output_cost": seconds}
    unknown = next((key for key in per_token if key not in CUSTOM_KEYS), None)
    missing = next((k for k in list(CUSTOM_KEYS)[:2] if per_token.get(k) is None), None)
    if unknown is not None or missing is not None:
        near = ", ".join(nearest(str(unknown), CUSTOM_KEYS) or CUSTOM_KEYS)
        raise InputError(
            f"custom_cost_per_token has no {missing!r}."
            if unknown is None
            else f"custom_cost_per_token: unknown key {unknown!r}. Nearest: {near}."
        )
    rates = {
        rate: per_token["input_cost_per_token"] if per_token.get(key) is None else per_token[key]
        for key, rate in CUSTOM_KEYS.items()
    }
    if any(
        field_of(body, f"cache_{what}_input_tokens") is not None for what in ("read", "creation")
    ):
        # LiteLLM takes such a prompt for one that leaves the cached tokens out
        cached = usage["cache_read_tokens"] + usage["cache_creation_tokens"]
        usage = usage | {"prompt_tokens": usage["prompt_tokens"] + cached}
    return usage, _CUSTOM_ROW | rates
