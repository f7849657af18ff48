"""Addresses: what they are taken for, and how they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import llmspend
from llmspend.remote_urls import CLOUDS, is_remote, is_url, local_file, object_of, shown, shown_url
from tests.test_cli import SAMPLE, run


def test_addresses():
    assert is_url("HTTPS://acme.test")
    assert not is_url("acme.json")
    assert shown_url("https://acme.test/a#b") == "https://acme.test/a"


@pytest.mark.parametrize(
    "path", ["a.csv", "C:\\logs\\a.csv", "/s3/x", "s3:/b/x", "file://x", "ftp://x/y", 3]
)
def test_paths_are_not_remote(path):
    assert not is_remote(path)


@pytest.mark.parametrize("scheme", [s for cloud in CLOUDS for s in cloud.schemes])
def test_every_scheme_of_a_cloud_is_remote(scheme):
    assert is_remote(f"{scheme}://place/key")
    assert object_of(f"{scheme.upper()}://place/a/b").key == "a/b"


SHOWN = {
    "https://h.test/a?b=SECRET#SECRET": "https://h.test/a?…",
    "https://me:SECRET@h.test:8443/a": "https://h.test:8443/a",
    "https://SECRET@h.test/a\x1b[31m": "https://h.test/a",
    "http://[SECRET/a": "the given address",
    "s3://b/a?b#c.json": "s3://b/a?b#c.json",
    "s3://ID:SECRET@b/a": "s3://…@b/a",
    "gs://SECRET@b/a": "gs://…@b/a",
    "abfss://c@account.dfs.core.windows.net/a": "abfss://c@account.dfs.core.windows.net/a",
    "abfss://c:SECRET@account.dfs.core.windows.net/a": "abfss://…@account.dfs.core.windows.net/a",
    "postgresql://me:SECRET@h.test/db?password=SECRET": "postgresql://h.test/db?…",
    "FTP://me:SECRET@h.test/a": "ftp://h.test/a",
}


@pytest.mark.parametrize("url", SHOWN)
def test_what_is_shown_holds_no_secret(url):
    assert "SECRET" not in shown(url)
    assert "\x1b" not in shown(url)
    assert shown(url).startswith(SHOWN[url])


@pytest.mark.parametrize(
    "path", ["a?b.parquet", "C:\\logs\\a.csv", "C:/logs", "s3:/b/x", Path("s/x")]
)
def test_a_path_is_a_local_file(path):
    assert local_file(path) == Path(path)


@pytest.mark.parametrize("url", [*SHOWN, Path("https://me:SECRET@h.test/a?b=SECRET")])
def test_an_address_is_no_local_file(url):
    with pytest.raises(llmspend.InputError, match="is elsewhere: name a file") as refused:
        local_file(url)
    assert "SECRET" not in str(refused.value)


LOCAL_ONLY = {
    "breakdown": llmspend.breakdown,
    "report": llmspend.report,
    "connect": llmspend.connect,
    "spend_over_time": llmspend.charts.spend_over_time,
    "hours": llmspend.charts.hours,
    "pareto": llmspend.charts.pareto,
    "load_cost_map": llmspend.load_cost_map,
    "load_config": llmspend.load_config,
    "load_prices": llmspend.load_prices,
    "count_tokens_in": lambda url: llmspend.count_tokens_in([url]),
}


@pytest.mark.parametrize("name", LOCAL_ONLY)
def test_what_reads_files_of_this_machine_shows_no_secret_of_an_address(name):
    with pytest.raises(llmspend.InputError, match=r"h\.invalid/x.* is elsewhere") as refused:
        LOCAL_ONLY[name]("https://me:SECRET@h.invalid/x.parquet?sig=SECRET")
    assert "SECRET" not in str(refused.value)


def test_the_environment_names_a_cost_map_without_secrets(monkeypatch):
    monkeypatch.setenv("LLMSPEND_COST_MAP", "https://me:SECRET@h.invalid/x.json?sig=SECRET")
    llmspend.use_cost_map(None)
    with pytest.raises(llmspend.CostMapError, match="LLMSPEND_COST_MAP=https://h") as refused:
        llmspend.default_cost_map()
    assert "SECRET" not in str(refused.value)


def test_what_a_config_includes_is_shown_without_secrets(tmp_path):
    (tmp_path / "c.yaml").write_text("include: ['https://me:SECRET@h.invalid/x?s=SECRET']", "utf-8")
    with pytest.raises(llmspend.InputError, match="is elsewhere") as refused:
        llmspend.load_config(tmp_path / "c.yaml")
    assert "SECRET" not in str(refused.value)


URL = "https://me:SECRET@h.invalid/x?sig=SECRET"
COMMANDS = {
    "price --cost-map": ("price", SAMPLE, "-o", "b.parquet", "--cost-map", URL),
    "price --config": ("price", SAMPLE, "-o", "b.parquet", "--config", URL),
    "price --prices": ("price", SAMPLE, "-o", "b.parquet", "--prices", URL),
    "diff-cost-maps": ("diff-cost-maps", "packaged", URL),
    "count-tokens": ("count-tokens", URL, "-o", "b.parquet"),
    "estimate": ("estimate", f"@{URL}", "--model", "gpt-4o"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_show_no_secret_of_an_address(command):
    done = run(*COMMANDS[command])
    assert done.returncode == 1
    assert (
        done.stderr
        == "llmspend: https://h.invalid/x?… is elsewhere: name a file of this machine.\n"
    )


@pytest.mark.parametrize("name", ["report", "spend_over_time", "hours"])
def test_what_is_no_file_of_charges_is_told_as_everywhere(name, tmp_path):
    (tmp_path / "junk.parquet").write_text("hello")
    for path, said in (
        (tmp_path / "missing.parquet", "there is no file of charges"),
        (tmp_path, "there is no file of charges"),
        (tmp_path / "junk.parquet", "junk.parquet is not a Parquet file of charges"),
    ):
        with pytest.raises(llmspend.InputError, match=said):
            LOCAL_ONLY[name](path)


def test_a_path_made_of_an_address_keeps_its_secrets():
    address = Path("https://me:SECRET@example.com/keys.csv?sig=SECRET")
    for read in (
        lambda: llmspend.read_logs(address),
        lambda: llmspend.read_logs("sample_data/litellm_spend_logs.csv", keys=address),
    ):
        with pytest.raises(llmspend.LlmspendError, match=r"https://example\.com/keys\.csv") as told:
            read()
        assert "SECRET" not in str(told.value)
