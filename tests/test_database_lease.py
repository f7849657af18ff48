"""Batches are given back when nobody asks for them: of a database soon, of files when dropped."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from llmspend import database_lease, read_logs
from llmspend.database_lease import Batches, Lease
from tests.test_cli import LINES, SAMPLE


def timers():
    return [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.is_alive()]


@pytest.mark.parametrize("kind", [Batches, Lease])
def test_what_is_dropped_is_closed_at_once(kind):
    said = []

    def read():
        try:
            while True:
                yield pl.DataFrame()
        finally:
            said.append("closed")

    before = timers()
    batches = kind(read())
    next(batches)
    del batches
    gc.collect()
    assert said == ["closed"]
    for timer in {*timers()} - {*before}:
        timer.join(5)
    assert {*timers()} <= {*before}


def test_files_wait_for_as_long_as_it_takes(monkeypatch):
    # a pause of nothing is too long for a database
    monkeypatch.setattr(database_lease, "IDLE_SECONDS", 0.0)
    read = read_logs([SAMPLE, LINES, SAMPLE]).select("model").collect()
    lines = len(LINES.read_text("utf-8").splitlines())
    assert read.height == 2 * pl.read_parquet(SAMPLE).height + lines


def test_files_that_are_left_halfway_leave_no_timer():
    before = timers()
    usage = read_logs([SAMPLE, LINES, SAMPLE])
    assert usage.filter(pl.col("model").is_not_null()).head(5).collect().height == 5
    assert {*timers()} <= {*before}


def test_python_ends_in_peace_after_half_a_read(tmp_path):
    log = pl.concat([pl.read_parquet(SAMPLE)] * 30)
    log.write_parquet(tmp_path / "log.parquet")
    script = """if True:
        import polars as pl
        import llmspend
        usage = llmspend.read_logs(input())
        print(usage.filter(pl.col("prompt_tokens") > 600).head(5).collect().height)
    """
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=str(tmp_path / "log.parquet"),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("5\n", "", 0)
