"""Entries of the cost map whose key states the size of an image, and which one a call is priced by.

Such keys come in eight forms, ``hd/acme/1024-x-1024/painter`` or ``1024-x-1024/painter`` …: LiteLLM
tries them in an order, or takes the entry whose area is nearest.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.entries import as_rate
from llmspend.image_rules import ASSUMED_QUALITY, DEFAULT_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIZED_KEY: Final = re.compile(r"([^/]+)/([^/]+)/(\d{1,9})-x-(\d{1,9})/(.+)")
"""provider/quality/width-x-height/model."""

_DIMENSIONS: Final = re.compile(r"(\d{1,9})(?:x|-x-)(\d{1,9})")


class KeyedPrice(NamedTuple):
    """The price of an image by a key.

    Attributes
    ----------
    key
        Of the cost map; None where it is a price of the deployment's own.
    how
        How it was found.
    usd
        USD per image.
    """

    key: str | None
    how: str
    usd: float


def dimensions(size: str | None) -> tuple[int, int] | None:
    """Read width and height from a size.

    Parameters
    ----------
    size
        As logged.

    Returns
    -------
    tuple of int or None
        None where it is not a size in pixels.

    Examples
    --------
    >>> dimensions("1024x768"), dimensions("512-x-512"), dimensions("2K")
    ((1024, 768), (512, 512), None)
    """
    found = _DIMENSIONS.fullmatch(size or "")
    return (int(found[1]), int(found[2])) if found else None


class SizedKeys:
    """The keys of a cost map that state a size.

    Parameters
    ----------
    entries
        Key → entry.

    Examples
    --------
    >>> keys = SizedKeys({"acme/hd/512-x-512/painter": {"output_cost_per_image": 0.02}})
    >>> keys.first("acme/painter", "acme", "512x512", "hd")
    KeyedPrice(key='acme/hd/512-x-512/painter', how='quality and size', usd=0.02)
    >>> keys.nearest("painter", "acme", (640, 480), "hd").usd
    0.02
    """

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._entries = entries

    def first(
        self,
        name: str,
        provider: str,
        size: str | None,
        quality: str | None,
        own_prices: Mapping[str, Any] | None = None,
    ) -> KeyedPrice | None:
        """Take the first form of key that exists, and its price per image or per pixel.

        Parameters
        ----------
        name
            Of the model, with or without provider.
        provider
            Who bills.
        size
            In pixels; None is the default size.
        quality
            None leaves it out of the keys.
        own_prices
            Prices that are taken before those of the entry.

        Returns
        -------
        KeyedPrice or None
            None where the size is none, no key exists, or the entry has no such price.
        """
        size = size or DEFAULT_SIZE
        area = dimensions(size)
        if area is None:
            return None
        tried = _forms(name, provider, size if "-x-" in size else size.replace("x", "-x-"), quality)
        key, how = next(((k, how) for k, how in tried if k in self._entries), (None, "deployment"))
        for table in (own_prices or {}, self._entries[key] if key is not None else {}):
            for rate_key, units in (
                ("input_cost_per_image", 1),
                ("output_cost_per_image", 1),
                ("input_cost_per_pixel", area[0] * area[1]),
            ):
                usd = as_rate(table.get(rate_key))
                if usd is not None:
                    return KeyedPrice(key, how, usd * units)
        return None

    def nearest(
        self, name: str, provider: str, size: tuple[int, int], quality: str
    ) -> KeyedPrice | None:
        """Take the entry whose area is nearest; of two as near, the smaller.

        Parameters
        ----------
        name
            Of the model, without provider.
        provider
            Who bills.
        size
            Width and height.
        quality
            As it stands in the keys.

        Returns
        -------
        KeyedPrice or None
            None where no key states a size for the model and quality.
        """
        rows = self._by_size.get((provider, quality, name))
        if rows is None:
            return None
        wanted = size[0] * size[1]
        _, key, usd = min(rows, key=lambda row: (abs(row[0] - wanted), row[0]))
        return KeyedPrice(key, "nearest size", usd)

    @cached_property
    def _by_size(self) -> dict[tuple[str, str, str], list[tuple[int, str, float]]]:
        """Provider, quality and model → area, key and USD of the entries with a size in the key."""
        found: dict[tuple[str, str, str], list[tuple[int, str, float]]] = {}
        for key, entry in self._entries.items():
            parts = _SIZED_KEY.fullmatch(key)
            usd = as_rate(entry.get("output_cost_per_image")) if parts else None
            if parts is None or usd is None:
                continue
            provider, quality, width, height, model = parts.groups()
            area = int(width) * int(height)
            if area:
                found.setdefault((provider, quality, model), []).append((area, key, usd))
        return found


def _forms(name: str, provider: str, size: str, quality: str | None) -> Iterator[tuple[str, str]]:
    """Yield the keys to try, with what is in each, best first."""
    is_prefixed = name.startswith(f"{provider}/")
    bare = name.replace(f"{provider}/", "") if is_prefixed else name
    base = f"{provider}/{size}/{bare}" if is_prefixed else f"{size}/{name}"
    last = f"{size}/{name.rpartition('/')[2]}"
    if quality:
        yield f"{quality}/{base}", "quality and size"
        yield f"{provider}/{quality}/{size}/{bare}", "quality and size"
    yield base, "size"
    yield f"{ASSUMED_QUALITY}/{base}", "size, quality assumed"
    if quality:
        yield f"{quality}/{last}", "quality and size"
    yield last, "size"
    yield name, "exact"
    if is_prefixed:
        yield bare, "prefix stripped"
