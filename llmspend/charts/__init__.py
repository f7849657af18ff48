"""Charts of spend, drawn with Altair.

Each takes charges, or a breakdown of them, and returns an ordinary Altair chart of a few kilobytes:
everything is added up before it is drawn. Charts show themselves in JupyterLab, Jupyter
Notebook 7 and VS Code without internet and without any call; importing this package changes
nothing in Altair, which is loaded with the first chart. `enable` gives the same look to charts of
your own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspend.charts._bridge import bridge
    from llmspend.charts._budget import budget
    from llmspend.charts._cache_savings import cache_savings
    from llmspend.charts._display import enable
    from llmspend.charts._drift import drift
    from llmspend.charts._explorer import explorer
    from llmspend.charts._hours import hours
    from llmspend.charts._pareto import pareto
    from llmspend.charts._small_multiples import small_multiples
    from llmspend.charts._spend_over_time import spend_over_time
    from llmspend.charts._token_mix import token_mix
    from llmspend.charts._unit_cost import unit_cost

_HOME_OF = {"enable": "_display"}
"""What does not live in the module of its own name."""

__all__ = [
    "bridge",
    "budget",
    "cache_savings",
    "drift",
    "enable",
    "explorer",
    "hours",
    "pareto",
    "small_multiples",
    "spend_over_time",
    "token_mix",
    "unit_cost",
]


if not TYPE_CHECKING:  # or every name that is misspelled would have a type

    def __getattr__(name):  # noqa: ANN001, ANN202
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _HOME_OF.get(name, f"_{name}")
        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
