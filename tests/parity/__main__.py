"""Compare llmspend with LiteLLM over oracle files: ``python -m tests.parity FILE...``.

An oracle file is a Parquet of cases with LiteLLM's own answers in ``expected_*`` columns; which
kind it is shows in its columns. Everything goes through llmspend's public API. A case is *exact*
when every cost that LiteLLM gave is the same float64, and when both sides say that there is no
price; it is *near* within the tolerance of its kind (1e-12 for tokens, 1e-9 for the rest). What
differs is listed with its reason, where one is known, else with what is seen of it.

Oracle files do not travel with the project. Exit code 1 when a file is not an oracle, 0 otherwise:
the last line says how well the two agree, and a reader judges it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import polars as pl

from tests.parity.other_costs import OTHER_COSTS
from tests.parity.token_costs import TOKEN_COSTS
from tests.parity.token_counts import TOKEN_COUNTS, TOKEN_IDS, TOKENIZERS

KINDS = (TOKEN_COSTS, OTHER_COSTS, TOKEN_COUNTS, TOKEN_IDS, TOKENIZERS)
_EXAMPLES = 3


def main(paths: list[str]) -> int:
    """Compare every file and print the result by group."""
    if not paths:
        print(__doc__)
        return 2
    results = []
    for path in paths:
        columns = set(pl.read_parquet_schema(path)) if Path(path).is_file() else set()
        kind = next((k for k in KINDS if k.columns <= columns), None)
        if kind is None:
            wanted = "; or ".join(", ".join(sorted(k.columns)[:4]) + " …" for k in KINDS)
            print(f"{path} is not an oracle file: it should have the columns {wanted}")
            return 1
        began = time.perf_counter()
        result = kind.compare(pl.read_parquet(path))
        seconds = time.perf_counter() - began
        print(f"{path}: {kind.name}, {result.height:,} cases in {seconds:.1f} s\n")
        show(result)
        results.append(result)
    together = pl.concat([r.select("verdict", "reason") for r in results])
    counts = dict(together["verdict"].value_counts().rows())
    near = sum(number for verdict, number in counts.items() if verdict.startswith("within"))
    listed = together.filter(verdict="differs")["reason"].is_not_null().sum()
    print(
        f"total: {together.height} cases, {counts.get('exact', 0)} exact, "
        f"{near} within 1e-12 or 1e-9, {counts.get('differs', 0)} differ, "
        f"{listed} of them listed"
    )
    return 0


def show(result: pl.DataFrame) -> None:
    """Print agreement by group, then what is near or differs by reason, with its first cases."""
    by_group = (
        result.group_by("group")
        .agg(
            cases=pl.len(),
            exact=(pl.col("verdict") == "exact").sum(),
            near=pl.col("verdict").str.starts_with("within").sum(),
            differ=(pl.col("verdict") == "differs").sum(),
        )
        .sort("cases", descending=True)
    )
    print(f"{'group':<20}{'cases':>8}{'exact':>8}{'near':>8}{'differ':>8}{'exact %':>10}")
    for group, cases, exact, near, differ in by_group.rows():
        print(f"{group:<20}{cases:>8}{exact:>8}{near:>8}{differ:>8}{100 * exact / cases:>10.2f}")
    seen = [pl.col("seen")] if "seen" in result.columns else []
    why = pl.coalesce("reason", *seen, pl.lit("not explained")).alias("reason")
    verdict = pl.col("verdict")
    parts = {
        "is near": verdict.str.starts_with("within"),
        "differs": verdict == "differs",
    }
    for part, condition in parts.items():
        found = result.filter(condition)
        print(f"\nwhat {part}" if found.height else f"\nnothing {part}")
        reasons = found.group_by("group", why).agg(
            cases=pl.len(), example=pl.col("example").head(_EXAMPLES)
        )
        for group, reason, cases, examples in reasons.sort(
            "group", "cases", descending=True
        ).rows():
            print(f"  {group}: {cases} × {reason}")
            for example in examples:
                print(f"      {example}")
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
