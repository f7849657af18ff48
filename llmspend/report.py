"""The report: where the money went, on one screen, with how much of it is known.

`summarize` computes it in one pass over the charges; `Report` holds the small tables.
`llmspend.terminal` lays them out for people, `Report.as_dict` gives them as plain data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.spend import Grouping, breakdowns
from llmspend.text import printable, short_id

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.spend import Charges

TABLES: Final = ("model", "key", "team")
"""The dimensions that a report shows a table of."""

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
)


@dataclass(frozen=True)
class Report:
    """Spend in total, by some dimensions, and what could not be priced.

    Attributes
    ----------
    source
        What was read.
    tz
        Time zone of the dates shown.
    total
        One row: the measures of all requests.
    tables
        Dimension → its breakdown.
    problems
        One row per issue and model: ``issue, severity, model, requests, tokens, logged_spend``.
    """

    source: str
    tz: str
    total: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    problems: pl.DataFrame

    @property
    def coverage(self) -> dict[str, float | None]:
        """Share of requests and of tokens with a known cost, 0 to 1; None where there are none."""
        row = self.total.row(0, named=True)
        tokens = row["total_tokens"] or 0
        return {
            "requests": row["priced_requests"] / row["requests"] if row["requests"] else None,
            "tokens": (tokens - row["unpriced_tokens"]) / tokens if tokens else None,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data: USD, counts, ISO times.

        Returns
        -------
        dict
            Ready for ``json.dumps``; unknown is None, never 0.
        """
        total = self.total.row(0, named=True)
        return {
            "source": self.source,
            "time_zone": self.tz,
            "first_at": _iso(total["first_at"]),
            "last_at": _iso(total["last_at"]),
            "total": {name: total[name] for name in _SHOWN},
            "coverage": self.coverage,
            **{f"by_{name}": _records(table, name) for name, table in self.tables.items()},
            "issues": self.problems.to_dicts(),
        }


def summarize(charges: Charges, *, source: str = "charges", tz: str = "UTC") -> Report:
    """Add up charges for a report, in one pass.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them.
    source
        What the report calls them.
    tz
        IANA time zone of the dates shown.

    Returns
    -------
    Report
        Small tables; `llmspend.terminal.show_report` prints them.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame({"model": ["gpt-4o", "nobody-knows"], "prompt_tokens": [1000, 1000]})
    >>> report = summarize(llmspend.price(calls))
    >>> report.coverage
    {'requests': 0.5, 'tokens': 0.5}
    """
    groupings = [Grouping(), *(Grouping((name,)) for name in TABLES), Grouping(("issue", "model"))]
    total, *tables, issues = breakdowns(charges, groupings, tz=tz)
    severity = {name: issue.severity for name, issue in ISSUE_BY_NAME.items()}
    problems = (
        issues.filter(pl.col("issue").is_not_null())
        .select(
            "issue",
            pl.col("issue").replace_strict(severity, return_dtype=pl.String).alias("severity"),
            "model",
            "requests",
            pl.col("total_tokens").alias("tokens"),
            "logged_spend",
        )
        .sort("severity", "tokens", "issue", descending=[False, True, False])
    )
    return Report(source, tz, total, dict(zip(TABLES, tables, strict=True)), problems)


def _iso(moment: Any) -> str | None:  # noqa: ANN401 - a datetime or None
    return None if moment is None else moment.isoformat()


def _records(table: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    alias = f"{name}_alias"
    return table.select(name, *([alias] if alias in table.columns else []), *_SHOWN).to_dicts()


def labels(table: pl.DataFrame, name: str) -> list[str]:
    """Give each row of a breakdown a name for people.

    Parameters
    ----------
    table
        A breakdown.
    name
        The dimension.

    Returns
    -------
    list of str
        The alias where there is one, with a short id when two share it; else the (short) id;
        control characters shown, not obeyed.

    Examples
    --------
    >>> frame = pl.DataFrame({"key": ["ab" * 32, None], "key_alias": ["prod", None]})
    >>> labels(frame, "key")
    ['prod', '(none)']
    """
    ids = table[name].to_list()
    alias = f"{name}_alias"
    aliases = table[alias].to_list() if alias in table.columns else [None] * len(ids)
    found = []
    for given, known in zip(ids, aliases, strict=True):
        if given is None and known is None:
            found.append("(none)")
        elif known is None:
            found.append(printable(short_id(given)))
        elif aliases.count(known) > 1:
            found.append(f"{printable(known)} ({printable(short_id(given or 'none'))})")
        else:
            found.append(printable(known))
    return found


PRICE_COLUMNS: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache read": "cache_read_tokens",
    "cache write": "cache_creation_tokens",
}
"""Heading of a price in a list of models → its meter."""


def model_records(cost_map: CostMap, found: pl.DataFrame) -> list[dict[str, Any]]:
    """Give models with their standard prices as plain data.

    Parameters
    ----------
    cost_map
        Whose rates.
    found
        Rows of `CostMap.models`.

    Returns
    -------
    list of dict
        The row of each model and ``usd_per_token``: meter → USD per one token at the standard
        service tier and the shortest context.
    """
    rates = cost_map.rates.filter(
        pl.col("model").is_in(found["key"].to_list()),
        pl.col("meter").is_in(list(PRICE_COLUMNS.values())),
        pl.col("variant").is_null(),
        service_tier="",
        context_threshold=0,
    )
    by_model: dict[str, dict[str, float]] = {}
    for model, meter, rate in rates.select("model", "meter", "usd_per_unit").rows():
        by_model.setdefault(model, {}).setdefault(meter, rate)
    return [row | {"usd_per_token": by_model.get(row["key"], {})} for row in found.to_dicts()]
