"""COPY text and dumps: without a header, without a table, cut, and with odd cells."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from llmspend import LogFormatError, quarantine, read_logs
from llmspend.formats.litellm import SPEND_LOGS
from tests.formats import DATA
from tests.formats.spoiled import table

HEADERLESS = DATA / "spend_logs_copy_headerless.txt"
DUMP = DATA / "pg_dump.sql"
COLUMNS, *ROWS = table(DATA / "spend_logs_copy.txt")
NAMED = replace(SPEND_LOGS, header=tuple(COLUMNS))


def read(path, **options):
    return read_logs(path, **options).drop("source_file", "source_row").collect()


def test_rows_without_a_header_need_the_names_of_their_columns():
    with pytest.raises(LogFormatError, match="its first line is a row") as error:
        read(HEADERLESS)
    assert "HEADER" in str(error.value)
    assert "chatcmpl-1" not in str(error.value)
    assert read(HEADERLESS, format=NAMED).equals(read(DATA / "spend_logs_copy.txt"))


def test_csv_without_a_header(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text((DATA / "spend_logs_psql.csv").read_text("utf-8").partition("\n")[2], "utf-8")
    with pytest.raises(LogFormatError, match="its first line is a row"):
        read(path)
    assert read(path, format=NAMED).equals(read(DATA / "spend_logs_psql.csv"))


def test_rows_of_a_dump_are_numbered_as_they_stand_in_it():
    usage = read_logs(DATA / "pg_dump_partitions.sql.zst").collect()
    assert usage["source_row"].to_list() == [3, 4]  # after two budgets


def test_what_backslashes_stand_for(tmp_path):
    texts = ("a\tb", "line\nbreak\r", "\\", "\\N", "\\\\n", "\b\f\v", "ü\u202e", "")
    written = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b"}
    written |= {"\f": "\\f", "\v": "\\v"}
    at = COLUMNS.index("model")
    lines = ["\t".join(COLUMNS)]
    for number, text in enumerate(texts):
        cells = [*ROWS[0]]
        cells[0], cells[at] = f"r-{number}", "".join(written.get(c, c) for c in text)
        lines.append("\t".join(cells))
    path = tmp_path / "x.copy"
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="")
    assert read(path)["model"].to_list() == [*texts[:-1], None]


def test_lines_that_end_in_several_ways(tmp_path):
    path = tmp_path / "x.copy"
    lines = ["\t".join(cells) for cells in (COLUMNS, *ROWS)]
    ends = ("\n", "\r\n")
    path.write_text(
        "".join(f"{line}{ends[i % 2]}" for i, line in enumerate(lines)), "utf-8", newline=""
    )
    assert read(path).equals(read(DATA / "spend_logs_copy.txt"))


def test_a_dump_whose_lines_end_in_several_ways(tmp_path):
    path = tmp_path / "x.sql"
    text = DUMP.read_text("utf-8")
    expected = read(DUMP)
    windows = text.replace("\n", "\r\n")
    for same in (text, windows, windows.rstrip(), text.replace("\n", "\r\n", 5)):
        path.write_text(same, "utf-8", newline="")
        assert read(path).equals(expected)
        assert (
            read_logs(path).collect()["source_row"].equals(read_logs(DUMP).collect()["source_row"])
        )


@pytest.mark.parametrize("name", ["x.copy", "x.sql", "x.sql.gz"])
@pytest.mark.parametrize("ends", [("\n", "\n"), ("\n", "\r\n")])
def test_a_byte_that_is_not_utf_8_is_shown_as_such(tmp_path, name, ends):
    broken = [
        "café" if column == "model" else c for column, c in zip(COLUMNS, ROWS[0], strict=True)
    ]
    rows = [ROWS[0], broken, *ROWS[1:]]
    whole = ["\t".join(cells) for cells in (COLUMNS, *rows)]
    if "sql" in name:
        statement = f'COPY "LiteLLM_SpendLogs" ({", ".join(COLUMNS)}) FROM stdin;'
        whole = [statement, *whole[1:], "\\."]
    data = "".join(f"{line}{ends[i % 2]}" for i, line in enumerate(whole)).encode()
    data = data.replace("é".encode(), b"\xe9")
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    usage = read_logs(path).collect()
    assert usage["model"].to_list()[:2] == [ROWS[0][COLUMNS.index("model")], "caf�"]
    assert usage["source_row"].to_list() == [*range(1, len(rows) + 1)]
    assert quarantine(usage).is_empty()


def test_a_dump_that_was_cut(tmp_path):
    path = tmp_path / "x.sql"
    text = DUMP.read_text("utf-8")
    path.write_text(text[: text.index("RateLimitError")], "utf-8", newline="")
    usage = read_logs(path).collect()
    assert usage["usage_issue"].to_list() == [None, "unreadable_row"]
    (broken,) = quarantine(usage).rows(named=True)
    assert broken["source_row"] == 4
    assert text.splitlines()[broken["line"] - 1].startswith("call-2\t")
    assert broken["reason"] == f"The row has 17 cells, the table {len(COLUMNS)} columns."


def test_a_dump_without_logs(tmp_path):
    path = tmp_path / "x.sql"
    for text, says in (
        ('COPY public."Towns" (name) FROM stdin;\nUlm\n\\.\n', "Tables found: Towns"),
        ("--\n-- nothing\nSELECT 1;\n", "no COPY … FROM stdin in it"),
        ("PGDMP\x01\x0e", "pg_restore"),
        ("PGCOPY\n", "HEADER"),
        ("Obj\x01\x04", "Avro"),
        ("PK\x03\x04", "save the sheet as CSV"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(LogFormatError, match=says) as error:
            read(path)
        assert str(path) in str(error.value)


def test_a_dump_of_many_rows_gives_those_of_its_table_only(tmp_path):
    path = tmp_path / "x.sql"
    names = ", ".join(f'"{c}"' for c in COLUMNS)
    row = "\t".join(ROWS[0][1:])
    many = "".join(f"r-{i}\t{row}\n" for i in range(3000))
    towns = 'COPY public."Towns" (name) FROM stdin;\n' + "Ulm\n\n" * 3000 + "\\.\n\n"
    spends = f'COPY public."LiteLLM_SpendLogs" ({names}) FROM stdin;\n{many}\\.\n\n'
    path.write_text(towns + spends + towns, "utf-8", newline="")
    assert read(path)["request_id"].to_list() == [f"r-{i}" for i in range(3000)]
    assert read_logs(path).tail(1).collect()["request_id"].item() == "r-2999"
    assert read_logs(path).head(2).collect()["request_id"].to_list() == ["r-0", "r-1"]
