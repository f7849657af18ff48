"""Documents inside messages: Anthropic's sources, and PDFs page by page."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PDF: Final = "data:application/pdf;base64,"
# the size within which Anthropic renders a page, and what it bills for
_LONG_EDGE_PIXELS: Final = 1568
_MAX_PIXELS: Final = 1_150_000
_PIXELS_PER_TOKEN: Final = 750


def anthropic_data_url(source: Mapping[str, Any]) -> str:
    """Return the data or the address of an Anthropic source; nothing for a file's id."""
    if source["type"] == "base64":
        data = source.get("data")
        return f"data:{source.get('media_type') or 'image/png'};base64,{data}" if data else ""
    return source.get("url") or "" if source["type"] == "url" else ""


def pages_of_pdf(data_url: str) -> list[str | int] | None:
    """Return text and image tokens of every page of a PDF.

    None for what is no PDF or cannot be read, and without pypdf: then it counts as one image.
    """
    if not data_url.startswith(_PDF):
        return None
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - optional
    except ImportError:
        return None
    try:
        reader = PdfReader(io.BytesIO(base64.b64decode(data_url[len(_PDF) :])))
        parts: list[str | int] = []
        for page in reader.pages:
            parts.append(page.extract_text() or "")
            parts.append(page_tokens(float(page.mediabox.width), float(page.mediabox.height)))
    except Exception:  # noqa: BLE001 - a PDF can be broken in any way
        return None
    return parts


def page_tokens(width: float, height: float) -> int:
    """Return what a rendered page counts, billed by its area."""
    if width <= 0 or height <= 0:
        return 0
    at_full_edge = _LONG_EDGE_PIXELS**2 * min(width, height) / max(width, height)
    return math.ceil(min(float(_MAX_PIXELS), at_full_edge) / _PIXELS_PER_TOKEN)
