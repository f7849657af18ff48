"""The rules of usage bodies: each names its source, and both readings agree on any body."""

from __future__ import annotations

import json

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from llmspend.body_columns import read_usage
from llmspend.usage_bodies import BODY_COLUMNS, USAGE_BODIES, usage_of
from llmspend.values import Source

# -- the table


def test_rows_name_their_source_and_only_canonical_or_private_columns():
    for body in USAGE_BODIES:
        assert body.source
        assert all(n in BODY_COLUMNS or n.startswith("_") for n in body.paths)
        assert body.has or body.has_any


def test_no_value_of_a_stage_reads_what_another_of_it_gives():
    # one call assigns them one after the other, columns get them at once
    for stage in {stage for body in USAGE_BODIES for stage in body.formulas}:
        given_names = stage(Source())
        for name, value in given_names.items():
            assert not (value.names & given_names.keys()) - {name}, (stage, name)


# -- any body at all


COUNTS = st.one_of(
    st.integers(-5, 3000),
    st.none(),
    st.sampled_from([10**12, 10**13, 10**40, 1.5, 1e6, -0.0, 1e300, "12", " 7", "1e2", "", "x"]),
)
WORDS = st.sampled_from(["text", "AUDIO", "Image", "document", "5m", "1h", "fast", "é", "true"])
UGLY = st.one_of(COUNTS, WORDS, st.booleans(), st.just([]), st.just({}), st.just([1, None]))


def _filled(structure):
    """Give values of a tree, mostly of its form."""
    if structure == "VARCHAR":
        splits = {"ephemeral_5m_input_tokens": COUNTS, "total_cost": COUNTS}
        return st.one_of(COUNTS, WORDS, UGLY, st.fixed_dictionaries({}, optional=splits))
    if isinstance(structure, list):
        return st.one_of(st.lists(st.one_of(_filled(structure[0]), UGLY), max_size=3), UGLY)
    inner = st.fixed_dictionaries({}, optional={k: _filled(v) for k, v in structure.items()})
    return st.one_of(inner, inner, inner, UGLY)


def _bodies(shape):
    optional = {k: _filled(v) for k, v in shape.structure.items() if k not in shape.has}
    required = {k: _filled(shape.structure[k]) for k in (*shape.has, *shape.has_any[:1])}
    optional = {k: v for k, v in optional.items() if k not in required}
    return st.fixed_dictionaries(required, optional=optional)


@settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(st.data())
def test_one_body_and_columns_agree(data):
    bodies = [data.draw(_bodies(shape)) for shape in USAGE_BODIES for _ in range(3)]
    read = read_usage(pl.Series([json.dumps(body) for body in bodies]))
    for body, row in zip(bodies, read.rows(named=True), strict=True):
        assert row == usage_of(body), body
