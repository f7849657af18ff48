"""Spans as the instrumentations write them, at the prices of `tests.formats.nova`."""

from __future__ import annotations

import json

import pytest

from llmspend import price, read_logs

_MINI = "gpt-nova-mini-2026-05-01"
_GPT = "gpt-nova-2026-05-01"
_CLAUDE = "claude-nova-9-20260401"
_BEDROCK = "anthropic.claude-nova-9"


def _value(value):
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    kind = kinds[type(value)]
    return {kind: str(value) if kind == "intValue" else value}


def _span(attributes, number=1, parent=None, **more):
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": f"eee19b7ec3c1{number:04d}",
        "parentSpanId": f"eee19b7ec3c1{parent:04d}" if parent else "",
        "startTimeUnixNano": "1782900000000000000",
        "endTimeUnixNano": "1782900002500000000",
        "attributes": [{"key": k, "value": _value(v)} for k, v in attributes.items()],
        **more,
    }


def _document(*spans, scope="x"):
    scoped = {"scope": {"name": scope}, "spans": spans}
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [scoped]}]}) + "\n"


@pytest.fixture
def charged(tmp_path, nova):
    def charge(*documents):
        files = []
        for number, document in enumerate(documents):
            files.append(tmp_path / f"spans_{number}.jsonl")
            files[-1].write_text(document)
        return price(read_logs(files), cost_map=nova).collect().rows(named=True)

    return charge


# LiteLLM 1.106.2, integrations/opentelemetry.py: set_attributes; values that are None become ""
_LITELLM = {
    "metadata.user_api_key_hash": "88dc28d0",
    "metadata.user_api_key_alias": "shop",
    "metadata.user_api_key_team_id": "team-1",
    "metadata.user_api_key_team_alias": "Shop",
    "metadata.user_api_key_user_id": "user-1",
    "metadata.user_api_key_user_email": "ann@acme.example",
    "metadata.user_api_key_org_id": "org-1",
    "metadata.user_api_key_project_id": "",
    "metadata.user_api_key_end_user_id": "customer-9",
    "metadata.usage_object": "{'completion_tokens': 400, 'prompt_tokens': 2000, 'total_tokens': "
    "2400, 'completion_tokens_details': {'reasoning_tokens': 64, 'text_tokens': None}, "
    "'prompt_tokens_details': {'audio_tokens': None, 'cached_tokens': 500}, 'is_x': True}",
    "hidden_params": '{"model_id": "dep-1", "api_base": "https://api.example", '
    '"response_cost": 0.00315}',
    "litellm.model_group": "chat",
    "litellm.provider.model": f"openai/{_GPT}",
    "litellm.call_id": "call-1",
    "gen_ai.cost.input_cost": 0.0015,
    "gen_ai.cost.output_cost": 0.0016,
    "gen_ai.cost.total_cost": 0.00315,
    "gen_ai.request.model": _GPT,
    "llm.request.type": "acompletion",
    "gen_ai.system": "openai",
    "gen_ai.response.id": "chatcmpl-2",
    "gen_ai.response.model": _GPT,
    "gen_ai.openai.response.service_tier": "default",
    "gen_ai.usage.total_tokens": 2400,
    "gen_ai.usage.output_tokens": 400,
    "gen_ai.usage.input_tokens": 2000,
    "gen_ai.operation.name": "acompletion",
}
# its other spans of the same request
_PROXY = {"http.route": "/chat/completions", "metadata.user_api_key_team_id": "team-1"}
_RAW = {"llm.openai.model": _GPT, "llm.openai.usage": "{'prompt_tokens': 2000}"}
_GUARDRAIL = {"openinference.span.kind": "GUARDRAIL", "guardrail_name": "pii"}
_REDIS = {"service": "redis", "call_type": "async_get_cache"}
_STAMPED = {"litellm.service.name": "redis", "gen_ai.request.model": "chat"}


