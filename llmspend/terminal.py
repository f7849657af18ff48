"""How a report and a list of models look in a terminal (rich)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from llmspend.labels import labels
from llmspend.model_prices import PRICE_COLUMNS
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.text import (
    date_text,
    duplicate_rows,
    printable,
    share,
    usd,
    usd_each,
    usd_rate,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, JustifyMethod, RenderableType

    from llmspend.reports import Report

_NAME_WIDTH: Final = 72
_LEAST_NAME: Final = 8
_GAP: Final = 2
_WORDS: Final = ("provider", "mode", "issue", "asked for as", "at the rates of")
"""Columns of words; all others are numbers."""
_STYLES: Final = {
    i.name: "red" if i.severity == "error" else "yellow" for i in ISSUE_BY_NAME.values()
}
_MILLION: Final = 1_000_000


def show_report(report: Report, console: Console, top: int) -> None:
    """Print a report.

    Parameters
    ----------
    report
        What `llmspend.report` gives.
    console
        Where to.
    top
        Rows per table; the rest is one row.
    """
    for line in _headline(report):
        console.print(line)
    if report.is_empty:
        return
    for name, table in report.tables.items():
        console.print("", _table(table, name, top, console.width), sep="\n")
    if report.problems.height:
        grid, listed = _problems(report, top, console.width)
        console.print("", grid, sep="\n")
        for name in listed:
            issue = ISSUE_BY_NAME[name]
            console.print(Text(f"  {issue.name}: {issue.meaning} {issue.hint}", style="dim"))


def _headline(report: Report) -> Iterator[RenderableType]:
    total = report.total.row(0, named=True)
    if report.is_empty:
        yield Text(f"No requests in {printable(report.source)}.")
        return
    first, last = total["first_at"], total["last_at"]
    ends = (date_text(moment, timed=True) for moment in (first, last) if moment)
    dates = f" from {' to '.join(ends)} ({report.tz})" if first else ""
    yield Text.assemble((f"{usd(total['spend'])} spent", "bold green"), dates)
    requests, tokens = report.coverage["requests"], report.coverage["tokens"]
    yield Text(
        f"{whole(total['requests'])} requests, {whole(total['total_tokens'])} tokens; "
        f"priced: {share(requests)} of requests, {share(tokens)} of tokens"
    )
    yield Text(f"logged spend: {usd(total['logged_spend'])}{_drift(report)}")
    parts = {"failed": total["failed_requests"], "answered from cache": total["cached_requests"]}
    said = ", ".join(f"{whole(n)} {what}" for what, n in parts.items() if n)
    if said:
        yield Text(f"among the requests: {said}")
    if report.duplicates:
        yield Text(f"not counted: {duplicate_rows(report.duplicates)}")


def _drift(report: Report) -> str:
    if report.agrees is None:
        return ""
    if report.agrees:
        return "; it agrees with the computed cost wherever both are known"
    drift = usd(report.total["drift"].item(), signed=True)
    return f"; where both are known, the computed cost differs by {drift}"


def fitting(
    title: str | None,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    droppable: Sequence[str],
) -> Table:
    """Lay out rows whose first cell is a name; leave out columns before cutting a number.

    Parameters
    ----------
    title
        Above the table; None for none.
    headings, rows
        One cell for each heading.
    width
        Columns of the terminal.
    droppable
        Headings that are left out, in this order, while there is not enough room.

    Returns
    -------
    rich.table.Table
        As wide as the terminal at most, as long as names have a few characters left.
    """
    kept = list(headings)

    def wide(heading: str) -> int:
        at = headings.index(heading)
        return max(cell_len(heading), *(cell_len(row[at]) for row in rows))

    def left_for_names() -> int:
        return width - sum(wide(heading) + _GAP for heading in kept[1:])

    wanted = min(wide(headings[0]), _NAME_WIDTH)
    for heading in droppable:
        if left_for_names() < wanted:
            kept.remove(heading)
    room = max(min(left_for_names(), _NAME_WIDTH), _LEAST_NAME)
    grid = _grid(title)
    grid.add_column(headings[0], overflow="ellipsis", no_wrap=True, max_width=room)
    for heading in kept[1:]:
        justify: JustifyMethod = "left" if heading in _WORDS else "right"
        grid.add_column(heading, justify=justify, no_wrap=True)
    for row in rows:
        cells = [Text(c, style=_STYLES.get(c, "")) for c in (row[headings.index(h)] for h in kept)]
        grid.add_row(*cells, style="dim" if row[0].startswith("…") else None)
    return grid


def _grid(title: str | None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)


_SPENT: Final = ("spend", "share", "requests", "tokens", "per request", "logged", "unpriced")


def _table(table: pl.DataFrame, name: str, top: int, width: int) -> Table:
    spend = float(table["spend"].sum())
    rows = table.to_dicts()
    shown = [
        _cells(label, row, spend)
        for label, row in zip(labels(table, name)[:top], rows[:top], strict=True)
    ]
    if len(rows) > top:
        shown.append(_cells(f"… {len(rows) - top} more", _together(rows[top:]), spend))
    droppable = ("per request", "share", "tokens", "logged")
    return fitting(f"by {name}", (name, *_SPENT), shown, width, droppable)


def _cells(label: str, row: dict[str, Any], spend: float) -> Sequence[str]:
    known = row["spend"] is not None
    return (
        label,
        usd(row["spend"]) if known else "unknown",
        f"{row['spend'] / spend:.1%}" if known and spend else "–",
        whole(row["requests"]),
        whole(row["total_tokens"]),
        "–" if row["cost_per_request"] is None else usd_each(row["cost_per_request"]),
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
    priced = row["priced_requests"]
    return row | {"cost_per_request": row["spend"] / priced if priced else None}


def _problems(report: Report, top: int, width: int) -> tuple[Table, list[str]]:
    """List errors by model, warnings in one line each; and name the issues that are listed."""
    errors, rest = report.listed("error", top)
    warnings = report.problems.filter(severity="warning")
    rows = [_problem(row) for row in errors.to_dicts()]
    if rest.height:
        requests, tokens, logged = report.sum_of(rest)
        rows.append((f"… {rest.height} more", "", whole(requests), whole(tokens), usd(logged)))
    for (issue,), of_issue in warnings.group_by("issue", maintain_order=True):
        requests, tokens, logged = report.sum_of(of_issue)
        models = f"({of_issue.height} model{'' if of_issue.height == 1 else 's'})"
        rows.append((models, str(issue), whole(requests), whole(tokens), usd(logged)))
    headings = ("model", "issue", "requests", "tokens", "logged")
    listed = pl.concat([errors, warnings])["issue"].unique(maintain_order=True).to_list()
    return fitting("what to know about", headings, rows, width, ("logged", "tokens")), listed


def _problem(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        printable(row["model"] or "(none)"),
        row["issue"],
        whole(row["requests"]),
        whole(row["tokens"]),
        usd(row["logged_spend"]),
    )


def show_quirks(records: Sequence[dict[str, Any]], console: Console) -> None:
    """Print what each of LiteLLM's quirks comes to.

    Parameters
    ----------
    records
        Rows of `llmspend.quirk_impact`.
    console
        Where to.
    """
    rows = [
        (
            row["quirk"],
            whole(row["requests"]),
            usd(row["cost"]),
            usd(row["published_cost"]),
            usd(row["difference"], signed=True),
            whole(row["unknown_requests"]) if row["unknown_requests"] else "",
        )
        for row in records
    ]
    headings = ("quirk", "requests", "LiteLLM", "published", "difference", "unknown")
    title = "where LiteLLM's number is not the provider's price"
    console.print(fitting(title, headings, rows, console.width, ("unknown",)))
    for row in records:
        said = f"  {row['quirk']}: {row['litellm']} Published: {row['published']}"
        console.print(Text(said, style="dim"))


def show_estimate(estimated: dict[str, Any], console: Console) -> None:
    """Print what a text would cost.

    Parameters
    ----------
    estimated
        What `llmspend.call_costs.estimate_call` gives.
    console
        Where to.
    """
    model = printable(estimated["model"])
    tokens = f"{whole(estimated['prompt_tokens'])} tokens of prompt"
    if estimated["completion_tokens"]:
        tokens += f", {whole(estimated['completion_tokens'])} of answer"
    console.print(Text.assemble((usd(estimated["cost"]), "bold green"), f" for {tokens} ({model})"))
    if estimated["cost_at_most"] is not None:
        longest = whole(estimated["max_output_tokens"])
        console.print(
            Text(f"{usd(estimated['cost_at_most'])} with the longest answer ({longest} tokens)")
        )
    if estimated["fits"] is False:
        limit = whole(estimated["max_input_tokens"])
        console.print(Text(f"the prompt is too long: {model} takes {limit} tokens", style="red"))


def models_table(records: Sequence[dict[str, Any]], width: int) -> Table:
    """Lay out models and their prices for a terminal.

    Parameters
    ----------
    records
        What `llmspend.model_prices.model_records` gives.
    width
        Columns of the terminal.

    Returns
    -------
    rich.table.Table
        Prices in USD per million tokens.
    """
    rows = []
    for record in records:
        rates = record["usd_per_token"]
        prices = (rates.get(meter) for meter in PRICE_COLUMNS.values())
        context = record["max_input_tokens"]
        rows.append(
            (
                printable(record["key"]),
                printable(record["provider"] or "–"),
                printable(record["mode"] or "–"),
                "–" if context is None else whole(context),
                *("–" if p is None else usd_rate(p * _MILLION) for p in prices),
            )
        )
    headings = ("model", "provider", "mode", "context", *PRICE_COLUMNS)
    droppable = ("mode", "context", "provider", "cache write", "cache read")
    grid = fitting(None, headings, rows, width, droppable)
    grid.caption, grid.caption_justify = "USD per million tokens", "left"
    return grid
