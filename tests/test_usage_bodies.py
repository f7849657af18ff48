"""Usage bodies: one table of cases for both readings, and for every form that a body has."""

from __future__ import annotations

import json
from types import SimpleNamespace

import polars as pl
import pytest

from llmspend.body_columns import BODY_SCHEMA, read_usage
from llmspend.body_paths import fields_of
from llmspend.errors import InputError
from llmspend.usage import COLUMN_BY_NAME, call
from llmspend.usage_bodies import BODY_COLUMNS, usage_of
from tests.openai_bodies import CHAT, OPENAI_BODIES
from tests.other_bodies import GENERATE, MESSAGES, OTHER_BODIES, parts

NOTHING = {name: COLUMN_BY_NAME[name].default for name in BODY_COLUMNS}

CASES = [*OPENAI_BODIES, *OTHER_BODIES]
NAMES, BODIES, SAID = zip(*CASES, strict=True)
TEXTS = [json.dumps(body) for body in BODIES]


@pytest.mark.parametrize(("body", "said"), [case[1:] for case in CASES], ids=NAMES)
def test_one_body(body, said):
    assert usage_of(body) == NOTHING | said


def test_a_column_of_bodies():
    read = read_usage(pl.Series(TEXTS))
    assert read.schema == BODY_SCHEMA
    said = [NOTHING | case for case in SAID]
    assert dict(zip(NAMES, read.rows(named=True), strict=True)) == dict(
        zip(NAMES, said, strict=True)
    )


def test_a_body_can_be_priced_as_it_was_read():
    assert call(model="acme/small", **usage_of(MESSAGES))["prompt_tokens"] == 500


# -- what is no body


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Its keys: none"),
        ({"tokens_in": 3, "b": 1}, "Its keys: 'b', 'tokens_in'"),
        ({"input_tokens": 3}, r"Known: Messages \(input_tokens, any of, cache_read"),
        (None, "not NoneType"),
        ("{}", "not str"),
        ([1], "not list"),
    ],
)
def test_a_body_of_no_shape_says_what_was_seen_and_what_is_known(body, told):
    with pytest.raises(InputError, match=told):
        usage_of(body)


def test_a_column_keeps_every_row_in_order_and_marks_what_it_cannot_read():
    ugly = [None, "", " ", "null", "{", "[1]", "3", '"x"', "{}", '{"tokens_in": 3}', TEXTS[0] + "x"]
    read = read_usage(pl.Series([*ugly, TEXTS[0]] * 1000))
    issues = [None] * 4 + ["unreadable_usage"] * 7 + [None]
    assert read["usage_issue"].to_list() == issues * 1000
    assert read["prompt_tokens"].to_list() == ([None] * 11 + [1000]) * 1000
    assert read[:11].drop("usage_issue").null_count().row(0) == (11,) * (read.width - 1)


def test_no_rows():
    assert read_usage(pl.Series([], dtype=pl.String)).schema == BODY_SCHEMA
    assert read_usage(pl.Series([None])).rows() == [(None,) * len(BODY_SCHEMA)]


def test_other_columns_are_refused_by_name():
    with pytest.raises(InputError, match="'usage' is Int64"):
        read_usage(pl.Series("usage", [1]))


# -- other forms of the same bodies


def _objects(value):
    """Turn dicts into objects with attributes."""
    if isinstance(value, dict):
        return SimpleNamespace(**{k: _objects(v) for k, v in value.items()})
    return [_objects(v) for v in value] if isinstance(value, list) else value


class Dumped:
    """Something with a model_dump, as SDKs give it."""

    def __init__(self, fields):
        self.fields = fields

    def model_dump(self):
        return self.fields


@pytest.mark.parametrize("form", [_objects, Dumped])
def test_objects_of_an_sdk_read_like_their_json(form):
    for body in BODIES:
        assert usage_of(form(body)) == usage_of(body)


def test_plain_values_have_no_fields():
    assert [fields_of(value) for value in (3, "x", None, [1])] == [None] * 4


def test_structs_read_like_json_without_its_nulls():
    clean = {"Messages": MESSAGES | {"iterations": [{"input_tokens": 2}]}, "chat": CHAT}
    clean |= {"generate": GENERATE | {"promptTokensDetails": parts(TEXT=4)}, "none": {"x": 1}}
    structs = pl.Series([*clean.values(), None], strict=False)
    keys = {key for body in clean.values() for key in body}
    assert {field.name for field in structs.dtype.fields} == keys
    assert read_usage(structs).equals(
        read_usage(pl.Series([*map(json.dumps, clean.values()), None]))
    )


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_an_expression_gives_a_struct_of_the_same(engine):
    frame = pl.LazyFrame({"id": range(len(TEXTS)), "usage": TEXTS})
    read = frame.select("id", read_usage(pl.col("usage"))).unnest("usage").collect(engine=engine)
    assert read.drop("id").equals(read_usage(pl.Series(TEXTS)))
