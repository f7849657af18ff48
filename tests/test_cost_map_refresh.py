"""A fresh cost map from a server on loopback: checked, kept, or the last good one, loudly."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import threading
import warnings
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from llmspend import CostMapError, load_cost_map, price
from llmspend.cost_map_refresh import CostMapWarning, read_cost_map, refresh_cost_map
from tests.loopback import response, running

SMALL = {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1e-06}
MAP = {f"acme/{i}": SMALL | {"output_cost_per_token": 2e-06} for i in range(40)}


def body(entries):
    return json.dumps(entries).encode()


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture
def refresh(server, tmp_path, monkeypatch):
    """Refresh from a server that answers so; the cache is the test's own."""
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def refresh(answer, **options):
        server.answers = {"/map.json": answer} | options.pop("answers", {})
        options = {"cache_dir": tmp_path / "cache", "timeout": 10} | options
        return refresh_cost_map(options.pop("url", server.url()), **options)

    return refresh


@pytest.fixture(scope="module")
def first(server, tmp_path_factory):
    """The first refresh of all, compared with the packaged map, and its cache."""
    folder = tmp_path_factory.mktemp("first")
    server.answers = {"/map.json": response(body(MAP), etag='"v1"')}
    return refresh_cost_map(server.url(), cache_dir=folder, max_change=1), folder


@pytest.fixture
def kept(first, tmp_path):
    """The map that is in the cache of the test."""
    costs, folder = first
    shutil.copytree(folder, tmp_path / "cache")
    return costs


def in_cache(tmp_path):
    return sorted(p.name for p in (tmp_path / "cache").iterdir())


def test_a_fresh_map_says_what_it_is_and_prices(kept, server):
    assert len(kept) == 40
    assert kept.source == server.url()
    assert kept.sha256 == hashlib.sha256(body(MAP)).hexdigest()
    assert date.fromisoformat(kept.date) == datetime.now(UTC).date()
    calls = pl.DataFrame({"model": ["acme/7"], "prompt_tokens": [1000], "completion_tokens": [1]})
    assert price(calls, cost_map=kept)["cost"].item() == 0.001002


def test_the_published_map_replaces_the_packaged_one_without_a_word(refresh):
    packaged = load_cost_map()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fresh = refresh(response(body(dict(packaged.entries))))
    assert len(fresh) == len(packaged)
    assert fresh.rates.equals(packaged.rates)


def test_what_the_server_says_is_still_current_is_not_sent_again(kept, refresh, server):
    again = refresh(
        lambda asked: (
            b"HTTP/1.1 304 Not Modified\r\n\r\n"
            if asked.get("if-none-match") == '"v1"'
            else response(b"", "500 No")
        )
    )
    assert again.sha256 == kept.sha256
    assert dict(again.entries) == MAP
    # another address is another document
    with pytest.warns(CostMapWarning, match="404"):
        refresh(b"", url=server.url("/other.json"))
    assert "if-none-match" not in server.requests[-1][1]


@pytest.mark.usefixtures("kept")
def test_one_file_is_kept_per_address(refresh, tmp_path):
    name = in_cache(tmp_path)
    refresh(response(body(MAP | {"acme/new": SMALL})))
    assert in_cache(tmp_path) == name
    facts, _, kept_body = gzip.decompress((tmp_path / "cache" / name[0]).read_bytes()).partition(
        b"\n"
    )
    assert json.loads(kept_body) == MAP | {"acme/new": SMALL}
    assert json.loads(facts)["sha256"] == hashlib.sha256(kept_body).hexdigest()
    assert json.loads(facts)["etag"] is None


