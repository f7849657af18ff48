"""ENCODINGS: which tokenizer counts a model's text, and VOCABULARIES: what each is made of.

Two readings of the same question. ``"litellm"`` is LiteLLM's: it looks a name up as it was
written, so that ``gpt-4o`` and ``azure/gpt-4o`` differ. ``"exact"`` looks at the model behind the
prefixes and says whether the tokenizer is the model's own.

To teach llmspend a model's tokenizer, add a row to ENCODINGS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Compat = Literal["exact", "litellm"]
"""Whole texts by the model's own tokenizer, or LiteLLM's numbers with their quirks."""

DEFAULT_TOKENIZER: Final = "cl100k_base"
"""What counts where no row of ENCODINGS matches."""


@dataclass(frozen=True, slots=True)
class EncodingRule:
    """A row of ENCODINGS.

    Attributes
    ----------
    tokenizer
        A key of VOCABULARIES, the id of a repository of the Hugging Face hub, or None for the one
        that tiktoken's own table of models names (the row does not match where it names none).
    pattern
        Regular expression searched for in the name.
    provider
        Only models whose cost-map entry has this provider; None for any name.
    exact
        Whether this is the tokenizer that the model itself uses.
    """

    tokenizer: str | None
    pattern: str = ""
    provider: str | None = None
    exact: bool = False


_COMMAND_R = "Xenova/c4ai-command-r-v01-tokenizer"
_LLAMA_2 = "hf-internal-testing/llama-tokenizer"
_LLAMA_3 = "Xenova/llama-3-tokenizer"
# LiteLLM leaves prices of fine-tuning, "ft:" and a model, out of the provider's models
_A_MODEL = r"\A(?!ft:[^:]*\Z)(?s:.*)"
# newer than tiktoken's table: the latest known vocabulary is the best guess
_NEWER_OPENAI = (
    r"\A(gpt-([5-9]|\d\d|audio|image|live|realtime)|o\d+(-|\Z)|chatgpt|chat-latest|codex"
    r"|computer-use)"
)

ENCODINGS: Final[Mapping[Compat, tuple[EncodingRule, ...]]] = {
    "litellm": (
        EncodingRule(_COMMAND_R, "command-r", "cohere"),
        EncodingRule("claude", r"\A(?!(?s:.*)claude-3)", "anthropic"),
        EncodingRule(_LLAMA_2, "(?i)llama-2|replicate"),
        EncodingRule(_LLAMA_3, "(?i)llama-3"),
        EncodingRule("o200k_base", f"{_A_MODEL}gpt-4o", "openai"),
        EncodingRule(None, _A_MODEL, "openai"),
    ),
    "exact": (
        EncodingRule(None, exact=True),
        EncodingRule("o200k_base", r"gpt-(4o|4\.[15]|41)", exact=True),
        EncodingRule("o200k_harmony", "gpt-oss", exact=True),
        EncodingRule("o200k_base", _NEWER_OPENAI),
        EncodingRule("claude", r"claude-(instant|v?[12](?!\d))", exact=True),
        EncodingRule("claude", "claude"),
        EncodingRule(_LLAMA_2, "llama-?2", exact=True),
        EncodingRule(_LLAMA_3, "llama-?3", exact=True),
        EncodingRule(_COMMAND_R, r"command-r(-plus|-v01)?\Z", exact=True),
    ),
}
"""Model → tokenizer, first match wins; ``"exact"`` sees the last part of the name, lower-cased."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What a chat format adds to the texts of its messages, in tokens.

    Attributes
    ----------
    per_message
        Of every message.
    per_name
        Of every message that has a ``name``.
    """

    per_message: int = 3
    per_name: int = 1


FRAMINGS: Final = ((r"\Agpt-3\.5-turbo-0301\Z", "openai", Framing(per_message=4, per_name=-1)),)
"""Pattern of a model's name, provider of its cost-map entry, framing; `Framing()` for the rest."""

_END = {"<|endoftext|>": 50256}
_GPT2 = (
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++"
    r"|\s++$|\s+(?!\S)|\s"
)
_CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTION}"
    rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTION}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A row of VOCABULARIES: how a byte-pair encoding is put together.

    Attributes
    ----------
    file
        The packaged file with its tokens, in the order of their ranks.
    pattern
        Regular expression that splits text before pairs are merged.
    scheme
        What gigatoken calls this pattern.
    special
        Special token → id.
    size
        How many of the file's ranks belong to it; None for all.
    hugging_face
        Whether it follows Hugging Face's rules: text is normalized (NFKC), special tokens in a
        text are special, and a lone surrogate is an error.
    """

    file: str
    pattern: str
    scheme: str
    special: Mapping[str, int]
    size: int | None = None
    hugging_face: bool = False


_HARMONY = {
    "<|startoftext|>": 199998,
    "<|endoftext|>": 199999,
    "<|return|>": 200002,
    "<|constrain|>": 200003,
    "<|channel|>": 200005,
    "<|start|>": 200006,
    "<|end|>": 200007,
    "<|message|>": 200008,
    "<|call|>": 200012,
    "<|endofprompt|>": 200018,
}
_RESERVED = {200000, 200001, 200004, 200009, 200010, 200011, *range(200013, 201088)}

VOCABULARIES: Final[Mapping[str, Vocabulary]] = {
    "o200k_base": Vocabulary(
        "o200k", _O200K, "o200k", {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}
    ),
    "o200k_harmony": Vocabulary(
        "o200k", _O200K, "o200k", _HARMONY | {f"<|reserved_{i}|>": i for i in _RESERVED}
    ),
    "cl100k_base": Vocabulary(
        "cl100k",
        _CL100K,
        "cl100k",
        {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    ),
    "p50k_base": Vocabulary("p50k", _GPT2, "gpt2", _END),
    "p50k_edit": Vocabulary(
        "p50k",
        _GPT2,
        "gpt2",
        _END | {"<|fim_prefix|>": 50281, "<|fim_middle|>": 50282, "<|fim_suffix|>": 50283},
    ),
    "r50k_base": Vocabulary("p50k", _GPT2, "gpt2", _END, 50256),
    "gpt2": Vocabulary("p50k", _GPT2, "gpt2", _END, 50256),
    "claude": Vocabulary(
        "claude",
        _GPT2,
        "gpt2",
        {"<EOT>": 0, "<META>": 1, "<META_START>": 2, "<META_END>": 3, "<SOS>": 4},
        hugging_face=True,
    ),
}
"""Name of a tokenizer → what it is made of; all of them work without a network."""
