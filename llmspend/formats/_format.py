"""What a log format is: how it is recognised, and where each canonical column is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl


@dataclass(frozen=True)
class Format:
    """A log format.

    Attributes
    ----------
    name
        How it is called in messages.
    identified_by
        Columns that a file must have to be read as this format, in any case.
    paths
        Canonical usage column → where its value may be, best first: ``"column"``, or
        ``"column:key.key"`` inside a column that holds JSON. Counts take the first that is above
        zero, everything else the first that is there.
    stand_ins
        ``"column:object"`` → the object in the same column that holds the same keys where the first
        is absent, and a key that tells: ``("object", "key")``.
    derived
        Canonical columns computed from the others once those are read: expressions over
        canonical columns.
    """

    name: str
    identified_by: frozenset[str]
    paths: Mapping[str, tuple[str, ...]]
    stand_ins: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    derived: tuple[Mapping[str, pl.Expr], ...] = field(default=())

    def recognises(self, columns: Iterable[str]) -> bool:
        """Tell whether a file with these columns is of this format.

        Parameters
        ----------
        columns
            Its column names.

        Returns
        -------
        bool
            True when all of `identified_by` are there, in any case.
        """
        return {c.lower() for c in self.identified_by} <= {c.lower() for c in columns}

    @property
    def json_columns(self) -> frozenset[str]:
        """Columns of the file that hold JSON."""
        return frozenset(
            p.partition(":")[0] for paths in self.paths.values() for p in paths if ":" in p
        )
