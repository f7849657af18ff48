"""The command line: one sub-command per public function.

stdout is data, stderr is talk. With ``--json`` stdout is one JSON document. Exit codes are the
members of `Exit`.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings

import click

from llmspend._version import __version__
from llmspend.cli._breakdown import breakdown
from llmspend.cli._chart import chart
from llmspend.cli._cost_maps import diff_cost_maps, refresh_cost_map
from llmspend.cli._explain import explain
from llmspend.cli._reading import convert, formats
from llmspend.cli._report import report
from llmspend.cli._spend import models, price, quirks, unpriced
from llmspend.cli._talk import Exit
from llmspend.cli._tokens import count_tokens, estimate
from llmspend.errors import LlmspendError
from llmspend.text import printable


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="llmspend")
def cli() -> None:
    """Price LLM usage logs and say where the money went.

    Logs are exports of a LiteLLM proxy's LiteLLM_SpendLogs table, the payloads of its loggers, or
    any other of the formats that `llmspend formats` lists: Parquet, CSV or JSON.

    \b
    Exit codes: 0 done · 1 failed · 2 wrong usage · 3 rows without a price (--strict)
                4 over budget (--fail-over) · 130 interrupted
    """


for _command in (
    price,
    convert,
    formats,
    report,
    breakdown,
    chart,
    quirks,
    unpriced,
    explain,
    models,
    count_tokens,
    estimate,
    refresh_cost_map,
    diff_cost_maps,
):
    cli.add_command(_command)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"llmspend: {printable(str(message))}", err=True)


def main() -> None:
    """Run the command line: every failure is a message, none a traceback."""
    if hasattr(signal, "SIGPIPE"):
        # `llmspend report … | head` ends quietly
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    warnings.showwarning = _show_warning
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
