"""What the admins of a workspace have chosen, over SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import String, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Delivery
from bot.core.workspace_rules import WorkspaceChoices
from bot.store.tables import workspace_admins, workspace_settings
from bot.store.upsert import insert_once, upsert

CHOICES = tuple(c.name for c in workspace_settings.c if c.name != "workspace_id")
_mine = select(bindparam("workspace_id", type_=String).label("workspace_id")).subquery("mine")
_CHOSEN = select(
    workspace_admins.c.user_id, *(workspace_settings.c[name] for name in CHOICES)
).select_from(
    _mine.outerjoin(
        workspace_settings, workspace_settings.c.workspace_id == _mine.c.workspace_id
    ).outerjoin(workspace_admins, workspace_admins.c.workspace_id == _mine.c.workspace_id)
)


class SqlWorkspaceSettings:
    """Implements ``bot.flows.ports.workspace_settings.WorkspaceSettings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, workspace_id: str) -> WorkspaceChoices:
        found = await self._connection.execute(_CHOSEN, {"workspace_id": workspace_id})
        rows = found.mappings().all()
        named = frozenset(str(row["user_id"]) for row in rows if row["user_id"])
        return choices_of({name: rows[0][name] for name in CHOICES}, named)

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


def choices_of(row: Mapping[str, Any], admins: frozenset[str]) -> WorkspaceChoices:
    """Return what a row holds; nothing in it, where nobody has chosen anything."""
    delivery = row["delivery"]
    chosen = {**row, "delivery": Delivery(delivery) if delivery else None}
    return WorkspaceChoices(admins=admins, **chosen)
