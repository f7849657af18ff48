"""Cases of pricing: an entry of a fictional cost map, the usage of one call, and what it costs.

To add a case, add a row to the table it belongs to. Expected costs are written as the sum that
leads to them, in LiteLLM's order of operations, so that a reader can check them and the last bit
counts. Sections (§) are those of LiteLLM 1.106.2's pricing as we wrote it down; B numbers are its
known oddities, which llmspend reproduces. LiteLLM itself was asked for each of them once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """One call: what is in the cost map, what was used, and what it costs (USD)."""

    note: str
    source: str
    entry: Mapping[str, Any]
    usage: Mapping[str, Any]
    input: float | None
    output: float | None
    provider: str = "acme"
    issue: str | None = None
    tool: float = 0.0
    beside: float = 0.0
    """What stands beside the sides and the tools, such as a fee."""
    is_stated: bool = field(default=False)
    """Whether the cost is the provider's own, so that its two sides are not to be compared."""
