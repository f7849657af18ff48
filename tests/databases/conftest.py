"""A server with a proxy's database, for all tests here; none leaves a connection open."""

from __future__ import annotations

import pytest

from tests import postgres
from tests.databases.traffic import DATA


@pytest.fixture(scope="session")
def server():
    """A server with a proxy's database of 200,000 requests, as its owner left it."""
    tables, index, indexes = (DATA / "litellm_schema.sql").read_text().partition("CREATE INDEX")
    with postgres.running() as server:
        server.psql("CREATE DATABASE litellm", database="postgres")
        server.psql(tables)
        server.psql(file=DATA / "litellm_rows.sql")
        server.psql(index + indexes)
        server.psql(
            "CREATE ROLE stranger LOGIN PASSWORD 'x y'",
            "CREATE ROLE accountant LOGIN PASSWORD 'x y'",
            'GRANT SELECT ON "LiteLLM_SpendLogs" TO accountant',
            'GRANT SELECT (team_id, team_alias) ON "LiteLLM_TeamTable" TO accountant',
        )
        yield server


@pytest.fixture(scope="session")
def url(server):
    return server.url()


@pytest.fixture(autouse=True)
def connections_are_closed(server):
    yield
    assert server.connections() == 0
