"""``%load_ext llmspend``: the cell magic ``%%spend``, SQL over charges in a notebook."""

from __future__ import annotations

import argparse
import keyword
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import polars as pl
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class

from llmspend.errors import LlmspendError
from llmspend.sql import connect, run_sql

if TYPE_CHECKING:
    from llmspend.spend import Charges

_CHARGES: Final = "charges"


class _Parser(argparse.ArgumentParser):
    """A parser that neither prints nor exits: a notebook is no command line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%spend: {message}. {self.format_usage().strip()}")


def _parser() -> _Parser:
    parser = _Parser("%%spend", add_help=False)
    parser.add_argument("result", nargs="?", default=None)
    parser.add_argument("--charges", default=_CHARGES, metavar="VARIABLE")
    parser.add_argument("--tz", default="UTC", metavar="ZONE")
    return parser


@magics_class
class SpendMagics(Magics):
    """The magics of llmspend."""

    @cell_magic
    def spend(self, line: str, cell: str) -> pl.DataFrame | None:
        """Run DuckDB SQL over the views ``charges``, ``rates`` and ``models``; give Polars.

        ``%%spend [RESULT] [--charges VARIABLE] [--tz ZONE]``

        The view ``charges`` is the variable of that name, or the one named: priced rows, eager or
        lazy, or the path of a Parquet file of them. With a RESULT the rows go into that variable
        and are not shown. No other variable of the notebook is a table.

        Parameters
        ----------
        line
            What stands behind ``%%spend``.
        cell
            The SQL.

        Returns
        -------
        polars.DataFrame or None
            The rows; None where they went into a variable, or there are none.

        Raises
        ------
        UsageError
            When the variable, the time zone or the SQL is wrong: shown without a traceback.
        """
        asked = _parser().parse_args(line.split())
        if asked.result is not None:
            _check_name(asked.result, asked.charges)
        try:
            with closing(connect(self._charges(asked.charges), tz=asked.tz)) as connection:
                found = run_sql(connection, cell)
        except (LlmspendError, pl.exceptions.PolarsError) as error:
            raise UsageError(f"%%spend: {error}") from None
        if asked.result is None:
            return found
        self._variables()[asked.result] = found
        return None

    def _variables(self) -> dict[str, Any]:
        assert self.shell is not None  # what registered these magics
        variables: dict[str, Any] = self.shell.user_ns
        return variables

    def _charges(self, name: str) -> Charges:
        found = self._variables().get(name)
        if isinstance(found, (pl.DataFrame, pl.LazyFrame, str, Path)):
            return found
        what = f"{name} is a {type(found).__name__}" if found is not None else f"no {name} is there"
        raise UsageError(
            f"%%spend: {what}. It should hold priced rows, such as "
            f"{name} = llmspend.price(llmspend.read_logs(…)); "
            "%%spend --charges NAME takes another variable."
        )


def _check_name(name: str, charges: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"%%spend: {name!r} cannot be the name of a variable.")
    if name == charges:
        raise UsageError(f"%%spend: the result would overwrite {name}, which it is made of.")
