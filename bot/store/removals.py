"""Workspaces that have removed the app, and the end of what is written about them afterward."""

from __future__ import annotations

from sqlalchemy import Table, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import changed
from bot.store.tables import installations, metadata, removals
from bot.store.upsert import upsert


class SqlRemovals:
    """Implements ``bot.flows.ports.installations.Removals``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, workspace_id: str, *, now: float) -> None:
        key = {"removed_workspace_id": workspace_id}
        await upsert(self._connection, removals, key, {"removed_at": now})

    async def withdraw(self, workspace_id: str) -> None:
        back = delete(removals).where(removals.c.removed_workspace_id == workspace_id)
        await self._connection.execute(back)


async def erase_rows_of(
    connection: AsyncConnection, workspace_id: str, *, but: frozenset[Table] = frozenset()
) -> int:
    """Erase every row of a workspace, in every table but some; return how many there were."""
    count = 0
    for table in reversed(metadata.sorted_tables):
        if "workspace_id" in table.c and table not in but:
            gone = delete(table).where(table.c.workspace_id == workspace_id)
            count += await changed(connection, gone)
    return count


async def erase_late_rows(connection: AsyncConnection, *, until: float) -> int:
    """Erase what was written about workspaces after they removed the app, by work that was under
    way in any process; return how many rows there were.

    Args:
        connection: in a transaction.
        until: removals from before then (Unix seconds) are forgotten; nothing can be under way.
    """
    is_back = exists().where(installations.c.workspace_id == removals.c.removed_workspace_id)
    gone = (
        select(removals.c.removed_workspace_id)
        .where(~is_back)
        .with_for_update(of=removals, skip_locked=True)  # who installs again waits, or was first
    )
    count = 0
    for workspace_id in (await connection.scalars(gone)).all():
        # An installation that was just made is not seen above, and must stay.
        count += await erase_rows_of(connection, workspace_id, but=frozenset({installations}))
    return count + await changed(connection, delete(removals).where(removals.c.removed_at <= until))
