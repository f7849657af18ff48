"""Requests that were logged, or exported, more than once: the first row counts.

Rows come in batches, in the order of the files, and only eight bytes are kept of each id: ten
million rows take 80 MB.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from llmspend.formats import PARENT_SPAN, SPAN

MARKED: Final = {"llmspend.duplicates": "marked"}
"""The metadata of a Parquet file of usage whose duplicates need not be looked for again."""

_SIMILAR: Final = 4
"""Neighbouring runs are merged when the older is not this many times as long as the newer."""


class SeenIds:
    """The ids that came before, as sorted runs of hashes.

    Methods
    -------
    first_seen
        Tell which ids of a batch are new, and remember them.

    Examples
    --------
    >>> seen = SeenIds()
    >>> seen.first_seen(pl.Series(["a", "b", "a", None])).to_list()
    [True, True, False, True]
    >>> seen.first_seen(pl.Series(["b", "c", None])).to_list()
    [False, True, True]
    """

    def __init__(self) -> None:
        self._runs: list[pl.Series] = []

    def first_seen(self, ids: pl.Series) -> pl.Series:
        """Tell which ids of a batch did not come before, and remember them.

        Parameters
        ----------
        ids
            The next batch of ids.

        Returns
        -------
        polars.Series
            True for the first row with an id, and for rows without one.
        """
        hashes = ids.hash(seed=0)
        is_new = hashes.is_first_distinct()
        # what is looked up in order is found in the processor's cache
        order = hashes.arg_sort()
        ordered = hashes.gather(order)
        for run in self._runs:
            at = run.search_sorted(ordered).clip(upper_bound=len(run) - 1)
            before = order.filter(run.gather(at) == ordered)
            is_new = is_new.scatter(before, values=False) if len(before) else is_new
        is_known = ids.is_not_null()
        self._remember(ordered.filter((is_new & is_known).gather(order)))
        return is_new | ~is_known

    def _remember(self, run: pl.Series) -> None:
        # runs grow geometrically, so few are searched and each id is merged few times
        while self._runs and len(self._runs[-1]) < _SIMILAR * len(run):
            newer, older = run.to_frame(), self._runs.pop().to_frame()
            run = older.merge_sorted(newer, key=run.name).to_series()
        if len(run):
            self._runs.append(run)


class Duplicates:
    """Marks what came before among batches of usage.

    Methods
    -------
    marked
        Mark the duplicates of a batch.
    """

    def __init__(self) -> None:
        self._requests = SeenIds()
        self._calls = SeenIds()
        self._spans = SeenIds()
        self._around = SeenIds()

    def marked(self, usage: pl.DataFrame) -> pl.DataFrame:
        """Mark the rows of a batch that came before.

        Parameters
        ----------
        usage
            The next batch of canonical usage: ``request_id``, ``call_id`` and ``is_duplicate`` at
            least; with ``usage_issue``, calls under two request ids are told too; with SPAN and
            PARENT_SPAN, those that were traced by two layers.

        Returns
        -------
        polars.DataFrame
            With ``is_duplicate``: an earlier row has the same request_id, and the same call_id
            where there is one (some providers give an id twice); or it has the counts of the row
            around it or inside it. Where another request had the same call_id, ``usage_issue`` is
            ``logged_twice``, if nothing else was wrong.
        """
        ids = pl.col("request_id") + pl.lit("\0") + pl.col("call_id").fill_null("")
        is_new = self._requests.first_seen(usage.select(ids).to_series())
        if PARENT_SPAN in usage.columns:
            is_new &= self._first_traced(usage)
        usage = usage.with_columns(is_duplicate=pl.col("is_duplicate") | ~is_new)
        if "usage_issue" not in usage.columns:
            return usage
        # retries and a batch's cost are rows of their own, of the same call
        counted = ~(
            pl.col("is_duplicate")
            | pl.col("request_id").str.contains(r"-attempt-|_batch_cost$").fill_null(value=False)
        )
        calls = usage.select(pl.when(counted).then("call_id")).to_series()
        twins = ~self._calls.first_seen(calls)
        issue = pl.coalesce("usage_issue", pl.when(twins).then(pl.lit("logged_twice")))
        return usage.with_columns(usage_issue=issue)

    def _first_traced(self, usage: pl.DataFrame) -> pl.Series:
        """Tell which rows have neither a parent nor a child before them with the same counts."""
        prompt, completion = pl.col("prompt_tokens"), pl.col("completion_tokens")
        counts = pl.when(prompt + completion > 0).then(pl.format("\0{}\0{}", prompt, completion))
        keys = usage.select(pl.col(SPAN) + counts, pl.col(PARENT_SPAN) + counts)
        in_turn = keys.select(pl.concat_list(SPAN, PARENT_SPAN).explode()).to_series()
        is_new = self._spans.first_seen(in_turn)
        # of two calls inside one, the second is not that one: its parent's key came with the first
        is_sibling = ~self._around.first_seen(keys[PARENT_SPAN])
        return is_new.gather_every(2) & (is_new.gather_every(2, 1) | is_sibling)
