"""Progress is drawn where somebody watches, and counts what was read."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from llmspend import progress, read_logs

LOG = "sample_data/litellm_spend_logs.csv"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def watch(monkeypatch):
    """Put a terminal in the place of stderr; pytest does so too, before every test."""

    def put():
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    return put


@pytest.mark.parametrize(("total", "unit"), [(None, "rows"), (160, "rows"), (5000, "B")])
def test_a_terminal_sees_a_bar(watch, total, unit):
    terminal = watch()
    with progress("reading it", total=total, unit=unit) as on_rows:
        read_logs(LOG, on_rows=on_rows).collect()
    assert "reading it" in terminal.getvalue()


def test_nobody_sees_nothing(capsys):
    with progress() as on_rows:
        on_rows(5)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_sees_tqdm(monkeypatch, watch):
    terminal = watch()
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with progress("pricing", total=80) as on_rows, ThreadPoolExecutor(4) as threads:
        list(threads.map(on_rows, [20] * 4))
    assert "pricing" in terminal.getvalue()


def test_an_error_passes_through(watch):
    watch()
    with pytest.raises(ZeroDivisionError), progress():
        1 / 0  # noqa: B018
