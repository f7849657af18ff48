"""One page: a policy, a style, a body, charts, and the script that draws them."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import jinja2
from markupsafe import Markup

from llmspend.errors import InputError
from llmspend.pages._look import ROLES, SYSTEM_FONT, both_grounds

if TYPE_CHECKING:
    from collections.abc import Sequence

VEGA_LITE: Final = "6.4"
"""The version that draws."""

_POLICY: Final = (
    "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; "
    "form-action 'none'"
)
"""Nothing loads, nothing runs, nothing is sent, but our own script and style, by their digests."""

_ESCAPES: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
"""What could end a script, or a line of it, is written otherwise in the data of charts."""

_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("llmspend.pages", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def template(name: str) -> jinja2.Template:
    """Open a template; what it is given is escaped.

    Parameters
    ----------
    name
        File name in the folder of templates.

    Returns
    -------
    jinja2.Template
        To be rendered.
    """
    return _TEMPLATES.get_template(name)


def document(title: str, body: str, charts: Sequence[dict[str, Any]]) -> str:
    """Put a page together.

    Parameters
    ----------
    title
        Of the window.
    body
        Markup, escaped where need be. ``<figure data-chart="chart-0">`` is where the first chart
        is drawn.
    charts
        What is drawn: Vega-Lite specifications.

    Returns
    -------
    str
        A whole HTML document. Its policy allows no network and no other script; colours follow
        the reader's light or dark theme, and are light in print.

    Raises
    ------
    InputError
        When there are charts, and the extra ``export`` is not installed.
    """
    style = template("page.css.jinja").render(roles=ROLES, font=SYSTEM_FONT)
    script = _script() if charts else ""
    policy = _POLICY.format(script=_digest(script), style=_digest(style))
    specs = [json.dumps(both_grounds(chart), allow_nan=False) for chart in charts]
    return template("page.html.jinja").render(
        title=title,
        policy=policy,
        style=_ours(style),
        body=_ours(body),
        specs=[_ours(spec.translate(_ESCAPES)) for spec in specs],
        script=_ours(script),
    )


def _ours(text: str) -> Markup:
    """Mark what is written by us, or escaped already."""
    return Markup(text)  # noqa: S704 - see above


def _digest(text: str) -> str:
    """Name a script or style in the policy; without one there is none to name."""
    if not text:
        return "'none'"
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def vega() -> Any:  # noqa: ANN401 - a module
    """Load what draws charts outside of a notebook.

    Returns
    -------
    module
        vl-convert.

    Raises
    ------
    InputError
        When the extra ``export`` is not installed.
    """
    try:
        import vl_convert  # noqa: PLC0415 - optional, and 84 MB
    except ImportError:
        raise InputError(
            "drawing charts needs Vega: pip install 'llmspend-analytics[export]'."
        ) from None
    return vl_convert


@lru_cache(maxsize=1)
def _script() -> str:
    """Bundle Vega with the few lines that draw the charts."""
    draw = resources.files("llmspend.pages").joinpath("templates", "draw.js").read_text("utf-8")
    bundle: str = vega().javascript_bundle(draw, vl_version=VEGA_LITE)
    return bundle
