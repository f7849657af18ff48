"""A file that is elsewhere, as a file: read in ranges.

Only what is asked for is fetched; who reads on gets ever longer pieces ahead; short pieces are kept
for a moment, because the beginning and the end of a file are looked at several times.
"""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Any, Final

from llmspend.remote_pieces import Piece, RemoteError
from llmspend.remote_stores import object_piece, store_of
from llmspend.remote_urls import is_url, object_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable

PROTOCOL: Final = "llmspend"
"""What the places of remote files begin with, before ``://`` and a number."""
BEGINNING: Final = 64 * 1024
"""How much is fetched to look at a file."""

_LONGEST_AHEAD: Final = 8 * 2**20
_KEPT_PIECE: Final = 2**20
_KEPT_BYTES: Final = 64 * 2**20
_KEPT_SECONDS: Final = 60


class _KeptPieces:
    """Pieces that were just read, the newest of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: OrderedDict[tuple[int, int], tuple[bytes, float]] = OrderedDict()
        self._starts: dict[int, list[int]] = {}
        self._bytes = 0

    def at(self, number: int, position: int) -> tuple[int, bytes] | None:
        """Give the piece of a file in which a position is."""
        with self._lock:
            for start in self._starts.get(number, ()):
                data, when = self._pieces[number, start]
                fresh = time.monotonic() - when < _KEPT_SECONDS
                if fresh and start <= position < start + len(data):
                    return start, data
        return None

    def keep(self, number: int, start: int, data: bytes) -> None:
        if not 0 < len(data) <= _KEPT_PIECE:
            return
        with self._lock:
            self._drop(number, start)
            self._pieces[number, start] = data, time.monotonic()
            self._starts.setdefault(number, []).append(start)
            self._bytes += len(data)
            while self._bytes > _KEPT_BYTES:
                self._drop(*next(iter(self._pieces)))

    def forget(self, number: int) -> None:
        with self._lock:
            for start in list(self._starts.get(number, ())):
                self._drop(number, start)

    def _drop(self, number: int, start: int) -> None:
        held = self._pieces.pop((number, start), None)
        if held is not None:
            self._bytes -= len(held[0])
            self._starts[number].remove(start)
            if not self._starts[number]:
                del self._starts[number]


_KEPT: Final = _KeptPieces()
_NUMBERS: Final = itertools.count(1)


class RemoteFile:
    """A file that is elsewhere.

    Parameters
    ----------
    url
        Where it is.

    Attributes
    ----------
    shown
        Its address without secrets.
    place
        What DuckDB knows it by.
    size
        How many bytes it has.

    Methods
    -------
    piece
        Read a part of it.
    looked_at_anew
        Take it as it is now.
    """

    def __init__(self, url: str) -> None:
        self.shown = shown(url)
        self._url = url
        self._number = next(_NUMBERS)
        self.place = f"{PROTOCOL}://{self._number}"
        self._source = _source_of(url)
        self._lock = threading.Lock()
        self._known: tuple[int, str] | None = None
        self._whole: IO[bytes] | None = None

    @property
    def size(self) -> int:
        """How many bytes it has."""
        if self._known is None:
            self.piece(0, BEGINNING)
        assert self._known is not None
        return self._known[0]

    def looked_at_anew(self) -> None:
        """Take the file as it is now, not as it was before."""
        _KEPT.forget(self._number)
        with self._lock:
            self._let_go_of(self._whole)
            self._known, self._whole = None, None
            # the environment may say something else by now
            self._source = _source_of(self._url)

    def piece(self, start: int, stop: int) -> tuple[int, bytes]:
        """Read a part of the file.

        Parameters
        ----------
        start
            Where it begins.
        stop
            Before which byte it ends.

        Returns
        -------
        start : int
            Where what is given begins: perhaps earlier than was asked.
        data : bytes
            At least the first byte that was asked for; perhaps no more. Empty behind the end.

        Raises
        ------
        RemoteError
            When it cannot be read, or is another than before.
        """
        kept = _KEPT.at(self._number, start)
        if kept is not None:
            return kept
        if self._known is not None:
            stop = min(stop, self._known[0])
            if stop <= start:
                return start, b""
        with self._lock:
            if self._whole is not None:
                self._whole.seek(start)
                return start, self._whole.read(stop - start)
        piece = self._source(start, stop)
        self._compare(piece)
        _KEPT.keep(self._number, start, piece.data)
        return start, piece.data

    def _compare(self, piece: Piece) -> None:
        """See whether a piece is of the same file as those before it."""
        with self._lock:
            known = self._known or (piece.size, piece.version)
            if known != (piece.size, piece.version):
                self._let_go_of(piece.whole)
                raise RemoteError("it changed after it was looked at: read it again")
            self._let_go_of(self._whole)
            self._known, self._whole = known, piece.whole

    @staticmethod
    def _let_go_of(whole: IO[bytes] | None) -> None:
        if whole is not None:
            whole.close()


class RemoteHandle(io.RawIOBase):
    """A remote file, opened for reading.

    Parameters
    ----------
    file
        The file.

    Methods
    -------
    readinto, seek, tell, seekable, readable
        As of any file. Threads may share it if each seeks before it reads, as DuckDB's do.
    """

    def __init__(self, file: RemoteFile) -> None:
        super().__init__()
        self._file = file
        self._position = 0
        self._streamed = 0
        self._own = threading.local()
        self._start, self._window = 0, b""
        self._ahead = BEGINNING // 2

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def seekable(self) -> bool:
        """Say that it is."""
        return True

    def tell(self) -> int:
        """Say where the next byte is read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere.

        Parameters
        ----------
        offset
            How far.
        whence
            From where.

        Returns
        -------
        int
            Where the next byte is read.
        """
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        at = max((self._file.size if origin is None else origin) + offset, 0)
        # another thread may seek before this one reads
        self._own.sought = (self._streamed, at)
        self._position = at
        return at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - as io has it
        """Fill a buffer, as far as there is something.

        Parameters
        ----------
        buffer
            Where the bytes go.

        Returns
        -------
        int
            How many there were.
        """
        view = memoryview(buffer).cast("B")
        streamed, at = self._own.__dict__.pop("sought", (None, 0))
        if streamed != self._streamed:
            at = self._position
            self._streamed += 1
        done = 0
        while done < len(view):
            piece = self._bytes_at(at + done, len(view) - done)
            if not piece:
                break
            view[done : done + len(piece)] = piece
            done += len(piece)
        self._position = at + done
        return done

    def _bytes_at(self, at: int, length: int) -> bytes | memoryview:
        start, window = self._start, self._window
        if not start <= at < start + len(window):
            reads_on = at == start + len(window)
            self._ahead = min(2 * self._ahead, _LONGEST_AHEAD) if reads_on else BEGINNING // 2
            ahead = self._ahead if reads_on else 0
            try:
                start, window = self._file.piece(at, at + max(length, ahead))
            except RemoteError as error:
                # who reads many files together does not know which one it was
                raise RemoteError(f"{self._file.place}: {error}") from None
            self._start, self._window = start, window
        return memoryview(window)[at - start : at - start + length]


def _source_of(url: str) -> Callable[[int, int], Piece]:
    """Say what gives the bytes of a file from one position up to another."""
    if is_url(url):
        from llmspend.remote_web import web_piece  # noqa: PLC0415 - for files here it is not needed

        return lambda start, stop: web_piece(url, start, stop)
    cloud, root, key = object_of(url)
    store = store_of(cloud, root)
    return lambda start, stop: object_piece(store, cloud, key, start, stop)
