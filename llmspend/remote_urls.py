"""Addresses of files that are elsewhere: which there are, their parts, and how they are shown.

An address may hold a password or a signature, so it is only ever shown without. CLOUDS says, for
each kind of object store, where credentials and settings come from: never from an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from llmspend.errors import InputError
from llmspend.text import printable


@dataclass(frozen=True, slots=True)
class Cloud:
    """A kind of object store.

    Attributes
    ----------
    name
        Its name.
    schemes
        How its addresses begin, before ``://``.
    container
        What holds its objects.
    login
        Where credentials come from; part of a sentence.
    anonymous
        The environment variable for what everybody may read.
    endpoints
        Environment variables with the address of a server of one's own.
    settings
        What else is set by environment variables; part of a sentence.
    """

    name: str
    schemes: tuple[str, ...]
    container: str
    login: str
    anonymous: str
    endpoints: tuple[str, ...]
    settings: str


CLOUDS: Final = (
    Cloud(
        name="Amazon S3",
        schemes=("s3", "s3a"),
        container="bucket",
        login=(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), the role of the "
            "machine or container, or, where boto3 is installed, a profile of ~/.aws (AWS_PROFILE)"
        ),
        anonymous="AWS_SKIP_SIGNATURE",
        endpoints=("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"),
        settings="AWS_REGION, and AWS_ENDPOINT_URL for a server that is not Amazon's",
    ),
    Cloud(
        name="Google Cloud Storage",
        schemes=("gs", "gcs"),
        container="bucket",
        login=(
            "GOOGLE_APPLICATION_CREDENTIALS, `gcloud auth application-default login`, or the "
            "machine's service account"
        ),
        anonymous="GOOGLE_SKIP_SIGNATURE",
        endpoints=("GOOGLE_BASE_URL",),
        settings="GOOGLE_BASE_URL for a server that is not Google's",
    ),
    Cloud(
        name="Azure Blob Storage",
        schemes=("az", "abfs", "abfss"),
        container="container",
        login=(
            "AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, AZURE_CLIENT_ID with "
            "AZURE_TENANT_ID and AZURE_CLIENT_SECRET, AZURE_USE_AZURE_CLI=true after `az login`, "
            "or the machine's identity"
        ),
        anonymous="AZURE_SKIP_SIGNATURE",
        endpoints=("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
        settings="AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ENDPOINT for another server",
    ),
)
"""Every kind of object store whose files can be read."""

_BY_SCHEME: Final = {scheme: cloud for cloud in CLOUDS for scheme in cloud.schemes}
_WITH_ACCOUNT: Final = ("abfs", "abfss")
"""Schemes where what stands before an @ is no secret: ``container@account.dfs…``."""


_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_SLASH_DROPPED: Final = re.compile(r"^([^/\\]+):[/\\](?![/\\])")


class Object(NamedTuple):
    """What an address of an object store says.

    Attributes
    ----------
    cloud
        The kind of object store.
    root
        The address of what holds the object, ``s3://bucket``.
    key
        The object's name in it, or what several names begin with, or a pattern.
    """

    cloud: Cloud
    root: str
    key: str


def is_url(text: str) -> bool:
    """Tell an address of the web from the path of a file.

    Parameters
    ----------
    text
        One or the other.

    Returns
    -------
    bool
        True for HTTP and HTTPS.

    Examples
    --------
    >>> is_url("https://example.com/map.json"), is_url("map.json")
    (True, False)
    """
    return text.lower().startswith(("https://", "http://"))


def is_remote(text: object) -> bool:
    """Tell the address of a file that is elsewhere from the path of one that is here.

    Parameters
    ----------
    text
        One or the other.

    Returns
    -------
    bool
        True for the web, and for the object stores of CLOUDS.

    Examples
    --------
    >>> is_remote("s3://bucket/logs/"), is_remote("https://example.com/a.csv"), is_remote("a.csv")
    (True, True, False)
    """
    return isinstance(text, str) and (is_url(text) or _scheme(text) in _BY_SCHEME)


def _scheme(text: str) -> str:
    scheme, is_one, _ = text.partition("://")
    return scheme.lower() if is_one else ""


def object_of(url: str) -> Object:
    """Take the address of objects apart.

    Parameters
    ----------
    url
        Begins with a scheme of CLOUDS. Its key stands as it is: nothing in it is an escape.

    Returns
    -------
    Object
        Its parts.

    Examples
    --------
    >>> object_of("s3://bucket/logs/a b#1.json")[1:]
    ('s3://bucket', 'logs/a b#1.json')
    """
    scheme = _scheme(url)
    place, _, key = url.partition("://")[2].partition("/")
    cloud = _BY_SCHEME[scheme]
    # what reads them knows no other name of it
    known = cloud.schemes[0] if scheme == "gcs" else scheme
    return Object(cloud, f"{known}://{place}", key)


HIDDEN_QUERY: Final = "?…"
"""What an address that is shown ends in, for a query that is not."""


def shown_url(url: str) -> str:
    """Make an address fit to be shown: without a password, and without its query.

    Parameters
    ----------
    url
        Any text.

    Returns
    -------
    str
        Scheme, host and path.

    Examples
    --------
    >>> shown_url("https://me:secret@example.com/map.json?token=secret")
    'https://example.com/map.json'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the given address"
    host = parts.netloc.rpartition("@")[2]
    return printable(urlunsplit((parts.scheme, host, parts.path, "", "")))


