"""Calls billed by units: seconds, images, pages, queries …, and tools beside the tokens.

Sections (§) are those of LiteLLM 1.106.2's other prices as we wrote them down.
"""

from __future__ import annotations

from tests.cases import Case

SECOND = {"mode": "audio_transcription", "input_cost_per_second": 1e-04}
VOICE = {"mode": "audio_speech", "input_cost_per_character": 15e-06}
FILM = {"mode": "video_generation", "output_cost_per_second": 0.1}
PAGE = {"mode": "ocr", "ocr_cost_per_page": 0.001}
QUERY = {"mode": "search", "input_cost_per_query": 0.005}
CHAT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
SEARCHES = {"search_context_cost_per_query": {"search_context_size_medium": 0.01}}
RESULTS = {
    "mode": "search",
    "tiered_pricing": [
        {"max_results_range": [0, 25], "input_cost_per_query": 0.005},
        {"max_results_range": [26, 100], "input_cost_per_query": 0.025},
    ],
}


def _case(call_type, section, note, entry, usage, cost, /, provider="acme", **more):
    return Case(
        f"{call_type}: {note}",
        f"§3.{section}",
        entry,
        {"call_type": call_type, **usage},
        *cost,
        provider,
        **more,
    )


def _transcription(note, entry, usage, cost, /, **more):
    return _case("atranscription", 1, note, entry, usage, cost, **more)


def _speech(note, entry, usage, cost, /, **more):
    return _case("aspeech", 2, note, entry, usage, cost, **more)


def _image(note, entry, usage, cost, /, provider="recraft", **more):
    return _case("aimage_generation", 3, note, entry, usage, cost, provider, **more)


def _video(note, entry, usage, cost, /, **more):
    return _case("create_video", 5, note, entry, usage, cost, **more)


def _ocr(note, entry, usage, cost, /, **more):
    return _case("aocr", 6, note, entry, usage, cost, **more)


def _rerank(note, entry, usage, cost, /, provider="acme", **more):
    return _case("arerank", 7, note, entry, usage, cost, provider, **more)


def _search(note, entry, usage, cost, /, **more):
    return _case("asearch", 8, note, entry, usage, cost, **more)


def _chat(note, entry, usage, tool, /, provider="acme"):
    counts = {"prompt_tokens": 1000, **usage}
    return _case("acompletion", 12, note, entry, counts, (1000 * 1e-06, 0.0), provider, tool=tool)


_UNKNOWN = {"issue": "unknown_quantity"}

