"""Which channels may get a message now: one message at a time, and not too soon after another.

Slack allows one message per second per channel. The hold lies in the database, because several
workers may deliver into one channel.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Double, String, bindparam, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.outbox import ClaimedMessage
from bot.store.tables import channel_pacing
from bot.store.upsert import insert_into, insert_of, upsert

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
        if len(places) == 1:
            ((workspace_id, channel_id),) = places
            values = {
                "workspace_id": workspace_id,
                "channel_id": channel_id,
                "free_at": until,
                "held_by": owner,
                "pacing_now": now,
                "pacing_owner": owner,
            }
            claim = _claim_of_one(self._connection.dialect.name)
            return {(r[0], r[1]) for r in await self._connection.execute(claim, values)}
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
        await self._connection.execute(
            _REPLACE, _held(workspace_id, channel_id, owner) | {"new_free_at": until}
        )

    async def extend(self, claimed: ClaimedMessage, *, until: float) -> None:
        """Let the hold that a claim put on its channel end with the claim."""
        message = claimed.message
        held = _held(message.workspace_id, message.channel_id, claimed.lease_owner)
        await self._connection.execute(_EXTEND, held | {"new_free_at": until})


def channel_is_free(
    now: float | ColumnElement[float], owner: str | ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition under which this owner may post to a channel now."""
    return or_(channel_pacing.c.free_at <= now, channel_pacing.c.held_by == owner)


def _held(workspace_id: str, channel_id: str, owner: str) -> dict[str, str]:
    return {"this_workspace": workspace_id, "this_channel": channel_id, "this_owner": owner}


# Built once: to build a statement takes longer than to run it.
_mine = update(channel_pacing).where(
    channel_pacing.c.workspace_id == bindparam("this_workspace"),
    channel_pacing.c.channel_id == bindparam("this_channel"),
    channel_pacing.c.held_by == bindparam("this_owner"),
)
_EXTEND = _mine.values(free_at=bindparam("new_free_at"))
_REPLACE = _mine.values(free_at=bindparam("new_free_at"), held_by=None)


@cache
def _claim_of_one(dialect: str) -> Any:
    insert = insert_of(dialect, channel_pacing)
    is_free = channel_is_free(
        bindparam("pacing_now", type_=Double), bindparam("pacing_owner", type_=String)
    )
    return insert.on_conflict_do_update(
        index_elements=["workspace_id", "channel_id"],
        set_={"free_at": insert.excluded.free_at, "held_by": insert.excluded.held_by},
        where=is_free,
    ).returning(channel_pacing.c.workspace_id, channel_pacing.c.channel_id)
