"""Keeps a second bot away from a PostgreSQL database: a row that one process renews.

A bot that does everything is alone. Processes with a role (web, worker) share a database with each
other, each with a row of its own, and never with a bot that does everything.

A session's advisory lock would do, but a pooler in transaction mode gives each transaction another
session, and a failover ends the session unnoticed. So the lock is a row with an expiry by the
database's clock. A killed process leaves it behind for three seconds at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    MetaData,
    String,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import CreateTable

from bot.flows.roles import Role
from bot.store.upsert import insert_of

log = logging.getLogger(__name__)

LEASE_SECONDS = 3.0
BEAT_SECONDS = 0.75
_WATCH_SECONDS = LEASE_SECONDS + 0.5
_LOOK_SECONDS = 0.2
_WITHIN_SECONDS = 2.0
_PASSING = (DBAPIError, PoolTimeout, OSError)
_VERSION_0_1 = 0x5265_6672  # the advisory lock that version 0.1 holds for the length of its session
BOT = "bot"
"""The name of the row of a bot that does everything."""

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
_Beat = tuple[str, int]


_is_live = lock_table.c.expires_at > _now


class InstanceLock:
    """The right to work on a database: for one process alone, or for all that have a role.

    Args:
        engine: for short transactions of the lock alone; it is closed with the lock.
        role: what this process does.
        lost: is set if another process has taken the lock.

    Attributes:
        name: of the row of this process.
    """

    def __init__(self, engine: AsyncEngine, *, role: Role, lost: asyncio.Event) -> None:
        self._engine = engine
        self._lost = lost
        self._owner = uuid.uuid4().hex
        self._is_alone = role == "all"
        self.name = BOT if self._is_alone else f"{role}-{self._owner[:16]}"
        self._renewing: asyncio.Task[None] | None = None
        self._renewed_at = 0.0  # by the clock of the event loop, which nobody sets

    @property
    def is_held(self) -> bool:
        """Whether the lock was renewed in time, so no other process can have taken it."""
        age = asyncio.get_running_loop().time() - self._renewed_at
        return not self._lost.is_set() and age < LEASE_SECONDS

    async def acquire(self) -> str | None:
        """Take the lock and keep renewing it.

        A lock that is not free is watched: its holder lives if it renews it, and lost it if not.

        Returns:
            None if this process has it, else who does: ``bot``, or the name of one with a role.

        Raises:
            DBAPIError, OSError: the database can't be reached or written.
        """
        loop = asyncio.get_running_loop()
        deadline, first = loop.time() + _WATCH_SECONDS, dict[str, _Beat]()
        while True:
            taken, holders = await self._try_to_take()
            if taken:
                self._renewed_at = loop.time()
                self._renewing = asyncio.create_task(self._renew_until_lost())
                return None
            first = first or holders
            living = [name for name, beat in holders.items() if first.get(name) != beat]
            if living or loop.time() > deadline:
                return (living or list(holders) or [BOT])[0]
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
                    await connection.execute(delete(lock_table).where(self._is_ours))
            except _PASSING as failure:
                log.warning("the instance lock expires by itself: %s", type(failure).__name__)
        await self._engine.dispose()

    @property
    def _is_ours(self) -> ColumnElement[bool]:
        return and_(lock_table.c.name == self.name, lock_table.c.owner == self._owner)

    @property
    def _bars(self) -> ColumnElement[bool]:
        """The rows of processes that this one can't work beside."""
        others = lock_table.c.name != BOT if self._is_alone else lock_table.c.name == BOT
        return and_(others, lock_table.c.owner != self._owner)

    async def _try_to_take(self) -> tuple[bool, dict[str, _Beat]]:
        """Take the lock if nobody is in the way; else return who is, with the beat of each."""
        async with self._engine.begin() as connection:
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(_VERSION_0_1))):
                return False, {}
            if await connection.scalar(select(func.to_regclass(lock_table.name))) is None:
                await connection.execute(CreateTable(lock_table, if_not_exists=True))
            # First delete, then look: whoever renews meanwhile keeps the row, or finds it gone.
            await connection.execute(delete(lock_table).where(self._bars, ~_is_live))
            holders = await self._holders(connection, self._bars)
            if holders:
                return False, holders
            free = or_(lock_table.c.owner == self._owner, ~_is_live)
            if await self._insert(connection, free):
                return True, {}
            return False, await self._holders(connection, lock_table.c.name == self.name)

    async def _holders(
        self, connection: AsyncConnection, which: ColumnElement[bool]
    ) -> dict[str, _Beat]:
        rows = await connection.execute(select(lock_table).where(which).order_by(lock_table.c.name))
        return {row.name: (row.owner, row.beat) for row in rows}

    async def _renew(self, connection: AsyncConnection) -> bool:
        """Renew the lock; return whether it is still ours.

        A process with a role never writes a row anew: if it is gone, a bot that is alone was there.
        """
        if self._is_alone:
            mine = lock_table.c.owner == self._owner
            is_ours = await self._insert(connection, mine)
            return is_ours and not await self._holders(connection, and_(self._bars, _is_live))
        renew = update(lock_table).where(self._is_ours).values(self._next()).returning(lock_table)
        return (await connection.execute(renew)).first() is not None

    async def _renew_until_lost(self) -> None:
        failing = False
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            asked_at = loop.time()
            try:
                async with asyncio.timeout(_WITHIN_SECONDS), self._engine.begin() as connection:
                    still_ours = await self._renew(connection)
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

    async def _insert(self, connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
        """Insert the lock, or renew it if the condition holds; return whether it is ours."""
        row = self._next()
        statement = (
            insert_of("postgresql", lock_table)
            .values(row | {"name": self.name, "beat": 0})
            .on_conflict_do_update(index_elements=["name"], set_=row, where=condition)
            .returning(lock_table.c.owner)
        )
        return (await connection.execute(statement)).first() is not None

    def _next(self) -> dict[str, Any]:
        expires_at = _now + timedelta(seconds=LEASE_SECONDS)
        return {"owner": self._owner, "expires_at": expires_at, "beat": lock_table.c.beat + 1}
