"""The statements that each outgoing message runs, built once: to build one takes longer than to
run it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import String, and_, bindparam, case, exists, func, null, select, update

from bot.flows.ports.outbox import MessageKind
from bot.store.claims import CLAIM_DONE, latest_of, new_claim
from bot.store.columns import one_of
from bot.store.ready_messages import OPEN, joined_outbox, may_be_sent
from bot.store.tables import QUEUED, channel_pacing, outbox

EMPTY = "{}"

_MINE = and_(
    OPEN,
    outbox.c.id == bindparam("row_id"),
    outbox.c.lease_owner == bindparam("row_owner"),
    outbox.c.claim_number == bindparam("row_claim"),
)
_is_kept = one_of(outbox.c.kind, MessageKind.EPHEMERAL_NUDGE)
CONTENT_AFTERWARD: dict[str, Any] = {
    "content": case((_is_kept, outbox.c.content), else_=EMPTY),
    "sealed_content": case((_is_kept, outbox.c.sealed_content), else_=null()),
}
"""What is kept of the content once a message is done: that of a private question alone, which its
author may still bring to the thread."""

CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(new_claim(outbox, bindparam("claim_owner", type_=String), bindparam("claim_until")))
    .returning(outbox)
)
STATE = select(outbox.c.state).where(
    outbox.c.workspace_id == bindparam("workspace_id"), outbox.c.key == bindparam("key")
)


@cache
def change(names: tuple[str, ...]) -> Any:
    """Return the statement that changes some columns of a claimed message, named ``new_...``."""
    return update(outbox).where(_MINE).values({n: bindparam(f"new_{n}") for n in names})


@cache
def end(names: tuple[str, ...]) -> Any:
    """Return the statement that ends a claimed message, and tells of each row whether other
    messages wait for it."""
    follower = outbox.alias("follower")
    is_awaited = exists().where(
        follower.c.workspace_id == bindparam("this_workspace"),
        follower.c.about_key == bindparam("this_key"),
        one_of(follower.c.state, QUEUED),
    )
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    ended = update(outbox).where(_MINE).values({**new, **CONTENT_AFTERWARD, **CLAIM_DONE})
    return ended.returning(is_awaited.label("is_awaited"))


@cache
def next_ready(dialect: str, *, is_one: bool) -> Any:
    """Return the statement that asks when the next message, or one, can be claimed."""
    claimable_at = latest_of(
        dialect,
        outbox.c.not_before,
        func.coalesce(outbox.c.lease_until, 0.0),
        func.coalesce(channel_pacing.c.free_at, 0.0),
    )
    soonest = select(func.min(claimable_at)).select_from(joined_outbox()).where(may_be_sent())
    if is_one:
        this = (
            outbox.c.workspace_id == bindparam("workspace_id"),
            outbox.c.key == bindparam("key"),
        )
        soonest = soonest.where(*this)
    return soonest


@cache
def next_open(dialect: str) -> Any:
    """Return the statement that asks when the next message that nobody has claimed is due."""
    claimable_at = latest_of(dialect, outbox.c.not_before, func.coalesce(outbox.c.lease_until, 0.0))
    return select(func.min(claimable_at)).where(OPEN)
