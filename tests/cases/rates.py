"""Which rate: context thresholds, service tiers, ranges of prompt length, off-peak hours (§3)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.cases import Case

TEXT = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}

LONG = {
    **TEXT,
    "cache_read_input_token_cost": 1e-07,
    "input_cost_per_token_above_200k_tokens": 3e-06,
    "output_cost_per_token_above_200k_tokens": 5e-06,
    "cache_read_input_token_cost_above_200k_tokens": 3e-07,
}
LADDER = {
    **TEXT,
    "input_cost_per_token_above_100k_tokens": 3e-06,
    "output_cost_per_token_above_100k_tokens": 5e-06,
    "input_cost_per_token_above_200k_tokens": 7e-06,
}
TIERED = {
    **TEXT,
    "cache_read_input_token_cost": 1e-07,
    "input_cost_per_token_flex": 5e-07,
    "output_cost_per_token_flex": 1.1e-06,
    "input_cost_per_token_priority": 1.7e-06,
    "output_cost_per_token_priority": 3.5e-06,
    "cache_read_input_token_cost_priority": 1.9e-07,
    "input_cost_per_token_balanced": 8e-07,
    "input_cost_per_token_ultrafast": 6e-06,
    "output_cost_per_token_ultrafast": 12e-06,
}
RANGES = {
    "mode": "chat",
    "input_cost_per_token": 9e-06,
    "output_cost_per_token": 9.5e-06,
    "tiered_pricing": [
        # unsorted on purpose, with a gap from 2000 to 3000 and nothing below 100
        {"range": [3000, 4000], "input_cost_per_token": 4e-06, "output_cost_per_token": 8e-06},
        {"range": [100, 1000], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
        {
            "range": [1000, 2000],
            "input_cost_per_token": 2e-06,
            "output_cost_per_token": 4e-06,
            "output_cost_per_reasoning_token": 6e-06,
            "cache_read_input_token_cost": 2e-07,
            "cache_creation_input_token_cost": 2.5e-06,
            "cache_creation_input_token_cost_above_1hr": 5e-06,
        },
    ],
}


def _prompt(note, source, entry, prompt_tokens, rate, provider="acme", issue=None, **usage):
    return Case(
        note,
        source,
        entry,
        {"prompt_tokens": prompt_tokens} | usage,
        prompt_tokens * rate,
        0.0,
        provider,
        issue,
    )


def _both(note, source, entry, rates, provider="acme", **usage):
    counts = {"prompt_tokens": 1000, "completion_tokens": 100} | usage
    return Case(
        note,
        source,
        entry,
        counts,
        counts["prompt_tokens"] * rates[0],
        counts["completion_tokens"] * rates[1],
        provider,
    )


def _cached(note, source, entry, rates, provider="acme", **usage):
    counts = {"prompt_tokens": 1000, "cache_read_tokens": 400} | usage
    fresh = counts["prompt_tokens"] - counts["cache_read_tokens"]
    expected = fresh * rates[0] + counts["cache_read_tokens"] * rates[1]
    return Case(note, source, entry, counts, expected, 0.0, provider)


def _written(note, source, entry, rates, prompt_tokens=1000, **usage):
    return Case(
        note,
        source,
        entry,
        {"prompt_tokens": prompt_tokens, "cache_creation_tokens": 400} | usage,
        (prompt_tokens - 400) * rates[0] + 400 * rates[1],
        0.0,
    )


THRESHOLDS = (
    _prompt("just below", "§3.1", LONG, 199_999, 1e-06),
    _prompt(
        "the context that a sum states counts, not how much it sums up",
        "ours",
        LONG,
        1_000,
        3e-06,
        context_tokens=200_001,
        is_summary=True,
        issue="coarse_price",
    ),
    _prompt(
        "a request may be priced by another length, too",
        "ours",
        LONG,
        1_000,
        3e-06,
        context_tokens=200_001,
    ),
    _prompt("exactly at: not yet", "§3.1", LONG, 200_000, 1e-06),
    _prompt("just above: all of it", "§3.1", LONG, 200_001, 3e-06),
    _prompt("xai, just below", "§3.1 §6", LONG, 199_999, 1e-06, "xai"),
    _prompt("xai, exactly at: already", "§3.1 §6", LONG, 200_000, 3e-06, "xai"),
    _cached(
        "cached tokens count as prompt",
        "§3.1",
        LONG,
        (3e-06, 3e-07),
        prompt_tokens=250_000,
        cache_read_tokens=249_000,
    ),
    _cached(
        "cached tokens beyond the prompt do not",
        "§3.1",
        LONG,
        (1e-06, 1e-07),
        prompt_tokens=200_000,
        cache_read_tokens=200_000,
    ),
    _both("a long answer does not count", "§3.1", LONG, (1e-06, 2e-06), completion_tokens=300_000),
    _both("the answer is billed above too", "§3.1", LONG, (3e-06, 5e-06), prompt_tokens=200_001),
    _both("ladder: first step", "§3.1", LADDER, (3e-06, 5e-06), prompt_tokens=100_001),
    _both(
        "ladder: the second inherits what it leaves out",
        "§3.1",
        LADDER,
        (7e-06, 5e-06),
        prompt_tokens=200_001,
    ),
    _both(
        "a threshold spelled without k",
        "§2",
        {**TEXT, "input_cost_per_token_above_512_tokens": 3e-06},
        (3e-06, 2e-06),
        prompt_tokens=513,
    ),
    _cached(
        "no cache rate above: the band below",
        "§3.1",
        {**LONG, "cache_read_input_token_cost_above_200k_tokens": None},
        (3e-06, 1e-07),
        prompt_tokens=200_001,
    ),
    _cached(
        "no cache rate at all: the input rate of the band",
        "§3.1",
        {**TEXT, "input_cost_per_token_above_200k_tokens": 3e-06},
        (3e-06, 3e-06),
        prompt_tokens=200_001,
    ),
    _written(
        "writes priced above only: the input rate below",
        "B2",
        {**TEXT, "cache_creation_input_token_cost_above_200k_tokens": 2.5e-07},
        (1e-06, 1e-06),
    ),
    _written(
        "writes priced above only: cheaper above",
        "B2",
        {**TEXT, "cache_creation_input_token_cost_above_200k_tokens": 2.5e-07},
        (1e-06, 2.5e-07),
        prompt_tokens=200_001,
    ),
    _written(
        "one-hour writes have thresholds too",
        "§3.1",
        {
            **TEXT,
            "cache_creation_input_token_cost_above_1hr": 2e-06,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 4e-06,
        },
        (1e-06, 4e-06),
        prompt_tokens=200_001,
        cache_creation_1h_tokens=400,
    ),
    Case(
        "an explicit reasoning rate does not rise, a missing audio rate does",
        "§3.4",
        {**LONG, "output_cost_per_reasoning_token": 4e-06},
        {
            "prompt_tokens": 200_001,
            "completion_tokens": 300,
            "reasoning_tokens": 100,
            "audio_output_tokens": 100,
        },
        200_001 * 3e-06,
        100 * 5e-06 + 100 * 5e-06 + 100 * 4e-06,
    ),
)

TIERS = (
    _both("flex", "§11", TIERED, (5e-07, 1.1e-06), service_tier="flex"),
    _both("any case", "§11", TIERED, (5e-07, 1.1e-06), service_tier="FLEX"),
    _both("priority", "§11", TIERED, (1.7e-06, 3.5e-06), service_tier="priority"),
    _both("fast is priority", "§11", TIERED, (1.7e-06, 3.5e-06), service_tier="fast"),
    _both("ultrafast", "§11", TIERED, (6e-06, 12e-06), service_tier="ultrafast"),
    _both(
        "balanced has no output rate: standard",
        "§3.4",
        TIERED,
        (8e-07, 2e-06),
        service_tier="balanced",
    ),
    _cached(
        "flex has no cache rate: standard", "§3.4", TIERED, (5e-07, 1e-07), service_tier="flex"
    ),
    _cached("priority has one", "§3.1", TIERED, (1.7e-06, 1.9e-07), service_tier="priority"),
    _cached(
        "no cache rate in any tier: the tier's input rate",
        "§3.1",
        {**TEXT, "input_cost_per_token_flex": 5e-07},
        (5e-07, 5e-07),
        service_tier="flex",
    ),
    *(
        _both(f"{tier or 'empty'}: standard", "§11", TIERED, (1e-06, 2e-06), service_tier=tier)
        for tier in ("default", "standard", "auto", "scale", "batch", "nonsense", "", None)
    ),
    _both(
        "served at standard though flex was asked for",
        "§11",
        TIERED,
        (1e-06, 2e-06),
        service_tier="flex",
        served_service_tier="default",
    ),
    _both(
        "served at flex though nobody asked",
        "§11",
        TIERED,
        (5e-07, 1.1e-06),
        served_service_tier="Flex",
    ),
    _both(
        "served at something unknown: what was asked for",
        "§11",
        TIERED,
        (5e-07, 1.1e-06),
        service_tier="flex",
        served_service_tier="scale",
    ),
    _both("traffic type", "§11", TIERED, (1.7e-06, 3.5e-06), traffic_type="on_demand_priority"),
    _both(
        "traffic type on demand is standard",
        "§11",
        TIERED,
        (1e-06, 2e-06),
        service_tier="flex",
        traffic_type="ON_DEMAND",
    ),
    _both(
        "what was served beats the traffic type",
        "§11",
        TIERED,
        (5e-07, 1.1e-06),
        served_service_tier="flex",
        traffic_type="ON_DEMAND_PRIORITY",
    ),
    # tiers and thresholds
    _both(
        "above a threshold without the tier: its standard rate",
        "B1",
        {**TIERED, **LONG},
        (3e-06, 5e-06),
        prompt_tokens=200_001,
        service_tier="flex",
    ),
    _both(
        "272k flex is read",
        "§2.1",
        {
            **TIERED,
            "input_cost_per_token_above_272k_tokens": 3e-06,
            "input_cost_per_token_above_272k_tokens_flex": 1.5e-06,
        },
        (1.5e-06, 1.1e-06),
        prompt_tokens=272_001,
        service_tier="flex",
    ),
    _both(
        "200k flex is not",
        "§2.1 B26",
        {
            **TIERED,
            "input_cost_per_token_above_200k_tokens": 3e-06,
            "input_cost_per_token_above_200k_tokens_flex": 1.5e-06,
        },
        (3e-06, 1.1e-06),
        prompt_tokens=200_001,
        service_tier="flex",
    ),
    _both(
        "200k priority is",
        "§2.1",
        {
            **TIERED,
            "input_cost_per_token_above_200k_tokens": 3e-06,
            "input_cost_per_token_above_200k_tokens_priority": 5e-06,
        },
        (5e-06, 3.5e-06),
        prompt_tokens=200_001,
        service_tier="priority",
    ),
    _written(
        "200k priority, but not for writes",
        "§2.1",
        {
            **TEXT,
            "cache_creation_input_token_cost": 1.25e-06,
            "cache_creation_input_token_cost_above_200k_tokens_priority": 9e-06,
        },
        (1e-06, 1.25e-06),
        prompt_tokens=200_001,
        service_tier="priority",
    ),
    _written(
        "one-hour writes have no tier",
        "§3.1",
        {
            **TIERED,
            "cache_creation_input_token_cost": 1.25e-06,
            "cache_creation_input_token_cost_flex": 6e-07,
            "cache_creation_input_token_cost_above_1hr": 2.5e-06,
        },
        (5e-07, 2.5e-06),
        cache_creation_1h_tokens=400,
        service_tier="flex",
    ),
    Case(
        "an audio rate of a tier is not read",
        "§2.1 B14",
        {
            **TIERED,
            "input_cost_per_audio_token": 4e-06,
            "input_cost_per_audio_token_priority": 7e-06,
        },
        {"prompt_tokens": 1000, "audio_input_tokens": 1000, "service_tier": "priority"},
        1000 * 4e-06,
        0.0,
    ),
    *(
        Case(
            f"reasoning: {note}",
            "§3.4",
            {**TIERED, **extra},
            {"completion_tokens": 300, "reasoning_tokens": 200, "service_tier": tier},
            0.0,
            100 * rates[0] + 200 * rates[1],
        )
        for note, extra, tier, rates in (
            ("none: the output rate", {}, None, (2e-06, 2e-06)),
            ("its own", {"output_cost_per_reasoning_token": 3e-06}, None, (2e-06, 3e-06)),
            (
                "flex output beats standard reasoning",
                {"output_cost_per_reasoning_token": 3e-06},
                "flex",
                (1.1e-06, 1.1e-06),
            ),
            (
                "no flex output: standard reasoning",
                {"output_cost_per_reasoning_token": 3e-06, "output_cost_per_token_flex": None},
                "flex",
                (2e-06, 3e-06),
            ),
            (
                "flex reasoning",
                {"output_cost_per_reasoning_token_flex": 1.3e-06},
                "flex",
                (1.1e-06, 1.3e-06),
            ),
            (
                "priority reasoning",
                {"output_cost_per_reasoning_token_priority": 4e-06},
                "priority",
                (3.5e-06, 4e-06),
            ),
        )
    ),
)

_RANGE_OUT = {"output_cost_per_token": 7e-06}


def _one_range(**rates):
    return {
        "mode": "chat",
        "input_cost_per_token": 9e-06,
        "output_cost_per_token": 9.5e-06,
        "cache_read_input_token_cost": 9e-07,
        "tiered_pricing": [{"range": [0, 1e6], **rates}],
    }


RANGE_CASES = (
    _both("inside the first", "§3.2", RANGES, (1e-06, 2e-06), prompt_tokens=500),
    _both("the upper end belongs to it", "§3.2", RANGES, (1e-06, 2e-06), prompt_tokens=1000),
    _both("the lower end does not", "§3.2", RANGES, (2e-06, 4e-06), prompt_tokens=1001),
    _both("upper end of the second", "§3.2", RANGES, (2e-06, 4e-06), prompt_tokens=2000),
    _both("in a gap: the last", "§3.2", RANGES, (4e-06, 8e-06), prompt_tokens=2500),
    _both("lower end of the last", "§3.2", RANGES, (4e-06, 8e-06), prompt_tokens=3000),
    _both("beyond all: the last", "§3.2", RANGES, (4e-06, 8e-06), prompt_tokens=1_000_000),
    _both("below all: the last", "§3.2", RANGES, (4e-06, 8e-06), prompt_tokens=100),
    _both("no prompt: the flat rates", "§3.2", RANGES, (9e-06, 9.5e-06), prompt_tokens=0),
    Case(
        "no prompt and no flat rates: free",
        "§14 B19",
        {"mode": "chat", "tiered_pricing": RANGES["tiered_pricing"]},
        {"completion_tokens": 100},
        0.0,
        0.0,
        issue="nothing_priced",
    ),
    _both(
        "the service tier is ignored",
        "§3.2",
        {**RANGES, "input_cost_per_token_flex": 1e-09},
        (1e-06, 2e-06),
        service_tier="flex",
    ),
    _both(
        "thresholds are ignored",
        "§3.2",
        {**RANGES, "input_cost_per_token_above_100_tokens": 1e-09},
        (1e-06, 2e-06),
    ),
    _both(
        "no output key: the flat one",
        "§3.2",
        _one_range(input_cost_per_token=1e-06),
        (1e-06, 9.5e-06),
    ),
    _both(
        "an output of null: free",
        "§3.2",
        _one_range(input_cost_per_token=1e-06, output_cost_per_token=None),
        (1e-06, 0.0),
    ),
    _both(
        "no input rate: the flat rates",
        "§3.2",
        _one_range(output_cost_per_token=2e-06),
        (9e-06, 9.5e-06),
    ),
    _cached(
        "no cache rate: the range's input rate",
        "§3.2",
        _one_range(input_cost_per_token=1e-06),
        (1e-06, 1e-06),
    ),
    _cached("a cache rate", "§3.2", RANGES, (2e-06, 2e-07), prompt_tokens=1500),
    Case(
        "writes of both lifetimes",
        "§3.2",
        RANGES,
        {
            "prompt_tokens": 1500,
            "cache_creation_tokens": 500,
            "cache_creation_5m_tokens": 300,
            "cache_creation_1h_tokens": 200,
        },
        1000 * 2e-06 + (300 * 2.5e-06 + 200 * 5e-06),
        0.0,
    ),
    _written(
        "one-hour writes without a rate: the range's write rate",
        "§3.2",
        _one_range(input_cost_per_token=1e-06, cache_creation_input_token_cost=3e-06),
        (1e-06, 3e-06),
        cache_creation_1h_tokens=400,
    ),
    *(
        Case(
            f"reasoning in a range: {note}",
            "§3.4",
            {
                **_one_range(input_cost_per_token=1e-06, **within),
                "output_cost_per_reasoning_token": 3e-06,
            },
            {"prompt_tokens": 10, "completion_tokens": 300, "reasoning_tokens": 200},
            10 * 1e-06,
            100 * rates[0] + 200 * rates[1],
        )
        for note, within, rates in (
            ("its own", {**_RANGE_OUT, "output_cost_per_reasoning_token": 8e-06}, (7e-06, 8e-06)),
            ("else its output rate", _RANGE_OUT, (7e-06, 7e-06)),
            ("neither: the flat reasoning rate", {}, (9.5e-06, 3e-06)),
        )
    ),
)


def _at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


NIGHT = {
    **TEXT,
    "cache_creation_input_token_cost_above_1hr": 4e-06,
    "input_cost_per_audio_token": 6e-06,
    "off_peak_pricing": {
        "hours_utc": ["22:00-02:00", "12:30-13:00", "25:61-nonsense"],
        "input_cost_per_token": 3e-07,
        "output_cost_per_token": 6e-07,
    },
}
WEEKEND = {
    **TEXT,
    "off_peak_pricing": {
        "windows": [
            {"hours_utc": "00:00-00:00", "weekdays": [6, "Sunday"]},
            {"hours_utc": "10:00-11:00", "weekdays": ["fri"]},
            "not a rule",
        ],
        "weekday_timezone": "Asia/Shanghai",
        "input_cost_per_token": 3e-07,
        "output_cost_per_token": 6e-07,
    },
}
MALFORMED = {
    "hours of a day that is not": {"hours_utc": ["24:00-25:00", "23:60-23:61"]},
    "hours as a number": {"hours_utc": 2300},
    "weekdays that are no list": {"windows": [{"hours_utc": "00:00-00:00", "weekdays": "mon"}]},
    "a weekday of True": {"windows": [{"hours_utc": "00:00-00:00", "weekdays": [True, 3.0]}]},
    "a weekday of 0": {"windows": [{"hours_utc": "00:00-00:00", "weekdays": [0, 8, None]}]},
    "no hours": {"windows": [{"weekdays": [1, 2, 3, 4, 5, 6, 7]}]},
}
"""Windows that LiteLLM skips; each would be open on Monday 6 July 2026 at 00:30 UTC, if read."""
_OPEN, _SHUT = (3e-07, 6e-07), (1e-06, 2e-06)

OFF_PEAK = (
    *(
        _both(
            f"{note} ({hour:02}:{minute:02})", "§3.3", NIGHT, rates, ended_at=_at(1, hour, minute)
        )
        for note, hour, minute, rates in (
            ("a minute before", 21, 59, _SHUT),
            ("the start is included", 22, 0, _OPEN),
            ("before midnight", 23, 30, _OPEN),
            ("after midnight", 0, 0, _OPEN),
            ("the last minute", 1, 59, _OPEN),
            ("the end is not", 2, 0, _SHUT),
            ("second window", 12, 30, _OPEN),
            ("its end", 13, 0, _SHUT),
        )
    ),
    _both("no time: peak", "§3.3", NIGHT, _SHUT, ended_at=None),
    # 3 July 2026 is a Friday; Shanghai is eight hours ahead
    *(
        _both(f"weekday in zone: {note}", "§3.3", WEEKEND, rates, ended_at=_at(day, hour, minute))
        for note, day, hour, minute, rates in (
            ("Friday 23:59 there", 3, 15, 59, _SHUT),
            ("Saturday there, Friday in UTC", 3, 16, 0, _OPEN),
            ("Sunday there, in words", 5, 12, 0, _OPEN),
            ("Monday there, Sunday in UTC", 5, 16, 0, _SHUT),
            ("Friday's own window", 3, 10, 30, _OPEN),
            ("the same hour on Thursday", 2, 10, 30, _SHUT),
        )
    ),
    _both(
        "an unknown zone is UTC",
        "§3.3",
        {**TEXT, "off_peak_pricing": {**WEEKEND["off_peak_pricing"], "weekday_timezone": "Mars/X"}},
        _SHUT,
        ended_at=_at(3, 16),
    ),
    *(
        _both(
            f"malformed: {note}",
            "§3.3",
            {**TEXT, "off_peak_pricing": {"input_cost_per_token": 3e-07, **windows}},
            _SHUT,
            ended_at=_at(6, 0, 30),
        )
        for note, windows in MALFORMED.items()
    ),
    _both(
        "only what it sets",
        "§3.3",
        {**TEXT, "off_peak_pricing": {"hours_utc": "00:00-00:00", "input_cost_per_token": 3e-07}},
        (3e-07, 2e-06),
        ended_at=_at(1, 12),
    ),
    Case(
        "reasoning in a range keeps the range's output rate off-peak",
        "§3.4",
        {
            **TEXT,
            "tiered_pricing": [
                {
                    "range": [0, 9000],
                    "input_cost_per_token": 4e-06,
                    "output_cost_per_token": 8e-06,
                }
            ],
            "off_peak_pricing": {"hours_utc": "00:00-00:00", "output_cost_per_token": 6e-07},
        },
        {
            "prompt_tokens": 1000,
            "completion_tokens": 300,
            "reasoning_tokens": 200,
            "ended_at": _at(1, 12),
        },
        1000 * 4e-06,
        100 * 6e-07 + 200 * 8e-06,
        "acme",
    ),
    _cached(
        "no cache rate: the off-peak input rate", "§3.1", NIGHT, (3e-07, 3e-07), ended_at=_at(1, 23)
    ),
    _cached(
        "a cache rate the block leaves alone",
        "§3.3",
        {**NIGHT, "cache_read_input_token_cost": 1e-07},
        (3e-07, 1e-07),
        ended_at=_at(1, 23),
    ),
    _cached(
        "a cache rate it sets",
        "§3.3",
        {
            **NIGHT,
            "cache_read_input_token_cost": 1e-07,
            "off_peak_pricing": {**NIGHT["off_peak_pricing"], "cache_read_input_token_cost": 5e-08},
        },
        (3e-07, 5e-08),
        ended_at=_at(1, 23),
    ),
    _written(
        "one-hour writes keep theirs",
        "§3.3",
        NIGHT,
        (3e-07, 4e-06),
        ended_at=_at(1, 23),
        cache_creation_1h_tokens=400,
    ),
    Case(
        "audio keeps its rate, reasoning follows the output",
        "§3.3",
        NIGHT,
        {
            "prompt_tokens": 1000,
            "audio_input_tokens": 400,
            "completion_tokens": 300,
            "reasoning_tokens": 200,
            "ended_at": _at(1, 23),
        },
        600 * 3e-07 + 400 * 6e-06,
        100 * 6e-07 + 200 * 6e-07,
    ),
    Case(
        "an off-peak reasoning rate",
        "§3.4",
        {
            **NIGHT,
            "off_peak_pricing": {
                **NIGHT["off_peak_pricing"],
                "output_cost_per_reasoning_token": 9e-07,
            },
        },
        {"completion_tokens": 300, "reasoning_tokens": 200, "ended_at": _at(1, 23)},
        0.0,
        100 * 6e-07 + 200 * 9e-07,
    ),
    _both(
        "above a threshold and at flex it is the same",
        "§3.3",
        {**LONG, **TIERED, **NIGHT},
        _OPEN,
        prompt_tokens=200_001,
        service_tier="flex",
        ended_at=_at(1, 23),
    ),
    _both(
        "in a range too",
        "§3.3",
        {**RANGES, "off_peak_pricing": NIGHT["off_peak_pricing"]},
        _OPEN,
        prompt_tokens=1500,
        ended_at=_at(1, 23),
    ),
)

CASES = (*THRESHOLDS, *TIERS, *RANGE_CASES, *OFF_PEAK)
