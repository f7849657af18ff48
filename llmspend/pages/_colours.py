"""Colours that follow the reader's light or dark theme, and letters that follow the system."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from markupsafe import Markup

from llmspend.charts._theme import FONT, INK, MUTED, PALETTE

SYSTEM_FONT: Final = Markup(
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
)


class Role(NamedTuple):
    """A colour of charts and pages.

    Attributes
    ----------
    name
        Of its variable in the style.
    light
        As charts have it, and paper.
    dark
        On a dark ground.
    """

    name: str
    light: str
    dark: str


ROLES: Final = (
    Role("ink", INK, "#e7e9ec"),
    Role("muted", MUTED, "#a0a8b4"),
    Role("rule", "#c9cdd2", "#4a515c"),
    Role("grid", "#e6e8eb", "#2c3138"),
    Role("paper", "#ffffff", "#15181c"),
    Role("first", PALETTE[0], "#4f9df0"),
    Role("fourth", PALETTE[3], "#e0568f"),
    Role("sixth", PALETTE[5], "#c8d070"),
)
"""Colours too dark, or too light, for one of the two grounds. The other ones suit both."""

_VARIABLE_OF: Final = {role.light: f"var(--{role.name})" for role in ROLES} | {
    "white": "var(--paper)",
    FONT: str(SYSTEM_FONT),
}


def follow_theme(spec: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """Put variables in place of colours.

    Parameters
    ----------
    spec
        A Vega-Lite specification, or a part of it.

    Returns
    -------
    dict, list, str, …
        The same with variables; data, and scales that blend colours, are left as they are.

    Examples
    --------
    >>> follow_theme({"mark": {"color": "#1d2025"}, "datasets": {"a": [{"name": "#1d2025"}]}})
    {'mark': {'color': 'var(--ink)'}, 'datasets': {'a': [{'name': '#1d2025'}]}}
    """
    if isinstance(spec, str):
        return _VARIABLE_OF.get(spec, spec)
    if isinstance(spec, list):
        return [follow_theme(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    blends = spec.get("type") == "quantitative"
    kept = {"datasets", "values", "description", *(["scale"] if blends else [])}
    return {key: part if key in kept else follow_theme(part) for key, part in spec.items()}
