"""``df.llmspend``: the functions of llmspend on a Polars frame, for those who chain.

It is there on `DataFrame` and `LazyFrame` once llmspend is imported, whether Polars was loaded
before or is loaded later. Type checkers cannot see namespaces; the plain functions say the same.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    import polars as pl

NAME: Final = "llmspend"
_POLARS: Final = "polars"
FUNCTIONS: Final = (
    "breakdown",
    "breakdowns",
    "cache_savings",
    "connect",
    "forecast",
    "issues",
    "normalize",
    "price",
    "price_volume_mix",
    "quirk_impact",
    "reconcile",
    "resolutions",
    "show_table",
    "token_mix",
    "unpriced",
    "what_if",
)
"""The public functions whose first argument is a frame."""


class LlmspendNamespace:
    """What ``df.llmspend`` offers: the functions of llmspend with the frame as first argument.

    Attributes
    ----------
    breakdown, price, issues, …
        Those of FUNCTIONS.

    Examples
    --------
    >>> import polars as pl, llmspend
    >>> calls = pl.LazyFrame({"model": ["gpt-4o", "o3"], "prompt_tokens": [1000, 1000]})
    >>> calls.llmspend.price().llmspend.breakdown("model").select("model", "spend").rows()
    [('gpt-4o', 0.0025), ('o3', 0.002)]
    """

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Callable[..., Any]:
        llmspend = importlib.import_module(NAME)
        if name not in FUNCTIONS:
            near = nearest(name, FUNCTIONS)
            hint = f" Nearest: {', '.join(near)}." if near else ""
            raise AttributeError(f"frames have no .llmspend.{name}.{hint}")
        function = getattr(llmspend, name)
        method = partial(function, self._frame)
        method.__doc__ = function.__doc__
        return method

    def __dir__(self) -> list[str]:
        return list(FUNCTIONS)


def register() -> None:
    """Give Polars' frames the namespace: now, or as soon as somebody imports Polars."""
    if _POLARS in sys.modules:
        _register_now()
    else:
        sys.meta_path.insert(0, _Waiting())


def _register_now() -> None:
    import polars as pl  # noqa: PLC0415 - importing llmspend loads nothing heavy

    if not hasattr(pl.LazyFrame, NAME):  # Polars warns of a second time
        pl.api.register_dataframe_namespace(NAME)(LlmspendNamespace)
        pl.api.register_lazyframe_namespace(NAME)(LlmspendNamespace)


class _Waiting:
    """An import hook that notices when Polars is imported, and then goes."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _POLARS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                _register_now()

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
