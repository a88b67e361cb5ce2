"""Which outgoing messages may be tried now; whoever claims some locks their rows first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.outbox import QUESTIONS, MessageKind
from bot.flows.ports.work import WorkItem
from bot.store.claims import NOW, OWNER, is_free
from bot.store.columns import one_of
from bot.store.pacing import channel_is_free
from bot.store.tables import QUEUED, SENDING, SENT, channel_pacing, outbox

OPEN = one_of(outbox.c.state, QUEUED, SENDING)
"""Neither sent nor dropped."""

_nudge = outbox.alias("nudge")
_READY = (
    outbox.c.id,
    outbox.c.workspace_id,
    outbox.c.channel_id,
    outbox.c.not_before,
    _nudge.c.sent_ts.label("target_ts"),
)


class ReadyMessages:
    """Finds and locks what is ready, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_one(self, now: float, owner: str, item: WorkItem) -> Sequence[RowMapping]:
        """Return one message, if it is ready; else nothing."""
        values = {
            "claim_now": now,
            "claim_owner": owner,
            "workspace_id": item.workspace_id,
            "key": item.key,
        }
        return (await self._connection.execute(_lock_one(), values)).mappings().all()

    async def lock_oldest(
        self, now: float, limit: int, owner: str, without: Collection[str]
    ) -> Sequence[RowMapping]:
        """Return the oldest message of each channel, except those of some workspaces."""
        values = {"claim_now": now, "claim_owner": owner, "claim_limit": limit}
        if without:
            values["without"] = sorted(without)
        oldest = _oldest_per_channel(is_any=not without)
        found = (await self._connection.execute(oldest, values)).mappings().all()
        if self._connection.dialect.name == "sqlite":
            return found  # one transaction at a time, so nothing can have changed
        still_ready = (
            select(outbox.c.id)
            .where(outbox.c.id.in_([r["id"] for r in found]), OPEN, outbox.c.not_before <= now)
            .where(is_free(outbox, now=now, owner=owner))
            .order_by(outbox.c.id)
            .with_for_update(skip_locked=True)
        )
        locked = set((await self._connection.execute(still_ready)).scalars()) if found else set()
        return [r for r in found if r["id"] in locked]


def joined_outbox() -> FromClause:
    """Each message with the nudge that it is about, and with the pacing of its channel."""
    about = and_(_nudge.c.workspace_id == outbox.c.workspace_id, _nudge.c.key == outbox.c.about_key)
    here = and_(
        channel_pacing.c.workspace_id == outbox.c.workspace_id,
        channel_pacing.c.channel_id == outbox.c.channel_id,
    )
    return outbox.outerjoin(_nudge, about).outerjoin(channel_pacing, here)


def may_be_sent() -> ColumnElement[bool]:
    """A deletion waits until its nudge is sent, a nudge until the channel's notice is done, and an
    update until what it replaces is."""
    followers = one_of(outbox.c.kind, *QUESTIONS, MessageKind.UPDATE)
    comes_too_soon = and_(followers, one_of(_nudge.c.state, QUEUED, SENDING))
    return and_(
        OPEN,
        or_(not_(one_of(outbox.c.kind, MessageKind.DELETE)), one_of(_nudge.c.state, SENT)),
        or_(_nudge.c.state.is_(None), not_(comes_too_soon)),
    )


def _is_ready(
    now: float | ColumnElement[float], owner: str | ColumnElement[str]
) -> ColumnElement[bool]:
    """The message may be tried now, and by this owner."""
    return and_(
        may_be_sent(),
        outbox.c.not_before <= now,
        is_free(outbox, now=now, owner=owner),
        or_(channel_pacing.c.free_at.is_(None), channel_is_free(now, owner)),
    )


@cache  # to build a statement takes longer than to run it
def _oldest_per_channel(*, is_any: bool) -> Any:
    place = (outbox.c.workspace_id, outbox.c.channel_id)
    age = (outbox.c.not_before, outbox.c.id)
    position = func.row_number().over(partition_by=place, order_by=age).label("position")
    ready = select(*_READY, position).select_from(joined_outbox()).where(_is_ready(NOW, OWNER))
    if not is_any:
        without: Any = bindparam("without", expanding=True)
        ready = ready.where(outbox.c.workspace_id.not_in(without))
    found = ready.subquery()
    return (
        select(found)
        .where(found.c.position == 1)
        .order_by(found.c.not_before, found.c.id)
        .limit(bindparam("claim_limit"))
    )


@cache
def _lock_one() -> Any:
    return (
        select(*_READY)
        .select_from(joined_outbox())
        .where(
            _is_ready(NOW, OWNER),
            outbox.c.workspace_id == bindparam("workspace_id"),
            outbox.c.key == bindparam("key"),
        )
        .with_for_update(skip_locked=True, of=outbox)
    )
