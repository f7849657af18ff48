"""Usage bodies of OpenAI's shapes: chat, responses, realtime, transcription; and what they say."""

from __future__ import annotations

CHAT = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300}
RESPONSES = {"input_tokens": 1000, "output_tokens": 300}

# name, body, what it says beyond the defaults
OPENAI_BODIES = [
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
]
