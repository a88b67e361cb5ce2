"""The inbox in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.core.model import Message, Reason
from bot.flows.ports.inbox import Candidate, NewMessage, SeenMessage
from bot.flows.ports.work import WorkItem
from tests.fakes.state import (
    SPEAK,
    InboxRow,
    Keys,
    State,
    begin_claim,
    claimable_at,
    end_lease,
    is_free,
)


class MemoryInbox:
    """In-memory twin of ``bot.flows.ports.inbox.Inbox``."""

    def __init__(self, state: State, keys: Keys) -> None:
        self._state = state
        self._keys = keys

    async def add(self, new: NewMessage, *, now: float) -> bool:
        message = new.message
        if self._is_known(message):
            return False
        kept = replace(message, version=message.version or message.ts)
        key = self._keys.sealing(only_here=new.only_here)
        self._state.inbox.append(InboxRow(self._state.next_id(), kept, new.due_at, now, key))
        return True

    async def add_all(self, new: Sequence[NewMessage], *, now: float) -> None:
        for each in new:
            await self.add(each, now=now)

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
        message = Message(event_id, workspace_id, channel_id, ts, author_id, "", version=version)
        if not await self.add(NewMessage(message, now), now=now):
            return False
        self._end(self._state.inbox[-1], reason, now)
        return True

    async def replace_waiting(self, new: NewMessage) -> bool:
        message = new.message
        version = message.version or message.ts
        row = self._waiting(message.workspace_id, message.channel_id, message.ts, version)
        if row is None:
            return False
        row.message = replace(row.message, text=message.text, version=version)
        row.due_at, row.attempts = new.due_at, 0
        row.sealed_by = self._keys.sealing(only_here=new.only_here)
        end_lease(row)
        return True

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
        row = self._waiting(workspace_id, channel_id, ts, version)
        if row is None:
            return False
        row.message = replace(row.message, version=version)
        self._end(row, reason, now)
        return True

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
        author = (workspace_id, channel_id, author_id)
        rows = [
            r
            for r in self._state.inbox
            if r.outcome is None
            and (r.message.workspace_id, r.message.channel_id, r.message.author_id) == author
            and r.message.version < before
        ]
        for row in rows:
            self._end(row, reason, now)
        return len(rows)

    async def note_retraction(
        self, workspace_id: str, channel_id: str, author_id: str, ts: str, *, now: float
    ) -> None:
        self._state.retractions[workspace_id, channel_id, author_id, ts] = None

    async def retractions_of(
        self, workspace_id: str, author_ids: Sequence[str]
    ) -> list[tuple[str, str, str]]:
        return [
            (channel_id, author_id, ts)
            for workspace, channel_id, author_id, ts in self._state.retractions
            if workspace == workspace_id and author_id in author_ids
        ]

    async def note_withdrawal(
        self, workspace_id: str, channel_id: str, ts: str, *, reason: Reason
    ) -> None:
        for row in self._state.inbox:
            place = (row.message.workspace_id, row.message.channel_id, row.message.ts)
            if place == (workspace_id, channel_id, ts) and row.outcome == SPEAK:
                row.withdrawn = str(reason)

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
        due = [
            r
            for r in self._state.inbox
            if r.outcome is None
            and r.due_at <= now
            and is_free(r, now, owner)
            and r.message.workspace_id not in without
            and (only is None or _is(r.message, only))
        ]
        claimed = sorted(due, key=lambda r: (r.due_at, r.id))[:limit]
        for row in claimed:
            begin_claim(row, owner, lease_until)
        return [self._candidate(row, owner) for row in claimed]

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        waiting = (
            r
            for r in self._state.inbox
            if r.outcome is None and (only is None or _is(r.message, only))
        )
        return min((claimable_at(r.due_at, r) for r in waiting), default=None)

    async def decide(self, candidate: Candidate, outcome: Reason | None, *, now: float) -> bool:
        row = self._claimed(candidate)
        if row is None or row.message.version != candidate.message.version:
            return False
        self._end(row, outcome or SPEAK, now)
        return True

    async def release(self, candidate: Candidate, *, due_at: float, attempts: int) -> bool:
        row = self._claimed(candidate)
        if row is None:
            return False
        row.due_at, row.attempts = due_at, attempts
        end_lease(row)
        return True

    async def discard(self, candidate: Candidate) -> bool:
        row = self._claimed(candidate)
        if row is None or row.message.version != candidate.message.version:
            return False
        self._state.inbox.remove(row)
        return True

    async def messages_of(self, workspace_id: str, author_id: str) -> list[SeenMessage]:
        return [
            SeenMessage(
                event_id=r.message.event_id,
                workspace_id=workspace_id,
                channel_id=r.message.channel_id,
                ts=r.message.ts,
                thread=r.message.thread,
                at=r.accepted_at,
                has_nudge=r.outcome == SPEAK,
            )
            for r in self._state.inbox
            if (r.message.workspace_id, r.message.author_id) == (workspace_id, author_id)
        ]

    async def count_waiting(self) -> int:
        return sum(r.outcome is None for r in self._state.inbox)

    def _candidate(self, row: InboxRow, owner: str) -> Candidate:
        is_lost = not self._keys.opens(row.sealed_by)
        return Candidate(
            row.id,
            replace(row.message, text="") if is_lost else row.message,
            row.attempts,
            owner,
            row.claim_number,
            row.unfinished_claims,
            text_is_lost=is_lost,
        )

    def _is_known(self, message: Message) -> bool:
        return any(
            r.message.workspace_id == message.workspace_id
            and (
                r.message.event_id == message.event_id
                or (r.message.channel_id, r.message.ts) == (message.channel_id, message.ts)
            )
            for r in self._state.inbox
        )

    def _waiting(
        self, workspace_id: str, channel_id: str, ts: str, version: str
    ) -> InboxRow | None:
        for row in self._state.inbox:
            message = row.message
            place = (message.workspace_id, message.channel_id, message.ts)
            if row.outcome is None and place == (workspace_id, channel_id, ts):
                return row if message.version < version else None
        return None

    def _claimed(self, candidate: Candidate) -> InboxRow | None:
        claim = (candidate.id, candidate.lease_owner, candidate.claim_number)
        for row in self._state.inbox:
            if row.outcome is None and (row.id, row.lease_owner, row.claim_number) == claim:
                return row
        return None

    def _end(self, row: InboxRow, outcome: str, now: float) -> None:
        row.message = replace(row.message, text="")
        row.outcome, row.decided_at = str(outcome), now
        end_lease(row)


def _is(message: Message, item: WorkItem) -> bool:
    place = (message.workspace_id, message.channel_id, message.ts)
    return place == (item.workspace_id, item.place_id, item.key)
