"""What images count: LiteLLM's reading of OpenAI's tiles, and sizes read from the first bytes."""

from __future__ import annotations

import base64
import io
import struct
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

if TYPE_CHECKING:
    from llmspend.tokens._settings import TokenSettings

IMAGE_TOKENS: Final = 85
"""An image in low detail, and the base of one in high detail."""
_TILE_TOKENS: Final = 2 * IMAGE_TOKENS
_FETCH_SECONDS: Final = 10
# JPEG: the markers that tell a size, and what may stand before a marker
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PADDING: Final = 0xFF


def tokens_in_detail(url: str, settings: TokenSettings, *, may_fetch: bool) -> int:
    """Count an image in high detail: its size in tiles."""
    width, height = fit(
        *_size_of(_bytes_of(url, settings, may_fetch=may_fetch), settings), settings
    )
    across = (width + settings.tile_width - 1) // settings.tile_width
    down = (height + settings.tile_height - 1) // settings.tile_height
    return IMAGE_TOKENS + _TILE_TOKENS * across * down


def fit(width: int, height: int, settings: TokenSettings) -> tuple[int, int]:
    """Return the size at which an image is cut into tiles."""
    if width <= settings.short_side and height <= settings.short_side:
        return width, height
    ratio = max(width, height) / min(width, height)
    short, long = settings.short_side, int(settings.short_side * ratio)
    if long > settings.long_side:
        short, long = int(settings.long_side / ratio), settings.long_side
    return (short, long) if width <= height else (long, short)


def _bytes_of(url: str, settings: TokenSettings, *, may_fetch: bool) -> bytes:
    if url.startswith(("http://", "https://")):
        if not may_fetch:
            raise ValueError(
                "The size of an image in high detail is not known without fetching it: "
                "give allow_fetch=True, or use_default_image_token_count=True."
            )
        with urlopen(url, timeout=_FETCH_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            body: bytes = answer.read(settings.max_image_bytes + 1)
        if len(body) > settings.max_image_bytes:
            raise ValueError(f"An image has more than {settings.max_image_megabytes:g} MB.")
        return body
    _, encoded = url.split(",", 1)
    return base64.b64decode(encoded)


def _size_of(data: bytes, settings: TokenSettings) -> tuple[int, int]:
    """Read width and height; what tells neither has the default size."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _two(">LL", data[16:24])
    if data.startswith(b"GIF8") and data[5:6] == b"a":
        return _two("<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return _size_of_jpeg(io.BytesIO(data))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _size_of_webp(data) or (settings.image_width, settings.image_height)
    return settings.image_width, settings.image_height


def _two(layout: str, data: bytes) -> tuple[int, int]:
    first, second = struct.unpack(layout, data)
    return first, second


def _size_of_jpeg(file: io.BytesIO) -> tuple[int, int]:
    marker, skip = 0, 2
    while marker not in _FRAMES:
        file.seek(skip, 1)
        byte = file.read(1)
        while ord(byte) == _PADDING:  # an empty read is no character: a TypeError ends the search
            byte = file.read(1)
        marker = ord(byte)
        (length,) = struct.unpack(">H", file.read(2))
        skip = length - 2
    file.seek(1, 1)
    height, width = _two(">HH", file.read(4))
    return width, height


def _size_of_webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = _two("<II", data[24:27] + b"\0" + data[27:30] + b"\0")
        return width + 1, height + 1
    if kind == b"VP8 ":
        width, height = _two("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None
