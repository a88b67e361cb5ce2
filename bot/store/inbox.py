"""Candidate messages: stored once, claimed by one worker, and their text erased when decided."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Message, Reason
from bot.flows.ports.inbox import Candidate, SeenMessage
from bot.store.claims import CLAIM_DONE, claim, latest, not_in, still_claimed
from bot.store.database import changed
from bot.store.erasures import Erasures
from bot.store.tables import DECIDED, SPEAK, WAITING, inbox, retractions
from bot.store.upsert import insert_once

_WAITS = inbox.c.state == WAITING


class SqlInbox:
    """The inbox over SQL; implements ``bot.flows.ports.inbox.Inbox``."""

    def __init__(self, connection: AsyncConnection, erasures: Erasures) -> None:
        self._connection = connection
        self._erasures = erasures

    async def add(self, message: Message, *, due_at: float, now: float) -> bool:
        row = {
            "workspace_id": message.workspace_id,
            "event_id": message.event_id,
            "channel_id": message.channel_id,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "author_id": message.author_id,
            "text": message.text,
            "version": message.version or message.ts,
            "state": WAITING,
            "due_at": due_at,
            "accepted_at": now,
        }
        return await insert_once(self._connection, inbox, row)

    async def add_tombstone(
        self,
        workspace_id: str,
        channel_id: str,
        ts: str,
        *,
        event_id: str,
        version: str,
        reason: Reason,
        now: float,
        author_id: str = "",
    ) -> bool:
        row = {
            "workspace_id": workspace_id,
            "event_id": event_id,
            "channel_id": channel_id,
            "ts": ts,
            "author_id": author_id,
            "version": version,
            "state": DECIDED,
            "due_at": now,
            "accepted_at": now,
            "decided_at": now,
            "reason": reason,
        }
        return await insert_once(self._connection, inbox, row)

    async def replace_waiting(self, message: Message, *, due_at: float) -> bool:
        version = message.version or message.ts
        newer = (
            update(inbox)
            .where(_WAITS, _at(message.workspace_id, message.channel_id, message.ts))
            .where(inbox.c.version < version)
            .values(text=message.text, version=version, due_at=due_at, attempts=0, **CLAIM_DONE)
        )
        return await changed(self._connection, newer) > 0

    async def end_waiting(
        self,
        workspace_id: str,
        channel_id: str,
        ts: str,
        *,
        version: str,
        reason: Reason,
        now: float,
    ) -> bool:
        older = and_(_at(workspace_id, channel_id, ts), inbox.c.version < version)
        return await self._end(older, reason, now, version=version) > 0

    async def end_waiting_by_author(
        self,
        workspace_id: str,
        channel_id: str,
        author_id: str,
        *,
        before: str,
        reason: Reason,
        now: float,
    ) -> int:
        by_author = and_(
            inbox.c.workspace_id == workspace_id,
            inbox.c.channel_id == channel_id,
            inbox.c.author_id == author_id,
            inbox.c.version < before,
        )
        return await self._end(by_author, reason, now)

    async def note_retraction(
        self, workspace_id: str, channel_id: str, author_id: str, ts: str, *, now: float
    ) -> None:
        row = {
            "workspace_id": workspace_id,
            "channel_id": channel_id,
            "author_id": author_id,
            "ts": ts,
            "created_at": now,
        }
        await insert_once(self._connection, retractions, row)

    async def is_retracted(
        self, workspace_id: str, channel_id: str, author_id: str, *, after: str, until: str
    ) -> bool:
        found = select(retractions.c.ts).where(
            retractions.c.workspace_id == workspace_id,
            retractions.c.channel_id == channel_id,
            retractions.c.author_id == author_id,
            retractions.c.ts > after,
            retractions.c.ts <= until,
        )
        return await self._connection.scalar(found.limit(1)) is not None

    async def note_withdrawal(
        self, workspace_id: str, channel_id: str, ts: str, *, reason: Reason
    ) -> None:
        spoken = update(inbox).where(
            _at(workspace_id, channel_id, ts), inbox.c.state == DECIDED, inbox.c.reason == SPEAK
        )
        await self._connection.execute(spoken.values(withdrawn=reason))

    async def claim_due(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[Candidate]:
        rows = await claim(
            self._connection,
            inbox,
            and_(_WAITS, inbox.c.due_at <= now, not_in(inbox, without)),
            order_by="due_at",
            now=now,
            limit=limit,
            owner=owner,
            lease_until=lease_until,
        )
        return [_candidate(row) for row in rows]

    async def next_due(self) -> float | None:
        claimable_at = latest(
            self._connection, inbox.c.due_at, func.coalesce(inbox.c.lease_until, 0.0)
        )
        soonest: float | None = await self._connection.scalar(
            select(func.min(claimable_at)).where(_WAITS)
        )
        return soonest

    async def decide(self, candidate: Candidate, outcome: Reason | None, *, now: float) -> bool:
        version = candidate.message.version
        mine = and_(_mine(candidate), inbox.c.version == version)
        return await self._end(mine, outcome or SPEAK, now) > 0

    async def release(self, candidate: Candidate, *, due_at: float, attempts: int) -> bool:
        back = update(inbox).where(_WAITS, _mine(candidate))
        values = {"due_at": due_at, "attempts": attempts, **CLAIM_DONE}
        return await changed(self._connection, back.values(values)) > 0

    async def messages_of(self, workspace_id: str, author_id: str) -> list[SeenMessage]:
        rows = select(inbox).where(
            inbox.c.workspace_id == workspace_id, inbox.c.author_id == author_id
        )
        return [
            SeenMessage(
                event_id=r.event_id,
                workspace_id=workspace_id,
                channel_id=r.channel_id,
                ts=r.ts,
                thread=r.thread_ts or r.ts,
                at=r.accepted_at,
                has_nudge=r.reason == SPEAK,
            )
            for r in await self._connection.execute(rows)
        ]

    async def count_waiting(self) -> int:
        count = select(func.count()).select_from(inbox).where(_WAITS)
        return await self._connection.scalar(count) or 0

    async def _end(
        self, which: ColumnElement[bool], outcome: str, now: float, **values: Any
    ) -> int:
        """Decide waiting messages and erase their text."""
        self._erasures.text = True
        values |= {"state": DECIDED, "text": None, "reason": outcome, "decided_at": now}
        end = update(inbox).where(_WAITS, which).values(values | CLAIM_DONE)
        return await changed(self._connection, end)


def _at(workspace_id: str, channel_id: str, ts: str) -> ColumnElement[bool]:
    return and_(
        inbox.c.workspace_id == workspace_id, inbox.c.channel_id == channel_id, inbox.c.ts == ts
    )


def _mine(candidate: Candidate) -> ColumnElement[bool]:
    mine = still_claimed(inbox, candidate.lease_owner, candidate.claim_number)
    return and_(inbox.c.id == candidate.id, mine)


def _candidate(row: RowMapping) -> Candidate:
    message = Message(
        event_id=row["event_id"],
        workspace_id=row["workspace_id"],
        channel_id=row["channel_id"],
        ts=row["ts"],
        author_id=row["author_id"],
        text=row["text"] or "",
        thread_ts=row["thread_ts"],
        version=row["version"],
    )
    return Candidate(
        row["id"],
        message,
        row["attempts"],
        row["lease_owner"],
        row["claim_number"],
        row["unfinished_claims"],
    )
