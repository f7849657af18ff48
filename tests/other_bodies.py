"""Usage bodies of all other shapes, and ones of ugly types; and what they say."""

from __future__ import annotations

from tests.openai_bodies import CHAT, RESPONSES

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


def parts(key="tokenCount", **tokens):
    return [{"modality": modality, key: n} for modality, n in tokens.items()]


# name, body, what it says beyond the defaults
OTHER_BODIES = [
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
            "input_tokens_by_modality": parts("tokens", text=700, Audio=300),
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
            "input_tokens_by_modality": parts("tokens", text=600, document=100, video=5),
            "tool_use_tokens_by_modality": parts("tokens", text=10, smell=10),
            "cached_tokens_by_modality": parts("tokens", text=200, video=50),
            "output_tokens_by_modality": parts("tokens", image=150),
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
            "promptTokensDetails": parts(TEXT=900, IMAGE=60, DOCUMENT=40),
        },
        READ_GENERATE | {"text_tokens": 740, "image_input_tokens": 60, "cache_read_tokens": 200},
    ),
    (
        "a cache by modality",
        GENERATE
        | {
            "cachedContentTokenCount": 200,
            "promptTokensDetails": parts(TEXT=900, AUDIO=100),
            "cacheTokensDetails": parts("token_count", TEXT=150, AUDIO=50),
        },
        READ_GENERATE | {"text_tokens": 750, "audio_input_tokens": 50, "cache_read_tokens": 200},
    ),
    (
        "an empty list of cached modalities says that no text was cached",
        GENERATE
        | {
            "cachedContentTokenCount": 200,
            "promptTokensDetails": parts(TEXT=900),
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
            "candidatesTokensDetails": parts(IMAGE=290),
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
            "responseTokensDetails": parts(AUDIO=4, TEXT=1),
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
        GENERATE | {"promptTokensDetails": parts(TEXT="all", AUDIO=3)},
        READ_GENERATE | {"audio_input_tokens": 3, "usage_issue": "absurd_count"},
    ),
]
