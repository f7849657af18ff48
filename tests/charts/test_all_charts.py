"""What every chart keeps to, whatever it draws.

To add a chart, add a row to CHARTS: a `Case` with its name in `llmspend.charts`, how it is called
on charges, and the columns of charges it needs beyond those of every breakdown. All tests below run
on it then; what only that chart does is tested in a file of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl
import pytest
import vl_convert

import llmspend
from llmspend import charts
from llmspend.charts._theme import DARK, PAPER
from llmspend.measures import MEASURED

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "litellm_spend_logs.parquet"
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
MOST_ROWS = 5_000
NOTHING = "no spend in this range"


@dataclass(frozen=True)
class Case:
    """A chart, and how it is called here.

    Attributes
    ----------
    name
        In `llmspend.charts`.
    arguments
        Keyword arguments beside the charges.
    by
        The keyword that takes a dimension's name; None if it has none.
    reads
        Columns of charges that it reads, beside MEASURED and those of its dimension; None for
        one that prices anew, from all of them.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    by: str | None = "by"
    reads: tuple[str, ...] | None = ()

    def __str__(self) -> str:
        return "-".join([self.name, *map(str, self.arguments.values())])

    @property
    def draw(self) -> Callable[..., Any]:
        return getattr(charts, self.name)


ODDITY = ("issue", "quirks")
CHARTS = (
    Case("spend_over_time"),
    Case("spend_over_time", {"every": "day", "tz": "Europe/Berlin"}),
    Case("pareto"),
    Case("cache_savings", reads=None),
    Case("cache_savings", {"every": "week"}, reads=None),
    Case("drift", reads=("cost_source", "quantity_source", *ODDITY)),
    Case("drift", {"every": "day", "tz": "Asia/Tokyo"}, reads=None),
    Case("token_mix", reads=None),
    Case("token_mix", {"every": "month"}, reads=None),
    Case("hours", {"tz": "America/New_York"}, by=None),
    Case("budget", {"amount": 1500, "span": "2026-05..2026-06"}, by=None),
    Case("bridge", {"before": "2026-05", "after": "2026-06"}),
    Case("unit_cost"),
    Case("explorer", reads=("team", "team_alias", "key", "key_alias")),
    Case("explorer", {"by": "model", "every": "week"}),
    Case("small_multiples", {"by": "model"}),
)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "=HYPERLINK(1)",
    "@SUM(1)",
    "'+alert(1)+'",
    'it\'s "quoted" `${1+1}` {{x}} \\',
    "line\nbreak\ttab\x00",
    "\u202eRTL\u200f\u2066",
    "x" * 10_000,
    "",
    "  ",
    "Other (3)",
    "(none)",
    "constructor",
    "__proto__",
    "datum.value",
    "模型-größe",
    None,
)
SHOWN_BY_ALL = 7
"""So many members every chart shows by their names."""

each_chart = pytest.mark.parametrize("case", CHARTS, ids=str)


@pytest.fixture(scope="module")
def charges():
    return llmspend.price(llmspend.read_logs(SAMPLE)).collect()


@cache
def calls(names, *, days=30, column="team"):
    """Price a call a day, with a cache read, of each name."""
    moments = [MONDAY + timedelta(days=d, hours=d % 24) for d in range(days)]
    usage = pl.DataFrame({column: list(names)}, schema={column: pl.String}).join(
        pl.DataFrame({"started_at": moments}), how="cross"
    )
    facts = {
        "request_id": pl.int_range(pl.len()).cast(pl.String),
        "prompt_tokens": 10_000,
        "cache_read_tokens": 4_000,
        "completion_tokens": 500,
        "reasoning_tokens": 100,
        "logged_spend": 0.02,
    }
    model = {} if column == "model" else {"model": pl.lit("gpt-4o")}
    return llmspend.price(usage.with_columns(**facts, **model))


def parts(spec):
    """Yield a specification and all charts inside it."""
    yield spec
    for key in ("layer", "hconcat", "vconcat", "concat"):
        for part in spec.get(key, ()):
            yield from parts(part)


def rows_of(spec):
    """Count what Vega is given."""
    return sum(len(rows) for rows in spec.get("datasets", {}).values())


def svg(spec, version="6.4"):
    return vl_convert.vegalite_to_svg(spec, vl_version=version)


@pytest.fixture(scope="module")
def drawn(charges):
    """Draw the sample, once per chart: the chart and its specification."""
    made = {}

    def draw(case):
        if str(case) not in made:
            chart = case.draw(charges, **case.arguments)
            made[str(case)] = chart, chart.to_dict()
        return made[str(case)]

    return draw


def test_every_public_chart_is_tested_here():
    drawn = set(charts.__all__) - {"enable"}
    assert {case.name for case in CHARTS} == drawn


@each_chart
def test_draws_the_sample_in_both_vega_lites(case, drawn, recwarn):
    _, spec = drawn(case)
    for version in ("5.8", "6.4"):
        picture = svg(spec, version)
        assert "<svg" in picture
        assert "NaN" not in picture
        assert "undefined" not in picture
    assert not recwarn


@each_chart
def test_says_what_there_is_to_see(case, drawn):
    _, spec = drawn(case)
    title = spec["title"]
    assert title["text"]
    assert "$" in "".join(title["subtitle"])
    assert spec["description"].startswith(title["text"].removesuffix("."))
    assert len(spec["description"]) > len(title["text"]) + 40