def test_a_request_of_litellm_is_one_row(charged):
    others = (_PROXY, _RAW, _GUARDRAIL, _REDIS, _STAMPED)
    spans = [_span(a, number) for number, a in enumerate((_LITELLM, *others), 1)]
    (row,) = charged(_document(*spans, scope="litellm"))
    assert row["cost"] == pytest.approx(1500 * 1e-06 + 500 * 1e-07 + 400 * 4e-06, rel=1e-12)
    expected = {
        "request_id": "chatcmpl-2",
        "call_id": None,
        "call_type": "acompletion",
        "model": f"openai/{_GPT}",
        "model_group": "chat",
        "model_id": "dep-1",
        "api_base": "https://api.example",
        "provider": "openai",
        "key": "88dc28d0",
        "key_alias": "shop",
        "team": "team-1",
        "team_alias": "Shop",
        "user": "user-1",
        "user_alias": "ann@acme.example",
        "organization": "org-1",
        "project": None,
        "end_user": "customer-9",
        "cache_read_tokens": 500,
        "reasoning_tokens": 64,
        "served_service_tier": "default",
        "logged_spend": 0.00315,
        "logged_input_cost": 0.0015,
        "logged_output_cost": 0.0016,
        "issue": None,
    }
    assert {name: row[name] for name in expected} == expected


def test_a_span_of_litellms_newer_logger(charged):
    # integrations/otel/mappers/genai.py
    (row,) = charged(
        _document(
            _span(
                {
                    "gen_ai.operation.name": "generate_content",
                    "gen_ai.provider.name": "aws.bedrock",
                    "gen_ai.request.model": "public name",
                    "gen_ai.usage.input_tokens": 5000,
                    "gen_ai.usage.output_tokens": 250,
                    "gen_ai.usage.total_tokens": 5250,
                    "gen_ai.usage.cache_read.input_tokens": 4000,
                    "litellm.call_type": "acompletion",
                    "litellm.provider.model": f"bedrock/{_BEDROCK}",
                    "litellm.cost.total": 0.0086,
                    "litellm.team.id": "team-1",
                    "litellm.api_key.hash": "88dc28d0",
                }
            )
        )
    )
    assert row["cost"] == pytest.approx(1000 * 3.3e-06 + 4000 * 3.3e-07 + 250 * 16e-06, rel=1e-12)
    assert (row["call_type"], row["logged_spend"]) == ("acompletion", 0.0086)
    assert (row["team"], row["key"], row["issue"]) == ("team-1", "88dc28d0", None)


_USED = {
    "gen_ai.request.model": _MINI,
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}


@pytest.mark.parametrize(
    "said",
    [
        {"gen_ai.operation.name": operation}
        for operation in ("Chat", "responses", "response", "create_response", "invoke_model")
    ]
    + [{"llm.request.type": "unknown"}, {"traceloop.span.kind": "unknown"}, {}],
)
def test_what_has_a_model_and_tokens_is_a_call(charged, said):
    (row,) = charged(_document(_span({**said, **_USED})))
    assert row["cost"] == pytest.approx(1000 * 2e-07 + 100 * 8e-07, rel=1e-12)


@pytest.mark.parametrize(
    "said",
    [
        {"gen_ai.operation.name": operation}
        for operation in ("invoke_agent", "execute_event_loop_cycle", "Invoke_Workflow")
    ]
    + [
        {"openinference.span.kind": "CHAIN"},
        {"openinference.span.kind": "AGENT", "gen_ai.operation.name": "run"},
        {"traceloop.span.kind": "workflow"},
        {"ai.operationId": "ai.streamText"},
    ],
)
def test_what_is_around_calls_is_none(charged, said):
    assert charged(_document(_span({**said, **_USED}))) == []


def test_a_failed_call_of_litellm_is_a_row(charged):
    attributes = {"llm.request.type": "aresponses", "gen_ai.request.model": _GPT}
    (row,) = charged(_document(_span(attributes, status={"code": 2})))
    assert (row["call_type"], row["status"], row["cost"]) == ("aresponses", "failure", 0.0)


