"""Batches of a database that are given back when nobody asks for them any more.

Who stops reading halfway (a ``head`` behind a filter, a loop that breaks) leaves an iterator behind
that Polars drops at its leisure. A transaction that stays open meanwhile keeps the server from
cleaning up after others.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from llmspend.errors import LogFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

IDLE_SECONDS: Final = 600.0
"""How long a reader may pause between two batches."""

_TO_NOTICE: Final = 0.2
_OPEN: weakref.WeakSet[Lease] = weakref.WeakSet()


class Lease:
    """An iterator over batches that ends by itself after a long pause.

    Parameters
    ----------
    batches
        What is read: a generator, which closes the connection when it is closed.
    idle
        How long a pause may be, seconds.
    """

    def __init__(self, batches: Iterator[pl.DataFrame], idle: float | None = None) -> None:
        self._batches = batches
        self._idle = IDLE_SECONDS if idle is None else idle
        self._timer: threading.Timer | None = None
        self._is_over = False
        self._reading = threading.Lock()
        _OPEN.add(self)

    def __iter__(self) -> Lease:
        return self

    def __next__(self) -> pl.DataFrame:
        if self._timer is not None:
            self._timer.cancel()
        with self._reading:
            if self._is_over:
                raise LogFormatError(
                    f"reading the database paused for more than {self._idle:.0f} seconds, and its "
                    "connection was given back. Write what is read to a file first (sink_parquet), "
                    "then work on that."
                )
            try:
                batch = next(self._batches)
            except BaseException:
                _OPEN.discard(self)  # it is over, and has closed its connection
                raise
        self._timer = threading.Timer(self._idle, self.close)
        self._timer.daemon = True
        self._timer.start()
        return batch

    def close(self) -> None:
        """Give the connection back, after the batch that is being read."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        with self._reading:
            if isinstance(self._batches, Generator):
                self._batches.close()


@atexit.register
def _close_all() -> None:
    """Close what is still open when Python ends, and let Polars' threads notice.

    A thread that comes back from reading and finds Python gone takes the process down with it.
    """
    still_open = list(_OPEN)
    for lease in still_open:
        lease.close()
    if still_open:
        time.sleep(_TO_NOTICE)
