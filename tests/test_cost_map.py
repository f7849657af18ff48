from __future__ import annotations

import gzip
import json
import math
import re
from datetime import date

import polars as pl
import pytest

from llmspend import CostMapError, CustomPricing, InputError, load_cost_map, price
from llmspend.arithmetic import RATED
from llmspend.entries import check_entries
from llmspend.meters import METER_BY_NAME, UNUSED_STEMS, is_rate_key, parse_rate_key
from llmspend.provider_rules import PROVIDER_RULES, billing_provider, provider_rule
from llmspend.rate_table import compile_rates


@pytest.fixture(scope="module")
def snapshot():
    return load_cost_map()


# -- the snapshot in the package


def test_the_snapshot_is_the_one_it_says(snapshot):
    assert len(snapshot) == 4240
    assert snapshot.source == "litellm 1.106.2, model_prices_and_context_window_backup.json"
    assert snapshot.sha256 == "66970be01c88f94618f9f69c1a1d29e400474f2d7b89973de7e373c110f455c2"
    assert date.fromisoformat(snapshot.date) == date(2026, 10, 21)
    assert "sample_spec" not in snapshot
    assert "gpt-4o" in snapshot


def test_the_snapshot_passes_the_check_that_is_skipped_at_every_start(snapshot):
    check_entries(snapshot.entries, "snapshot")


def test_every_rate_key_of_the_snapshot_is_understood(snapshot):
    assert {key.endswith("_decisions") for key in snapshot.unknown_rate_keys} == {True}
    assert len(snapshot.unknown_rate_keys) == 8
    unread = {
        key
        for entry in snapshot.entries.values()
        for key in entry
        if is_rate_key(key) and parse_rate_key(key) is None
    }
    assert unread == {*snapshot.unknown_rate_keys, *UNUSED_STEMS}


def test_every_entry_of_the_snapshot_compiles_under_every_rule_that_reaches_it(snapshot):
    for key, entry in snapshot.entries.items():
        for rule in {provider_rule(billing_provider(entry.get("litellm_provider"))), _STRICTEST}:
            table = compile_rates(entry, rule)
            bands = len(table.bounds) + 1
            halves = 1 if table.off_peak is None else 2
            assert len(table.rows) == bands * len(table.tiers) * halves, key
            assert list(table.bounds) == sorted(set(table.bounds)), key
            for rates in table.rows:
                assert tuple(rates) == RATED
                assert all(rate is not None and math.isfinite(rate) for rate in rates.values()), key


_STRICTEST = next(rule for rule in PROVIDER_RULES if rule.inclusive_thresholds)


def test_models_and_rates_of_the_snapshot(snapshot):
    models, rates = snapshot.models, snapshot.rates
    assert models["key"].to_list() == list(snapshot.entries)
    assert rates["model"].is_in(models["key"].implode()).all()
    assert rates["meter"].is_in(list(METER_BY_NAME)).all()
    assert rates["usd_per_unit"].is_between(0, 1000).all()
    # one rate per place: nothing is read twice
    place = ["model", "meter", "service_tier", "context_threshold", "variant", "rate_key"]
    assert rates.select(place).is_duplicated().sum() == 0
    # every rate key that is read is there, and the numbers are the map's own
    plain = rates.filter(pl.col("rate_key") == "input_cost_per_token")
    expected = {
        key: float(entry["input_cost_per_token"])
        for key, entry in snapshot.entries.items()
        if entry.get("input_cost_per_token") is not None
    }
    assert dict(plain.select("model", "usd_per_unit").rows()) == expected


def test_rates_of_a_small_map(acme_map):
    assert acme_map.rates.filter(model="acme/night").drop("model").rows() == [
        ("input_tokens", "", 0, None, 1e-06, "input_cost_per_token"),
        ("output_tokens", "", 0, None, 2e-06, "output_cost_per_token"),
        ("input_tokens", "", 0, "off_peak", 3e-07, "off_peak_pricing.input_cost_per_token"),
        ("output_tokens", "", 0, "off_peak", 6e-07, "off_peak_pricing.output_cost_per_token"),
    ]
    assert acme_map.rates.filter(model="acme/ranges")["context_threshold"].to_list() == [
        0,
        0,
        1000,
        1000,
    ]
    flex = acme_map.rates.filter(model="acme/large", service_tier="flex")
    assert dict(flex.select("meter", "usd_per_unit").rows()) == {
        "input_tokens": 1.5e-06,
        "output_tokens": 7.5e-06,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("acme/small", ["acme/small"]),
        ("SMALL acme", ["acme/small"]),
        ("embedding", ["acme/embed"]),
        ("zzz", []),
        ("a(", []),
        ("", None),
    ],
)
def test_search(acme_map, query, found):
    keys = acme_map.search(query)["key"].to_list()
    assert keys == (sorted(acme_map.entries, key=lambda k: (len(k), k)) if found is None else found)
    assert acme_map.search(query, limit=1).height <= 1


