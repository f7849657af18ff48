"""Write ``sample_data/``: eight invented weeks of an invented company's LiteLLM spend logs.

The rows have the shape of LiteLLM's Postgres table ``LiteLLM_SpendLogs``. Who called what, when and
how often comes from the tables below and one seeded random stream. What a request cost does not:
every ``spend`` and ``cost_breakdown`` is LiteLLM 1.106.2's own answer. So LiteLLM, a development
dependency only, must be installed to run this::

    uv run --group reference scripts/make_sample_data.py

The same seed gives the same bytes. The network is not used.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # read at import: stay off the network

import litellm
import polars as pl
from litellm.litellm_core_utils.litellm_logging import Logging, StandardLoggingPayloadSetup

if TYPE_CHECKING:
    from collections.abc import Iterator

litellm.suppress_debug_info = True
SEED = 20260504
OUT = Path(__file__).parents[1] / "sample_data"
START, END = date(2026, 5, 4), datetime(2026, 6, 25, 9, 40, tzinfo=UTC)  # Monday, Thursday
VOLUME = 0.56  # one knob for the number of rows
TEXT_ROWS = 160  # rows of the CSV and JSONL twins


# ---------------------------------------------------------------------------------- the cast
class Model(NamedTuple):
    """A deployment of the proxy: callers ask for `group`, `name` is what gets called."""

    group: str
    name: str
    family: str  # shape of its usage object
    api_base: str = ""
    base_model: str | None = None
    thinks: float = 0.0  # largest share of the completion that is reasoning
    ms: float = 12.0  # per completion token

    @property
    def provider(self) -> str:
        """Return LiteLLM's name of the provider."""
        return self.name.split("/")[0]


class App(NamedTuple):
    """Something that calls the proxy, and how it does."""

    feature: str
    team: str
    keys: str  # aliases, the busiest first; "*": one per person; "?": a key without alias
    models: dict[str, float]
    weekly: float  # sessions a week
    prompt: int  # median tokens of a session's first request
    completion: int
    turns: float = 1.0  # requests a session
    hours: str = "office"
    caching: tuple[tuple[date, str], ...] = ((date.min, "off"),)  # Anthropic prompt cache, from ...
    agent: str = "OpenAI/Python 2.54.0"
    call: str = "acompletion"
    stream: float = 0.3
    tier: tuple[str, float] = ("", 0.0)  # service tier asked of OpenAI, and how often
    hits: float = 0.0  # share answered by LiteLLM's response cache
    brokers: bool = False  # has end users
    first: date = START
    last: date = END.date()


