"""SQL over charges: the views, the magic, and that names from strangers stay text."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import polars as pl
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from polars.testing import assert_frame_equal

from llmspend import InputError, UnknownNameError, connect, price
from llmspend.sql import run_sql

ODD = "x'); DROP TABLE models; --"
CALLS = pl.DataFrame(
    {
        "request_id": [f"r{i}" for i in range(400)],
        "model": ["acme/small", "acme/large", "nobody/knows", "acme/small"] * 100,
        "provider": "acme",
        "team": ["a", "b%_", None, ODD] * 100,
        "prompt_tokens": range(400),
        "started_at": pl.datetime_range(
            datetime(2026, 5, 4, tzinfo=UTC),
            datetime(2026, 5, 20, 15, tzinfo=UTC),
            "1h",
            eager=True,
        ),
    }
)
CONDITIONS = {
    "team = 'a'": pl.col("team") == "a",
    "team IS NULL": pl.col("team").is_null(),
    "team <> 'a'": pl.col("team") != "a",
    "team IS DISTINCT FROM 'a'": pl.col("team").ne_missing("a"),
    "team LIKE 'b\\%%' ESCAPE '\\'": pl.col("team").str.starts_with("b%"),
    "team IN ('a', 'c')": pl.col("team").is_in(["a", "c"]),
    "prompt_tokens BETWEEN 10 AND 20": pl.col("prompt_tokens").is_between(10, 20),
    "cost > 0.0001 OR cost IS NULL": (pl.col("cost") > 0.0001) | pl.col("cost").is_null(),
    "started_at >= TIMESTAMPTZ '2026-05-10'": pl.col("started_at")
    >= datetime(2026, 5, 10, tzinfo=UTC),
    "issue = 'unknown_model' AND NOT cache_hit": (pl.col("issue") == "unknown_model")
    & ~pl.col("cache_hit"),
    "len(quirks) = 0": pl.col("quirks").list.len() == 0,
}


@pytest.fixture(scope="module")
def charges(acme):
    return price(CALLS, cost_map=acme)


@pytest.fixture(params=["frame", "lazy", "priced lazily", "file", "path"])
def given(request, charges, acme, tmp_path):
    """Charges in every way that they can be given."""
    file = tmp_path / "it's [1].parquet"
    charges.write_parquet(file)
    return {
        "frame": charges,
        "lazy": charges.lazy(),
        "priced lazily": price(CALLS.lazy(), cost_map=acme),
        "file": pl.scan_parquet(file, glob=False),
        "path": file,
    }[request.param]


def test_conditions_mean_the_same_however_charges_are_given(given, charges, acme_map):
    with closing(connect(given, cost_map=acme_map)) as connection:
        for sql, expr in CONDITIONS.items():
            found = run_sql(connection, f"SELECT request_id FROM charges WHERE {sql} ORDER BY 1")
            wanted = charges.filter(expr).select("request_id").sort("request_id")
            assert_frame_equal(found, wanted)
        whole = run_sql(connection, "FROM charges ORDER BY prompt_tokens")
        assert_frame_equal(
            whole.select(pl.exclude("started_at")), charges.select(whole.drop("started_at").columns)
        )
        assert (
            whole["started_at"].dt.epoch().to_list() == charges["started_at"].dt.epoch().to_list()
        )


def test_rates_and_models_join(charges, acme_map):
    query = """
        SELECT c.model, any_value(r.usd_per_unit) AS rate, any_value(m.mode) AS mode
        FROM charges c JOIN rates r ON r.model = c.cost_map_key JOIN models m ON m.key = r.model
        WHERE r.meter = 'input_tokens' AND r.service_tier = '' AND r.context_threshold = 0
        GROUP BY 1 ORDER BY 1
    """
    with closing(connect(charges, cost_map=acme_map)) as connection:
        assert run_sql(connection, query).rows() == [
            ("acme/large", 3e-06, "chat"),
            ("acme/small", 1e-06, "chat"),
        ]


def test_days_begin_in_the_zone(charges):
    query = "SELECT date_trunc('day', started_at), count(*) FROM charges GROUP BY 1 ORDER BY 1"
    with closing(connect(charges, tz="Asia/Tokyo")) as connection:
        first = run_sql(connection, query).row(0)
    assert (first[0].isoformat(), first[1]) == ("2026-05-04T00:00:00+09:00", 15)


def test_sums_of_counts_are_whole_numbers(charges):
    with closing(connect(charges)) as connection:
        found = run_sql(
            connection,
            "SELECT sum(prompt_tokens) AS a, 9223372036854775807::HUGEINT + 1 AS b, "
            "NULL::HUGEINT AS c FROM charges",
        )
    assert found.row(0) == (79_800, 2**63, None)
    assert found.dtypes[0] == found.dtypes[2] == pl.Int64


def test_variables_are_no_tables(charges):
    secret = pl.DataFrame({"a": [1]})
    with closing(connect(charges)) as connection:
        with pytest.raises(InputError, match="secret does not exist"):
            run_sql(connection, "FROM secret")
        connection.register("mine", secret)
        assert run_sql(connection, "FROM mine").item() == 1


def test_what_is_no_charges_is_an_error(tmp_path):
    with pytest.raises(InputError, match="these are not charges"):
        connect(CALLS)
    with pytest.raises(InputError, match="no file of charges"):
        connect(tmp_path / "missing.parquet")
    with pytest.raises(UnknownNameError, match="time zone 'Berlin'"):
        connect(CALLS, tz="Berlin")


# -- the magic


@pytest.fixture
def shell(charges):
    shell = InteractiveShell()
    shell.extension_manager.load_extension("llmspend")
    shell.user_ns["charges"] = charges
    yield shell
    shell.extension_manager.unload_extension("llmspend")
    assert "spend" not in shell.magics_manager.magics["cell"]


def test_a_cell_gives_polars(shell):
    found = shell.run_cell_magic(
        "spend", "", "SELECT team, count(*) AS n FROM charges\nGROUP BY 1 ORDER BY 1"
    )
    assert type(found) is pl.DataFrame
    assert found.rows() == [("a", 100), ("b%_", 100), (ODD, 100), (None, 100)]


def test_a_cell_can_name_its_result_and_its_charges(shell, charges):
    shell.user_ns["mine"] = charges.lazy().filter(pl.col("team") == "a")
    line = "few --charges mine --tz Asia/Tokyo"
    assert shell.run_cell_magic("spend", line, "SELECT count(*) AS n FROM charges") is None
    assert shell.user_ns["few"].item() == 100


@pytest.mark.parametrize(
    ("line", "sql", "message"),
    [
        ("", "SELEC 1", "syntax error"),
        ("", "SELECT modle FROM charges", "modle"),
        ("", "FROM nobody", "nobody does not exist"),
        ("--charges nobody", "SELECT 1", "no nobody is there"),
        ("--charges number", "SELECT 1", "number is a int"),
        ("--charges usage", "SELECT 1", "these are not charges"),
        ("--tz Berlin", "SELECT 1", "unknown time zone 'Berlin'"),
        ("class", "SELECT 1", "cannot be the name of a variable"),
        ("a;b", "SELECT 1", "cannot be the name of a variable"),
        ("charges", "SELECT 1", "would overwrite charges"),
        ("--what", "SELECT 1", "unrecognized arguments: --what"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(shell, line, sql, message):
    shell.user_ns |= {"number": 5, "usage": CALLS}
    with pytest.raises(UsageError, match=message):
        shell.run_cell_magic("spend", line, sql)


def test_a_statement_without_rows_gives_nothing(shell):
    assert shell.run_cell_magic("spend", "", "-- nothing asked") is None
