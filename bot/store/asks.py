"""What people ask of the bot: stored before it is acknowledged, erased when it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update

from bot.flows.ask_ports import Ask, AskKind, Place
from bot.store.database import Database, changed
from bot.store.findings import asked_of, note_asked
from bot.store.outbox import queue_say
from bot.store.rows import insert_once
from bot.store.tables import DONE, WAITING, asks


class SqlAsks:
    """Asks over SQL; implements ``bot.flows.ask_ports.Asks``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._erased = False

    async def accept(
        self,
        key: str,
        kind: AskKind,
        *,
        team: str,
        user: str,
        text: str,
        place: Place,
        address: str,
        ts: str = "",
        now: float,
    ) -> bool:
        row = {
            "key": key,
            "kind": kind,
            "team": team,
            "user": user,
            "text": text,
            "place": place,
            "address": address,
            "ts": ts,
            "state": WAITING,
            "not_before": now,
            "created_at": now,
        }
        async with self._database.begin() as connection:
            return await insert_once(connection, asks, row)

    async def due(self, now: float, limit: int) -> list[Ask]:
        rows = (
            select(asks)
            .where(asks.c.state == WAITING, asks.c.not_before <= now)
            .order_by(asks.c.not_before, asks.c.id)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [
                Ask(
                    id=r["id"],
                    key=r["key"],
                    kind=AskKind(r["kind"]),
                    team=r["team"],
                    user=r["user"],
                    text=r["text"] or "",
                    place=Place(r["place"]),
                    address=r["address"] or "",
                    ts=r["ts"],
                    asked_at=r["created_at"],
                    attempts=r["attempts"],
                )
                for r in (await connection.execute(rows)).mappings()
            ]

    async def next_due(self) -> float | None:
        soonest = select(func.min(asks.c.not_before)).where(asks.c.state == WAITING)
        async with self._database.begin() as connection:
            at: float | None = await connection.scalar(soonest)
        return at

    async def recent(self, team: str, user: str, since: float) -> int:
        count = select(func.count()).where(
            asks.c.team == team, asks.c.user == user, asks.c.created_at > since
        )
        async with self._database.begin() as connection:
            return await connection.scalar(count) or 0

    async def asked(self, team: str, user: str) -> Mapping[str, float]:
        async with self._database.begin() as connection:
            return await asked_of(connection, team, user)

    async def done(
        self,
        ask: Ask,
        *,
        now: float,
        questions: Sequence[str] = (),
        post: Mapping[str, str] | None = None,
    ) -> None:
        end = (
            update(asks)
            .where(asks.c.id == ask.id, asks.c.state == WAITING)
            .values(state=DONE, text=None, address=None, done_at=now)
        )
        self._erased = True
        async with self._database.begin() as connection:
            if not await changed(connection, end):
                return
            for question in questions:
                await note_asked(connection, ask.team, ask.user, question, now)
            if post is not None:
                await queue_say(
                    connection,
                    f"answer-{ask.key}",
                    team=ask.team,
                    channel=ask.address,
                    reader=ask.user,
                    body=post,
                    thread_ts=ask.ts,
                    now=now,
                )

    async def again(self, ask: Ask, *, at: float) -> None:
        later = update(asks).where(asks.c.id == ask.id, asks.c.state == WAITING)
        async with self._database.begin() as connection:
            await connection.execute(later.values(not_before=at, attempts=ask.attempts + 1))

    async def scrub(self) -> None:
        if self._erased:
            self._erased = False
            await self._database.scrub()

    async def waiting(self) -> int:
        """How many are not answered yet; for the health page."""
        count = select(func.count()).select_from(asks).where(asks.c.state == WAITING)
        async with self._database.begin() as connection:
            return await connection.scalar(count) or 0