# fmt: off
ANT, OAI, DS = "https://api.anthropic.com", "https://api.openai.com", "https://api.deepseek.com"
SWC, WEU = "https://halden-swc.azure.example", "https://halden-weu.azure.example"
VLLM, LAKE = "http://vllm.halden.example:8000/v1", "https://inference.lakeside.example/v1"
MODELS = {
    "opus": Model("claude-opus", "anthropic/claude-opus-4-7", "anthropic", ANT, ms=19),
    "sonnet": Model("claude-sonnet", "anthropic/claude-sonnet-4-6", "anthropic", ANT, ms=14),
    "haiku": Model("claude-haiku", "anthropic/claude-haiku-4-5", "anthropic", ANT, ms=7),
    "us-sonnet": Model("claude-sonnet", "bedrock/us.anthropic.claude-sonnet-4-6", "anthropic"),
    "eu-sonnet": Model("claude-sonnet-eu", "bedrock/eu.anthropic.claude-sonnet-4-6", "anthropic"),
    "aws-haiku": Model(
        "claude-haiku", "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic", ms=7),
    "gcp-sonnet": Model("claude-gcp", "vertex_ai/claude-sonnet-4-5@20250929", "anthropic"),
    "nova": Model("nova-pro", "bedrock/amazon.nova-pro-v1:0", "plain", ms=8),
    "nova-lite": Model("nova-lite", "bedrock/us.amazon.nova-2-lite-v1:0", "plain", ms=6),
    "gpt55": Model("gpt-5.5", "openai/gpt-5.5", "openai", OAI, thinks=0.7),
    "gpt54": Model("gpt-5.4", "openai/gpt-5.4", "openai", OAI, thinks=0.6, ms=10),
    "gpt54-mini": Model("gpt-5.4-mini", "openai/gpt-5.4-mini", "openai", OAI, thinks=0.4, ms=6),
    "gpt54-nano": Model("gpt-5.4-nano", "openai/gpt-5.4-nano", "openai", OAI, thinks=0.3, ms=5),
    "gpt41-mini": Model("gpt-4.1-mini", "openai/gpt-4.1-mini", "openai", OAI, ms=8),
    "gpt4o-mini": Model("gpt-4o-mini", "openai/gpt-4o-mini", "openai", OAI, ms=8),
    "o4-mini": Model("o4-mini", "openai/o4-mini", "openai", OAI, thinks=0.8, ms=9),
    "az-54": Model("gpt-5.4-eu", "azure/halden-gpt54-swc", "openai", SWC, "azure/eu/gpt-5.4", 0.6),
    "az-4o": Model("gpt-4o", "azure/halden-gpt4o-weu", "openai", WEU, "azure/gpt-4o"),
    "az-embed": Model(
        "embeddings-large", "azure/halden-embed-weu", "embedding", WEU,
        "azure/text-embedding-3-large"),
    "embed": Model("embeddings", "openai/text-embedding-3-small", "embedding", OAI),
    "gem-embed": Model("embeddings-gemini", "gemini/gemini-embedding-001", "embedding"),
    "gem-pro": Model("gemini-pro", "vertex_ai/gemini-2.5-pro", "gemini", thinks=0.6, ms=9),
    "gem-long": Model("gemini-pro-long", "gemini/gemini-2.5-pro", "gemini", thinks=0.5, ms=9),
    "gem-flash": Model("gemini-flash", "gemini/gemini-2.5-flash", "gemini", thinks=0.5, ms=4),
    "gem-lite": Model("gemini-flash-lite", "gemini/gemini-3.1-flash-lite", "gemini", ms=3),
    "deepseek": Model("deepseek", "deepseek/deepseek-chat", "deepseek", DS),
    "reasoner": Model("deepseek-r", "deepseek/deepseek-reasoner", "deepseek", DS),
    "mistral": Model("mistral-large", "mistral/mistral-large-latest", "plain"),
    "mistral-s": Model("mistral-small", "mistral/mistral-small-latest", "plain", ms=6),
    "groq": Model("gpt-oss", "groq/openai/gpt-oss-120b", "plain", ms=2),
    "grok": Model("grok", "xai/grok-4.3", "openai", "https://api.x.ai/v1", thinks=0.6),
    "llama": Model("llama-70b", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", "plain"),
    "qwen": Model("qwen3-32b", "hosted_vllm/Qwen/Qwen3-32B", "plain", VLLM),  # in no cost map
    "lakeside": Model("lakeside-extract", "openai/lakeside-extract-2", "openai", LAKE, ms=5),
}
NEGOTIATED = {  # rates of a deployment's own, from the proxy's config
    "openai/lakeside-extract-2": {
        "input_cost_per_token": 4.2e-07, "output_cost_per_token": 1.35e-06,
        "cache_read_input_token_cost": 1.05e-07, "litellm_provider": "openai", "mode": "chat",
    },
}
TEAMS = {  # alias: organization, cost centre, people
    "claims-automation": ("insurance", "CC-1100", "nadia.brandt owen.fuchs petra.lind"),
    "customer-support": ("insurance", "CC-1200", "ines.moreau tom.haldane yuki.arata"),
    "search-relevance": ("digital", None, "bela.kiss rania.saab sven.dahl"),
    "platform-engineering": (
        "digital", "CC-2100", "aiko.mori carl.jensen dina.roth emre.tan freya.holm gus.pereira"),
    "data-science": ("digital", "CC-2200", "hugo.martel ilse.baum jamal.osei kira.novak"),
    "legal-review": ("insurance", "CC-3100", "lotte.vries marc.aubry"),
    "marketing-studio": ("digital", None, "noor.haddad olga.petrova paul.egger"),
    "growth-experiments": ("digital", None, "quinn.abara rosa.lima"),  # dissolved at the end of May
    "": ("", None, "default_user_id"),  # keys of no team
}
BROKERS = [f"broker-{tree}" for tree in ("alder", "birch", "cedar", "elm", "hazel", "rowan")]
ROTATED = {"support-copilot-prod": date(2026, 5, 27)}  # same alias, new key
TTL_5M, TTL_1H = ((date.min, "5m"),), ((date.min, "1h"),)
AGENT_TTL = ((date.min, "off"), (date(2026, 6, 10), "5m"), (date(2026, 6, 17), "1h"))
APPS = (
    App("claims-agent", "claims-automation", "claims-agent-prod claims-agent-staging",
        {"opus": 93, "haiku": 7}, 130, 95_000, 800, 9, "flat", AGENT_TTL, "litellm/1.92.0",
        stream=0.1, first=date(2026, 6, 1)),
    App("claims-triage", "claims-automation", "claims-triage-prod", {"az-54": 8, "az-4o": 2},
        250, 9_000, 800, hours="flat"),
    App("claims-extract", "claims-automation", "claims-extract-prod", {"lakeside": 1},
        140, 5_200, 640),
    App("support-copilot", "customer-support", "support-copilot-prod support-copilot-staging",
        {"gpt54-mini": 5, "haiku": 3, "az-4o": 2}, 140, 2_600, 320, 3, stream=0.9,
        tier=("priority", 0.3), hits=0.06, brokers=True),
    App("faq-bot", "customer-support", "faq-bot-prod", {"gpt4o-mini": 6, "gpt54-nano": 4},
        280, 900, 180, 1, "flat", stream=0.8, hits=0.38, brokers=True),
    App("ticket-summary", "customer-support", "ticket-summary-prod",
        {"nova": 5, "nova-lite": 3, "aws-haiku": 2}, 140, 3_100, 260, hours="night"),
    App("search-index", "search-relevance", "search-index-prod search-query-prod",
        {"embed": 7, "az-embed": 3}, 230, 1_900, 0, hours="flat", call="aembedding", hits=0.12),
    App("query-rewrite", "search-relevance", "query-rewrite-prod", {"groq": 6, "gem-lite": 4},
        160, 520, 90, agent="python-httpx/0.28.1"),
    App("coding", "platform-engineering", "*",
        {"sonnet": 30, "us-sonnet": 15, "opus": 48, "haiku": 7}, 90, 90_000, 750, 9, "office",
        TTL_5M, "claude-cli/2.0.14", "anthropic_messages", 0.95),
    App("codex", "platform-engineering", "emre-codex freya-codex gus-codex",
        {"gpt55": 6, "gpt54": 4}, 56, 70_000, 1_500, 6, agent="codex_cli_rs/0.46.0",
        call="aresponses", stream=0.95),
    App("ci-review", "platform-engineering", "ci-review", {"eu-sonnet": 1}, 110, 22_000, 1_100,
        caching=TTL_5M, agent="litellm/1.92.0"),
    App("oncall-bot", "platform-engineering", "oncall-bot", {"grok": 7, "mistral": 3},
        45, 2_800, 420, hours="flat"),
    App("notebooks", "data-science", "*",
        {"gpt55": 55, "gem-pro": 20, "o4-mini": 10, "gcp-sonnet": 15}, 170, 42_000, 5_600),
    App("policy-archive", "data-science", "hugo-long-context", {"gem-long": 1},
        96, 225_000, 3_200),
    App("nightly-eval", "data-science", "nightly-eval-batch",
        {"gpt54-mini": 40, "gpt54": 15, "deepseek": 20, "gem-flash": 15, "qwen": 10},
        290, 6_500, 900, 1, "night", agent="AsyncOpenAI/Python 1.99.1", stream=0,
        tier=("flex", 0.92)),
    App("sandbox", "data-science", "vllm-sandbox", {"qwen": 1}, 95, 2_400, 480),
    App("contract-review", "legal-review", "legal-contracts",
        {"gpt55": 50, "opus": 35, "gcp-sonnet": 15}, 84, 90_000, 3_400, 2.6, caching=TTL_1H),
    App("precedents", "legal-review", "legal-search", {"gem-embed": 1}, 60, 3_600, 0,
        call="aembedding"),
    App("copywriting", "marketing-studio", "*", {"gpt54": 45, "mistral": 25, "gem-flash": 30},
        105, 1_400, 900, 1.4, stream=0.9),
    App("translation", "marketing-studio", "marketing-i18n", {"mistral-s": 6, "deepseek": 4},
        120, 1_700, 1_300, hours="night"),
    App("hack-week", "growth-experiments", "growth-hack-week quinn-growth rosa-growth",
        {"llama": 30, "grok": 20, "reasoner": 25, "gpt41-mini": 25}, 170, 2_200, 700, 1.3,
        agent="langchain/0.3.27", last=date(2026, 5, 29)),
    App("ad-hoc", "", "?", {"haiku": 1, "gpt4o-mini": 1}, 16, 800, 300, agent="curl/8.7.1"),
)

# ---------------------------------------------------------------------------------- time
HOURS = {  # how likely a session is to start in each hour, UTC
    "office": (0, 0, 0, 0, 0, 1, 4, 9, 14, 15, 14, 10, 11, 14, 14, 12, 8, 4, 2, 2, 1, 1, 0, 0),
    "flat": (2, 1, 1, 1, 2, 3, 5, 8, 10, 10, 10, 9, 9, 10, 10, 9, 8, 6, 5, 4, 4, 3, 3, 2),
    "night": (6, 18, 16, 6, *(0,) * 18, 1, 3),
}
WEEKDAYS = {
    "office": (1.0, 1.08, 1.1, 1.05, 0.85, 0.1, 0.06),
    "flat": (1.05, 1.1, 1.1, 1.05, 0.95, 0.4, 0.35),
    "night": (0.95, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}
HOLIDAYS = {date(2026, 5, 14), date(2026, 5, 25)}


# ---------------------------------------------------------------------------------- failure
class Error(NamedTuple):
    """A way to fail. `usage` is none, estimate (tokens, no cost), billed or partial."""

    weight: float
    code: str
    kind: str
    usage: str
    text: str


ERRORS = (
    Error(3, "429", "RateLimitError", "estimate", "Rate limit reached on tokens per min (TPM)"),
    Error(2, "503", "ServiceUnavailableError", "none", "The service is temporarily unavailable"),
    Error(2, "500", "InternalServerError", "estimate", "Overloaded"),
    Error(2, "408", "Timeout", "billed", "Request timed out after 600 seconds"),
    Error(2, "400", "BadRequestError", "none", "This prompt is too long"),
    Error(2, "500", "APIConnectionError", "partial", "peer closed connection mid-stream"),
)
OVER_BUDGET = Error(0, "422", "BudgetExceededError", "none", "Budget of key exceeded: 25.02 > 25.0")
# fmt: on
FAILS = 0.014  # share of requests, on an ordinary day
BUDGET_KEY, BUDGET_DAY, BUDGET_FAILS = "growth-hack-week", date(2026, 5, 27), 0.8
INCIDENT_AT = datetime(2026, 5, 21, 8, 50, tzinfo=UTC), datetime(2026, 5, 21, 12, 10, tzinfo=UTC)
INCIDENT = "azure"  # the provider that went down


# ---------------------------------------------------------------------------------- usage, cost
CACHED_FROM = {"anthropic": 4096, "openai": 1024, "gemini": 2048, "deepseek": 128}  # prompt tokens


class Tokens(NamedTuple):
    """What a request used: `prompt` includes `read` and `write`, `write` includes `write_1h`."""

    prompt: int
    completion: int
    read: int = 0
    write: int = 0
    write_1h: int = 0
    reasoning: int = 0


def usage_object(family: str, t: Tokens) -> dict[str, Any]:
    """Return the usage as LiteLLM logs it for a provider of this family."""
    details: dict[str, Any] = {
        "completion_tokens_details": {"reasoning_tokens": t.reasoning},
        "prompt_tokens_details": {"cached_tokens": t.read},
    }
    if family in ("plain", "embedding"):
        details = dict.fromkeys(details)
    elif family == "gemini":  # its text_tokens are the whole prompt
        details["completion_tokens_details"]["text_tokens"] = t.completion - t.reasoning
        details["prompt_tokens_details"]["text_tokens"] = t.prompt
    elif family == "deepseek":
        details["prompt_cache_hit_tokens"] = t.read
        details["prompt_cache_miss_tokens"] = t.prompt - t.read
    elif family == "anthropic":
        details["completion_tokens_details"]["text_tokens"] = t.completion
        details["prompt_tokens_details"] |= {
            "text_tokens": t.prompt - t.read - t.write,
            "cache_creation_tokens": t.write,
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": t.write - t.write_1h,
                "ephemeral_1h_input_tokens": t.write_1h,
            },
        }
        details["cache_creation_input_tokens"] = t.write
        details["cache_read_input_tokens"] = t.read
        details["service_tier"] = "standard"
    return {
        "prompt_tokens": t.prompt,
        "completion_tokens": t.completion,
        "total_tokens": 0 if family == "embedding" else t.prompt + t.completion,  # as LiteLLM does
        **details,
    }


def response(model: Model, usage: dict[str, Any]) -> litellm.ModelResponse:
    """Return the provider's response, empty but for its usage."""
    return litellm.ModelResponse(model=model.name, usage=litellm.Usage(**usage))


@cache
def model_map_information(model: Model) -> dict[str, Any]:
    """Return the price entry LiteLLM finds for a deployment, without the empty fields."""
    custom = NEGOTIATED.get(model.name)
    if custom:
        litellm.register_model({digest(model.name): custom})
    info = StandardLoggingPayloadSetup.get_model_cost_information(
        base_model=model.base_model,
        custom_pricing=bool(custom),
        custom_llm_provider=model.provider,
        init_response_obj=response(model, {}),
        router_model_id=digest(model.name) if custom else None,
    )
    value = info["model_map_value"] and {
        field: x
        for field, x in info["model_map_value"].items()
        if field in ("key", "litellm_provider", "mode")
        or ("cost" in field and isinstance(x, int | float))
    }
    return {"model_map_key": info["model_map_key"], "model_map_value": value}


VERTEX_LOCATION = "us-east5"  # a proxy always knows one; Google charges 10 % more outside `global`
LEDGER = Logging("", [], False, "acompletion", END, "", "")  # LiteLLM writes its breakdown into it


def cost(model: Model, usage: dict[str, Any], tier: str | None) -> tuple[float, dict | None]:
    """Return what LiteLLM makes of a request: its spend and its cost breakdown."""
    if not model_map_information(model)["model_map_value"]:
        return 0.0, None
    custom = model.name in NEGOTIATED
    spend = litellm.completion_cost(
        response(model, usage),
        model=model.name,
        custom_llm_provider=model.provider,
        call_type="aembedding" if model.family == "embedding" else "acompletion",
        base_model=model.base_model,
        custom_pricing=custom or None,
        router_model_id=digest(model.name) if custom else None,
        service_tier=tier,
        vertex_location=VERTEX_LOCATION if model.provider == "vertex_ai" else None,
        litellm_logging_obj=LEDGER,
    )
    return spend, dict(LEDGER.cost_breakdown or {})


# ---------------------------------------------------------------------------------- requests
def digest(*parts: object) -> str:
    """Return 64 hex digits that depend on `parts` only."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def uuid_of(text: str) -> str:
    """Return the fixed UUID of a name."""
    h = digest(text)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:32]}"


def uuid_at(rng: random.Random, at: datetime) -> str:
    """Return a time-ordered UUID, as one of four proxy workers would make it."""
    h, worker = f"{int(at.timestamp() * 1000):012x}", digest("worker", rng.randrange(4))
    return f"{h[:8]}-{h[8:]}-7{rng.getrandbits(12):03x}-8{worker[:3]}-{worker[3:15]}"


class Key(NamedTuple):
    """A virtual key of the proxy."""

    token: str
    alias: str | None
    user: str


def keys_of(app: App) -> tuple[str | None, ...]:
    """Return the aliases of an app's keys."""
    people = [name.split(".")[0] for name in TEAMS[app.team][2].split()]
    special = {"*": tuple(f"{name}-{app.feature}" for name in people), "?": (None,)}
    return special.get(app.keys, tuple(app.keys.split()))


def pick_key(rng: random.Random, app: App, day: date) -> Key:
    """Return one of an app's keys; its owner is whom the alias names, else a fixed colleague."""
    aliases, people = keys_of(app), TEAMS[app.team][2].split()
    weights = [0.12 if a and "staging" in a else 0.7**n for n, a in enumerate(aliases)]
    (alias,) = rng.choices(aliases, weights)
    named = [p for p in people if alias and p.split(".")[0] in alias.split("-")]
    owner = named[0] if named else people[len(alias or "") % len(people)]
    generation = alias in ROTATED and day >= ROTATED[alias]
    user = f"{owner}@halden.example" if "." in owner else owner
    return Key(digest(app.team, alias, generation), alias, user)


@dataclass(frozen=True, slots=True)
class Request:
    """One row in the making."""

    app: App
    model: Model
    key: Key
    at: datetime
    session: str
    id: str
    call_id: str
    ip: str | None
    ms: int
    usage: dict[str, Any]
    stream: bool = False
    end_user: str | None = ""
    spend: float = 0.0
    breakdown: dict[str, Any] | None = None
    error: Error | None = None
    hit: bool = False
    retries: int = 0
    asked: str | None = None  # the group first asked for, before a fallback

    @property
    def end(self) -> datetime:
        """Return when it was over."""
        return self.at + timedelta(milliseconds=self.ms)


def spread(rng: random.Random, median: float, sigma: float) -> int:
    """Return a log-normal count with this median, at least 1."""
    return max(1, int(median * math.exp(rng.gauss(0, sigma))))


def starts(rng: random.Random, app: App) -> Iterator[datetime]:
    """Yield the times at which an app's sessions begin, in order."""
    days = (END.date() - START).days
    for n in range((app.first - START).days, (app.last - START).days + 1):
        day = START + timedelta(n)
        weekday = 5 if day in HOLIDAYS and app.hours == "office" else day.weekday()
        growth = 0.8 + 0.4 * n / days
        expected = VOLUME * app.weekly / 6 * WEEKDAYS[app.hours][weekday] * growth
        hours = rng.choices(range(24), HOURS[app.hours], k=int(expected + rng.random()))
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        ms = sorted(h * 3_600_000 + rng.randrange(3_600_000) for h in hours)
        yield from (midnight + timedelta(milliseconds=t) for t in ms)


def tokens(
    rng: random.Random, app: App, model: Model, prompt: int, before: int, *, ttl: str
) -> Tokens:
    """Return a request's tokens.

    What it can read from the prompt cache is the prompt of the session's previous request
    (`before`), or else a system prompt that an earlier session left there.
    """
    completion = spread(rng, app.completion, 0.6) if app.completion else 0
    reasoning = int(completion * model.thinks * rng.uniform(0.4, 1.0))
    shared = before or int(prompt * rng.choice((0, 0.45, 0.6) if ttl == "1h" else (0, 0, 0.45)))
    if model.family == "anthropic":
        if ttl == "off" or prompt < CACHED_FROM["anthropic"]:
            return Tokens(prompt, completion)
        write = max(prompt - shared - rng.randrange(3, 400), 0)
        return Tokens(prompt, completion, shared, write, 0 if before or ttl == "5m" else write)
    automatic = prompt >= CACHED_FROM.get(model.family, math.inf)
    read = int(shared * 0.96) // 128 * 128 if automatic else 0
    return Tokens(prompt, completion, read, reasoning=reasoning)


def pick_error(rng: random.Random, request: Request) -> Error | None:
    """Return what goes wrong with a request, mostly nothing."""
    if request.key.alias == BUDGET_KEY and request.at.date() >= BUDGET_DAY:
        return OVER_BUDGET if rng.random() < BUDGET_FAILS else None
    if rng.random() >= FAILS:
        return None
    possible = [e for e in ERRORS if e.usage != "partial" or request.stream]
    return rng.choices(possible, [e.weight for e in possible])[0]


def failed(rng: random.Random, request: Request, error: Error) -> Request:
    """Return the request as the failure row the proxy writes of it."""
    prompt, completion = request.usage["prompt_tokens"], request.usage["completion_tokens"]
    usage, spend, breakdown = {}, 0.0, None
    ms = rng.randrange(90, 2500)
    if error.usage in ("estimate", "billed"):
        usage = usage_object("plain", Tokens(prompt, 0))
    if error.usage == "billed":  # a read timeout: the provider charges the prompt all the same
        spend, ms = cost(request.model, usage, None)[0], 600_000 + rng.randrange(900)
    if error.usage == "partial":
        cut, ms = max(1, int(completion * rng.uniform(0.1, 0.7))), request.ms // 2
        usage = request.usage | {"completion_tokens": cut, "total_tokens": prompt + cut}
        usage["completion_tokens_details"] = None
        spend, breakdown = cost(request.model, usage, None)
    return replace(
        request, id=request.call_id, error=error, ms=ms,
        usage=usage, spend=spend, breakdown=breakdown,
    )  # fmt: skip


def outage(rng: random.Random, request: Request) -> Iterator[Request]:
    """Yield a caller's stubborn retries against a provider that is down, then its fallback."""
    at = request.at
    for _ in range(rng.randrange(20, 60)):
        error = rng.choice(ERRORS[:2])  # 429 or 503
        again = replace(request, at=at, call_id=uuid_at(rng, at), retries=2)
        yield failed(rng, again, error)
        at += timedelta(milliseconds=rng.randrange(900, 21_000))
    if request.model.family != "embedding":
        spend, breakdown = cost(MODELS["gpt54"], request.usage, None)
        yield replace(
            request, at=at, model=MODELS["gpt54"], asked=request.model.group, retries=2,
            spend=spend, breakdown=breakdown,
        )  # fmt: skip


def hit(rng: random.Random, request: Request, earlier: Request) -> Request:
    """Return the row of a request that LiteLLM's response cache answers with an earlier one."""
    ms = rng.randrange(3, 18)
    epoch = request.at.timestamp() + (ms + rng.random()) / 1000
    return replace(
        request, model=earlier.model, usage=earlier.usage, breakdown=earlier.breakdown, spend=0.0,
        hit=True, ms=ms, stream=False, id=f"{earlier.id}_cache_hit{epoch:.6f}",
    )  # fmt: skip


def new_id(rng: random.Random, app: App) -> str:
    """Return the id a provider gives its response."""
    prefix = {"anthropic_messages": "msg_01", "aresponses": "resp_"}.get(app.call, "chatcmpl-")
    return f"{prefix}{rng.getrandbits(48):012x}"


def session(rng: random.Random, app: App, start: datetime, recent: deque) -> Iterator[Request]:
    """Yield the requests of one session, each building on the one before."""
    model = MODELS[rng.choices(list(app.models), app.models.values())[0]]
    key, name = pick_key(rng, app, start.date()), uuid_at(rng, start)
    end_user = "" if app.call == "acompletion" else None  # LiteLLM has both for nobody
    if app.brokers:
        (end_user,) = rng.choices(BROKERS, range(len(BROKERS), 0, -1))
    ip = f"10.{20 + list(TEAMS).index(app.team)}.{len(key.user)}.{int(key.token[:2], 16)}"
    ttl = [ttl for day, ttl in app.caching if start.date() >= day][-1]
    limit = 1_000_000 if model.family == "gemini" else 190_000
    prompt, before, at = min(spread(rng, app.prompt, 0.45), limit), 0, start
    for _ in range(spread(rng, app.turns, 0.6) if app.turns > 1 else 1):
        if at >= END:
            return
        t = tokens(rng, app, model, prompt, before, ttl=ttl)
        request = Request(
            app, model, key, at, name, new_id(rng, app), uuid_at(rng, at),
            None if app.hours == "night" else ip,
            int(250 + prompt * 0.012 + t.completion * model.ms * rng.uniform(0.7, 1.5)),
            usage_object(model.family, t), rng.random() < app.stream, end_user,
        )  # fmt: skip
        tier = app.tier[0] if model.provider == "openai" and rng.random() < app.tier[1] else None
        error = pick_error(rng, request)
        if model.provider == INCIDENT and INCIDENT_AT[0] <= at < INCIDENT_AT[1]:
            yield from outage(rng, request)
            return
        if error:
            yield failed(rng, request, error)
        elif (known := [r for r in recent if r.at < at]) and rng.random() < app.hits:
            yield hit(rng, request, rng.choice(known))
        else:
            spend, breakdown = cost(model, request.usage, tier)
            request = replace(request, spend=spend, breakdown=breakdown)
            recent.append(request)
            yield request
            before = prompt
        at += timedelta(milliseconds=request.ms + spread(rng, 14_000, 0.9))
        prompt = min(prompt + t.completion + spread(rng, 300 + prompt * 0.03, 0.8), limit)


# ---------------------------------------------------------------------------------- rows
def metadata(r: Request) -> dict[str, Any]:
    """Return the `metadata` of a row."""
    organization, cost_centre, _ = TEAMS[r.app.team]
    counted = r.usage.get("prompt_tokens_details") or {}
    cached = {
        "cache_read_input_tokens": counted.get("cached_tokens"),
        "cache_creation_input_tokens": counted.get("cache_creation_tokens"),
    }
    return {
        "additional_usage_values": {name: n for name, n in cached.items() if n},
        "user_api_key": r.key.token,
        "user_api_key_alias": r.key.alias,
        "user_api_key_team_id": r.app.team and uuid_of(r.app.team),
        "user_api_key_team_alias": r.app.team or None,
        "user_api_key_org_id": uuid_of(organization) if organization else None,
        "user_api_key_user_id": r.key.user,
        "spend_logs_metadata": {"cost_center": cost_centre} if cost_centre else None,
        "requester_ip_address": r.ip,
        "user_agent": r.app.agent,
        "applied_guardrails": [],
        "status": "failure" if r.error else None,
        "error_information": r.error and error_information(r),
        "usage_object": r.usage,
        "model_map_information": model_map_information(r.model),
        "attempted_retries": r.retries,
        "max_retries": 2,
        "attempted_fallbacks": int(r.asked is not None),
        "original_model_group": r.asked or r.model.group,
        "cost_breakdown": r.breakdown,
    }


def error_information(r: Request) -> dict[str, Any]:
    """Return what LiteLLM keeps of a request's exception."""
    assert r.error is not None
    cause = f"litellm.{r.error.kind}: {r.model.provider.title()}Exception"
    return {
        "error_code": r.error.code,
        "error_class": r.error.kind,
        "llm_provider": r.model.provider,
        "error_message": f"{cause} - {r.error.text}",
        "traceback": "",
    }


def tags(r: Request) -> list[str]:
    """Return a row's tags: the caller's own and the two LiteLLM adds for the user agent."""
    env = "staging" if "staging" in (r.key.alias or "") else "dev" if r.app.keys == "*" else "prod"
    own = [f"env:{env}", f"feature:{r.app.feature}"] if r.app.team else []
    return [*own, f"User-Agent: {r.app.agent.split('/')[0]}", f"User-Agent: {r.app.agent}"]


def row(r: Request) -> dict[str, Any]:
    """Return a request as a row of the table, its JSON columns still objects."""
    first_token = r.at + timedelta(milliseconds=min(r.ms, 180 + r.ms // 6))
    prompt, completion = (r.usage.get(f"{kind}_tokens", 0) for kind in ("prompt", "completion"))
    organization = TEAMS[r.app.team][0]
    cache_key = "Cache OFF"
    if r.app.hits and not r.error:
        cache_key = "halden:" + digest(r.id.split("_cache_hit")[0])[:16]
    return {
        "request_id": r.id,
        "call_type": r.app.call,
        "api_key": r.key.token,
        "spend": r.spend,
        "total_tokens": r.usage.get("total_tokens", 0),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "startTime": r.at,
        "endTime": r.end,
        "completionStartTime": first_token if r.stream and not r.error else r.end,
        "model": r.model.name,
        "model_id": digest(r.model.name),
        "model_group": r.model.group,
        "custom_llm_provider": r.model.provider,
        "api_base": r.model.api_base,
        "user": r.key.user,
        "metadata": metadata(r),
        "cache_hit": "True" if r.hit else "False" if r.stream else "None",
        "cache_key": cache_key,
        "request_tags": tags(r),
        "team_id": r.app.team and uuid_of(r.app.team),
        "end_user": r.end_user,
        "requester_ip_address": r.ip,
        "session_id": r.session,
        "status": "failure" if r.error else "success",
        "organization_id": uuid_of(organization) if organization else "",
        "request_duration_ms": r.ms,
        "litellm_call_id": r.call_id,
    }


def make_rows() -> list[dict[str, Any]]:
    """Return all rows in the order of their start."""
    rows = []
    for app in APPS:
        rng, recent = random.Random(f"{SEED} {app.feature}"), deque(maxlen=40)
        for start in starts(rng, app):
            rows += [row(r) for r in session(rng, app, start, recent) if r.end <= END]
    assert len({r["request_id"] for r in rows}) == len(rows)
    return sorted(rows, key=lambda r: (r["startTime"], r["request_id"]))


# ---------------------------------------------------------------------------------- dialects
def jsonb(x: object) -> str:
    """Return JSON as Postgres prints a JSONB: shorter keys first, no exponents."""
    if isinstance(x, dict):
        keys = sorted(x, key=lambda k: (len(k), k))
        return "{" + ", ".join(f"{json.dumps(k)}: {jsonb(x[k])}" for k in keys) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(map(jsonb, x)) + "]"
    return format(Decimal(repr(x)), "f") if isinstance(x, float) else json.dumps(x)


def cell(x: object) -> str:
    r"""Return a CSV cell as psql's ``\copy ... CSV`` writes it."""
    if x is None:
        return ""
    if isinstance(x, datetime):
        return f"{x:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")
    text = f"{x:g}" if x == 0 else jsonb(x) if isinstance(x, dict | list) else str(x)
    quoted = not text or any(c in text for c in ',"\n\r')
    return '"' + text.replace('"', '""') + '"' if quoted else text


def api(x: object) -> object:
    """Return a value as the proxy's API would, JSON columns as objects and times with an offset."""
    return x.isoformat(timespec="milliseconds") if isinstance(x, datetime) else x


def main() -> None:
    """Write the three files."""
    rows, types = make_rows(), {"spend": pl.Float64, "request_duration_ms": pl.Int32}
    names = list(rows[0])
    types |= {n: pl.Int32 for n in names if n.endswith("_tokens")}
    types |= {n: pl.Datetime("ms", "UTC") for n in names if n.endswith("Time")}
    columns = {
        n: [jsonb(r[n]) if n in ("metadata", "request_tags") else r[n] for r in rows] for n in names
    }
    frame = pl.DataFrame(columns, schema={n: types.get(n, pl.String) for n in names})
    frame = frame.with_columns(pl.selectors.datetime().dt.replace_time_zone(None))
    stem = OUT / "litellm_spend_logs"
    OUT.mkdir(exist_ok=True)
    frame.write_parquet(
        stem.with_suffix(".parquet"), compression="zstd", compression_level=22,
        row_group_size=len(rows), data_page_size=1 << 26,
    )  # fmt: skip
    lines = [",".join(names), *(",".join(map(cell, r.values())) for r in rows[:TEXT_ROWS])]
    stem.with_suffix(".csv").write_text("\n".join(lines) + "\n")
    lines = [json.dumps({n: api(x) for n, x in r.items()}) for r in rows[:TEXT_ROWS]]
    stem.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
    print(f"{len(rows):,} rows, {frame['spend'].sum():,.2f} USD")
    for path in sorted(OUT.iterdir()):
        print(f"{path.stat().st_size:>10,} {path.name}")


if __name__ == "__main__":
    main()
