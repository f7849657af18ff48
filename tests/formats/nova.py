"""A fictional cost map with the names of models that the fixtures of tests/data/formats use."""

from __future__ import annotations

NOVA = {
    "gpt-nova-2026-05-01": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 4e-06,
        "cache_read_input_token_cost": 1e-07,
        "input_cost_per_token_priority": 2e-06,
        "output_cost_per_token_priority": 8e-06,
        "cache_read_input_token_cost_priority": 2e-07,
        "input_cost_per_token_batches": 6e-07,
        "output_cost_per_token_batches": 3e-06,
        "search_context_cost_per_query": {"search_context_size_medium": 0.01},
    },
    "gpt-nova-mini-2026-05-01": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 2e-07,
        "output_cost_per_token": 8e-07,
        "cache_read_input_token_cost": 2e-08,
    },
    "text-embedding-nova": {
        "litellm_provider": "openai",
        "mode": "embedding",
        "input_cost_per_token": 2e-08,
        "output_cost_per_token": 0.0,
    },
    "claude-nova-9-20260401": {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 15e-06,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "output_cost_per_token_above_200k_tokens": 22.5e-06,
        "cache_read_input_token_cost_above_200k_tokens": 6e-07,
        "search_context_cost_per_query": {"search_context_size_medium": 0.01},
    },
    "anthropic.claude-nova-9": {
        "litellm_provider": "bedrock_converse",
        "mode": "chat",
        "input_cost_per_token": 3.3e-06,
        "output_cost_per_token": 16e-06,
        "cache_read_input_token_cost": 3.3e-07,
        "cache_creation_input_token_cost": 4e-06,
    },
    "gemini-nova": {
        "litellm_provider": "vertex_ai-language-models",
        "mode": "chat",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 2.5e-07,
    },
}
"""Models nobody sells."""
