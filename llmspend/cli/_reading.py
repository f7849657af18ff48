"""The options of every command that reads logs, and the commands that only read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from llmspend.cli._files import parquet_target, refuse_source, write_csv, write_whole
from llmspend.cli._talk import (
    as_one,
    compression_option,
    console,
    inputs_argument,
    json_option,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from llmspend.cli._files import Compression

_OPTIONS: dict[str, tuple[str, str]] = {
    "format": ("NAME", "The logs' format; llmspend formats lists them. Default: recognise it."),
    "since": ("TIME", "Only requests that began then or later: an ISO date or time, UTC."),
    "until": ("TIME", "Only requests that began before."),
    "keys": ("FILE", "Names of API keys: an export of LiteLLM_VerificationToken."),
    "teams": ("FILE", "Names of teams: an export of LiteLLM_TeamTable."),
    "users": ("FILE", "Names of users: an export of LiteLLM_UserTable."),
    "organizations": ("FILE", "Names of organizations: of LiteLLM_OrganizationTable."),
    "projects": ("FILE", "Names of projects: of LiteLLM_ProjectTable."),
}
"""Argument of `llmspend.read_logs` → what its option takes, and its help."""
_TABLES = ("keys", "teams", "users", "organizations", "projects")


reading_options = as_one(
    "reading",
    {
        name: click.option(f"--{name}", metavar=what, multiple=name in _TABLES, help=meaning)
        for name, (what, meaning) in _OPTIONS.items()
    },
)
"""The options of every command that reads logs: the arguments of `llmspend.read_logs`."""


@click.command()
@json_option
def formats(as_json: bool) -> None:
    """List the log formats, and the columns by which each is recognised.

    \b
    Example: llmspend formats
    """
    from llmspend.formats import FORMATS

    records = [
        {
            "format": f.name,
            "about": f.about,
            "recognised_by": sorted(f.identified_by | f.document),
            "sums_over_requests": f.is_summary,
            "source": f.source,
        }
        for f in FORMATS
    ]
    if as_json:
        print_json(records)
    else:
        from llmspend.terminal_formats import formats_table

        console().print(formats_table(records))


@click.command()
@inputs_argument
@click.option("-o", "--output", required=True, metavar="OUT.parquet", help="Where usage goes.")
@compression_option
@reading_options
@json_option
def convert(
    inputs: tuple[str, ...],
    output: str,
    compression: Compression,
    reading: dict[str, Any],
    as_json: bool,
) -> None:
    """Read logs once: write canonical usage to OUT.parquet.

    Every row of IN is in OUT. Those that could not be read have no values; they are also listed,
    with line and reason, in OUT.quarantine.csv. OUT appears whole or not at all.

    \b
    Example: llmspend convert 'logs/*.jsonl.gz' -o usage.parquet
    """
    import polars as pl

    from llmspend._version import __version__
    from llmspend.duplicates import MARKED
    from llmspend.log_files import log_files
    from llmspend.logs import read_logs
    from llmspend.quarantined_rows import quarantine

    target = parquet_target("usage is written", output)
    refuse_source(log_files(inputs), target)
    began = time.perf_counter()
    with progress("reading") as advance:
        read = 0

        def count(rows: int) -> None:
            nonlocal read
            read += rows
            advance(rows)

        usage = read_logs(inputs, on_rows=count, **reading)
        metadata = {"llmspend.version": __version__} | MARKED
        write_whole(usage, target, metadata, lambda: read, compression)
    written = pl.scan_parquet(target, glob=False)
    broken = quarantine(written)
    beside = target.with_suffix(".quarantine.csv")
    beside.unlink(missing_ok=True)
    if broken.height:
        write_csv(broken, beside)
    (duplicates,) = written.select(pl.col("is_duplicate").sum()).collect().row(0)
    summary = {
        "rows": read,
        "read": read - broken.height,
        "quarantined": broken.height,
        "duplicates": duplicates,
        "output": str(target),
        "quarantine": str(beside) if broken.height else None,
        "seconds": round(time.perf_counter() - began, 3),
    }
    if as_json:
        print_json(summary)
        return
    from llmspend.text import whole

    said = f", {whole(broken.height)} in quarantine ({beside})" if broken.height else ""
    said += f", {whole(duplicates)} of them duplicates" if duplicates else ""
    click.echo(
        f"{whole(read)} rows: {whole(summary['read'])} read{said}: {target} "
        f"({summary['seconds']:.1f} s)",
        err=True,
    )
