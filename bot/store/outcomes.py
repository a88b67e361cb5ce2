"""What became of each stored message; for the demo and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bot.store.database import Database
from bot.store.tables import SPEAK, WAITING, findings, inbox, outbox


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one stored message.

    Attributes:
        trap: the trap that the detector saw, None where it saw none or was not asked.
        reason: why it stayed quiet; None where a question was decided on, or nothing is yet.
        spoken: a question was decided on. post: the state of that question in the outbox.
    """

    trap: str | None
    reason: str | None
    spoken: bool
    post: str | None


async def outcomes(database: Database) -> dict[tuple[str, str], Outcome]:
    """(channel, ts) of every stored message, with what became of it."""
    rows = (
        select(
            inbox.c.channel,
            inbox.c.ts,
            inbox.c.state,
            inbox.c.reason,
            findings.c.trap,
            outbox.c.state.label("post"),
        )
        .outerjoin(findings, findings.c.inbox_id == inbox.c.id)
        .outerjoin(outbox, outbox.c.key == findings.c.key)
    )
    async with database.begin() as connection:
        found = (await connection.execute(rows)).mappings().all()
    return {
        (r["channel"], r["ts"]): Outcome(
            trap=r["trap"],
            reason=None if r["reason"] == SPEAK or r["state"] == WAITING else r["reason"],
            spoken=r["reason"] == SPEAK,
            post=r["post"],
        )
        for r in found
    }
