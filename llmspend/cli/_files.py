"""What the commands read and write."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

import click

from llmspend.errors import InputError, LlmspendError
from llmspend.remote_urls import HIDDEN_QUERY, is_remote, shown
from llmspend.text import printable
from llmspend.whole_files import check_target, whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from llmspend.cost_map import CostMap
    from llmspend.quirks import Quirks
    from llmspend.rate_card import RateCard

Compression = Literal["snappy", "lz4", "zstd"]
COMPRESSIONS: Final[tuple[Compression, ...]] = get_args(Compression)
"""How Parquet may be written. The first is the default: every tool opens it, and it is read faster
than Zstandard, which takes a third less room."""


def load(path: str | None) -> CostMap:
    """Load a cost map; None is the default one."""
    from llmspend.cost_map import load_cost_map
    from llmspend.registry import default_cost_map

    return default_cost_map() if path is None else load_cost_map(path)


def card_of(
    cost_map_path: str | None = None,
    config_path: str | None = None,
    prices_path: str | None = None,
    quirks: str | None = None,
) -> RateCard:
    """Make the rate card that the options ask for."""
    from llmspend.pricing import card_for

    cost_map = None if cost_map_path is None else load(cost_map_path)
    card = card_for(cost_map, cast("Quirks | None", quirks))
    if config_path is None and prices_path is None:
        return card
    from llmspend.config import load_config, load_prices
    from llmspend.rate_card import RateCard

    own = None if config_path is None else load_config(config_path, cost_map=card.cost_map)
    if prices_path is not None:
        own = load_prices(prices_path, cost_map=card.cost_map, over=own)
    for problem in own.problems if own is not None else ():
        click.echo(printable(problem), err=True)
    return RateCard(card.cost_map, own, quirks=card.reproduce)


def are_charges(inputs: tuple[str, ...]) -> bool:
    """Tell whether the input is one file that `llmspend price` wrote."""
    import polars as pl

    from llmspend.pricing import CHARGE_COLUMNS

    if len(inputs) == 1 and shown(inputs[0]).removesuffix(HIDDEN_QUERY).endswith(".parquet"):
        # what is no Parquet file after all is left to read_logs to explain
        with suppress(pl.exceptions.PolarsError, OSError, LlmspendError):
            return CHARGE_COLUMNS.keys() <= set(scan(inputs[0]).collect_schema())
    return False


def scan(path: str) -> pl.LazyFrame:
    """Scan a Parquet file, here or elsewhere."""
    import polars as pl

    if is_remote(path):
        from llmspend.remote_tables import scan_remote_parquet

        return scan_remote_parquet(path)
    return pl.scan_parquet(path, glob=False)


def _at_hand(path: str) -> str:
    """Give a file of charges as one here: what it says about itself is read too."""
    if not is_remote(path):
        return path
    from llmspend.opened_files import opened, reading
    from llmspend.remote_files import remote_file

    folder = click.get_current_context().with_resource(tempfile.TemporaryDirectory())
    here = Path(folder) / "charges.parquet"
    place = remote_file(path).place
    with reading(shown(path)), opened(place) as source, here.open("wb") as target:
        shutil.copyfileobj(source, target)
    return str(here)


def charges_of(
    inputs: tuple[str, ...],
    advance: Callable[[int], None],
    pricing: Mapping[str, Any],
    reading: Mapping[str, Any],
) -> pl.LazyFrame:
    """Give the charges of logs, or those already in a file."""
    import polars as pl

    charges, _ = charges_and_card(inputs, advance, pricing, reading)
    return pl.scan_parquet(charges, glob=False) if isinstance(charges, str) else charges


def charges_and_card(
    inputs: tuple[str, ...],
    advance: Callable[[int], None],
    pricing: Mapping[str, Any],
    reading: Mapping[str, Any],
) -> tuple[pl.LazyFrame | str, RateCard | None]:
    """Give the charges of logs and the card that prices them, or the file that has them."""
    from llmspend.logs import read_logs
    from llmspend.pricing import price as price_rows

    if are_charges(inputs):
        if given := [*pricing, *reading]:
            option = f"--{given[0].removesuffix('_path').replace('_', '-')}"
            raise InputError(f"{shown(inputs[0])} is priced already; {option} is for logs.")
        return _at_hand(inputs[0]), None
    card = card_of(**pricing)
    return price_rows(read_logs(inputs, on_rows=advance, **reading), cost_map=card), card


def shown_inputs(inputs: tuple[str, ...]) -> str:
    """Name what is read, without the secrets of addresses."""
    from llmspend.database_url import database_url, is_database_url

    return ", ".join(
        database_url(given).shown if is_database_url(given) else shown(given) for given in inputs
    )


def named_files(inputs: tuple[str, ...]) -> Iterable[str]:
    """List the files that are read."""
    from llmspend.log_files import log_files

    return inputs if are_charges(inputs) else log_files(inputs)


def refuse_source(sources: Iterable[str], target: Path) -> None:
    for source in sources:
        if target.exists() and not is_remote(source) and Path(source).samefile(target):
            raise InputError(f"{target} is the input {source}: write to another file.")


def parquet_target(what: str, output: str) -> Path:
    """Check where `what` is to be written, before anything is read."""
    target = check_target(output)
    if target.suffix != ".parquet":
        raise InputError(f"{what} as Parquet: {printable(output)} should end in .parquet.")
    return target


def write_whole(
    rows: pl.LazyFrame,
    target: Path,
    metadata: dict[str, str],
    rows_read: Callable[[], int],
    compression: Compression = COMPRESSIONS[0],
) -> None:
    """Write rows and count them: a file that lacks some never appears."""
    import polars as pl

    with whole_file(target) as beside:
        rows.sink_parquet(beside, metadata=metadata, compression=compression, maintain_order=True)
        written = pl.scan_parquet(beside, glob=False).select(pl.len()).collect().item()
        if written != rows_read():
            raise LlmspendError(f"{rows_read():,} rows were read, but {written:,} written.")


def write_csv(frame: pl.DataFrame, target: Path) -> None:
    """Write a small table, whole; what a spreadsheet would take for a formula is marked as text."""
    import polars as pl

    marked = []
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            is_formula = pl.col(name).str.contains(r"^[=+\-@\t\r]")
            marked.append(pl.when(is_formula).then("'" + pl.col(name)).otherwise(name).alias(name))
    with whole_file(target) as beside:
        frame.with_columns(marked).write_csv(beside)
