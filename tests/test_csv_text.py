"""CSV as tools write it: whatever stands between the cells and in them, the rows are the same.

The ways are those of psql (``\\copy … csv``), the writers of pandas and Polars, COPY of DuckDB,
Spark and ClickHouse: exports made with them are written so.
"""

from __future__ import annotations

import csv
import json

import pytest

from llmspend import LogFormatError, read_logs
from tests.spend_logs import METADATA, as_csv, row

ROWS = [
    row(request_id="r-0", metadata={}, request_tags=[], team_id=None),
    row(request_id="r-1", user='"x"\ty', messages={"content": "a\nb \\ c"}),
    row(request_id="r-2", request_duration_ms=None, user="NULL"),
]


def cell(value):
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def written(path, rows, *, before="", **how):
    """Write rows as CSV, in a tool's way."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(before)
        writer = csv.writer(file, **({"lineterminator": "\n"} | how))
        writer.writerow(rows[0])
        writer.writerows([cell(v) for v in each.values()] for each in rows)
    return path


def read(path, **options):
    return read_logs(path, texts=True, **options).drop("source_file").collect()


@pytest.fixture
def expected(tmp_path):
    """What the rows are, read from CSV as everybody writes it."""
    frame = read(as_csv(tmp_path / "expected.csv", *ROWS))
    assert frame["cache_read_tokens"].to_list() == [0, 400, 400]
    assert frame["user"].to_list() == ["u-1", '"x"\ty', "NULL"]
    return frame


# -- COPY text, or CSV


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.txt"])
@pytest.mark.parametrize("null", ["", r"\N"])
def test_cells_between_tabs_that_are_quoted_are_no_copy_text(tmp_path, expected, name, null):
    rows = [{k: null if v is None else v for k, v in each.items()} for each in ROWS]
    assert read(written(tmp_path / name, rows, delimiter="\t")).equals(expected)


def test_cells_between_tabs_without_quotes_are_copy_text(tmp_path, expected):
    def copied(value):
        text = r"\N" if value is None else str(cell(value)).replace("\\", "\\\\")
        return text if value is None else text.replace("\t", "\\t").replace("\n", "\\n")

    lines = [ROWS[0], *(map(copied, each.values()) for each in ROWS)]
    (tmp_path / "x.tsv").write_text("".join("\t".join(line) + "\n" for line in lines), "utf-8")
    assert read(tmp_path / "x.tsv").equals(expected)


def test_metadata_that_cannot_be_unwrapped_are_flagged(tmp_path):
    broken = '"{""usage_object"": {}}"'
    path = written(tmp_path / "x.csv", [row(metadata=broken), row(metadata=json.dumps(METADATA))])
    assert read(path)["usage_issue"].to_list() == ["unreadable_metadata", None]


# -- no header


def test_a_long_prompt_without_a_header(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('r-1,acompletion,0.1,"' + "SECRET " * 30_000 + '"\n')
    with pytest.raises(LogFormatError, match="its first line is a row") as error:
        read(path)
    assert "SECRET" not in str(error.value)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_what_stands_in_a_row_is_not_taken_for_names(tmp_path, delimiter):
    many = {f"key {i}": "SECRET" for i in range(30)}
    path = tmp_path / "x.tsv"
    cells = ("r-1", "acompletion", "h", "2026-07-01 10:00:00", json.dumps(many))
    path.write_text(delimiter.join(cells) + "\n")
    with pytest.raises(LogFormatError, match="its first line is a row") as error:
        read(path)
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        b"ORC\n\x03SECRET\n",
        b"SQLite format 3\x00SECRET\n",
        b"\x83\xa2id\xa6SECRET\n",
        b"SECRET " * 50 + b"\n",
        b"SECRET-OF-64-CHARACTERS-IS-A-HASH-OF-A-KEY-".ljust(64, b"0") + b",b,c\n",
    ],
)
def test_what_is_no_table_is_not_shown(tmp_path, data):
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(LogFormatError, match="is not a usage log") as error:
        read(path)
    assert "SECRET" not in str(error.value)


def test_columns_that_are_found_are_shown(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("town,größe (m),Cost $,9lives\nUlm,1,2,3\n", "utf-8")
    with pytest.raises(LogFormatError, match=r"Columns found: town, Cost \$\. Columns wanted"):
        read(path)


# -- null, spelled out


WORDS = ("NULL", "null", "<null>", "[NULL]", "(null)", "ᴺᵁᴸᴸ", "\\\\N", "None", "NaN", "<NA>", "NA")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_word_that_stands_where_numbers_do_is_null(tmp_path, word, quoting):
    rows = [row(request_id=f"r-{i}", session_id=None, team_id=None, status=None) for i in (1, 2)]
    spelled = [{k: word if v is None else v for k, v in each.items()} for each in rows]
    frame = read(written(tmp_path / "x.csv", spelled, quoting=quoting))
    assert frame.equals(read(as_csv(tmp_path / "y.csv", *rows)))
    assert frame.select("status", "team", "session_id").row(1) == ("success", None, None)
    # Python's reader, which goes on where a row is broken, knows the word as well
    (tmp_path / "x.csv").write_text((tmp_path / "x.csv").read_text("utf-8") + "too,few\n", "utf-8")
    assert read(tmp_path / "x.csv")["team"].to_list() == [None] * 3


def test_a_word_of_copy_text_is_null(tmp_path):
    lines = [ROWS[0], *([cell(v) or "NULL" for v in each.values()] for each in ROWS)]
    text = "".join("\t".join(map(str, line)) + "\n" for line in lines)
    (tmp_path / "x.tsv").write_text(text.replace("\\n", "\\\\n").replace('"x"\ty', "x"), "utf-8")
    assert read(tmp_path / "x.tsv")["team"].to_list() == [None, "t-1", "t-1"]


@pytest.mark.parametrize("word", WORDS)
def test_a_customer_may_be_called_so(tmp_path, word):
    rows = [row(user=word, request_duration_ms=1), row(team_id=word, spend="NaN", metadata="null")]
    frame = read(written(tmp_path / "x.csv", rows))
    assert (frame["user"][0], frame["team"][1]) == (word, word)


# -- headers and delimiters


def test_a_delimiter_of_databases(tmp_path, expected):
    assert read(written(tmp_path / "x.csv", ROWS, delimiter="|")).equals(expected)


def test_of_columns_that_are_called_the_same_the_first_is_read(tmp_path, expected):
    header = ",".join([*ROWS[0], "team_id", "REQUEST_ID", "team_id"])
    lines = as_csv(tmp_path / "y.csv", *ROWS).read_text("utf-8").partition("\n")[2]
    ends = lines.replace('""SECRET ANSWER""}"', '""SECRET ANSWER""}",t-2,r-x,t-3')
    (tmp_path / "x.csv").write_text(f"{header}\n{ends}", "utf-8")
    assert read(tmp_path / "x.csv").equals(expected)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_row_numbers_without_a_name_are_passed_over(tmp_path, expected, delimiter):
    rows = [{"": number} | each for number, each in enumerate(ROWS)]
    assert read(written(tmp_path / "x.csv", rows, delimiter=delimiter)).equals(expected)


def test_names_with_spaces_around_them(tmp_path, expected):
    rows = [{f" {name}": value for name, value in each.items()} for each in ROWS]
    assert read(written(tmp_path / "x.csv", rows)).equals(expected)
