"""A proxy's config: which requests it prices, and what its entries inherit and include."""

from __future__ import annotations

import json

import pytest

from llmspend import InputError, RateCard
from tests.config.entries import OWN, SMALL, USED, entry
from tests.own_prices import charge_own, price_own, rows_of

OWN_COST = 1000 * 5e-07 + 100 * 7e-07
MAP_COST = 1000 * 1e-06 + 100 * 2e-06
HASH = "f" * 64

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
