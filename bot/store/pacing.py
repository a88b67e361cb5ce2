"""Which channels may get a message now: one message at a time, and not too soon after another.

Slack allows one message per second per channel. The hold lies in the database, because several
workers may deliver into one channel.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.outbox import ClaimedMessage
from bot.store.tables import channel_pacing
from bot.store.upsert import insert_into, upsert

Place = tuple[str, str]
"""A workspace id and a channel id."""


class ChannelPacing:
    """Holds on channels, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(
        self, places: Collection[Place], *, now: float, owner: str, until: float
    ) -> set[Place]:
        """Put channels on hold for everybody else; return those that were free."""
        if not places:
            return set()
        rows = [
            {"workspace_id": w, "channel_id": c, "free_at": until, "held_by": owner}
            for w, c in sorted(places)  # always in one order, or two claims wait for each other
        ]
        insert = insert_into(self._connection, channel_pacing).values(rows)
        hold = insert.on_conflict_do_update(
            index_elements=["workspace_id", "channel_id"],
            set_={"free_at": until, "held_by": owner},
            where=channel_is_free(now, owner),
        ).returning(channel_pacing.c.workspace_id, channel_pacing.c.channel_id)
        return {(r.workspace_id, r.channel_id) for r in await self._connection.execute(hold)}

    async def hold(self, workspace_id: str, channel_id: str, *, until: float) -> None:
        """Hold a channel for everybody until then, instead of whatever hold there was."""
        await upsert(
            self._connection,
            channel_pacing,
            {"workspace_id": workspace_id, "channel_id": channel_id},
            {"free_at": until, "held_by": None},
        )

    async def replace_hold(
        self, workspace_id: str, channel_id: str, *, until: float, owner: str
    ) -> None:
        """Hold a channel until then, if this owner's claim holds it now."""
        held = update(channel_pacing).where(
            channel_pacing.c.workspace_id == workspace_id,
            channel_pacing.c.channel_id == channel_id,
            channel_pacing.c.held_by == owner,
        )
        await self._connection.execute(held.values(free_at=until, held_by=None))

    async def extend(self, claimed: ClaimedMessage, *, until: float) -> None:
        """Let the hold that a claim put on its channel end with the claim."""
        message = claimed.message
        held = update(channel_pacing).where(
            channel_pacing.c.workspace_id == message.workspace_id,
            channel_pacing.c.channel_id == message.channel_id,
            channel_pacing.c.held_by == claimed.lease_owner,
        )
        await self._connection.execute(held.values(free_at=until))


def channel_is_free(now: float, owner: str) -> ColumnElement[bool]:
    """Return the condition under which this owner may post to a channel now."""
    return or_(channel_pacing.c.free_at <= now, channel_pacing.c.held_by == owner)
