"""What tools write down, in the cases of every shape: sessions, observations and spans."""

from __future__ import annotations

from tests.formats.outside import OutsideCase, at


def _line(second):
    return at(0, second, micro=250_000)


_SESSION = {
    "session_id": "5e55-1",
    "call_type": "anthropic_messages",
    "status": "success",
}
_SHOP = {
    "project": "/home/ann/src/web-shop",
    "project_alias": "web-shop",
    "tags": ["feature/cart"],
}
_SNAPSHOT = {
    **_SESSION,
    **_SHOP,
    "request_id": "msg_1",
    "call_id": "req_1",
    "model": "claude-nova-9-20260401",
    "prompt_tokens": 21512,
    "completion_tokens": 640,
    "total_tokens": 22152,
    "text_tokens": 12,
    "cache_read_tokens": 20000,
    "cache_creation_tokens": 1500,
    "cache_creation_5m_tokens": 500,
    "cache_creation_1h_tokens": 1000,
    "output_text_tokens": 640,
    "web_searches": 1,
    "served_service_tier": "standard",
    "inference_geo": "not_available",
}
_OTHERS_MODEL = {
    **_SESSION,
    **_SHOP,
    "request_id": "chatcmpl-7",
    "model": "somebody/else-1",
    "prompt_tokens": 9,
    "completion_tokens": 3,
    "total_tokens": 12,
}
_TIMES = {
    "started_at": at(0),
    "ended_at": at(0, 2, micro=500_000),
    "duration_ms": 2500.0,
    "status": "success",
}
_GENERATION = {
    **_TIMES,
    "session_id": "trace-1",
    "first_token_at": at(0, micro=750_000),
    "model": "gpt-nova-2026-05-01",
    "project": "prj-1",
    "prompt_tokens": 2000,
    "completion_tokens": 400,
    "total_tokens": 2400,
    "cache_read_tokens": 1500,
    "logged_spend": 0.0022,
    "logged_input_cost": 0.0006,
    "logged_output_cost": 0.0016,
}
_SEEN = {"session_id": "s-1", "end_user": "u-9", "tags": ["web", "beta"], "project": "prj-1"}
_GENERATIONS = (
    {**_GENERATION, **_SEEN, "request_id": "obs-1", "reasoning_tokens": 100},
    {**_GENERATION, "request_id": "obs-2", "tags": []},
    {
        **_SEEN,
        **_TIMES,
        "request_id": "obs-3",
        "call_type": "aembedding",
        "model": "text-embedding-nova",
        "prompt_tokens": 80,
        "total_tokens": 80,
    },
    {
        **_SEEN,
        "request_id": "obs-4",
        "status": "failure",
        "started_at": at(0),
        "ended_at": at(0),
        "duration_ms": 0.0,
        "model": "gpt-nova-2026-05-01",
    },
)
_OBSERVED = {
    **_TIMES,
    **_SEEN,
    "request_id": "obs-1",
    "first_token_at": at(0, micro=750_000),
    "model": "claude-nova-9-20260401",
    "prompt_tokens": 6000,
    "completion_tokens": 100,
    "total_tokens": 6100,
    "cache_read_tokens": 2000,
    "cache_creation_tokens": 3000,
    "cache_creation_5m_tokens": 2000,
    "cache_creation_1h_tokens": 1000,
    "logged_spend": 0.0051,
    "logged_input_cost": 0.0036,  # fresh and cached input together
    "logged_output_cost": 0.0015,
}
_OBSERVATIONS = (
    _OBSERVED,
    {
        **_TIMES,
        "request_id": "obs-2",
        "session_id": "trace-1",
        "call_type": "aembedding",
        "model": "text-embedding-nova",
        "project": "prj-1",
        "tags": [],
        "prompt_tokens": 80,
        "total_tokens": 80,
    },
    {
        **_SEEN,
        "request_id": "obs-4",
        "status": "failure",
        "started_at": at(0),
        "ended_at": at(0),
        "duration_ms": 0.0,
        "model": "claude-nova-9-20260401",
    },
)
_CACHED_GENERATION = 500 * 1e-06 + 1500 * 1e-07 + 400 * 4e-06
_SPAN = {
    **_TIMES,
    "session_id": "5b8efff798038103d269b633813fc60c",
    "project": "shop",
}
_TRACED = {
    **_SPAN,
    "request_id": "chatcmpl-9",
    "session_id": "conv-1",
    "call_type": "acompletion",
    "model": "gpt-nova-2026-05-01",
    "response_model": "gpt-nova-2026-05-01",
    "provider": "openai",
    "api_base": "api.openai.com",
    "prompt_tokens": 2000,
    "completion_tokens": 400,
    "cache_read_tokens": 500,
    "served_service_tier": "default",
}

