"""What people ask of the bot: stored before it is acknowledged, erased when it is answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.store.claims import NO_LEASE, claim, latest, still_claimed
from bot.store.database import changed
from bot.store.erasures import Erasures
from bot.store.tables import DONE, WAITING, asks
from bot.store.upsert import insert_once

_WAITS = asks.c.state == WAITING


class SqlAsks:
    """Asks over SQL; implements ``bot.flows.ports.asks.Asks``."""

    def __init__(self, connection: AsyncConnection, erasures: Erasures) -> None:
        self._connection = connection
        self._erasures = erasures

    async def add(self, ask: Ask, *, now: float) -> bool:
        row = {
            "workspace_id": ask.workspace_id,
            "key": ask.key,
            "kind": ask.kind,
            "user_id": ask.user_id,
            "text": ask.text,
            "place": ask.place,
            "address": ask.address,
            "thread_ts": ask.thread_ts,
            "state": WAITING,
            "due_at": now,
            "created_at": now,
        }
        return await insert_once(self._connection, asks, row)

    async def claim_due(
        self, *, now: float, limit: int, owner: str, lease_until: float
    ) -> list[ClaimedAsk]:
        rows = await claim(
            self._connection,
            asks,
            and_(_WAITS, asks.c.due_at <= now),
            order_by="due_at",
            now=now,
            limit=limit,
            owner=owner,
            lease_until=lease_until,
        )
        return [_claimed(row) for row in rows]

    async def next_due(self) -> float | None:
        claimable_at = latest(
            self._connection, asks.c.due_at, func.coalesce(asks.c.lease_until, 0.0)
        )
        soonest: float | None = await self._connection.scalar(
            select(func.min(claimable_at)).where(_WAITS)
        )
        return soonest

    async def count_since(self, workspace_id: str, user_id: str, since: float) -> int:
        count = (
            select(func.count())
            .select_from(asks)
            .where(
                asks.c.workspace_id == workspace_id,
                asks.c.user_id == user_id,
                asks.c.created_at > since,
            )
        )
        return await self._connection.scalar(count) or 0

    async def complete(self, claimed: ClaimedAsk, *, now: float) -> bool:
        self._erasures.text = True
        gone = {"state": DONE, "text": None, "address": None, "done_at": now}
        return await self._change(claimed, gone)

    async def retry_at(self, claimed: ClaimedAsk, at: float, *, counted: bool = True) -> bool:
        attempts = claimed.attempts if counted else claimed.attempts - 1
        return await self._change(claimed, {"due_at": at, "attempts": attempts})

    async def count_waiting(self) -> int:
        count = select(func.count()).select_from(asks).where(_WAITS)
        return await self._connection.scalar(count) or 0

    async def _change(self, claimed: ClaimedAsk, values: dict[str, Any]) -> bool:
        """Write values into a claimed ask, and end the claim."""
        mine = still_claimed(asks, claimed.id, claimed.lease_owner, claimed.attempts)
        ended = update(asks).where(_WAITS, mine).values(values | NO_LEASE)
        return await changed(self._connection, ended) > 0


def _claimed(row: RowMapping) -> ClaimedAsk:
    ask = Ask(
        key=row["key"],
        kind=AskKind(row["kind"]),
        workspace_id=row["workspace_id"],
        user_id=row["user_id"],
        place=ReplyPlace(row["place"]),
        address=row["address"] or "",
        text=row["text"] or "",
        thread_ts=row["thread_ts"],
    )
    return ClaimedAsk(row["id"], ask, row["created_at"], row["attempts"], row["lease_owner"])
