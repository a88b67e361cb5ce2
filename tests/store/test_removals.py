"""Nothing about a workspace stays once it has removed the app, whatever was under way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from bot.core.policy import DAY, HOUR, Limits
from bot.flows.ports.installations import BotTokens, Installation
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.removals import erase_rows_of
from bot.store.retention import purge_expired
from bot.store.tables import installations, metadata, removals
from bot.store.unit_of_work import SqlStore
from tests.store.test_retention_of_every_table import value

NOW = 1_760_000_000.0
ITS_OWN = [t for t in metadata.sorted_tables if "workspace_id" in t.c]

postgres_only = pytest.mark.parametrize(
    "database_address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(
        database, Encryptor(derive_key("a-secret-of-the-test", b"", ScryptCost(2, 8, 1)))
    )


async def add_row(database: Database, table: Table, workspace_id: str, number: int) -> None:
    """Add a row, new enough that nothing else purges it."""
    row: dict[str, Any] = {c.name: value(c, NOW + DAY, number) for c in table.columns}
    async with database.begin() as connection:
        await connection.execute(insert(table).values(row | {"workspace_id": workspace_id}))


async def rows_of(database: Database, workspace_id: str) -> set[str]:
    """Return which tables have a row of a workspace."""
    found = set[str]()
    async with database.begin() as connection:
        for table in ITS_OWN:
            mine = select(func.count()).select_from(table)
            if await connection.scalar(mine.where(table.c.workspace_id == workspace_id)):
                found.add(table.name)
    return found


async def remove(store: SqlStore, workspace_id: str = "T1") -> None:
    async with store.begin() as uow:
        await uow.personal_data.erase_workspace(workspace_id)
        await uow.removals.add(workspace_id, now=NOW)


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


async def test_what_comes_late_is_erased_with_the_next_purge(
    database: Database, store: SqlStore
) -> None:
    """In every table, and nothing of a workspace that is here."""
    await remove(store)
    for table in ITS_OWN:
        if table.name != "installations":
            for number, workspace_id in enumerate(("T1", "T2"), start=1):
                await add_row(database, table, workspace_id, number)
    before = await rows_of(database, "T2")
    assert await rows_of(database, "T1") == before
    await purge_expired(database, Limits(), NOW + HOUR)

    assert await rows_of(database, "T1") == set()
    assert await rows_of(database, "T2") == before


async def test_a_workspace_that_is_back_keeps_its_rows(database: Database, store: SqlStore) -> None:
    """However it came back: its installation says so, too."""
    installed = Installation("T1", "U0", "B0", "A0", BotTokens("xoxb-1"))
    for withdraws in (True, False):
        await remove(store)
        async with store.begin() as uow:
            await uow.installations.save(installed, now=NOW)
            await uow.marks.add("T1", "asked", "U1", at=NOW)
            if withdraws:
                await uow.removals.withdraw("T1")
        await purge_expired(database, Limits(), NOW + HOUR)

        assert await rows_of(database, "T1") == {"installations", "marks", "workspace_secrets"}


@postgres_only
async def test_who_installs_in_the_middle_of_a_purge_is_installed(
    database: Database, store: SqlStore
) -> None:
    """A purge that runs meanwhile leaves the workspace alone, and one afterward knows it again."""
    await remove(store)
    async with store.begin() as uow:
        await uow.removals.withdraw("T1")
        await uow.installations.save(Installation("T1", "U0", "B0", "A0", BotTokens("x")), now=NOW)
        await purge_expired(database, Limits(), NOW + HOUR)
    await purge_expired(database, Limits(), NOW + HOUR)

    assert "installations" in await rows_of(database, "T1")


async def test_an_installation_that_a_purge_does_not_see_stays(
    database: Database, store: SqlStore
) -> None:
    """It was made between the look at who is gone and the erasure."""
    async with store.begin() as uow:
        await uow.installations.save(Installation("T1", "U0", "B0", "A0", BotTokens("x")), now=NOW)
        await uow.marks.add("T1", "asked", "U1", at=NOW)
    async with database.begin() as connection:
        await erase_rows_of(connection, "T1", but=frozenset({installations}))

    assert await rows_of(database, "T1") == {"installations"}


async def test_a_removal_is_forgotten(database: Database, store: SqlStore) -> None:
    await remove(store)
    count = select(func.count()).select_from(removals)
    for now, left in ((NOW + DAY, 1), (NOW + 3 * DAY, 0)):
        await purge_expired(database, Limits(), now)
        async with database.begin() as connection:
            assert await connection.scalar(count) == left
