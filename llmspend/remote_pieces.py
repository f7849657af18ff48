"""What is fetched of a remote file, and what it is when that fails."""

from __future__ import annotations

from typing import IO, NamedTuple


class RemoteError(OSError):
    """A remote file cannot be read; the text is the reason, in one line and without secrets."""


class MissingError(RemoteError):
    """There is no object of this name."""


class Piece(NamedTuple):
    """Some bytes of a file.

    Attributes
    ----------
    data
        The bytes; fewer than were asked for at the end of the file.
    size
        How many the whole file has.
    version
        The server's name for this version of the file; empty if it gives none.
    whole
        All of the file, where the server does not give parts.
    """

    data: bytes
    size: int
    version: str
    whole: IO[bytes] | None = None
