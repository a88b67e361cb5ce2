"""What sellers called wrong: a label each, and words only if the person wrote them for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.label_words import open_words
from bot.store.tables import labels


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """One "That's wrong": the trap that was seen, and the reason and the words, if given.

    Attributes:
        is_locked: whether there are words, and the key isn't set.
    """

    trap: str
    reason: str
    words: str
    is_locked: bool = False


async def kept_labels(
    database: Database, encryptor: Encryptor, workspace_id: str | None = None
) -> list[KeptLabel]:
    """Return all labels, or all of a workspace, oldest first, without saying whose they are.

    Args:
        database: an open one.
        encryptor: opens the words.
        workspace_id: None for all.
    """
    rows = select(labels).order_by(labels.c.created_at, labels.c.mark)
    if workspace_id is not None:
        rows = rows.where(labels.c.workspace_id == workspace_id)
    async with database.begin() as connection:
        return [_label(row, encryptor) for row in await connection.execute(rows)]


def _label(row: Row[Any], encryptor: Encryptor) -> KeptLabel:
    opened = open_words(encryptor, row.words, row.workspace_id, row.mark)
    return KeptLabel(row.trap or "", row.reason or "", opened.text or "", opened.lacks_key)
