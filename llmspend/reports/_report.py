"""The report as data: small tables, added up in one pass over the charges."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.charts._intervals import INTERVAL_BY_NAME
from llmspend.errors import InputError, UnknownNameError
from llmspend.measures import DIMENSIONS
from llmspend.pricing import card_for
from llmspend.provenance import Provenance
from llmspend.reports._markdown import markdown
from llmspend.reports._page import page
from llmspend.reports._periods import movers_of, periods_of
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.spend import Grouping, breakdowns
from llmspend.text import printable, usd, whole
from llmspend.whole_files import check_target, whole_file

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.reports._periods import Movers, Periods
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
_ROUNDING: Final = 1e-9
_EVERY: Final = tuple(name for name in INTERVAL_BY_NAME if name != "hour")


@dataclass(frozen=True, repr=False)
class Report:
    """Where the money went, as small tables, with how much of it is known.

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
    row_classes
        The breakdown by kind of row.
    periods
        Spend over time.
    movers
        What changed against the previous period; None where there are no two whole ones.
    provenance
        How the charges were computed.
    """

    source: str
    tz: str
    total: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    problems: pl.DataFrame
    row_classes: pl.DataFrame
    periods: Periods
    movers: Movers | None
    provenance: Provenance

    def __repr__(self) -> str:
        row = self.total.row(0, named=True)
        spent, requests = usd(row["spend"]), whole(row["requests"])
        return f"<Report: {spent}, {requests} requests; .save('report.html') writes it>"

    @property
    def coverage(self) -> dict[str, float | None]:
        """Share of requests and of tokens with a known cost, 0 to 1; None where there are none."""
        row = self.total.row(0, named=True)
        tokens = row["total_tokens"] or 0
        return {
            "requests": row["priced_requests"] / row["requests"] if row["requests"] else None,
            "tokens": (tokens - row["unpriced_tokens"]) / tokens if tokens else None,
        }

    @property
    def cached_share(self) -> float | None:
        """Share of input tokens that came from the providers' prompt caches, 0 to 1."""
        row = self.total.row(0, named=True)
        return row["cache_read_tokens"] / row["prompt_tokens"] if row["prompt_tokens"] else None

    @property
    def agrees(self) -> bool | None:
        """Whether computed and logged spend agree where both are known; None where none has both.

        A difference below a billionth is the rounding of sums.
        """
        drift, spend = self.total["drift"].item(), self.total["spend"].item()
        return None if drift is None else abs(drift) <= _ROUNDING * abs(spend or 0)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data: USD, counts, ISO times.

        Returns
        -------
        dict
            Ready for ``json.dumps``; unknown is None, never 0. docs/report.md says what is in it.
        """
        total = self.total.row(0, named=True)
        problems = self.problems.to_dicts()
        return {
            "source": self.source,
            "time_zone": self.tz,
            "first_at": _iso(total["first_at"]),
            "last_at": _iso(total["last_at"]),
            "total": {name: total[name] for name in _SHOWN},
            "coverage": self.coverage,
            "every": self.periods.every,
            "over_time": _with_dates(self.periods.total.to_dicts()),
            **{f"by_{name}": self._records(name) for name in self.tables},
            "movers": None if self.movers is None else _moves(self.movers),
            "caching": {
                "cached_share": self.cached_share,
                "cache_read_tokens": total["cache_read_tokens"],
                "cache_creation_tokens": total["cache_creation_tokens"],
                "cached_requests": total["cached_requests"],
            },
            "unpriced": [p for p in problems if p["severity"] == "error"],
            "issues": problems,
            "row_classes": self.row_classes.select("row_class", "requests", "spend").to_dicts(),
            "undated_requests": self.periods.undated,
            "computed": asdict(self.provenance),
        }

    def to_json(self) -> str:
        """Write the report as JSON.

        Returns
        -------
        str
            `as_dict`, as one document; the same charges give the same text.
        """
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_markdown(self, *, top: int = 10) -> str:
        """Write the report as Markdown: its text and tables, without the charts.

        Parameters
        ----------
        top
            Rows per table.

        Returns
        -------
        str
            For GitHub, GitLab or a notebook; names from the logs are inert in it.
        """
        return markdown(self, top)

    def to_html(self, *, top: int = 10) -> str:
        """Write the report as one page of HTML that needs no other file and no network.

        Needs ``pip install llmspend-analytics[export]``, which brings Vega.

        Parameters
        ----------
        top
            Rows per table.

        Returns
        -------
        str
            The page. Its charts answer to the mouse; a policy in it forbids everything else to
            run or to load; it follows the reader's light or dark theme and prints well.

        Raises
        ------
        InputError
            Without that extra.
        """
        return page(self, top)

    def save(self, path: str | Path, *, top: int = 10) -> Path:
        """Write the report to a file, whole or not at all.

        Parameters
        ----------
        path
            Ends in ``.html``, ``.md`` or ``.json``.
        top
            Rows per table; JSON has all.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            For another extension, or a folder that does not exist.
        """
        target = check_target(path)
        write = {".html": self.to_html, ".md": self.to_markdown}.get(target.suffix)
        if write is None and target.suffix != ".json":
            raise InputError(
                f"a report is written as .html, .md or .json: {printable(target.name)} is none "
                "of them."
            )
        text = write(top=top) if write else self.to_json()
        with whole_file(target) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
        return target

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _records(self, name: str) -> list[dict[str, Any]]:
        alias = _ALIAS_OF[name]
        trend = self.periods.trend(name)
        shown = [name, *([alias] if alias else []), *_SHOWN]
        nothing = [0.0] * self.periods.total.height
        return [
            row | {"over_time": trend.get(row[name], nothing)}
            for row in self.tables[name].select(shown).iter_rows(named=True)
        ]


def report(
    charges: Charges,
    *,
    source: str | None = None,
    tz: str = "UTC",
    every: str | None = None,
    cost_map: CostMap | RateCard | Provenance | None = None,
) -> Report:
    """Report where the money went: one object, to be written as HTML, Markdown or JSON.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them. Read once; a lazy frame is
        streamed.
    source
        What the report calls them; None: the file's name, or ``"charges"``.
    tz
        IANA time zone in which days begin.
    every
        ``"day"`` to ``"year"``: the period of its charts and comparisons. None for one that fits.
    cost_map
        What priced them, for the section on how the numbers were computed: a cost map or a rate
        card. None: what the file says about itself, else nothing.

    Returns
    -------
    Report
        With ``to_html()``, ``to_markdown()``, ``to_json()``, ``as_dict()``, and ``save(path)``,
        which goes by the extension.

    Raises
    ------
    UnknownNameError
        For a time zone or period that does not exist.
    InputError
        When these are not charges.

    Examples
    --------
    >>> import llmspend, polars as pl
    >>> calls = pl.DataFrame({"model": ["gpt-4o", "nobody-knows"], "prompt_tokens": [1000, 1000]})
    >>> found = llmspend.report(llmspend.price(calls))
    >>> found.coverage
    {'requests': 0.5, 'tokens': 0.5}
    >>> print(found.to_markdown()[:15])
    # Spend report
    """
    if every is not None and every not in _EVERY:
        raise UnknownNameError.of("period", every, _EVERY)
    groupings = [Grouping(), *(Grouping((name,)) for name in TABLES)]
    groupings += [Grouping(("issue", "model")), Grouping(("row_class",))]
    groupings += [Grouping((name,), "day") for name in TABLES]
    total, *found = breakdowns(charges, groupings, tz=tz)
    count = len(TABLES)
    tables, (issues, row_classes), daily = found[:count], found[count:-count], found[-count:]
    periods = periods_of(dict(zip(TABLES, daily, strict=True)), every)
    return Report(
        _name_of(charges) if source is None else source,
        tz,
        total,
        dict(zip(TABLES, tables, strict=True)),
        _problems(issues),
        row_classes,
        periods,
        movers_of(periods),
        _provenance(charges, cost_map),
    )


def _name_of(charges: Charges) -> str:
    return Path(charges).name if isinstance(charges, (str, Path)) else "charges"


def _provenance(charges: Charges, cost_map: CostMap | RateCard | Provenance | None) -> Provenance:
    if isinstance(cost_map, Provenance):
        return cost_map
    if cost_map is not None:
        return Provenance.of(card_for(cost_map, None))
    if isinstance(charges, (str, Path)):
        return Provenance.of_metadata(pl.read_parquet_metadata(charges))
    return Provenance()


def _problems(issues: pl.DataFrame) -> pl.DataFrame:
    severity = {name: issue.severity for name, issue in ISSUE_BY_NAME.items()}
    return (
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
