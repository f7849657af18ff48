"""Usage bodies: one table of cases for both readings, and random bodies for their agreement."""

from __future__ import annotations

import json
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from llmspend.body_columns import BODY_SCHEMA, read_usage
from llmspend.body_paths import fields_of
from llmspend.errors import InputError
from llmspend.usage import COLUMN_BY_NAME, call
from llmspend.usage_bodies import BODY_COLUMNS, USAGE_BODIES, usage_of
from llmspend.values import Source

NOTHING = {name: COLUMN_BY_NAME[name].default for name in BODY_COLUMNS}
CHAT = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300}
RESPONSES = {"input_tokens": 1000, "output_tokens": 300}
MESSAGES = {"input_tokens": 100, "output_tokens": 300, "cache_read_input_tokens": 400}
GENERATE = {"promptTokenCount": 1000, "candidatesTokenCount": 300, "totalTokenCount": 1300}
CONVERSE = {"inputTokens": 100, "outputTokens": 300}
INTERACTION = {"total_input_tokens": 1000, "total_output_tokens": 200}

READ_MESSAGES = {
    "prompt_tokens": 500,
    "text_tokens": 100,
    "cache_read_tokens": 400,
    "completion_tokens": 300,
    "output_text_tokens": 300,
    "total_tokens": 800,
}
READ_CONVERSE = READ_MESSAGES | {"prompt_tokens": 100, "cache_read_tokens": 0, "total_tokens": 400}
READ_GENERATE = CHAT | {"output_text_tokens": 300}
READ_INTERACTION = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}


def _parts(key="tokenCount", **tokens):
    return [{"modality": modality, key: n} for modality, n in tokens.items()]