def shown(path: str) -> str:
    """Make a path or an address fit to be shown.

    Parameters
    ----------
    path
        Where a file is.

    Returns
    -------
    str
        A path as it is; an address without secrets, and a query as an ellipsis.

    Examples
    --------
    >>> shown("https://me:pw@example.com/a.parquet?X-Amz-Signature=secret")
    'https://example.com/a.parquet?…'
    >>> shown("s3://key:secret@bucket/a.parquet")
    's3://…@bucket/a.parquet'
    >>> shown("logs/a?b.parquet")
    'logs/a?b.parquet'
    """
    if not _ADDRESS.match(path):
        return path
    if not is_remote(path) or is_url(path):
        return shown_url(path) + (HIDDEN_QUERY if "?" in path else "")
    scheme, _, rest = path.partition("://")
    place, slash, key = rest.partition("/")
    before, has_login, host = place.rpartition("@")
    if has_login and (":" in before or scheme.lower() not in _WITH_ACCOUNT):
        place = f"…@{host}"
    return f"{scheme}://{place}{slash}{key}"


def has_login(root: str) -> bool:
    """Tell whether somebody wrote credentials into the address of an object store.

    Parameters
    ----------
    root
        The address, without a key.

    Returns
    -------
    bool
        True for ``s3://key:secret@bucket``.
    """
    return shown(root) != root


def local_file(path: str | Path, refusal: type[InputError] = InputError) -> Path:
    """Refuse the address of a file that is elsewhere, where only one of this machine will do.

    Parameters
    ----------
    path
        What was given.
    refusal
        The exception.

    Returns
    -------
    pathlib.Path
        A path; nothing in it is a secret.

    Raises
    ------
    InputError
        For an address, which is shown without secrets.

    Examples
    --------
    >>> local_file("https://me:pw@example.com/a.parquet?X-Amz-Signature=secret")
    Traceback (most recent call last):
    llmspend.errors.InputError: https://example.com/a.parquet?… is elsewhere: name a file of this
    machine.
    """
    # a Path drops a slash
    whole = _SLASH_DROPPED.sub(r"\1://", str(path)) if isinstance(path, Path) else path
    if is_remote(whole) or (isinstance(path, str) and _ADDRESS.match(path)):
        raise refusal(f"{printable(shown(str(whole)))} is elsewhere: name a file of this machine.")
    return Path(path)
