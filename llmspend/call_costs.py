"""One call: LiteLLM's `cost_per_token` and `completion_cost`, by their own names and arguments.

Same rate card, same formulas as `llmspend.price`, so that a call costs what its row costs, to the
last bit. What is an issue of a row in bulk is an exception here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from llmspend.basis import BASIS_COLUMNS, Basis
from llmspend.call_charges import at_own_prices, charge_one
from llmspend.call_usage import (
    EVERYWHERE,
    NOTHING_USED,
    counted_texts,
    usage_of_call,
    usage_of_response,
)
from llmspend.entries import whole_number
from llmspend.errors import InputError
from llmspend.pricing import card_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard

_basis_of = itemgetter(*BASIS_COLUMNS)


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
    number_of_queries: int | None = None,
    usage_object: object = None,
    rerank_billed_units: Mapping[str, Any] | None = None,
    call_type: str = "completion",
    audio_transcription_file_duration: float | None = 0.0,
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    response: object = None,
    request_model: str | None = None,
    custom_model_info: None = None,
    bedrock_model_info: None = None,
    *,
    billed_at: datetime | None = None,
    cost_map: CostMap | RateCard | None = None,
) -> tuple[float, float]:
    """Say what the input and the output of one call cost.

    LiteLLM's function of this name: the same arguments, the same numbers. It prices no model that
    only `completion_cost` can: one billed by the time it ran. LiteLLM's resolves a few names more
    narrowly still: by size (Together AI), by ARN, and by region without a provider.

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
    number_of_queries
        Queries of a search.
    usage_object
        The usage as a response reports it (any shape `llmspend.usage_of` knows), in place of the
        counts.
    rerank_billed_units
        ``search_units`` and ``total_tokens`` of a rerank call.
    call_type
        Kind of call, as LiteLLM names it.
    audio_transcription_file_duration
        Seconds of audio transcribed; 0 is unknown.
    service_tier
        The tier it is billed at, such as ``"flex"``.
    data_residency, vertex_location
        Where it ran; some models cost more there. Nothing is assumed where nobody says.
    response
        What was answered, for kinds of call whose pages or units are in it.
    request_model
        The model that was asked for, where a router chose `model`.
    custom_model_info, bedrock_model_info
        LiteLLM hands its own entries on by these; only None has a meaning here.
    billed_at
        When it ended, for models with off-peak prices; None for now.
    cost_map
        Whose rates to use; None for the default cost map.

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
    _refuse(custom_model_info=custom_model_info, bedrock_model_info=bedrock_model_info)
    usage, body = usage_of_call(
        model,
        prompt_tokens,
        completion_tokens,
        response_time_ms,
        custom_llm_provider,
        region_name,
        prompt_characters,
        completion_characters,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        number_of_queries=number_of_queries,
        usage_object=usage_object,
        rerank_billed_units=rerank_billed_units,
        call_type=call_type,
        audio_transcription_file_duration=audio_transcription_file_duration,
        service_tier=service_tier,
        data_residency=data_residency,
        vertex_location=vertex_location,
        response=response,
        request_model=request_model,
        billed_at=billed_at,
    )
    card = card_for(cost_map, None)
    if custom_cost_per_token is not None or custom_cost_per_second is not None:
        costs = at_own_prices(usage, body, custom_cost_per_token, custom_cost_per_second, card)
    else:
        costs = charge_one(usage, card, by_time=False)
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
    size: str | None = None,
    quality: str | None = None,
    n: int | None = None,
    custom_cost_per_token: Mapping[str, float] | None = None,
    custom_cost_per_second: float | None = None,
    optional_params: Mapping[str, Any] | None = None,
    custom_pricing: bool | None = None,
    base_model: str | None = None,
    standard_built_in_tools_params: Mapping[str, Any] | None = None,
    litellm_model_name: str | None = None,  # noqa: ARG001 - no meaning in LiteLLM either
    router_model_id: str | None = None,
    litellm_logging_obj: None = None,
    service_tier: str | None = None,
    data_residency: str | None = None,
    vertex_location: str | None = None,
    *,
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
    size, quality, n
        Of images, and how many, where the response does not say.
    custom_cost_per_token, custom_cost_per_second
        Prices of your own, as for `cost_per_token`.
    optional_params
        Parameters of the request; its ``service_tier`` is read, and what it asks of a search.
    custom_pricing
        Whether the prices are those of the deployment `router_model_id`, registered under that
        name, and no cost that the provider states replaces them.
    base_model
        The model a deployment stands for.
    standard_built_in_tools_params
        What the request said of built-in tools: ``web_search_options``, ``file_search`` …
    litellm_model_name
        Has no meaning, as in LiteLLM.
    router_model_id
        Id of the deployment, where `cost_map` has prices for deployments.
    litellm_logging_obj
        LiteLLM's own record of the call; only None has a meaning here.
    service_tier
        The tier it is billed at, whatever the response says.
    data_residency, vertex_location
        Where it ran; some models cost more there. Nothing is assumed where nobody says.
    billed_at
        When it ended, for models with off-peak prices; None for now.
    cost_map
        Whose rates to use; None for the default cost map.

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
    _refuse(litellm_logging_obj=litellm_logging_obj)
    card = card_for(cost_map, None)
    usage, body = usage_of_response(
        card,
        completion_response,
        model,
        prompt,
        messages,
        completion,
        total_time,
        call_type,
        custom_llm_provider,
        region_name,
        size,
        quality,
        n,
        optional_params=optional_params,
        custom_pricing=custom_pricing,
        base_model=base_model,
        standard_built_in_tools_params=standard_built_in_tools_params,
        router_model_id=router_model_id,
        service_tier=service_tier,
        data_residency=data_residency,
        vertex_location=vertex_location,
        billed_at=billed_at,
    )
    if custom_cost_per_token is not None or custom_cost_per_second is not None:
        costs = at_own_prices(usage, body, custom_cost_per_token, custom_cost_per_second, card)
    else:
        costs = charge_one(usage, card)
    cost: float = costs["cost"]
    return cost


