"""Forgetting: everything about one person, or about a workspace that removed the app."""

from __future__ import annotations

import logging
from string import Template

from bot.core.playbook_model import Playbook
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class Erasure:
    """Erases what is kept.

    Args:
        store, clock: the ports. playbook: the words.
    """

    def __init__(self, *, store: Store, clock: Clock, playbook: Playbook) -> None:
        self._store = store
        self._clock = clock
        self._playbook = playbook

    async def forget_person(self, workspace_id: str, user_id: str) -> str:
        """Erase all that is kept about a person; return the line to show.

        A pause that still lasts is kept: erasing must not make the bot talk again.
        """
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # not in the middle of a decision
            before = await uow.people.preferences(workspace_id, user_id)
            count = await uow.personal_data.erase(workspace_id, user_id)
            keeps_pause = before.is_paused(self._clock())
            if keeps_pause:
                await uow.people.update(workspace_id, user_id, paused_until=before.paused_until)
        await self._store.purge_erased_pages()
        log.info("workspace=%s a seller was forgotten: %d rows", workspace_id, count)
        key = "forgotten_paused" if keeps_pause else "forgotten"
        return Template(self._playbook.text("record", key)).substitute(count=count)

    async def forget_workspace(self, workspace_id: str) -> None:
        """Erase everything about a workspace: the app was removed, or its token taken back."""
        async with self._store.begin() as uow:
            count = await uow.personal_data.erase_workspace(workspace_id)
        await self._store.purge_erased_pages()
        log.warning("workspace=%s removed the app: erased %d rows", workspace_id, count)
