"""Rows of overrides, checked: whom each is for, when, and what it changes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from llmspend.custom_pricing import PRICE_FIELDS
from llmspend.entries import as_rate
from llmspend.errors import InputError, UnknownNameError
from llmspend.meters import STRUCTURED_KEYS, parse_rate_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmspend.entries import Entry

WHOM: Final = ("model_id", "model_group", "model", "provider")
WHEN: Final = ("valid_from", "valid_to")
_FACTS: Final = ("mode", "max_tokens", "max_input_tokens", "max_output_tokens")
_STRUCTURES: Final = (*STRUCTURED_KEYS, "provider_specific_entry", "supported_regions")
_NOTES: Final = ("source", "note", "comment", "deprecation_date")
_OTHERS: Final = ("base_model", "litellm_provider", *_FACTS, *_STRUCTURES, *_NOTES)
"""What a row may hold beside whom, when and prices."""


class OverrideRow(NamedTuple):
    """A row of overrides, checked.

    Attributes
    ----------
    where
        Where it stands.
    whom
        Of WHOM, what it says.
    base_model
        The model to price by, if it says one.
    stated
        Its prices and facts.
    valid_from, valid_to
        From when on and before when, UTC.
    """

    where: str
    whom: Mapping[str, str]
    base_model: str | None
    stated: Entry
    valid_from: datetime | None
    valid_to: datetime | None

    @property
    def has_price(self) -> bool:
        """Whether it says a price, rather than a base model alone."""
        return any(_prices_something(key) for key in self.stated)

    def __str__(self) -> str:
        whom = " and ".join(f"{key} {value!r}" for key, value in self.whom.items())
        begins = f", from {self.valid_from:%Y-%m-%d %H:%M} UTC" if self.valid_from else ""
        ends = f", before {self.valid_to:%Y-%m-%d %H:%M} UTC" if self.valid_to else ""
        return f"{self.where}: {whom}{begins}{ends}"


def override_rows(prices: Any, origin: str) -> Iterator[OverrideRow]:  # noqa: ANN401 - as given
    """Read and check rows of overrides.

    Parameters
    ----------
    prices
        As for `llmspend.overrides.overrides_of`.
    origin
        What errors call the rows.

    Yields
    ------
    OverrideRow
        In order.

    Raises
    ------
    InputError
        For the first row that cannot be used.

    Examples
    --------
    >>> rows = override_rows({"acme/small": {"input_cost_per_token": "8e-7"}}, "prices.csv")
    >>> print(next(rows))
    prices.csv row 1: model 'acme/small'
    """
    for i, record in enumerate(_records(prices, origin), start=1):
        where = f"{origin} row {i}"
        given = {k: v for k, v in record.items() if v is not None and v not in ("", {}, [])}
        _check_columns(where, given)
        row = OverrideRow(
            where,
            _whom(where, given),
            str(given["base_model"]) if "base_model" in given else None,
            _stated(where, given),
            _moment(f"{where}, valid_from", given.get("valid_from")),
            _moment(f"{where}, valid_to", given.get("valid_to"), is_end=True),
        )
        if not row.has_price and row.base_model is None:
            raise InputError(f"{where}: has no price: give input_cost_per_token or another.")
        if row.valid_from and row.valid_to and row.valid_from >= row.valid_to:
            raise InputError(f"{where}: valid_from is not before valid_to.")
        yield row


def _records(prices: Any, origin: str) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 - as given
    if isinstance(prices, pl.LazyFrame):
        prices = prices.collect()
    if isinstance(prices, pl.DataFrame):
        return prices.to_dicts()
    if isinstance(prices, dict):
        prices = [
            {"model": model, **row} if isinstance(row, dict) else row
            for model, rows in prices.items()
            for row in (rows if isinstance(rows, list) else [rows])
        ]
    rows = list(prices) if isinstance(prices, (list, tuple)) else None
    if rows is None or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{origin}: give a frame, a list of rows, or model → its prices.")
    return rows


def _check_columns(where: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if not _is_known(key):
            known = (*WHOM, *WHEN, *_OTHERS, *PRICE_FIELDS)
            raise InputError(f"{where}: {UnknownNameError.of('column', key, known)}")
    for key in (*WHOM, "base_model", "litellm_provider"):
        if key in given and not isinstance(given[key], (str, int)):
            raise InputError(f"{where}, {key}: should be a name.")


def _whom(where: str, given: Mapping[str, Any]) -> dict[str, str]:
    whom: dict[str, str] = {key: str(given[key]) for key in WHOM if key in given}
    if "provider" not in whom and "model" in whom and "litellm_provider" in given:
        whom["provider"] = str(given["litellm_provider"])
    if not whom.keys() - {"provider"}:
        raise InputError(f"{where}: says not whom it is for: give model, model_group or model_id.")
    others = ", ".join(whom.keys() - {"model_id"})
    if "model_id" in whom and others:
        raise InputError(f"{where}: model_id says it all: leave {others} out.")
    if "*" in "".join(whom.values()):
        raise InputError(f"{where}: a row is for one name: write one for each, without '*'.")
    return whom


def _stated(where: str, given: Mapping[str, Any]) -> Entry:
    stated: Entry = {}
    for key, value in given.items():
        if key in _STRUCTURES:
            stated[key] = _structure(f"{where}, {key}", value)
        elif _prices_something(key):
            stated[key] = _price(f"{where}, {key}", value)
        elif key in _FACTS or key.startswith("supports_"):
            stated[key] = value
    return stated


def _is_known(key: str) -> bool:
    return (
        key in (*WHOM, *WHEN, *_OTHERS)
        or key in PRICE_FIELDS
        or key.startswith("supports_")
        or parse_rate_key(key) is not None
    )


def _prices_something(key: str) -> bool:
    return key in PRICE_FIELDS or key in STRUCTURED_KEYS or parse_rate_key(key) is not None


def _price(where: str, value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if isinstance(value, (dict, list)):  # such as the price of a search, by its depth
        return value
    number = as_rate(value)
    if number is None or number < 0:
        raise InputError(f"{where}: {shown(value)} is no price: write USD per one unit, as 3e-7.")
    return number


def _structure(where: str, value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        pass
    raise InputError(f"{where}: is not JSON.")


def shown(value: object) -> str:
    """Say what stands where a number should, without repeating what might be a secret.

    Parameters
    ----------
    value
        Whatever somebody wrote.

    Returns
    -------
    str
        A number that is none is shown, of everything else its type.

    Examples
    --------
    >>> shown("0,003"), shown("sk-1234"), shown(True), shown("os.environ/PRICE")
    ("'0,003'", 'a text', 'a bool', 'a value from the environment, which is never read here,')
    """
    if isinstance(value, str):
        if value.startswith("os.environ/"):
            return "a value from the environment, which is never read here,"
        is_number = len(value) < 20 and set(value) <= set("0123456789.,eE+-$ /_")  # noqa: PLR2004
        return repr(value) if is_number else "a text"
    is_plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return repr(value) if is_plain else f"a {type(value).__name__}"


def _moment(where: str, value: Any, *, is_end: bool = False) -> datetime | None:  # noqa: ANN401
    """Read a date, which is a whole day, or a time, which is exact; naive ones are UTC."""
    if value is None:
        return None
    found = value
    if isinstance(value, str):
        text = value.strip()
        try:
            is_day = len(text) <= len("2026-03-01")
            found = date.fromisoformat(text) if is_day else datetime.fromisoformat(text)
        except ValueError:
            found = None
    if isinstance(found, datetime):
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if isinstance(found, date):
        begins = datetime.combine(found, time(), UTC)
        return begins + timedelta(days=1) if is_end else begins
    raise InputError(f"{where}: {shown(value)} is no date: write it as 2026-03-01.")
