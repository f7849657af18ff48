"""Secrets in a proxy's config: not kept, not shown, and in no error."""

from __future__ import annotations

import copy
import hashlib
import pickle
import traceback

import pytest

from llmspend import InputError, RateCard, explain
from tests.config.entries import OWN, SMALL, USED, entry
from tests.own_prices import price_own, rows_of

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
