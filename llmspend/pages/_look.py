"""What the style of pages shares with charts: colours for either ground, and the letters."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from markupsafe import Markup

from llmspend.charts._theme import DARK, INK, MUTED, PALETTE, PAPER, darkened

SYSTEM_FONT: Final = Markup(
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
)


class Role(NamedTuple):
    """A colour of pages.

    Attributes
    ----------
    name
        Of its variable in the style.
    light, dark
        On paper, and on a dark ground.
    """

    name: str
    light: str
    dark: str


ROLES: Final = (
    Role("paper", PAPER, DARK[PAPER]),
    Role("ink", INK, DARK[INK]),
    Role("muted", MUTED, DARK[MUTED]),
    Role("bar", PALETTE[0], DARK[PALETTE[0]]),
    Role("grid", "#e6e8eb", "#2a2f37"),
    Role("rule", "#c9cdd2", "#4a515c"),
    Role("raised", "#f6f7f8", "#1e2229"),
    Role("alarm", "#a05a00", "#f0b155"),
)


def both_grounds(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Write a chart for a light and for a dark ground, in the reader's own letters.

    Parameters
    ----------
    spec
        A Vega-Lite specification with its theme.

    Returns
    -------
    dict
        ``light`` and ``dark``: specifications.

    Examples
    --------
    >>> both_grounds({"config": {"background": "#ffffff"}})["dark"]["config"]["background"]
    '#16181d'
    """
    lettered = spec | {"config": spec.get("config", {}) | {"font": str(SYSTEM_FONT)}}
    return {"light": lettered, "dark": darkened(lettered)}
