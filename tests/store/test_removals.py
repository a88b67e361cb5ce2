"""Nothing about a workspace stays once it has removed the app, whatever was under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.policy import DAY, HOUR, Limits
from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.installations import BotTokens, Installation
from bot.flows.ports.work import WorkItem, WorkKind
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.job_queue import JobQueue
from bot.store.retention import purge_expired
from bot.store.tables import inbox, installations, metadata, removals
from bot.store.unit_of_work import SqlStore
from bot.store.upsert import insert_once
from tests.contracts.examples import message
from tests.store.test_migrations import downgrade
from tests.store.test_retention_of_every_table import value

NOW = 1_760_000_000.0
ITS_OWN = [t for t in metadata.sorted_tables if "workspace_id" in t.c]
SHUT = [table for table in ITS_OWN if table is not installations]
JOBS = text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'workspace_id' = :workspace_id")
TURNS = 0.1  # seconds in which whoever need not wait has long gone on

postgres_only = pytest.mark.parametrize(
    "database_address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(
        database, Encryptor(derive_key("a-secret-of-the-test", b"", ScryptCost(2, 8, 1)))
    )


@pytest.fixture
async def other(database_address: str) -> AsyncIterator[SqlStore]:
    """The store of another process, which hands out its work."""
    database = Database(database_address)
    yield SqlStore(database, Encryptor(), JobQueue(database, lambda: NOW))
    await database.close()


def row_of(table: Table, workspace_id: str, number: int = 1) -> dict[str, Any]:
    """Return a row, new enough that nothing else purges it."""
    row: dict[str, Any] = {c.name: value(c, NOW + DAY, number) for c in table.columns}
    return row | {"workspace_id": workspace_id}


async def write(connection: AsyncConnection, table: Table, workspace_id: str, n: int = 1) -> None:
    """Write a row, and the message that it names, if it does."""
    if table.name == "findings":
        await insert_once(connection, inbox, row_of(inbox, "TX", n))
    await connection.execute(insert(table).values(row_of(table, workspace_id, n)))


async def each_in_its_own(store: SqlStore) -> AsyncIterator[tuple[str, Table]]:
    """Yield each table with a workspace of its own, installed."""
    for n, table in enumerate(SHUT):
        await install(store, f"T{n}")
        yield f"T{n}", table


async def rows_of(database: Database, workspace_id: str) -> set[str]:
    """Return which tables have a row of a workspace."""
    found = set[str]()
    async with database.begin() as connection:
        for table in ITS_OWN:
            mine = select(func.count()).select_from(table)
            if await connection.scalar(mine.where(table.c.workspace_id == workspace_id)):
                found.add(table.name)
    return found


async def install(store: SqlStore, workspace_id: str = "T1", *, withdraws: bool = True) -> None:
    made = Installation(workspace_id, "U0", "B0", "A0", BotTokens("xoxb-1"))
    async with store.begin() as uow:
        if withdraws:
            await uow.removals.withdraw(workspace_id)
        await uow.installations.save(made, now=NOW)


async def remove(store: SqlStore, workspace_id: str = "T1") -> int:
    async with store.begin() as uow:
        await uow.removals.add(workspace_id, now=NOW)
        return await uow.personal_data.erase_workspace(workspace_id)


async def test_a_look_at_a_workspace_leaves_nothing(database: Database, store: SqlStore) -> None:
    """Work that is under way looks for marks, labels, and rows, and finds none."""
    async with store.begin() as uow:
        await uow.marks.add("T1", "asked", "U1", at=NOW)
    await remove(store)
    async with store.begin() as uow:
        assert await uow.marks.times("T1", "asked", "U1") == []
        assert await uow.marks.known("T1", [("asked", "U1")]) == set()
        exported = await uow.personal_data.export("T1", "U1")
        assert await uow.personal_data.erase("T1", "U1") == 0
        assert not await uow.people.explain_label("T1", "k", "U1", reason="", words="", now=NOW)

    assert not any(exported.values())
    assert await rows_of(database, "T1") == set()


async def test_what_comes_late_is_left_out(database: Database, store: SqlStore) -> None:
    """In every table, and nothing of workspaces that are here, in whatever order they come."""
    await install(store)
    await remove(store)
    async with database.begin() as connection:
        for table in SHUT:  # findings, which name messages, are the last
            for n, workspace_id in enumerate(("T1", "T2"), start=1):
                await write(connection, table, workspace_id, n)
            together = [row_of(table, f"T{n}", n) for n in (3, 1, 4)]
            if table.name != "findings":
                await connection.execute(insert(table).values(together))

    assert await rows_of(database, "T1") == set()
    everywhere = {table.name for table in SHUT}
    assert await rows_of(database, "T2") == everywhere
    for workspace_id in ("T3", "T4"):
        assert await rows_of(database, workspace_id) == everywhere - {"findings"}


async def test_a_workspace_that_is_back_keeps_its_rows(database: Database, store: SqlStore) -> None:
    """However it came back: its installation says so, too."""
    for withdraws in (True, False):
        await install(store)
        await remove(store)
        await install(store, withdraws=withdraws)
        async with store.begin() as uow:
            await uow.marks.add("T1", "asked", "U1", at=NOW)
        await purge_expired(database, Limits(), NOW + HOUR)

        assert await rows_of(database, "T1") == {"installations", "marks", "workspace_secrets"}


async def test_a_workspace_of_the_settings_is_never_shut_out(
    database: Database, store: SqlStore
) -> None:
    """It has no installation, and may be back when Slack says it is gone."""
    await remove(store)
    async with store.begin() as uow:
        await uow.marks.add("T1", "asked", "U1", at=NOW)

    assert await rows_of(database, "T1") == {"marks", "workspace_secrets"}


async def test_tokens_that_nobody_can_open_are_an_installation(
    database: Database, store: SqlStore
) -> None:
    """Its workspace is shut out like any other."""
    await install(store)
    lost = SqlStore(database, Encryptor())
    await remove(lost)
    async with lost.begin() as uow:
        await uow.marks.add("T1", "asked", "U1", at=NOW)

    assert await rows_of(database, "T1") == set()


async def test_late_rows_of_an_older_version_go_with_the_upgrade(
    database: Database, store: SqlStore
) -> None:
    """It erased them once an hour."""
    for workspace_id in ("T1", "T2", "T3"):
        await install(store, workspace_id)
    await remove(store)
    await remove(store, "T2")
    await install(store, "T2", withdraws=False)
    await downgrade(database, "0020")
    async with database.begin() as connection:
        for n, workspace_id in enumerate(("T1", "T2", "T3"), start=1):
            for table in SHUT:
                await write(connection, table, workspace_id, n)
    everywhere = {table.name for table in ITS_OWN}
    assert await rows_of(database, "T1") == everywhere - {"installations"}
    await database.migrate()

    assert await rows_of(database, "T1") == set()
    assert await rows_of(database, "T2") == await rows_of(database, "T3") == everywhere


@postgres_only
async def test_who_writes_first_is_waited_for(
    database: Database, store: SqlStore, other: SqlStore
) -> None:
    """The erasure sees the row of a transaction that was open when it came."""
    async for workspace_id, table in each_in_its_own(store):
        async with database.begin() as connection:
            await write(connection, table, workspace_id)
            erasing = asyncio.create_task(remove(other, workspace_id))
            await asyncio.sleep(TURNS)
            assert not erasing.done(), table

        assert await erasing == 2, table
        assert await rows_of(database, workspace_id) == set()


@postgres_only
async def test_who_has_read_and_writes_after_an_erasure_writes_nothing(
    database: Database, store: SqlStore, other: SqlStore
) -> None:
    """A transaction saw the installation; then it was gone."""
    async for workspace_id, table in each_in_its_own(store):
        async with database.begin() as connection:
            mine = installations.c.workspace_id == workspace_id
            kept = select(func.count()).select_from(installations).where(mine)
            assert await connection.scalar(kept) == 1
            await remove(other, workspace_id)
            await write(connection, table, workspace_id)

        assert await rows_of(database, workspace_id) == set(), table


@postgres_only
async def test_who_comes_in_the_middle_comes_again(
    database: Database, store: SqlStore, other: SqlStore
) -> None:
    """They may hold what the erasure waits for, so they don't wait for it."""
    async for workspace_id, table in each_in_its_own(store):
        async with other.begin() as uow:
            await uow.removals.add(workspace_id, now=NOW)
            await uow.personal_data.erase_workspace(workspace_id)
            with pytest.raises(StoreUnavailableError):
                async with database.begin() as connection:
                    await write(connection, table, workspace_id)
            async with store.begin() as later:  # another workspace is served on
                await later.marks.add("TX", table.name, at=NOW)

        assert await rows_of(database, workspace_id) == set(), table