_SDK = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": "anthropic.messages",
    "ai.model.id": _CLAUDE,
    "gen_ai.system": "anthropic.messages",
    "gen_ai.request.model": _CLAUDE,
    "gen_ai.usage.output_tokens": 100,
}
_IN_METADATA = {
    "ai.response.providerMetadata": json.dumps(
        {
            "anthropic": {
                "usage": {
                    "input_tokens": 2000,
                    "cache_creation_input_tokens": 3000,
                    "cache_read_input_tokens": 1500,
                    "output_tokens": 100,
                },
                "cacheCreationInputTokens": 3000,
            }
        }
    )
}
# vercel/ai, packages/otel/src/legacy-open-telemetry.ts; packages/ai/src/generate-text of 5 and 6;
# packages/anthropic/src/anthropic-messages-language-model.ts of 5
_SDK_SPANS = {
    "7, and late 6": (
        {
            **_SDK,
            "gen_ai.usage.input_tokens": 10000,
            "ai.usage.totalTokens": 10100,
            "ai.usage.cachedInputTokens": 7000,
            "ai.usage.inputTokenDetails.noCacheTokens": 1000,
            "ai.usage.inputTokenDetails.cacheReadTokens": 7000,
            "ai.usage.inputTokenDetails.cacheWriteTokens": 2000,
        },
        1000 * 3e-06 + 7000 * 3e-07 + 2000 * 3.75e-06 + 100 * 15e-06,
        None,
    ),
    "6, included, in the metadata only": (
        {**_SDK, **_IN_METADATA, "gen_ai.usage.input_tokens": 6500},
        2000 * 3e-06 + 1500 * 3e-07 + 3000 * 3.75e-06 + 100 * 15e-06,
        None,
    ),
    "5, left out": (
        {
            **_SDK,
            **_IN_METADATA,
            "gen_ai.usage.input_tokens": 2000,
            "ai.usage.cachedInputTokens": 1500,
            "ai.usage.totalTokens": 2100,
        },
        2000 * 3e-06 + 1500 * 3e-07 + 3000 * 3.75e-06 + 100 * 15e-06,
        "prompt_excluded_cache",
    ),
    "5, of OpenAI": (
        {
            **_SDK,
            "ai.model.provider": "openai.chat",
            "gen_ai.system": "openai.chat",
            "gen_ai.request.model": _GPT,
            "gen_ai.usage.input_tokens": 2000,
            "ai.usage.cachedInputTokens": 1500,
        },
        500 * 1e-06 + 1500 * 1e-07 + 100 * 4e-06,
        None,
    ),
}


@pytest.mark.parametrize("version", _SDK_SPANS)
def test_the_ai_sdk(charged, version):
    attributes, cost, issue = _SDK_SPANS[version]
    around = {k: v for k, v in attributes.items() if not k.startswith("gen_ai.")}
    around |= {"ai.operationId": "ai.generateText", "ai.usage.tokens": 9}
    (row,) = charged(_document(_span(attributes, 2, 1), _span(around)))
    assert (row["cost"], row["issue"]) == (pytest.approx(cost, rel=1e-12), issue)


def test_an_embedding_of_the_ai_sdk(charged):
    embedding = {
        "ai.model.provider": "openai.embedding",
        "ai.model.id": "text-embedding-nova",
        "ai.usage.tokens": 1000,
    }
    spans = [
        _span({**embedding, "ai.operationId": operation}, number)
        for number, operation in enumerate(("ai.embedMany", "ai.embedMany.doEmbed"), 1)
    ]
    (row,) = charged(_document(*spans))
    assert row["cost"] == pytest.approx(1000 * 2e-08, rel=1e-12)
    assert (row["call_type"], row["provider"]) == ("aembedding", "openai")


