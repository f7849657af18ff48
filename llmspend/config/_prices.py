"""Files of overrides: CSV, JSON or YAML."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from llmspend.config._files import read_document, read_text
from llmspend.errors import InputError
from llmspend.overrides import overrides_of
from llmspend.registry import default_cost_map
from llmspend.remote_urls import local_file
from llmspend.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from llmspend.cost_map import CostMap
    from llmspend.custom_pricing import CustomPricing
    from llmspend.price_choice import OwnPricing

_DOCUMENTS = (".json", ".yaml", ".yml")


def load_prices(
    path: str | Path, *, cost_map: CostMap | None = None, over: CustomPricing | None = None
) -> OwnPricing:
    r"""Read overrides of prices from a file.

    Parameters
    ----------
    path
        A ``.csv`` with a header, or ``.json``, ``.yaml``: a list of rows, or model → its prices.
        What a row may say is told at `llmspend.overrides.overrides_of`.
    cost_map
        Where the prices are that a row inherits; None for the default cost map.
    over
        Prices that hold where the file says nothing, such as those of a config.

    Returns
    -------
    OwnPricing
        For `llmspend.RateCard`.

    Raises
    ------
    InputError
        When the file cannot be read or a row cannot be used: the message names file and row.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "prices.csv")
    ...     _ = file.write_text("model,input_cost_per_token\ngpt-4o,2e-6\n")
    ...     load_prices(file)
    <OwnPricing: 0 deployments · 1 overrides (0 dated) · 0 discounts · 0 margins>
    """
    file = local_file(path)
    costs = default_cost_map() if cost_map is None else cost_map
    name = printable(file.name)
    if file.suffix in _DOCUMENTS:
        rows = read_document(file)
        if isinstance(rows, dict) and "model_list" in rows:
            raise InputError(f"{name} is a proxy's config: give it to load_config.")
        return overrides_of(rows, costs, over, origin=name)
    if file.suffix != ".csv":
        raise InputError(f"{name}: prices are read from .csv, .json, .yaml or .yml.")
    text = read_text(file)
    why = ""
    try:
        frame = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        why = type(error).__name__
    if why:
        raise InputError(f"{name} is no table: it should have a header and a row per price ({why})")
    frame = frame.rename({column: column.strip() for column in frame.columns})
    return overrides_of(frame.with_columns(pl.all().str.strip_chars()), costs, over, origin=name)
