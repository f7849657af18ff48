"""LiteLLM's ``spend_logs`` table in ClickHouse, in any export of it.

LiteLLM's logger for ClickHouse writes a row per request: times in milliseconds, the cached tokens
in columns, the rest of the usage in ``metadata``. A ``spend`` of null is a cost that is unknown.
The table may hold a row twice until ClickHouse merges them; the second is a duplicate.
"""

from __future__ import annotations

from dataclasses import replace

from llmspend.formats.litellm import SPEND_LOGS

_TAGS = "tags as JSON"
# its CSV writes arrays with the quotes of SQL
_AS_JSON = (
    "CASE WHEN {}::VARCHAR LIKE '[''%' THEN to_json(try_cast({}::VARCHAR AS VARCHAR[])) "
    "ELSE to_json({}) END"
)

CLICKHOUSE = replace(
    SPEND_LOGS,
    name="LiteLLM ClickHouse spend_logs",
    about="The table that LiteLLM's logger for ClickHouse fills, with a row per request.",
    source="LiteLLM 1.106.2, integrations/clickhouse/clickhouse_spend_logger.py",
    identified_by=frozenset(
        {"request_id", "response_id", "call_type", "spend", "start_time", "cache_read_tokens"}
    ),
    paths={
        **SPEND_LOGS.paths,
        "session_id": ("session_id", "trace_id"),
        "started_at": ("start_time",),
        "ended_at": ("end_time",),
        "first_token_at": ("completion_start_time",),
        "key_alias": ("key_alias", *SPEND_LOGS.paths["key_alias"]),
        "team_alias": ("team_alias", *SPEND_LOGS.paths["team_alias"]),
        "user_alias": ("metadata:user_api_key_user_email",),
        "cache_read_tokens": ("cache_read_tokens", *SPEND_LOGS.paths["cache_read_tokens"]),
        "cache_creation_tokens": (
            "cache_write_tokens",
            *SPEND_LOGS.paths["cache_creation_tokens"],
        ),
        "tags": (_TAGS,),
    },
    computed={_TAGS: ("request_tags", _AS_JSON)},
)
"""LiteLLM's table in ClickHouse: as Parquet, CSV, TSV or JSON lines."""