_CONVERSE = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "aws.bedrock"}
_CACHED = {
    "gen_ai.request.model": _BEDROCK,
    "gen_ai.usage.input_tokens": 5000,
    "gen_ai.usage.output_tokens": 250,
    "gen_ai.usage.cache_read.input_tokens": 4000,
}
_OPENLLMETRY = "opentelemetry.instrumentation.bedrock"
_BESIDE = 5000 * 3.3e-06 + 4000 * 3.3e-07 + 250 * 16e-06
_INSIDE = 1000 * 3.3e-06 + 4000 * 3.3e-07 + 250 * 16e-06


@pytest.mark.parametrize(
    ("scope", "total", "cost", "issue"),
    [
        # OpenInference, bedrock/_converse_attributes.py: the counts of Converse as they are
        ("openinference.instrumentation.bedrock", 9250, _BESIDE, "prompt_excluded_cache"),
        # OpenLLMetry 0.62.4, bedrock/span_utils.py: converse_usage_record sums its own total
        (_OPENLLMETRY, 5250, _BESIDE, "prompt_excluded_cache"),
        # others follow the conventions
        ("opentelemetry.instrumentation.langchain", 5250, _INSIDE, None),
        ("pydantic-ai", 0, _INSIDE, None),
    ],
)
def test_the_cache_of_bedrock(charged, scope, total, cost, issue):
    span = _span({**_CONVERSE, **_CACHED, "gen_ai.usage.total_tokens": total})
    (row,) = charged(_document(span, scope=scope))
    assert (row["cost"], row["issue"]) == (pytest.approx(cost, rel=1e-12), issue)


def test_without_cache_nothing_is_left_out(charged):
    used = {k: v for k, v in _CACHED.items() if "cache" not in k}
    (row,) = charged(_document(_span({**_CONVERSE, **used}), scope=_OPENLLMETRY))
    assert (row["prompt_tokens"], row["issue"]) == (5000, None)


def test_an_absurd_count_is_told_whatever_else_is(charged):
    used = {**_CACHED, "gen_ai.usage.output_tokens": "many"}
    (row,) = charged(_document(_span({**_CONVERSE, **used}), scope=_OPENLLMETRY))
    assert (row["cost"], row["issue"]) == (None, "absurd_count")


_GEMINI = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.vertex_ai",
    "gen_ai.request.model": "gemini-nova",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.usage.total_tokens": 1900,
}


@pytest.mark.parametrize(
    ("said", "completion", "reasoning", "issue"),
    [
        # OpenLLMetry, google_generativeai/span_utils.py: candidates and total, no thoughts
        ({}, 900, 800, "completion_excluded_reasoning"),
        # the AI SDK 5, of Google: thoughts beside the candidates
        ({"ai.usage.reasoningTokens": 800}, 900, 800, "completion_excluded_reasoning"),
        # a prompt of tools, beside thoughts that are included
        ({"gen_ai.usage.reasoning_tokens": 50}, 100, 50, "uncounted_tokens"),
        ({"gen_ai.provider.name": "acme"}, 100, 0, "uncounted_tokens"),
        ({"gen_ai.usage.total_tokens": 1100}, 100, 0, None),
    ],
)
def test_a_total_that_is_more_than_its_parts(charged, said, completion, reasoning, issue):
    (row,) = charged(_document(_span({**_GEMINI, **said})))
    assert (row["completion_tokens"], row["reasoning_tokens"]) == (completion, reasoning)
    assert row["usage_issue"] == issue
    if said.get("gen_ai.provider.name") != "acme":
        assert row["cost"] == pytest.approx(1000 * 1e-06 + completion * 1e-05, rel=1e-12)


