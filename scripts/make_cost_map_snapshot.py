"""Take the cost map out of a LiteLLM wheel and pack it for llmspend.

    pip download --no-deps litellm==1.106.2
    python scripts/make_cost_map_snapshot.py litellm-1.106.2-*.whl

Writes ``llmspend/data/cost_map.json.gz`` (the entries, byte-identical for the same wheel) and
``llmspend/data/cost_map.meta.json`` (where it comes from, its date and its sha256, and the ids of
the providers that LiteLLM routes to and has entries of). Commit both; the wheel itself is not kept.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import hashlib
import json
import sys
import zipfile
from datetime import date
from pathlib import Path

COST_MAP = "litellm/model_prices_and_context_window_backup.json"
PROVIDERS = ("litellm/types/utils.py", "LlmProviders")
DATA = Path(__file__).parent.parent / "llmspend" / "data"


def provider_ids(source: str, class_name: str) -> list[str]:
    """Read the string values of an enum class from its source."""
    enum = next(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name == class_name
    )
    return sorted(
        node.value.value
        for node in enum.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    )


def main() -> None:
    """Write the snapshot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel
    name, version = wheel.name.split("-")[:2]
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(COST_MAP)
        built = date(*archive.getinfo(COST_MAP).date_time[:3])
        providers = provider_ids(archive.read(PROVIDERS[0]).decode(), PROVIDERS[1])
    entries = json.loads(raw)
    packed = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    meta = {
        "source": f"{name} {version}, {COST_MAP.split('/')[1]}",
        "date": built.isoformat(),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "providers": providers,
        "entry_providers": sorted(
            {
                entry["litellm_provider"]
                for key, entry in entries.items()
                if key != "sample_spec" and "litellm_provider" in entry
            }
        ),
    }
    DATA.mkdir(exist_ok=True)
    (DATA / "cost_map.json.gz").write_bytes(gzip.compress(packed, compresslevel=9, mtime=0))
    (DATA / "cost_map.meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    size = (DATA / "cost_map.json.gz").stat().st_size
    print(f"{len(entries):,} entries of {meta['source']}: {size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
