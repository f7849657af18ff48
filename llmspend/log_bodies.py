"""Fill rows of a log with what the usage bodies in them say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from llmspend.body_columns import read_usage
from llmspend.formats import USAGE_BODY
from llmspend.usage_bodies import BODY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Container


def with_usage(rows: pl.DataFrame, stated: Container[str]) -> pl.DataFrame:
    """Read the usage bodies of rows.

    Parameters
    ----------
    rows
        Rows as the query of a format gave them, with USAGE_BODY.
    stated
        The columns that the format reads beside the bodies: what they say wins.

    Returns
    -------
    polars.DataFrame
        The rows without USAGE_BODY, their columns of BODY_COLUMNS filled. Where there is no body,
        ``usage_issue`` is ``no_usage``, unless something else is wrong.

    Examples
    --------
    >>> bodies = ['{"input_tokens": 5, "output_tokens": 1}', None]
    >>> rows = pl.DataFrame({"prompt_tokens": [None, None], USAGE_BODY: bodies})
    >>> with_usage(rows, ()).rows()
    [(5,), (None,)]
    """
    read = read_usage(rows[USAGE_BODY])
    rows = rows.drop(USAGE_BODY)
    absent = pl.when(pl.col("prompt_tokens").is_null()).then(pl.lit("no_usage"))
    read = read.with_columns(usage_issue=pl.coalesce("usage_issue", absent))
    filled = [
        pl.select(pl.coalesce(rows[n], read[n])).to_series()
        if n in stated or n == "usage_issue"
        else read[n]
        for n in BODY_COLUMNS
        if n in rows.columns
    ]
    return rows.with_columns(filled)
