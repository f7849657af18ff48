"""The spellings under which a cost map may have a name, in the order in which LiteLLM tries them.

Everything here is a function of the name alone; ``utils.get_potential_model_names`` is the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspend.lookup_rules import DATED, FINE_TUNED, LookupRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspend.lookup_rules import Strip

EXACT = "exact"
"""How ``resolved_by`` calls a name that is a key as it stands."""

PREFIXED = "provider prefixed"
"""How it calls one that is a key behind its provider."""


def spellings(name: str, provider: str, rule: LookupRule) -> Iterator[tuple[str, str]]:
    """Spell a name in every way, when it is known who bills.

    Parameters
    ----------
    name
        With or without the provider's prefix.
    provider
        Who bills.
    rule
        How its names are looked up.

    Yields
    ------
    tuple of str and str
        A spelling, and what was done to the name.

    Examples
    --------
    >>> from llmspend.lookup_rules import lookup_rule
    >>> for spelling, how in spellings("small-2031-02-03", "acme", lookup_rule("acme")):
    ...     print(f"{spelling:25}{how}")
    acme/small-2031-02-03    provider prefixed
    small-2031-02-03         exact
    small-2031-02-03         exact
    acme/small               version stripped
    small                    version stripped
    acme/small-2031-02-03    provider prefixed
    """
    prefix = f"{provider}/"
    bare = name.removeprefix(prefix)
    combined = prefix + bare
    yield combined, EXACT if combined == name else PREFIXED
    yield name, EXACT
    routeless, unrouted = _strip(bare, (rule.route,) if rule.route else ())
    if rule.route_under_provider:
        yield prefix + routeless, unrouted
    yield routeless, unrouted if routeless != bare or bare == name else "prefix stripped"
    short, how = _shorten(bare, rule)
    if rule.route_under_provider:
        yield prefix + _shorten(routeless, rule)[0], unrouted if how == EXACT else how
    else:
        yield prefix + short, how
    yield short, how
    resource = next(
        (form for pattern, form in rule.resource_names if pattern.search(routeless)), ""
    )
    if resource:
        yield prefix + resource.format(routeless), "alias"
    else:
        yield prefix + name, PREFIXED


def spellings_without_provider(name: str, bare: str, rule: LookupRule) -> Iterator[tuple[str, str]]:
    """Spell a name in every way, when the log does not say who bills.

    Parameters
    ----------
    name
        As called.
    bare
        Without the prefix that told who bills.
    rule
        How the names of whoever bills are looked up.

    Yields
    ------
    tuple of str and str
        A spelling, and what was done to the name.

    Examples
    --------
    >>> from llmspend.lookup_rules import lookup_rule
    >>> [spelling for spelling, _ in spellings_without_provider("a/b", "b", lookup_rule(None))]
    ['a/b', 'b', 'a/b']
    """
    yield name, EXACT
    routeless, how = _strip(bare, (rule.route,) if rule.route else ())
    yield routeless, how if routeless != bare or bare == name else "prefix stripped"
    yield _shorten(name, rule)


def _shorten(name: str, rule: LookupRule) -> tuple[str, str]:
    return _strip(name, FINE_TUNED if rule.strips is DATED and "ft:" in name else rule.strips)


def _strip(name: str, strips: tuple[Strip, ...]) -> tuple[str, str]:
    """Apply all strips; also return the steps that changed something."""
    steps: dict[str, None] = {}
    for strip in strips:
        shorter = strip.pattern.sub(strip.replacement, name)
        if shorter != name:
            steps[strip.step] = None
            name = shorter
    return name, ", ".join(steps) or EXACT
