"""Measure `count_tokens` beside bare tiktoken: ``python -m benchmarks.tokens [--share 0.1]``.

Four columns of text, made of what Python itself ships (documentation and source) and of a few
sentences in other scripts: short prompts and long documents that are all different, and short
prompts that repeat as those of real traffic do. tiktoken's ``encode_ordinary_batch`` gets the
texts as a list; `count_tokens` gets a Polars column. Each is measured `--repeat` times in turn
and its fastest run counts. Machines are noisy: read the ratios.

With the extra ``fast`` installed there are two more columns: with it, and without it.
"""

from __future__ import annotations

import argparse
import pydoc_data.topics
import random
import sysconfig
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import polars as pl

from llmspend.tokens import _fast, _text, count_tokens
from llmspend.tokens._vocabularies import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODEL, ENCODING = "gpt-4o", "o200k_base"
ROWS, DOCUMENTS, DISTINCT, SYSTEM = 200_000, 2_000, 26_000, 12
CODE_FILES = 400
FOREIGN = (
    "Сколько стоит один запрос, если половина его уже лежит в кэше? ",
    "このログの中で、どのチームが一番多くトークンを使いましたか。",
    "请按月份汇总每个团队的费用，并标出异常的日期。",
    "कृपया इस महीने की लागत का सारांश हिंदी में लिखें। ",
    "Wie viel hätten wir letzte Woche mit dem kleineren Modell bezahlt? ",
    "ما هي تكلفة هذا الطلب إذا كان نصفه في الذاكرة المؤقتة؟ ",
    "Αν αλλάξουμε μοντέλο, πόσο θα πέσει το κόστος ανά αίτημα; 🚀 ",
)


def sources() -> list[tuple[float, str]]:
    """Return kinds of text with their shares."""
    prose = "\n".join(pydoc_data.topics.topics.values())
    library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[:CODE_FILES]
    code = "\n".join(path.read_text("utf-8", errors="ignore") for path in library)
    rng = random.Random(2)
    foreign = "".join(rng.choice(FOREIGN) for _ in range(5_000))
    return [(0.7, prose), (0.15, code), (0.15, foreign)]


def spans(count: int, shortest: int, longest: int, seed: int) -> Iterator[str]:
    """Cut texts out of the sources at random."""
    rng = random.Random(seed)
    shares, texts = zip(*sources(), strict=True)
    for text in rng.choices(texts, shares, k=count):
        start = rng.randrange(len(text) - longest)
        yield text[start : start + rng.randint(shortest, longest)]


def corpora(share: float) -> dict[str, list[str]]:
    """Make the columns; `share` makes them smaller."""
    rows, documents = int(ROWS * share), int(DOCUMENTS * share)
    rng = random.Random(1)
    distinct = list(spans(int(DISTINCT * share), 40, 320, 3))
    system = list(spans(SYSTEM, 900, 1_100, 4))
    return {
        "short prompts": list(spans(rows, 40, 320, 5)),
        "long documents": [
            "\n".join(spans(40, 300, 1_100, seed)) for seed in range(100, 100 + documents)
        ],
        "repeating prompts": distinct + rng.choices(distinct, k=rows - len(distinct)),
        "system prompts": rng.choices(system, k=rows),
    }


def without_fast(texts: pl.Series) -> pl.Series:
    """Count with tiktoken, also where gigatoken is installed."""
    with mock.patch.object(_text, "fast_counter", return_value=None):
        return count_tokens(texts, MODEL)


def main() -> None:
    """Measure every column and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of 200,000 prompts")
    parser.add_argument("--repeat", type=int, default=2)
    args = parser.parse_args()
    encoding = encoding_of(ENCODING)
    print(f"{'':<20}{'MB':>6}  {'':<28}{'wall s':>8}{'CPU s':>8}{'MB/s':>8}{'x tiktoken':>12}")
    for name, texts in corpora(args.share).items():
        column = pl.Series("text", texts)
        jobs: dict[str, Callable[[], object]] = {
            "tiktoken encode_ordinary_batch": partial(encoding.encode_ordinary_batch, texts),
            "count_tokens": partial(without_fast, column),
        }
        if _fast.fast_counter(ENCODING):
            jobs["count_tokens, fast"] = partial(count_tokens, column, MODEL)
        best: dict[str, tuple[float, float]] = {}
        for _ in range(args.repeat):
            for job, run in jobs.items():
                wall, cpu = time.perf_counter(), time.process_time()
                result = run()
                took = time.perf_counter() - wall, time.process_time() - cpu
                best[job] = min(best.get(job, took), took)
                if job.startswith("tiktoken"):
                    expected = [len(ids) for ids in result]
                elif result.to_list() != expected:
                    raise SystemExit(f"{job} on {name} differs from tiktoken")
        size = sum(len(text.encode()) for text in texts) / 1e6
        base = next(iter(best.values()))[0]
        for job, (wall, cpu) in best.items():
            print(
                f"{name:<20}{size:>6.1f}  {job:<30}{wall:>6.1f}{cpu:>8.1f}"
                f"{size / wall:>8.1f}{base / wall:>12.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
