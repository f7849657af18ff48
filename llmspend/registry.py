"""The cost map of the process: what is used where no other is given.

It is loaded when it is first asked for, as the environment says: ``LLMSPEND_COST_MAP`` is
``packaged`` (the default), ``live`` (LiteLLM's hosted one, see `llmspend.refresh_cost_map`) or the
path of a file; ``LITELLM_LOCAL_MODEL_COST_MAP=True`` keeps ``live`` from fetching anything, as it
keeps LiteLLM. `register_model` and `use_cost_map` change it, for all threads at once: a cost map is
a value, so whoever prices meanwhile has all of the old one or all of the new.
"""

from __future__ import annotations

import copy
import importlib
import os
import threading
import warnings
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from llmspend.cost_map import NOT_MODELS, CostMap, load_cost_map
from llmspend.custom_pricing import register
from llmspend.entries import Entry, check_entries
from llmspend.errors import CostMapError, InputError
from llmspend.remote_urls import shown
from llmspend.text import printable

if TYPE_CHECKING:
    from pathlib import Path

COST_MAP_VARIABLE: Final = "LLMSPEND_COST_MAP"
LOCAL_VARIABLE: Final = "LITELLM_LOCAL_MODEL_COST_MAP"
URL_VARIABLE: Final = "LITELLM_MODEL_COST_MAP_URL"

_Given = TypeVar("_Given", bound="str | Path | Mapping[str, Any]")


class _Registry:
    """The default cost map, and what is registered over it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._current: CostMap | None = None
        self._lasting: dict[str, Entry] = {}

    def current(self) -> CostMap:
        found = self._current
        if found is None:
            with self._lock:
                found = self._current
                if found is None:
                    found = self._current = register(_from_environment(), self._lasting)
        return found

    def use(self, cost_map: CostMap | None, *, keep_registered: bool) -> None:
        with self._lock:
            if not keep_registered:
                self._lasting = {}
            self._current = None if cost_map is None else register(cost_map, self._lasting)

    def add(self, models: Mapping[str, Entry], *, lasting: bool, provider: str | None) -> None:
        with self._lock:
            self._current = register(self.current(), models, provider)
            if lasting:
                self._lasting = self._lasting | {
                    key: _merged(self._lasting.get(key, {}), entry) for key, entry in models.items()
                }


_registry = _Registry()


def default_cost_map() -> CostMap:
    """Return the cost map that is used where none is given.

    Returns
    -------
    CostMap
        The same object until `register_model` or `use_cost_map` changes it.

    Raises
    ------
    CostMapError
        When ``LLMSPEND_COST_MAP`` names a file that is no cost map.

    Examples
    --------
    >>> "gpt-4o" in default_cost_map()
    True
    """
    return _registry.current()


def use_cost_map(cost_map: CostMap | None, *, keep_registered: bool = True) -> None:
    """Make a cost map the one that is used where none is given.

    Parameters
    ----------
    cost_map
        Such as ``refresh_cost_map()``; None for the one that the environment says, loaded anew.
    keep_registered
        Whether what `register_model` registered is laid over this one too, as in LiteLLM.

    Raises
    ------
    InputError
        When it is no cost map; nothing is changed.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> use_cost_map(load_cost_map({"acme/small": {"max_tokens": 9}}), keep_registered=False)
    >>> list(model_cost)
    ['acme/small']
    >>> use_cost_map(None)
    """
    if cost_map is not None and not isinstance(cost_map, CostMap):
        raise InputError(
            f"use_cost_map takes a CostMap, not something of type {type(cost_map).__name__}: "
            "llmspend.load_cost_map makes one of a file or a dict, and a RateCard is given as "
            "cost_map= with each call."
        )
    _registry.use(cost_map, keep_registered=keep_registered)


def register_model(
    model_cost: _Given,
    *,
    persist_across_reloads: bool = True,
    warning_display_name: str | None = None,  # noqa: ARG001 - of a warning of LiteLLM's
    custom_llm_provider: str | None = None,
) -> _Given:
    """Add models, or change their prices, wherever no cost map is given.

    LiteLLM's function of this name. A key is looked up like a model's name: an entry that is known
    is changed field by field, so that prices which are not given stay.

    Parameters
    ----------
    model_cost
        Key → entry; or the path or the address of a JSON file of that shape.
    persist_across_reloads
        Whether it is laid over a cost map that is used later, too (see `use_cost_map`).
    warning_display_name
        LiteLLM's name for the model in a warning; there is none here.
    custom_llm_provider
        Whose entry a key may be; None for anybody's.

    Returns
    -------
    dict, str or Path
        What was given, as in LiteLLM.

    Raises
    ------
    CostMapError
        When the file cannot be had, or an entry or a price makes no sense; nothing is changed.

    Examples
    --------
    >>> given = register_model({"acme/small": {"input_cost_per_token": "2e-6", "max_tokens": 9}})
    >>> model_cost["acme/small"]
    {'input_cost_per_token': 2e-06, 'max_tokens': 9}
    >>> use_cost_map(None, keep_registered=False)
    """
    models = _models(model_cost)
    _registry.add(models, lasting=persist_across_reloads, provider=custom_llm_provider)
    return model_cost


def _models(given: str | Path | Mapping[str, Any]) -> Mapping[str, Entry]:
    if isinstance(given, Mapping):
        models = {key: entry for key, entry in given.items() if key not in NOT_MODELS}
        check_entries(models, "registered models")
        # what the caller does to it later is no registration
        return copy.deepcopy(models)
    if isinstance(given, str) and given.lower().startswith(("http://", "https://")):
        return dict(_fresh().read_cost_map(given).entries)
    return dict(load_cost_map(given).entries)


def _merged(below: Entry, entry: Entry) -> Entry:
    """Lay what is registered later over what was registered first; a null erases nothing."""
    merged = dict(below)
    for key, value in entry.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        elif value is not None:
            merged[key] = value
    return merged


def _from_environment() -> CostMap:
    asked = os.environ.get(COST_MAP_VARIABLE, "").strip()
    if asked.lower() in {"", "packaged"}:
        return load_cost_map()
    if asked.lower() == "live":
        if os.environ.get(LOCAL_VARIABLE, "").strip().lower() == "true":
            warnings.warn(
                f"{COST_MAP_VARIABLE}=live, but {LOCAL_VARIABLE}=True: the packaged cost map is "
                "used. Unset one of the two.",
                stacklevel=2,
            )
            return load_cost_map()
        url = os.environ.get(URL_VARIABLE, "").strip()
        fresh: CostMap = _fresh().refresh_cost_map(url) if url else _fresh().refresh_cost_map()
        return fresh
    try:
        return load_cost_map(asked)
    except CostMapError as error:
        raise CostMapError(
            f"{COST_MAP_VARIABLE}={printable(shown(asked))}: {error} It may be live, packaged or "
            "the path of a cost map."
        ) from None


def _fresh() -> Any:  # noqa: ANN401 - a module
    # a client for HTTP is loaded by those who fetch something
    return importlib.import_module("llmspend.cost_map_refresh")


class _ReadOnlyEntry(dict[str, Any]):
    """An entry to read; a copy of it is an ordinary dict."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(
            "entries of model_cost are read-only: register_model({key: {...}}) changes one, and "
            "dict(entry) is a copy to change."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


