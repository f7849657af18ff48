"""The report as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from llmspend.measures import DIMENSIONS

if TYPE_CHECKING:
    import polars as pl

    from llmspend.reports._periods import Movers
    from llmspend.reports._report import Report

_SHOWN: Final = (
    "spend",
    "requests",
    "total_tokens",
    "cost_per_request",
    "logged_spend",
    "drift",
    "unpriced_requests",
    "unpriced_tokens",
    "failed_requests",
    "cached_requests",
    "input_cost",
    "output_cost",
    "tool_cost",
    "prompt_tokens",
    "completion_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
)
_ALIAS_OF: Final = {d.name: d.alias for d in DIMENSIONS}
_SAVED: Final = (
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "saved_by_reads",
    "write_surcharge",
    "saved",
    "hit_ratio",
    "saved_ratio",
    "strange_rows",
)
_RECONCILED: Final = (
    "cost",
    "logged_spend",
    "drift",
    "gross_drift",
    "compared_rows",
    "close_rows",
    "agreement",
    "reason",
)


def as_dict(report: Report) -> dict[str, Any]:
    """Write a report as plain data.

    Parameters
    ----------
    report
        What is reported.

    Returns
    -------
    dict
        As docs/report.md describes it.
    """
    total = report.total.row(0, named=True)
    problems = report.problems.to_dicts()
    return {
        "source": report.source,
        "time_zone": report.tz,
        "first_at": _iso(total["first_at"]),
        "last_at": _iso(total["last_at"]),
        "total": {name: total[name] for name in _SHOWN},
        "coverage": report.coverage,
        "every": report.periods.every,
        "over_time": _with_dates(report.periods.total.to_dicts()),
        **{f"by_{name}": _records(report, name) for name in report.tables},
        "movers": None if report.movers is None else _moves(report.movers),
        "caching": {
            "cached_share": report.cached_share,
            "cached_requests": total["cached_requests"],
            "saved": report.saved,
            "by_model": [] if report.savings is None else _models(report.savings, _SAVED),
        },
        "unpriced": [p for p in problems if p["severity"] == "error"],
        "issues": problems,
        "reconciled": {"by_model": _models(report.reconciled, _RECONCILED)},
        "row_classes": report.row_classes.select("row_class", "requests", "spend").to_dicts(),
        "duplicate_rows": report.duplicates,
        "undated_requests": report.periods.undated,
        "computed": asdict(report.provenance),
    }


def _models(table: pl.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return table.select("model", *columns).to_dicts()


def _records(report: Report, name: str) -> list[dict[str, Any]]:
    alias = _ALIAS_OF[name]
    trend = report.periods.trend(name)
    shown = [name, *([alias] if alias else []), *_SHOWN]
    nothing = [0.0] * report.periods.total.height
    return [
        row | {"over_time": trend.get(row[name], nothing)}
        for row in report.tables[name].select(shown).iter_rows(named=True)
    ]


def _iso(moment: Any) -> str | None:  # noqa: ANN401 - a datetime or None
    return None if moment is None else moment.isoformat()


def _with_dates(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the clock times at which days begin as days."""
    return [
        p | {"start": p["start"].date().isoformat(), "end": p["end"].date().isoformat()}
        for p in periods
    ]


def _moves(movers: Movers) -> dict[str, Any]:
    return {
        "start": movers.start.date().isoformat(),
        "previous": movers.previous.date().isoformat(),
        "spend": movers.spend,
        "previous_spend": movers.previous_spend,
        "change": movers.change,
        **{
            f"by_{name}": table.rename({"member": name, "alias": _ALIAS_OF[name] or "alias"})
            .drop([] if _ALIAS_OF[name] else ["alias"])
            .to_dicts()
            for name, table in movers.by.items()
        },
    }
