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

from sqlalchemy import Select, and_, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.digest_stats import FLOOR, Counts, DigestFigures, Theme
from bot.core.model import Reason, Trap
from bot.flows.ports.sales_teams import SalesTeam
from bot.store.tables import SPEAK, digest_members, digests, findings, sales_team_members
from bot.store.upsert import insert_once

_later = sales_team_members.alias("later")


class SqlDigests:
    """Digests over SQL; implements ``bot.flows.ports.digests.Digests``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counts(
        self, team: SalesTeam, *, start: float, end: float, week: str
    ) -> tuple[Counts, frozenset[str]]:
        counted = _counted(team, start, week)
        user_ids = frozenset((await self._connection.execute(counted)).scalars())
        if len(user_ids) < FLOOR:
            return Counts({}), user_ids
        return Counts(await self._traps(team, counted, start, end), len(user_ids)), user_ids

    async def saved(self, workspace_id: str, team_id: str, week: str) -> DigestFigures | None:
        figures = await self._connection.scalar(
            select(digests.c.figures).where(
                digests.c.workspace_id == workspace_id,
                digests.c.sales_team_id == team_id,
                digests.c.week == week,
            )
        )
        return _figures(json.loads(figures)) if figures else None

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
        if not await insert_once(self._connection, digests, key | values) or not counted:
            return
        rows = [key | {"user_id": user_id} for user_id in sorted(counted)]
        await self._connection.execute(insert(digest_members), rows)

    async def _traps(
        self, team: SalesTeam, counted: Select[Any], start: float, end: float
    ) -> dict[Trap, int]:
        """Count sellers by the trap that each met most often; the first by name if it's a tie."""
        author, trap = findings.c.author_id, findings.c.trap
        rank = func.row_number().over(partition_by=author, order_by=(func.count().desc(), trap))
        ranked = (
            select(author, trap, rank.label("rank"))
            .where(
                findings.c.workspace_id == team.workspace_id,
                author.in_(counted),
                trap.is_not(None),
                findings.c.created_at >= start,
                findings.c.created_at < end,
                findings.c.outcome.in_((SPEAK, Reason.OBSERVED)),
            )
            .group_by(author, trap)
            .subquery()
        )
        per_trap = (
            select(ranked.c.trap, func.count())
            .where(ranked.c.rank == 1)
            .group_by(ranked.c.trap)
            .having(func.count() >= FLOOR)
        )
        return {Trap(trap): n for trap, n in await self._connection.execute(per_trap)}


def _counted(team: SalesTeam, start: float, week: str) -> Select[Any]:
    """Select the members whose latest yes before the week was to this team, and whom no other team
    has counted in that week; the manager never counts."""
    member = sales_team_members
    joined_another_later = exists().where(
        _later.c.workspace_id == member.c.workspace_id,
        _later.c.user_id == member.c.user_id,
        _later.c.sales_team_id != member.c.sales_team_id,
        _later.c.accepted_at <= start,
        (_later.c.accepted_at > member.c.accepted_at)
        | and_(
            _later.c.accepted_at == member.c.accepted_at,
            _later.c.sales_team_id < member.c.sales_team_id,
        ),
    )
    counted_elsewhere = exists().where(
        digest_members.c.workspace_id == member.c.workspace_id,
        digest_members.c.user_id == member.c.user_id,
        digest_members.c.week == week,
        digest_members.c.sales_team_id != member.c.sales_team_id,
    )
    return select(member.c.user_id).where(
        member.c.workspace_id == team.workspace_id,
        member.c.sales_team_id == team.id,
        member.c.accepted_at <= start,
        member.c.user_id != team.manager_id,
        ~joined_another_later,
        ~counted_elsewhere,
    )


def _figures(kept: Mapping[str, Any]) -> DigestFigures:
    """Return figures as kept; earlier versions kept more of them, which nobody may see."""
    return DigestFigures(
        tuple(Theme(Trap(t["trap"]), t["band"], t["trend"]) for t in kept["themes"])
    )
