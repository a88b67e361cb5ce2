"""Waits a moment to hear what became of a message that somebody has just asked for."""

from __future__ import annotations

import asyncio

from bot.flows.ports.outbox import DeliveryState
from bot.flows.ports.unit_of_work import Store

_LOOK_EVERY_SECONDS = 0.2


async def wait_for_delivery(
    store: Store, workspace_id: str, key: str, *, within_seconds: float
) -> DeliveryState | None:
    """Return what became of a message: WAITING if that is not known in time, None if there is none.

    Args:
        store: the port. workspace_id: Slack's team id. key: of the message.
        within_seconds: how long to wait.
    """
    looks = max(1, round(within_seconds / _LOOK_EVERY_SECONDS))
    state: DeliveryState | None = None
    for look in range(looks):
        if look:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        async with store.begin() as uow:
            state = await uow.outbox.delivery_state(workspace_id, key)
        if state is not DeliveryState.WAITING:
            break
    return state
