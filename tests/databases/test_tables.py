"""A proxy's own database: its rows are those of a file, with the names and budgets beside them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import quote

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from llmspend import InputError, breakdown, price, read_budgets, read_logs
from llmspend.cli import cli
from llmspend.database_snapshot import open_database
from llmspend.database_tables import TABLES, TEXTS
from llmspend.databases import read_database, scan_database
from llmspend.usage import USAGE_SCHEMA
from tests.databases.traffic import DATA, DAY, ROWS, ROWS_OF_A_DAY, SECRETS


def in_order(frame):
    return frame.sort("request_id").drop("source_file", "source_row")


# -- the same rows as in a file


@pytest.fixture(scope="module")
def day(url):
    return read_database(url, **DAY, names=False).collect()


def test_a_day_equals_its_export_as_csv(server, day, tmp_path):
    table = tmp_path / "day.csv"
    query = (
        'SELECT * FROM "LiteLLM_SpendLogs" '
        "WHERE \"startTime\" >= '2026-06-05' AND \"startTime\" < '2026-06-06'"
    )
    table.write_text(server.psql(f"COPY ({query}) TO STDOUT CSV HEADER") + "\n", "utf-8")
    assert day.height == ROWS_OF_A_DAY
    assert day.schema == USAGE_SCHEMA
    assert_frame_equal(in_order(day), in_order(read_logs(table).collect()))


def test_a_day_equals_its_export_as_parquet(url, day, tmp_path):
    table = tmp_path / "day.parquet"
    scan_database(url, **DAY).sink_parquet(table)
    assert_frame_equal(in_order(day), in_order(read_logs(table).collect()))


def test_every_row_is_read(server, url):
    usage = read_database(url, names=False)
    said = server.psql(
        'SELECT sum(spend)::numeric(20, 9), sum(prompt_tokens) FROM "LiteLLM_SpendLogs"'
    )
    rows, ids, spend, prompts = (
        usage.select(
            pl.len(),
            pl.col("request_id").n_unique().alias("ids"),
            pl.col("logged_spend").sum(),
            pl.col("prompt_tokens").sum(),
        )
        .collect()
        .row(0)
    )
    assert (rows, ids) == (ROWS, ROWS)
    assert f"{prompts}" == said.split("|")[1]
    assert spend == pytest.approx(float(said.split("|")[0]))


def test_a_day_is_priced(url, acme):
    charges = price(read_database(url, **DAY), cost_map=acme)
    by_key = breakdown(charges, "key")
    total = breakdown(charges).row(0, named=True)
    assert by_key["requests"].sum() == total["requests"] == ROWS_OF_A_DAY
    assert by_key["spend"].sum() == pytest.approx(total["spend"])
    assert total["spend"] > 0


def test_an_empty_range_has_every_column(url):
    nothing = read_database(url, since="2030-01-01").collect()
    assert (nothing.height, nothing.schema) == (0, USAGE_SCHEMA)


def test_where_a_row_stands(server, day):
    assert day["source_file"].unique().to_list() == [server.shown()]
    assert day["source_row"].to_list() == list(range(1, ROWS_OF_A_DAY + 1))


def test_what_is_asked_for_is_what_is_given(url, day):
    lazy = read_database(url, **DAY, names=False)
    few = pl.col("prompt_tokens") > 4400
    assert_frame_equal(
        lazy.select("model", "logged_spend").collect(), day.select("model", "logged_spend")
    )
    assert_frame_equal(lazy.filter(few).collect(), day.filter(few))
    assert_frame_equal(lazy.head(7).collect(), day.head(7))
    assert lazy.select(pl.len()).collect().item() == day.height


def test_one_table_read_twice_comes_in_the_same_order(url):
    ids = read_database(url).select("request_id")
    assert ids.collect().equals(ids.collect())


_UGLY = r"""
INSERT INTO ugly."LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, "startTime",
    "endTime", model, metadata, request_tags, prompt_tokens, status)
