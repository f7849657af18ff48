"""IMAGE_RULES: how the calls of a provider that make images are priced, one row each.

Most providers charge per image or, where the usage shows tokens, per token; a few have prices by
size, quality, steps or resolution. A row says where its price is looked for, in order. Sizes,
too, are facts here: the names that a provider has for some, and the one it assumes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from llmspend.provider_rules import EVERY_COUNT, ProviderRule

ImageCall = Literal["image", "image edit", "pass-through"]
"""What a call is for its price: most are ``"image"``. Only where an adapter of the gateway states
the price of an edit itself is it an ``"image edit"``; ``"pass-through"`` is a call that the
gateway only passed on."""

PriceStep = Literal[
    "own image", "resolution", "nearest size", "megapixels", "image", "pixels", "sized key", "free"
]
"""One place to look for the price of an image, see `llmspend.image_prices`.

own image
    The deployment's own price per image.
resolution
    ``output_cost_per_image_{resolution}`` of the entry.
nearest size
    The entry ``provider/quality/{W}-x-{H}/model`` whose area is nearest.
megapixels
    ``output_cost_per_pixel``, for each begun megapixel, where width and height are known.
image
    ``output_cost_per_image`` of the entry.
pixels
    ``input_cost_per_pixel`` of the entry, or what has its size in the key.
sized key
    The first that exists of eight keys with and without quality, size and provider.
free
    Nothing.
