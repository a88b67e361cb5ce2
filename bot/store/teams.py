"""Teams, who said yes to be counted, and the one place that counts.

Every number that leaves this file is of distinct sellers who agreed before the week began and have
not left, the manager not among them, and is zero where fewer than the floor stand behind it: the
queries themselves hold it, not their callers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, distinct, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Feedback, Reason, Trap
from bot.core.tally import FLOOR, Counts, Facts, Theme
from bot.flows.week_ports import Group, Said
from bot.store.database import Database, changed
from bot.store.outbox import queue_say
from bot.store.rows import insert_once, put
from bot.store.tables import (
    SPEAK,
    counted,
    digests,
    findings,
    groups,
    members,
    people,
    reflections,
)


class SqlTeams:
    """Teams over SQL; implements ``bot.flows.week_ports.Teams``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, group: Group, *, due: float, now: float) -> None:
        values = {
            "team": group.team,
            "manager": group.manager,
            "name": group.name,
            "slot": group.slot,
            "channel": group.channel or None,
            "digest_due": due,
        }
        async with self._database.begin() as connection:
            row = {"id": group.id, "created_at": now, **values}
            if not await insert_once(connection, groups, row):
                mine = update(groups).where(
                    groups.c.id == group.id, groups.c.manager == group.manager
                )
                await connection.execute(mine.values(values))

    async def groups(self, team: str, user: str) -> list[Group]:
        rows = (
            select(groups)
            .where(groups.c.team == team, groups.c.manager == user)
            .order_by(groups.c.created_at)
        )
        async with self._database.begin() as connection:
            return [group_of(r) for r in (await connection.execute(rows)).mappings()]

    async def group(self, group: str) -> Group | None:
        async with self._database.begin() as connection:
            row = (
                (await connection.execute(select(groups).where(groups.c.id == group)))
                .mappings()
                .first()
            )
        return group_of(row) if row else None

    async def invite(
        self, group: Group, users: Sequence[str], said: Sequence[Said], *, now: float
    ) -> list[str]:
        asked = []
        async with self._database.begin() as connection:
            gone = delete(members).where(
                members.c.group_id == group.id, members.c.user.not_in(users)
            )
            await connection.execute(gone)
            for user, what in zip(users, said, strict=True):
                row = {"group_id": group.id, "team": group.team, "user": user}
                if await insert_once(connection, members, row):
                    asked.append(user)
                    await queue_say(
                        connection,
                        what.key,
                        team=group.team,
                        channel=what.channel,
                        reader=what.reader,
                        body=what.body,
                        now=now,
                    )
        return asked

    async def agree(self, group: str, user: str, *, now: float) -> bool:
        mine = update(members).where(
            members.c.group_id == group, members.c.user == user, members.c.agreed_at.is_(None)
        )
        there = select(func.count()).where(members.c.group_id == group, members.c.user == user)
        async with self._database.begin() as connection:
            await connection.execute(mine.values(agreed_at=now))
            return bool(await connection.scalar(there))

    async def leave(self, user: str, group: str) -> None:
        out = delete(members).where(members.c.group_id == group, members.c.user == user)
        async with self._database.begin() as connection:
            await changed(connection, out)

    async def memberships(self, team: str, user: str) -> list[tuple[Group, bool]]:
        rows = (
            select(groups, members.c.agreed_at)
            .join(members, members.c.group_id == groups.c.id)
            .where(members.c.team == team, members.c.user == user)
            .order_by(groups.c.created_at)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(rows)).mappings().all()
        return [(group_of(r), r["agreed_at"] is not None) for r in found]

    async def members(self, group: str) -> list[str]:
        rows = select(members.c.user).where(members.c.group_id == group).order_by(members.c.user)
        async with self._database.begin() as connection:
            return list((await connection.execute(rows)).scalars())

    async def counts(
        self, group: Group, *, start: float, end: float, week: str, now: float
    ) -> tuple[Counts, frozenset[str]]:
        may = self._counted(group, start)
        seen = and_(findings.c.created_at >= start, findings.c.created_at < end)
        mine = findings.c.author.in_(may)
        asked = and_(seen, findings.c.team == group.team, mine)
        spoken = and_(asked, findings.c.outcome == SPEAK)
        async with self._database.begin() as connection:
            who = frozenset(r.user for r in await connection.execute(may))
            per_trap = (
                select(findings.c.trap, func.count(distinct(findings.c.author)))
                .where(asked, findings.c.outcome.in_((SPEAK, Reason.OBSERVED)))
                .group_by(findings.c.trap)
                .having(func.count(distinct(findings.c.author)) >= FLOOR)
            )
            traps = {Trap(t): n for t, n in await connection.execute(per_trap) if t}
            author = findings.c.author
            helpful = and_(spoken, findings.c.feedback == Feedback.HELPFUL)
            useless = and_(
                spoken, findings.c.feedback.in_((Feedback.NOT_THIS_TIME, Feedback.WRONG))
            )
            us = and_(people.c.team == group.team, people.c.user.in_(may))
            back = and_(
                reflections.c.team == group.team,
                reflections.c.user.in_(may),
                reflections.c.week == week,
            )
            counts = Counts(
                traps=traps,
                shown=await _distinct(connection, author, spoken),
                helpful=await _distinct(connection, author, helpful),
                not_useful=await _distinct(connection, author, useless),
                paused=await _distinct(
                    connection, people.c.user, and_(us, people.c.paused_until > now)
                ),
                invited=await _distinct(
                    connection, people.c.user, and_(us, people.c.reflect.is_(True))
                ),
                looked_back=await _distinct(connection, reflections.c.user, back),
            )
        return (counts if len(who) >= FLOOR else Counts({})), who

    async def told(self, group: str, week: str) -> tuple[Facts | None, frozenset[str]]:
        here = and_(digests.c.group_id == group, digests.c.week == week)
        who = select(counted.c.user).where(counted.c.group_id == group, counted.c.week == week)
        async with self._database.begin() as connection:
            kept = await connection.scalar(select(digests.c.facts).where(here))
            people_in = frozenset((await connection.execute(who)).scalars())
        return (facts_of(json.loads(kept)) if kept else None), people_in

    async def others(self, team: str, week: str, group: str) -> list[frozenset[str]]:
        rows = select(counted.c.group_id, counted.c.user).where(
            counted.c.team == team, counted.c.week == week, counted.c.group_id != group
        )
        # only groups that share somebody with this one can tell on anybody in it
        mine = select(members.c.user).where(members.c.group_id == group)
        near = select(counted.c.group_id).where(
            counted.c.team == team, counted.c.week == week, counted.c.user.in_(mine)
        )
        found: dict[str, set[str]] = {}
        async with self._database.begin() as connection:
            for r in await connection.execute(rows.where(counted.c.group_id.in_(near))):
                found.setdefault(r.group_id, set()).add(r.user)
        return [frozenset(users) for users in found.values()]

    async def tell(
        self, group: Group, week: str, facts: Facts, counted_in: frozenset[str], *, now: float
    ) -> None:
        key = {"group_id": group.id, "week": week}
        async with self._database.begin() as connection:
            kept = json.dumps(asdict(facts))
            await put(connection, digests, key, {"team": group.team, "facts": kept, "at": now})
            await connection.execute(
                delete(counted).where(counted.c.group_id == group.id, counted.c.week == week)
            )
            if counted_in and not facts.empty:
                rows = [key | {"team": group.team, "user": user} for user in sorted(counted_in)]
                await connection.execute(insert(counted), rows)

    def _counted(self, group: Group, start: float) -> Select[tuple[str]]:
        return select(members.c.user).where(
            members.c.group_id == group.id,
            members.c.agreed_at <= start,
            members.c.user != group.manager,
        )


def group_of(row: Any) -> Group:
    """A row of ``groups``."""
    return Group(
        id=row["id"],
        team=row["team"],
        manager=row["manager"],
        name=row["name"],
        slot=row["slot"],
        channel=row["channel"] or "",
    )


def facts_of(kept: Mapping[str, Any]) -> Facts:
    """What a digest said, as it was kept."""
    themes = tuple(Theme(Trap(t["trap"]), t["band"], t["trend"]) for t in kept["themes"])
    return Facts(**{**kept, "themes": themes})


async def _distinct(
    connection: AsyncConnection, who: ColumnElement[Any], where: ColumnElement[bool]
) -> int:
    """How many people; 0 where they are fewer than the floor."""
    people_in = func.count(distinct(who))
    return await connection.scalar(select(people_in).where(where).having(people_in >= FLOOR)) or 0
