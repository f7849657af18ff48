"""Reading what a chart shows from its specification."""

from __future__ import annotations


def headline(chart):
    return chart.to_dict()["title"]["text"]


def below(chart):
    return "\n".join(chart.to_dict()["title"]["subtitle"])


def layers(chart):
    """Return every layer with its rows, wherever it stands: [(layer, rows)]."""
    spec = chart.to_dict()
    return list(_layers(spec, spec.get("datasets", {}), None))


def _layers(part, datasets, data):
    data = part.get("data", data)
    children = [c for key in ("vconcat", "hconcat", "layer") for c in part.get(key, ())]
    for child in children:
        yield from _layers(child, datasets, data)
    if not children:
        yield part, datasets[data["name"]]


def rows_with(chart, *columns):
    """Return the rows of the first layer whose data have these columns."""
    found = (rows for _, rows in layers(chart) if rows and set(columns) <= set(rows[0]))
    return next(found)
