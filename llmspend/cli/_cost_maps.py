"""The commands over cost maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llmspend.cli._talk import json_option, print_json
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl


@click.command("refresh-cost-map")
@click.option("--url", metavar="URL", help="Where it is; default: where LiteLLM publishes it.")
@click.option("--strict", is_flag=True, help="Fail, rather than use the last good one instead.")
@json_option
def refresh_cost_map(url: str | None, strict: bool, as_json: bool) -> None:
    """Fetch the cost map that LiteLLM publishes, check it, and keep it.

    What changed since the packaged one is counted; diff-cost-maps lists it. Other commands use it
    with LLMSPEND_COST_MAP=live.

    \b
    Example: llmspend refresh-cost-map
    """
    from llmspend.cost_map import load_cost_map
    from llmspend.cost_map_diff import diff_cost_maps
    from llmspend.cost_map_refresh import COST_MAP_URL
    from llmspend.cost_map_refresh import refresh_cost_map as refresh

    costs = refresh(url or COST_MAP_URL, fallback=not strict)
    changes = diff_cost_maps(load_cost_map(), costs)["change"].value_counts(sort=True)
    facts = {
        "source": costs.source,
        "date": costs.date,
        "sha256": costs.sha256,
        "models": len(costs),
        "changes": dict(changes.iter_rows()),
    }
    if as_json:
        print_json(facts)
        return
    click.echo(repr(costs))
    for change, count in changes.iter_rows():
        click.echo(f"{change}: {count:,} rates")


@click.command("diff-cost-maps")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--log", "inputs", multiple=True, metavar="IN", help="Price this log by both, too.")
@json_option
def diff_cost_maps(old: str, new: str, inputs: tuple[str, ...], as_json: bool) -> None:
    """List what is different between two cost maps, and what that costs.

    OLD and NEW are files, or the word packaged.

    \b
    Example: llmspend diff-cost-maps packaged new.json --log spend_logs.parquet
    """
    from llmspend.cost_map import load_cost_map
    from llmspend.cost_map_diff import diff_cost_maps as diff
    from llmspend.cost_map_impact import cost_map_impact
    from llmspend.logs import read_logs

    before, after = (load_cost_map(None if path == "packaged" else path) for path in (old, new))
    changes = diff(before, after).to_dicts()
    impact = cost_map_impact(read_logs(list(inputs)), before, after) if inputs else None
    if as_json:
        for change in changes:
            # from free to anything is no number in JSON
            change["ratio"] = None if change["ratio"] == float("inf") else change["ratio"]
        print_json({"changes": changes, "impact": None if impact is None else impact.to_dicts()})
        return
    for c in changes:
        amounts = c["old_usd_per_unit"], c["new_usd_per_unit"]
        told = amounts if c["meter"] else (c["old_fact"], c["new_fact"])
        said = " → ".join("none" if t is None else str(t) for t in told)
        line = f"{c['change']}: {c['model']} {c['rate_key'] or ''} {said if c['rate_key'] else ''}"
        click.echo(printable(line.rstrip()))
    if not changes:
        click.echo("no difference: both cost maps say the same")
    if impact is not None:
        _show_impact(impact)


def _show_impact(impact: pl.DataFrame) -> None:
    """Print what changes, largest first, and the whole: what is unknown is not zero."""
    import polars as pl

    unknown = ("old_unknown_requests", "new_unknown_requests")
    is_changed = (pl.col("difference").fill_null(0.0) != 0) | pl.col(unknown[0]).ne(
        pl.col(unknown[1])
    )
    changed = impact.filter(is_changed).to_dicts()
    for row in changed:
        click.echo(printable(f"{row['model']}: {_impact(row)}"))
    if not changed:
        click.echo("no difference: the log costs the same by both")
    money = ("old_cost", "new_cost", "difference")
    total = impact.select(
        pl.col("requests", *unknown).sum(),
        # the sum of what is unknown is unknown
        *(pl.when(pl.col(m).count() > 0).then(pl.col(m).sum()).alias(m) for m in money),
    )
    click.echo(f"total: {_impact(total.row(0, named=True))}")


def _impact(row: Mapping[str, Any]) -> str:
    from llmspend.text import usd

    counted = f"{row['requests']:,} request{'' if row['requests'] == 1 else 's'}"
    said = f"{counted}, {usd(row['old_cost'])} → {usd(row['new_cost'])}"
    if row["difference"]:
        said += f" ({usd(row['difference'], signed=True)})"
    before, after = row["old_unknown_requests"], row["new_unknown_requests"]
    if not before and not after:
        return said
    unpriced = f"{before:,}" if before == after else f"{before:,} → {after:,}"
    return f"{said}, {unpriced} without a price"
