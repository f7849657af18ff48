"""Fetching from a server on loopback that is slow, broken or hostile."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import time

import pytest

from llmspend import CostMapError
from llmspend.cost_map_fetch import fetch, parse_json
from tests.loopback import response, running

BODY = b'{"acme/small": {"input_cost_per_token": 1e-06}}'
MANY = b'{"a": "' + b"x" * 200_000 + b'"}'
BOMB = gzip.compress(b" " * 50_000_000)


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def to(place):
    return response(b"", "302 Found", location=place)


def drip(*pieces, seconds=0.1):
    return lambda _: itertools.chain(pieces, itertools.cycle([b"x", seconds]))


GOOD = {
    "plain": response(BODY),
    "without a length": response(BODY, content_length=None),
    "gzip": response(gzip.compress(BODY), content_encoding="gzip"),
    "gzip in capitals": response(gzip.compress(BODY), content_encoding="GZip"),
    "chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    "junk after gzip, without end": drip(
        response(gzip.compress(BODY), content_encoding="gzip", content_length=None)
    ),
    "redirected": to("/r1"),
}
REDIRECTS = {f"/r{i}": to(f"/r{i + 1}") for i in range(1, 5)} | {"/r5": response(BODY)}


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
def test_a_document_is_fetched(server, answer):
    server.answers = REDIRECTS | {"/map.json": answer}
    assert fetch(server.url()) == (BODY, None)


BAD = {
    "404": (response(b"no", "404 Not Found"), "the server answered 404 Not Found"),
    "500": (response(BODY, "500 Internal Server Error"), "answered 500"),
    "empty 204": (b"HTTP/1.1 204 No Content\r\n\r\n", "answered 204"),
    "304 unasked": (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304"),
    "a phrase that would move the cursor": (
        response(b"", "500 \x1b[2Jbad"),
        "answered 500 .\\[2Jbad",
    ),
    "closed at once": ([0], "RemoteProtocolError"),
    "no http": (b"SSH-2.0-acme\r\n\r\n", "RemoteProtocolError"),
    "truncated": (response(BODY)[:-5], "RemoteProtocolError"),
    "truncated chunks": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{",
        "RemoteProtocolError",
    ),
    "truncated gzip": (
        response(gzip.compress(BODY)[:-9], content_encoding="gzip"),
        "it ends too early",
    ),
    "gzip that is none": (response(BODY, content_encoding="gzip"), "error: Error -3"),
    "another encoding": (response(BODY, content_encoding="br"), "its encoding is br, and gzip"),
    "two encodings": (response(BODY, content_encoding="gzip, br"), "its encoding is gzip, br"),
    "too long": (response(MANY), "it is longer than 100,000 bytes"),
    "too long, length unknown": (response(MANY, content_length=None), "it is longer than 100,000"),
    "endless": (drip(response(b"", content_length=None), b"x" * 99_999), "longer than 100,000"),
    "bomb": (response(BOMB, content_encoding="gzip"), "it is longer than 100,000 bytes"),
    "endless redirects": (to("/map.json"), "it redirects more than 5 times"),
    "redirect to a file": (to("file:///etc/passwd"), "UnsupportedProtocol"),
    "redirect to nowhere": (to("http://"), "Protocol|ConnectError"),
    "huge headers": (drip(b"HTTP/1.1 200 OK\r\nx: ", b"x" * 500_000), "RemoteProtocolError"),
}


@pytest.mark.parametrize(("answer", "reason"), BAD.values(), ids=BAD)
def test_what_cannot_be_had_whole_is_an_error_that_says_why(server, answer, reason):
    server.answers = {"/map.json": answer}
    with pytest.raises(CostMapError, match=reason) as error:
        fetch(server.url(), max_bytes=100_000, timeout=10)
    assert str(error.value).startswith(f"{server.url()} cannot be fetched: ")
    assert str(error.value).isprintable()


SLOW = {
    "no answer": [5],
    "slow head": drip(b"HTTP/1.1 200 OK\r\nx: "),
    "slow body": drip(response(b"", content_length=None)),
    "stops in the body": [response(BODY)[:-5], 5],
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
def test_the_time_is_bounded_however_the_server_spends_it(server, answer):
    server.answers = {"/map.json": answer}
    began = time.monotonic()
    with pytest.raises(CostMapError, match=r"longer than 0\.3 seconds"):
        fetch(server.url(), timeout=0.3)
    assert time.monotonic() - began < 2


def test_redirects_share_the_time(server):
    server.answers = {"/map.json": lambda _: iter([0.25, to("/map.json")])}
    with pytest.raises(CostMapError, match=r"longer than 0\.6 seconds"):
        fetch(server.url(), timeout=0.6)


def test_nobody_listens():
    with pytest.raises(CostMapError, match=r"cannot be fetched: ConnectError"):
        fetch("http://127.0.0.1:9/map.json")


@pytest.mark.parametrize(
    ("given", "kept"),
    [('"v1"', '"v1"'), ('W/"v1"', 'W/"v1"'), ("x" * 300, None), ("größe", None), ("", None)],
)
def test_an_etag_is_kept_if_it_can_be_sent_again(server, given, kept):
    server.answers = {"/map.json": response(BODY, etag=given)}
    assert fetch(server.url()).etag == kept


def test_what_is_known_is_not_fetched_again(server):
    server.answers = {"/map.json": b"HTTP/1.1 304 Not Modified\r\n\r\n"}
    assert fetch(server.url(), etag='"v1"') == (None, '"v1"')
    _, headers = server.requests[-1]
    assert headers["if-none-match"] == '"v1"'
    assert headers["user-agent"].startswith("llmspend/")
    assert headers["accept-encoding"] == "gzip"


def test_it_works_where_a_loop_is_running(server):
    server.answers = {"/map.json": response(BODY)}

    async def cell():
        return fetch(server.url())

    assert asyncio.run(cell()).body == BODY


ADDRESSES = {
    "file:///etc/passwd": "file:///etc/passwd is no address",
    "ftp://me:SECRET@acme.test/x": "ftp://acme.test/x is no address",
    "http://me:SECRET@127.0.0.1:9/x?token=SECRET": r"http://127\.0\.0\.1:9/x cannot be fetched",
    "http://me:SECRET@[::1/x": "the given address cannot be fetched: this is no valid address",
    "http://127.0.0.1:SECRET/": None,
    "http://127.0.0.1:9/\x1b[2J": None,
    "": "is no address",
}


@pytest.mark.parametrize(("url", "message"), ADDRESSES.items(), ids=range(len(ADDRESSES)))
def test_an_address_is_shown_without_its_secrets(url, message):
    with pytest.raises(CostMapError, match=message) as error:
        fetch(url)
    assert "@" not in str(error.value)
    assert message is None or "SECRET" not in str(error.value)
    assert str(error.value).isprintable()
    assert error.value.__cause__ is None


def test_a_password_goes_to_its_own_server_only(server):
    secret = server.url().replace("http://", "http://me:SECRET@")
    with running() as other:
        other.answers = {"/map.json": response(BODY)}
        server.answers = {"/map.json": to(other.url())}
        assert fetch(secret).body == BODY
        assert "authorization" in server.requests[-1][1]
        assert "authorization" not in other.requests[-1][1]


PARSED = {
    "half a character": (b'{"\\ud800": {}}', "is not JSON: .*surrogates"),
    "no utf-8": (b'{"\xff": 1}', "is not JSON"),
    "deep": (b"[" * 200_000, "is nested too deeply"),
    "page": (b"<html>", "is not JSON: Expecting value"),
    "nothing": (b"", "is not JSON"),
    "a number of ten thousand digits": (b"1" * 10_000, "is not JSON"),
    "two documents": (b"{} {}", "is not JSON: Extra data"),
}


@pytest.mark.parametrize(("body", "message"), PARSED.values(), ids=PARSED)
def test_what_is_no_json_is_an_error(body, message):
    with pytest.raises(CostMapError, match=message):
        parse_json(body, "map.json")
