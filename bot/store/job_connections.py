"""The connections over which jobs are fetched and finished: one trip for each statement.

Procrastinate's own would take four: a ping, BEGIN, the statement, COMMIT. Each of its statements is
a transaction of its own, and whether the server has hung up, the socket tells without a trip.
"""

from __future__ import annotations

import select
from typing import Any

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import URL

_POOL_WAIT_SECONDS = 5.0
_MOST_CONNECTIONS = 4


def job_connector(url: URL) -> procrastinate.PsycopgConnector:
    """Return what Procrastinate reaches a database with, through a pooler too."""
    plain = url.set(drivername="postgresql")
    return procrastinate.PsycopgConnector(
        conninfo=plain.render_as_string(hide_password=False),
        min_size=1,
        max_size=_MOST_CONNECTIONS,
        timeout=_POOL_WAIT_SECONDS,
        kwargs={"prepare_threshold": None, "connect_timeout": 2},
        configure=_begin_nothing,
        pool_factory=_pool,
    )


def _pool(**options: Any) -> AsyncConnectionPool:
    return AsyncConnectionPool(**{**options, "check": check})


async def _begin_nothing(connection: psycopg.AsyncConnection) -> None:
    """Let each statement be a transaction, without a BEGIN and a COMMIT."""
    await connection.set_autocommit(True)


async def check(connection: psycopg.AsyncConnection) -> None:
    """Ask a connection whether it still works, if anything came in while nobody used it: a server
    that ends says so, or hangs up.

    Raises:
        psycopg.OperationalError: it doesn't.
    """
    inbox = select.poll()
    inbox.register(connection.fileno(), select.POLLIN)
    if inbox.poll(0):
        await connection.execute("")
