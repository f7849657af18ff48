"""Prices of one's own: a proxy's deployments, registered models, discounts and margins.

Everything here is a value made from plain dicts: `complete_deployment` reads one entry of a
``model_list``, `register` and `register_call_prices` lay entries over a cost map and return a new
one, `CustomPricing` holds what a proxy bills by, and `entries_with` lays its deployments over the
map, for a rate card to compile. What a deployment inherits from its model is the table
INHERITANCES; which keys are prices is PRICE_FIELDS.
"""

from __future__ import annotations

from llmspend.custom_pricing._billing import CustomPricing, Terms, entries_with
from llmspend.custom_pricing._deployments import Deployment, complete_deployment
from llmspend.custom_pricing._facts import INHERITANCES, PRICE_FIELDS, Inheritance
from llmspend.custom_pricing._register import register, register_call_prices

__all__ = [
    "INHERITANCES",
    "PRICE_FIELDS",
    "CustomPricing",
    "Deployment",
    "Inheritance",
    "Terms",
    "complete_deployment",
    "entries_with",
    "register",
    "register_call_prices",
]
