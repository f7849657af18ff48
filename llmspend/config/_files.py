"""Documents read from YAML or JSON: errors say where, never what stands there."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from llmspend.errors import InputError
from llmspend.text import printable

if TYPE_CHECKING:
    from pathlib import Path

_MOST_VALUES: Final = 1_000_000
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


def read_text(path: Path) -> str:
    """Read a file, or raise an InputError that names it."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        why = "there is no such file"
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except OSError as error:
        why = error.strerror or type(error).__name__
    raise InputError(f"{printable(str(path))} cannot be read: {why}.")


def read_document(path: Path) -> Any:  # noqa: ANN401 - parsed YAML
    """Read YAML or JSON, without making any object of it but plain ones.

    An error quotes nothing of the file, and is not chained to one that does: a parser's own
    message shows the line, and on the line may stand a key.
    """
    text = read_text(path)
    try:
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        if _size(found, {}) <= _MOST_VALUES:
            return found
        at, why = "", "its anchors repeat without end"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        why = _QUOTED.sub("…", error.problem or "it cannot be parsed")
    except json.JSONDecodeError as error:
        at, why = f", line {error.lineno}, column {error.colno}", error.msg
    except (yaml.YAMLError, ValueError, RecursionError):
        at, why = "", "a value in it cannot be read, such as a date that does not exist"
    kind = "JSON" if path.suffix == ".json" else "YAML"
    raise InputError(f"{printable(str(path))}{at} is not {kind}: {why}.")


def _size(value: Any, known: dict[int, float]) -> float:  # noqa: ANN401 - parsed YAML
    """Count the values in a document as if nothing were shared: a few lines can stand for all."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        known[id(value)] = math.inf  # what holds itself has no end
        inside = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(each, known) for each in inside)
    return known[id(value)]
