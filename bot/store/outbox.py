"""Outgoing messages: each sent once, through crashes, by any number of workers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.gate import Unprompted
from bot.flows.ports.outbox import (
    ClaimedMessage,
    DeliveryState,
    MessageKind,
    OutgoingMessage,
)
from bot.flows.ports.work import DueWork, WorkItem, WorkKind
from bot.store import outbox_statements as statements
from bot.store.claims import CLAIM_DONE
from bot.store.columns import one_of
from bot.store.database import changed
from bot.store.pacing import ChannelPacing
from bot.store.ready_messages import OPEN, ReadyMessages
from bot.store.sent_messages import SqlSentMessages
from bot.store.tables import DROPPED, QUEUED, SENDING, SENT, outbox
from bot.store.upsert import insert_once
from bot.store.words import Words

_NEVER_SENT = "nudge_not_sent"
_DELIVERY_STATES = {
    QUEUED: DeliveryState.WAITING,
    SENDING: DeliveryState.WAITING,
    SENT: DeliveryState.SENT,
    DROPPED: DeliveryState.DROPPED,
}


class SqlOutbox(SqlSentMessages):
    """The outbox over SQL; implements ``bot.flows.ports.outbox.Outbox``.

    ``not_before`` is when a message may be tried; for one in state ``sending`` it is when no
    earlier request can be under way any more.
    """

    def __init__(
        self, connection: AsyncConnection, words: Words, jobs: list[DueWork] | None = None
    ) -> None:
        super().__init__(connection)
        self._words = words
        self._jobs = jobs
        self._pacing = ChannelPacing(connection)
        self._ready = ReadyMessages(connection)

    async def enqueue(self, message: OutgoingMessage, *, now: float) -> bool:
        row = {
            "workspace_id": message.workspace_id,
            "key": message.key,
            "kind": message.kind,
            "channel_id": message.channel_id,
            "thread_ts": message.thread_ts,
            "recipient_id": message.recipient_id,
            "about_key": message.about_key,
            "topic": message.topic,
            "unprompted": message.unprompted,
            "due_at": message.due_at,
            "content": json.dumps(dict(message.content)),
            "state": QUEUED,
            "not_before": now,
            "created_at": now,
        }
        if message.private_content is not None:
            private = json.dumps(dict(message.private_content))
            row["sealed_content"] = self._words.seal(private, "outbox", row)
        self._note_work(row, now)
        return await insert_once(self._connection, outbox, row)

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
        # Messages are locked before the pacing of their channels, as everywhere: in another order
        # a claim and an erasure would wait for each other.
        oldest = await (
            self._ready.lock_oldest(now, limit, owner, without)
            if only is None
            else self._ready.lock_one(now, owner, only)
        )
        held = await self._pacing.claim(
            {_place(r) for r in oldest}, now=now, owner=owner, until=lease_until
        )
        target_ts = {r["id"]: r["target_ts"] for r in oldest if _place(r) in held}
        if not target_ts:
            return []
        values = {"ids": list(target_ts), "claim_owner": owner, "claim_until": lease_until}
        rows = (await self._connection.execute(statements.CLAIM, values)).mappings().all()
        rows = sorted(rows, key=lambda r: (r["not_before"], r["id"]))
        return [self._claimed(row, target_ts[row["id"]] or "") for row in rows]

    async def next_ready(self, only: WorkItem | None = None) -> float | None:
        ask = statements.next_ready(self._connection.dialect.name, is_one=only is not None)
        values = {} if only is None else {"workspace_id": only.workspace_id, "key": only.key}
        at: float | None = await self._connection.scalar(ask, values)
        return at

    async def next_open(self) -> float | None:
        ask = statements.next_open(self._connection.dialect.name)
        at: float | None = await self._connection.scalar(ask)
        return at

    async def mark_sending(
        self, claimed: ClaimedMessage, *, now: float, unconfirmed_until: float
    ) -> bool:
        if not await self._change(
            claimed,
            state=SENDING,
            sending_since=now,
            not_before=unconfirmed_until,
            lease_until=unconfirmed_until,
        ):
            return False
        await self._pacing.extend(claimed, until=unconfirmed_until)
        return True

    async def mark_sent(self, claimed: ClaimedMessage, ts: str, *, now: float) -> bool:
        return await self._end(claimed, state=SENT, sent_ts=ts, reason=None, done_at=now)

    async def retry_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        return await self._change(
            claimed,
            state=QUEUED,
            sending_since=None,
            not_before=at,
            attempts=attempts,
            **CLAIM_DONE,
        )

    async def recheck_at(self, claimed: ClaimedMessage, at: float, *, attempts: int) -> bool:
        return await self._change(claimed, not_before=at, attempts=attempts, **CLAIM_DONE)

    async def drop(self, claimed: ClaimedMessage, reason: str, *, now: float) -> bool:
        return await self._end(claimed, state=DROPPED, reason=reason, done_at=now)

    async def hold_channel(
        self, workspace_id: str, channel_id: str, *, until: float, owner: str | None = None
    ) -> None:
        if owner is None:
            await self._pacing.hold(workspace_id, channel_id, until=until)
        else:
            await self._pacing.replace_hold(workspace_id, channel_id, until=until, owner=owner)

    async def cancel(self, workspace_id: str, key: str, reason: str, *, now: float) -> bool:
        this = and_(outbox.c.workspace_id == workspace_id, outbox.c.key == key)
        if await self._drop_queued(this, reason, now) > 0:
            return True
        being_sent = update(outbox).where(this, one_of(outbox.c.state, SENDING))
        await self._connection.execute(being_sent.values(reason=reason))
        return False

    async def cancel_deletion_of(self, workspace_id: str, key: str, *, now: float) -> None:
        deletion = and_(
            outbox.c.workspace_id == workspace_id,
            outbox.c.about_key == key,
            one_of(outbox.c.kind, MessageKind.DELETE),
        )
        await self._drop_queued(deletion, _NEVER_SENT, now)

    async def is_live(self, workspace_id: str, key: str) -> bool:
        this = {"workspace_id": workspace_id, "key": key}
        return await self._connection.scalar(statements.STATE, this) in (QUEUED, SENDING, SENT)

    async def delivery_state(self, workspace_id: str, key: str) -> DeliveryState | None:
        this = {"workspace_id": workspace_id, "key": key}
        state = await self._connection.scalar(statements.STATE, this)
        return _DELIVERY_STATES[state] if state else None

    async def contents_of(
        self, workspace_id: str, key: str
    ) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        kept = select(outbox).where(outbox.c.workspace_id == workspace_id, outbox.c.key == key)
        row = (await self._connection.execute(kept)).mappings().one_or_none()
        return self._contents(row) if row else ({}, None)

    async def count_open(self) -> int:
        count = select(func.count()).select_from(outbox).where(OPEN)
        return await self._connection.scalar(count) or 0

    async def _change(self, claimed: ClaimedMessage, **values: Any) -> bool:
        change = statements.change(tuple(values))
        return await changed(self._connection, change, _claim(claimed) | _new(values)) > 0

    async def _end(self, claimed: ClaimedMessage, **values: Any) -> bool:
        message = claimed.message
        this = {"this_workspace": message.workspace_id, "this_key": message.key}
        found = await self._connection.execute(
            statements.end(tuple(values)), _claim(claimed) | _new(values) | this
        )
        ended = found.first()
        if ended is not None and ended.is_awaited and self._jobs is not None:
            await self._note_what_waited_for(message)
        return ended is not None

    async def _note_what_waited_for(self, message: OutgoingMessage) -> None:
        """Let what waits for the end of a message be worked on."""
        waiting = select(outbox).where(
            outbox.c.workspace_id == message.workspace_id,
            outbox.c.about_key == message.key,
            one_of(outbox.c.state, QUEUED),
        )
        for row in (await self._connection.execute(waiting)).mappings():
            self._note_work(dict(row), row["not_before"])

    def _note_work(self, row: Mapping[str, Any], at: float) -> None:
        if self._jobs is not None:
            place = (row["workspace_id"], row["channel_id"], row["key"])
            self._jobs.append(DueWork(WorkItem(WorkKind.DELIVERY, *place), at))

    async def _drop_queued(self, which: ColumnElement[bool], reason: str, now: float) -> int:
        gone = {"state": DROPPED, "reason": reason, "done_at": now, **statements.CONTENT_AFTERWARD}
        drop = update(outbox).where(which, one_of(outbox.c.state, QUEUED)).values(gone | CLAIM_DONE)
        return await changed(self._connection, drop)

    def _claimed(self, row: RowMapping, target_ts: str) -> ClaimedMessage:
        kind = MessageKind(row["kind"])
        content, private = self._contents(row)
        message = OutgoingMessage(
            key=row["key"],
            kind=kind,
            workspace_id=row["workspace_id"],
            channel_id=row["channel_id"],
            recipient_id=row["recipient_id"],
            thread_ts=row["thread_ts"],
            content=content if private is None else private,
            about_key=row["about_key"],
            topic=row["topic"],
            unprompted=Unprompted(row["unprompted"]) if row["unprompted"] else None,
            due_at=row["due_at"],
        )
        return ClaimedMessage(
            id=row["id"],
            message=message,
            created_at=row["created_at"],
            attempts=row["attempts"],
            lease_owner=row["lease_owner"],
            claim_number=row["claim_number"],
            unfinished_claims=row["unfinished_claims"],
            sending_since=row["sending_since"] if row["state"] == SENDING else None,
            target_ts=target_ts if kind in (MessageKind.DELETE, MessageKind.UPDATE) else "",
            withdrawn=row["reason"] or "",
        )

    def _contents(self, row: RowMapping) -> tuple[dict[str, Any], dict[str, Any] | None]:
        private = self._words.open("outbox", dict(row))
        return json.loads(row["content"]), None if private is None else json.loads(private)


def _place(row: RowMapping) -> tuple[str, str]:
    return row["workspace_id"], row["channel_id"]


def _claim(claimed: ClaimedMessage) -> dict[str, Any]:
    """Return the values that name a claimed message."""
    return {
        "row_id": claimed.id,
        "row_owner": claimed.lease_owner,
        "row_claim": claimed.claim_number,
    }


def _new(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}
