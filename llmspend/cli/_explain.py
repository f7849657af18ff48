"""The command that says why a request costs what it costs."""

from __future__ import annotations

from typing import Any

import click

from llmspend.cli._files import are_charges, card_of, scan
from llmspend.cli._talk import (
    console,
    json_option,
    pricing_options,
    print_json,
)
from llmspend.errors import InputError


@click.command()
@click.argument("inputs", nargs=-1, metavar="[LOG]...")
@click.option("--request-id", metavar="ID", help="The request's id in LOG.")
@click.option("--row", type=click.IntRange(1), help="Its row in LOG, from 1.")
@click.option("--model", help="Without LOG: what was called.")
@click.option("--provider", help="Who bills.")
@click.option("--base-model", help="The model a deployment stands for.")
@click.option("--prompt-tokens", type=click.IntRange(0))
@click.option("--completion-tokens", type=click.IntRange(0))
@click.option("--cache-read-tokens", type=click.IntRange(0))
@click.option("--cache-creation-tokens", type=click.IntRange(0))
@click.option("--reasoning-tokens", type=click.IntRange(0))
@click.option("--duration-ms", type=click.FloatRange(0))
@click.option("--service-tier", help="Such as flex or priority.")
@pricing_options
@json_option
def explain(
    inputs: tuple[str, ...],
    request_id: str | None,
    row: int | None,
    pricing: dict[str, Any],
    as_json: bool,
    **facts: str | float | None,
) -> None:
    """Say why a request costs what it costs: names, rates and where they are from, and the sum.

    Which request: one of LOG, or one that the options describe. Beside LOG, they say what else
    would be the case.

    \b
    Examples: llmspend explain spend_logs.parquet --request-id chatcmpl-1
              llmspend explain --model gpt-4o --prompt-tokens 1000 --completion-tokens 100
    """
    from llmspend.explain_calls import explain as explain_request
    from llmspend.explain_calls import pick_row
    from llmspend.logs import read_logs

    given = {name: value for name, value in facts.items() if value is not None}
    if inputs:
        is_priced = are_charges(inputs)
        log = scan(inputs[0]) if is_priced else read_logs(inputs)
        request = pick_row(log, request_id=request_id, row=row) | given
    elif "model" in given and request_id is None and row is None:
        request = given
    else:
        raise InputError("say what to explain: LOG and --request-id or --row; or --model.")
    card = card_of(**pricing)
    explanation = explain_request(request, cost_map=card)
    if as_json:
        print_json(explanation.to_dict())
    else:
        from llmspend.terminal_explain import show_explanation

        show_explanation(explanation, console())
