"""Measure questions to a file of charges: ``python -m benchmarks.breakdowns [CHARGES] [--rows N]``.

CHARGES is what ``llmspend price`` writes. Without it, the sample data is priced and repeated until
there are N rows. Each job is a process of its own, start-up included; the least wall time of
`--repeat` runs counts.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import polars as pl

import llmspend
from benchmarks.__main__ import SAMPLE, measure

JOBS: dict[str, str] = {
    "start (imports)": "import llmspend; llmspend.breakdown",
    "bare sums (DuckDB)": (
        "import duckdb; duckdb.sql(\"SELECT team, model, sum(cost) FROM '{file}' GROUP BY ALL\")"
        ".fetchall()"
    ),
    "by team and model": "import llmspend; llmspend.breakdown({file!r}, ['team', 'model'])",
    "by team, weekly": "import llmspend; llmspend.breakdown({file!r}, 'team', every='week')",
    "the same by Polars": (  # a filter, even an idle one, takes the rows through Polars
        "import llmspend, polars as pl; "
        "rows = pl.scan_parquet({file!r}).filter(pl.lit(value=True)); "
        "llmspend.breakdown(rows, 'team', every='week')"
    ),
    "chart, weekly": "import llmspend; llmspend.charts.spend_over_time({file!r}, 'team')",
}
"""What is measured."""


def make_charges(rows: int, file: str) -> None:
    """Repeat the charges of the sample data."""
    sample = llmspend.price(llmspend.read_logs(SAMPLE)).collect()
    copies = [
        sample.lazy().with_columns(pl.col("request_id") + f"-{i}")
        for i in range(-(-rows // sample.height))
    ]
    pl.concat(copies).head(rows).sink_parquet(file)


def main() -> None:
    """Measure every job and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("charges", nargs="?", help="a Parquet file of charges")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = args.charges or str(Path(folder) / "charges.parquet")
        if not args.charges:
            # in a process of its own: what it takes in memory would count for every job
            measure(
                f"from benchmarks.breakdowns import make_charges as m; m({args.rows}, {file!r})"
            )
        rows = pl.scan_parquet(file).select(pl.len()).collect().item()
        print(f"{rows:,} rows, {Path(file).stat().st_size / 1e6:,.0f} MB")
        print(f"{'':<22}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}")
        for name, code in JOBS.items():
            wall, cpu, peak = min(measure(code.format(file=file)) for _ in range(args.repeat))
            print(f"{name:<22}{wall:>9.1f}{cpu:>8.1f}{peak:>9,}")


if __name__ == "__main__":
    main()
