"""Spoils log files: broken rows, missing keys, values of other types, hostile names."""

from __future__ import annotations

import csv
import gzip
import io
import json

import polars as pl
import pyarrow as pa

BINARY = (".parquet",)
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE x; --\n\u202e=1+1\\\"{}[*]"
SPEND_LOGS = 'COPY public."LiteLLM_SpendLogs" ('
WRONG = ("abc", "", [1], {"x": 1}, -1, 10**30, True, None, HOSTILE)
"""What stands where something else was expected."""


def content(path):
    """The text of a file, uncompressed."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif data[:4] == b"\x28\xb5\x2f\xfd":
        data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    return data.decode("utf-8")


def documents(path):
    """The documents of a JSON file; None for another file."""
    if path.suffix == ".parquet":
        return None
    text = content(path)
    try:
        value = json.loads(text)
    except ValueError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return None
    return value if isinstance(value, list) else [value]


def table(path):
    """The cells of a CSV file or of COPY text: the header and the rows."""
    text = content(path)
    if path.suffix == ".sql":
        statement, rest = text[text.index(SPEND_LOGS) :].split("\n", 1)
        columns = statement[len(SPEND_LOGS) :].partition(")")[0].replace('"', "").split(", ")
        rows = rest[: rest.index("\\.\n")].splitlines()
        return [columns, *(row.split("\t") for row in rows)]
    if is_copy(path):
        return [line.split("\t") for line in text.splitlines()]
    return list(csv.reader(io.StringIO(text)))


def is_copy(path):
    """Whether a file is COPY text, in which a cell is a cell whatever it holds."""
    return "copy" in path.name or path.suffix == ".sql"


def save_documents(path, values):
    """Write documents as JSON lines."""
    path.write_text("".join(json.dumps(v) + "\n" for v in values), "utf-8")
    return path


def save_table(path, rows, like):
    """Write cells as the file `like` has them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        if is_copy(like):
            header, *rows = rows
            if like.suffix == ".sql":
                names = ", ".join(f'"{name}"' for name in header)
                file.write(f"--\n\n{SPEND_LOGS}{names}) FROM stdin;\n")
            else:
                file.write("\t".join(header) + "\n")
            escaped = [[c.replace("\n", "\\n").replace("\t", "\\t") for c in row] for row in rows]
            file.write("".join("\t".join(row) + "\n" for row in escaped))
            if like.suffix == ".sql":
                file.write("\\.\n\nSELECT 1;\n")
        else:
            csv.writer(file).writerows(rows)
    return path


def leaves_replaced(value, new):
    """A copy of a JSON value with `new` in place of everything that holds nothing else."""
    if isinstance(value, dict) and value:
        return {key: leaves_replaced(v, new) for key, v in value.items()}
    if isinstance(value, list) and value:
        return [leaves_replaced(v, new) for v in value]
    return new


def texts_replaced(value, new):
    """A copy of a JSON value with `new` in place of every text, and of keys that are models."""
    if isinstance(value, dict):
        return {new if "/" in k else k: texts_replaced(v, new) for k, v in value.items()}
    if isinstance(value, list):
        return [texts_replaced(v, new) for v in value]
    return new if isinstance(value, str) else value


def keys_dropped(value, remainder):
    """A copy of a JSON value without every other key, at every depth."""
    if isinstance(value, dict):
        kept = (item for i, item in enumerate(value.items()) if i % 2 == remainder)
        return {key: keys_dropped(v, remainder) for key, v in kept}
    if isinstance(value, list):
        return [keys_dropped(v, remainder) for v in value]
    return value


def spoiled(path, folder):
    """Yield files of the same shape with wrong values, missing keys and hostile names."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        texts = pl.DataFrame({c: ["abc", HOSTILE, "-1", "{}", None] for c in frame.columns})
        numbers = pl.DataFrame({c: [-1, None, 10**18] for c in frame.columns})
        for name, each in {"texts": texts, "numbers": numbers, "half": frame[:, 1::2]}.items():
            each.write_parquet(folder / f"{name}.parquet")
            yield folder / f"{name}.parquet"
        return
    values = documents(path)
    if values is None:
        header, *rows = table(path)
        wrong = [[new] * len(header) for new in ("abc", "", "-1", "{}", "[", HOSTILE)]
        yield save_table(folder / f"wrong {path.name}", [header, *wrong], path)
        half = [row[1::2] for row in [header, *rows]]
        yield save_table(folder / f"half {path.name}", half, path)
        return
    wrong = [leaves_replaced(value, new) for new in WRONG for value in values]
    wrong += [texts_replaced(value, HOSTILE) for value in values]
    wrong += [keys_dropped(value, remainder) for value in values for remainder in (0, 1)]
    yield save_documents(folder / "wrong.jsonl", [*wrong, {}, [], {"x": {}}])
