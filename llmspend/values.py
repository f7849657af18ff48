"""What the formulas are written over: columns of a frame, or the numbers of one call.

A formula takes an environment ``u`` and uses ``u.prompt_tokens``, ``+ - ×``, comparison, ``& | ~``
and ``u.choose``, ``u.least``, ``u.greatest``, ``u.divided``, ``u.known``, ``u.or_zero``. Read with
`Columns` it gives `polars.Expr`. Read with `Source` it gives the text of a Python function, made
once, so that one call costs microseconds: `as_function`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Value: TypeAlias = Any
"""An environment, or one of its values: whatever the reading makes of them."""

Stage: TypeAlias = "Callable[[Value], dict[str, Value]]"
"""A step of a computation: from an environment to new named values."""

PRIVATE = "_llmspend."
"""How the names of columns begin that exist only while a frame is being priced."""


def private(name: str) -> pl.Expr:
    """Return a column that llmspend itself made on the way, whatever columns a caller has.

    Parameters
    ----------
    name
        Its name in the formulas or on the rate card.

    Returns
    -------
    polars.Expr
        The column.
    """
    return pl.col(PRIVATE + name)


class Columns:
    """An environment of columns: a given one is itself, every other name is private.

    Parameters
    ----------
    given
        Names of the columns that a usage frame has.

    Examples
    --------
    >>> env = Columns(["prompt_tokens"])
    >>> str(env.prompt_tokens), str(env.input_tokens_rate)
    ('col("prompt_tokens")', 'col("_llmspend.input_tokens_rate")')
    """

    def __init__(self, given: Iterable[str]) -> None:
        self._given = frozenset(given)

    def __getattr__(self, name: str) -> pl.Expr:
        return pl.col(name) if name in self._given else private(name)

    @staticmethod
    def choose(condition: Value, then: Value, otherwise: Value) -> pl.Expr:
        """Return `then` where the condition holds, else `otherwise`."""
        return pl.when(condition).then(then).otherwise(otherwise)

    @staticmethod
    def divided(a: Value, b: float) -> pl.Expr:
        """Return `a` divided by a number; where there is none, null."""
        # Polars multiplies by the reciprocal of a literal, which is off by a bit now and then
        return a / (a * 0 + b)  # type: ignore[no-any-return]

    @staticmethod
    def least(a: Value, b: Value) -> pl.Expr:
        """Return the smaller of two values."""
        return pl.when(a < b).then(a).otherwise(b)

    @staticmethod
    def greatest(a: Value, b: Value) -> pl.Expr:
        """Return the larger of two values."""
        return pl.when(a > b).then(a).otherwise(b)

    @staticmethod
    def known(value: Value) -> pl.Expr:
        """Tell whether a value is there (not null)."""
        return value.is_not_null()  # type: ignore[no-any-return]

    @staticmethod
    def or_zero(value: Value) -> pl.Expr:
        """Return the value, or 0 where there is none."""
        return value.fill_null(0)  # type: ignore[no-any-return]


class Term:
    """A piece of Python source, and the names it uses.

    Parameters
    ----------
    text
        An expression that is safe to stand in any other.
    names
        Of the values in it.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str, names: frozenset[str] = frozenset()) -> None:
        self.text = text
        self.names = names

    @classmethod
    def of(cls, template: str, *parts: Value) -> Term:
        """Fill a template with terms and numbers."""
        terms = [p if isinstance(p, Term) else cls(repr(p)) for p in parts]
        names = frozenset[str]().union(*(t.names for t in terms))
        return cls(f"({template.format(*(t.text for t in terms))})", names)

    def __add__(self, other: Value) -> Term:
        return self.of("{} + {}", self, other)

    def __sub__(self, other: Value) -> Term:
        return self.of("{} - {}", self, other)

    def __mul__(self, other: Value) -> Term:
        return self.of("{} * {}", self, other)

    def __truediv__(self, other: Value) -> Term:
        return self.of("{} / {}", self, other)

    def __lt__(self, other: Value) -> Term:
        return self.of("{} < {}", self, other)

    def __le__(self, other: Value) -> Term:
        return self.of("{} <= {}", self, other)

    def __gt__(self, other: Value) -> Term:
        return self.of("{} > {}", self, other)

    def __ge__(self, other: Value) -> Term:
        return self.of("{} >= {}", self, other)

    def __eq__(self, other: Value) -> Term:  # type: ignore[override]
        return self.of("{} == {}", self, other)

    def __ne__(self, other: Value) -> Term:  # type: ignore[override]
        return self.of("{} != {}", self, other)

    def __and__(self, other: Value) -> Term:
        return self.of("{} and {}", self, other)

    def __or__(self, other: Value) -> Term:
        return self.of("{} or {}", self, other)

    def __invert__(self) -> Term:
        return self.of("not {}", self)


