"""The third reading of the formulas: numbers that remember where they come from.

Read for columns, the formulas of `llmspend.arithmetic` are expressions; read for one call, a
function (`llmspend.values`). Read with `trace` they are followed step by step on one call's
numbers: the same operations in the same order, so the same float64 results, but every quantity
knows which reported counts it was made of, and every sum of costs which products are in it.
Nothing of the formulas is written here again.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from llmspend.values import Stage, Value

_RATE: Final = "_rate"


@dataclass(frozen=True, slots=True)
class Product:
    """A quantity times a rate, somewhere in the formulas.

    Attributes
    ----------
    meter
        What the rate is of: its name on the rate card without ``_rate``.
    quantity
        How much was used.
    counts
        Reported count → its factor in the quantity: ``{"prompt_tokens": 1, "cache_read_tokens":
        -1}`` is the prompt without what was cached.
    rate
        USD per one unit; None where unknown.
    amount
        What the formulas make of both, USD; None where unknown.
    """

    meter: str
    quantity: float | None
    counts: Mapping[str, float]
    rate: float | None
    amount: float | None


@dataclass(frozen=True, eq=False, slots=True)
class Traced:
    """A number on its way through the formulas.

    Attributes
    ----------
    value
        The number; None where unknown.
    counts
        The reported counts in it, with their factors.
    name
        Its name on the rate card, where it is from there.
    summands
        The products that it is the sum of, in order; those of one summand are added first.
    """

    value: float | None
    counts: Mapping[str, float] = field(default_factory=dict)
    name: str | None = None
    summands: tuple[tuple[Product, ...], ...] = ()

    @property
    def is_rate(self) -> bool:
        """Whether it is USD per unit, from the rate card."""
        return self.name is not None and self.name.endswith(_RATE)

    def __add__(self, other: Value) -> Traced:
        return self._combined(_traced(other), operator.add, 1)

    def __sub__(self, other: Value) -> Traced:
        return self._combined(_traced(other), operator.sub, -1)

    def _combined(self, other: Traced, operation: Callable[[Any, Any], Any], sign: int) -> Traced:
        counts = dict(self.counts)
        for name, factor in other.counts.items():
            counts[name] = counts.get(name, 0) + sign * factor
        # what is added as one sum stays one summand
        together = tuple(product for summand in other.summands for product in summand)
        return Traced(
            _applied(operation, self.value, other.value),
            {name: factor for name, factor in counts.items() if factor},
            None,
            (*self.summands, together) if together else self.summands,
        )

    def __mul__(self, other: Value) -> Traced:
        other = _traced(other)
        value = _applied(operator.mul, self.value, other.value)
        if other.is_rate:
            meter = str(other.name).removesuffix(_RATE)
            product = Product(meter, self.value, self.counts, other.value, value)
            return Traced(value, summands=((product,),))
        if other.counts and not self.counts:
            return Traced(value, _scaled(other.counts, self.value))
        return Traced(value, _scaled(self.counts, other.value))

    def divided(self, number: float) -> Traced:
        """Return it divided by a number; a single product in it becomes one of larger units."""
        value = None if self.value is None else self.value / number
        summands = self.summands
        if summands:
            ((product,),) = summands
            quantity = None if product.quantity is None else product.quantity / number
            counts = _scaled(product.counts, 1 / number)
            larger = replace(product, quantity=quantity, counts=counts, amount=value)
            summands = ((larger,),)
        return Traced(value, _scaled(self.counts, 1 / number), None, summands)

    def __lt__(self, other: Value) -> Truth:
        return self._compared(other, operator.lt)

    def __le__(self, other: Value) -> Truth:
        return self._compared(other, operator.le)

    def __gt__(self, other: Value) -> Truth:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Value) -> Truth:
        return self._compared(other, operator.ge)

    def __eq__(self, other: Value) -> Truth:  # type: ignore[override]
        return self._compared(other, operator.eq)

    def __ne__(self, other: Value) -> Truth:  # type: ignore[override]
        return self._compared(other, operator.ne)

    __hash__ = None  # type: ignore[assignment]

    def _compared(self, other: Value, operation: Callable[[Any, Any], Any]) -> Truth:
        # as in a frame: a comparison with an unknown number holds for no row
        return Truth(bool(_applied(operation, self.value, _traced(other).value)))


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether something holds.

    Attributes
    ----------
    holds
        True or false.
    """

    holds: bool

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.holds and other.holds)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.holds or other.holds)

    def __invert__(self) -> Truth:
        return Truth(not self.holds)


