"""What stores answer, and the stores that are not Amazon's; on loopback."""

from __future__ import annotations

import json
import os

import httpx
import pytest

from llmspend import LogFormatError, read_logs
from tests.loopback import response, running
from tests.object_store import SECRET, a_bucket
from tests.spend_logs import row


@pytest.fixture(scope="module")
def server():
    with a_bucket("logs"):
        yield


def read(url, *columns):
    return read_logs(url).select(columns or "request_id").collect()


def line(**columns):
    return json.dumps(row(**columns)).encode()


class Always(dict):
    """Answers to all requests."""

    def __init__(self, answer):
        super().__init__()
        self.get = answer


ANSWERS = {
    "403": ("403 Forbidden", "AccessDenied", "may not read it .*AWS_SKIP_SIGNATURE"),
    "expired": ("400 Bad Request", "ExpiredToken", "may have expired.*AWS_PROFILE"),
    "region": ("301 Moved Permanently", "PermanentRedirect", "another region: set AWS_REGION"),
    "other": ("418 I'm a teapot", "Tea", "Amazon S3 answers 418"),
}


@pytest.mark.parametrize(("status", "code", "message"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.usefixtures("server")
def test_what_a_store_answers_is_told_in_our_words(monkeypatch, status, code, message):
    body = f"<Error><Code>{code}</Code><Key>AKIDTEST</Key></Error>".encode()
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url(""))
        server.answers = Always(lambda _: response(body, status))
        for url in ("s3://b/x.json", "s3://b/*.json"):
            with pytest.raises(LogFormatError, match=f"cannot be read: .*{message}") as caught:
                read(url)
            for hidden in (SECRET, "AKIDTEST", "127.0.0.1", "\n", "Debug"):
                assert hidden not in str(caught.value)


def test_a_store_that_is_not_there(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(LogFormatError, match=r"cannot be reached: .*AWS_ENDPOINT_URL"):
        read("s3://logs/x.json")


# -- other stores


@pytest.mark.usefixtures("server")
def test_google_cloud_storage_by_the_same_server(monkeypatch):
    """moto's S3 answers the XML interface that obstore asks of Google too."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    everybodys = {"x-amz-acl": "public-read"}
    body = line(request_id="google")
    httpx.put(f"{endpoint}/open", headers=everybodys, trust_env=False)
    httpx.put(f"{endpoint}/open/google/x.jsonl", content=body, headers=everybodys, trust_env=False)
    monkeypatch.setenv("GOOGLE_BASE_URL", endpoint)
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    for url in ("gs://open/google/x.jsonl", "gcs://open/google/*.jsonl", "gs://open/google/"):
        assert read(url, "request_id").item() == "google"
    with pytest.raises(LogFormatError, match=r"no object gs://open/google/y\.jsonl"):
        read("gs://open/google/y.jsonl")


def _azure_blob(body):
    def answer(headers):
        first, last = map(int, headers["range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        return response(
            part,
            "206 Partial Content",
            content_range=f"bytes {first}-{first + len(part) - 1}/{len(body)}",
            last_modified="Wed, 01 Jul 2026 10:00:00 GMT",
            etag='"1"',
        )

    return answer


def _azure_list(name, body):
    return response(
        f"""<?xml version="1.0"?><EnumerationResults><Blobs><Blob><Name>{name}</Name><Properties>
        <Last-Modified>Wed, 01 Jul 2026 10:00:00 GMT</Last-Modified>
        <Content-Length>{len(body)}</Content-Length><Content-Type>x</Content-Type>
        <Etag>1</Etag></Properties></Blob></Blobs><NextMarker/></EnumerationResults>""".encode()
    )


@pytest.mark.parametrize(
    "root", ["az://logs", "abfs://logs", "abfss://logs@acme.dfs.core.windows.net"]
)
def test_azure_by_a_server_that_answers_like_it(monkeypatch, root):
    body = line(request_id="azure")
    with running() as server:
        listing, blob = _azure_list("a/x.jsonl", body), _azure_blob(body)
        answers = {True: listing, False: blob}
        server.answers = Always(lambda path: answers["comp=list" in path])
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "acme")
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", server.url(""))
        monkeypatch.setenv("AZURE_SKIP_SIGNATURE", "true")
        found = read(f"{root}/a/", "request_id", "source_file")
        assert found.row(0) == ("azure", f"{root}/a/x.jsonl")


def test_azure_without_an_account(monkeypatch):
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(LogFormatError, match="set AZURE_STORAGE_ACCOUNT_NAME"):
        read("az://logs/x.jsonl")
