"""What LiteLLM's OpenTelemetry logger writes into a span beside the conventions' attributes.

One span of a request carries all of this: ``litellm_request``, or the span that was active when the
request was made. Those of the proxy, of guardrails, of services (Redis, Postgres …) and
``raw_gen_ai_request`` name no operation, and neither provider nor tokens by these names.
``metadata.usage_object`` is the only place with cached tokens unless the newest conventions were
opted for; it is written as Python writes a dict. ``litellm.call_id`` is not read: the client's own
span of the call has the same response id but no call id, and would not be the same request.
"""

from __future__ import annotations

from typing import Final

from llmspend.formats.litellm import SPEND_LOGS

_IN_SPEND_LOGS: Final = "metadata:usage_object."
_NAMES: Final = {
    "call_type": ("litellm.call_type",),
    # the public name is the conventions' request model there
    "model": ("litellm.provider.model",),
    "model_group": ("litellm.model_group",),
    "key": ("metadata.user_api_key_hash", "litellm.api_key.hash"),
    "key_alias": ("metadata.user_api_key_alias", "litellm.metadata.user_api_key_alias"),
    "team": ("metadata.user_api_key_team_id", "litellm.team.id"),
    "team_alias": ("metadata.user_api_key_team_alias", "litellm.team.alias"),
    "user": ("metadata.user_api_key_user_id", "litellm.metadata.user_api_key_user_id"),
    "user_alias": ("metadata.user_api_key_user_email",),
    "end_user": (
        "metadata.user_api_key_end_user_id",
        "litellm.end_user.id",
        "litellm.metadata.user_api_key_end_user_id",
    ),
    "organization": ("metadata.user_api_key_org_id", "litellm.metadata.user_api_key_org_id"),
    "organization_alias": ("metadata.user_api_key_org_alias",),
    "project": ("metadata.user_api_key_project_id",),
    "project_alias": ("metadata.user_api_key_project_alias",),
    "service_tier": ("gen_ai.cost.service_tier",),
    "data_residency": ("gen_ai.cost.data_residency",),
    "vertex_location": ("gen_ai.cost.vertex_location",),
    "guardrail_cost": ("gen_ai.cost.guardrail_cost",),
    "logged_spend": ("gen_ai.cost.total_cost", "litellm.cost.total"),
    "logged_input_cost": ("gen_ai.cost.input_cost", "litellm.cost.input"),
    "logged_output_cost": ("gen_ai.cost.output_cost", "litellm.cost.output"),
    "logged_tool_cost": ("gen_ai.cost.tool_usage_cost", "litellm.cost.tool_usage"),
}
_HIDDEN: Final = {
    "model_id": ("hidden:model_id",),
    "api_base": ("hidden:api_base",),
    "logged_spend": ("hidden:response_cost",),
}


def _usage(column: str) -> tuple[str, ...]:
    """Return where a count is in the usage that the spend logs hold too."""
    return tuple(
        f"usage:{path.removeprefix(_IN_SPEND_LOGS)}"
        for path in SPEND_LOGS.paths.get(column, ())
        if path.startswith(_IN_SPEND_LOGS)
    )


def _paths(column: str) -> tuple[str, ...]:
    named = (f'attrs:"{name}"' for name in _NAMES.get(column, ()))
    return (*named, *_HIDDEN.get(column, ()), *_usage(column))


PATHS: Final = {
    column: paths
    for column in dict.fromkeys((*_NAMES, *_HIDDEN, *SPEND_LOGS.paths))
    if (paths := _paths(column))
}
"""Canonical column → where it is, in ``attrs`` and the columns that COMPUTED makes."""


def value_of(name: str, kind: str = "stringValue") -> str:
    """Write the value of one attribute out of the list of them.

    Parameters
    ----------
    name
        The attribute's key.
    kind
        The key of its value.

    Returns
    -------
    str
        SQL, with ``{}`` for the list.
    """
    ours = f"lambda a: (a ->> '$.key') = '{name}'"
    return (
        "CASE WHEN json_type(try_cast({} AS JSON)) = 'ARRAY' THEN "
        f"list_filter(CAST({{}} AS JSON[]), {ours})[1] ->> '$.value.{kind}' END"
    )


def _as_json(text: str) -> str:
    """Write a dict of numbers and plain names, as Python writes it, as JSON."""
    for python, json in (("None", "null"), ("True", "true"), ("False", "false")):
        text = rf"regexp_replace({text}, '\b{python}\b', '{json}', 'g')"
    return f"replace({text}, '''', '\"')"


COMPUTED: Final = {
    "hidden": ("attributes", value_of("hidden_params")),
    "usage": ("attributes", _as_json(value_of("metadata.usage_object"))),
}
"""What is text inside a value → SQL that makes JSON of it."""
