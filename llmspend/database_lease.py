"""Batches that are given back when nobody asks for them any more.

Who stops reading halfway (a ``head`` behind a filter, a loop that breaks) leaves an iterator behind
that Polars drops at its leisure. A transaction that stays open meanwhile keeps the server from
cleaning up after others, so a database is leased; a file waits for as long as it takes.
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
    from typing import Self

    import polars as pl

IDLE_SECONDS: Final = 600.0
"""How long a reader may pause between two batches."""

_TO_NOTICE: Final = 0.2
_OPEN: weakref.WeakSet[Batches] = weakref.WeakSet()


class Batches:
    """An iterator over batches that is closed when it is dropped, and when Python ends.

    Parameters
    ----------
    batches
        What is read: a generator, which gives back what it reads from when it is closed.
    """

    def __init__(self, batches: Iterator[pl.DataFrame]) -> None:
        self._batches = batches
        self._is_over = False
        self._reading = threading.Lock()
        _OPEN.add(self)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pl.DataFrame:
        with self._reading:
            if self._is_over:
                raise StopIteration
            try:
                return next(self._batches)
            except BaseException:
                _OPEN.discard(self)  # it is over, and has given back what it read from
                raise

    def close(self) -> None:
        """Give back what is read from, after the batch that is being read."""
        self._is_over = True
        with self._reading:
            if isinstance(self._batches, Generator):
                self._batches.close()


class Lease(Batches):
    """Batches of a database: they end by themselves after a long pause.

    Parameters
    ----------
    batches
        As for `Batches`.
    idle
        How long a pause may be, seconds.
    """

    def __init__(self, batches: Iterator[pl.DataFrame], idle: float | None = None) -> None:
        super().__init__(batches)
        self._idle = IDLE_SECONDS if idle is None else idle
        self._timer: threading.Timer | None = None
        self._has_paused = False

    def __next__(self) -> pl.DataFrame:
        self._stop_timer()
        try:
            batch = super().__next__()
        except StopIteration:
            if self._has_paused:
                raise LogFormatError(
                    f"reading the database paused for more than {self._idle:.0f} seconds, and its "
                    "connection was given back. Write what is read to a file first (sink_parquet), "
                    "then work on that."
                ) from None
            raise
        # a timer that held the lease would keep what nobody else has any more
        self._timer = threading.Timer(self._idle, _end, [weakref.ref(self)])
        self._timer.daemon = True
        self._timer.start()
        return batch

    def end(self) -> None:
        """Give the connection back because of a pause."""
        self._has_paused = True
        self.close()

    def close(self) -> None:
        """Give the connection back, after the batch that is being read."""
        self._stop_timer()
        super().close()

    def __del__(self) -> None:
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _end(of: weakref.ref[Lease]) -> None:
    lease = of()
    if lease is not None:
        lease.end()


@atexit.register
def _close_all() -> None:
    """Close what is still open when Python ends, and let Polars' threads notice.

    A thread that comes back from reading and finds Python gone takes the process down with it.
    """
    still_open = list(_OPEN)
    for batches in still_open:
        batches.close()
    if still_open:
        time.sleep(_TO_NOTICE)