"""

DEFAULT_SIZE: Final = "1024-x-1024"
"""The size of images where nothing states one."""

DEFAULT_QUALITY: Final = "standard"
"""The quality of images where nothing states one."""

ASSUMED_QUALITY: Final = "high"
"""The quality whose price is taken where there is none for the one stated."""

DEFAULT_STEPS: Final = 50
"""Diffusion steps of an image where nothing states them; more cost more."""

PIXELS_PER_MEGAPIXEL: Final = 1_048_576
"""A megapixel, as images are charged by it."""

IMAGE_TOKEN_RULE: Final = ProviderRule(
    "*",
    "llm_cost_calc/utils.calculate_image_response_cost_from_usage",
    reads=EVERY_COUNT - {"cache_read", "cache_creation", "cache_ttl"},
    service_tiers=False,
)
"""How the tokens of a call that makes images are priced, whoever bills it: by the formula that
most have, at standard rates, without cached input and without uplifts but that of an endpoint."""


@dataclass(frozen=True, slots=True)
class ImageRule:
    """How a provider's calls that make images are priced.

    Attributes
    ----------
    provider
        ``custom_llm_provider`` in a log, or ``"*"`` for every provider without a row.
    source
        Where in LiteLLM 1.106.2 the rule is.
    steps
        Where the price of an image is looked for; the first place that has one wins.
    call
        The calls it is for.
    names
        What the names of its models have in them; None is for all others.
    key
        The form in which a name is looked up, empty where only keys with a size count.
    tokens_win
        Whether a call with any token in its usage is charged by tokens instead.
    own_prices
        Whether prices of a deployment's own are laid over the entry.
    endpoint_uplift
        Whether ``regional_endpoint_uplift_multiplier`` scales it outside ``global``.
    usd_per_search
        What a search that grounds an image costs where the entry does not say; None: searches
        cost nothing.
    sizes
        Names of sizes → width and height.
    default_size
        Width and height that prices by nearest size assume.
    unstated_quality
        Spellings of a quality that leave it open; `ASSUMED_QUALITY` is then meant.
    once
        Whether a call costs one image, however many it makes.
    """

    provider: str
    source: str
    steps: tuple[PriceStep, ...]
    call: ImageCall = "image"
    names: re.Pattern[str] | None = None
    key: str = "{name}"
    tokens_win: bool = False
    own_prices: bool = True
    endpoint_uplift: bool = False
    usd_per_search: float | None = None
    sizes: tuple[tuple[str, tuple[int, int]], ...] = ()
    default_size: tuple[int, int] = (1024, 1024)
    unstated_quality: tuple[str, ...] = ()
    once: bool = False


_ROUTE: Final = "llm_cost_calc/utils.route_image_generation_cost_calculator: "

IMAGE_RULES: tuple[ImageRule, ...] = (
    ImageRule("*", "cost_calculator.default_image_cost_calculator", ("sized key",), key=""),
    ImageRule(
        "gemini",
        "llms/gemini/image_generation/cost_calculator.py; image_edit is the same",
        ("image", "free"),
        tokens_win=True,
        usd_per_search=0.035,
    ),
    ImageRule(
        "vertex_ai",
        "llms/vertex_ai/image_generation/cost_calculator.py",
        ("image", "free"),
        tokens_win=True,
        endpoint_uplift=True,
        usd_per_search=0.035,
    ),
    ImageRule(
        "azure_ai",
        "llms/azure_ai/image_generation/cost_calculator.py",
        ("image", "pixels", "free"),
        tokens_win=True,
    ),
    *(
        ImageRule(
            provider,
            "llms/openai/image_generation/cost_calculator.py",
            ("free",),
            names=re.compile("(?i)gpt-image"),
            tokens_win=True,
        )
        for provider in ("openai", "azure")
    ),
    *(
        ImageRule(provider, f"{_ROUTE}{provider}", ("image", "free"))
        for provider in ("recraft", "aiml", "cometapi", "runwayml")
    ),
    ImageRule(
        "bedrock",
        "llms/bedrock/image_generation: titan, nova canvas, stability 3",
        ("image", "free"),
        names=re.compile(r"amazon\.titan|amazon\.nova-canvas|sd3|stable-image"),
        own_prices=False,
    ),
    ImageRule(
        "bedrock",
        "llms/bedrock/image_generation/amazon_stability1_transformation.py",
        ("image", "free"),
        key="{size}/{steps}/{name}",
        own_prices=False,
    ),
    ImageRule(
        "bedrock",
        "llms/bedrock/image_edit/amazon_nova_canvas_image_edit_transformation.py",
        ("image",),
        call="image edit",
        names=re.compile(r"amazon\.nova-canvas"),
        own_prices=False,
    ),
    *(
        ImageRule(
            provider,
            source,
            ("image",),
            call="image edit",
            own_prices=False,
            once=True,
        )
        for provider, source in (
            ("bedrock", "llms/bedrock/image_edit/stability_transformation.py"),
            ("stability", "llms/stability/image_edit/transformations.py"),
        )
    ),
    ImageRule(
        "fal_ai",
        "llms/fal_ai/cost_calculator.py cost_calculator",
        ("own image", "resolution", "nearest size", "megapixels", "image", "free"),
        sizes=(
            ("square_hd", (1024, 1024)),
            ("square", (512, 512)),
            ("portrait_4_3", (768, 1024)),
            ("portrait_16_9", (576, 1024)),
            ("landscape_4_3", (1024, 768)),
            ("landscape_16_9", (1024, 576)),
        ),
        default_size=(1024, 768),
        unstated_quality=("auto",),
    ),
    ImageRule(
        "fal_ai",
        "llms/fal_ai/cost_calculator.py fal_ai_passthrough_cost",
        ("resolution", "image"),
        call="pass-through",
        own_prices=False,
    ),
)
"""Every provider with a rule of its own; of a provider's rows the first that fits is taken."""


def image_rule(provider: str, name: str, call: ImageCall = "image") -> ImageRule:
    """Return the rule that prices the images of a model.

    Parameters
    ----------
    provider
        Who bills.
    name
        The model's name.
    call
        What the call is.

    Returns
    -------
    ImageRule
        A row of the provider, for this call or else for any; the row ``"*"`` where it has none.

    Examples
    --------
    >>> image_rule("openai", "dall-e-3").provider, image_rule("openai", "gpt-image-1").steps
    ('*', ('free',))
    """
    for wanted in dict.fromkeys((call, "image")):
        for rule in IMAGE_RULES:
            is_its = rule.provider == provider and rule.call == wanted
            if is_its and (rule.names is None or rule.names.search(name)):
                return rule
    return IMAGE_RULES[0]
