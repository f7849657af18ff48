from __future__ import annotations

import math

import polars as pl
import pytest

from llmspend import load_cost_map
from llmspend.cost_map_diff import CHANGES, diff_cost_maps

SMALL = {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1e-06}
NIGHT = {"hours_utc": "22:00-02:00", "input_cost_per_token": 3e-07}
RANGES = [{"range": [0, 1000], "input_cost_per_token": 1e-06}]


def row(change, rate_key, old, new, **also):
    return {"change": change, "rate_key": rate_key, "old_usd_per_unit": old} | {
        "new_usd_per_unit": new,
        **also,
    }


CASES = {
    "the same": (SMALL, SMALL, []),
    "dearer": (
        SMALL,
        SMALL | {"input_cost_per_token": 2e-06},
        [row("rate changed", "input_cost_per_token", 1e-06, 2e-06, ratio=2.0, difference=1e-06)],
    ),
    "the same as text": (SMALL, SMALL | {"input_cost_per_token": "1e-6"}, []),
    "no longer free": (
        SMALL | {"input_cost_per_token": 0.0},
        SMALL,
        [row("rate changed", "input_cost_per_token", 0.0, 1e-06, ratio=math.inf)],
    ),
    "free": (
        SMALL,
        SMALL | {"input_cost_per_token": 0},
        [row("rate changed", "input_cost_per_token", 1e-06, 0.0, ratio=0.0, difference=-1e-06)],
    ),
    "a null is no rate": (
        SMALL,
        SMALL | {"input_cost_per_token": None},
        [row("rate removed", "input_cost_per_token", 1e-06, None, ratio=None, difference=None)],
    ),
    "new rate": (
        SMALL,
        SMALL | {"input_cost_per_token_above_200k_tokens_flex": 2e-06},
        [
            row(
                "rate added",
                "input_cost_per_token_above_200k_tokens_flex",
                None,
                2e-06,
                meter="input_tokens",
                service_tier="flex",
                context_threshold=200_000,
            )
        ],
    ),
    "another range": (
        SMALL | {"tiered_pricing": RANGES},
        SMALL | {"tiered_pricing": [RANGES[0] | {"range": [500, 1000]}]},
        [
            row("rate removed", "tiered_pricing[0].input_cost_per_token", 1e-06, None),
            row(
                "rate added",
                "tiered_pricing[0].input_cost_per_token",
                None,
                1e-06,
                context_threshold=500,
            ),
        ],
    ),
    "other hours": (
        SMALL | {"off_peak_pricing": NIGHT},
        SMALL | {"off_peak_pricing": NIGHT | {"hours_utc": "23:00-02:00"}},
        [
            row(
                "fact changed",
                "off_peak_pricing",
                None,
                None,
                old_fact='{"hours_utc": "22:00-02:00"}',
                new_fact='{"hours_utc": "23:00-02:00"}',
            )
        ],
    ),
    "another provider": (
        SMALL,
        SMALL | {"litellm_provider": "umbra"},
        [row("fact changed", "litellm_provider", None, None, old_fact='"acme"')],
    ),
    "a multiplier": (
        SMALL,
        SMALL | {"provider_specific_entry": {"us": 1.1}},
        [row("fact changed", "provider_specific_entry", None, None, new_fact='{"us": 1.1}')],
    ),
    "what is no price": (SMALL, SMALL | {"max_tokens": 9, "supports_vision": True}, []),
    "new model": (
        None,
        SMALL,
        [row("model added", "input_cost_per_token", None, 1e-06, meter="input_tokens")],
    ),
    "new model without rates": (None, {"mode": "chat"}, [row("model added", None, None, None)]),
    "gone": (SMALL, None, [row("model removed", "input_cost_per_token", 1e-06, None)]),
    "gone, without rates": ({}, None, [row("model removed", None, None, None)]),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_changes_of_one_model(before, after, expected):
    old, new = (
        load_cost_map({"acme/other": SMALL} | ({"acme/x": e} if e is not None else {}))
        for e in (before, after)
    )
    found = diff_cost_maps(old, new).to_dicts()
    assert [{k: f[k] for k in e} for f, e in zip(found, expected, strict=True)] == expected
    assert {f["model"] for f in found} <= {"acme/x"}


def test_rows_come_in_the_order_of_changes():
    old = load_cost_map({"a": SMALL, "b": SMALL, "c": SMALL | {"output_cost_per_token": 1e-06}})
    new = load_cost_map(
        {
            "c": SMALL | {"input_cost_per_token": 2e-06, "mode": "embedding"},
            "b": SMALL | {"cache_read_input_token_cost": 1e-07},
            "d": SMALL,
        }
    )
    changes = diff_cost_maps(old, new)
    assert changes["change"].to_list() == list(CHANGES)
    back = diff_cost_maps(new, old)
    assert (
        back["change"]
        .value_counts()
        .sort("change")
        .equals(changes["change"].value_counts().sort("change"))
    )


def test_the_packaged_map_does_not_differ_from_itself_and_differs_from_nothing_by_all():
    costs, nothing = load_cost_map(), load_cost_map({})
    assert diff_cost_maps(costs, costs).is_empty()
    added = diff_cost_maps(nothing, costs)
    assert added["model"].n_unique() == len(costs)
    assert added.filter(pl.col("meter").is_not_null()).height == costs.rates.height
    assert diff_cost_maps(nothing, nothing).schema == added.schema
