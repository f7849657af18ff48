"""Rules of a cost map about names that it has no entry for (its ``fallback_generalizations``).

A *routing rule* says who bills names of a shape; a *capability rule* says what such models can do,
and nothing of what they cost: LiteLLM prices a name that only a capability rule knows at 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES_KEY: Final = "fallback_generalizations"
"""Key of the JSON that holds them."""

_LITERAL: Final = re.compile(r"\^?([A-Za-z0-9/_-]{3,})(?![?*{])")
_CLASS_OR_ESCAPE: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]")
_GROUP: Final = re.compile(r"\([^()]*\)")

_PROVIDER: Final = "litellm_provider"
LONGEST: Final = 512
"""How much of a name is read: keys have under a hundred characters, and a pattern may be slow."""


@dataclass(frozen=True, slots=True)
class NameRule:
    """What is known of names of one shape.

    Attributes
    ----------
    name
        What the cost map calls the rule.
    pattern
        Found anywhere in a name, in any case.
    model_info
        What holds for such names.
    literal
        Case-folded text that every such name has in it, as far as the pattern's beginning tells.

    Examples
    --------
    >>> rule = NameRule("acme", re.compile("^acme-"), {"litellm_provider": "acme"})
    >>> rule.provider, rule.is_capability, rule.matches("acme-9"), rule.matches("my-acme-9")
    ('acme', False, True, False)
    """

    name: str
    pattern: re.Pattern[str]
    model_info: Mapping[str, object]
    literal: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "literal", _literal(self.pattern.pattern))

    @property
    def provider(self) -> str | None:
        """Who bills such names, if it is a routing rule."""
        value = self.model_info.get(_PROVIDER)
        return value if isinstance(value, str) else None

    @property
    def is_capability(self) -> bool:
        """Whether it says anything but who bills."""
        return self.provider is None or len(self.model_info) > 1

    def matches(self, name: str) -> bool:
        """Tell whether a name has this shape; of a very long one the beginning is read.

        Parameters
        ----------
        name
            A model name, with or without provider.

        Returns
        -------
        bool
            As ``re.search`` finds.
        """
        return bool(name) and self.pattern.search(name[:LONGEST]) is not None


def read_name_rules(parsed: object) -> tuple[NameRule, ...]:
    """Read the rules of a cost map's JSON; what is malformed is no rule, as in LiteLLM.

    Parameters
    ----------
    parsed
        Value of ``fallback_generalizations``.

    Returns
    -------
    tuple of NameRule
        In their order; a rule that ``extends`` another has that one's facts too.

    Examples
    --------
    >>> rule = {"name": "acme", "pattern": "^acme-", "model_info": {"supports_vision": True}}
    >>> [r.name for r in read_name_rules({"rules": [rule, {"pattern": "("}, 7]})]
    ['acme']
    """
    rules = parsed.get("rules") if isinstance(parsed, dict) else None
    raw = [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    infos = {
        rule["name"]: rule["model_info"]
        for rule in raw
        if isinstance(rule.get("name"), str) and isinstance(rule.get("model_info"), dict)
    }
    return tuple(filter(None, (_rule(rule, infos) for rule in raw)))


def _rule(raw: dict[str, object], infos: dict[str, dict[str, object]]) -> NameRule | None:
    pattern, info, parent = (raw.get(key) for key in ("pattern", "model_info", "extends"))
    if not isinstance(pattern, str) or not isinstance(info, dict):
        return None
    if isinstance(parent, str):
        info = {**infos.get(parent, {}), **info}
    if not isinstance(info.get(_PROVIDER, ""), str):
        return None
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        return None
    return NameRule(str(raw.get("name", pattern)), compiled, info)


def _literal(pattern: str) -> str:
    """Return the text that a pattern begins with, unless it has alternatives to it."""
    found = _LITERAL.match(pattern)
    bare = _CLASS_OR_ESCAPE.sub("", pattern)
    while bare != (flatter := _GROUP.sub("", bare)):
        bare = flatter
    return found[1].casefold() if found and "|" not in bare else ""
