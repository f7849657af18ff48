"""Price LLM usage logs in bulk and see where the money went.

A guided tour, from a log to an answer::

    import llmspend

    usage   = llmspend.read_logs("spend_logs.parquet")        # canonical usage, lazily
    charges = llmspend.price(usage)                           # + cost, cost_map_key, issue …
    by_team = llmspend.breakdown(charges, "team")             # spend, requests, tokens per team
    chart   = llmspend.charts.spend_over_time(charges)        # an Altair chart
    problems = llmspend.issues(charges)                       # what could not be priced, and why

- `load_cost_map` shows the models and rates behind the numbers.
- `normalize` brings any other frame into the canonical usage schema (`USAGE_COLUMNS`).
- `resolutions` lists what each name in a log resolved to, and how.

Everything is lazy until a result is small, and importing llmspend loads nothing heavy: Polars,
DuckDB, Altair and the tokenizers come with the first function that needs them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from llmspend._version import __version__

if TYPE_CHECKING:
    from llmspend import charts
    from llmspend.cost_map import CostMap, load_cost_map
    from llmspend.errors import (
        CostMapError,
        InputError,
        LlmspendError,
        LogFormatError,
        UnknownModelError,
        UnknownNameError,
    )
    from llmspend.formats import FORMATS
    from llmspend.logs import read_logs
    from llmspend.measures import DIMENSIONS, MEASURES, PERIODS
    from llmspend.meters import METERS
    from llmspend.pricing import CHARGE_COLUMNS, price, resolutions
    from llmspend.rate_card import RateCard
    from llmspend.row_issues import ISSUES, issues
    from llmspend.spend import Grouping, breakdown, breakdowns
    from llmspend.usage import USAGE_COLUMNS, normalize

_HOME_OF = {
    "charts": "",
    "CostMap": "cost_map",
    "load_cost_map": "cost_map",
    "CostMapError": "errors",
    "InputError": "errors",
    "LlmspendError": "errors",
    "LogFormatError": "errors",
    "UnknownModelError": "errors",
    "UnknownNameError": "errors",
    "FORMATS": "formats",
    "ISSUES": "row_issues",
    "issues": "row_issues",
    "read_logs": "logs",
    "METERS": "meters",
    "CHARGE_COLUMNS": "pricing",
    "price": "pricing",
    "resolutions": "pricing",
    "RateCard": "rate_card",
    "DIMENSIONS": "measures",
    "MEASURES": "measures",
    "PERIODS": "measures",
    "Grouping": "spend",
    "breakdown": "spend",
    "breakdowns": "spend",
    "USAGE_COLUMNS": "usage",
    "normalize": "usage",
}
"""Public name → the module it lives in, loaded when the name is first used."""

__all__ = [
    "CHARGE_COLUMNS",
    "DIMENSIONS",
    "FORMATS",
    "ISSUES",
    "MEASURES",
    "METERS",
    "PERIODS",
    "USAGE_COLUMNS",
    "CostMap",
    "CostMapError",
    "Grouping",
    "InputError",
    "LlmspendError",
    "LogFormatError",
    "RateCard",
    "UnknownModelError",
    "UnknownNameError",
    "__version__",
    "breakdown",
    "breakdowns",
    "charts",
    "issues",
    "load_cost_map",
    "normalize",
    "price",
    "read_logs",
    "resolutions",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _HOME_OF:
        raise AttributeError(f"module 'llmspend' has no attribute {name!r}")
    home = _HOME_OF[name]
    module = importlib.import_module(f"llmspend.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
