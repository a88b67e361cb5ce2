"""Keeps a second bot away from a PostgreSQL database: a row that one process renews.

A session's advisory lock would do, but a pooler in transaction mode gives each transaction another
session, and a failover ends the session unnoticed. So the lock is a row with an expiry by the
database's clock. A killed process leaves it behind for three seconds at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    MetaData,
    String,
    Table,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import CreateTable

log = logging.getLogger(__name__)

LEASE_SECONDS = 3.0
BEAT_SECONDS = 0.75
_WATCH_SECONDS = LEASE_SECONDS + 0.5
_LOOK_SECONDS = 0.2
_WITHIN_SECONDS = 2.0
_PASSING = (DBAPIError, PoolTimeout, OSError)
_VERSION_0_1 = 0x5265_6672  # the advisory lock that version 0.1 holds for the length of its session
_BOT = "bot"

# The lock is taken before migrations run, so its table can't be one of theirs.
lock_table = Table(
    "instance_lock",
    MetaData(),
    Column("name", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
_now = func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class _Holder:
    owner: str
    beat: int


class InstanceLock:
    """The right to work on a database; one process has it.

    Args:
        engine: for short transactions of the lock alone; it is closed with the lock.
        lost: is set if another process has taken the lock.
    """

    def __init__(self, engine: AsyncEngine, *, lost: asyncio.Event) -> None:
        self._engine = engine
        self._lost = lost
        self._owner = uuid.uuid4().hex
        self._renewing: asyncio.Task[None] | None = None
        self._renewed_at = 0.0  # by the clock of the event loop, which nobody sets

    @property
    def is_held(self) -> bool:
        """Whether the lock was renewed in time, so no other process can have taken it."""
        age = asyncio.get_running_loop().time() - self._renewed_at
        return not self._lost.is_set() and age < LEASE_SECONDS

    async def acquire(self) -> bool:
        """Take the lock and keep renewing it.

        A lock that is not free is watched: its holder lives if it renews it, and lost it if not.

        Returns:
            False if another process has it.

        Raises:
            DBAPIError, OSError: the database can't be reached or written.
        """
        loop = asyncio.get_running_loop()
        deadline, first = loop.time() + _WATCH_SECONDS, None
        while True:
            taken, holder = await self._try_to_take()
            if taken:
                self._renewed_at = loop.time()
                self._renewing = asyncio.create_task(self._renew_until_lost())
                return True
            first = first or holder
            if holder != first or loop.time() > deadline:
                return False
            await asyncio.sleep(_LOOK_SECONDS)

    async def release(self) -> None:
        """Give the lock back at once, if it is still held. Safe to call twice."""
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
            self._renewing = None
            try:
                async with (
                    asyncio.timeout(_WITHIN_SECONDS),
                    self._engine.begin() as connection,
                ):
                    await connection.execute(delete(lock_table).where(_is(self._owner)))
            except _PASSING as failure:
                log.warning("the instance lock expires by itself: %s", type(failure).__name__)
        await self._engine.dispose()

    async def _try_to_take(self) -> tuple[bool, _Holder | None]:
        async with self._engine.begin() as connection:
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(_VERSION_0_1))):
                return False, None
            if await connection.scalar(select(func.to_regclass(lock_table.name))) is None:
                await connection.execute(CreateTable(lock_table, if_not_exists=True))
            if await self._write(
                connection, or_(_is(self._owner), lock_table.c.expires_at <= _now)
            ):
                return True, None
            holder = select(lock_table.c.owner, lock_table.c.beat).where(lock_table.c.name == _BOT)
            row = (await connection.execute(holder)).first()
            return False, _Holder(row.owner, row.beat) if row else None

    async def _renew_until_lost(self) -> None:
        failing = False
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            asked_at = loop.time()
            try:
                async with asyncio.timeout(_WITHIN_SECONDS), self._engine.begin() as connection:
                    still_ours = await self._write(connection, _is(self._owner))
            except _PASSING as failure:
                if not failing:
                    log.warning("the instance lock can't be renewed: %s", type(failure).__name__)
                failing = True
                continue
            failing = False
            if not still_ours:
                log.error("another process has taken the database; this one must stop")
                self._lost.set()
                return
            self._renewed_at = asked_at

    async def _write(self, connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
        """Insert the lock, or renew it if the condition holds; return whether it is ours."""
        expires_at = _now + timedelta(seconds=LEASE_SECONDS)
        row = {"owner": self._owner, "expires_at": expires_at}
        statement = (
            insert(lock_table)
            .values(name=_BOT, beat=0, **row)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={**row, "beat": lock_table.c.beat + 1},
                where=condition,
            )
            .returning(lock_table.c.owner)
        )
        return (await connection.execute(statement)).first() is not None


def _is(owner: str) -> ColumnElement[bool]:
    return lock_table.c.owner == owner
