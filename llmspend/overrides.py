"""Prices of one's own as rows: for a deployment, a public name or a model, for ever or for a time.

A row says whom it is for (``model_id``, ``model_group``, ``model``, or ``model_group`` and
``model``), when (``valid_from``, ``valid_to``) and what it changes: LiteLLM's own rate keys, in USD
per one unit. What a row leaves out is inherited as LiteLLM does it: for a model alone as by its
``register_model``, where everything else stays as the cost map has it; for a deployment or a
public name as by its router, where the table INHERITANCES says what is taken over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from llmspend.custom_pricing import CustomPricing, complete_deployment, register
from llmspend.errors import InputError
from llmspend.override_rows import override_rows
from llmspend.price_choice import OwnPricing, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from llmspend.cost_map import CostMap
    from llmspend.custom_pricing import Deployment
    from llmspend.entries import Entry
    from llmspend.override_rows import OverrideRow


def overrides_of(
    prices: pl.DataFrame | Mapping[str, Any] | Iterable[Mapping[str, Any]],
    cost_map: CostMap,
    over: CustomPricing | None = None,
    *,
    origin: str = "overrides",
) -> OwnPricing:
    """Read prices given as rows, and lay them over a config's.

    Parameters
    ----------
    prices
        A Polars frame; an iterable of rows; or, as for LiteLLM's ``register_model``, model → its
        prices, or model → a list of them for several periods. A row has ``model_id``,
        ``model_group`` or ``model`` (with ``provider``, where the name does not tell), rate keys
        such as ``input_cost_per_token``, or ``base_model`` for a model to price by, and
        ``valid_from``, ``valid_to``: a date is a whole day (UTC), a time is exact, from the first
        on and before the second. Nulls and empty texts are as good as absent.
    cost_map
        Where the prices are that a row inherits.
    over
        Prices that hold where these rows say nothing, such as those of a config.
    origin
        What errors and charges call the rows, such as the name of a file.

    Returns
    -------
    OwnPricing
        For `llmspend.RateCard`. Charges name the row that priced them in ``cost_map_key``.

    Raises
    ------
    InputError
        When a column does not exist, a price is no price, a row says nothing or not whom it is
        for, or two rows say different things of the same time: the message names the row.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map({"acme/small": {"input_cost_per_token": 1e-06}})
    >>> march = {"input_cost_per_token": "8e-7", "valid_from": "2026-03-01"}
    >>> own = overrides_of({"acme/small": march}, costs)
    >>> own.deployments["overrides row 1"].entry
    {'input_cost_per_token': 8e-07}
    >>> own.sources
    {'overrides row 1': "overrides row 1: model 'acme/small', from 2026-03-01 00:00 UTC"}
    """
    below = CustomPricing() if over is None else over
    own = below if isinstance(below, OwnPricing) else OwnPricing()
    name, n = origin, 1
    while any(key.startswith(f"{name} row ") for key in below.deployments):
        name, n = f"{origin} ({n + 1})", n + 1
    deployments: dict[str, Deployment] = {}
    selectors: list[Selector] = []
    sources: dict[str, str] = {}
    for row in override_rows(prices, name):
        deployments[row.where], selector = _laid(row, cost_map, below)
        selectors.append(selector)
        sources[row.where] = str(row)
    _refuse_overlaps([*own.overrides, *selectors])
    return OwnPricing(
        {**below.deployments, **deployments},
        below.discounts,
        below.margins,
        (*own.overrides, *selectors),
        own.configured,
        {**own.sources, **sources},
        own.problems,
    )


# -- a row laid over what it changes


def _laid(row: OverrideRow, cost_map: CostMap, below: CustomPricing) -> tuple[Deployment, Selector]:
    selector = Selector(row.where, valid_from=row.valid_from, valid_to=row.valid_to)
    name = _name(row.whom)
    if name is None:
        deployment = _deployment(row, cost_map, row.base_model or _backend(row.whom, below))
        return deployment, selector._replace(
            model_id=row.whom.get("model_id"), model_group=row.whom.get("model_group")
        )
    called = complete_deployment(cost_map, {"model": name}, {"id": row.where})
    bare = called.model.removeprefix(f"{called.provider}/")
    selector = selector._replace(provider=called.provider, model=bare)
    if row.base_model is not None or "model_group" in row.whom:
        deployment = _deployment(row, cost_map, row.base_model or name)
        return deployment, selector._replace(model_group=row.whom.get("model_group"))
    registered = register(cost_map, {name: row.stated}).entries
    key = next(k for k, e in registered.items() if e is not cost_map.entries.get(k))
    # it prices calls of whoever bills them
    entry = {k: v for k, v in registered[key].items() if k != "litellm_provider"}
    return _deployment(row, cost_map, None, entry), selector._replace(key=key)


def _deployment(
    row: OverrideRow, cost_map: CostMap, inherits_from: str | None, entry: Entry | None = None
) -> Deployment:
    info = {**(entry or row.stated), "id": row.where, "base_model": row.base_model}
    deployment = complete_deployment(cost_map, {"model": inherits_from or row.where}, info)
    if row.has_price and not deployment.prices_anything:
        raise InputError(
            f"{row.where}: LiteLLM prices from nothing that it says; give input_cost_per_token too."
        )
    # it is no deployment of a proxy: it tells nobody else anything
    return replace(deployment, is_custom=row.has_price, shared_key=row.where, shared_entry={})


def _name(whom: Mapping[str, str]) -> str | None:
    model, provider = whom.get("model"), whom.get("provider")
    if model is None or provider is None or model.startswith(f"{provider}/"):
        return model
    return f"{provider}/{model}"


def _backend(whom: Mapping[str, str], below: CustomPricing) -> str | None:
    """Find the one model that stands behind a deployment or a public name of a config."""
    configured = below.configured if isinstance(below, OwnPricing) else ()
    ids = {
        s.deployment
        for s in configured
        if (s.model_group is not None and s.model_group == whom.get("model_group"))
        or (s.model_id is not None and s.model_id == whom.get("model_id"))
    } | {whom.get("model_id")}
    behind = [d for key, d in below.deployments.items() if key in ids]
    names = {d.base_model or (f"{d.provider}/{d.model}" if d.provider else d.model) for d in behind}
    return names.pop() if len(names) == 1 else None


def _refuse_overlaps(selectors: Iterable[Selector]) -> None:
    """Raise where two rows say something of the same requests at the same time."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    by_whom: dict[Any, list[tuple[datetime, datetime, int, str]]] = {}
    for i, s in enumerate(selectors):
        span = s.valid_from or first, s.valid_to or last, i, s.deployment
        by_whom.setdefault(s.key or s[1:5], []).append(span)
    for spans in by_whom.values():
        for one, other in pairwise(sorted(spans)):
            if other[0] < one[1]:
                names = sorted(span[2:] for span in (one, other))
                raise InputError(
                    f"{names[0][1]} and {names[1][1]} price the same requests at the same time: "
                    "give them a valid_to and a valid_from, or leave one out."
                )