# name, body, what it says beyond NOTHING
CASES = [
    # types/utils.py: Usage.__init__
    ("chat", CHAT, CHAT),
    ("details that are null", CHAT | {"prompt_tokens_details": None}, CHAT),
    (
        "chat details",
        CHAT
        | {
            "prompt_tokens_details": {
                "cached_tokens": 400,
                "audio_tokens": 7,
                "cached_tokens_details": {"audio_tokens": 5},
                "image_count": 2,
                "video_length_seconds": 1.5,
            },
            "completion_tokens_details": {"reasoning_tokens": 100, "video_tokens": 3},
        },
        CHAT
        | {
            "cache_read_tokens": 400,
            "cache_read_audio_tokens": 5,
            "audio_input_tokens": 7,
            "image_count": 2,
            "video_length_seconds": 1.5,
            "reasoning_tokens": 100,
            "video_output_tokens": 3,
        },
    ),
    (
        "a written count by either name",
        CHAT | {"prompt_tokens_details": {"cache_creation_tokens": 9, "cache_write_tokens": 20}},
        CHAT | {"cache_creation_tokens": 20},
    ),
    (
        "top-level cache counts replace the details, also by zero",
        CHAT
        | {
            "prompt_tokens_details": {"cached_tokens": 400, "cache_write_tokens": 20},
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 30,
        },
        CHAT | {"cache_creation_tokens": 30},
    ),
    ("hits and misses", CHAT | {"prompt_cache_hit_tokens": 640}, CHAT | {"cache_read_tokens": 640}),
    ("a bare cached count is ignored", CHAT | {"cached_tokens": 500}, CHAT),
    (
        "a split by time that is empty is a split",
        CHAT
        | {"prompt_tokens_details": {"cache_write_tokens": 5, "cache_creation_token_details": {}}},
        CHAT
        | {
            "cache_creation_tokens": 5,
            "cache_creation_5m_tokens": 0,
            "cache_creation_1h_tokens": 0,
        },
    ),
    (
        "a split by time that is null is none",
        CHAT | {"prompt_tokens_details": {"cache_creation_token_details": None}},
        CHAT,
    ),
    (
        "reasoning beside the details",
        CHAT | {"reasoning_tokens": 120},
        CHAT | {"reasoning_tokens": 120, "output_text_tokens": 180},
    ),
    (
        "reasoning in the details comes first, but the text is left of the other",
        CHAT
        | {
            "reasoning_tokens": 120,
            "completion_tokens_details": {"reasoning_tokens": 100, "image_tokens": 200},
        },
        CHAT | {"reasoning_tokens": 100, "image_output_tokens": 200, "output_text_tokens": 0},
    ),
    (
        "what else a body says",
        CHAT
        | {
            "service_tier": "flex",
            "speed": "fast",
            "inference_geo": "us",
            "traffic_type": "ON_DEMAND",
            "cost": 0.25,
            "citation_tokens": 4,
        },
        CHAT
        | {
            "served_service_tier": "flex",
            "speed": "fast",
            "inference_geo": "us",
            "traffic_type": "ON_DEMAND",
            "provider_cost": 0.25,
            "citation_tokens": 4,
        },
    ),
    # llms/perplexity/cost_calculator.py
    (
        "a cost that is an object",
        CHAT | {"cost": {"total_cost": 0.5}},
        CHAT | {"provider_cost": 0.5},
    ),
    # llms/xai/common_utils.py
    (
        "a cost in ticks",
        CHAT | {"cost": 1, "cost_in_usd_ticks": 2363},
        CHAT | {"provider_cost": 2.363e-07},
    ),
    (
        "ticks below zero",
        CHAT | {"cost": 1, "cost_in_usd_ticks": -1},
        CHAT | {"provider_cost": 1.0},
    ),
    # responses/utils.py: transform_response_api_usage_to_chat_usage
    ("responses", RESPONSES, CHAT),
    ("the total is added up", RESPONSES | {"total_tokens": 5}, CHAT),
    (
        "responses details",
        RESPONSES
        | {
            "input_tokens_details": {"cached_tokens": 400, "cache_write_tokens": 6},
            "output_tokens_details": {"reasoning_tokens": 100},
        },
        CHAT | {"cache_read_tokens": 400, "cache_creation_tokens": 6, "reasoning_tokens": 100},
    ),
    (
        "reasoning nested in the text is taken out",
        RESPONSES
        | {
            "output_tokens_details": {
                "text_tokens": 300,
                "reasoning_tokens": 90,
                "audio_tokens": 60,
            }
        },
        CHAT | {"output_text_tokens": 210, "reasoning_tokens": 90, "audio_output_tokens": 60},
    ),
    (
        "realtime",
        RESPONSES
        | {
            "input_token_details": {
                "cached_tokens": 400,
                "text_tokens": 600,
                "audio_tokens": 400,
                "cached_tokens_details": {"text_tokens": 300, "audio_tokens": 100},
            },
            "output_token_details": {"text_tokens": 100, "audio_tokens": 200},
        },
        CHAT
        | {
            "text_tokens": 600,
            "cache_read_tokens": 400,
            "cache_read_text_tokens": 300,
            "cache_read_audio_tokens": 100,
            "audio_input_tokens": 400,
            "output_text_tokens": 100,
            "audio_output_tokens": 200,
        },
    ),
    (
        "one object of details stands for the other as a whole",
        RESPONSES
        | {
            "input_tokens_details": {"text_tokens": 3},
            "input_token_details": {"cached_tokens": 400},
            "output_tokens_details": None,
            "output_token_details": {"audio_tokens": 20},
        },
        CHAT | {"text_tokens": 3, "audio_output_tokens": 20},
    ),
    # litellm_core_utils/llm_cost_calc/usage_object_transformation.py: transcription
    (
        "transcription",
        RESPONSES
        | {
            "type": "tokens",
            "total_tokens": 1300,
            "input_token_details": {"text_tokens": 10, "audio_tokens": 990},
        },
        CHAT | {"text_tokens": 10, "audio_input_tokens": 990},
    ),
    # llms/anthropic/chat/transformation.py: calculate_usage
    ("messages", MESSAGES, READ_MESSAGES),
    (
        "cache keys that are null",
        RESPONSES | {"cache_read_input_tokens": None},
        CHAT | {"text_tokens": 1000, "output_text_tokens": 300},
    ),
    (
        "no cache keys",
        {"input_tokens": 100, "output_tokens": 300},
        CHAT | {"prompt_tokens": 100, "total_tokens": 400},
    ),
    (
        "a split by time need not be whole",
        MESSAGES
        | {
            "cache_creation_input_tokens": 500,
            "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
        },
        READ_MESSAGES
        | {
            "prompt_tokens": 1000,
            "total_tokens": 1300,
            "cache_creation_tokens": 500,
            "cache_creation_5m_tokens": 200,
            "cache_creation_1h_tokens": 100,
        },
    ),
    (
        "thinking, at most all of the output",
        MESSAGES | {"output_tokens_details": {"thinking_tokens": 301}},
        READ_MESSAGES | {"reasoning_tokens": 300, "output_text_tokens": 0},
    ),
    (
        "tier, place and speed",
        MESSAGES | {"service_tier": "priority", "inference_geo": "us", "speed": "fast", "cost": 1},
        READ_MESSAGES | {"served_service_tier": "priority", "inference_geo": "us", "speed": "fast"},
    ),
    (
        "rounds are summed up; what they do not split was written for the shorter time",
        MESSAGES
        | {
            "iterations": [
                {
                    "input_tokens": 100,
                    "output_tokens": 50,
                    "cache_creation_input_tokens": 30,
                    "cache_read_input_tokens": 20,
                    "cache_creation": {"ephemeral_1h_input_tokens": 10},
                    "output_tokens_details": {"thinking_tokens": 40},
                },
                {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 7},
            ]
        },
        {
            "prompt_tokens": 167,
            "text_tokens": 110,
            "cache_read_tokens": 20,
            "cache_creation_tokens": 37,
            "cache_creation_5m_tokens": 27,
            "cache_creation_1h_tokens": 10,
            "completion_tokens": 55,
            "output_text_tokens": 55,
            "total_tokens": 222,
        },
    ),
    (
        "thinking that every round states",
        MESSAGES
        | {
            "iterations": [
                {"output_tokens": 50, "output_tokens_details": {"thinking_tokens": 40}},
                {"output_tokens": 5, "output_tokens_details": {"thinking_tokens": 1}},
            ]
        },
        {
            "completion_tokens": 55,
            "output_text_tokens": 14,
            "reasoning_tokens": 41,
            "total_tokens": 55,
        },
    ),
    ("no rounds", MESSAGES | {"iterations": []}, READ_MESSAGES),
    # .../usage_object_transformation.py: InteractionsUsageObjectTransformation
    (
        "interactions: the cache is taken out of the text",
        INTERACTION
        | {
            "total_thought_tokens": 80,
            "total_cached_tokens": 300,
            "input_tokens_by_modality": _parts("tokens", text=700, Audio=300),
        },
        {
            "prompt_tokens": 1000,
            "completion_tokens": 280,
            "total_tokens": 1280,
            "text_tokens": 400,
            "cache_read_tokens": 300,
            "audio_input_tokens": 300,
            "reasoning_tokens": 80,
        },
    ),
    (
        "interactions: the cache by modality, and tool use",
        INTERACTION
        | {
            "total_tool_use_tokens": 10,
            "total_cached_tokens": 300,
            "total_tokens": 7,
            "input_tokens_by_modality": _parts("tokens", text=600, document=100, video=5),
            "tool_use_tokens_by_modality": _parts("tokens", text=10, smell=10),
            "cached_tokens_by_modality": _parts("tokens", text=200, video=50),
            "output_tokens_by_modality": _parts("tokens", image=150),
        },
        READ_INTERACTION
        | {
            "prompt_tokens": 1010,
            "total_tokens": 7,
            "text_tokens": 510,
            "cache_read_tokens": 300,
            "image_output_tokens": 150,
        },
    ),
    ("interactions without lists", INTERACTION, READ_INTERACTION),
    # llms/vertex_ai/gemini/vertex_and_google_ai_studio_gemini.py: _calculate_usage
    ("generateContent", GENERATE, READ_GENERATE),
    (
        "thoughts beside the candidates",
        GENERATE | {"thoughtsTokenCount": 50, "totalTokenCount": 1350, "trafficType": "ON_DEMAND"},
        READ_GENERATE
        | {
            "completion_tokens": 350,
            "total_tokens": 1350,
            "reasoning_tokens": 50,
            "traffic_type": "ON_DEMAND",
        },
    ),
    (
        "thoughts among the candidates",
        GENERATE | {"thoughtsTokenCount": 50},
        READ_GENERATE | {"reasoning_tokens": 50},
    ),
    (
        "a cache without modalities is text",
        GENERATE
        | {
            "cachedContentTokenCount": 200,
            "promptTokensDetails": _parts(TEXT=900, IMAGE=60, DOCUMENT=40),
        },
        READ_GENERATE | {"text_tokens": 740, "image_input_tokens": 60, "cache_read_tokens": 200},
    ),
    (
        "a cache by modality",
        GENERATE
        | {
            "cachedContentTokenCount": 200,
            "promptTokensDetails": _parts(TEXT=900, AUDIO=100),
            "cacheTokensDetails": _parts("token_count", TEXT=150, AUDIO=50),
        },
        READ_GENERATE | {"text_tokens": 750, "audio_input_tokens": 50, "cache_read_tokens": 200},
    ),
    (
        "an empty list of cached modalities says that no text was cached",
        GENERATE
        | {
            "cachedContentTokenCount": 200,
            "promptTokensDetails": _parts(TEXT=900),
            "cacheTokensDetails": [],
        },
        READ_GENERATE | {"text_tokens": 900, "cache_read_tokens": 200},
    ),
    (
        "images among the candidates, tool use in the prompt",
        GENERATE
        | {
            "toolUsePromptTokenCount": 10,
            "totalTokenCount": 1310,
            "candidatesTokensDetails": _parts(IMAGE=290),
        },
        READ_GENERATE
        | {
            "prompt_tokens": 1010,
            "total_tokens": 1310,
            "output_text_tokens": 10,
            "image_output_tokens": 290,
        },
    ),
    (
        "live: a response in place of candidates",
        {
            "promptTokenCount": 9,
            "responseTokenCount": 5,
            "totalTokenCount": 14,
            "responseTokensDetails": _parts(AUDIO=4, TEXT=1),
        },
        {
            "prompt_tokens": 9,
            "completion_tokens": 5,
            "total_tokens": 14,
            "output_text_tokens": 1,
            "audio_output_tokens": 4,
        },
    ),
    # llms/bedrock/chat/converse_transformation.py: transform_usage
    ("converse", CONVERSE, READ_CONVERSE),
    (
        "converse with a cache, split in whole",
        CONVERSE
        | {
            "totalTokens": 901,
            "cacheReadInputTokens": 400,
            "cacheReadInputTokenCount": 1,
            "cacheWriteInputTokenCount": 100,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 60}, {"ttl": "1h", "inputTokens": 40}],
        },
        READ_MESSAGES
        | {
            "prompt_tokens": 600,
            "total_tokens": 901,
            "cache_creation_tokens": 100,
            "cache_creation_5m_tokens": 60,
            "cache_creation_1h_tokens": 40,
        },
    ),
    (
        "converse with a split that does not explain all",
        CONVERSE
        | {"cacheWriteInputTokens": 100, "cacheDetails": [{"ttl": "5m", "inputTokens": 60}]},
        READ_CONVERSE | {"prompt_tokens": 200, "total_tokens": 500, "cache_creation_tokens": 100},
    ),
    # llms/cohere/chat/v2_transformation.py, llms/ollama/completion/transformation.py
    (
        "billed units",
        {
            "billed_units": {"input_tokens": 8, "output_tokens": 3},
            "tokens": {"input_tokens": 1000, "output_tokens": 300},
        },
        CHAT,
    ),
    ("eval counts", {"prompt_eval_count": 1000, "eval_count": 300}, CHAT),
    # ugly types: lenient, where LiteLLM's types would refuse
    (
        "counts as text and floats",
        {"prompt_tokens": " 1e3 ", "completion_tokens": 300.9, "total_tokens": "1300"},
        CHAT,
    ),
    (
        "wrong types where objects, lists and names should be",
        MESSAGES
        | {
            "cache_creation": "short",
            "iterations": {"input_tokens": 3},
            "output_tokens_details": [1],
            "service_tier": 5,
            "speed": True,
        },
        READ_MESSAGES,
    ),
    ("a negative count stays", CHAT | {"prompt_tokens": -3}, CHAT | {"prompt_tokens": -3}),
    *(
        (
            f"{absurd!r} is no count",
            CHAT | {"prompt_tokens": absurd},
            CHAT | {"prompt_tokens": 0, "usage_issue": "absurd_count"},
        )
        for absurd in ("many", True, {"n": 1}, [], 2 * 10**12, -(10**30))
    ),
    (
        "an absurd count in a list",
        GENERATE | {"promptTokensDetails": _parts(TEXT="all", AUDIO=3)},
        READ_GENERATE | {"audio_input_tokens": 3, "usage_issue": "absurd_count"},
    ),
]
NAMES, BODIES, SAID = zip(*CASES, strict=True)
TEXTS = [json.dumps(body) for body in BODIES]


