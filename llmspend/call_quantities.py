"""What one call is billed by besides tokens → columns of usage: seconds, images, pages ….

To read another kind of call, add a row to QUANTITIES, and the class of its response to
CALL_TYPES.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.call_tools import field_of
from llmspend.entries import as_rate
from llmspend.usage import COLUMN_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL_TYPES: Final = {
    "EmbeddingResponse": "embedding",
    "HttpxBinaryResponseContent": "speech",
    "ImageResponse": "image_generation",
    "ImagesResponse": "image_generation",
    "OCRResponse": "ocr",
    "RerankResponse": "rerank",
    "ResponsesAPIResponse": "responses",
    "TextCompletionResponse": "text_completion",
    "Transcription": "transcription",
    "TranscriptionResponse": "transcription",
    "TranscriptionVerbose": "transcription",
}
"""Class of a response, of LiteLLM or of OpenAI's SDK → the type of call that it answers."""
_CALL_TYPE_OF_OBJECT: Final = {"list": "embedding", "response": "responses"}
"""What a response's ``object`` says about it, where its class says nothing."""

QUANTITIES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "transcription": {
        "audio_seconds": (
            "given.audio_transcription_file_duration",
            "hidden.audio_transcription_duration",
            "response.duration",
            "usage.seconds",
        ),
    },
    "speech": {"prompt_characters": ("given.prompt_characters",)},
    "image": {
        "output_images": ("given.n", "given.images"),
        "image_size": ("given.size", "response.size", "asked.size"),
        "image_quality": ("given.quality", "response.quality", "asked.quality"),
    },
    "video": {
        "video_seconds": ("usage.duration_seconds",),
        "video_resolution": ("usage.video_resolution",),
        "video_count": ("usage.video_count",),
        "provider_cost": ("usage.provider_reported_cost_usd",),
    },
    "ocr": {
        "pages": ("response.usage_info.pages_processed",),
        "annotation_pages": ("response.usage_info.pages_processed_annotation",),
        "credits": ("response.usage_info.credits",),
    },
    "rerank": {
        "search_units": (
            "given.rerank_billed_units.search_units",
            "response.meta.billed_units.search_units",
        ),
        "rerank_tokens": (
            "given.rerank_billed_units.total_tokens",
            "response.meta.billed_units.total_tokens",
        ),
    },
    "search": {
        "search_queries": ("given.number_of_queries", "given.queries"),
        "search_max_results": ("asked.advanced_settings.max_results", "asked.max_results"),
        "search_mode": ("asked.mode",),
    },
    "vector store search": {},
}
"""Kind of call → column → where its value is, best first."""
QUANTITIES["image edit"] = QUANTITIES["image"]


def call_type_of(response: object) -> str:
    """Tell what type of call a response answers, as LiteLLM does.

    Parameters
    ----------
    response
        A dict or an object.

    Returns
    -------
    str
        ``"completion"`` where nothing says otherwise.

    Examples
    --------
    >>> call_type_of({"object": "list"}), call_type_of({"choices": []})
    ('embedding', 'completion')
    """
    names = (cls.__name__ for cls in type(response).__mro__)
    known = next((CALL_TYPES[name] for name in names if name in CALL_TYPES), None)
    of_object = _CALL_TYPE_OF_OBJECT.get(str(field_of(response, "object")), "completion")
    return known or of_object


def quantities_of(
    kind: str,
    response: object = None,
    *,
    asked: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Read what a call is billed by, besides tokens.

    Parameters
    ----------
    kind
        Of `llmspend.row_classes.CALL_KINDS`.
    response
        A dict or an object.
    asked
        Parameters of the request.
    given
        Arguments of LiteLLM's functions, by name.

    Returns
    -------
    dict
        The columns of usage that are known.

    Examples
    --------
    >>> quantities_of("rerank", {"meta": {"billed_units": {"search_units": 3}}})
    {'search_units': 3}
    """
    columns = QUANTITIES.get(kind)
    if not columns:
        return {}
    images, query = field_of(response, "data"), (asked or {}).get("query")
    roots = {
        "response": response,
        "usage": field_of(response, "usage"),
        "hidden": field_of(response, "_hidden_params"),
        "asked": asked,
        "given": {
            "images": len(images) if isinstance(images, (list, tuple)) else None,
            "queries": len(query) if isinstance(query, (list, tuple)) else None,
            **(given or {}),
        },
    }
    found = {
        name: next((v for place in places if (v := _at(roots, name, place)) is not None), None)
        for name, places in columns.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _at(roots: Mapping[str, Any], column: str, place: str) -> int | float | str | None:
    """Return what is at a place, in the type of its column."""
    value: Any = roots
    for name in place.split("."):
        value = field_of(value, name)
    dtype = COLUMN_BY_NAME[column].dtype
    if dtype == pl.String:
        return value if isinstance(value, str) and value else None
    number = as_rate(value)
    return number if number is None or dtype == pl.Float64 else int(number)
