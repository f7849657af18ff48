"""Bytes of every fixture are damaged: an error that names the file, or no row lost or made up."""

from __future__ import annotations

import gzip
import random

import polars as pl
import pyarrow as pa
import pytest

from llmspend import LlmspendError, quarantine, read_logs
from tests.formats import DATA

FILES = sorted(p for p in DATA.rglob("*") if p.is_file() and p.suffix != ".md")
INSERTED = (
    b'"',
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b",",
    b"\t",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xe9a",
)


def plain(data):
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    is_zstd = data.startswith(b"\x28\xb5\x2f\xfd")
    return pa.CompressedInputStream(pa.BufferReader(data), "zstd").read() if is_zstd else data


def damaged(data, chance):
    at, width = chance.randrange(len(data)), chance.randrange(1, 20)
    return chance.choice(
        (
            data[:at],
            data[:at] + data[at + width :],
            data[:at] + chance.choice(INSERTED) + data[at:],
            data[:at] + chance.randbytes(width) + data[at:],
            data[:at] + data[max(0, at - 200) :],
        )
    )


def read(path):
    try:
        return read_logs(path).collect(), ""
    except LlmspendError as error:
        return None, str(error)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DATA)))
def test_nothing_is_lost_and_nothing_made_up(file, tmp_path):
    whole = plain(file.read_bytes())
    path = tmp_path / file.name
    for seed in range(4):
        path.write_bytes(damaged(whole, random.Random(f"{file.name} {seed}")))
        usage, fault = read(path)
        if usage is None:
            assert file.name in fault
            continue
        broken = usage.filter(usage_issue="unreadable_row")
        assert quarantine(usage)["source_row"].to_list() == broken["source_row"].to_list()
        few = read_logs(path).select("request_id", "source_row").collect()
        assert few.equals(usage.select("request_id", "source_row"))
        assert usage.select(pl.struct("source_file", "source_row").is_unique().all()).item()
