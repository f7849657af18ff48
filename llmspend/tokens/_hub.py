"""Tokenizers of the Hugging Face hub: found on this machine, fetched only when asked for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER_VARIABLE: Final = "LLMSPEND_TOKENIZERS"
"""Environment variable: the folder with tokenizers put there by hand."""
_FILE: Final = "tokenizer.json"


def read_tokenizer(text: str) -> Tokenizer:
    """Make a tokenizer of the text of a ``tokenizer.json``; its errors are the library's own."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - heavy

    return Tokenizer.from_str(text)


@lru_cache(maxsize=16)
def local_tokenizer(identifier: str) -> Tokenizer:
    """Load a tokenizer that is on this machine: in the folder of one's own, or in the hub's cache.

    A tokenizer that is not there is looked for again next time: it may have been put there.
    """
    path = _in_folder(identifier) or _in_cache(identifier, "main")
    if path is None:
        raise InputError(
            f"the tokenizer {identifier} is not on this machine. With a network, fetch it once: "
            f"llmspend.create_pretrained_tokenizer({identifier!r}). Without one, put its "
            f"{_FILE} at {_folder() / identifier / _FILE} ({FOLDER_VARIABLE} names another "
            f"folder). Or give a tokenizer: custom_tokenizer=llmspend.create_tokenizer(json)."
        )
    return _read_file(path)


def pretrained_tokenizer(identifier: str, revision: str, auth_token: str | None) -> Tokenizer:
    """Load a tokenizer from a path, from this machine, or else from the hub."""
    given = Path(identifier)
    if given.is_dir():
        given /= _FILE
    if given.is_file():
        return _read_file(given)
    path = _in_folder(identifier) if revision == "main" else None
    path = path or _in_cache(identifier, revision)
    if path is not None:
        return _read_file(path)
    try:
        return _read_file(Path(_download(identifier, revision, token=auth_token)))
    except (OSError, ValueError) as error:  # also what the hub's own errors are
        raise InputError(
            f"the tokenizer {identifier} (revision {revision}) could not be fetched from the "
            f"Hugging Face hub: {type(error).__name__}. Check the name, the network and the "
            f"access token, or put its {_FILE} at {_folder() / identifier / _FILE}."
        ) from error


def _download(identifier: str, revision: str, **options: Any) -> str:  # noqa: ANN401
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - heavy

    return str(hf_hub_download(identifier, _FILE, revision=revision, **options))


def _in_cache(identifier: str, revision: str) -> Path | None:
    try:
        return Path(_download(identifier, revision, local_files_only=True))
    except (OSError, ValueError):  # not there, or not a name that the hub knows
        return None


def _folder() -> Path:
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path.home() / ".cache" / "llmspend" / "tokenizers"


def _in_folder(identifier: str) -> Path | None:
    path = _folder() / identifier / _FILE
    return path if path.is_file() else None


def _read_file(path: Path) -> Tokenizer:
    try:
        return read_tokenizer(path.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises nothing narrower
        raise InputError(f"{path} is not a tokenizer that can be read: {error}.") from error