def test_strands(charged):
    # strands-agents, telemetry/tracer.py
    (row,) = charged(
        _document(
            _span(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.system": "strands-agents",
                    "gen_ai.request.model": _BEDROCK,
                    "gen_ai.usage.input_tokens": 50,
                    "gen_ai.usage.output_tokens": 100,
                    "gen_ai.usage.total_tokens": 5150,
                    "gen_ai.usage.cache_read_input_tokens": 0,
                    "gen_ai.usage.cache_write_input_tokens": 5000,
                }
            )
        )
    )
    assert row["cost"] == pytest.approx(50 * 3.3e-06 + 5000 * 4e-06 + 100 * 16e-06, rel=1e-12)
    assert (row["provider"], row["issue"]) == (None, "prompt_excluded_cache")


_TRACED = {"openinference.span.kind": "LLM", "llm.model_name": _MINI}
_COUNTED = {"llm.token_count.prompt": 1000, "llm.token_count.completion": 100}
_CALL = {**_TRACED, **_COUNTED}


@pytest.mark.parametrize(
    ("documents", "duplicates"),
    [
        # spans by their order in the log: their attributes, number and parent
        ([[(_CALL, 1, None), (_CALL, 2, 1)]], [False, True]),
        ([[(_CALL, 2, 1), (_CALL, 1, None)]], [False, True]),
        ([[(_CALL, 2, 1)], [(_CALL, 1, None)]], [False, True]),
        ([[(_CALL, 1, None)], [(_CALL | {"gen_ai.response.id": "c9"}, 2, 1)]], [False, True]),
        # three layers
        ([[(_CALL, 3, 2), (_CALL, 2, 1), (_CALL, 1, None)]], [False, True, True]),
        # two calls inside a chain, or one of them traced twice, are two
        ([[(_CALL, 2, 1), (_CALL, 3, 1)]], [False, False]),
        ([[(_CALL, 2, 1), (_CALL, 3, 1), (_CALL, 1, None)]], [False, False, True]),
        ([[(_CALL, 1, None), (_CALL, 2, 1), (_CALL, 3, 1)]], [False, True, False]),
        # other counts are other calls, and no counts say nothing
        ([[(_CALL, 1, None), (_CALL | {"llm.token_count.prompt": 999}, 2, 1)]], [False, False]),
        ([[(_TRACED, 1, None), (_TRACED, 2, 1)]], [False, False]),
    ],
)
def test_a_call_that_two_layers_traced_counts_once(charged, documents, duplicates):
    rows = charged(*(_document(*(_span(*span) for span in spans)) for spans in documents))
    assert [row["is_duplicate"] for row in rows] == duplicates
    if all("llm.token_count.prompt" in span[0] for spans in documents for span in spans):
        counted = [row["prompt_tokens"] for row in rows if not row["is_duplicate"]]
        cost = sum(tokens * 2e-07 + 100 * 8e-07 for tokens in counted)
        assert sum(row["cost"] for row in rows) == pytest.approx(cost, rel=1e-12)


def test_what_is_asked_for_does_not_change_what_is_a_duplicate(tmp_path):
    file = tmp_path / "spans.jsonl"
    file.write_text(_document(_span(_CALL, 1), _span(_CALL, 2, 1)))
    usage = read_logs(file)
    assert usage.select("is_duplicate").collect()["is_duplicate"].to_list() == [False, True]
    assert usage.select("prompt_tokens").collect().width == 1


def test_googles_agents(charged):
    # google/adk-python, telemetry/tracing.py: trace_call_llm, around the call of Google's SDK
    used = {k: v for k, v in _GEMINI.items() if "total" not in k}
    agent = {k: v for k, v in used.items() if "operation" not in k and "provider" not in k}
    agent["gen_ai.system"] = "gcp.vertex.agent"
    rows = charged(_document(_span(used, 2, 1), _span(agent, 1)))
    assert [row["cost"] for row in rows] == [pytest.approx(1000 * 1e-06 + 100 * 1e-05), 0.0]
    (alone,) = charged(_document(_span(agent)))
    assert alone["cost"] == pytest.approx(1000 * 1e-06 + 100 * 1e-05, rel=1e-12)
