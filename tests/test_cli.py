"""The command line as a user meets it: real processes, exit codes, stdout and stderr apart."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

import llmspend
from llmspend.cli import cli

SAMPLE = Path(__file__).parent.parent / "sample_data" / "litellm_spend_logs.parquet"
LINES = SAMPLE.with_suffix(".jsonl")


def run(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parent.parent
    return subprocess.run(
        [sys.executable, "-m", "llmspend", *map(str, args)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
    )


def test_report_prints_the_three_tables_and_what_is_unpriced():
    done = run("report", SAMPLE)
    assert done.returncode == 0
    assert done.stderr == ""
    for part in ("by model", "by key", "by team", "claims-agent-prod", "unknown_model"):
        assert part in done.stdout
    # piped output is not cut to a terminal's width, and holds no colour
    assert "vertex_ai/claude-sonnet-4-5@20250929" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_unpriced_model_is_unknown_and_never_zero_dollars():
    done = run("report", LINES, "--top", "50")
    lines = done.stdout.splitlines()
    line = next(each for each in lines if each.startswith("hosted_vllm/Qwen/Qwen3-32B"))
    assert line.split()[1] == "unknown"


def test_report_json_is_one_document_that_adds_up():
    done = run("report", SAMPLE, "--json", "--tz", "Asia/Tokyo")
    document = json.loads(done.stdout)
    total = document["total"]
    for table in ("by_model", "by_key", "by_team"):
        assert sum(row["spend"] or 0 for row in document[table]) == pytest.approx(total["spend"])
        assert sum(row["requests"] for row in document[table]) == total["requests"]
    assert document["first_at"].endswith("+09:00")
    assert 0.9 < document["coverage"]["requests"] < 1
    assert {row["issue"] for row in document["issues"]} >= {"unknown_model"}


def test_price_writes_what_the_library_computes(tmp_path: Path):
    out = tmp_path / "charges.parquet"
    done = run("price", LINES, "-o", out, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["rows"] == pl.read_parquet(out).height
    expected = llmspend.price(llmspend.read_logs(LINES)).collect()
    assert_frame_equal(pl.read_parquet(out), expected, check_exact=True)
    assert pl.read_parquet_metadata(out)["llmspend.cost_map_sha256"]
    # charges are an input too, and the report of both is the same
    ours, theirs = (json.loads(run("report", p, "--json").stdout) for p in (out, LINES))
    assert {**ours, "source": None} == {**theirs, "source": None}


def test_price_talks_on_stderr_only(tmp_path: Path):
    done = run("price", LINES, "-o", tmp_path / "c.parquet")
    assert done.stdout == ""
    assert "160 rows, $" in done.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("report", LINES, "--strict"), 3),
        (("report", LINES, "--fail-over", "0.01"), 4),
        (("report", LINES, "--fail-over", "1000"), 0),
        (("report",), 2),
        (("report", LINES, "--top", "0"), 2),
        (("report", LINES, "--tz", "Mars/Olympus"), 1),
        (("report", "nowhere.parquet"), 1),
        (("models", "gpt-4o"), 0),
        (("models", "gtp-4oo"), 1),
        (("nonsense",), 2),
    ],
)
def test_exit_codes(args: tuple[object, ...], code: int):
    done = run(*args)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_failed_run_leaves_no_file(tmp_path: Path):
    whole = LINES.read_bytes()
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(SAMPLE.with_suffix(".csv").read_bytes())[:-3000])
    done = run("price", broken, "-o", tmp_path / "charges.parquet")
    assert done.returncode == 1
    assert "broken.csv.gz cannot be read" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.csv.gz"]
    assert LINES.read_bytes() == whole


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink"])
def test_the_output_is_never_the_input(tmp_path: Path, link: str):
    source = tmp_path / "logs.parquet"
    shutil.copy(SAMPLE, source)
    before = source.read_bytes()
    target = source if link == "same" else tmp_path / "other.parquet"
    if link == "symlink":
        target.symlink_to(source)
    elif link == "hardlink":
        target.hardlink_to(source)
    done = run("price", source, "-o", target)
    assert done.returncode == 1
    assert "is the input" in done.stderr
    assert source.read_bytes() == before


@pytest.mark.parametrize("given", ["", "*.parquet"])
def test_the_output_is_not_among_the_inputs_either(tmp_path: Path, given: str):
    source = tmp_path / "logs.parquet"
    shutil.copy(SAMPLE, source)
    before = source.read_bytes()
    done = run("price", tmp_path / given if given else tmp_path, "-o", source)
    assert done.returncode == 1
    assert "is the input" in done.stderr
    assert source.read_bytes() == before


def test_a_file_name_does_not_control_the_terminal():
    assert "\x1b" not in run("report", "nowhere\x1b[2J.parquet").stderr


def test_a_reader_that_leaves_early_is_no_error():
    root = Path(__file__).parent.parent
    done = subprocess.run(
        f"{sys.executable} -m llmspend report {SAMPLE} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert done.stdout.startswith("$")
    assert done.stderr == ""


def test_a_hostile_name_reaches_the_terminal_harmless(tmp_path: Path):
    row = json.loads(LINES.read_text("utf-8").splitlines()[0])
    row["model"] = "evil\x1b[2J[bold red]\u202egnp.exe"
    row["metadata"] = {"user_api_key_alias": "=HYPERLINK(1)\x07[/]"}
    log = tmp_path / "evil.jsonl"
    log.write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = run("report", log)
    assert done.returncode == 0
    assert not set("\x1b\x07\u202e") & set(done.stdout)
    assert "[bold red]" in done.stdout


def test_models_shows_prices_as_they_are():
    (row,) = (
        r for r in json.loads(run("models", "gpt-4o", "--json").stdout) if r["key"] == "gpt-4o"
    )
    assert row["usd_per_token"]["input_tokens"] == 2.5e-06
    done = run("models", "anthropic.claude-opus-4-8")
    assert "$6.875" in done.stdout


def test_a_cost_map_of_ones_own(tmp_path: Path):
    prices = tmp_path / "prices.json"
    prices.write_text(
        json.dumps(
            {
                "hosted_vllm/Qwen/Qwen3-32B": {
                    "litellm_provider": "hosted_vllm",
                    "mode": "chat",
                    "input_cost_per_token": 1e-07,
                    "output_cost_per_token": 2e-07,
                }
            }
        )
    )
    document = json.loads(run("report", LINES, "--json", "--cost-map", prices).stdout)
    by_model = {row["model"]: row for row in document["by_model"]}
    assert by_model["hosted_vllm/Qwen/Qwen3-32B"]["spend"] > 0


def test_every_command_says_what_it_does_and_shows_an_example():
    for name, command in cli.commands.items():
        assert command.help, name
        assert f"llmspend {name}" in command.help
        assert run(name, "--help").returncode == 0


def test_help_keeps_its_lines():
    assert "Exit codes: 0 done · 1 failed" in run("--help").stdout
    assert "\\b" not in run("price", "--help").stdout


def test_quirks_of_a_log_and_of_its_charges(tmp_path):
    usage = llmspend.read_logs(SAMPLE).head(50).collect().with_columns(text_tokens=1)
    charges = tmp_path / "charges.parquet"
    llmspend.price(usage).write_parquet(charges)
    found = json.loads(run("quirks", charges, "--json").stdout)
    assert [row["quirk"] for row in found] == ["text_undercounted"]
    assert found[0]["difference"] == pytest.approx(found[0]["cost"] - found[0]["published_cost"])
    shown = run("quirks", charges).stdout
    assert "text_undercounted" in shown
    assert "Published: The rest of the prompt is text." in " ".join(shown.split())
    assert "None of LiteLLM's known quirks" in run("quirks", SAMPLE).stdout


def test_published_prices_are_a_choice(tmp_path):
    out = tmp_path / "charges.parquet"
    assert run("price", SAMPLE, "-o", out, "--quirks", "published").returncode == 0
    assert pl.read_parquet_metadata(out)["llmspend.quirks"] == ""
    done = run("report", out, "--quirks", "published")
    assert done.returncode == 1
    assert "priced already; --quirks is for logs" in done.stderr
    assert run("report", SAMPLE, "--quirks", "wrong").returncode == 2


@pytest.mark.parametrize("command", ["price", "convert"])
def test_parquet_is_fast_to_read_or_small(tmp_path, command):
    def written(*options):
        assert run(command, SAMPLE, "-o", tmp_path / "out.parquet", *options).returncode == 0
        return pq.read_metadata(tmp_path / "out.parquet").row_group(0).column(0).compression

    assert (written(), written("--compression", "zstd")) == ("SNAPPY", "ZSTD")
    assert run(command, SAMPLE, "-o", tmp_path / "out.csv").returncode == 1
    elsewhere = run(command, SAMPLE, "-o", "s3://bucket/out.parquet").stderr
    assert "s3://bucket/out.parquet is elsewhere" in elsewhere


@pytest.mark.parametrize("name", ["o*.parquet", "o [1].parquet"])
def test_the_name_of_what_is_written_is_no_pattern(tmp_path, name):
    log, out = tmp_path / "log.parquet", tmp_path / name
    calls = {"request_id": ["a", "b"], "model": "gpt-4o", "prompt_tokens": 1000}
    llmspend.normalize(pl.DataFrame(calls)).write_parquet(log)
    llmspend.price(pl.read_parquet(log)).write_parquet(tmp_path / "other.parquet")
    said = json.loads(run("price", log, "-o", out, "--json").stdout)
    assert (said["rows"], said["spend"]) == (2, 0.005)  # 1,000 tokens twice, 2.5 USD per million
    assert pl.read_parquet(out, glob=False)["cost"].to_list() == [0.0025, 0.0025]
    assert json.loads(run("convert", log, "-o", out, "--json").stdout)["rows"] == 2
    counts = ("count-tokens", log, "--column", "request_id", "-o", out, "--json")
    assert json.loads(run(*counts).stdout)["tokens"] == 2  # "a" and "b"


def test_tokens_of_a_column(tmp_path):
    prompts, out = tmp_path / "prompts.csv", tmp_path / "counts.parquet"
    prompts.write_text('prompt,model\n"Hello, world!",gpt-4o\n,gpt-4o\n', encoding="utf-8")
    summary = json.loads(run("count-tokens", prompts, "-o", out, "--json").stdout)
    assert (summary["rows"], summary["tokens"], summary["uncounted_rows"]) == (2, 4, 0)
    assert pl.read_parquet(out)["counted_tokens"].to_list() == [4, None]
    assert "should end in .parquet" in run("count-tokens", prompts, "-o", "out.csv").stderr


def test_a_text_is_priced_before_it_is_sent(tmp_path):
    said = json.loads(run("estimate", "Hello, world!", "--model", "gpt-4o", "--json").stdout)
    assert (said["prompt_tokens"], said["fits"]) == (4, True)
    assert said["cost"] == llmspend.completion_cost(model="gpt-4o", prompt="Hello, world!")
    assert said["cost_at_most"] > said["cost"]
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Hello, world!", encoding="utf-8")
    shown = run("estimate", f"@{prompt}", "--model", "gpt-4o")
    assert "for 4 tokens of prompt (gpt-4o)" in shown.stdout
    assert run("estimate", "hi", "--model", "gpt-4o", "--fail-over", "1e-9").returncode == 4
    assert "Nearest: 'gpt-4o'" in run("estimate", "hi", "--model", "gpt-4oo").stderr
    assert "cannot be read" in run("estimate", "@nothing", "--model", "gpt-4o").stderr


def test_cost_maps_are_compared(tmp_path):
    cheaper = tmp_path / "new.json"
    entry = llmspend.load_cost_map().entries["gpt-4o"]
    cheaper.write_text(json.dumps({"gpt-4o": entry | {"input_cost_per_token": 1e-06}}))
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"gpt-4o": entry}))
    document = json.loads(run("diff-cost-maps", old, cheaper, "--json").stdout)
    (change,) = document["changes"]
    assert (change["model"], change["rate_key"]) == ("gpt-4o", "input_cost_per_token")
    assert (change["old_usd_per_unit"], change["new_usd_per_unit"]) == (2.5e-06, 1e-06)
    assert document["impact"] is None
    shown = run("diff-cost-maps", old, cheaper, "--log", SAMPLE).stdout
    assert "gpt-4o input_cost_per_token 2.5e-06 → 1e-06" in shown


def test_a_refresh_that_fails_says_so():
    done = run("refresh-cost-map", "--url", "http://127.0.0.1:9/none.json", "--strict")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_cost_map_changes_is_said_and_nothing_else(tmp_path):
    def rate(usd):
        return {"litellm_provider": "openai", "input_cost_per_token": usd, "mode": "chat"}

    maps = {
        "old.json": {"dear": rate(1e-3), "same": rate(1e-3), "small": rate(1e-3)},
        "new.json": {"dear": rate(3e-3), "same": rate(1e-3), "small": rate(2e-3), "new": rate(1)},
        "none.json": {"else": rate(1)},
    }
    for name, costs in maps.items():
        (tmp_path / name).write_text(json.dumps(costs))
    log = tmp_path / "log.jsonl"
    usage = {"prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 100}
    models = ["same", "small", "dear", "new", "nobody-knows"]
    log.write_text("".join(json.dumps({"model": m, "usage": usage}) + "\n" for m in models))

    def said(*args):
        return run("diff-cost-maps", *args, cwd=tmp_path).stdout.splitlines()

    # 100 tokens each: at 0.001 USD they are 0.10 USD; "new" costs 1 USD a token
    assert said("old.json", "new.json", "--log", log)[-4:] == [
        "dear: 1 request, $0.10 → $0.30 (+$0.20)",
        "small: 1 request, $0.10 → $0.20 (+$0.10)",
        "new: 1 request, unknown → $100.00, 1 → 0 without a price",
        "total: 5 requests, $0.30 → $100.60 (+$0.30), 2 → 1 without a price",
    ]
    assert said("old.json", "old.json") == ["no difference: both cost maps say the same"]
    assert said("old.json", "old.json", "--log", log)[1:] == [
        "no difference: the log costs the same by both",
        "total: 5 requests, $0.30 → $0.30, 2 without a price",
    ]
    assert said("none.json", "none.json", "--log", log)[-1] == (
        "total: 5 requests, unknown → unknown, 5 without a price"
    )


def test_a_report_names_the_time_it_is_of():
    said = run("report", SAMPLE, "--since", "2027-01-01").stdout
    assert said == f"No requests in {SAMPLE} since 2027-01-01.\n"
    both = run("report", SAMPLE, "--since", "2027-01-01", "--until", "2027-02-01").stdout
    assert both == f"No requests in {SAMPLE} since 2027-01-01 until 2027-02-01.\n"
    none = run("report", SAMPLE, "--since", "2026-06-01", "--until", "2026-05-01")
    assert (none.returncode, none.stdout) == (1, "")
    assert "is not before until=2026-05-01" in none.stderr
    # dates are written as the charts write them
    first = run("report", SAMPLE, "--until", "2026-05-05").stdout.splitlines()[0]
    assert " from May 4, 2026 00:" in first
