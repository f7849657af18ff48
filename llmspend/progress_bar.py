"""Progress of long reads: a bar in a notebook or a terminal, nothing where nobody watches."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(
    what: str = "reading", *, total: int | None = None, unit: str = "rows"
) -> Iterator[Callable[[int], None]]:
    """Show how far a long read has come.

    Parameters
    ----------
    what
        What is being done.
    total
        How much there is to read; None where that is not known.
    unit
        What is counted, ``"rows"`` or ``"B"`` for bytes.

    Yields
    ------
    callable
        To be called with how much more was read, such as by ``read_logs(…, on_rows=…)``. It may be
        called from any thread. The bar is drawn by tqdm in a notebook (extra ``lab``), by rich on
        a terminal's stderr, and not at all elsewhere. It goes when the work is done.

    Examples
    --------
    >>> import llmspend
    >>> with progress("pricing") as on_rows:
    ...     usage = llmspend.read_logs("sample_data/litellm_spend_logs.csv", on_rows=on_rows)
    ...     charges = llmspend.price(usage).collect()
    >>> charges.height
    160
    """
    if _in_notebook():
        shown = _by_tqdm if find_spec("tqdm") else _unseen
    else:
        shown = _by_rich if sys.stderr.isatty() else _unseen
    with shown(what, total, unit) as advance:
        yield advance


def _in_notebook() -> bool:
    """Tell whether a kernel runs this: then there is no terminal, but somebody watches."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


@contextmanager
def _unseen(_what: str, _total: int | None, _unit: str) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


@contextmanager
def _by_tqdm(what: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets it draws text, and says so
        from tqdm.auto import tqdm  # noqa: PLC0415 - optional
    with tqdm(desc=what, total=total, unit=f" {unit}", unit_scale=True, leave=False) as bar:
        yield lambda more: bar.update(more) and None


@contextmanager
def _by_rich(what: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415 - only where it is seen
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    count = (
        DownloadColumn() if unit == "B" else TextColumn("{task.completed:,.0f} {task.fields[unit]}")
    )
    known = () if total is None else (BarColumn(), TimeRemainingColumn())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *known,
        count,
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, unit=unit)
        yield lambda more: bar.advance(task, more)