VALUES ('text in json', 'acompletion', 'sk-raw', 'NaN', '2026-06-01', '2026-06-01', 'acme/small',
        to_jsonb('{"usage_object": {"prompt_tokens": 7}}'::text), '"x"', 0, ''),
       ('no object', '', '', -1, '0001-01-01', '2026-06-01', '', '[1, 2]', 'null', -5, 'x'),
       (E'quotes \' " \\ \n', '', '', 1e300, '2026-06-01', '9999-12-31', '', '17', '[1]',
        2147483647, NULL),
       ('big', '', '', 'Infinity', '2026-06-01', '2026-06-01', '日本 größe',
        '{"usage_object": {"prompt_tokens": 1e30, "completion_tokens": "x"}}', '{}', 0, NULL)
"""


def test_ugly_rows_equal_their_export(server, tmp_path):
    server.psql("CREATE SCHEMA ugly")
    server.psql(
        'CREATE TABLE ugly."LiteLLM_SpendLogs" AS SELECT * FROM "LiteLLM_SpendLogs" LIMIT 0',
        _UGLY,
    )
    table = tmp_path / "ugly.csv"
    exported = server.psql('COPY ugly."LiteLLM_SpendLogs" TO STDOUT CSV HEADER')
    table.write_text(exported + "\n", "utf-8")
    found = read_database(server.url(query="?schema=ugly"), names=False).collect()
    assert found.height == 4
    assert_frame_equal(in_order(found), in_order(read_logs(table).collect()))
    assert "sk-raw" not in str(found.rows())


def test_a_copy_in_lower_case_with_other_types(server, url):
    server.psql(
        "CREATE SCHEMA replica",
        """CREATE TABLE replica.litellm_spendlogs AS SELECT request_id, call_type, api_key,
           spend::numeric AS spend, prompt_tokens::bigint AS prompt_tokens,
           completion_tokens::smallint AS completion_tokens, total_tokens,
           "startTime" AT TIME ZONE 'UTC' AS starttime, "endTime" AS endtime,
           "completionStartTime" AS completionstarttime, model::varchar(99) AS model, model_id,
           model_group, custom_llm_provider, api_base, "user", metadata::text AS metadata,
           cache_hit,
           CASE WHEN request_tags IS NOT NULL THEN ARRAY['env:prod', 'team:größe'] END
           AS request_tags,
           team_id, end_user, session_id, status, organization_id, request_duration_ms,
           litellm_call_id, 'SECRET' AS "MESSAGES" FROM "LiteLLM_SpendLogs"
           WHERE "startTime" >= '2026-06-05' AND "startTime" < '2026-06-07'""",
    )
    replica = server.url(query="?schema=replica")
    original = read_database(url, **DAY, names=False).collect()
    assert_frame_equal(
        in_order(read_database(replica, **DAY, names=False).collect()), in_order(original)
    )
    assert "MESSAGES" not in scan_database(replica).collect_schema()


def test_rows_as_they_are(url):
    rows = scan_database(url, **DAY)
    schema = rows.collect_schema()
    assert not {*TEXTS} & {*schema}
    assert schema["prompt_tokens"] == pl.Int64
    assert schema["startTime"] == pl.Datetime("us")
    assert rows.select("prompt_tokens").collect().height == ROWS_OF_A_DAY
    assert rows.select(pl.len()).collect().item() == ROWS_OF_A_DAY
    asked = scan_database(url, **DAY, columns=["messages", "metadata"]).head(1).collect()
    assert asked["messages"].to_list() == ['{"content": "SECRET PROMPT"}']
    assert set(scan_database(url, texts=True).collect_schema()) >= {*TEXTS}
    with pytest.raises(InputError, match=r"no column 'modell'.*Nearest: model"):
        scan_database(url, columns=["modell"])


# -- as a log like any other


def test_read_logs_takes_a_url(url):
    usage = read_logs(url, **DAY).collect()
    assert_frame_equal(usage, read_database(url, **DAY).collect())


def test_read_logs_takes_a_url_among_files(server, url, tmp_path):
    file = tmp_path / "day.parquet"
    scan_database(url, **DAY).head(9).sink_parquet(file)
    usage = read_logs([file, url], **DAY).select("source_file", "is_duplicate").collect()
    assert dict(usage["source_file"].value_counts().iter_rows()) == {
        str(file): 9,
        server.shown(): ROWS_OF_A_DAY,
    }
    assert usage["is_duplicate"].sum() == 9


def test_names_that_were_given_win(url):
    keys = pl.DataFrame({"token": ["x"], "key_alias": ["mine"]})
    teams = pl.DataFrame({"team_id": ["t-0"], "team_alias": ["Mine"]})
    usage = read_logs(url, **DAY, keys=keys, teams=teams)
    named = usage.filter(team="t-0").select(pl.col("team_alias").unique()).collect()
    assert named["team_alias"].to_list() == ["Mine"]


def test_the_command_line_takes_a_url(server, url, tmp_path):
    out = tmp_path / "day.parquet"
    period = ["--since", DAY["since"], "--until", DAY["until"]]
    done = CliRunner().invoke(cli, ["convert", url, *period, "-o", str(out), "--json"])
    assert json.loads(done.stdout)["rows"] == ROWS_OF_A_DAY
    told = CliRunner().invoke(cli, ["report", url.replace("S3cr", "no"), *period])
    assert f"{server.shown()} cannot be read: the server does not" in str(told.exception)
    for text in (done.output, told.output, str(told.exception), str(pl.read_parquet(out).rows())):
        assert not any(secret in text for secret in SECRETS)


# -- which rows


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        ("2026-06-01T00:00:10", "2026-06-01T00:00:30", 2),  # from the first, without the last
        (date(2026, 6, 5), date(2026, 6, 6), ROWS_OF_A_DAY),
        (datetime(2026, 6, 5, tzinfo=timezone(timedelta(hours=2))), "2026-06-04T22:00:10", 1),
        (None, datetime(2026, 6, 1, 0, 1), 6),  # noqa: DTZ001 - UTC where nothing is said
        (datetime(2026, 6, 23, tzinfo=UTC), None, ROWS - 22 * ROWS_OF_A_DAY),
        (datetime.min, datetime.max, ROWS),  # noqa: DTZ901
    ],
)
def test_a_range_is_half_open_and_in_utc(url, since, until, rows):
    usage = read_database(url, since=since, until=until)
    assert usage.select(pl.len()).collect().item() == rows


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"since": "yesterday"}, "since='yesterday' is not a moment"),
        ({"until": 17}, "until=17 is not a moment"),
        ({"since": "2026-06-02", "until": "2026-06-01"}, "is not before until"),
        ({"since": "2026-06-01'; DROP TABLE x; --"}, "is not a moment"),
    ],
)
def test_a_range_that_is_none(url, bounds, says):
    with pytest.raises(InputError, match=says):
        read_database(url, **bounds)


# -- names


def token(server, number):
    return server.psql(f"SELECT token_of({number})")


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (1, "key 1 now"),
        (2, "key 2 now"),  # was deleted and made again
        (15, "key 15 then"),  # deleted: what the rows say
        (17, "key 17 then"),  # rotated
        (18, "key 1 now"),  # rotated; only its successor has a name
        (19, "key 19 then"),  # no table knows it
    ],
)
def test_keys_bear_their_names(server, url, number, named):
    has_its_own = pl.col("base_model").is_not_null()  # its metadata is not empty
    mine = read_database(url, **DAY).filter(has_its_own, key=token(server, number))
    assert mine.select("key_alias").unique().collect()["key_alias"].to_list() == [named]


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (1, "key 1 now"),
        (15, "key 15 at last"),  # deleted twice
        (16, None),  # deleted without a name
        (17, "key 17 before"),  # rotated
        (18, "key 1 now"),
        (19, None),
    ],
)
def test_rows_without_names_take_those_of_deleted_and_rotated_keys(server, url, number, named):
    bare = pl.col("base_model").is_null()
    mine = read_database(url, **DAY).filter(bare, key=token(server, number))
    assert mine.select("key_alias").unique().collect()["key_alias"].to_list() == [named]


def test_rows_without_a_name_of_their_own_get_one(url):
    bare = pl.col("request_id") == "chatcmpl-035101"  # its metadata is {}
    names = ["key_alias", "team_alias", "user_alias", "organization_alias"]
    rows = read_database(url, **DAY).filter(bare).select(names).collect()
    assert rows.rows() == [("key 1 now", "Support", "bob@acme.example", "Acme")]
    plain = read_database(url, **DAY, names=False).filter(bare)
    assert plain.select(names).collect().rows() == [(None,) * 4]


def test_teams_bear_their_names(url):
    teams = read_database(url, **DAY).group_by("team").agg(pl.col("team_alias").unique().sort())
    found = dict(teams.collect().iter_rows())
    assert found["t-0"] == ["Search"]
    assert set(found["t-4"]) == {"Last name", "team then"}  # deleted
    assert found["t-3"] == ['O\'Brien "&" <b>Söhne</b>']
    assert found["t-2"] == [None, "team then"]  # an empty name is none
    assert found[None] == [None]


def test_companions(url):
    with open_database(url) as database:
        found = database.companions()
    assert {kind: frame.height for kind, frame in found.items()} == {
        "keys": 19,
        "teams": 5,
        "users": 2,
        "organizations": 2,
        "projects": 1,
        "end_users": 2,
    }
    for frame in found.values():
        assert frame[:, 0].is_unique().all()
        assert "SECRET" not in str(frame.rows())
    states = dict(found["keys"].group_by("state").len().iter_rows())
    assert states == {"active": 15, "deleted": 2, "rotated": 2}
    assert found["users"].row(0, named=True) == {
        "user_id": "u-1",
        "user_alias": "Ada",
        "user_email": "ada@acme.example",
        "organization_id": "o-1",
        "deleted_at": None,
        "state": "active",
    }


# -- budgets


def test_budgets(url):
    budgets = read_budgets(url)
    reset = datetime(2026, 7, 1, tzinfo=UTC)
    rows = {(r["entity"], r["alias"] or r["id"]): r for r in budgets.rows(named=True)}
    assert rows["team", "Search"] == {
        "entity": "team",
        "id": "t-0",
        "alias": "Search",
        "within": None,
        "max_budget": 1000.0,
        "soft_budget": 800.0,
        "budget_duration": "30d",
        "budget_reset_at": None,
        "spend": 12.5,
    }
    own = rows["key", "key 3 now"]  # its own comes before the shared one
    assert (own["max_budget"], own["soft_budget"], own["budget_reset_at"]) == (50.0, 400.0, reset)
    assert rows["key", "key 4 now"]["max_budget"] == 500.0
    assert rows["organization", "Acme"]["budget_reset_at"] == reset + timedelta(milliseconds=500)
    assert rows["team_member", "u-1"]["within"] == "t-0"
    assert rows["organization_member", "u-1"]["within"] == "o-1"
    assert rows["user", "u-2"]["spend"] == 24.5
    assert {e for e, _ in rows} >= {"project", "end_user", "tag"}
    assert len(rows) == budgets.height == 10  # Subsidiary's budget says nothing
    assert "SECRET" not in str(budgets.rows())


def test_a_database_without_budgets(server):
    server.psql("CREATE SCHEMA bare", 'CREATE TABLE bare."LiteLLM_TeamTable" (team_id text)')
    assert read_budgets(server.url(query="?schema=bare")).height == 0


# -- schemas


def test_a_schema_may_have_any_name(server):
    name = "we\"ird; -- it's\\"
    server.psql(
        'CREATE SCHEMA "we""ird; -- it\'s\\"',
        'CREATE TABLE "we""ird; -- it\'s\\"."LiteLLM_SpendLogs" (LIKE public."LiteLLM_SpendLogs")',
    )
    url = server.url(query=f"?schema={quote(name, safe='')}")
    assert read_database(url).collect().height == 0


def test_the_schema_has_every_table_that_is_read():
    schema = (DATA / "litellm_schema.sql").read_text()
    assert {*re.findall(r'CREATE TABLE "(\w+)"', schema)} == TABLES
