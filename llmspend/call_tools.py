"""The built-in tools that one response used → columns of usage.

What the columns mean is said in `llmspend.tool_policies`. A response may be a dict or any object;
either is read as the typed response that LiteLLM's proxy prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspend.body_paths import BodyReader, UsageBody, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOOL_COUNTERS: Final = UsageBody(
    name="counters of built-in tools",
    source="litellm_core_utils/llm_cost_calc/tool_call_cost_tracking.py",
    paths={
        "_server_side": ("server_side_tool_usage_details.web_search_calls",),
        "_details": ("prompt_tokens_details.web_search_requests",),
        "_server_tool_use": ("server_tool_use.web_search_requests",),
        "browser_opens": ("server_tool_use.browser_open_requests",),
        "maps_queries": ("prompt_tokens_details.google_maps_grounding_requests",),
    },
)
"""Where a usage body counts what tools did."""

_SIGNALS: Final = {
    ("_server_side", "_details"): "server_side, details",
    ("_server_side",): "server_side",
    ("_server_tool_use", "_details"): "counter",
    ("_details",): "details",
    ("_server_tool_use",): "server_tool_use",
}
"""The counters that are there → how the search showed; the first row whose counters all are."""

_REPORTED: Final = ("tool_usage", "web_search", "num_requests")
"""The searches of a Responses answer that are charged, where it says so itself."""


def tools_of_response(
    response: object, body: object, declared: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Say which built-in tools a response used.

    Parameters
    ----------
    response
        A dict or an object.
    body
        Its usage.
    declared
        LiteLLM's ``standard_built_in_tools_params``: what the request said of its tools.

    Returns
    -------
    dict
        The columns of usage about tools of which anything is known.

    Examples
    --------
    >>> tools_of_response({}, {"server_tool_use": {"web_search_requests": 2}})
    {'web_searches': 2, 'web_search_signal': 'server_tool_use'}
    """
    fields = fields_of(body) or {}
    reader = BodyReader(TOOL_COUNTERS, fields)
    counts = {name: reader.first(name, at) for name, at in TOOL_COUNTERS.places.items()}
    items = [field_of(item, "type") for item in _list(response, "output")]
    signs = items or [field_of(sign, "type") for sign in _annotations(response)]
    filed = signs.count("file_search_call") + signs.count("file_citation")
    found = {
        **_searches(response, counts, items, signs),
        "browser_opens": counts["browser_opens"],
        "maps_queries": counts["maps_queries"],
        **_declared(declared or {}, filed),
    }
    return {name: value for name, value in found.items() if value is not None}


def field_of(thing: object, name: str) -> Any:  # noqa: ANN401 - whatever a response holds
    """Return a field of a response, be it a dict or an object.

    Parameters
    ----------
    thing
        The response.
    name
        Of the field.

    Returns
    -------
    object
        None where it has none.

    Examples
    --------
    >>> field_of({"model": "acme/small"}, "model"), field_of(3, "model")
    ('acme/small', None)
    """
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def _searches(
    response: object, counts: Mapping[str, Any], items: list[Any], signs: list[Any]
) -> dict[str, Any]:
    """Find the signal that comes first, and its count."""
    searched = items.count("web_search_call")
    if items and not searched and counts["_server_tool_use"] is None:
        return {}  # a list of what was done shows a search by nothing else
    there = {name for name, count in counts.items() if count is not None}
    if not counts["_server_side"]:
        there.discard("_server_side")  # a count of none shows nothing here
    if searched:
        there.discard("_details")  # of a chat
    for names, signal in _SIGNALS.items():
        if there.issuperset(names):
            return {"web_searches": counts[names[0]], "web_search_signal": signal}
    if searched:
        reported: Any = response
        for name in _REPORTED:
            reported = field_of(reported, name)
        count = reported if isinstance(reported, int) else searched
        return {"web_searches": count, "web_search_signal": "item"}
    return {"web_search_signal": "citation"} if "url_citation" in signs else {}


def _annotations(response: object) -> Iterator[object]:
    for choice in _list(response, "choices"):
        yield from _list(field_of(choice, "message"), "annotations")


def _list(thing: object, name: str) -> list[Any]:
    value = field_of(thing, name)
    return list(value) if isinstance(value, (list, tuple)) else []


def _declared(declared: Mapping[str, Any], filed: int) -> dict[str, Any]:
    """Read what the request said of its tools; files are charged only where it declared them."""
    search, files, store, computer = (
        fields_of(declared.get(name)) or {}
        for name in (
            "web_search_options",
            "file_search",
            "vector_store_usage",
            "computer_use_usage",
        )
    )
    size = {"search_context_size": search.get("search_context_size")}
    if filed and not files:
        return size  # LiteLLM takes it for a search of files, which costs nothing undeclared
    return {
        **size,
        "file_searches": filed or None,
        "file_search_gb_days": _product(files, "storage_gb", "days"),
        "vector_store_gb_days": _product(store, "storage_gb", "days"),
        "computer_use_input_tokens": computer.get("input_tokens"),
        "computer_use_output_tokens": computer.get("output_tokens"),
        "code_interpreter_sessions": declared.get("code_interpreter_sessions"),
    }


def _product(fields: Mapping[Any, Any], *names: str) -> float | None:
    storage, days = (fields.get(name) for name in names)
    return None if storage is None or days is None else float(storage) * float(days)
