"""How a chart gets onto the screen, also without internet.

Altair's own renderer fetches Vega from a CDN whenever a notebook is opened: behind a firewall it
draws nothing. JupyterLab, Jupyter Notebook 7 and VS Code bring a Vega of their own, which draws
Vega-Lite 5; the charts here keep to what Vega-Lite 5 and 6 both know, and ask for that one.

A chart of llmspend shows itself that way on its own and leaves Altair as it found it. Whoever
has chosen a renderer or a theme (``alt.renderers.enable``, ``alt.theme.enable``) gets that.
"""

from __future__ import annotations

import base64
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from llmspend.charts import _theme

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME: Final = "llmspend"
_DARK: Final = "llmspend_dark"
_MIME: Final = "application/vnd.vegalite.v5+json"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.6.1.json"
_DESCRIBED: Final = 200


class _Themed:
    """What makes an Altair chart show itself offline and bring its theme.

    It is an ordinary Altair chart otherwise: it can be changed, layered and concatenated. The theme
    is put in when the chart is written out and not before: Altair refuses to concatenate charts
    that carry a configuration.
    """

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Altair's own
        """Return the Vega-Lite specification, themed.

        Parameters
        ----------
        *args, **kwargs
            As for `altair.LayerChart.to_dict`.

        Returns
        -------
        dict
            The specification.
        """
        write: Callable[..., dict[str, Any]] = super().to_dict  # type: ignore[misc]
        if alt.theme.active == _DARK:
            dark: dict[str, Any] = _theme.darkened(write(*args, **kwargs))
            return dark
        if alt.theme.active != "default":
            return write(*args, **kwargs)
        with alt.theme.enable(_NAME):
            return write(*args, **kwargs)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Altair's own
        show: Callable[..., Any] = super()._repr_mimebundle_  # type: ignore[misc]
        if alt.renderers.active != "default" or _draws_only_html():
            return show(*args, **kwargs)
        with alt.renderers.enable(_NAME):
            return show(*args, **kwargs)


class Chart(_Themed, alt.LayerChart):
    """Layers over one another."""


class Row(_Themed, alt.HConcatChart):
    """Charts side by side."""


class Column(_Themed, alt.VConcatChart):
    """Charts below one another."""


def _draws_only_html() -> bool:
    """Colab and Kaggle know no Vega, but are online: Altair's own renderer is right there."""
    return "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ


def _render(spec: dict[str, Any], *, png: bool = False, **_: object) -> dict[str, Any]:
    """Give a notebook the chart to draw, a line of text, and a picture if asked."""
    text = str(spec.get("description", "chart")).split("\n")[0][:_DESCRIBED]
    bundle: dict[str, Any] = {
        _MIME: {**spec, "$schema": _SCHEMA},
        "text/plain": f"<llmspend chart: {text}>",
    }
    if png:
        import vl_convert  # noqa: PLC0415 - optional, and 84 MB

        image = vl_convert.vegalite_to_png(spec, vl_version="6.4", scale=2)
        bundle["image/png"] = base64.b64encode(image).decode()
    return bundle


alt.renderers.register(_NAME, _render)


def enable(*, png: bool = False, dark: bool = False) -> None:
    """Draw every Altair chart of this session as llmspend's own are drawn.

    Charts of llmspend need no call: they show themselves offline in JupyterLab, Jupyter
    Notebook 7 and VS Code. Call this to have the same renderer and theme for charts you draw
    with Altair, or for llmspend's charts concatenated into one. ``alt.renderers.enable("default")``
    and ``alt.theme.enable("default")`` undo it.

    Parameters
    ----------
    png
        Also store a picture beside every chart, for places that draw no Vega, such as
        ``jupyter nbconvert --to html``. Needs ``pip install llmspend-analytics[export]``, and
        about a second per chart.
    dark
        Whether to draw on a dark ground, llmspend's charts too. For a single picture:
        ``with alt.theme.enable("llmspend_dark"): chart.save("dark.png")``.

    Examples
    --------
    >>> import altair as alt
    >>> enable()
    >>> alt.renderers.active, alt.theme.active
    ('llmspend', 'llmspend')
    >>> _ = alt.renderers.enable("default"), alt.theme.enable("default")
    """
    alt.renderers.enable(_NAME, png=png)
    alt.theme.enable(_DARK if dark else _NAME)
