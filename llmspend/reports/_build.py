"""Charges added up for a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.caching import savings_by
from llmspend.charts._intervals import INTERVAL_BY_NAME
from llmspend.errors import UnknownNameError
from llmspend.kept_charges import at_hand
from llmspend.measures import DUPLICATE
from llmspend.parquet_scan import open_parquet
from llmspend.pricing import card_for
from llmspend.provenance import Provenance
from llmspend.reconciliation import reconciled as reconciliation
from llmspend.reports._periods import movers_of, periods_of
from llmspend.reports._report import Report
from llmspend.row_issues import ISSUE_BY_NAME
from llmspend.spend import Grouping, breakdowns, opened

if TYPE_CHECKING:
    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges

TABLES: Final = ("model", "key", "team")
"""The dimensions that a report shows a table of."""

_BY_MODEL: Final = Grouping(("model",))
_EVERY: Final = tuple(name for name in INTERVAL_BY_NAME if name != "hour")


def report(
    charges: Charges,
    *,
    source: str | None = None,
    tz: str = "UTC",
    every: str | None = None,
    cost_map: CostMap | RateCard | None = None,
) -> Report:
    """Report where the money went: one object, to be written as HTML, Markdown or JSON.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them. A lazy frame is streamed, once,
        through a temporary file.
    source
        What the report calls them; None: the file's name, or ``"charges"``.
    tz
        IANA time zone in which days begin.
    every
        ``"day"`` to ``"year"``: the period of its charts and comparisons. None for one that fits.
    cost_map
        Whose rates they were priced with; as for `llmspend.price`. A file of charges says by itself
        how it was priced, unless this is given.

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
    provenance, card = _priced_by(charges, cost_map)
    groupings = [Grouping(), *(Grouping((name,)) for name in TABLES)]
    groupings += [Grouping(("issue", "model")), Grouping(("row_class",))]
    groupings += [Grouping((name,), "day") for name in TABLES]
    with at_hand(charges) as rows:
        total, *found = breakdowns(rows, groupings, tz=tz)
        savings = None if card is None else savings_by(rows, [_BY_MODEL], tz=tz, cost_map=card)[0]
        (reconciled,) = reconciliation(rows, [_BY_MODEL], tz=tz)
        duplicates = _duplicates(rows)
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
        savings,
        reconciled,
        provenance,
        duplicates,
    )


def _duplicates(rows: Charges) -> int:
    """Count what no measure counts."""
    is_one = pl.col("row_class") == DUPLICATE
    return int(opened(rows).lazy().select(is_one.sum()).collect(engine="streaming").item())


def _priced_by(
    charges: Charges, cost_map: CostMap | RateCard | None
) -> tuple[Provenance, RateCard | None]:
    """Say what priced the charges, and the card that did if it is at hand."""
    card = card_for(cost_map, None)
    made = Provenance.of(card)
    if cost_map is not None or not isinstance(charges, (str, Path)):
        return made, card
    open_parquet(charges)  # so that what is no such file is told as everywhere
    said = Provenance.of_metadata(pl.read_parquet_metadata(charges))
    same = (said.cost_map_sha256, said.own_prices or "none", said.quirks)
    is_same = same == (made.cost_map_sha256, made.own_prices, made.quirks)
    return said, card if is_same else None


def _name_of(charges: Charges) -> str:
    return Path(charges).name if isinstance(charges, (str, Path)) else "charges"


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
