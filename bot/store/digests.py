"""The one place that counts, and what past digests said.

Every number that leaves this file is of distinct sellers who agreed before the last week of a
period began and have not left, the manager not among them, and is zero if fewer than the floor
stand behind it. The queries themselves hold the floor, not their callers.

The column ``week`` holds the name of a period; in rows of earlier versions, that of a single week.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.digest_stats import FLOOR, Counts, DigestFigures, Theme
from bot.core.model import Feedback, Reason, Trap
from bot.core.weekly_slot import Period
from bot.flows.ports.sales_teams import SalesTeam
from bot.store.tables import SPEAK, digest_members, digests, findings, sales_team_members
from bot.store.upsert import insert_once

_later = sales_team_members.alias("later")
_of_members = findings.join(
    sales_team_members,
    and_(
        sales_team_members.c.workspace_id == findings.c.workspace_id,
        sales_team_members.c.user_id == findings.c.author_id,
    ),
)


class SqlDigests:
    """Digests over SQL; implements ``bot.flows.ports.digests.Digests``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counts(self, team: SalesTeam, period: Period) -> tuple[Counts, frozenset[str]]:
        counted = _counted(team, period)
        user_ids = frozenset((await self._connection.execute(counted)).scalars())
        if len(user_ids) < FLOOR:
            return Counts({}), user_ids
        what_counts = and_(
            sales_team_members.c.sales_team_id == team.id,
            findings.c.workspace_id == team.workspace_id,
            findings.c.author_id.in_(counted),
            findings.c.created_at >= _counted_from(period),
            findings.c.created_at < period.end,
        )
        traps, helpful = await self._traps(what_counts), await self._found_helpful(what_counts)
        return Counts(traps, len(user_ids), helpful), user_ids

    async def saved(self, workspace_id: str, team_id: str, period: str) -> DigestFigures | None:
        figures = await self._connection.scalar(
            select(digests.c.figures).where(
                digests.c.workspace_id == workspace_id,
                digests.c.sales_team_id == team_id,
                digests.c.week == period,
            )
        )
        return _figures(json.loads(figures)) if figures else None

    async def save(
        self,
        team: SalesTeam,
        period: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        key = {"workspace_id": team.workspace_id, "sales_team_id": team.id, "week": period}
        values = {"figures": json.dumps(asdict(figures)), "created_at": now}
        if not await insert_once(self._connection, digests, key | values) or not counted:
            return
        rows = [key | {"user_id": user_id} for user_id in sorted(counted)]
        await self._connection.execute(insert(digest_members), rows)

    async def _traps(self, what_counts: ColumnElement[bool]) -> dict[Trap, int]:
        """Count sellers by the trap that each met most often; the first by name if it's a tie."""
        author, trap = findings.c.author_id, findings.c.trap
        rank = func.row_number().over(partition_by=author, order_by=(func.count().desc(), trap))
        ranked = (
            select(author, trap, rank.label("rank"))
            .select_from(_of_members)
            .where(what_counts, trap.is_not(None), findings.c.outcome.in_((SPEAK, Reason.OBSERVED)))
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

    async def _found_helpful(self, what_counts: ColumnElement[bool]) -> int:
        """Count the sellers who found a question helpful; 0 below the floor."""
        sellers = func.count(findings.c.author_id.distinct())
        found = (
            select(sellers)
            .select_from(_of_members)
            .where(what_counts, findings.c.feedback == Feedback.HELPFUL)
            .having(sellers >= FLOOR)
        )
        return await self._connection.scalar(found) or 0


def _counted_from(period: Period) -> ColumnElement[float]:
    """Return from when on what a member did counts: the first full week after they agreed."""
    agreed = sales_team_members.c.accepted_at
    *earlier, last = period.starts
    if not earlier:
        return literal(last)
    return case(*((agreed <= start, start) for start in earlier), else_=last)


def _counted(team: SalesTeam, period: Period) -> Select[Any]:
    """Select the members whose latest yes before the period's last week was to this team.

    Left out is whom another team has counted in that period, or whom an earlier version, which
    told single weeks, has counted in one of these; and the manager.
    """
    member, start = sales_team_members, period.starts[-1]
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
    counted_already = exists().where(
        digest_members.c.workspace_id == member.c.workspace_id,
        digest_members.c.user_id == member.c.user_id,
        digest_members.c.week.in_(period.weeks)
        | and_(
            digest_members.c.week == period.name,
            digest_members.c.sales_team_id != member.c.sales_team_id,
        ),
    )
    return select(member.c.user_id).where(
        member.c.workspace_id == team.workspace_id,
        member.c.sales_team_id == team.id,
        member.c.accepted_at <= start,
        member.c.user_id != team.manager_id,
        ~joined_another_later,
        ~counted_already,
    )


def _figures(kept: Mapping[str, Any]) -> DigestFigures:
    """Return figures as kept; earlier versions kept more of them, which nobody may see."""
    return DigestFigures(
        tuple(Theme(Trap(t["trap"]), t["band"], t["trend"]) for t in kept["themes"]),
        kept.get("found_helpful", 0),
    )
