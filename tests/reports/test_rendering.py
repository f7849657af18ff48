"""The report as HTML, Markdown and JSON: the same numbers, and strangers' names are only text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import llmspend
from llmspend.errors import InputError, UnknownNameError
from llmspend.pricing import default_card
from llmspend.provenance import Provenance
from llmspend.text import usd
from tests.hostile_names import HOSTILE, hostile_charges

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_data" / "litellm_spend_logs.parquet"
SECTIONS = ["headline", "over-time", "by-model", "by-key", "by-team", "movers", "caching"]
SECTIONS += ["unpriced", "quality", "computed"]
TAGS = """html head meta title style body header main footer section h1 h2 p bdi dl div dt dd
figure table caption thead tbody tr th td details summary noscript script svg rect polyline"""
ALLOWED = set(re.findall(r"\w+", TAGS))


class Elements(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.scripts = [], [], [], []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, _):
        self.inside = ""

    def handle_data(self, data):
        (self.scripts if self.inside == "script" else self.texts).append(data)


@pytest.fixture(scope="module")
def sample():
    charges = llmspend.price(llmspend.read_logs(SAMPLE)).collect()
    return llmspend.report(charges, tz="Europe/Berlin")


@pytest.fixture(scope="module")
def page(sample):
    return sample.to_html()


@pytest.fixture(scope="module")
def hostile():
    return hostile_charges()


@pytest.fixture(scope="module")
def hostile_report(hostile):
    return llmspend.report(hostile, source=HOSTILE[0], every="week")


@pytest.fixture(scope="module")
def hostile_page(hostile_report):
    return hostile_report.to_html(top=40)


# -- all three


def test_one_report_three_renderings(sample, page):
    found, markdown = json.loads(sample.to_json()), sample.to_markdown().replace("\\", "")
    assert found == json.loads(json.dumps(sample.as_dict()))
    text = html.unescape(page)
    spends = [row["spend"] for name in ("model", "key", "team") for row in found[f"by_{name}"][:9]]
    for amount in (found["total"]["spend"], found["total"]["logged_spend"], *spends):
        assert usd(amount) in markdown
        assert usd(amount) in text
    moved = {usd(m["change"], signed=True) for m in found["movers"]["by_model"][:3]}
    assert all(change in markdown and change in text for change in moved)
    headings = re.findall("^## (.*)$", markdown, re.MULTILINE)
    assert headings == re.findall("^<h2>(.*)</h2>$", text, re.MULTILINE)


def test_json_adds_up(sample):
    found = sample.as_dict()
    for name in ("model", "key", "team"):
        rows = found[f"by_{name}"]
        assert sum(row["spend"] or 0 for row in rows) == pytest.approx(found["total"]["spend"])
        for row in rows:
            assert sum(v or 0 for v in row["over_time"]) == pytest.approx(row["spend"] or 0)
    assert sum(p["spend"] for p in found["over_time"]) == pytest.approx(found["total"]["spend"])
    moved = sum(row["change"] or 0 for row in found["movers"]["by_team"])
    assert moved == pytest.approx(found["movers"]["change"])
    assert {row["issue"] for row in found["unpriced"]} == {"unknown_model"}


def test_the_page_of_the_docs_names_every_key_of_the_json(sample):
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "report.md").read_text("utf-8")))

    def keys(value):
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    assert keys(sample.as_dict()) <= documented


def test_the_same_charges_give_the_same_text(sample, page):
    assert sample.to_html() == page
    assert sample.to_json() == sample.to_json()


@pytest.mark.parametrize("extension", ["html", "md", "json"])
def test_save_goes_by_the_extension(sample, extension, tmp_path):
    path = sample.save(tmp_path / f"report.{extension}")
    text = path.read_text("utf-8")
    assert text.startswith({"html": "<!doctype", "md": "# Spend", "json": "{"}[extension])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_saved_says_why(sample, tmp_path):
    with pytest.raises(InputError, match=r"\.html, \.md or \.json: report\.pdf is none"):
        sample.save(tmp_path / "report.pdf")
    with pytest.raises(InputError, match="there is no folder"):
        sample.save(tmp_path / "nowhere" / "report.md")


def test_without_the_extra_a_page_says_what_to_install(sample, monkeypatch):
    monkeypatch.setattr("llmspend.pages._document._script", _bundled_anew)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'llmspend-analytics\[export\]'"):
        sample.to_html()


def _bundled_anew():
    from llmspend.pages._document import vega

    return vega()


def test_a_period_that_does_not_exist(hostile):
    with pytest.raises(UnknownNameError, match=r"unknown period 'hour'.*Known: day, month"):
        llmspend.report(hostile, every="hour")


@pytest.mark.parametrize("rows", ["none", "unpriced"])
def test_a_report_of_nothing(rows):
    calls = pl.DataFrame({"model": ["nobody"], "prompt_tokens": [9]})
    found = llmspend.report(llmspend.price(calls.clear() if rows == "none" else calls))
    expected = "There are no requests." if rows == "none" else "No request has a time."
    for text in (found.to_markdown(), found.to_html()):
        assert expected in text
        assert "$0.00" not in text.replace("\\", "")
    json.loads(found.to_json())


def test_how_it_was_computed(acme, tmp_path):
    calls = llmspend.price(
        pl.DataFrame({"model": ["acme/small"], "prompt_tokens": [9]}), cost_map=acme
    )
    found = llmspend.report(calls, cost_map=acme)
    assert acme.cost_map.sha256 in found.to_markdown()
    assert found.as_dict()["computed"]["own_prices"] == "none"
    calls.write_parquet(tmp_path / "c.parquet", metadata={"llmspend.cost_map_date": "2026-10-21"})
    read = llmspend.report(tmp_path / "c.parquet")
    assert read.source == "c.parquet"
    assert read.savings is None
    assert "2026-10-21" in read.to_markdown()
    assert "not recorded" in read.to_markdown()
    assert "What that saved is not known" in read.to_markdown()


def test_a_file_that_says_how_it_was_priced_knows_what_caching_saved(tmp_path):
    calls = pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [9], "cache_read_tokens": [8]})
    made = Provenance.of(default_card())
    llmspend.price(calls).write_parquet(tmp_path / "c.parquet", metadata=made.metadata())
    of_frame = llmspend.report(llmspend.price(calls))
    of_file = llmspend.report(tmp_path / "c.parquet")
    assert of_file.saved == of_frame.saved == pytest.approx(8 * 1.25e-06)
    assert of_file.provenance == of_frame.provenance == made


def test_a_lazy_frame_is_read_once(sample):
    read = []
    usage = llmspend.read_logs(SAMPLE, on_rows=read.append)
    found = llmspend.report(llmspend.price(usage), tz="Europe/Berlin")
    assert sum(read) == 20_532
    assert found.as_dict()["total"] == sample.as_dict()["total"]


def test_a_difference_to_the_log_is_drawn(acme):
    calls = pl.DataFrame(
        {
            "model": ["acme/small"] * 2,
            "prompt_tokens": [1_000_000] * 2,
            "logged_spend": [1.5, 0.5],
        }
    )
    found = llmspend.report(llmspend.price(calls, cost_map=acme), cost_map=acme)
    assert found.agrees is False
    assert found.total["drift"].item() == 0.0
    assert "more than logged" in found.to_html()


# -- the page


def test_the_page_has_its_parts_and_is_small(page):
    found = Elements(page)
    ids = [value for tag, name, value in found.attributes if (tag, name) == ("section", "id")]
    assert ids == SECTIONS
    assert set(found.tags) <= ALLOWED
    assert len(page.encode()) < 3_000_000


def test_nothing_in_the_page_leads_outside(page):
    found = Elements(page)
    assert not {name for _, name, _ in found.attributes} & {"src", "href", "style", "action"}
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    style = page.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_lets_only_our_script_and_style_be(page):
    (policy,) = [v for t, n, v in Elements(page).attributes if (t, n) == ("meta", "content")][:1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    style = page.split("<style>")[1].split("</style>")[0]
    script = page.rsplit("<script>", 1)[1].rsplit("</script>", 1)[0]
    for rule, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


# -- strangers' names


def test_hostile_names_are_text_in_html(hostile_page):
    found = Elements(hostile_page)
    assert set(found.tags) <= ALLOWED
    assert found.tags.count("script") == found.tags.count("figure") + 1
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    texts = set(found.texts)
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[3], HOSTILE[4], HOSTILE[8]} <= texts
    data = json.loads(found.scripts[0])
    assert data["light"]["title"]
    assert not any(mark in hostile_page for mark in "\u202e\u200f\u2066\x00\x1b")
    assert "x" * 200 not in hostile_page.rsplit("<script>", 1)[0]


def test_hostile_names_cannot_leave_the_data_of_charts(hostile_page):
    data = hostile_page.split('<script type="application/json"')[1].split("</script>")[0]
    assert "<" not in data.split(">", 1)[1]
    json.loads(data.split(">", 1)[1])


def test_hostile_names_are_text_in_markdown(hostile_report):
    text = hostile_report.to_markdown(top=40)
    for line in text.splitlines():
        if line.startswith("|"):
            columns = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
            assert columns in {4, 5, 6, 7, 8, 3}, line
    bare = re.sub(r"\\.", "", text)
    assert not re.findall(r"<\w|\]\(|https?:|www\.|`|\$|~~|(?<!\w)@|&\w+;|&#", bare)
    assert not re.findall(r"^# (?!Spend report)|^- (?!\*\*)", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) < 1_000


def test_json_keeps_names_as_they_are(hostile_report):
    found = json.loads(hostile_report.to_json())
    names = {row["model"] for row in found["by_model"]}
    assert set(filter(None, HOSTILE)) <= names
