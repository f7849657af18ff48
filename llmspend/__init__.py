"""Price LLM usage logs in bulk and see where the money went.

A guided tour, from a log to an answer::

    import llmspend

    usage   = llmspend.read_logs("spend_logs.parquet")        # canonical usage, lazily
    charges = llmspend.price(usage)                           # + cost, cost_map_key, issue …
    by_team = llmspend.breakdown(charges, "team")             # spend, requests, tokens per team
    chart   = llmspend.charts.spend_over_time(charges)        # an Altair chart
    problems = llmspend.issues(charges)                       # what could not be priced, and why
    llmspend.report(charges).save("report.html")              # all of it, on one page

- `load_cost_map` shows the models and rates behind the numbers.
- `normalize` brings any other frame into the canonical usage schema (`USAGE_COLUMNS`).
- `resolutions` lists what each name in a log resolved to, and how.

Everything is lazy until a result is small, and importing llmspend loads nothing heavy: Polars,
DuckDB, Altair and the tokenizers come with the first function that needs them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from llmspend import namespace as _namespace
from llmspend._version import __version__

if TYPE_CHECKING:
    from llmspend import charts
    from llmspend.body_columns import read_usage
    from llmspend.caching import cache_savings
    from llmspend.call_costs import completion_cost, cost_per_token
    from llmspend.config import load_config, load_prices
    from llmspend.cost_map import CostMap, load_cost_map
    from llmspend.cost_map_diff import diff_cost_maps
    from llmspend.cost_map_impact import cost_map_impact
    from llmspend.cost_map_refresh import CostMapWarning, refresh_cost_map
    from llmspend.custom_pricing import (
        CustomPricing,
        Deployment,
        complete_deployment,
        register,
        register_call_prices,
    )
    from llmspend.databases import read_budgets
    from llmspend.errors import (
        CostMapError,
        InputError,
        LlmspendError,
        LogFormatError,
        UnknownModelError,
        UnknownNameError,
    )
    from llmspend.explain_calls import explain
    from llmspend.explanation import Explanation
    from llmspend.formats import FORMATS, Format
    from llmspend.logs import read_logs
    from llmspend.max_tokens import get_max_tokens
    from llmspend.measures import DIMENSIONS, MEASURES, PERIODS
    from llmspend.meters import METERS
    from llmspend.other_models import what_if
    from llmspend.overrides import overrides_of
    from llmspend.price_choice import OwnPricing
    from llmspend.pricing import CHARGE_COLUMNS, price, quirk_impact, resolutions
    from llmspend.progress_bar import progress
    from llmspend.quarantined_rows import quarantine
    from llmspend.quirks import QUIRKS
    from llmspend.rate_card import RateCard
    from llmspend.reconciliation import reconcile
    from llmspend.registry import default_cost_map, model_cost, register_model, use_cost_map
    from llmspend.reports import Report, report
    from llmspend.row_issues import ISSUES, issues
    from llmspend.spend import Grouping, breakdown, breakdowns
    from llmspend.spend_bridge import price_volume_mix
    from llmspend.spend_forecast import forecast
    from llmspend.spend_table import show_table
    from llmspend.sql import connect
    from llmspend.token_parts import token_mix
    from llmspend.tokens import (
        TokenCount,
        TokenSettings,
        count_tokens,
        count_tokens_in,
        create_pretrained_tokenizer,
        create_tokenizer,
        decode,
        encode,
        estimate_usage,
        token_counter,
    )
    from llmspend.unpriced_models import config_stub, unpriced
    from llmspend.usage import USAGE_COLUMNS, normalize
    from llmspend.usage_bodies import USAGE_BODIES, usage_of

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
    "Format": "formats",
    "quarantine": "quarantined_rows",
    "read_logs": "logs",
    "read_budgets": "databases",
    "METERS": "meters",
    "CHARGE_COLUMNS": "pricing",
    "completion_cost": "call_costs",
    "cost_per_token": "call_costs",
    "price": "pricing",
    "quirk_impact": "pricing",
    "QUIRKS": "quirks",
    "resolutions": "pricing",
    "RateCard": "rate_card",
    "DIMENSIONS": "measures",
    "MEASURES": "measures",
    "PERIODS": "measures",
    "Grouping": "spend",
    "breakdown": "spend",
    "Report": "reports",
    "report": "reports",
    "breakdowns": "spend",
    "show_table": "spend_table",
    "connect": "sql",
    "progress": "progress_bar",
    "cache_savings": "caching",
    "reconcile": "reconciliation",
    "token_mix": "token_parts",
    "price_volume_mix": "spend_bridge",
    "forecast": "spend_forecast",
    "USAGE_COLUMNS": "usage",
    "TokenCount": "tokens",
    "TokenSettings": "tokens",
    "count_tokens": "tokens",
    "count_tokens_in": "tokens",
    "create_pretrained_tokenizer": "tokens",
    "create_tokenizer": "tokens",
    "decode": "tokens",
    "encode": "tokens",
    "estimate_usage": "tokens",
    "token_counter": "tokens",
    "CostMapWarning": "cost_map_refresh",
    "cost_map_impact": "cost_map_impact",
    "default_cost_map": "registry",
    "diff_cost_maps": "cost_map_diff",
    "get_max_tokens": "max_tokens",
    "model_cost": "registry",
    "refresh_cost_map": "cost_map_refresh",
    "register_model": "registry",
    "use_cost_map": "registry",
    "load_config": "config",
    "load_prices": "config",
    "overrides_of": "overrides",
    "OwnPricing": "price_choice",
    "unpriced": "unpriced_models",
    "config_stub": "unpriced_models",
    "explain": "explain_calls",
    "Explanation": "explanation",
    "normalize": "usage",
    "read_usage": "body_columns",
    "USAGE_BODIES": "usage_bodies",
    "usage_of": "usage_bodies",
    "what_if": "other_models",
    "CustomPricing": "custom_pricing",
    "Deployment": "custom_pricing",
    "complete_deployment": "custom_pricing",
    "register": "custom_pricing",
    "register_call_prices": "custom_pricing",
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
    "QUIRKS",
    "USAGE_BODIES",
    "USAGE_COLUMNS",
    "CostMap",
    "CostMapError",
    "CostMapWarning",
    "CustomPricing",
    "Deployment",
    "Explanation",
    "Format",
    "Grouping",
    "InputError",
    "LlmspendError",
    "LogFormatError",
    "OwnPricing",
    "RateCard",
    "Report",
    "TokenCount",
    "TokenSettings",
    "UnknownModelError",
    "UnknownNameError",
    "__version__",
    "breakdown",
    "breakdowns",
    "cache_savings",
    "charts",
    "complete_deployment",
    "completion_cost",
    "config_stub",
    "connect",
    "cost_map_impact",
    "cost_per_token",
    "count_tokens",
    "count_tokens_in",
    "create_pretrained_tokenizer",
    "create_tokenizer",
    "decode",
    "default_cost_map",
    "diff_cost_maps",
    "encode",
    "estimate_usage",
    "explain",
    "forecast",
    "get_max_tokens",
    "issues",
    "load_config",
    "load_cost_map",
    "load_prices",
    "model_cost",
    "normalize",
    "overrides_of",
    "price",
    "price_volume_mix",
    "progress",
    "quarantine",
    "quirk_impact",
    "read_budgets",
    "read_logs",
    "read_usage",
    "reconcile",
    "refresh_cost_map",
    "register",
    "register_call_prices",
    "register_model",
    "report",
    "resolutions",
    "show_table",
    "token_counter",
    "token_mix",
    "unpriced",
    "usage_of",
    "use_cost_map",
    "what_if",
]


if not TYPE_CHECKING:  # or every name that is misspelled would have a type

    def __getattr__(name):  # noqa: ANN001, ANN202
        if name not in _HOME_OF:
            raise AttributeError(f"module 'llmspend' has no attribute {name!r}")
        home = _HOME_OF[name]
        module = importlib.import_module(f"llmspend.{home or name}")
        value = getattr(module, name) if home else module
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython's shell
    """Give a notebook the cell magic ``%%spend``: ``%load_ext llmspend``.

    Parameters
    ----------
    shell
        The running IPython.
    """
    from llmspend.magics import SpendMagics  # noqa: PLC0415 - IPython is optional

    shell.register_magics(SpendMagics)


def unload_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython's shell
    """Take the cell magic away again: ``%unload_ext llmspend``.

    Parameters
    ----------
    shell
        The running IPython.
    """
    shell.magics_manager.magics["cell"].pop("spend", None)


_namespace.register()
