"""One JSON document over HTTP, from a server that may be slow, broken or hostile.

Everything is bounded: the whole time, the bytes after decompression, the redirects. An address may
hold a password, so it is only ever shown without it.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from llmspend._version import __version__
from llmspend.errors import CostMapError
from llmspend.remote_urls import is_url, shown_url
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DEFAULT_TIMEOUT: Final = 15.0
"""Seconds for everything: name lookup, connection, redirects, body."""
DEFAULT_MAX_BYTES: Final = 16 * 2**20
"""LiteLLM's map has three million bytes; parsed, a document takes twenty times its size."""

_MAX_REDIRECTS: Final = 5
_MAX_ETAG: Final = 256
_SHOWN: Final = 200
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_GZIP: Final = 16 + zlib.MAX_WBITS
_HEADERS: Final = {
    "accept": "application/json, text/plain;q=0.9",
    # no other encoding: their decoders cannot be told to stop
    "accept-encoding": "gzip",
    "user-agent": f"llmspend/{__version__}",
}


class Fetched(NamedTuple):
    """What a server answered.

    Attributes
    ----------
    body
        The document; None where it is still the one that is known.
    etag
        The server's name for this version, if it gives one.
    """

    body: bytes | None
    etag: str | None


def fetch(
    url: str,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    max_bytes: int = DEFAULT_MAX_BYTES,
    etag: str | None = None,
) -> Fetched:
    """Fetch a document.

    Parameters
    ----------
    url
        Where it is; HTTP or HTTPS. What begins as HTTPS is not redirected to less.
    timeout
        Seconds until everything has to be there.
    max_bytes
        How long it may be, decompressed.
    etag
        Name of the version that is known.

    Returns
    -------
    Fetched
        Its `body` is None where the version that is known is still the current one.

    Raises
    ------
    CostMapError
        When it cannot be had whole; the message says why, and shows no secret of the address.
    """
    if not is_url(url):
        raise CostMapError(
            f"{shown_url(url)} is no address: it should begin with https:// (or http://)."
        )
    # a thread of its own: a notebook's loop is already running in this one
    with ThreadPoolExecutor(1, "llmspend-fetch") as pool:
        work = pool.submit(lambda: asyncio.run(_get(url, timeout, max_bytes, etag)))
        try:
            return work.result()
        except TimeoutError:
            reason = f"it took longer than {timeout:g} seconds"
        except httpx.InvalidURL:
            reason = "this is no valid address"
        except (httpx.HTTPError, OSError, ValueError, zlib.error) as error:
            said = printable(str(error).replace(url, shown_url(url)))[:_SHOWN]
            reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        except _RefusedError as error:
            reason = str(error)
    raise CostMapError(f"{shown_url(url)} cannot be fetched: {reason}.")


def parse_json(body: bytes, origin: str) -> Any:  # noqa: ANN401 - parsed JSON
    """Parse a document from a stranger.

    Parameters
    ----------
    body
        JSON.
    origin
        What the message calls it.

    Returns
    -------
    Any
        What it holds.

    Raises
    ------
    CostMapError
        When it is not JSON, or cannot be text, or is nested beyond reason.

    Examples
    --------
    >>> parse_json(b'{"acme/small": {}}', "map.json")
    {'acme/small': {}}
    """
    try:
        parsed = json.loads(body)
        # half a surrogate pair is JSON, but no text: no table, file or terminal takes it
        json.dumps(parsed, ensure_ascii=False).encode()
    except RecursionError:
        raise CostMapError(f"{origin} is nested too deeply to be a cost map.") from None
    except ValueError as error:
        raise CostMapError(f"{origin} is not JSON: {printable(str(error))[:_SHOWN]}.") from None
    return parsed


class _RefusedError(Exception):
    """What the server answered is not wanted; the text says why."""


async def _get(url: str, timeout: float, max_bytes: int, etag: str | None) -> Fetched:  # noqa: ASYNC109 - it bounds the whole
    headers = _HEADERS | ({"if-none-match": etag} if etag else {})
    # one limit for everything; the client's own would begin anew with every byte
    async with asyncio.timeout(timeout), httpx.AsyncClient(timeout=httpx.Timeout(None)) as client:
        request = client.build_request("GET", url, headers=headers)
        for _ in range(_MAX_REDIRECTS + 1):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                following = response.next_request
                if following is None:
                    return await _answer(response, max_bytes, etag)
            finally:
                await response.aclose()
            if request.url.scheme == "https" and following.url.scheme != "https":
                raise _RefusedError("it redirects from HTTPS to an address that is not")
            request = following
    raise _RefusedError(f"it redirects more than {_MAX_REDIRECTS} times")


async def _answer(response: httpx.Response, max_bytes: int, etag: str | None) -> Fetched:
    status = response.status_code
    if status == _NOT_MODIFIED and etag:
        return Fetched(None, etag)
    if status != _OK:
        phrase = printable(response.reason_phrase)[:_SHOWN]
        raise _RefusedError(f"the server answered {status} {phrase}".rstrip())
    pieces = []
    room = max_bytes
    async for piece in _decoded(response, max_bytes):
        room -= len(piece)
        if room < 0:
            raise _RefusedError(f"it is longer than {max_bytes:,} bytes")
        pieces.append(piece)
    given = response.headers.get("etag", "")
    is_usable = given.isascii() and given.isprintable() and len(given) <= _MAX_ETAG
    return Fetched(b"".join(pieces), given if given and is_usable else None)


async def _decoded(response: httpx.Response, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body, never decompressing much more than is wanted."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        async for piece in response.aiter_raw():
            yield piece
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise _RefusedError(f"its encoding is {printable(encoding)[:20]}, and gzip was asked for")
    unzip = zlib.decompressobj(_GZIP)
    async for piece in response.aiter_raw():
        # one byte more than is allowed is enough to know
        yield unzip.decompress(piece, max_bytes + 1)
        if unzip.unconsumed_tail:
            raise _RefusedError(f"it is longer than {max_bytes:,} bytes")
        if unzip.eof:
            return
    raise _RefusedError("it ends too early")
