"""Every contract test runs against the in-memory twin, SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.flows.ports.unit_of_work import Store
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.tables import metadata
from bot.store.unit_of_work import SqlStore
from tests.contracts.examples import Workers
from tests.fakes.memory_store import MemoryStore
from tests.postgres import Postgres

_KINDS = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
_SECRET = "a-secret-of-sixteen"


@pytest.fixture(scope="session")
def shared_postgres(postgres: Postgres) -> Iterator[str]:
    """Yield the address of a migrated database that all contract tests share."""
    with postgres.database(migrated=True) as address:
        yield address


@pytest.fixture(params=_KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database with empty tables; empty for the in-memory twin."""
    if request.param == "memory":
        return ""
    if request.param == "postgres":
        found: str = request.getfixturevalue("shared_postgres")
        return found
    shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "reframe.db")
    return f"sqlite:///{tmp_path}/reframe.db"


@pytest.fixture
async def workers(unhurried: None, address: str) -> AsyncIterator[Workers]:
    """Yield two stores over the same data, as two processes have them."""
    if not address:
        memory = MemoryStore()
        yield Workers(memory, memory.restarted(), memory.restarted(has_key=False))
        return
    one, two = Database(address), Database(address)
    encryptor = Encryptor(derive_key(_SECRET, b"", ScryptCost(2, 8, 1)))
    yield Workers(SqlStore(one, encryptor), SqlStore(two, encryptor), SqlStore(two, Encryptor()))
    if not one.is_sqlite:
        async with one.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(delete(table))
    await one.close()
    await two.close()


@pytest.fixture
def store(workers: Workers) -> Store:
    """Return one store."""
    return workers.one
