"""Managers' sales teams, whom they named, and who agreed to be counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.sales_teams import Membership, NamedPerson, SalesTeam
from bot.store.claims import NO_LEASE
from bot.store.database import changed
from bot.store.tables import named_people, sales_team_members, sales_teams
from bot.store.upsert import insert_into, insert_once


class SqlSalesTeams:
    """Sales teams over SQL; implements ``bot.flows.ports.sales_teams.SalesTeams``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, team: SalesTeam, *, digest_due: float, now: float) -> None:
        changeable = {
            "name": team.name,
            "slot": team.slot,
            "channel_id": team.channel_id or None,
            "digest_due_at": digest_due,
            "digest_look_at": None,
        }
        fixed = {
            "workspace_id": team.workspace_id,
            "id": team.id,
            "manager_id": team.manager_id,
            "created_at": now,
        }
        insert = insert_into(self._connection, sales_teams).values(fixed | changeable)
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["workspace_id", "id"],
                set_=changeable | NO_LEASE,
                where=_live(),
            )
        )

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        found = await self._connection.execute(
            select(sales_teams).where(_live(), _is(team_id, workspace_id))
        )
        row = found.mappings().first()
        return sales_team(row) if row else None

    async def managed_by(self, workspace_id: str, manager_id: str) -> list[SalesTeam]:
        return await self._teams(
            sales_teams.c.workspace_id == workspace_id, sales_teams.c.manager_id == manager_id
        )

    async def all(self, workspace_id: str | None = None) -> list[SalesTeam]:
        if workspace_id is None:
            return await self._teams()
        return await self._teams(sales_teams.c.workspace_id == workspace_id)

    async def end(self, workspace_id: str, team_id: str, *, now: float) -> bool:
        ended = update(sales_teams).where(_live(), _is(team_id, workspace_id))
        values = {"ended_at": now, "digest_due_at": None, "next_manager_id": None, **NO_LEASE}
        if not await changed(self._connection, ended.values(values)):
            return False
        members = delete(sales_team_members).where(_in_team(workspace_id, team_id))
        await self._connection.execute(members)
        return True

    async def offer(self, team: SalesTeam, user_id: str) -> None:
        offered = update(sales_teams).where(_live(), _is(team.id, team.workspace_id))
        await self._connection.execute(offered.values(next_manager_id=user_id or None))

    async def hand_over(self, team: SalesTeam, user_id: str, *, digest_due: float) -> bool:
        offered = update(sales_teams).where(
            _live(),
            _is(team.id, team.workspace_id),
            sales_teams.c.next_manager_id == user_id,
        )
        values = {
            "manager_id": user_id,
            "next_manager_id": None,
            "digest_due_at": digest_due,
            "digest_look_at": None,
            **NO_LEASE,
        }
        return await changed(self._connection, offered.values(values)) > 0

    async def named(self, workspace_id: str, team_id: str) -> list[str]:
        rows = (
            select(named_people.c.user_id)
            .where(_named_in(workspace_id, team_id), named_people.c.is_named.is_(True))
            .order_by(named_people.c.user_id)
        )
        return list((await self._connection.execute(rows)).scalars())

    async def people(self, workspace_id: str, team_id: str) -> list[NamedPerson]:
        is_open = exists().where(
            sales_team_members.c.workspace_id == named_people.c.workspace_id,
            sales_team_members.c.sales_team_id == named_people.c.sales_team_id,
            sales_team_members.c.user_id == named_people.c.user_id,
        )
        rows = (
            select(named_people, is_open.label("is_open"))
            .where(_named_in(workspace_id, team_id))
            .order_by(named_people.c.user_id)
        )
        return [
            NamedPerson(r.user_id, r.is_named, r.invitations, bool(r.is_open))
            for r in await self._connection.execute(rows)
        ]

    async def set_named(self, team: SalesTeam, user_ids: Collection[str], *, now: float) -> None:
        known = {p.user_id: p for p in await self.people(team.workspace_id, team.id)}
        chosen = list(dict.fromkeys(user_ids))
        others = and_(_named_in(team.workspace_id, team.id), named_people.c.user_id.not_in(chosen))
        await self._connection.execute(update(named_people).where(others).values(is_named=False))
        for user_id in chosen:
            before = known.get(user_id)
            if before is None:
                row = _key(team.workspace_id, team.id, user_id)
                row |= {"is_named": True, "invitations": 0, "named_at": now}
                await insert_once(self._connection, named_people, row)
            elif not before.is_named:
                again = update(named_people).where(_person(team.workspace_id, team.id, user_id))
                await self._connection.execute(again.values(is_named=True, named_at=now))
        removed = sales_team_members.c.user_id.not_in(chosen)
        await self._connection.execute(
            delete(sales_team_members).where(_in_team(team.workspace_id, team.id), removed)
        )

    async def count_named_since(self, workspace_id: str, manager_id: str, since: float) -> int:
        count = (
            select(func.count())
            .select_from(named_people)
            .join(
                sales_teams,
                and_(
                    sales_teams.c.workspace_id == named_people.c.workspace_id,
                    sales_teams.c.id == named_people.c.sales_team_id,
                ),
            )
            .where(
                named_people.c.workspace_id == workspace_id,
                sales_teams.c.manager_id == manager_id,
                named_people.c.named_at > since,
            )
        )
        return await self._connection.scalar(count) or 0

    async def invite(self, team: SalesTeam, user_id: str) -> bool:
        row = _key(team.workspace_id, team.id, user_id)
        if not await insert_once(self._connection, sales_team_members, row):
            return False
        asked = update(named_people).where(_person(team.workspace_id, team.id, user_id))
        await self._connection.execute(asked.values(invitations=named_people.c.invitations + 1))
        return True

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        await self._connection.execute(
            delete(sales_team_members).where(_member(workspace_id, team_id, user_id))
        )

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        is_named = exists().where(
            _person(workspace_id, team_id, user_id),
            named_people.c.is_named.is_(True),
            sales_teams.c.workspace_id == named_people.c.workspace_id,
            sales_teams.c.id == named_people.c.sales_team_id,
            _live(),
        )
        if not await self._connection.scalar(select(is_named)):
            return False
        row = _key(workspace_id, team_id, user_id) | {"accepted_at": now}
        if not await insert_once(self._connection, sales_team_members, row):
            first = sales_team_members.c.accepted_at.is_(None)
            await self._connection.execute(
                update(sales_team_members)
                .where(_member(workspace_id, team_id, user_id), first)
                .values(accepted_at=now)
            )
        return True

    async def memberships(self, workspace_id: str, user_id: str) -> list[Membership]:
        rows = (
            select(sales_teams, sales_team_members.c.accepted_at)
            .join(
                sales_team_members,
                and_(
                    sales_team_members.c.workspace_id == sales_teams.c.workspace_id,
                    sales_team_members.c.sales_team_id == sales_teams.c.id,
                ),
            )
            .where(
                _live(),
                sales_team_members.c.workspace_id == workspace_id,
                sales_team_members.c.user_id == user_id,
            )
            .order_by(sales_teams.c.created_at, sales_teams.c.id)
        )
        found = (await self._connection.execute(rows)).mappings().all()
        return [Membership(sales_team(r), r["accepted_at"] is not None) for r in found]

    async def accepted(self, workspace_id: str, team_id: str) -> list[str]:
        rows = (
            select(sales_team_members.c.user_id)
            .where(_in_team(workspace_id, team_id), sales_team_members.c.accepted_at.is_not(None))
            .order_by(sales_team_members.c.user_id)
        )
        return list((await self._connection.execute(rows)).scalars())

    async def _teams(self, *conditions: ColumnElement[bool]) -> list[SalesTeam]:
        rows = (
            select(sales_teams)
            .where(_live(), *conditions)
            .order_by(sales_teams.c.created_at, sales_teams.c.workspace_id, sales_teams.c.id)
        )
        return [sales_team(r) for r in (await self._connection.execute(rows)).mappings()]


