"""Breakdowns over a small frame of charges whose sums can be done in the head."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from llmspend import (
    DIMENSIONS,
    MEASURES,
    PERIODS,
    Grouping,
    InputError,
    UnknownNameError,
    breakdown,
    breakdowns,
    price,
    reconcile,
)
from llmspend.measures import RATIOS

BERLIN = "Europe/Berlin"


def at(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


CALLS = pl.DataFrame(
    [
        # who, alias, key, model, prompt, completion, when, status, logged
        ("t-1", "Search", "k-1", "acme/small", 1000, 100, at(6, 30, 23, 30), "success", 0.0012),
        ("t-1", "Search", "k-2", "acme/large", 1000, 100, at(6, 30, 9), "success", 0.004),
        ("t-1", "Find", "k-1", "acme/small", 2000, 0, at(7, 2, 9), "success", 0.002),
        ("t-2", "Ads", "k-3", "acme/small", 5000, 500, at(7, 3, 9), "success", None),
        ("t-3", None, "k-4", "nobody/knows", 700, 70, at(7, 3, 9), "success", 0.0),
        (None, None, "k-4", "acme/small", 300, 0, at(7, 3, 10), "failure", 0.0),
    ],
    schema=[
        "team",
        "team_alias",
        "key",
        "model",
        "prompt_tokens",
        "completion_tokens",
        "started_at",
        "status",
        "logged_spend",
    ],
    orient="row",
).with_columns(
    provider=pl.lit("acme"),
    key_alias=pl.lit("prod"),
    request_id=pl.format("r-{}", pl.int_range(pl.len())),
)
SPEND = {"t-1": 0.0012 + (0.003 + 0.0015) + 0.002, "t-2": 0.006, "t-3": None, None: 0.0}
TOTAL = 0.0012 + 0.0045 + 0.002 + 0.006


@pytest.fixture(scope="module")
def charges(acme):
    return price(CALLS, cost_map=acme)


def test_names_of_measures_and_dimensions_are_unique():
    names = [x.name for x in (*MEASURES, *RATIOS, *DIMENSIONS)]
    assert [n for n in names if names.count(n) > 1] == []
    measures = {m.name for m in MEASURES}
    assert all({r.over, r.under} <= measures for r in RATIOS)


def test_the_total(charges):
    total = breakdown(charges).row(0, named=True)
    assert total.pop("spend") == pytest.approx(TOTAL, rel=1e-12)
    assert total.pop("cost_per_request") == pytest.approx(TOTAL / 5, rel=1e-12)
    assert total.pop("input_cost") == pytest.approx(0.001 + 0.003 + 0.002 + 0.005, rel=1e-12)
    assert total.pop("output_cost") == pytest.approx(0.0002 + 0.0015 + 0.001, rel=1e-12)
    assert total.pop("tool_cost") == 0.0
    assert total.pop("logged_spend") == pytest.approx(0.0012 + 0.004 + 0.002, rel=1e-12)
    assert total.pop("drift") == pytest.approx(0.0045 - 0.004, abs=1e-15)
    assert total == {
        "requests": 6,
        "total_tokens": 10_770,
        "prompt_tokens": 10_000,
        "completion_tokens": 770,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "priced_requests": 5,
        "unpriced_requests": 1,
        "unpriced_tokens": 770,
        "failed_requests": 1,
        "cached_requests": 0,
        "first_at": at(6, 30, 9),
        "last_at": at(7, 3, 10),
    }


def test_largest_spend_first_and_unknown_spend_is_null(charges):
    teams = breakdown(charges, "team")
    assert teams["team"].to_list() == ["t-1", "t-2", None, "t-3"]
    for team, spend in teams.select("team", "spend").rows():
        expected = SPEND[team]
        assert spend is None if expected is None else math.isclose(spend, expected, rel_tol=1e-12)
    assert teams.filter(team="t-3")["cost_per_request"].item() is None


def test_an_id_shows_its_newest_alias(charges):
    aliases = dict(breakdown(charges, "team").select("team", "team_alias").rows())
    assert aliases == {"t-1": "Find", "t-2": "Ads", "t-3": None, None: None}


@pytest.mark.parametrize("by", [["team", "team_alias"], ["team_alias", "team"]])
def test_an_id_and_its_alias_together(charges, by):
    table = breakdown(charges, by)
    assert table.columns[:3] == [*by, "spend"]
    counts = table.select("team", "team_alias", "requests").rows()
    assert set(counts) == {
        ("t-1", "Search", 2),
        ("t-1", "Find", 1),
        ("t-2", "Ads", 1),
        ("t-3", None, 1),
        (None, None, 1),
    }
    assert reconcile(charges, by)["rows"].sum() == 6


def test_a_newer_row_without_an_alias_takes_none_away(charges):
    later = charges.head(1).with_columns(
        started_at=pl.lit(at(8, 1, 9)), team_alias=pl.lit(None, dtype=pl.String)
    )
    aliases = breakdown(pl.concat([charges, later]), "team").select("team", "team_alias").rows()
    assert dict(aliases)["t-1"] == "Find"


def test_an_alias_is_shown_even_where_no_row_has_a_time(charges):
    timeless = charges.with_columns(started_at=pl.lit(None, charges.schema["started_at"]))
    aliases = dict(breakdown(timeless, "team").select("team", "team_alias").rows())
    assert aliases["t-2"] == "Ads"


@pytest.mark.parametrize("dimension", [d.name for d in DIMENSIONS])
def test_every_dimension_sums_to_the_whole(charges, dimension):
    table = breakdown(charges, dimension)
    assert table.columns[0] == dimension
    assert table[dimension].n_unique() == table.height
    assert table["spend"].sum() == pytest.approx(TOTAL, rel=1e-9)
    assert table["requests"].sum() == 6
    assert table["prompt_tokens"].sum() == 10_000


@pytest.mark.parametrize("every", PERIODS)
def test_every_period_sums_to_the_whole_and_is_in_order(charges, every):
    table = breakdown(charges, every=every, tz=BERLIN)
    assert table["period"].is_sorted()
    assert table.schema["period"] == pl.Datetime("us", BERLIN)
    assert table["spend"].sum() == pytest.approx(TOTAL, rel=1e-9)
    assert (table["first_at"] >= table["period"]).all()


def test_two_dimensions_crossed_and_by_period(charges):
    crossed = breakdown(charges, ["team", "model"], every="month")
    assert crossed.columns[:4] == ["period", "team", "team_alias", "model"]
    july = datetime(2026, 7, 1, tzinfo=ZoneInfo("UTC"))
    found = crossed.filter(period=july, team="t-1", model="acme/small")
    assert found["spend"].item() == pytest.approx(0.002, rel=1e-12)
    assert crossed["spend"].sum() == pytest.approx(TOTAL, rel=1e-9)


@pytest.mark.parametrize(
    ("tz", "june"), [("UTC", 0.0057), (BERLIN, 0.0045), ("America/New_York", 0.0057)]
)
def test_a_month_begins_where_the_clock_is(charges, tz, june):
    """23:30 UTC on 30 June is already July in Berlin."""
    first = breakdown(charges, every="month", tz=tz).row(0, named=True)
    assert first["period"] == datetime(2026, 6, 1, tzinfo=ZoneInfo(tz))
    assert first["spend"] == pytest.approx(june, rel=1e-9)


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("hour", (2026, 7, 1, 1)),
        ("day", (2026, 7, 1)),
        ("week", (2026, 6, 29)),  # a Monday
        ("month", (2026, 7, 1)),
        ("quarter", (2026, 7, 1)),
        ("year", (2026, 1, 1)),
    ],
)
def test_a_period_starts(charges, every, starts):
    late = charges.filter(pl.col("started_at") == at(6, 30, 23, 30))
    period = breakdown(late, every=every, tz=BERLIN)["period"].item()
    assert period == datetime(*(*starts, *(1,) * (3 - len(starts)))[:4], tzinfo=ZoneInfo(BERLIN))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 7, 1), 24)],
)
def test_a_day_has_the_hours_it_has(acme, day, hours):
    """A request each half hour of a day in Berlin, also when the clock is changed."""
    start, end = (
        datetime.combine(d, time(), ZoneInfo(BERLIN)).astimezone(UTC)
        for d in (day, day + timedelta(days=1))
    )
    moments = pl.datetime_range(start, end, "30m", closed="left", eager=True)
    calls = pl.DataFrame({"started_at": moments}).with_columns(
        model=pl.lit("acme/small"), provider=pl.lit("acme"), prompt_tokens=1000
    )
    charges = price(calls, cost_map=acme)
    by_hour, by_day = (breakdown(charges, every=e, tz=BERLIN) for e in ("hour", "day"))
    assert by_hour["requests"].to_list() == [2] * hours
    assert by_hour["period"].n_unique() == hours
    assert by_day["requests"].to_list() == [2 * hours]


def test_hours_of_a_zone_that_is_half_an_hour_off(charges):
    period = breakdown(charges.head(1), every="hour", tz="Asia/Kolkata")["period"].item()
    assert period == datetime(2026, 7, 1, 5, tzinfo=ZoneInfo("Asia/Kolkata"))


def test_rows_without_a_time_are_a_period_of_their_own(charges):
    timeless = charges.with_columns(
        started_at=pl.when(pl.col("team") != "t-2").then(pl.col("started_at"))
    )
    table = breakdown(timeless, every="month")
    assert table["period"].null_count() == 1
    assert table["period"].to_list()[-1] is None
    assert table["spend"].sum() == pytest.approx(TOTAL, rel=1e-9)


def test_a_lazy_frame_a_frame_and_a_file_give_the_same(charges, tmp_path):
    charges.write_parquet(tmp_path / "it's charges.parquet")
    path = tmp_path / "it's charges.parquet"
    wanted = breakdown(charges, ["team", "model"], every="day")
    for given in (charges.lazy(), path, str(path), pl.scan_parquet(path)):
        table = breakdown(given, ["team", "model"], every="day")
        assert_frame_equal(table, wanted, rel_tol=1e-12, abs_tol=0.0)


def test_several_groupings_in_one_pass_are_each_as_alone(charges):
    groupings = [
        Grouping(),
        Grouping(("team",)),
        Grouping(("model", "team")),
        Grouping(("team",), "day"),
        Grouping((), "month"),
        Grouping(("team",)),
    ]
    together = breakdowns(charges, groupings, tz=BERLIN)
    for grouping, table in zip(groupings, together, strict=True):
        assert table.equals(breakdown(charges, grouping.by, every=grouping.every, tz=BERLIN))
    assert breakdowns(charges, []) == []


def test_null_is_a_group_apart_from_the_total(charges):
    """SQL marks a row that is not grouped with null too."""
    teams, total = breakdowns(charges, [Grouping(("team",)), Grouping()])
    assert teams["requests"].sum() == total["requests"].item() == 6
    assert teams.height == 4


def test_calls_that_nobody_made_are_no_requests_but_cost(acme):
    calls = CALLS.head(2).with_columns(internal_origin=pl.Series([None, "autorouter_classifier"]))
    total = breakdown(price(calls, cost_map=acme)).row(0, named=True)
    assert total["requests"] == total["priced_requests"] == 1
    assert total["spend"] == pytest.approx(0.0057, rel=1e-12)


def test_no_charges_at_all(charges):
    none = charges.clear()
    total = breakdown(none).row(0, named=True)
    assert (total["spend"], total["requests"], total["cost_per_request"]) == (None, 0, None)
    for given in (none, none.lazy()):
        table = breakdown(given, "team", every="day")
        assert table.height == 0
        assert table.columns == breakdown(charges, "team", every="day").columns
    with_period = breakdown(none, every="day")
    assert with_period.schema == breakdown(charges, every="day").schema


# -- what is not there


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"by": "modle"}, "unknown dimension 'modle'. Nearest: 'model'"),
        ({"by": ["team", "tame"]}, "unknown dimension 'tame'. Nearest: 'team'"),
        ({"by": "cost"}, "unknown dimension 'cost'"),
        ({"by": ""}, "unknown dimension ''"),
        ({"every": "monht"}, "unknown period 'monht'. Nearest: 'month'"),
        ({"every": "DAY"}, "unknown period 'DAY'. Nearest: 'day'"),
        ({"tz": "Europe/Berln"}, "unknown time zone 'Europe/Berln'. Nearest: 'Europe/Berlin'"),
        ({"tz": "europe/berlin"}, "Nearest: 'Europe/Berlin'"),
        ({"tz": ""}, "unknown time zone"),
        ({"tz": "Factory"}, "unknown time zone"),
        ({"tz": "localtime"}, "unknown time zone"),
        ({"by": ["team", "team"]}, "a dimension is named twice"),
    ],
)
def test_a_name_that_does_not_exist_is_told_its_nearest(charges, arguments, says):
    with pytest.raises(InputError, match=says):
        breakdown(charges, **arguments)


@pytest.mark.parametrize("given", ["model", ("model",), Grouping("model"), None])
def test_what_is_no_grouping_is_told_how_to_write_one(charges, given):
    with pytest.raises(
        InputError, match=r"is no grouping: write llmspend\.Grouping\.of\('model'\)"
    ):
        breakdowns(charges, [given])


@pytest.mark.parametrize("by", [None, 5])
def test_what_names_no_dimension_is_told_what_does(charges, by):
    with pytest.raises(InputError, match=r"not one or several names of llmspend\.DIMENSIONS"):
        breakdown(charges, by)


INJECTIONS = (
    "team; DROP TABLE charges",
    'team" FROM charges; --',
    "team' OR '1'='1",
    "(SELECT 1)",
    "1",
    "*",
    "UTC'; ATTACH 'x.db'; --",
    "day'), (SELECT 1); --",
)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("argument", ["by", "every", "tz"])
def test_sql_is_refused_as_a_name(charges, argument, text):
    with pytest.raises(UnknownNameError, match="unknown"):
        breakdown(charges, **{argument: text})


def test_sql_in_the_data_is_data(acme):
    texts = list(INJECTIONS)
    calls = pl.DataFrame({"team": texts, "team_alias": texts}).with_columns(
        model=pl.lit("acme/small"), provider=pl.lit("acme"), prompt_tokens=1000
    )
    table = breakdown(price(calls, cost_map=acme), "team")
    assert sorted(table["team"]) == sorted(texts)


def test_usage_that_is_not_priced_yet_says_so(tmp_path):
    for given in (CALLS, CALLS.lazy()):
        with pytest.raises(InputError, match=r"not charges: the columns cost, .*llmspend\.price"):
            breakdown(given, "team")
    CALLS.write_parquet(tmp_path / "usage.parquet")
    with pytest.raises(InputError, match="not charges"):
        breakdown(tmp_path / "usage.parquet")


def test_sums_are_compensated(acme):
    """A million tenths of a cent, in any order, are a thousand dollars to the last digit shown."""
    calls = pl.DataFrame({"prompt_tokens": [100_000] * 100_000}).with_columns(
        model=pl.lit("acme/small"), provider=pl.lit("acme")
    )
    charges = price(calls, cost_map=acme)
    assert breakdown(charges)["spend"].item() == pytest.approx(10_000, abs=1e-9)


def test_a_file_of_charges_that_is_none(tmp_path):
    with pytest.raises(InputError, match="there is no file of charges"):
        breakdown(tmp_path / "nowhere.parquet")
    (tmp_path / "text.parquet").write_text("not parquet, though it is long enough")
    with pytest.raises(InputError, match="is not a Parquet file of charges"):
        breakdown(tmp_path / "text.parquet")


def test_totals_do_not_depend_on_the_order_of_rows():
    """To the last bit: 0.1 + 0.2 + … in any order is the exact sum, rounded once."""
    costs = [0.1 * 10.0**-i for i in range(12)] * 500 + [1e6, 3e-21, 7.7e-9]
    frame = pl.DataFrame({"model": ["gpt-4o"] * len(costs), "prompt_tokens": [1] * len(costs)})
    charges = price(frame).with_columns(cost=pl.Series(costs))
    totals = {
        breakdown(charges.sample(fraction=1.0, shuffle=True, seed=seed))["spend"].item()
        for seed in range(5)
    }
    assert totals == {math.fsum(costs)}


@pytest.mark.parametrize("cost", [0.1, 5.776243000000001, 1e-8, 0.0, 123456.789, 4.9e-7])
def test_the_total_of_one_row_is_that_row(cost):
    charges = price(pl.DataFrame({"model": ["gpt-4o"]})).with_columns(cost=pl.lit(cost))
    assert breakdown(charges)["spend"].item() == cost


def test_a_logged_spend_that_is_no_number_does_not_spoil_the_total():
    logged = [0.5, math.nan, math.inf, 1e300, -1e13, None]
    calls = pl.DataFrame(
        {"model": ["gpt-4o"] * 6, "logged_spend": logged, "prompt_tokens": [1000] * 6}
    )
    charges = price(calls)
    assert charges["issue"].to_list() == [None, *["absurd_spend"] * 4, None]
    assert breakdown(charges)["logged_spend"].item() == 0.5
    assert breakdown(charges)["spend"].item() == 6 * 0.0025


def test_what_is_no_number_in_a_file_is_left_out_of_sums(charges, tmp_path):
    """Statistics of Parquet files leave NaN out; the sums must not trust them."""
    spoiled = charges.with_columns(
        logged_spend=pl.when(pl.int_range(pl.len()) == 0).then(float("nan")).otherwise(0.5)
    )
    spoiled.write_parquet(tmp_path / "charges.parquet")
    expected = 0.5 * (charges.height - 1)
    for source in (spoiled, spoiled.lazy(), tmp_path / "charges.parquet"):
        assert breakdown(source)["logged_spend"].item() == expected
