"""One bot per PostgreSQL database: what happens to the lock when things go wrong around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import delete, func, select, text, update

from bot.flows.errors import DatabaseError
from bot.flows.roles import Role
from bot.store.database import Database
from bot.store.instance_lock import BEAT_SECONDS, LEASE_SECONDS, lock_table
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres
_SOON = BEAT_SECONDS + 1.5
_LATER = func.clock_timestamp() + text("interval '1 hour'")


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Yield the address of an empty database."""
    with postgres.database() as found:
        yield found


@asynccontextmanager
async def bot(address: str, role: Role = "all") -> AsyncIterator[Database]:
    """A bot that has the database, or one of several."""
    database = Database(address)
    await database.open(role)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def bystander(address: str) -> AsyncIterator[Database]:
    """A connection without the lock."""
    database = Database(address)
    try:
        yield database
    finally:
        await database.close()


async def is_refused(address: str, role: Role = "all", kind: str = "database_in_use") -> bool:
    try:
        async with bot(address, role):
            return False
    except DatabaseError as refused:
        return refused.kind == kind


async def test_a_second_bot_is_refused_within_two_beats(address: str) -> None:
    """It sees that the lock is being renewed and need not wait for its end."""
    async with bot(address) as first:
        began = time.monotonic()
        assert await is_refused(address)
        assert time.monotonic() - began < LEASE_SECONDS
        assert not first.lock_lost.is_set()


async def test_a_stop_frees_the_database_at_once(address: str) -> None:
    """A restart after an orderly stop doesn't wait."""
    for _ in range(2):
        began = time.monotonic()
        async with bot(address):
            pass
        assert time.monotonic() - began < LEASE_SECONDS


async def test_a_dead_bots_lock_expires(address: str) -> None:
    """After kill -9 the next start waits for the lease, and no longer."""
    async with bot(address) as first, bystander(address) as other:
        await _freeze(first)
        async with other.begin() as connection:
            ages = update(lock_table).values(
                owner="dead", expires_at=func.clock_timestamp() + text("interval '1 second'")
            )
            await connection.execute(ages)
        began = time.monotonic()
        async with bot(address):
            assert 0.5 < time.monotonic() - began < LEASE_SECONDS + 1


async def test_any_number_with_a_role(address: str) -> None:
    """They share the database with each other, and not with one that does everything."""
    async with bot(address, "web"), bot(address, "worker"), bot(address, "worker") as last:
        assert await is_refused(address, kind="database_in_roles")
        assert not last.lock_lost.is_set()
    async with bot(address):
        assert await is_refused(address, "web", kind="database_not_shared")


async def test_dead_processes_with_a_role_do_not_keep_a_bot_away(address: str) -> None:
    async with (
        bot(address, "web") as web,
        bot(address, "worker") as worker,
        bystander(address) as other,
    ):
        await _freeze(web)
        await _freeze(worker)
        async with other.begin() as connection:
            await connection.execute(
                update(lock_table).values(
                    expires_at=func.clock_timestamp() + text("interval '0.5 second'")
                )
            )
        async with bot(address):
            pass


async def test_a_role_that_slept_through_a_takeover_stops(address: str) -> None:
    """A bot that took the database meanwhile is alone: who wakes up finds its row gone."""
    async with bot(address, "worker") as worker, bystander(address) as other:
        async with other.begin() as connection:
            await connection.execute(delete(lock_table))
        async with asyncio.timeout(_SOON):
            await worker.lock_lost.wait()


async def test_a_bot_that_slept_through_a_takeover_stops(address: str) -> None:
    """The same the other way around: its row is gone, and a process with a role is there."""
    async with bot(address) as alone, bystander(address) as other:
        async with other.begin() as connection:
            await connection.execute(
                update(lock_table).values(name="worker-1", owner="rival", expires_at=_LATER)
            )
        async with asyncio.timeout(_SOON):
            await alone.lock_lost.wait()


async def test_two_starts_at_once(address: str) -> None:
    """One of several bots that start at the same moment has the database."""
    bots = [Database(address) for _ in range(4)]
    opened = await asyncio.gather(*(b.open() for b in bots), return_exceptions=True)

    assert sum(found is None for found in opened) == 1
    assert all(
        found is None or (isinstance(found, DatabaseError) and found.kind == "database_in_use")
        for found in opened
    )
    for each in bots:
        await each.close()


async def test_a_lock_that_another_process_took_is_lost(address: str) -> None:
    """The one that lost it hears of it within a beat, and can't take it away again."""
    async with bot(address) as first, bystander(address) as other:
        async with other.begin() as connection:
            await connection.execute(update(lock_table).values(owner="rival"))
        async with asyncio.timeout(_SOON):
            await first.lock_lost.wait()
        async with other.begin() as connection:
            assert await connection.scalar(select(lock_table.c.owner)) == "rival"


async def test_a_deleted_lock_is_taken_again(address: str) -> None:
    """If the row is gone, and nobody else has it, the bot goes on and others are refused."""
    async with bot(address) as first, bystander(address) as other:
        async with other.begin() as connection:
            await connection.execute(delete(lock_table))
        await asyncio.sleep(_SOON)
        assert not first.lock_lost.is_set()
        assert await is_refused(address)


async def test_ended_connections_do_not_lose_the_lock(address: str) -> None:
    """s23: after a failover ends all connections the first bot goes on, and a second one is still
    refused."""
    async with bot(address) as first, bystander(address) as other:
        for _ in range(3):
            async with other.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await asyncio.sleep(0.3)
        assert await is_refused(address)
        assert not first.lock_lost.is_set()
        async with first.begin() as connection:
            assert await connection.scalar(select(1)) == 1


async def test_a_session_of_version_0_1_is_respected(address: str) -> None:
    """The older bot holds an advisory lock as long as it runs; a migration would break it."""
    async with bystander(address) as old, old.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(0x5265_6672)))
        assert await is_refused(address)
    assert not await is_refused(address)


async def _freeze(database: Database) -> None:
    """Stop renewing, as a process that was killed does; close() then has nothing to give back."""
    lock = database._instance_lock
    assert lock is not None
    assert lock._renewing is not None
    lock._renewing.cancel()
    await asyncio.wait([lock._renewing])
