"""LiteLLM's sums per day: its Daily tables, and what its endpoints make of them.

They outlive the requests they sum up, and are coarse: days of UTC, no service tier, no length of
a prompt. Nothing can be priced anew by them, so their rows keep the spend that was logged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.formats._format import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINTS: Final = {
    "/chat/completions": "acompletion",
    "/completions": "atext_completion",
    "/responses": "aresponses",
    "/embeddings": "aembedding",
    "/image/generations": "aimage_generation",
    "/images/edits": "aimage_edit",
    "/audio/speech": "aspeech",
    "/audio/transcriptions": "atranscription",
    "/moderations": "amoderation",
    "/rerank": "arerank",
    "/ocr": "aocr",
    "/search": "asearch",
    "/videos": "avideo_generation",
    "/batches": "aretrieve_batch",
}
"""Endpoint → call type, as in LiteLLM's ROUTE_ENDPOINT_MAPPING."""

_TAGS: Final = "tags as JSON"

DAILY_SPEND = Format(
    name="LiteLLM_Daily*Spend",
    about=(
        "The tables of a LiteLLM proxy with sums per day, key and model, for users, teams, tags, "
        "organizations, customers, agents, or for all."
    ),
    source="LiteLLM 1.106.2, proxy/schema.prisma",
    identified_by=frozenset(
        {"date", "model", "custom_llm_provider", "spend", "api_requests", "failed_requests"}
    ),
    paths={
        "request_id": ("id",),
        "call_type": ("endpoint",),
        "started_at": ("date",),
        "model": ("model",),
        "model_group": ("model_group",),
        "provider": ("custom_llm_provider",),
        "key": ("api_key",),
        "team": ("team_id",),
        "user": ("user_id",),
        "end_user": ("end_user_id",),
        "organization": ("organization_id",),
        "tags": (_TAGS,),
        "prompt_tokens": ("prompt_tokens",),
        "completion_tokens": ("completion_tokens",),
        "cache_read_tokens": ("cache_read_input_tokens",),
        "cache_creation_tokens": ("cache_creation_input_tokens",),
        "request_count": ("api_requests",),
        "failed_count": ("failed_requests",),
        "logged_spend": ("spend",),
    },
    computed={
        _TAGS: ("tag", "CASE WHEN to_json({}) NOT IN ('null', '\"\"') THEN to_json([{}]) END")
    },
    derived=(
        {"call_type": pl.col("call_type").replace_strict(_ENDPOINTS, default=None)},
        {"total_tokens": pl.col("prompt_tokens") + pl.col("completion_tokens")},
    ),
    is_summary=True,
)
"""LiteLLM's daily tables, in any export of them."""

# cells that a spreadsheet would take for formulas have an apostrophe before them
_UNARMED: Final = {
    name: pl.col(name).str.replace(r"^'([-=+@\t\r])", "${1}")
    for name in (
        *("model", "key", "key_alias", "team", "team_alias", "user", "user_alias"),
        *("organization", "organization_alias", "end_user"),
    )
}
_ENTITY: Final = ("entity_id",)
_ALIAS: Final = ("entity_alias",)
_EXPORTED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "user": {"user": _ENTITY},
    "team": {"team": _ENTITY, "team_alias": _ALIAS},
    "organization": {"organization": _ENTITY, "organization_alias": _ALIAS},
    "customer": {"end_user": _ENTITY},
    "tag": {"tags": (_TAGS,)},
    "agent": {},
}
"""What an export is of → what its entities are."""


def _export(entity: str, paths: Mapping[str, tuple[str, ...]]) -> Format:
    return replace(
        DAILY_SPEND,
        name=f"LiteLLM {entity} activity export",
        about=f"The download {entity}-usage-… (CSV, JSON) of /{entity}/daily/activity/export.",
        source="LiteLLM 1.106.2, types/repositories/daily_activity.py",
        identified_by=frozenset(
            {"date", "entity_id", "model", "spend", "api_requests", "failed_requests"}
        ),
        paths={
            **{name: path for name, path in DAILY_SPEND.paths.items() if name != "tags"},
            "key_alias": ("key_alias",),
            "user_alias": ("user_email",),
            **paths,
        },
        computed={_TAGS: ("entity_id", DAILY_SPEND.computed[_TAGS][1])},
        derived=(*DAILY_SPEND.derived, _UNARMED),
        # nothing in it says whose ids these are
        file_name=rf"(?i)^{entity}-usage-",
    )


