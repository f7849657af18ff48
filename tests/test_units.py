"""Where a log does not count units: what its own costs imply, and what is kept."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import CustomPricing, InputError, RateCard, load_cost_map, price
from llmspend.billed_units import UNIT_BY_NAME
from llmspend.call_costs import charge_one
from llmspend.custom_pricing import complete_deployment
from llmspend.kind_rules import KIND_RULES
from llmspend.row_classes import CALL_KINDS
from llmspend.usage import call, normalize

CHAT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
COSTS = load_cost_map(
    {
        f"acme/{name}": {"litellm_provider": "acme", **entry}
        for name, entry in {
            "ears": {"mode": "audio_transcription", "input_cost_per_second": 0.25},
            "voice": {"mode": "audio_speech", "input_cost_per_character": 0.5},
            "pages": {"mode": "ocr", "ocr_cost_per_page": 0.5},
            "search": {"mode": "search", "input_cost_per_query": 0.125},
            "hd/1024-x-1024/painter": {"input_cost_per_image": 0.5},
            "chat": {
                **CHAT,
                "search_context_cost_per_query": {"search_context_size_medium": 0.125},
            },
            "live": {**CHAT, "mode": "realtime", "input_cost_per_second": 0.25},
            "films": {"mode": "video_generation", "output_cost_per_second": 0.5},
        }.items()
    }
)
CARD = RateCard(COSTS)
SPOKEN = {"call_type": "aspeech", "model": "acme/voice"}
HEARD = {"call_type": "atranscription", "model": "acme/ears"}
PAINTED = {
    "call_type": "aimage_generation",
    "model": "acme/painter",
    "output_images": 2,
    "image_quality": "hd",
}
ASKED = {"call_type": "acompletion", "model": "acme/chat", "prompt_tokens": 1000}
TEXT = 1000 * 1e-06

ROWS = (
    # what is in the log, cost, tool cost, where the quantity is from, how many, issue
    (SPOKEN | {"logged_spend": 6.0}, 6.0, 0.0, "implied", 12.0, None),
    (SPOKEN | {"logged_spend": 6.1}, 6.1, None, "kept", None, "quantity_not_logged"),
    (SPOKEN | {"logged_spend": 0.0}, 0.0, None, "kept", None, "quantity_not_logged"),
    (SPOKEN | {"prompt_characters": 4, "logged_spend": 6.0}, 2.0, 0.0, "logged", None, None),
    # sides before a discount, where the log has them
    (
        SPOKEN | {"logged_spend": 5.0, "logged_input_cost": 6.0, "logged_output_cost": 0.0},
        6.0,
        0.0,
        "implied",
        12.0,
        None,
    ),
    # a guardrail is no part of it
    (
        SPOKEN | {"logged_spend": 6.25, "guardrail_cost": 0.25},
        6.25,
        0.0,
        "implied",
        12.0,
        None,
    ),
    # there are parts of a second
    (HEARD | {"logged_spend": 0.3}, 0.3, 0.0, "implied", 1.2, None),
    (HEARD | {"logged_spend": None}, None, None, None, None, "unknown_quantity"),
    # a size that nobody stated chooses the price: what was spent is all that is known
    (PAINTED | {"logged_spend": 0.8, "image_quality": "hd"}, 1.0, 0.0, "logged", None, None),
    (
        PAINTED | {"logged_spend": 0.8, "image_quality": None},
        0.8,
        None,
        "kept",
        None,
        "quantity_not_logged",
    ),
    # what has no price keeps what was spent, or stays unknown
    (
        HEARD | {"model": "acme/nobody", "logged_spend": 0.3},
        0.3,
        None,
        "kept",
        None,
        "quantity_not_logged",
    ),
    (HEARD | {"model": "acme/nobody"}, None, None, None, None, "unknown_model"),
    # tools that were charged and not counted
    (ASKED | {"logged_tool_cost": 0.25}, TEXT + 0.25, 0.25, "implied", 2.0, None),
    (ASKED | {"logged_tool_cost": 0.3}, TEXT + 0.3, 0.3, "kept", None, "quantity_not_logged"),
    (
        ASKED | {"logged_tool_cost": 0.3, "web_searches": 1},
        TEXT + 0.125,
        0.125,
        "logged",
        None,
        None,
    ),
    (ASKED | {"logged_tool_cost": 0.0}, TEXT, 0.0, None, None, None),
    # so is what a session heard
    (
        ASKED | {"call_type": "_arealtime", "model": "acme/live", "logged_asr_cost": 0.3},
        TEXT + 0.3,
        0.0,
        "kept",
        None,
        "quantity_not_logged",
    ),
    # no rates apply to what was free
    (SPOKEN | {"cache_hit": True, "logged_spend": 0.0}, 0.0, 0.0, None, None, None),
)
USAGE = normalize(
    pl.DataFrame([call(provider="acme", **row) for row, *_ in ROWS], infer_schema_length=None)
)


@pytest.fixture(scope="module")
def charges():
    return price(USAGE, cost_map=CARD)


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_what_is_not_counted(charges, number):
    columns = ("cost", "tool_cost", "quantity_source", "implied_units", "issue")
    found = charges.select(columns).row(number)
    assert found == tuple(
        pytest.approx(value, rel=1e-15) if isinstance(value, float) else value
        for value in ROWS[number][1:]
    )


def test_what_is_kept_comes_from_the_log(charges):
    kept = charges.filter(pl.col("quantity_source") == "kept", pl.col("tool_cost").is_null())
    assert kept["cost"].equals(kept["logged_spend"])
    assert set(kept["cost_source"]) == {"logged"}


def test_rows_with_units_are_priced_the_same_among_others(charges):
    others = pl.concat([USAGE.head(1).with_columns(call_type=pl.lit("acompletion"))] * 3)
    mixed = price(pl.concat([others, USAGE, others]), cost_map=CARD)
    assert_frame_equal(mixed.slice(3, USAGE.height), charges, check_exact=True)
    streamed = price(USAGE.lazy(), cost_map=CARD).collect(engine="streaming")
    assert_frame_equal(streamed, charges, check_exact=True)


def test_one_call_has_no_log_to_ask():
    usage = call(provider="acme", **SPOKEN) | {"kind": "speech"}
    with pytest.raises(InputError, match="how many were there"):
        charge_one(usage, CARD)
    assert charge_one(usage | {"prompt_characters": 4}, CARD)["cost"] == 2.0


def test_discounts_are_for_some_kinds_only():
    custom = CustomPricing.of(COSTS, (), {"acme": 0.5})
    usage = normalize(
        pl.DataFrame(
            {
                "model": ["acme/ears", "acme/films"],
                "call_type": ["atranscription", "create_video"],
                "provider": "acme",
                "audio_seconds": [4.0, None],
                "video_seconds": [None, 4.0],
            }
        )
    )
    assert price(usage, cost_map=RateCard(COSTS, custom))["cost"].to_list() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("prices", "row", "cost"),
    [
        # the deployment's own prices replace the entry's, and what the provider says
        (
            {"output_cost_per_second": 1.0},
            {"call_type": "create_video", "video_seconds": 4.0, "provider_cost": 9.0},
            4.0,
        ),
        (
            {"output_cost_per_second_720p": 1.0},
            {"call_type": "create_video", "video_seconds": 4.0},
            0.0,
        ),
        # page by page
        ({"annotation_cost_per_page": 0.25}, {"call_type": "aocr", "pages": 2}, 1.0),
        (
            {"annotation_cost_per_page": 0.25},
            {"call_type": "aocr", "annotation_pages": 2},
            0.5,
        ),
        # prices per second are no prices of speech: those of the model hold
        ({"cost_per_second": 1.0}, {"call_type": "aspeech", "prompt_characters": 4}, 2.0),
    ],
)
def test_prices_of_a_deployment(prices, row, cost):
    model = {"create_video": "films", "aocr": "pages", "aspeech": "voice"}[row["call_type"]]
    deployment = complete_deployment(COSTS, {"model": f"acme/{model}", **prices}, {"id": "mine"})
    card = RateCard(COSTS, CustomPricing.of(COSTS, [deployment]))
    usage = pl.DataFrame(
        [{"model": f"acme/{model}", "provider": "acme", "model_id": "mine", **row}]
    )
    assert price(normalize(usage), cost_map=card)["cost"].to_list() == [cost]


def test_rules_are_about_kinds_and_units_that_exist():
    for rule in KIND_RULES:
        assert rule.kind in CALL_KINDS
        for group in rule.prices:
            assert {price.unit for price in group} <= UNIT_BY_NAME.keys()
            assert all(price.keys or price.usd is not None for price in group)
    keys = [(rule.kind, provider) for rule in KIND_RULES for provider in rule.providers or (None,)]
    assert len(keys) == len(set(keys))
