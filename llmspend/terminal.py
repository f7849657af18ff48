"""How a report and a list of models look in a terminal (rich)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.table import Table
from rich.text import Text

from llmspend.report import PRICE_COLUMNS, labels
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.text import printable, usd, usd_rate, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from llmspend.report import Report

_MILLION: Final = 1_000_000
_AGREES: Final = 1e-9
"""Drift below this share of the spend is the rounding of sums, not a difference."""


def show_report(report: Report, console: Console, top: int) -> None:
    """Print a report.

    Parameters
    ----------
    report
        What `llmspend.report.summarize` gives.
    console
        Where to.
    top
        Rows per table; the rest is one row.
    """
    for line in _headline(report):
        console.print(line)
    if not report.total["requests"].item():
        return
    for name, table in report.tables.items():
        console.print("", _table(table, name, top), sep="\n")
    if report.problems.height:
        console.print("", _problems(report.problems, top), sep="\n")
        for name in report.problems["issue"].unique(maintain_order=True):
            issue = ISSUE_BY_NAME[name]
            console.print(Text(f"  {issue.name}: {issue.meaning} {issue.hint}", style="dim"))


def _headline(report: Report) -> Iterator[RenderableType]:
    total = report.total.row(0, named=True)
    if not total["requests"]:
        yield Text(f"No requests in {printable(report.source)}.")
        return
    first, last = total["first_at"], total["last_at"]
    dates = f" from {first:%d %b %Y %H:%M} to {last:%d %b %Y %H:%M} ({report.tz})" if first else ""
    yield Text.assemble((f"{usd(total['spend'])} spent", "bold green"), dates)
    requests, tokens = report.coverage["requests"], report.coverage["tokens"]
    yield Text(
        f"{whole(total['requests'])} requests, {whole(total['total_tokens'])} tokens; "
        f"priced: {_percent(requests)} of requests, {_percent(tokens)} of tokens"
    )
    yield Text(f"logged spend: {usd(total['logged_spend'])}{_drift(total)}")
    parts = {"failed": total["failed_requests"], "answered from cache": total["cached_requests"]}
    said = ", ".join(f"{whole(n)} {what}" for what, n in parts.items() if n)
    if said:
        yield Text(f"among the requests: {said}")


def _drift(total: dict[str, Any]) -> str:
    if total["drift"] is None:
        return ""
    if abs(total["drift"]) <= _AGREES * abs(total["spend"] or 0):
        return "; it agrees with the computed cost wherever both are known"
    drift = usd(total["drift"], signed=True)
    return f"; where both are known, the computed cost differs by {drift}"


def _percent(share: float | None) -> str:
    # 99.97 % must not read as 100 %
    if share is None:
        return "–"
    return f"{share:.1%}" if share in (0, 1) or 0.001 <= share <= 0.999 else f"{share:.3%}"  # noqa: PLR2004


def _grid(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)


def _table(table: pl.DataFrame, name: str, top: int) -> Table:
    grid = _grid(f"by {name}")
    grid.add_column(name, overflow="ellipsis", no_wrap=True, min_width=16, max_width=44)
    for heading in ("spend", "share", "requests", "tokens", "per request", "logged", "unpriced"):
        grid.add_column(heading, justify="right", no_wrap=True)
    spend = float(table["spend"].sum())
    rows = table.to_dicts()
    for label, row in zip(labels(table, name)[:top], rows[:top], strict=True):
        grid.add_row(*_cells(label, row, spend))
    if len(rows) > top:
        grid.add_row(
            *_cells(f"… {len(rows) - top} more", _together(rows[top:]), spend), style="dim"
        )
    return grid


def _cells(label: str, row: dict[str, Any], spend: float) -> Sequence[RenderableType]:
    known = row["spend"] is not None and row["priced_requests"] > 0
    return (
        Text(label),
        usd(row["spend"]) if known else "unknown",
        f"{row['spend'] / spend:.1%}" if known and spend else "–",
        whole(row["requests"]),
        whole(row["total_tokens"]),
        usd(row["cost_per_request"]) if known else "–",
        usd(row["logged_spend"]),
        whole(row["unpriced_requests"]) if row["unpriced_requests"] else "",
    )


def _together(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    summed = (
        "requests",
        "total_tokens",
        "logged_spend",
        "unpriced_requests",
        "priced_requests",
        "spend",
    )
    row = {name: sum(r[name] or 0 for r in rows) for name in summed}
    row["cost_per_request"] = (
        row["spend"] / row["priced_requests"] if row["priced_requests"] else None
    )
    return row


def _problems(problems: pl.DataFrame, top: int) -> Table:
    """List errors by model, and warnings in one line each."""
    grid = _grid("what to know about")
    grid.add_column("issue", no_wrap=True)
    grid.add_column("model", overflow="ellipsis", no_wrap=True, min_width=16, max_width=44)
    for heading in ("requests", "tokens", "logged"):
        grid.add_column(heading, justify="right", no_wrap=True)
    errors = problems.filter(severity="error")
    warnings = (
        problems.filter(severity="warning")
        .group_by("issue", "severity", maintain_order=True)
        .agg(
            pl.format("{} models", pl.len()).alias("model"),
            pl.sum("requests", "tokens", "logged_spend"),
        )
        .select(problems.columns)
    )
    for row in (*errors.head(top).to_dicts(), *warnings.to_dicts()):
        grid.add_row(
            Text(row["issue"], style="red" if row["severity"] == "error" else "yellow"),
            Text(printable(row["model"] or "(none)")),
            whole(row["requests"]),
            whole(row["tokens"]),
            usd(row["logged_spend"]),
        )
    if errors.height > top:
        grid.add_row("", f"… {errors.height - top} more models", style="dim")
    return grid


def models_table(records: Sequence[dict[str, Any]]) -> Table:
    """Lay out models and their prices for a terminal.

    Parameters
    ----------
    records
        What `model_records` gives.

    Returns
    -------
    rich.table.Table
        Prices in USD per million tokens.
    """
    grid = Table(box=None, pad_edge=False, caption="USD per million tokens", caption_justify="left")
    grid.add_column("model", overflow="fold")
    grid.add_column("provider", no_wrap=True)
    grid.add_column("mode", no_wrap=True)
    grid.add_column("context", justify="right", no_wrap=True)
    for heading in PRICE_COLUMNS:
        grid.add_column(heading, justify="right", no_wrap=True)
    for row in records:
        rates = row["usd_per_token"]
        prices = (rates.get(meter) for meter in PRICE_COLUMNS.values())
        context = row["max_input_tokens"]
        grid.add_row(
            Text(printable(row["key"])),
            Text(printable(row["provider"] or "–")),
            Text(printable(row["mode"] or "–")),
            "–" if context is None else whole(context),
            *("–" if p is None else usd_rate(p * _MILLION) for p in prices),
        )
    return grid
