"""Logs in object stores: found, opened and read as files are; against a real server on loopback."""

from __future__ import annotations

import gzip
import json
import random
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from llmspend import InputError, LogFormatError, price, quarantine, read_logs
from llmspend import remote_handles as handles
from llmspend.cli import cli
from llmspend.log_files import log_files
from llmspend.log_recognition import recognised
from llmspend.log_rows import parts_of
from llmspend.remote_handles import BEGINNING
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


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_tables_that_are_alike_are_read_together(put, tmp_path, fetched, ending):
    write = {"parquet": _parquet, "csv": as_csv}[ending]
    for day in range(1, 5):
        folder = tmp_path / f"date=2026-07-0{day}"
        folder.mkdir()
        file = write(folder / f"x.{ending}", *(row(request_id=f"{day}/{n}") for n in range(day)))
        put(f"{ending}/{folder.name}/{file.name}", file.read_bytes())
    files = recognised(log_files(f"s3://logs/{ending}"))
    assert [len(part.files) for part in parts_of(files)] == [4]
    fetched.clear()
    there, here = read(f"s3://logs/{ending}"), read(tmp_path)
    assert there.select(CONTENTS).equals(here.select(CONTENTS))
    assert there["source_row"].to_list() == [1, 1, 2, 1, 2, 3, 1, 2, 3, 4]
    assert there["source_file"].unique(maintain_order=True).to_list() == [
        f"s3://logs/{ending}/date=2026-07-0{day}/x.{ending}" for day in range(1, 5)
    ]
    # looked at, recognised and read: and fetched once
    assert len(fetched) == len(set(fetched)) == 4


def test_of_large_tables_the_ends_are_fetched_together(put, tmp_path, fetched):
    many = pl.DataFrame({"noise": random.Random(0).randbytes(200_000).hex()})
    for name in ("a", "b"):
        rows = pl.DataFrame(row(metadata="{}")).join(many, how="cross")
        rows.write_parquet(tmp_path / f"{name}.parquet", compression="uncompressed")
        put(f"wide/{name}.parquet", (tmp_path / f"{name}.parquet").read_bytes())
    size = (tmp_path / "a.parquet").stat().st_size
    usage = read_logs("s3://logs/wide")
    beginnings_and_ends = {(f"wide/{n}.parquet", at) for n in "ab" for at in (0, size - BEGINNING)}
    assert {(key, start) for key, start, _ in fetched} == beginnings_and_ends
    assert usage.select("request_id").collect().height == 2
    assert sum(length for *_, length in fetched) < size


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


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(InputError, match=r"takes obstore: pip install 'llmspend.*\[remote\]'"):
        read("s3://never-opened-before/x.json")


def test_no_secret_is_shown(put):
    usage = read_logs(put("shown.jsonl", line()))
    for text in (repr(usage), usage.explain(), str(usage.collect_schema())):
        assert SECRET not in text


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
