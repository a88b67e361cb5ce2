"""What only its author may read: encrypted in the database, and gone without its key."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.tables import reflections
from bot.store.unit_of_work import SqlStore

NOW = 1_760_000_000.0
WEEK = "2026-W48"
SECRET, NEW_SECRET = "a-secret-of-sixteen", "another-secret-here"


async def latest(database: Database, *secrets: str) -> dict[str, str]:
    async with SqlStore(database, Encryptor(*secrets)).begin() as uow:
        return dict(await uow.reflections.latest_answers("T1", "U1"))


async def save(database: Database, *secrets: str) -> str | None:
    """Save an answer; return what stands in the database."""
    async with SqlStore(database, Encryptor(*secrets)).begin() as uow:
        await uow.reflections.save("T1", "U1", WEEK, {"if": "they wait"}, now=NOW)
    async with database.begin() as connection:
        kept: str | None = await connection.scalar(select(reflections.c.encrypted_answers))
    return kept


async def test_answers_are_unreadable_in_the_database(database: Database) -> None:
    """Another key reads nothing; an old key still does, beside a new one."""
    kept = await save(database, SECRET)

    assert kept is not None
    assert "wait" not in kept
    assert await latest(database, SECRET) == {"if": "they wait"}
    assert await latest(database, NEW_SECRET) == {}
    assert await latest(database, NEW_SECRET, SECRET) == {"if": "they wait"}
    assert await latest(database) == {}


async def test_without_a_key_no_answer_is_kept(database: Database) -> None:
    """Only that the person reflected stands in the database."""
    assert await save(database) is None
    assert await latest(database) == {}
    async with SqlStore(database, Encryptor()).begin() as uow:
        assert not uow.reflections.keeps_answers
        assert len((await uow.personal_data.export("T1", "U1"))["reflections"]) == 1


@pytest.mark.parametrize("encrypted", [None, "", "never encrypted", "gAAAAAB"])
def test_what_was_never_encrypted(encrypted: str | None) -> None:
    """Anything else than what we encrypted decrypts to nothing."""
    assert Encryptor(SECRET).decrypt(encrypted) is None
    assert Encryptor().encrypt("text") is None
