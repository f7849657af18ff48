"""The command that adds spend up by any dimension."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from llmspend._version import __version__
from llmspend.cli._files import (
    charges_and_card,
    named_files,
    refuse_source,
    write_csv,
    write_whole,
)
from llmspend.cli._reading import reading_options
from llmspend.cli._talk import (
    Names,
    console,
    inputs_argument,
    json_option,
    pricing_options,
    print_json,
    progress,
)
from llmspend.errors import InputError
from llmspend.whole_files import check_target

if TYPE_CHECKING:
    from pathlib import Path

    from llmspend.spend_table import SpendTable

_DROPPABLE: Final = (
    "cost_per_request",
    "unpriced_requests",
    "total_tokens",
    "requests",
    "trend",
    "share",
)
"""What a narrow terminal does without, in this order."""
_LEAST_NAME: Final = 8


@click.command()
@inputs_argument
@reading_options
@click.option("--by", type=Names(), default="", help="Dimensions, with commas; default: the total.")
@click.option(
    "--every",
    type=click.Choice(["hour", "day", "week", "month", "quarter", "year"]),
    help="Also by the period in which requests began.",
)
@click.option("--tz", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(1), help="Rows shown.")
@click.option("-o", "--output", metavar="FILE", help="Write all of it, .csv or .parquet.")
@pricing_options
@json_option
def breakdown(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
    by: list[str],
    every: str | None,
    tz: str,
    top: int,
    output: str | None,
    pricing: dict[str, Any],
    as_json: bool,
) -> None:
    """Add spend up by model, key, team … and by period.

    IN are logs, or one file of charges that `llmspend price` wrote. FILE and --json have every row
    and column; the table shows the first rows, and a trend in place of periods.

    \b
    Example: llmspend breakdown charges.parquet --by team,model --every month
    """
    from llmspend.spend import breakdown as add_up
    from llmspend.spend_table import show_table

    target = None if output is None else _target(output)
    if target is not None:
        refuse_source(named_files(inputs), target)
    with progress("reading") as advance:
        charges, _ = charges_and_card(inputs, advance, pricing, reading)
        found = add_up(charges, by, every=every, tz=tz)
    if target is not None:
        if target.suffix == ".csv":
            write_csv(found, target)
        else:
            write_whole(
                found.lazy(), target, {"llmspend.version": __version__}, lambda: found.height
            )
        click.echo(f"{found.height:,} rows: {target}", err=True)
    if as_json:
        print_json(found.to_dicts())
    elif target is None:
        table, width = show_table(found, top=top), console().width
        for name in _DROPPABLE:
            if table.width > width:
                kept = [c.name for c in table.rows.columns if c.name != name]
                table = show_table(found, kept, top=top)
        click.echo(str(_with_names_in(table, width)))


def _with_names_in(table: SpendTable, width: int) -> SpendTable:
    """Shorten names, the longest first, until the table fits or they have a few letters left."""
    from rich.cells import cell_len

    from llmspend.table_cells import NUMBERS
    from llmspend.text import cut_middle

    columns = table.rows.columns
    longest = {
        at: max(map(cell_len, (column.heading, *column.cells)))
        for at, column in enumerate(columns)
        if column.unit not in NUMBERS
    }
    least = {at: max(cell_len(columns[at].heading), _LEAST_NAME) for at in longest}
    for _ in range(table.width - width):
        wide = [at for at in longest if longest[at] > least[at]]
        if not wide:
            break
        longest[max(wide, key=longest.__getitem__)] -= 1
    fitting = tuple(
        column._replace(cells=tuple(cut_middle(cell, longest[at]) for cell in column.cells))
        if at in longest
        else column
        for at, column in enumerate(columns)
    )
    return replace(table, rows=table.rows._replace(columns=fitting))


def _target(output: str) -> Path:
    target = check_target(output)
    if target.suffix not in (".csv", ".parquet"):
        raise InputError(f"a breakdown is written as .csv or .parquet: {target} is neither.")
    return target
