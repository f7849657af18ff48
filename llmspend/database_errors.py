"""What goes wrong with a database, in words that help and repeat no credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspend.errors import LogFormatError

if TYPE_CHECKING:
    from llmspend.database_url import DatabaseURL


class _Problem(NamedTuple):
    says: str
    advice: str


_KNOWN: Final = (
    _Problem(
        r"password authentication failed|role .* does not exist|no password supplied"
        r"|authentication failed|SCRAM",
        "the server does not accept this user name and password. Check them; where the URL has "
        "none, PGUSER, PGPASSWORD and ~/.pgpass are used.",
    ),
    _Problem(
        r"FATAL:\s+database .* does not exist",
        "the server has no database of this name. Its owner's `psql -l` lists them; LiteLLM's is "
        "the one in the proxy's DATABASE_URL.",
    ),
    _Problem(
        r"could not translate host name|[Nn]ame or service not known",
        "no host of this name is known here. Check the spelling, or whether a VPN is needed.",
    ),
    _Problem(
        r"Connection refused|No such file or directory",
        "nothing listens there. Check host and port (PostgreSQL's own is 5432), or whether a "
        "tunnel is needed.",
    ),
    _Problem(
        r"timeout expired|timed out|[Nn]o route to host|unreachable",
        "the server does not answer. Check host and port, or whether a firewall or VPN is between.",
    ),
    _Problem(
        r"no pg_hba\.conf entry",
        "the server does not let this user in from this machine. Try ?sslmode=require, or ask for "
        "a line in pg_hba.conf.",
    ),
    _Problem(
        r"SSL|certificate",
        "server and client do not agree on encryption. Set ?sslmode= to require, verify-full (with "
        "sslrootcert) or, inside a network you trust, disable.",
    ),
    _Problem(
        r"too many (clients|connections)|remaining connection slots",
        "the server takes no more connections. Try again later, or read a replica.",
    ),
    _Problem(
        r"42501|permission denied",
        "this user may not read what is needed. Its owner can allow it: "
        'GRANT SELECT ON "LiteLLM_SpendLogs" TO the_user;',
    ),
    _Problem(
        r"57014|statement timeout",
        "reading took longer than allowed. Ask for a shorter range of time with since= and "
        "until=, or for more time with timeout=.",
    ),
    _Problem(
        r"55P03|lock timeout",
        "the table is locked, probably by a migration. Try again in a while.",
    ),
    _Problem(
        r"server closed the connection|terminating connection|connection .* lost|no connection",
        "the connection broke off while reading. Try again, or ask for a shorter range of time.",
    ),
)
"""What the driver or the server says → what to do."""

_SERVER_SAYS: Final = re.compile(r"(?:ERROR|FATAL):\s+(.*)")


def explained(url: DatabaseURL, words: str) -> LogFormatError:
    """Say what went wrong.

    Parameters
    ----------
    url
        Where.
    words
        What the driver or the server said.

    Returns
    -------
    LogFormatError
        Ready to raise. Words that are not known are repeated, unless they hold credentials.
    """
    for problem in _KNOWN:
        if re.search(problem.says, words):
            return LogFormatError(f"{url.shown} cannot be read: {problem.advice}")
    said = _SERVER_SAYS.search(words)
    first = (said[1] if said else words.strip().partition("\n")[0]).strip()
    return LogFormatError(f"{url.shown} cannot be read: {url.without_secrets(first)}")
