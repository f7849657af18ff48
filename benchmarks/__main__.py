"""Measure pricing and reporting beside a plain copy: ``python -m benchmarks [LOG] [--rows N]``.

Each job is a process of its own, so that its time and peak memory are its own; every job runs
`--repeat` times, in turn, and the fastest counts. Machines are noisy: read the ratios.
Without a log, the sample data is repeated until it has N rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_data" / "litellm_spend_logs.parquet"

JOBS: dict[str, str] = {
    "copy (Polars)": "import polars as pl; pl.scan_parquet({log!r}).sink_parquet({out!r})",
    "copy (DuckDB)": (
        "import duckdb; duckdb.sql(\"COPY (FROM '{log}') TO '{out}' (COMPRESSION zstd)\")"
    ),
    "llmspend price": (
        "import sys; from llmspend.cli import main; "
        "sys.argv = ['llmspend', 'price', {log!r}, '-o', {out!r}]; main()"
    ),
    "llmspend report": (
        "import sys; from llmspend.cli import main; "
        "sys.argv = ['llmspend', 'report', {log!r}, '--json']; main()"
    ),
    "price, cost only": (
        "import llmspend, polars as pl; "
        "llmspend.price(llmspend.read_logs({log!r})).select('cost').sink_parquet({out!r})"
    ),
}
"""What is measured; the first is what the others are compared with."""


def measure(code: str) -> tuple[float, float, int]:
    """Run a job; return its wall seconds, CPU seconds and peak memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"this job failed: {code}")
    # macOS counts bytes, Linux kilobytes
    peak = usage.ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, peak


def make_log(rows: int, folder: str) -> str:
    """Repeat the sample data, every time with ids of its own: a request counts once."""
    sample = pl.scan_parquet(SAMPLE)
    height = sample.select(pl.len()).collect().item()
    log = Path(folder) / "log.parquet"
    copies = [
        sample.with_columns(pl.col("request_id", "litellm_call_id") + f"-{i}")
        for i in range(-(-rows // height))
    ]
    pl.concat(copies).head(rows).sink_parquet(log)
    return str(log)


def main() -> None:
    """Measure every job and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", nargs="?", help="a spend-log export (Parquet)")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = args.log or make_log(args.rows, folder)
        rows = pl.scan_parquet(log).select(pl.len()).collect().item()
        print(f"{rows:,} rows, {Path(log).stat().st_size / 1e6:,.0f} MB")
        out = str(Path(folder) / "out.parquet")
        best: dict[str, tuple[float, float, int]] = {}
        for _ in range(args.repeat):
            for name, code in JOBS.items():
                found = measure(code.format(log=log, out=out))
                best[name] = min(best.get(name, found), found)
        base = best[next(iter(JOBS))]
        print(f"{'':<22}{'rows/s':>10}{'wall s':>9}{'CPU s':>8}{'x copy':>8}{'peak MB':>9}")
        for name, (wall, cpu, peak) in best.items():
            print(
                f"{name:<22}{rows / wall:>10,.0f}{wall:>9.1f}{cpu:>8.1f}"
                f"{wall / base[0]:>8.2f}{peak:>9,}"
            )


if __name__ == "__main__":
    main()
