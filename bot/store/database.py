"""One door to the database: engine, transactions, one process a database, migrations.

SQLite runs in WAL with ``synchronous=FULL`` (what was acknowledged survives a power cut), one
connection and ``BEGIN IMMEDIATE``: with the driver's own BEGIN, 1,698 of 2,000 check-then-insert
transactions of four writers failed; with IMMEDIATE, none (reliability.md 5.4). ``secure_delete``
overwrites erased text with zeros. All waits together stay under 2 s, so that a locked database
answers Slack in time to be asked again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout
from sqlalchemy import Connection, CursorResult, Executable, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.flows.ports import StoreDown

_WAIT_FOR_CONNECTION_SECONDS = 0.7
_WAIT_FOR_LOCK_SECONDS = 0.6
_ADVISORY_LOCK = 0x5265_6672  # "Refr"
_AUTOCOMMIT: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
_NO_BEGIN = "reframe_no_begin"


class DatabaseProblem(Exception):
    """The database can't be used. ``kind`` names the sentence of voice.toml that says so."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


def engine_url(address: str) -> URL:
    """The address with the driver that this house uses; users write the plain one.

    Raises:
        DatabaseProblem: it is no database address, or for a database we don't speak to.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as bad:
        raise DatabaseProblem("database_unreachable", "not a database address") from bad
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    driver = drivers.get({"postgres": "postgresql"}.get(url.drivername, url.get_backend_name()))
    if driver is None:
        raise DatabaseProblem("database_unreachable", f"{url.drivername} is not supported")
    if driver == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseProblem("database_unreachable", "an SQLite address needs a file")
    return url.set(drivername=driver)


class Database:
    """An open database. ``begin`` gives a transaction that commits at its end.

    Args:
        address: ``sqlite:///file.db`` or ``postgresql://user@host/name``.
    """

    def __init__(self, address: str) -> None:
        self.url = engine_url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite(self.url) if self.is_sqlite else _postgres(self.url)
        self._file_lock: FileLock | None = None
        self._held: AsyncConnection | None = None

    @property
    def name(self) -> str:
        """The address as people write it, without its password."""
        plain = self.url.set(drivername=self.url.get_backend_name())
        plain = plain.difference_update_query(["password", "sslpassword"])
        return plain.render_as_string(hide_password=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end, rolled back on any error.

        Raises:
            StoreDown: the database is locked, full, read-only or gone. Nothing was written.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise StoreDown(type(failure).__name__) from failure

    async def open(self) -> None:
        """Takes the database for this process alone and sees that it can be written.

        Raises:
            DatabaseProblem: another process has it, or it can't be reached or written.
        """
        if self.is_sqlite:
            self._take_file(str(self.url.database))
            return
        try:
            await self._take_postgres()
        except (DBAPIError, OSError) as failure:
            await self.close()
            raise DatabaseProblem("database_unreachable", self.name) from failure

    async def migrate(self) -> None:
        """Brings the tables up to date. Safe to repeat, also after a stop half way."""
        from alembic.config import Config

        from alembic import command

        config = Config()
        config.set_main_option("script_location", str(migrations_folder()))
        config.set_main_option("path_separator", "os")

        def upgrade(connection: Connection) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        async with self._engine.begin() as connection:
            await connection.run_sync(upgrade)

    async def scrub(self, *tables: str) -> None:
        """Empties SQLite's write-ahead file, where erased text would still stand; on PostgreSQL
        clears dead rows out of the named tables.

        Args:
            tables: names from ``bot.store.tables``, never from outside.
        """
        async with self.outside_transaction() as connection:
            if self.is_sqlite:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            for table in () if self.is_sqlite else tables:
                await connection.exec_driver_sql(f"VACUUM {table}")

    @asynccontextmanager
    async def outside_transaction(self) -> AsyncIterator[AsyncConnection]:
        """For the few commands that databases refuse inside a transaction."""
        try:
            async with self._engine.connect() as connection:
                options = {_NO_BEGIN: True} if self.is_sqlite else _AUTOCOMMIT
                yield await connection.execution_options(**options)
        except (DBAPIError, PoolTimeout, OSError) as failure:
            raise StoreDown(type(failure).__name__) from failure

    async def close(self) -> None:
        """Lets go of everything. Safe to call twice."""
        if self._held is not None:
            await self._held.close()
            self._held = None
        await self._engine.dispose()
        if self._file_lock is not None:
            self._file_lock.release()
            self._file_lock = None

    def _take_file(self, file: str) -> None:
        lock = FileLock(f"{os.path.realpath(file)}.lock", timeout=0)  # whatever else it is called
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            _try_to_write(file)
        except Timeout as taken:
            raise DatabaseProblem("database_in_use", file) from taken
        except (OSError, sqlite3.Error) as failure:
            lock.release()
            raise DatabaseProblem("database_unwritable", file) from failure
        self._file_lock = lock

    async def _take_postgres(self) -> None:
        connection = await self._engine.connect()
        self._held = await connection.execution_options(**_AUTOCOMMIT)
        taken = await self._held.scalar(
            text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK}
        )
        if not taken:
            await self.close()
            raise DatabaseProblem("database_in_use", self.name)


async def changed(connection: AsyncConnection, statement: Executable) -> int:
    """Runs a statement and tells how many rows it changed."""
    return cast("CursorResult[Any]", await connection.execute(statement)).rowcount


def migrations_folder() -> Path:
    """Where the migrations lie: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "migrations"
    return shipped if shipped.is_dir() else package.parent / "alembic"


def _try_to_write(file: str) -> None:
    """A table made and dropped, so that a bad file is told at once and not at the first event."""
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


def _postgres(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=5,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 2,
            "options": "-c lock_timeout=1500 -c statement_timeout=10000",
            "application_name": f"reframe-{os.getpid()}",
        },
        hide_parameters=True,
    )
