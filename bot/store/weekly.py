"""What is due weekly, claimed by one worker at a time, and what was done."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Executable,
    and_,
    bindparam,
    exists,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Feedback
from bot.flows.ports.weekly import (
    DueDigest,
    DueFollowUp,
    DueReflection,
    FollowUpOutcome,
    WeeklyKind,
)
from bot.store.claims import CLAIM_DONE, ClaimOf, not_in, still_claimed
from bot.store.columns import one_of
from bot.store.database import changed
from bot.store.sales_teams import sales_team
from bot.store.tables import findings, follow_ups, preferences, sales_teams, weekly_runs
from bot.store.upsert import insert_once, upsert


class SqlWeeklySchedule:
    """The weekly schedule over SQL; implements ``bot.flows.ports.weekly.WeeklySchedule``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim_due_reflections(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueReflection]:
        rows = await ClaimOf(
            preferences,
            and_(
                _is_due(preferences.c.reflection_due_at, preferences.c.reflection_look_at, now),
                not_in(preferences, without),
            ),
            order_by=("reflection_look_at", "reflection_due_at"),
            again=False,
        ).run(self._connection, now=now, limit=limit, owner=owner, lease_until=lease_until)
        return [
            DueReflection(
                workspace_id=r["workspace_id"],
                user_id=r["user_id"],
                slot=r["reflection_slot"] or "",
                due_at=r["reflection_due_at"],
                time_zone=r["time_zone"],
                lease_owner=r["lease_owner"],
                claim_number=r["claim_number"],
            )
            for r in rows
        ]

    async def finish_reflection(
        self,
        due: DueReflection,
        *,
        next_due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> bool:
        return await self._end_reflection(
            due, reflection_due_at=next_due, time_zone=time_zone, reflection_look_at=look_at
        )

    async def release_reflection(self, due: DueReflection, *, look_at: float | None = None) -> bool:
        values = {} if look_at is None else {"reflection_look_at": look_at}
        return await self._end_reflection(due, **values)

    async def schedule_reflection(
        self,
        workspace_id: str,
        user_id: str,
        *,
        due: float | None,
        time_zone: str | None,
        look_at: float | None = None,
    ) -> None:
        values = {
            "reflection_due_at": due,
            "reflection_look_at": look_at,
            "time_zone": time_zone,
            **CLAIM_DONE,
        }
        if due is None:
            person = update(preferences).where(_person(workspace_id, user_id))
            await self._connection.execute(person.values(values))
            return
        key = {"workspace_id": workspace_id, "user_id": user_id}
        await upsert(self._connection, preferences, key, values)

    async def claim_due_digests(
        self,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        without: Collection[str] = (),
    ) -> list[DueDigest]:
        rows = await ClaimOf(
            sales_teams,
            and_(
                _is_due(sales_teams.c.digest_due_at, sales_teams.c.digest_look_at, now),
                not_in(sales_teams, without),
            ),
            order_by=("digest_look_at", "digest_due_at"),
            again=False,
        ).run(self._connection, now=now, limit=limit, owner=owner, lease_until=lease_until)
        return [
            DueDigest(sales_team(r), r["digest_due_at"], r["lease_owner"], r["claim_number"])
            for r in rows
        ]

    async def finish_digest(
        self, due: DueDigest, *, next_due: float | None, look_at: float | None = None
    ) -> bool:
        return await self._end_digest(due, digest_due_at=next_due, digest_look_at=look_at)

    async def release_digest(self, due: DueDigest, *, look_at: float | None = None) -> bool:
        values = {} if look_at is None else {"digest_look_at": look_at}
        return await self._end_digest(due, **values)

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
        row = {
            "workspace_id": workspace_id,
            "kind": kind,
            "subject_id": subject_id,
            "week": week,
            "skipped": skipped,
            "created_at": now,
        }
        return await insert_once(self._connection, weekly_runs, row)

    async def note_undelivered(
        self, kind: WeeklyKind, workspace_id: str, subject_id: str, week: str, *, reason: str
    ) -> None:
        noted_as_sent = update(weekly_runs).where(
            weekly_runs.c.workspace_id == workspace_id,
            weekly_runs.c.kind == kind,
            weekly_runs.c.subject_id == subject_id,
            weekly_runs.c.week == week,
            weekly_runs.c.skipped.is_(None),
        )
        await self._connection.execute(noted_as_sent.values(skipped=reason))

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
        same_workspace = follow_ups.c.workspace_id == findings.c.workspace_id
        known = exists().where(same_workspace, follow_ups.c.key == findings.c.key)
        lately = exists().where(
            same_workspace,
            follow_ups.c.user_id == findings.c.author_id,
            follow_ups.c.created_at > none_since,
        )
        place = (findings.c.answered_at, findings.c.workspace_id, findings.c.key)
        rows = (
            select(*place, findings.c.author_id, findings.c.question_id)
            .where(
                one_of(findings.c.feedback, Feedback.HELPFUL),
                findings.c.answered_at > answered_after,
                findings.c.answered_at <= answered_until,
                ~known,
                ~lately,
                not_in(findings, without),
            )
            .order_by(*place)
            .limit(limit)
        )
        if after is not None:
            rows = rows.where(tuple_(*place) > (after.answered_at, after.workspace_id, after.key))
        return [
            DueFollowUp(r.workspace_id, r.author_id, r.key, r.question_id, r.answered_at)
            for r in await self._connection.execute(rows)
        ]

    async def add_follow_up(self, due: DueFollowUp, *, now: float) -> bool:
        row = {
            "workspace_id": due.workspace_id,
            "key": due.key,
            "user_id": due.user_id,
            "created_at": now,
        }
        return await insert_once(self._connection, follow_ups, row)

    async def set_follow_up_outcome(
        self, workspace_id: str, key: str, user_id: str, outcome: FollowUpOutcome
    ) -> bool:
        mine = update(follow_ups).where(
            follow_ups.c.workspace_id == workspace_id,
            follow_ups.c.key == key,
            follow_ups.c.user_id == user_id,
        )
        return await changed(self._connection, mine.values(outcome=outcome)) > 0

    async def waits_for_outcome(self, workspace_id: str, key: str, user_id: str) -> bool:
        open_one = select(follow_ups.c.key).where(
            follow_ups.c.workspace_id == workspace_id,
            follow_ups.c.key == key,
            follow_ups.c.user_id == user_id,
            follow_ups.c.outcome.is_(None),
        )
        return await self._connection.scalar(open_one) is not None

    async def _end_reflection(self, due: DueReflection, **values: Any) -> bool:
        mine = {
            "this_workspace": due.workspace_id,
            "this_user": due.user_id,
            "this_due_at": due.due_at,
            "this_owner": due.lease_owner,
            "this_claim": due.claim_number,
        }
        new = {f"new_{name}": value for name, value in values.items()}
        return await changed(self._connection, _end_of_reflection(tuple(values)), mine | new) > 0

    async def _end_digest(self, due: DueDigest, **values: Any) -> bool:
        mine = update(sales_teams).where(
            sales_teams.c.workspace_id == due.team.workspace_id,
            sales_teams.c.id == due.team.id,
            sales_teams.c.digest_due_at == due.due_at,
            still_claimed(sales_teams, due.lease_owner, due.claim_number),
        )
        return await changed(self._connection, mine.values(values | CLAIM_DONE)) > 0


@cache  # each person is looked at once a day, and to build it takes longer than to run it
def _end_of_reflection(names: tuple[str, ...]) -> Executable:
    """Return the statement that ends a claim and changes some columns, named ``new_...``."""
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return (
        update(preferences)
        .where(
            preferences.c.workspace_id == bindparam("this_workspace"),
            preferences.c.user_id == bindparam("this_user"),
            preferences.c.reflection_due_at == bindparam("this_due_at"),
            preferences.c.lease_owner == bindparam("this_owner"),
            preferences.c.claim_number == bindparam("this_claim"),
        )
        .values(new | CLAIM_DONE)
    )


def _is_due(due_at: Column[float], look_at: Column[float], now: float) -> ColumnElement[bool]:
    """A moment to look at it takes the place of the due time; what is never due has neither."""
    return and_(due_at.is_not(None), or_(look_at <= now, and_(look_at.is_(None), due_at <= now)))


def _person(workspace_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(preferences.c.workspace_id == workspace_id, preferences.c.user_id == user_id)
