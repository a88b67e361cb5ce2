"""What comes once a week: what is due, what was done, and what sellers wrote for themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, case, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Feedback
from bot.flows.ports import PostKind
from bot.flows.week_ports import (
    DueDigest,
    DueFollowUp,
    DueReflection,
    Learnt,
    Moment,
    Said,
    Weekly,
)
from bot.store.database import Database, changed
from bot.store.outbox import queue_say
from bot.store.rows import insert_once, put
from bot.store.sealing import Sealer
from bot.store.tables import SPEAK, findings, followups, groups, outbox, people, reflections, weekly
from bot.store.teams import group_of

REFLECTION_KEY = "reflection"
FOLLOW_UP_KEY = "followup"
_SLOT = "fri 15:00"


class SqlWeeks:
    """The week over SQL; implements ``bot.flows.week_ports.Weeks``.

    Args:
        database: an open one. sealer: for what only its author may read.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self.keeps = bool(sealer)

    async def reflections_due(self, now: float, limit: int) -> list[DueReflection]:
        rows = (
            select(people)
            .where(people.c.reflect_due <= now)
            .order_by(people.c.reflect_due)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [
                DueReflection(
                    team=r["team"],
                    user=r["user"],
                    slot=r["reflect_at"] or _SLOT,
                    at=r["reflect_due"],
                    zone=r["zone"],
                    paused_until=r["paused_until"],
                )
                for r in (await connection.execute(rows)).mappings()
            ]

    async def digests_due(self, now: float, limit: int) -> list[DueDigest]:
        rows = (
            select(groups)
            .where(groups.c.digest_due <= now)
            .order_by(groups.c.digest_due)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(rows)).mappings().all()
        return [DueDigest(group_of(r), r["digest_due"]) for r in found]

    async def follow_ups_due(
        self, *, since: float, until: float, week_ago: float, limit: int
    ) -> list[DueFollowUp]:
        known = exists().where(followups.c.key == findings.c.key)
        lately = exists().where(
            followups.c.team == findings.c.team,
            followups.c.user == findings.c.author,
            followups.c.at > week_ago,
        )
        rows = (
            select(findings, people.c.paused_until)
            .outerjoin(
                people,
                and_(people.c.team == findings.c.team, people.c.user == findings.c.author),
            )
            .where(
                findings.c.feedback == Feedback.HELPFUL,
                findings.c.answered_at > since,
                findings.c.answered_at <= until,
                ~known,
                ~lately,
            )
            .order_by(findings.c.answered_at)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(rows)).mappings().all()
        return [
            DueFollowUp(r["team"], r["author"], r["key"], r["question_id"], r["paused_until"])
            for r in found
        ]

    async def done(
        self,
        kind: Weekly,
        team: str,
        subject: str,
        week: str,
        *,
        reason: str | None,
        said: Said | None,
        due: float | None,
        zone: str | None = None,
        now: float,
    ) -> bool:
        row = {"team": team, "kind": kind, "subject": subject, "week": week}
        async with self._database.begin() as connection:
            first = await insert_once(connection, weekly, row | {"reason": reason, "at": now})
            await self._set_due(connection, kind, team, subject, due, zone)
            if first and said:
                await _queue(connection, team, said, now)
            return first

    async def put_off(
        self, kind: Weekly, team: str, subject: str, *, due: float | None, zone: str | None = None
    ) -> None:
        async with self._database.begin() as connection:
            await self._set_due(connection, kind, team, subject, due, zone)

    async def followed_up(self, due: DueFollowUp, said: Said, *, now: float) -> bool:
        row = {"key": due.key, "team": due.team, "user": due.user, "at": now}
        async with self._database.begin() as connection:
            first = await insert_once(connection, followups, row)
            if first:
                await _queue(connection, due.team, said, now)
            return first

    async def say(self, team: str, said: Said, *, now: float) -> bool:
        async with self._database.begin() as connection:
            return await _queue(connection, team, said, now)

    async def learnt(self, key: str, user: str, outcome: Learnt) -> bool:
        mine = update(followups).where(followups.c.key == key, followups.c.user == user)
        async with self._database.begin() as connection:
            return await changed(connection, mine.values(outcome=outcome)) > 0

    async def moments(self, team: str, user: str, since: float, limit: int) -> list[Moment]:
        helpful_first = case((findings.c.feedback == Feedback.HELPFUL, 0), else_=1)
        rows = (
            select(findings.c.created_at, findings.c.question_id, findings.c.feedback)
            .where(
                findings.c.team == team,
                findings.c.author == user,
                findings.c.created_at > since,
                findings.c.outcome == SPEAK,
                findings.c.feedback.is_distinct_from(Feedback.WRONG),
            )
            .order_by(helpful_first, findings.c.created_at.desc())
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [
                Moment(r.created_at, r.question_id, Feedback(r.feedback) if r.feedback else None)
                for r in await connection.execute(rows)
            ]

    async def plan(self, team: str, user: str) -> tuple[str, str]:
        last = (
            select(reflections.c.sealed)
            .where(reflections.c.team == team, reflections.c.user == user)
            .order_by(reflections.c.week.desc())
            .limit(1)
        )
        async with self._database.begin() as connection:
            sealed = await connection.scalar(last)
        opened = json.loads(self._sealer.open(sealed) or "{}")
        return opened.get("if", ""), opened.get("then", "")

    async def reflect(
        self, team: str, user: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> bool:
        key = {"team": team, "user": user, "week": week}
        async with self._database.begin() as connection:
            row = select(reflections.c.sealed).where(
                reflections.c.team == team, reflections.c.user == user, reflections.c.week == week
            )
            before = json.loads(self._sealer.open(await connection.scalar(row)) or "{}")
            merged = json.dumps({**before, **answers}, ensure_ascii=False)
            sealed = self._sealer.seal(merged) if answers else None
            await put(connection, reflections, key, {"sealed": sealed, "at": now})
        return self.keeps

    async def reflection_in(self, team: str, user: str, ts: str) -> str | None:
        key = await self._said_at(team, user, ts, REFLECTION_KEY)
        return "-".join(key.split("-")[-2:]) if key else None

    async def follow_up_in(self, team: str, user: str, ts: str) -> str | None:
        key = await self._said_at(team, user, ts, FOLLOW_UP_KEY)
        return key.removeprefix(f"{FOLLOW_UP_KEY}-") if key else None

    async def counted_learnt(self, team: str) -> dict[str, int]:
        """How often each thing became of a helpful question; the measure of changed behaviour."""
        rows = (
            select(followups.c.outcome, func.count())
            .where(followups.c.team == team, followups.c.outcome.is_not(None))
            .group_by(followups.c.outcome)
        )
        async with self._database.begin() as connection:
            return {r.outcome: r[1] for r in await connection.execute(rows)}

    async def _said_at(self, team: str, user: str, ts: str, kind: str) -> str | None:
        """The key of what was said to a person at a ts, if it is of a kind."""
        ours = select(outbox.c.key).where(
            outbox.c.team == team,
            outbox.c.reader == user,
            outbox.c.kind == PostKind.SAY,
            outbox.c.sent_ts == ts,
            outbox.c.key.startswith(f"{kind}-", autoescape=True),
        )
        async with self._database.begin() as connection:
            key: str | None = await connection.scalar(ours)
        return key

    async def _set_due(
        self,
        connection: AsyncConnection,
        kind: Weekly,
        team: str,
        subject: str,
        due: float | None,
        zone: str | None,
    ) -> None:
        if kind is Weekly.DIGEST:
            mine = update(groups).where(groups.c.id == subject)
            await connection.execute(mine.values(digest_due=due))
            return
        values: dict[str, Any] = {"reflect_due": due, "zone": zone}
        me = update(people).where(people.c.team == team, people.c.user == subject)
        await connection.execute(me.values(values))


async def _queue(connection: AsyncConnection, team: str, said: Said, now: float) -> bool:
    return await queue_say(
        connection,
        said.key,
        team=team,
        channel=said.channel,
        reader=said.reader,
        body=said.body,
        now=now,
        thread_ts=said.thread_ts,
    )
