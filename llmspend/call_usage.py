"""The arguments of LiteLLM's functions for one call → the usage row of that call.

`llmspend.call_costs` prices such a row, `llmspend.explanation` explains it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.body_paths import fields_of
from llmspend.call_quantities import QUANTITIES, call_type_of, quantities_of
from llmspend.call_tools import field_of, tools_of_response
from llmspend.errors import InputError
from llmspend.kind_rules import kind_rule
from llmspend.name_fees import ROUTER_FEE
from llmspend.provider_rules import provider_rule
from llmspend.row_classes import kind_of
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
    number_of_queries: int | None = None,
    usage_object: object = None,
    rerank_billed_units: Mapping[str, Any] | None = None,
    call_type: str = "completion",
    audio_transcription_file_duration: float | None = None,
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    response: object = None,
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
    number_of_queries, usage_object, rerank_billed_units, call_type
        As there.
    audio_transcription_file_duration, service_tier, data_residency, vertex_location
        As there.
    response, request_model, billed_at
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
        usage["total_tokens"] = _sum(prompt_tokens, completion_tokens)
        usage["cache_read_tokens"] = cache_read_input_tokens or 0
        usage["cache_creation_tokens"] = cache_creation_input_tokens or 0
        if cache_read_input_tokens or cache_creation_input_tokens:
            body = {"cache_read_input_tokens": cache_read_input_tokens}
    else:
        usage |= usage_of(usage_object)
        # the tier is the caller's to say here, as in LiteLLM
        usage["served_service_tier"] = usage["traffic_type"] = None
    usage["model"] = model or None
    if request_model and _pays_router(request_model, custom_llm_provider, model):
        usage["model"], usage["response_model"] = request_model, model
    usage["provider"] = custom_llm_provider
    usage["region"] = region_name
    # LiteLLM's function of tokens makes no difference of calls that make images
    kind = billed_kind(call_type)
    usage["kind"] = "chat" if kind_rule(kind).image_call else kind
    usage["call_type"] = call_type
    usage["duration_ms"] = response_time_ms or 0.0
    usage["prompt_characters"] = prompt_characters
    usage["completion_characters"] = completion_characters
    given = {
        "number_of_queries": number_of_queries,
        "rerank_billed_units": rerank_billed_units,
        "audio_transcription_file_duration": audio_transcription_file_duration or None,
    }
    usage |= quantities_of(usage["kind"], response, given=given)
    usage["service_tier"] = service_tier
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location or EVERYWHERE
    usage["ended_at"] = _in_utc(billed_at)
    return usage, body


def _sum(prompt_tokens: int, completion_tokens: int) -> int:
    try:
        total = prompt_tokens + completion_tokens
        is_number = total - total == 0  # neither infinity nor what is no number at all
    except TypeError:
        is_number = False
    if not is_number:
        raise InputError(
            "prompt_tokens and completion_tokens are counts, not "
            f"{prompt_tokens!r} and {completion_tokens!r}."
        )
    return total


def _in_utc(moment: datetime | None) -> datetime:
    """Give a moment as columns have it: in UTC, which is what a naive one is taken for."""
    if moment is None:
        return datetime.now(UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


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
    size: str | None = None,
    quality: str | None = None,
    n: int | None = None,
    *,
    optional_params: Mapping[str, Any] | None = None,
    custom_pricing: bool | None = None,
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
    call_type, custom_llm_provider, region_name, size, quality, n
        As there.
    optional_params, custom_pricing, base_model
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
    usage["model"] = model
    usage["base_model"] = base_model
    if custom_pricing:
        # the deployment's own name where it is registered with a price, else the call's
        is_priced = any(
            "cost" in key for key in card.cost_map.entries.get(router_model_id or "", ())
        )
        usage["base_model"] = router_model_id if is_priced else model
    usage["model_id"] = router_model_id
    usage["provider"] = hidden.get("custom_llm_provider") or custom_llm_provider
    usage["region"] = hidden.get("region_name", region_name)
    usage |= _answered_by(usage, hidden, response_model, custom_llm_provider, card)
    usage["call_type"] = call_type or call_type_of(completion_response)
    usage["kind"] = kind = billed_kind(usage["call_type"])
    body = field_of(completion_response, "usage")
    given = {"n": n, "size": size, "quality": quality}
    if kind == "speech" and prompt:
        usage |= counted_texts(usage, prompt, (), "", card)
        given["prompt_characters"] = _characters([prompt])
    elif kind_rule(kind).tokens == "never":
        body = None
    elif completion_response is None:
        usage |= counted_texts(usage, prompt, messages, completion, card)
    units = quantities_of(kind, completion_response, asked=optional_params, given=given)
    if body and not (units and _counts_no_tokens(body)):
        usage |= usage_of(body)
    usage |= units
    if custom_pricing:
        usage["provider_cost"], region_name = None, None
    usage |= tools_of_response(completion_response, body, standard_built_in_tools_params)
    usage["duration_ms"] = getattr(completion_response, "_response_ms", None) or total_time or 0.0
    usage |= _tier(service_tier, optional_params, completion_response, usage, hidden)
    usage["data_residency"] = data_residency
    usage["vertex_location"] = vertex_location or EVERYWHERE
    usage["ended_at"] = _in_utc(billed_at)
    if provider_rule(usage["provider"]).token_names is not None:
        usage["completion_characters"] = _answer_characters(completion_response)
    return usage, body


def billed_kind(call_type: str) -> str:
    """Return the kind of a call that is billed by tokens, or by units that a call may count.

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
    if kind_rule(kind).tokens == "never" and kind not in QUANTITIES:
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


def _answered_by(
    usage: dict[str, Any],
    hidden: Mapping[str, Any],
    response_model: str | None,
    provider: str | None,
    card: RateCard,
) -> dict[str, str | None]:
    """Choose the name that the response says, the first of several that has a price."""
    names = [hidden.get("provider_response_model"), response_model or hidden.get("model")]
    named = [name for name in names if isinstance(name, str) and name]
    if len(named) > 1:
        priced = (n for n in named if _is_found(card, usage | {"response_model": n}))
        named = [next(priced, named[0])]
    answered = next(iter(named), None)
    if usage["model"] is None and usage["base_model"] is None and provider is None:
        # where no argument says who was asked, the name is looked up as it is
        return {"model": answered, "response_model": None}
    return {"response_model": answered}


def _is_found(card: RateCard, usage: Mapping[str, Any]) -> bool:
    """Tell whether it is the response's name that has a price."""
    found = card.resolve(Basis._make(_basis_of(usage))).resolved_by or ""
    source = "model" if usage["response_model"] == usage["model"] else "response_model"
    return found.startswith(source)


def _pays_router(asked: str, provider: str | None, model: str) -> bool:
    """Tell whether who asked for a name pays the fee of a router, whatever it chose."""
    bills = provider or model.partition("/")[0]
    return bills == ROUTER_FEE.provider and ROUTER_FEE.is_router(asked)


def _counts_no_tokens(body: object) -> bool:
    """Tell whether a usage body is about something else."""
    return not any("token" in str(key).lower() for key in fields_of(body) or ())


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
