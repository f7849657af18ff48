"""What an image costs, by rule: on fictional models of the providers that have one."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from llmspend.image_keys import dimensions
from llmspend.image_prices import ImagePriceBook, ImageRequest
from llmspend.image_rules import (
    ASSUMED_QUALITY,
    DEFAULT_SIZE,
    IMAGE_RULES,
    IMAGE_TOKEN_RULE,
    image_rule,
)
from llmspend.rate_table import compile_rates

SEARCHES = {"search_context_size_medium": 0.014}
COSTS = {
    # keys with sizes, for the providers without a rule of their own
    "hd/acme/512-x-512/painter": {"output_cost_per_image": 0.02},
    "acme/low/512-x-512/painter": {"output_cost_per_image": 0.03},
    "acme/1024-x-1024/painter": {"input_cost_per_pixel": 1e-08},
    "high/acme/64-x-64/painter": {"input_cost_per_image": 0.05, "output_cost_per_image": 9.0},
    "hd/32-x-32/painter": {"output_cost_per_image": 0.06},
    "16-x-16/painter": {"output_cost_per_image": 0.0},
    "standard/acme/8-x-8/painter": {"output_cost_per_image": 0.01},
    "acme/drawer": {"output_cost_per_image": 0.07},
    "sketcher": {"output_cost_per_image": 0.08},
    "acme/unpriced": {"mode": "image_generation"},
    # entries
    "gemini/painter": {"output_cost_per_image": 0.1},
    "gemini/asker": {
        "output_cost_per_image": 0.1,
        "search_context_cost_per_query": SEARCHES,
        "web_search_billing_unit": "per_query",
    },
    "vertex_ai/painter": {
        "litellm_provider": "vertex_ai-image-models",
        "output_cost_per_image": 0.1,
        "regional_endpoint_uplift_multiplier": 1.5,
    },
    "azure_ai/painter": {"output_cost_per_image": 0.1, "input_cost_per_pixel": 1.0},
    "azure_ai/pixels": {"input_cost_per_pixel": 1e-08},
    "azure_ai/zero": {"output_cost_per_image": 0.0, "input_cost_per_pixel": 1e-08},
    "azure_ai/tokens": {"output_cost_per_token": 1e-05},
    "gpt-image-9": {"litellm_provider": "openai", "output_cost_per_image_token": 4e-05},
    "high/1024-x-1024/gpt-image-9": {"output_cost_per_image": 0.2},
    "recraft/painter": {"output_cost_per_image": 0.1},
    "recraft/unpriced": {"mode": "image_generation"},
    # by size and steps
    "amazon.titan-painter": {"litellm_provider": "bedrock", "output_cost_per_image": 0.01},
    "amazon.nova-canvas-v9": {"litellm_provider": "bedrock", "output_cost_per_image": 0.06},
    "stability.stable-edit-v1": {"litellm_provider": "bedrock", "output_cost_per_image": 0.6},
    "512-x-512/50-steps/old.diffusion": {
        "litellm_provider": "bedrock",
        "output_cost_per_image": 0.018,
    },
    "1024-x-1024/max-steps/old.diffusion": {
        "litellm_provider": "bedrock",
        "output_cost_per_image": 0.08,
    },
    "stability/eraser": {"output_cost_per_image": 0.005},
    "stability/unpriced": {"mode": "image_edit"},
    "stability/counter": {"input_cost_per_image": 0.3},
    # by resolution, nearest size and megapixels
    "fal_ai/painter": {
        "output_cost_per_image": 0.1,
        "output_cost_per_image_2K": 0.2,
        "output_cost_per_image_512": 0.0,
    },
    "fal_ai/pixels": {"output_cost_per_image": 0.1, "output_cost_per_pixel": 1e-08},
    "fal_ai/drawer": {"output_cost_per_image": 9.0, "output_cost_per_pixel": 1.0},
    "fal_ai/high/1024-x-768/drawer": {"output_cost_per_image": 0.1},
    "fal_ai/high/1024-x-1024/drawer": {"output_cost_per_image": 0.12},
    "fal_ai/high/768-x-1024/drawer": {"output_cost_per_image": 0.11},
    "fal_ai/high/512-x-512/drawer": {"output_cost_per_image": 0.04},
    "fal_ai/high/2048-x-2048/drawer": {"output_cost_per_image": 0.4},
    "fal_ai/low/512-x-512/drawer": {"output_cost_per_image": 0.01},
}
BOOK = ImagePriceBook(COSTS)
EDITOR, CANVAS = "stability.stable-edit-v1", "amazon.nova-canvas-v9"
SMALL, LARGE = "512-x-512/50-steps/old.diffusion", "1024-x-1024/max-steps/old.diffusion"


def asked(**request: object) -> ImageRequest:
    return ImageRequest(**request)


HD, LOW = "hd/acme/512-x-512/painter", "acme/low/512-x-512/painter"
MEGAPIXEL = 1024 * 1024


@pytest.mark.parametrize(
    ("name", "request_", "key", "usd"),
    [
        # the eight keys, in their order
        ("acme/painter", asked(size="512x512", quality="hd"), HD, 0.02),
        ("acme/painter", asked(size="512x512", quality="low"), LOW, 0.03),
        ("painter", asked(size="512-x-512", quality="low"), LOW, 0.03),
        ("acme/painter", asked(), "acme/1024-x-1024/painter", 1e-08 * MEGAPIXEL),
        ("acme/painter", asked(quality="dim"), "acme/1024-x-1024/painter", 1e-08 * MEGAPIXEL),
        ("acme/painter", asked(size="64x64", quality="dim"), "high/acme/64-x-64/painter", 0.05),
        ("acme/painter", asked(size="32x32", quality="hd"), "hd/32-x-32/painter", 0.06),
        ("else/painter", asked(size="16x16"), "16-x-16/painter", 0.0),
        ("acme/painter", asked(size="8x8"), "standard/acme/8-x-8/painter", 0.01),
        ("acme/drawer", asked(size="7x7"), "acme/drawer", 0.07),
        ("acme/sketcher", asked(), "sketcher", 0.08),
        ("acme/drawer", asked(call="image edit"), "acme/drawer", 0.07),
        # a size that is none, an entry without a price, a name without an entry: LiteLLM raises
        ("acme/drawer", asked(size="2K"), None, None),
        ("acme/drawer", asked(size="auto"), None, None),
        ("acme/drawer", asked(size="max-x-max"), None, None),
        ("acme/drawer", asked(size="9" * 5000 + "x1"), None, None),
        ("acme/unpriced", asked(), None, None),
        ("acme/nobody", asked(), None, None),
        ("acme/gpt-image-9", asked(quality="high"), "high/1024-x-1024/gpt-image-9", 0.2),
    ],
)
def test_price_by_keys_that_state_a_size(name, request_, key, usd):
    assert_price(BOOK.price(name, "acme", request_), key, usd)


@pytest.mark.parametrize(
    ("name", "provider", "request_", "key", "usd"),
    [
        # per image
        ("gemini/painter", "gemini", asked(size="2K"), "gemini/painter", 0.1),
        ("painter", "gemini", asked(call="image edit"), "gemini/painter", 0.1),
        ("recraft/painter", "recraft", asked(), "recraft/painter", 0.1),
        ("recraft/unpriced", "recraft", asked(), "recraft/unpriced", 0.0),
        ("recraft/nobody", "recraft", asked(), None, None),
        # per pixel, only where there is no price per image
        ("painter", "azure_ai", asked(), "azure_ai/painter", 0.1),
        ("pixels", "azure_ai", asked(size="10x20"), "azure_ai/pixels", 2e-06),
        ("pixels", "azure_ai", asked(size="9x9", width=10, height=20), "azure_ai/pixels", 2e-06),
        ("pixels", "azure_ai", asked(size="10x20", width=10), "azure_ai/pixels", 2e-06),
        ("pixels", "azure_ai", asked(size="2K"), "azure_ai/pixels", None),
        ("zero", "azure_ai", asked(size="2K"), "azure_ai/zero", None),
        ("tokens", "azure_ai", asked(), "azure_ai/tokens", 0.0),
        # only tokens: keys with a size are not reached
        ("gpt-image-9", "openai", asked(quality="high"), "gpt-image-9", 0.0),
        ("GPT-Image-9", "openai", asked(), "gpt-image-9", 0.0),
        ("gpt-image-10", "openai", asked(), None, None),
        # by size as it was spelled, and steps
        ("amazon.titan-painter", "bedrock", asked(size="8x8"), "amazon.titan-painter", 0.01),
        ("old.diffusion", "bedrock", asked(size="512-x-512"), SMALL, 0.018),
        ("old.diffusion", "bedrock", asked(size="512x512"), None, None),
        ("old.diffusion", "bedrock", asked(steps=51), LARGE, 0.08),
        ("old.diffusion", "bedrock", asked(steps=50), None, None),
        # by resolution, in its case
        ("fal_ai/painter", "fal_ai", asked(resolution="2K"), "fal_ai/painter", 0.2),
        ("painter", "fal_ai", asked(resolution="512"), "fal_ai/painter", 0.0),
        ("painter", "fal_ai", asked(resolution="2k"), "fal_ai/painter", 0.1),
        # by megapixels that were begun
        ("pixels", "fal_ai", asked(width=1024, height=1024), "fal_ai/pixels", 1e-08 * MEGAPIXEL),
        ("pixels", "fal_ai", asked(width=1025, height=1024), "fal_ai/pixels", 2e-08 * MEGAPIXEL),
        ("pixels", "fal_ai", asked(size="1025x1024"), "fal_ai/pixels", 0.1),
        # what was only passed on knows no sizes
        ("drawer", "fal_ai", asked(call="pass-through"), "fal_ai/drawer", 9.0),
        ("painter", "fal_ai", asked(resolution="2K", call="pass-through"), "fal_ai/painter", 0.2),
        # edits that an adapter prices
        (EDITOR, "bedrock", asked(call="image edit"), EDITOR, 0.6),
        (EDITOR, "bedrock", asked(), None, None),
        (CANVAS, "bedrock", asked(call="image edit"), CANVAS, 0.06),
        ("eraser", "stability", asked(call="image edit"), "stability/eraser", 0.005),
        ("unpriced", "stability", asked(call="image edit"), None, None),
        ("stability/counter", "stability", asked(call="image edit"), "stability/counter", 0.3),
    ],
)
def test_price_by_a_rule_of_the_provider(name, provider, request_, key, usd):
    assert_price(BOOK.price(name, provider, request_), key, usd)


@pytest.mark.parametrize(
    ("request_", "key", "usd"),
    [
        # what was made, else what was asked for, else what is usual
        (asked(size="square", width=1920, height=1920), "high/2048-x-2048/drawer", 0.4),
        (asked(width=640, height=640), "high/512-x-512/drawer", 0.04),
        (asked(size="square"), "high/512-x-512/drawer", 0.04),
        (asked(size="1920x1088"), "high/1024-x-1024/drawer", 0.12),
        (asked(), "high/1024-x-768/drawer", 0.1),
        (asked(quality="auto", size="auto"), "high/1024-x-768/drawer", 0.1),
        (asked(size="nonsense"), "high/1024-x-768/drawer", 0.1),
        (asked(size="0x512"), "high/1024-x-768/drawer", 0.1),
        (asked(width=0, height=512), "high/1024-x-768/drawer", 0.1),
        (asked(quality="low", size="square_hd"), "low/512-x-512/drawer", 0.01),
        (asked(quality="medium"), "drawer", 9.0),
    ],
)
def test_price_by_the_nearest_size(request_, key, usd):
    assert_price(BOOK.price("drawer", "fal_ai", request_), f"fal_ai/{key}", usd)


def assert_price(found, key, usd):
    if key is None:
        assert found is None
    else:
        assert (found.key, found.usd_per_image) == (key, usd)


@pytest.mark.parametrize(
    ("name", "provider", "request_", "once"),
    [
        (EDITOR, "bedrock", asked(call="image edit"), True),
        ("eraser", "stability", asked(call="image edit"), True),
        (CANVAS, "bedrock", asked(call="image edit"), False),
        (CANVAS, "bedrock", asked(), False),
        ("stability/eraser", "stability", asked(), False),
    ],
)
def test_some_edits_cost_one_image_however_many_they_make(name, provider, request_, once):
    assert BOOK.price(name, provider, request_).once is once


@pytest.mark.parametrize(
    ("name", "provider", "location", "uplift", "usd_per_search", "once"),
    [
        ("painter", "gemini", None, 1.0, 0.035, True),
        ("asker", "gemini", "us-east1", 1.0, 0.014, False),
        ("vertex_ai/painter", "vertex_ai", "us-east1", 1.5, 0.035, True),
        ("vertex_ai/painter", "vertex_ai", "Global", 1.0, 0.035, True),
        ("vertex_ai/painter", "vertex_ai", None, 1.0, 0.035, True),
        ("recraft/painter", "recraft", "us-east1", 1.0, 0.0, False),
    ],
)
def test_searches_and_regions(name, provider, location, uplift, usd_per_search, once):
    found = BOOK.price(name, provider, asked(vertex_location=location))
    assert found[-4:-1] == (uplift, usd_per_search, once)


E = {"output_cost_per_image": 0.7, "input_cost_per_image": "0.5", "input_cost_per_pixel": 1e-08}
TOKENS = {"input_cost_per_token": 1e-06}


@pytest.mark.parametrize(
    ("name", "provider", "own", "usd", "tokens_win"),
    [
        # the default rule: the deployment's prices come first, in the order of the entry's
        ("acme/drawer", "acme", {"output_cost_per_image": 0.7}, 0.7, False),
        ("acme/drawer", "acme", E, 0.5, False),
        ("acme/nobody", "acme", E, 0.5, False),
        ("acme/nobody", "acme", TOKENS, None, False),
        ("acme/drawer", "acme", TOKENS, 0.07, False),
        # laid over the entry
        ("gemini/painter", "gemini", {"output_cost_per_image": 0.7}, 0.7, True),
        ("gemini/painter", "gemini", {"output_cost_per_image": "dear"}, 0.1, True),
        ("gemini/painter", "gemini", {"output_cost_per_image": None}, 0.1, True),
        ("recraft/unpriced", "recraft", {"input_cost_per_image": 0.5}, 0.0, False),
        ("azure_ai/painter", "azure_ai", {"output_cost_per_image": 0.0}, 0.0, True),
        ("azure_ai/pixels", "azure_ai", {"input_cost_per_pixel": 2.0}, 2.0 * MEGAPIXEL, True),
        ("azure_ai/pixels", "azure_ai", {"input_cost_per_image": 0.5}, 0.5, True),
        # of a model that nobody else knows, tokens win only if they have a price
        ("gemini/nobody", "gemini", {"output_cost_per_image": 0.7}, 0.7, False),
        ("gemini/nobody", "gemini", TOKENS, 0.0, True),
        # ignored
        ("gpt-image-9", "openai", {"output_cost_per_image": 0.7}, 0.0, True),
        ("amazon.titan-painter", "bedrock", {"output_cost_per_image": 0.7}, 0.01, False),
        ("fal_ai/painter", "fal_ai", {"input_cost_per_image": 0.5}, 0.1, False),
        # before everything
        ("fal_ai/drawer", "fal_ai", {"output_cost_per_image": 0.7}, 0.7, False),
    ],
)
def test_prices_of_a_deployment(name, provider, own, usd, tokens_win):
    found = BOOK.price(name, provider, own_prices=own)
    if usd is None:
        assert found is None
    else:
        assert (found.usd_per_image, found.tokens_win) == (usd, tokens_win)


def test_the_tokens_of_a_deployment_are_charged_by_the_entry_and_its_own_prices():
    found = BOOK.price("azure_ai/tokens", "azure_ai", own_prices=TOKENS)
    assert dict(found.entry) == {**COSTS["azure_ai/tokens"], **TOKENS}
    assert BOOK.price("recraft/painter", "recraft", own_prices=TOKENS).entry is None


def test_the_first_name_that_has_a_price_is_taken():
    names = ["acme/nobody", "sketcher", "acme/drawer"]
    assert BOOK.first_price(names, "acme").key == "sketcher"
    assert BOOK.first_price(["acme/nobody"], "acme") is None
    assert BOOK.first_price([], "acme") is None


@pytest.mark.parametrize(
    ("request_", "how"),
    [
        (asked(size="512x512", quality="hd"), "quality and size"),
        (asked(), "size"),
        (asked(size="64x64"), "size, quality assumed"),
    ],
)
def test_it_says_how_the_price_was_found(request_, how):
    assert BOOK.price("acme/painter", "acme", request_).resolved_by == how


def test_of_two_sizes_as_near_the_smaller_is_taken_and_of_two_as_large_the_first():
    near = {
        "acme/high/20-x-10/p": {"output_cost_per_image": 2.0},
        "acme/high/10-x-10/p": {"output_cost_per_image": 1.0},
        "acme/high/5-x-20/p": {"output_cost_per_image": 3.0},
        "acme/high/0-x-20/p": {"output_cost_per_image": 4.0},
        "acme/high/15-x-10/p": {"mode": "image_generation"},
    }
    keys = ImagePriceBook(near)._keys
    assert keys.nearest("p", "acme", (15, 10), "high").key == "acme/high/10-x-10/p"
    assert keys.nearest("p", "acme", (1, 1), "high").key == "acme/high/10-x-10/p"
    assert keys.nearest("p", "acme", (15, 10), "low") is None


def test_tokens_are_charged_at_standard_rates_without_cached_input():
    entry = {
        "input_cost_per_token": 1e-06,
        "input_cost_per_token_flex": 9.0,
        "input_cost_per_image_token": 3e-06,
        "cache_read_input_token_cost": 9.0,
        "output_cost_per_image_token": 5e-05,
    }
    table = compile_rates(entry, IMAGE_TOKEN_RULE, "acme/painter")
    (rates,), (switches,) = table.rows, table.switches
    assert [rates[meter] for meter in ("input_tokens", "image_input_tokens")] == [1e-06, 3e-06]
    assert rates["image_output_tokens"] == 5e-05
    assert not any(switches[f"reads_cache_{what}"] for what in ("read", "creation", "ttl"))
    assert all(switches[f"reads_{what}_details"] for what in ("input", "output"))


def test_every_rule_can_be_reached():
    for rule in IMAGE_RULES[1:]:
        names = ["amazon.titan", "amazon.nova-canvas-v1:0", "gpt-image-1", "painter"]
        reached = [image_rule(rule.provider, name, rule.call) for name in names]
        assert rule in reached


def test_rules_name_what_the_cost_map_has():
    costs = load_cost_map()
    book = ImagePriceBook(costs.entries)
    assert dimensions(DEFAULT_SIZE)
    sized = {quality for _, quality, _ in book._keys._by_size}
    assert ASSUMED_QUALITY in sized
    for provider in {rule.provider for rule in IMAGE_RULES[1:]}:
        assert provider in costs.providers
