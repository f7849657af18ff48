"""LiteLLM's sums per day, in the cases of every shape."""

from __future__ import annotations

from tests.formats import FormatCase, utc
from tests.formats.litellm_cases import KEY

_JULY_1, _JULY_2 = utc(2026, 7, 1), utc(2026, 7, 2)
_COARSE = "summary"
_TABLE = "LiteLLM_Daily*Spend"


def _sum(day, spend, prompt=0, completion=0, requests=None, failed=None, **more):
    """A row that sums up; no word of what it is not told."""
    row = {
        "started_at": day,
        "logged_spend": spend,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "request_count": requests,
        "failed_count": failed,
        "is_summary": True,
        **more,
    }
    zero = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {k: v for k, v in row.items() if v is not None and not (k in zero and v == 0)}


_CALL = {
    "request_id": "d-1",
    "key": KEY,
    "model": "acme/large",
    "model_group": "large",
    "provider": "acme",
    "call_type": "acompletion",
}
_CACHED = {"cache_read_tokens": 120_000, "cache_creation_tokens": 4000}


def _of_a_day(**who):
    return _sum(_JULY_1, 0.75, 300_000, 9000, 42, 2, **_CALL, **_CACHED, **who)


_WHO = {
    "key": KEY,
    "key_alias": "prod-search",
    "team": "t-1",
    "user": "u-1",
    "user_alias": "uma@example.com",
}
_ACTIVITY = (
    _sum(_JULY_2, 0.5, 1000, 100, 4, 1),  # a day without models
    _sum(_JULY_1, 1.0, 4000, 400, 4, 1, model="acme/large", cache_read_tokens=500, **_WHO),
    _sum(_JULY_1, 0.25, 2000, 200, 2, 0, model="acme/large", cache_creation_tokens=60, key="6f6f"),
    _sum(_JULY_1, 0.25, 1000, 100, 1, 0, model="acme/large"),  # other keys
    _sum(_JULY_1, 0.25, 1000, 100, 1, 0, model="acme/small", **_WHO),
    _sum(_JULY_1, 0.25, 1000, 100, 2, 1),  # other models
)

DAILY_CASES = (
    FormatCase(
        "daily_user_spend.parquet",
        _TABLE,
        (
            _of_a_day(user="u-1"),
            _sum(
                _JULY_2,
                2e-05,
                1000,
                0,
                1,
                0,
                request_id="d-2",
                model="acme/embed",
                model_group="embed",
                provider="acme",
                call_type="aembedding",
            ),
        ),
        costs=(0.75, 2e-05),
        issues=(_COARSE, _COARSE),
    ),
    FormatCase(
        "daily_team_spend.csv",
        _TABLE,
        (
            _of_a_day(team="t-1"),
            # a reserved capacity: its flat cost is beside the spend
            _sum(
                _JULY_1,
                0.0,
                0,
                0,
                0,
                0,
                request_id="d-2",
                key="__ptu_flat_cost__",
                model="dep-9",
                model_group="reserved",
                team="t-1",
            ),
        ),
        costs=(0.75, 0.0),
        issues=(_COARSE, _COARSE),
    ),
    FormatCase(
        "daily_tag_spend.jsonl",
        _TABLE,
        (
            _of_a_day(tags=["env:prod"]),
            _of_a_day(tags=["team:ads"]) | {"request_id": "d-2"},
        ),
        costs=(0.75, 0.75),
        issues=("summary_by_tag", "summary_by_tag"),
    ),
    FormatCase(
        "daily_organization_spend.json",
        _TABLE,
        (_of_a_day(organization="o-1"),),
        costs=(0.75,),
        issues=(_COARSE,),
    ),
    FormatCase(
        "daily_end_user_spend_copy.txt",
        _TABLE,
        (_of_a_day(end_user="c-1"),),
        costs=(0.75,),
        issues=(_COARSE,),
    ),
    FormatCase(
        "daily_agent_spend.csv",
        _TABLE,
        (
            _sum(
                _JULY_1,
                0.5,
                0,
                0,
                42,
                2,
                request_id="d-1",
                key=KEY,
                model="a2a_agent/a-1",
                model_group="large",
                provider="acme",
            ),
        ),
        costs=(0.5,),
        issues=(_COARSE,),
    ),
    FormatCase(
        "daily_activity.json",
        "LiteLLM daily activity",
        _ACTIVITY,
        costs=(0.5, 1.0, 0.25, 0.25, 0.25, 0.25),
        issues=(_COARSE,) * 6,
    ),
    FormatCase(
        "daily_activity_pages.jsonl",
        "LiteLLM daily activity",
        _ACTIVITY,
        costs=(0.5,),
        issues=(_COARSE,),
    ),
    FormatCase(
        "team-usage-2026-07-01-2026-07-02-daily_with_keys.csv",
        "LiteLLM team activity export",
        (
            _sum(
                _JULY_1, 1.25, 5000, 500, 4, 1, cache_read_tokens=500, team_alias="Search", **_WHO
            ),
            _sum(
                _JULY_1,
                0.25,
                2000,
                200,
                2,
                0,
                model="acme/large",
                cache_creation_tokens=60,
                team="t-2",
                team_alias="=1+1",
            ),
        ),
        costs=(1.25, 0.25),
        issues=(_COARSE, _COARSE),
    ),
    FormatCase(
        "tag-usage-2026-07-01-2026-07-02-daily_with_models.json",
        "LiteLLM tag activity export",
        (
            _sum(
                _JULY_1,
                0.25,
                2000,
                200,
                2,
                0,
                model="acme/large",
                cache_creation_tokens=60,
                tags=["env:prod"],
            ),
        ),
        costs=(0.25,),
        issues=("summary_by_tag",),
    ),
    FormatCase(
        "spend_logs_summary.json",
        "LiteLLM daily spend summaries",
        (
            _sum(_JULY_1, 1.25, model="acme/large"),
            _sum(_JULY_1, 0.5, model="acme/small"),
            _sum(_JULY_2, 0.125, model="acme/large"),
        ),
        costs=(1.25, 0.5, 0.125),
        issues=(_COARSE,) * 3,
    ),
)
"""What is coarse: tables, endpoints, downloads."""
