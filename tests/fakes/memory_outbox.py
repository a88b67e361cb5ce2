"""The outbox and the asks in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from bot.core.gate import Unprompted
from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk
from bot.flows.ports.outbox import (
    ClaimedMessage,
    DeliveryState,
    MessageKind,
    Notice,
    OutgoingMessage,
)
from bot.flows.ports.work import WorkItem
from tests.fakes.state import (
    AskRow,
    Keys,
    OutboxRow,
    Pacing,
    State,
    begin_claim,
    claimable_at,
    end_lease,
    is_free,
)

_OPEN = ("queued", "sending")


_AFTER_ANOTHER = (MessageKind.NUDGE, MessageKind.EPHEMERAL_NUDGE, MessageKind.UPDATE)


class MemoryOutbox:
    """In-memory twin of ``bot.flows.ports.outbox.Outbox``."""

    def __init__(self, state: State, keys: Keys) -> None:
        self._state = state
        self._keys = keys

    async def enqueue(self, message: OutgoingMessage, *, now: float) -> bool:
        if self._find(message.workspace_id, message.key):
            return False
        private = message.private_content
        kept = replace(
            message,
            content=_as_json(message.content),
            private_content=None if private is None else _as_json(private),
        )
        row = OutboxRow(self._state.next_id(), kept, now, now, self._keys.sealing())
        self._state.outbox.append(row)
        return True

    async def claim_ready(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
        only: WorkItem | None = None,
    ) -> list[ClaimedMessage]:
        claimed: list[ClaimedMessage] = []
        taken: set[tuple[str, str]] = set()
        still_open = [row for row in self._state.outbox if row.state in _OPEN]
        for row in sorted(still_open, key=lambda r: (r.not_before, r.id)):
            place = (row.message.workspace_id, row.message.channel_id)
            if place in taken or place[0] in without or len(claimed) == limit:
                continue
            if not (_is(row.message, only) and self._is_ready(row, now, owner)):
                continue
            taken.add(place)
            begin_claim(row, owner, lease_until)
            self._state.pacing[place] = Pacing(lease_until, owner)
            claimed.append(
                ClaimedMessage(
                    row.id,
                    self._as_sent(row),
                    row.created_at,
                    row.attempts,
                    owner,
                    row.claim_number,
                    row.unfinished_claims,
                    row.sending_since,
                    self._target_ts(row),
                    row.reason or "",
                )
            )
        return claimed

    async def next_ready(self, only: WorkItem | None = None) -> float | None:
        never = Pacing(0.0)
        return min(
            (
                max(
                    claimable_at(row.not_before, row),
                    self._state.pacing.get(
                        (row.message.workspace_id, row.message.channel_id), never
                    ).free_at,
                )
                for row in self._state.outbox
                if self._may_be_sent(row) and _is(row.message, only)
            ),
            default=None,
        )

    async def next_open(self) -> float | None:
        still_open = (row for row in self._state.outbox if row.state in _OPEN)
        return min((claimable_at(row.not_before, row) for row in still_open), default=None)

    async def mark_sending(
        self, claimed: ClaimedMessage, *, now: float, unconfirmed_until: float
    ) -> bool:
        row = self._claimed(claimed)
        if row is None:
            return False
        row.state, row.sending_since = "sending", now
        row.not_before = row.lease_until = unconfirmed_until
        pacing = self._state.pacing.get(
            (claimed.message.workspace_id, claimed.message.channel_id), Pacing(0.0)
        )
        if pacing.held_by == claimed.lease_owner:
            pacing.free_at = unconfirmed_until
        return True

    async def mark_sent(self, claimed: ClaimedMessage, ts: str, *, now: float) -> bool:
        row = self._claimed(claimed)
        if row is None:
            return False
        row.sent_ts, row.reason, row.done_at = ts, None, now
        self._end(row, "sent")
        return True

    async def retry_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        row = self._claimed(claimed)
        if row is None:
            return False
        row.state, row.sending_since, row.not_before = "queued", None, at
        row.attempts = attempts
        end_lease(row)
        return True

    async def recheck_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        row = self._claimed(claimed)
        if row is None:
            return False
        row.not_before, row.attempts = at, attempts
        end_lease(row)
        return True

    async def drop(self, claimed: ClaimedMessage, reason: str, *, now: float) -> bool:
        row = self._claimed(claimed)
        if row is None:
            return False
        self._end(row, "dropped", reason)
        return True

    async def hold_channel(
        self, workspace_id: str, channel_id: str, *, until: float, owner: str | None = None
    ) -> None:
        held = self._state.pacing.get((workspace_id, channel_id))
        if owner is None or (held is not None and held.held_by == owner):
            self._state.pacing[workspace_id, channel_id] = Pacing(until)

    async def cancel(self, workspace_id: str, key: str, reason: str, *, now: float) -> bool:
        row = self._find(workspace_id, key)
        if row is None or row.state != "queued":
            if row is not None and row.state == "sending":
                row.reason = reason
            return False
        self._end(row, "dropped", reason)
        return True

    async def cancel_deletion_of(self, workspace_id: str, key: str, *, now: float) -> None:
        for row in self._state.outbox:
            message = row.message
            about = (message.workspace_id, message.about_key, message.kind)
            if row.state == "queued" and about == (workspace_id, key, MessageKind.DELETE):
                self._end(row, "dropped", "nudge_not_sent")

    async def is_live(self, workspace_id: str, key: str) -> bool:
        row = self._find(workspace_id, key)
        return row is not None and row.state != "dropped"

    async def delivery_state(self, workspace_id: str, key: str) -> DeliveryState | None:
        row = self._find(workspace_id, key)
        if row is None:
            return None
        ended = {"sent": DeliveryState.SENT, "dropped": DeliveryState.DROPPED}
        return ended.get(row.state, DeliveryState.WAITING)

    async def contents_of(
        self, workspace_id: str, key: str
    ) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        row = self._find(workspace_id, key)
        return self._contents(row) if row else ({}, None)

    async def enqueued_at(
        self, workspace_id: str, about_key: str, recipient_id: str, topic: str
    ) -> list[float]:
        told = (workspace_id, about_key, recipient_id, topic)
        return sorted(
            r.created_at
            for r in self._state.outbox
            if (
                r.message.workspace_id,
                r.message.about_key,
                r.message.recipient_id,
                r.message.topic,
            )
            == told
        )

    async def key_of_sent(self, workspace_id: str, recipient_id: str, ts: str) -> str | None:
        for row in self._state.outbox:
            message = row.message
            sent = (message.workspace_id, message.recipient_id, row.sent_ts)
            if sent == (workspace_id, recipient_id, ts) and message.kind is MessageKind.MESSAGE:
                return message.key
        return None

    async def last_notice(self, workspace_id: str, channel_id: str) -> Notice | None:
        place = (workspace_id, channel_id, Unprompted.CHANNEL_NOTICE)
        notices = [
            row
            for row in self._state.outbox
            if (row.message.workspace_id, row.message.channel_id, row.message.unprompted) == place
        ]
        if not notices:
            return None
        last = max(notices, key=lambda row: row.id)
        return Notice(last.message.key, is_live=last.state != "dropped")

    async def last_sent(
        self, workspace_id: str, recipient_id: str, unprompted: Unprompted, *, since: float
    ) -> str | None:
        sent = [
            (row.done_at, row.id, row.message.key)
            for row in self._state.outbox
            if row.state == "sent"
            and row.message.workspace_id == workspace_id
            and row.message.recipient_id == recipient_id
            and row.message.unprompted is unprompted
            and row.done_at > since
        ]
        return max(sent)[2] if sent else None

    async def count_open(self) -> int:
        return sum(r.state in _OPEN for r in self._state.outbox)

    def _find(self, workspace_id: str, key: str) -> OutboxRow | None:
        for row in self._state.outbox:
            if row.message.key == key and row.message.workspace_id == workspace_id:
                return row
        return None

    def _target_ts(self, row: OutboxRow) -> str:
        if row.message.kind not in (MessageKind.DELETE, MessageKind.UPDATE):
            return ""
        nudge = self._find(row.message.workspace_id, row.message.about_key)
        return nudge.sent_ts if nudge and nudge.state == "sent" else ""

    def _may_be_sent(self, row: OutboxRow) -> bool:
        if row.state not in _OPEN:
            return False
        message = row.message
        if message.kind in _AFTER_ANOTHER:
            notice = self._find(message.workspace_id, message.about_key)
            return notice is None or notice.state not in _OPEN
        return message.kind is not MessageKind.DELETE or bool(self._target_ts(row))

    def _is_ready(self, row: OutboxRow, now: float, owner: str) -> bool:
        pacing = self._state.pacing.get((row.message.workspace_id, row.message.channel_id))
        may_post = pacing is None or pacing.free_at <= now or pacing.held_by == owner
        due = row.not_before <= now and is_free(row, now, owner)
        return may_post and due and self._may_be_sent(row)

    def _claimed(self, claimed: ClaimedMessage) -> OutboxRow | None:
        claim = (claimed.id, claimed.lease_owner, claimed.claim_number)
        for row in self._state.outbox:
            if row.state in _OPEN and (row.id, row.lease_owner, row.claim_number) == claim:
                return row
        return None

    def _end(self, row: OutboxRow, state: str, reason: str | None = None) -> None:
        row.state, row.reason = state, reason
        if row.message.kind is not MessageKind.EPHEMERAL_NUDGE:
            row.message = replace(row.message, content={}, private_content=None)
        end_lease(row)

    def _as_sent(self, row: OutboxRow) -> OutgoingMessage:
        content, private = self._contents(row)
        said = content if private is None else private
        return replace(row.message, content=said, private_content=None)

    def _contents(self, row: OutboxRow) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        private = row.message.private_content
        return row.message.content, private if self._keys.opens(row.sealed_by) else None


def _as_json(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what comes back from a database."""
    found: dict[str, Any] = json.loads(json.dumps(dict(content)))
    return found


