"""The commands over texts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from llmspend._version import __version__
from llmspend.cli._files import load, parquet_target, refuse_source, write_whole
from llmspend.cli._talk import (
    Exit,
    console,
    cost_map_option,
    inputs_argument,
    json_option,
    leave,
    print_json,
)
from llmspend.errors import InputError
from llmspend.remote_urls import local_file

if TYPE_CHECKING:
    from llmspend.encodings import Compat


@click.command("count-tokens")
@inputs_argument
@click.option("--column", default="prompt", show_default=True, help="Column with the texts.")
@click.option("--messages", is_flag=True, help="The column holds messages, as JSON.")
@click.option("--model", help="The model of every row; default: each row names its own.")
@click.option("--model-column", default="model", show_default=True, help="Column with the models.")
@click.option(
    "--compat",
    type=click.Choice(["exact", "litellm"]),
    default="exact",
    show_default=True,
    help="Whole texts by the model's tokenizer, or LiteLLM's numbers.",
)
@click.option("-o", "--output", required=True, metavar="OUT.parquet", help="Where counts go.")
@cost_map_option
@json_option
def count_tokens(
    inputs: tuple[str, ...],
    column: str,
    messages: bool,
    model: str | None,
    model_column: str,
    compat: Compat,
    output: str,
    cost_map_path: str | None,
    as_json: bool,
) -> None:
    """Count tokens: write every row of IN with the tokens of one column to OUT.parquet.

    IN are Parquet, CSV or JSON lines. A text that cannot be counted has a count_error.

    \b
    Example: llmspend count-tokens prompts.csv --model gpt-4o -o counts.parquet
    """
    import polars as pl

    from llmspend.tokens import count_tokens_in

    target = parquet_target("counts are written", output)
    counted = count_tokens_in(
        inputs,
        column,
        model=model,
        model_column=model_column,
        messages=messages,
        compat=compat,
        cost_map=load(cost_map_path),
    )
    refuse_source(inputs, target)
    rows = counted.select(pl.len())
    write_whole(
        counted, target, {"llmspend.version": __version__}, lambda: int(rows.collect().item())
    )
    summary = (
        pl.scan_parquet(target, glob=False)
        .select(
            rows=pl.len(),
            tokens=pl.col("counted_tokens").sum(),
            uncounted_rows=pl.col("count_error").is_not_null().sum(),
        )
        .collect()
        .row(0, named=True)
    )
    summary["output"] = str(target)
    if as_json:
        print_json(summary)
        return
    uncounted = summary["uncounted_rows"]
    said = f", {uncounted:,} not counted (see the column count_error)" if uncounted else ""
    click.echo(f"{summary['rows']:,} rows, {summary['tokens']:,} tokens{said}: {target}", err=True)


@click.command()
@click.argument("prompt")
@click.option("--model", required=True, help="The model that would be called.")
@click.option("--provider", help="Who bills; default: inferred from the model's name.")
@click.option("--completion", default="", help="An answer, if one is to be priced too.")
@click.option("--fail-over", type=float, metavar="USD", help="Fail when it would cost more.")
@cost_map_option
@json_option
def estimate(
    prompt: str,
    model: str,
    provider: str | None,
    completion: str,
    fail_over: float | None,
    cost_map_path: str | None,
    as_json: bool,
) -> None:
    """Price a text before it is sent.

    PROMPT is the text, or @FILE, or - for standard input. Tokens are counted as LiteLLM counts
    them.

    \b
    Example: llmspend estimate @prompt.txt --model gpt-4o
    """
    from llmspend.call_costs import estimate_call

    estimated = estimate_call(
        _text(prompt), model, completion, custom_llm_provider=provider, cost_map=load(cost_map_path)
    )
    if as_json:
        print_json(estimated)
    else:
        from llmspend.terminal import show_estimate

        show_estimate(estimated, console())
    if fail_over is not None and estimated["cost"] > fail_over:
        click.echo(f"it would cost more than {fail_over:,} USD", err=True)
        leave(Exit.OVER_BUDGET)


def _text(prompt: str) -> str:
    if prompt == "-":
        return sys.stdin.read()
    if not prompt.startswith("@"):
        return prompt
    try:
        return local_file(prompt[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the prompt {prompt[1:]} cannot be read: {error}.") from None
