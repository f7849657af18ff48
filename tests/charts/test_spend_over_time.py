"""Spend over time: from charges and from breakdowns, in whole and partial periods of a zone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import vl_convert

import llmspend
from llmspend.charts import spend_over_time
from llmspend.errors import InputError, UnknownNameError
from tests.charts.specs import below, headline
from tests.charts.weekly_spend import MONDAY, dataset, drawn, table

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "litellm_spend_logs.parquet"


@pytest.fixture(scope="module")
def charges():
    return llmspend.price(llmspend.read_logs(SAMPLE)).collect()


def notes(chart):
    """Return the words over incomplete periods: [(side, words)]."""
    spec = chart.to_dict()
    sets = [dataset(spec, layer) for layer in spec["layer"][1:]]
    return sorted({(r["side"], r["note"]) for rows in sets for r in rows})


# -- from charges and from breakdowns


def test_charges_and_their_breakdown_give_the_same_chart(charges):
    zone = "Europe/Berlin"
    weekly = llmspend.breakdown(charges, "team", every="week", tz=zone)
    assert (
        spend_over_time(weekly, "team").to_dict()["title"]
        == (spend_over_time(charges, "team", tz=zone).to_dict()["title"])
    )
    assert len(drawn(spend_over_time(weekly, "team"))) == len(
        drawn(spend_over_time(charges.lazy(), "team", tz=zone))
    )


@pytest.mark.parametrize("name", ["charges.parquet", "charges [1].parquet"])
def test_parquet_files(charges, tmp_path, name):
    charges.write_parquet(tmp_path / name)
    chart = spend_over_time(tmp_path / name, "provider")
    assert headline(chart) == "anthropic is 64% of the spend"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Africa/Cairo"])
@pytest.mark.parametrize("every", llmspend.PERIODS)
def test_the_interval_of_a_breakdown_is_inferred(charges, every, zone):
    some = charges.filter(pl.col("key_alias") == "legal-contracts")
    parts = llmspend.breakdown(some, "team", every=every, tz=zone)
    chart = spend_over_time(parts, "team")
    assert chart.to_dict()["layer"][0]["encoding"]["y"]["title"] == f"USD per {every}"


def test_a_finer_breakdown_is_added_up_and_a_coarser_one_refused(charges):
    daily = llmspend.breakdown(charges, "team", every="day")
    weekly = spend_over_time(daily, "team", every="week")
    assert sum(r["spend"] for r in drawn(weekly)) == pytest.approx(daily["spend"].sum())
    assert len({r["start"] for r in drawn(weekly)}) == 8
    with pytest.raises(InputError, match=r"longer than one hour: make it with every='hour'"):
        spend_over_time(daily, "team", every="hour")


def test_a_crossed_breakdown_is_added_up(charges):
    crossed = llmspend.breakdown(charges, ["team", "model"], every="week")
    assert sum(r["spend"] for r in drawn(spend_over_time(crossed, "model"))) == pytest.approx(
        crossed["spend"].sum()
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: spend_over_time(c, "modle"), "unknown dimension 'modle'. Nearest: 'model'"),
        (lambda c: spend_over_time(c, every="fortnight"), "unknown period 'fortnight'"),
        (lambda c: spend_over_time(c, tz="Mars/Base"), "unknown time zone 'Mars/Base'"),
        (lambda c: spend_over_time(c, ["model", "team"]), "by is one dimension's name"),
        (lambda c: spend_over_time(c, top=8), "top is from 1 to 7"),
        (lambda c: spend_over_time(c, top=0), "top is from 1 to 7"),
        (lambda c: spend_over_time(c.select("cost")), "these are not charges"),
        (lambda c: spend_over_time(llmspend.breakdown(c, "model")), "has no periods. Ask for them"),
        (
            lambda c: spend_over_time(llmspend.breakdown(c, "team", every="week"), "model"),
            "not by model. Ask for it",
        ),
        (
            lambda c: spend_over_time(llmspend.breakdown(c, "model", every="day"), tz="Asia/Tokyo"),
            "begin in UTC, not in Asia/Tokyo",
        ),
        (
            lambda _: spend_over_time(table((0, "a", 1.0)).with_columns(period=date(9999, 12, 31))),
            "some requests are dated 9999",
        ),
        (
            lambda _: spend_over_time(table((0, "a", 1.0)).with_columns(period=pl.lit("May"))),
            "the column period holds String",
        ),
    ],
)
def test_what_cannot_be_drawn_says_why(charges, call, message):
    with pytest.raises(InputError) as error:
        call(charges)
    assert message in str(error.value)


def test_never_more_rows_than_can_be_seen():
    hours = pl.datetime_range(MONDAY, MONDAY + timedelta(days=60), "1h", eager=True)
    rows = pl.DataFrame({"period": hours}).join(pl.DataFrame({"team": list("abcd")}), how="cross")
    rows = rows.with_columns(spend=1.0)
    message = (
        "1,441 hours of 4 teams are 5,764 bar segments; at most 5,000 can be drawn. "
        "Take every='day', a smaller top, or a shorter time."
    )
    with pytest.raises(InputError) as error:
        spend_over_time(rows, "team")
    assert str(error.value) == message
    assert len(drawn(spend_over_time(rows, "team", every="day"))) == 61 * 4
    assert len(drawn(spend_over_time(rows, "team", top=2))) == 1441 * 3


def test_unknown_names_are_unknown_names(charges):
    with pytest.raises(UnknownNameError):
        spend_over_time(charges, "modle")


# -- time


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ((0, 8), (27, 22), []),
        ((0, 8), (24, 13), [("right", "partial week")]),
        ((3, 0), (27, 22), [("left", "partial week")]),
        ((3, 0), (24, 13), [("left", "partial week"), ("right", "partial week")]),
    ],
)
def test_incomplete_weeks_are_labelled(first, last, found):
    at = [MONDAY + timedelta(days=d) for d in range(28) for _ in range(1)]
    at = [t for t in at if first[0] <= (t - MONDAY).days <= last[0]]
    at = [*at, MONDAY + timedelta(days=first[0], hours=first[1])]
    at += [MONDAY + timedelta(days=last[0], hours=last[1])]
    at = [max(t, MONDAY + timedelta(days=first[0], hours=first[1])) for t in at]
    calls = pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1000]}).join(
        pl.DataFrame({"started_at": at}), how="cross"
    )
    chart = spend_over_time(llmspend.price(calls), width=200)
    assert notes(chart) == found


def test_an_office_week_is_whole():
    at = [MONDAY + timedelta(days=7 * w + d, hours=15) for w in range(5) for d in range(5)]
    calls = pl.DataFrame({"model": ["gpt-4o"] * 25, "prompt_tokens": [9] * 25, "started_at": at})
    assert notes(spend_over_time(llmspend.price(calls))) == []


def test_without_times_of_requests_nothing_is_called_partial():
    assert notes(spend_over_time(table((0, "a", 1.0), (1, "a", 1.0)))) == []


def test_bars_are_as_wide_as_their_period_whatever_the_clocks_do(charges):
    hours = pl.datetime_range(
        datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC), "1h", eager=True
    )
    priced = charges.filter(pl.col("cost") > 0).head(1)
    autumn = priced.drop("started_at").join(hours.to_frame("started_at"), how="cross")
    for every, bars, length in (("hour", 48, 1), ("day", 3, 24), ("week", 2, 168)):
        rows = drawn(spend_over_time(autumn, every=every, tz="Europe/Berlin"))
        assert len(rows) == bars, every
        spans = {
            datetime.fromisoformat(r["end"]) - datetime.fromisoformat(r["start"]) for r in rows
        }
        assert spans == {timedelta(hours=length)}
        assert sum(r["spend"] for r in rows) == pytest.approx(autumn["cost"].sum())
    # the hour that comes twice is one bar of two requests
    twice = drawn(spend_over_time(autumn, every="hour", tz="Europe/Berlin"))
    assert [r["start"] for r in twice if r["requests"] == 2] == ["2026-10-25T02:00Z"]


def test_days_begin_in_the_zone():
    late = pl.DataFrame(
        {
            "model": ["gpt-4o"],
            "prompt_tokens": [9],
            "started_at": [datetime(2026, 5, 3, 22, 30, tzinfo=UTC)],
        }
    )
    chart = spend_over_time(llmspend.price(late), every="day", tz="Europe/Berlin")
    assert [r["start"] for r in drawn(chart)] == ["2026-05-04T00:00Z"]
    assert "May 4, 2026 (Europe/Berlin)" in below(chart)


def test_dates_and_a_year_that_changes():
    weeks = pl.date_range(date(2025, 11, 3), date(2026, 2, 2), "1w", eager=True)
    chart = spend_over_time(pl.DataFrame({"period": weeks, "team": "a", "spend": 1.0}), "team")
    axis = chart.to_dict()["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]
    assert '"2025"' in axis
    assert '"2026"' in axis


# -- the sample data


def test_the_sample_data(charges):
    chart = spend_over_time(charges, "model", tz="Europe/Berlin")
    assert headline(chart) == "claude-opus-4-7 is 60% of the spend"
    assert "May 4 to Jun 25, 2026 (Europe/Berlin); top 6 of" in below(chart)
    assert notes(chart) == [("center", "partial week")]
    assert chart.to_dict()["description"].startswith("claude-opus-4-7 is 60% of the spend. $2,4")
    assert len(json.dumps(chart.to_dict())) < 50_000


@pytest.mark.parametrize("version", ["5.8", "6.4"])
@pytest.mark.parametrize("every", ["day", "week", "month", "quarter", "year"])
def test_draws_in_both_vega_lites(charges, every, version, recwarn):
    spec = spend_over_time(charges, "team", every=every, tz="Europe/Berlin").to_dict()
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    assert "claims-automation" in svg
    assert "NaN" not in svg
    assert not recwarn
