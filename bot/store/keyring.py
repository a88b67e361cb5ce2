"""Opens the keys that encrypt answers and tokens, and moves what is stored to the current one.

The salt is random per database. A row is moved in a transaction of its batch, and only if it still
is what was read, so moving may be stopped at any moment, and may run beside a working bot.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import StoreUnavailableError
from bot.store.database import Database, changed
from bot.store.encryption import Encryptor, Key, ScryptCost, derive_key
from bot.store.installations import move_tokens
from bot.store.label_words import move_words
from bot.store.reflections import place_of
from bot.store.tables import encryption, labels, reflections
from bot.store.upsert import insert_once

log = logging.getLogger(__name__)

ROWS_AT_START = 5_000
_BATCH = 200
_SALT_BYTES = 16
_ONLY_ROW = 1
_PROOF_PLACE = ("encryption", "no_unbound_rows")
_row_key = (reflections.c.workspace_id, reflections.c.user_id, reflections.c.week)


@dataclass(slots=True)
class Moved:
    """What became of the answers, words and tokens that were not encrypted with the current key.

    Attributes:
        done: moved to it. locked: encrypted with a key that isn't set; untouched.
        displaced: not written where they stand, or damaged; untouched, and shown to nobody.
        unfinished: whether some were not looked at.
    """

    done: int = 0
    locked: int = 0
    displaced: int = 0
    unfinished: bool = False


async def open_encryptor(
    database: Database, current: Sequence[str], old: Sequence[str], *, now: float
) -> Encryptor:
    """Derive the keys, once, and move what older keys encrypted to the current one.

    Args:
        database: an open one, with all tables.
        current: secrets that new answers are encrypted with; the first one is used.
        old: secrets that only older answers were encrypted with.
        now: Unix seconds.

    Raises:
        StoreUnavailableError: the salt can't be read or written.
    """
    encryptor = await read_keys(database, current, old, now=now)
    if not current and not old:
        await _warn_without_key(database)
    if encryptor:
        try:
            await _move_at_start(database, encryptor)
        except StoreUnavailableError:
            log.warning("stored answers were not moved to the current key; the next start will")
    return encryptor


async def read_keys(
    database: Database, current: Sequence[str], old: Sequence[str], *, now: float
) -> Encryptor:
    """Derive the keys and do nothing else. See ``open_encryptor``."""
    if not current and not old:
        return Encryptor()
    started = time.monotonic()
    try:
        async with database.begin() as connection:
            salt, cost, proof = await _derivation(connection, now)
    except ProgrammingError as missing:  # what PostgreSQL says of a missing table
        raise StoreUnavailableError(type(missing).__name__) from missing
    keys = await _derived((*current, *old), salt, cost)
    log.info("encryption is ready after %.1f s", time.monotonic() - started)
    encryptor = Encryptor(*keys, encrypts=bool(current))
    is_proven = proof is not None and encryptor.decrypt(proof, _PROOF_PLACE).text is not None
    encryptor.opens_unbound = not is_proven
    return encryptor


async def move_to_current_key(
    database: Database,
    encryptor: Encryptor,
    *,
    rows_at_most: int | None = None,
    on_batch: Callable[[Moved], None] = lambda moved: None,
) -> Moved:
    """Encrypt with the current key what an older key encrypted, or version 0.1.

    Args:
        database: an open one. encryptor: one that can encrypt.
        rows_at_most: None for all; what nobody can open doesn't count, as it stays where it is.
        on_batch: called after each committed batch.
    """
    async with database.begin() as connection:
        tokens = await move_tokens(connection, encryptor)
        words, locked_words = await move_words(connection, encryptor)
    moved = Moved(done=tokens.done + words, locked=tokens.locked + locked_words)
    after = ("", "", "")
    others = and_(
        reflections.c.encrypted_answers.is_not(None),
        ~reflections.c.encrypted_answers.startswith(encryptor.current_prefix),
    )
    while rows_at_most is None or moved.done < rows_at_most:
        async with database.begin() as connection:
            batch = (
                select(*_row_key, reflections.c.encrypted_answers)
                .where(others, tuple_(*_row_key) > after)
                .order_by(*_row_key)
                .limit(_BATCH)
            )
            rows = (await connection.execute(batch)).all()
            for row in rows:
                await _move(connection, encryptor, tuple(row), moved)
        on_batch(moved)
        if len(rows) < _BATCH:
            break
        last = rows[-1]
        after = (last.workspace_id, last.user_id, last.week)
    else:
        moved.unfinished = True
    if encryptor.opens_unbound and not moved.unfinished:
        await _prove_if_none_is_unbound(database, encryptor)
    return moved


async def count_locked(database: Database, current: Sequence[str], old: Sequence[str]) -> int:
    """Return how many answers, and words about questions, need another key than these; changes
    nothing."""
    async with database.begin() as connection:
        row = (await connection.execute(select(encryption).limit(1))).one_or_none()
    keys = await _derived((*current, *old), *_salt_and_cost(row)) if row else []
    prefixes, count = [Encryptor(key).current_prefix for key in keys], 0
    async with database.begin() as connection:
        for sealed in (reflections.c.encrypted_answers, labels.c.words):
            ours = [sealed.startswith(prefix) for prefix in prefixes]
            locked = and_(sealed.startswith("v2."), *(~each for each in ours))
            some = select(func.count()).select_from(sealed.table).where(locked)
            count += await connection.scalar(some) or 0
    return count


async def was_encrypted(database: Database) -> bool:
    """Return whether a key was ever set with this database."""
    async with database.begin() as connection:
        return (await connection.execute(select(encryption.c.id).limit(1))).first() is not None


async def _warn_without_key(database: Database) -> None:
    """Say what a key that is set no longer means, if one was set before."""
    if not await was_encrypted(database):
        return
    log.warning(
        "REFRAME_ENCRYPTION_KEY is not set, and this database was used with one: %d stored answers "
        "and words can't be read, and no new ones are kept. Set it in .env to the secret that it "
        "was before, and start again. Without that secret nobody can read them",
        await count_locked(database, (), ()),
    )


async def _derived(secret_texts: Sequence[str], salt: bytes, cost: ScryptCost) -> list[Key]:
    return [
        await asyncio.to_thread(derive_key, secret, salt, cost)
        for secret in dict.fromkeys(secret_texts)
    ]


async def _move_at_start(database: Database, encryptor: Encryptor) -> None:
    moved = await move_to_current_key(database, encryptor, rows_at_most=ROWS_AT_START)
    if moved.done:
        log.info("moved %d stored answers to the current key", moved.done)
    if moved.locked:
        log.warning(
            "%d stored answers or tokens need a key that isn't set; they are kept. If you have it, "
            "set it as REFRAME_ENCRYPTION_KEY_OLD; without it nobody can read them",
            moved.locked,
        )
    if moved.unfinished:
        log.warning("more stored answers wait for the current key; run reframe rotate-key")


async def _derivation(
    connection: AsyncConnection, now: float
) -> tuple[bytes, ScryptCost, str | None]:
    """Return salt, cost and proof; the salt is made at the first time."""
    made = {
        "id": _ONLY_ROW,
        "salt": secrets.token_hex(_SALT_BYTES),
        "cost": str(ScryptCost()),
        "no_unbound_rows": None,
        "created_at": now,
    }
    await insert_once(connection, encryption, made)
    row = (await connection.execute(select(encryption).limit(1))).one()
    return *_salt_and_cost(row), row.no_unbound_rows


def _salt_and_cost(row: Row[Any]) -> tuple[bytes, ScryptCost]:
    return bytes.fromhex(row.salt), ScryptCost.parse(row.cost)


def _count(rows: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(reflections).where(rows)


async def _move(
    connection: AsyncConnection, encryptor: Encryptor, row: tuple[str, ...], moved: Moved
) -> None:
    workspace_id, user_id, week, encrypted = row
    place = place_of(workspace_id, user_id, week)
    opened = encryptor.decrypt(encrypted, place)
    if opened.text is None:
        moved.locked += opened.lacks_key
        moved.displaced += not opened.lacks_key
        return
    same = and_(
        reflections.c.workspace_id == workspace_id,
        reflections.c.user_id == user_id,
        reflections.c.week == week,
        reflections.c.encrypted_answers == encrypted,
    )
    again = encryptor.encrypt(opened.text, place)
    moved.done += await changed(
        connection, update(reflections).where(same).values(encrypted_answers=again)
    )


async def _prove_if_none_is_unbound(database: Database, encryptor: Encryptor) -> None:
    """Stop opening rows of version 0.1, once none is left: they would open in any place."""
    unbound = and_(
        reflections.c.encrypted_answers.is_not(None),
        ~reflections.c.encrypted_answers.startswith("v2."),
    )
    async with database.begin() as connection:
        if await connection.scalar(_count(unbound)):
            return
        proof = encryptor.encrypt("proven", _PROOF_PLACE)
        await connection.execute(update(encryption).values(no_unbound_rows=proof))
    encryptor.opens_unbound = False
