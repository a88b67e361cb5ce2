"""What a database holds, for the commands that look at it without working on it, and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.exc import ProgrammingError

from bot.flows.errors import StoreUnavailableError
from bot.store.database import Database
from bot.store.tables import SPEAK, WAITING, asks, findings, inbox, metadata, outbox


@dataclass(frozen=True, slots=True)
class StoredData:
    """What a database holds: rows per table, and the oldest text and decision (Unix seconds)."""

    rows: dict[str, int]
    oldest_text: float | None
    oldest_decision: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one stored message.

    Attributes:
        trap: what the detector saw; None if it saw none or wasn't asked.
        reason: why we stayed quiet; None if we spoke or nothing is decided yet.
        spoken: whether a question was decided on.
        message_state: of that question in the outbox.
    """

    trap: str | None
    reason: str | None
    spoken: bool
    message_state: str | None


async def stored_data(database: Database) -> StoredData:
    """Count what is kept, and tell how old the oldest of it is.

    Raises:
        StoreUnavailableError: it can't be read, or has no tables yet.
    """
    try:
        return await _stored_data(database)
    except ProgrammingError as missing:  # what PostgreSQL says of a missing table
        raise StoreUnavailableError(type(missing).__name__) from missing


async def _stored_data(database: Database) -> StoredData:
    texts = (
        select(func.min(inbox.c.accepted_at)).where(inbox.c.text.is_not(None)),
        select(func.min(asks.c.created_at)).where(asks.c.text.is_not(None)),
    )
    async with database.begin() as connection:
        rows = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
        ages = [await connection.scalar(text) for text in texts]
        oldest = await connection.scalar(select(func.min(findings.c.created_at)))
    return StoredData(rows, min((a for a in ages if a is not None), default=None), oldest)


async def outcomes(database: Database, workspace_id: str) -> dict[tuple[str, str], Outcome]:
    """Return what became of each stored message of a workspace, by channel id and ts."""
    message = and_(outbox.c.workspace_id == findings.c.workspace_id, outbox.c.key == findings.c.key)
    rows = (
        select(
            inbox.c.channel_id,
            inbox.c.ts,
            inbox.c.state,
            inbox.c.reason,
            findings.c.trap,
            outbox.c.state.label("message_state"),
        )
        .outerjoin(findings, findings.c.inbox_id == inbox.c.id)
        .outerjoin(outbox, message)
        .where(inbox.c.workspace_id == workspace_id)
    )
    async with database.begin() as connection:
        found = (await connection.execute(rows)).mappings().all()
    return {
        (r["channel_id"], r["ts"]): Outcome(
            trap=r["trap"],
            reason=None if r["reason"] == SPEAK or r["state"] == WAITING else r["reason"],
            spoken=r["reason"] == SPEAK,
            message_state=r["message_state"],
        )
        for r in found
    }
