"""What the commands share: exit codes, options, and how they talk."""

from __future__ import annotations

import functools
import json
import sys
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NoReturn

import click

from llmspend import progress_bar
from llmspend.cli._files import COMPRESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

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


class Names(click.ParamType[list[str]]):
    """Names with commas between."""

    name = "names"

    def convert(
        self,
        value: str | list[str],
        param: click.Parameter | None,  # noqa: ARG002 - click's own
        ctx: click.Context | None,  # noqa: ARG002
    ) -> list[str]:
        if isinstance(value, list):
            return value
        return [name.strip() for name in value.split(",") if name.strip()]


def as_one(
    argument: str, options: Mapping[str, Callable[..., Any]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make options that a command gets as one dictionary of those that were given."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathered(**given: Any) -> Any:  # noqa: ANN401 - click's own
            values = {name: given.pop(name) for name in options}
            said = {name: value for name, value in values.items() if value not in (None, ())}
            return command(**given, **{argument: said})

        decorated: Callable[..., Any] = gathered
        for option in reversed([*options.values()]):
            decorated = option(decorated)
        return decorated

    return decorate


inputs_argument = click.argument("inputs", nargs=-1, required=True, metavar="IN...")
cost_map_option = click.option(
    "--cost-map",
    "cost_map_path",
    metavar="FILE",
    help="A cost map in LiteLLM's JSON format; default: the snapshot in the package.",
)
quirks_option = click.option(
    "--quirks",
    type=click.Choice(["litellm", "published"]),
    help="Price as LiteLLM does (the default), or by the provider's rule where the two differ.",
)
config_option = click.option(
    "--config", "config_path", metavar="FILE", help="A LiteLLM proxy's config.yaml with its prices."
)
prices_option = click.option(
    "--prices",
    "prices_path",
    metavar="FILE",
    help="Prices of your own, as CSV, JSON or YAML; they win over those of --config.",
)
pricing_options = as_one(
    "pricing",
    {
        "cost_map_path": cost_map_option,
        "config_path": config_option,
        "prices_path": prices_option,
        "quirks": quirks_option,
    },
)
"""The options of every command that prices: the arguments of `llmspend.cli._files.card_of`."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
compression_option = click.option(
    "--compression",
    type=click.Choice(COMPRESSIONS),
    default=COMPRESSIONS[0],
    show_default=True,
    help="Of the Parquet file: zstd is a third smaller, and slower to read.",
)
strict_option = click.option(
    "--strict", is_flag=True, help=f"Exit with {Exit.UNPRICED:d} when rows have no price."
)


progress = progress_bar.progress


def console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, soft_wrap=False)


def print_json(document: Any) -> None:  # noqa: ANN401 - anything that JSON can say, and moments
    text = json.dumps(
        document, indent=2, ensure_ascii=False, allow_nan=False, default=datetime.isoformat
    )
    click.echo(text)


def leave(code: Exit) -> NoReturn:
    click.get_current_context().exit(code)
