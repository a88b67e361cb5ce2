"""The one place that counts, and what past digests said.

Every number that leaves this file is of distinct sellers who agreed before the week began and have
not left, the manager not among them, and is zero if fewer than the floor stand behind it. The
queries themselves hold the floor, not their callers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, distinct, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.digest_stats import FLOOR, Counts, DigestFigures, Theme
from bot.core.model import NOT_USEFUL, Feedback, Reason, Trap
from bot.flows.ports.sales_teams import SalesTeam
from bot.store.tables import (
    SPEAK,
    digest_members,
    digests,
    findings,
    preferences,
    reflections,
    sales_team_members,
)
from bot.store.upsert import upsert


class SqlDigests:
    """Digests over SQL; implements ``bot.flows.ports.sales_teams.Digests``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counts(
        self, team: SalesTeam, *, start: float, end: float, week: str, now: float
    ) -> tuple[Counts, frozenset[str]]:
        counted = _counted(team, start)
        user_ids = frozenset((await self._connection.execute(counted)).scalars())
        if len(user_ids) < FLOOR:
            return Counts({}), user_ids
        in_week = and_(
            findings.c.workspace_id == team.workspace_id,
            findings.c.author_id.in_(counted),
            findings.c.created_at >= start,
            findings.c.created_at < end,
        )
        shown, helpful, not_useful = await self._nudges(in_week)
        paused, invited = await self._preferences(team, counted, now)
        looked_back = await self._connection.scalar(
            select(_sellers(reflections.c.user_id)).where(
                reflections.c.workspace_id == team.workspace_id,
                reflections.c.user_id.in_(counted),
                reflections.c.week == week,
            )
        )
        counts = Counts(
            traps=await self._traps(in_week),
            shown=shown,
            helpful=helpful,
            not_useful=not_useful,
            paused=paused,
            invited=invited,
            looked_back=looked_back or 0,
        )
        return counts, user_ids

    async def saved(
        self, workspace_id: str, team_id: str, week: str
    ) -> tuple[DigestFigures | None, frozenset[str]]:
        figures = await self._connection.scalar(
            select(digests.c.figures).where(
                digests.c.workspace_id == workspace_id,
                digests.c.sales_team_id == team_id,
                digests.c.week == week,
            )
        )
        members = select(digest_members.c.user_id).where(
            digest_members.c.workspace_id == workspace_id,
            digest_members.c.sales_team_id == team_id,
            digest_members.c.week == week,
        )
        user_ids = frozenset((await self._connection.execute(members)).scalars())
        return (_figures(json.loads(figures)) if figures else None), user_ids

    async def counted_in_other_teams(
        self, workspace_id: str, team_id: str, week: str
    ) -> list[frozenset[str]]:
        in_week = and_(digest_members.c.workspace_id == workspace_id, digest_members.c.week == week)
        members = select(sales_team_members.c.user_id).where(
            sales_team_members.c.workspace_id == workspace_id,
            sales_team_members.c.sales_team_id == team_id,
        )
        sharing = select(digest_members.c.sales_team_id).where(
            in_week, digest_members.c.user_id.in_(members)
        )
        rows = select(digest_members.c.sales_team_id, digest_members.c.user_id).where(
            in_week,
            digest_members.c.sales_team_id != team_id,
            digest_members.c.sales_team_id.in_(sharing),
        )
        found: dict[str, set[str]] = {}
        for r in await self._connection.execute(rows):
            found.setdefault(r.sales_team_id, set()).add(r.user_id)
        return [frozenset(user_ids) for user_ids in found.values()]

    async def save(
        self,
        team: SalesTeam,
        week: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        key = {"workspace_id": team.workspace_id, "sales_team_id": team.id, "week": week}
        values = {"figures": json.dumps(asdict(figures)), "created_at": now}
        await upsert(self._connection, digests, key, values)
        same = and_(*(digest_members.c[name] == value for name, value in key.items()))
        await self._connection.execute(delete(digest_members).where(same))
        if counted:
            rows = [key | {"user_id": user_id} for user_id in sorted(counted)]
            await self._connection.execute(insert(digest_members), rows)

    async def _nudges(self, in_week: ColumnElement[bool]) -> tuple[int, int, int]:
        """Count sellers who were asked, and whom it helped or not."""
        author, feedback = findings.c.author_id, findings.c.feedback
        counts = select(
            _sellers(author),
            _sellers(case((feedback == Feedback.HELPFUL, author))),
            _sellers(case((feedback.in_(NOT_USEFUL), author))),
        ).where(in_week, findings.c.outcome == SPEAK)
        shown, helpful, unhelpful = (await self._connection.execute(counts)).one()
        return shown, helpful, unhelpful

    async def _preferences(
        self, team: SalesTeam, counted: Select[Any], now: float
    ) -> tuple[int, int]:
        """Count sellers who are paused, and who get the weekly reflection."""
        user = preferences.c.user_id
        counts = select(
            _sellers(case((preferences.c.paused_until > now, user))),
            _sellers(case((preferences.c.weekly_reflection.is_(True), user))),
        ).where(preferences.c.workspace_id == team.workspace_id, user.in_(counted))
        paused, invited = (await self._connection.execute(counts)).one()
        return paused, invited

    async def _traps(self, in_week: ColumnElement[bool]) -> dict[Trap, int]:
        sellers = func.count(distinct(findings.c.author_id))
        per_trap = (
            select(findings.c.trap, sellers)
            .where(in_week, findings.c.outcome.in_((SPEAK, Reason.OBSERVED)))
            .group_by(findings.c.trap)
            .having(sellers >= FLOOR)
        )
        return {Trap(trap): n for trap, n in await self._connection.execute(per_trap) if trap}


def _counted(team: SalesTeam, start: float) -> Select[Any]:
    """Select the members who agreed before the week began; the manager never counts."""
    return select(sales_team_members.c.user_id).where(
        sales_team_members.c.workspace_id == team.workspace_id,
        sales_team_members.c.sales_team_id == team.id,
        sales_team_members.c.accepted_at <= start,
        sales_team_members.c.user_id != team.manager_id,
    )


def _sellers(user_id: ColumnElement[Any]) -> ColumnElement[int]:
    """Count distinct people; 0 if they are fewer than the floor."""
    count = func.count(distinct(user_id))
    return case((count >= FLOOR, count), else_=0)


def _figures(kept: Mapping[str, Any]) -> DigestFigures:
    themes = tuple(Theme(Trap(t["trap"]), t["band"], t["trend"]) for t in kept["themes"])
    return DigestFigures(**{**kept, "themes": themes})
