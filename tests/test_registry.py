"""The cost map of the process: what changes it, what does not, and what the environment says."""

from __future__ import annotations

import copy
import json
import operator
import pickle
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping

import pytest

from llmspend import CostMapError, InputError, RateCard, load_cost_map, price
from llmspend import registry as module
from llmspend.cost_map_refresh import CostMapWarning
from llmspend.registry import default_cost_map, model_cost, register_model, use_cost_map
from tests.loopback import response, running

SMALL = {
    "litellm_provider": "acme",
    "mode": "chat",
    "input_cost_per_token": 1e-06,
    "output_cost_per_token": 2e-06,
    "input_cost_per_token_flex": 5e-07,
}
MAP = {"acme/small": SMALL}
ACME = load_cost_map(MAP)


@pytest.fixture(autouse=True)
def _acme(monkeypatch):
    for name in (module.COST_MAP_VARIABLE, module.LOCAL_VARIABLE, module.URL_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    use_cost_map(ACME, keep_registered=False)
    yield
    use_cost_map(None, keep_registered=False)


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


# -- register_model

DEARER = {"acme/small": {"input_cost_per_token": 3e-06}}


def given_as(kind, tmp_path, server):
    text = json.dumps(DEARER)
    server.answers = {"/map.json": response(text.encode())}
    (tmp_path / "mine.json").write_text(text)
    return {
        "dict": DEARER,
        "path": tmp_path / "mine.json",
        "text": str(tmp_path / "mine.json"),
        "url": server.url(),
    }[kind]


@pytest.mark.parametrize("kind", ["dict", "path", "text", "url"])
def test_a_known_entry_is_changed_field_by_field(kind, tmp_path, server):
    given = given_as(kind, tmp_path, server)
    assert register_model(given) is given
    assert model_cost["acme/small"] == SMALL | DEARER["acme/small"]
    assert default_cost_map().entries["acme/small"] == SMALL | DEARER["acme/small"]
    assert dict(ACME.entries) == MAP


REGISTERED = (
    # registered, expected entries beside acme/small
    ({"acme/new": {"input_cost_per_token": "3e-7"}}, {"acme/new": {"input_cost_per_token": 3e-07}}),
    ({"ACME/Small": {"max_tokens": 9}}, {"acme/small": SMALL | {"max_tokens": 9}}),
    ({"acme/small": {"output_cost_per_token": None}}, {}),
    ({"sample_spec": {"input_cost_per_token": "a number"}}, {}),
    ({}, {}),
)


@pytest.mark.parametrize(("given", "expected"), REGISTERED)
def test_what_is_registered(given, expected):
    register_model(given)
    assert model_cost == MAP | expected


def test_the_documentations_example_is_what_it_says():
    # documents/000, "9. register_model"
    use_cost_map(None)
    given = {
        "gpt-4": {
            "max_tokens": 8192,
            "input_cost_per_token": 0.00002,
            "output_cost_per_token": 0.00006,
            "litellm_provider": "openai",
            "mode": "chat",
        }
    }
    before = dict(model_cost["gpt-4"])
    register_model(given)
    assert model_cost["gpt-4"] == before | given["gpt-4"]
    assert len(model_cost) == len(load_cost_map())


BAD = (
    ({"acme/small": {"input_cost_per_token": "a lot"}}, "registered models, entry 'acme/small'"),
    ({"acme/small": 7}, "a int, but an entry is"),
    ("nowhere.json", r"no cost map at nowhere\.json"),
    ("http://127.0.0.1:9/map.json", "cannot be fetched: ConnectError"),
)


@pytest.mark.parametrize(("given", "message"), BAD)
def test_what_makes_no_sense_changes_nothing(given, message):
    before = default_cost_map()
    with pytest.raises(CostMapError, match=message):
        register_model(given)
    assert default_cost_map() is before
    use_cost_map(ACME)
    assert model_cost == MAP


def test_registered_is_what_was_given_then_whatever_becomes_of_it():
    given = {"acme/new": {"tiered_pricing": [{"range": [0, 9], "input_cost_per_token": 1e-06}]}}
    register_model(given)
    given["acme/new"]["tiered_pricing"][0]["input_cost_per_token"] = 7
    use_cost_map(ACME)
    assert model_cost["acme/new"]["tiered_pricing"][0]["input_cost_per_token"] == 1e-06


@pytest.mark.parametrize("given", [MAP, "map.json", RateCard(ACME)], ids=["dict", "path", "card"])
def test_what_is_no_cost_map_is_refused_and_changes_nothing(given):
    before = default_cost_map()
    with pytest.raises(InputError, match="use_cost_map takes a CostMap, not something of type"):
        use_cost_map(given)
    assert default_cost_map() is before


def test_registrations_outlast_a_new_cost_map_unless_they_should_not():
    register_model({"acme/small": {"input_cost_per_token": 3e-06, "max_tokens": 9}})
    register_model({"acme/small": {"input_cost_per_token": 4e-06, "max_tokens": None}})
    register_model({"acme/passing": {"max_tokens": 1}}, persist_across_reloads=False)
    assert "acme/passing" in model_cost
    newer = load_cost_map({"acme/small": SMALL | {"output_cost_per_token": 7e-06}})
    use_cost_map(newer)
    assert model_cost == {
        "acme/small": SMALL
        | {"input_cost_per_token": 4e-06, "output_cost_per_token": 7e-06, "max_tokens": 9}
    }
    use_cost_map(newer, keep_registered=False)
    assert default_cost_map() is newer


def test_an_explicit_cost_map_is_neither_read_nor_changed_by_it():
    import polars as pl

    calls = pl.DataFrame({"model": ["acme/small"], "prompt_tokens": [1000]})
    card = RateCard(ACME)
    register_model({"acme/small": {"input_cost_per_token": 3e-06}})
    before = default_cost_map()
    for given in (ACME, card):
        assert price(calls, cost_map=given)["cost"].item() == 0.001
    assert default_cost_map() is before


# -- model_cost


def test_model_cost_reads_like_a_dict():
    assert isinstance(model_cost, Mapping)
    assert model_cost["acme/small"]["input_cost_per_token"] == 1e-06
    assert model_cost.get("acme/none") is None
    assert model_cost.get("acme/none", {}) == {}
    assert list(model_cost) == list(model_cost.keys()) == ["acme/small"]
    assert list(model_cost.items()) == [("acme/small", SMALL)]
    assert list(model_cost.values()) == [SMALL]
    assert dict(model_cost) == MAP
    assert json.loads(json.dumps(dict(model_cost))) == MAP
    assert "acme/small" in model_cost
    assert "acme/none" not in model_cost
    assert len(model_cost) == 1
    assert repr(model_cost["acme/small"]) == repr(SMALL)
    assert repr(model_cost).startswith("<model_cost of <CostMap: 1 models")
    with pytest.raises(KeyError, match="acme/none"):
        model_cost["acme/none"]


def test_aliases_are_entries_as_in_litellm():
    use_cost_map(load_cost_map({"acme/small": SMALL | {"aliases": ["acme/little"]}}))
    assert dict(model_cost) == {"acme/small": SMALL, "acme/little": SMALL}


CHANGES = {
    "an entry": lambda: model_cost.__setitem__("acme/small", {}),
    "a price": lambda: model_cost["acme/small"].__setitem__("input_cost_per_token", 1),
    "update": lambda: model_cost["acme/small"].update({"input_cost_per_token": 1}),
    "pop": lambda: model_cost["acme/small"].pop("mode"),
    "or": lambda: model_cost["acme/small"].__ior__({"mode": "x"}),
    "setdefault": lambda: model_cost["acme/small"].setdefault("max_tokens", 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_not_changed_without_a_word(change):
    with pytest.raises(TypeError, match="register_model"):
        change()
    assert model_cost == MAP


@pytest.mark.parametrize(
    "copied",
    [dict, copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e)), lambda e: e | {}],
)
def test_a_copy_of_an_entry_is_a_dict(copied):
    entry = copied(model_cost["acme/small"])
    assert type(entry) is dict
    entry["input_cost_per_token"] = 7
    assert model_cost == MAP


def test_what_is_inside_an_entry_is_a_copy():
    use_cost_map(load_cost_map({"acme/small": SMALL | {"supported_regions": ["eu"]}}))
    model_cost["acme/small"]["supported_regions"].append("us")
    assert model_cost["acme/small"]["supported_regions"] == ["eu"]


# -- threads


def test_threads_that_register_lose_nothing_and_readers_see_whole_maps():
    wrong = []
    done = threading.Event()

    def read():
        while not done.is_set():
            if any(entry["input_cost_per_token"] is None for entry in dict(model_cost).values()):
                wrong.append(1)

    def write(who):
        for i in range(20):
            register_model({f"acme/{who}-{i}": {"input_cost_per_token": 1e-06}})

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not wrong
    assert len(model_cost) == 81


def test_it_is_loaded_once_however_many_ask_first(monkeypatch):
    loads = []
    barrier = threading.Barrier(8)

    def load():
        loads.append(1)
        return ACME

    monkeypatch.setattr(module, "_from_environment", load)
    use_cost_map(None)
    found = []

    def ask():
        barrier.wait()
        found.append(default_cost_map())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert {id(costs) for costs in found} == {id(ACME)}


# -- the environment


@pytest.fixture
def environment(monkeypatch, tmp_path, server):
    """Set variables, and load anew; LIVE stands for a server on loopback."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda app: tmp_path / app)
    (tmp_path / "mine.json").write_text(json.dumps(MAP))
    entries = dict(PACKAGED.entries) | {"acme/live": SMALL}
    server.answers = {"/live.json": response(json.dumps(entries).encode())}

    def environment(**variables):
        for name, value in variables.items():
            here = value.replace("LIVE", server.url("/live.json"))
            monkeypatch.setenv(name, here.replace("TMP", str(tmp_path)))
        use_cost_map(None)
        return default_cost_map()

    return environment


PACKAGED = load_cost_map()
ENVIRONMENTS = (
    ({}, "packaged"),
    ({"LLMSPEND_COST_MAP": ""}, "packaged"),
    ({"LLMSPEND_COST_MAP": "packaged"}, "packaged"),
    ({"LLMSPEND_COST_MAP": " Packaged "}, "packaged"),
    ({"LITELLM_LOCAL_MODEL_COST_MAP": "True"}, "packaged"),
    ({"LLMSPEND_COST_MAP": "TMP/mine.json"}, "mine"),
    ({"LLMSPEND_COST_MAP": "TMP/mine.json", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}, "mine"),
    ({"LLMSPEND_COST_MAP": "live", "LITELLM_MODEL_COST_MAP_URL": "LIVE"}, "live"),
    (
        {
            "LLMSPEND_COST_MAP": "Live",
            "LITELLM_MODEL_COST_MAP_URL": "LIVE",
            "LITELLM_LOCAL_MODEL_COST_MAP": "False",
        },
        "live",
    ),
)


@pytest.mark.parametrize(("variables", "expected"), ENVIRONMENTS)
def test_the_environment_says_which_one(environment, variables, expected):
    costs = environment(**variables)
    found = (
        "mine"
        if dict(costs.entries) == MAP
        else "live"
        if "acme/live" in costs
        else "packaged"
        if costs.sha256 == PACKAGED.sha256
        else None
    )
    assert found == expected


def test_local_keeps_live_from_fetching_and_says_so(environment, server):
    before = len(server.requests)
    with pytest.warns(UserWarning, match="Unset one of the two"):
        costs = environment(
            LLMSPEND_COST_MAP="live",
            LITELLM_LOCAL_MODEL_COST_MAP="true",
            LITELLM_MODEL_COST_MAP_URL="LIVE",
        )
    assert costs.sha256 == PACKAGED.sha256
    assert len(server.requests) == before


def test_live_falls_back_loudly(environment):
    with pytest.warns(CostMapWarning, match="was not refreshed: .*404.* Used instead: the one of"):
        costs = environment(LLMSPEND_COST_MAP="live", LITELLM_MODEL_COST_MAP_URL="LIVE/none")
    assert costs.sha256 == PACKAGED.sha256


def test_a_path_that_leads_nowhere_is_an_error_that_names_the_variable(environment):
    message = r"^LLMSPEND_COST_MAP=\S+nowhere\.json: no cost map at .* It may be live, packaged or"
    with pytest.raises(CostMapError, match=message):
        environment(LLMSPEND_COST_MAP="TMP/nowhere.json")
    with pytest.raises(CostMapError, match=message):
        price_nothing()


def price_nothing():
    return model_cost["acme/small"]


def test_nothing_is_read_or_fetched_at_import():
    script = (
        "import sys, llmspend.registry, llmspend.max_tokens;"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'httpx', 'platformdirs'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"LLMSPEND_COST_MAP": "nowhere.json", "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout == "[]\n"


def test_no_warning_by_default():
    use_cost_map(None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert default_cost_map().sha256 == PACKAGED.sha256


def test_what_is_registered_prices_every_call_and_old_cards_are_dropped():
    import gc
    import weakref

    import polars as pl

    from llmspend import cost_per_token
    from llmspend.pricing import default_card

    calls = pl.DataFrame({"model": ["acme/small"], "prompt_tokens": [1000]})
    assert price(calls)["cost"].item() == 0.001
    assert default_card() is default_card("litellm")
    assert default_card("published") is default_card("published")
    old = weakref.ref(default_card())
    register_model({"acme/small": {"input_cost_per_token": 3e-06}})
    assert price(calls)["cost"].item() == 0.003
    assert cost_per_token("acme/small", 1000, 0) == (0.003, 0.0)
    gc.collect()
    assert old() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda: model_cost.pop("acme/small"),
        model_cost.popitem,
        lambda: model_cost.update({"x": {}}),
        lambda: model_cost.setdefault("x", {}),
        model_cost.clear,
        lambda: operator.setitem(model_cost, "x", {}),
        lambda: operator.delitem(model_cost, "acme/small"),
        lambda: operator.ior(model_cost, {"x": {}}),
    ],
)
def test_model_cost_says_what_changes_it(change):
    with pytest.raises(TypeError, match="register_model"):
        change()


def test_a_copy_of_model_cost_is_a_dict_to_change():
    copied = model_cost.copy()
    copied["acme/small"]["mode"] = "embedding"
    copied["acme/large"] = {}
    assert model_cost == MAP
    assert (model_cost | {"acme/small": {}})["acme/small"] == {}
    assert ({"acme/small": {}, "x": {}} | model_cost)["acme/small"] == model_cost["acme/small"]
    assert json.loads(json.dumps(dict(model_cost)))["acme/small"] == model_cost["acme/small"]


def test_a_key_that_is_no_name():
    with pytest.raises(CostMapError, match="entry 1: a key is a name"):
        register_model({1: {"input_cost_per_token": 1.0}})


def test_a_key_may_be_meant_of_one_provider():
    given = {"small": {"input_cost_per_token": 3e-06}}
    register_model(given, custom_llm_provider="acme", persist_across_reloads=False)
    assert model_cost == {"acme/small": SMALL | given["small"]}
    register_model(given, custom_llm_provider="other", persist_across_reloads=False)
    assert list(model_cost) == ["acme/small", "small"]
