"""The command that draws: a sub-command per chart, with the chart's own arguments as options."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

import click

from llmspend.cli._files import charges_and_card, named_files, refuse_source
from llmspend.cli._reading import reading_options
from llmspend.cli._talk import (
    Names,
    inputs_argument,
    pricing_options,
    progress,
)
from llmspend.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOT_CHARTS: Final = {"enable"}
_OURS: Final = {"cost_map"}
"""Arguments that options of every command stand for."""


_TYPES: Final[dict[str, click.ParamType[Any]]] = {
    "Sequence": Names(),
    "bool": click.BOOL,
    "int": click.INT,
    "float": click.FLOAT,
}
"""A word in an annotation → how its option is read; everything else is text."""


class _Charts(click.Group):
    """The charts that llmspend.charts offers, whichever they are."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        return sorted(_dashed(name) for name in _charts())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        known = _charts()
        name = cmd_name.replace("-", "_")
        if name not in known:
            raise UnknownNameError.of("chart", cmd_name, map(_dashed, known))
        return _command(cmd_name, known[name])


@click.group(cls=_Charts)
def chart() -> None:
    """Draw a chart into a file: a picture (.png, .svg, .pdf) or a page (.html).

    IN are logs, or one file of charges that `llmspend price` wrote.

    \b
    Example: llmspend chart spend-over-time spend_logs.parquet --by team -o spend.png
    """


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _charts() -> dict[str, Callable[..., Any]]:
    from llmspend import charts

    return {name: getattr(charts, name) for name in charts.__all__ if name not in _NOT_CHARTS}


def _command(name: str, draw: Callable[..., Any]) -> click.Command:
    """Make the command of a chart from its signature and docstring."""
    document = inspect.getdoc(draw) or ""
    options = list(_options(draw, _meanings(inspect.cleandoc(document))))

    def run(
        inputs: tuple[str, ...],
        reading: dict[str, Any],
        output: str,
        pricing: dict[str, Any],
        **given: Any,  # noqa: ANN401 - whatever the chart takes
    ) -> None:
        from llmspend.chart_files import check_chart_file, save_chart
        from llmspend.kept_charges import at_hand

        target = check_chart_file(output)
        refuse_source(named_files(inputs), target)
        with progress("reading") as advance:
            charges, card = charges_and_card(inputs, advance, pricing, reading)
            known = {key: value for key, value in given.items() if value is not None}
            if "cost_map" in inspect.signature(draw).parameters:
                known["cost_map"] = card
            with at_hand(charges) as kept:
                drawn = draw(kept, **known)
        written = save_chart(drawn, output)
        click.echo(f"{written}: {written.stat().st_size / 1e3:,.0f} kB", err=True)

    decorators: tuple[Callable[..., Any], ...] = (
        inputs_argument,
        reading_options,
        click.option("-o", "--output", required=True, metavar="FILE", help="Where it goes."),
        *options,
        pricing_options,
    )
    for decorate in reversed(decorators):
        run = decorate(run)
    return click.command(name, help=_first(document), short_help=_first(document))(run)


def _first(document: str) -> str:
    return document.split("\n", maxsplit=1)[0].removesuffix(".")


def _options(draw: Callable[..., Any], meanings: dict[str, str]) -> Iterator[Callable[..., Any]]:
    """Yield an option for every argument but the data."""
    for parameter in list(inspect.signature(draw).parameters.values())[1:]:
        if parameter.name in _OURS:
            continue
        words = set(re.findall(r"\w+", str(parameter.annotation)))
        kind = next((kind for word, kind in _TYPES.items() if word in words), click.STRING)
        default = parameter.default
        is_required = default is inspect.Parameter.empty
        shown = ",".join(default) if isinstance(default, tuple) else default
        is_shown = not is_required and default is not None
        yield click.option(
            f"--{_dashed(parameter.name)}",
            parameter.name,
            type=kind,
            required=is_required,
            help=meanings.get(parameter.name, "") + f"  [default: {shown}]" * is_shown,
        )


def _meanings(document: str) -> dict[str, str]:
    """Read what a numpydoc docstring says about each parameter, up to the end of a sentence."""
    _, _, after = document.partition("\nParameters\n----------\n")
    section = re.split(r"\n\n\w+\n---", after)[0]
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif names:
            for name in names:
                meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return {name: text.replace("``", "").replace("`", "") for name, text in meanings.items()}
