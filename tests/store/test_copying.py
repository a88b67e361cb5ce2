"""Copying to another database: what it refuses, what it leaves behind, and what is readable after.

``tests/docs/test_operations.py`` runs the command from SQLite to PostgreSQL with every column set.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.flows.errors import DatabaseError
from bot.store.copying import copy_database
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.store.keyring import read_keys
from bot.store.tables import metadata
from bot.store.unit_of_work import SqlStore
from tests.store.examples import add, store_of

MESSAGES = 1_203  # more than two batches


async def make(address: str, messages: int = 0) -> None:
    """Make a database with some messages."""
    database = Database(address)
    await database.open()
    await database.migrate()
    store = store_of(database)
    for number in range(messages):
        await add(store, number)
    await database.close()


async def rows_in(address: str) -> int:
    """Count all rows."""
    database = Database(address)
    async with database.begin() as connection:
        counts = [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        ]
    await database.close()
    return sum(counts)


@pytest.fixture
def addresses(tmp_path: Path) -> tuple[str, str]:
    """Return where the old and the new database are."""
    return f"sqlite:///{tmp_path}/old.db", f"sqlite:///{tmp_path}/new.db"


async def test_all_batches_arrive_and_progress_is_told(addresses: tuple[str, str]) -> None:
    old, new = addresses
    await make(old, MESSAGES)
    told: list[tuple[int, int]] = []
    counts = await copy_database(old, new, lambda done, total: told.append((done, total)))

    assert counts["inbox"] == MESSAGES
    assert await rows_in(new) == await rows_in(old) == sum(counts.values())
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (sum(counts.values()),) * 2
    assert len(told) >= 3


async def test_what_is_encrypted_opens_with_the_same_key(addresses: tuple[str, str]) -> None:
    """The salt goes over, too."""
    old, new = addresses
    key = generate_secret()
    database = Database(old)
    await database.open()
    await database.migrate()
    store = SqlStore(database, await read_keys(database, [key], (), now=0))
    async with store.begin() as uow:
        await uow.reflections.save("T1", "U1", "2026-W09", {"if": "they go quiet"}, now=0)
    await database.close()
    await copy_database(old, new, lambda *_: None)
    copied = Database(new)
    store = SqlStore(copied, await read_keys(copied, [key], (), now=1))
    async with store.begin() as uow:
        answers = await uow.reflections.answers("T1", "U1", "2026-W09")
    await copied.close()

    assert answers == {"if": "they go quiet"}


async def refusal(old: str, new: str) -> str:
    """Return why a copy is refused."""
    with pytest.raises(DatabaseError) as refused:
        await copy_database(old, new, lambda *_: None)
    return refused.value.kind


async def test_a_target_with_rows(addresses: tuple[str, str]) -> None:
    old, new = addresses
    await make(old, 2)
    await make(new, 1)

    assert await refusal(old, new) == "copy_not_empty"
    assert await rows_in(new) == 1


@pytest.mark.parametrize("busy", [0, 1])
async def test_a_database_that_another_reframe_works_on(
    addresses: tuple[str, str], busy: int
) -> None:
    """Neither of the two may be in use."""
    for address in addresses:
        await make(address)
    other = Database(addresses[busy])
    await other.open()
    try:
        assert await refusal(*addresses) == "database_in_use"
    finally:
        await other.close()


@pytest.mark.parametrize("outdated", [0, 1])
async def test_different_migrations(addresses: tuple[str, str], outdated: int) -> None:
    for address in addresses:
        await make(address)
    database = Database(addresses[outdated])
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    await database.close()

    assert await refusal(*addresses) == "copy_other_version"


async def test_a_source_that_is_not_there(addresses: tuple[str, str], tmp_path: Path) -> None:
    """It isn't made, and neither is the target."""
    assert await refusal(*addresses) == "copy_no_source"
    assert list(tmp_path.iterdir()) == []


async def test_the_same_database_twice(addresses: tuple[str, str]) -> None:
    old, _ = addresses
    await make(old)

    assert await refusal(old, old) == "copy_same"


async def test_a_stop_halfway_leaves_nothing(addresses: tuple[str, str]) -> None:
    """Whatever was copied before is rolled back; a second try works."""
    old, new = addresses
    await make(old, MESSAGES)

    def stop(done: int, _: int) -> None:
        if done > MESSAGES // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_database(old, new, stop)

    assert await rows_in(new) == 0
    assert (await copy_database(old, new, lambda *_: None))["inbox"] == MESSAGES
