"""What sellers called wrong: a label each, and words only if the person wrote them for that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bot.store.database import Database
from bot.store.tables import labels


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """One "That's wrong": the trap that was seen, and the reason and the words, if given."""

    trap: str
    reason: str
    words: str


async def kept_labels(database: Database, workspace_id: str | None = None) -> list[KeptLabel]:
    """Return all labels, or all of a workspace, oldest first, without saying whose they are."""
    rows = select(labels.c.trap, labels.c.reason, labels.c.words).order_by(
        labels.c.created_at, labels.c.mark
    )
    if workspace_id is not None:
        rows = rows.where(labels.c.workspace_id == workspace_id)
    async with database.begin() as connection:
        return [
            KeptLabel(r.trap or "", r.reason or "", r.words or "")
            for r in await connection.execute(rows)
        ]
