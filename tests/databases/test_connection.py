"""The connection to a proxy's own database: what is sent, how it ends, what is never shown."""

from __future__ import annotations

import logging
import pickle
import re
import subprocess
import sys
import time
import traceback

import polars as pl
import pytest

from llmspend import LogFormatError, read_budgets, read_logs
from llmspend import database_sql as sql
from llmspend.database_lease import Lease
from llmspend.database_snapshot import open_database
from llmspend.database_tables import TEXTS
from llmspend.databases import read_database, scan_database
from llmspend.moments import as_moment
from tests.databases.traffic import DATA, DAY, ROWS, SECRETS

# -- what is sent


def copies(heard):
    return [s for s in heard if s.startswith("COPY") and '"LiteLLM_SpendLogs"' in s]


def test_only_the_columns_and_the_rows_that_are_needed_are_sent(server, url):
    with server.hearing() as heard:
        read_database(url, **DAY).select("model", "logged_spend").collect()
    (copy,) = copies(heard)
    assert copy == (
        'COPY (SELECT "spend" AS "spend", "model" AS "model" FROM "public"."LiteLLM_SpendLogs" '
        "WHERE \"startTime\" >= TIMESTAMP '2026-06-05 00:00:00.000000' "
        "AND \"startTime\" < TIMESTAMP '2026-06-06 00:00:00.000000') TO STDOUT (FORMAT binary)"
    )
    assert not any('VerificationToken" ' in s for s in heard)  # no names were asked for


def test_prompts_are_never_sent(server, url):
    with server.hearing() as heard:
        whole = read_database(url, **DAY).collect()
        scan_database(url, **DAY).collect()
    for statement in copies(heard):
        assert not re.search("|".join(f'"{text}"' for text in TEXTS), statement)
    assert "SECRET" not in str(whole.rows())


def test_metadata_stays_where_it_is_unless_needed(server, url):
    with server.hearing() as heard:
        read_database(url, **DAY).select("request_id", "started_at").collect()
    assert '"metadata"' not in copies(heard)[0]


def test_a_count_reads_one_small_column(server, url):
    with server.hearing() as heard:
        read_database(url).select(pl.len()).collect()
    (copy,) = copies(heard)
    assert copy.count(" AS ") == 1
    assert '"metadata"' not in copy


def test_every_statement_reads(server, url):
    with server.hearing() as heard:
        read_database(url, **DAY).collect()
        read_budgets(url)
    begun = [i for i, s in enumerate(heard) if s.startswith("BEGIN")]
    assert begun
    for i in begun:
        assert heard[i + 1] == sql.BEGIN[0]
    allowed = (
        "SELECT",
        "BEGIN",
        "SET TRANSACTION",
        "SET LOCAL",
        "COPY (SELECT",
        "ROLLBACK",
        "COMMIT",
    )
    assert all(s.startswith(allowed) for s in heard if s), heard


def test_the_range_uses_the_index(server, url):
    with open_database(url) as database:
        query = sql.rows(database.logs, ["spend"], *(as_moment(m, "") for m in DAY.values()))
    plan = server.psql(f"EXPLAIN {query}")
    assert re.search(r"Index Cond: .*startTime.* >= .* < ", plan), plan


def test_nothing_can_be_written(url):
    delete = 'DELETE FROM "LiteLLM_SpendLogs"'
    refused = pytest.raises(LogFormatError, match="read-only transaction")
    with open_database(url) as database, refused:
        database._do(delete)
    with open_database(url) as database:
        asked = "SELECT current_setting('transaction_isolation') a, current_setting('TimeZone') b"
        assert database._small(asked, {}).row(0) == ("repeatable read", "UTC")


# -- one moment


def test_names_and_rows_are_of_one_moment(server, url):
    change = """UPDATE "LiteLLM_TeamTable" SET team_alias = 'Renamed' WHERE team_id = 't-0';
        UPDATE "LiteLLM_SpendLogs" SET spend = 999 WHERE request_id = 'chatcmpl-000000';
        DELETE FROM "LiteLLM_SpendLogs" WHERE request_id = 'chatcmpl-199999'"""
    ids = "request_id IN ('chatcmpl-000000', 'chatcmpl-199999')"
    undo = [
        f'CREATE TABLE kept AS SELECT * FROM "LiteLLM_SpendLogs" WHERE {ids}',
        'DELETE FROM "LiteLLM_SpendLogs" WHERE request_id IN (SELECT request_id FROM kept)',
        'INSERT INTO "LiteLLM_SpendLogs" SELECT * FROM kept',
        "UPDATE \"LiteLLM_TeamTable\" SET team_alias = 'Search' WHERE team_id = 't-0'",
    ]
    server.psql(undo[0])
    with open_database(url) as database:
        batches = database.batches(["request_id", "spend"], batch_rows=1000)
        first = next(batches)
        server.psql(change)
        rows = pl.concat([first, *batches])
        teams = database.companions()["teams"]
        again = pl.concat(database.batches(["request_id", "spend"]))
    server.psql(*undo[1:])
    assert rows.height == again.height == ROWS
    assert rows["spend"].max() < 1
    assert rows.sort("request_id").equals(again.sort("request_id"))
    assert teams.filter(team_id="t-0")["team_alias"].to_list() == ["Search"]


def test_rows_come_in_batches(url):
    with open_database(url) as database:
        heights = [b.height for b in database.batches(["spend"], batch_rows=10_000)]
        sizes = [b.nbytes for b in database.reader(database.schema())]
    assert sum(heights) == ROWS
    assert max(heights) <= 10_000
    assert len(sizes) > 5
    assert max(sizes) < 2 * 16 * 2**20


