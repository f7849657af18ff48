"""Compare llmspend with the installed LiteLLM, live: ``python -m tests.parity.live``.

Random calls (``--calls``, ``--seed``) of every model of the packaged cost map (``--models`` takes
a regular expression of keys) are priced by LiteLLM's own `completion_cost` and by `llmspend.price`
in one run. It prints

- which models are left out, and why;
- agreement by kind of call: exact means that input, output and total are the same float64, and
  that LiteLLM raises where llmspend's cost is null; then what differs, by reason, with examples;
- agreement on errors alone, and the calls during which the minute changed while off-peak hours
  apply: LiteLLM bills by its own clock, and llmspend is given the moment of the call;
- speed: LiteLLM's calls per second in its own function alone, with everything it caches warm;
  llmspend's rows per second over the same calls in one frame, the first time, when each model and
  tier is new to it, and again; and how many times as fast it is.

Exit code 2 when LiteLLM is not installed, 0 otherwise: a reader judges the numbers. Nothing here
uses the network: connections are refused, and models that LiteLLM would look up are left out.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import importlib.metadata
import importlib.util
import logging
import os
import random
import re
import socket
import sys
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl

import llmspend
from tests.parity.__main__ import show
from tests.parity._random_usage import call_type_of, random_call, response_of

REFERENCE = "1.106.2"
_SKIPPED = {
    "github_copilot": "LiteLLM logs in to it",
    "chatgpt": "LiteLLM logs in to it",
    "huggingface": "LiteLLM looks it up over the network",
    "ollama": "LiteLLM looks it up over the network",
}
_SIDES = ("input", "output", "total")

_IS_BATCH = pl.col("kind") == "batch"

REASONS: tuple[tuple[str, pl.Expr], ...] = (
    ("the minute changed during the call, and off-peak hours apply", pl.col("straddles")),
    (
        "a negative cost stated by the provider",
        (pl.col("provider_cost") < 0) & (pl.col("total_theirs") == pl.col("provider_cost")),
    ),
    ("batch: counted images leave the text alone", _IS_BATCH & (pl.col("image_count") > 0)),
    (
        "batch without tokens but with cached ones",
        _IS_BATCH & (pl.col("prompt_tokens") + pl.col("completion_tokens") == 0),
    ),
    (
        "batch: model-router fee, which LiteLLM adds to the total",
        _IS_BATCH & pl.col("model").str.contains("(?i)model[-_]router"),
    ),
    (
        "Google's regional surcharge goes by the regions of the model asked for",
        (pl.col("provider") == "vertex_ai") & (pl.col("model") != pl.col("response_model")),
    ),
)
"""Why a call may differ, first match wins."""


class Answer(NamedTuple):
    """What LiteLLM says a call costs, USD, and how long it took to say so."""

    input_theirs: float | None
    output_theirs: float | None
    total_theirs: float | None
    error: str | None
    ended_at: datetime
    straddles: bool
    seconds: float


def ask_litellm(call: dict[str, Any], *, has_hours: bool) -> Answer:
    """Price a call as LiteLLM's proxy does: twice, first for the split, then for the time."""
    import litellm
    from litellm.litellm_core_utils import litellm_logging

    response, provider = response_of(call), call.get("provider")
    requested = {"service_tier": call["service_tier"]} if "service_tier" in call else {}
    arguments = {
        "completion_response": response,
        "model": call["model"],
        "custom_llm_provider": provider,
        "call_type": call["call_type"],
        "optional_params": requested,
        "data_residency": call.get("data_residency"),
        "vertex_location": litellm_logging.resolve_vertex_location_for_cost(
            provider, None, {"vertex_location": call.get("vertex_location")}, call["model"]
        ),
        "region_name": call.get("region"),
        "total_time": call["duration_ms"],
    }
    log = litellm_logging.Logging(call["model"], [], False, call["call_type"], None, "", "")
    total, error = None, None
    before = datetime.now(UTC)
    try:
        total = litellm.completion_cost(**arguments, litellm_logging_obj=log)
    except Exception as raised:  # noqa: BLE001 - LiteLLM raises a bare one for unknown models
        error = f"{type(raised).__name__}: {str(raised)[:90]}"
    began = time.perf_counter()
    with contextlib.suppress(Exception):
        litellm.completion_cost(**arguments)
    seconds = time.perf_counter() - began
    split = log.cost_breakdown if error is None and log.cost_breakdown else {}
    straddles = has_hours and before.minute != datetime.now(UTC).minute
    found = split.get("input_cost"), split.get("output_cost"), total
    return Answer(*found, error, before, straddles, seconds)


