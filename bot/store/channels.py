"""How channels are watched, what may be told of them, and which traps are on probation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Delivery, Trap
from bot.flows.ports.channels import ChannelFigures, ChannelSettings, Probation
from bot.store import tables
from bot.store.tables import (
    channel_figures,
    channel_pacing,
    channel_tests,
    channels,
    findings,
    inbox,
    outbox,
    sales_teams,
)
from bot.store.upsert import insert_once, upsert

_CHANGEABLE = {"delivery", "inviter_id", "invited_at", "paused_until", "pause_reason", "noticed_at"}


_ONE_ROW: tuple[Table, ...] = (channels, channel_pacing, channel_figures)  # the old id's stay
_MANY_ROWS: tuple[Table, ...] = (findings, outbox, sales_teams)


class SqlChannels:
    """Channels over SQL; implements ``bot.flows.ports.channels.Channels``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def settings(self, workspace_id: str, channel_id: str) -> ChannelSettings:
        found = await self._connection.execute(
            select(channels).where(
                channels.c.workspace_id == workspace_id, channels.c.channel_id == channel_id
            )
        )
        row = found.mappings().first()
        return ChannelSettings(channel_id) if row is None else settings_of(channel_id, dict(row))

    async def update(self, workspace_id: str, channel_id: str, **changes: Any) -> None:
        if unknown := changes.keys() - _CHANGEABLE:
            raise TypeError(f"no such setting of a channel: {', '.join(sorted(unknown))}")
        if changes:
            key = {"workspace_id": workspace_id, "channel_id": channel_id}
            await upsert(self._connection, channels, key, changes)

    async def change_id(self, workspace_id: str, old_id: str, new_id: str) -> None:
        if old_id == new_id:
            return
        execute = self._connection.execute
        for table in _ONE_ROW:
            is_known = select(table.c.channel_id).where(_of(table, workspace_id, old_id))
            if (await execute(is_known)).first():
                await execute(delete(table).where(_of(table, workspace_id, new_id)))
        moving = select(inbox.c.ts).where(_of(inbox, workspace_id, old_id))
        await execute(delete(inbox).where(_of(inbox, workspace_id, new_id), inbox.c.ts.in_(moving)))
        for table in (*_ONE_ROW, inbox, *_MANY_ROWS):
            mine = _of(table, workspace_id, old_id)
            await execute(update(table).where(mine).values(channel_id=new_id))

    async def figures(self, workspace_id: str, channel_id: str, week: str) -> ChannelFigures | None:
        found = await self._connection.execute(
            select(channel_figures.c.asked, channel_figures.c.observed).where(
                channel_figures.c.workspace_id == workspace_id,
                channel_figures.c.channel_id == channel_id,
                channel_figures.c.week == week,
            )
        )
        row = found.first()
        return ChannelFigures(row.asked, row.observed) if row else None

    async def save_figures(
        self,
        workspace_id: str,
        channel_id: str,
        week: str,
        figures: ChannelFigures,
        *,
        now: float,
    ) -> None:
        row = {
            "workspace_id": workspace_id,
            "channel_id": channel_id,
            "week": week,
            "asked": figures.asked,
            "observed": figures.observed,
            "created_at": now,
        }
        await insert_once(self._connection, channel_figures, row)

    async def start_test(
        self, workspace_id: str, channel_id: str, user_id: str, *, until: float
    ) -> None:
        key = {"workspace_id": workspace_id, "channel_id": channel_id, "user_id": user_id}
        await upsert(self._connection, channel_tests, key, {"until": until})

    async def end_test(self, workspace_id: str, channel_id: str, user_id: str) -> None:
        mine = (_of(channel_tests, workspace_id, channel_id), channel_tests.c.user_id == user_id)
        await self._connection.execute(delete(channel_tests).where(*mine))

    async def running_tests(self, *, now: float) -> dict[tuple[str, str, str], float]:
        found = await self._connection.execute(
            select(channel_tests).where(channel_tests.c.until > now)
        )
        return {(r.workspace_id, r.channel_id, r.user_id): r.until for r in found}

    async def inviters(self, workspace_id: str) -> list[str]:
        known = (
            select(channels.c.inviter_id)
            .where(channels.c.workspace_id == workspace_id, channels.c.inviter_id.is_not(None))
            .distinct()
            .order_by(channels.c.inviter_id)
        )
        return [r.inviter_id for r in await self._connection.execute(known)]

    async def probation(self, workspace_id: str, trap: Trap) -> Probation:
        kept = tables.probation
        found = await self._connection.execute(
            select(kept.c.since, kept.c.cleared_at).where(
                kept.c.workspace_id == workspace_id, kept.c.trap == trap
            )
        )
        row = found.first()
        return Probation(row.since, row.cleared_at) if row else Probation()

    async def set_probation(self, workspace_id: str, trap: Trap, probation: Probation) -> None:
        values = {"since": probation.since, "cleared_at": probation.cleared_at}
        key = {"workspace_id": workspace_id, "trap": trap}
        await upsert(self._connection, tables.probation, key, values)


def settings_of(channel_id: str, row: Mapping[str, Any]) -> ChannelSettings:
    """Return what a row holds; nothing in it, where nobody has chosen anything."""
    return ChannelSettings(
        channel_id=channel_id,
        delivery=Delivery(row["delivery"]) if row["delivery"] else None,
        inviter_id=row["inviter_id"] or "",
        paused_until=row["paused_until"],
        pause_reason=row["pause_reason"] or "",
        noticed_at=row["noticed_at"],
    )


def _of(table: Table, workspace_id: str, channel_id: str) -> ColumnElement[bool]:
    return and_(table.c.workspace_id == workspace_id, table.c.channel_id == channel_id)
