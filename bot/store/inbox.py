"""Candidate messages: stored once, claimed by one worker, their text sealed until it is decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Message, Reason
from bot.flows.ports.inbox import Candidate, NewMessage, SeenMessage
from bot.flows.ports.work import DueWork, WorkItem, WorkKind
from bot.store import inbox_statements as statements
from bot.store.claims import CLAIM_DONE, still_claimed
from bot.store.columns import one_of
from bot.store.database import changed
from bot.store.tables import DECIDED, SPEAK, WAITING, inbox, retractions
from bot.store.upsert import insert_once
from bot.store.words import Words


class SqlInbox:
    """The inbox over SQL; implements ``bot.flows.ports.inbox.Inbox``."""

    def __init__(
        self, connection: AsyncConnection, words: Words, jobs: list[DueWork] | None = None
    ) -> None:
        self._connection = connection
        self._words = words
        self._jobs = jobs if jobs is not None else []

    async def add(self, new: NewMessage, *, now: float) -> bool:
        self._jobs.append(_work(new))
        return await insert_once(self._connection, inbox, self._row(new, now))

    async def add_all(self, new: Sequence[NewMessage], *, now: float) -> None:
        if new:
            insert = statements.insert_new(self._connection.dialect.name)
            rows = [self._row(each, now) for each in new]
            await self._connection.execute(insert, rows if len(rows) > 1 else rows[0])
            self._jobs += [_work(each) for each in new]

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

    async def replace_waiting(self, new: NewMessage) -> bool:
        message = new.message
        row = self._row(new, now=0.0)
        newer = update(inbox).where(
            statements.WAITS,
            _at(message.workspace_id, message.channel_id, message.ts),
            inbox.c.version < row["version"],
        )
        values = {name: row[name] for name in ("sealed_text", "version", "due_at")}
        values |= {"attempts": 0, **CLAIM_DONE}
        self._jobs.append(_work(new))
        return await changed(self._connection, newer.values(values)) > 0

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

    async def retractions_of(
        self, workspace_id: str, author_ids: Sequence[str]
    ) -> list[tuple[str, str, str]]:
        values = {f"author_{number}": each for number, each in enumerate(author_ids)}
        find = statements.retractions_of(len(values))
        found = await self._connection.execute(find, {"workspace_id": workspace_id, **values})
        return [(r.channel_id, r.author_id, r.ts) for r in found]

    async def note_withdrawal(
        self, workspace_id: str, channel_id: str, ts: str, *, reason: Reason
    ) -> None:
        spoken = update(inbox).where(
            _at(workspace_id, channel_id, ts),
            one_of(inbox.c.state, DECIDED),
            one_of(inbox.c.reason, SPEAK),
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
        only: WorkItem | None = None,
    ) -> list[Candidate]:
        claim, values = statements.claim_of(without, only)
        rows = await claim.run(
            self._connection,
            now=now,
            limit=limit,
            owner=owner,
            lease_until=lease_until,
            **values,
        )
        return [self._candidate(row) for row in rows]

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        ask = statements.next_due(self._connection.dialect.name, is_one=only is not None)
        values = statements.this(only) if only is not None else {}
        soonest: float | None = await self._connection.scalar(ask, values)
        return soonest

    async def decide(self, candidate: Candidate, outcome: Reason | None, *, now: float) -> bool:
        decided = {"new_reason": outcome or SPEAK, "new_decided_at": now}
        values = _claimed(candidate) | decided
        return await changed(self._connection, statements.DECIDE, values) > 0

    async def release(self, candidate: Candidate, *, due_at: float, attempts: int) -> bool:
        back = update(inbox).where(statements.WAITS, _mine(candidate))
        values = {"due_at": due_at, "attempts": attempts, **CLAIM_DONE}
        return await changed(self._connection, back.values(values)) > 0

    async def discard(self, candidate: Candidate) -> bool:
        return await changed(self._connection, statements.DISCARD, _claimed(candidate)) > 0

    async def messages_of(self, workspace_id: str, author_id: str) -> list[SeenMessage]:
        theirs = and_(inbox.c.workspace_id == workspace_id, inbox.c.author_id == author_id)
        rows = select(inbox).where(theirs).order_by(inbox.c.id)
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
        count = select(func.count()).select_from(inbox).where(statements.WAITS)
        return await self._connection.scalar(count) or 0

    async def _end(
        self, which: ColumnElement[bool], outcome: str, now: float, **values: Any
    ) -> int:
        """Decide waiting messages and erase their text."""
        values |= {"state": DECIDED, "sealed_text": None, "reason": outcome, "decided_at": now}
        end = update(inbox).where(statements.WAITS, which).values(values | CLAIM_DONE)
        return await changed(self._connection, end)

    def _row(self, new: NewMessage, now: float) -> dict[str, Any]:
        message = new.message
        row = {
            "workspace_id": message.workspace_id,
            "event_id": message.event_id,
            "channel_id": message.channel_id,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "author_id": message.author_id,
            "version": message.version or message.ts,
            "state": WAITING,
            "due_at": new.due_at,
            "accepted_at": now,
        }
        sealed = self._words.seal(message.text, "inbox", row, only_here=new.only_here)
        return row | {"sealed_text": sealed}

    def _candidate(self, row: RowMapping) -> Candidate:
        text = self._words.open("inbox", dict(row))
        message = Message(
            event_id=row["event_id"],
            workspace_id=row["workspace_id"],
            channel_id=row["channel_id"],
            ts=row["ts"],
            author_id=row["author_id"],
            text=text or "",
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
            text_is_lost=text is None,
        )


def _at(workspace_id: str, channel_id: str, ts: str) -> ColumnElement[bool]:
    return and_(
        inbox.c.workspace_id == workspace_id, inbox.c.channel_id == channel_id, inbox.c.ts == ts
    )


def _work(new: NewMessage) -> DueWork:
    message = new.message
    item = WorkItem(WorkKind.DECISION, message.workspace_id, message.channel_id, message.ts)
    return DueWork(item, new.due_at)


def _mine(candidate: Candidate) -> ColumnElement[bool]:
    mine = still_claimed(inbox, candidate.lease_owner, candidate.claim_number)
    return and_(inbox.c.id == candidate.id, mine)


def _claimed(candidate: Candidate) -> dict[str, Any]:
    """Return the values that name the claimed wording of a message."""
    return {
        "row_id": candidate.id,
        "row_owner": candidate.lease_owner,
        "row_claim": candidate.claim_number,
        "row_version": candidate.message.version,
    }
