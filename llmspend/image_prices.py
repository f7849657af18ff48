"""What an image costs: the entry of the cost map and USD per image of a call that makes some.

`ImagePriceBook` answers for one name and one set of size, quality …: that is the small side, so
it is plain Python. The rules are the rows of `llmspend.image_rules`.

The columns of usage that choose a price (`ImageRequest`) are taken verbatim, in their case:

``image_size``
    What the response says, else what was asked for if it reads ``1024x1024`` or ``1024-x-1024``
    (any other request, such as ``auto``, states no size). For a provider with names of sizes: what
    was asked for as its own parameter, ``{"width": …, "height": …}`` being ``1920x1088``.
``image_quality``
    What the response says, else what was asked for; for a provider whose images are priced by the
    nearest size only the latter.
``image_width``, ``image_height``
    What the provider says of the images that it made; where it charges by input pixels, what was
    asked for as such.
``image_steps``, ``image_resolution``
    What was asked for.

Where `ImagePrice.tokens_win`, a call with any token in its usage is charged by tokens instead, at
the rates of `ImagePrice.entry` as `llmspend.image_rules.IMAGE_TOKEN_RULE` reads them. Its output
counts as image tokens where the provider did not split it.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.entries import as_rate
from llmspend.entry_finder import EntryFinder, Found
from llmspend.image_keys import KeyedPrice, SizedKeys, dimensions
from llmspend.image_rules import (
    ASSUMED_QUALITY,
    DEFAULT_QUALITY,
    DEFAULT_SIZE,
    DEFAULT_STEPS,
    PIXELS_PER_MEGAPIXEL,
    ImageCall,
    image_rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llmspend.entry_finder import PricesBy
    from llmspend.image_rules import ImageRule, PriceStep

_TOKEN_KEYS: Final = (
    "input_cost_per_token",
    "output_cost_per_token",
    "input_cost_per_image_token",
    "output_cost_per_image_token",
)
"""Any of these makes a table of own prices one that prices tokens."""


class ImageRequest(NamedTuple):
    """What chooses the price of an image, besides the model; None where nothing says.

    Attributes
    ----------
    size, quality, steps, resolution, width, height
        Columns of usage, without their ``image_``.
    vertex_location
        Column of usage; never assumed, as LiteLLM does for tokens of chat.
    call
        What the call is.
    """

    size: str | None = None
    quality: str | None = None
    steps: int | None = None
    resolution: str | None = None
    width: int | None = None
    height: int | None = None
    vertex_location: str | None = None
    call: ImageCall = "image"


_PLAIN: Final = ImageRequest()


class ImagePrice(NamedTuple):
    """What the images of a call cost.

    Attributes
    ----------
    key
        The cost-map key, None where no entry gives the price.
    resolved_by
        How it was found.
    usd_per_image
        USD per image, uplift not included; a price per pixel is multiplied already. None: only
        tokens have a price.
    entry
        The rates of tokens: the entry, with a deployment's own prices laid over it; None where
        tokens have none.
    tokens_win
        Whether a call with any token in its usage is charged by tokens instead.
    once
        Whether a call costs one image, however many it makes.
    uplift
        What scales images and tokens, but not searches.
    usd_per_search
        What one of ``web_searches`` costs.
    searches_once
        Whether any number of them costs one.
    prices_by
        ``"entry"``, or what else makes the model known: it then costs nothing.
    """

    key: str | None
    resolved_by: str
    usd_per_image: float | None
    entry: Mapping[str, Any] | None
    tokens_win: bool = False
    once: bool = False
    uplift: float = 1.0
    usd_per_search: float = 0.0
    searches_once: bool = False
    prices_by: PricesBy = "entry"


class _Question(NamedTuple):
    """What the steps of a rule look a price up for."""

    name: str
    provider: str
    request: ImageRequest
    rule: ImageRule
    found: Found | None
    entry: Mapping[str, Any]
    own: Mapping[str, Any]

    @property
    def bare(self) -> str:
        """The name without provider."""
        return self.name.removeprefix(f"{self.provider}/")

    def rate(self, key: str) -> float | None:
        """Return a rate of the entry."""
        return as_rate(self.entry.get(key))

    def at(self, usd: float) -> KeyedPrice:
        """Return a price that the entry gives."""
        key, how = (self.found.key, self.found.how) if self.found else (None, "deployment")
        return KeyedPrice(key, how, usd)


class ImagePriceBook:
    """The prices of images in a cost map.

    Parameters
    ----------
    entries
        Key → entry.
    finder
        Who looks names up; None for one of `entries` alone.

    Examples
    --------
    >>> costs = {
    ...     "acme/1024-x-1024/painter": {"input_cost_per_pixel": 1e-08},
    ...     "hd/acme/512-x-512/painter": {"output_cost_per_image": 0.02},
    ... }
    >>> book = ImagePriceBook(costs)
    >>> book.price("acme/painter", "acme").usd_per_image
    0.01048576
    >>> book.price("acme/painter", "acme", ImageRequest(size="512x512", quality="hd"))[:3]
    ('hd/acme/512-x-512/painter', 'quality and size', 0.02)
    """

    def __init__(
        self, entries: Mapping[str, Mapping[str, Any]], finder: EntryFinder | None = None
    ) -> None:
        self._entries = entries
        self._finder = finder or EntryFinder(entries, {key.lower(): key for key in entries}, ())
        self._keys = SizedKeys(entries)

    def first_price(
        self,
        names: Iterable[str],
        provider: str,
        request: ImageRequest = _PLAIN,
        own_prices: Mapping[str, Any] | None = None,
    ) -> ImagePrice | None:
        """Find the price by the first of some names that has one.

        Parameters
        ----------
        names
            Of the model, best first.
        provider, request, own_prices
            As for `price`.

        Returns
        -------
        ImagePrice or None
            None where no name has one.
        """
        prices = (self.price(name, provider, request, own_prices) for name in names)
        return next((price for price in prices if price is not None), None)

    def price(
        self,
        name: str,
        provider: str,
        request: ImageRequest = _PLAIN,
        own_prices: Mapping[str, Any] | None = None,
    ) -> ImagePrice | None:
        """Find what the images of a call cost.

        Parameters
        ----------
        name
            Of the model, with or without provider.
        provider
            Who bills.
        request
            Size, quality …
        own_prices
            What the deployment itself says that it costs.

        Returns
        -------
        ImagePrice or None
            None where nothing prices it: LiteLLM raises.
        """
        rule = image_rule(provider, name, request.call)
        own = _rates(own_prices) if own_prices and rule.own_prices else {}
        found = self._found(name, provider, request, rule)
        mapped = self._entries[found.key] if found and found.key is not None else {}
        question = _Question(name, provider, request, rule, found, {**mapped, **own}, own)
        priced = next(filter(None, (_STEPS[step](self, question) for step in rule.steps)), None)
        tokens_win = rule.tokens_win and (
            found is not None or any(key in own for key in _TOKEN_KEYS)
        )
        if priced is None and not tokens_win:
            # an adapter without a price of its own leaves the edit to the gateway
            is_left = rule.call == request.call == "image edit"
            plain = request._replace(call="image")
            return self.price(name, provider, plain, own_prices) if is_left else None
        key, how, _ = priced or question.at(0.0)
        return ImagePrice(
            key,
            how,
            priced.usd if priced else None,
            question.entry if tokens_win else None,
            tokens_win,
            rule.once,
            _uplift(question),
            *_search_price(question),
            found.prices_by if found else "entry",
        )

    def _found(
        self, name: str, provider: str, request: ImageRequest, rule: ImageRule
    ) -> Found | None:
        """Look a name up in the form that the rule gives it."""
        if not rule.key:
            return None
        steps = DEFAULT_STEPS if request.steps is None else request.steps
        form = rule.key.format(
            name=name,
            size=request.size or DEFAULT_SIZE,
            steps="max-steps" if steps > DEFAULT_STEPS else f"{DEFAULT_STEPS}-steps",
        )
        return self._finder.find(form, provider)

    # -- steps: where a price is looked for

    def _own_image(self, q: _Question) -> KeyedPrice | None:
        usd = q.own.get("output_cost_per_image")
        return None if usd is None else KeyedPrice(None, "deployment", usd)

    def _by_resolution(self, q: _Question) -> KeyedPrice | None:
        if q.request.resolution is None:
            return None
        key = f"{q.provider}/{q.bare}"
        rate_key = f"output_cost_per_image_{q.request.resolution}"
        usd = as_rate(self._entries.get(key, {}).get(rate_key))
        return None if usd is None else KeyedPrice(key, "resolution", usd)

    def _by_nearest_size(self, q: _Question) -> KeyedPrice | None:
        quality = q.request.quality
        if quality is None or quality in q.rule.unstated_quality:
            quality = ASSUMED_QUALITY
        size = _made(q.request) or _asked(q.request, q.rule) or q.rule.default_size
        return self._keys.nearest(q.bare, q.provider, size, quality)

    def _by_megapixels(self, q: _Question) -> KeyedPrice | None:
        usd, made = q.rate("output_cost_per_pixel"), _made(q.request)
        if usd is None or made is None:
            return None
        begun = ceil(made[0] * made[1] / PIXELS_PER_MEGAPIXEL)
        return q.at(usd * PIXELS_PER_MEGAPIXEL * begun)

    def _by_image(self, q: _Question) -> KeyedPrice | None:
        usd = q.rate("output_cost_per_image")
        is_left = usd == 0 and _has_pixels(q)
        return None if usd is None or is_left else q.at(usd)

    def _by_pixels(self, q: _Question) -> KeyedPrice | None:
        if not _has_pixels(q):
            return None
        made = _made(q.request)
        name = q.found.key if q.found and q.found.key else q.name
        size = f"{made[0]}x{made[1]}" if made else q.request.size
        return self._keys.first(name, q.provider, size, None, q.own)

    def _by_sized_key(self, q: _Question) -> KeyedPrice | None:
        quality = q.request.quality or DEFAULT_QUALITY
        return self._keys.first(q.name, q.provider, q.request.size, quality, q.own)

    def _free(self, q: _Question) -> KeyedPrice | None:
        # pixels of no known size are not free
        is_known = q.found is not None or q.own
        return q.at(0.0) if is_known and not _has_pixels(q) else None


_STEPS: Final[Mapping[PriceStep, Callable[[ImagePriceBook, _Question], KeyedPrice | None]]] = {
    "own image": ImagePriceBook._own_image,  # noqa: SLF001 - a table of its own methods
    "resolution": ImagePriceBook._by_resolution,  # noqa: SLF001
    "nearest size": ImagePriceBook._by_nearest_size,  # noqa: SLF001
    "megapixels": ImagePriceBook._by_megapixels,  # noqa: SLF001
    "image": ImagePriceBook._by_image,  # noqa: SLF001
    "pixels": ImagePriceBook._by_pixels,  # noqa: SLF001
    "sized key": ImagePriceBook._by_sized_key,  # noqa: SLF001
    "free": ImagePriceBook._free,  # noqa: SLF001
}


def _rates(prices: Mapping[str, Any]) -> dict[str, float]:
    """Keep what is a number: LiteLLM ignores a price that it cannot read."""
    read = {key: as_rate(value) for key, value in prices.items()}
    return {key: rate for key, rate in read.items() if rate is not None}


def _has_pixels(q: _Question) -> bool:
    """Tell whether the entry charges for pixels, and the provider goes by that."""
    return "pixels" in q.rule.steps and bool(q.rate("input_cost_per_pixel"))


def _made(request: ImageRequest) -> tuple[int, int] | None:
    """Return width and height where both are known."""
    width, height = request.width or 0, request.height or 0
    return (width, height) if width > 0 and height > 0 else None


def _asked(request: ImageRequest, rule: ImageRule) -> tuple[int, int] | None:
    """Return width and height of the size that was asked for, where it is one."""
    size = dict(rule.sizes).get(request.size or "") or dimensions(request.size)
    return size if size and all(size) else None


def _search_price(q: _Question) -> tuple[float, bool]:
    """Say what a search costs, and whether any number of them costs one."""
    if q.rule.usd_per_search is None:
        return 0.0, False
    sizes = q.entry.get("search_context_cost_per_query")
    medium = sizes.get("search_context_size_medium") if isinstance(sizes, dict) else None
    usd, unit = as_rate(medium), q.entry.get("web_search_billing_unit") or "per_prompt"
    return q.rule.usd_per_search if usd is None else usd, unit == "per_prompt"


def _uplift(q: _Question) -> float:
    """Find what a region's endpoint adds, at a location that was stated."""
    location = q.request.vertex_location
    uplift = q.rate("regional_endpoint_uplift_multiplier")
    is_regional = location is not None and location.lower() != "global"
    return uplift if q.rule.endpoint_uplift and is_regional and uplift is not None else 1.0
