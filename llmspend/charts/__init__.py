"""Charts of spend, drawn with Altair.

Each takes charges, or a breakdown of them, and returns an ordinary Altair chart of a few kilobytes:
everything is added up before it is drawn. Charts show themselves in JupyterLab, Jupyter
Notebook 7 and VS Code without internet and without any call; importing this package changes
nothing in Altair. `enable` gives the same look to charts of your own.
"""

from __future__ import annotations

from llmspend.charts._display import enable
from llmspend.charts.bridge import bridge
from llmspend.charts.budget import budget
from llmspend.charts.cache_savings import cache_savings
from llmspend.charts.drift import drift
from llmspend.charts.explorer import explorer
from llmspend.charts.hours import hours
from llmspend.charts.pareto import pareto
from llmspend.charts.small_multiples import small_multiples
from llmspend.charts.spend_over_time import spend_over_time
from llmspend.charts.token_mix import token_mix
from llmspend.charts.unit_cost import unit_cost

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