def test_what_is_not_found_is_shown_its_nearest(acme_map):
    assert acme_map.search("acme/imagee", limit=1)["key"].to_list() == ["acme/image"]


# -- reading


def test_a_file_a_packed_file_and_a_dict_are_the_same(tmp_path, acme_map):
    text = json.dumps(dict(acme_map.entries))
    (tmp_path / "map.json").write_text(text)
    (tmp_path / "map.json.gz").write_bytes(gzip.compress(text.encode()))
    plain, packed = (
        load_cost_map(tmp_path / "map.json"),
        load_cost_map(str(tmp_path / "map.json.gz")),
    )
    assert plain.entries == packed.entries == acme_map.entries
    assert plain.sha256 == packed.sha256
    assert plain.source == str(tmp_path / "map.json")


def test_aliases_are_entries_but_never_replace_one():
    costs = load_cost_map(
        {
            "a": {"input_cost_per_token": 1e-06, "aliases": ["a-latest", "b"]},
            "b": {"input_cost_per_token": 2e-06},
        }
    )
    assert {k: e["input_cost_per_token"] for k, e in costs.entries.items()} == {
        "a": 1e-06,
        "a-latest": 1e-06,
        "b": 2e-06,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "is not JSON"),
        ("", "is not JSON"),
        ('{"a": {"input_cost_per_token": 1e-06}', "is not JSON"),
        ("[1, 2]", "holds a list; a cost map is an object"),
        ("null", "holds a NoneType"),
        ('{"acme/x": 3}', "entry 'acme/x': a int, but an entry is an object"),
        ('{"acme/x": null}', "entry 'acme/x'"),
        *(
            (
                json.dumps({"acme/x": entry}),
                f"entry 'acme/x', key '{re.escape(key)}': .* {problem}",
            )
            for key, entry, problem in (
                ("input_cost_per_token", {"input_cost_per_token": -1e-06}, "is negative"),
                ("input_cost_per_token", {"input_cost_per_token": "cheap"}, "is not a number"),
                ("input_cost_per_token", {"input_cost_per_token": math.nan}, "is not finite"),
                ("input_cost_per_token", {"input_cost_per_token": math.inf}, "is not finite"),
                ("input_cost_per_token", {"input_cost_per_token": True}, "is not a number"),
                ("input_cost_per_token", {"input_cost_per_token": [1]}, "is not a number"),
                ("input_cost_per_daydream", {"input_cost_per_daydream": -1}, "is negative"),
                (
                    "regional_endpoint_uplift_multiplier",
                    {"regional_endpoint_uplift_multiplier": "x"},
                    "is not a number",
                ),
                (
                    "search_context_cost_per_query.high",
                    {"search_context_cost_per_query": {"high": -1}},
                    "is negative",
                ),
                (
                    "tiered_pricing[1].input_cost_per_token",
                    {"tiered_pricing": [{}, {"range": [0, 1], "input_cost_per_token": -1}]},
                    "is negative",
                ),
                (
                    "off_peak_pricing.output_cost_per_token",
                    {"off_peak_pricing": {"output_cost_per_token": math.nan}},
                    "is not finite",
                ),
            )
        ),
    ],
)
def test_a_map_that_makes_no_sense_names_file_entry_and_key(tmp_path, text, says):
    path = tmp_path / "map.json"
    path.write_text(text)
    with pytest.raises(CostMapError, match=says) as error:
        load_cost_map(path)
    assert str(path) in str(error.value)
    assert isinstance(error.value, InputError)


