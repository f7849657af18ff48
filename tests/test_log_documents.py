"""Rows inside JSON documents, lists and folders: the same frame as from lines."""

from __future__ import annotations

import codecs
import gzip
import json
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pytest

from llmspend import Format, LogFormatError, UnknownNameError, normalize, quarantine, read_logs
from llmspend.formats.litellm import SPEND_LOGS
from tests.spend_logs import as_csv, jsonl, row

ROWS = [row(request_id=f"r-{i}", prompt_tokens=i) for i in range(20)]
PAGE = replace(
    SPEND_LOGS, name="page", rows=("data",), document=frozenset({"data", "total"}), above={}
)
_TAGS = """(SELECT to_json(map_from_entries(list_transform(
    CAST({} AS JSON[]), lambda tag: {'key': tag->>'k', 'value': tag->>'v'}))))"""
ACME = Format(
    name="acme",
    identified_by=frozenset({"call", "tokens_in"}),
    paths={
        "request_id": ("call",),
        "model": ("about:llm",),
        "prompt_tokens": ("tokens_in",),
        "team": ("squad",),
        "user": ('labels:"acme.user"',),
    },
    rows=("days", "squads{squad}", "calls"),
    above={"day": "1:date"},
    document=frozenset({"days"}),
    computed={
        "labels": (
            "tags",
            _TAGS,
        )
    },
    is_row={"kind": "{} = 'call'"},
    derived=({"provider": pl.lit("acme")},),
)
"""A made-up gateway: days hold squads, by name, and those hold calls among other things."""


def read(path, **options):
    return read_logs(path, **options).collect().drop("source_file")


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return read(jsonl(tmp_path_factory.mktemp("lines") / "x.jsonl", *ROWS))


def _list(path):
    path.write_text(json.dumps(ROWS))


def _pretty_list(path):
    path.write_text("\n  " + json.dumps(ROWS, indent=2))


def _pretty_objects(path):
    path.write_text("\n".join(json.dumps(each, indent=1) for each in ROWS))


def _marked(write):
    """Write a file with a byte order mark before all else, as Windows' tools do."""

    def marking(path):
        write(path)
        data = path.read_bytes()
        is_gzip = path.name.endswith(".gz")
        plain = codecs.BOM_UTF8 + (gzip.decompress(data) if is_gzip else data)
        path.write_bytes(gzip.compress(plain) if is_gzip else plain)

    return marking


def _lines(path):
    jsonl(path, *ROWS)


def _crlf_lines(path):
    jsonl(path, *ROWS)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _cells(path):
    as_csv(path, *ROWS)


def _zst(path):
    text = "".join(json.dumps(each) + "\n" for each in ROWS)
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, "zstd") as stream:
        stream.write(text.encode())


def _csv_zst(path):
    plain = as_csv(path.with_name("plain.csv"), *ROWS)
    with pa.OSFile(str(path), "wb") as file, pa.CompressedOutputStream(file, "zstd") as stream:
        stream.write(plain.read_bytes())


def _semicolons(path):
    dump = json.dumps
    texts = [{k: dump(v) if isinstance(v, dict | list) else v for k, v in r.items()} for r in ROWS]
    pl.DataFrame(texts).write_csv(path, separator=";")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("x.json", _list),
        ("x.json", _pretty_list),
        ("x", _pretty_list),
        ("x.json", _pretty_objects),
        ("x.jsonl.zst", _zst),
        ("x", _zst),
        ("x.csv.zst", _csv_zst),
        ("x.csv", _semicolons),
        ("x.jsonl", _marked(_lines)),
        ("x.jsonl", _marked(_crlf_lines)),
        ("x.jsonl.gz", _marked(_lines)),
        ("x", _marked(_lines)),
        ("x.json", _marked(_list)),
        ("x.json", _marked(_pretty_list)),
        ("x.json", _marked(_pretty_objects)),
        ("x.csv", _marked(_cells)),
        ("x.csv.gz", _marked(_cells)),
    ],
)
def test_however_the_objects_stand(tmp_path, lines, name, write):
    write(tmp_path / name)
    assert read(tmp_path / name).equals(lines)


