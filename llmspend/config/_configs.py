"""A proxy's config.yaml → its deployments, discounts and margins."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspend.config._files import read_document
from llmspend.config._keys import (
    check_prices,
    from_environment,
    is_price,
    made_up_id,
    misplaced,
    names_and_prices,
)
from llmspend.config._shapes import Document, Entry, Shaped, shaped
from llmspend.custom_pricing import CustomPricing, complete_deployment
from llmspend.entries import as_rate
from llmspend.errors import InputError, nearest
from llmspend.override_rows import shown
from llmspend.price_choice import OwnPricing, Selector
from llmspend.registry import default_cost_map
from llmspend.remote_urls import local_file
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmspend.cost_map import CostMap
    from llmspend.custom_pricing import Deployment

_SETTINGS = ("cost_discount_config", "cost_margin_config")


def load_config(
    path: str | Path, *, cost_map: CostMap | None = None, strict: bool = True
) -> OwnPricing:
    """Read the prices of a LiteLLM proxy from its config.

    Parameters
    ----------
    path
        A ``config.yaml``; files that it includes are read as LiteLLM reads them.
    cost_map
        Where the prices are that a deployment inherits; None for the default cost map.
    strict
        Whether a key that was meant to be a price, and that LiteLLM reads as none, is an error.
        If not, it is passed over as LiteLLM does, and listed in ``problems``.

    Returns
    -------
    OwnPricing
        For `llmspend.RateCard`. A deployment with an id prices the requests logged under that id;
        one without prices those of its public name and its model. ``os.environ/NAME`` is never
        looked up, and neither it nor any credential is kept.

    Raises
    ------
    InputError
        When the file cannot be read or is no config, or an entry cannot be used: the message
        names the file, the entry and the key, and never a value that could be a secret.

    Examples
    --------
    >>> import tempfile
    >>> text = '''
    ... model_list:
    ...   - model_name: gpt-mine
    ...     litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}
    ...     model_info: {input_cost_per_token: 2e-6, output_cost_per_token: "8e-6"}
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "config.yaml")
    ...     _ = file.write_text(text)
    ...     own = load_config(file)
    >>> own.deployments["config.yaml model_list[0]"].entry["output_cost_per_token"]
    8e-06
    """
    file = local_file(path)
    costs = default_cost_map() if cost_map is None else cost_map
    reader = _Reader(costs, strict=strict)
    settings: dict[str, dict[str, Any]] = {}
    aliases: dict[str, set[str]] = {}
    for origin, config in _with_includes(file):
        document = config.document
        for key in config.keys_of_settings:
            near = nearest(key, _SETTINGS, 1) if key.startswith("cost_") else []
            if near and key not in _SETTINGS:
                reader.problem(f"{origin}, litellm_settings.{key}: no such setting", near[0])
        for key in _SETTINGS:
            found = getattr(document.litellm_settings, key, None)
            if found is not None:
                _check_numbers(f"{origin}, litellm_settings.{key}", found)
                settings[key] = found
        for alias, group in _aliases(document):
            aliases.setdefault(group, set()).add(alias)
        for i, entry in enumerate(document.model_list or ()):
            reader.read(origin, i, entry, config.keys_of_entries[i])
    return reader.pricing(printable(file.name), settings, aliases)


def _with_includes(path: Path) -> Iterator[tuple[str, Shaped]]:
    """Yield a config and what it includes, in LiteLLM's order; the same file once."""
    pending, seen = deque([(path, "")]), set[Path]()
    while pending:
        file, included_by = pending.popleft()
        resolved = file.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        if included_by and not file.exists():
            raise InputError(f"{included_by}, include: there is no file {printable(str(file))}.")
        origin = printable(file.name)
        config = shaped(read_document(file), origin)
        yield origin, config
        for name in config.document.include or ():
            beside = file.parent / local_file(name)
            pending.append((beside if beside.exists() else path.parent / name, origin))


def _aliases(document: Document) -> Iterator[tuple[str, str]]:
    settings = document.router_settings
    for alias, group in ((settings and settings.model_group_alias) or {}).items():
        name = group.get("model") if isinstance(group, dict) else group
        if isinstance(name, str):
            yield alias, name


def _check_numbers(where: str, setting: Mapping[str, Any]) -> None:
    for provider, value in setting.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for name, number in parts:
            if as_rate(number) is None:
                what = shown(number)
                key = f"{provider}.{name}" if name else provider
                raise InputError(f"{where}.{key}: {what} is no number: write 0.05 for 5 %.")


class _Read(NamedTuple):
    """An entry of a ``model_list``, read."""

    where: str
    model_group: str
    deployment: Deployment
    has_id: bool
    made_up_id: str | None
    knows_model: bool


class _Reader:
    """Reads entries of ``model_list``, and collects what LiteLLM passes over."""

    def __init__(self, cost_map: CostMap, *, strict: bool) -> None:
        self._costs = cost_map
        self._strict = strict
        self._problems: list[str] = []
        self._read: list[_Read] = []

    def problem(self, sentence: str, near: str | None = None) -> None:
        """Raise, or note, what LiteLLM would pass over."""
        text = f"{sentence}. Nearest: {near!r}." if near else sentence
        if self._strict:
            raise InputError(f"{text} (strict=False passes over it, as LiteLLM does.)")
        self._problems.append(text)

    def read(self, origin: str, number: int, entry: Entry, keys: Iterable[str]) -> None:
        """Read one entry."""
        label = f"{origin} model_list[{number}]"
        where = f"{origin}, model_list[{number}] ({printable(entry.model_name)!r})"
        sections = {"litellm_params": entry.litellm_params, "model_info": entry.model_info or {}}
        for key in keys:
            if is_price(key):
                self.problem(f"{where}, {key}: LiteLLM reads it under model_info; move it there.")
        for section, settings in sections.items():
            check_prices(f"{where}, {section}", settings)
            for sentence in misplaced(settings, section):
                self.problem(f"{where}, {section}.{sentence}")
        params, info = map(names_and_prices, sections.values())
        for section, kept in (("litellm_params", params), ("model_info", info)):
            for key in [key for key, value in kept.items() if from_environment(value)]:
                del kept[key]
                self._problems.append(
                    f"{where}, {section}.{key} comes from the environment, which is not read."
                )
        knows_model = "model" in params
        if not knows_model and "model" in entry.litellm_params:
            params["model"] = label
        stated_id = info.get("id")
        has_id = isinstance(stated_id, (str, int)) and str(stated_id) != ""
        deployment = self._completed(where, params, info if has_id else info | {"id": label})
        made_up = None if has_id else made_up_id(entry.model_name, entry.litellm_params)
        self._read.append(_Read(where, entry.model_name, deployment, has_id, made_up, knows_model))

    def _completed(
        self, where: str, params: Mapping[str, Any], info: Mapping[str, Any]
    ) -> Deployment:
        why = ""
        try:
            return complete_deployment(self._costs, params, info)
        except InputError as error:
            why = str(error)
        key = re.search(r"key '([^']*)'", why)
        if key is not None:  # its message repeats the value, and that may be anything
            raise InputError(f"{where}, {key[1]}: has not the shape of such a price.")
        raise InputError(f"{where}: has no model in its litellm_params.")

    def pricing(
        self,
        origin: str,
        settings: Mapping[str, Mapping[str, Any]],
        aliases: Mapping[str, set[str]],
    ) -> OwnPricing:
        """Put together what was read."""
        read = list(self._without_duplicates())
        self._note_ambiguous(read)
        why = ""
        try:
            base = CustomPricing.of(
                self._costs,
                [r.deployment for r in read],
                settings.get("cost_discount_config"),
                settings.get("cost_margin_config"),
            )
        except InputError as error:
            why = str(error)
        if why:
            raise InputError(f"{origin}, litellm_settings: {why}")
        return OwnPricing(
            base.deployments,
            base.discounts,
            base.margins,
            configured=tuple(s for r in read for s in _selectors(r, aliases)),
            sources={r.deployment.model_id: r.where for r in read},
            problems=tuple(self._problems),
        )

    def _without_duplicates(self) -> Iterator[_Read]:
        by_id: dict[str, _Read] = {}
        for read in self._read:
            first = by_id.setdefault(read.deployment.model_id, read)
            if first is read:
                yield read
            elif first.deployment != read.deployment:
                shown_id = printable(read.deployment.model_id)
                self.problem(f"{read.where} has the id {shown_id!r} of {first.where}; change one.")

    def _note_ambiguous(self, read: Iterable[_Read]) -> None:
        """Find deployments that no log can tell apart, and whose prices differ."""
        by_names: dict[tuple[Any, ...], _Read] = {}
        for one in read:
            if one.has_id or one.made_up_id is not None:
                continue
            names = one.model_group, one.deployment.provider, one.deployment.model
            other = by_names.setdefault(names, one)
            same = replace(one.deployment, model_id=other.deployment.model_id)
            if same != other.deployment:
                self.problem(
                    f"{one.where} and {other.where} have the same name and model and different "
                    "prices: give each an id under model_info, so that logs can tell them apart."
                )


def _selectors(read: _Read, aliases: Mapping[str, set[str]]) -> Iterator[Selector]:
    deployment = read.deployment
    logged = deployment.model_id if read.has_id else read.made_up_id
    if logged is not None:
        yield Selector(deployment.model_id, model_id=logged)
    for group in (read.model_group, *sorted(aliases.get(read.model_group, ()))):
        yield Selector(
            deployment.model_id,
            model_group=group,
            provider=deployment.provider if read.knows_model else None,
            model=deployment.model.removeprefix(f"{deployment.provider}/")
            if read.knows_model
            else None,
            only_without_id=read.has_id,
        )
