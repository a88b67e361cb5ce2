"""What is kept about one person, for that person: wishes, decisions, everything, and the end."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, update

from bot.core.model import Reason, Trap, Wishes
from bot.flows.ask_ports import Decided
from bot.store.database import Database, changed
from bot.store.findings import wishes_of
from bot.store.rows import put
from bot.store.tables import (
    DECIDED,
    SPEAK,
    asked,
    asks,
    channels,
    counted,
    findings,
    followups,
    groups,
    inbox,
    labels,
    members,
    metadata,
    mutes,
    outbox,
    people,
    reflections,
    weekly,
)

_OWNER = {
    "asked": asked.c.user,
    "asks": asks.c.user,
    "findings": findings.c.author,
    "inbox": inbox.c.author,
    "labels": labels.c.user,
    "mutes": mutes.c.user,
    "outbox": outbox.c.reader,
    "people": people.c.user,
    "counted": counted.c.user,
    "followups": followups.c.user,
    "groups": groups.c.manager,
    "members": members.c.user,
    "reflections": reflections.c.user,
    "weekly": weekly.c.subject,
}
"""Every table that holds rows of one person, and where the person stands in it."""


class SqlRecord:
    """One person's record over SQL; implements ``bot.flows.ask_ports.Record``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wishes(self, team: str, user: str) -> Wishes:
        mine = select(people).where(people.c.team == team, people.c.user == user)
        async with self._database.begin() as connection:
            row = (await connection.execute(mine)).mappings().first()
        return wishes_of(dict(row) if row else {})

    async def wish(self, team: str, user: str, **changes: Any) -> None:
        async with self._database.begin() as connection:
            await put(connection, people, {"team": team, "user": user}, changes)

    async def decisions(self, team: str, user: str, limit: int) -> list[Decided]:
        return await self._decided(and_(inbox.c.team == team, inbox.c.author == user), limit)

    async def nudges(self, team: str, user: str, limit: int) -> list[Decided]:
        mine = and_(inbox.c.team == team, inbox.c.author == user, inbox.c.reason == SPEAK)
        return await self._decided(mine, limit)

    async def everything(self, team: str, user: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        async with self._database.begin() as connection:
            for name, owner in _OWNER.items():
                table = owner.table
                mine = select(table).where(table.c.team == team, owner == user)
                rows = (await connection.execute(mine)).mappings().all()
                found[name] = [_readable(dict(r)) for r in rows]
            invited = select(channels).where(channels.c.team == team, channels.c.inviter == user)
            rows = (await connection.execute(invited)).mappings().all()
            found["channels"] = [dict(r) for r in rows]
        return found

    async def erase(self, team: str, user: str, *, now: float) -> tuple[int, bool]:
        paused = and_(people.c.team == team, people.c.user == user, people.c.paused_until > now)
        count = 0
        async with self._database.begin() as connection:
            until = await connection.scalar(select(people.c.paused_until).where(paused))
            for name in ("findings", *(n for n in _OWNER if n != "findings")):
                owner = _OWNER[name]
                table: Table = owner.table
                gone = delete(table).where(table.c.team == team, owner == user)
                count += await changed(connection, gone)
            await connection.execute(
                update(channels)
                .where(channels.c.team == team, channels.c.inviter == user)
                .values(inviter=None)
            )
            if until is not None:
                await put(connection, people, {"team": team, "user": user}, {"paused_until": until})
        await self._database.scrub(*(owner.table.name for owner in _OWNER.values()))
        return count, until is not None

    async def erase_team(self, team: str) -> int:
        """Erases everything about a workspace, from the files too; tells how many rows."""
        count = 0
        tables = [t for t in reversed(metadata.sorted_tables) if "team" in t.c]
        async with self._database.begin() as connection:
            for table in tables:
                count += await changed(connection, delete(table).where(table.c.team == team))
        await self._database.scrub(*(t.name for t in tables))
        return count

    async def _decided(self, mine: ColumnElement[bool], limit: int) -> list[Decided]:
        rows = (
            select(
                inbox.c.decided_at,
                inbox.c.channel,
                inbox.c.reason,
                findings.c.trap,
                findings.c.question_id,
            )
            .outerjoin(findings, findings.c.inbox_id == inbox.c.id)
            .where(mine, inbox.c.state == DECIDED)
            .order_by(inbox.c.decided_at.desc(), inbox.c.id.desc())
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [
                Decided(
                    at=r["decided_at"],
                    channel=r["channel"],
                    trap=Trap(r["trap"]) if r["trap"] else None,
                    reason=None if r["reason"] == SPEAK else Reason(r["reason"]),
                    question_id=r["question_id"],
                )
                for r in (await connection.execute(rows)).mappings()
            ]


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it can be read: what is JSON in it, as JSON."""
    if isinstance(row.get("body"), str):
        row["body"] = json.loads(row["body"])
    return row
