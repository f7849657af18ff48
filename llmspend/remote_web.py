"""Parts of files on web servers, by httpx.

What goes wrong is said in words that name no secret: addresses are shown without, or not at all.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from functools import lru_cache
from typing import Final

import httpx

from llmspend._version import __version__
from llmspend.remote_pieces import Piece, RemoteError
from llmspend.remote_urls import shown
from llmspend.text import printable

_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.3
_MAX_REDIRECTS: Final = 5
_SPOOLED_BYTES: Final = 16 * 2**20

_PARTIAL: Final = 206
_WHOLE: Final = 200
_BEYOND: Final = 416
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_STATUS_HINTS: Final = {
    401: ": it wants a user and password, which may stand in ~/.netrc",
    403: ": a link with a signature may have expired, or was made for another address",
    404: ": look at the address in a browser",
    410: ": it is gone",
}


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        # no encoding: positions are those of the file as it is kept
        headers={"accept-encoding": "identity", "user-agent": f"llmspend/{__version__}"},
    )


def web_piece(url: str, start: int, stop: int) -> Piece:
    """Fetch a part of a file.

    Parameters
    ----------
    url
        Its address.
    start
        Where the part begins.
    stop
        Before which byte it ends.

    Returns
    -------
    Piece
        The part; and the whole file, where the server gives no parts.

    Raises
    ------
    RemoteError
        When it cannot be had.
    """
    for left in reversed(range(_TRIES)):
        try:
            with _client().stream(
                "GET", url, headers={"range": f"bytes={start}-{stop - 1}"}, auth=_login(url)
            ) as response:
                if response.status_code not in _PASSING or not left:
                    return _answered(url, response, start, stop)
        except httpx.InvalidURL:
            raise RemoteError("this is no valid address") from None
        except httpx.TooManyRedirects:
            raise RemoteError(f"it redirects more than {_MAX_REDIRECTS} times") from None
        except httpx.HTTPError as error:
            if not left:
                said = printable(str(error)).replace(url, shown(url))
                raise RemoteError(f"the server does not answer ({said})") from None
        time.sleep(_PAUSE_SECONDS * (_TRIES - left))
    raise AssertionError("the last try returns or raises")


def _login(url: str) -> httpx.Auth | None:
    """Take user and password from ~/.netrc, if there is one; those in the address come first."""
    if "@" in url.partition("://")[2].partition("/")[0]:
        return None
    try:
        return httpx.NetRCAuth(os.environ.get("NETRC"))
    except (OSError, SyntaxError):  # NetrcParseError is one
        return None


def _answered(url: str, response: httpx.Response, start: int, stop: int) -> Piece:
    if url.lower().startswith("https") and response.url.scheme != "https":
        raise RemoteError("it redirects from HTTPS to an address that is not")
    version = response.headers.get("etag", "")
    if response.status_code == _BEYOND:
        total = response.headers.get("content-range", "").rpartition("/")[2]
        return Piece(b"", int(total) if total.isdecimal() else 0, version)
    if response.status_code == _PARTIAL:
        said = re.fullmatch(
            r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("content-range", "").strip()
        )
        if said is None or int(said[1]) != start:
            raise RemoteError("the server gives other parts of it than it was asked for")
        data = b"".join(response.iter_raw())
        if len(data) != min(stop, int(said[3])) - start:
            raise RemoteError("the server ended too early")
        return Piece(data, int(said[3]), version)
    if response.status_code == _WHOLE:
        return _kept_whole(response, start, stop, version)
    phrase = printable(response.reason_phrase)
    hint = _STATUS_HINTS.get(response.status_code, "")
    raise RemoteError(f"the server answers {response.status_code} {phrase}".rstrip() + hint)


def _kept_whole(response: httpx.Response, start: int, stop: int, version: str) -> Piece:
    """Keep what a server sends that does not know ranges; on disk, if it is long."""
    whole = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - read later
    for piece in response.iter_raw():
        whole.write(piece)
    size = whole.tell()
    whole.seek(start)
    return Piece(whole.read(max(stop - start, 0)), size, version, whole)
