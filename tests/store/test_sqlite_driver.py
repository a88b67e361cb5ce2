"""SQLite statements take one trip to the thread of their connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import StoreRefusedError
from bot.store.database import Database
from bot.store.tables import preferences

ROW = {"workspace_id": "T1", "user_id": "U1"}


@pytest.fixture
def database_address(tmp_path: Path, migrated_sqlite: Path) -> str:
    """Return the address of a new SQLite file with all tables."""
    file = tmp_path / "reframe.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{file}"


async def count_trips(connection: AsyncConnection) -> list[Any]:
    """Return a list that grows with each trip of the connection from now on."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    trips: list[Any] = []
    execute = driver._execute

    async def counted(*work: Any) -> Any:
        trips.append(work)
        return await execute(*work)

    driver._execute = counted
    return trips


async def test_a_statement_takes_one_trip(database: Database) -> None:
    """Reading, writing, and writing several rows are one trip each; so is the commit."""
    async with database.begin() as connection:
        trips = await count_trips(connection)
        await connection.execute(insert(preferences), [ROW, ROW | {"user_id": "U2"}])
        assert len(trips) == 1
        found = await connection.execute(select(preferences.c.user_id).order_by("user_id"))
        assert found.scalars().all() == ["U1", "U2"]
        assert len(trips) == 2
    assert len(trips) == 3


async def test_a_transaction_begins_with_its_first_statement(database: Database) -> None:
    """``BEGIN`` takes no trip; a transaction in which nothing is asked takes none at all."""
    async with database.begin() as connection:
        trips = await count_trips(connection)
    async with database.begin():
        pass
    assert trips == []
    async with database.begin() as connection:
        assert trips == []
        await connection.execute(insert(preferences), ROW)
        assert len(trips) == 1
        assert await has_begun(connection)


async def test_a_transaction_writes_nothing_once_it_is_given_up(database: Database) -> None:
    """What was asked before an error is rolled back, whether it is the first statement or not."""

    async def give_up() -> None:
        async with database.begin() as connection:
            await connection.execute(insert(preferences), ROW)
            raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await give_up()
    async with database.begin() as connection:
        assert (await connection.execute(select(preferences))).all() == []


async def has_begun(connection: AsyncConnection) -> bool:
    """Return whether a transaction is open in the database."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return bool(driver.in_transaction)


async def test_changed_rows_are_counted_with_what_they_return(database: Database) -> None:
    """A statement that changes rows and returns them says how many they were."""
    async with database.begin() as connection:
        await connection.execute(insert(preferences), [ROW, ROW | {"user_id": "U2"}])
        greet = update(preferences).values(greeted=True).returning(preferences.c.user_id)
        greeted = await connection.execute(greet)
        assert greeted.rowcount == 2
        assert sorted(greeted.scalars()) == ["U1", "U2"]


async def test_a_refused_statement_leaves_the_connection_usable(database: Database) -> None:
    """The driver's cursor is closed after an error too, and the transaction is rolled back."""
    with pytest.raises(StoreRefusedError):
        async with database.begin() as connection:
            await connection.execute(insert(preferences), [ROW, ROW])
    async with database.begin() as connection:
        assert (await connection.execute(select(preferences))).all() == []
