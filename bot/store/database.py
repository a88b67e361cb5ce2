"""The database: engine, transactions, one process at a time, migrations.

SQLite runs in WAL with ``synchronous=FULL`` (what was acknowledged survives a power cut), one
connection and ``BEGIN IMMEDIATE``: with the driver's own BEGIN, 1,698 of 2,000 check-then-insert
transactions of four writers failed; with IMMEDIATE, none. ``secure_delete`` overwrites erased text
with zeros. PostgreSQL may be reached through a pooler in transaction mode: nothing depends on a
session. All waits together stay under 2 s, so Slack still gets its answer in time to ask again.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import DatabaseError, StoreRefusedError, StoreUnavailableError
from bot.flows.roles import Role
from bot.store import migrations, postgres_problems, sqlite_file
from bot.store.engines import NO_BEGIN, postgres_engine, sqlite_engine
from bot.store.instance_lock import BOT, InstanceLock
from bot.store.sqlite_file import HeldFile

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_START_PAUSE_SECONDS = 0.5
_PATH = re.compile(r"[\w.~/\\-]*[/\\][\w.~/\\-]*|[\w.-]+\.(?:db|sqlite3?)")
_FAULTS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # not the database's
_LOOK_SECONDS = 2.5  # Slack waits for three
_ONE_MIGRATES = "SELECT pg_advisory_xact_lock(1382377825)"  # of several processes that start
_NO_TIME_LIMIT = "SELECT set_config('statement_timeout', '0', true)"


def engine_url(address: str) -> URL:
    """Return an address with the driver that we use; users write the plain one.

    Raises:
        DatabaseError: it is no database address, or for a database that isn't supported.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as bad:
        if path := _plain_path(address):
            raise DatabaseError("database_plain_path", f"sqlite:///{path}") from bad
        raise DatabaseError("database_unreachable", "not a database address") from bad
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    driver = drivers.get({"postgres": "postgresql"}.get(url.drivername, url.get_backend_name()))
    if driver is None and (path := _plain_path(address)):
        raise DatabaseError("database_plain_path", f"sqlite:///{path}")
    if driver is None:
        raise DatabaseError("database_unreachable", f"{url.drivername} is not supported")
    if driver == "sqlite+aiosqlite" and url.host:  # two slashes instead of three
        there = "/".join(filter(None, (url.host, url.database)))
        raise DatabaseError("database_plain_path", f"sqlite:///{there}")
    if driver == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseError("database_unreachable", "an SQLite address needs a file")
    return url.set(drivername=driver)


def _plain_path(address: str) -> str:
    """Return the path in an address that lacks ``sqlite:///``; empty if it looks like none. What
    might hold a password is none, because the path is printed."""
    path = re.sub(r"^(?:file|sqlite3?):(?://(?=/))?", "", address.strip())
    return path if _PATH.fullmatch(path) else ""


