"""A seller pauses unprompted questions, and resumes them."""

from __future__ import annotations

import logging
from string import Template

from bot.core import durations
from bot.core.playbook_model import Playbook
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class Pauses:
    """Pauses and resumes one person's unprompted questions.

    Args:
        store, chat, clock: the ports. playbook: the words.
    """

    def __init__(self, *, store: Store, chat: Chat, clock: Clock, playbook: Playbook) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._playbook = playbook

    async def pause_for_text(self, workspace_id: str, user_id: str, text: str) -> str:
        """Pause for what a person typed, such as ``2w``; return the line to show."""
        seconds = durations.parse_duration(text)
        if seconds is None:
            return self._playbook.text("command", "bad_duration")
        return await self.pause(workspace_id, user_id, seconds)

    async def pause(
        self, workspace_id: str, user_id: str, seconds: float, *, has_button: bool = False
    ) -> str:
        """Pause for so many seconds, infinity for no end.

        Args:
            workspace_id: Slack's team id.
            user_id: who pauses.
            seconds: for how long.
            has_button: whether the line is shown with a Resume button.

        Returns:
            The line to show.
        """
        until = durations.pause_end(self._clock(), seconds)
        async with self._store.begin() as uow:
            await uow.people.update(workspace_id, user_id, paused_until=until)
        log.info("workspace=%s a seller paused", workspace_id)
        section, key = ("feedback", "pause") if has_button else ("command", "paused")
        if until >= durations.NO_END:
            return self._playbook.text(section, f"{key}_open")
        person = await person_or_unknown(self._chat, workspace_id, user_id)
        day = durations.format_day(until, person, self._playbook.strings["time"])
        return Template(self._playbook.text(section, key)).substitute(until=day)

    async def resume(self, workspace_id: str, user_id: str) -> str:
        """End a pause, and what unanswered questions led to; return the line to show."""
        async with self._store.begin() as uow:
            await uow.people.update(
                workspace_id, user_id, paused_until=None, resumed_at=self._clock()
            )
        log.info("workspace=%s a seller resumed", workspace_id)
        return self._playbook.text("command", "resumed")
