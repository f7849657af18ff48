"""The report and pages of charts, opened in Chromium with the network off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import llmspend
from llmspend.chart_files import save_chart
from tests.hostile_names import HOSTILE, hostile_charges

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "litellm_spend_logs.parquet"
BARS = "figure .light path[aria-roledescription=bar]"
FIGURES = 2
PAPER = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def charges():
    return llmspend.price(llmspend.read_logs(SAMPLE)).collect()


@pytest.fixture(scope="module")
def folder(charges, tmp_path_factory):
    """The sample's report, one of hostile names, and a chart of each as a page."""
    folder = tmp_path_factory.mktemp("pages")
    hostile = hostile_charges()
    llmspend.report(charges, tz="Europe/Berlin").save(folder / "sample.html")
    llmspend.report(hostile, source=HOSTILE[0]).save(folder / "hostile.html", top=50)
    save_chart(llmspend.charts.spend_over_time(charges), folder / "sample-chart.html")
    hostile_chart = llmspend.charts.spend_over_time(hostile, "team", title=HOSTILE[1])
    save_chart(hostile_chart, folder / "hostile-chart.html")
    return folder


@pytest.fixture
def visit(open_page, folder):
    def visited(name, **options):
        page = open_page((folder / f"{name}.html").as_uri(), offline=True, **options)
        for figure in page.locator("figure").all():
            scheme = options.get("color_scheme", "light")
            expect(figure).to_have_attribute(f"data-{scheme}", "drawn", timeout=60_000)
        return page

    return visited


def test_the_charts_are_drawn_under_the_policy(visit):
    page = visit("sample")
    expect(page.locator(BARS).first).to_be_visible()
    assert page.locator(BARS).count() > 20


@pytest.mark.parametrize("name", ["sample", "sample-chart"])
def test_a_click_in_the_legend_isolates_a_member(visit, name):
    page = visit(name)
    figure = page.locator("figure").first
    bars = figure.locator("path[aria-roledescription=bar]")
    before = bars.count()
    figure.locator(".role-legend-symbol path").first.click()
    expect(bars).not_to_have_count(before)
    assert 0 < bars.count() < before


def test_a_tooltip_says_exactly_what_a_bar_is(visit):
    page = visit("sample")
    page.locator(BARS).first.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    expect(tooltip).to_contain_text("Spend")
    expect(tooltip).to_contain_text("$")


@pytest.mark.parametrize("name", ["hostile", "hostile-chart"])
def test_hostile_names_are_inert(visit, name):
    page = visit(name)
    for bar in page.locator(BARS).all()[:12]:
        bar.hover(force=True)
        expect(page.locator("#vg-tooltip-element.visible")).to_be_visible()
        assert page.locator("#vg-tooltip-element :is(img, script, svg)").count() == 0
    assert page.evaluate("() => window.ran") is None
    assert page.locator("img, iframe, object, embed, link, base, a[href]").count() == 0
    assert page.locator("main").inner_text().count("onerror") >= (name == "hostile")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_theme_and_prints_in_light_colours(visit, scheme):
    page = visit("sample", color_scheme=scheme)
    light, dark = "rgb(255, 255, 255)", "rgb(22, 24, 29)"
    assert page.evaluate(PAPER) == (light if scheme == "light" else dark)
    title = page.locator(f"figure .{scheme} .role-title-text text").first
    expect(title).to_be_visible()
    fill = title.evaluate("text => getComputedStyle(text).fill")
    assert fill == ("rgb(29, 32, 37)" if scheme == "light" else "rgb(232, 234, 237)")
    page.emulate_media(media="print")
    assert page.evaluate(PAPER) == light
    expect(page.locator("figure .light svg").first).to_be_visible()
    expect(page.locator("figure .dark")).to_have_count(0 if scheme == "light" else FIGURES)
    for dark in page.locator("figure .dark").all():
        expect(dark).to_be_hidden()


def test_a_theme_that_changes_changes_the_charts(visit):
    page = visit("sample")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("figure .dark svg").first).to_be_visible()
    expect(page.locator("figure .light svg").first).to_be_hidden()


def test_a_narrow_screen_scrolls_charts_and_tables_but_not_the_page(visit):
    page = visit("sample", viewport={"width": 400, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
    assert page.locator("figure svg").first.bounding_box()["width"] > 400


def test_it_prints_whole(visit, tmp_path):
    page = visit("sample")
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 688
