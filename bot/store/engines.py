"""How connections to each kind of database are made, and how a transaction begins on them."""

from __future__ import annotations

import os
import time
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store import sqlite_file
from bot.store.sqlite_driver import BEGIN, OneTripDriver

NO_BEGIN = "reframe_no_begin"
"""The option of a connection that begins no transaction by itself."""

_WAIT_FOR_CONNECTION_SECONDS = 1.2
_WAIT_FOR_LOCK_SECONDS = 0.6
_BEGIN_WITH_LIMITS = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL lock_timeout = '1500'; SET LOCAL statement_timeout = '10000'"
)
"""One trip: each of these alone would cost as much as most of our statements. Whoever waited for a
lock must see what was written meanwhile, whatever the server's own default is."""
_PING_AFTER_SECONDS = 1.0
_PREPARED_AFTER = 5
"""So many times a statement is planned with its values. Then it is prepared, and after five more
times PostgreSQL may keep one plan for all values, if that costs no more than those so far."""
_USED_AT = "reframe_used_at"


def sqlite_engine(url: URL) -> AsyncEngine:
    """Return an engine with one connection, whose transactions begin as writers."""
    engine = create_async_engine(
        url,
        module=OneTripDriver(),
        pool_size=1,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        connect_args={"timeout": _WAIT_FOR_LOCK_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def create_private(*_: object) -> None:
        sqlite_file.keep_private(str(url.database))

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_immediate(connection: Connection) -> None:
        if not connection.get_execution_options().get(NO_BEGIN):
            connection.exec_driver_sql(BEGIN)

    return engine


def postgres_engine(url: URL, *, pool_size: int) -> AsyncEngine:
    """Return an engine with so many connections at most, none of which waits for long."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        connect_args={
            "autocommit": True,  # the driver must not begin transactions of its own
            "connect_timeout": 2,
            "prepare_threshold": None,  # until it is known that nobody is in between
            "application_name": f"reframe-{os.getpid()}",
        },
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare_if_direct(connection: Any, _record: object) -> None:
        """Let statements that come again be prepared, so that they are planned once. Not behind a
        pooler, which gives the next transaction another session: it makes up the id of the process
        that answers, by which a statement is canceled."""
        driver = connection.driver_connection
        cursor = connection.cursor()
        cursor.execute("SELECT pg_backend_pid()")
        [answering] = cursor.fetchone()
        cursor.close()
        if answering == driver.info.backend_pid:
            driver.prepare_threshold = _PREPARED_AFTER

    @event.listens_for(engine.sync_engine, "begin")
    def begin_with_limits(connection: Connection) -> None:
        if not connection.get_execution_options().get(NO_BEGIN):
            connection.exec_driver_sql(_BEGIN_WITH_LIMITS)

    @event.listens_for(engine.sync_engine, "checkin")
    def note_use(_connection: object, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def ping_if_idle(connection: Any, record: Any, _proxy: object) -> None:
        """Ask whether a connection still works, unless it did so a moment ago: a database that
        went away is then noticed by a statement, whose work is tried again as always."""
        used_at = record.info.get(_USED_AT)
        if used_at is None or time.monotonic() - used_at < _PING_AFTER_SECONDS:
            return
        dialect = engine.sync_engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError from gone

    return engine
