"""The database: engine, transactions, one process at a time, migrations.

SQLite runs in WAL with ``synchronous=FULL`` (what was acknowledged survives a power cut), one
connection and ``BEGIN IMMEDIATE``: with the driver's own BEGIN, 1,698 of 2,000 check-then-insert
transactions of four writers failed; with IMMEDIATE, none. ``secure_delete`` overwrites erased text
with zeros. PostgreSQL may be reached through a pooler in transaction mode: nothing depends on a
session. All waits together stay under 2 s, so Slack still gets its answer in time to ask again.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout
from sqlalchemy import Connection, CursorResult, Executable, event
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
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.flows.errors import DatabaseError, StoreUnavailableError
from bot.store.instance_lock import InstanceLock

_WAIT_FOR_CONNECTION_SECONDS = 1.2
_WAIT_FOR_LOCK_SECONDS = 0.6
_FAULTS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # not the database's
_NO_BEGIN = "reframe_no_begin"
_LIMIT_WAITS = """
    SELECT set_config('lock_timeout', '1500', true), set_config('statement_timeout', '10000', true)
"""
_NO_TIME_LIMIT = "SELECT set_config('statement_timeout', '0', true)"


def engine_url(address: str) -> URL:
    """Return an address with the driver that we use; users write the plain one.

    Raises:
        DatabaseError: it is no database address, or for a database that isn't supported.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as bad:
        raise DatabaseError("database_unreachable", "not a database address") from bad
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    driver = drivers.get({"postgres": "postgresql"}.get(url.drivername, url.get_backend_name()))
    if driver is None:
        raise DatabaseError("database_unreachable", f"{url.drivername} is not supported")
    if driver == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseError("database_unreachable", "an SQLite address needs a file")
    return url.set(drivername=driver)


class Database:
    """A database.

    Args:
        address: ``sqlite:///file.db`` or ``postgresql://user@host/name``.

    Attributes:
        lock_lost: set if another process has taken the database, so this one must stop.
    """

    def __init__(self, address: str) -> None:
        self.url = engine_url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.lock_lost = asyncio.Event()
        self._engine = _sqlite(self.url) if self.is_sqlite else _postgres(self.url, pool_size=5)
        self._file_lock: FileLock | None = None
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
            DataError, IntegrityError, NotSupportedError, ProgrammingError: it refuses this one
                statement or value, so waiting would not help. Nothing was written.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except _FAULTS as fault:
            if not fault.connection_invalidated:
                raise
            raise StoreUnavailableError(type(fault).__name__) from fault
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise StoreUnavailableError(type(failure).__name__) from failure

    async def open(self) -> None:
        """Take the database for this process alone, and check that it can be written.

        Raises:
            DatabaseError: another process has it, or it can't be reached or written.
        """
        if self.is_sqlite:
            self._lock_file(str(self.url.database))
            return
        lock = InstanceLock(_postgres(self.url, pool_size=1), lost=self.lock_lost)
        self._instance_lock = lock
        try:
            acquired = await lock.acquire()
        except (DBAPIError, PoolTimeout, OSError) as failure:
            await self.close()
            raise DatabaseError("database_unreachable", self.name) from failure
        if not acquired:
            await self.close()
            raise DatabaseError("database_in_use", self.name)

    async def migrate(self) -> None:
        """Bring the tables up to date. Safe to repeat, also after a stop halfway."""
        from alembic.config import Config

        from alembic import command

        config = Config()
        config.set_main_option("script_location", str(migrations_folder()))
        config.set_main_option("path_separator", "os")

        def upgrade(connection: Connection) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        async with self._engine.begin() as connection:
            if not self.is_sqlite:
                await connection.exec_driver_sql(_NO_TIME_LIMIT)
            await connection.run_sync(upgrade)

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
                options: dict[str, Any] = {_NO_BEGIN: True}
                if not self.is_sqlite:
                    options["isolation_level"] = "AUTOCOMMIT"
                yield await connection.execution_options(**options)
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise StoreUnavailableError(type(failure).__name__) from failure

    async def close(self) -> None:
        """Release everything. Safe to call twice."""
        await self._engine.dispose()
        if self._instance_lock is not None:
            await self._instance_lock.release()
            self._instance_lock = None
        if self._file_lock is not None:
            self._file_lock.release()
            self._file_lock = None

    def _lock_file(self, file: str) -> None:
        lock = FileLock(f"{os.path.realpath(file)}.lock", timeout=0)  # whatever else it is called
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            _try_to_write(file)
        except Timeout as taken:
            raise DatabaseError("database_in_use", file) from taken
        except (OSError, sqlite3.Error) as failure:
            lock.release()
            raise DatabaseError("database_unwritable", file) from failure
        self._file_lock = lock


async def changed(connection: AsyncConnection, statement: Executable) -> int:
    """Run a statement and return how many rows it changed."""
    return cast("CursorResult[Any]", await connection.execute(statement)).rowcount


def migrations_folder() -> Path:
    """Return the folder of migrations: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "migrations"
    return shipped if shipped.is_dir() else package.parent / "alembic"


def _try_to_write(file: str) -> None:
    """Create and drop a table, to find a bad file now and not at the first event."""
    with closing(sqlite3.connect(file, timeout=_WAIT_FOR_LOCK_SECONDS)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS _probe (x INTEGER)")
        connection.execute("DROP TABLE _probe")
        connection.commit()


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        connect_args={"timeout": _WAIT_FOR_LOCK_SECONDS},
        hide_parameters=True,
    )

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
        if not connection.get_execution_options().get(_NO_BEGIN):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres(url: URL, *, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 2,
            "prepare_threshold": None,  # a pooler gives the next transaction another session
            "application_name": f"reframe-{os.getpid()}",
        },
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "begin")
    def limit_waits(connection: Connection) -> None:
        if not connection.get_execution_options().get(_NO_BEGIN):
            connection.exec_driver_sql(_LIMIT_WAITS)

    return engine
