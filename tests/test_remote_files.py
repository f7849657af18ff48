"""Logs in object stores: found, opened and read as files are; against a real server on loopback."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

import httpx
import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from llmspend import InputError, LogFormatError, price, quarantine, read_logs
from llmspend import remote_handles as handles
from llmspend.cli import cli
from llmspend.log_files import log_files
from tests.loopback import response, running
from tests.object_store import SECRET, a_bucket
from tests.spend_logs import as_csv, jsonl, row

FEW = ("request_id", "model", "team", "logged_spend", "source_file", "source_row")
CONTENTS = ("request_id", "model", "team", "logged_spend", "source_row")


@pytest.fixture(scope="module")
def put():
    with a_bucket("logs") as putting:
        yield putting


@pytest.fixture
def fetched(monkeypatch):
    """Every part that is fetched: key, first byte, number of bytes."""
    parts = []
    true = handles.object_piece

    def counted(store, cloud, key, start, stop):
        piece = true(store, cloud, key, start, stop)
        parts.append((key, start, len(piece.data)))
        return piece

    monkeypatch.setattr(handles, "object_piece", counted)
    return parts


def read(path, *columns, **options):
    return read_logs(path, **options).select(columns or FEW).collect()


def line(**columns):
    return json.dumps(row(**columns)).encode()


# -- kinds of files


def _parquet(path, *rows):
    texts = [{k: json.dumps(v) if isinstance(v, dict) else v for k, v in r.items()} for r in rows]
    pl.DataFrame(texts).write_parquet(path)
    return path


def _zst(path, *rows):
    plain = jsonl(path.with_suffix(""), *rows)
    path.write_bytes(pa.compress(plain.read_bytes(), codec="zstd", asbytes=True))
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("x.parquet", _parquet),
        ("x.csv", as_csv),
        ("x.csv.gz", as_csv),
        ("x.jsonl", jsonl),
        ("x.json.gz", jsonl),
        ("x.jsonl.zst", _zst),
        ("no-suffix", jsonl),
    ],
)
def test_a_file_is_the_same_in_a_store(put, tmp_path, name, write):
    file = write(tmp_path / name, *(row() for _ in range(300)))
    url = put(f"kinds/{name}", file.read_bytes())
    remote, local = read(url), read(file)
    assert remote.height == 300
    assert remote.select(CONTENTS).equals(local.select(CONTENTS))
    assert remote["source_file"].unique().to_list() == [url]


def test_a_broken_csv_row_stays(put, tmp_path):
    file = as_csv(tmp_path / "x.csv", row(), row(), row())
    lines = file.read_text("utf-8").splitlines()
    lines.insert(2, "broken," * 3)
    url = put("broken.csv", "\n".join(lines).encode())
    found = read(url, "usage_issue", "source_file", "source_row")
    assert found["source_row"].to_list() == [1, 2, 3, 4]
    assert found["usage_issue"].to_list().index("unreadable_row") == 1
    assert set(found["source_file"]) == {url}
    assert quarantine(found).select("source_file", "line").row(0) == (url, 3)


def test_a_file_larger_than_a_part_is_read_in_parts(put, fetched):
    count = 2_000
    url = put("large.jsonl", b"\n".join(line() for _ in range(count)))
    assert read(url, "request_id").height == count
    assert len({start for _, start, _ in fetched}) > 1


# -- which files


@pytest.fixture(scope="module")
def days(put):
    """One object per request in a folder per day, as loggers write them."""
    for day in ("2026-07-01", "2026-07-02", "2026-08-01"):
        for number in range(3):
            name = f"days/date={day}/team=t {number}/r {day} {number}.json.gz"
            put(name, gzip.compress(line(request_id=f"{day}/{number}")))
    put("days/notes.txt", b"not a log")
    put("days/empty.jsonl", b"")
    return "s3://logs/days"


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("", 9),
        ("/", 9),
        ("/**", 10),
        ("/**/*.json.gz", 9),
        ("/date=2026-07-*/**/*.gz", 6),
        ("/date=2026-07-0[2-9]/*/*", 3),
        ("/date=2026-07-0?/team=t 1/*.json.gz", 2),
        ("/date=2026-0[78]-01/", 6),
        ("/**/team=t 2/**", 3),
        ("/date=2026-07-01/team=t 1/r 2026-07-01 1.json.gz", 1),
    ],
)
def test_folders_and_patterns(days, pattern, count):
    found = log_files(days + pattern)
    assert len(found) == count
    assert found == sorted(found)
    assert all(file.startswith("s3://logs/days/") for file in found)


def test_one_object_per_request_is_one_table(days, fetched):
    found = read(f"{days}/date=2026-07-*/**")
    assert found["request_id"].to_list() == [f"2026-07-0{d}/{n}" for d in (1, 2) for n in range(3)]
    assert found["source_row"].to_list() == [1] * 6
    assert found["source_file"].n_unique() == 6
    # looked at, recognised and read: and fetched once
    assert len(fetched) == len(set(fetched)) == 6


def test_folders_named_like_columns_are_columns(put, tmp_path):
    bare = {k: v for k, v in row().items() if k != "model"}
    file = as_csv(tmp_path / "x.csv", bare)
    url = put("parts/model=acme%2Flarge/x.csv", file.read_bytes())
    assert read("s3://logs/parts/", "model", "source_file").row(0) == ("acme/large", url)


HOSTILE = (
    "sp ace.json",
    "[1].json",
    "q?x=1.json",
    "h#sh.json",
    "it's.json",
    'dq".json',
    "pct%20.json",
    "plus+&=.json",
    "star*.json",
    "{a}.json",
    "ünï-😀.json",
    "'); DROP TABLE x; --.json",
)


def test_hostile_names(put):
    urls = {put(f"hostile/{name}", line(request_id=name)): name for name in HOSTILE}
    found = read("s3://logs/hostile", "request_id", "source_file")
    assert dict(found.select("source_file", "request_id").iter_rows()) == urls
    for url, name in urls.items():
        assert log_files(url) == [url], name


def test_several_addresses_and_files_together(put, tmp_path):
    here = jsonl(tmp_path / "a.jsonl", row(request_id="here"))
    there = put("together.jsonl", line(request_id="there"))
    assert read([there, here], "request_id")["request_id"].to_list() == ["there", "here"]


def test_a_new_reading_sees_what_is_new(put):
    url = put("growing.jsonl", line())
    before = read_logs(url)
    put("growing.jsonl", line() + b"\n" + line())
    assert read(url).height == 2
    assert before.select("model").collect().height == 2


def test_names_for_ids_from_a_store(put):
    url = put("named.jsonl", line(team_id="t-9", metadata={}))
    for name, table in {
        "teams.csv": b"team_id,team_alias\nt-9,Search\n",
        "teams.json": b'{"team_id": "t-9", "team_alias": "Search"}',
    }.items():
        teams = put(f"companions/{name}", table)
        assert read(url, "team_alias", teams=teams).item() == "Search"


# -- what is not there, or not allowed


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://logs/days/date=2026-07-01/nope.json", r"no object .*nope\.json.* In .*: team=t 0/"),
        ("s3://logs/days/date=2027-*/**", r"matches the pattern .* In s3://logs/days: date=2026-0"),
        ("s3://logs/dasy/x.json", r"In s3://logs: days/"),
        ("s3://logs/days/*.orc", "no object matches"),
        ("s3://nowhere/x.json", "nowhere/x.json cannot be read: there is no such bucket"),
        ("s3://nowhere/*.json", "there is no such bucket"),
        ("s3://logs/a//b.json", "a name with an empty part"),
        ("s3://logs/days/notes.txt", "not a usage log"),
        ("s3://", "names no bucket"),
        (Path("s3://logs/days"), "give it as text"),
    ],
)
@pytest.mark.usefixtures("days")
def test_what_is_not_there_is_an_error(address, message):
    with pytest.raises(InputError, match=message):
        read(address)


def test_an_empty_object_is_an_error(put):
    with pytest.raises(LogFormatError, match=r"s3://logs/empty\.jsonl is empty"):
        read(put("empty.jsonl", b""))


def test_credentials_in_an_address_are_refused_and_not_shown():
    with pytest.raises(InputError, match="holds credentials") as caught:
        read(f"s3://AKID:{SECRET}@logs/x.json")
    assert SECRET not in str(caught.value)


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
@pytest.mark.usefixtures("put")
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


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(InputError, match=r"takes obstore: pip install 'llmspend.*\[remote\]'"):
        read("s3://never-opened-before/x.json")


def test_no_secret_is_shown(put):
    usage = read_logs(put("shown.jsonl", line()))
    for text in (repr(usage), usage.explain(), str(usage.collect_schema())):
        assert SECRET not in text


# -- other stores


@pytest.mark.usefixtures("put")
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


# -- the command line


def test_commands_take_addresses(put, tmp_path):
    url = put("cli/logs.jsonl", b"\n".join(line(request_id=f"cli-{n}") for n in range(5)))
    out = tmp_path / "charges.parquet"
    done = CliRunner().invoke(cli, ["price", url, "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == 5
    priced = put("cli/charges.parquet", out.read_bytes())
    reports = []
    for given in (url, priced, str(out)):
        done = CliRunner().invoke(cli, ["report", given, "--json"])
        assert done.exit_code == 0, done.exception or done.output
        reports.append(json.loads(done.stdout))
    assert [r.pop("source") for r in reports] == [url, priced, str(out)]
    assert reports[0] == reports[1] == reports[2]
    done = CliRunner().invoke(cli, ["price", url, "-o", "s3://logs/out.parquet"])
    assert done.exit_code == 1
    assert "s3://logs/out.parquet is elsewhere" in str(done.exception)


def test_remote_charges_are_the_same_table(put, tmp_path, acme):
    from llmspend.remote_tables import scan_remote_parquet

    usage = read_logs(put("charges.jsonl", b"\n".join(line() for _ in range(5))))
    price(usage, cost_map=acme).collect().write_parquet(tmp_path / "c.parquet")
    here = pl.scan_parquet(tmp_path / "c.parquet")
    there = scan_remote_parquet(put("c.parquet", (tmp_path / "c.parquet").read_bytes()))
    assert there.collect_schema() == here.collect_schema()
    assert there.collect().equals(here.collect())
    some = pl.col("cost") > 0
    assert (
        there.filter(some)
        .select("model")
        .head(2)
        .collect()
        .equals(here.select("model").head(2).collect())
    )
    assert there.select(pl.len()).collect().item() == 5
