"""Measure reading beside DuckDB's bare scan: ``python -m benchmarks.reading LOG...``.

Each job is a process of its own and runs `--repeat` times, in turn; the least CPU time counts, for
machines are noisy. The bare scan fetches every column of the file as it is; `read_logs` gives
every canonical column. CPU seconds are of all threads.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.__main__ import measure

SCANS: dict[str, str] = {
    ".parquet": "read_parquet({log!r})",
    ".jsonl": "read_json({log!r}, format='newline_delimited', maximum_object_size=67108864)",
    ".csv": "read_csv({log!r}, header=true, all_varchar=true)",
}
"""File name ending → DuckDB's own table function."""

BARE = (
    "import duckdb; reader = duckdb.sql({query!r}).to_arrow_reader(50_000); "
    "print(sum(batch.num_rows for batch in reader))"
)
READ = (
    "import llmspend; "
    "print(sum(b.height for b in llmspend.read_logs({log!r}).collect_batches(maintain_order=True)))"
)


def jobs(log: str) -> dict[str, str]:
    """Write what is measured for one file; the first is what the other is compared with."""
    scan = SCANS[Path(log).suffix].format(log=log)
    query = f"SELECT * FROM {scan}"
    return {"bare scan (DuckDB)": BARE.format(query=query), "read_logs": READ.format(log=log)}


def main() -> None:
    """Measure every file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", nargs="+", help="spend-log exports")
    parser.add_argument("--repeat", type=int, default=2)
    args = parser.parse_args()
    print(f"{'':<42}{'wall s':>9}{'CPU s':>8}{'x scan':>8}{'peak MB':>9}")
    for log in args.logs:
        best: dict[str, tuple[float, float, int]] = {}
        for _ in range(args.repeat):
            for name, code in jobs(log).items():
                found = measure(code)
                best[name] = min(best.get(name, found), found, key=lambda f: f[1])
        base = next(iter(best.values()))
        for name, (wall, cpu, peak) in best.items():
            title = f"{Path(log).name}: {name}"
            print(f"{title:<42}{wall:>9.1f}{cpu:>8.1f}{cpu / base[1]:>8.2f}{peak:>9,}")


if __name__ == "__main__":
    main()
