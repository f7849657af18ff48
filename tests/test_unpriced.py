"""What could not be priced: counts, neighbours, estimates, and stubs that are safe to paste."""

from __future__ import annotations

from io import StringIO
from unittest import mock

import polars as pl
import pytest
import yaml
from rich.console import Console

from llmspend import InputError, RateCard, price
from llmspend.config import load_config
from llmspend.terminal_unpriced import unpriced_table
from llmspend.unpriced_models import UNPRICED_ISSUES, config_stub, unpriced
from tests.own_prices import price_own, rows_of

CALLS = (
    {"model": "acme/smal", "provider": "acme", "prompt_tokens": 1000, "completion_tokens": 10},
    {
        "model": "acme/smal",
        "provider": "acme",
        "prompt_tokens": 500,
        "completion_tokens": 10,
        "logged_spend": 0.5,
    },
    {"model": "acme/small", "provider": "acme", "prompt_tokens": 9000},
    {
        "model": "large",
        "provider": "nobody",
        "model_group": "ours",
        "prompt_tokens": 2000,
        "cache_read_tokens": 1000,
        "model_id": "x",
    },
    {"model": "zzzzzz", "prompt_tokens": 5},
    {"model": "acme/smal", "provider": "acme", "cache_hit": True, "prompt_tokens": 7},
)


@pytest.fixture(scope="module")
def charges(acme):
    return price(rows_of(*CALLS), cost_map=acme)


@pytest.fixture(scope="module")
def found(charges, acme):
    return unpriced(charges, cost_map=acme)


def test_each_unknown_model_is_counted(found):
    columns = ("model", "provider", "model_group", "requests", "prompt_tokens", "completion_tokens")
    assert found.select(columns).rows() == [
        ("large", "nobody", "ours", 1, 2000, 0),
        ("acme/smal", "acme", None, 2, 1500, 20),
        ("zzzzzz", None, None, 1, 5, 0),
    ]
    assert found["logged_spend"].to_list() == [0.0, 0.5, 0.0]
    assert set(found["issue"]) <= set(UNPRICED_ISSUES)


def test_an_estimate_is_the_cost_at_the_nearest_models_rates(found):
    assert found["estimated_by"].to_list() == ["acme/large", "acme/small", None]
    expected = [1000 * 3e-06 + 1000 * 3e-07, 1500 * 1e-06 + 20 * 2e-06, None]
    assert found["estimated_cost"].to_list() == pytest.approx(expected)
    assert found["nearest"][2].to_list() == []


def test_lazily_and_from_a_file_it_is_the_same(charges, found, acme, tmp_path):
    charges.write_parquet(tmp_path / "charges [1].parquet")
    for given in (charges.lazy(), tmp_path / "charges [1].parquet"):
        assert unpriced(given, cost_map=acme).equals(found)


def test_the_rows_are_never_all_in_memory(charges, acme):
    """What is collected has one row for each name, of which there are three."""
    many = pl.concat([charges] * 1000)
    frames = []
    collect = pl.LazyFrame.collect

    def collected(frame, **options):
        frames.append(collect(frame, **options))
        return frames[-1]

    with mock.patch.object(pl.LazyFrame, "collect", collected):
        found = unpriced(many.lazy(), cost_map=acme)
    assert found["requests"].to_list() == [1000, 2000, 1000]
    assert max(frame.height for frame in frames) <= 3


def test_what_was_never_priced_is_said():
    with pytest.raises(InputError, match=r"these are not charges.*llmspend\.price"):
        unpriced(rows_of(*CALLS))


def test_in_a_narrow_terminal_numbers_stay_whole(found):
    def lines(width):
        screen = Console(file=StringIO(), width=width)
        screen.print(unpriced_table(found.to_dicts(), width))
        return screen.file.getvalue().splitlines()

    assert lines(200)[1].split("  ")[0] == "model"
    assert "at the rates of" in lines(200)[1]
    _, headings, first, *_ = lines(44)
    assert headings.split() == ["model", "requests", "estimate"]
    assert first.split()[1] == f"{found['requests'][0]:,}"
    assert max(map(len, lines(44))) <= 44


def test_where_all_is_priced_there_is_nothing(acme):
    none = unpriced(price(rows_of(CALLS[2]), cost_map=acme), cost_map=acme)
    assert none.is_empty()
    assert none.schema["nearest"] == pl.List(pl.String)
    assert config_stub(none) == ""


def test_stubs_price_the_log_as_estimated(found, acme_map, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(config_stub(found), "utf-8")
    card = RateCard(acme_map, load_config(file, cost_map=acme_map))
    again = price_own(rows_of(*CALLS), card)
    assert again["cost"].is_null().to_list() == [False] * 4 + [True, False]
    estimated = found["estimated_cost"].to_list()
    assert again["cost"][0] + again["cost"][1] == pytest.approx(estimated[1])
    assert again["cost"][3] == pytest.approx(estimated[0])
    assert "null" in found["yaml_stub"][2]
    assert found["yaml_stub"].str.contains("ESTIMATE").to_list() == [True, True, False]


@pytest.mark.parametrize(
    "name",
    [
        'a"b',
        "a\nmodel_list: []",
        "a: {",
        "é\u2028- x",
        "\x1b[31m",
        "'",
        "- b",
        "a # b",
        "💥",
        "!!python/x",
    ],
)
def test_names_from_strangers_cannot_break_out_of_a_stub(acme, name):
    calls = rows_of({"model": name, "provider": "acme", "model_group": name, "prompt_tokens": 1})
    found = unpriced(price(calls, cost_map=acme), cost_map=acme)
    (stub,) = yaml.safe_load(config_stub(found))["model_list"]
    assert stub["model_name"] == name
    assert stub["litellm_params"] == {"model": f"acme/{name}"}
    assert stub["model_info"].keys() == {"input_cost_per_token", "output_cost_per_token"}
    assert config_stub(found).isascii()
