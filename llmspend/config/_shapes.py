"""What a config looks like, as far as it says anything about prices; all else is tolerated."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import msgspec

from llmspend.errors import InputError, nearest

_AT: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING: Final = re.compile(r"missing required field `(?P<field>\w+)`")


class Entry(msgspec.Struct):
    """One entry of a ``model_list``."""

    model_name: str
    litellm_params: dict[str, Any]
    model_info: dict[str, Any] | None = None


class Settings(msgspec.Struct):
    """``litellm_settings``."""

    cost_discount_config: dict[str, Any] | None = None
    cost_margin_config: dict[str, Any] | None = None


class RouterSettings(msgspec.Struct):
    """``router_settings``."""

    model_group_alias: dict[str, Any] | None = None


class Document(msgspec.Struct):
    """A config."""

    model_list: list[Entry] | None = None
    litellm_settings: Settings | None = None
    router_settings: RouterSettings | None = None
    include: list[str] | None = None


class Shaped(NamedTuple):
    """A config of the right shape.

    Attributes
    ----------
    document
        What it says.
    keys_of_entries
        For each entry, all of its keys.
    keys_of_settings
        All keys of its ``litellm_settings``.
    """

    document: Document
    keys_of_entries: list[list[str]]
    keys_of_settings: list[str]


def shaped(parsed: Any, origin: str) -> Shaped:  # noqa: ANN401 - parsed YAML
    """Check the shape of a config.

    Parameters
    ----------
    parsed
        The parsed file.
    origin
        What errors call it.

    Returns
    -------
    Shaped
        What it says about prices.

    Raises
    ------
    InputError
        It names the file, the entry and the key.
    """
    if not isinstance(parsed, dict):
        kind = "empty" if parsed is None else f"a {type(parsed).__name__}"
        raise InputError(f"{origin} is no config: it is {kind}, not sections such as model_list.")
    if not parsed.keys() & {f.name for f in msgspec.structs.fields(Document)}:
        known = ("model_list", "litellm_settings", "include", "router_settings")
        near = next((n for key in parsed for n in nearest(str(key), known, 1)), "model_list")
        raise InputError(f"{origin} is no config: it has no {near}.")
    problem = ""
    try:
        document = msgspec.convert(parsed, Document)
    except msgspec.ValidationError as error:
        problem = str(error)
    if problem:
        raise InputError(_explained(problem, parsed, origin))
    entries = parsed.get("model_list") or []
    return Shaped(
        document,
        [[str(key) for key in entry] for entry in entries],
        [str(key) for key in parsed.get("litellm_settings") or ()],
    )


def _explained(problem: str, parsed: dict[str, Any], origin: str) -> str:
    at = _AT.search(problem)
    path = at["path"] if at else ""
    what = problem[: at.start()] if at else problem
    where = f"{origin}, {path}" if path else origin
    missing = _MISSING.search(what)
    number = re.fullmatch(r"model_list\[(\d+)\]", path)
    if missing is None or number is None:
        return f"{where}: {what.replace('`', '')}."
    entry = parsed["model_list"][int(number[1])]
    near = nearest(missing["field"], map(str, entry), 1)
    meant = f" Is {near[0]!r} meant to be it?" if near else ""
    return f"{where}: has no {missing['field']}.{meant}"
