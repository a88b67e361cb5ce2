"""Workspaces that have removed the app: nothing is written about them any more.

The database itself sees to that: each table with rows of workspaces has a trigger (migration 0021).
On PostgreSQL whoever writes such a row has a lock on its workspace together with all others who do,
until the transaction ends, and an erasure has it alone: a row is there before, and is erased, or
comes after, and is left out. No statement more is needed, and no story has to think of it.
"""

from __future__ import annotations

from sqlalchemy import Double, String, delete, exists, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import changed
from bot.store.tables import installations, metadata, removals
from bot.store.upsert import insert_into

_SHUT = text("SELECT pg_advisory_xact_lock(1382377826, hashtext(:workspace_id))")
"""As in the triggers."""
_ERASE_JOBS = text("""
    DELETE FROM procrastinate_jobs
    WHERE status <> 'doing' AND args->>'workspace_id' = :workspace_id
""")
"""What a worker has begun ends by itself, and is gone then."""


class SqlRemovals:
    """Implements ``bot.flows.ports.installations.Removals``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, workspace_id: str, *, now: float) -> None:
        is_kept = exists().where(installations.c.workspace_id == workspace_id)
        row = select(literal(workspace_id, String), literal(now, Double)).where(is_kept)
        insert = insert_into(self._connection, removals).from_select(list(removals.c), row)
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=[removals.c.removed_workspace_id],
                set_={"removed_at": insert.excluded.removed_at},
            )
        )

    async def withdraw(self, workspace_id: str) -> None:
        back = delete(removals).where(removals.c.removed_workspace_id == workspace_id)
        await self._connection.execute(back)


async def erase_rows_of(connection: AsyncConnection, workspace_id: str) -> int:
    """Erase every row of a workspace, in every table, and the jobs that wait for a worker; return
    how many rows there were.

    Waits for whoever is writing one, and refuses whoever would write one meanwhile.

    Args:
        connection: in a transaction that holds no row yet: who is waited for may wait for that.
    """
    count = 0
    if connection.dialect.name != "sqlite":
        await connection.execute(_SHUT, {"workspace_id": workspace_id})
    for table in reversed(metadata.sorted_tables):
        if "workspace_id" in table.c:
            gone = delete(table).where(table.c.workspace_id == workspace_id)
            count += await changed(connection, gone)
    if connection.dialect.name != "sqlite":
        await connection.execute(_ERASE_JOBS, {"workspace_id": workspace_id})
    return count