CASES = (
    # transcription
    _transcription("seconds", SECOND, {"audio_seconds": 90.5}, (90.5 * 1e-04, 0.0)),
    _transcription(
        "a rate above 0 of the output wins",
        SECOND | {"output_cost_per_second": 3e-04},
        {"audio_seconds": 10.0},
        (0.0, 10 * 3e-04),
    ),
    _transcription(
        "an output rate of 0 does not",
        SECOND | {"output_cost_per_second": 0.0},
        {"audio_seconds": 10.0},
        (10 * 1e-04, 0.0),
    ),
    _transcription(
        "any token wins over the seconds",
        SECOND | CHAT | {"mode": "audio_transcription"},
        {"audio_seconds": 10.0, "prompt_tokens": 100, "completion_tokens": 5},
        (100 * 1e-06, 5 * 2e-06),
    ),
    _transcription("seconds nobody counted", SECOND, {}, (None, None), **_UNKNOWN),
    _transcription("no seconds", SECOND, {"audio_seconds": 0.0}, (0.0, 0.0)),
    _transcription(
        "seconds without a price are free", {"mode": "audio_transcription"}, {}, (0.0, 0.0)
    ),
    # speech
    _speech("characters", VOICE, {"prompt_characters": 720}, (720 * 15e-06, 0.0)),
    _speech(
        "tokens, where characters have no price",
        CHAT,
        {"prompt_characters": 720, "prompt_tokens": 180},
        (180 * 1e-06, 0.0),
    ),
    _speech(
        "without any price it is unknown",
        {"mode": "audio_speech"},
        {"prompt_characters": 720},
        (None, None),
        issue="unknown_model",
    ),
    _speech("text nobody counted", VOICE, {}, (None, None), **_UNKNOWN),
    # images
    _image("each", {"output_cost_per_image": 0.04}, {"output_images": 3}, (0.0, 3 * 0.04)),
    _image("images nobody counted", {"output_cost_per_image": 0.04}, {}, (None, None), **_UNKNOWN),
    _image(
        "tokens win, all output is images",
        {"output_cost_per_image": 0.04, "output_cost_per_image_token": 3e-05, **CHAT},
        {"output_images": 1, "prompt_tokens": 50, "completion_tokens": 1000},
        (50 * 1e-06, 1000 * 3e-05),
        provider="gemini",
    ),
    # videos
    _video("seconds", FILM, {"video_seconds": 8.0}, (0.0, 8 * 0.1)),
    _video(
        "by resolution, however it is spelt",
        FILM | {"output_cost_per_second_4k": 0.4},
        {"video_seconds": 8.0, "video_resolution": " 4K "},
        (0.0, 8 * 0.4),
    ),
    _video(
        "a resolution without a rate",
        FILM,
        {"video_seconds": 8.0, "video_resolution": "1280x720"},
        (0.0, 8 * 0.1),
    ),
    _video(
        "several, and none is one",
        FILM,
        {"video_seconds": 8.0, "video_count": 3},
        (0.0, 8 * 0.1 * 3),
    ),
    _video("a count of 0", FILM, {"video_seconds": 8.0, "video_count": 0}, (0.0, 8 * 0.1)),
    _video(
        "what the provider says",
        FILM,
        {"video_seconds": 8.0, "provider_cost": 0.0},
        (0.0, 0.0),
        is_stated=True,
    ),
    _video("seconds nobody counted", FILM, {}, (None, None), **_UNKNOWN),
    # pages
    _ocr("pages", PAGE, {"pages": 12}, (12 * 0.001, 0.0)),
    _ocr(
        "annotations cost a page each",
        PAGE,
        {"pages": 12, "annotation_pages": 2},
        (12 * 0.001 + 2 * 0.001, 0.0),
    ),
    _ocr(
        "or what they cost",
        PAGE | {"annotation_cost_per_page": 0.003},
        {"annotation_pages": 2},
        (2 * 0.003, 0.0),
    ),
    _ocr(
        "credits win over pages",
        PAGE | {"ocr_cost_per_credit": 0.01},
        {"pages": 12, "credits": 1.5},
        (1.5 * 0.01, 0.0),
    ),
    _ocr("credits without a price", PAGE, {"pages": 12, "credits": 1.5}, (12 * 0.001, 0.0)),
    _ocr("pages nobody counted", PAGE, {}, (None, None), **_UNKNOWN),
    _case(
        "aretrieve_batch",
        6,
        "pages of a batch",
        PAGE | {"ocr_cost_per_page_batches": 0.0005},
        {"pages": 12},
        (12 * 0.0005, 0.0),
    ),
    # rerank
    _rerank("units", {"input_cost_per_query": 0.002}, {"search_units": 3}, (3 * 0.002, 0.0)),
    _rerank(
        "tokens cost nothing (B10)",
        CHAT,
        {"rerank_tokens": 900, "prompt_tokens": 900},
        (0.0, 0.0),
        issue="nothing_priced",
    ),
    _rerank(
        "but at some", CHAT, {"rerank_tokens": 900, "search_units": 1}, (900 * 1e-06, 0.0), "voyage"
    ),
    # search
    _search("one, where nobody counted", QUERY, {}, (0.005, 0.0)),
    _search("several", QUERY, {"search_queries": 4}, (4 * 0.005, 0.0)),
    _search("none", QUERY, {"search_queries": 0}, (0.0, 0.0)),
    _search("by results, 10 where nobody asked", RESULTS, {}, (0.005, 0.0)),
    _search("by results, ends included", RESULTS, {"search_max_results": 26}, (0.025, 0.0)),
    _search("by results, beyond all", RESULTS, {"search_max_results": 500}, (0.025, 0.0)),
    # tools
    _chat("one search a response", CHAT | SEARCHES, {"web_searches": 3}, 0.01),
    _chat("each", CHAT | SEARCHES, {"web_searches": 3}, 3 * 0.01, "anthropic"),
    _chat("one file search a response", CHAT, {"file_searches": 3}, 0.0025),
    _chat(
        "a web search hides the files",
        CHAT | SEARCHES,
        {"web_search_signal": "citation", "file_searches": 3},
        0.01,
    ),
    # calls with a price of their own
    _case("call_mcp_tool", 13, "its price", {}, {"stated_call_cost": 0.5}, (0.0, 0.0), tool=0.5),
    _case("asend_message", 14, "its price", {}, {"stated_call_cost": 0.7}, (0.0, 0.0), tool=0.7),
    # a realtime session
    _case(
        "_arealtime",
        10,
        "and what it heard",
        CHAT | {"mode": "realtime", "input_cost_per_second": 1e-04},
        {"prompt_tokens": 100, "asr_seconds": 12.0},
        (100 * 1e-06, 0.0),
        beside=12 * 1e-04,
    ),
    _case(
        "acompletion",
        15,
        "guardrails on top",
        CHAT,
        {"prompt_tokens": 100, "guardrail_cost": 0.02},
        (100 * 1e-06, 0.0),
        beside=0.02,
    ),
    _case("video_generation", 5, "a call that nobody charges (B13)", FILM, {}, (0.0, 0.0)),
)
