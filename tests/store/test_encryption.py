"""What only its author may read: unreadable without the key, and in every place but its own."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest
from sqlalchemy import insert, select, update

from bot.store.database import Database
from bot.store.encryption import (
    Encryptor,
    Key,
    Opened,
    ScryptCost,
    derive_key,
    generate_secret,
)
from bot.store.tables import reflections
from bot.store.unit_of_work import SqlStore

NOW = 1_760_000_000.0
WEEK, LATER_WEEK = "2026-W48", "2026-W49"
CHEAP = ScryptCost(2, 8, 1)
SALT = b"salt of the test"
KEY = derive_key("a-secret-of-sixteen", SALT, CHEAP)
NEW_KEY = derive_key("another-secret-here", SALT, CHEAP)
PLACE = ("reflections", "encrypted_answers", "T1", "U1", WEEK)
ANSWERS = {"if": "they wait"}


async def latest(database: Database, *keys: Key, user_id: str = "U1") -> dict[str, str]:
    async with SqlStore(database, Encryptor(*keys)).begin() as uow:
        return dict(await uow.reflections.latest_answers("T1", user_id, before="2026-W50"))


async def save(database: Database, *keys: Key, text: str = "they wait") -> bool:
    async with SqlStore(database, Encryptor(*keys)).begin() as uow:
        return await uow.reflections.save("T1", "U1", WEEK, {"if": text}, now=NOW)


async def stored(database: Database) -> str | None:
    async with database.begin() as connection:
        kept: str | None = await connection.scalar(select(reflections.c.encrypted_answers))
    return kept


async def test_answers_are_unreadable_in_the_database(database: Database) -> None:
    """Another key reads nothing; an old key still does, beside a new one."""
    assert await save(database, KEY)
    kept = await stored(database)

    assert kept is not None
    assert "wait" not in kept
    assert await latest(database, KEY) == ANSWERS
    assert await latest(database, NEW_KEY) == {}
    assert await latest(database, NEW_KEY, KEY) == ANSWERS
    assert await latest(database) == {}


async def test_without_a_key_no_answer_is_kept(database: Database) -> None:
    """Only that the person reflected stands in the database."""
    assert await save(database)
    assert await stored(database) is None
    assert await latest(database) == {}
    async with SqlStore(database, Encryptor()).begin() as uow:
        assert not uow.reflections.keeps_answers
        assert len((await uow.personal_data.export("T1", "U1"))["reflections"]) == 1


@pytest.mark.parametrize(
    "moved",
    [
        {"user_id": "U2"},
        {"workspace_id": "T2"},
        {"week": LATER_WEEK},
        {"user_id": "U2", "week": LATER_WEEK},
    ],
)
async def test_a_copied_row_opens_for_nobody(
    database: Database, moved: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Treat answers that were copied to another owner, workspace, or week as absent; log it once,
    without saying whose they are."""
    await save(database, KEY)
    owner = {"workspace_id": "T1", "user_id": "U1", "week": WEEK} | moved
    async with database.begin() as connection:
        row = (await connection.execute(select(reflections))).mappings().one()
        await connection.execute(insert(reflections).values({**row, **owner}))

    with caplog.at_level(logging.WARNING):
        async with SqlStore(database, Encryptor(KEY)).begin() as uow:
            found = await uow.reflections.answers(*owner.values())

    assert found == {}
    (line,) = [r.getMessage() for r in caplog.records]
    assert f"workspace={owner['workspace_id']}" in line
    assert "they wait" not in line
    assert "U1" not in line
    assert "U2" not in line


async def test_a_planted_row_does_not_hide_the_last_plan(database: Database) -> None:
    """Show a seller the latest plan that is really theirs."""
    await save(database, KEY)
    async with database.begin() as connection:
        kept = await connection.scalar(select(reflections.c.encrypted_answers))
        await connection.execute(
            insert(reflections).values(
                workspace_id="T1", user_id="U1", week=LATER_WEEK, encrypted_answers=kept,
                created_at=NOW,
            )
        )  # fmt: skip

    assert await latest(database, KEY) == ANSWERS


