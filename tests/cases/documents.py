"""Every YAML example of LiteLLM's two pages about prices of one's own, and what they say it costs.

The pages are "Custom LLM Pricing" (001) and "LiteLLM Pricing Management" (002). Where a page works
an example out, the amount is the page's; elsewhere it is the page's rates times 1,000 tokens in and
500 out. Where a page relies on built-in prices, those are LiteLLM 1.106.2's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKENS = {"prompt_tokens": 1000, "completion_tokens": 500}
FIVE_SECONDS = {**TOKENS, "duration_ms": 5000.0}


@dataclass(frozen=True)
class Example:
    """A config, a call through it as its proxy logs it, and what that costs (USD)."""

    source: str
    yaml: str
    group: str
    model: str
    provider: str
    cost: float | None
    usage: Mapping[str, Any] = field(default_factory=lambda: TOKENS)
    priced_by: str = "config.yaml model_list[0]"
    response_model: str | None = None


SECONDS_001 = """
model_list:
  - model_name: sagemaker-completion-model
    litellm_params:
      model: sagemaker/berri-benchmarking-Llama-2-70b-chat-hf-4
    model_info:
      input_cost_per_second: 0.000420
  - model_name: sagemaker-embedding-model
    litellm_params:
      model: sagemaker/berri-benchmarking-gpt-j-6b-fp16
    model_info:
      input_cost_per_second: 0.000420
"""
AZURE_001 = """
model_list:
  - model_name: azure-model
    litellm_params:
      model: azure/<your_deployment_name>
      api_key: os.environ/AZURE_API_KEY
      api_base: os.environ/AZURE_API_BASE
      api_version: os.envrion/AZURE_API_VERSION
    model_info:
      input_cost_per_token: 0.000421 # ONLY to track cost per token
      output_cost_per_token: 0.000520 # ONLY to track cost per token
"""
OVERRIDE_001 = """
model_list:
  - model_name: "prod/claude-3-5-sonnet-20241022"
    litellm_params:
      model: "anthropic/claude-3-5-sonnet-20241022"
      api_key: os.environ/ANTHROPIC_PROD_API_KEY
    model_info:
      input_cost_per_token: 0.000006
      output_cost_per_token: 0.00003
      cache_creation_input_token_cost: 0.0000075
      cache_read_input_token_cost: 0.0000006
"""
TOKENS_002 = """
model_list:
  - model_name: my-gpt4-model
    litellm_params:
      model: azure/gpt-4
      api_key: os.environ/AZURE_API_KEY
    model_info:
      input_cost_per_token: 0.00003    # $0.03 per 1K input tokens
      output_cost_per_token: 0.00006   # $0.06 per 1K output tokens
"""
SECONDS_002 = """
model_list:
  - model_name: sagemaker-model
    litellm_params:
      model: sagemaker/my-endpoint
    model_info:
      input_cost_per_second: 0.000420  # Cost per second of compute
"""
BUILT_IN_002 = """
model_list:
  - model_name: gpt-4
    litellm_params:
      model: openai/gpt-4
      api_key: sk-...
"""
OLLAMA_002 = """
model_list:
  - model_name: "llama3.2"
    litellm_params:
      model: "ollama_chat/llama3.2"
      api_base: "http://ollama:11434"
    model_info:
      input_cost_per_token: 0.00002    # $0.00002 per input token
      output_cost_per_token: 0.00004   # $0.00004 per output token
"""
NEGOTIATED_002 = """
model_list:
  - model_name: prod-gpt4
    litellm_params:
      model: openai/gpt-4
      api_key: sk-...
    model_info:
      # Override default GPT-4 pricing
      input_cost_per_token: 0.00002   # Your negotiated rate
      output_cost_per_token: 0.00004  # Your negotiated rate
"""
BASE_MODEL_002 = """
model_list:
  - model_name: azure-gpt4-turbo
    litellm_params:
      model: azure/my-gpt4-deployment
      api_base: https://my-resource.openai.azure.com
    model_info:
      base_model: azure/gpt-4-1106-preview  # Map to correct pricing
"""
MIXED_002 = """
model_list:
  # OpenAI - uses built-in pricing
  - model_name: gpt-4
    litellm_params:
      model: openai/gpt-4
      api_key: os.environ/OPENAI_API_KEY

  # Azure - needs base_model for accurate pricing
  - model_name: azure-gpt35
    litellm_params:
      model: azure/chatgpt-deployment
      api_base: os.environ/AZURE_API_BASE
      api_key: os.environ/AZURE_API_KEY
    model_info:
      base_model: azure/gpt-3.5-turbo

  # Custom model - requires custom pricing
  - model_name: "codellama"
    litellm_params:
      model: "ollama_chat/codellama"
      api_base: "http://ollama:11434"
    model_info:
      input_cost_per_token: 0.00003
      output_cost_per_token: 0.00006

  # SageMaker - time-based pricing
  - model_name: sagemaker-model
    litellm_params:
      model: sagemaker/my-endpoint
    model_info:
      input_cost_per_second: 0.000420
"""
CACHING_002 = """
model_list:
  - model_name: claude-sonnet
    litellm_params:
      model: anthropic/claude-3-5-sonnet-20241022
      api_key: os.environ/ANTHROPIC_API_KEY
    model_info:
      input_cost_per_token: 0.000003
      output_cost_per_token: 0.000015
      cache_creation_input_token_cost: 0.00000375    # Cost to create cache
      cache_read_input_token_cost: 0.0000003         # Cost to read from cache