@pytest.mark.parametrize(("body", "said"), [case[1:] for case in CASES], ids=NAMES)
def test_one_body(body, said):
    assert usage_of(body) == NOTHING | said


def test_a_column_of_bodies():
    read = read_usage(pl.Series(TEXTS))
    assert read.schema == BODY_SCHEMA
    said = [NOTHING | case for case in SAID]
    assert dict(zip(NAMES, read.rows(named=True), strict=True)) == dict(
        zip(NAMES, said, strict=True)
    )


def test_a_body_can_be_priced_as_it_was_read():
    assert call(model="acme/small", **usage_of(MESSAGES))["prompt_tokens"] == 500


# -- what is no body


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Its keys: none"),
        ({"tokens_in": 3, "b": 1}, "Its keys: 'b', 'tokens_in'"),
        ({"input_tokens": 3}, r"Known: Messages \(input_tokens, any of, cache_read"),
        (None, "not NoneType"),
        ("{}", "not str"),
        ([1], "not list"),
    ],
)
def test_a_body_of_no_shape_says_what_was_seen_and_what_is_known(body, told):
    with pytest.raises(InputError, match=told):
        usage_of(body)


def test_a_column_keeps_every_row_in_order_and_marks_what_it_cannot_read():
    ugly = [None, "", " ", "null", "{", "[1]", "3", '"x"', "{}", '{"tokens_in": 3}', TEXTS[0] + "x"]
    read = read_usage(pl.Series([*ugly, TEXTS[0]] * 1000))
    issues = [None] * 4 + ["unreadable_usage"] * 7 + [None]
    assert read["usage_issue"].to_list() == issues * 1000
    assert read["prompt_tokens"].to_list() == ([None] * 11 + [1000]) * 1000
    assert read[:11].drop("usage_issue").null_count().row(0) == (11,) * (read.width - 1)


