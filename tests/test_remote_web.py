"""Logs on web servers: only the parts that are needed, whatever the server can; no secret shown."""

from __future__ import annotations

import base64
import json
import random

import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from llmspend import LogFormatError, quarantine, read_logs
from llmspend.cli import cli
from tests.loopback import response, running
from tests.spend_logs import as_csv, jsonl, row

FEW = ("request_id", "model", "logged_spend", "source_row")


@pytest.fixture(scope="module")
def running_server():
    with running() as found:
        yield found


@pytest.fixture
def server(running_server, monkeypatch, tmp_path):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    running_server.answers.clear()
    running_server.requests.clear()
    return running_server


def parts(body, etag='"1"', sent=None):
    """Answer as servers do that know ranges; `sent` gets the number of bytes."""

    def answer(headers):
        first, last = map(int, headers["range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        if sent is not None:
            sent.append(len(part))
        if first and first >= len(body):
            return response(b"", "416 Range", content_range=f"bytes */{len(body)}")
        where = f"bytes {first}-{first + len(part) - 1}/{len(body)}"
        return response(part, "206 Partial Content", content_range=where, etag=etag)

    return answer


def read(url, *columns):
    return read_logs(url).select(columns or FEW).collect()


def lines(count=3):
    return "\n".join(json.dumps(row()) for _ in range(count)).encode()


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """A log of 4,000 requests, in row groups, with long metadata."""
    path = tmp_path_factory.mktemp("web") / "x.parquet"
    dice = random.Random(3)
    one = row(messages=None, response=None)
    notes = [json.dumps({"note": dice.randbytes(400).hex()}) for _ in range(4_000)]
    frame = pl.DataFrame([one | {"metadata": ""}] * len(notes)).with_columns(
        request_id="r-" + pl.int_range(pl.len()).cast(pl.String), metadata=pl.Series(notes)
    )
    frame.write_parquet(path, row_group_size=1_000)
    return path


# -- what is fetched


def test_of_a_parquet_file_only_the_columns_that_are_needed(server, parquet):
    body, sent = parquet.read_bytes(), []
    server.answers["/x.parquet"] = parts(body, sent=sent)
    found = read(server.url("/x.parquet"), "request_id", "model")
    assert found.equals(read(parquet, "request_id", "model"))
    assert all("range" in headers for _, headers in server.requests)
    assert len(body) > 1_000_000
    assert sum(sent) < len(body) / 5


def test_a_server_without_ranges_sends_all_of_it_once(server, parquet):
    body = parquet.read_bytes()
    server.answers["/x.parquet"] = response(body)
    assert read(server.url("/x.parquet")).equals(read(parquet))
    assert len(server.requests) == 1


def test_a_server_that_does_not_say_how_long_it_is(server):
    server.answers["/x.jsonl"] = response(lines(), content_length=None)
    assert read(server.url("/x.jsonl")).height == 3


@pytest.mark.parametrize("name", ["x.csv.gz", "x.jsonl.zst", "x.jsonl"])
def test_other_kinds(server, tmp_path, name):
    rows = [row() for _ in range(300)]
    if name.endswith(".zst"):
        path = tmp_path / name
        plain = jsonl(tmp_path / "plain", *rows).read_bytes()
        path.write_bytes(pa.compress(plain, codec="zstd", asbytes=True))
    else:
        path = (as_csv if ".csv" in name else jsonl)(tmp_path / name, *rows)
    server.answers[f"/{name}?day=1"] = parts(path.read_bytes())
    assert read(server.url(f"/{name}?day=1")).equals(read(path))


def test_who_reads_on_gets_longer_parts(server):
    body, sent = lines(3_000), []
    server.answers["/x.jsonl"] = parts(body, sent=sent)
    assert read(server.url("/x.jsonl"), "request_id").height == 3_000
    assert len(sent) < 20
    assert sum(sent) < 1.5 * len(body)


def test_an_address_goes_to_the_server_as_it_is(server):
    path = "/a%20b%2Fc/%5B1%5D.jsonl?X-Amz-Signature=a%2Bb%3D&x=[1]"
    server.answers[path] = parts(lines())
    assert read(server.url(path)).height == 3
    assert {asked for asked, _ in server.requests} == {path}


# -- what goes wrong


def test_a_server_that_fails_is_asked_again(server):
    left = [
        response(b"", "503 Busy"),
        response(b"", "500 Oh"),
        parts(lines())({"range": "bytes=0-65535"}),
    ]
    server.answers["/x.jsonl"] = lambda _: left.pop(0)
    assert read(server.url("/x.jsonl")).height == 3


WRONG = {
    "404": (response(b"", "404 Not Found"), "404 Not Found: look at the address"),
    "403": (response(b"", "403 Forbidden"), "403 Forbidden: a link with a signature may have"),
    "401": (response(b"", "401 Unauthorized"), r"it wants a user and password.*netrc"),
    "500": (response(b"", "500 Oh No"), "answers 500 Oh No"),
    "cut": (
        response(
            b"x" * 9, "206 Partial", content_length=65536, content_range="bytes 0-65535/99999"
        ),
        "the server does not answer",
    ),
    "short": (response(b"x" * 9, "206 Partial", content_range="bytes 0-99/100"), "ended too early"),
    "elsewhere": (
        response(b"x" * 9, "206 Partial", content_range="bytes 5-13/100"),
        "other parts of it",
    ),
    "round": (response(b"", "302 Found", location="/x.jsonl"), "redirects more than 5 times"),
    "empty": (response(b""), "is empty"),
    "a page": (response(b"<html>Please log in</html>"), "does not hold JSON objects"),
}


@pytest.mark.parametrize(("answer", "message"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_said(server, monkeypatch, answer, message):
    monkeypatch.setattr("llmspend.remote_web._PAUSE_SECONDS", 0)
    server.answers["/x.jsonl?sig=HIDDEN"] = answer
    server.answers["/x.jsonl"] = answer
    url = server.url("/x.jsonl?sig=HIDDEN")
    with pytest.raises(LogFormatError, match=message) as caught:
        read(url.replace("://", "://me:HIDDEN@"))
    assert f"{server.url('/x.jsonl')}?… " in str(caught.value)
    assert "HIDDEN" not in str(caught.value)


def test_a_server_that_is_not_there():
    with pytest.raises(LogFormatError, match="does not answer"):
        read("http://127.0.0.1:9/x.jsonl")


def test_a_file_that_changes_while_it_is_read(server):
    body = lines(2_000)
    server.answers["/x.jsonl"] = parts(body)
    usage = read_logs(server.url("/x.jsonl")).select("request_id")
    server.answers["/x.jsonl"] = parts(body + b"\n" + lines(), etag='"2"')
    with pytest.raises(Exception, match=r"x\.jsonl cannot be read: it changed after"):
        usage.collect()
    assert read(server.url("/x.jsonl"), "request_id").height == 2_003


def test_of_several_files_the_one_that_goes_wrong_is_named(server, parquet):
    body = parquet.read_bytes()
    paths = [f"/{name}.parquet?sig=HIDDEN-{name}" for name in "abc"]
    server.answers = {path: parts(body) for path in paths}
    usage = read_logs([server.url(path) for path in paths])
    assert usage.select("request_id").collect().height == 12_000
    server.answers[paths[1]] = parts(body, etag='"2"')
    with pytest.raises(Exception, match=r"b\.parquet\?… cannot be read: it changed") as caught:
        usage.collect()
    assert "HIDDEN" not in str(caught.value)
    server.answers[paths[2]] = parts(b"PAR1 is how it begins, and how it ends: PAR1")
    with pytest.raises(
        LogFormatError, match=r"c\.parquet\?… cannot be read.*file 'http.*c\.parquet"
    ):
        read_logs([server.url(path) for path in paths])


# -- secrets


def test_user_and_password_are_sent_and_not_shown(server):
    server.answers["/x.jsonl?key=HIDDEN"] = parts(lines())
    url = server.url("/x.jsonl?key=HIDDEN").replace("://", "://me:PASSWORD@")
    usage = read_logs(url)
    frame = usage.select("source_file", "request_id").collect()
    assert frame["source_file"].unique().to_list() == [server.url("/x.jsonl") + "?…"]
    _, headers = server.requests[0]
    sent = base64.b64encode(b"me:PASSWORD").decode().lower()
    assert headers["authorization"] == f"basic {sent}"
    done = CliRunner().invoke(cli, ["report", url, "--json"])
    assert json.loads(done.stdout)["total"]["requests"] == 3
    for text in (repr(usage), usage.explain(), str(frame), done.output):
        assert "PASSWORD" not in text
        assert "HIDDEN" not in text


def test_a_user_and_password_of_netrc_are_sent(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password PASSWORD\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers["/x.jsonl"] = parts(lines())
    read(server.url("/x.jsonl"))
    assert server.requests[0][1]["authorization"].startswith("basic ")


def test_addresses_that_differ_in_their_query_are_different_files(server):
    for day in (1, 2):
        server.answers[f"/x.jsonl?day={day}"] = parts(json.dumps(row(request_id=f"{day}")).encode())
    found = read([server.url(f"/x.jsonl?day={day}") for day in (2, 1)])
    assert found["request_id"].to_list() == ["2", "1"]
    assert found["source_row"].to_list() == [1, 1]


def test_a_broken_row_behind_a_signature_can_be_looked_up(server):
    good, broken = lines(1), b"{cut sho"
    for path, body in (("/q.jsonl?s=HIDDEN", good + b"\n" + broken), ("/q.jsonl?s=2", good)):
        server.answers[path] = parts(body)
    usage = read_logs(server.url("/q.jsonl?s=HIDDEN")).collect()
    (found,) = quarantine(usage).rows(named=True)
    assert (found["source_row"], found["line"]) == (2, 2)
    assert found["source_file"] == server.url("/q.jsonl?…")
    read(server.url("/q.jsonl?s=2"))
    with pytest.raises(LogFormatError, match=r"q\.jsonl\?… cannot be read: .*read it again"):
        quarantine(usage)
