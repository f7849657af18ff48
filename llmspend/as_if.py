"""Requests as if another model had answered them: which columns that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.provider_rules import billing_provider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspend.rate_card import RateCard

_OF_THE_OLD_MODEL: Final = ("base_model", "response_model", "region", "model_id", "usage_issue")
"""Names and places that say nothing about another model."""


def as_if_answered_by(target: pl.Expr, keys: Iterable[str], card: RateCard) -> dict[str, pl.Expr]:
    """Return the usage columns of requests that another entry is to price.

    Parameters
    ----------
    target
        The key of that entry, for each row.
    keys
        All keys that occur.
    card
        The rate card that is going to price them.

    Returns
    -------
    dict
        Column → its new value.
    """
    entries = card.cost_map.entries
    billers = {key: billing_provider(entries[key].get("litellm_provider")) for key in keys}
    return {
        "model": target,
        "logged_model_key": target,
        "provider": target.replace_strict(billers, default=None, return_dtype=pl.String),
        **dict.fromkeys(_OF_THE_OLD_MODEL, pl.lit(None, dtype=pl.String)),
    }