def test_no_rows():
    assert read_usage(pl.Series([], dtype=pl.String)).schema == BODY_SCHEMA
    assert read_usage(pl.Series([None])).rows() == [(None,) * len(BODY_SCHEMA)]


def test_other_columns_are_refused_by_name():
    with pytest.raises(InputError, match="'usage' is Int64"):
        read_usage(pl.Series("usage", [1]))


# -- other forms of the same bodies


def _objects(value):
    """Turn dicts into objects with attributes."""
    if isinstance(value, dict):
        return SimpleNamespace(**{k: _objects(v) for k, v in value.items()})
    return [_objects(v) for v in value] if isinstance(value, list) else value


class Dumped:
    """Something with a model_dump, as SDKs give it."""

    def __init__(self, fields):
        self.fields = fields

    def model_dump(self):
        return self.fields


@pytest.mark.parametrize("form", [_objects, Dumped])
def test_objects_of_an_sdk_read_like_their_json(form):
    for body in BODIES:
        assert usage_of(form(body)) == usage_of(body)


def test_plain_values_have_no_fields():
    assert [fields_of(value) for value in (3, "x", None, [1])] == [None] * 4


def test_structs_read_like_json_without_its_nulls():
    clean = {"Messages": MESSAGES | {"iterations": [{"input_tokens": 2}]}, "chat": CHAT}
    clean |= {"generate": GENERATE | {"promptTokensDetails": _parts(TEXT=4)}, "none": {"x": 1}}
    structs = pl.Series([*clean.values(), None], strict=False)
    keys = {key for body in clean.values() for key in body}
    assert {field.name for field in structs.dtype.fields} == keys
    assert read_usage(structs).equals(
        read_usage(pl.Series([*map(json.dumps, clean.values()), None]))
    )


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_an_expression_gives_a_struct_of_the_same(engine):
    frame = pl.LazyFrame({"id": range(len(TEXTS)), "usage": TEXTS})
    read = frame.select("id", read_usage(pl.col("usage"))).unnest("usage").collect(engine=engine)
    assert read.drop("id").equals(read_usage(pl.Series(TEXTS)))


