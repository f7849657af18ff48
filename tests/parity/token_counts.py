"""Oracles of token counts, token ids and tokenizers: what LiteLLM's own helpers answered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import llmspend
from llmspend import tokens
from llmspend.tokens import _choice
from tests.parity.token_costs import OracleKind

if TYPE_CHECKING:
    from collections.abc import Callable

LEGACY = "gpt-3.5-turbo-0301"
KIND_OF = {
    "claude": "anthropic",
    "hf-internal-testing/llama-tokenizer": "llama2",
    "Xenova/llama-3-tokenizer": "llama3",
    "Xenova/c4ai-command-r-v01-tokenizer": "cohere",
}
SETTINGS = {
    "disabled": tokens.TokenSettings(disable_token_counter=True),
    "hf_disabled": tokens.TokenSettings(disable_hf_tokenizer_download=True),
}
"""Category → LiteLLM's global switches under which its cases were asked."""
REASONS = {
    "MissingTokenizerError": "a tokenizer of the oracle is not beside its cases",
    "TypeError": "a text of no known type, where LiteLLM trips over a variable it never set",
}
"""Our answer → why it may differ from LiteLLM's."""
COLUMNS = ("text", "model_text", "text_long", "text_extrapolate")


class MissingTokenizerError(Exception):
    """A tokenizer of the oracle is not beside its cases."""


def custom_tokenizer(name: str | None) -> dict[str, Any] | None:
    """Load a custom tokenizer of the oracle."""
    if name is None:
        return None
    if name == "openai_type":
        return {"type": "openai_tokenizer", "tokenizer": None}
    file = f"oracle_custom_tokenizer_{name.removeprefix('custom_')}.json"
    # the oracle's tokenizers lie beside its cases
    paths = [Path(argument).parent / file for argument in sys.argv[1:]]
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        raise MissingTokenizerError(file)
    return tokens.create_tokenizer(found.read_text("utf-8"))


def answer(call: Callable[[], object]) -> str:
    """Say what a call gives: its result, or the type of its error."""
    try:
        return repr(call())
    except Exception as error:  # noqa: BLE001 - any error is an answer
        return type(error).__name__


def counted(case: dict[str, Any]) -> int:
    """Count one case as LiteLLM was asked to."""
    read = {
        name: None if case[f"{name}_json"] is None else json.loads(case[f"{name}_json"])
        for name in ("text", "messages", "tools", "tool_choice")
    }
    flags = {
        name: None if case[name] is None else json.loads(case[name])
        for name in ("count_response_tokens", "use_default_image_token_count")
    }
    registered = None
    if case["category"] == "legacy_registered":
        registered = llmspend.load_cost_map({LEGACY: {"litellm_provider": "openai"}})
    return tokens.token_counter(
        case["model"],
        custom_tokenizer(case["custom_tokenizer"]),
        **read,
        **flags,
        default_token_count=case["default_token_count"],
        cost_map=registered,
        settings=SETTINGS.get(case["category"], tokens.TokenSettings()),
    )


def result_of(cases: pl.DataFrame, group: list[str], ours: list[str], theirs: list[str]) -> Any:
    """Compare answers; add ``verdict``, ``reason`` and a printable ``example``."""
    label = cases.select(
        pl.concat_str(pl.col("note"), pl.col("model"), separator=" ", ignore_nulls=True)
    ).to_series()
    return pl.DataFrame(
        {
            "group": group,
            "verdict": [
                "exact" if mine == other else "differs"
                for mine, other in zip(ours, theirs, strict=True)
            ],
            "reason": pl.Series(
                [
                    REASONS.get(mine)
                    if mine != "TypeError" or other == "UnboundLocalError"
                    else None
                    for mine, other in zip(ours, theirs, strict=True)
                ],
                dtype=pl.String,
            ),
            "example": [
                f"{name}: ours {mine[:60]}, LiteLLM {other[:60]}"
                for name, mine, other in zip(label, ours, theirs, strict=True)
            ],
        }
    )


