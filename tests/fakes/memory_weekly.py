"""The weekly schedule and reflections in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from bot.core.model import Feedback
from bot.flows.ports.weekly import (
    DueDigest,
    DueFollowUp,
    DueReflection,
    FollowUpOutcome,
    WeeklyKind,
    WrittenReflection,
)
from tests.fakes.state import (
    FollowUpRow,
    PersonRow,
    ReflectionRow,
    State,
    TeamRow,
    begin_claim,
    end_lease,
    is_free,
)

Key = TypeVar("Key", bound=tuple[str, ...])
Row = TypeVar("Row", PersonRow, TeamRow)


class MemoryWeeklySchedule:
    """In-memory twin of ``bot.flows.ports.weekly.WeeklySchedule``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def claim_due_reflections(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueReflection]:
        due = [
            (row.due_at, key, row)
            for key, row in self._state.people.items()
            if row.due_at is not None
            and _look_at(row, row.due_at) <= now
            and is_free(row, now)
            and key[0] not in without
        ]
        claimed = []
        for due_at, (workspace_id, user_id), row in _earliest(due)[:limit]:
            begin_claim(row, owner, lease_until)
            claimed.append(
                DueReflection(
                    workspace_id,
                    user_id,
                    row.preferences.reflection_slot or "",
                    due_at,
                    row.time_zone,
                    owner,
                    row.claim_number,
                )
            )
        return claimed

    async def finish_reflection(
        self,
        due: DueReflection,
        *,
        next_due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> bool:
        row = self._claimed_person(due)
        if row is None:
            return False
        row.due_at, row.time_zone, row.look_at = next_due, time_zone, look_at
        end_lease(row)
        return True

    async def release_reflection(self, due: DueReflection, *, look_at: float | None = None) -> bool:
        row = self._claimed_person(due)
        if row is None:
            return False
        row.look_at = row.look_at if look_at is None else look_at
        end_lease(row)
        return True

    async def schedule_reflection(
        self,
        workspace_id: str,
        user_id: str,
        *,
        due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> None:
        key = (workspace_id, user_id)
        if due is None and key not in self._state.people:
            return
        row = self._state.people.setdefault(key, PersonRow())
        row.due_at, row.time_zone, row.look_at = due, time_zone, look_at
        end_lease(row)

    async def claim_due_digests(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueDigest]:
        due = [
            (row.due_at, key, row)
            for key, row in self._state.sales_teams.items()
            if row.due_at is not None
            and _look_at(row, row.due_at) <= now
            and is_free(row, now)
            and key[0] not in without
        ]
        claimed = []
        for due_at, _, row in _earliest(due)[:limit]:
            begin_claim(row, owner, lease_until)
            claimed.append(DueDigest(row.team, due_at, owner, row.claim_number))
        return claimed

    async def finish_digest(
        self, due: DueDigest, *, next_due: float | None, look_at: float | None = None
    ) -> bool:
        row = self._claimed_team(due)
        if row is None:
            return False
        row.due_at, row.look_at = next_due, look_at
        end_lease(row)
        return True

    async def release_digest(self, due: DueDigest, *, look_at: float | None = None) -> bool:
        row = self._claimed_team(due)
        if row is None:
            return False
        row.look_at = row.look_at if look_at is None else look_at
        end_lease(row)
        return True

    async def record_run(
        self,
        kind: WeeklyKind,
        workspace_id: str,
        subject_id: str,
        week: str,
        *,
        skipped: str | None,
        now: float,
    ) -> bool:
        key = (workspace_id, kind, subject_id, week)
        if key in self._state.weekly_runs:
            return False
        self._state.weekly_runs[key] = (skipped, now)
        return True

    async def note_undelivered(
        self, kind: WeeklyKind, workspace_id: str, subject_id: str, week: str, *, reason: str
    ) -> None:
        key = (workspace_id, kind, subject_id, week)
        if key in self._state.weekly_runs:
            skipped, now = self._state.weekly_runs[key]
            self._state.weekly_runs[key] = (skipped or reason, now)

    async def due_follow_ups(
        self,
        *,
        answered_after: float,
        answered_until: float,
        none_since: float,
        limit: int,
        after: DueFollowUp | None = None,
        without: Collection[str] = (),
    ) -> list[DueFollowUp]:
        lately = {
            (key[0], row.user_id)
            for key, row in self._state.follow_ups.items()
            if row.created_at > none_since
        }
        due = [
            DueFollowUp(f.workspace_id, f.author_id, f.key or "", f.question_id or "", answered_at)
            for row in self._state.findings
            if row.feedback == Feedback.HELPFUL
            and (f := row.finding)
            and (answered_at := row.answered_at) is not None
            and answered_after < answered_at <= answered_until
            and f.workspace_id not in without
            and (f.workspace_id, f.key or "") not in self._state.follow_ups
            and (f.workspace_id, f.author_id) not in lately
        ]
        due.sort(key=_place)
        return [d for d in due if after is None or _place(d) > _place(after)][:limit]

    async def add_follow_up(self, due: DueFollowUp, *, now: float) -> bool:
        key = (due.workspace_id, due.key)
        if key in self._state.follow_ups:
            return False
        self._state.follow_ups[key] = FollowUpRow(due.user_id, now)
        return True

    async def set_follow_up_outcome(
        self, workspace_id: str, key: str, user_id: str, outcome: FollowUpOutcome
    ) -> bool:
        row = self._state.follow_ups.get((workspace_id, key))
        if row is None or row.user_id != user_id:
            return False
        row.outcome = outcome
        return True

    async def waits_for_outcome(self, workspace_id: str, key: str, user_id: str) -> bool:
        row = self._state.follow_ups.get((workspace_id, key))
        return row is not None and row.user_id == user_id and row.outcome is None

    def _claimed_person(self, due: DueReflection) -> PersonRow | None:
        row = self._state.people.get((due.workspace_id, due.user_id))
        claim = (due.due_at, due.lease_owner, due.claim_number)
        return row if row and (row.due_at, row.lease_owner, row.claim_number) == claim else None

    def _claimed_team(self, due: DueDigest) -> TeamRow | None:
        row = self._state.sales_teams.get((due.team.workspace_id, due.team.id))
        claim = (due.due_at, due.lease_owner, due.claim_number)
        return row if row and (row.due_at, row.lease_owner, row.claim_number) == claim else None


class MemoryReflections:
    """In-memory twin of ``bot.flows.ports.weekly.Reflections``."""

    def __init__(self, state: State, *, keeps_answers: bool) -> None:
        self._state = state
        self.keeps_answers = keeps_answers

    async def answers(self, workspace_id: str, user_id: str, week: str) -> Mapping[str, str]:
        row = self._state.reflections.get((workspace_id, user_id, week))
        return row.answers if row else {}

    async def latest_answers(
        self, workspace_id: str, user_id: str, *, before: str
    ) -> Mapping[str, str]:
        mine = [
            key
            for key in self._state.reflections
            if key[:2] == (workspace_id, user_id) and key[2] < before
        ]
        return self._state.reflections[max(mine)].answers if mine else {}

    async def written(self, workspace_id: str, user_id: str) -> list[WrittenReflection]:
        return [
            WrittenReflection(
                key[2], row.created_at, {} if row.is_locked else row.answers, row.is_locked
            )
            for key, row in sorted(self._state.reflections.items())
            if key[:2] == (workspace_id, user_id)
        ]

    async def save(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> bool:
        kept = dict(answers) if self.keeps_answers else {}
        self._state.reflections[workspace_id, user_id, week] = ReflectionRow(kept, now)
        return True


def _look_at(row: PersonRow | TeamRow, due_at: float) -> float:
    return due_at if row.look_at is None else row.look_at


def _earliest(due: list[tuple[float, Key, Row]]) -> list[tuple[float, Key, Row]]:
    """Return what is due, by when to look at it; each with its due time and its key."""
    return sorted(due, key=lambda one: (_look_at(one[2], one[0]), one[1]))


def _place(due: DueFollowUp) -> tuple[float, str, str]:
    return due.answered_at, due.workspace_id, due.key
