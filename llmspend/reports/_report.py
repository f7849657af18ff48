"""The report: small tables, and the forms in which they are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from llmspend.errors import InputError
from llmspend.reports._json import as_dict
from llmspend.reports._markdown import markdown
from llmspend.text import printable, usd, whole
from llmspend.whole_files import check_target, whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from llmspend.provenance import Provenance
    from llmspend.reports._periods import Movers, Periods

_ROUNDING: Final = 1e-9


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
    savings
        What caching saved, by model, as `llmspend.cache_savings` gives it; None where nobody knows
        at which rates the charges were priced.
    reconciled
        Computed and logged spend by model, as `llmspend.reconcile` gives them.
    provenance
        How the charges were computed.
    duplicates
        Rows that are counted nowhere: an earlier one is the same request.
    """

    source: str
    tz: str
    total: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    problems: pl.DataFrame
    row_classes: pl.DataFrame
    periods: Periods
    movers: Movers | None
    savings: pl.DataFrame | None
    reconciled: pl.DataFrame
    provenance: Provenance
    duplicates: int = 0

    def __repr__(self) -> str:
        row = self.total.row(0, named=True)
        spent, requests = usd(row["spend"]), whole(row["requests"])
        return f"<Report: {spent}, {requests} requests; .save('report.html') writes it>"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was used: sums may not say of how many requests they are."""
        row = self.total.row(0, named=True)
        return not (row["requests"] or row["total_tokens"])

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
    def saved(self) -> float | None:
        """What caching saved, USD; None where that is unknown."""
        if self.savings is None:
            return None
        billed, saved = self.savings.select(pl.sum("fresh_input_cost", "saved")).row(0)
        return float(saved) if billed or saved else None

    @property
    def agrees(self) -> bool | None:
        """Whether computed and logged spend agree where both are known; None where none has both.

        No two differences offset each other; below a billionth they are rounding.
        """
        compared, gross = self.reconciled.select(pl.sum("compared_rows", "gross_drift")).row(0)
        spend = self.total["spend"].item() or 0.0
        return bool(gross <= _ROUNDING * abs(spend)) if compared else None

    def listed(self, severity: str, top: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Choose the problems that are listed: of every issue at least one, as far as that goes.

        Parameters
        ----------
        severity
            ``"error"`` or ``"warning"``.
        top
            Rows at most.

        Returns
        -------
        polars.DataFrame, polars.DataFrame
            Those, and the rest, in the order of `problems`.
        """
        found = self.problems.filter(severity=severity)
        is_first = pl.col("issue").is_first_distinct()
        place = found.select(at=pl.int_range(pl.len())).hstack(found.select(first=is_first))
        chosen = place.sort("first", "at", descending=[True, False]).head(top)["at"].sort()
        is_shown = pl.int_range(pl.len()).is_in(chosen.implode())
        return found.filter(is_shown), found.filter(~is_shown)

    @staticmethod
    def sum_of(problems: pl.DataFrame) -> tuple[int, int | None, float | None]:
        """Add problems up; the sum of what is unknown is unknown.

        Parameters
        ----------
        problems
            Some of them.

        Returns
        -------
        int, int or None, float or None
            Requests, tokens, and logged spend in USD.
        """
        known = (
            pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
            for name in ("requests", "tokens", "logged_spend")
        )
        requests, tokens, logged = problems.select(known).row(0)
        return requests, tokens, logged

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data: USD, counts, ISO times.

        Returns
        -------
        dict
            Ready for ``json.dumps``; unknown is None, never 0. docs/report.md says what is in it.
        """
        return as_dict(self)

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
            For GitHub or GitLab, where names from the logs are inert. JupyterLab makes links and
            formulas of such names: there, show `to_html`.
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
        from llmspend.reports._page import page  # noqa: PLC0415 - it loads Altair

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
