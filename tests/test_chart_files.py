"""Charts as files, and the command that writes them."""

from __future__ import annotations

import sys

import polars as pl
import pytest
from click.testing import CliRunner

import llmspend
from llmspend.chart_files import CHART_FILES, save_chart
from llmspend.cli import cli
from llmspend.errors import InputError, UnknownNameError

BEGINS = {".png": b"\x89PNG", ".svg": b"<svg", ".html": b"<!doctype html>", ".pdf": b"%PDF"}


@pytest.fixture(scope="module")
def charges():
    days = pl.datetime_range(pl.datetime(2026, 5, 4), pl.datetime(2026, 5, 30), "1d", eager=True)
    calls = pl.DataFrame({"started_at": days, "model": "gpt-4o", "prompt_tokens": 100_000})
    return llmspend.price(calls)


@pytest.fixture(scope="module")
def saved(charges, tmp_path_factory):
    """A file of charges."""
    path = tmp_path_factory.mktemp("charges") / "c.parquet"
    charges.write_parquet(path)
    return path


def run(*arguments):
    return CliRunner().invoke(cli, ["chart", *map(str, arguments)])


@pytest.mark.parametrize("extension", CHART_FILES)
def test_every_kind_of_file(charges, extension, tmp_path):
    chart = llmspend.charts.spend_over_time(charges)
    path = save_chart(chart, tmp_path / f"spend{extension}")
    assert path.read_bytes().startswith(BEGINS[extension])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_another_extension_is_told_before_anything_is_read(tmp_path):
    done = run("spend-over-time", "nowhere.parquet", "-o", tmp_path / "spend.gif")
    assert isinstance(done.exception, InputError)
    assert str(done.exception) == (
        "a chart is written as .png, .svg, .html, .pdf: spend.gif ends in none of them."
    )


def test_a_failure_leaves_what_was_there(charges, tmp_path, monkeypatch):
    monkeypatch.setitem(CHART_FILES, ".svg", lambda _: 1 / 0)
    (tmp_path / "spend.svg").write_text("old")
    with pytest.raises(ZeroDivisionError):
        save_chart(llmspend.charts.spend_over_time(charges), tmp_path / "spend.svg")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_without_the_extra_it_says_what_to_install(charges, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'llmspend-analytics\[export\]'"):
        save_chart(llmspend.charts.spend_over_time(charges), tmp_path / "spend.png")


def test_the_command_draws_every_chart_by_its_own_arguments(saved, tmp_path):
    out = tmp_path / "spend.svg"
    done = run("spend-over-time", saved, "--by", "provider", "--every", "day", "-o", out)
    assert done.exit_code == 0, done.output
    assert "USD per day" in out.read_text()
    assert "spend.svg: " in done.stderr


def test_help_lists_the_charts_with_a_line_each():
    listed = run("--help").output
    for name in set(llmspend.charts.__all__) - {"enable"}:
        (line,) = [ln for ln in listed.splitlines() if ln.split()[:1] == [name.replace("_", "-")]]
        assert len(line.split()) > 4
    options = run("spend-over-time", "--help").output
    assert "--every" in options
    assert "The dimension that gives the colours" in options


@pytest.mark.parametrize("name", sorted(set(llmspend.charts.__all__) - {"enable"}))
def test_every_option_says_what_it_is(name):
    command = cli.commands["chart"].get_command(None, name)
    for option in command.params[1:]:
        assert option.help, f"{name} --{option.name}"


def test_underscores_are_dashes_and_unknown_names_have_nearest(saved, tmp_path):
    assert run("spend_over_time", saved, "-o", tmp_path / "a.svg").exit_code == 0
    error = run("spend-ovr-time", saved, "-o", tmp_path / "a.svg").exception
    assert isinstance(error, UnknownNameError)
    assert "Nearest: 'spend-over-time'" in str(error)


def test_the_output_is_never_the_input(saved, tmp_path):
    page = tmp_path / "c.html"
    page.symlink_to(saved)
    error = run("spend-over-time", saved, "-o", page).exception
    assert "is the input" in str(error)