def _applied(operation: Callable[[Any, Any], Any], a: float | None, b: float | None) -> Any:  # noqa: ANN401 - a number or a truth
    return None if a is None or b is None else operation(a, b)


def _scaled(counts: Mapping[str, float], factor: float | None) -> dict[str, float]:
    return {name: of * factor for name, of in counts.items()} if factor else {}


def _traced(value: Value) -> Traced:
    return value if isinstance(value, Traced) else Traced(value)


class _Trace:
    """An environment of traced numbers."""

    def __init__(
        self, given: Collection[str], usage: Mapping[str, Any], found: Mapping[str, Any]
    ) -> None:
        self._given = given
        self._usage = usage
        self._found = found
        self._made: dict[str, Traced | Truth] = {}

    def __getattr__(self, name: str) -> Value:
        if name in self._made:
            return self._made[name]
        if name in self._given:
            value = self._usage[name]
            return Traced(value, {name: 1} if value else {})
        return Traced(self._found[name], name=name)

    def keep(self, values: Mapping[str, Traced | Truth]) -> None:
        """Take the values of a stage into the environment."""
        self._made |= values

    @property
    def made(self) -> dict[str, Traced | Truth]:
        """Every value of every stage so far."""
        return self._made

    @staticmethod
    def choose(condition: Truth, then: Value, otherwise: Value) -> Traced:
        """Return `then` where the condition holds, else `otherwise`."""
        return _traced(then if condition.holds else otherwise)

    @staticmethod
    def divided(a: Traced, b: float) -> Traced:
        """Return `a` divided by a number."""
        return a.divided(b)

    @staticmethod
    def least(a: Value, b: Value) -> Traced:
        """Return the smaller of two values."""
        first, second = _traced(a), _traced(b)
        return first if (first < second).holds else second

    @staticmethod
    def greatest(a: Value, b: Value) -> Traced:
        """Return the larger of two values."""
        first, second = _traced(a), _traced(b)
        return first if (first > second).holds else second

    @staticmethod
    def known(value: Value) -> Truth:
        """Tell whether a value is there (not None)."""
        return Truth(_traced(value).value is not None)

    @staticmethod
    def or_zero(value: Value) -> Traced:
        """Return the value, or 0 where there is none."""
        number = _traced(value)
        return Traced(0) if number.value is None else number


def trace(
    stages: Iterable[Stage],
    given: Collection[str],
    usage: Mapping[str, Any],
    found: Mapping[str, Any],
) -> dict[str, Traced | Truth]:
    """Follow the formulas on the numbers of one call.

    Parameters
    ----------
    stages
        In order; each reads what those before it gave.
    given
        Names that the stages take from `usage`; what else they read comes from `found`.
    usage
        The call's counts.
    found
        Its row of the rate card; None where a rate is unknown.

    Returns
    -------
    dict
        Every value of every stage, by name.

    Examples
    --------
    >>> def fresh(u):
    ...     return {"fresh_q": u.prompt_tokens - u.cache_read_tokens}
    >>> def cost(u):
    ...     return {"cost": u.fresh_q * u.fresh_rate}
    >>> counts = {"prompt_tokens": 10, "cache_read_tokens": 4}
    >>> made = trace([fresh, cost], counts, counts, {"fresh_rate": 0.5})
    >>> made["cost"].value, made["fresh_q"].counts
    (3.0, {'prompt_tokens': 1, 'cache_read_tokens': -1})
    """
    env = _Trace(given, usage, found)
    for stage in stages:
        env.keep({name: _named(value) for name, value in stage(env).items()})
    return env.made


def _named(value: Value) -> Traced | Truth:
    return value if isinstance(value, Truth) else _traced(value)
