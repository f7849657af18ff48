"""Images in high detail: their size from the first bytes, then tiles."""

from __future__ import annotations

import base64
import io
import struct

import pytest

from llmspend.tokens import _images
from llmspend.tokens._images import fit, tokens_in_detail
from llmspend.tokens._settings import TokenSettings

SETTINGS = TokenSettings()
JPEG = b"\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc0\0\x11\x08" + struct.pack(">HH", 600, 500)
WEBP = b"RIFF....WEBP"

IMAGES = [
    # bytes, width, height
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">LL", 500, 600), 500, 600),
    (b"GIF89a" + struct.pack("<HH", 500, 600), 500, 600),
    (JPEG, 500, 600),
    (WEBP + b"VP8X" + bytes(8) + b"\xf3\x01\0\x57\x02\0", 500, 600),
    (WEBP + b"VP8 " + bytes(10) + struct.pack("<HH", 500 | 0x4000, 600), 500, 600),
    (WEBP + b"VP8L" + bytes(5) + struct.pack("<I", 499 | 599 << 14), 500, 600),
    (WEBP + b"ACME", 300, 300),
    (b"\0\0\0\0ftypheic", 300, 300),
    (b"", 300, 300),
]

SIZES = [
    # width, height, as they are cut into tiles
    (768, 768, 768, 768),
    (100, 769, 260, 2000),
    (1024, 1024, 768, 768),
    (2048, 1024, 1536, 768),
    (1024, 2048, 768, 1536),
    (4000, 1000, 2000, 500),
]


def data_url(data):
    return f"data:image/acme;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(("data", "width", "height"), IMAGES)
def test_the_size_is_in_the_first_bytes(data, width, height):
    assert _images._size_of(data, SETTINGS) == (width, height)


@pytest.mark.parametrize(("width", "height", "fitted_width", "fitted_height"), SIZES)
def test_a_large_image_is_fitted(width, height, fitted_width, fitted_height):
    assert fit(width, height, SETTINGS) == (fitted_width, fitted_height)


def test_tiles_count():
    assert tokens_in_detail(data_url(IMAGES[0][0]), SETTINGS, may_fetch=False) == 85 + 2 * 170
    small = TokenSettings(tile_width=100, tile_height=100)
    assert tokens_in_detail(data_url(b""), small, may_fetch=False) == 85 + 9 * 170


@pytest.mark.parametrize("url", ["garbage", data_url(b"\x89PNG\r\n\x1a\n")])
def test_what_is_no_image_is_an_error(url):
    with pytest.raises((ValueError, struct.error)):
        tokens_in_detail(url, SETTINGS, may_fetch=False)


@pytest.fixture
def web(monkeypatch):
    """Addresses that were asked for; each answers with a PNG."""
    asked = []

    def urlopen(url, timeout):
        asked.append((url, timeout))
        return io.BytesIO(IMAGES[0][0])

    monkeypatch.setattr(_images, "urlopen", urlopen)
    return asked


def test_an_image_is_fetched_only_when_allowed(web):
    with pytest.raises(ValueError, match="allow_fetch=True"):
        tokens_in_detail("https://acme.test/x.png", SETTINGS, may_fetch=False)
    assert not web
    assert tokens_in_detail("https://acme.test/x.png", SETTINGS, may_fetch=True) == 85 + 2 * 170
    assert web == [("https://acme.test/x.png", 10)]


@pytest.mark.usefixtures("web")
def test_a_very_large_image_is_not_read_to_its_end():
    with pytest.raises(ValueError, match=r"more than 1e-05 MB"):
        tokens_in_detail(
            "https://acme.test/x", TokenSettings(max_image_megabytes=1e-5), may_fetch=True
        )
