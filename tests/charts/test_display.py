"""Charts show themselves offline, and Altair stays as it was."""

from __future__ import annotations

import subprocess
import sys

import altair as alt
import polars as pl
import pytest

from llmspend.charts import enable, spend_over_time
from llmspend.charts._theme import DARK, PALETTE, PAPER

MIME = "application/vnd.vegalite.v5+json"


@pytest.fixture
def chart():
    period = pl.Series([0], dtype=pl.Int64).cast(pl.Datetime("us"))
    return spend_over_time(pl.DataFrame({"period": period, "model": ["a"], "spend": [1.0]}))


@pytest.fixture
def altair_untouched():
    yield
    alt.renderers.enable("default")
    alt.theme.enable("default")


def test_importing_changes_nothing_in_altair():
    code = (
        "import altair as alt; was = alt.renderers.active, alt.theme.active;"
        "import llmspend.charts; assert was == (alt.renderers.active, alt.theme.active)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_shows_itself_offline_and_themed(chart):
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/plain"}
    assert bundle[MIME]["$schema"].endswith("vega-lite/v5.6.1.json")
    assert bundle[MIME]["config"]["background"] == "#ffffff"
    assert bundle["text/plain"].startswith("<llmspend chart: a is all of the spend. $1.00 in all")
    assert (alt.renderers.active, alt.theme.active) == ("default", "default")


@pytest.mark.usefixtures("altair_untouched")
def test_a_chosen_renderer_or_theme_wins(chart):
    alt.renderers.enable("json")
    alt.theme.enable("dark")
    bundle = chart._repr_mimebundle_()
    assert "application/json" in str(bundle)
    assert "#ffffff" not in str(chart.to_dict()["config"])


def test_online_places_that_know_no_vega_keep_altairs_renderer(chart, monkeypatch):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    assert "text/html" in chart._repr_mimebundle_()


@pytest.mark.usefixtures("altair_untouched")
def test_enable_draws_other_charts_alike():
    enable()
    mine = alt.Chart(pl.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")
    bundle = mine._repr_mimebundle_()
    assert MIME in bundle
    assert bundle[MIME]["config"]["title"]["anchor"] == "start"


@pytest.mark.usefixtures("altair_untouched")
def test_enable_draws_on_a_dark_ground(chart):
    enable(dark=True)
    mine = alt.Chart(pl.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")
    for spec in (mine.to_dict(), chart.to_dict(), (chart & mine).to_dict()):
        assert spec["config"]["background"] == DARK[PAPER]
    assert chart.to_dict()["layer"][0]["encoding"]["color"]["scale"]["range"] == [DARK[PALETTE[0]]]


def test_data_that_look_like_colours_stay():
    period = pl.Series([0], dtype=pl.Int64).cast(pl.Datetime("us"))
    rows = pl.DataFrame({"period": period, "model": [PALETTE[0]], "spend": [1.0]})
    with alt.theme.enable("llmspend_dark"):
        spec = spend_over_time(rows).to_dict()
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == [PALETTE[0]]
    assert spec["title"]["text"] == f"{PALETTE[0]} is all of the spend"


@pytest.mark.usefixtures("altair_untouched")
def test_enable_stores_pictures_if_asked(chart):
    enable(png=True)
    assert chart._repr_mimebundle_()["image/png"].startswith("iVBOR")


def test_stays_an_altair_chart(chart):
    other = spend_over_time(
        pl.DataFrame(
            {"period": [pl.select(pl.date(2026, 1, 1)).item()], "team": "a", "spend": 1.0}
        ),
        "team",
    )
    narrow = chart.properties(width=200)
    assert narrow.to_dict()["width"] == 200
    assert MIME in narrow._repr_mimebundle_()
    both = (chart & other).to_dict()
    assert [p["name"] for p in both["params"]] == ["pick_model", "pick_team"]
    assert type(alt.Chart.from_dict(chart.to_dict())) is alt.LayerChart
