"""Managers' sales teams, and who agreed to be counted in them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.sales_teams import Membership, SalesTeam
from bot.store.claims import NO_LEASE
from bot.store.tables import sales_team_members, sales_teams
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
                where=sales_teams.c.manager_id == team.manager_id,
            )
        )

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        found = await self._connection.execute(
            select(sales_teams).where(
                sales_teams.c.workspace_id == workspace_id, sales_teams.c.id == team_id
            )
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

    async def members(self, workspace_id: str, team_id: str) -> list[str]:
        rows = (
            select(sales_team_members.c.user_id)
            .where(_in_team(workspace_id, team_id))
            .order_by(sales_team_members.c.user_id)
        )
        return list((await self._connection.execute(rows)).scalars())

    async def add_member(self, team: SalesTeam, user_id: str) -> bool:
        row = {"workspace_id": team.workspace_id, "sales_team_id": team.id, "user_id": user_id}
        return await insert_once(self._connection, sales_team_members, row)

    async def keep_members(self, team: SalesTeam, user_ids: Collection[str]) -> None:
        others = sales_team_members.c.user_id.not_in(list(user_ids))
        await self._connection.execute(
            delete(sales_team_members).where(_in_team(team.workspace_id, team.id), others)
        )

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        await self._connection.execute(
            delete(sales_team_members).where(_member(workspace_id, team_id, user_id))
        )

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        member = _member(workspace_id, team_id, user_id)
        first = sales_team_members.c.accepted_at.is_(None)
        await self._connection.execute(
            update(sales_team_members).where(member, first).values(accepted_at=now)
        )
        return bool(await self._connection.scalar(select(exists().where(member))))

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
                sales_team_members.c.workspace_id == workspace_id,
                sales_team_members.c.user_id == user_id,
            )
            .order_by(sales_teams.c.created_at, sales_teams.c.id)
        )
        found = (await self._connection.execute(rows)).mappings().all()
        return [Membership(sales_team(r), r["accepted_at"] is not None) for r in found]

    async def _teams(self, *conditions: ColumnElement[bool]) -> list[SalesTeam]:
        rows = (
            select(sales_teams)
            .where(*conditions)
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
    )


def _in_team(workspace_id: str, team_id: str) -> ColumnElement[bool]:
    return and_(
        sales_team_members.c.workspace_id == workspace_id,
        sales_team_members.c.sales_team_id == team_id,
    )


def _member(workspace_id: str, team_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(_in_team(workspace_id, team_id), sales_team_members.c.user_id == user_id)
