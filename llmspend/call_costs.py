"""One call: LiteLLM's `cost_per_token` and `completion_cost`, by their own names and arguments.

Same rate card, same formulas as `llmspend.price`, so that a call costs what its row costs, to the
last bit. What is an issue of a row in bulk is an exception here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS, charge_call
from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.errors import InputError, UnknownModelError, nearest
from llmspend.kind_rules import kind_rule
from llmspend.pricing import card_for
from llmspend.provider_rules import provider_rule
from llmspend.rate_lines import RATE_COLUMNS
from llmspend.row_classes import kind_of
from llmspend.unit_card import charge_units
from llmspend.unit_formulas import NO_UNITS
from llmspend.usage import call
from llmspend.usage_bodies import usage_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard

_NOTHING_USED: Final = call() | {"kind": "chat"}
_basis_of = itemgetter(*BASIS_COLUMNS)
_NO_RATES: Final = dict.fromkeys(RATE_COLUMNS, 0.0)
_CUSTOM_KEYS: Final = {
    "input_cost_per_token": "input_tokens_rate",
    "output_cost_per_token": "output_tokens_rate",
    "cache_read_input_token_cost": "cache_read_tokens_rate",
    "cache_creation_input_token_cost": "cache_creation_tokens_rate",
}
_CUSTOM_ROW: Final = (
    dict.fromkeys((*(f"{meter}_rate" for meter in RATED), *TERMS), 0.0)
    | dict.fromkeys(UPLIFTS, 1.0)
    | dict.fromkeys(LONG_RATES)
    | dict.fromkeys((*SWITCHES, "quirks_of_basis"), 0)
    | NO_UNITS
    | {"reads_cache_read": 1, "reads_cache_creation": 1, "floors_text": 2, "believes_text": 1}
)
"""Prices given with a call replace every formula: fresh, cached, written and output tokens."""
_CALL_TYPE_OF_OBJECT: Final = {"list": "embedding", "response": "responses"}
"""What a response's ``object`` says about the kind of call."""


def cost_per_token(
    model: str = "",
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    response_time_ms: float | None = 0.0,
    custom_llm_provider: str | None = None,
    region_name: str | None = None,
    prompt_characters: int | None = None,
    completion_characters: int | None = None,
    cache_creation_input_tokens: int | None = 0,
    cache_read_input_tokens: int | None = 0,
    custom_cost_per_token: Mapping[str, float] | None = None,
    custom_cost_per_second: float | None = None,
    *,
    usage_object: object = None,
    call_type: str = "completion",
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    request_model: str | None = None,
    billed_at: datetime | None = None,
    cost_map: CostMap | RateCard | None = None,
) -> tuple[float, float]:
    """Say what the input and the output of one call cost.

    LiteLLM's function of this name: the same arguments, the same numbers.

    Parameters
    ----------
    model
        What was called.
    prompt_tokens, completion_tokens
        All input tokens, cached ones included, and all output tokens.
    response_time_ms
        How long the call took; some models are billed by it.
    custom_llm_provider
        Who bills; None to infer it from the name.
    region_name
        Cloud region of the call.
    prompt_characters, completion_characters
        For models that are charged by characters.
    cache_creation_input_tokens, cache_read_input_tokens
        Tokens written to and read from the prompt cache, among `prompt_tokens`.
    custom_cost_per_token
        Prices of your own, USD per token: ``input_cost_per_token``, ``output_cost_per_token`` and,
        if you like, ``cache_read_input_token_cost`` and ``cache_creation_input_token_cost``.
    custom_cost_per_second
        A price of your own, USD per second.
    usage_object
        The usage as a response reports it (any shape `llmspend.usage_of` knows), in place of the
        counts.
    call_type
        Kind of call, as LiteLLM names it.
    service_tier
        The tier it is billed at, such as ``"flex"``.
    data_residency, vertex_location
        Where it ran; some models cost more there.
    request_model
        The model that was asked for, where a router chose `model`.
    billed_at
        When it ended, for models with off-peak prices; None for now.
    cost_map
        Whose rates to use; None for the snapshot in the package.

    Returns
    -------
    tuple of float
        Input cost and output cost, USD.

    Raises
    ------
    UnknownModelError
        When no entry of the cost map prices the model; it names the nearest ones.
    InputError
        When the kind of call is not billed by tokens, or the usage is of no known shape.

    Examples
    --------
    >>> cost_per_token("gpt-4o", prompt_tokens=1000, completion_tokens=100)
    (0.0025, 0.001)
    """
    usage = dict(_NOTHING_USED)
    if usage_object is None:
        usage["prompt_tokens"] = prompt_tokens
        usage["completion_tokens"] = completion_tokens
        usage["total_tokens"] = prompt_tokens + completion_tokens
        usage["cache_read_tokens"] = cache_read_input_tokens or 0
        usage["cache_creation_tokens"] = cache_creation_input_tokens or 0
    else:
        usage |= usage_of(usage_object)
        # the tier is the caller's to say here, as in LiteLLM
        usage["served_service_tier"] = usage["traffic_type"] = None
    usage["model"] = request_model or model or None
    if request_model:
        usage["response_model"] = model
    usage["provider"] = custom_llm_provider
    usage["region"] = region_name
    usage["kind"] = _kind(call_type)
    usage["duration_ms"] = response_time_ms or 0.0
    usage["prompt_characters"] = prompt_characters
    usage["completion_characters"] = completion_characters
    usage["service_tier"] = service_tier
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location
    usage["ended_at"] = datetime.now(UTC) if billed_at is None else billed_at
    if custom_cost_per_token is not None or custom_cost_per_second is not None:
        beside = usage_object
        if usage_object is None and (cache_read_input_tokens or cache_creation_input_tokens):
            beside = {"cache_read_input_tokens": cache_read_input_tokens}
        costs = _at_own_prices(usage, beside, custom_cost_per_token, custom_cost_per_second)
    else:
        costs = charge_one(usage, card_for(cost_map, None))
    return costs["input_cost"] + costs["additional_cost"], costs["output_cost"]


