"""Draw the pictures of the README from the sample data.

    python3 dev.py python scripts/make_images.py

Writes docs/img/*.png. Needs the extra ``export``.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import vl_convert

import llmspend

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
LOG = ROOT / "sample_data" / "litellm_spend_logs.parquet"
MOST_BYTES = 200_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def packed(png: bytes) -> bytes:
    """Compress the pixels of a PNG as well as zlib can: a third of what vl-convert leaves."""
    chunks: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        chunks.append((kind, png[at + 8 : at + 8 + length]))
        at += length + 12
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    header = [chunk for chunk in chunks if chunk[0] not in {b"IDAT", b"IEND"}]
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*header, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    )


def main() -> None:
    """Draw all pictures."""
    charges = llmspend.price(llmspend.read_logs(LOG)).collect()
    charts = {
        "spend_over_time": llmspend.charts.spend_over_time(charges, "model", tz="Europe/Berlin"),
    }
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        png = packed(vl_convert.vegalite_to_png(chart.to_dict(), vl_version="6.4", scale=2))
        path = IMAGES / f"{name}.png"
        path.write_bytes(png)
        print(f"{path.relative_to(ROOT)}: {len(png):,} bytes")
        if len(png) > MOST_BYTES:
            raise SystemExit(f"{path.name} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
