"""URLs of databases: read here, shown without what they hold back.

The URL is taken apart by us and handed to the driver as settings, because PostgreSQL's own reader
repeats in its messages what it cannot read: the password, as often as not. Settings that only
Prisma knows are understood or passed over, so that a proxy's ``DATABASE_URL`` works as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import quote, unquote

from llmspend.errors import LogFormatError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

POSTGRESQL: Final = ("postgresql", "postgres")
"""The schemes that are read; what follows a plus sign names a Python driver and changes nothing."""

OTHER_DATABASES: Final[Mapping[str, str]] = {
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "mssql": "SQL Server",
    "sqlserver": "SQL Server",
    "oracle": "Oracle",
    "mongodb": "MongoDB",
    "cockroachdb": "CockroachDB",
    "redshift": "Redshift",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "clickhouse": "ClickHouse",
    "clickhousedb": "ClickHouse",
    "duckdb": "DuckDB",
    "redis": "Redis",
    "prisma": "Prisma Accelerate",
    "prisma+postgres": "Prisma Accelerate",
    "jdbc:postgresql": "JDBC",
}
"""Schemes of databases that are not read: scheme → name."""

_LIBPQ: Final = """
host hostaddr port dbname user password passfile service options application_name
fallback_application_name client_encoding connect_timeout tcp_user_timeout keepalives
keepalives_idle keepalives_interval keepalives_count target_session_attrs load_balance_hosts
sslmode sslcert sslkey sslpassword sslrootcert sslcrl sslcrldir sslsni sslcompression
ssl_min_protocol_version ssl_max_protocol_version channel_binding require_auth requirepeer
gssencmode gsslib krbsrvname
"""
_PRISMA: Final = """
connection_limit pool_timeout socket_timeout pgbouncer statement_cache_size sslaccept sslidentity
single_use_connections max_connection_lifetime max_idle_connection_lifetime
"""
SETTINGS: Final = frozenset(_LIBPQ.split())
"""What a URL may set: libpq's parameter key words."""

PASSED_OVER: Final = frozenset(_PRISMA.split())
"""What only Prisma knows: how its pool behaves, and where its own TLS library looks."""

_DEFAULTS: Final = {
    "connect_timeout": "10",
    "client_encoding": "UTF8",
    "fallback_application_name": "llmspend",
}
_SECRETS: Final = ("password", "sslpassword")
_CREDENTIALS: Final = frozenset({"user", "passfile", "sslkey", *_SECRETS})
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]*\]|[^:\[\]]*)(?::(?P<port>\d*))?")


@dataclass(frozen=True, repr=False)
class DatabaseURL:
    """Where a database is, and how to get in.

    Attributes
    ----------
    shown
        The URL as people may see it: without user, password and settings.
    schema
        The schema that the URL names, as Prisma's do; None: whatever the database looks in.
    settings
        libpq's key words → values, secrets among them.
    """

    shown: str
    schema: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"DatabaseURL({self.shown!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.shown} is not pickled: its password would be written down.")

    def conninfo(self) -> str:
        """Write the settings as libpq reads them: for the driver, and nobody else.

        Returns
        -------
        str
            Key words and quoted values, with llmspend's defaults for what the URL leaves open.
        """
        escaped = (
            (key, value.replace("\\", "\\\\").replace("'", "\\'"))
            for key, value in {**_DEFAULTS, **self.settings}.items()
        )
        return " ".join(f"{key}='{value}'" for key, value in escaped)

    def without_secrets(self, text: str) -> str:
        """Take the credentials out of what the server or the driver says.

        Parameters
        ----------
        text
            Their words.

        Returns
        -------
        str
            The same without the user's name; nothing of it where it repeats the password.
        """
        if any(self.settings[key] in text for key in _SECRETS if self.settings.get(key)):
            return "its own words repeat the password and are not shown"
        user = self.settings.get("user")
        return text.replace(f'"{user}"', "***") if user else text


def is_database_url(path: object) -> bool:
    """Tell whether what was given as a log is the URL of a database.

    Parameters
    ----------
    path
        As given to `read_logs`.

    Returns
    -------
    bool
        True for PostgreSQL, and for databases that are not read: these get a message of their own.

    Examples
    --------
    >>> is_database_url("postgresql://reader@db.acme.example/litellm"), is_database_url("logs.csv")
    (True, False)
    """
    scheme, separator, _ = str(path).partition("://") if isinstance(path, str) else ("", "", "")
    return bool(separator) and _known(scheme.lower()) is not None