class MemoryAsks:
    """In-memory twin of ``bot.flows.ports.asks.Asks``."""

    def __init__(self, state: State, keys: Keys) -> None:
        self._state = state
        self._keys = keys

    async def add(self, ask: Ask, *, now: float) -> bool:
        key = (ask.workspace_id, ask.key)
        if any((r.ask.workspace_id, r.ask.key) == key for r in self._state.asks):
            return False
        row = AskRow(self._state.next_id(), ask, now, now, self._keys.sealing())
        self._state.asks.append(row)
        return True

    async def claim_due(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
        only: WorkItem | None = None,
    ) -> list[ClaimedAsk]:
        due = [
            r
            for r in self._state.asks
            if not r.done
            and r.due_at <= now
            and is_free(r, now, owner)
            and r.ask.workspace_id not in without
            and _is(r.ask, only)
        ]
        claimed = sorted(due, key=lambda r: (r.due_at, r.id))[:limit]
        for row in claimed:
            begin_claim(row, owner, lease_until)
        return [self._claimed(row, owner) for row in claimed]

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        waiting = (r for r in self._state.asks if not r.done and _is(r.ask, only))
        return min((claimable_at(r.due_at, r) for r in waiting), default=None)

    async def count_since(self, workspace_id: str, user_id: str, since: float) -> int:
        return sum(
            (r.ask.workspace_id, r.ask.user_id) == (workspace_id, user_id) and r.created_at > since
            for r in self._state.asks
            if r.ask.kind is not AskKind.SMALL_TALK
        )

    async def complete(
        self, claimed: ClaimedAsk, *, now: float, is_small_talk: bool = False
    ) -> bool:
        def end(row: AskRow) -> None:
            row.done = True
            kind = AskKind.SMALL_TALK if is_small_talk else row.ask.kind
            row.ask = replace(row.ask, kind=kind, text="", address="")
            end_lease(row)

        return self._change(claimed, end)

    async def keep(self, claimed: ClaimedAsk) -> bool:
        return self._change(claimed, lambda row: None)

    async def mark_showing(self, claimed: ClaimedAsk, *, now: float) -> bool:
        def mark(row: AskRow) -> None:
            row.showing_since = now

        return self._change(claimed, mark)

    async def retry_at(self, claimed: ClaimedAsk, at: float, *, attempts: int) -> bool:
        def back(row: AskRow) -> None:
            row.due_at, row.attempts, row.showing_since = at, attempts, None
            end_lease(row)

        return self._change(claimed, back)

    async def count_waiting(self) -> int:
        return sum(not r.done for r in self._state.asks)

    def _claimed(self, row: AskRow, owner: str) -> ClaimedAsk:
        is_lost = row.ask.kind is AskKind.ADVICE and not self._keys.opens(row.sealed_by)
        return ClaimedAsk(
            row.id,
            replace(row.ask, text="") if is_lost else row.ask,
            row.created_at,
            row.attempts,
            owner,
            row.claim_number,
            row.unfinished_claims,
            row.showing_since,
            words_are_lost=is_lost,
        )

    def _change(self, claimed: ClaimedAsk, change: Callable[[AskRow], None]) -> bool:
        claim = (claimed.id, claimed.lease_owner, claimed.claim_number)
        for row in self._state.asks:
            if not row.done and (row.id, row.lease_owner, row.claim_number) == claim:
                change(row)
                return True
        return False


def _is(row: OutgoingMessage | Ask, item: WorkItem | None) -> bool:
    return item is None or (row.workspace_id, row.key) == (item.workspace_id, item.key)
