"""The arguments of LiteLLM's functions for one call → the usage row of that call.

`llmspend.call_costs` prices such a row, `llmspend.explanation` explains it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from llmspend.arithmetic import LONG_RATES, RATED, SWITCHES, TERMS, UPLIFTS
from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.call_tools import field_of, tools_of_response
from llmspend.errors import InputError, nearest
from llmspend.kind_rules import kind_rule
from llmspend.provider_rules import provider_rule
from llmspend.row_classes import kind_of
from llmspend.unit_formulas import NO_UNITS
from llmspend.usage import call
from llmspend.usage_bodies import usage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmspend.rate_card import RateCard

NOTHING_USED: Final = call() | {"kind": "chat"}
"""The row of a call of which nothing is known."""
_basis_of = itemgetter(*BASIS_COLUMNS)
EVERYWHERE: Final = "global"
"""Where a call ran of which nobody says it: only LiteLLM's proxy assumes a region of Vertex AI."""
CUSTOM_KEYS: Final = {
    "input_cost_per_token": "input_tokens_rate",
    "output_cost_per_token": "output_tokens_rate",
    "cache_read_input_token_cost": "cache_read_tokens_rate",
    "cache_creation_input_token_cost": "cache_creation_tokens_rate",
}
"""Keys of ``custom_cost_per_token`` → the rate each sets."""
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


def usage_of_call(
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
    *,
    usage_object: object = None,
    call_type: str = "completion",
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    request_model: str | None = None,
    billed_at: datetime | None = None,
) -> tuple[dict[str, Any], object]:
    """Give the usage row of a call from the arguments of `llmspend.cost_per_token`.

    Parameters
    ----------
    model, prompt_tokens, completion_tokens, response_time_ms, custom_llm_provider, region_name
        As there.
    prompt_characters, completion_characters
        As there.
    cache_creation_input_tokens, cache_read_input_tokens
        As there.
    usage_object, call_type, service_tier, data_residency, vertex_location
        As there.
    request_model, billed_at
        As there.

    Returns
    -------
    tuple
        The row, and the usage body that prices of the call's own look at.

    Examples
    --------
    >>> usage, _ = usage_of_call("gpt-4o", 1000, cache_read_input_tokens=400)
    >>> usage["model"], usage["prompt_tokens"], usage["cache_read_tokens"]
    ('gpt-4o', 1000, 400)
    """
    usage = dict(NOTHING_USED)
    body = usage_object
    if usage_object is None:
        usage["prompt_tokens"] = prompt_tokens
        usage["completion_tokens"] = completion_tokens
        usage["total_tokens"] = prompt_tokens + completion_tokens
        usage["cache_read_tokens"] = cache_read_input_tokens or 0
        usage["cache_creation_tokens"] = cache_creation_input_tokens or 0
        if cache_read_input_tokens or cache_creation_input_tokens:
            body = {"cache_read_input_tokens": cache_read_input_tokens}
    else:
        usage |= usage_of(usage_object)
        # the tier is the caller's to say here, as in LiteLLM
        usage["served_service_tier"] = usage["traffic_type"] = None
    usage["model"] = request_model or model or None
    if request_model:
        usage["response_model"] = model
    usage["provider"] = custom_llm_provider
    usage["region"] = region_name
    usage["kind"] = billed_kind(call_type)
    usage["call_type"] = call_type
    usage["duration_ms"] = response_time_ms or 0.0
    usage["prompt_characters"] = prompt_characters
    usage["completion_characters"] = completion_characters
    usage["service_tier"] = service_tier
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location or EVERYWHERE
    usage["ended_at"] = datetime.now(UTC) if billed_at is None else billed_at
    return usage, body