def compare_counts(cases: pl.DataFrame) -> pl.DataFrame:
    """Count every case, and those that are plain texts as a column too."""
    rows = cases.to_dicts()
    theirs = [str(r["error_type"] or r["expected"]) for r in rows]
    one = result_of(
        cases, [r["category"] for r in rows], [answer(lambda r=r: counted(r)) for r in rows], theirs
    )
    plain = cases.filter(
        pl.col("category").is_in(COLUMNS),
        pl.col("error_type").is_null(),
        pl.col("text_json").is_not_null(),
        ~pl.col("text_json").str.contains(r"(?i)\\ud[89a-f]"),  # surrogates are no text in columns
    )
    texts = pl.Series("text", [json.loads(t) for t in plain["text_json"]], dtype=pl.String)
    results = [one]
    for compat, column in (("litellm", "expected"), ("exact", "exact_whole_text")):
        # LiteLLM's answer for the whole text is that of its own choice of encoding
        known = plain[column].is_not_null() & (
            (compat == "litellm") | plain["model"].is_in(["gpt-4o", "gpt-4"])
        )
        ours = tokens.count_tokens(texts.filter(known), plain["model"].filter(known), compat=compat)
        group = [f"column, {compat}"] * ours.len()
        expected = plain[column].filter(known)
        results.append(
            result_of(
                plain.filter(known),
                group,
                ours.cast(pl.String).to_list(),
                expected.cast(pl.String).to_list(),
            )
        )
    chats = cases.filter(
        pl.col("messages_json").is_not_null(),
        pl.col("text_json").is_null(),
        pl.col("custom_tokenizer").is_null(),
        pl.col("default_token_count").is_null(),
        pl.col("tools_json").is_null(),
        pl.col("tool_choice_json").is_null(),
        pl.col("count_response_tokens") == "false",
        pl.col("use_default_image_token_count") == "false",
        ~pl.col("category").is_in([*SETTINGS, "legacy_registered"]),
    )
    ours = tokens.count_tokens(
        chats["messages_json"], chats["model"], messages=True, compat="litellm"
    )
    results.append(
        result_of(
            chats,
            ["column of messages"] * chats.height,
            ours.cast(pl.String).fill_null("none").to_list(),
            chats["expected"].cast(pl.String).fill_null("none").to_list(),
        )
    )
    return pl.concat(results)


def compare_ids(cases: pl.DataFrame) -> pl.DataFrame:
    """Encode and decode every case."""

    def both(case: dict[str, Any]) -> tuple[list[int], str, str]:
        custom = custom_tokenizer(case["custom_tokenizer"])
        ids = tokens.encode(case["model"], json.loads(case["text_json"]), custom)
        kept = tokens.decode(case["model"], ids, custom, skip_special_tokens=False)
        return ids, tokens.decode(case["model"], ids, custom), kept

    rows = cases.to_dicts()
    theirs = [
        r["error_type"]
        or repr(
            (
                r["ids"],
                json.loads(r["decoded_json"]),
                json.loads(r["decoded_keep_special_json"]),
            )
        )
        for r in rows
    ]
    ours = [answer(lambda r=r: both(r)) for r in rows]
    return result_of(cases, [r["custom_tokenizer"] or r["model"] for r in rows], ours, theirs)


def compare_tokenizers(cases: pl.DataFrame) -> pl.DataFrame:
    """Choose the tokenizer of every model, with Hugging Face tokenizers and without."""
    ours, theirs = [], []
    for case in cases.to_dicts():
        name = _choice.choose(case["model"], "litellm", None).tokenizer
        plain = _choice.choose(case["model"], "litellm", None, hugging_face=False).tokenizer
        ours.append(f"{KIND_OF.get(name)} {plain}")
        theirs.append(f"{case['hf_kind']} {case['tiktoken_encoding']}")
    models = cases.with_columns(note=pl.lit(None, pl.String))
    return result_of(models, cases["hf_kind"].fill_null("tiktoken").to_list(), ours, theirs)


TOKEN_COUNTS = OracleKind(
    "token counts",
    frozenset({"messages_json", "tools_json", "expected", "error_type", "count_response_tokens"}),
    compare_counts,
)
TOKEN_IDS = OracleKind(
    "token ids", frozenset({"text_json", "ids", "decoded_json", "error_type"}), compare_ids
)
TOKENIZERS = OracleKind(
    "tokenizers", frozenset({"model", "hf_kind", "tiktoken_encoding"}), compare_tokenizers
)
