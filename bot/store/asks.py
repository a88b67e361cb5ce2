"""What people ask of the bot: stored before it is acknowledged, with their words sealed, and erased
when it is answered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import RowMapping, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.flows.ports.work import DueWork, WorkItem, WorkKind
from bot.store.claims import CLAIM_DONE, ClaimOf, latest, named, not_in, still_claimed
from bot.store.columns import one_of
from bot.store.database import changed
from bot.store.tables import DONE, WAITING, asks
from bot.store.upsert import insert_once
from bot.store.words import Words

_WAITS = one_of(asks.c.state, WAITING)


class SqlAsks:
    """Asks over SQL; implements ``bot.flows.ports.asks.Asks``."""

    def __init__(
        self, connection: AsyncConnection, words: Words, jobs: list[DueWork] | None = None
    ) -> None:
        self._connection = connection
        self._words = words
        self._jobs = jobs if jobs is not None else []

    async def add(self, ask: Ask, *, now: float) -> bool:
        row = {
            "workspace_id": ask.workspace_id,
            "key": ask.key,
            "kind": ask.kind,
            "user_id": ask.user_id,
            "carried": "" if _has_words(ask.kind) else ask.text,
            "place": ask.place,
            "address": ask.address,
            "thread_ts": ask.thread_ts,
            "asked_in": ask.channel_id or None,
            "state": WAITING,
            "due_at": now,
            "created_at": now,
        }
        if _has_words(ask.kind):
            row["sealed_text"] = self._words.seal(ask.text, "asks", row)
        self._jobs.append(DueWork(WorkItem(WorkKind.ASK, ask.workspace_id, "", ask.key), now))
        return await insert_once(self._connection, asks, row)

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
        rows = await ClaimOf(
            asks,
            and_(_WAITS, asks.c.due_at <= now, not_in(asks, without), named(asks, only)),
            order_by=("due_at",),
        ).run(self._connection, now=now, limit=limit, owner=owner, lease_until=lease_until)
        return [self._claimed(row) for row in rows]

    async def next_due(self, only: WorkItem | None = None) -> float | None:
        claimable_at = latest(
            self._connection, asks.c.due_at, func.coalesce(asks.c.lease_until, 0.0)
        )
        soonest: float | None = await self._connection.scalar(
            select(func.min(claimable_at)).where(_WAITS, named(asks, only))
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
                asks.c.kind != AskKind.SMALL_TALK,
            )
        )
        return await self._connection.scalar(count) or 0

    async def complete(
        self, claimed: ClaimedAsk, *, now: float, is_small_talk: bool = False
    ) -> bool:
        gone: dict[str, Any] = {"state": DONE, "done_at": now}
        gone |= dict.fromkeys(("sealed_text", "address", "asked_in"))
        gone |= {"kind": AskKind.SMALL_TALK} if is_small_talk else {}
        return await self._change(claimed, gone | CLAIM_DONE)

    async def keep(self, claimed: ClaimedAsk) -> bool:
        return await self._change(claimed, {"lease_owner": claimed.lease_owner})

    async def mark_showing(self, claimed: ClaimedAsk, *, now: float) -> bool:
        return await self._change(claimed, {"showing_since": now})

    async def retry_at(self, claimed: ClaimedAsk, at: float, *, attempts: int) -> bool:
        again = {"due_at": at, "attempts": attempts, "showing_since": None}
        return await self._change(claimed, again | CLAIM_DONE)

    async def count_waiting(self) -> int:
        count = select(func.count()).select_from(asks).where(_WAITS)
        return await self._connection.scalar(count) or 0

    async def _change(self, claimed: ClaimedAsk, values: dict[str, Any]) -> bool:
        """Write values into an ask as long as it is claimed."""
        mine = still_claimed(asks, claimed.lease_owner, claimed.claim_number)
        change = update(asks).where(asks.c.id == claimed.id, _WAITS, mine).values(values)
        return await changed(self._connection, change) > 0

    def _claimed(self, row: RowMapping) -> ClaimedAsk:
        kind = AskKind(row["kind"])
        words = self._words.open("asks", dict(row))
        ask = Ask(
            key=row["key"],
            kind=kind,
            workspace_id=row["workspace_id"],
            user_id=row["user_id"],
            place=ReplyPlace(row["place"]),
            address=row["address"] or "",
            text=row["carried"] if words is None else words,
            thread_ts=row["thread_ts"],
            channel_id=row["asked_in"] or "",
        )
        return ClaimedAsk(
            row["id"],
            ask,
            row["created_at"],
            row["attempts"],
            row["lease_owner"],
            row["claim_number"],
            row["unfinished_claims"],
            row["showing_since"],
            words_are_lost=words is None and _has_words(kind),
        )


def _has_words(kind: AskKind) -> bool:
    """Return whether an ask holds a person's words; the others hold what a button carried."""
    return kind is AskKind.ADVICE
