"""StandardLoggingPayload: what LiteLLM's loggers write, one object per request.

The loggers for S3, Google Cloud Storage, Azure and files write the same object; keys as of LiteLLM
1.106.2 (``types/utils.py``). What a row of the spend logs holds in ``metadata`` stands beside it
here: the cost breakdown, and what the map knows of the model. Usage is in ``metadata`` in both.
"""

from __future__ import annotations

from llmspend.formats._format import Format
from llmspend.formats.litellm import SPEND_LOGS

_BESIDE_METADATA = ("model_map_information", "cost_breakdown", "error_information")
"""Objects that the spend logs keep inside ``metadata``."""


def _path(path: str) -> str:
    column, _, keys = path.partition(":")
    first = keys.partition(".")[0]
    if column == "metadata" and first in _BESIDE_METADATA:
        return f"{first}:{keys.partition('.')[2]}"
    return path


STANDARD_LOGGING = Format(
    name="LiteLLM StandardLoggingPayload",
    about="What LiteLLM's loggers write to S3, Google Cloud Storage, Azure and files.",
    source="LiteLLM 1.106.2, types/utils.py",
    identified_by=frozenset({"id", "call_type", "response_cost", "startTime", "metadata"}),
    paths={
        **{name: tuple(_path(path) for path in paths) for name, paths in SPEND_LOGS.paths.items()},
        "request_id": ("id",),
        "call_id": ("litellm_call_id",),
        "session_id": ("session_id", "trace_id"),
        "key": ("metadata:user_api_key_hash",),
        "team": ("metadata:user_api_key_team_id",),
        "user": ("metadata:user_api_key_user_id",),
        "user_alias": ("metadata:user_api_key_user_email",),
        "organization": ("metadata:user_api_key_org_id",),
        "end_user": ("end_user", "metadata:user_api_key_end_user_id"),
        "logged_spend": ("response_cost",),
        "duration_ms": (),
        "response_model": (),
    },
    texts=SPEND_LOGS.texts,
    stand_ins=SPEND_LOGS.stand_ins,
    derived=SPEND_LOGS.derived,
)
"""The payload of LiteLLM's loggers, as JSON lines or in any table of them."""
