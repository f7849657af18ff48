"""Take the tokenizer vocabularies out of a LiteLLM wheel and pack them for llmspend.

    pip download --no-deps litellm==1.106.2
    python scripts/make_vocabularies.py litellm-1.106.2-*.whl

Writes ``llmspend/data/{o200k,cl100k,p50k,claude}.parquet``: one binary column, row = rank, null
where no token has that rank. The order of tokens is all there is to know: byte-pair merges follow
from it. ``tests/tokens`` writes the files of OpenAI's out again and compares their digests with
those that tiktoken gives.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = "litellm/litellm_core_utils/tokenizers"
OFFICIAL = "https://openaipublic.blob.core.windows.net/encodings/{}_base.tiktoken"
BYTE_PAIR_NAMES = ("o200k", "cl100k", "p50k")
CLAUDE = "anthropic_tokenizer.json"
DATA = Path(__file__).parent.parent / "llmspend" / "data"


def read_ranks(text: bytes) -> dict[int, bytes]:
    """Read a ``.tiktoken`` file."""
    lines = (line.split() for line in text.splitlines() if line)
    return {int(rank): base64.b64decode(token) for token, rank in lines}


def byte_of_character() -> dict[str, int]:
    """Map the characters that stand for bytes in Hugging Face's byte-level vocabularies."""
    shown = [b for b in range(256) if chr(b).isprintable() and chr(b) != " "]
    hidden = [b for b in range(256) if b not in shown]
    return {chr(b): b for b in shown} | {chr(256 + n): b for n, b in enumerate(hidden)}


def read_claude(text: bytes) -> dict[int, bytes]:
    """Read a Hugging Face byte-level ``tokenizer.json``; specials are left out."""
    parsed = json.loads(text)
    special = {token["id"] for token in parsed["added_tokens"]}
    to_byte = byte_of_character()
    return {
        rank: bytes(to_byte[c] for c in token)
        for token, rank in parsed["model"]["vocab"].items()
        if rank not in special
    }


def write(name: str, ranks: dict[int, bytes]) -> int:
    """Write one vocabulary; return its size in bytes."""
    tokens = [ranks.get(rank) for rank in range(max(ranks) + 1)]
    path = DATA / f"{name}.parquet"
    pq.write_table(
        pa.table({"token": pa.array(tokens, pa.binary())}),
        path,
        compression="zstd",
        compression_level=22,
        use_dictionary=False,
        column_encoding={"token": "DELTA_LENGTH_BYTE_ARRAY"},
        write_statistics=False,
        data_page_size=1 << 24,
        store_schema=False,
    )
    return path.stat().st_size


def main() -> None:
    """Write the vocabularies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    with zipfile.ZipFile(parser.parse_args().wheel) as archive:
        sizes = {
            name: write(
                name,
                # tiktoken names a cached file by the digest of its address
                read_ranks(
                    archive.read(
                        f"{FOLDER}/{hashlib.sha1(OFFICIAL.format(name).encode()).hexdigest()}"
                    )
                ),
            )
            for name in BYTE_PAIR_NAMES
        }
        sizes["claude"] = write("claude", read_claude(archive.read(f"{FOLDER}/{CLAUDE}")))
    for name, size in sizes.items():
        print(f"{name}: {size:,} bytes", file=sys.stderr)
    print(f"together {sum(sizes.values()):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
