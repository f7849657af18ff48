"""A PostgreSQL server of the tests' own: in a directory of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

OWNER, PASSWORD = "owner", "S3cr:t/p@ss #1?"
"""Every character that a URL has another use for."""

_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "log_statement": "all",
    "log_line_prefix": "<%a> ",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

_PROGRAMS = ("initdb", "pg_ctl", "postgres", "psql")


def programs():
    """Find PostgreSQL's programs; Debian keeps the server's out of the path."""
    found = [Path(p).resolve().parent for p in (shutil.which("initdb"),) if p]
    found += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    return next((p for p in found if all((p / n).exists() for n in _PROGRAMS)), None)


class Server:
    """A running server, and what it logged."""

    def __init__(self, place, bin_dir):
        self.place, self._bin = place, bin_dir
        self._log = place / "log"
        self._as = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to be run by root
            names = {user.pw_name for user in pwd.getpwall()}
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(place, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        (self.place / "password").write_text(PASSWORD)
        self._run(
            *("initdb", "-D", "data", "-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync"),
            *("-A", "scram-sha-256", "--pwfile=password"),
        )
        with (self.place / "data" / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{k} = '{v}'\n" for k, v in _SETTINGS.items())
        options = f"-p {self.port} -k {self.place}"
        self._run("pg_ctl", "start", "-w", "-D", "data", "-o", options, "-l", "log")

    def stop(self):
        self._run("pg_ctl", "stop", "-D", "data", "-m", "immediate")

    def _run(self, program, *arguments):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.place,
            env=env | {"LC_ALL": "C", "HOME": str(self.place)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **self._as,
        )
        if done.returncode:
            log = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
            raise RuntimeError(f"{program}: {done.stdout.decode(errors='replace')}\n{log}")

    def url(self, database="litellm", user=OWNER, password=PASSWORD, query="", port=None):
        """A URL as somebody would write it, percent-encoded."""
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{who}@127.0.0.1:{port or self.port}/{database}{query}"

    def shown(self, database="litellm"):
        return f"postgresql://***@127.0.0.1:{self.port}/{database}"

    def psql(self, *commands, database="litellm", file=None):
        """Run SQL as the owner; gives what it printed, unaligned."""
        arguments = [a for c in commands for a in ("-c", c)] + (["-f", str(file)] if file else [])
        done = subprocess.run(
            [
                *(self._bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"),
                *("-p", str(self.port), "-U", OWNER, "-d", database, *arguments),
            ],
            env=os.environ | {"PGPASSWORD": PASSWORD, "PGAPPNAME": "the test"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def hearing(self):
        """Collect the statements that llmspend sends meanwhile."""
        before = self._log.stat().st_size
        heard = []
        yield heard
        with self._log.open("rb") as file:
            file.seek(before)
            lines = file.read().decode("utf-8", "replace").splitlines()
        for line in lines:
            who, _, rest = line.partition("> LOG:  ")
            kind, _, statement = rest.partition(": ")
            if who == "<llmspend" and (kind == "statement" or kind.startswith("execute")):
                heard.append(statement)

    def connections(self):
        """How many connections llmspend has open."""
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'llmspend'"
        return int(self.psql(count, database="postgres"))


@contextmanager
def running():
    """Give a server; where PostgreSQL is not installed, the tests are skipped, in CI they fail."""
    bin_dir = programs()
    if bin_dir is None:
        reason = "PostgreSQL is not installed: apt-get install postgresql (initdb was looked for)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    place = Path(tempfile.mkdtemp(prefix="llmspend-pg-", dir="/tmp"))
    server = Server(place, bin_dir)
    try:
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