def compare(calls: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Add ``verdict``, ``reason``, ``group`` and a printable ``example`` to LiteLLM's answers."""
    costs = {"input_ours": "input_cost", "output_ours": "output_cost", "total_ours": "cost"}
    ours = charges.select(
        "kind", "cost_map_key", **{ours: pl.col(cost) for ours, cost in costs.items()}
    )
    mine, theirs = ({s: pl.col(f"{s}_{whose}") for s in _SIDES} for whose in ("ours", "theirs"))
    # what LiteLLM prices by duration alone it does not split
    has_split = pl.col("error").is_not_null() | theirs["input"].is_not_null()
    sides_of_call = {"input": has_split, "output": has_split, "total": pl.lit(value=True)}
    near = pl.all_horizontal(
        ~compared | ((mine[s] - theirs[s]).abs() <= 1e-12 * theirs[s].abs()).fill_null(value=False)
        for s, compared in sides_of_call.items()
    )
    exact = pl.all_horizontal(
        ~compared | mine[s].eq_missing(theirs[s]) for s, compared in sides_of_call.items()
    )
    sides = [side[s].cast(pl.String).fill_null("none") for side in (mine, theirs) for s in _SIDES]
    example = pl.format(
        "{}: ours {} + {} = {} by {}, LiteLLM {} + {} = {} {}",
        pl.col("call"),
        *sides[:3],
        pl.col("cost_map_key").fill_null("none"),
        *sides[3:],
        pl.col("error").fill_null(""),
    )
    verdict = pl.when(exact).then(pl.lit("exact")).when(near).then(pl.lit("within 1e-12"))
    return pl.concat([calls, ours], how="horizontal").with_columns(
        group=pl.col("call_type"),
        verdict=verdict.otherwise(pl.lit("differs")),
        reason=pl.coalesce(*(pl.when(when).then(pl.lit(why)) for why, when in REASONS)),
        example=example,
    )


def chosen_models(pattern: str) -> dict[str, dict[str, Any]]:
    """Choose the models to call; print which are left out."""
    left_out: collections.Counter[str] = collections.Counter()
    chosen = {}
    for key, entry in llmspend.load_cost_map().entries.items():
        if not re.search(pattern, key):
            continue
        skipped = _SKIPPED.get(entry.get("litellm_provider"))
        if skipped:
            left_out[f"{entry['litellm_provider']}: {skipped}"] += 1
        elif call_type_of(entry) is None:
            left_out[f"{entry.get('mode')}: billed by units or calls of its own"] += 1
        else:
            chosen[key] = entry
    print(f"{len(chosen):,} models; left out {left_out.total():,}:")
    for why, models in left_out.most_common():
        print(f"  {models:>4} {why}")
    return chosen


def run(chosen: dict[str, dict[str, Any]], calls: int, seed: int) -> pl.DataFrame:
    """Price random calls of the models with both, print the speed, and compare."""
    rng = random.Random(seed)
    keys = list(chosen)
    rng.shuffle(keys)
    asked, answers = [], []
    for number in range(calls):
        entry = chosen[keys[number % len(keys)]]
        call = random_call(rng, keys[number % len(keys)], entry)
        answer = ask_litellm(call, has_hours="off_peak_pricing" in entry)
        asked.append(call | {"ended_at": answer.ended_at})
        answers.append(answer._asdict() | {"call": str(call)})
    schema = {c.name: c.dtype for c in llmspend.USAGE_COLUMNS}
    usage = pl.DataFrame(asked, schema=schema)
    timed = []
    for _ in range(2):
        began = time.perf_counter()
        charges = llmspend.price(usage)
        timed.append(time.perf_counter() - began)
    texts = dict.fromkeys(("error", "call"), pl.String)
    costs = dict.fromkeys((f"{side}_theirs" for side in _SIDES), pl.Float64)
    theirs = pl.DataFrame(answers, schema_overrides=texts | costs).drop("ended_at")
    seconds = theirs["seconds"].sum()
    print(f"\nspeed of {calls:,} calls, one process")
    print(f"  LiteLLM completion_cost   {calls / seconds:>12,.0f} calls/s")
    for when, took in zip(("the first time", "again"), timed, strict=True):
        print(
            f"  llmspend.price            {calls / took:>12,.0f} rows/s, {when}: "
            f"{seconds / took:,.1f} times LiteLLM"
        )
    return compare(pl.concat([usage, theirs], how="horizontal"), charges)


def show_totals(result: pl.DataFrame) -> None:
    """Print agreement over all calls, and on errors alone."""
    raised, unknown = pl.col("error").is_not_null(), pl.col("total_ours").is_null()
    counts = result.select(
        both=(raised & unknown).sum(),
        only_theirs=(raised & ~unknown).sum(),
        only_ours=(~raised & unknown).sum(),
        straddling=pl.col("straddles").sum(),
        exact=(pl.col("verdict") == "exact").sum(),
        near=(pl.col("verdict") == "within 1e-12").sum(),
        listed=((pl.col("verdict") == "differs") & pl.col("reason").is_not_null()).sum(),
    ).row(0, named=True)
    print("errors: {both} on both sides, {only_theirs} of LiteLLM only, ".format(**counts), end="")
    print("{only_ours} of llmspend only; calls across a minute: {straddling}".format(**counts))
    differ = result.height - counts["exact"] - counts["near"]
    print(
        f"total: {result.height} calls, {counts['exact']} exact, {counts['near']} within 1e-12, "
        f"{differ} differ, {counts['listed']} of them listed"
    )


def main(arguments: list[str]) -> int:
    """Read the command line, find LiteLLM, and run the comparison."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity.live", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--calls", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--models", default="", metavar="PATTERN")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("litellm") is None:
        print(f"LiteLLM is not installed: pip install --group reference (litellm=={REFERENCE})")
        return 2
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    socket.socket.connect = _refuse  # type: ignore[method-assign]
    import litellm

    litellm.suppress_debug_info = True
    logging.disable(logging.CRITICAL)
    version = importlib.metadata.version("litellm")
    print(f"llmspend {llmspend.__version__} beside LiteLLM {version}, seed {options.seed}")
    if version != REFERENCE:
        print(f"*** THE REFERENCE IS LiteLLM {REFERENCE}, NOT {version}: EXPECT DIFFERENCES ***")
    chosen = chosen_models(options.models)
    if not chosen or options.calls < 1:
        print("nothing to compare")
        return 0
    changed = sum(litellm.model_cost.get(key) != entry for key, entry in chosen.items())
    if changed:
        print(f"*** {changed:,} ENTRIES DIFFER BETWEEN LiteLLM's COST MAP AND THE PACKAGED ONE ***")
    result = run(chosen, options.calls, options.seed)
    print()
    show(result)
    for example in result.filter(verdict="within 1e-12")["example"].head(3):
        print(f"within 1e-12, for example {example}")
    show_totals(result)
    return 0


def _refuse(*_: object) -> None:
    raise OSError("no network in this comparison")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
