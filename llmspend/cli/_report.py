"""The command that reports."""

from __future__ import annotations

from typing import Any

import click

from llmspend.cli._files import charges_and_card, named_files, refuse_source, shown_inputs
from llmspend.cli._reading import reading_options
from llmspend.cli._talk import (
    Exit,
    console,
    inputs_argument,
    json_option,
    leave,
    pricing_options,
    print_json,
    progress,
    strict_option,
)
from llmspend.errors import InputError
from llmspend.whole_files import check_target


@click.command()
@inputs_argument
@reading_options
@click.option("--html", metavar="FILE", help="Write a page with charts that needs no network.")
@click.option("--markdown", "--md", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--tz", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="Period of charts and comparisons; default: one that fits.",
)
@click.option("--top", default=10, show_default=True, type=click.IntRange(1), help="Rows a table.")
@click.option("--fail-over", type=float, metavar="USD", help="Fail when more was spent.")
@pricing_options
@strict_option
@json_option
def report(
    inputs: tuple[str, ...],
    reading: dict[str, Any],
    html: str | None,
    as_markdown: bool,
    tz: str,
    every: str | None,
    top: int,
    fail_over: float | None,
    pricing: dict[str, Any],
    strict: bool,
    as_json: bool,
) -> None:
    """Say where the money went: in total, by model, key and team.

    IN are logs, or one file of charges that `llmspend price` wrote. FILE appears whole or not at
    all.

    \b
    Example: llmspend report spend_logs.parquet --tz Europe/Berlin --html report.html
    """
    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown both print: choose one.")
    if html is not None:
        if not html.endswith(".html"):
            raise InputError(f"a page ends in .html: {html} should.")
        target = check_target(html)
        refuse_source(named_files(inputs), target)
    with progress("reading") as advance:
        charges, card = charges_and_card(inputs, advance, pricing, reading)
        # loaded once there is something to read: a wrong path is told at once
        from llmspend.reports import report as report_on

        result = report_on(
            charges, source=_source(inputs, reading), tz=tz, every=every, cost_map=card
        )
    if html is not None:
        page = result.save(html, top=top)
        click.echo(f"{page}: {page.stat().st_size / 1e6:.1f} MB", err=True)
    if as_json:
        print_json(result.as_dict())
    elif as_markdown:
        click.echo(result.to_markdown(top=top), nl=False)
    elif html is None:
        from llmspend.terminal import show_report

        show_report(result, console(), top)
    if fail_over is not None and (result.total["spend"].item() or 0) > fail_over:
        click.echo(f"spend is above {fail_over:,.2f} USD", err=True)
        leave(Exit.OVER_BUDGET)
    if strict and result.total["unpriced_requests"].item():
        leave(Exit.UNPRICED)


def _source(inputs: tuple[str, ...], reading: dict[str, Any]) -> str:
    """Name what is read, and the time it is limited to: nothing may be in it."""
    bounds = (f"{name} {reading[name]}" for name in ("since", "until") if name in reading)
    return " ".join([shown_inputs(inputs), *bounds])
