"""What is wrong with a proxy's config: the file, the entry and the key are named."""

from __future__ import annotations

import polars as pl
import pytest

from llmspend import InputError
from llmspend.config import load_config, load_prices
from tests.config.entries import OWN, SMALL, entry

ENTRY = r"config\.yaml, model_list\[0\] \('mine'\)"
PROBLEMS = (
    ("- a\n", "no config: it is a list"),
    ("", "no config: it is empty"),
    ({"modle_list": []}, "no config: it has no model_list"),
    ("model_list: [\n  - x: {", r"config\.yaml, line \d+, column \d+ is not YAML"),
    ("a: *anchor", r"line 1, column 4 is not YAML: found undefined alias …"),
    ("a: !!python/object:os.system {}", "is not YAML: could not determine a constructor"),
    ("a: 2026-02-31", "a value in it cannot be read"),
    ({"model_list": {}}, r"config\.yaml, model_list: Expected array"),
    ({"model_list": ["x"]}, r"config\.yaml, model_list\[0\]: Expected object, got str"),
    ({"model_list": [entry(4)]}, r"model_list\[0\]\.model_name: Expected str, got int"),
    ({"model_list": [{"model_name": "x"}]}, r"model_list\[0\]: has no litellm_params"),
    (
        {"model_list": [{"model_name": "x", "litelm_params": {}}]},
        "has no litellm_params. Is 'litelm_params' meant to be it",
    ),
    ({"model_list": [entry(params={"api_key": "x"})]}, f"{ENTRY}: has no model"),
    ({"include": "x.yaml"}, r"config\.yaml, include: Expected array"),
    (
        {"model_list": [entry(input_cost_per_token="0,003")]},
        rf"{ENTRY}, model_info\.input_cost_per_token: '0,003' is no price",
    ),
    (
        {"model_list": [entry(params=SMALL | {"input_cost_per_token": -1})]},
        r"litellm_params\.input_cost_per_token: -1 is no price",
    ),
    (
        {"model_list": [entry(input_cost_per_token=True)]},
        r"input_cost_per_token: a bool is no price",
    ),
    (
        {"model_list": [entry(tiered_pricing=[{"range": [0], "input_cost_per_token": 1}])]},
        f"{ENTRY}, tiered_pricing: has not the shape",
    ),
    (
        {"litellm_settings": {"cost_discount_config": {"acmee": 0.1}}},
        r"config\.yaml, litellm_settings: unknown provider 'acmee'. Nearest: 'acme'",
    ),
    (
        {"litellm_settings": {"cost_margin_config": {"acme": {"percentage": "much"}}}},
        r"cost_margin_config\.acme\.percentage: a text is no number",
    ),
)
PASSED_OVER = (
    # problems that LiteLLM passes over in silence
    (
        {"model_list": [entry(input_cost_per_tokn=1)]},
        rf"{ENTRY}, model_info\.input_cost_per_tokn: no such price. Nearest: 'input_cost_per_tok",
    ),
    (
        {"model_list": [entry(input_token_cost=1)]},
        r"input_token_cost: no such price. Nearest: 'cache_",
    ),
    ({"model_list": [entry(base_modle="x")]}, "base_modle: no such price. Nearest: 'base_model'"),
    (
        {"model_list": [entry(params=SMALL | {"off_peak_pricing": {}})]},
        r"litellm_params\.off_peak_pricing: LiteLLM reads it under model_info alone",
    ),
    (
        {"model_list": [{**entry(), "input_cost_per_token": 1}]},
        rf"{ENTRY}, input_cost_per_token: LiteLLM reads it under model_info; move it there",
    ),
    (
        {"litellm_settings": {"cost_discount_confg": {}}},
        r"litellm_settings\.cost_discount_confg: no such setting. Nearest: 'cost_discount_config'",
    ),
    (
        {"model_list": [entry(id="a", **OWN), entry(id="a")]},
        r"model_list\[1\] \('mine'\) has the id 'a' of config\.yaml, model_list\[0\]",
    ),
    (
        {
            "model_list": [
                entry(params=SMALL | {"api_key": "x"}, **OWN),
                entry(params=SMALL | {"api_key": "y"}, input_cost_per_token=1),
            ]
        },
        "have the same name and model and different prices: give each an id",
    ),
)


@pytest.mark.parametrize(("config", "message"), [*PROBLEMS, *PASSED_OVER])
def test_errors_name_the_file_the_entry_and_the_key(load, config, message):
    with pytest.raises(InputError, match=message) as error:
        load(config)
    assert error.value.__context__ is None


@pytest.mark.parametrize(("config", "message"), PASSED_OVER)
def test_what_litellm_passes_over_can_be_passed_over(load, config, message):
    own = load(config, strict=False)
    assert len(own.problems) == 1
    assert pl.Series(own.problems).str.contains(message).all()


LAUGHS = "\n".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else 'x'] * 9)}]" for i in range(12)
)


@pytest.mark.parametrize(
    "text", [LAUGHS + "\nmodel_list: *a11", "model_list: &a [*a]", "a: &a {b: *a}", "[" * 9000]
)
def test_a_file_that_never_ends_is_no_config(load, text):
    with pytest.raises(
        InputError,
        match=r"is not YAML: (its anchors repeat without end|a value in it cannot be read)",
    ):
        load(text)


def test_anchors_are_fine(load):
    own = load(
        "prices: &prices {input_cost_per_token: 1e-6}\n"
        "model_list:\n"
        "- {model_name: a, litellm_params: {model: acme/a}, model_info: *prices}\n"
        "- {model_name: b, litellm_params: {model: acme/b}, model_info: {<<: *prices, id: b}}\n"
    )
    assert [d.entry for d in own.deployments.values()] == [{"input_cost_per_token": 1e-06}] * 2


def test_same_names_and_prices_are_no_problem(load):
    twice = [entry(params=SMALL | {"api_key": k}, **OWN) for k in "xy"]
    assert load({"model_list": twice}).problems == ()
    assert load({"model_list": [entry(id="a", **OWN)] * 2}).problems == ()


def test_files_that_cannot_be_read(tmp_path, acme_map):
    for read in (load_config, load_prices):
        with pytest.raises(InputError, match=r"gone\.yaml cannot be read: there is no such file"):
            read(tmp_path / "gone.yaml", cost_map=acme_map)
        (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
        with pytest.raises(InputError, match="it is not UTF-8"):
            read(tmp_path / "latin.yaml", cost_map=acme_map)
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_config(tmp_path, cost_map=acme_map)
