"""Responses of Gemini's generateContent and streamGenerateContent, as Google's SDKs dump them.

The chunks of a stream have its id: the first gets the counts of all, which grow from chunk to
chunk, and the others are duplicates. Searches are counted as LiteLLM counts them, in
llms/vertex_ai/gemini/grounding_requests.py.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats._counts import of_all_lines
from llmspend.formats._format import Format
from llmspend.usage_bodies import GROUNDED

_GROUNDINGS: Final = (
    "list_concat(try(json_extract({}, '$[*].groundingMetadata')), "
    "try(json_extract({}, '$[*].groundingMetadata[*]')))"
)
"""What the candidates say of searches: an object each, or a list of them."""
_HAS_MAPS: Final = (
    "(len(json_extract(g, '$.groundingChunks[*].maps')) > 0 "
    "OR coalesce(g ->> '$.googleMapsWidgetContextToken', '') <> '')"
)
_HAS_WEB: Final = "len(json_extract(g, '$.groundingChunks[*].web')) > 0"


def _queries(condition: str) -> str:
    """Write how many different queries there are in groundings ``g`` that fulfil a condition."""
    groundings = f"list_filter({_GROUNDINGS}, lambda g: {condition})"
    queries = (
        f"list_transform({groundings}, lambda g: json_extract_string(g, '$.webSearchQueries[*]'))"
    )
    return f"len(list_filter(list_distinct(flatten({queries})), lambda q: q <> ''))"


_WEB_SEARCHES: Final = f"nullif({_queries(f'NOT {_HAS_MAPS} OR {_HAS_WEB}')}, 0)"
_MAPS_QUERIES: Final = (
    f"CASE WHEN len(list_filter({_GROUNDINGS}, lambda g: {_HAS_MAPS})) > 0 "
    f"THEN greatest({_queries(f'{_HAS_MAPS} AND NOT {_HAS_WEB}')}, 1) END"
)
_GROUNDED_USAGE: Final = (
    f"CASE WHEN coalesce({_WEB_SEARCHES}, {_MAPS_QUERIES}) > 0 "
    f"THEN try(json_merge_patch({{2}}, '{{\"{GROUNDED}\": 1}}')) END"
)
_IS_GROUNDED: Final = pl.col("web_searches").is_not_null() | pl.col("maps_queries").is_not_null()
_OF_ALL: Final = of_all_lines("request_id")

GENERATE_CONTENT: Final = Format(
    name="Gemini responses",
    about="Responses of Gemini's generateContent, as its SDKs dump them.",
    source="Gemini API reference: GenerateContentResponse",
    identified_by=frozenset({"modelVersion", "usageMetadata"}),
    paths={
        "request_id": ("responseId",),
        "started_at": ("createTime",),
        "ended_at": ("createTime",),
        "model": ("modelVersion",),
        "web_searches": ("web searches",),
        "maps_queries": ("maps queries",),
    },
    texts={"response": ("candidates",)},
    usage=("grounded usage", "usageMetadata"),
    spans_lines=True,
    computed={
        "grounded usage": ("candidates", "usageMetadata", _GROUNDED_USAGE),
        "web searches": ("candidates", _WEB_SEARCHES),
        "maps queries": ("candidates", _MAPS_QUERIES),
    },
    derived=(
        {
            **_OF_ALL,
            # chunks before the one that says so count what was found as part of the prompt
            "prompt_tokens": pl.coalesce(
                pl.when(pl.col("request_id").is_not_null()).then(
                    pl.col("prompt_tokens").filter(_IS_GROUNDED).max().over("request_id")
                ),
                _OF_ALL["prompt_tokens"],
            ),
            "status": pl.lit("success"),
            "call_type": pl.lit("agenerate_content"),
        },
    ),
)
"""What Gemini answered, a line each."""
