"""Keys of a database: derived once, replaced without losing a row, and version 0.1 left behind."""

from __future__ import annotations

import base64
import logging

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select, update

from bot.flows.ports.installations import BotTokens, Installation
from bot.store import keyring
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key, generate_secret
from bot.store.keyring import (
    count_locked,
    move_to_current_key,
    open_encryptor,
    read_keys,
    was_encrypted,
)
from bot.store.tables import encryption, reflections
from bot.store.unit_of_work import SqlStore

NOW = 1_760_000_000.0
WEEK = "2026-W48"
KEY, NEW_KEY, OTHER_KEY = generate_secret(), generate_secret(), generate_secret()
ROWS = 5


def token_of_version_0_1(secret: str, text: str) -> str:
    """Encrypt as version 0.1 did."""
    hkdf = HKDF(SHA256(), length=32, salt=None, info=b"reframe reflections")
    key = base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
    return Fernet(key).encrypt(text.encode()).decode()


async def write(database: Database, user_id: str, token: str) -> None:
    async with database.begin() as connection:
        await connection.execute(
            insert(reflections).values(
                workspace_id="T1", user_id=user_id, week=WEEK, encrypted_answers=token,
                created_at=NOW,
            )
        )  # fmt: skip


async def fill(database: Database, *secrets: str) -> None:
    store = SqlStore(database, await read_keys(database, secrets, (), now=NOW))
    for n in range(ROWS):
        async with store.begin() as uow:
            await uow.reflections.save("T1", f"U{n}", WEEK, {"if": f"plan {n}"}, now=NOW)


async def plans(database: Database, encryptor: Encryptor) -> list[str]:
    async with SqlStore(database, encryptor).begin() as uow:
        return [
            (await uow.reflections.answers("T1", f"U{n}", WEEK)).get("if", "") for n in range(ROWS)
        ]


async def tokens(database: Database) -> list[str]:
    async with database.begin() as connection:
        rows = select(reflections.c.encrypted_answers).order_by(reflections.c.user_id)
        return list((await connection.execute(rows)).scalars())


ALL = [f"plan {n}" for n in range(ROWS)]


async def test_the_salt_is_random_and_stays(database: Database) -> None:
    """Two starts derive the same keys; the salt and the cost stand in the database, no key does."""
    await fill(database, KEY)

    assert await plans(database, await read_keys(database, [KEY], (), now=NOW)) == ALL
    async with database.begin() as connection:
        (row,) = (await connection.execute(select(encryption))).all()
    assert len(bytes.fromhex(row.salt)) == 16
    assert ScryptCost.parse(row.cost) == ScryptCost()
    assert KEY not in str(row)


async def test_without_secrets_nothing_is_written(database: Database) -> None:
    """A database whose admin set no key gets no salt."""
    assert not await open_encryptor(database, (), (), now=NOW)
    async with database.begin() as connection:
        assert (await connection.execute(select(encryption))).all() == []


async def test_a_passphrase_is_derived_once_and_as_stored(database: Database) -> None:
    """Use the cost that stands in the database, so a later version may choose another."""
    async with database.begin() as connection:
        await connection.execute(
            insert(encryption).values(id=1, salt="00" * 16, cost="scrypt 2 8 1", created_at=NOW)
        )
    await fill(database, "a walk along the quay")
    again = await read_keys(database, ["a walk along the quay"], (), now=NOW)

    assert await plans(database, again) == ALL


async def test_a_start_with_a_new_key_moves_all_rows(database: Database) -> None:
    """With the old key beside the new one nothing is lost, and then the old one can go."""
    await fill(database, KEY)
    both = await open_encryptor(database, [NEW_KEY], [KEY], now=NOW)

    assert await plans(database, both) == ALL
    assert await plans(database, await read_keys(database, [NEW_KEY], (), now=NOW)) == ALL
    assert await plans(database, await read_keys(database, [KEY], (), now=NOW)) == [""] * ROWS


