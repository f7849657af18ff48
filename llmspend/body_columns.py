"""Usage bodies by the column: `read_usage`.

A column of bodies is cut up by shape; each part is cut down to the tree that the shape's paths
read, with text at the leaves, and goes through the same formulas as one body does in
`llmspend.usage_bodies`. No row is looked at in Python.
"""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Final, overload

import polars as pl

from llmspend.body_paths import NAME, NOT_NAMES, NUMBER, dtype_of
from llmspend.errors import InputError
from llmspend.usage import COLUMN_BY_NAME, MAX_COUNT
from llmspend.usage_bodies import BODY_COLUMNS, USAGE_BODIES
from llmspend.values import PRIVATE, as_columns, private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmspend.body_paths import Place, Term, UsageBody

BODY_SCHEMA: Final = pl.Schema({name: COLUMN_BY_NAME[name].dtype for name in BODY_COLUMNS})
"""What `read_usage` gives."""

_KEYS: Final = """
    SELECT array_to_string(list_sort(list_intersect(try(json_keys(body)), ?)), ' ') AS keys
    FROM bodies
"""
_TELLING: Final = sorted(
    {k for body in USAGE_BODIES for k in (*body.has, *body.has_any, *body.lacks)}
)
"""The keys by which shapes are told apart."""
_TREES: Final = "SELECT try(json_transform(body, ?)) AS tree FROM bodies"
_NO_SHAPE: Final = -1
_WITHOUT_NULLS: Final = "SELECT try(json_merge_patch('{}', body)) AS body FROM bodies"


@overload
def read_usage(bodies: pl.Series) -> pl.DataFrame: ...
@overload
def read_usage(bodies: pl.Expr) -> pl.Expr: ...
def read_usage(bodies: pl.Series | pl.Expr) -> pl.DataFrame | pl.Expr:
    """Read a column of usage bodies, whatever their shapes.

    Parameters
    ----------
    bodies
        The bodies: JSON text, or structs. A null field of a struct is a key that is not there.

    Returns
    -------
    polars.DataFrame or polars.Expr
        A row per body, in order, with the columns of BODY_SCHEMA; for an expression, a struct of
        them to unnest. Where there is no body, everything is null. So it is for a body that is
        broken or of no known shape, but for ``usage_issue``, which is ``"unreadable_usage"``;
        ``"absurd_count"`` marks a row in which something stands for a count that is none, and the
        count is left out.

    Raises
    ------
    InputError
        When the column holds neither text nor structs.

    Examples
    --------
    >>> bodies = ['{"prompt_tokens": 9}', '{"input_tokens": 5, "output_tokens": 1}', "{", None]
    >>> read_usage(pl.Series(bodies)).select("prompt_tokens", "usage_issue").rows()
    [(9, None), (5, None), (None, 'unreadable_usage'), (None, None)]
    """
    if isinstance(bodies, pl.Expr):
        return bodies.map_batches(
            lambda series: read_usage(series).to_struct(series.name),
            return_dtype=pl.Struct(BODY_SCHEMA),
            is_elementwise=True,
        )
    texts = _texts(bodies)
    keys = _query(_KEYS, texts, _TELLING)["keys"]
    numbers = {k: _number_of(k) for k in keys.unique() if k is not None}
    rows = pl.DataFrame({"body": texts, "keys": keys}).with_row_index("row")
    rows = rows.with_columns(
        pl.when(pl.col("body").is_not_null())
        .then(pl.col("keys").replace_strict(numbers, default=_NO_SHAPE, return_dtype=pl.Int64))
        .alias("shape")
    )
    parts = [
        _read_part(part, number)
        for (number,), part in rows.partition_by("shape", as_dict=True).items()
    ]
    return pl.concat([_nothing(rows.clear()), *parts]).sort("row").select(BODY_COLUMNS)


def _number_of(keys: str) -> int:
    """Return which row of USAGE_BODIES a body with these keys is."""
    found = (i for i, body in enumerate(USAGE_BODIES) if body.recognises(keys.split(" ")))
    return next(found, _NO_SHAPE)


def _texts(bodies: pl.Series) -> pl.Series:
    """Give the bodies as JSON text; null where there is none."""
    if isinstance(bodies.dtype, pl.Struct):
        named = bodies.to_frame().select(pl.first().struct.json_encode().alias("body"))["body"]
        bodies = _query(_WITHOUT_NULLS, named)["body"]
    elif bodies.dtype == pl.Null or isinstance(bodies.dtype, (pl.Categorical, pl.Enum)):
        bodies = bodies.cast(pl.String)
    elif bodies.dtype != pl.String:
        raise InputError(
            f"usage bodies are JSON text or structs, but column {bodies.name!r} is {bodies.dtype}."
        )
    text = pl.col("body")
    is_none = text.str.strip_chars(" \t\r\n").is_in(["", "null"])
    return bodies.alias("body").to_frame().select(pl.when(~is_none).then(text))["body"]


def _query(sql: str, texts: pl.Series, *parameters: object) -> pl.DataFrame:
    """Run a query over the bodies, in their order."""
    import duckdb  # noqa: PLC0415 - heavy, and only columns need it

    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # stdout belongs to the caller
        connection.register("bodies", texts.alias("body").to_frame())
        return pl.DataFrame(connection.sql(sql, params=list(parameters)).to_arrow_table())


