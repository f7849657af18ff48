"""Files with prices of one's own: a proxy's config.yaml, and lists of prices.

`load_config` reads what LiteLLM's proxy reads of its config to price calls, and nothing else: no
key, no address and nothing of the environment is kept. `load_prices` reads overrides from CSV,
JSON or YAML. Both give an `llmspend.price_choice.OwnPricing` for a rate card.
"""

from __future__ import annotations

from llmspend.config._configs import load_config
from llmspend.config._prices import load_prices

__all__ = ["load_config", "load_prices"]
