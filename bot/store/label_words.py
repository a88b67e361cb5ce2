"""What people typed after "That's wrong", encrypted: it may quote a message."""

from __future__ import annotations

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import changed
from bot.store.encryption import Encryptor, Opened, Place
from bot.store.tables import labels

_ENCRYPTED = "v2."


def seal_words(encryptor: Encryptor, words: str, workspace_id: str, mark: str) -> str | None:
    """Return words as a label holds them; None if there are none, or no key.

    Args:
        encryptor: with the keys from the settings.
        words: as typed.
        workspace_id, mark: of the label.
    """
    return encryptor.encrypt(words, _place(workspace_id, mark)) if words else None


def open_words(encryptor: Encryptor, kept: str | None, workspace_id: str, mark: str) -> Opened:
    """Return the words of a label; without text if there are none, or if the key isn't set.

    Args:
        kept: as the label holds them. Others: see ``seal_words``.
    """
    if not kept:
        return Opened()
    if not kept.startswith(_ENCRYPTED):
        return Opened(kept)  # kept readable by an older version, and no key was set since
    return encryptor.decrypt(kept, _place(workspace_id, mark))


async def move_words(connection: AsyncConnection, encryptor: Encryptor) -> tuple[int, int]:
    """Encrypt with the current key what an older key encrypted, and what an older version kept
    readable; return how many were moved, and how many need a key that isn't set.

    Args:
        connection: in a transaction. encryptor: one that can encrypt.
    """
    moved = locked = 0
    others = and_(labels.c.words != "", ~labels.c.words.startswith(encryptor.current_prefix))
    for row in (await connection.execute(select(labels).where(others))).all():
        opened = open_words(encryptor, row.words, row.workspace_id, row.mark)
        if opened.text is None:
            locked += opened.lacks_key
            continue
        same = and_(
            labels.c.workspace_id == row.workspace_id,
            labels.c.mark == row.mark,
            labels.c.words == row.words,
        )
        again = seal_words(encryptor, opened.text, row.workspace_id, row.mark)
        moved += await changed(connection, update(labels).where(same).values(words=again))
    return moved, locked


def _place(workspace_id: str, mark: str) -> Place:
    return ("labels", "words", workspace_id, mark)
