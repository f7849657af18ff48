"""LiteLLM's exports, in the cases of every shape: two requests, one that succeeded and one not."""

from __future__ import annotations

from tests.formats import FormatCase, utc

KEY = "5e" * 32
_WHO = {
    "key": KEY,
    "key_alias": "prod-search",
    "team": "t-1",
    "team_alias": "Search",
    "user": "u-1",
}
_ANSWERED = {
    **_WHO,
    "request_id": "chatcmpl-1",
    "call_id": "call-1",
    "session_id": "s-1",
    "call_type": "acompletion",
    "status": "success",
    "started_at": utc(2026, 7, 1, 10),
    "ended_at": utc(2026, 7, 1, 10, 0, 2, 500_000),
    "first_token_at": utc(2026, 7, 1, 10, 0, 0, 750_000),
    "duration_ms": 2500.0,
    "model": "acme/large",
    "logged_model_key": "acme/large",
    "base_model": "acme/large",
    "provider": "acme",
    "model_group": "large",
    "model_id": "dep-1",
    "api_base": "https://api.acme.example",
    "tags": ["env:prod", "User-Agent: curl"],
    "prompt_tokens": 2000,
    "completion_tokens": 100,
    "total_tokens": 2100,
    "cache_read_tokens": 1500,
    "reasoning_tokens": 40,
    "logged_spend": 0.00365,
    "logged_input_cost": 0.00195,
    "logged_output_cost": 0.0017,
    "logged_full_cost": 0.00365,
}
_FAILED = {
    **_WHO,
    "request_id": "call-2",
    "call_id": "call-2",
    "call_type": "acompletion",
    "status": "failure",
    "error_class": "RateLimitError",
    "started_at": utc(2026, 7, 1, 10, 5, 0, 125_000),
    "ended_at": utc(2026, 7, 1, 10, 5, 0, 125_000),
    "duration_ms": 0.0,
    "model": "acme/small",
    "provider": "acme",
    "model_group": "small",
    "api_base": "https://api.acme.example",
    "tags": [],
    "logged_spend": 0.0,
}
_LARGE = (500 * 3e-06 + 1500 * 3e-07) + (60 * 15e-06 + 40 * 20e-06)


def _requests(file, log_format, **more):
    """Both requests; `more` is what this shape says beside."""
    rows = ({**_ANSWERED, **more}, {**_FAILED, **more})
    return FormatCase(file, log_format, rows, costs=(_LARGE, 0.0))


_PAYLOAD = "LiteLLM StandardLoggingPayload"
_EMAIL = {"user_alias": "uma@example.com"}


def _payloads(file, *, failed_first=False):
    """What loggers write: the first token of a failure is its end, and a trace is a session."""
    answered = {**_ANSWERED, **_EMAIL}
    failed = {
        **_FAILED,
        **_EMAIL,
        "session_id": "trace-call-2",
        "first_token_at": _FAILED["ended_at"],
    }
    rows, costs = (answered, failed), (_LARGE, 0.0)
    if failed_first:
        rows, costs = rows[::-1], costs[::-1]
    return FormatCase(file, _PAYLOAD, rows, costs=costs)


_UNKNOWN_TO_FLAT_TABLES = (
    "logged_model_key",
    "base_model",
    "logged_input_cost",
    "logged_output_cost",
    "logged_full_cost",
)


def _clickhouse(file):
    answered, failed = _payloads(file).usage
    answered = {k: v for k, v in answered.items() if k not in _UNKNOWN_TO_FLAT_TABLES}
    failed = {k: v for k, v in failed.items() if k != "error_class"}
    unpriced = {
        **answered,
        "request_id": "chatcmpl-3",
        "call_id": "call-3",
        "model": "acme/unlisted",
        "model_group": "unlisted",
        "tags": ["it's"],
    }
    # this row has no metadata
    for name in ("logged_spend", "reasoning_tokens", "user_alias"):
        del unpriced[name]
    return FormatCase(
        file,
        "LiteLLM ClickHouse spend_logs",
        (answered, failed, unpriced),
        costs=(_LARGE, 0.0, None),
        issues=(None, None, "unknown_model"),
    )


def _zerobus(file):
    answered, failed = _payloads(file).usage
    answered = {k: v for k, v in answered.items() if k not in _UNKNOWN_TO_FLAT_TABLES[:2]}
    return FormatCase(file, "LiteLLM Zerobus table", (answered, failed), costs=(_LARGE, 0.0))


LITELLM_CASES = (
    _requests("spend_logs_psql.csv", "LiteLLM_SpendLogs"),
    _requests("spend_logs_fivetran.parquet", "LiteLLM_SpendLogs"),
    _requests("spend_logs_api.json", "LiteLLM_SpendLogs"),
    _requests("pubsub_v1.jsonl", "LiteLLM_SpendLogs"),
    _requests("spend_logs_copy.txt", "LiteLLM_SpendLogs"),
    _requests("pg_dump.sql", "LiteLLM_SpendLogs"),
    _requests("pg_dump_partitions.sql.zst", "LiteLLM_SpendLogs"),
    _requests("spend_logs_v2.json", "LiteLLM spend log pages"),
    _requests("spend_logs_ui_pages.jsonl", "LiteLLM spend log pages"),
    _payloads("slp_s3"),
    _payloads("slp_gcs"),
    _payloads("slp_adls", failed_first=True),
    _payloads("slp_sqs.json"),
    _payloads("slp_batch.ndjson.gz"),
    _payloads("slp_batch.jsonl.zst"),
    _payloads("bigquery_slp.jsonl"),
    _payloads("bigquery_slp.parquet"),
    _clickhouse("clickhouse.csv"),
    _clickhouse("clickhouse.jsonl"),
    _clickhouse("clickhouse.parquet"),
    _zerobus("zerobus.parquet"),
)
"""What LiteLLM's own tables, endpoints and loggers give."""
