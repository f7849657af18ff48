"""Names for ids: the gateway's tables of keys, teams, users, organizations and projects.

A log has ids, and often the names as they were at the time. An export of LiteLLM's own tables
beside it (``LiteLLM_VerificationToken``, ``LiteLLM_TeamTable`` …) has today's names; the tables of
deleted keys and teams have those that are gone. COMPANIONS says which columns are read; nothing
else of such a table is, for there are secrets in it.
"""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import polars as pl

from llmspend.errors import InputError, LogFormatError, nearest
from llmspend.log_files import log_files, look_into
from llmspend.log_tables import table_of
from llmspend.opened_files import connected, opened, reading
from llmspend.remote_urls import is_remote, local_file, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Table = pl.DataFrame | pl.LazyFrame | str | Path
"""A frame, or a file: Parquet, CSV or JSON."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A table that gives names to ids.

    Attributes
    ----------
    name
        The argument of `llmspend.read_logs` that takes it.
    table
        LiteLLM's name of it.
    id, alias
        The usage columns: where the id is, and what its name fills.
    id_columns
        Columns of the table that hold the id; the first that is there.
    alias_columns
        Columns that hold the name, best first.
    """

    name: str
    table: str
    id: str
    alias: str
    id_columns: tuple[str, ...]
    alias_columns: tuple[str, ...]


COMPANIONS: Final = (
    Companion("keys", "LiteLLM_VerificationToken", "key", "key_alias", ("token",), ("key_alias",)),
    Companion("teams", "LiteLLM_TeamTable", "team", "team_alias", ("team_id",), ("team_alias",)),
    Companion(
        "users",
        "LiteLLM_UserTable",
        "user",
        "user_alias",
        ("user_id",),
        ("user_alias", "user_email"),
    ),
    Companion(
        "organizations",
        "LiteLLM_OrganizationTable",
        "organization",
        "organization_alias",
        ("organization_id",),
        ("organization_alias",),
    ),
    Companion(
        "projects",
        "LiteLLM_ProjectTable",
        "project",
        "project_alias",
        ("project_id",),
        ("project_alias",),
    ),
)
"""Every table that gives names, as LiteLLM 1.106.2 has them."""

_BY_NAME: Final = {c.name: c for c in COMPANIONS}
_DELETED: Final = "deleted_at"
"""Only the tables of what was deleted have it, beside the same columns."""


class Names:
    """Names for the ids of usage.

    Methods
    -------
    given_to
        Fill the aliases of usage.
    needs
        Say which columns that takes.
    """

    def __init__(self, tables: Mapping[str, Table | Iterable[Table] | None]) -> None:
        self._tables: dict[str, pl.DataFrame] = {}
        for name, given in tables.items():
            if given is None:
                continue
            each = [given] if isinstance(given, Table) else list(given)
            read = [_read(_BY_NAME[name], table) for table in each]
            # of several names the newest: what lives, then what was deleted last
            self._tables[name] = (
                pl.concat(read)
                .sort(_DELETED, descending=True, nulls_last=False)
                .unique("id", keep="first", maintain_order=True)
            )

    def __bool__(self) -> bool:
        return bool(self._tables)

    def needs(self, columns: Iterable[str]) -> set[str]:
        """Say which columns it takes to fill these.

        Parameters
        ----------
        columns
            The usage columns that are asked for.

        Returns
        -------
        set of str
            The ids whose names are among them.
        """
        asked = set(columns)
        return {_BY_NAME[n].id for n in self._tables if _BY_NAME[n].alias in asked}

    def given_to(self, usage: pl.DataFrame) -> pl.DataFrame:
        """Fill the aliases of usage.

        Parameters
        ----------
        usage
            Canonical usage, or some columns of it.

        Returns
        -------
        polars.DataFrame
            The same rows. A name of a table wins over the row's own, and that over the name of
            something deleted.
        """
        for name, table in self._tables.items():
            companion = _BY_NAME[name]
            if not {companion.id, companion.alias} <= set(usage.columns):
                continue
            found = usage.select(pl.col(companion.id).alias("id")).join(
                table, on="id", how="left", maintain_order="left"
            )
            is_deleted = found[_DELETED].is_not_null()
            living = found.select(pl.when(~is_deleted).then("alias")).to_series()
            own = usage[companion.alias]
            usage = usage.with_columns(
                pl.coalesce(living, own, found["alias"]).alias(companion.alias)
            )
        return usage


def _read(companion: Companion, given: Table) -> pl.DataFrame:
    """Read the id, the name and the time of deletion out of a table."""
    is_file = isinstance(given, (str, Path))
    what = shown(str(given)) if is_file else f"the frame given as {companion.name}"
    try:
        frame = given.lazy() if isinstance(given, (pl.DataFrame, pl.LazyFrame)) else _opened(given)
        return _selected(companion, frame, what).collect()
    except pl.exceptions.PolarsError as error:
        raise LogFormatError(f"{what} cannot be read: {str(error).splitlines()[0]}.") from None


def _selected(companion: Companion, frame: pl.LazyFrame, what: str) -> pl.LazyFrame:
    columns = {c.lower(): c for c in frame.collect_schema()}
    id_column = next((columns[c] for c in companion.id_columns if c in columns), None)
    aliases = [columns[c] for c in companion.alias_columns if c in columns]
    if id_column is None or not aliases:
        wanted = companion.id_columns[0] if id_column is None else companion.alias_columns[0]
        near = nearest(wanted, columns, n=1)
        raise InputError(
            f"{what} has no column {wanted!r}, so it gives no names to {companion.name}. "
            f"{f'Nearest: {near[0]!r}. ' if near else ''}Export {companion.table} with its header."
        )
    deleted = pl.col(columns[_DELETED]) if _DELETED in columns else pl.lit(None)
    return frame.select(
        id=pl.col(id_column).cast(pl.String),
        alias=pl.coalesce(_named(c) for c in aliases),
        **{_DELETED: deleted.cast(pl.String)},
    ).filter(pl.col("id").is_not_null() & pl.col("alias").is_not_null())


def _named(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    return pl.when(text != "").then(text)


def _opened(path: str | Path) -> pl.LazyFrame:
    """Scan a table of any of the kinds that logs have."""
    place = str(Path(path).expanduser())
    table: str | IO[bytes] = place
    if isinstance(path, str) and is_remote(path):
        found = log_files(path)
        if len(found) > 1:
            raise InputError(f"{shown(path)} names {len(found)} files: name one.")
        place = found[0]
    elif not local_file(path).expanduser().is_file():
        raise InputError(f"there is no file {path}.")
    file = look_into(place)
    with reading(file.path):
        if file.place and file.kind != "json":
            with opened(file.place) as remote:
                table = io.BytesIO(remote.read())
        if file.kind == "parquet":
            return pl.scan_parquet(table, glob=False)
        if file.kind == "csv":
            return pl.scan_csv(
                table,
                separator=file.delimiter,
                infer_schema=False,
                encoding="utf8-lossy",
                glob=False,
            )
        types = dict.fromkeys(file.columns, "VARCHAR")
        query = f"SELECT * FROM {table_of([file], types)}"  # noqa: S608 - a quoted path
        with closing(connected([file])) as connection:
            return pl.LazyFrame(connection.sql(query).pl())
