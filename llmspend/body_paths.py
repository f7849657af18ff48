"""Paths into usage bodies: their grammar, and how one body is read by them.

A path is ``"a.b"``, or

=========================  ==================================================================
``"a:b"``                  the key ``b`` of an ``a`` that may as well be a plain value
``"a{}"``                  1 where ``a`` is an object
``"list[]"``               how many entries the list has
``"list[key]"``            how many of them have the key
``"list[].a"``             the sum of ``a`` over the entries; null without an entry
``"list[key].a"``          the same over the entries that have the key
``"list[key=x|y].a|b"``    over the entries whose key is x or y in any case; ``a``, else ``b``
``"one+two[...]..."``      over two lists
=========================  ==================================================================

One body is read here, columns of them in `llmspend.body_columns`. Both take numbers and names from
the values' JSON text by the same patterns, so a count may be an integer, a float or text in either.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

import polars as pl

from llmspend.usage import COLUMN_BY_NAME, MAX_COUNT
from llmspend.values import Source, Stage, as_function

NUMBER = r"^ *-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)? *$"
"""What counts and amounts look like, also as text."""

NAME = r"^[A-Za-z][A-Za-z0-9_. -]*$"
"""What tiers, places and speeds look like; a number or an object is none."""

NOT_NAMES: tuple[str, ...] = ("true", "false")
"""Names that are truth values: a reader of columns sees both as text."""

_LIST = re.compile(r"([\w+]+)\[([\w.{}]*)(?:=([\w|]+))?\](?:\.([\w.:|]+))?")
_LEAF = "VARCHAR"


class Term(NamedTuple):
    """Where a value is in an object.

    Attributes
    ----------
    path
        The keys that lead to it.
    key
        The key inside it, where it may as well be a plain value.
    is_presence
        Whether the value is 1 for an object that is there.
    """

    path: tuple[str, ...]
    key: str = ""
    is_presence: bool = False

    @classmethod
    def of(cls, text: str) -> Term:
        """Take ``"a.b"``, ``"a:b"`` or ``"a{}"`` apart.

        Parameters
        ----------
        text
            As it stands in a path.

        Returns
        -------
        Term
            Its parts.
        """
        path, _, key = text.partition(":")
        return cls(tuple(path.removesuffix("{}").split(".")), key, path.endswith("{}"))


@dataclass(frozen=True)
class Place:
    """A path, taken apart.

    Attributes
    ----------
    terms
        Where the value is, best first, in the body or in an entry of its lists.
    lists
        The lists whose entries are summed up, or counted where there are no terms.
    key
        What an entry must have.
    values
        What the key must be, lower case; empty for anything.
    """

    terms: tuple[Term, ...]
    lists: tuple[str, ...] = ()
    key: Term | None = None
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str) -> Place:
        """Take a path apart.

        Parameters
        ----------
        path
            As in the rows of USAGE_BODIES.

        Returns
        -------
        Place
            Its parts.

        Examples
        --------
        >>> place = Place.of("parts[modality=text].tokens")
        >>> place.lists, place.key.path, place.values, place.terms[0].path
        (('parts',), ('modality',), ('text',), ('tokens',))
        """
        of_list = _LIST.fullmatch(path)
        if of_list is None:
            return cls((Term.of(path),))
        lists, key, values, terms = of_list.groups()
        return cls(
            tuple(map(Term.of, terms.split("|"))) if terms else (),
            tuple(lists.split("+")),
            Term.of(key) if key else None,
            tuple(values.split("|")) if values else (),
        )


@dataclass(frozen=True)
class UsageBody:
    """A shape of usage bodies.

    Attributes
    ----------
    name
        The API it comes from, as messages call it.
    source
        Where LiteLLM reads it.
    paths
        Canonical column, or private name of a formula, → where it is, best first; the first that
        says something counts.
    has
        Keys that a body of this shape has.
    has_any
        Keys of which it has at least one; empty for none.
    lacks
        Keys that it does not have.
    stand_ins
        Object → the object that holds the same keys where the first is absent.
    formulas
        How the other columns follow, in order; each reads what the paths and those before it gave.
    """

    name: str
    source: str
    paths: Mapping[str, tuple[str, ...]]
    has: tuple[str, ...] = ()
    has_any: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    formulas: tuple[Stage, ...] = ()

    def recognises(self, keys: Container[str]) -> bool:
        """Tell whether a body is of this shape.

        Parameters
        ----------
        keys
            The keys that it has.

        Returns
        -------
        bool
            Whether it is.
        """
        return (
            all(key in keys for key in self.has)
            and not any(key in keys for key in self.lacks)
            and (not self.has_any or any(key in keys for key in self.has_any))
        )

    @cached_property
    def places(self) -> dict[str, tuple[Place, ...]]:
        """The paths, taken apart."""
        return {name: tuple(map(Place.of, paths)) for name, paths in self.paths.items()}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that a body of this shape fills."""
        given = {*self.paths, *(name for stage in self.formulas for name in stage(Source()))}
        return tuple(name for name in COLUMN_BY_NAME if name in given)

    @cached_property
    def derive(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """The formulas for one body: from what the paths gave to `columns`."""
        derive = as_function(self.formulas, self.paths, self.columns)
        return lambda values: derive(values, {})

    @cached_property
    def structure(self) -> dict[str, Any]:
        """Everything the paths read, as a tree: keys → ``"VARCHAR"``, a tree or a list of one."""
        tree: dict[str, Any] = {}
        for place in (place for places in self.places.values() for place in places):
            if not place.lists:
                _grow(tree, *place.terms)
            for name in place.lists:
                keys = () if place.key is None else (place.key,)
                _grow(tree.setdefault(name, [{}])[0], *place.terms, *keys)
        for first, second in self.stand_ins.items():
            tree[second] = tree[first]
        return tree


def _grow(tree: dict[str, Any], *terms: Term) -> None:
    """Add to a tree what some terms read."""
    for term in terms:
        branch = tree
        for parent in term.path[:-1]:
            branch = branch.setdefault(parent, {})
        branch[term.path[-1]] = _LEAF


@cache
def dtype_of(name: str) -> type[int | float | str]:
    """Return the type in which a name is read.

    Parameters
    ----------
    name
        A canonical column, or a private name of the formulas.

    Returns
    -------
    type
        int for counts, float for amounts, str for names.
    """
    if name not in COLUMN_BY_NAME:
        return float if name.endswith("_cost") else int
    dtype = COLUMN_BY_NAME[name].dtype
    return str if dtype == pl.String else float if dtype == pl.Float64 else int


def fields_of(value: object) -> Mapping[Any, Any] | None:
    """Give an object as its fields.

    Parameters
    ----------
    value
        A mapping, or an object with ``model_dump()`` or attributes.

    Returns
    -------
    Mapping or None
        Its fields by name; None for a plain value.

    Examples
    --------
    >>> fields_of({"prompt_tokens": 3}), fields_of(3)
    ({'prompt_tokens': 3}, None)
    """
    if isinstance(value, Mapping):
        return value
    dump = getattr(value, "model_dump", None)
    fields = dump() if callable(dump) else getattr(value, "__dict__", None)
    return fields if isinstance(fields, Mapping) else None


class BodyReader:
    """Reads the places of one body, and notes whether anything there is absurd.

    Parameters
    ----------
    shape
        What the body is.
    fields
        The body.
    """

    def __init__(self, shape: UsageBody, fields: Mapping[Any, Any]) -> None:
        absent = {k: fields.get(s) for k, s in shape.stand_ins.items() if fields.get(k) is None}
        self._fields = {**fields, **absent}
        self.has_absurd = False

    def first(self, name: str, places: tuple[Place, ...]) -> Any:  # noqa: ANN401 - of its type
        """Return what a column has: the first value that is known.

        Parameters
        ----------
        name
            The column, or a private name of the formulas.
        places
            Where it may be.

        Returns
        -------
        int, float, str or None
            By the type of the column; None where no value is known.
        """
        values = [self._value(name, place) for place in places]
        return next((value for value in values if value is not None), None)

    def _value(self, name: str, place: Place) -> Any:  # noqa: ANN401 - of its type
        if not place.lists:
            return self._typed(name, _at(self._fields, place.terms[0]))
        lists = [v for n in place.lists if isinstance(v := self._fields.get(n), (list, tuple))]
        chosen = [entry for entries in lists for entry in entries if _is_chosen(entry, place)]
        if not place.terms:
            return len(chosen) if lists else None
        found = [
            next((v for term in place.terms if (v := _at(entry, term)) is not None), None)
            for entry in chosen
        ]
        counts = [self._typed(name, value) or 0 for value in found]
        return sum(counts) if counts else None

    def _typed(self, name: str, value: object) -> Any:  # noqa: ANN401 - of its type
        """Return a value in the type of its column; None where it is none."""
        if value is None or value == "":
            return None
        dtype = dtype_of(name)
        if dtype is str:
            is_name = isinstance(value, str) and re.fullmatch(NAME, value)
            return value if is_name and value not in NOT_NAMES else None
        text = str(value)
        # a truth value is a number to Python, but not to us
        is_number = not isinstance(value, bool) and re.fullmatch(NUMBER, text)
        number = float(text) if is_number else math.nan
        if dtype is float:
            return number if math.isfinite(number) else None
        if abs(number) <= MAX_COUNT:
            return int(number)
        self.has_absurd = True
        return None


def _at(value: Any, term: Term) -> Any:  # noqa: ANN401 - anything
    """Return what is at a term; None where there is nothing."""
    for name in term.path:
        fields = value if type(value) is dict else fields_of(value)
        value = None if fields is None else fields.get(name)
        if value is None:
            return None
    if term.is_presence:
        return None if fields_of(value) is None else 1
    if not term.key:
        return value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    fields = fields_of(value)
    return None if fields is None else fields.get(term.key)


def _is_chosen(entry: object, place: Place) -> bool:
    if entry is None or place.key is None:
        return entry is not None
    value = _at(entry, place.key)
    return value is not None and (not place.values or str(value).lower() in place.values)
