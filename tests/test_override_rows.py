"""Overrides as they are given: in which ways and files, and which rows are refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from llmspend import InputError, RateCard
from llmspend.config import load_prices
from llmspend.overrides import overrides_of
from tests.own_prices import IN, OUT, rate_of


def at(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


ROW = {"model": "acme/small", IN: 5e-07, OUT: 7e-07, "valid_from": "2026-03-01"}
WAYS = (
    [ROW],
    ({**ROW, "note": "contract 7", "valid_to": None, "model_group": ""},),
    {"acme/small": {k: v for k, v in ROW.items() if k != "model"}},
    {"acme/small": [{k: v for k, v in ROW.items() if k != "model"}]},
    [{**ROW, "model": "small", "provider": "acme"}],
    [{**ROW, "model": "small", "litellm_provider": "acme"}],
    [{**ROW, IN: "5e-7", "valid_from": date(2026, 3, 1)}],
    [{**ROW, "valid_from": datetime(2026, 3, 1)}],  # noqa: DTZ001 - naive ones are UTC
    [{**ROW, "valid_from": datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))}],
    [{**ROW, "valid_from": "2026-03-01T02:00+02:00"}],
    pl.DataFrame([ROW]),
    pl.DataFrame([{**ROW, "valid_from": date(2026, 3, 1)}]),
    pl.LazyFrame([{**ROW, "tiered_pricing": None}]),
)


@pytest.mark.parametrize("number", range(len(WAYS)))
def test_ways_to_give_prices(acme_map, number):
    own = overrides_of(WAYS[number], acme_map)
    text = "overrides row 1: model '{}', from 2026-03-01 00:00 UTC"
    named = [text.format("acme/small"), text.format("small").replace(",", " and provider 'acme',")]
    assert own.sources["overrides row 1"] in named
    card = RateCard(acme_map, own)
    assert rate_of(card, model="acme/small", provider="acme") == (1e-06, "acme/small")
    assert rate_of(card, model="acme/small", ended_at=at(1, 0)) == (5e-07, "overrides row 1")
    assert rate_of(card, model="acme/small", ended_at=at(1, 0) - timedelta(microseconds=1))[0] == (
        1e-06
    )


FILES = {
    "prices.csv": f"model, {IN},{OUT},valid_from,note\nacme/small,5e-7,7e-07,2026-03-01,x\n,,,,\n"[
        :-6
    ],
    "prices.json": json.dumps([ROW]),
    "prices.yaml": json.dumps({"acme/small": {**ROW}}),
    "prices.yml": f"- model: acme/small\n  {IN}: 5e-7\n  {OUT}: 7e-7\n  valid_from: 2026-03-01\n",
}


@pytest.mark.parametrize("name", FILES)
def test_files(acme_map, tmp_path, name):
    (tmp_path / name).write_text(FILES[name], "utf-8")
    own = load_prices(tmp_path / name, cost_map=acme_map)
    card = RateCard(acme_map, own)
    assert rate_of(card, model="acme/small", ended_at=at(2)) == (5e-07, f"{name} row 1")
    assert own.sources[f"{name} row 1"].startswith(
        f"{name} row 1: model 'acme/small', from 2026-03"
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("prices.txt", "x", "read from .csv, .json, .yaml or .yml"),
        ("prices.csv", "", "prices.csv is no table"),
        ("prices.csv", "model,price\na,1\n", "prices.csv row 1: unknown column 'price'"),
        ("prices.json", "{", "line 1, column 2 is not JSON"),
        ("prices.json", "3", "give a frame, a list of rows, or model → its prices"),
        ("prices.yaml", "model_list: []", "is a proxy's config: give it to load_config"),
        ("prices.yaml", "a: 3", "give a frame, a list of rows, or model → its prices"),
    ],
)
def test_files_that_are_none(acme_map, tmp_path, name, text, message):
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        load_prices(tmp_path / name, cost_map=acme_map)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({IN: 1}, "row 1: says not whom it is for"),
        ({"provider": "acme", IN: 1}, "row 1: says not whom it is for"),
        ({"model": "a"}, "row 1: has no price: give input_cost_per_token"),
        ({"model": "a", "mode": "chat"}, "has no price"),
        (
            {"model": "a", "input_cost_per_tokn": 1},
            "'input_cost_per_tokn'. Nearest: 'input_cost_per_token'",
        ),
        ({"model": "a", IN: "cheap"}, "row 1, input_cost_per_token: a text is no price"),
        ({"model": "a", IN: -1}, "row 1, input_cost_per_token: -1 is no price"),
        ({"model": "a", IN: "1,5"}, "'1,5' is no price"),
        ({"model": ["a"], IN: 1}, "row 1, model: should be a name"),
        ({"model": "a*", IN: 1}, "a row is for one name"),
        ({"model_id": "a", "model": "b", IN: 1}, "model_id says it all: leave model out"),
        ({"model": "a", IN: 1, "valid_from": "March"}, "valid_from: a text is no date"),
        ({"model": "a", IN: 1, "valid_to": 3}, "valid_to: 3 is no date"),
        (
            {"model": "a", IN: 1, "valid_from": "2026-03-02", "valid_to": "2026-03-01"},
            "valid_from is not before valid_to",
        ),
        ({"model": "a", "tiered_pricing": "[x"}, "tiered_pricing: is not JSON"),
        (
            {"model_group": "a", "cache_read_input_token_cost": 1},
            "LiteLLM prices from nothing that it says; give input_cost_per_token too",
        ),
    ],
)
def test_rows_that_cannot_be_used(acme_map, row, message):
    with pytest.raises(InputError, match=message):
        overrides_of([row], acme_map)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({}, {}, True),
        ({"valid_to": "2026-03-01"}, {"valid_from": "2026-03-01"}, True),  # that day is in both
        ({"valid_to": "2026-02-28"}, {"valid_from": "2026-03-01"}, False),
        ({"valid_to": "2026-03-01T00:00"}, {"valid_from": "2026-03-01"}, False),
        ({"valid_from": "2026-03-01"}, {"valid_to": "2026-03-01T00:01"}, True),
        ({}, {"model": "acme/large"}, False),
        ({}, {"model": "ACME/Small"}, True),  # the same entry
        ({}, {"model": "small", "provider": "acme"}, True),
        ({}, {"model_group": "gold"}, False),
    ],
)
def test_two_rows_never_price_the_same_request(acme_map, one, other, overlap):
    rows = [{"model": "acme/small", IN: 1, **one}, {"model": "acme/small", IN: 2, **other}]
    if overlap:
        with pytest.raises(InputError, match="overrides row 1 and overrides row 2 price the same"):
            overrides_of(rows, acme_map)
        return
    overrides_of(rows, acme_map)
    overrides_of(rows[1:], acme_map, overrides_of(rows[:1], acme_map))