def database_url(url: str) -> DatabaseURL:
    """Read the URL of a database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database?setting=value``.

    Returns
    -------
    DatabaseURL
        What it says; showing it shows no credentials.

    Raises
    ------
    LogFormatError
        When it is not a URL of a PostgreSQL database, or a character in it must be percent-encoded.
        The message does not repeat the URL.

    Examples
    --------
    >>> database_url("postgres://reader:s3cret@db.acme.example:5433/litellm?sslmode=require")
    DatabaseURL('postgresql://***@db.acme.example:5433/litellm')
    """
    scheme, _, rest = url.partition("://")
    known = _known(scheme.lower())
    if known != "PostgreSQL":
        raise LogFormatError(
            f"{known or 'this'} is not a database that llmspend reads: LiteLLM keeps its logs in "
            "PostgreSQL. Give postgresql://user@host:5432/database, or export the table "
            '"LiteLLM_SpendLogs" to Parquet, CSV or JSON lines and give that file.'
        )
    place, _, query = rest.partition("?")
    authority, _, database = place.partition("/")
    userinfo, at, hosts = authority.rpartition("@")
    if _BAD_ESCAPE.search(rest) or "@" in userinfo + database or ("@" in query and not at):
        raise LogFormatError(f"this database URL cannot be read: {_HOW_TO_ENCODE}")
    settings, schema = _query(query)
    if at:
        user, colon, password = userinfo.partition(":")
        settings |= {"user": unquote(user)} if user else {}
        settings |= {"password": unquote(password)} if colon else {}
    settings |= _hosts(hosts)
    if database:
        settings["dbname"] = unquote(database)
    return DatabaseURL(_shown(settings), schema, settings)


def _known(scheme: str) -> str | None:
    if scheme in OTHER_DATABASES:
        return OTHER_DATABASES[scheme]
    plain = scheme.partition("+")[0]
    return "PostgreSQL" if plain in POSTGRESQL else OTHER_DATABASES.get(plain)


_HOW_TO_ENCODE: Final = (
    "its user name or password holds one of @ : / ? # % & as it is. Write %40 for @, %3A for :, "
    "%2F for /, %3F for ?, %23 for #, %25 for %, %26 for &; or leave the password out, and set "
    "PGPASSWORD or keep it in ~/.pgpass."
)


def _query(query: str) -> tuple[dict[str, str], str | None]:
    """Take apart what stands behind the question mark."""
    found: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        key, _, value = item.partition("=")
        found[unquote(key)] = unquote(value)
    schema = found.pop("schema", None)
    if found.pop("ssl", None) == "true":  # JDBC's
        found.setdefault("sslmode", "require")
    settings = {key: value for key, value in found.items() if key not in PASSED_OVER}
    for key in settings:
        if key not in SETTINGS:
            # what stands there is not repeated: it may as well be a piece of a password
            near = " or ".join(nearest(key, SETTINGS)[:2])
            raise LogFormatError(
                "this database URL sets something that PostgreSQL does not know. "
                + (f"Nearest: {near}. Otherwise {_HOW_TO_ENCODE}" if near else _HOW_TO_ENCODE)
            )
    return settings, schema or None


def _hosts(hosts: str) -> dict[str, str]:
    """Take hosts and ports apart; several are tried in order."""
    matches = [_HOST.fullmatch(each) for each in hosts.split(",")] if hosts else []
    if not all(matches):
        raise LogFormatError(
            "this database URL cannot be read: what follows the host is not a port number. "
            "It should look like postgresql://user:password@host:5432/database."
        )
    found = [m for m in matches if m]
    settings = {"host": ",".join(unquote(m["host"]).strip("[]") for m in found)}
    settings["port"] = ",".join(m["port"] or "" for m in found)
    return {key: value for key, value in settings.items() if value.strip(",")}


def _shown(settings: Mapping[str, str]) -> str:
    """Write a URL without its secrets."""
    hosts = settings.get("host", settings.get("hostaddr", "")).split(",")
    ports = (settings.get("port", "").split(",") * len(hosts))[: len(hosts)]
    places = (
        (f"[{host}]" if ":" in host else quote(host, safe="")) + (f":{port}" if port else "")
        for host, port in zip(hosts, ports, strict=True)
    )
    secret = "***@" if settings.keys() & _CREDENTIALS else ""
    database = settings.get("dbname", "")
    return f"postgresql://{secret}{','.join(places)}" + (f"/{quote(database)}" if database else "")
