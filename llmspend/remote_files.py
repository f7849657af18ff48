"""Files that are elsewhere: by address, many at once, and for DuckDB.

DuckDB reads them with its own readers, through a file system in which a remote file has a number
for a name: so nothing of an address, its secrets or its odd characters, comes near SQL or an error.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from llmspend.remote_handles import BEGINNING, PROTOCOL, RemoteFile, RemoteHandle
from llmspend.remote_pieces import RemoteError
from llmspend.remote_stores import needs
from llmspend.remote_urls import HIDDEN_QUERY, is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

AT_ONCE: Final = 32
"""How many files are looked at together: a store takes its time for each, but not its turn."""

_FETCHED_TOGETHER: Final = 400
"""Fewer than fill what is kept of pieces."""


# -- by address


_FILES: Final[dict[str, RemoteFile]] = {}
"""The files that were met, by address, by what is shown of it, and by place."""
_PLACE: Final = re.compile(rf"{PROTOCOL}://\d+")
_ALIKE: Final[set[str]] = set()
"""What is shown of more than one."""


def remote_file(url: str) -> RemoteFile:
    """Give the file of an address.

    Parameters
    ----------
    url
        Its address.

    Returns
    -------
    RemoteFile
        The same for the same address; nothing was fetched yet.

    Raises
    ------
    InputError
        For an address that cannot be one; without the extra ``remote``.
    RemoteError
        When only what is shown of an address is given, and that is not enough.
    """
    if url not in _FILES or url in _ALIKE:
        needs("fsspec")  # what DuckDB will ask for
        if url.endswith(HIDDEN_QUERY):
            raise RemoteError("its address held a secret, and was not kept: read it again")
        file = RemoteFile(url)
        _FILES[url] = _FILES[file.place] = file
        # who has only what is shown means this one, unless another is shown alike
        if file.shown.endswith(HIDDEN_QUERY) and _FILES.setdefault(file.shown, file) is not file:
            _ALIKE.add(file.shown)
    return _FILES[url]


def is_place(path: str) -> bool:
    """Tell whether a path is what DuckDB knows a remote file by."""
    return path.startswith(f"{PROTOCOL}://")


def open_place(place: str) -> RemoteHandle:
    """Open a remote file that was looked at."""
    return RemoteHandle(_FILES[place])


def with_addresses(text: str) -> str:
    """Write the addresses of remote files, as they are shown, for what DuckDB knows them by.

    Parameters
    ----------
    text
        What DuckDB says.

    Returns
    -------
    str
        The same for people.
    """
    return _PLACE.sub(
        lambda found: _FILES[found[0]].shown if found[0] in _FILES else found[0], text
    )


def fetch_ahead(places: Iterable[str], *, ends: bool) -> None:
    """Fetch the beginnings of files at once, or their ends, so that opening each need not wait.

    Parameters
    ----------
    places
        Addresses, or what DuckDB knows the files by. What cannot be read is left to whoever
        looks at it.
    ends
        Whether it is the ends that tell what is in them.
    """

    def fetched(file: RemoteFile) -> None:
        with suppress(RemoteError):
            if ends:
                file.piece(max(file.size - BEGINNING, 0), file.size)
            else:
                file.piece(0, BEGINNING)

    with ThreadPoolExecutor(AT_ONCE, "llmspend-remote") as pool:
        for _ in pool.map(fetched, [_FILES[place] for place in places]):
            pass


def fetched_ahead(paths: Sequence[str], told_by_end: Callable[[str], bool]) -> Iterator[str]:
    """Give paths and addresses one by one; of many remote files, what tells what they are is there.

    Parameters
    ----------
    paths
        Of files here, or of remote ones that are known.
    told_by_end
        Whether the end of a file is what tells what is in it.

    Yields
    ------
    str
        The same.
    """
    for first in range(0, len(paths), _FETCHED_TOGETHER):
        group = paths[first : first + _FETCHED_TOGETHER]
        remote = [path for path in group if is_remote(path)]
        if len(remote) > 1:
            for ends in (False, True):
                fetch_ahead([path for path in remote if told_by_end(path) is ends], ends=ends)
        yield from group


# -- for DuckDB


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection read remote files by their places.

    Parameters
    ----------
    connection
        Of DuckDB.

    Raises
    ------
    InputError
        Without the extra ``remote``.
    """
    connection.register_filesystem(_file_system())


@lru_cache(maxsize=1)
def _file_system() -> Any:  # noqa: ANN401 - its class is made below
    """Make what DuckDB asks for files; fsspec is what it knows."""
    fsspec = needs("fsspec")

    class RemoteFiles(fsspec.AbstractFileSystem):  # type: ignore[name-defined, misc]
        protocol = PROTOCOL
        cachable = False

        def glob(self, path: str, **_: object) -> list[str]:
            return [path]

        def exists(self, path: str, **_: object) -> bool:
            return path in _FILES

        def open(self, path: str, *_: object, **__: object) -> RemoteHandle:
            return open_place(path)

        def size(self, path: str) -> int:
            return _FILES[path].size

        def modified(self, _: str) -> datetime:
            # a connection is new for every query, and keeps nothing that could be old
            return datetime.fromtimestamp(0, UTC)

    return RemoteFiles()