# -- the table


def test_rows_name_their_source_and_only_canonical_or_private_columns():
    for body in USAGE_BODIES:
        assert body.source
        assert all(n in BODY_COLUMNS or n.startswith("_") for n in body.paths)
        assert body.has or body.has_any


def test_no_value_of_a_stage_reads_what_another_of_it_gives():
    # one call assigns them one after the other, columns get them at once
    for stage in {stage for body in USAGE_BODIES for stage in body.formulas}:
        given_names = stage(Source())
        for name, value in given_names.items():
            assert not (value.names & given_names.keys()) - {name}, (stage, name)


# -- any body at all


COUNTS = st.one_of(
    st.integers(-5, 3000),
    st.none(),
    st.sampled_from([10**12, 10**13, 10**40, 1.5, 1e6, -0.0, 1e300, "12", " 7", "1e2", "", "x"]),
)
WORDS = st.sampled_from(["text", "AUDIO", "Image", "document", "5m", "1h", "fast", "é", "true"])
UGLY = st.one_of(COUNTS, WORDS, st.booleans(), st.just([]), st.just({}), st.just([1, None]))


def _filled(structure):
    """Give values of a tree, mostly of its form."""
    if structure == "VARCHAR":
        splits = {"ephemeral_5m_input_tokens": COUNTS, "total_cost": COUNTS}
        return st.one_of(COUNTS, WORDS, UGLY, st.fixed_dictionaries({}, optional=splits))
    if isinstance(structure, list):
        return st.one_of(st.lists(st.one_of(_filled(structure[0]), UGLY), max_size=3), UGLY)
    inner = st.fixed_dictionaries({}, optional={k: _filled(v) for k, v in structure.items()})
    return st.one_of(inner, inner, inner, UGLY)


def _bodies(shape):
    optional = {k: _filled(v) for k, v in shape.structure.items() if k not in shape.has}
    required = {k: _filled(shape.structure[k]) for k in (*shape.has, *shape.has_any[:1])}
    optional = {k: v for k, v in optional.items() if k not in required}
    return st.fixed_dictionaries(required, optional=optional)


@settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(st.data())
def test_one_body_and_columns_agree(data):
    bodies = [data.draw(_bodies(shape)) for shape in USAGE_BODIES for _ in range(3)]
    read = read_usage(pl.Series([json.dumps(body) for body in bodies]))
    for body, row in zip(bodies, read.rows(named=True), strict=True):
        assert row == usage_of(body), body
