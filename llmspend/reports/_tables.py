"""The tables of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.charts._intervals import INTERVAL_BY_NAME, name_of
from llmspend.labels import labels, shown
from llmspend.reports._blocks import Cell, Column, Table
from llmspend.row_classes import ROW_CLASSES
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.text import compact, share, usd, usd_each, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspend.reports._periods import Movers
    from llmspend.reports._report import Report

_LEAST: Final = 0.001
_NOTHING: Final = Cell("–")
_MEANING_OF: Final = {c.name: c.meaning for c in ROW_CLASSES}
_SUMMED: Final = (
    "spend",
    "requests",
    "total_tokens",
    "priced_requests",
    "unpriced_requests",
)


def spend_table(report: Report, name: str, top: int) -> Table:
    """List the members of a dimension with the largest spend.

    Parameters
    ----------
    report
        What is reported.
    name
        The dimension.
    top
        Rows; what is beyond is added up in one more.

    Returns
    -------
    Table
        Name, spend, share of it, how it went, requests, tokens, cost per request.
    """
    table = report.tables[name]
    total = float(table["spend"].sum())
    trend = report.periods.trend(name)
    rows, rest = _divided(table, name, top)
    has_unpriced = bool(table["unpriced_requests"].sum())
    cells = [
        _spent(label, row, total, trend.get(row[name]), has_unpriced=has_unpriced)
        for label, row in rows
    ]
    if rest:
        cells.append(
            _spent(f"{len(rest)} more", _sum(rest), total, None, has_unpriced=has_unpriced)
        )
    columns = [Column(name.capitalize(), "name"), Column("Spend"), Column("Share")]
    columns += [Column("", "drawing")]
    columns += [Column(f"By {report.periods.every}", "drawing"), Column("Requests")]
    columns += [Column("Tokens"), Column("Per request")]
    columns += [Column("Unpriced")] * has_unpriced
    return Table(tuple(columns), tuple(cells), rest=bool(rest))


def _divided(
    table: pl.DataFrame, name: str, top: int
) -> tuple[list[tuple[str, dict[str, Any]]], list[dict[str, Any]]]:
    rows = table.to_dicts()
    # a single one beyond the top is as long as its sum
    kept = len(rows) if len(rows) == top + 1 else top
    return list(zip(labels(table[:kept], name), rows[:kept], strict=True)), rows[kept:]


def _sum(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    summed: dict[str, Any] = dict.fromkeys(_SUMMED, 0)
    for row in rows:
        for name in _SUMMED:
            summed[name] += row[name] or 0
    priced = summed["priced_requests"]
    return summed | {"cost_per_request": summed["spend"] / priced if priced else None}


def _spent(
    label: str,
    row: dict[str, Any],
    total: float,
    line: Sequence[float | None] | None,
    *,
    has_unpriced: bool,
) -> tuple[Cell, ...]:
    part = row["spend"] / total if row["spend"] is not None and total > 0 else None
    each = row["cost_per_request"]
    cells = [
        Cell(label),
        Cell(usd(row["spend"])),
        Cell(_part(part)),
        Cell("", bar=part),
        Cell("", line=tuple(line or ())),
        Cell(whole(row["requests"])),
        Cell(compact(row["total_tokens"])),
        _NOTHING if each is None else Cell(usd_each(each)),
    ]
    if has_unpriced:
        cells.append(Cell(whole(row["unpriced_requests"]) if row["unpriced_requests"] else ""))
    return tuple(cells)


def _part(part: float | None) -> str:
    """Write a share in a column of them: as many digits as the others."""
    return "<0.1%" if part is not None and 0 < part < _LEAST else share(part)


def periods_table(report: Report) -> Table:
    """List what every period cost.

    Parameters
    ----------
    report
        What is reported.

    Returns
    -------
    Table
        Oldest first.
    """
    periods = report.periods
    interval = INTERVAL_BY_NAME[periods.every]
    rows = [
        (
            Cell(
                name_of(interval, row["start"], interval.long) + " (partial)" * (not row["whole"])
            ),
            Cell(usd(row["spend"])),
            Cell(whole(row["requests"])),
            Cell(compact(row["total_tokens"])),
            Cell(whole(row["unpriced_requests"])),
        )
        for row in periods.total.to_dicts()
    ]
    headings = ("Spend", "Requests", "Tokens", "Unpriced")
    columns = (Column(periods.every.capitalize(), "words"), *map(Column, headings))
    return Table(columns, tuple(rows), title=f"Every {periods.every} in numbers", folded=True)


def movers_table(report: Report, movers: Movers, name: str, top: int) -> Table:
    """List the members of a dimension whose spend changed most.

    Parameters
    ----------
    report
        What is reported.
    movers
        The comparison.
    name
        The dimension.
    top
        Rows at most.

    Returns
    -------
    Table
        Largest change first, whichever way.
    """
    table = movers.by[name].drop_nulls("change").head(top)
    named = table.rename({"member": name, "alias": f"{name}_alias"})
    rows = [
        (
            Cell(label),
            Cell(usd(row["previous_spend"])),
            Cell(usd(row["spend"])),
            Cell(usd(row["change"], signed=True)),
            Cell(relative(row["spend"], row["previous_spend"])),
        )
        for label, row in zip(labels(named, name), table.to_dicts(), strict=True)
    ]
    every = report.periods.every
    headings = (f"{every.capitalize()} before", f"Last {every}", "Change", "")
    return Table((Column(name.capitalize(), "name"), *map(Column, headings)), tuple(rows))


def relative(now: float, before: float) -> str:
    """Write by how much something changed.

    Parameters
    ----------
    now, before
        USD.

    Returns
    -------
    str
        In percent, or in words where that makes no sense.

    Examples
    --------
    >>> relative(3.0, 2.0), relative(50.0, 1.0), relative(1.0, 0.0), relative(0.0, 1.0)
    ('+50%', '× 50', 'new', 'gone')
    >>> relative(0.999, 1.0), relative(1.0, 1.0)
    ('±0%', '±0%')
    """
    if before <= 0 or now < 0:
        return "new" if before == 0 else ""
    if now == 0:
        return "gone"
    if now >= _TIMES * before:
        return f"× {now / before:,.0f}"
    change = f"{now / before - 1:+.0%}"
    return "±0%" if change in ("+0%", "-0%") else change


_TIMES: Final = 10


def caching_table(savings: pl.DataFrame, top: int) -> Table | None:
    """List what caching saved on each model.

    Parameters
    ----------
    savings
        By model, as `llmspend.cache_savings` gives it.
    top
        Rows; what is beyond is added up in one more.

    Returns
    -------
    Table or None
        Models with the most savings first; None where there is no input.
    """
    counts = ("fresh_input_tokens", "cache_read_tokens", "cache_creation_tokens")
    names = (*counts, "saved_by_reads", "write_surcharge", "saved")
    table = savings.select("model", *names).filter(pl.sum_horizontal(counts) > 0)
    table = table.sort(pl.col("saved").abs(), "model", descending=[True, False], nulls_last=True)
    kept = table.height if table.height == top + 1 else top
    rows = list(zip(labels(table[:kept], "model"), table[:kept].to_dicts(), strict=True))
    if table.height > kept:
        beyond = table[kept:].select(pl.col(*names).sum()).row(0, named=True)
        rows.append((f"{table.height - kept} more", beyond))
    if not rows:
        return None
    headings = ("Fresh input", "Read", "", "Written", "Saved by reads", "Paid for writes", "Saved")
    return Table(
        (Column("Model", "name"), *map(Column, headings)),
        tuple(_cached(label, row) for label, row in rows),
        title="Every model in numbers",
        rest=table.height > kept,
        folded=True,
    )


def _cached(label: str, row: dict[str, Any]) -> tuple[Cell, ...]:
    fresh, read = row["fresh_input_tokens"], row["cache_read_tokens"]
    written = row["cache_creation_tokens"]
    return (
        Cell(label),
        Cell(compact(fresh)),
        Cell(compact(read)),
        Cell(share(read / (fresh + read + written))),
        Cell(compact(written)),
        *(Cell(usd(row[name])) for name in ("saved_by_reads", "write_surcharge", "saved")),
    )


def problems_table(report: Report, severity: str, top: int) -> Table | None:
    """List what is wrong with requests, by issue and model.

    Parameters
    ----------
    report
        What is reported.
    severity
        ``"error"``: the cost is unknown; ``"warning"``: there is something to know about it.
    top
        Rows at most.

    Returns
    -------
    Table or None
        None where nothing is wrong.
    """
    listed, rest = report.listed(severity, top)
    if listed.is_empty():
        return None
    rows = [
        (
            Cell(shown(row["model"])),
            Cell(row["issue"]),
            Cell(whole(row["requests"])),
            Cell(compact(row["tokens"])),
            Cell(usd(row["logged_spend"])),
        )
        for row in listed.to_dicts()
    ]
    if rest.height:
        beyond = report.sum_of(rest)
        rows.append(
            (
                Cell(f"{rest.height} more"),
                Cell(""),
                Cell(whole(beyond[0])),
                Cell(compact(beyond[1])),
                Cell(usd(beyond[2])),
            )
        )
    columns = (Column("Model", "name"), Column("Issue", "words"))
    headings = ("Requests", "Tokens", "Logged spend")
    return Table((*columns, *map(Column, headings)), tuple(rows), rest=rest.height > 0)


def hints_table(report: Report, severity: str, top: int) -> Table | None:
    """Explain the issues that are listed.

    Parameters
    ----------
    report
        What is reported.
    severity, top
        As for `problems_table`.

    Returns
    -------
    Table or None
        Each issue with its meaning and what to do about it; None where there is none.
    """
    names = report.listed(severity, top)[0]["issue"].unique(maintain_order=True)
    if names.is_empty():
        return None
    found = [ISSUE_BY_NAME[name] for name in names]
    rows = [(Cell(i.name), Cell(i.meaning), Cell(i.hint)) for i in found]
    columns = (Column("Issue", "words"), Column("Meaning", "words"), Column("What to do", "words"))
    return Table(columns, tuple(rows))


def classes_table(report: Report) -> Table:
    """List the kinds of rows.

    Parameters
    ----------
    report
        What is reported.

    Returns
    -------
    Table
        How many requests are of each kind, and what they cost.
    """
    rows = [
        (
            Cell(row["row_class"] or "–"),
            Cell(_MEANING_OF.get(row["row_class"], "")),
            Cell(whole(row["requests"])),
            Cell(usd(row["spend"])),
        )
        for row in report.row_classes.to_dicts()
    ]
    columns = (Column("Kind of row", "words"), Column("Meaning", "words"))
    return Table((*columns, Column("Requests"), Column("Spend")), tuple(rows), folded=True,
                 title="What kinds of rows there are")  # fmt: skip
