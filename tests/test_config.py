"""A proxy's config: what it prices, what it inherits, what its errors say, and what they hide."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import traceback

import polars as pl
import pytest

from llmspend import InputError, RateCard, explain
from llmspend.config import load_config, load_prices
from tests.own_prices import charge_own, price_own, rows_of

OWN = {"input_cost_per_token": 5e-07, "output_cost_per_token": 7e-07}
SMALL = {"model": "acme/small"}
USED = {"prompt_tokens": 1000, "completion_tokens": 100}
OWN_COST = 1000 * 5e-07 + 100 * 7e-07
MAP_COST = 1000 * 1e-06 + 100 * 2e-06
HASH = "f" * 64


def entry(name="mine", params=None, **info):
    return {"model_name": name, "litellm_params": params or SMALL, "model_info": info}


@pytest.fixture
def load(tmp_path, acme_map):
    """Write a config (JSON is YAML) and load it."""

    def write(config, strict=True, name="config.yaml"):
        file = tmp_path / name
        text = config if isinstance(config, str) else json.dumps(config)
        file.write_text(text, "utf-8")
        return load_config(file, cost_map=acme_map, strict=strict)

    return write


# -- which requests it prices

LOGGED = (
    # the entry, the names in the log, what prices them
    (entry(id="dep", **OWN), {"model_id": "dep"}, "dep"),
    (entry(id="dep", **OWN), {"model_id": "dep", "model_group": "renamed"}, "dep"),
    (entry(id=7, **OWN), {"model_id": "7"}, "7"),
    (entry(id="dep", **OWN), {"model_id": HASH, "model_group": "mine"}, "acme/small"),
    (entry(id="dep", **OWN), {"model_group": "mine"}, "dep"),
    (entry(**OWN), {"model_id": HASH, "model_group": "mine"}, "config.yaml model_list[0]"),
    (entry(**OWN), {"model_group": "mine", "provider": None}, "config.yaml model_list[0]"),
    (entry(**OWN), {"model_group": "mine", "model": "small"}, "config.yaml model_list[0]"),
    (entry(**OWN), {"model_group": "mine", "model": "large"}, "acme/large"),
    (entry(**OWN), {"model_group": "yours"}, "acme/small"),
    (entry(**OWN), {}, "config.yaml model_list[0]"),
    (entry(**OWN), {"model": "mine", "provider": None}, "config.yaml model_list[0]"),
    (entry("acme/*", {"model": "acme/*"}, **OWN), {}, "config.yaml model_list[0]"),
    (
        entry("acme/*", {"model": "acme/*"}, **OWN),
        {"model_group": "acme/small", "model_id": HASH},
        "config.yaml model_list[0]",
    ),
    (entry("acme/*", {"model": "acme/*"}, **OWN), {"model_group": "small"}, "acme/small"),
    (
        entry(params={"model": "small", "custom_llm_provider": "acme"}, **OWN),
        {"model_group": "mine"},
        "config.yaml model_list[0]",
    ),
    (entry(params=SMALL | OWN), {"model_group": "mine"}, "config.yaml model_list[0]"),
    (entry(base_model="acme/large"), {"model_group": "mine"}, "acme/large"),
    (entry(), {"model_group": "mine"}, "acme/small"),
    (
        entry(params={"model": "os.environ/MODEL"}, id="dep", **OWN),
        {"model_id": "dep"},
        "dep",
    ),
    (
        entry(params={"model": "os.environ/MODEL"}, **OWN),
        {"model_group": "mine", "model_id": HASH},
        "config.yaml model_list[0]",
    ),
)


@pytest.mark.parametrize(("deployment", "names", "key"), LOGGED)
def test_which_requests_a_deployment_prices(load, acme_map, deployment, names, key):
    card = RateCard(acme_map, load({"model_list": [deployment]}))
    usage = {"model": "acme/small", "provider": "acme", **names, **USED}
    charges = price_own(rows_of(usage), card)
    assert charges["cost_map_key"][0] == key
    assert charge_own(card, **usage) == (charges["cost"][0], key)
    if key == "acme/small":
        assert charges["cost"][0] == MAP_COST
    elif key != "acme/large":
        assert charges["cost"][0] == OWN_COST
    assert charges["model_id"][0] == names.get("model_id")


def test_an_id_is_made_up_as_litellm_does_it(load, acme_map):
    # LiteLLM 1.106.2's Router.generate_model_id gave this digest
    params = {
        "model": "openai/gpt-4o",
        "rpm": 10,
        "input_cost_per_token": 0.000003,
        "timeout": 2.5,
        "drop_params": True,
    }
    logged = "96d0e81d49f4c8e59a887466aa26b5d46b4343ae8920eae5a3c53536caf6a801"
    own = load({"model_list": [entry("a", params)]})
    assert [s.model_id for s in own.configured] == [logged, None]
    charge = charge_own(RateCard(acme_map, own), model="acme/large", model_id=logged, **USED)
    assert charge[1] == "config.yaml model_list[0]"


@pytest.mark.parametrize(
    "secret",
    [{"api_key": "sk-1"}, {"api_base": "os.environ/BASE"}, {"api_base": "http://me:pw@host"}],
)
def test_no_digest_is_made_of_a_secret(load, secret):
    own = load({"model_list": [entry("a", SMALL | secret)]})
    assert [s.model_id for s in own.configured] == [None]


def test_the_id_of_another_deployment_wins_over_names(load, acme_map):
    own = load({"model_list": [entry(**OWN), entry(id="dep", input_cost_per_token=9e-06)]})
    usage = {"model": "acme/small", "model_group": "mine", "model_id": "dep"}
    assert charge_own(RateCard(acme_map, own), **usage, prompt_tokens=1)[0] == 9e-06


def test_a_model_alone_tells_only_where_its_deployments_agree(load, acme_map):
    own = load({"model_list": [entry("a", **OWN), entry("b"), entry("c", {"model": "acme/large"})]})
    card = RateCard(acme_map, own)
    assert charge_own(card, model="acme/small", **USED) == (MAP_COST, "acme/small")
    assert charge_own(card, model="a", **USED) == (OWN_COST, "config.yaml model_list[0]")
    assert charge_own(card, model="acme/small", model_group="a", **USED)[0] == OWN_COST
    same = load({"model_list": [entry("a", **OWN), entry("b", **OWN)]})
    assert charge_own(RateCard(acme_map, same), model="acme/small", **USED)[0] == OWN_COST


def test_aliases_of_public_names(load, acme_map):
    aliases = {"short": "mine", "hidden": {"model": "mine", "hidden": True}, "other": "yours"}
    own = load({"model_list": [entry(**OWN)], "router_settings": {"model_group_alias": aliases}})
    card = RateCard(acme_map, own)
    for group, key in (
        ("short", "config.yaml model_list[0]"),
        ("hidden", "config.yaml model_list[0]"),
        ("other", "acme/small"),
    ):
        assert charge_own(card, model="acme/small", model_group=group, **USED)[1] == key


def test_discounts_and_margins(load, acme_map):
    settings = {
        "cost_discount_config": {"acme": "0.05"},
        "cost_margin_config": {"global": {"percentage": 0.1, "fixed_amount": 0.001}},
        "callbacks": ["something"],
    }
    own = load({"model_list": [entry(**OWN)], "litellm_settings": settings})
    after = OWN_COST - OWN_COST * 0.05
    found = charge_own(RateCard(acme_map, own), model="acme/small", provider="acme", **USED)
    assert found[0] == after + (after * 0.1 + 0.001)


def test_includes(load, tmp_path):
    (tmp_path / "more").mkdir()
    more = {"model_list": [entry("more", **OWN)], "include": ["config.yaml", "last.yaml"]}
    (tmp_path / "more" / "models.yaml").write_text(json.dumps(more), "utf-8")
    last = {
        "model_list": [entry("last", base_model="acme/large")],
        "litellm_settings": {"cost_discount_config": {"acme": 0.5}},
    }
    (tmp_path / "last.yaml").write_text(json.dumps(last), "utf-8")
    own = load(
        {
            "include": ["more/models.yaml"],
            "model_list": [entry("first")],
            "litellm_settings": {"cost_discount_config": {"acme": 0.1}},
        }
    )
    assert list(own.deployments) == [
        "config.yaml model_list[0]",
        "models.yaml model_list[0]",
        "last.yaml model_list[0]",
    ]
    assert own.discounts == {"acme": 0.5}
    with pytest.raises(InputError, match=r"config\.yaml, include: there is no file .*gone\.yaml"):
        load({"include": ["gone.yaml"]})


def test_unknown_sections_and_keys_are_tolerated(load):
    own = load(
        {
            "general_settings": {"master_key": "sk-1"},
            "environment_variables": {"A": "b"},
            "anything": [1, {"x": None}],
            "model_list": [
                {
                    **entry(team_id="t", cost_center="R&D", cost_per_ptu_per_hour=1.0, **OWN),
                    "tpm": 5,
                },
                {"model_name": "bare", "litellm_params": SMALL},
                {"model_name": "null", "litellm_params": SMALL, "model_info": None},
            ],
        }
    )
    assert len(own.deployments) == 3
    assert own.problems == ()
    assert (
        repr(own) == "<OwnPricing: 3 deployments · 0 overrides (0 dated) · 0 discounts · 0 margins>"
    )
    assert load({"model_list": None}).deployments == {}


def test_numbers_given_as_text(load):
    own = load(
        "model_list:\n- model_name: mine\n  litellm_params: {model: acme/small}\n"
        "  model_info: {input_cost_per_token: 3e-7, output_cost_per_token: '0.5'}\n"
    )
    found = own.deployments["config.yaml model_list[0]"].entry
    assert found == {
        "input_cost_per_token": 3e-07,
        "output_cost_per_token": 0.5,
    }


# -- what is wrong

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


# -- secrets

SECRETS = (
    "sk-secret-1",
    "S3CRET_NAME",
    "pa55word",
    "secret.host",
    "client-secret-2",
    "bearer-3",
    "tok-4",
    "master-5",
)
SECRETIVE = {
    "model_list": [
        entry(
            "mine",
            {
                **SMALL,
                "api_key": "sk-secret-1",
                "api_base": "https://me:pa55word@secret.host/v1",
                "api_version": "os.environ/S3CRET_NAME",
                "client_secret": "client-secret-2",
                "extra_headers": {"Authorization": "bearer-3"},
                "vertex_credentials": {"private_key": "tok-4"},
            },
            api_key="tok-4",
            note="client-secret-2",
            **OWN,
        ),
        entry("env", {"model": "os.environ/S3CRET_NAME", "base_model": "os.environ/S3CRET_NAME"}),
        entry("id", id="os.environ/S3CRET_NAME", mode="os.environ/S3CRET_NAME"),
    ],
    "litellm_settings": {
        "cost_discount_config": {"acme": 0.05},
        "cache_params": {"password": "pa55word"},
    },
    "general_settings": {"master_key": "master-5", "database_url": "os.environ/S3CRET_NAME"},
    "environment_variables": {"S3CRET_NAME": "sk-secret-1"},
}


def hides(text):
    assert not [secret for secret in SECRETS if secret in str(text)]


def digests():
    """Digests by which a secret could be recognised."""
    return [hashlib.sha256(secret.encode()).hexdigest() for secret in SECRETS]


def test_no_secret_is_kept_or_shown(load, acme_map, monkeypatch):
    monkeypatch.setenv("S3CRET_NAME", "sk-secret-1")
    own = load(SECRETIVE)
    card = RateCard(acme_map, own)
    usage = {"model": "acme/small", "provider": "acme", "model_group": "mine", **USED}
    charges = price_own(rows_of(usage, usage | {"model_group": "env"}), card)
    assert charges["cost_map_key"][0] == "config.yaml model_list[0]"
    hides(own)
    hides(own.__dict__)
    hides(own.problems)
    hides(own.sources)
    hides(charges.to_dicts())
    explanation = explain(charges.row(0, named=True), cost_map=card)
    assert explanation.match["cost_map_key"] == "config.yaml model_list[0]"
    for shown in (str(explanation), repr(explanation), explanation._repr_html_()):
        hides(shown)
    hides(explanation.to_dict())
    hides(pickle.dumps(own).decode("latin-1"))
    assert pickle.loads(pickle.dumps(own)) == own
    assert copy.deepcopy(own) == own
    assert not [d for d in digests() if d in repr(own.__dict__)]
    assert len(own.problems) == 4  # three names and an id; mode is a fact of the model


BROKEN = (
    # where a secret is put → where nobody expects one
    lambda c, s: c["model_list"][0]["model_info"].update(input_cost_per_token=s),
    lambda c, s: c["model_list"][0]["litellm_params"].update(input_cost_per_token=s),
    lambda c, s: c["model_list"][0]["model_info"].update(tiered_pricing=s),
    lambda c, s: c["model_list"][0]["model_info"].update(tiered_pricing=[{"range": s}]),
    lambda c, s: c["model_list"][0]["model_info"].update(
        tiered_pricing=[{"range": [0, 1], "input_cost_per_token": s}]
    ),
    lambda c, s: c["model_list"][0]["model_info"].update(off_peak_pricing=s),
    lambda c, s: c["model_list"][0]["model_info"].update(input_cost_per_tokn=s),
    lambda c, _: c["model_list"][0]["litellm_params"].pop("model"),
    lambda c, s: c["model_list"][0].update(litellm_params=s),
    lambda c, s: c["model_list"][0].update(input_cost_per_token=s),
    lambda c, _: c["model_list"][0].pop("litellm_params"),
    lambda c, s: c.update(model_list=s),
    lambda c, s: c.update(include=s),
    lambda c, s: c["litellm_settings"].update(cost_discount_config=s),
    lambda c, s: c["litellm_settings"].update(cost_discount_config={"acme": s}),
    lambda c, s: c["litellm_settings"].update(cost_margin_config={"acme": {"percentage": s}}),
)


@pytest.mark.parametrize("secret", ["sk-secret-1", "os.environ/S3CRET_NAME"])
@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_no_error_shows_a_secret(load, number, secret, monkeypatch):
    monkeypatch.setenv("S3CRET_NAME", "sk-secret-1")
    config = copy.deepcopy(SECRETIVE)
    BROKEN[number](config, secret)
    with pytest.raises(InputError) as error:
        load(config)
    hides("".join(traceback.format_exception(error.value)))
    hides(pickle.dumps(error.value).decode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "api_key: *sk-secret-1\n",
        "api_key: sk-secret-1: pa55word\n",
        "api_key: 'sk-secret-1\n",
        "api_key: !sk-secret-1 pa55word\n",
        "{api_key: sk-secret-1",
        "\tapi_key: sk-secret-1",
        "a: @sk-secret-1",
        "a: %sk-secret-1",
        "%sk-secret-1 x\n---\na: 1",
        "a: &sk-secret-1 1\nb: &sk-secret-1 *tok-4",
        "? [sk-secret-1]\n: 1",
    ],
)
def test_no_syntax_error_shows_a_secret(load, text):
    with pytest.raises(InputError) as error:
        load(text)
    assert error.value.__context__ is None
    hides("".join(traceback.format_exception(error.value)))
