"""LiteLLM's Delta table in Databricks, which its Zerobus logger fills, as Parquet or JSON.

A row is a StandardLoggingPayload whose flat values are columns and whose nested ones are JSON.
"""

from __future__ import annotations

from llmspend.formats._format import Format
from llmspend.formats.standard_logging import STANDARD_LOGGING


def _beside(name: str, *columns: str) -> tuple[str, ...]:
    return (*columns, *STANDARD_LOGGING.paths[name])


ZEROBUS = Format(
    name="LiteLLM Zerobus table",
    about="The Delta table in Databricks that LiteLLM's Zerobus logger fills.",
    source="LiteLLM 1.106.2, integrations/zerobus/row.py",
    identified_by=frozenset({"id", "call_type", "response_cost", "start_time", "api_key_hash"}),
    paths={
        **STANDARD_LOGGING.paths,
        "started_at": ("start_time",),
        "ended_at": ("end_time",),
        "first_token_at": ("completion_start_time",),
        "key": _beside("key", "api_key_hash"),
        "key_alias": _beside("key_alias", "api_key_alias"),
        "team": _beside("team", "team_id"),
        "team_alias": _beside("team_alias", "team_alias"),
        "user": _beside("user", "user_id"),
        "organization": _beside("organization", "org_id"),
    },
    texts=STANDARD_LOGGING.texts,
    stand_ins=STANDARD_LOGGING.stand_ins,
    derived=STANDARD_LOGGING.derived,
)
"""Requests in a Delta table."""
