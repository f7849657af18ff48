"""What if another model had answered: the same requests, priced by other rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.as_if import as_if_answered_by
from llmspend.basis import Basis
from llmspend.errors import InputError, UnknownModelError, UnknownNameError
from llmspend.measures import Measure, requests, total
from llmspend.pricing import card_for, price
from llmspend.spend import Grouping, add_up, frame_of
from llmspend.spend_sql import columns_of
from llmspend.spend_table import Breakdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspend.cost_map import CostMap
    from llmspend.rate_card import RateCard
    from llmspend.spend import Charges

_CHAT: Final = "chat"
_CHAT_MODES: Final = (None, "chat", "completion", "responses")
"""Modes of entries that can answer a chat."""
_NAMES: Final = ("model", "called_model")
"""Dimensions whose members can be replaced."""
_READ: Final = ("row_class", "request_count", "started_at")
_AMOUNTS: Final = ("before", "after", "left_out")
_MEASURES: Final = (
    Measure("cost_before", total("before"), "USD", "What the requests cost."),
    Measure(
        "requests",
        requests(),
        "requests",
        "Requests that somebody made.",
    ),
    Measure("cost_after", total("after"), "USD", "What they would have cost."),
    Measure("difference", total("after - before"), "USD", "After less before."),
    Measure(
        "unpriced_requests",
        requests("after IS NULL"),
        "requests",
        "Requests without one of the two costs; they are in neither sum.",
    ),
    Measure(
        "left_out_cost",
        # unknown where none of them had a price, zero where there are none
        f"CASE WHEN count(left_out) > 0 OR count(after) = count(*) "
        f"THEN coalesce({total('left_out')}, 0.0) END",
        "USD",
        "What those of them cost that had a price.",
    ),
)
_SHOWN: Final = (
    "requests",
    "cost_before",
    "cost_after",
    "difference",
    "change_share",
    "unpriced_requests",
    "left_out_cost",
)
_WAS: Final = "_was_"
_TARGET: Final = "_target"
_FROM_THE_LOG: Final = ("implied", "kept")
"""Sources of quantities that were worked out from the cost in the log."""
_OF_THE_OLD_PROVIDER: Final = (
    "served_service_tier",
    "traffic_type",
    "data_residency",
    "vertex_location",
    "inference_geo",
    "speed",
    "provider_cost",
    "stated_call_cost",
)


def what_if(
    charges: Charges,
    models: str | Mapping[str, str],
    *,
    by: str | Sequence[str] = "model",
    every: str | None = None,
    tz: str = "UTC",
    cost_map: CostMap | RateCard | None = None,
) -> pl.DataFrame:
    """Say what requests would have cost, had other models answered them.

    The counts of tokens are taken as they are: another model counts the same text differently,
    answers at another length and caches other prompts. So this is what the *rates* change, no
    promise. Tokens that the other model has no rate of their own for are priced as
    `llmspend.price` always does: cached ones at the price of input, for example.

    Parameters
    ----------
    charges
        Rows priced by `llmspend.price`, or a Parquet file of them.
    models
        Model → the model that is to answer in its place: from names as `breakdown` shows them
        (dimensions ``model`` or ``called_model``), to names of the cost map. Or one name: then it
        answers all chats. What is not named stays as it is.
    by
        One or several names of DIMENSIONS, of the requests as they were.
    every
        One of PERIODS: also group by period, as `breakdown` does.
    tz
        IANA time zone in which days begin.
    cost_map
        Whose rates; as for `llmspend.price`.

    Returns
    -------
    polars.DataFrame
        One row per group: ``period`` (only with `every`), the dimensions, ``requests``,
        ``cost_before``, ``cost_after`` and ``difference`` (after less before), in USD and of the
        requests that have both costs; ``change_share`` (the difference as a share of before);
        ``unpriced_requests`` (without one of the two costs: in neither sum) and
        ``left_out_cost`` (what those of them cost that had a price, USD). Largest difference
        first, or by period.

    Raises
    ------
    UnknownModelError
        When no entry of the cost map prices the new model; it names the nearest.
    UnknownNameError
        When a model that is to be replaced does not occur, or as for `breakdown`.
    InputError
        When nothing is to be replaced, or one model is named that cannot chat.

    Examples
    --------
    >>> import llmspend
    >>> calls = pl.DataFrame({"model": ["gpt-4o", "o3"], "prompt_tokens": [1000, 1000]})
    >>> charges = llmspend.price(calls)
    >>> cheaper = what_if(charges, {"gpt-4o": "gpt-4o-mini"})
    >>> cheaper.select("model", "cost_before", "cost_after").rows()
    [('gpt-4o', 0.0025, 0.00015), ('o3', 0.002, 0.002)]
    """
    card = card_for(cost_map, None)
    targets = _targets(models, card)
    dimensions = (by,) if isinstance(by, str) else tuple(by)
    names = [] if isinstance(models, str) else [Grouping((name,)) for name in _NAMES]
    groupings = [Grouping(dimensions, every), *names]
    needed = [*_READ, *(c for g in groupings for d in g.by for c in columns_of(d))]
    needed = list(dict.fromkeys(needed))
    rows = _priced_again(frame_of(charges, [*needed, "cost"]), models, targets, needed, card)
    table, *occurring = add_up(rows, groupings, _MEASURES, [*_AMOUNTS, *_READ], tz=tz)
    members = zip(occurring, _NAMES, strict=not isinstance(models, str))
    known = {name for found, column in members for name in found[column].drop_nulls()}
    for name in () if isinstance(models, str) else models:
        if name not in known:
            raise UnknownNameError.of("model of these charges", name, known)
    order = pl.col("period") if every else pl.col("difference").abs()
    change = pl.when(pl.col("cost_before") > 0).then(pl.col("difference") / pl.col("cost_before"))
    table = table.with_columns(change_share=change).sort(
        order,
        "cost_before",
        *dimensions,
        descending=[not every, True, *[False] * len(dimensions)],
        nulls_last=True,
    )
    return Breakdown(table.select(pl.exclude(_SHOWN), *_SHOWN))


def _targets(models: str | Mapping[str, str], card: RateCard) -> dict[str, str]:
    """Look up the entry that each new model is priced by."""
    wanted = [models] if isinstance(models, str) else list(models.values())
    if not wanted:
        raise InputError("say which models are to be replaced, and by which: {'old': 'new'}.")
    targets = {}
    for name in wanted:
        key = card.resolve(Basis(model=name, kind=_CHAT)).key
        if key is None or key not in card.cost_map.entries:
            near = ", ".join(map(repr, card.nearest(name))) or "see llmspend.load_cost_map().models"
            raise UnknownModelError(f"no entry of the cost map prices {name!r}. Nearest: {near}.")
        targets[name] = key
    if isinstance(models, str):
        mode = card.cost_map.entries[targets[models]].get("mode")
        if mode not in _CHAT_MODES:
            raise InputError(
                f"{models} is for {mode}, and cannot answer all chats: "
                f"say what it replaces, as {{'old': '{models}'}}."
            )
    return targets


def _priced_again(
    charges: pl.LazyFrame,
    models: str | Mapping[str, str],
    targets: Mapping[str, str],
    needed: Sequence[str],
    card: RateCard,
) -> pl.LazyFrame:
    """Give the rows as they were, with what they cost before and after."""
    if isinstance(models, str):
        target: pl.Expr = pl.when(pl.col("kind") == _CHAT).then(pl.lit(targets[models]))
    else:
        by_name = {name: targets[new] for name, new in models.items()}
        target = pl.coalesce(
            pl.col(name).replace_strict(by_name, default=None, return_dtype=pl.String)
            for name in ("cost_map_key", "model")
        )
    is_asked = pl.col(_TARGET).is_not_null()
    marked = charges.with_columns(target.alias(_TARGET), pl.col("cost", *needed).name.prefix(_WAS))
    new = as_if_answered_by(pl.col(_TARGET), targets.values(), card)
    new |= dict.fromkeys(_OF_THE_OLD_PROVIDER, pl.lit(None))
    changed = {
        name: pl.when(is_asked).then(value).otherwise(name)
        for name, value in new.items()
        if name in marked.collect_schema()
    }
    # neither what the log billed, nor a quantity worked out from that, says anything of other rates
    is_known = pl.col("cost_source").ne_missing("logged") & ~pl.col("quantity_source").is_in(
        _FROM_THE_LOG
    ).fill_null(value=False)
    before = pl.col(_WAS + "cost")
    after = pl.when(~is_asked).then(before).when(is_known).then("cost")
    has_both = before.is_not_null() & pl.col("after").is_not_null()
    return (
        price(marked.with_columns(**changed), cost_map=card)
        .with_columns(after=after)
        .select(
            *(pl.col(_WAS + c).alias(c) for c in needed),
            before=pl.when(has_both).then(before),
            after=pl.when(has_both).then("after"),
            left_out=pl.when(~has_both).then(before),
        )
    )
