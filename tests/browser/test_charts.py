"""Every chart on a page: drawn by Chromium, under the policy, with hostile names."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import llmspend
from llmspend.charts import __all__ as names
from llmspend.pages import document
from tests.hostile_names import HOSTILE, hostile_charges

pytestmark = pytest.mark.browser

CHARTS = sorted(set(names) - {"enable"})


@pytest.fixture(scope="module")
def page_of_all(tmp_path_factory):
    """All charts of hostile charges on one page."""
    charges = hostile_charges()
    specs = [getattr(llmspend.charts, n)(charges, title=HOSTILE[0]).to_dict() for n in CHARTS]
    figures = [f'<figure id="{n}" data-chart="chart-{i}"></figure>' for i, n in enumerate(CHARTS)]
    path = tmp_path_factory.mktemp("charts") / "all.html"
    path.write_text(document(HOSTILE[1], "".join(figures), specs), "utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_hostile_names_are_inert(open_page, page_of_all, scheme):
    page = open_page(page_of_all, offline=True, color_scheme=scheme)
    for name in CHARTS:
        figure = page.locator(f"figure#{name}")
        expect(figure).to_have_attribute(f"data-{scheme}", "drawn", timeout=60_000)
        assert figure.locator(f".{scheme} svg .mark-group").count() > 0, name
        assert "NaN" not in figure.inner_html(), name
    assert page.locator("img, iframe, object, embed, link, base, a[href]").count() == 0
    assert page.evaluate("() => window.ran") is None


def test_brushing_and_clicking_the_explorer_changes_its_bars(open_page, page_of_all):
    page = open_page(page_of_all, offline=True, viewport={"width": 1300, "height": 900})
    figure = page.locator("figure#explorer")
    # what is drawn later may move what is below it
    expect(page.locator("figure[data-light]")).to_have_count(len(CHARTS), timeout=60_000)
    figure.scroll_into_view_if_needed()
    bars = figure.locator(".light path[aria-roledescription=bar]")

    def shapes():
        return bars.evaluate_all("bars => bars.map(bar => bar.outerHTML)")

    def changed_from(before):
        for _ in range(200):
            if shapes() != before:
                return True
            page.wait_for_timeout(50)
        return False

    whole, first = shapes(), bars.first.bounding_box()
    y = first["y"] + first["height"] / 2
    page.mouse.move(first["x"] + 3, y)
    page.mouse.down()
    page.mouse.move(first["x"] + 150, y, steps=10)
    page.mouse.up()
    assert changed_from(whole)
    brushed = shapes()
    bars.last.click()
    assert changed_from(brushed)
