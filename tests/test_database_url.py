"""URLs of databases: as people write them, and never shown whole."""

from __future__ import annotations

import pickle
import traceback

import pytest

from llmspend import LogFormatError
from llmspend.database_errors import explained
from llmspend.database_url import database_url, is_database_url

GIVEN = "postgresql://reader:S3cret%40%2F@db.acme.example:5433/litellm"


def settings(url):
    return dict(database_url(url).settings)


@pytest.mark.parametrize(
    ("url", "shown", "expected"),
    [
        (
            GIVEN,
            "postgresql://***@db.acme.example:5433/litellm",
            {
                "user": "reader",
                "password": "S3cret@/",
                "host": "db.acme.example",
                "port": "5433",
                "dbname": "litellm",
            },
        ),
        ("postgres://db/x", "postgresql://db/x", {"host": "db", "dbname": "x"}),
        ("POSTGRESQL://db", "postgresql://db", {"host": "db"}),
        ("postgresql+psycopg2://db", "postgresql://db", {"host": "db"}),
        ("postgresql://", "postgresql://", {}),
        (
            "postgresql://u:a:b@[::1]:99/x",
            "postgresql://***@[::1]:99/x",
            {"user": "u", "password": "a:b", "host": "::1", "port": "99", "dbname": "x"},
        ),
        (
            "postgresql://u@a,b:2/x",
            "postgresql://***@a,b:2/x",
            {"user": "u", "host": "a,b", "port": ",2", "dbname": "x"},
        ),
        (
            "postgresql:///x?host=/run/pg&user=u&password=S3cret",
            "postgresql://***@%2Frun%2Fpg/x",
            {"host": "/run/pg", "user": "u", "password": "S3cret", "dbname": "x"},
        ),
        (
            "postgresql://db/x?sslmode=require&schema=llm&connection_limit=9&pgbouncer=true",
            "postgresql://db/x",
            {"host": "db", "dbname": "x", "sslmode": "require"},
        ),
        ("postgresql://db?ssl=true", "postgresql://db", {"host": "db", "sslmode": "require"}),
        ("postgresql://db/a%0Ab", "postgresql://db/a%0Ab", {"host": "db", "dbname": "a\nb"}),
    ],
)
def test_a_url_is_read_and_shown_without_credentials(url, shown, expected):
    assert settings(url) == expected
    assert database_url(url).shown == shown
    assert repr(database_url(url)) == f"DatabaseURL({shown!r})"


def test_prismas_schema_is_kept_and_its_pool_passed_over():
    assert database_url("postgresql://db/x?schema=llm&pool_timeout=3").schema == "llm"
    assert database_url("postgresql://db/x").schema is None


def test_settings_are_quoted_for_the_driver():
    conninfo = database_url("postgresql://u:it's%5C@db/x?connect_timeout=3").conninfo()
    assert r"password='it\'s\\'" in conninfo
    assert "connect_timeout='3'" in conninfo
    assert "fallback_application_name='llmspend'" in conninfo


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:S3c@ret@db/x", "%40 for @"),
        ("postgresql://u:S3c/ret@db/x", "%2F for /"),
        ("postgresql://u:S3c?ret@db/x", "%3F for ?"),
        ("postgresql://u:S3c?ret=1@db/x", "%3F for ?"),
        ("postgresql://u:S3cret%4@db/x", "%25 for %"),
        ("postgresql://u:S3cret%00@db/x", "percent-encod|%25 for %"),
        ("postgresql://u:S3cret", "not a port number"),
        ("postgresql://db:S3cret/x", "not a port number"),
        ("postgresql://db/x?S3cret", "that PostgreSQL does not know"),
        ("postgresql://db/x?sslmod=require", "Nearest: sslmode"),
        ("mysql://u:S3cret@db/x", "MySQL is not .* postgresql://"),
        ("mysql+pymysql://u:S3cret@db/x", "MySQL is not"),
        ("prisma+postgres://S3cret", "Prisma Accelerate is not"),
        ("nonsense://u:S3cret@db/x", "this is not a database"),
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(url, says):
    with pytest.raises(LogFormatError, match=says) as caught:
        database_url(url)
    assert "S3c" not in "".join(traceback.format_exception_only(caught.value))


def test_which_paths_are_databases():
    for url in (GIVEN, "postgres://db", "mysql://db", "sqlite:///x.db", "POSTGRES://x"):
        assert is_database_url(url), url
    for path in (
        "logs.csv",
        "s3://bucket/x.parquet",
        "https://acme.example/x",
        "postgres",
        3,
        None,
    ):
        assert not is_database_url(path), path


def test_a_url_is_not_pickled():
    with pytest.raises(TypeError, match="password would be written down"):
        pickle.dumps(database_url(GIVEN))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ('FATAL:  password authentication failed for user "reader"', "user name and password"),
        ('FATAL:  database "x" does not exist', "no database of this name"),
        ('could not translate host name "db" to address', "no host of this name"),
        ("port 5433 failed: Connection refused", "nothing listens there"),
        ("timeout expired", "does not answer"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "reader"', "sslmode=require"),
        ("server does not support SSL, but SSL was required", "encryption"),
        ("FATAL:  sorry, too many clients already", "no more connections"),
        ('ERROR:  permission denied for table "x" SQLSTATE: 42501', "GRANT SELECT"),
        ("ERROR:  canceling statement due to statement timeout", "since= and until="),
        ("ERROR:  canceling statement due to lock timeout", "is locked"),
        ("server closed the connection unexpectedly", "broke off"),
        ("what\never", "cannot be read: what$"),
        ('ERROR:  odd things of "reader"\nDETAIL: x', r"cannot be read: odd things of \*\*\*$"),
        ("ERROR:  it said S3cret@/ aloud", "not shown"),
    ],
)
def test_what_servers_say_is_explained_without_credentials(words, says):
    error = explained(database_url(GIVEN), words)
    with pytest.raises(LogFormatError, match=says):
        raise error
    assert "postgresql://***@db.acme.example:5433/litellm" in str(error)
    assert "S3cret" not in str(error)
    assert "reader" not in str(error)
