"""What a report says, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmspend import charts
from llmspend.charts._intervals import INTERVAL_BY_NAME, name_of
from llmspend.charts._words import noun, requests
from llmspend.quirks import QUIRKS
from llmspend.reports._blocks import Block, Cell, Column, Fact, Facts, Figure, Section, Table, Text
from llmspend.reports._tables import (
    caching_table,
    classes_table,
    hints_table,
    movers_table,
    periods_table,
    problems_table,
    relative,
    spend_table,
)
from llmspend.text import compact, date_text, duplicate_rows, share, usd, usd_each, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspend.reports._report import Report

_MOVERS: Final = 6
_UNKNOWN: Final = "not recorded"


def sections(report: Report, top: int) -> Iterator[Section]:
    """Write a report.

    Parameters
    ----------
    report
        What is reported.
    top
        Rows per table.

    Yields
    ------
    Section
        Headline first.
    """
    yield Section("headline", "", (Facts(tuple(_headline(report))),))
    if report.is_empty:
        yield Section("nothing", "Nothing to report", (Text("There are no requests."),))
        return
    yield Section("over-time", "Spend over time", tuple(_over_time(report)))
    for name in report.tables:
        table = spend_table(report, name, top)
        yield Section(f"by-{name}", f"Spend by {noun(name)}", (table,))
    yield Section("movers", "What changed", tuple(_movers(report)))
    yield Section("caching", "Caching", tuple(_caching(report, top)))
    yield Section("unpriced", "Unpriced usage", tuple(_unpriced(report, top)))
    yield Section("quality", "Data quality", tuple(_quality(report, top)))
    yield Section("computed", "How it was computed", tuple(_computed(report)))


def subtitle(report: Report) -> str:
    """Say what was read and when it was.

    Parameters
    ----------
    report
        What is reported.

    Returns
    -------
    str
        Dates and zone.
    """
    total = report.total.row(0, named=True)
    first, last = total["first_at"], total["last_at"]
    if first is None:
        return f"No dates; days would begin in {report.tz}"
    return f"{date_text(first, timed=True)} to {date_text(last, timed=True)} ({report.tz})"


def _headline(report: Report) -> Iterator[Fact]:
    total = report.total.row(0, named=True)
    every, movers, coverage = report.periods.every, report.movers, report.coverage
    yield Fact("Spend", usd(total["spend"]), "computed from the usage")
    if movers is not None and movers.change is not None:
        assert movers.spend is not None
        assert movers.previous_spend is not None
        change = relative(movers.spend, movers.previous_spend)
        note = f"{change} against the {every} before".strip()
        yield Fact(f"Last whole {every}", usd(movers.spend), note)
    failed = f"{whole(total['failed_requests'])} failed" if total["failed_requests"] else ""
    yield Fact("Requests", whole(total["requests"]), failed)
    parts = f"{compact(total['prompt_tokens'])} in, {compact(total['completion_tokens'])} out"
    yield Fact("Tokens", compact(total["total_tokens"]), parts)
    if total["cost_per_request"] is not None:
        yield Fact("Per request", usd_each(total["cost_per_request"]), "with a known cost")
    if report.saved is None:
        yield Fact("Read from prompt caches", share(report.cached_share), "of the input tokens")
    else:
        note = f"{share(report.cached_share)} of the input tokens read"
        yield Fact("Saved by prompt caches", usd(report.saved), note)
    unpriced = total["unpriced_requests"]
    yield Fact(
        "Priced",
        share(coverage["requests"]),
        f"{requests(unpriced)} without a price" if unpriced else "of the requests",
        is_alarming=bool(unpriced),
    )
    yield Fact("Logged spend", usd(total["logged_spend"]), _agreement(report))


def _agreement(report: Report) -> str:
    total = report.total.row(0, named=True)
    if total["drift"] is None:
        return ""
    if report.agrees:
        return "agrees where both are known"
    return f"computed: {usd(total['drift'], signed=True)} where both are known"


def _over_time(report: Report) -> Iterator[Block]:
    if report.periods.total.is_empty():
        yield Text("No request has a time.")
        return
    daily = report.periods.daily["model"]
    yield Figure(charts.spend_over_time(daily, "model", every=report.periods.every))
    yield periods_table(report)


def _movers(report: Report) -> Iterator[Block]:
    movers, every = report.movers, report.periods.every
    if movers is None:
        yield Text(f"There are no two whole {every}s in a row to compare.")
        return
    interval = INTERVAL_BY_NAME[every]
    before, now = (name_of(interval, m, interval.long) for m in (movers.previous, movers.start))
    spent = f"The {every} {now} cost {usd(movers.spend)}"
    if movers.change is None:
        yield Text(f"{spent}; the {every} before, {before}, {usd(movers.previous_spend)}.")
    else:
        change = usd(movers.change, signed=True)
        yield Text(f"{spent}, the one before, {before}, {usd(movers.previous_spend)}: {change}.")
    for name in movers.by:
        table = movers_table(report, movers, name, _MOVERS)
        if table.rows:
            yield table


def _caching(report: Report, top: int) -> Iterator[Block]:
    total, savings = report.total.row(0, named=True), report.savings
    yield Text(
        f"{share(report.cached_share)} of the input tokens were read from the providers' prompt "
        f"caches ({compact(total['cache_read_tokens'])} of {compact(total['prompt_tokens'])}); "
        f"{compact(total['cache_creation_tokens'])} were written to them. The gateway answered "
        f"{requests(total['cached_requests'])} from its own response cache, for nothing."
    )
    if savings is None:
        yield Text(
            "What that saved is not known: the rates that priced these charges are not at hand."
        )
        return
    if savings["cache_read_tokens"].sum() or savings["cache_creation_tokens"].sum():
        yield Figure(charts.cache_savings(savings, "model", top=top))
    table = caching_table(savings, top)
    if table:
        yield table


def _unpriced(report: Report, top: int) -> Iterator[Block]:
    total = report.total.row(0, named=True)
    table = problems_table(report, "error", top)
    if table is None:
        yield Text("Every request has a price.")
        return
    yield Text(
        f"{requests(total['unpriced_requests'])} with {compact(total['unpriced_tokens'])} "
        f"tokens: their cost is unknown, which is not zero. They are in no sum above. "
        "“llmspend unpriced” lists the nearest known models and writes a stub to price them."
    )
    yield table
    hints = hints_table(report, "error", top)
    if hints:
        yield hints


def _quality(report: Report, top: int) -> Iterator[Block]:
    total, coverage = report.total.row(0, named=True), report.coverage
    agreement = _agreement(report) or "no row has both"
    said = (
        f"Priced: {share(coverage['requests'])} of requests, {share(coverage['tokens'])} of "
        f"tokens. Logged spend: {usd(total['logged_spend'])} ({agreement})."
    )
    if report.periods.undated:
        undated, every = requests(report.periods.undated), report.periods.every
        said += f" Without a plausible time: {undated}, in no {every}."
    if report.duplicates:
        said += f" Not counted: {duplicate_rows(report.duplicates)}."
    yield Text(said)
    if report.agrees is False:
        yield Figure(charts.drift(report.reconciled, "model", top=top))
    for block in (problems_table(report, "warning", top), hints_table(report, "warning", top)):
        if block:
            yield block
    yield classes_table(report)


def _computed(report: Report) -> Iterator[Block]:
    made = report.provenance
    quirks = _UNKNOWN
    if made.quirks is not None:
        names = made.quirks.split()
        quirks = (
            "none reproduced: published prices"
            if not names
            else "all reproduced, as LiteLLM bills"
            if len(names) == len(QUIRKS)
            else f"reproduced: {', '.join(names)}"
        )
    facts = {
        "Source": report.source,
        "Cost map": made.cost_map or _UNKNOWN,
        "Date of the cost map": made.cost_map_date or _UNKNOWN,
        "SHA-256 of the cost map": made.cost_map_sha256 or _UNKNOWN,
        "Prices of your own": made.own_prices or _UNKNOWN,
        "LiteLLM's quirks": quirks,
        "Time zone": report.tz,
        "llmspend": made.version or _UNKNOWN,
    }
    yield Text(
        "Each request is priced by the rates of the cost map for the model that answered, at its "
        "service tier and context length; sums are exact and rounded once. Spend is what was "
        "computed, logged spend what the log says."
    )
    columns = (Column("", "words"), Column("", "name"))
    yield Table(columns, tuple((Cell(k), Cell(v)) for k, v in facts.items()))