class ModelCost(Mapping[str, Entry]):
    """Key → entry of the default cost map, as it is at the moment; LiteLLM's ``model_cost``.

    It reads like a dict, but is none: ``json`` takes ``dict(model_cost)``. `register_model` changes
    it.

    Examples
    --------
    >>> model_cost["gpt-4o"]["max_output_tokens"], "acme/none" in model_cost
    (16384, False)
    >>> len(model_cost) == len(default_cost_map())
    True
    """

    def __getitem__(self, key: str) -> Entry:
        return _read_only(default_cost_map().entries[key])

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("model_cost is read-only: register_model({key: {...}}) changes it.")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def copy(self) -> dict[str, Entry]:
        """Return the entries as they are now, in a dict to change.

        Returns
        -------
        dict
            Key → entry.
        """
        return {key: dict(entry) for key, entry in self.items()}

    def __or__(self, other: Mapping[str, Entry]) -> dict[str, Entry]:
        return {**self.copy(), **other}

    def __ror__(self, other: Mapping[str, Entry]) -> dict[str, Entry]:
        return {**other, **self.copy()}

    def __iter__(self) -> Iterator[str]:
        return iter(default_cost_map().entries)

    def __len__(self) -> int:
        return len(default_cost_map().entries)

    def __contains__(self, key: object) -> bool:
        return key in default_cost_map().entries

    # of one cost map each, whatever another thread registers meanwhile

    def items(self) -> ItemsView[str, Entry]:
        """Return the keys and entries as they are now.

        Returns
        -------
        ItemsView
            Of a copy.
        """
        return self._copy().items()

    def values(self) -> ValuesView[Entry]:
        """Return the entries as they are now.

        Returns
        -------
        ValuesView
            Of a copy.
        """
        return self._copy().values()

    def _copy(self) -> dict[str, Entry]:
        return {key: _read_only(entry) for key, entry in default_cost_map().entries.items()}

    def __repr__(self) -> str:
        return f"<model_cost of {default_cost_map()!r}>"


def _read_only(entry: Entry) -> Entry:
    # LiteLLM's has no aliases: they are entries of their own
    return _ReadOnlyEntry({k: copy.deepcopy(v) for k, v in entry.items() if k != "aliases"})


model_cost: Final = ModelCost()
"""The default cost map as LiteLLM offers it: key → entry, live."""
