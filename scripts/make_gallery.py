"""Draw the gallery: run the notebooks, keep the pictures of their charts.

    python3 dev.py gallery

Writes docs/gallery.md and docs/img/*.png: a picture for every cell with the tag ``gallery``. What a
picture shows is said by the chart itself: its description is the alternative text.
"""

from __future__ import annotations

import re
import struct
import sys
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import vl_convert
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
NOTEBOOKS = ROOT / "notebooks"
TAG = "gallery"
CHART = "application/vnd.vegalite.v5+json"
SCALE = 1.5
MOST_BYTES = 120_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PAGE = """\
# Gallery

Pictures from the [notebooks](../notebooks), of the invented company in
[`sample_data/`](../sample_data/README.md). In a notebook they answer to the mouse.
`python3 dev.py gallery` runs the notebooks and draws all of them anew.
"""


def pictured(notebook: Any) -> Iterator[Any]:  # noqa: ANN401 - nbformat has no types
    """Yield the cells of a notebook that have a picture in the gallery."""
    yield from (cell for cell in notebook.cells if TAG in cell.metadata.get("tags", ()))


def picture_of(path: Path, cell: Any) -> Path:  # noqa: ANN401
    """Return where the picture of a cell is."""
    number = path.stem.partition("-")[0]
    return DOCS / "img" / f"{number}-{cell.id}.png"


def executed(path: Path) -> Any:  # noqa: ANN401
    """Run a notebook."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the kernel's local connection
        NotebookClient(notebook, kernel_name="python3", resources=resources).execute()
    return notebook


def chart_of(cell: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the chart that a cell gave."""
    charts = [o["data"][CHART] for o in cell.outputs if CHART in o.get("data", {})]
    if len(charts) != 1:
        raise SystemExit(f"the cell {cell.id} gave {len(charts)} charts, not one")
    return charts[0]


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


def alternative(chart: dict[str, Any]) -> str:
    """Return what a chart shows, as text for those who do not see it."""
    said = " ".join(str(chart["description"]).split())
    return re.sub(r"[\[\]<>|]", "", said)


def title_of(notebook: Any) -> str:  # noqa: ANN401
    """Return the first heading of a notebook."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def main() -> None:
    """Draw all pictures and write the page."""
    page = [PAGE]
    kept = set()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = executed(path)
        page.append(f"\n## [{title_of(notebook)}](../notebooks/{path.name})\n")
        for cell in pictured(notebook):
            chart = chart_of(cell)
            png = packed(vl_convert.vegalite_to_png(chart, vl_version="6.4", scale=SCALE))
            target = picture_of(path, cell)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(png)
            kept.add(target)
            page.append(f"\n![{alternative(chart)}](img/{target.name})\n")
            print(f"{target.relative_to(ROOT)}: {len(png):,} bytes")
            if len(png) > MOST_BYTES:
                sys.exit(f"{target.name} is larger than {MOST_BYTES:,} bytes")
    for old in (DOCS / "img").glob("[0-9][0-9]-*.png"):
        if old not in kept:
            old.unlink()
    (DOCS / "gallery.md").write_text("".join(page), "utf-8")


if __name__ == "__main__":
    main()