"""
CACHED = {"prompt_tokens": 6000, "cache_read_tokens": 5000, "completion_tokens": 500}
WRITTEN = {"prompt_tokens": 3000, "cache_creation_tokens": 2000, "completion_tokens": 500}
_LLAMA, _GPT_J = (
    "sagemaker/berri-benchmarking-Llama-2-70b-chat-hf-4",
    "sagemaker/berri-benchmarking-gpt-j-6b-fp16",
)
_CLAUDE = "anthropic/claude-3-5-sonnet-20241022"
_SECOND = "config.yaml model_list[1]"

EXAMPLES = (
    Example(
        "001 § Cost Per Second, completion",
        SECONDS_001,
        "sagemaker-completion-model",
        _LLAMA,
        "sagemaker",
        0.0021,
        FIVE_SECONDS,
    ),
    Example(
        "001 § Cost Per Second, embedding",
        SECONDS_001,
        "sagemaker-embedding-model",
        _GPT_J,
        "sagemaker",
        0.0021,
        {"prompt_tokens": 1000, "duration_ms": 5000.0, "call_type": "aembedding"},
        _SECOND,
    ),
    Example(
        "001 § Cost Per Token",
        AZURE_001,
        "azure-model",
        "azure/<your_deployment_name>",
        "azure",
        1000 * 0.000421 + 500 * 0.000520,
        response_model="gpt-4",
    ),
    Example(
        "001 § Override Model Cost Map",
        OVERRIDE_001,
        "prod/claude-3-5-sonnet-20241022",
        _CLAUDE,
        "anthropic",
        1000 * 0.000006 + 500 * 0.00003,
    ),
    Example(
        "001 § Override Model Cost Map, read from the cache",
        OVERRIDE_001,
        "prod/claude-3-5-sonnet-20241022",
        _CLAUDE,
        "anthropic",
        (1000 * 0.000006 + 5000 * 0.0000006) + 500 * 0.00003,
        CACHED,
    ),
    Example(
        "001 § Override Model Cost Map, written to the cache",
        OVERRIDE_001,
        "prod/claude-3-5-sonnet-20241022",
        _CLAUDE,
        "anthropic",
        (1000 * 0.000006 + 2000 * 0.0000075) + 500 * 0.00003,
        WRITTEN,
    ),
    Example(
        "002 § 1.A Cost Per Token: 'Example: (1000 × 0.00003) + (500 × 0.00006) = $0.06'",
        TOKENS_002,
        "my-gpt4-model",
        "azure/gpt-4",
        "azure",
        0.06,
        response_model="gpt-4",
    ),
    Example(
        "002 § 1.B Cost Per Second: 'Example: 5 seconds × 0.000420 = $0.0021'",
        SECONDS_002,
        "sagemaker-model",
        "sagemaker/my-endpoint",
        "sagemaker",
        0.0021,
        FIVE_SECONDS,
    ),
    Example(
        "002 § When Built-in Pricing Works Automatically: '$0.03 per 1K', '$0.06 per 1K'",
        BUILT_IN_002,
        "gpt-4",
        "openai/gpt-4",
        "openai",
        0.06,
        priced_by="gpt-4",
    ),
    Example(
        "002 § Scenario 1: Ollama model (not in cost map)",
        OLLAMA_002,
        "llama3.2",
        "ollama_chat/llama3.2",
        "ollama_chat",
        1000 * 0.00002 + 500 * 0.00004,
    ),
    Example(
        "002 § Scenario 2: Override Built-in Pricing",
        NEGOTIATED_002,
        "prod-gpt4",
        "openai/gpt-4",
        "openai",
        1000 * 0.00002 + 500 * 0.00004,
    ),
    Example(
        "002 § Scenario 3: Azure with Base Model ('Azure returns \"gpt-4\" in response')",
        BASE_MODEL_002,
        "azure-gpt4-turbo",
        "azure/my-gpt4-deployment",
        "azure",
        1000 * 1e-05 + 500 * 3e-05,
        priced_by="azure/gpt-4-1106-preview",
        response_model="gpt-4",
    ),
    Example(
        "002 § Example 1: built-in",
        MIXED_002,
        "gpt-4",
        "openai/gpt-4",
        "openai",
        0.06,
        priced_by="gpt-4",
    ),
    Example(
        "002 § Example 1: base_model",
        MIXED_002,
        "azure-gpt35",
        "azure/chatgpt-deployment",
        "azure",
        1000 * 5e-07 + 500 * 1.5e-06,
        priced_by="azure/gpt-3.5-turbo",
        response_model="gpt-35-turbo",
    ),
    Example(
        "002 § Example 1: custom model",
        MIXED_002,
        "codellama",
        "ollama_chat/codellama",
        "ollama_chat",
        0.06,
        priced_by="config.yaml model_list[2]",
    ),
    Example(
        "002 § Example 1: time-based",
        MIXED_002,
        "sagemaker-model",
        "sagemaker/my-endpoint",
        "sagemaker",
        0.0021,
        FIVE_SECONDS,
        "config.yaml model_list[3]",
    ),
    Example(
        "002 § Example 2: Cost Tracking with Caching: 'Total: $0.012'",
        CACHING_002,
        "claude-sonnet",
        _CLAUDE,
        "anthropic",
        0.012,
        CACHED,
    ),
)