def test_lines_after_a_byte_order_mark_are_read_as_any_others(tmp_path):
    # blank first, and then everything that JSON lines may hold
    broken = ('{"request_id": "SECRET', "  ", "[1, 2]", "17", "{}")
    lines = ("", *broken, row(), "\x00", row(team_id=5))
    plain, marked = (jsonl(tmp_path / name, *lines) for name in ("plain.jsonl", "marked.jsonl"))
    marked.write_bytes(codecs.BOM_UTF8 + plain.read_bytes())
    whole = read_logs([plain, marked]).collect()
    halves = whole.partition_by("source_file", include_key=False)
    assert halves[0].drop("is_duplicate").equals(halves[1].drop("is_duplicate"))
    assert halves[0]["source_row"].to_list() == [*range(1, 8)]
    reasons = quarantine(read_logs(marked))
    assert reasons.select("source_row", "line").rows() == [
        (1, 2),
        (2, 4),
        (3, 5),
        (4, None),
        (6, 8),
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_lines_that_are_not_utf_8_are_rows_after_a_byte_order_mark_too(tmp_path, suffix):
    rows = [row(request_id=f"r-{number}", user="ü" * number) for number in range(5)]
    lines = [json.dumps(each, ensure_ascii=False).encode() for each in rows]
    lines[1:1] = [lines[1].replace("ü".encode(), b"\xfc"), b"", b"  "]
    for at, mark in enumerate((b"", codecs.BOM_UTF8)):
        data = mark + b"\n".join(lines)
        path = tmp_path / f"{at}{suffix}"
        path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    plain, marked = (read_logs(tmp_path / f"{at}{suffix}").collect() for at in (0, 1))
    assert marked["request_id"].to_list() == ["r-0", None, "r-1", "r-2", "r-3", "r-4"]
    assert marked.drop("source_file").equals(plain.drop("source_file"))
    (reason,) = quarantine(marked).rows(named=True)
    assert (reason["source_row"], reason["line"]) == (2, 2)
    assert reason["reason"].startswith("The line is not UTF-8: its byte ")
    assert quarantine(plain)["reason"].to_list() == [reason["reason"]]
    together = read_logs([tmp_path / f"{at}{suffix}" for at in (0, 1)]).collect()
    assert together["source_row"].to_list() == [*range(1, 7)] * 2
    assert together["source_file"].n_unique() == 2


def test_many_small_files_with_byte_order_marks(tmp_path):
    for number, each in enumerate(ROWS):
        text = json.dumps(each)
        (tmp_path / f"{number:02}.json").write_text(text, "utf-8-sig" if number % 3 else "utf-8")
    usage = read_logs(tmp_path).collect()
    assert usage["request_id"].to_list() == [each["request_id"] for each in ROWS]
    assert usage["source_row"].to_list() == [1] * len(ROWS)


def test_pages_after_a_byte_order_mark(tmp_path, lines):
    halves = [{"data": ROWS[i : i + 10], "total": 20} for i in (0, 10)]
    file = jsonl(tmp_path / "pages.jsonl", *halves)
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    assert read(file, format=PAGE).equals(lines)


def test_one_object_per_file(tmp_path, lines):
    folder = tmp_path / "logs"
    for number, each in enumerate(ROWS):
        file = folder / "2026-07-01" / f"{number:02}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(each))
    (folder / "2026-07-01" / "07a.json").write_text('{"request_id": "cut he')
    (folder / "2026-07-01" / "08a.json").touch()
    usage = read_logs(folder).collect()
    assert usage.height == len(ROWS) + 1
    assert usage["source_row"].to_list() == [1] * usage.height
    broken = usage.filter(usage_issue="unreadable_row")
    assert [f[-8:] for f in broken["source_file"]] == ["07a.json"]
    fine = usage.filter(pl.col("request_id").is_not_null()).drop("source_file", "source_row")
    assert fine.equals(lines.drop("source_row"))


def test_pages_of_rows(tmp_path, lines):
    whole, pages = tmp_path / "page.json", tmp_path / "pages.jsonl"
    whole.write_text(json.dumps({"data": ROWS, "total": 20, "page": 1}, indent=1))
    halves = [{"data": ROWS[i : i + 10], "total": 20} for i in (0, 10)]
    jsonl(pages, *halves, {"data": [], "total": 20})
    for file in (whole, pages):
        assert read(file, format=PAGE).equals(lines)


def test_a_page_that_is_broken_is_a_row(tmp_path):
    file = jsonl(
        tmp_path / "x.jsonl",
        {"data": [row(), None], "total": 2},
        "{cut",
        {"total": 1},
        {"data": "no list", "total": 1},
    )
    usage = read(file, format=PAGE)
    assert usage["usage_issue"].to_list() == [None] + ["unreadable_row"] * 4
    assert usage["source_row"].to_list() == [1, 2, 3, 4, 5]


_ENDINGS = {jsonl: ".jsonl", as_csv: ".csv"}
CALLS = [
    {"kind": "call", "call": "c1", "tokens_in": 5, "about": {"llm": "small"}, "tags": []},
    {"kind": "note", "call": "n1", "tokens_in": 0},
    {"kind": "call", "call": "c2", "tokens_in": "7", "tags": [{"k": "acme.user", "v": "u'\"1"}]},
]


def test_a_format_of_your_own(tmp_path):
    file = tmp_path / "acme.json"
    squads = {'se"arch': {"calls": CALLS}, "idle": {}}
    file.write_text(json.dumps({"days": [{"date": "2026-07-01", "squads": squads}]}, indent=1))
    usage = read(file, format=ACME)
    columns = ("request_id", "team", "model", "prompt_tokens", "user", "provider", "source_row")
    assert usage.select(columns).rows() == [
        ("c1", 'se"arch', "small", 5, None, "acme", 1),
        ("c2", 'se"arch', None, 7, "u'\"1", "acme", 3),
    ]
    assert read_logs(file, format=ACME).select("request_id").collect().height == 2
    assert read_logs(file, format=ACME).head(1).collect().height == 1


def test_a_frame_of_your_own_needs_no_format():
    frame = pl.DataFrame({"llm": ["small"], "in": [3]})
    usage = normalize(frame, {"model": "llm", "prompt_tokens": pl.col("in") * 2})
    assert usage.select("model", "prompt_tokens").row(0) == ("small", 6)


def test_formats_have_names(tmp_path, lines):
    file = jsonl(tmp_path / "x.jsonl", *ROWS)
    assert read(file, format="litellm_spendlogs").equals(lines)
    with pytest.raises(UnknownNameError, match="LiteLLM_SpendLogs"):
        read_logs(file, format="LiteLLM_SpendLog")


def test_folders_that_name_columns(tmp_path):
    given = {k: v for k, v in row().items() if k not in ("team_id", "model")}
    for team in ("a%20b", "__HIVE_DEFAULT_PARTITION__"):
        folder = tmp_path / f"team_id={team}" / "model=m%2Fx" / "day=1"
        folder.mkdir(parents=True)
        pl.DataFrame([{**given, "metadata": "{}", "request_id": team}]).write_parquet(
            folder / "x.parquet"
        )
        jsonl(folder / "y.jsonl", {**row(request_id=f"{team} 2"), "team_id": "own"})
    usage = read_logs(tmp_path).collect()
    assert usage.select("team", "model").rows() == [
        (None, "m/x"),
        ("own", "acme/small"),
        ("a b", "m/x"),
        ("own", "acme/small"),
    ]


@pytest.mark.parametrize("name", ["team_id", "TEAM_ID", "Team_Id"])
@pytest.mark.parametrize("write", [jsonl, as_csv])
def test_what_a_file_lacks_its_folder_says(tmp_path, name, write):
    without = {k: v for k, v in row().items() if k != "team_id"}
    folder = tmp_path / f"{name}=search"
    folder.mkdir()
    write(folder / f"a{_ENDINGS[write]}", {**without, "request_id": "a"})
    write(folder / f"b{_ENDINGS[write]}", {**without, "request_id": "b", "team_id": "own"})
    write(folder / f"c{_ENDINGS[write]}", {**without, "request_id": "c", "TEAM_ID": "own"})
    write(folder / f"d{_ENDINGS[write]}", {**without, "request_id": "d", "team_id": None})
    write(folder / f"e{_ENDINGS[write]}", {**without, "request_id": "e"})
    for path in (tmp_path, folder, str(tmp_path / "*" / "*")):
        usage = read(path)
        assert usage["request_id"].to_list() == [*"abcde"]
        assert usage["team"].to_list() == ["search", "own", "own", None, "search"]


def test_lines_far_down_may_have_what_the_first_lack(tmp_path):
    without = {k: v for k, v in row().items() if k not in ("team_id", "request_tags")}
    folder = tmp_path / "TEAM_ID=search" / "request_tags=red"
    folder.mkdir(parents=True)
    jsonl(folder / "x.jsonl", *[without] * 60, without | {"team_id": "own", "request_tags": ["a"]})
    usage = read(folder)
    assert usage["team"].to_list() == ["search"] * 60 + ["own"]
    assert usage["tags"].to_list()[-1] == ["a"]


def test_a_broken_line_in_a_folder_that_names_columns(tmp_path):
    without = {k: v for k, v in row().items() if k != "team_id"}
    folder = tmp_path / "team_id=search" / "model=m"
    folder.mkdir(parents=True)
    jsonl(folder / "x.jsonl", without, "{cut", "{}", without)
    with as_csv(folder / "y.csv", without).open("a", newline="") as file:
        file.write("broken\r\n")
    usage = read_logs(tmp_path).collect()
    broken = [None, "unreadable_row", "unreadable_row", None, None, "unreadable_row"]
    assert usage["usage_issue"].to_list() == broken
    assert usage["team"].to_list() == [None if issue else "search" for issue in broken]


def test_folders_name_columns_of_the_rows_in_documents(tmp_path):
    folder = tmp_path / "Team_Id=search"
    folder.mkdir()
    rows = [{k: v for k, v in row().items() if k != "team_id"}, row(team_id="own")]
    (folder / "x.json").write_text(json.dumps({"data": rows, "total": 2}))
    assert read(folder, format=PAGE)["team"].to_list() == ["search", "own"]


def test_texts_are_read_when_asked_for(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", row())
    assert "messages" not in read_logs(file).collect_schema()
    asked = read_logs(file, texts=True).collect().row(0, named=True)
    assert json.loads(asked["messages"]) == row()["messages"]
    assert json.loads(asked["response"]) == row()["response"]
    assert list(asked)[-2:] == ["messages", "response"]


def test_a_time_range_is_half_open(tmp_path):
    times = ("2026-06-30T23:59:59.999Z", "2026-07-01T00:00:00Z", "2026-07-01T23:00:00-02:00", None)
    file = jsonl(tmp_path / "x.jsonl", *(row(startTime=t) for t in times))
    july = read_logs(file, since="2026-07-01", until="2026-07-02").collect()
    assert july["source_row"].to_list() == [2, 4]  # the last one might be meant
    assert read_logs(file, since="2026-07-02T03:00:00+02:00").collect().height == 2
    assert read_logs(file, until="2026-07-01").select("model").collect().height == 2


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", ""])
def test_a_time_that_is_none(tmp_path, moment):
    with pytest.raises(ValueError, match="is not a moment"):
        read_logs(jsonl(tmp_path / "x.jsonl", row()), since=moment)


def test_usage_that_was_read_before(tmp_path):
    file = jsonl(tmp_path / "x.jsonl", *ROWS, "broken")
    usage = read_logs(file).collect()
    usage.write_parquet(tmp_path / "usage.parquet")
    usage.write_ndjson(tmp_path / "usage.jsonl")
    for again in ("usage.parquet", "usage.jsonl"):
        assert read_logs(tmp_path / again).collect().equals(usage)
    both = read_logs([tmp_path / "usage.parquet", file]).collect()
    assert both["is_duplicate"].to_list() == [False] * 21 + [True] * 20 + [False]
    assert both["source_file"].unique().to_list() == [str(file)]
    charges = usage.with_columns(cost=1.0, issue=None)
    charges.write_parquet(tmp_path / "charges.parquet")
    assert read_logs(tmp_path / "charges.parquet").collect().equals(usage)


def test_a_damaged_list_is_an_error(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(ROWS)[:-20])
    with pytest.raises(LogFormatError, match=r"x\.json cannot be read"):
        read(tmp_path / "x.json")
