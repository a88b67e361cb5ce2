"""The statements that each candidate message runs, built once: to build one takes longer than to
run it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, delete, func, select, true, update

from bot.flows.ports.work import WorkItem
from bot.store.claims import CLAIM_DONE, NOW, ClaimOf, latest_of
from bot.store.columns import one_of
from bot.store.tables import DECIDED, WAITING, inbox, retractions
from bot.store.upsert import insert_of

WAITS = one_of(inbox.c.state, WAITING)

_THIS = and_(
    inbox.c.workspace_id == bindparam("this_workspace"),
    inbox.c.channel_id == bindparam("this_channel"),
    inbox.c.ts == bindparam("this_ts"),
)
_MINE = and_(
    inbox.c.id == bindparam("row_id"),
    inbox.c.lease_owner == bindparam("row_owner"),
    inbox.c.claim_number == bindparam("row_claim"),
    inbox.c.version == bindparam("row_version"),
)
_DUE = and_(WAITS, inbox.c.due_at <= NOW)

DECIDE = (
    update(inbox)
    .where(WAITS, _MINE)
    .values(
        {
            "state": DECIDED,
            "sealed_text": None,
            "reason": bindparam("new_reason"),
            "decided_at": bindparam("new_decided_at"),
            **CLAIM_DONE,
        }
    )
)
DISCARD = delete(inbox).where(WAITS, _MINE)

_CLAIM_ANY = ClaimOf(inbox, _DUE, order_by=("due_at",))
_CLAIM_THIS = ClaimOf(inbox, and_(_DUE, _THIS), order_by=("due_at",))
_CLAIM_WITHOUT = ClaimOf(
    inbox,
    and_(_DUE, inbox.c.workspace_id.not_in(bindparam("without", expanding=True))),
    order_by=("due_at",),
)


def claim_of(without: Collection[str], only: WorkItem | None) -> tuple[ClaimOf, dict[str, Any]]:
    """Return how to claim, and the values that its condition names."""
    if only is not None:
        return _CLAIM_THIS, this(only)
    if without:
        return _CLAIM_WITHOUT, {"without": sorted(without)}
    return _CLAIM_ANY, {}


@cache
def retractions_of(count: int) -> Any:
    """Return the statement that finds what so many authors took back, named ``author_...``."""
    authors = [bindparam(f"author_{number}", type_=String) for number in range(count)]
    return select(retractions.c.channel_id, retractions.c.author_id, retractions.c.ts).where(
        retractions.c.workspace_id == bindparam("workspace_id"),
        retractions.c.author_id.in_(authors),
    )


def this(item: WorkItem) -> dict[str, str]:
    """Return the values that name one message."""
    return {
        "this_workspace": item.workspace_id,
        "this_channel": item.place_id,
        "this_ts": item.key,
    }


@cache
def next_due(dialect: str, *, is_one: bool) -> Any:
    """Return the statement that asks when the next message, or one, can be claimed."""
    claimable_at = latest_of(dialect, inbox.c.due_at, func.coalesce(inbox.c.lease_until, 0.0))
    which: ColumnElement[bool] = _THIS if is_one else true()
    return select(func.min(claimable_at)).where(WAITS, which)


@cache
def insert_new(dialect: str) -> Any:
    """Return the statement that inserts messages that aren't there already."""
    return insert_of(dialect, inbox).on_conflict_do_nothing()
