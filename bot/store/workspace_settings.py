"""What the admins of a workspace have chosen, over SQL."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Delivery
from bot.core.workspace_rules import WorkspaceChoices
from bot.store.tables import workspace_admins, workspace_settings
from bot.store.upsert import insert_once, upsert


class SqlWorkspaceSettings:
    """Implements ``bot.flows.ports.workspace_settings.WorkspaceSettings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, workspace_id: str) -> WorkspaceChoices:
        mine = select(literal(workspace_id).label("workspace_id")).subquery("mine")
        chosen, admins = workspace_settings, workspace_admins
        both = mine.outerjoin(chosen, chosen.c.workspace_id == mine.c.workspace_id)
        both = both.outerjoin(admins, admins.c.workspace_id == mine.c.workspace_id)
        columns = [column for column in chosen.c if column.name != "workspace_id"]
        found = await self._connection.execute(select(admins.c.user_id, *columns).select_from(both))
        rows = [dict(row) for row in found.mappings()]
        named = frozenset(str(row.pop("user_id")) for row in rows if row["user_id"])
        values = {name: value for name, value in rows[0].items() if name != "user_id"}
        delivery = values.pop("delivery")
        return WorkspaceChoices(
            admins=named, delivery=Delivery(delivery) if delivery else None, **values
        )

    async def save(self, workspace_id: str, choices: WorkspaceChoices) -> None:
        values = asdict(choices)
        admins = values.pop("admins")
        for table in (workspace_admins, workspace_settings):
            gone = delete(table).where(table.c.workspace_id == workspace_id)
            await self._connection.execute(gone)
        if any(value is not None for value in values.values()):
            key = {"workspace_id": workspace_id}
            await upsert(self._connection, workspace_settings, key, values)
        for user_id in sorted(admins):
            row = {"workspace_id": workspace_id, "user_id": user_id}
            await insert_once(self._connection, workspace_admins, row)