def completion_cost(
    completion_response: object = None,
    model: str | None = None,
    prompt: str = "",
    messages: Sequence[Mapping[str, Any]] = (),
    completion: str = "",
    total_time: float | None = 0.0,
    call_type: str | None = None,
    custom_llm_provider: str | None = None,
    region_name: str | None = None,
    *,
    custom_cost_per_token: Mapping[str, float] | None = None,
    custom_cost_per_second: float | None = None,
    optional_params: Mapping[str, Any] | None = None,
    base_model: str | None = None,
    router_model_id: str | None = None,
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    billed_at: datetime | None = None,
    cost_map: CostMap | RateCard | None = None,
) -> float:
    """Say what one call costs, from its response or from its texts.

    LiteLLM's function of this name: the same arguments, the same numbers.

    Parameters
    ----------
    completion_response
        The response: a dict, or an object with ``usage`` and ``model``. Its usage may have any
        shape that `llmspend.usage_of` knows.
    model
        What was called; None to take the response's word.
    prompt, messages, completion
        The texts, where there is no response; their tokens are counted as `token_counter` does.
    total_time
        How long the call took, milliseconds, where the response does not say.
    call_type
        Kind of call, as LiteLLM names it; None to see it from the response.
    custom_llm_provider
        Who bills; None to infer it from the name.
    region_name
        Cloud region of the call.
    custom_cost_per_token, custom_cost_per_second
        Prices of your own, as for `cost_per_token`.
    optional_params
        Parameters of the request; its ``service_tier`` is read.
    base_model
        The model a deployment stands for.
    router_model_id
        Id of the deployment, where `cost_map` has prices for deployments.
    service_tier
        The tier it is billed at, whatever the response says.
    data_residency, vertex_location
        Where it ran; some models cost more there.
    billed_at
        When it ended, for models with off-peak prices; None for now.
    cost_map
        Whose rates to use; None for the snapshot in the package.

    Returns
    -------
    float
        USD, after any discount and margin of the rate card.

    Raises
    ------
    UnknownModelError
        When no entry of the cost map prices the model; it names the nearest ones.
    InputError
        When there is nothing to price, or the usage is of no known shape.

    Examples
    --------
    >>> response = {
    ...     "model": "gpt-4o-2024-08-06",
    ...     "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
    ... }
    >>> completion_cost(response)
    0.0035
    """
    usage = dict(_NOTHING_USED)
    hidden = getattr(completion_response, "_hidden_params", None) or {}
    response_model = _field(completion_response, "model")
    usage["model"] = model or (response_model if model is None else None)
    usage["response_model"] = (
        hidden.get("provider_response_model") or response_model or hidden.get("model")
    )
    usage["base_model"] = base_model
    usage["model_id"] = router_model_id
    usage["provider"] = hidden.get("custom_llm_provider") or custom_llm_provider
    usage["region"] = hidden.get("region_name") or region_name
    told = _CALL_TYPE_OF_OBJECT.get(str(_field(completion_response, "object")), "completion")
    usage["kind"] = _kind(call_type or told)
    card = card_for(cost_map, None)
    body = _field(completion_response, "usage")
    if completion_response is None:
        usage |= _counted(usage, prompt, messages, completion, card)
    elif body:
        usage |= usage_of(body)
    usage["duration_ms"] = getattr(completion_response, "_response_ms", None) or total_time or 0.0
    usage |= _tier(service_tier, optional_params, completion_response, usage, hidden)
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location
    usage["ended_at"] = datetime.now(UTC) if billed_at is None else billed_at
    if provider_rule(usage["provider"]).token_names is not None:
        usage["completion_characters"] = _answer_characters(completion_response)
    if custom_cost_per_token is not None or custom_cost_per_second is not None:
        costs = _at_own_prices(usage, body, custom_cost_per_token, custom_cost_per_second)
    else:
        costs = charge_one(usage, card)
    cost: float = costs["cost"]
    return cost