def estimate_call(
    prompt: str,
    model: str,
    completion: str = "",
    *,
    custom_llm_provider: str | None = None,
    cost_map: CostMap | RateCard | None = None,
) -> dict[str, Any]:
    """Price a text before it is sent.

    Parameters
    ----------
    prompt
        The text.
    model
        What would be called.
    completion
        An answer, if one is to be priced too.
    custom_llm_provider
        Who bills; None to infer it from the name.
    cost_map
        Whose rates to use; None for the default cost map.

    Returns
    -------
    dict
        ``model, prompt_tokens, completion_tokens`` (counted as LiteLLM counts them) and ``cost``
        (USD); from the cost map, where it says so, ``max_input_tokens, max_output_tokens``,
        ``cost_at_most`` (USD, with the longest answer) and ``fits`` (whether the prompt does).

    Raises
    ------
    UnknownModelError
        When no entry of the cost map prices the model.

    Examples
    --------
    >>> estimated = estimate_call("Hello, world!", "gpt-4o")
    >>> estimated["prompt_tokens"], estimated["cost"], estimated["fits"]
    (4, 1e-05, True)
    """
    card = card_for(cost_map, None)
    usage = NOTHING_USED | {
        "model": model,
        "provider": custom_llm_provider,
        "duration_ms": 0.0,
        "vertex_location": EVERYWHERE,
        "ended_at": datetime.now(UTC),
    }
    usage |= counted_texts(usage, prompt, (), completion, card)
    match = card.resolve(Basis._make(_basis_of(usage)))
    entry = card.cost_map.entries.get(match.key or "", {})
    longest_prompt = whole_number(entry, "max_input_tokens", "max_tokens")
    longest_answer = whole_number(entry, "max_output_tokens", "max_tokens")
    at_most = None
    if longest_answer is not None:
        at_most = charge_one(usage | {"completion_tokens": longest_answer}, card)["cost"]
    return {
        "model": model,
        "prompt_tokens": usage["prompt_tokens"],
        "completion_tokens": usage["completion_tokens"],
        "cost": charge_one(usage, card)["cost"],
        "max_input_tokens": longest_prompt,
        "max_output_tokens": longest_answer,
        "cost_at_most": at_most,
        "fits": None if longest_prompt is None else usage["prompt_tokens"] <= longest_prompt,
    }


def _refuse(**arguments: object) -> None:
    """Refuse arguments of LiteLLM's that hand its own objects on."""
    name = next((name for name, value in arguments.items() if value is not None), None)
    if name is not None:
        raise InputError(f"{name}= is an object of LiteLLM's own and not read: leave it None.")