class Source:
    """An environment of names in Python source.

    Examples
    --------
    >>> u = Source()
    >>> u.choose(u.prompt_tokens > 0, u.prompt_tokens, 0).text
    '(prompt_tokens if (prompt_tokens > 0) else 0)'
    """

    def __getattr__(self, name: str) -> Term:
        return Term(name, frozenset((name,)))

    @staticmethod
    def choose(condition: Value, then: Value, otherwise: Value) -> Term:
        """Return `then` where the condition holds, else `otherwise`."""
        return Term.of("{1} if {0} else {2}", condition, then, otherwise)

    @staticmethod
    def divided(a: Value, b: float) -> Term:
        """Return `a` divided by a number."""
        return Term.of("{} / {}", a, b)

    @staticmethod
    def least(a: Value, b: Value) -> Term:
        """Return the smaller of two values."""
        return Term.of("{0} if {0} < {1} else {1}", a, b)

    @staticmethod
    def greatest(a: Value, b: Value) -> Term:
        """Return the larger of two values."""
        return Term.of("{0} if {0} > {1} else {1}", a, b)

    @staticmethod
    def known(value: Value) -> Term:
        """Tell whether a value is there (not None)."""
        return Term.of("{} is not None", value)

    @staticmethod
    def or_zero(value: Value) -> Term:
        """Return the value, or 0 where there is none."""
        return Term.of("0 if {0} is None else {0}", value)


def as_columns(stages: Iterable[Stage], frame: pl.LazyFrame, given: Iterable[str]) -> pl.LazyFrame:
    """Apply stages to a frame.

    Parameters
    ----------
    stages
        In order; each reads what those before it gave.
    frame
        A row per call.
    given
        Names of its columns that the stages may read; what else they read are `private` columns.

    Returns
    -------
    polars.LazyFrame
        The same rows with every value of every stage, under `private` names.
    """
    env = Columns(given)
    for stage in stages:
        frame = frame.with_columns(
            value.alias(PRIVATE + name) for name, value in stage(env).items()
        )
    return frame


def as_function(
    stages: Iterable[Stage], given: Iterable[str], outputs: Sequence[str]
) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
    """Make a Python function of stages.

    Parameters
    ----------
    stages
        In order; each reads what those before it gave.
    given
        Names that the function takes from its first argument; what else the stages read comes from
        the second.
    outputs
        Names of the values it returns; only what they need is computed.

    Returns
    -------
    callable
        From two mappings of numbers to a dict of the outputs.

    Examples
    --------
    >>> double = as_function([lambda u: {"twice": u.n * u.factor}], ["n"], ["twice"])
    >>> double({"n": 3}, {"factor": 2})
    {'twice': 6}
    """
    given = frozenset(given)
    env = Source()
    assigned: list[tuple[str, Term]] = []
    for stage in stages:
        values = stage(env)
        for i, (name, term) in enumerate(values.items()):
            if term.names & set(list(values)[:i]):
                # columns are all made at once, these lines one after the other
                raise ValueError(f"{name} reads a value that its own stage gives")
            assigned.append((name, term))
    needed = set(outputs)
    lines: list[str] = []
    for name, term in reversed(assigned):
        if name in needed:
            needed -= {name}
            needed |= term.names
            lines.append(f"{name} = {term.text}")
    inputs = [f"{n} = {'given' if n in given else 'found'}[{n!r}]" for n in sorted(needed)]
    result = ", ".join(f"{n!r}: {n}" for n in outputs)
    body = "\n    ".join((*inputs, *reversed(lines), f"return {{{result}}}"))
    namespace: dict[str, Any] = {}
    # our own formulas, written out: nothing of a caller's gets into this text
    exec(f"def apply(given, found):\n    {body}\n", namespace)  # noqa: S102
    return namespace["apply"]  # type: ignore[no-any-return]
