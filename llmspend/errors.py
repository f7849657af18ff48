"""Everything llmspend raises on purpose.

::

    LlmspendError
    ├── InputError                 something given to llmspend cannot be used
    │   ├── LogFormatError         a file or database that is no usage log, or cannot be read
    │   ├── CostMapError           a cost map with an entry or a rate that makes no sense
    │   └── UnknownNameError       a dimension, measure, interval or zone that does not exist
    └── UnknownModelError          no cost-map entry prices this model

A bulk run never raises for a row: what is wrong with a row is an issue
(:mod:`llmspend.row_issues`). These are for files, arguments and the one-call functions.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class LlmspendError(Exception):
    """Base of all errors that llmspend raises on purpose; its text is meant for people."""


class InputError(LlmspendError, ValueError):
    """Something given to llmspend cannot be used."""


class LogFormatError(InputError):
    """A file or a database is not a usage log that llmspend knows, or cannot be read as one."""


class CostMapError(InputError):
    """A cost map has an entry or a rate that makes no sense."""


class UnknownNameError(InputError):
    """A name that llmspend looks up in one of its tables is not there."""

    @classmethod
    def of(cls, kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
        """Build the error for one name, with the nearest known ones.

        Parameters
        ----------
        kind
            What the name should have been, such as ``"dimension"``.
        name
            What was given.
        known
            The names that exist.

        Returns
        -------
        UnknownNameError
            Ready to raise.

        Examples
        --------
        >>> print(UnknownNameError.of("dimension", "modle", ["model", "team"]))
        unknown dimension 'modle'. Nearest: 'model'. Known: model, team.
        """
        known = sorted(known)
        near = nearest(str(name), known)
        hint = f" Nearest: {', '.join(map(repr, near))}." if near else ""
        listing = f" Known: {', '.join(known)}." if len(known) <= _SHORT_LIST else ""
        return cls(f"unknown {kind} {str(name)!r}.{hint}{listing}")


class UnknownModelError(LlmspendError, LookupError):
    """No cost-map entry prices this model."""


_SHORT_LIST = 40
_AS_GOOD_AS_THE_BEST = 0.15


def nearest(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Return the known names nearest to `name`, best first, at most `n`.

    Parameters
    ----------
    name
        The name that was not found.
    known
        Candidates.
    n
        How many to return at most.

    Returns
    -------
    list of str
        Candidates that contain the name or look like it; empty when none does.

    Examples
    --------
    >>> nearest("gpt-4-o", ["gpt-4o", "gpt-4o-mini", "claude-opus-4-8"], n=1)
    ['gpt-4o']
    """
    by_folded = {k.casefold(): k for k in known}
    folded = name.casefold()
    close = difflib.get_close_matches(folded, by_folded, n=n, cutoff=0.6)
    alike = [difflib.SequenceMatcher(None, c, folded).ratio() for c in close]
    close = [c for c, r in zip(close, alike, strict=True) if r >= alike[0] - _AS_GOOD_AS_THE_BEST]
    inside = sorted((k for k in by_folded if folded and folded in k and k not in close), key=len)
    return [by_folded[k] for k in (*close, *inside)][:n]