async def test_a_stop_half_way_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a stop between two batches every row opens, and the next run goes on."""
    await fill(database, KEY)
    monkeypatch.setattr(keyring, "_BATCH", 2)
    both = await read_keys(database, [NEW_KEY], [KEY], now=NOW)

    class StoppedError(Exception):
        pass

    def stop(_moved: keyring.Moved) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        await move_to_current_key(database, both, on_batch=stop)

    assert await plans(database, both) == ALL
    assert sum(t.startswith(both.current_prefix) for t in await tokens(database)) == 2
    assert (await move_to_current_key(database, both)).done == ROWS - 2
    assert (await move_to_current_key(database, both)).done == 0
    assert await plans(database, await read_keys(database, [NEW_KEY], (), now=NOW)) == ALL


async def test_a_start_moves_a_bounded_number(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest stays readable while the old key is set, and waits for the next start."""
    await fill(database, KEY)
    monkeypatch.setattr(keyring, "_BATCH", 2)
    monkeypatch.setattr(keyring, "ROWS_AT_START", 2)

    for moved in (2, 4, 5):
        both = await open_encryptor(database, [NEW_KEY], [KEY], now=NOW)
        assert await plans(database, both) == ALL
        assert sum(t.startswith(both.current_prefix) for t in await tokens(database)) == moved


