"""Sales teams and digests in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from bot.core.digest_stats import FLOOR, Counts, DigestFigures
from bot.core.model import Feedback, Trap
from bot.core.weekly_slot import Period
from bot.flows.ports.sales_teams import Membership, NamedPerson, SalesTeam
from tests.fakes.state import (
    DigestRow,
    NamedRow,
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
            self._state.sales_teams[team.workspace_id, team.id] = TeamRow(
                replace(team, created_at=now), now, digest_due
            )
        elif row.ended_at is None:
            row.team = replace(row.team, name=team.name, slot=team.slot, channel_id=team.channel_id)
            row.due_at, row.look_at = digest_due, None
            end_lease(row)

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        row = self._live(workspace_id, team_id)
        return row.team if row else None

    async def managed_by(self, workspace_id: str, manager_id: str) -> list[SalesTeam]:
        return [t for t in await self.all(workspace_id) if t.manager_id == manager_id]

    async def all(self, workspace_id: str | None = None) -> list[SalesTeam]:
        rows = sorted(self._state.sales_teams.items(), key=lambda r: (r[1].created_at, r[0]))
        return [
            row.team for key, row in rows if workspace_id in (None, key[0]) and row.ended_at is None
        ]

    async def end(self, workspace_id: str, team_id: str, *, now: float) -> bool:
        row = self._live(workspace_id, team_id)
        if row is None:
            return False
        row.ended_at, row.due_at = now, None
        row.team = replace(row.team, next_manager_id="")
        end_lease(row)
        for key in [k for k in self._state.members if k[:2] == (workspace_id, team_id)]:
            del self._state.members[key]
        return True

    async def offer(self, team: SalesTeam, user_id: str) -> None:
        row = self._live(team.workspace_id, team.id)
        if row is not None:
            row.team = replace(row.team, next_manager_id=user_id)

    async def hand_over(self, team: SalesTeam, user_id: str, *, digest_due: float) -> bool:
        row = self._live(team.workspace_id, team.id)
        if row is None or not user_id or row.team.next_manager_id != user_id:
            return False
        row.team = replace(row.team, manager_id=user_id, next_manager_id="")
        row.due_at, row.look_at = digest_due, None
        end_lease(row)
        return True

    async def named(self, workspace_id: str, team_id: str) -> list[str]:
        return [p.user_id for p in await self.people(workspace_id, team_id) if p.is_named]

    async def people(self, workspace_id: str, team_id: str) -> list[NamedPerson]:
        return [
            NamedPerson(key[2], row.is_named, row.invitations, key in self._state.members)
            for key, row in sorted(
                (key, row)
                for key, row in self._state.named_people.items()
                if key[1] == team_id and key[0] == workspace_id
            )
        ]

    async def set_named(self, team: SalesTeam, user_ids: Collection[str], *, now: float) -> None:
        named, of_team = self._state.named_people, (team.workspace_id, team.id)
        for key in [k for k in named if k[:2] == of_team and k[2] not in user_ids]:
            named[key].is_named = False
        for user_id in user_ids:
            row = named.setdefault((*of_team, user_id), NamedRow(now))
            if not row.is_named:
                row.is_named, row.named_at = True, now
        for key in [k for k in self._state.members if k[:2] == of_team and k[2] not in user_ids]:
            del self._state.members[key]

    async def count_named_since(self, workspace_id: str, manager_id: str, since: float) -> int:
        teams = {k for k, r in self._state.sales_teams.items() if r.team.manager_id == manager_id}
        return sum(
            key[0] == workspace_id and key[:2] in teams and row.named_at > since
            for key, row in self._state.named_people.items()
        )

    async def invite(self, team: SalesTeam, user_id: str) -> bool:
        key = (team.workspace_id, team.id, user_id)
        if key in self._state.members:
            return False
        self._state.members[key] = None
        if key in self._state.named_people:
            self._state.named_people[key].invitations += 1
        return True

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        self._state.members.pop((workspace_id, team_id, user_id), None)

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        key = (workspace_id, team_id, user_id)
        named = self._state.named_people.get(key)
        if named is None or not named.is_named or self._live(workspace_id, team_id) is None:
            return False
        if self._state.members.get(key) is None:
            self._state.members[key] = now
        return True

    async def memberships(self, workspace_id: str, user_id: str) -> list[Membership]:
        members = self._state.members
        return [
            Membership(team, members[workspace_id, team.id, user_id] is not None)
            for team in await self.all(workspace_id)
            if (workspace_id, team.id, user_id) in members
        ]

    async def accepted(self, workspace_id: str, team_id: str) -> list[str]:
        return sorted(
            key[2]
            for key, accepted_at in self._state.members.items()
            if key[:2] == (workspace_id, team_id) and accepted_at is not None
        )

    def _live(self, workspace_id: str, team_id: str) -> TeamRow | None:
        row = self._state.sales_teams.get((workspace_id, team_id))
        return row if row is not None and row.ended_at is None else None


class MemoryDigests:
    """In-memory twin of ``bot.flows.ports.digests.Digests``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def counts(self, team: SalesTeam, period: Period) -> tuple[Counts, frozenset[str]]:
        counted = self._counted(team, period)
        if len(counted) < FLOOR:
            return Counts({}), counted
        met: dict[str, Counter[Trap]] = {user_id: Counter() for user_id in counted}
        helped = set()
        for row in self._state.findings:
            found = row.finding
            if (
                found.workspace_id == team.workspace_id
                and found.author_id in counted
                and self._counts_from(team, found.author_id, period) <= row.created_at < period.end
            ):
                if found.trap is not None and (speaks(found) or is_observed(found)):
                    met[found.author_id][found.trap] += 1
                if row.feedback == Feedback.HELPFUL:
                    helped.add(found.author_id)
        most = Counter(min(traps, key=lambda t: (-traps[t], t)) for traps in met.values() if traps)
        traps = {trap: sellers for trap, sellers in most.items() if sellers >= FLOOR}
        helpful = len(helped) if len(helped) >= FLOOR else 0
        return Counts(traps, len(counted), helpful), counted

    async def saved(self, workspace_id: str, team_id: str, period: str) -> DigestFigures | None:
        row = self._state.digests.get((workspace_id, team_id, period))
        return row.figures if row else None

    async def save(
        self,
        team: SalesTeam,
        period: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        digest = (team.workspace_id, team.id, period)
        if digest in self._state.digests:
            return
        self._state.digests[digest] = DigestRow(figures, now)
        self._state.digest_members |= {(*digest, user_id): None for user_id in counted}

    def _counts_from(self, team: SalesTeam, user_id: str, period: Period) -> float:
        agreed = self._state.members[team.workspace_id, team.id, user_id]
        assert agreed is not None, "only who agreed is counted"
        return next((start for start in period.starts if agreed <= start), period.end)

    def _counted(self, team: SalesTeam, period: Period) -> frozenset[str]:
        start = period.starts[-1]
        already = {
            user_id
            for workspace_id, team_id, told, user_id in self._state.digest_members
            if workspace_id == team.workspace_id
            and (told in period.weeks or (told == period.name and team_id != team.id))
        }
        latest: dict[str, tuple[float, str]] = {}
        joined = sorted(
            (accepted_at, key)
            for key, accepted_at in self._state.members.items()
            if key[0] == team.workspace_id and accepted_at is not None and accepted_at <= start
        )
        for accepted_at, (_, team_id, user_id) in joined:
            before = latest.get(user_id)
            if before is None or accepted_at > before[0]:
                latest[user_id] = (accepted_at, team_id)
        return frozenset(
            user_id
            for user_id, (_, team_id) in latest.items()
            if team_id == team.id and user_id not in already and user_id != team.manager_id
        )
