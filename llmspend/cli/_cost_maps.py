"""The commands over cost maps."""

from __future__ import annotations

import click

from llmspend.cli._talk import json_option, print_json
from llmspend.text import printable


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
    from llmspend.text import usd

    before, after = (load_cost_map(None if path == "packaged" else path) for path in (old, new))
    changes = diff(before, after).to_dicts()
    impact = cost_map_impact(read_logs(list(inputs)), before, after).to_dicts() if inputs else None
    if as_json:
        for change in changes:
            # from free to anything is no number in JSON
            change["ratio"] = None if change["ratio"] == float("inf") else change["ratio"]
        print_json({"changes": changes, "impact": impact})
        return
    for c in changes:
        amounts = c["old_usd_per_unit"], c["new_usd_per_unit"]
        told = amounts if c["meter"] else (c["old_fact"], c["new_fact"])
        said = " → ".join("none" if t is None else str(t) for t in told)
        line = f"{c['change']}: {c['model']} {c['rate_key'] or ''} {said if c['rate_key'] else ''}"
        click.echo(printable(line.rstrip()))
    for row in impact or ():
        costs = f"{usd(row['old_cost'])} → {usd(row['new_cost'])}"
        click.echo(printable(f"{row['model']}: {row['requests']:,} requests, {costs}"))
