"""CSV whose lines end in several ways is read like any other."""

from __future__ import annotations

import gzip
import random
import tracemalloc

import polars as pl
import pytest

from llmspend import log_cells as cells
from llmspend import quarantine, read_logs
from llmspend.log_files import look_into
from tests.spend_logs import as_csv, row

ROWS = [
    row(
        request_id=f"r-{number}",
        user=f'"{number}",\r\nx\n',
        team_id=(None, "", "\\N")[number % 3],
        messages="ü" * number,
    )
    for number in range(40)
]
BROKEN = ("too,few", "x" + ",y" * 60, 'a,"b"c,')


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """The header and the rows as CSV, without line ends."""
    path = tmp_path_factory.mktemp("texts") / "x.csv"
    header = as_csv(path, ROWS[0]).read_bytes().split(b"\n")[0]
    return [header, *(as_csv(path, r).read_bytes()[len(header) + 1 : -1] for r in ROWS)]


def joined(texts, ends):
    return b"".join(text + end for text, end in zip(texts, ends, strict=True))


def mixed(texts, seed):
    return joined(texts, random.Random(seed).choices((b"\n", b"\r\n"), k=len(texts)))


def late(texts, first, last):
    return joined(texts, [first] * (len(texts) - 2) + [last] * 2)


@pytest.mark.parametrize(
    "join",
    [
        *(lambda texts, seed=seed: mixed(texts, seed) for seed in range(5)),
        lambda texts: late(texts, b"\n", b"\r\n"),
        lambda texts: late(texts, b"\r\n", b"\n"),
        lambda texts: late(texts, b"\n", b"\r"),
        lambda texts: b"\xef\xbb\xbf" + mixed(texts, 7).rstrip(),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_rows_are_the_same_whatever_lines_end_in(tmp_path, texts, join, suffix):
    plain, path = tmp_path / "plain.csv", tmp_path / f"mixed{suffix}"
    plain.write_bytes(joined(texts, [b"\n"] * len(texts)))
    data = join(texts)
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    expected = read_logs(plain, texts=True).drop("source_file").collect()
    usage = read_logs(path, texts=True).drop("source_file")
    assert expected["request_id"].to_list() == [r["request_id"] for r in ROWS]
    assert usage.collect().equals(expected)
    assert usage.head(3).collect().equals(expected.head(3))
    assert usage.select("source_row").collect().equals(expected.select("source_row"))
    assert quarantine(read_logs(path)).is_empty()


@pytest.mark.parametrize("is_mixed", [True, False])
def test_no_row_is_lost_where_some_are_broken(tmp_path, texts, is_mixed):
    header, *rows = texts
    lines = [header, b"too,few", *rows[:20], *(b.encode() for b in BROKEN), *rows[20:]]
    path = tmp_path / "x.csv"
    for seed in range(10 if is_mixed else 1):
        path.write_bytes(mixed(lines, seed) if is_mixed else joined(lines, [b"\n"] * len(lines)))
        usage = read_logs(path).collect()
        ids = [r["request_id"] for r in ROWS]
        assert usage["request_id"].to_list() == [None, *ids[:20], *[None] * 3, *ids[20:]]
        assert usage["usage_issue"].is_not_null().equals(usage["request_id"].is_null())
        assert usage["source_row"].to_list() == [*range(1, len(lines))]
        reasons = quarantine(usage)
        assert reasons["source_row"].to_list() == [1, 22, 23, 24]
        assert reasons["reason"][1] == "The row has 2 cells, the header 21."


@pytest.mark.parametrize("is_mixed", [True, False])
def test_a_byte_that_is_not_utf_8_is_shown_as_such(tmp_path, texts, is_mixed):
    header, *rows = texts
    rows[5] = rows[5].replace("ü".encode(), b"\xfc")
    path = tmp_path / "x.csv"
    lines = [header, *rows]
    path.write_bytes(mixed(lines, 1) if is_mixed else joined(lines, [b"\n"] * len(lines)))
    usage = read_logs(path, texts=True).collect()
    assert usage["messages"].to_list() == [
        None,
        *("�" * i if i == 5 else "ü" * i for i in range(1, 40)),
    ]
    assert usage["usage_issue"].null_count() == len(ROWS)
    # whatever is asked for, the rows are the same
    assert read_logs(path).select("request_id").collect().equals(usage.select("request_id"))


def test_rows_that_were_given_before_are_not_given_again(tmp_path):
    columns = {"messages": "", "response": "", "metadata": "{}"}
    path = as_csv(
        tmp_path / "x.csv", *(row(request_id=f"r-{i}", **columns) for i in range(120_000))
    )
    *lines, last = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join(lines) + b"\r\n" + last + b"\r\n")
    usage = read_logs(path).select("request_id", "source_row").collect()
    assert usage["request_id"].equals(pl.Series("request_id", [f"r-{i}" for i in range(120_000)]))
    assert usage["source_row"].equals(pl.Series("source_row", range(1, 120_001)))


def test_batches_are_small_whatever_rows_are(tmp_path):
    path = tmp_path / "x.csv"
    long = "y" * 4_000_000
    with path.open("w", newline="") as file:
        file.write("a,b\r\n")
        file.writelines(f"{number},{long}\n" for number in range(30))
    file = look_into(str(path))
    tracemalloc.start()
    heights = [batch.num_rows for batch in cells.cells_of(file)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (sum(heights), max(heights)) == (30, 5)
    assert peak < 80_000_000