ACTIVITY_EXPORTS = tuple(_export(entity, paths) for entity, paths in _EXPORTED.items())
"""Sums per day and team, or whatever the name of the file says."""

SPEND_SUMMARIES = Format(
    name="LiteLLM daily spend summaries",
    about="What /spend/logs answers by default for a range of days: the spend of each model.",
    source="LiteLLM 1.106.2, proxy/spend_tracking/spend_management_endpoints.py",
    identified_by=frozenset({"startTime", "model"}),
    document=frozenset({"startTime", "spend", "users", "models"}),
    rows=("models{model}",),
    above={"startTime": "0:startTime"},
    paths={"started_at": ("startTime",), "model": ("model",), "logged_spend": ("*",)},
    is_summary=True,
)
"""Spend per day and model; nobody counted requests or tokens."""

_COUNTS: Final = (
    "prompt_tokens",
    "completion_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "api_requests",
    "failed_requests",
)
_INNER: Final = (
    "list_concat(coalesce(json_extract({}, '$.api_key_breakdown.*.metrics'), []), "
    "coalesce(json_extract({}, '$.breakdown.models.*.metrics'), []))"
)


def _left(name: str, dtype: str) -> str:
    """Write what a sum has beyond the sums inside it."""
    inner = f"list_transform({_INNER}, lambda m: try_cast(m ->> '{name}' AS {dtype}))"
    whole = f"try_cast({{}} ->> '$.metrics.{name}' AS {dtype})"
    return f"'{name}', {whole} - coalesce(list_sum({inner}), 0)"


_LEFT: Final = "what is left"
_REST: Final = ", ".join([_left("spend", "DOUBLE"), *(_left(c, "HUGEINT") for c in _COUNTS)])
_IS_NOTHING: Final = " AND ".join(
    [
        "abs(try_cast({} ->> '$.spend' AS DOUBLE)) < 1e-9",
        *(f"try_cast({{}} ->> '$.{name}' AS DOUBLE) = 0" for name in _COUNTS),
    ]
)

DAILY_ACTIVITY = Format(
    name="LiteLLM daily activity",
    about="What /user/daily/activity, its like for teams and tags, and /aggregated answer.",
    source="LiteLLM 1.106.2, types/proxy/management_endpoints/common_daily_activity.py",
    identified_by=frozenset({"date", "metrics"}),
    document=frozenset({"results", "metadata"}),
    # the lists of keys hold the first hundred, and not every request has a model: the sums tell
    # what else there was
    rows=("results", "breakdown.models{model}+", "api_key_breakdown{api_key}+"),
    above={"date": "1:date"},
    computed={
        _LEFT: (
            "*",
            f"CASE WHEN len({_INNER}) > 0 THEN json_object({_REST}) ELSE {{}} -> '$.metrics' END",
        )
    },
    is_row={_LEFT: f"NOT coalesce({_IS_NOTHING}, false)"},
    paths={
        "started_at": ("date",),
        "model": ("model",),
        "key": ("api_key",),
        "key_alias": ("metadata:key_alias",),
        "team": ("metadata:team_id",),
        "user": ("metadata:user_id",),
        "user_alias": ("metadata:user_email",),
        "prompt_tokens": (f"{_LEFT}:prompt_tokens",),
        "completion_tokens": (f"{_LEFT}:completion_tokens",),
        "cache_read_tokens": (f"{_LEFT}:cache_read_input_tokens",),
        "cache_creation_tokens": (f"{_LEFT}:cache_creation_input_tokens",),
        "request_count": (f"{_LEFT}:api_requests",),
        "failed_count": (f"{_LEFT}:failed_requests",),
        "logged_spend": (f"{_LEFT}:spend",),
    },
    derived=DAILY_SPEND.derived[1:],
    is_summary=True,
)
"""Sums per day, model and key, and what these leave of the sums above them."""