def test_a_reader_that_is_left_closes_its_connection(server, url):
    with open_database(url) as database:
        next(database.batches())
        assert server.connections() == 1
    assert server.connections() == 0
    with pytest.raises(ZeroDivisionError), open_database(url):
        1 / 0  # noqa: B018
    assert read_database(url).head(3).collect().height == 3
    assert server.connections() == 0
    assert scan_database(url).head(3).collect().height == 3


def test_a_pause_that_is_too_long_closes_the_connection(server, url):
    def read():
        with open_database(url) as database:
            yield from database.batches(batch_rows=100)

    lease = Lease(read(), idle=0.1)
    assert next(lease).height == 100
    for _ in range(200):
        if not server.connections():
            break
        time.sleep(0.02)
    assert server.connections() == 0
    with pytest.raises(LogFormatError, match=r"paused .*sink_parquet"):
        next(lease)


def test_python_ends_in_peace_after_half_a_read(url):
    script = """if True:
        import polars as pl
        from llmspend.databases import read_database
        print(read_database(input()).filter(pl.col("prompt_tokens") > 600).head(5).collect().height)
    """
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=url,
        capture_output=True,
        text=True,
        check=False,
        cwd=DATA.parent.parent,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("5\n", "", 0)


# -- who may not read everything


def test_a_user_who_may_read_the_logs_only(server):
    url = server.url(user="accountant", password="x y")
    usage = read_database(url, **DAY).select("key_alias", "team_alias").collect()
    assert set(usage["key_alias"].drop_nulls()) == {f"key {i} then" for i in range(20)}
    assert "Search" in set(usage["team_alias"])  # two columns of the teams are granted
    assert read_budgets(url).height == 0


def test_a_user_who_may_read_nothing(server):
    url = server.url(user="stranger", password="x y")
    with pytest.raises(LogFormatError, match='GRANT SELECT ON "LiteLLM_SpendLogs"'):
        read_database(url)


def test_a_user_who_may_read_some_columns(server):
    server.psql(
        "CREATE ROLE clerk LOGIN PASSWORD 'x y'",
        'GRANT SELECT (request_id, spend, "startTime", model) ON "LiteLLM_SpendLogs" TO clerk',
    )
    with pytest.raises(LogFormatError, match="lacks the columns call_type, metadata"):
        read_database(server.url(user="clerk", password="x y"))


# -- what goes wrong


def test_a_wrong_password(server):
    wrong = server.url(password="S3cret? wr@ng")
    with pytest.raises(LogFormatError, match="user name and password") as caught:
        read_database(wrong)
    assert server.shown() in str(caught.value)
    whole = "".join(traceback.format_exception(caught.value))
    link = caught.value
    while link is not None:
        whole += f"{link}{link!r}"
        link = link.__cause__ or link.__context__
    assert "wr@ng" not in whole
    assert "wr%40ng" not in whole


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("127.0.0.1", "no-such-host.invalid"), "no host of this name"),
        (("127.0.0.1", "%2Fnowhere"), "nothing listens there"),
        (("/litellm", "/nothing"), "no database of this name"),
        (("/litellm", "/postgres"), 'no table "LiteLLM_SpendLogs".*Other databases there: litellm'),
        (("/litellm", "/litellm?schema=nowhere"), "in schema nowhere.*There is one in schema"),
        (("/litellm", "/litellm?sslmode=require"), "encryption"),
        (("postgresql:", "mysql:"), "MySQL is not .*postgresql://"),
    ],
)
def test_a_database_that_cannot_be_read_says_so(url, change, says):
    wrong = url.replace(*change)
    for read in (read_database, scan_database):
        with pytest.raises(LogFormatError, match=says) as caught:
            read(wrong)
        assert not any(secret in str(caught.value) for secret in SECRETS)


def test_nothing_listens(server):
    with pytest.raises(LogFormatError, match="nothing listens there"):
        read_budgets(server.url(port=1))


def test_a_schema_without_logs(server):
    server.psql("CREATE SCHEMA empty")
    with pytest.raises(LogFormatError, match=r'no table "LiteLLM_SpendLogs" in schema empty\.'):
        read_database(server.url(query="?schema=empty"))


def test_reading_takes_too_long(url):
    with pytest.raises(LogFormatError, match="longer than allowed"):
        read_database(url, timeout=0.001).collect()


def test_a_server_that_ends_the_connection_while_reading(server, url):
    with open_database(url) as database:
        batches = database.batches()
        next(batches)
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        server.psql(f"{kill} 'llmspend'")
        with pytest.raises(LogFormatError, match="broke off"):
            list(batches)


def test_the_driver_is_not_installed(url, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(LogFormatError, match=r"pip install 'llmspend-analytics\[postgres\]'"):
        read_database(url)


def test_other_databases_and_their_passwords():
    with pytest.raises(LogFormatError, match="MySQL is not") as caught:
        read_logs("mysql://u:S3cret@db/x")
    assert "S3cret" not in str(caught.value)


# -- what is never shown


def test_credentials_are_shown_nowhere(url, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    lazy = read_database(url, **DAY)
    frame = lazy.collect()
    with open_database(url) as database:
        shown = [repr(database), str(vars(database)), repr(database.url)]
    shown += [repr(lazy), lazy.explain(), lazy.explain(optimized=False), str(frame.rows())]
    out = capfd.readouterr()
    shown += [caplog.text, out.out, out.err]
    for text in shown:
        assert not any(secret in text for secret in SECRETS)


def test_a_frame_with_a_url_is_not_written_down(url):
    with pytest.raises(Exception, match=r"pickle") as caught:
        pickle.dumps(read_database(url))
    assert not any(secret in str(caught.value) for secret in SECRETS)
