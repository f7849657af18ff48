"""Parts and lists of objects in object stores, by obstore.

obstore's errors quote addresses and answers at length: they are looked at, and never shown.
"""

from __future__ import annotations

import importlib
import os
import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import InputError
from llmspend.remote_pieces import MissingError, Piece, RemoteError
from llmspend.remote_urls import CLOUDS, has_login, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspend.remote_urls import Cloud

_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_TRIES: Final = 3
_VARIABLES: Final = ("AWS_", "AZURE_", "GOOGLE_")


def needs(module: str) -> Any:  # noqa: ANN401 - a module
    """Import a module of the extra ``remote``.

    Parameters
    ----------
    module
        Its name.

    Returns
    -------
    module
        It.

    Raises
    ------
    InputError
        When it is not installed; says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise InputError(
            f"reading files that are elsewhere takes {module.partition('.')[0]}: "
            "pip install 'llmspend-analytics[remote]'"
        ) from None


def store_of(cloud: Cloud, root: str) -> Any:  # noqa: ANN401 - obstore's stores have no common type
    """Open what holds objects.

    Parameters
    ----------
    cloud
        Its kind.
    root
        Its address, without a key.

    Returns
    -------
    obstore.store.ObjectStore
        Nothing was asked of it yet. It must not be shown: its text fails, or tells too much.

    Raises
    ------
    InputError
        For an address that names none, or holds credentials; without the extra ``remote``.
    RemoteError
        When the environment does not say enough.
    """
    if root.endswith("://"):
        raise InputError(f"{root} names no {cloud.container}.")
    if has_login(root):
        raise InputError(
            f"{shown(root)} holds credentials: take them out of the address. They come from "
            f"{cloud.login}."
        )
    own = {k: v for k, v in os.environ.items() if k.upper().startswith(_VARIABLES)}
    return _opened(cloud, root, tuple(sorted(own.items())))


@lru_cache(maxsize=8)
def _opened(cloud: Cloud, root: str, own: tuple[tuple[str, str], ...]) -> Any:  # noqa: ANN401 - see store_of
    stores = needs("obstore.store")
    variables = dict(own)
    options: dict[str, Any] = {
        "client_options": {
            "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
            "timeout": timedelta(seconds=_READ_SECONDS),
            # who writes http:// where the server is means it
            "allow_http": any(
                variables.get(name, "").lower().startswith("http://") for name in cloud.endpoints
            ),
        },
        "retry_config": {
            "max_retries": _TRIES,
            "retry_timeout": timedelta(seconds=_READ_SECONDS),
        },
    }
    if cloud is CLOUDS[0] and not variables.keys() & {"AWS_ACCESS_KEY_ID", cloud.anonymous}:
        options |= _profile()
    try:
        return stores.from_url(root, **options)
    except Exception as error:  # noqa: BLE001 - obstore's errors have no common base but this
        raise _reason(cloud, error) from None


def _profile() -> dict[str, Any]:
    """Take credentials and region from ~/.aws, if boto3 is there to read it."""
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415

        return {"credential_provider": Boto3CredentialProvider()}
    except Exception:  # noqa: BLE001 - no boto3, no profile or a broken one: the rest is tried
        return {}


def object_piece(store: Any, cloud: Cloud, key: str, start: int, stop: int) -> Piece:  # noqa: ANN401 - see store_of
    """Fetch a part of an object.

    Parameters
    ----------
    store
        Of `store_of`.
    cloud
        Its kind.
    key
        The object's name.
    start
        Where the part begins.
    stop
        Before which byte it ends.

    Returns
    -------
    Piece
        The part; empty where the object is.

    Raises
    ------
    RemoteError
        When it cannot be had.
    """
    try:
        result = needs("obstore").get(store, key, options={"range": (start, stop)})
        data = bytes(result.bytes())
    except Exception as error:  # noqa: BLE001 - see store_of
        if "416 Range Not Satisfiable" in str(error) and not start:
            return Piece(b"", 0, "")
        raise _reason(cloud, error) from None
    return Piece(data, result.meta["size"], result.meta["e_tag"] or "")


def listed(cloud: Cloud, listing: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it gives
    """List objects.

    Parameters
    ----------
    cloud
        The kind of object store.
    listing
        Asks it.

    Returns
    -------
    Any
        What `listing` gives.

    Raises
    ------
    RemoteError
        When it cannot be listed.
    """
    try:
        return listing()
    except Exception as error:  # noqa: BLE001 - see store_of
        raise _reason(cloud, error) from None


_REASONS: Final = (
    ("NoSuchBucket|ContainerNotFound|specified bucket does not exist", "there is no such {c}"),
    ("BadScheme", "the server's address begins with http://, which must be allowed: *_ALLOW_HTTP"),
    ("Account must be specified", "the account is not named: set {s}"),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|redirect",
        "it is in another region: set {s}",
    ),
    (
        r"169\.254\.|metadata\.google|token request|NoCredentials|Error getting credentials",
        "no credentials were found. They come from {l}. For what everybody may read: {a}=true",
    ),
    (
        "InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|AuthenticationFailed",
        "the credentials are not accepted: they may have expired. They come from {l}",
    ),
    (
        "403 Forbidden|AccessDenied|401 Unauthorized|PermissionDenied|Unauthenticated",
        (
            "these credentials may not read it (403): ask for permission to list and to read. They "
            "come from {l}; for what everybody may read: {a}=true"
        ),
    ),
    (
        "empty path segment|illegal character|InvalidPath",
        "a name with an empty part, a dot or two for a part, or control characters cannot be read",
    ),
    ("412 Precondition", "it changed while it was read"),
    ("404 Not Found|NotFound", "there is no such object"),
    (
        r"kind: (Connect|Timeout)|error sending request|dns error|timed out",
        "the server cannot be reached: look at the network, and at {s}",
    ),
)
"""What is in an obstore error → what is said."""


def _reason(cloud: Cloud, error: Exception) -> RemoteError:
    """Say what went wrong, without the address and the answer that obstore quotes."""
    text = f"{type(error).__name__} {error}"
    said = next((said for pattern, said in _REASONS if re.search(pattern, text)), None)
    if said is None:
        status = re.search(r"status code: (\d{3} [\w ]+)", text)
        said = f"{cloud.name} answers {status[1]}" if status else f"{cloud.name} cannot be asked"
    said = said.format(c=cloud.container, s=cloud.settings, l=cloud.login, a=cloud.anonymous)
    is_missing = isinstance(error, FileNotFoundError) and said == "there is no such object"
    return (MissingError if is_missing else RemoteError)(said)