TOOL_CASES = (
    OutsideCase(
        "Claude Code sessions",
        "claude_code.jsonl",
        (
            _SNAPSHOT | {"started_at": _line(1), "ended_at": _line(1)},
            _SNAPSHOT | {"started_at": _line(2), "ended_at": _line(2), "is_duplicate": True},
            _SNAPSHOT | {"started_at": _line(3), "ended_at": _line(3), "is_duplicate": True},
            {
                **_SESSION,
                "request_id": "msg_2",
                "call_id": "req_2",
                "started_at": _line(5),
                "ended_at": _line(5),
                "model": "claude-nova-9-20260401",
                "project": "C:\\Users\\ann\\src\\api",
                "project_alias": "api",
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "logged_spend": 0.0123,
            },
            _OTHERS_MODEL | {"started_at": _line(7), "ended_at": _line(7)},
            _OTHERS_MODEL | {"started_at": _line(8), "ended_at": _line(8), "is_duplicate": True},
        ),
        (
            (12 * 3e-06 + 20000 * 3e-07 + 500 * 3.75e-06 + 1000 * 6e-06 + 640 * 15e-06 + 0.01),
            0.0,
            0.0,
            100 * 3e-06 + 50 * 15e-06,
            None,
            0.0,
        ),
        {
            1: "duplicate_request",
            2: "duplicate_request",
            4: "unknown_model",
            5: "duplicate_request",
        },
    ),
    *(
        OutsideCase(
            "Langfuse observations",
            file,
            _GENERATIONS,
            (_CACHED_GENERATION, _CACHED_GENERATION, 80 * 2e-08, 0.0),
        )
        for file in ("langfuse_export.jsonl", "langfuse_export.csv")
    ),
    OutsideCase(
        "Langfuse API pages",
        "langfuse_api.json",
        (
            {k: v for k, v in _GENERATION.items() if k != "cache_read_tokens"}
            | {"request_id": "obs-1"},
            _GENERATION | {"request_id": "obs-2"},
        ),
        (2000 * 1e-06 + 400 * 4e-06, _CACHED_GENERATION),
    ),
    *(
        OutsideCase(
            log_format,
            file,
            _OBSERVATIONS,
            (
                1000 * 3e-06 + 2000 * 3e-07 + 2000 * 3.75e-06 + 1000 * 6e-06 + 100 * 15e-06,
                80 * 2e-08,
                0.0,
            ),
        )
        for log_format, file in (
            ("Langfuse API v2 pages", "langfuse_api_v2.json"),
            ("Langfuse observations v2", "langfuse_v2.jsonl"),
        )
    ),
    OutsideCase(
        "OpenTelemetry spans",
        "otlp_spans.jsonl",
        (
            _TRACED,
            {**_TRACED, "is_duplicate": True},
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b175",
                "call_type": "acompletion",
                "model": "anthropic.claude-nova-9",
                "provider": "bedrock",
                "prompt_tokens": 4350,
                "completion_tokens": 250,
                "cache_read_tokens": 4000,
                "cache_creation_tokens": 300,
                "usage_issue": "prompt_excluded_cache",
            },
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b176",
                "call_type": "aembedding",
                "status": "failure",
                "error_class": "RateLimitError",
                "model": "text-embedding-nova",
                "provider": "azure",
            },
            {
                **_SPAN,
                "request_id": "eee19b7ec3c1b177",
                "call_type": "acompletion",
                "model": "gpt-nova-mini-2026-05-01",
                "provider": "openai",
                "prompt_tokens": 1200,
                "completion_tokens": 300,
                "total_tokens": 1500,
                "cache_read_tokens": 1024,
            },
        ),
        (
            1500 * 1e-06 + 500 * 1e-07 + 400 * 4e-06,
            0.0,
            50 * 3.3e-06 + 4000 * 3.3e-07 + 300 * 4e-06 + 250 * 16e-06,
            0.0,
            176 * 2e-07 + 1024 * 2e-08 + 300 * 8e-07,
        ),
        {1: "duplicate_request", 2: "prompt_excluded_cache"},
    ),
)