@postgres_only
async def test_an_erasure_and_a_story_do_not_wait_for_each_other(
    database: Database, store: SqlStore, other: SqlStore
) -> None:
    """The story has a row of the workspace when the erasure comes, and then writes another one: one
    of the two is told at once, and it isn't the erasure."""
    await install(store)
    async with store.begin() as uow:
        await uow.people.update("T1", "U1", daily_limit=1)
    async with database.begin() as connection:
        people = metadata.tables["preferences"]
        await connection.execute(people.update().values(daily_limit=2))
        erasing = asyncio.create_task(remove(other))
        await asyncio.sleep(TURNS)
        assert not erasing.done()
        with pytest.raises(OperationalError, match="being erased"):
            await write(connection, metadata.tables["marks"], "T1")
        await connection.rollback()

    assert await erasing == 2
    assert await rows_of(database, "T1") == set()


@postgres_only
async def test_jobs_go_and_none_comes(database: Database, store: SqlStore, other: SqlStore) -> None:
    """Jobs that wait go with their workspace. Later on neither a message nor a job that has waited
    for its turn leaves one."""
    await install(store)
    await install(store, "T2")
    queue = JobQueue(database, lambda: NOW)
    for workspace_id in ("T1", "T2"):
        waits = NewMessage(message(workspace_id=workspace_id), NOW + HOUR)
        async with other.begin() as uow:
            await uow.inbox.add_all([waits], now=NOW)
    await remove(store)
    found = [await count_jobs(database, workspace_id) for workspace_id in ("T1", "T2")]
    async with other.begin() as uow:
        new = [
            NewMessage(message(n, workspace_id=workspace_id), NOW)
            for n, workspace_id in ((2, "T1"), (3, "T2"))
        ]
        await uow.inbox.add_all(new, now=NOW)
    for workspace_id in ("T1", "T2"):
        item = WorkItem(WorkKind.DECISION, workspace_id, "C1", message().ts)
        await queue.defer_later(item, NOW)

    assert found == [0, 1]
    assert await count_jobs(database, "T1") == 0
    assert await count_jobs(database, "T2") == 3
    assert await rows_of(database, "T1") == set()


async def count_jobs(database: Database, workspace_id: str) -> int:
    async with database.begin() as connection:
        return await connection.scalar(JOBS, {"workspace_id": workspace_id}) or 0


@postgres_only
async def test_who_installs_again_in_the_middle_of_an_erasure_is_installed(
    database: Database, store: SqlStore, other: SqlStore
) -> None:
    """The erasure was of the installation before."""
    await install(store)
    async with other.begin() as uow:
        await uow.removals.add("T1", now=NOW)
        await uow.personal_data.erase_workspace("T1")
        installing = asyncio.create_task(install(store))
        await asyncio.sleep(TURNS)
    await installing
    async with store.begin() as uow:
        await uow.marks.add("T1", "asked", "U1", at=NOW)

    assert await rows_of(database, "T1") == {"installations", "marks", "workspace_secrets"}


async def test_a_removal_is_forgotten(database: Database, store: SqlStore) -> None:
    await install(store)
    await remove(store)
    count = select(func.count()).select_from(removals)
    for now, left in ((NOW + DAY, 1), (NOW + 3 * DAY, 0)):
        await purge_expired(database, Limits(), now)
        async with database.begin() as connection:
            assert await connection.scalar(count) == left
