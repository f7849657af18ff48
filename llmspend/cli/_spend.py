"""The commands over logs and prices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from llmspend.cli._files import (
    are_charges,
    card_of,
    charges_of,
    load,
    parquet_target,
    refuse_source,
    write_whole,
)
from llmspend.cli._reading import reading_options
from llmspend.cli._talk import (
    Exit,
    compression_option,
    config_option,
    console,
    cost_map_option,
    inputs_argument,
    json_option,
    leave,
    prices_option,
    pricing_options,
    print_json,
    progress,
    strict_option,
)

if TYPE_CHECKING:
    from llmspend.cli._files import Compression


@click.command()
@inputs_argument
@reading_options
@click.option("-o", "--output", required=True, metavar="OUT.parquet", help="Where charges go.")
@compression_option
@pricing_options
@strict_option
@json_option
def price(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
    output: str,
    compression: Compression,
    pricing: dict[str, Any],
    strict: bool,
    as_json: bool,
) -> None:
    """Price logs: write every row of IN with its cost to OUT.parquet.

    Streams, so files may be larger than memory. OUT appears whole or not at all.

    \b
    Example: llmspend price spend_logs.parquet -o charges.parquet
    """
    import polars as pl

    from llmspend.duplicates import MARKED
    from llmspend.log_files import log_files
    from llmspend.logs import read_logs
    from llmspend.pricing import price as price_rows
    from llmspend.provenance import Provenance

    target = parquet_target("charges are written", output)
    refuse_source(log_files(inputs), target)
    card = card_of(**pricing)
    began = time.perf_counter()
    with progress("pricing") as advance:
        read = 0

        def count(rows: int) -> None:
            nonlocal read
            read += rows
            advance(rows)

        charges = price_rows(read_logs(inputs, on_rows=count, **reading), cost_map=card)
        metadata = Provenance.of(card).metadata() | MARKED
        write_whole(charges, target, metadata, lambda: read, compression)
    seconds = time.perf_counter() - began
    summary = (
        pl.scan_parquet(target, glob=False)
        .select(
            rows=pl.len(),
            spend=pl.col("cost").sum(),
            unpriced_rows=pl.col("cost").is_null().sum(),
        )
        .collect()
        .row(0, named=True)
    )
    summary |= {"output": str(target), "seconds": round(seconds, 3)}
    if as_json:
        print_json(summary)
    else:
        from llmspend.text import usd, whole

        unpriced = summary["unpriced_rows"]
        said = f", {whole(unpriced)} without a price (see the column issue)" if unpriced else ""
        click.echo(
            f"{whole(summary['rows'])} rows, {usd(summary['spend'])}{said}: {target} "
            f"({seconds:.1f} s)",
            err=True,
        )
    if strict and summary["unpriced_rows"]:
        leave(Exit.UNPRICED)


@click.command()
@inputs_argument
@reading_options
@cost_map_option
@json_option
def quirks(
    inputs: tuple[str, ...], reading: dict[str, Any], cost_map_path: str | None, as_json: bool
) -> None:
    """Say where LiteLLM's number is not the provider's price, and what that comes to.

    IN are logs, or one file of charges that `llmspend price` wrote.

    \b
    Example: llmspend quirks spend_logs.parquet
    """
    from llmspend.pricing import quirk_impact

    with progress("reading") as advance:
        # a file of charges needs the cost map too: its requests are priced again
        of_logs = {} if are_charges(inputs) else {"cost_map_path": cost_map_path}
        charges = charges_of(inputs, advance, of_logs, reading)
        impact = quirk_impact(charges, cost_map=card_of(cost_map_path))
    records = impact.to_dicts()
    if as_json:
        print_json(records)
    elif records:
        from llmspend.terminal import show_quirks

        show_quirks(records, console())
    else:
        click.echo("None of LiteLLM's known quirks shows in these requests.")


@click.command()
@inputs_argument
@reading_options
@click.option("--yaml", "as_yaml", is_flag=True, help="Print a model_list for a config.yaml.")
@cost_map_option
@config_option
@prices_option
@strict_option
@json_option
def unpriced(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
    as_yaml: bool,
    cost_map_path: str | None,
    config_path: str | None,
    prices_path: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """List the models without a price: how much of them, and an estimate of what they cost.

    IN are logs, or one file of charges that `llmspend price` wrote.

    \b
    Example: llmspend unpriced spend_logs.parquet --yaml > prices-to-fill-in.yaml
    """
    from llmspend.logs import read_logs
    from llmspend.pricing import price as price_rows
    from llmspend.unpriced_models import config_stub
    from llmspend.unpriced_models import unpriced as unpriced_models

    with progress("reading") as advance:
        card = card_of(cost_map_path, config_path, prices_path)
        if are_charges(inputs):
            charges = charges_of(inputs, advance, {}, reading)
        else:
            charges = price_rows(read_logs(inputs, on_rows=advance, **reading), cost_map=card)
        found = unpriced_models(charges, cost_map=card)
    if as_json:
        print_json(found.to_dicts())
    elif as_yaml:
        click.echo(config_stub(found), nl=False)
    elif found.height:
        from llmspend.terminal_unpriced import unpriced_table

        screen = console()
        screen.print(unpriced_table(found.to_dicts(), screen.width))
    else:
        click.echo("Every model has a price.")
    if strict and found.height:
        leave(Exit.UNPRICED)


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Rows.")
@cost_map_option
@json_option
def models(query: tuple[str, ...], limit: int, cost_map_path: str | None, as_json: bool) -> None:
    """Find models in the cost map, with their prices per million tokens.

    QUERY are words that must all occur in the name, the provider or the mode.

    \b
    Example: llmspend models opus bedrock
    """
    from llmspend.model_prices import model_records

    cost_map = load(cost_map_path)
    words = " ".join(query)
    found = cost_map.search(words, limit)
    is_hit = cost_map.matches(words)
    records = model_records(cost_map, found)
    if not is_hit:
        near = " The nearest are:" if records else ""
        click.echo(f"no model matches {words!r}.{near}", err=True)
    if as_json:
        print_json(records)
    elif records:
        from llmspend.terminal import models_table

        out = console()
        out.print(models_table(records, out.width))
    if not is_hit:
        leave(Exit.FAILURE)
