"""What a bridge says in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmspend.charts._spans import span_names
from llmspend.charts._steps import SMALL
from llmspend.charts._words import noun
from llmspend.text import usd

if TYPE_CHECKING:
    from llmspend.charts._steps import Steps

_SAME: Final = 0.005
_MANIFOLD: Final = 4
_SECOND: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Phrase:
    """How a step is spoken of; {s} stands for members.

    Attributes
    ----------
    name
        Its name.
    below
        What stands below that, on the axis.
    up, down
        Why spend rose or fell.
    """

    name: str
    below: tuple[str, ...]
    up: str
    down: str


_PHRASES: Final = {
    "volume": _Phrase("Volume", ("more or", "fewer tokens"), "more tokens", "fewer tokens"),
    "mix": _Phrase(
        "Mix", ("dearer or", "cheaper {s}"), "a shift to dearer {s}", "a shift to cheaper {s}"
    ),
    "price": _Phrase(
        "Price",
        ("paid per token", "within {s}"),
        "a higher price per token",
        "a lower price per token",
    ),
    "new": _Phrase("New", ("{s} not", "used before"), "new {s}", "credits of new {s}"),
    "gone": _Phrase("Gone", ("{s} not", "used after"), "credits that ended", "{s} no longer used"),
    "coverage": _Phrase(
        "Coverage",
        ("{s} priced at", "one time only"),
        "{s} without a price before",
        "{s} without a price after",
    ),
    "tokenless": _Phrase(
        "No tokens",
        ("images, seconds,", "searches"),
        "more requests without tokens",
        "fewer requests without tokens",
    ),
    SMALL: _Phrase("Other", ("small steps",), "small steps", "small steps"),
}


def _members(steps: Steps) -> str:
    return noun(steps.by[0], plural=True) if len(steps.by) == 1 else "pairs"


def _names(steps: Steps) -> tuple[str, str]:
    first, second = span_names(steps.spans)
    return first, second


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def axis(steps: Steps) -> list[list[str]]:
    """Name the bars.

    Parameters
    ----------
    steps
        What is drawn.

    Returns
    -------
    list of list of str
        A line or more for each, in order.
    """
    members = _members(steps)
    phrases = [_PHRASES[step.name] for step in steps.steps]
    inner = [[p.name, *(line.format(s=members) for line in p.below)] for p in phrases]
    first, second = _names(steps)
    return [_lines(first), *inner, _lines(second)]


def _lines(name: str) -> list[str]:
    """Break the name of a span, so that it fits below a bar."""
    lines = name.removeprefix("the ").replace(" of ", " of\n").replace(" to ", " to\n")
    return _capital(lines).split("\n")


def title(steps: Steps) -> str:
    """State how much more or less it was, and mostly why.

    Parameters
    ----------
    steps
        What is drawn.

    Returns
    -------
    str
        The largest reason, and the next if it is half as large.
    """
    if steps.is_empty:
        return (
            "Unknown spend: nothing to compare" if steps.scope.is_unknown else "No spend to compare"
        )
    first, second = _names(steps)
    was, now = steps.spans
    if now.kind == "week" and now.previous == was:
        first = "the week before"
    change = steps.after - steps.before
    who = _capital(second)
    if steps.covered is not None and was.last < steps.covered[0]:
        return f"{who} cost {usd(steps.after)}; the data do not reach back to {first}"
    if steps.before <= 0:
        return f"{who} cost {usd(steps.after)}, after nothing in {first}"
    share = change / steps.before
    if abs(share) < _SAME:
        return f"{who} cost about as much as {first}"
    if share >= _MANIFOLD - 1:
        return f"{who} cost {1 + share:.1f} times as much as {first}: {_why(steps, change)}"
    side = "more" if change > 0 else "less"
    return f"{who} cost {abs(share):.0%} {side} than {first}: {_why(steps, change)}"


def _why(steps: Steps, change: float) -> str:
    same = [s for s in steps.steps if s.amount * change > 0]
    ranked = sorted(same, key=lambda s: -abs(s.amount))[:2]
    told = [s for s in ranked if abs(s.amount) >= _SECOND * abs(ranked[0].amount)]
    texts = [_PHRASES[s.name].up if change > 0 else _PHRASES[s.name].down for s in told]
    return " and ".join(text.format(s=_members(steps)) for text in texts)


def subtitle(steps: Steps) -> list[str]:
    """State the two amounts, the times, and what is odd about these.

    Parameters
    ----------
    steps
        What is drawn.

    Returns
    -------
    list of str
        One line or two.
    """
    first, second = _names(steps)
    at, then = ("on" if span.days == 1 else "in" for span in steps.spans)
    amounts = f"{usd(steps.before)} {at} {first}, {usd(steps.after)} {then} {second}"
    if steps.is_empty and steps.scope.is_unknown:
        amounts = f"Unknown spend {at} {first} and {then} {second}"
    return steps.scope.lines(amounts, *_oddities(steps))


def _oddities(steps: Steps) -> list[str]:
    was, now = steps.spans
    notes = []
    if was.kind != now.kind or was.kind is None:
        notes.append(f"{was.days} and {now.days} days")
    if steps.covered is None:
        return notes
    begin, end = steps.covered
    partial = [
        name
        for name, span in zip(_names(steps), steps.spans, strict=True)
        if span.first < begin <= span.last or span.first <= end < span.last
    ]
    if partial:
        notes.append(f"{' and '.join(partial)} {'are' if partial[1:] else 'is'} partial")
    return notes


def description(steps: Steps) -> str:
    """List the steps.

    Parameters
    ----------
    steps
        What is drawn.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    each = ", ".join(f"{_PHRASES[s.name].name} {usd(s.amount, signed=True)}" for s in steps.steps)
    return f"Bars from {usd(steps.before)} to {usd(steps.after)}, which add up exactly: {each}"
