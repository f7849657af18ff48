"""The command line: one sub-command per public function.

stdout is data, stderr is talk. With ``--json`` stdout is one JSON document. Exit codes are the
members of `Exit`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from llmspend._version import __version__
from llmspend.errors import InputError, LlmspendError
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    from rich.console import Console

    from llmspend.cost_map import CostMap
    from llmspend.quirks import Quirks
    from llmspend.rate_card import RateCard

_PIPE_WIDTH = 160
"""Columns when stdout is not a terminal: wide enough that nothing is cut."""


class Exit(IntEnum):
    """What the exit code says."""

    OK = 0
    FAILURE = 1
    """Nothing useful could be done; the reason is on stderr."""
    USAGE = 2
    """The command line is wrong."""
    UNPRICED = 3
    """With ``--strict``: some rows have no price. The output is complete all the same."""
    OVER_BUDGET = 4
    """With ``--fail-over``: the spend is above the given amount."""
    INTERRUPTED = 130


_inputs = click.argument("inputs", nargs=-1, required=True, metavar="IN...")
_cost_map = click.option(
    "--cost-map",
    "cost_map_path",
    metavar="FILE",
    help="A cost map in LiteLLM's JSON format; default: the snapshot in the package.",
)
_quirks = click.option(
    "--quirks",
    type=click.Choice(["litellm", "published"]),
    help="Price as LiteLLM does (the default), or by the provider's rule where the two differ.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_strict = click.option(
    "--strict", is_flag=True, help=f"Exit with {Exit.UNPRICED:d} when rows have no price."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="llmspend")
def cli() -> None:
    r"""Price LLM usage logs and say where the money went.

    Logs are exports of a LiteLLM proxy's LiteLLM_SpendLogs table: Parquet, CSV or JSON lines.

    \b
    Exit codes: 0 done · 1 failed · 2 wrong usage · 3 rows without a price (--strict)
                4 over budget (--fail-over) · 130 interrupted
    """


@cli.command()
@_inputs
@click.option("-o", "--output", required=True, metavar="OUT.parquet", help="Where charges go.")
@_cost_map
@_quirks
@_strict
@_as_json
def price(
    inputs: tuple[str, ...],
    output: str,
    cost_map_path: str | None,
    quirks: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    r"""Price logs: write every row of IN with its cost to OUT.parquet.

    Streams, so files may be larger than memory. OUT appears whole or not at all.

    \b
    Example: llmspend price spend_logs.parquet -o charges.parquet
    """
    import polars as pl

    from llmspend.logs import log_files, read_logs
    from llmspend.pricing import price as price_rows

    target = Path(output)
    if target.suffix != ".parquet":
        raise InputError(f"charges are written as Parquet: {output} should end in .parquet.")
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {target.parent} to write {target.name} into.")
    _refuse_source(log_files(inputs), target)
    card = _card(cost_map_path, quirks)
    began = time.perf_counter()
    with _progress("pricing") as advance:
        read = 0

        def count(rows: int) -> None:
            nonlocal read
            read += rows
            advance(rows)

        charges = price_rows(read_logs(inputs, on_rows=count), cost_map=card)
        _write_whole(charges, target, _provenance(card), lambda: read)
    seconds = time.perf_counter() - began
    summary = (
        pl.scan_parquet(target)
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
        _print_json(summary)
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
        _leave(Exit.UNPRICED)


@cli.command()
@_inputs
@click.option("--tz", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1), help="Rows a table.")
@click.option("--fail-over", type=float, metavar="USD", help="Fail when more was spent.")
@_cost_map
@_quirks
@_strict
@_as_json
def report(
    inputs: tuple[str, ...],
    tz: str,
    top: int,
    fail_over: float | None,
    cost_map_path: str | None,
    quirks: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    r"""Say where the money went: in total, by model, key and team.

    IN are logs, or one file of charges that `llmspend price` wrote.

    \b
    Example: llmspend report spend_logs.parquet --tz Europe/Berlin
    """
    from llmspend.report import summarize

    with _progress("reading") as advance:
        charges = _charges(inputs, advance, cost_map_path, quirks)
        result = summarize(charges, source=", ".join(inputs), tz=tz)
    if as_json:
        _print_json(result.as_dict())
    else:
        from llmspend.terminal import show_report

        show_report(result, _console(), top)
    if fail_over is not None and (result.total["spend"].item() or 0) > fail_over:
        click.echo(f"spend is above {fail_over:,.2f} USD", err=True)
        _leave(Exit.OVER_BUDGET)
    if strict and result.total["unpriced_requests"].item():
        _leave(Exit.UNPRICED)


@cli.command()
@_inputs
@_cost_map
@_as_json
def quirks(inputs: tuple[str, ...], cost_map_path: str | None, as_json: bool) -> None:
    r"""Say where LiteLLM's number is not the provider's price, and what that comes to.

    IN are logs, or one file of charges that `llmspend price` wrote.

    \b
    Example: llmspend quirks spend_logs.parquet
    """
    from llmspend.pricing import quirk_impact

    with _progress("reading") as advance:
        # a file of charges needs the cost map too: its requests are priced again
        of_logs = None if _are_charges(inputs) else cost_map_path
        charges = _charges(inputs, advance, of_logs)
        impact = quirk_impact(charges, cost_map=_card(cost_map_path))
    records = impact.to_dicts()
    if as_json:
        _print_json(records)
    elif records:
        from llmspend.terminal import show_quirks

        show_quirks(records, _console())
    else:
        click.echo("None of LiteLLM's known quirks shows in these requests.")


@cli.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Rows.")
@_cost_map
@_as_json
def models(query: tuple[str, ...], limit: int, cost_map_path: str | None, as_json: bool) -> None:
    r"""Find models in the cost map, with their prices per million tokens.

    QUERY are words that must all occur in the name, the provider or the mode.

    \b
    Example: llmspend models opus bedrock
    """
    from llmspend.cost_map import load_cost_map
    from llmspend.report import model_records

    cost_map = _load(cost_map_path) or load_cost_map()
    words = " ".join(query)
    found = cost_map.search(words, limit)
    is_hit = cost_map.matches(words)
    records = model_records(cost_map, found)
    if not is_hit:
        near = " The nearest are:" if records else ""
        click.echo(f"no model matches {words!r}.{near}", err=True)
    if as_json:
        _print_json(records)
    elif records:
        from llmspend.terminal import models_table

        console = _console()
        console.print(models_table(records, console.width))
    if not is_hit:
        _leave(Exit.FAILURE)


# -- reading and writing


def _load(path: str | None) -> CostMap | None:
    from llmspend.cost_map import load_cost_map

    return None if path is None else load_cost_map(path)


def _card(path: str | None, quirks: str | None = None) -> RateCard:
    from llmspend.pricing import card_for

    return card_for(_load(path), cast("Quirks | None", quirks))


def _are_charges(inputs: tuple[str, ...]) -> bool:
    """Tell whether the input is one file that `llmspend price` wrote."""
    import polars as pl

    from llmspend.pricing import CHARGE_COLUMNS

    if len(inputs) == 1 and inputs[0].endswith(".parquet") and Path(inputs[0]).is_file():
        # what is no Parquet file after all is left to read_logs to explain
        with suppress(pl.exceptions.PolarsError):
            columns = pl.scan_parquet(inputs[0], glob=False).collect_schema()
            return CHARGE_COLUMNS.keys() <= set(columns)
    return False


def _charges(
    inputs: tuple[str, ...],
    advance: Callable[[int], None],
    cost_map_path: str | None,
    quirks: str | None = None,
) -> pl.LazyFrame:
    """Give the charges of logs, or those already in a file."""
    import polars as pl

    from llmspend.logs import read_logs
    from llmspend.pricing import price as price_rows

    if _are_charges(inputs):
        options = {"--cost-map": cost_map_path, "--quirks": quirks}
        given = next((option for option, value in options.items() if value is not None), None)
        if given is not None:
            raise InputError(f"{inputs[0]} is priced already; {given} is for logs.")
        return pl.scan_parquet(inputs[0], glob=False)
    usage = read_logs(inputs, on_rows=advance)
    return price_rows(usage, cost_map=_card(cost_map_path, quirks))


def _refuse_source(sources: list[Path], target: Path) -> None:
    for source in sources:
        if target.exists() and source.samefile(target):
            raise InputError(f"{target} is the input {source}: write the charges to another file.")


def _write_whole(
    charges: pl.LazyFrame, target: Path, metadata: dict[str, str], rows_read: Callable[[], int]
) -> None:
    """Write beside the target and count, then rename: only a whole file ever has its name."""
    import polars as pl

    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        charges.sink_parquet(beside, metadata=metadata, maintain_order=True)
        written = pl.scan_parquet(beside).select(pl.len()).collect().item()
        if written != rows_read():
            raise LlmspendError(f"{rows_read():,} rows were read, but {written:,} written.")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _provenance(card: RateCard) -> dict[str, str]:
    return {
        "llmspend.version": __version__,
        "llmspend.cost_map": card.cost_map.source,
        "llmspend.cost_map_sha256": card.cost_map.sha256,
        "llmspend.quirks": " ".join(sorted(card.reproduce)),
    }


# -- talking


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, soft_wrap=False)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int], None]]:
    """Show rows as they are read, on stderr, when somebody watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn(what),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda rows: progress.advance(task, rows)


def _print_json(document: Any) -> None:  # noqa: ANN401 - anything that JSON can say
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def _leave(code: Exit) -> NoReturn:
    click.get_current_context().exit(code)


def main() -> None:
    """Run the command line: every failure is a message, none a traceback."""
    if hasattr(signal, "SIGPIPE"):
        # `llmspend report … | head` ends quietly
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = Exit.INTERRUPTED
    except LlmspendError as error:
        click.echo(f"llmspend: {printable(str(error))}", err=True)
        code = Exit.FAILURE
    except Exception as error:
        if os.environ.get("LLMSPEND_DEBUG"):
            raise
        what = str(error).split("\n")[0] or type(error).__name__
        click.echo(f"llmspend: {printable(what)} (LLMSPEND_DEBUG=1 shows the traceback)", err=True)
        code = Exit.FAILURE
    sys.exit(code or Exit.OK)
