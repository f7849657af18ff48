"""Fees that no model's entry prices: tool and agent calls, guardrails, sessions, reserved capacity.

Their prices stand in a gateway's configuration, in the log row, or under keys of the cost map that
are no models. Formulas are stages over ``u.``, as in `llmspend.arithmetic`: FEE_STAGES for columns,
the functions for one call.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from llmspend.entries import as_rate
from llmspend.values import as_function

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from llmspend.cost_map import CostMap
    from llmspend.values import Stage, Value

_DAY: Final = timedelta(days=1)
_SECONDS_PER_HOUR: Final = 3600
_RECORDS_PER_PRICE: Final = 1000
_YES: Final = frozenset({"1", "true", "t", "yes", "y", "on"})


def tool_call(u: Value) -> dict[str, Value]:
    """Price a tool call: what came with it, else the tool's price, else the server's."""
    return {
        "call_cost": u.choose(
            u.known(u.stated_call_cost),
            u.stated_call_cost,
            u.choose(u.known(u.tool_call_rate), u.tool_call_rate, u.or_zero(u.server_call_rate)),
        )
    }


def agent_call(u: Value) -> dict[str, Value]:
    """Price an agent call: what came with it, else a price per call, else its tokens."""
    by_tokens = u.or_zero(u.prompt_tokens) * u.or_zero(u.agent_input_rate) + u.or_zero(
        u.completion_tokens
    ) * u.or_zero(u.agent_output_rate)
    return {
        "call_cost": u.choose(
            u.known(u.stated_call_cost),
            u.stated_call_cost,
            u.choose(u.known(u.agent_call_rate), u.agent_call_rate, by_tokens),
        )
    }


def text_records(u: Value) -> dict[str, Value]:
    """Price what a guardrail read, per thousand records; without a price it is unknown."""
    priced = u.divided(u.text_records * u.or_zero(u.thousand_records_rate), _RECORDS_PER_PRICE)
    return {
        "records_cost": u.choose(
            u.records_are_free > 0, 0.0, u.choose(u.known(u.thousand_records_rate), priced, None)
        )
    }


def reserved_capacity(u: Value) -> dict[str, Value]:
    """Price the units that stood reserved."""
    return {"reserved_cost": u.reserved_units * u.unit_hour_rate * u.reserved_hours}


FEE_STAGES: Final[dict[str, Stage]] = {
    "call_tool": tool_call,
    "call_agent": agent_call,
    "text_records": text_records,
    "reserved_capacity": reserved_capacity,
}
"""What is paid for → its formula. Each reads only what it names; nothing else has to be there."""

_TOOL_CALL = as_function([tool_call], (), ["call_cost"])
_AGENT_CALL = as_function([agent_call], (), ["call_cost"])
_TEXT_RECORDS = as_function([text_records], (), ["records_cost"])
_RESERVED = as_function([reserved_capacity], (), ["reserved_cost"])


def tool_call_cost(
    tool: str | None = None,
    *,
    stated_cost: float | None = None,
    cost_by_tool: Mapping[str, float] | None = None,
    default_cost: float | None = None,
) -> float:
    """Say what one call of an MCP tool costs.

    Parameters
    ----------
    tool
        The tool's name.
    stated_cost
        A price that came with the call itself; it wins.
    cost_by_tool
        The server's ``tool_name_to_cost_per_query``.
    default_cost
        Its ``default_cost_per_query``, for every other tool.

    Returns
    -------
    float
        USD; 0 where nothing sets a price.

    Examples
    --------
    >>> tool_call_cost("search", cost_by_tool={"search": 0.5}, default_cost=0.01)
    0.5
    >>> tool_call_cost("fetch", cost_by_tool={"search": 0.5}, default_cost=0.01)
    0.01
    """
    rates = {
        "stated_call_cost": stated_cost,
        "tool_call_rate": (cost_by_tool or {}).get(tool or ""),
        "server_call_rate": default_cost,
    }
    return float(_TOOL_CALL({}, rates)["call_cost"])


def agent_call_cost(
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    *,
    stated_cost: float | None = None,
    cost_per_query: float | None = None,
    input_cost_per_token: float | None = None,
    output_cost_per_token: float | None = None,
) -> float:
    """Say what one message to an agent (A2A) costs.

    Parameters
    ----------
    prompt_tokens, completion_tokens
        Its usage; None where it reports none.
    stated_cost
        As for `tool_call_cost`.
    cost_per_query
        The agent's price per call; it wins over tokens, also at 0.
    input_cost_per_token, output_cost_per_token
        The agent's prices per token; a missing one is 0.

    Returns
    -------
    float
        USD; 0 where nothing sets a price.

    Examples
    --------
    >>> agent_call_cost(100, 10, output_cost_per_token=1e-05)
    0.0001
    >>> agent_call_cost(100, 10, output_cost_per_token=1e-05, cost_per_query=0.02)
    0.02
    """
    found = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "stated_call_cost": stated_cost,
        "agent_call_rate": cost_per_query,
        "agent_input_rate": input_cost_per_token,
        "agent_output_rate": output_cost_per_token,
    }
    return float(_AGENT_CALL({}, found)["call_cost"])


def guardrail_cost(information: object) -> float:
    """Say what the guardrails of one request add to its spend.

    Parameters
    ----------
    information
        The row's ``guardrail_information``: an entry, a list of them, or None.

    Returns
    -------
    float
        USD: the ``guardrail_cost`` of every entry, but for those that are not above zero, no
        finite number, or marked ``guardrail_cost_in_spend: false``. An entry that cannot be read
        adds nothing and takes nothing from the others.

    Examples
    --------
    >>> guardrail_cost([{"guardrail_cost": 0.25}, {"guardrail_cost": -1}])
    0.25
    >>> guardrail_cost({"guardrail_cost": 0.25, "guardrail_cost_in_spend": False})
    0.0
    """
    entries = information if isinstance(information, (list, tuple)) else (information,)
    total = 0.0
    for entry in entries:
        # not sum(), which compensates in newer Pythons: LiteLLM adds from left to right
        total += _entry_cost(entry)
    return total


def _entry_cost(entry: object) -> float:
    if not isinstance(entry, dict) or not _is_in_spend(entry.get("guardrail_cost_in_spend")):
        return 0.0
    raw = entry.get("guardrail_cost")
    cost = 1.0 if raw is True else as_rate(raw)  # a hook may write anything; true is 1 to LiteLLM
    return cost if cost is not None and cost > 0 else 0.0


def _is_in_spend(flag: object) -> bool:
    """Tell whether an entry counts; a flag that is none leaves it unread."""
    if flag is None:
        return True
    if isinstance(flag, str):
        return flag.lower() in _YES
    return isinstance(flag, (bool, int, float)) and flag == 1


def guardrail_cost_by_unit(
    cost_map: CostMap,
    provider: str,
    units: Mapping[str, int],
    region: str | None = None,
) -> dict[str, float | None] | None:
    """Price the units that a guardrail counted, by the cost map's guardrail entry.

    Parameters
    ----------
    cost_map
        Its entries ``<provider>/<region>/guardrails`` and ``<provider>/guardrails``, the first of
        them that has readable rates.
    provider
        Whose guardrail it is.
    units
        Counter → units, as the guardrail reports them.
    region
        Where it ran.

    Returns
    -------
    dict or None
        Counter → USD, None for a counter without a rate (only a rate of 0 is free); None where no
        entry prices any. Their sum is what LiteLLM adds to the spend.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> rates = {"guardrail_cost_per_unit": {"words": 0.5}}
    >>> costs = load_cost_map({"acme/guardrails": rates})
    >>> guardrail_cost_by_unit(costs, "acme", {"words": 3, "images": 1})
    {'words': 1.5, 'images': None}
    """
    keys = (f"{provider}/{region}/guardrails" if region else None, f"{provider}/guardrails")
    for key in keys:
        rates = _unit_rates(cost_map.entries.get(key or "", {}))
        if rates is not None:
            return {
                counter: None if rates.get(counter) is None else count * rates[counter]
                for counter, count in units.items()
            }
    return None


def _unit_rates(entry: Mapping[str, Any]) -> dict[str, float] | None:
    given = entry.get("guardrail_cost_per_unit")
    if not isinstance(given, dict):
        return None
    rates = {counter: as_rate(rate) for counter, rate in given.items()}
    readable = {counter: rate for counter, rate in rates.items() if rate is not None}
    # one that cannot be read makes the entry useless to LiteLLM
    return readable if len(readable) == len(given) else None


def text_records_cost(
    records: int, usd_per_1000: float | None, *, tier: str | None = None
) -> float | None:
    """Say what a guardrail that is sold by text records costs; LiteLLM keeps it out of the spend.

    Parameters
    ----------
    records
        Text records it read.
    usd_per_1000
        ``price_per_1000_text_records`` of its configuration; None where nobody set it.
    tier
        ``cost_tier`` of its configuration; at the free tier nothing costs.

    Returns
    -------
    float or None
        USD; None where no price is set.

    Examples
    --------
    >>> text_records_cost(2000, 0.38), text_records_cost(2000, 0.38, tier="free")
    (0.76, 0.0)
    """
    found = {
        "text_records": records,
        "thousand_records_rate": usd_per_1000,
        "records_are_free": int(tier == "free"),
    }
    return _TEXT_RECORDS({}, found)["records_cost"]  # type: ignore[no-any-return]


def session_cost(cost_map: CostMap, provider: str | None, sessions: int | None) -> float:
    """Say what a provider's code-interpreter sessions (containers) cost.

    Parameters
    ----------
    cost_map
        Its entry ``<provider>/container`` has the price of a session.
    provider
        Who runs them.
    sessions
        How many were created; None is none.

    Returns
    -------
    float
        USD; 0 where the cost map has no price for them.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map({"acme/container": {"code_interpreter_cost_per_session": 0.03}})
    >>> session_cost(costs, "acme", 2), session_cost(costs, "other", 2)
    (0.06, 0.0)
    """
    entry = cost_map.entries.get(f"{provider}/container", {})
    rate = as_rate(entry.get("code_interpreter_cost_per_session"))
    return (sessions or 0) * (rate or 0.0)


def reserved_hours(day: date, start: datetime | None = None, end: datetime | None = None) -> float:
    """Say for how many hours of a UTC day capacity stood reserved.

    Parameters
    ----------
    day
        The day.
    start, end
        From when, and until when (exclusive); None is open. Naive times are UTC.

    Returns
    -------
    float
        From 0 to 24.

    Examples
    --------
    >>> from datetime import date, datetime
    >>> reserved_hours(date(2026, 3, 1), start=datetime(2026, 3, 1, 23))
    1.0
    """
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    first = midnight if start is None else max(midnight, _utc(start))
    last = midnight + _DAY if end is None else min(midnight + _DAY, _utc(end))
    return max((last - first).total_seconds(), 0.0) / _SECONDS_PER_HOUR


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def reserved_cost(
    units: int,
    usd_per_unit_hour: float,
    day: date,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> float:
    """Say what reserved capacity (PTU) costs on one UTC day, used or not.

    Parameters
    ----------
    units
        How many units (``ptu_count``).
    usd_per_unit_hour
        ``cost_per_ptu_per_hour``.
    day
        The day.
    start, end
        ``ptu_effective_from`` and ``ptu_effective_to``; None is open.

    Returns
    -------
    float
        USD.

    Examples
    --------
    >>> from datetime import date
    >>> reserved_cost(100, 0.5, date(2026, 3, 1))
    1200.0
    """
    found = {
        "reserved_units": float(units),
        "unit_hour_rate": usd_per_unit_hour,
        "reserved_hours": reserved_hours(day, start, end),
    }
    return float(_RESERVED({}, found)["reserved_cost"])
