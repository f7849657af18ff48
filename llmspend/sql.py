"""SQL over charges: a DuckDB connection with the views ``charges``, ``rates`` and ``models``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl

from llmspend.errors import InputError
from llmspend.parquet_scan import has_clear_names, open_parquet, parquet_sql
from llmspend.pricing import CHARGE_SCHEMA, card_for
from llmspend.spend import known_zone

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges

_MARK: Final = "cost"
"""The column without which rows are not charges."""


def connect(
    charges: Charges, *, cost_map: CostMap | RateCard | None = None, tz: str = "UTC"
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection on charges, to ask questions in SQL.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them. A file is read by DuckDB itself,
        as far as a query needs it. A lazy frame stays lazy: each query computes the columns and
        rows that it asks for, again; to ask many questions of a log, collect its charges, or write
        them to a file, first.
    cost_map
        Whose rates and models to show; as for `llmspend.price`.
    tz
        IANA time zone in which days begin, and in which times are shown.

    Returns
    -------
    duckdb.DuckDBPyConnection
        An in-memory database with the views ``charges``, ``rates`` (one row per rate of the cost
        map, USD per one unit) and ``models``. ``connection.sql(query).pl()`` gives Polars.
        Variables of Python are no tables: ``connection.register("name", frame)`` makes one. In SQL,
        names that differ in case only are the same: a column ``Cost`` of one's own is ``Cost_1``.

    Raises
    ------
    InputError
        When the rows have no cost, or the file is no Parquet file.
    UnknownNameError
        For a time zone that does not exist.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame({"model": ["gpt-4o", "o3"], "prompt_tokens": [1000, 1000]})
    >>> connection = connect(llmspend.price(calls))
    >>> connection.sql("SELECT model, cost FROM charges ORDER BY cost DESC").pl().rows()
    [('gpt-4o', 0.0025), ('o3', 0.002)]
    >>> connection.close()
    """
    zone = known_zone(tz)
    frame = open_parquet(charges) if isinstance(charges, (str, Path)) else charges
    if _MARK not in frame.collect_schema():
        raise InputError(
            "these are not charges: they have no column 'cost'. "
            "Price the usage first: llmspend.price(usage)."
        )
    prices = card_for(cost_map, None).cost_map
    # a variable that happens to be called like a table must not become one
    connection = duckdb.connect(config={"python_enable_replacements": False})
    connection.execute(f"SET TimeZone='{zone}'")
    connection.execute("SET enable_progress_bar = false")  # stdout belongs to the caller
    if isinstance(charges, (str, Path)) and has_clear_names(frame):
        connection.execute(f"CREATE VIEW charges AS FROM {parquet_sql(charges)}")
    else:
        # of two names that DuckDB takes for the same, the first keeps it: let that be ours
        ours = [name for name in frame.collect_schema() if name in CHARGE_SCHEMA]
        connection.register("charges", frame.select(*ours, pl.exclude(ours)))
    connection.register("rates", prices.rates)
    connection.register("models", prices.models)
    return connection


def run_sql(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame | None:
    """Run a query and return what it gives.

    Parameters
    ----------
    connection
        As `connect` opens it.
    query
        One statement or several; the last one counts.

    Returns
    -------
    polars.DataFrame or None
        The rows; sums of whole numbers are Int64 where they fit. None for a statement that gives
        none.

    Raises
    ------
    InputError
        When DuckDB does not accept the query, with its own words.

    Examples
    --------
    >>> import llmspend
    >>> charges = llmspend.price(pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1000]}))
    >>> run_sql(connect(charges), "SELECT sum(prompt_tokens) AS tokens FROM charges").rows()
    [(1000,)]
    """
    try:
        relation: duckdb.DuckDBPyRelation | None = connection.sql(query)
        if relation is None:
            return None
        types = [str(dtype) for dtype in relation.types]
        result: pl.DataFrame = relation.pl()
    except duckdb.Error as error:
        raise InputError(str(error)) from None
    # DuckDB adds up whole numbers in 128 bits, which Polars takes for decimals
    wide = [c for c, dtype in zip(result.columns, types, strict=True) if dtype == "HUGEINT"]
    narrow = result.select(pl.col(wide).cast(pl.Int64, strict=False))
    fits = [c for c in wide if narrow[c].null_count() == result[c].null_count()]
    return result.with_columns(narrow.select(fits))