def _nothing(rows: pl.DataFrame, issue: str | None = None) -> pl.DataFrame:
    """Give rows of which nothing is known, but what is wrong with them."""
    nulls = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in BODY_SCHEMA.items()]
    return rows.select("row", *nulls).with_columns(usage_issue=pl.lit(issue, dtype=pl.String))


def _read_part(rows: pl.DataFrame, number: int | None) -> pl.DataFrame:
    """Read bodies of one shape, or of none."""
    if number is None or number == _NO_SHAPE:
        return _nothing(rows, None if number is None else "unreadable_usage")
    shape = USAGE_BODIES[number]
    trees = _query(_TREES, rows["body"], json.dumps(shape.structure)).unnest("tree")
    read = trees.lazy().with_columns(
        pl.coalesce(first, second).alias(first) for first, second in shape.stand_ins.items()
    )
    read = read.select(
        *(_first(name, places).alias(PRIVATE + name) for name, places in shape.places.items()),
        pl.any_horizontal(pl.lit(value=False), *_absurd(shape)).alias("is_absurd"),
    )
    read = as_columns(shape.formulas, read, ())
    filled = (
        (private(name) if name in shape.columns else pl.lit(None))
        .cast(dtype)
        .fill_null(pl.lit(COLUMN_BY_NAME[name].default, dtype=dtype))
        .alias(name)
        for name, dtype in BODY_SCHEMA.items()
        if name != "usage_issue"
    )
    issue = pl.when("is_absurd").then(pl.lit("absurd_count")).alias("usage_issue")
    found = read.select(*filled, issue).select(BODY_COLUMNS).collect()
    return rows.select("row").hstack(found)


def _first(name: str, places: tuple[Place, ...]) -> pl.Expr:
    """Write the first known value of a column."""
    values = [_value(name, place) for place in places]
    return pl.coalesce(*values) if values else pl.lit(None, dtype=pl.Int64)


def _value(name: str, place: Place) -> pl.Expr:
    if not place.lists:
        return _typed(_at(pl.col, place.terms[0]), dtype_of(name))
    if not place.terms:
        counts = [_chosen(n, place, pl.lit(1)).list.len().cast(pl.Int64) for n in place.lists]
        return reduce(_sum, counts)
    tokens = _typed(_entry(place), dtype_of(name)).fill_null(0)
    lists = [_chosen(n, place, tokens) for n in place.lists]
    sums: list[pl.Expr] = [pl.when(c.list.len() > 0).then(c.list.sum()) for c in lists]
    return reduce(_sum, sums)


def _sum(one: pl.Expr, two: pl.Expr) -> pl.Expr:
    """Add two values of which either may be unknown."""
    return pl.coalesce(one + two, one, two)


def _entry(place: Place) -> pl.Expr:
    """Write the text that a place reads of an entry."""
    return pl.coalesce(*(_at(pl.element().struct.field, term) for term in place.terms))


def _chosen(name: str, place: Place, value: pl.Expr) -> pl.Expr:
    """Write a value of each entry that a place chooses."""
    is_chosen = pl.element().is_not_null()
    if place.key:
        text = _at(pl.element().struct.field, place.key)
        is_chosen = is_chosen & (
            text.str.to_lowercase().is_in(place.values) if place.values else text.is_not_null()
        )
    return pl.col(name).list.eval(pl.when(is_chosen).then(value)).list.drop_nulls()


def _at(field: Callable[[str], pl.Expr], term: Term) -> pl.Expr:
    """Write the text at a term."""
    head, *inner = term.path
    text = reduce(lambda value, name: value.struct.field(name), inner, field(head))
    if term.is_presence:
        return pl.when(text.str.starts_with("{")).then(pl.lit("1"))
    return text.str.json_path_match(f"$.{term.key}") if term.key else text


def _typed(text: pl.Expr, dtype: type) -> pl.Expr:
    """Write text as a value of its type; null where it is none."""
    if dtype is str:
        return pl.when(text.str.contains(NAME) & ~text.is_in(NOT_NAMES)).then(text)
    is_number = text.str.contains(NUMBER)
    number = pl.when(is_number).then(text.str.strip_chars(" ")).cast(pl.Float64, strict=False)
    if dtype is float:
        return pl.when(number.is_finite()).then(number)
    return pl.when(number.abs() <= MAX_COUNT).then(number).cast(pl.Int64, strict=False)


def _absurd(shape: UsageBody) -> Iterator[pl.Expr]:
    """Write the tests for what stands for a count and is none."""
    for name, places in shape.places.items():
        if dtype_of(name) is not int:
            continue
        for place in (place for place in places if place.terms):
            if not place.lists:
                yield _is_absurd(_at(pl.col, place.terms[0]))
            for list_name in place.lists:
                yield _chosen(list_name, place, _is_absurd(_entry(place))).list.any()


def _is_absurd(text: pl.Expr) -> pl.Expr:
    return ((text != "") & _typed(text, int).is_null()).fill_null(value=False)
