"""Sales teams and digests in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.core.digest_stats import FLOOR, Counts, DigestFigures
from bot.core.model import Feedback, Trap
from bot.flows.ports.sales_teams import Membership, SalesTeam
from tests.fakes.state import (
    DigestRow,
    FindingRow,
    State,
    TeamRow,
    end_lease,
    is_observed,
    speaks,
)


class MemorySalesTeams:
    """In-memory twin of ``bot.flows.ports.sales_teams.SalesTeams``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def save(self, team: SalesTeam, *, digest_due: float, now: float) -> None:
        row = self._state.sales_teams.get((team.workspace_id, team.id))
        if row is None:
            self._state.sales_teams[team.workspace_id, team.id] = TeamRow(team, now, digest_due)
        elif row.team.manager_id == team.manager_id:
            row.team, row.due_at = team, digest_due
            end_lease(row)

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        row = self._state.sales_teams.get((workspace_id, team_id))
        return row.team if row else None

    async def managed_by(self, workspace_id: str, manager_id: str) -> list[SalesTeam]:
        return [t for t in await self.all(workspace_id) if t.manager_id == manager_id]

    async def all(self, workspace_id: str | None = None) -> list[SalesTeam]:
        rows = sorted(self._state.sales_teams.items(), key=lambda r: (r[1].created_at, r[0]))
        return [row.team for key, row in rows if workspace_id in (None, key[0])]

    async def members(self, workspace_id: str, team_id: str) -> list[str]:
        return sorted(k[2] for k in self._state.members if k[:2] == (workspace_id, team_id))

    async def add_member(self, team: SalesTeam, user_id: str) -> bool:
        key = (team.workspace_id, team.id, user_id)
        if key in self._state.members:
            return False
        self._state.members[key] = None
        return True

    async def keep_members(self, team: SalesTeam, user_ids: Collection[str]) -> None:
        for user_id in await self.members(team.workspace_id, team.id):
            if user_id not in user_ids:
                await self.remove_member(team.workspace_id, team.id, user_id)

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        self._state.members.pop((workspace_id, team_id, user_id), None)

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        key = (workspace_id, team_id, user_id)
        if key not in self._state.members:
            return False
        if self._state.members[key] is None:
            self._state.members[key] = now
        return True

    async def memberships(self, workspace_id: str, user_id: str) -> list[Membership]:
        members = self._state.members
        return [
            Membership(team, members[workspace_id, team.id, user_id] is not None)
            for team in await self.all(workspace_id)
            if (workspace_id, team.id, user_id) in members
        ]


class MemoryDigests:
    """In-memory twin of ``bot.flows.ports.sales_teams.Digests``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def counts(
        self, team: SalesTeam, *, start: float, end: float, week: str, now: float
    ) -> tuple[Counts, frozenset[str]]:
        counted = frozenset(
            key[2]
            for key, accepted_at in self._state.members.items()
            if key[:2] == (team.workspace_id, team.id)
            and accepted_at is not None
            and accepted_at <= start
            and key[2] != team.manager_id
        )
        if len(counted) < FLOOR:
            return Counts({}), counted
        rows = [
            r
            for r in self._state.findings
            if r.finding.workspace_id == team.workspace_id
            and r.finding.author_id in counted
            and start <= r.created_at < end
        ]
        people = {u: self._state.people.get((team.workspace_id, u)) for u in counted}
        chosen = {u: row.preferences for u, row in people.items() if row}
        counts = Counts(
            traps=_traps(rows),
            shown=_sellers(r for r in rows if speaks(r.finding)),
            helpful=_sellers(
                r for r in rows if speaks(r.finding) and r.feedback == Feedback.HELPFUL
            ),
            not_useful=_sellers(
                r
                for r in rows
                if speaks(r.finding) and r.feedback in (Feedback.NOT_THIS_TIME, Feedback.WRONG)
            ),
            paused=_floored([u for u, p in chosen.items() if p.is_paused(now)]),
            invited=_floored([u for u, p in chosen.items() if p.weekly_reflection]),
            looked_back=_floored(
                [u for u in counted if (team.workspace_id, u, week) in self._state.reflections]
            ),
        )
        return counts, counted

    async def saved(
        self, workspace_id: str, team_id: str, week: str
    ) -> tuple[DigestFigures | None, frozenset[str]]:
        row = self._state.digests.get((workspace_id, team_id, week))
        return (row.figures if row else None), self._counted(workspace_id, team_id, week)

    async def counted_in_other_teams(
        self, workspace_id: str, team_id: str, week: str
    ) -> list[frozenset[str]]:
        members = {k[2] for k in self._state.members if k[:2] == (workspace_id, team_id)}
        others = {
            key[1]
            for key in self._state.digest_members
            if (key[0], key[2]) == (workspace_id, week) and key[1] != team_id
        }
        counted = (self._counted(workspace_id, other, week) for other in sorted(others))
        return [user_ids for user_ids in counted if user_ids & members]

    async def save(
        self,
        team: SalesTeam,
        week: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        digest = (team.workspace_id, team.id, week)
        self._state.digests[digest] = DigestRow(figures, now)
        for key in [k for k in self._state.digest_members if k[:3] == digest]:
            del self._state.digest_members[key]
        self._state.digest_members |= {(*digest, user_id): None for user_id in counted}

    def _counted(self, workspace_id: str, team_id: str, week: str) -> frozenset[str]:
        digest = (workspace_id, team_id, week)
        return frozenset(k[3] for k in self._state.digest_members if k[:3] == digest)


def _traps(rows: Collection[FindingRow]) -> dict[Trap, int]:
    asked = [r for r in rows if speaks(r.finding) or is_observed(r.finding)]
    per_trap = {t: _sellers(r for r in asked if r.finding.trap is t) for t in Trap}
    return {trap: count for trap, count in per_trap.items() if count}


def _sellers(rows: Iterable[FindingRow]) -> int:
    return _floored([r.finding.author_id for r in rows])


def _floored(user_ids: Collection[str]) -> int:
    count = len(set(user_ids))
    return count if count >= FLOOR else 0
