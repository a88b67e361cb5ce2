"""What was queued and sent before, as far as a later message depends on it."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.gate import Unprompted
from bot.flows.ports.outbox import MessageKind, Notice
from bot.store.columns import one_of
from bot.store.tables import DROPPED, SENT, outbox

_LAST_NOTICE = (
    select(outbox.c.key, outbox.c.state)
    .where(
        outbox.c.workspace_id == bindparam("workspace_id"),
        outbox.c.recipient_id == "",
        outbox.c.channel_id == bindparam("channel_id"),
        outbox.c.unprompted == Unprompted.CHANNEL_NOTICE,
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)


class SqlSentMessages:
    """Sent messages over SQL; implements ``bot.flows.ports.outbox.SentMessages``.

    Args:
        connection: in a transaction.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enqueued_at(
        self, workspace_id: str, about_key: str, recipient_id: str, topic: str
    ) -> list[float]:
        times = (
            select(outbox.c.created_at)
            .where(
                outbox.c.workspace_id == workspace_id,
                outbox.c.about_key == about_key,
                outbox.c.recipient_id == recipient_id,
                outbox.c.topic == topic,
            )
            .order_by(outbox.c.created_at)
        )
        return list((await self._connection.execute(times)).scalars())

    async def key_of_sent(self, workspace_id: str, recipient_id: str, ts: str) -> str | None:
        key: str | None = await self._connection.scalar(
            select(outbox.c.key).where(
                outbox.c.workspace_id == workspace_id,
                outbox.c.recipient_id == recipient_id,
                outbox.c.sent_ts == ts,
                one_of(outbox.c.kind, MessageKind.MESSAGE),
            )
        )
        return key

    async def last_notice(self, workspace_id: str, channel_id: str) -> Notice | None:
        place = {"workspace_id": workspace_id, "channel_id": channel_id}
        found = await self._connection.execute(_LAST_NOTICE, place)
        row = found.first()
        return None if row is None else Notice(row.key, is_live=row.state != DROPPED)

    async def last_sent(
        self, workspace_id: str, recipient_id: str, unprompted: Unprompted, *, since: float
    ) -> str | None:
        sent = (
            select(outbox.c.key)
            .where(
                outbox.c.workspace_id == workspace_id,
                outbox.c.recipient_id == recipient_id,
                outbox.c.unprompted == unprompted,
                one_of(outbox.c.state, SENT),
                outbox.c.done_at > since,
            )
            .order_by(outbox.c.done_at.desc(), outbox.c.id.desc())
            .limit(1)
        )
        key: str | None = await self._connection.scalar(sent)
        return key
