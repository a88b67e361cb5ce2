"""A channel gets another id, or is opened again: what the bot knows of it stays with it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)

_ARCHIVED = "is_archived"


class ChannelMoves:
    """Keeps settings, pauses and work with their channel. Names of channels are never used.

    Args:
        store: the port.
        watches: whether a channel of a workspace is to be watched.
    """

    def __init__(self, *, store: Store, watches: Callable[[str, str], bool]) -> None:
        self._store = store
        self._watches = watches

    async def new_id(self, workspace_id: str, old_id: str, new_id: str) -> None:
        """Take over everything about a channel under its new id.

        Raises:
            StoreUnavailableError: nothing was changed, so it must not be acknowledged.
        """
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, old_id, new_id)
            await uow.channels.change_id(workspace_id, old_id, new_id)
        log.info("workspace=%s channel=%s is channel=%s now", workspace_id, old_id, new_id)
        if self._watches(workspace_id, old_id) and not self._watches(workspace_id, new_id):
            log.warning(
                "workspace=%s channel=%s has the new id %s: add it to REFRAME_CHANNELS",
                workspace_id,
                old_id,
                new_id,
            )

    async def unarchived(self, workspace_id: str, channel_id: str) -> None:
        """End the pause of a channel that was paused because it was archived.

        Raises:
            StoreUnavailableError: nothing was changed, so it must not be acknowledged.
        """
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, channel_id)  # somebody may be turning the bot off
            settings = await uow.channels.settings(workspace_id, channel_id)
            if settings.pause_reason == _ARCHIVED:
                await uow.channels.update(
                    workspace_id, channel_id, paused_until=None, pause_reason=None
                )
