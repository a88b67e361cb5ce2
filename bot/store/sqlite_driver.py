"""The SQLite driver, with one trip to its thread per statement instead of four.

aiosqlite runs each call in a thread of its own: make a cursor, execute, fetch, close. The two
switches between threads that a trip takes cost more than most of our statements. Here a statement
makes its cursor, runs, hands over all rows, and closes in one trip. ``BEGIN`` travels with the
statement that follows it: each trip also waits for a turn of the event loop, which under load is
sixty events long.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)

BEGIN = "BEGIN IMMEDIATE"


class _Outcome(NamedTuple):
    """What a statement left behind."""

    description: Any
    rows: Sequence[Any]
    rowcount: int
    lastrowid: int | None


_NOTHING = _Outcome(None, (), -1, None)


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that is nothing but the outcome of its last statement."""

    __slots__ = ("_outcome",)

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._outcome = _NOTHING
        self._rows = deque()

    @property
    def description(self) -> Any:
        """Return the columns of the rows; None if the statement has no rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int:
        """Return the id of the row that was inserted last."""
        return self._outcome.lastrowid or 0

    def close(self) -> None:
        """Let go of the rows; the driver's cursor is closed already."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Do nothing: the driver's cursor is closed already."""

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run("execute", operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run("executemany", operation, seq_of_parameters)

    async def _run(self, method: str, operation: str, parameters: Any) -> None:
        connection = cast("OneTripConnection", self._adapt_connection)
        self._outcome = await connection.run(method, operation, parameters)
        self._rows = deque(self._outcome.rows)


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose statements take one trip each.

    The pool rolls back whatever comes back to it. After a commit there is nothing to roll back. A
    transaction in which nothing is asked never begins.
    """

    __slots__ = ("_begins", "_is_committed")

    _cursor_cls = OneTripCursor

    def __init__(self, dbapi: OneTripDriver, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begins = False  # with the next statement
        self._is_committed = False

    def commit(self) -> None:
        """Commit, and remember it until the next statement."""
        if not self._begins:
            super().commit()
        self._begins, self._is_committed = False, True

    def rollback(self) -> None:
        """Roll back, unless nothing was asked for since the last commit."""
        if not self._is_committed and not self._begins:
            super().rollback()
        self._begins = False

    async def run(self, method: str, operation: str, parameters: Any) -> _Outcome:
        """Run a statement by a method of the driver's cursor."""
        if operation == BEGIN:
            self._begins = True
            return _NOTHING
        begins, self._begins, self._is_committed = self._begins, False, False
        driver: Any = self._connection
        async with self._execute_mutex:
            outcome: _Outcome = await driver._execute(
                _in_its_thread, driver._conn, begins, method, operation, parameters
            )
        return outcome


class OneTripDriver(AsyncAdapt_aiosqlite_dbapi):
    """aiosqlite for ``create_async_engine(..., module=...)``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        """Connect as aiosqlite does."""
        return OneTripConnection(self, super().connect(*arg, **kw)._connection)


def _in_its_thread(
    connection: sqlite3.Connection, begins: bool, method: str, operation: str, parameters: Any
) -> _Outcome:
    """Run a statement in the thread of its connection, the first one of a transaction after it has
    begun."""
    cursor = connection.cursor()
    try:
        if begins:
            cursor.execute(BEGIN)
        getattr(cursor, method)(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()  # first: it completes the count
        return _Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()