def usage_of_response(
    card: RateCard,
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
    optional_params: Mapping[str, Any] | None = None,
    base_model: str | None = None,
    standard_built_in_tools_params: Mapping[str, Any] | None = None,
    router_model_id: str | None = None,
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    billed_at: datetime | None = None,
) -> tuple[dict[str, Any], object]:
    """Give the usage row of a call from the arguments of `llmspend.completion_cost`.

    Parameters
    ----------
    card
        Whose models tell how texts are counted.
    completion_response, model, prompt, messages, completion, total_time
        As there.
    call_type, custom_llm_provider, region_name, optional_params, base_model
        As there.
    standard_built_in_tools_params, router_model_id, service_tier, data_residency
        As there.
    vertex_location, billed_at
        As there.

    Returns
    -------
    tuple
        The row, and the usage body that prices of the call's own look at.
    """
    usage = dict(NOTHING_USED)
    hidden = getattr(completion_response, "_hidden_params", None) or {}
    response_model = field_of(completion_response, "model")
    usage["model"] = model or (response_model if model is None else None)
    usage["response_model"] = (
        hidden.get("provider_response_model") or response_model or hidden.get("model")
    )
    usage["base_model"] = base_model
    usage["model_id"] = router_model_id
    usage["provider"] = hidden.get("custom_llm_provider") or custom_llm_provider
    usage["region"] = hidden.get("region_name") or region_name
    told = _CALL_TYPE_OF_OBJECT.get(str(field_of(completion_response, "object")), "completion")
    usage["call_type"] = call_type or told
    usage["kind"] = billed_kind(usage["call_type"])
    body = field_of(completion_response, "usage")
    if completion_response is None:
        usage |= counted_texts(usage, prompt, messages, completion, card)
    elif body:
        usage |= usage_of(body)
    usage |= tools_of_response(completion_response, body, standard_built_in_tools_params)
    usage["duration_ms"] = getattr(completion_response, "_response_ms", None) or total_time or 0.0
    usage |= _tier(service_tier, optional_params, completion_response, usage, hidden)
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location or EVERYWHERE
    usage["ended_at"] = datetime.now(UTC) if billed_at is None else billed_at
    if provider_rule(usage["provider"]).token_names is not None:
        usage["completion_characters"] = _answer_characters(completion_response)
    return usage, body


def own_rates(
    usage: dict[str, Any], body: object, per_token: Mapping[str, float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the row of rates that prices of the call's own make.

    Parameters
    ----------
    usage
        The call's usage row.
    body
        Its usage as reported; LiteLLM adds cached tokens to the prompt where they stand beside it.
    per_token
        ``custom_cost_per_token``.

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
    >>> usage, body = usage_of_call("acme/small", 10)
    >>> prices = {"input_cost_per_token": 2e-06, "output_cost_per_token": 0}
    >>> own_rates(usage, body, prices)[1]["cache_read_tokens_rate"]
    2e-06
    """
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


def billed_kind(call_type: str) -> str:
    """Return the kind of a call that is billed by tokens.

    Parameters
    ----------
    call_type
        As LiteLLM names it.

    Returns
    -------
    str
        One of `llmspend.row_classes.CALL_KINDS`, or ``"other"``.

    Raises
    ------
    InputError
        For a kind that is billed by something else.
    """
    kind = kind_of(call_type)
    if kind_rule(kind).tokens == "never":
        raise InputError(f"a call of type {call_type!r} is not billed by tokens.")
    return kind


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
    served = field_of(response, "service_tier")
    traffic = (hidden.get("provider_specific_fields") or {}).get("traffic_type")
    return {
        "service_tier": requested if isinstance(requested, str) else None,
        "served_service_tier": served if isinstance(served, str) else usage["served_service_tier"],
        "traffic_type": traffic or usage["traffic_type"],
    }


def counted_texts(
    usage: Mapping[str, Any],
    prompt: str,
    messages: Sequence[Mapping[str, Any]],
    completion: str,
    card: RateCard,
) -> dict[str, int | None]:
    """Count the tokens of texts, and the characters where a model may be charged by them.

    Parameters
    ----------
    usage
        A row that names the model.
    prompt, messages, completion
        As for `llmspend.completion_cost`.
    card
        Whose models tell how texts are counted.

    Returns
    -------
    dict
        Usage columns.

    Raises
    ------
    InputError
        When there is no model.
    """
    from llmspend.tokens import token_counter  # noqa: PLC0415 - tokenizers load when they are used

    match = card.resolve(Basis._make(_basis_of(usage)))
    name = match.name or usage["model"]
    if name is None:
        raise InputError("there is nothing to price: give a response, or a model and its texts.")
    prompt_tokens, known = 0, card.cost_map
    if messages:
        prompt_tokens = int(token_counter(model=name, messages=list(messages), cost_map=known))
    elif prompt:
        prompt_tokens = int(token_counter(model=name, text=prompt, cost_map=known))
    completion_tokens = int(token_counter(model=name, text=completion, cost_map=known))
    by_characters = provider_rule(match.provider).token_names is not None
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_characters": _characters(_texts(messages)) if by_characters and messages else None,
    }


def _answer_characters(response: object) -> int | None:
    """Count the characters of a chat answer."""
    choices = field_of(response, "choices")
    if not choices:
        return None
    return _characters(
        str(field_of(field_of(choice, "message"), "content") or "") for choice in choices
    )


def _texts(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else [content]:
            text = part.get("text") if isinstance(part, dict) else part
            if isinstance(text, str):
                yield text


def _characters(texts: Iterable[str]) -> int:
    """Count characters that are no white space, as LiteLLM does."""
    return sum(len("".join(text.split())) for text in texts)
