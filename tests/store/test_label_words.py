"""What people type after "That's wrong" can't be read without the key, whatever they quote."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.core.model import Trap
from bot.flows.ports.people import WrongLabel
from bot.store.database import Database
from bot.store.encryption import Encryptor, Key, ScryptCost, derive_key
from bot.store.keyring import count_locked, move_to_current_key
from bot.store.labels import KeptLabel, kept_labels
from bot.store.tables import labels
from bot.store.unit_of_work import SqlStore
from tests.store.examples import NOW

WORDS = "zanzibar: they owe us"
KEY, NEW_KEY = (
    derive_key(secret, b"salt", ScryptCost(2, 8, 1))
    for secret in ("a-secret-of-sixteen", "another-secret-here")
)


async def explain(database: Database, *keys: Key, key: str = "k1", words: str = WORDS) -> bool:
    """Keep what U1 wrote about a question; return whether words can be kept."""
    async with SqlStore(database, Encryptor(*keys)).begin() as uow:
        await uow.people.add_label(WrongLabel(key, "T1", "U1", Trap.BLAME), now=NOW)
        assert await uow.people.explain_label("T1", key, "U1", reason="fact", words=words, now=NOW)
        return uow.people.keeps_words


async def exported(database: Database, *keys: Key) -> list[str | None]:
    async with SqlStore(database, Encryptor(*keys)).begin() as uow:
        return [row["words"] for row in (await uow.personal_data.export("T1", "U1"))["labels"]]


async def stored(database: Database) -> list[str | None]:
    async with database.begin() as connection:
        return list(
            (await connection.scalars(select(labels.c.words).order_by(labels.c.mark))).all()
        )


async def test_words_are_unreadable_in_the_database(database: Database) -> None:
    """Their person reads them, and whoever has the key."""
    assert await explain(database, KEY)
    (kept,) = await stored(database)

    assert kept is not None
    assert "zanzibar" not in kept
    assert await exported(database, KEY) == [WORDS]
    assert await kept_labels(database, Encryptor(KEY)) == [KeptLabel("blame", "fact", WORDS)]


async def test_without_the_key_they_are_locked(database: Database) -> None:
    """They still count, and their person sees that there are some."""
    await explain(database, KEY)
    locked = KeptLabel("blame", "fact", "", is_locked=True)

    for keys in ((), (NEW_KEY,)):
        assert await kept_labels(database, Encryptor(*keys)) == [locked]
        assert await exported(database, *keys) == await stored(database)


async def test_without_a_key_none_are_kept(database: Database) -> None:
    assert not await explain(database)
    assert await stored(database) == [None]


async def test_words_open_at_their_label_alone(database: Database) -> None:
    await explain(database, KEY)
    await explain(database, KEY, key="k2", words="")
    (kept,) = [words for words in await stored(database) if words]
    async with database.begin() as connection:
        await connection.execute(update(labels).values(words=kept))

    assert sorted(words or "" for words in await exported(database, KEY)) == ["", WORDS]


@pytest.mark.parametrize("is_readable", [True, False])
async def test_a_start_moves_them_to_the_current_key(database: Database, is_readable: bool) -> None:
    """From an older key, and from an older version, which kept them readable."""
    await explain(database, KEY)
    await explain(database, KEY, key="k2", words="")
    if is_readable:
        async with database.begin() as connection:
            has_words = labels.c.words.is_not(None)
            await connection.execute(update(labels).where(has_words).values(words=WORDS))
        assert WORDS in await exported(database)  # no key was set since
    moved = await move_to_current_key(database, Encryptor(NEW_KEY, KEY))
    again = await move_to_current_key(database, Encryptor(NEW_KEY, KEY))

    assert (moved.done, moved.locked, again.done) == (1, 0, 0)
    assert WORDS not in await stored(database)
    assert WORDS in await exported(database, NEW_KEY)


async def test_what_needs_another_key_stays_as_it_is(database: Database) -> None:
    await explain(database, KEY)
    before = await stored(database)
    moved = await move_to_current_key(database, Encryptor(NEW_KEY))

    assert (moved.done, moved.locked) == (0, 1)
    assert await count_locked(database, (), ()) == 1
    assert await stored(database) == before