REFUSED = {
    "404": (response(b"", "404 Not Found"), "the server answered 404 Not Found"),
    "truncated": (response(body(MAP))[:-1], "RemoteProtocolError"),
    "truncated, length unknown": (response(body(MAP)[:-1], content_length=None), "is not JSON"),
    "huge": (response(b" " * 3_000_000), "longer than 2,000,000 bytes"),
    "a page": (response(b"<html>"), "is not JSON"),
    "nothing": (response(b""), "is not JSON"),
    "a list": (response(b"[]"), "holds a list; a cost map is an object"),
    "null": (response(b"null"), "holds a NoneType"),
    "empty": (response(b"{}"), "has no models"),
    "documentation only": (response(b'{"sample_spec": {}}'), "has no models"),
    "deep": (response(b'{"a":' * 100_000), "nested too deeply"),
    "half a character": (response(b'{"\\ud800": {}}'), "is not JSON"),
    "no entry": (response(body(MAP | {"acme/0": 7})), "entry 'acme/0': a int, but an entry is"),
    "negative": (
        response(body(MAP | {"acme/0": SMALL | {"input_cost_per_token": -1e-06}})),
        "entry 'acme/0', key 'input_cost_per_token': -1e-06 is negative",
    ),
    "not finite": (
        response(body(MAP | {"acme/0": SMALL | {"input_cost_per_token": float("nan")}})),
        "is not finite",
    ),
    "too large": (response(body(MAP | {"acme/0": {"input_cost_per_token": 10**400}})), "acme|map"),
    "hostile": (
        response(body(MAP | {"\x1b[2J\n": {"input_cost_per_token": "\x1b[2J"}})),
        "is not a number",
    ),
    "aliases of objects": (
        response(body(MAP | {"acme/0": {"aliases": [{"a": 1}], "tiered_pricing": 3}})),
        "should be a list of objects",
    ),
    "ranges of text": (
        response(body(MAP | {"acme/0": {"tiered_pricing": [{"range": "ab"}]}})),
        "should be a list of objects|no cost map",
    ),
    "rules that are none": (
        response(body(MAP | {"fallback_generalizations": {"rules": [{"pattern": "("}]}})),
        None,
    ),
    "models are missing": (
        response(body(dict(list(MAP.items())[:35]))),
        r"5 of 40 models are missing\. If that is meant, give max_change=1 \(the limit is 0\.1\)",
    ),
    "rates are missing": (
        response(body(MAP | {f"acme/{i}": SMALL for i in range(9)})),
        "9 of 80 rates are missing",
    ),
    "another unit": (
        response(body({k: e | {"input_cost_per_token": 1.0} for k, e in MAP.items()})),
        "40 of 80 rates are 10 times what they were, or a tenth",
    ),
    "all free": (
        response(body({k: e | {"input_cost_per_token": 0} for k, e in MAP.items()})),
        "40 of 80 rates are 10 times what they were, or a tenth",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_nothing_and_is_said_with_what_is_used_instead(
    kept, refresh, tmp_path, answer, reason
):
    if reason is None:
        # unreadable rules are passed over, as in LiteLLM
        assert len(refresh(answer)) == 40
        return
    before = {name: (tmp_path / "cache" / name).read_bytes() for name in in_cache(tmp_path)}
    with pytest.warns(CostMapWarning, match=reason) as said:
        used = refresh(answer, max_bytes=2_000_000)
    (warning,) = said
    assert warning.filename == __file__
    message = str(warning.message)
    assert message.startswith("the cost map was not refreshed: ")
    assert message.endswith(
        f"Used instead: the one of {kept.date} ({kept.source}, sha256 {kept.sha256[:12]})."
    )
    assert message.isprintable()
    assert (used.sha256, used.date, dict(used.entries)) == (kept.sha256, kept.date, MAP)
    assert before == {n: (tmp_path / "cache" / n).read_bytes() for n in in_cache(tmp_path)}
    with pytest.raises(CostMapError, match=reason):
        refresh(answer, max_bytes=2_000_000, fallback=False)


def test_without_one_that_is_kept_the_packaged_one_is_used(refresh):
    with pytest.warns(CostMapWarning, match=r"Used instead: the one of 2026-10-21 \(litellm "):
        used = refresh(response(b"", "503 Busy"))
    assert used.sha256 == load_cost_map().sha256


def test_a_slow_server_is_not_waited_for(kept, refresh):
    with pytest.warns(CostMapWarning, match=r"longer than 0\.2 seconds"):
        assert refresh(lambda _: iter([3]), timeout=0.2).sha256 == kept.sha256


SAID = {
    "jump": (
        {"acme/0": SMALL | {"input_cost_per_token": 1e-05, "output_cost_per_token": 2e-06}},
        r"tenth: acme/0 input_cost_per_token 1e-06 → 1e-05\.$",
    ),
    "a tenth": (
        {"acme/0": SMALL | {"input_cost_per_token": 1e-07, "output_cost_per_token": 2e-06}},
        r"acme/0 input_cost_per_token 1e-06 → 1e-07\.$",
    ),
    "free": (
        {"acme/0": SMALL | {"input_cost_per_token": 0, "output_cost_per_token": 2e-06}},
        r"acme/0 input_cost_per_token 1e-06 → 0\.0\.$",
    ),
    "many": (
        {
            f"acme/{i}": {k: v * 100 if k in PRICES else v for k, v in MAP["acme/0"].items()}
            for PRICES in [("input_cost_per_token", "output_cost_per_token")]
            for i in range(4)
        },
        r"and 3 more\.$",
    ),
    "per million instead of per one": (
        {"acme/new": SMALL | {"input_cost_per_token": 3.0}},
        r"has new rates 10 times as high as any before: acme/new input_cost_per_token none → 3\.0",
    ),
    "keys that nobody knows": (
        {"acme/new": SMALL | {"cost_of_\x1b[2Jthought_per_token": 1}},
        "has rate keys that are not understood: cost_of_.\\[2Jthought_per_token",
    ),
    "hostile name": (
        {"acme/\x1b[2J": {"input_cost_per_token": 7.0}},
        "any before: acme/.\\[2J input_cost_per_token",
    ),
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("entries", "remark"), SAID.values(), ids=SAID)
def test_prices_that_jump_are_used_but_said(refresh, entries, remark):
    with pytest.warns(CostMapWarning, match=remark) as said:
        fresh = refresh(response(body(MAP | entries)))
    assert dict(fresh.entries) == MAP | entries
    assert len(said) == 1
    assert str(said[0].message).isprintable()
    # once it is the last good one there is nothing to say
    assert refresh(response(body(MAP | entries))).sha256 == fresh.sha256


@pytest.mark.usefixtures("kept")
def test_small_changes_are_not_worth_a_word(refresh):
    changed = MAP | {"acme/0": SMALL | {"input_cost_per_token": 9e-06}, "acme/new": SMALL}
    assert len(refresh(response(body(changed)))) == 41


DAMAGE = {
    "emptied": lambda _: b"",
    "cut": lambda raw: raw[:-20],
    "no gzip": lambda _: b"{}",
    "no facts": lambda _: gzip.compress(b"\n{}"),
    "facts that are none": lambda _: gzip.compress(b"[]\n{}"),
    "other bytes": lambda raw: gzip.compress(gzip.decompress(raw).replace(b"1e-06", b"9e-06")),
    "a bomb": lambda _: gzip.compress(b" " * 20_000_000),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_not_used_and_replaced(kept, refresh, tmp_path, damage):
    (name,) = in_cache(tmp_path)
    path = tmp_path / "cache" / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(CostMapWarning, match="is damaged and not used"):
        fresh = refresh(response(body(MAP)), max_change=1)
    assert fresh.sha256 == kept.sha256
    assert refresh(response(body(MAP))).sha256 == kept.sha256


def test_what_cannot_be_kept_is_used_all_the_same(refresh, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(CostMapWarning, match="could not be kept"):
        fresh = refresh(response(body(MAP)), cache_dir=tmp_path / "file" / "x", max_change=1)
    assert len(fresh) == 40


def test_a_write_that_fails_leaves_the_old_one_and_no_litter(kept, refresh, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.warns(CostMapWarning, match="No space left"):
            refresh(response(body(MAP | {"acme/new": SMALL})))
    assert len(in_cache(tmp_path)) == 1
    with pytest.warns(CostMapWarning, match="503"):
        assert refresh(response(b"", "503 Busy")).sha256 == kept.sha256


@pytest.mark.usefixtures("kept")
def test_many_at_once_keep_a_whole_one(refresh, tmp_path):
    raw = response(body(MAP))
    found = []
    threads = [threading.Thread(target=lambda: found.append(refresh(raw))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({costs.sha256 for costs in found}) == 1
    assert len(found) == 6
    assert len(in_cache(tmp_path)) == 1
    with pytest.warns(CostMapWarning, match="503"):
        assert len(refresh(response(b"", "503 Busy"))) == 40


def test_no_secret_of_the_address_is_kept_or_said(refresh, server, tmp_path):
    path = "/map.json?token=SECRET"
    url = server.url(path).replace("//", "//me:SECRET@")
    fresh = refresh(b"", url=url, max_change=1, answers={path: response(body(MAP))})
    assert "SECRET" not in repr(fresh) + fresh.source
    (name,) = in_cache(tmp_path)
    assert "SECRET" not in name
    assert b"SECRET" not in gzip.decompress((tmp_path / "cache" / name).read_bytes())
    with pytest.warns(CostMapWarning) as said:
        refresh(b"", url=url)
    assert "SECRET" not in str(said[0].message)
    assert "127.0.0.1" in str(said[0].message)


def test_the_users_cache_directory_is_the_default(server, monkeypatch, tmp_path):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda app: tmp_path / app)
    server.answers = {"/map.json": response(body(MAP))}
    refresh_cost_map(server.url(), max_change=1)
    (path,) = (tmp_path / "llmspend").iterdir()
    assert Path(path).name.startswith("cost_map-")


def test_a_map_of_any_size_is_read_as_it_is(server):
    server.answers = {"/map.json": response(body({"acme/small": SMALL}))}
    assert dict(read_cost_map(server.url()).entries) == {"acme/small": SMALL}
    server.answers = {}
    with pytest.raises(CostMapError, match="404"):
        read_cost_map(server.url())
