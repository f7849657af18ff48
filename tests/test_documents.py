"""LiteLLM's pages about prices of one's own: every example behaves as its page says."""

from __future__ import annotations

import pytest

from llmspend import RateCard, load_cost_map
from llmspend.config import load_config
from tests.cases.documents import EXAMPLES
from tests.own_prices import charge_own, price_own, rows_of


@pytest.fixture(scope="module")
def costs():
    return load_cost_map()


@pytest.mark.parametrize("example", EXAMPLES, ids=[e.source for e in EXAMPLES])
def test_example(example, costs, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(example.yaml, "utf-8")
    card = RateCard(costs, load_config(file, cost_map=costs))
    names = {"model": example.model, "provider": example.provider, **example.usage}
    # as its proxy logs it (nobody knows the digest that stands as its id), without an id, as a
    # bare frame may have it, and by its public name
    logged = {
        **names,
        "model_group": example.group,
        "response_model": example.response_model,
        "model_id": "f" * 64,
    }
    by_group = {"model": example.group, **example.usage}
    forms = [logged, logged | {"model_id": None}, names, by_group]
    if example.priced_by == "gpt-4":
        forms[3] = names  # its public name is the model's
    charges = price_own(rows_of(*forms), card).rows(named=True)
    for form, charge in zip(forms, charges, strict=True):
        if form is by_group and "model_list" not in example.priced_by:
            continue  # base_model is a name to look up, and a bare name tells no provider
        assert charge["cost"] == pytest.approx(example.cost, rel=1e-15)
        assert charge["cost_map_key"] == example.priced_by
        assert charge["issue"] is None
        assert charge["model_id"] == form.get("model_id")
        assert charge_own(card, **form) == (charge["cost"], example.priced_by)
