"""A fictional cost map, so that no change of a real price can break a test of the engine."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from llmspend import RateCard, load_cost_map

# how long an example takes says how busy the machine is
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# prices of the tests are those of the package, whatever the machine says
for _name in ("LLMSPEND_COST_MAP", "LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_MODEL_COST_MAP_URL"):
    os.environ.pop(_name, None)


ACME = {
    "acme/small": {
        "mode": "chat",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
    },
    "acme/large": {
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 15e-06,
        "output_cost_per_reasoning_token": 20e-06,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "output_cost_per_token_above_200k_tokens": 22.5e-06,
        "cache_read_input_token_cost_above_200k_tokens": 6e-07,
        "input_cost_per_token_flex": 1.5e-06,
        "output_cost_per_token_flex": 7.5e-06,
        "input_cost_per_token_batches": 1.4e-06,
        "output_cost_per_token_batches": 7e-06,
    },
    "acme/embed": {
        "mode": "embedding",
        "input_cost_per_token": 2e-08,
        "output_cost_per_token": 0.0,
    },
    "acme/seconds": {"mode": "chat", "input_cost_per_second": 0.0015},
    "acme/ranges": {
        "mode": "chat",
        "tiered_pricing": [
            {"range": [0, 1000], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
            {"range": [1000, 9000], "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06},
        ],
    },
    "acme/night": {
        "mode": "chat",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
        "off_peak_pricing": {
            "hours_utc": "22:00-02:00",
            "input_cost_per_token": 3e-07,
            "output_cost_per_token": 6e-07,
        },
    },
    "acme/free": {"mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    "acme/image": {"mode": "image_generation", "output_cost_per_image": 0.04},
}
"""Key → entry; all of provider acme."""


@pytest.fixture(scope="session")
def acme_map():
    return load_cost_map(
        {key: {"litellm_provider": "acme", **entry} for key, entry in ACME.items()}
    )


@pytest.fixture(scope="session")
def acme(acme_map):
    """The rate card of ACME."""
    return RateCard(acme_map)
