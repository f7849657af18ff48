"""``llmspend breakdown``: the table, the whole of it as a file or JSON, and what goes wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal
from rich.console import Console

import llmspend
from llmspend.cli import _breakdown, cli
from llmspend.errors import LlmspendError

SAMPLE = Path(__file__).parent.parent / "sample_data" / "litellm_spend_logs.parquet"


@pytest.fixture(scope="module")
def charges(tmp_path_factory):
    path = tmp_path_factory.mktemp("charges") / "charges.parquet"
    llmspend.price(llmspend.read_logs(SAMPLE)).sink_parquet(path)
    return path


def run(*arguments):
    done = CliRunner().invoke(cli, ["breakdown", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_it_prints_what_python_shows(charges):
    found = llmspend.breakdown(charges, ["team", "model"], every="week")
    shown = str(llmspend.show_table(found, top=5))
    said = run(charges, "--by", "team, model", "--every", "week", "--top", 5).stdout
    assert said == shown + "\n"
    assert said.startswith("Spend by team and model\n")


def test_without_a_dimension_it_is_the_total_of_a_log(charges):
    said = run(SAMPLE).stdout
    assert said == str(llmspend.breakdown(charges)) + "\n"


def test_a_narrow_terminal_has_fewer_columns_but_whole_numbers(charges, monkeypatch):
    monkeypatch.setattr(_breakdown, "console", lambda: Console(width=50))
    said = run(charges, "--by", "team", "--every", "week").stdout
    headings, first = said.splitlines()[1:3]
    assert headings.split() == ["Team", "Spend", "Share", "Trend"]
    assert "$1,102.36" in first
    assert "Trend: spend in each of 8 periods" in said
    monkeypatch.setattr(_breakdown, "console", lambda: Console(width=20))
    said = run(charges, "--by", "team", "--every", "week").stdout
    assert said.splitlines()[1].split() == ["Team", "Spend"]
    assert "Trend" not in said


def test_two_names_share_a_narrow_terminal(charges, monkeypatch):
    monkeypatch.setattr(_breakdown, "console", lambda: Console(width=36))
    _, headings, *rows = run(charges, "--by", "team,model", "--top", 4).stdout.splitlines()
    assert headings.split() == ["Team", "Model", "Spend"]
    # 36 less 9 of "$1,047.88" and two gaps of two
    assert max(map(len, rows[:4])) == 36
    assert rows[0].split()[-1] == "$1,047.88"
    assert "…" in rows[0]
    assert rows[0].split()[1].endswith("4-7")


def test_files_and_json_have_every_row_and_column(charges, tmp_path):
    found = llmspend.breakdown(charges, "key", every="day", tz="Europe/Berlin")
    options = ("--by", "key", "--every", "day", "--tz", "Europe/Berlin")
    for name in ("out.parquet", "out.csv"):
        done = run(charges, *options, "-o", tmp_path / name)
        assert done.stdout == ""
        assert f"{found.height:,} rows" in done.stderr
    assert_frame_equal(pl.read_parquet(tmp_path / "out.parquet"), pl.DataFrame(found))
    read = pl.read_csv(tmp_path / "out.csv")
    assert read.columns == found.columns
    assert read["spend"].to_list() == found["spend"].to_list()
    records = json.loads(run(charges, *options, "--json").stdout)
    assert [r["spend"] for r in records] == found["spend"].to_list()
    assert records[0]["period"] == found["period"][0].isoformat()


def test_names_are_no_formulas_in_a_spreadsheet(tmp_path):
    calls = pl.DataFrame(
        {"model": ["gpt-4o"] * 2, "prompt_tokens": [9, 8], "team": ["=1+1", "a=1"]}
    )
    llmspend.price(calls).write_parquet(tmp_path / "charges.parquet")
    run(tmp_path / "charges.parquet", "--by", "team", "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["team"] for row in csv.DictReader(file)] == ["'=1+1", "a=1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--by", "kay"], "unknown dimension 'kay'. Nearest: 'key'"),
        (["--by", "team,team"], "a dimension is named twice"),
        (["--tz", "Europe/Berlyn"], "Nearest: 'Europe/Berlin'"),
        (["-o", "out.xlsx"], "a breakdown is written as .csv or .parquet: out.xlsx is neither"),
        (["-o", "s3://b/out.csv"], "is elsewhere"),
    ],
)
def test_what_is_wrong_is_named(charges, options, message):
    with pytest.raises(LlmspendError) as caught:
        run(charges, *options)
    assert message in str(caught.value)


def test_the_input_is_not_written_over(charges):
    with pytest.raises(LlmspendError, match="is the input"):
        run(charges, "-o", charges)