class Database:
    """A database.

    Args:
        address: ``sqlite:///file.db`` or ``postgresql://user@host/name``.

    Attributes:
        lock_lost: set if another process has taken the database, so this one must stop.
        commits: how many transactions were committed. failures: how often it was unavailable.
    """

    def __init__(self, address: str) -> None:
        self.url = engine_url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.lock_lost = asyncio.Event()
        self.commits = 0
        self.failures = 0
        self._engine = (
            sqlite_engine(self.url) if self.is_sqlite else postgres_engine(self.url, pool_size=5)
        )
        self._reads = self._engine.execution_options(**{NO_BEGIN: True})
        self._held_file: HeldFile | None = None
        self._instance_lock: InstanceLock | None = None

    @property
    def name(self) -> str:
        """The address as people write it, without its password."""
        plain = self.url.set(drivername=self.url.get_backend_name())
        plain = plain.difference_update_query(["password", "sslpassword"])
        return plain.render_as_string(hide_password=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction: committed at the end, rolled back on any error.

        Raises:
            StoreUnavailableError: locked, full, read-only or gone. Nothing was written.
            StoreRefusedError: it refuses this one statement or value. Nothing was written.
        """
        with self._errors_told():
            async with self._engine.begin() as connection:
                yield connection
        self.commits += 1

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reads that need not agree with each other. Without a transaction
        each takes one trip, and waits for no writer. PostgreSQL is told no limits then, so that
        they hold here: a table may be locked as a whole.

        Raises:
            StoreUnavailableError, StoreRefusedError: as ``begin`` does.
        """
        with self._errors_told():
            async with asyncio.timeout(_LOOK_SECONDS), self._reads.connect() as connection:
                yield connection

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Turn what the library raises into errors of ours."""
        try:
            yield
        except _FAULTS as fault:
            if not fault.connection_invalidated:
                raise StoreRefusedError(type(fault).__name__) from fault
            raise self._unavailable(fault) from fault
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise self._unavailable(failure) from failure
        except (UnicodeEncodeError, OverflowError) as unfit:  # from the driver, before it is sent
            raise StoreRefusedError(type(unfit).__name__) from unfit

    async def open(self, role: Role = "all") -> None:
        """Take the database, and check that it can be written.

        Args:
            role: what this process does; with ``all`` it has the database for itself. SQLite knows
                no other.

        Raises:
            DatabaseError: another process has it, or it can't be reached or written.
        """
        if self.is_sqlite:
            file = str(self.url.database)
            self._held_file = await asyncio.to_thread(sqlite_file.take, file)
            return
        try:
            holder = await self._while_busy(partial(self._acquire_lock, role))
        except DatabaseError:
            await self.close()
            raise
        if holder is not None:
            await self.close()
            raise DatabaseError(_in_use(role, holder), self.name)

    async def migrate(self) -> None:
        """Bring the tables up to date. Safe to repeat, also after a stop halfway.

        Raises:
            DatabaseError: it stays busy, is full, or its user may not change tables.
        """

        async def run() -> None:
            async with self._engine.begin() as connection:
                if not self.is_sqlite:
                    await connection.exec_driver_sql(_NO_TIME_LIMIT)
                    await connection.exec_driver_sql(_ONE_MIGRATES)
                await connection.run_sync(migrations.upgrade)

        await self._while_busy(run)

    async def revision(self) -> str | None:
        """Return the migration that the database is at; None if it has no tables yet. Takes no
        lock, so a bot that runs is not disturbed.

        Raises:
            DatabaseError: it can't be reached or read; the kind says why.
        """
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(**{NO_BEGIN: True})
                return await connection.run_sync(migrations.revision_of)
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise await self._problem(failure) from failure

    def holds_lock(self) -> bool:
        """Return whether this process still has the database for itself, and the same file."""
        if self._instance_lock is not None:
            return self._instance_lock.is_held
        return self._held_file is not None and self._held_file.is_held

    @property
    def process_name(self) -> str | None:
        """The name of this process among those with a role that share the database."""
        return self._instance_lock.name if self._instance_lock is not None else None

    async def try_to_write(self) -> None:
        """Write something that changes nothing.

        Raises:
            StoreUnavailableError: nothing can be written now.
        """
        if not self.is_sqlite:
            return  # renewing the instance lock does so all the time
        async with self.begin() as connection:
            version = (await connection.exec_driver_sql("PRAGMA user_version")).scalar() or 0
            await connection.exec_driver_sql(f"PRAGMA user_version = {(int(version) + 1) % 1_000}")

    def _unavailable(self, failure: Exception) -> StoreUnavailableError:
        self.failures += 1
        origin = getattr(failure, "orig", None)
        is_busy = isinstance(failure, PoolTimeout) or (
            sqlite_file.kind_of(origin) == "database_busy"
            if self.is_sqlite and origin is not None
            else postgres_problems.is_busy(failure)
        )
        return StoreUnavailableError(type(failure).__name__, is_busy=is_busy)

    async def _acquire_lock(self, role: Role) -> str | None:
        lock = InstanceLock(postgres_engine(self.url, pool_size=1), role=role, lost=self.lock_lost)
        try:
            holder = await lock.acquire()
        except BaseException:
            await lock.release()
            raise
        self._instance_lock = lock
        return holder

    async def _while_busy(self, step: Callable[[], Awaitable[Result]]) -> Result:
        """Run a step of the start; while the database is busy, again, for ten seconds at most.

        Raises:
            DatabaseError: it stays busy, or waiting would not help.
        """
        deadline, is_announced = time.monotonic() + sqlite_file.START_SECONDS, False
        while True:
            try:
                return await step()
            except (DBAPIError, PoolTimeout, OSError) as failure:
                problem = await self._problem(failure)
                if problem.kind != "database_busy" or time.monotonic() > deadline:
                    raise problem from failure
            if not is_announced:
                log.warning("the database %s is busy; waiting for it", self.name)
            is_announced = True
            await asyncio.sleep(_START_PAUSE_SECONDS)

    async def _problem(self, failure: Exception) -> DatabaseError:
        """Return what is wrong with the database, with the sentence that explains it."""
        if self.is_sqlite:
            origin = getattr(failure, "orig", None)
            kind = sqlite_file.kind_of(origin) if origin else "database_busy"
            return DatabaseError(kind, str(self.url.database))
        return await postgres_problems.explain(self.url, self.name, failure)

    async def purge_erased_pages(self, *tables: str) -> None:
        """Empty SQLite's write-ahead file, which may still hold erased text; on PostgreSQL clear
        dead rows out of the named tables.

        Args:
            tables: names from ``bot.store.tables``, never from outside.
        """
        if not (self.is_sqlite or tables):
            return
        async with self.outside_transaction() as connection:
            if self.is_sqlite:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            for table in () if self.is_sqlite else tables:
                await connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {table}")

    @asynccontextmanager
    async def outside_transaction(self) -> AsyncIterator[AsyncConnection]:
        """Connect for the few commands that databases refuse inside a transaction."""
        try:
            async with self._engine.connect() as connection:
                yield await connection.execution_options(**{NO_BEGIN: True})
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise self._unavailable(failure) from failure

    async def close(self) -> None:
        """Release everything. Safe to call twice."""
        await self._engine.dispose()
        if self._instance_lock is not None:
            await self._instance_lock.release()
            self._instance_lock = None
        if self._held_file is not None:
            self._held_file.release()
            self._held_file = None


def _in_use(role: Role, holder: str) -> str:
    """Return the sentence for who can't work beside whom."""
    if role != "all":
        return "database_not_shared"
    return "database_in_use" if holder == BOT else "database_in_roles"


async def changed(
    connection: AsyncConnection, statement: Executable, values: Mapping[str, Any] | None = None
) -> int:
    """Run a statement, with the values that it names, and return how many rows it changed."""
    return cast("CursorResult[Any]", await connection.execute(statement, values)).rowcount