def sales_team(row: RowMapping) -> SalesTeam:
    """Return a row of ``sales_teams`` as a value."""
    return SalesTeam(
        id=row["id"],
        workspace_id=row["workspace_id"],
        manager_id=row["manager_id"],
        name=row["name"],
        slot=row["slot"],
        channel_id=row["channel_id"] or "",
        next_manager_id=row["next_manager_id"] or "",
        created_at=row["created_at"],
    )


def _live() -> ColumnElement[bool]:
    return sales_teams.c.ended_at.is_(None)


def _is(team_id: str, workspace_id: str) -> ColumnElement[bool]:
    return and_(sales_teams.c.workspace_id == workspace_id, sales_teams.c.id == team_id)


def _key(workspace_id: str, team_id: str, user_id: str) -> dict[str, Any]:
    return {"workspace_id": workspace_id, "sales_team_id": team_id, "user_id": user_id}


def _named_in(workspace_id: str, team_id: str) -> ColumnElement[bool]:
    return and_(
        named_people.c.workspace_id == workspace_id, named_people.c.sales_team_id == team_id
    )


def _person(workspace_id: str, team_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(_named_in(workspace_id, team_id), named_people.c.user_id == user_id)


def _in_team(workspace_id: str, team_id: str) -> ColumnElement[bool]:
    return and_(
        sales_team_members.c.workspace_id == workspace_id,
        sales_team_members.c.sales_team_id == team_id,
    )


def _member(workspace_id: str, team_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(_in_team(workspace_id, team_id), sales_team_members.c.user_id == user_id)
