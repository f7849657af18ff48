"""The sum of an explanation, made of nothing but what it says."""

from __future__ import annotations

from datetime import UTC, datetime

from llmspend.arithmetic import UPLIFTS

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def added(parts, side):
    """Add the parts of a side in the order that they say."""
    sums = {}
    for part in parts:
        if part.side == side:
            number = part.summand
            sums[number] = sums[number] + part.amount if number in sums else part.amount
    total = 0.0
    for amount in sums.values():
        total = total + amount
    return total


def added_up(why):
    """Make the cost of what an explanation says, and nothing else."""
    amounts = why.amounts
    sides = []
    for side in ("input", "output"):
        amount = added(why.parts, side)
        for uplift in UPLIFTS:
            amount = amount * amounts.get(uplift, 1.0)
        sides.append(amount)
    sides[0] = sides[0] + added(why.parts, "input fee")
    original = sides[0] + sides[1] + added(why.parts, "additional")
    net = original - original * amounts.get("discount_share", 0.0)
    return net + (net * amounts.get("margin_share", 0.0) + amounts.get("margin_fixed", 0.0))