async def test_a_swapped_text_is_absent_and_can_be_written_over(database: Database) -> None:
    """A row that was damaged or swapped doesn't keep its owner from writing."""
    await save(database, KEY)
    other = Encryptor(KEY).encrypt("{}", ("reflections", "encrypted_answers", "T1", "U2", WEEK))
    async with database.begin() as connection:
        await connection.execute(update(reflections).values(encrypted_answers=other))

    assert await latest(database, KEY) == {}
    assert await save(database, KEY, text="they call")
    assert await latest(database, KEY) == {"if": "they call"}


@pytest.mark.parametrize("keys", [(), (NEW_KEY,)], ids=["no key", "a wrong key"])
async def test_answers_under_a_missing_key_are_not_overwritten(
    database: Database, keys: tuple[Key, ...]
) -> None:
    """Refuse to save over what can't be opened: the key may come back."""
    await save(database, KEY)

    assert not await save(database, *keys, text="they call")
    async with SqlStore(database, Encryptor(*keys)).begin() as uow:
        (kept,) = await uow.reflections.written("T1", "U1")
    assert (kept.answers, kept.is_locked) == ({}, True)
    assert await latest(database, KEY) == ANSWERS


@pytest.mark.parametrize("encrypted", ["", "never encrypted", "gAAAAAB", "v2.", "v2.x", "v2.x.=!"])
def test_what_was_never_encrypted(encrypted: str) -> None:
    """Anything else than what we encrypted decrypts to nothing."""
    assert Encryptor(KEY).decrypt(encrypted, PLACE).text is None
    assert Encryptor(KEY).decrypt(f"v2.{KEY.id}.{encrypted}", PLACE) == Opened()
    assert Encryptor().encrypt("text", PLACE) is None


def test_places_with_the_same_letters_differ() -> None:
    """A place is a list, so no two rows share one by joining their names."""
    token = Encryptor(KEY).encrypt("text", ("t", "ab", "c"))
    assert token is not None

    assert Encryptor(KEY).decrypt(token, ("t", "ab", "c")).text == "text"
    for place in (("t", "a", "bc"), ("t", "abc"), ("tab", "c"), ("t", "ab", "c", "")):
        assert Encryptor(KEY).decrypt(token, place) == Opened()


def test_the_same_text_never_looks_the_same() -> None:
    """Each encryption has a nonce of its own."""
    assert len({Encryptor(KEY).encrypt("text", PLACE) for _ in range(50)}) == 50


def test_keys_depend_on_secret_salt_and_cost() -> None:
    """A stolen table of guesses is of no use for another database."""
    found = [
        derive_key("a-secret-of-sixteen", SALT, CHEAP),
        derive_key("a-secret-of-sixteen", SALT + b"x", CHEAP),
        derive_key("a-secret-of-sixteen", SALT, ScryptCost(4, 8, 1)),
        derive_key("a-secret-of-sixteeN", SALT, CHEAP),
        derive_key(generate_secret(), SALT),
        derive_key(generate_secret(), SALT),
    ]

    assert len({key.id for key in found}) == len(found)
    for one, other in pairwise(found):
        token = Encryptor(one).encrypt("text", PLACE) or ""
        assert Encryptor(one).decrypt(token, PLACE).text == "text"
        assert Encryptor(other).decrypt(token, PLACE) == Opened(lacks_key=True)


def test_guessing_a_passphrase_is_slow() -> None:
    """A guess costs at least OWASP's minimum for scrypt: 2^17 * 8 in all, and 64 MiB."""
    cost = ScryptCost()

    assert cost.n * cost.r * cost.p >= 2**17 * 8
    assert 128 * cost.n * cost.r >= 64 * 2**20
    assert ScryptCost.parse(str(cost)) == cost


def test_no_repr_shows_a_key_or_a_text() -> None:
    """Printing any of these objects shows ids only."""
    secret = generate_secret()
    key = derive_key(secret, SALT)
    shown = f"{key!r} {Encryptor(key)!r} {Opened('hush')!r}"

    assert secret not in shown
    assert "hush" not in shown
    assert "Fernet" not in shown
    assert key.id in shown
