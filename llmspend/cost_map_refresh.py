"""A fresh cost map: fetched, compared with the last good one, kept.

Nothing here runs unless it is asked to. What is fetched has to be a whole and sensible cost map;
otherwise the last good one is used, and a `CostMapWarning` says so.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import warnings
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import platformdirs
import polars as pl

from llmspend.cost_map import CostMap, load_cost_map
from llmspend.cost_map_diff import diff_cost_maps
from llmspend.cost_map_fetch import (
    DEFAULT_MAX_BYTES,
    DEFAULT_TIMEOUT,
    fetch,
    parse_json,
)
from llmspend.errors import CostMapError
from llmspend.remote_urls import shown_url
from llmspend.text import printable

COST_MAP_URL: Final = (
    "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
)
"""Where LiteLLM publishes its cost map."""

_JUMP: Final = 10
"""A rate that becomes so many times what it was, or as small a part of it, is pointed out."""
_EXAMPLES: Final = 5
_CALLER: Final = 3


class CostMapWarning(UserWarning):
    """A cost map is not what was asked for, or has changed in a way that someone should see."""


def refresh_cost_map(
    url: str = COST_MAP_URL,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_change: float = 0.1,
    cache_dir: str | Path | None = None,
    fallback: bool = True,
) -> CostMap:
    """Fetch the cost map that LiteLLM publishes, check it, and keep it.

    It is used where it is given as ``cost_map=``, or everywhere after
    ``llmspend.use_cost_map(llmspend.refresh_cost_map())``.

    Parameters
    ----------
    url
        Where it is; LiteLLM's by default.
    timeout
        Seconds until everything has to be there.
    max_bytes
        How long it may be.
    max_change
        Which share of the models or rates of the last good map (at first: the packaged one) may
        be missing, or be ten times what they were or a tenth; above it, the map is refused.
    cache_dir
        Where the last good one is kept; the user's cache directory by default.
    fallback
        Whether the last good one is used, with a warning, when there is no fresh one; otherwise
        that is an error.

    Returns
    -------
    CostMap
        Its `source`, `date` (of fetching) and `sha256` say which one it is.

    Raises
    ------
    CostMapError
        When there is no fresh one, and `fallback` is off.

    Warns
    -----
    CostMapWarning
        When an older one is used, with the reason; and when rates of the fresh one jumped.

    Examples
    --------
    >>> import tempfile, warnings
    >>> with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     costs = refresh_cost_map("http://127.0.0.1:9/map.json", cache_dir=folder)
    >>> print(str(said[0].message).partition(":")[0])
    the cost map was not refreshed
    >>> costs.source
    'litellm 1.106.2, ...'
    """
    store = _Store.of(url, cache_dir)
    kept = store.read(max_bytes)
    try:
        # what is kept was checked when it was fetched
        fetched = fetch(url, timeout=timeout, max_bytes=max_bytes, etag=kept.etag if kept else None)
        if fetched.body is None and kept is not None:
            now = _now()
            store.write(replace(kept, fetched_at=now))
            return replace(kept.costs, date=now[:10])
        fresh = _Kept.of(fetched.body or b"", fetched.etag, shown_url(url))
        new = fresh.costs
        old = kept.costs if kept else load_cost_map()
        remarks = _check(old, new, max_change)
    except CostMapError as error:
        if not fallback:
            raise
        last = kept.costs if kept else load_cost_map()
        _warn(
            f"the cost map was not refreshed: {error} Used instead: the one of {last.date} "
            f"({last.source}, sha256 {last.sha256[:12]})."
        )
        return last
    for remark in remarks:
        _warn(f"the cost map of {shown_url(url)} {remark}")
    store.write(fresh)
    return new


def read_cost_map(url: str) -> CostMap:
    """Fetch a cost map of any size as it is: it is checked, not compared, and not kept.

    Parameters
    ----------
    url
        Where it is.

    Returns
    -------
    CostMap
        What is there.

    Raises
    ------
    CostMapError
        When it cannot be fetched, or an entry or a rate makes no sense.
    """
    return _Kept.of(fetch(url).body or b"", None, shown_url(url)).costs


def _warn(message: str) -> None:
    warnings.warn(message, CostMapWarning, stacklevel=_CALLER)


# -- checks


def _check(old: CostMap, new: CostMap, max_change: float) -> list[str]:
    """Refuse a map that cannot be meant; return what else should be said about it."""
    if not new.entries:
        raise CostMapError(f"{new.source} has no models.")
    changes = diff_cost_maps(old, new)
    of = pl.col("change")
    rates = changes.filter(pl.col("meter").is_not_null())
    jumps = rates.filter(
        of == "rate changed", (pl.col("ratio") >= _JUMP) | (pl.col("ratio") <= 1 / _JUMP)
    )
    lost = rates.filter(of.is_in(["rate removed", "model removed"]))
    shares = {
        "models are missing": (len(old.entries.keys() - new.entries.keys()), len(old)),
        "rates are missing": (lost.height, old.rates.height),
        f"rates are {_JUMP} times what they were, or a tenth": (jumps.height, old.rates.height),
    }
    for what, (count, whole) in shares.items():
        if count > max_change * whole:
            raise CostMapError(
                f"{new.source}: {count:,} of {whole:,} {what}. If that is meant, give "
                f"max_change=1 (the limit is {max_change:g})."
            )
    dearest = old.rates.group_by("meter").agg(dearest=pl.col("usd_per_unit").max())
    dear = rates.join(dearest, on="meter").filter(
        of.is_in(["rate added", "model added"]),
        pl.col("new_usd_per_unit") > _JUMP * pl.col("dearest"),
        pl.col("dearest") > 0,
    )
    return [
        *_remark(jumps, f"has rates that are {_JUMP} times what they were, or a tenth"),
        *_remark(dear, f"has new rates {_JUMP} times as high as any before"),
        *(
            [f"has rate keys that are not understood: {', '.join(map(printable, unknown))}."]
            if (unknown := sorted({*new.unknown_rate_keys} - {*old.unknown_rate_keys})[:_EXAMPLES])
            else []
        ),
    ]


def _remark(rates: pl.DataFrame, what: str) -> list[str]:
    if rates.is_empty():
        return []
    shown = [
        f"{printable(model)} {printable(key)} {'none' if old is None else old} → {new}"
        for model, key, old, new in rates.head(_EXAMPLES)
        .select("model", "rate_key", "old_usd_per_unit", "new_usd_per_unit")
        .rows()
    ]
    more = [] if rates.height <= _EXAMPLES else [f"and {rates.height - _EXAMPLES:,} more"]
    return [f"{what}: {', '.join((*shown, *more))}."]


# -- the last good one


@dataclass(frozen=True)
class _Kept:
    """A cost map as it was served, and where and when."""

    body: bytes
    etag: str | None
    source: str
    fetched_at: str
    sha256: str

    @classmethod
    def of(cls, body: bytes, etag: str | None, source: str) -> _Kept:
        return cls(body, etag, source, _now(), hashlib.sha256(body).hexdigest())

    @cached_property
    def costs(self) -> CostMap:
        parsed = parse_json(self.body, self.source)
        if not isinstance(parsed, dict):
            raise CostMapError(
                f"{self.source} holds a {type(parsed).__name__}; a cost map is an object: "
                "model → entry."
            )
        try:
            found = load_cost_map(parsed)
            _ = found.rates, found.models
        except CostMapError as error:
            said = printable(str(error)).removeprefix("dict, ")
            raise CostMapError(f"{self.source}, {said}") from None
        except (ArithmeticError, AttributeError, TypeError, ValueError, RecursionError) as error:
            # a stranger's document may be wrong in ways that nobody thought of
            raise CostMapError(
                f"{self.source} is no cost map: {printable(str(error))[:200]}."
            ) from None
        return replace(found, source=self.source, date=self.fetched_at[:10], sha256=self.sha256)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class _Store:
    """The file that keeps the last good map of one address: a line of facts, then the map."""

    path: Path

    @classmethod
    def of(cls, url: str, folder: str | Path | None) -> _Store:
        # an address may hold a password: it is not kept, and one file serves one address
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        below = platformdirs.user_cache_path("llmspend") if folder is None else Path(folder)
        return cls(below / f"cost_map-{name}.gz")

    def read(self, max_bytes: int) -> _Kept | None:
        """Return what is kept; None when nothing is, or what is there is damaged."""
        try:
            with gzip.open(self.path) as file:
                facts: dict[str, Any] = json.loads(file.readline(max_bytes))
                body = file.read(max_bytes + 1)
            kept = _Kept(
                body,
                facts["etag"],
                str(facts["source"]),
                datetime.fromisoformat(facts["fetched_at"]).isoformat(),
                hashlib.sha256(body).hexdigest(),
            )
            if kept.sha256 != facts["sha256"]:
                raise ValueError("its digest is another")  # noqa: TRY301 - one place for all damage
            _ = kept.costs
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
            _warn(
                f"the kept cost map {self.path} is damaged and not used: {printable(str(error))}."
            )
            return None
        return kept

    def write(self, kept: _Kept) -> None:
        """Write it beside the file, then rename: only a whole one ever has its name."""
        facts = {
            "source": kept.source,
            "etag": kept.etag,
            "fetched_at": kept.fetched_at,
            "sha256": kept.sha256,
        }
        beside = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(".part", f".{self.path.stem}-", self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(gzip.compress(json.dumps(facts).encode() + b"\n" + kept.body))
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(self.path)
        except OSError as error:
            _warn(f"the fresh cost map could not be kept at {self.path}: {error}.")
            if beside is not None:
                with suppress(OSError):
                    Path(beside).unlink(missing_ok=True)
