"""Addresses: what they are taken for, and how they are shown."""

from __future__ import annotations

import pytest

from llmspend.remote_urls import CLOUDS, is_remote, is_url, object_of, shown, shown_url


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
}


@pytest.mark.parametrize("url", SHOWN)
def test_what_is_shown_holds_no_secret(url):
    assert "SECRET" not in shown(url)
    assert "\x1b" not in shown(url)
    assert shown(url).startswith(SHOWN[url])