async def test_a_start_passes_over_what_nobody_can_open(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows whose key is lost stay first, and keep no start from moving the others."""
    await fill(database, KEY)
    monkeypatch.setattr(keyring, "_BATCH", 2)
    monkeypatch.setattr(keyring, "ROWS_AT_START", 2)
    others = SqlStore(database, await read_keys(database, [OTHER_KEY], (), now=NOW))
    async with others.begin() as uow:
        await uow.reflections.save("T1", "U9", WEEK, {"if": "plan 9"}, now=NOW)
    both = await open_encryptor(database, [NEW_KEY], [OTHER_KEY], now=NOW)

    assert sum(t.startswith(both.current_prefix) for t in await tokens(database)) == 1


async def test_a_row_written_meanwhile_is_not_undone(database: Database) -> None:
    """What a seller saves while rows are moved stays."""
    await fill(database, KEY)
    both = await read_keys(database, [NEW_KEY], [KEY], now=NOW)
    async with SqlStore(database, both).begin() as uow:
        await uow.reflections.save("T1", "U0", WEEK, {"if": "changed"}, now=NOW)
    await move_to_current_key(database, both)

    assert await plans(database, both) == ["changed", *ALL[1:]]


async def test_a_wrong_key_destroys_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows under a key that isn't set stay as they are, and the log says so once."""
    await fill(database, KEY)
    before = await tokens(database)
    with caplog.at_level(logging.WARNING):
        wrong = await open_encryptor(database, [OTHER_KEY], (), now=NOW)

    assert await tokens(database) == before
    assert await plans(database, wrong) == [""] * ROWS
    assert [r.getMessage() for r in caplog.records if f"{ROWS} stored answers" in r.getMessage()]
    assert await count_locked(database, [OTHER_KEY], ()) == ROWS
    assert await count_locked(database, (), ()) == ROWS
    assert await count_locked(database, [OTHER_KEY], [KEY]) == 0
    assert await plans(database, await open_encryptor(database, [KEY], (), now=NOW)) == ALL


async def test_a_key_that_is_gone_is_warned_of(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A start without the key says what can't be read; one that never had a key says nothing."""
    with caplog.at_level(logging.WARNING):
        await open_encryptor(database, (), (), now=NOW)
        assert caplog.messages == []
        await fill(database, KEY)
        await open_encryptor(database, (), (), now=NOW)

    assert "REFRAME_ENCRYPTION_KEY is not set" in caplog.text
    assert f"{ROWS} stored answers" in caplog.text
    assert await was_encrypted(database)


async def test_an_old_key_alone_reads_but_does_not_write(database: Database) -> None:
    """An admin may stop keeping answers and still let sellers read theirs."""
    await fill(database, KEY)
    reads = await open_encryptor(database, (), [KEY], now=NOW)

    assert not reads
    assert await plans(database, reads) == ALL


async def test_rows_of_version_0_1_open_and_are_bound(database: Database) -> None:
    """The next start encrypts them anew, each for its owner."""
    for n in range(ROWS):
        await write(database, f"U{n}", token_of_version_0_1(KEY, f'{{"if": "plan {n}"}}'))
    encryptor = await open_encryptor(database, [KEY], (), now=NOW)

    assert await plans(database, encryptor) == ALL
    assert all(t.startswith(encryptor.current_prefix) for t in await tokens(database))


async def test_rows_of_version_0_1_open_with_an_old_key(database: Database) -> None:
    """Also if the key is replaced together with the version."""
    for n in range(ROWS):
        await write(database, f"U{n}", token_of_version_0_1(KEY, f'{{"if": "plan {n}"}}'))
    await open_encryptor(database, [OTHER_KEY], (), now=NOW)  # a start without it harms nothing
    encryptor = await open_encryptor(database, [NEW_KEY], [KEY], now=NOW)

    assert await plans(database, encryptor) == ALL


async def test_a_planted_row_of_version_0_1_stays_shut(database: Database) -> None:
    """Once all rows are bound, a token from an old backup opens for nobody, at no later start."""
    await fill(database, KEY)
    await open_encryptor(database, [KEY], (), now=NOW)
    async with database.begin() as connection:
        await connection.execute(delete(reflections).where(reflections.c.user_id == "U0"))
    await write(database, "U0", token_of_version_0_1(KEY, '{"if": "Ana\'s plan"}'))

    for secrets in ([KEY], [NEW_KEY, KEY], [NEW_KEY]):
        encryptor = await open_encryptor(database, secrets, (), now=NOW)
        assert (await plans(database, encryptor))[0] == ""


async def test_moved_rows_are_not_encrypted_anew(database: Database) -> None:
    """A copied row stays shut through a change of keys."""
    await fill(database, KEY)
    async with database.begin() as connection:
        of_u0 = select(reflections.c.encrypted_answers).where(reflections.c.user_id == "U0")
        stolen = await connection.scalar(of_u0)
        to_u1 = update(reflections).where(reflections.c.user_id == "U1")
        await connection.execute(to_u1.values(encrypted_answers=stolen))
    both = await read_keys(database, [NEW_KEY], [KEY], now=NOW)
    moved = await move_to_current_key(database, both)

    assert (moved.done, moved.displaced, moved.locked) == (ROWS - 1, 1, 0)
    assert (await plans(database, both))[1] == ""


async def test_tokens_move_with_the_answers(database: Database) -> None:
    """Whoever takes the old key away after ``reframe rotate-key`` loses no workspace."""
    old, new, other = (derive_key(text, b"", ScryptCost(2, 8, 1)) for text in ("a1", "b2", "c3"))
    saved = [
        Installation(name, "U0", None, None, BotTokens(f"xoxb-{name}", "xoxe-1", NOW))
        for name in ("T1", "T2")
    ]
    for installation, key in zip(saved, (old, other), strict=True):
        async with SqlStore(database, Encryptor(key)).begin() as uow:
            await uow.installations.save(installation, now=NOW)
    moved = await move_to_current_key(database, Encryptor(new, old))

    assert (moved.done, moved.locked) == (1, 1)
    async with SqlStore(database, Encryptor(new)).begin() as uow:
        assert await uow.installations.get("T1") == saved[0]
        assert await uow.installations.get("T2") is None
    async with SqlStore(database, Encryptor(other)).begin() as uow:
        assert await uow.installations.get("T2") == saved[1]
