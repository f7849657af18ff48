"""Names that strangers chose, and charges of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

import llmspend

HOSTILE = (
    "<img src=x onerror=\"window.ran='img'\">",
    "</script><script>window.ran='script'</script>",
    "<!--<script>window.ran='comment'",
    "'\"><svg onload=\"window.ran='svg'\">",
    "{{7*7}}${7*7}{% raw %}",
    "![x](https://evil.test/x.png) [y](javascript:window.ran) https://evil.test www.evil.test",
    "| a | b |\n| --- | --- |\n# heading\n- item",
    "`code` *bold* _it_ ~~s~~ $x^2$ @somebody #1 <b>b</b> &lt;i&gt; &#60;i&#62;",
    "=cmd|' /C calc'!A0",
    "+1-2@sum(a1)",
    "\u202egnp.exe\u200f\u2066",
    "מודל־שפה",
    "x" * 10_000,
    "line\nbreak\ttab\x00\x1b[2J",
    "",
)
MONDAY = datetime(2026, 5, 4, 12, tzinfo=UTC)


def hostile_charges():
    """Price four weeks in which hostile models, keys and teams are priced, and others are not."""
    models = ["gpt-4o", "gpt-4o-mini", *HOSTILE]
    calls = [
        {
            "model": model,
            "key": f"key of {HOSTILE[i % len(HOSTILE)]}",
            "key_alias": HOSTILE[i % len(HOSTILE)],
            "team": HOSTILE[(i + week) % len(HOSTILE)],
            "team_alias": HOSTILE[(i + week) % len(HOSTILE)],
            "prompt_tokens": 1_000_000 * (i + 1) * (week + 1),
            "cache_read_tokens": 400_000,
            "completion_tokens": 10_000,
            "logged_spend": 0.5,
            "started_at": MONDAY + timedelta(weeks=week, days=i % 7),
        }
        for week in range(4)
        for i, model in enumerate(models)
    ]
    entry = {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1e-06}
    names = [name for name in HOSTILE[:8] if name]
    costs = llmspend.load_cost_map(dict.fromkeys(("gpt-4o", "gpt-4o-mini", *names), entry))
    return llmspend.price(pl.DataFrame(calls), cost_map=costs)
