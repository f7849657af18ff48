"""Entries of a proxy's config, as its model_list has them."""

from __future__ import annotations

OWN = {"input_cost_per_token": 5e-07, "output_cost_per_token": 7e-07}
SMALL = {"model": "acme/small"}
USED = {"prompt_tokens": 1000, "completion_tokens": 100}


def entry(name="mine", params=None, **info):
    return {"model_name": name, "litellm_params": params or SMALL, "model_info": info}
