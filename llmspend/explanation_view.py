"""What an explanation says, as titled tables of text: for a terminal, a notebook or plain text."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FACTS: Final = {
    "entry": "entry",
    "provider_rule": "provider rule",
    "requested_tier": "service tier asked for",
    "served_tier": "service tier served",
    "traffic_type": "traffic type",
    "billed_tier": "billed at service tier",
    "tier_has_rates": "entry has rates of that tier",
    "is_batch": "batch",
    "context_tokens": "prompt length",
    "context_from": "context band from",
    "context_to": "context band to",
    "off_peak": "off-peak hours",
    "quirks": "LiteLLM's quirks in it",
}
_NAMES_OF_AMOUNTS: Final = {
    "input_sum": "input: quantities × rates",
    "output_sum": "output: quantities × rates",
    "residency_uplift": "× data residency",
    "endpoint_uplift": "× regional endpoint",
    "speed_uplift": "× speed",
    "geo_uplift": "× inference geography",
    "input_fee": "+ fee on the input",
    "unit_input_cost": "+ units of the input",
    "unit_output_cost": "+ units of the output",
    "input_cost": "input cost",
    "output_cost": "output cost",
    "tool_cost": "tools",
    "additional_cost": "additional fees",
    "discount_amount": "− discount",
    "margin_amount": "+ margin",
    "guardrail_cost": "+ guardrails",
    "cost_by_rates": "total",
}
_FACTORS: Final = ("residency_uplift", "endpoint_uplift", "speed_uplift", "geo_uplift")


class Section(NamedTuple):
    """A part of an explanation.

    Attributes
    ----------
    title
        Above it.
    headings
        Of its columns; empty where none are needed.
    rows
        Cells of text, as wide as `headings`; a pair of label and value where those are empty.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def exact_usd(amount: float | None) -> str:
    """Format an amount with all its digits.

    Parameters
    ----------
    amount
        USD; None is unknown.

    Returns
    -------
    str
        Fifteen significant digits at most, none of them invented.

    Examples
    --------
    >>> exact_usd(0.0035), exact_usd(1000 * 3e-07), exact_usd(-0.5), exact_usd(None)
    ('$0.0035', '$0.0003', '-$0.5', 'unknown')
    """
    if amount is None:
        return "unknown"
    digits = f"{abs(amount):.15g}"
    if "e-" in digits:
        digits = f"{abs(amount):.20f}".rstrip("0")
    return f"{'-' if amount < 0 else ''}${digits}"


def made_of(quantity: float | None, counts: Mapping[str, float]) -> str:
    """Write which reported counts a quantity is made of.

    Parameters
    ----------
    quantity
        How much; only said where nothing was reported.
    counts
        Count → its factor.

    Returns
    -------
    str
        A sum of names.

    Examples
    --------
    >>> made_of(600, {"prompt_tokens": 1, "cache_read_tokens": -1})
    'prompt_tokens − cache_read_tokens'
    >>> made_of(1.5, {"duration_ms": 0.001})
    '0.001 × duration_ms'
    """
    said = ""
    for name, factor in counts.items():
        size = "" if abs(factor) == 1 else f"{abs(factor):g} × "
        sign = ("− " if factor < 0 else "+ ") if said or factor < 0 else ""
        said += f"{' ' if said else ''}{sign}{size}{name}"
    return said or ("unknown" if quantity is None else "0")


def sections(record: Mapping[str, Any]) -> tuple[Section, ...]:
    """Lay an explanation out as tables of text.

    Parameters
    ----------
    record
        What `llmspend.explanation.Explanation.to_dict` gives.

    Returns
    -------
    tuple of Section
        In reading order; those with nothing to say are left out. Names from logs are printable.
    """
    found = (
        Section("request", (), _pairs(record["request"])),
        Section(
            "looked for in the cost map",
            ("key", "outcome"),
            tuple((row["key"], row["outcome"]) for row in record["lookups"]),
        ),
        Section("found", (), tuple(_found(record["match"]))),
        Section("rates that apply", (), tuple(_applied(record["rate_row"]))),
        Section(
            "quantity × rate",
            ("meter", "quantity", "made of", "rate", "from", "why", "amount"),
            tuple(map(_part, record["parts"])),
        ),
        Section("sum", (), tuple(_amounts(record))),
        Section("result", (), tuple(_result(record))),
        Section("to know", (), tuple(("·", note) for note in record["notes"])),
    )
    return tuple(
        section._replace(rows=tuple(tuple(map(printable, row)) for row in section.rows))
        for section in found
        if section.rows
    )


def _pairs(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in facts.items())


def _found(match: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "cost-map key", match["cost_map_key"] or "none"
    yield "provider", match["provider"] or "unknown"
    if match["resolved_by"]:
        yield "by", match["resolved_by"]
    if match["prices_by"] not in (None, "entry"):
        yield "priced by", match["prices_by"]
    if match["nearest"]:
        yield "nearest", ", ".join(match["nearest"])


def _applied(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, label in _FACTS.items():
        value = row.get(name)
        if isinstance(value, list):
            value = ", ".join(value) or None
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value is not None:
            yield label, f"{value:,}" if isinstance(value, int) else str(value)


def _part(part: Mapping[str, Any]) -> tuple[str, ...]:
    quantity, rate = part["quantity"], part["rate"]
    return (
        part["meter"],
        "unknown" if quantity is None else f"{quantity:,}",
        made_of(quantity, part["counts"]),
        "unknown" if rate is None else f"{rate:.15g}",
        " ".join(filter(None, (part["key"], part["source"] and f"({part['source']})"))),
        part["why"],
        exact_usd(part["amount"]),
    )


def _amounts(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    amounts = record["amounts"]
    for name, label in _NAMES_OF_AMOUNTS.items():
        if name not in amounts:
            continue
        value = amounts[name]
        share = amounts.get(f"{name.removesuffix('_amount')}_share")
        of = f" ({share:.15g} of it)" if share else ""
        yield label + of, f"{value:.15g}" if name in _FACTORS else exact_usd(value)


def _result(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    charge = record["charge"]
    yield "cost", exact_usd(charge["cost"])
    yield "taken from", charge["cost_source"] or "nothing: it is unknown"
    yield "row class", charge["row_class"]
    if charge["issue"]:
        yield "issue", charge["issue"]
    if charge["logged_spend"] is not None:
        yield "logged spend", exact_usd(charge["logged_spend"])
        yield "cost − logged spend", exact_usd(charge["difference"])


def as_text(record: Mapping[str, Any]) -> str:
    """Write an explanation as plain text.

    Parameters
    ----------
    record
        What `llmspend.explanation.Explanation.to_dict` gives.

    Returns
    -------
    str
        Aligned columns under titles.
    """
    blocks = []
    for title, headings, rows in sections(record):
        table = [headings, *rows] if headings else list(rows)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        )
        blocks.append("\n".join((title, *(f"  {line}" for line in lines))))
    return "\n\n".join(blocks)


def as_html(record: Mapping[str, Any]) -> str:
    """Write an explanation as HTML tables.

    Parameters
    ----------
    record
        What `llmspend.explanation.Explanation.to_dict` gives.

    Returns
    -------
    str
        Every text in it is escaped.
    """
    tables = []
    for title, headings, rows in sections(record):
        head = "".join(f"<th>{html.escape(heading)}</th>" for heading in headings)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        tables.append(
            f"<table><caption style='text-align:left'>{html.escape(title)}</caption>"
            f"{f'<tr>{head}</tr>' if head else ''}{body}</table>"
        )
    return "".join(tables)