@pytest.mark.parametrize(
    "entry",
    [
        {"tiered_pricing": [{"range": [0, None], "input_cost_per_token": 1e-06}]},
        {"tiered_pricing": [{"range": ["a", "b"], "input_cost_per_token": 1e-06}]},
        {"tiered_pricing": [{"range": [0, math.inf], "input_cost_per_token": 1e-06}]},
        {"tiered_pricing": [{"range": 5, "input_cost_per_token": 1e-06}]},
        {"tiered_pricing": "none"},
        {"off_peak_pricing": "none"},
        {"provider_specific_entry": "none"},
        {"supported_regions": "none"},
        {"max_tokens": "many", "mode": ["chat"], "litellm_provider": 3},
        {"aliases": "latest"},
    ],
    ids=str,
)
def test_a_malformed_part_is_refused_or_survived(entry):
    """Never an error of Python's own, neither at loading nor later."""
    calls = pl.DataFrame({"model": ["acme/x"], "provider": ["acme"], "prompt_tokens": [10]})
    refused = ""
    try:
        costs = load_cost_map({"acme/x": {"litellm_provider": "acme", **entry}})
    except CostMapError as error:
        refused = str(error)
    if refused:
        assert "acme/x" in refused
    else:
        assert costs.models["key"].to_list() == ["acme/x"]
        assert costs.rates.height <= 1
        assert price(calls, cost_map=costs).height == 1


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(CostMapError, match=r"no cost map at .*nowhere\.json"):
        load_cost_map(tmp_path / "nowhere.json")
    damaged = tmp_path / "map.json.gz"
    damaged.write_bytes(gzip.compress(b'{"a": {}}' * 100)[:-12])
    with pytest.raises(CostMapError, match="cannot be read"):
        load_cost_map(damaged)
    with pytest.raises(CostMapError, match="cannot be read"):
        load_cost_map(tmp_path)
    (tmp_path / "latin.json").write_bytes('{"ä": {}}'.encode("latin-1"))
    with pytest.raises(CostMapError, match="latin"):
        load_cost_map(tmp_path / "latin.json")


def test_a_map_without_entries():
    costs = load_cost_map({})
    assert (len(costs), costs.models.height, costs.rates.height) == (0, 0, 0)
    assert "0 models" in repr(costs)
    assert "<table>" in costs._repr_html_()


# -- shown


def test_repr_counts_what_is_there(acme_map):
    assert repr(acme_map).startswith("<CostMap: 8 models of 1 providers · ")
    assert repr(load_cost_map({"a": {"b_cost_c": 1}})).count("1 rate keys not understood") == 1


HOSTILE = "<script>alert(1)</script>&\"'"


def test_hostile_names_are_escaped_in_html(tmp_path):
    path = tmp_path / "<img src=x>.json"
    entry = {"litellm_provider": HOSTILE, f"cost_{HOSTILE}": 1.0}
    path.write_text(json.dumps({HOSTILE: entry}))
    shown = load_cost_map(path)._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


def test_hostile_names_do_not_control_the_terminal(tmp_path):
    path = tmp_path / "map\x1b[2J\n.json"
    path.write_text("{}")
    assert repr(load_cost_map(path)).isprintable()


def test_hostile_names_in_messages_do_not_control_the_terminal():
    with pytest.raises(CostMapError) as error:
        load_cost_map({"acme/\x1b[2J\n": {"input_cost_per_token": "\x1b[2J"}})
    assert str(error.value).isprintable()


def test_rules_about_names_are_no_models(tmp_path, acme_map):
    rule = {"name": "star", "pattern": "^star-", "model_info": {"supports_vision": True}}
    given = {**acme_map.entries, "fallback_generalizations": {"rules": [rule]}}
    (tmp_path / "map.json").write_text(json.dumps(given), "utf-8")
    for source in (given, tmp_path / "map.json"):
        costs = load_cost_map(source)
        assert costs.entries == acme_map.entries
        assert [(r.name, r.matches("STAR-1")) for r in costs.name_rules] == [("star", True)]
    assert acme_map.name_rules == ()


def test_what_the_caller_does_to_a_dict_later_changes_no_price():
    given = {"acme/small": {"input_cost_per_token": 1e-06, "litellm_provider": "acme"}}
    costs = load_cost_map(given)
    given["acme/small"]["input_cost_per_token"] = 9.0
    calls = pl.DataFrame({"model": ["acme/small"], "prompt_tokens": [1]})
    assert price(calls, cost_map=costs)["cost"].item() == 1e-06


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (CustomPricing(), r"not of type CustomPricing: lay these prices .*RateCard\(costs, own\)"),
        ("map.json", "not of type str: llmspend.load_cost_map makes one"),
        ({}, "not of type dict: llmspend.load_cost_map makes one"),
    ],
)
def test_what_is_no_cost_map_prices_nothing(given, said):
    with pytest.raises(InputError, match=said):
        price(pl.DataFrame({"model": ["acme/small"]}), cost_map=given)
