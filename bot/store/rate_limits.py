"""What Slack says to leave alone for a while; kept, because every worker must know it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.rate_limits import Method
from bot.store.tables import method_holds
from bot.store.upsert import insert_into

_HOLDS = select(method_holds).where(method_holds.c.free_at > bindparam("now"))


class SqlRateLimits:
    """Rate limits over SQL; implements ``bot.flows.ports.rate_limits.RateLimits``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, workspace_id: str, method: str, *, until: float) -> None:
        row = {"workspace_id": workspace_id, "method": method, "free_at": until}
        insert = insert_into(self._connection, method_holds).values(row)
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["workspace_id", "method"],
                set_={"free_at": until},
                where=method_holds.c.free_at < until,
            )
        )

    async def held_until(self, workspace_id: str, method: str) -> float | None:
        row = method_holds.c
        mine = (row.workspace_id == workspace_id) & (row.method == method)
        until: float | None = await self._connection.scalar(select(row.free_at).where(mine))
        return until

    async def holds(self, *, now: float) -> Mapping[Method, float]:
        rows = await self._connection.execute(_HOLDS, {"now": now})
        return {(r.workspace_id, r.method): r.free_at for r in rows}
