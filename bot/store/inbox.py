"""Suspected messages: stored once, decided once, and their text erased with the decision."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import RowMapping, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Message, Past, Reason, Reply, Suspect, Trap, Verdict
from bot.core.policy import DAY
from bot.flows.ports import PostKind
from bot.store.database import Database, changed
from bot.store.findings import past_of, record
from bot.store.rows import insert_once
from bot.store.tables import (
    DECIDED,
    DROPPED,
    QUEUED,
    SPEAK,
    WAITING,
    findings,
    inbox,
    outbox,
)


class SqlInbox:
    """The inbox over SQL; implements ``bot.flows.ports.Inbox``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._erased = True  # whatever an earlier process may have left

    async def accept(self, message: Message, *, due_at: float, now: float) -> bool:
        async with self._database.begin() as connection:
            return await _insert_once(connection, self._row(message, due_at, now))

    async def amend(self, message: Message, *, due_at: float, now: float) -> None:
        newer = (
            update(inbox)
            .where(_at(message.team, message.channel, message.ts), inbox.c.state == WAITING)
            .where(inbox.c.version < message.version)
            .values(text=message.text, version=message.version, due_at=due_at)
        )
        async with self._database.begin() as connection:
            if not await changed(connection, newer) and not await _insert_once(
                connection, self._row(message, due_at, now)
            ):
                await changed(connection, newer)  # the first writing came in between

    async def withdraw(
        self,
        team: str,
        channel: str,
        ts: str,
        *,
        event_id: str,
        version: str,
        reason: Reason,
        now: float,
    ) -> None:
        place = _at(team, channel, ts)
        end = (
            update(inbox)
            .where(place, inbox.c.state == WAITING, inbox.c.version < version)
            .values(state=DECIDED, text=None, version=version, reason=reason, decided_at=now)
        )
        tombstone = {
            "event_id": event_id,
            "team": team,
            "channel": channel,
            "ts": ts,
            "author": "",
            "version": version,
            "state": DECIDED,
            "due_at": now,
            "accepted_at": now,
            "decided_at": now,
            "reason": reason,
        }
        self._erased = True
        async with self._database.begin() as connection:
            if await changed(connection, end) or await _insert_once(connection, tombstone):
                return
            if await changed(connection, end):
                return
            await self._take_back_answer(connection, place, reason, now)

    async def second_thoughts(self, team: str, channel: str, author: str, *, now: float) -> int:
        waiting = (
            update(inbox)
            .where(
                inbox.c.team == team,
                inbox.c.channel == channel,
                inbox.c.author == author,
                inbox.c.state == WAITING,
            )
            .values(state=DECIDED, text=None, reason=Reason.SECOND_THOUGHTS, decided_at=now)
        )
        self._erased = True
        async with self._database.begin() as connection:
            return await changed(connection, waiting)

    async def settling(self) -> list[tuple[str, str, str]]:
        rows = select(inbox.c.team, inbox.c.channel, inbox.c.author).where(inbox.c.state == WAITING)
        async with self._database.begin() as connection:
            return [(r.team, r.channel, r.author) for r in await connection.execute(rows)]

    async def due(self, now: float, limit: int) -> list[Suspect]:
        rows = (
            select(inbox)
            .where(inbox.c.state == WAITING, inbox.c.due_at <= now)
            .order_by(inbox.c.due_at, inbox.c.id)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [_suspect(r) for r in (await connection.execute(rows)).mappings()]

    async def next_due(self) -> float | None:
        async with self._database.begin() as connection:
            soonest: float | None = await connection.scalar(
                select(func.min(inbox.c.due_at)).where(inbox.c.state == WAITING)
            )
        return soonest

    async def past(
        self,
        message: Message,
        trap: Trap | None,
        *,
        now: float,
        cool_down_seconds: float,
        ignored_after_seconds: float = DAY,
    ) -> Past:
        async with self._database.begin() as connection:
            return await past_of(
                connection,
                message,
                trap,
                now=now,
                cool_down_seconds=cool_down_seconds,
                ignored_after_seconds=ignored_after_seconds,
            )

    async def decide(
        self,
        suspect: Suspect,
        verdict: Verdict,
        outcome: Reason | Reply,
        *,
        now: float,
        playbook: str,
    ) -> bool:
        message = suspect.message
        reply = outcome if isinstance(outcome, Reply) else None
        key = f"nudge-{message.channel}-{message.ts}" if reply else None
        end = (
            update(inbox)
            .where(inbox.c.id == suspect.id, inbox.c.state == WAITING)
            .where(inbox.c.version == message.version)
            .values(
                state=DECIDED,
                text=None,
                decided_at=now,
                reason=SPEAK if reply else str(outcome),
            )
        )
        self._erased = True
        async with self._database.begin() as connection:
            if not await changed(connection, end):
                return False
            await record(connection, suspect, verdict, outcome, key=key, now=now, playbook=playbook)
            if reply:
                await connection.execute(
                    insert(outbox).values(
                        key=key,
                        kind=PostKind.PRIVATE if reply.private else PostKind.NUDGE,
                        team=message.team,
                        channel=message.channel,
                        thread_ts=message.thread_ts or "" if reply.private else message.thread,
                        reader=message.author,
                        body=json.dumps(
                            {
                                "mirror": reply.mirror,
                                "question": reply.question,
                                "credit": reply.credit,
                                "scenes": ",".join(reply.scenes),
                            }
                        ),
                        state=QUEUED,
                        not_before=now,
                        created_at=now,
                    )
                )
            return True

    async def postpone(self, suspect: Suspect, until: float) -> None:
        later = (
            update(inbox)
            .where(inbox.c.id == suspect.id, inbox.c.state == WAITING)
            .values(due_at=until, attempts=suspect.attempts + 1)
        )
        async with self._database.begin() as connection:
            await connection.execute(later)

    async def scrub(self) -> None:
        if self._erased:
            self._erased = False
            await self._database.scrub()

    async def waiting(self) -> int:
        """How many suspects have no decision yet; for the health page."""
        async with self._database.begin() as connection:
            count = select(func.count()).select_from(inbox).where(inbox.c.state == WAITING)
            return await connection.scalar(count) or 0

    def _row(self, message: Message, due_at: float, now: float) -> dict[str, Any]:
        return {
            "event_id": message.event_id,
            "team": message.team,
            "channel": message.channel,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "author": message.author,
            "text": message.text,
            "version": message.version or message.ts,
            "state": WAITING,
            "due_at": due_at,
            "accepted_at": now,
        }

    async def _take_back_answer(
        self, connection: AsyncConnection, place: Any, reason: Reason, now: float
    ) -> None:
        """The decision was taken already: stop an answer on its way, remove one that is there."""
        key = (
            select(findings.c.key).join(inbox, inbox.c.id == findings.c.inbox_id).where(place)
        ).scalar_subquery()
        await changed(
            connection,
            update(outbox)
            .where(outbox.c.key == key, outbox.c.state == QUEUED)
            .values(state=DROPPED, reason=reason, done_at=now),
        )
        if reason is not Reason.DELETED:
            return
        nudge = (
            (
                await connection.execute(
                    select(outbox).where(outbox.c.key == key, outbox.c.state != DROPPED)
                )
            )
            .mappings()
            .first()
        )
        if nudge is not None:
            await queue_retraction(connection, nudge, now)


async def queue_retraction(connection: AsyncConnection, nudge: RowMapping, now: float) -> None:
    """Puts the taking away of a nudge into the outbox, once."""
    await insert_once(
        connection,
        outbox,
        {
            "key": f"retract-{nudge['key']}",
            "kind": PostKind.RETRACT,
            "team": nudge["team"],
            "channel": nudge["channel"],
            "thread_ts": nudge["thread_ts"],
            "reader": nudge["reader"],
            "about": nudge["key"],
            "body": "{}",
            "state": QUEUED,
            "not_before": now,
            "created_at": now,
        },
    )


async def _insert_once(connection: AsyncConnection, row: dict[str, Any]) -> bool:
    return await insert_once(connection, inbox, row)


def _at(team: str, channel: str, ts: str) -> Any:
    return and_(inbox.c.team == team, inbox.c.channel == channel, inbox.c.ts == ts)


def _suspect(row: RowMapping) -> Suspect:
    message = Message(
        event_id=row["event_id"],
        team=row["team"],
        channel=row["channel"],
        ts=row["ts"],
        author=row["author"],
        text=row["text"] or "",
        thread_ts=row["thread_ts"],
        version=row["version"],
    )
    return Suspect(row["id"], message, row["attempts"])
