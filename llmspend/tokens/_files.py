"""Token counts of a column in files, as a lazy frame: larger than memory is fine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import LogFormatError, UnknownNameError
from llmspend.remote_urls import local_file
from llmspend.tokens._columns import count_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspend.cost_map import CostMap
    from llmspend.encodings import Compat

_JSON_LINES: Final = (".jsonl", ".ndjson")
_SUFFIXES: Final = (".parquet", ".csv", *_JSON_LINES)
_COUNTED: Final = "_counted"
_ADDED: Final = {
    "tokens": "counted_tokens",
    "tokenizer": "counted_by",
    "exact": "counted_exactly",
    "error": "count_error",
}
"""Detail of a count → the column it is written to."""


def count_tokens_in(
    paths: str | Path | Iterable[str | Path],
    column: str = "prompt",
    *,
    model: str | None = None,
    model_column: str = "model",
    messages: bool = False,
    compat: Compat = "exact",
    cost_map: CostMap | None = None,
) -> pl.LazyFrame:
    r"""Count the tokens of a column in files of any shape.

    Parameters
    ----------
    paths
        A file or several: Parquet, CSV or JSON lines, the last two also gzipped.
    column
        Column with the texts.
    model
        Name of the model that all rows are for; None: each row names its own.
    model_column
        Column with the models' names, where `model` is not given.
    messages
        Whether the column holds messages rather than prompts.
    compat
        ``"exact"`` or ``"litellm"``, as for `count_tokens`.
    cost_map
        Tells which provider a model is of; None for the packaged one.

    Returns
    -------
    polars.LazyFrame
        The rows of all files, in order, with ``counted_tokens``, ``counted_by`` (the tokenizer),
        ``counted_exactly`` and ``count_error``, as in the details of `count_tokens`.

    Raises
    ------
    LogFormatError
        When a file does not exist or has none of these formats.
    UnknownNameError
        When a column does not exist.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "prompts.csv"
    ...     _ = path.write_text('prompt\n"Hello, world!"\n')
    ...     counted = count_tokens_in([path], model="gpt-4o").collect()
    >>> counted.row(0)
    ('Hello, world!', 4, 'o200k_base', True, None)
    """
    given = [paths] if isinstance(paths, (str, Path)) else paths
    frames = [_scan(local_file(path, LogFormatError), column, messages=messages) for path in given]
    for frame in frames:
        known = frame.collect_schema().names()
        for name in (column, *([model_column] if model is None else [])):
            if name not in known:
                raise UnknownNameError.of("column", name, known)
    counts = count_tokens(
        pl.col(column),
        pl.col(model_column) if model is None else model,
        messages=messages,
        compat=compat,
        details=True,
        cost_map=cost_map,
    )
    return (
        pl.concat(frames, how="diagonal_relaxed")
        .with_columns(counts.alias(_COUNTED))
        .with_columns(
            pl.col(_COUNTED).struct.field(field).alias(name) for field, name in _ADDED.items()
        )
        .drop(_COUNTED)
    )


def _scan(path: Path, column: str, *, messages: bool) -> pl.LazyFrame:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in _SUFFIXES:
        raise LogFormatError(f"{path} does not end in {', '.join(_SUFFIXES)} (or these with .gz).")
    if not path.is_file():
        raise LogFormatError(f"there is no file {path}.")
    try:
        if suffix == ".parquet":
            frame = pl.scan_parquet(path, glob=False)
        elif suffix == ".csv":
            frame = pl.scan_csv(path, glob=False, infer_schema=False)
        else:
            frame = pl.scan_ndjson(path)
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise LogFormatError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from error
    if messages and suffix in _JSON_LINES and column in names:
        # Polars knows such lists as structs, which all have the keys of each other
        lines = pl.scan_lines(path, name=column).filter(pl.col(column).str.strip_chars() != "")
        texts = pl.col(column).map_batches(
            lambda rows: _member(rows, column), return_dtype=pl.String, is_elementwise=True
        )
        both = pl.concat([frame.drop(column), lines.select(texts)], how="horizontal")
        return both.select(names)
    return frame


def _member(lines: pl.Series, name: str) -> pl.Series:
    """Take a member out of JSON lines, as JSON text."""
    values = (json.loads(line).get(name) for line in lines.to_list())
    texts = [v if v is None or isinstance(v, str) else json.dumps(v) for v in values]
    return pl.Series(lines.name, texts, dtype=pl.String)