def charge_one(usage: Mapping[str, Any], card: RateCard) -> dict[str, Any]:
    """Price one usage row.

    Parameters
    ----------
    usage
        Every column of `llmspend.USAGE_COLUMNS`, and ``kind``.
    card
        Whose rates to use.

    Returns
    -------
    dict
        The amounts that `llmspend.price` adds to such a row, USD.

    Raises
    ------
    UnknownModelError, InputError
        Where the row's cost would be unknown.
    """
    cached = usage["cache_read_tokens"] + usage["cache_creation_tokens"]
    basis = Basis._make(_basis_of(usage))
    found = card.rates_for(basis, usage["prompt_tokens"], cached, usage["ended_at"])
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


def _kind(call_type: str) -> str:
    kind = kind_of(call_type)
    if kind_rule(kind).tokens == "never":
        raise InputError(f"a call of type {call_type!r} is not billed by tokens.")
    return kind


def _at_own_prices(
    usage: dict[str, Any],
    body: object,
    per_token: Mapping[str, float] | None,
    per_second: float | None,
) -> dict[str, Any]:
    """Price a call by prices that came with it; those per token win."""
    if per_token is None:
        seconds = (per_second or 0.0) * usage["duration_ms"] / 1000
        return {"input_cost": 0.0, "output_cost": seconds, "additional_cost": 0.0, "cost": seconds}
    unknown = next((key for key in per_token if key not in _CUSTOM_KEYS), None)
    missing = next((k for k in list(_CUSTOM_KEYS)[:2] if per_token.get(k) is None), None)
    if unknown is not None or missing is not None:
        near = ", ".join(nearest(str(unknown), _CUSTOM_KEYS) or _CUSTOM_KEYS)
        raise InputError(
            f"custom_cost_per_token has no {missing!r}."
            if unknown is None
            else f"custom_cost_per_token: unknown key {unknown!r}. Nearest: {near}."
        )
    rates = {
        rate: per_token["input_cost_per_token"] if per_token.get(key) is None else per_token[key]
        for key, rate in _CUSTOM_KEYS.items()
    }
    if any(_field(body, f"cache_{what}_input_tokens") is not None for what in ("read", "creation")):
        # LiteLLM takes such a prompt for one that leaves the cached tokens out
        usage["prompt_tokens"] += usage["cache_read_tokens"] + usage["cache_creation_tokens"]
    return charge_call(usage, _CUSTOM_ROW | rates)


def _tier(
    explicit: str | None,
    optional_params: Mapping[str, Any] | None,
    response: object,
    usage: Mapping[str, Any],
    hidden: Mapping[str, Any],
) -> dict[str, str | None]:
    """Gather what says at which tier a call is billed; an explicit one silences the others."""
    if isinstance(explicit, str) and explicit.lower() != "auto":
        return {"service_tier": explicit, "served_service_tier": None, "traffic_type": None}
    requested = (optional_params or {}).get("service_tier")
    served = _field(response, "service_tier")
    traffic = (hidden.get("provider_specific_fields") or {}).get("traffic_type")
    return {
        "service_tier": requested if isinstance(requested, str) else None,
        "served_service_tier": served if isinstance(served, str) else usage["served_service_tier"],
        "traffic_type": traffic or usage["traffic_type"],
    }


def _counted(
    usage: Mapping[str, Any],
    prompt: str,
    messages: Sequence[Mapping[str, Any]],
    completion: str,
    card: RateCard,
) -> dict[str, int]:
    """Count the tokens of texts."""
    from llmspend.tokens import token_counter  # noqa: PLC0415 - tokenizers load when they are used

    name = card.resolve(Basis._make(_basis_of(usage))).name or usage["model"]
    if name is None:
        raise InputError("there is nothing to price: give a response, or a model and its texts.")
    prompt_tokens = 0
    if messages:
        prompt_tokens = token_counter(model=name, messages=list(messages))
    elif prompt:
        prompt_tokens = token_counter(model=name, text=prompt)
    completion_tokens = token_counter(model=name, text=completion)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _field(thing: object, name: str) -> Any:  # noqa: ANN401 - whatever a response holds
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _answer_characters(response: object) -> int | None:
    """Count the characters of a chat answer without its white space, as LiteLLM does."""
    choices = _field(response, "choices")
    if not choices:
        return None
    parts = (_field(_field(choice, "message"), "content") or "" for choice in choices)
    return sum(len("".join(str(part).split())) for part in parts)
