"""Tells which part of a PostgreSQL address is wrong.

The driver gives no code for a connection that fails, only the server's or the system's words.
"""

from __future__ import annotations

import asyncio
import socket

from sqlalchemy.engine import URL

from bot.flows.errors import DatabaseError

_PORT = 5432
_LOOK_SECONDS = 2.0
_KIND_BY_CODE = {  # postgresql.org/docs/current/errcodes-appendix.html
    "40001": "database_busy",
    "40P01": "database_busy",
    "53300": "database_busy",
    "55P03": "database_busy",
    "57014": "database_busy",
    "57P03": "database_busy",
    "25006": "database_no_permission",
    "42501": "database_no_permission",
    "53100": "database_full",
}
_KIND_BY_WORDS = (  # the first that fits
    ("too many connections", "database_busy"),
    ("too many clients", "database_busy"),
    ("remaining connection slots", "database_busy"),
    ("starting up", "database_busy"),
    ("shutting down", "database_busy"),
    ("password authentication failed", "database_login_refused"),
    ("no password supplied", "database_login_refused"),
    ("authentication failed", "database_login_refused"),
    ("not permitted to log in", "database_login_refused"),
    ("no pg_hba.conf entry", "database_login_refused"),
    ("role ", "database_no_role"),
    ("database ", "database_missing"),
)


def is_busy(failure: BaseException) -> bool:
    """Return whether the server answers, but has no time, place or lock for us now."""
    return _KIND_BY_CODE.get(_code(failure)) == "database_busy"


async def explain(url: URL, name: str, failure: BaseException) -> DatabaseError:
    """Return why a connection failed, as an error whose kind names a sentence of ``[cli]``.

    Args:
        url: the address. name: the same, fit to be shown.
        failure: what the driver raised.
    """
    if kind := _KIND_BY_CODE.get(_code(failure)):
        return DatabaseError(kind, name)
    words = _words(failure)
    if "permission denied for database" in words:
        return DatabaseError("database_no_permission", name)
    for part, kind in _KIND_BY_WORDS:
        if part in words and _names_it(part, url, words):
            return DatabaseError(kind, _what(kind, url, name))
    host, port = url.host, url.port or _PORT
    if host is None:
        return DatabaseError("database_unreachable", name)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return DatabaseError("database_no_host", host)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError):
        return DatabaseError("database_no_server", f"{host}:{port}")
    return DatabaseError("database_unreachable", name)


def _code(failure: BaseException) -> str:
    """Return the server's code; empty if the connection failed before it could send one."""
    return getattr(getattr(failure, "orig", None), "sqlstate", None) or ""


def _words(failure: BaseException) -> str:
    """Return what the server said. Never shown: it may repeat what it was given."""
    return str(getattr(failure, "orig", None) or failure).lower()


def _names_it(part: str, url: URL, words: str) -> bool:
    """Return whether words about a role or a database mean that it doesn't exist."""
    return not part.endswith(" ") or "does not exist" in words


def _what(kind: str, url: URL, name: str) -> str:
    if kind in ("database_no_role", "database_login_refused"):
        return url.username or "(none)"
    return (url.database or url.username or "(none)") if kind == "database_missing" else name