@each_chart
def test_a_title_of_your_own(case, charges):
    chart = case.draw(charges.head(50), **case.arguments, title="Second quarter")
    assert chart.title.text == "Second quarter"


@each_chart
def test_is_small_and_plain_json(case, drawn):
    _, spec = drawn(case)
    assert rows_of(spec) <= MOST_ROWS
    text = json.dumps(spec, allow_nan=False)
    assert len(text) < 200_000


@each_chart
def test_the_order_of_rows_does_not_matter_nor_whether_they_stream(case, charges, drawn):
    shuffled = charges.sample(fraction=1, shuffle=True, seed=1).lazy()
    assert case.draw(shuffled, **case.arguments).to_dict() == drawn(case)[1]


@each_chart
def test_never_more_rows_than_can_be_seen(case):
    many = calls(tuple(f"team {i}" for i in range(80)), days=400)
    arguments = {**case.arguments, **({case.by: "team"} if case.by else {})}
    try:
        spec = case.draw(many, **arguments).to_dict()
    except llmspend.InputError as error:
        assert "at most 5,000 can be drawn" in str(error)  # noqa: PT017 - either is fine
    else:
        assert rows_of(spec) <= MOST_ROWS


@pytest.mark.parametrize("first", range(0, len(HOSTILE), SHOWN_BY_ALL))
@each_chart
def test_hostile_names_are_text(case, first):
    arguments = {**case.arguments, **({case.by: "team"} if case.by else {})}
    spec = case.draw(calls(HOSTILE[first : first + SHOWN_BY_ALL]), **arguments).to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    assert "<img" not in text
    assert "<script" not in text.lower()
    assert "</script" not in text.lower()
    assert "<!--" not in text
    assert "\u202e" not in text
    assert "x" * 300 not in text
    assert "onerror=alert(1)>" not in svg(spec).replace("‹img src=x onerror=alert(1)>", "")


@pytest.mark.parametrize("count", [1, 40])
@each_chart
def test_one_member_and_forty(case, count):
    arguments = {**case.arguments, **({case.by: "team"} if case.by else {})}
    spec = case.draw(calls(tuple(f"team {i}" for i in range(count))), **arguments).to_dict()
    assert "<svg" in svg(spec)


@each_chart
def test_nothing_is_a_chart_too(case, charges):
    spec = case.draw(charges.clear(), **case.arguments).to_dict()
    for version in ("5.8", "6.4"):
        assert NOTHING in svg(spec, version)
    assert "no requests" in " ".join(spec["title"]["subtitle"])


@each_chart
def test_what_has_no_price_is_not_drawn_as_nothing(case):
    unknown = calls(("nobody/knows-this",), column="model")
    spec = case.draw(unknown, **case.arguments).to_dict()
    assert "nothing in this range has a price" in svg(spec)
    assert "30 requests (100%)" in " ".join(spec["title"]["subtitle"])


@each_chart
def test_light_and_dark(case, drawn):
    chart, spec = drawn(case)
    light = json.dumps({**spec, "datasets": {}})
    with alt.theme.enable("llmspend_dark"):
        spec = chart.to_dict()
        assert svg(spec).count(DARK[PAPER])
    dark = json.dumps({**spec, "datasets": {}})
    assert PAPER in light
    assert not [colour for colour in DARK if f'"{colour}"' in dark]
    assert light == json.dumps({**chart.to_dict(), "datasets": {}})  # nothing sticks


@each_chart
def test_shows_itself_offline(case, drawn):
    bundle = drawn(case)[0]._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.vegalite.v5+json", "text/plain"}
    assert bundle["text/plain"].startswith("<llmspend chart: ")


@each_chart
def test_stays_an_altair_chart(case, drawn):
    chart, _ = drawn(case)
    assert isinstance(chart, (alt.LayerChart, alt.HConcatChart, alt.VConcatChart))
    beside = alt.Chart(pl.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")
    assert (chart & beside).to_dict()["vconcat"][-1]["mark"]["type"] == "point"
    assert chart.properties(title="Mine").to_dict()["title"] == "Mine"


@each_chart
def test_becomes_a_picture(case, drawn, tmp_path):
    drawn(case)[0].save(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


@each_chart
def test_needs_only_the_columns_it_reads(case, charges, drawn):
    if case.reads is None:
        return
    needed = [*MEASURED, "cost_map_key", "model", *case.reads]
    some = case.draw(charges.select(list(dict.fromkeys(needed))), **case.arguments)
    assert some.to_dict() == drawn(case)[1]


@each_chart
def test_draws_files_too(case, charges, drawn, tmp_path):
    charges.write_parquet(tmp_path / "charges.parquet")
    chart = case.draw(tmp_path / "charges.parquet", **case.arguments)
    assert chart.to_dict() == drawn(case)[1]


@each_chart
def test_what_is_wrong_is_said(case, charges):
    with pytest.raises(llmspend.InputError, match="these are not charges"):
        case.draw(charges.select("cost"), **case.arguments)
    with pytest.raises(llmspend.UnknownNameError, match="unknown time zone 'Mars/Base'"):
        case.draw(charges, **{**case.arguments, "tz": "Mars/Base"})
    if case.by:
        with pytest.raises(llmspend.UnknownNameError, match="unknown dimension 'modle'"):
            case.draw(charges, **{**case.arguments, case.by: "modle"})
